//! Sets of media types, and how one relates to another.

/// How a new set relates to the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// The same values.
    Same,
    /// A part of the old one.
    Narrower,
    /// All of the old one and more.
    Wider,
    /// Neither is all of the other.
    Other,
}

/// How the new patterns of media types relate to the old ones. No pattern at all stands for all media types.
pub(super) fn cover(old: &[&str], new: &[&str]) -> Cover {
    match (all_in(old, new), all_in(new, old)) {
        (true, true) => Cover::Same,
        (true, false) => Cover::Wider,
        (false, true) => Cover::Narrower,
        (false, false) => Cover::Other,
    }
}

fn all_in(patterns: &[&str], set: &[&str]) -> bool {
    if set.is_empty() || set.contains(&"*/*") {
        return true;
    }
    !patterns.is_empty() && patterns.iter().all(|pattern| set.iter().any(|known| is_in(pattern, known)))
}

fn is_in(pattern: &str, known: &str) -> bool {
    let main = known.strip_suffix("/*");
    pattern == known || main.is_some_and(|main| pattern.split_once('/').is_some_and(|(part, _)| part == main))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_cover_what_they_match() {
        assert_eq!(cover(&["image/*"], &["image/png"]), Cover::Narrower);
        assert_eq!(cover(&["image/png"], &["image/png", "image/jpeg"]), Cover::Wider);
        assert_eq!(cover(&["image/png"], &["image/jpeg"]), Cover::Other);
        assert_eq!(cover(&[], &["*/*"]), Cover::Same);
        assert_eq!(cover(&["image/png"], &[]), Cover::Wider);
        assert_eq!(cover(&["image/*", "image/png"], &["image/*"]), Cover::Same);
    }
}
