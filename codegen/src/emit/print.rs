//! From tokens to text that a person likes to read: formatted, with a header and a blank line between items.

use proc_macro2::TokenStream;

use crate::output::GENERATED;

/// The text of one file. `source` names the lexicon file, or nothing for files made from the whole set.
///
/// # Panics
/// When the tokens are not Rust, which is a mistake in the emitter.
pub fn file(source: Option<&str>, tokens: TokenStream) -> String {
    let from = source.map(|source| format!(" from {source}")).unwrap_or_default();
    let header = format!("// {GENERATED} by `lexicon generate`{from}. Do not edit.\n");
    let file: syn::File = match syn::parse2(tokens.clone()) {
        Ok(file) => file,
        Err(error) => panic!("the emitter wrote something that is not Rust: {error}\n{tokens}"),
    };
    let head = syn::File { shebang: None, frontmatter: None, attrs: file.attrs, items: Vec::new() };
    let mut text = header + &prettyplease::unparse(&head);
    let mut previous_single = None;
    for item in file.items {
        // Declarations of modules and imports stand together; everything else is set apart.
        let single = matches!(item, syn::Item::Use(_) | syn::Item::Mod(_)).then(|| std::mem::discriminant(&item));
        if single.is_none() || previous_single != single {
            text.push('\n');
        }
        previous_single = single;
        let alone = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] };
        text.push_str(&space_members(&prettyplease::unparse(&alone)));
    }
    text
}

/// Puts a blank line between the functions of an `impl` or `trait`.
fn space_members(item: &str) -> String {
    let block = item.lines().any(|line| line.starts_with("impl") || line.starts_with("pub trait"));
    let mut spaced = String::new();
    let mut lines = item.lines().peekable();
    while let Some(line) = lines.next() {
        spaced.push_str(line);
        spaced.push('\n');
        let ends_member = line == "    }" || (line.starts_with("    ") && line[4..].starts_with("const ") && line.ends_with(';'));
        if block && ends_member && lines.peek().is_some_and(|next| *next != "}") {
            spaced.push('\n');
        }
    }
    spaced
}
