//! Properties of objects and parameters of methods: which are there, whether they may be absent or null.

use indexmap::IndexMap;

use super::{
    Kind, Side,
    comparison::{At, Comparison},
    pairs::{Named, pairs},
};
use crate::{
    json::Json,
    model::{Object, Params, Place, Placed, Schema, SchemaKind},
    write,
};

/// The properties of an object or the parameters of a method.
pub(super) struct Fields<'a> {
    properties: Option<&'a IndexMap<String, Schema>>,
    required: &'a [Placed<String>],
    nullable: &'a [Placed<String>],
    place: &'a Place,
}

impl<'a> Fields<'a> {
    /// The properties of an object.
    pub fn of_object(object: &'a Object) -> Self {
        let Object { properties, required, nullable, place, .. } = object;
        Self { properties: Some(properties), required, nullable, place }
    }

    /// The parameters of a method, which are none when it has none at all; then `place` is where they would be.
    pub fn of_params(params: Option<&'a Params>, place: &'a Place) -> Self {
        match params {
            None => Self { properties: None, required: &[], nullable: &[], place },
            Some(Params { properties, required, place, .. }) => {
                Self { properties: Some(properties), required, nullable: &[], place }
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&'a String, &'a Schema)> {
        self.properties.into_iter().flatten()
    }

    fn get(&self, name: &str) -> Option<&'a Schema> {
        self.properties?.get(name)
    }

    fn required(&self, name: &str) -> Option<&'a Placed<String>> {
        self.required.iter().find(|required| required.value == name)
    }

    fn nullable(&self, name: &str) -> Option<&'a Placed<String>> {
        self.nullable.iter().find(|nullable| nullable.value == name)
    }

    /// Those that the other has not.
    fn missing(&self, other: &Fields<'_>, nsid: &str) -> Vec<Named<'a>> {
        let gone = self.iter().enumerate().filter(|(_, (name, _))| other.get(name).is_none());
        let named = gone.map(|(index, (name, schema))| Named {
            name: name.clone(),
            shape: Some(write::bare_schema(schema, nsid)),
            description: schema.description.as_deref(),
            index: Some(index),
            required: self.required(name).is_some(),
        });
        named.collect()
    }
}

/// A property of both sides, under one name or two.
struct Both<'a> {
    noun: &'a str,
    old: (&'a str, &'a Schema),
    new: (&'a str, &'a Schema),
}

