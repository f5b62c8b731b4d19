//! The catalogue of mutations: every kind of change that can be made to a lexicon, and how it must be judged when clients
//! send what was changed and when they read it. Each is made in every place where it can be made; the comparison must find
//! exactly it.

use std::collections::{BTreeMap, BTreeSet};

use lexicon_codegen::{
    diagnostics::Code,
    diff::{Change, Kind, Side, diff},
    json::Json,
    model::Document,
    parse::parse,
    resolve::{Resolved, resolve},
    source::Sources,
};

use crate::{
    edit::{Edit, Set, compiled, set, sources},
    fixture,
    mutations::{MUTATIONS, Mutation},
    random,
    sites::{Site, sites},
};

/// The sets that are changed: one as applications publish them, and some drawn at random.
fn sets() -> Vec<Set> {
    let published = Sources::read(&fixture("published")).expect("fixtures are readable");
    std::iter::once(set(&published)).chain((1..=4).map(random::set)).collect()
}

/// How often a mutation was made where clients send and where they read.
#[derive(Default)]
struct Made {
    request: usize,
    response: usize,
}

#[test]
fn every_mutation_is_found_and_rightly_judged() {
    let mut made: BTreeMap<&str, Made> = BTreeMap::new();
    let mut wrong = Vec::new();
    for base in sets() {
        let old = compiled(&base);
        let base = Base::new(base);
        for site in sites(&base.set) {
            for mutation in MUTATIONS.iter().filter(|mutation| mutation.fits(&site)) {
                let mut mutated = base.set.clone();
                if !(mutation.edit)(&mut mutated, &site) {
                    continue;
                }
                let Some(new) = base.changed(&mutated) else { continue };
                let made = made.entry(mutation.name).or_default();
                made.request += usize::from(site.sent.request);
                made.response += usize::from(site.sent.response);
                let changes = diff(&old, &new);
                let judged = judge(mutation, &site, &changes).and_then(|()| shown(&changes, &base.set, &mutated));
                if let Err(why) = judged {
                    wrong.push(format!("{} at {}{}: {why}", mutation.name, site.nsid, site.pointer));
                }
            }
        }
    }
    wrong.truncate(30);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let never: Vec<_> = MUTATIONS.iter().filter(|mutation| !was_made(mutation, made.get(mutation.name))).collect();
    let never: Vec<_> = never.into_iter().map(|mutation| mutation.name).collect();
    assert!(never.is_empty(), "not made in each direction: {never:#?}");
}

/// Whether a mutation was made in each direction in which it can be.
fn was_made(mutation: &Mutation, made: Option<&Made>) -> bool {
    made.is_some_and(|made| {
        (mutation.request.is_empty() || made.request > 0) && (mutation.response.is_empty() || made.response > 0)
    })
}

/// A set that is changed, with its documents as they were parsed: only what differs is parsed again.
struct Base {
    set: Set,
    documents: BTreeMap<String, Document>,
}

impl Base {
    fn new(set: Set) -> Self {
        let documents = parse(&sources(&set)).documents;
        let documents = documents.into_iter().map(|document| (document.nsid.value.clone(), document)).collect();
        Self { set, documents }
    }

    /// The changed set; none where a value that stands in the schema doesn't fit the new bound, or the type would never
    /// end, so that the change can't be made alone.
    fn changed(&self, mutated: &Set) -> Option<Resolved> {
        let (same, other): (Set, Set) =
            mutated.clone().into_iter().partition(|(nsid, json)| self.set.get(nsid) == Some(json));
        let mut parsed = parse(&sources(&other));
        parsed.documents.extend(same.keys().map(|nsid| self.documents[nsid].clone()));
        resolve(parsed)
            .map_err(|findings| {
                use Code::{BoundsContradict, EmptySet, EndlessType, ValueOutOfBounds};
                let misfit = |code| matches!(code, ValueOutOfBounds | BoundsContradict | EmptySet | EndlessType);
                let sources = sources(mutated);
                assert!(findings.iter().all(|finding| misfit(finding.code)), "{}", findings.render(&sources));
            })
            .ok()
    }
}

