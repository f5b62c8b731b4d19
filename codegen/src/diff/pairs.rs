//! Likely renames: which of the names that are gone lives on in one of those that are new.

use std::collections::BTreeMap;

use crate::json::Json;

/// Something with a name, as far as it tells whether another one is the same under a new name.
pub(super) struct Named<'a> {
    pub name: String,
    /// Bare structure; none where all things of the kind have the same.
    pub shape: Option<Json>,
    pub description: Option<&'a str>,
    /// Where it stands among its like; none where order says nothing.
    pub index: Option<usize>,
    pub required: bool,
}

/// Enough likeness to call it a rename: a related name in the same place, or the same structure and one thing more.
const LIKELY: u32 = 6;

/// Pairs of old and new names, each name in one pair at most, the likeliest first.
pub(super) fn pairs(old: &[Named<'_>], new: &[Named<'_>]) -> BTreeMap<String, String> {
    let mut candidates: Vec<_> = old
        .iter()
        .flat_map(|gone| new.iter().map(move |come| (likeness(gone, come), &gone.name, &come.name)))
        .filter(|(likeness, ..)| *likeness >= LIKELY)
        .collect();
    candidates.sort_by_key(|&(likeness, gone, come)| (std::cmp::Reverse(likeness), gone, come));
    let mut found = BTreeMap::new();
    for (_, gone, come) in candidates {
        if !found.contains_key(gone) && !found.values().any(|taken| taken == come) {
            found.insert(gone.clone(), come.clone());
        }
    }
    found
}

fn likeness(old: &Named<'_>, new: &Named<'_>) -> u32 {
    let same_shape = old.shape.is_some() && old.shape == new.shape;
    let same_words = old.description.is_some() && old.description == new.description;
    let same_index = old.index.is_some() && old.index == new.index;
    let related = are_related(&old.name, &new.name);
    if !(related || same_words || (same_shape && same_index)) {
        return 0;
    }
    let points = [(same_shape, 4), (same_words, 4), (related, 3), (same_index, 2), (old.required == new.required, 1)];
    points.iter().filter(|(holds, _)| *holds).map(|(_, points)| points).sum()
}

/// Whether names share a word (`sinceMessage` and `sinceSeq`) or differ in a few letters only.
fn are_related(old: &str, new: &str) -> bool {
    let (old_words, new_words) = (words(old), words(new));
    old_words.iter().any(|word| word.len() > 2 && new_words.contains(word)) || strsim::jaro_winkler(old, new) > 0.85
}

/// The words of a name, in lower case; of a name with a namespace, those of its last part.
fn words(name: &str) -> Vec<String> {
    let last = name.rsplit(['.', '#']).next().unwrap_or(name);
    let mut words = vec![String::new()];
    for c in last.chars() {
        if c.is_ascii_uppercase() || !c.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, shape: &str, index: usize) -> Named<'static> {
        Named {
            name: name.to_owned(),
            shape: Some(Json::from(shape)),
            description: None,
            index: Some(index),
            required: false,
        }
    }

    #[test]
    fn a_related_name_in_the_same_place_is_a_rename_even_with_another_type() {
        let pairs =
            pairs(&[named("sinceMessage", "string", 2)], &[named("sinceSeq", "integer", 2), named("seqs", "array", 3)]);
        assert_eq!(pairs, BTreeMap::from([("sinceMessage".to_owned(), "sinceSeq".to_owned())]));
    }

    #[test]
    fn an_unrelated_name_of_another_type_is_none() {
        assert!(pairs(&[named("cursor", "string", 1)], &[named("lastSeq", "integer", 1)]).is_empty());
    }

    #[test]
    fn the_likeliest_pair_wins_and_each_name_is_used_once() {
        let old = [named("userName", "a", 0), named("userNick", "b", 1)];
        let new = [named("userAlias", "b", 1), named("userTitle", "a", 0)];
        let pairs = pairs(&old, &new);
        assert_eq!(pairs["userName"], "userTitle");
        assert_eq!(pairs["userNick"], "userAlias");
    }

    #[test]
    fn words_of_names() {
        assert_eq!(words("com.example.getThing"), ["get", "thing"]);
        assert_eq!(words("a.b.c#gap_info"), ["gap", "info"]);
    }
}
