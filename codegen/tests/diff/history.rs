//! A change that people once had to write a migration guide for by hand.
//!
//! getMessages was asked what is new with the id of a message and is asked with a position in the log; its answer says
//! the last position and what is missing instead of a cursor. sendMessage answers with the position and the epoch.

use lexicon_codegen::{
    diff::{Change, Tier, diff, render::Report},
    source::Sources,
};

use crate::{compiled, fixture};

fn sides() -> (Sources, Sources) {
    // As if read where the command runs, so that no path of a machine is in the snapshot.
    let read = |side: &str| {
        let sources = Sources::read(&fixture("history").join(side)).expect("fixtures are readable");
        let files: Vec<_> =
            sources.files().map(|source| (source.file.to_path_buf(), source.text.clone().into_bytes())).collect();
        Sources::from_files(side, files)
    };
    (read("before"), read("after"))
}

fn changes() -> (Vec<Change>, Sources, Sources) {
    let (old, new) = sides();
    (diff(&compiled(&old), &compiled(&new)), old, new)
}

#[test]
fn it_reads_like_a_migration_guide() {
    let (changes, old, new) = changes();
    let report = Report { changes: &changes, old: &old, new: &new, old_name: "before", new_name: "after" };
    insta::assert_snapshot!("migration_guide_text", report.text());
    insta::assert_snapshot!("migration_guide_markdown", report.markdown());
    insta::assert_snapshot!("migration_guide_github", report.github());
    insta::assert_snapshot!("migration_guide_json", report.json());
}

#[test]
fn each_breaking_and_each_added_piece_is_there() {
    let (changes, ..) = changes();
    let mut found: Vec<_> = changes
        .iter()
        .map(|change| {
            let subject = change.subject.to_string();
            let subject = subject.strip_prefix("example.chat.").unwrap_or(&subject).to_owned();
            format!("{} {subject} {} {}", change.tier(), change.path, change.kind)
        })
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "WIRE getMessages output/schema/cursor property-removed",
            "WIRE getMessages parameters/sinceMessage property-renamed",
            "safe getMessages output/schema/gapInfo property-added",
            "safe getMessages output/schema/lastSeq property-added",
            "safe getMessages#gapInfo  definition-added",
            "safe sendMessage output/schema/epoch required-property-added",
            "safe sendMessage output/schema/seq required-property-added",
        ]
    );
    assert!(changes.iter().all(|change| change.tier() != Tier::Wire || change.instead().is_some()));
}
