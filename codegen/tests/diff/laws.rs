//! What holds for every set of lexicons: for a corpus in the style of public ones, and for sets drawn at random.

use std::collections::BTreeMap;

use lexicon_codegen::{
    diagnostics::Severity,
    diff::{Tier, diff},
    emit::emit,
    json::Json,
    lint::lint,
    parse::parse,
};

use crate::{
    corpus,
    edit::{Edit, Set, compiled, set, sources},
    random,
};

/// Sets drawn at random, with the seed for those who look into a failure.
fn drawn() -> impl Iterator<Item = (u64, Set)> {
    (100..140).map(|seed| (seed, random::set(seed)))
}

#[test]
fn the_corpus_is_large_valid_and_without_errors() {
    let corpus = corpus::corpus();
    assert!(corpus.len() >= 150, "{}", corpus.len());
    let sources = sources(&corpus);
    let findings = lint(&sources);
    assert!(findings.is_empty(), "{}", findings.render(&sources));
    let output = emit(&compiled(&corpus)).unwrap_or_else(|findings| panic!("{}", findings.render(&sources)));
    assert!(output.len() > corpus.len(), "a file for each lexicon and for each namespace");
}

#[test]
fn random_sets_are_valid_and_can_be_generated() {
    for (seed, set) in drawn() {
        let sources = sources(&set);
        let findings = lint(&sources);
        let errors = findings.iter().filter(|finding| finding.code.severity() == Severity::Error).count();
        assert_eq!(errors, 0, "seed {seed}: {}", findings.render(&sources));
        emit(&compiled(&set)).unwrap_or_else(|findings| panic!("seed {seed}: {}", findings.render(&sources)));
    }
}

/// JSON with the fields of schemas in one order; the order of properties and definitions stays, since it counts.
fn ordered(json: &Json) -> Json {
    match json {
        Json::List(items) => Json::List(items.iter().map(ordered).collect()),
        Json::Object(fields) => {
            let mut fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| match name.as_str() {
                    "properties" | "defs" => {
                        let inner = value.fields().iter().map(|(name, schema)| (name.clone(), ordered(schema)));
                        (name.clone(), Json::Object(inner.collect()))
                    }
                    _ => (name.clone(), ordered(value)),
                })
                .filter(|(name, value)| !(name == "required" && value.items().is_empty()))
                .collect();
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(fields)
        }
        other => other.clone(),
    }
}

#[test]
fn every_document_comes_back_as_it_was() {
    let all = drawn().map(|(seed, set)| (format!("seed {seed}"), set));
    for (name, original) in all.chain([("corpus".to_owned(), corpus::corpus())]) {
        let parsed = parse(&sources(&original));
        assert!(parsed.findings.is_empty(), "{name}");
        let written = set(&sources(&original));
        for (nsid, json) in &original {
            assert_eq!(ordered(&written[nsid]).pretty(), ordered(json).pretty(), "{name}: {nsid}");
        }
        assert_eq!(set(&sources(&written)), written, "{name}: what is written is read as the same");
    }
}

#[test]
fn a_set_does_not_differ_from_itself_however_it_is_written() {
    let corpus = corpus::corpus();
    for set in drawn().map(|(_, set)| set).chain([corpus]) {
        let one = compiled(&set);
        assert!(diff(&one, &one).is_empty());
        let sorted: Set = set.iter().map(|(nsid, json)| (nsid.clone(), ordered(json))).collect();
        let found = diff(&one, &compiled(&sorted));
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn all_that_is_gone_one_way_is_new_the_other_way() {
    let (old, new) = (compiled(&corpus::corpus()), compiled(&corpus::year_later()));
    let count = |from, to| -> (usize, usize) {
        let changes = diff(from, to);
        let gone = changes.iter().filter(|change| change.new.is_none()).count();
        (gone, changes.iter().filter(|change| change.old.is_none()).count())
    };
    let (gone, come) = count(&old, &new);
    assert_eq!(count(&new, &old), (come, gone));
}

#[test]
fn a_year_of_the_corpus() {
    let changes = diff(&compiled(&corpus::corpus()), &compiled(&corpus::year_later()));
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for change in &changes {
        let endpoints = change.reach.iter().count();
        let line = format!("{:<6} {}, sent in {}, at {endpoints}", change.tier(), change.kind, change.direction);
        *found.entry(line).or_default() += 1;
    }
    let lines: Vec<_> = found.iter().map(|(line, count)| format!("{count} {line}")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    2 SOURCE error-added, sent in response, at 1
    2 SOURCE known-value-added, sent in both, at 6
    2 SOURCE variant-removed, sent in response, at 1
    2 WIRE   bound-tightened, sent in request, at 1
    2 WIRE   default-changed, sent in request, at 1
    2 WIRE   property-removed, sent in response, at 4
    2 WIRE   property-required, sent in request, at 1
    2 safe   property-added, sent in response, at 4
    ");
    assert!(changes.iter().any(|change| change.tier() == Tier::Safe));
}
