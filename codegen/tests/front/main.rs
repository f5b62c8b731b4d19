//! The front half of the compiler: parsing, resolving, diagnostics, and keeping the output up to date.

mod command;
mod disk;
mod document_mistakes;
mod model;
mod published;
mod reference_mistakes;
mod rendering;
mod schema_mistakes;

use lexicon_codegen::{compile, diagnostics::Findings, resolve::Resolved, source::Sources};

/// The lexicon `com.example.test` with this `main`, which begins on line 2.
fn main_is(definition: &str) -> Sources {
    defs_are(&format!("\"main\": {definition}"))
}

/// The lexicon `com.example.test` with these definitions, which begin on line 2.
fn defs_are(definitions: &str) -> Sources {
    let text = format!("{{ \"lexicon\": 1, \"id\": \"com.example.test\", \"defs\": {{\n{definitions}\n}} }}");
    Sources::from_texts([("com/example/test.json", text)])
}

/// An object with this property `it`, whose schema begins on line 3.
fn property_is(schema: &str) -> Sources {
    main_is(&format!("{{ \"type\": \"object\", \"properties\": {{ \"it\":\n{schema}\n}} }}"))
}

#[track_caller]
fn compiled(sources: &Sources) -> Resolved {
    compile(sources).unwrap_or_else(|findings| panic!("{}", findings.render(sources)))
}

#[track_caller]
fn refused(sources: &Sources) -> Findings {
    compile(sources).expect_err("the lexicon should be refused")
}

/// What is wrong, a paragraph for each mistake: place and pointer, message, remedy.
#[track_caller]
fn mistakes(sources: &Sources) -> String {
    let mut text = String::new();
    for finding in refused(sources).iter() {
        let pointer = finding.place.pointer.to_string();
        let pointer = if pointer.is_empty() { "(document)" } else { &pointer };
        text += &format!("{} {pointer}\n  {}\n", finding.place, finding.message);
        for (place, what) in &finding.related {
            text += &format!("  {what}: {place} {}\n", place.pointer);
        }
        let hint = finding.hint.as_deref().expect("every mistake comes with a remedy");
        text += &format!("  {hint}\n");
    }
    text
}
