//! Methods, with all that is sent to them and comes from them, and permission sets.

use std::collections::BTreeMap;

use super::{
    Direction, Kind, Side,
    comparison::{At, Comparison},
    pairs::{Named, pairs},
    properties::Fields,
    sets::{Cover, cover},
};
use crate::{
    json::Json,
    model::{Body, DefKind, ErrorDecl, Message, Params, PermissionSet, Place, Schema},
    write,
};

/// What queries, procedures and subscriptions have in common.
#[derive(Default)]
struct Method<'a> {
    parameters: Option<&'a Params>,
    input: Option<&'a Body>,
    output: Option<&'a Body>,
    message: Option<&'a Message>,
    errors: &'a [ErrorDecl],
}

impl<'a> Method<'a> {
    fn of(kind: &'a DefKind) -> Self {
        match kind {
            DefKind::Query(query) => Self {
                parameters: query.parameters.as_ref(),
                output: query.output.as_ref(),
                errors: &query.errors,
                ..Self::default()
            },
            DefKind::Procedure(procedure) => Self {
                parameters: procedure.parameters.as_ref(),
                input: procedure.input.as_ref(),
                output: procedure.output.as_ref(),
                errors: &procedure.errors,
                ..Self::default()
            },
            DefKind::Subscription(subscription) => Self {
                parameters: subscription.parameters.as_ref(),
                message: subscription.message.as_ref(),
                errors: &subscription.errors,
                ..Self::default()
            },
            _ => Self::default(),
        }
    }
}

/// A part of a method that may be absent: when it comes, when it goes, and what it is called.
struct Part {
    name: &'static str,
    owner: &'static str,
    added: Kind,
    removed: Kind,
}

const INPUT: Part = Part { name: "input", owner: "input ", added: Kind::InputAdded, removed: Kind::InputRemoved };
const OUTPUT: Part = Part { name: "output", owner: "output ", added: Kind::OutputAdded, removed: Kind::OutputRemoved };

