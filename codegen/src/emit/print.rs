//! From tokens to text that a person likes to read: formatted, with a header and a blank line between items.

use proc_macro2::TokenStream;

use crate::output::GENERATED;

/// Columns that an attribute may take.
const WIDTH: usize = 120;

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
        let single = match &item {
            syn::Item::Mod(_) => Some("mod"),
            syn::Item::Use(item) if matches!(item.vis, syn::Visibility::Inherited) => Some("use"),
            syn::Item::Use(_) => Some("pub use"),
            _ => None,
        };
        if single.is_none() || previous_single != single {
            text.push('\n');
        }
        previous_single = single;
        let alone = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] };
        text.push_str(&space_members(&fit_lines(&prettyplease::unparse(&alone))));
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
        let ends_member = line == "    }" || line == "    ];" || is_constant(line);
        if block && ends_member && lines.peek().is_some_and(|next| *next != "}") {
            spaced.push('\n');
        }
    }
    spaced
}

fn is_constant(line: &str) -> bool {
    let member = line.strip_prefix("    ").unwrap_or_default();
    (member.starts_with("const ") || member.starts_with("pub const ")) && line.ends_with(';')
}

/// Writes attributes in one line where they fit, since one for each field is read over more easily than five, and a long
/// list of supertraits in several.
fn fit_lines(item: &str) -> String {
    let mut joined = String::new();
    let mut lines = item.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("pub trait ") && line.len() > WIDTH {
            joined.push_str(&line.replacen(": ", ":\n    ", 1).replace(" + ", "\n    + ").replace(" {}", "\n{}"));
            joined.push('\n');
            continue;
        }
        if line.trim_start() != "#[serde(" {
            joined.push_str(line);
            joined.push('\n');
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let parts: Vec<&str> = lines.by_ref().take_while(|part| part.trim() != ")]").map(str::trim).collect();
        let one = format!("{line}{})]", parts.join(" ").trim_end_matches(','));
        if one.len() <= WIDTH {
            joined.push_str(&one);
        } else {
            joined.push_str(line);
            parts.iter().for_each(|part| joined.push_str(&format!("\n{indent}    {part}")));
            joined.push_str(&format!("\n{indent})]"));
        }
        joined.push('\n');
    }
    joined
}
