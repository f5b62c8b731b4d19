//! What a value must be: bounds, formats, constants, defaults and sets of values.

use std::collections::BTreeMap;

use super::{
    Kind, Side,
    comparison::{At, Comparison},
    sets::{Cover, cover},
};
use crate::{
    json::Json,
    model::{IntegerSchema, Place, Placed, StringFormat, StringSchema},
    parse::format_name,
};

/// The values that a string may have.
enum Values<'a> {
    Any,
    Known(&'a [Placed<String>]),
    Only(&'a [Placed<String>]),
}

impl<'a> Values<'a> {
    fn of(string: &'a StringSchema) -> Self {
        match (&string.enumeration, &string.known_values) {
            (Some(only), _) => Self::Only(only),
            (None, Some(known)) => Self::Known(known),
            (None, None) => Self::Any,
        }
    }

    /// The field that says so.
    fn field(&self) -> &'static str {
        match self {
            Self::Any | Self::Known(_) => "knownValues",
            Self::Only(_) => "enum",
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Any => Json::Null,
            Self::Known(values) | Self::Only(values) => Json::list(values.iter().map(|value| value.value.as_str())),
        }
    }
}

impl Comparison<'_> {
    pub fn integer(&mut self, at: &At, (old, was): (&IntegerSchema, &Place), (new, is): (&IntegerSchema, &Place)) {
        let bounds = [("minimum", old.minimum, new.minimum), ("maximum", old.maximum, new.maximum)];
        for (name, before, after) in bounds {
            self.bound(at, name, (before.map(i128::from), was), (after.map(i128::from), is));
        }
        self.integers(at, (old.enumeration.as_deref(), was), (new.enumeration.as_deref(), is));
        self.default(at, (old.default.map(Into::into), was), (new.default.map(Into::into), is));
        self.constant(at, (old.constant.map(Into::into), was), (new.constant.map(Into::into), is));
    }

    pub fn string(&mut self, at: &At, (old, was): (&StringSchema, &Place), (new, is): (&StringSchema, &Place)) {
        self.format(at, (old.format, was), (new.format, is));
        self.lengths(at, (old.min_length, old.max_length, was), (new.min_length, new.max_length, is));
        let bounds = [
            ("minGraphemes", counted(old.min_graphemes), counted(new.min_graphemes)),
            ("maxGraphemes", old.max_graphemes.map(i128::from), new.max_graphemes.map(i128::from)),
        ];
        for (name, before, after) in bounds {
            self.bound(at, name, (before, was), (after, is));
        }
        self.values(at, (&Values::of(old), was), (&Values::of(new), is));
        let text = |text: &Option<String>| text.as_deref().map(Json::from);
        self.default(at, (text(&old.default), was), (text(&new.default), is));
        self.constant(at, (text(&old.constant), was), (text(&new.constant), is));
    }

    /// `minLength` and `maxLength`.
    pub fn lengths(
        &mut self,
        at: &At,
        old: (Option<u64>, Option<u64>, &Place),
        new: (Option<u64>, Option<u64>, &Place),
    ) {
        self.bound(at, "minLength", (counted(old.0), old.2), (counted(new.0), new.2));
        self.bound(at, "maxLength", (old.1.map(i128::from), old.2), (new.1.map(i128::from), new.2));
    }

    /// A bound whose name tells its side: `min…` or `max…`.
    pub fn bound(&mut self, at: &At, name: &str, old: (Option<i128>, &Place), new: (Option<i128>, &Place)) {
        if old.0 == new.0 {
            return;
        }
        let least = name.starts_with("min");
        let rises = match (old.0, new.0) {
            (Some(before), Some(after)) => after > before,
            // Without a bound, a lower one is infinitely low and an upper one infinitely high.
            (None, _) => least,
            (_, None) => !least,
        };
        let kind = if rises == least { Kind::BoundTightened } else { Kind::BoundLoosened };
        let headline = match (old.0, new.0) {
            (None, Some(after)) => format!("{} has a `{name}` of {after} now", at.what),
            (Some(before), None) => format!("{} has no `{name}` any more, which was {before}", at.what),
            (before, after) => {
                let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
                let how = if rises { "rises" } else { "falls" };
                format!("`{name}` of {} {how} from {before} to {after}", at.what)
            }
        };
        let number = |bound: Option<i128>| bound.and_then(|bound| i64::try_from(bound).ok());
        let was = number(old.0).map(|bound| self.old_side(at, old.1, name, bound));
        let is = number(new.0).map(|bound| self.new_side(at, new.1, name, bound));
        self.add(&at.step(name, ""), kind, headline, was, is);
    }

    pub fn default(&mut self, at: &At, old: (Option<Json>, &Place), new: (Option<Json>, &Place)) {
        self.value(at, "default", [Kind::DefaultAdded, Kind::DefaultRemoved, Kind::DefaultChanged], old, new);
    }

    pub fn constant(&mut self, at: &At, old: (Option<Json>, &Place), new: (Option<Json>, &Place)) {
        self.value(at, "const", [Kind::ConstAdded, Kind::ConstRemoved, Kind::ConstChanged], old, new);
    }

    /// One value that the schema names; `kinds` for when it comes, goes and changes.
    fn value(
        &mut self,
        at: &At,
        name: &str,
        kinds: [Kind; 3],
        old: (Option<Json>, &Place),
        new: (Option<Json>, &Place),
    ) {
        let what = &at.what;
        let [added, removed, changed] = kinds;
        let (kind, headline) = match (&old.0, &new.0) {
            (None, Some(after)) => (added, format!("{what} has the {name} `{after}` now")),
            (Some(before), None) => (removed, format!("{what} has no {name} any more, which was `{before}`")),
            (Some(before), Some(after)) if before != after => {
                (changed, format!("the {name} of {what} is `{after}` instead of `{before}`"))
            }
            _ => return,
        };
        let was = old.0.map(|value| self.old_side(at, old.1, name, value));
        let is = new.0.map(|value| self.new_side(at, new.1, name, value));
        self.add(&at.step(name, ""), kind, headline, was, is);
    }

    fn format(&mut self, at: &At, old: (Option<StringFormat>, &Place), new: (Option<StringFormat>, &Place)) {
        let name = |format: Option<StringFormat>| format.map(format_name);
        let (kind, headline) = match (old.0, new.0) {
            (before, after) if before == after => return,
            (None, _) => (Kind::FormatTightened, "has the format"),
            (_, None) => (Kind::FormatLoosened, "no longer has the format"),
            (Some(before), Some(after)) if is_part(after, before) => (Kind::FormatTightened, "has the format"),
            (Some(before), Some(after)) if is_part(before, after) => (Kind::FormatLoosened, "has the format"),
            _ => (Kind::FormatChanged, "has the format"),
        };
        let named = name(new.0).or(name(old.0)).unwrap_or_default();
        let instead = match (name(old.0), new.0) {
            (Some(before), Some(_)) => format!(" instead of `{before}`"),
            _ => String::new(),
        };
        let headline = format!("{} {headline} `{named}`{instead}", at.what);
        let was = name(old.0).map(|name| self.old_side(at, old.1, "format", name));
        let is = name(new.0).map(|name| self.new_side(at, new.1, "format", name));
        self.add(&at.step("format", ""), kind, headline, was, is);
    }

    fn values(&mut self, at: &At, (old, was): (&Values<'_>, &Place), (new, is): (&Values<'_>, &Place)) {
        let (kind, how) = match (old, new) {
            (Values::Only(before), Values::Only(after)) => {
                return self.each_value(at, "enum", [Kind::EnumValueAdded, Kind::EnumValueRemoved], before, after);
            }
            (Values::Known(before), Values::Known(after)) => {
                let kinds = [Kind::KnownValueAdded, Kind::KnownValueRemoved];
                return self.each_value(at, "knownValues", kinds, before, after);
            }
            (Values::Any, Values::Any) => return,
            (_, Values::Only(_)) => (Kind::EnumClosed, "is one of a closed set now"),
            (Values::Only(_), _) => (Kind::EnumOpened, "is no longer one of a closed set"),
            (Values::Any, _) => (Kind::KnownValuesAdded, "has known values now"),
            (_, Values::Any) => (Kind::KnownValuesRemoved, "has no known values any more"),
        };
        let (from, to) =
            (self.old_side(at, was, old.field(), old.json()), self.new_side(at, is, new.field(), new.json()));
        self.add(&at.step("values", ""), kind, format!("{} {how}", at.what), Some(from), Some(to));
        match (old, new) {
            // What is not in the set any more is refused, what is new in it was always possible.
            (Values::Known(before), Values::Only(after)) => {
                self.each_value(at, "enum", [Kind::KnownValueAdded, Kind::EnumValueRemoved], before, after);
            }
            (Values::Only(before), Values::Known(after)) => {
                self.each_value(at, "knownValues", [Kind::EnumValueAdded, Kind::KnownValueRemoved], before, after);
            }
            _ => {}
        }
    }

    fn each_value(
        &mut self,
        at: &At,
        name: &str,
        [added, removed]: [Kind; 2],
        old: &[Placed<String>],
        new: &[Placed<String>],
    ) {
        let places = |values: &'_ [Placed<String>]| -> BTreeMap<String, Place> {
            values.iter().map(|value| (value.value.clone(), value.place.clone())).collect()
        };
        let (was, is) = (places(old), places(new));
        for (value, place) in was.iter().filter(|(value, _)| !is.contains_key(*value)) {
            let inner = at.step(&format!("{name}/{value}"), "");
            let side = Some(Side::new(place, value.as_str()));
            self.add(&inner, removed, format!("`{value}` is gone from `{name}` of {}", at.what), side, None);
        }
        for (value, place) in is.iter().filter(|(value, _)| !was.contains_key(*value)) {
            let inner = at.step(&format!("{name}/{value}"), "");
            let side = Some(Side::new(place, value.as_str()));
            self.add(&inner, added, format!("`{value}` is new in `{name}` of {}", at.what), None, side);
        }
    }

    /// A closed set of integers has no type of its own, so it is no more than a bound.
    fn integers(&mut self, at: &At, (old, was): (Option<&[i64]>, &Place), (new, is): (Option<&[i64]>, &Place)) {
        let gone = |from: Option<&[i64]>, other: Option<&[i64]>| match (from, other) {
            (Some(from), Some(other)) => from.iter().any(|value| !other.contains(value)),
            (None, Some(_)) => true,
            _ => false,
        };
        let list = |values: Option<&[i64]>| values.map(|values| Json::list(values.iter().copied()));
        let said = |values: Option<&[i64]>| list(values).map_or_else(|| "any".to_owned(), |list| format!("`{list}`"));
        let changes = [(gone(old, new), Kind::BoundTightened), (gone(new, old), Kind::BoundLoosened)];
        for (_, kind) in changes.into_iter().filter(|(holds, _)| *holds) {
            let headline = format!("the values of {} are {} instead of {}", at.what, said(new), said(old));
            let (from, to) = (self.old_side(at, was, "enum", list(old)), self.new_side(at, is, "enum", list(new)));
            self.add(&at.step("enum", ""), kind, headline, Some(from), Some(to));
        }
    }

    pub fn accept(&mut self, at: &At, (old, was): (&[String], &Place), (new, is): (&[String], &Place)) {
        let before: Vec<_> = old.iter().map(String::as_str).collect();
        let after: Vec<_> = new.iter().map(String::as_str).collect();
        let kinds: &[Kind] = match cover(&before, &after) {
            Cover::Same => &[],
            Cover::Narrower => &[Kind::AcceptNarrowed],
            Cover::Wider => &[Kind::AcceptWidened],
            Cover::Other => &[Kind::AcceptNarrowed, Kind::AcceptWidened],
        };
        for kind in kinds {
            let said = |list: &[&str]| if list.is_empty() { "*/*".to_owned() } else { list.join(", ") };
            let headline = format!("{} is `{}` instead of `{}`", at.what, said(&after), said(&before));
            let list = |list: &[&str]| Json::list(list.iter().copied());
            let from = self.old_side(at, was, "accept", list(&before));
            let to = self.new_side(at, is, "accept", list(&after));
            self.add(&at.step("accept", ""), *kind, headline, Some(from), Some(to));
        }
    }
}

/// A lower bound on a count: 0 bounds nothing.
fn counted(bound: Option<u64>) -> Option<i128> {
    bound.filter(|bound| *bound > 0).map(i128::from)
}

/// Whether all values of one format have the other too.
fn is_part(part: StringFormat, whole: StringFormat) -> bool {
    use StringFormat as F;
    matches!(
        (part, whole),
        (F::Did | F::Handle, F::AtIdentifier) | (F::Did | F::AtUri, F::Uri) | (F::Tid | F::Nsid, F::RecordKey)
    )
}