impl Comparison<'_> {
    /// Compares two methods of one kind.
    pub fn method(&mut self, at: &At, old: &DefKind, new: &DefKind) {
        let (old, new) = (Method::of(old), Method::of(new));
        let (request, response) = (at.sent(Direction::REQUEST), at.sent(Direction::RESPONSE));
        self.parameters(&request, old.parameters, new.parameters);
        self.body(&request, &INPUT, old.input, new.input);
        self.body(&response, &OUTPUT, old.output, new.output);
        self.messages(&response, old.message, new.message);
        self.errors(&response, old.errors, new.errors);
    }

    fn parameters(&mut self, at: &At, old: Option<&Params>, new: Option<&Params>) {
        let at = at.step("parameters", "the parameters");
        let description = |params: Option<&Params>| params.and_then(|params| params.description.clone());
        let (was, is) = (description(old), description(new));
        if let Some(place) = old.or(new).map(|params| &params.place) {
            let (before, after) = (old.map_or(place, |old| &old.place), new.map_or(place, |new| &new.place));
            self.words(&at, "description", (was.as_deref(), before), (is.as_deref(), after));
            self.fields(&at, "parameter", &Fields::of_params(old, place), &Fields::of_params(new, place));
        }
    }

    fn body(&mut self, at: &At, part: &Part, old: Option<&Body>, new: Option<&Body>) {
        let at = At { owner: part.owner, ..at.step(part.name, format!("the {}", part.name)) };
        let side = |body: &Body, nsid: &str| Some(Side::new(&body.place, write::bare_body(body, nsid)));
        match (old, new) {
            (None, None) => {}
            (None, Some(new)) => {
                let new = side(new, &at.new_nsid);
                self.add(&at, part.added, format!("there is an {} now", part.name), None, new);
            }
            (Some(old), None) => {
                let old = side(old, &at.old_nsid);
                self.add(&at, part.removed, format!("there is no {} any more", part.name), old, None);
            }
            (Some(old), Some(new)) => {
                let (was, is) = (old.description.as_deref(), new.description.as_deref());
                self.words(&at, "description", (was, &old.place), (is, &new.place));
                self.encoding(&at, old, new);
                self.body_schema(&at, old, new);
            }
        }
    }

    fn encoding(&mut self, at: &At, old: &Body, new: &Body) {
        let kind = match cover(&[&old.encoding.value], &[&new.encoding.value]) {
            Cover::Same => return,
            Cover::Narrower => Kind::EncodingNarrowed,
            Cover::Wider => Kind::EncodingWidened,
            Cover::Other => Kind::EncodingChanged,
        };
        let headline = format!("{} is `{}` instead of `{}`", at.what, new.encoding.value, old.encoding.value);
        let side = |body: &Body| Some(Side::new(&body.encoding.place, body.encoding.value.as_str()));
        self.add(&at.step("encoding", ""), kind, headline, side(old), side(new));
    }

    fn body_schema(&mut self, at: &At, old: &Body, new: &Body) {
        let inner = at.step("schema", format!("the schema of {}", at.what));
        let side = |schema: &Schema, nsid: &str| Some(Side::new(&schema.place, write::bare_schema(schema, nsid)));
        match (&old.schema, &new.schema) {
            (None, None) => {}
            (None, Some(schema)) => {
                let new = side(schema, &at.new_nsid);
                self.add(&inner, Kind::BodySchemaAdded, format!("{} has a schema now", at.what), None, new);
            }
            (Some(schema), None) => {
                let old = side(schema, &at.old_nsid);
                self.add(&inner, Kind::BodySchemaRemoved, format!("{} has no schema any more", at.what), old, None);
            }
            (Some(old), Some(new)) => self.schema(&inner, old, new),
        }
    }

    fn messages(&mut self, at: &At, old: Option<&Message>, new: Option<&Message>) {
        let at = at.step("message", "the message");
        let union = |message: &'_ Message| message.schema.clone();
        let side = |message: &Message, nsid: &str| {
            let schema = union(message).map(|schema| write::bare_schema(&schema, nsid));
            Some(Side::new(&message.place, schema))
        };
        match (old, new) {
            (None, None) => {}
            (None, Some(new)) => {
                let new = side(new, &at.new_nsid);
                self.add(&at, Kind::MessagesAdded, "there are messages now".to_owned(), None, new);
            }
            (Some(old), None) => {
                let old = side(old, &at.old_nsid);
                self.add(&at, Kind::MessagesRemoved, "there are no messages any more".to_owned(), old, None);
            }
            (Some(old), Some(new)) => {
                let (was, is) = (old.description.as_deref(), new.description.as_deref());
                self.words(&at, "description", (was, &old.place), (is, &new.place));
                if let (Some(old), Some(new)) = (&old.schema, &new.schema) {
                    self.schema(&at, old, new);
                }
            }
        }
    }

    fn errors(&mut self, at: &At, old: &[ErrorDecl], new: &[ErrorDecl]) {
        let renamed = renamed_errors(old, new);
        let side = |error: &ErrorDecl| Some(Side::new(&error.name.place, error.name.value.as_str()));
        let find = |name: &str| new.iter().find(|error| error.name.value == name);
        for error in old {
            let name = &error.name.value;
            let inner = at.step(&format!("errors/{name}"), format!("the error `{name}`"));
            let other = renamed.get(name).and_then(|name| find(name));
            if let Some(now) = other {
                let headline = format!("{} is likely renamed to `{}`", inner.what, now.name.value);
                self.add(&inner, Kind::ErrorRenamed, headline, side(error), side(now));
            }
            match find(name).or(other) {
                Some(now) => {
                    let (was, is) = (error.description.as_deref(), now.description.as_deref());
                    self.words(&inner, "description", (was, &error.place), (is, &now.place));
                }
                None => self.add(&inner, Kind::ErrorRemoved, format!("{} is gone", inner.what), side(error), None),
            }
        }
        let known = |name: &String| old.iter().any(|error| error.name.value == *name);
        let taken = |name: &String| renamed.values().any(|new| new == name);
        for error in new.iter().filter(|error| !known(&error.name.value) && !taken(&error.name.value)) {
            let name = &error.name.value;
            let inner = at.step(&format!("errors/{name}"), format!("the error `{name}`"));
            self.add(&inner, Kind::ErrorAdded, format!("{} is new", inner.what), None, side(error));
            self.introduce(error.description.as_deref());
        }
    }

    /// Compares permission sets: what they allow, and what users read about them.
    pub fn permission_set(&mut self, at: &At, old: (&PermissionSet, &Place), new: (&PermissionSet, &Place)) {
        let texts = |set: &PermissionSet| {
            let languages = |texts: &indexmap::IndexMap<String, String>| {
                let texts: BTreeMap<_, _> = texts.iter().collect();
                (!texts.is_empty()).then(|| format!("{texts:?}"))
            };
            let (titles, details) = (languages(&set.title_lang), languages(&set.detail_lang));
            let (title, detail) = (set.title.clone(), set.detail.clone());
            [("title", title), ("title:lang", titles), ("detail", detail), ("detail:lang", details)]
        };
        for ((name, was), (_, is)) in texts(old.0).into_iter().zip(texts(new.0)) {
            self.words(at, name, (was.as_deref(), old.1), (is.as_deref(), new.1));
        }
        let (before, after) = (permissions(old.0), permissions(new.0));
        for (text, (place, value)) in before.iter().filter(|(text, _)| !after.contains_key(*text)) {
            let at = at.step(text, "");
            let side = Some(Side::new(place, value.clone()));
            self.add(&at, Kind::PermissionRemoved, "a permission is gone".to_owned(), side, None);
        }
        for (text, (place, value)) in after.iter().filter(|(text, _)| !before.contains_key(*text)) {
            let at = at.step(text, "");
            let side = Some(Side::new(place, value.clone()));
            self.add(&at, Kind::PermissionAdded, "a permission is new".to_owned(), None, side);
        }
    }
}

fn renamed_errors(old: &[ErrorDecl], new: &[ErrorDecl]) -> BTreeMap<String, String> {
    pairs(&missing(old, new), &missing(new, old))
}

/// The errors in `from` that the other list doesn't have.
fn missing<'e>(from: &'e [ErrorDecl], other: &[ErrorDecl]) -> Vec<Named<'e>> {
    let gone = |error: &ErrorDecl| !other.iter().any(|known| known.name.value == error.name.value);
    let gone = from.iter().enumerate().filter(|(_, error)| gone(error));
    let named = gone.map(|(index, error)| Named {
        name: error.name.value.clone(),
        shape: None,
        description: error.description.as_deref(),
        index: Some(index),
        required: false,
    });
    named.collect()
}

/// Permissions by their text, which is all that tells them apart.
fn permissions(set: &PermissionSet) -> BTreeMap<String, (&Place, Json)> {
    let permissions = set.permissions.iter().map(|permission| {
        let value = write::bare_permission(permission);
        (value.to_string(), (&permission.place, value))
    });
    permissions.collect()
}