impl Comparison<'_> {
    /// Compares two objects.
    pub fn object(&mut self, at: &At, old: &Object, new: &Object) {
        self.fields(at, "property", &Fields::of_object(old), &Fields::of_object(new));
    }

    /// Compares properties or parameters; `noun` says which.
    pub fn fields(&mut self, at: &At, noun: &str, old: &Fields<'_>, new: &Fields<'_>) {
        let (gone, come) = (old.missing(new, &at.old_nsid), new.missing(old, &at.new_nsid));
        let renamed = pairs(&gone, &come);
        let added: Vec<&str> = come.iter().map(|named| named.name.as_str()).collect();
        let unpaired = |name: &&&str| !renamed.values().any(|taken| taken == **name);
        let beside: Vec<&str> = added.iter().filter(unpaired).copied().collect();
        for (name, schema) in old.iter() {
            let inner = self.within(at, noun, name);
            let renamed = renamed.get(name).and_then(|name| Some((name.as_str(), new.get(name)?)));
            match (new.get(name), renamed) {
                (Some(now), _) => self.field(&inner, &Both { noun, old: (name, schema), new: (name, now) }, old, new),
                (None, Some(now)) => {
                    self.renamed_field(&inner, &Both { noun, old: (name, schema), new: now }, old, new)
                }
                (None, None) => self.removed_field(&inner, schema, old.required(name).is_some(), &beside),
            }
        }
        for name in beside {
            if let Some(schema) = new.get(name) {
                self.added_field(&self.within(at, noun, name), schema, new.required(name).is_some());
            }
        }
    }

    fn within(&self, at: &At, noun: &str, name: &str) -> At {
        at.step(name, format!("{}{noun} `{name}`", at.owner))
    }

    /// A new name, with everything else that changed as part of it: under the old name nothing is read any more.
    fn renamed_field(&mut self, at: &At, both: &Both<'_>, old: &Fields<'_>, new: &Fields<'_>) {
        let side = |(name, schema): (&str, &Schema), nsid: &str| {
            Some(Side::new(&schema.place, Json::object([(name, bare(schema, nsid))])))
        };
        let headline = format!("{} is likely renamed to `{}`", at.what, both.new.0);
        let (from, to) = (side(both.old, &at.old_nsid), side(both.new, &at.new_nsid));
        self.add(at, Kind::PropertyRenamed, headline, from, to);
        let found = self.changes.len();
        self.field(at, both, old, new);
        let inner = self.changes.split_off(found);
        for change in inner.iter().filter(|change| change.kind != Kind::DescriptionChanged) {
            self.note(format!("With the name, {}.", change.headline));
        }
        self.introduce(both.new.1.description.as_deref());
    }

    fn removed_field(&mut self, at: &At, schema: &Schema, required: bool, beside: &[&str]) {
        let kind = if required { Kind::RequiredPropertyRemoved } else { Kind::PropertyRemoved };
        let side = Side::new(&schema.place, bare(schema, &at.old_nsid));
        self.add(at, kind, format!("{} is gone", at.what), Some(side), None);
        if !beside.is_empty() {
            let names: Vec<_> = beside.iter().map(|name| format!("`{name}`")).collect();
            self.note(format!("New in the same place: {}.", names.join(", ")));
        }
    }

    fn added_field(&mut self, at: &At, schema: &Schema, required: bool) {
        let (kind, how) = match required {
            true => (Kind::RequiredPropertyAdded, "required"),
            false => (Kind::PropertyAdded, "optional"),
        };
        let side = Side::new(&schema.place, bare(schema, &at.new_nsid));
        self.add(at, kind, format!("{} is new and {how}", at.what), None, Some(side));
        self.introduce(schema.description.as_deref());
    }

    fn field(&mut self, at: &At, both: &Both<'_>, old: &Fields<'_>, new: &Fields<'_>) {
        let presence = [
            (old.required(both.old.0), new.required(both.new.0), Kind::PropertyRequired, Kind::PropertyOptional),
            (old.nullable(both.old.0), new.nullable(both.new.0), Kind::NullAllowed, Kind::NullRefused),
        ];
        for (before, after, comes, goes) in presence {
            let (kind, what) = match (before, after) {
                (None, Some(_)) => (comes, if comes == Kind::NullAllowed { "may be null" } else { "is required" }),
                (Some(_), None) => (goes, if goes == Kind::NullRefused { "must not be null" } else { "is optional" }),
                _ => continue,
            };
            let list = if comes == Kind::NullAllowed { "nullable" } else { "required" };
            let listed = |named: &Placed<String>| Side::new(&named.place, true);
            let from = before.map_or_else(|| self.old_side(at, old.place, list, false), listed);
            let to = after.map_or_else(|| self.new_side(at, new.place, list, false), listed);
            let headline = format!("{} {what} now", at.what);
            self.add(&at.step(list, ""), kind, headline, Some(from), Some(to));
        }
        let (was, is) = (both.old.1, both.new.1);
        match &is.kind {
            SchemaKind::Array { items, min_length: None | Some(0 | 1), .. }
                if both.noun == "parameter" && !matches!(was.kind, SchemaKind::Array { .. }) =>
            {
                self.repeatable(at, was, is, items);
            }
            _ => self.schema(at, was, is),
        }
    }

    /// A parameter that becomes a list: one value is read as a list of one, so that each is compared with what stood alone.
    fn repeatable(&mut self, at: &At, old: &Schema, new: &Schema, items: &Schema) {
        let (was, is) = (old.description.as_deref(), new.description.as_deref());
        self.words(at, "description", (was, &old.place), (is, &new.place));
        let side = |schema: &Schema, nsid: &str| Some(Side::new(&schema.place, bare(schema, nsid)));
        let (from, to) = (side(old, &at.old_nsid), side(new, &at.new_nsid));
        self.add(at, Kind::ParameterRepeatable, format!("{} may be given several times now", at.what), from, to);
        self.schema_kinds(at, old, items);
    }
}

fn bare(schema: &Schema, nsid: &str) -> Json {
    write::bare_schema(schema, nsid)
}