/// Whether the change was found once and in its place, is of the right tier, and came alone but for what it entails.
fn judge(mutation: &Mutation, site: &Site, changes: &[Change]) -> Result<(), String> {
    let said = || -> Vec<_> { changes.iter().map(|change| format!("{} {}", change.tier(), change.headline)).collect() };
    let here = |change: &&Change| {
        let sides = change.old.iter().chain(&change.new);
        let inside = sides.clone().any(|side| side.place.pointer.starts_with(&site.pointer));
        // What entails itself is found elsewhere than where the edit begins.
        change.kind.name() == mutation.kind && (inside || mutation.also.contains(&mutation.kind))
    };
    let found: Vec<_> = changes.iter().filter(here).collect();
    if found.is_empty() {
        return Err(format!("not found as {}; found {:?}", mutation.kind, said()));
    }
    let expected = mutation.tier(site.sent);
    if let Some(other) = found.iter().find(|change| change.tier().to_string() != expected) {
        return Err(format!("{} instead of {expected} ({})", other.tier(), other.direction));
    }
    let entailed = |change: &Change| mutation.also.contains(&change.kind.name());
    let alone = changes.iter().all(|change| change.kind.name() == mutation.kind || entailed(change));
    if !alone || (mutation.also.is_empty() && changes.len() != 1) {
        return Err(format!("more was found: {:?}", said()));
    }
    Ok(())
}

/// Whether values stand where they are shown: at the place of a side is what it says, unless it says what is not there.
fn shown(changes: &[Change], old: &Set, new: &Set) -> Result<(), String> {
    let at = |side: &Side, set: &Set| {
        let nsid = side.place.file.with_extension("").display().to_string().replace('/', ".");
        set.get(&nsid).and_then(|document| document.at(&side.place.pointer)).cloned()
    };
    for change in changes {
        for (side, set) in [(&change.old, old), (&change.new, new)] {
            let Some(side) = side.as_ref().filter(|side| is_written(change, &side.value)) else { continue };
            let there = at(side, set);
            if there.as_ref() != Some(&side.value) {
                return Err(format!(
                    "{}: {} is shown at {}, where {there:?} is",
                    change.kind, side.value, side.place.pointer
                ));
            }
        }
    }
    Ok(())
}

/// Whether a value is in the file as it is shown: structures are shown with full names and without descriptions, and some
/// values stand for what isn't written.
fn is_written(change: &Change, value: &Json) -> bool {
    use Kind::{NullAllowed, NullRefused, PropertyOptional, PropertyRequired, UnionClosed, UnionOpened};
    let implied = [NullAllowed, NullRefused, PropertyOptional, PropertyRequired, UnionClosed, UnionOpened];
    match value {
        Json::Null | Json::Object(_) => false,
        Json::String(text) => !text.contains('.'),
        _ => !implied.contains(&change.kind),
    }
}

#[test]
fn the_catalogue_has_every_kind_of_change() {
    let in_catalogue: BTreeSet<_> = MUTATIONS.iter().map(|mutation| mutation.kind).collect();
    let kinds: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(in_catalogue, kinds);
    let names: BTreeSet<_> = MUTATIONS.iter().map(|mutation| mutation.name).collect();
    assert_eq!(names.len(), MUTATIONS.len(), "names are used once");
}

/// The table as it stands on the page of the documentation.
fn table() -> String {
    let mut table =
        String::from("| Change | Found as | Where clients send it | Where clients read it |\n|---|---|---|---|\n");
    for mutation in MUTATIONS {
        let tier = |tier: &str| if tier.is_empty() { "–".to_owned() } else { tier.to_owned() };
        let (request, response) = (tier(mutation.request), tier(mutation.response));
        table += &format!("| {} | `{}` | {request} | {response} |\n", mutation.name, mutation.kind);
    }
    table
}

#[test]
fn the_page_has_the_table_of_the_catalogue() {
    let path = fixture("../../../docs/api-changes.md");
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let (start, end) = ("<!-- catalogue -->\n", "<!-- end of catalogue -->");
    let (before, rest) = page.split_once(start).expect("the page says where the table begins");
    let (current, after) = rest.split_once(end).expect("the page says where the table ends");
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(&path, format!("{before}{start}{}{end}{after}", table())).expect("the page is written");
        return;
    }
    assert_eq!(current, table(), "write it with: UPDATE_PAGES=1 cargo test -p lexicon-codegen --test diff the_page");
}
