//! Example values, made from the schema and the settings, and checked against the schema before anybody sees them.

mod check;
mod strings;

use std::cell::RefCell;

use self::check::Check;
use super::{data::Data, settings::Settings};
use crate::{
    model::{DefKind, Object, Params, Schema, SchemaKind},
    resolve::{DefId, Resolved},
};

/// How deep optional properties are shown: those of the value itself, and of what it holds in objects or lists.
const FULL_DEPTH: usize = 1;

/// Where examples end that would never end by themselves, such as lists that must hold a list of their own kind.
const DEEPEST: usize = 16;

/// Makes the examples of a set.
pub struct Examples<'a> {
    set: &'a Resolved,
    settings: &'a Settings,
    /// Settings that went into an example, by index, and what went wrong.
    used: RefCell<Vec<bool>>,
    mistakes: RefCell<Vec<String>>,
}

/// Which optional properties an example has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Optional {
    /// Those that the settings name: a request that somebody would make.
    Named,
    /// All, near the top: an answer that shows what may be there.
    Shown,
}

/// Where an example is being made.
#[derive(Clone)]
struct Place<'a> {
    /// The definition whose schema it is.
    owner: DefId,
    /// The definitions around it, itself included.
    within: Vec<DefId>,
    depth: usize,
    optional: Optional,
    check: Check<'a>,
}

impl<'a> Examples<'a> {
    pub fn new(set: &'a Resolved, settings: &'a Settings) -> Self {
        let used = RefCell::new(vec![false; settings.examples.len()]);
        Self { set, settings, used, mistakes: RefCell::default() }
    }

    /// What could not be made, and the settings that nothing used, once all examples are made.
    pub fn into_mistakes(self) -> Vec<String> {
        let mut mistakes = self.mistakes.into_inner();
        for ((name, _), used) in self.settings.examples.iter().zip(self.used.into_inner()) {
            if !used {
                mistakes.push(format!("the example of `{name}` fits nowhere"));
            }
        }
        mistakes.sort();
        mistakes.dedup();
        mistakes
    }

    /// The value of a body or message.
    pub fn schema(&self, owner: &'a DefId, schema: &Schema, optional: Optional) -> Data {
        let place = self.place(owner, optional);
        let value = self.value(schema, &place);
        self.checked(owner, place.check.schema(schema, &value), value)
    }

    /// The parameters of a method, as an object.
    pub fn params(&self, owner: &'a DefId, params: &Params) -> Data {
        let place = self.place(owner, Optional::Named);
        let fields = params.properties.iter().filter_map(|(name, schema)| {
            self.property(name, schema, params.is_required(name), &place).map(|value| (name.clone(), value))
        });
        let value = Data::Object(fields.collect());
        self.checked(owner, place.check.params(params, &value), value)
    }

    /// The value of a definition; none of what has no values of its own.
    pub fn def(&self, id: &'a DefId) -> Option<Data> {
        let def = self.set.get(id)?;
        let place = self.place(id, Optional::Shown);
        let (value, result) = match &def.kind {
            DefKind::Object(object) => {
                let value = self.object(object, &place, None);
                (value.clone(), place.check.object(object, &value))
            }
            DefKind::Record(record) => {
                let value = self.object(&record.record, &place, Some(id.to_string()));
                (value.clone(), place.check.object(&record.record, &value))
            }
            DefKind::Schema(schema) if !matches!(schema.kind, SchemaKind::Params(_)) => {
                let value = self.value(schema, &place);
                (value.clone(), place.check.schema(schema, &value))
            }
            _ => return None,
        };
        Some(self.checked(id, result, value))
    }

    fn place(&self, owner: &'a DefId, optional: Optional) -> Place<'a> {
        let check = Check { set: self.set, nsid: &owner.nsid };
        Place { owner: owner.clone(), within: vec![owner.clone()], depth: 0, optional, check }
    }

    fn checked(&self, owner: &DefId, result: Result<(), String>, value: Data) -> Data {
        if let Err(broken) = result {
            let message = format!("no example of `{owner}` could be made, {broken}; give one in the settings");
            self.mistakes.borrow_mut().push(message);
        }
        value
    }

    fn object(&self, object: &Object, place: &Place<'a>, kind: Option<String>) -> Data {
        let kind = kind.map(|kind| ("$type".to_owned(), Data::String(kind)));
        // Deep down, an object that may be empty would say nothing.
        let depth = if object.required.is_empty() { place.depth.min(FULL_DEPTH) } else { place.depth };
        let place = &Place { depth, ..place.clone() };
        let fields = object.properties.iter().filter_map(|(name, schema)| {
            self.property(name, schema, object.is_required(name), place).map(|value| (name.clone(), value))
        });
        Data::Object(kind.into_iter().chain(fields).collect())
    }

    /// The value of a property, or none when the example does without.
    fn property(&self, name: &str, schema: &Schema, required: bool, place: &Place<'a>) -> Option<Data> {
        let owner = match place.owner.is_main() {
            true => place.owner.nsid.rsplit('.').next().unwrap_or_default(),
            false => &place.owner.name,
        };
        match self.given(&format!("{owner}.{name}")) {
            Some(Data::Null) if !required => return None,
            Some(given) => return Some(self.fitted(given, schema)),
            None => {}
        }
        let shown = place.optional == Optional::Shown && place.depth <= FULL_DEPTH;
        if !required && (!shown || leads_back(self.set, schema, place)) {
            return None;
        }
        Some(self.by_name(name, schema, place).unwrap_or_else(|| self.value(schema, place)))
    }

    /// The setting of this name, when the schema takes it.
    fn by_name(&self, name: &str, schema: &Schema, place: &Place<'a>) -> Option<Data> {
        let index = self.settings.examples.iter().position(|(setting, _)| setting == name)?;
        let given = &self.settings.examples[index].1;
        let value = self.fitted(given, schema);
        place.check.schema(schema, &value).ok()?;
        self.used.borrow_mut()[index] = true;
        Some(value)
    }

    fn given(&self, name: &str) -> Option<&'a Data> {
        let index = self.settings.examples.iter().position(|(setting, _)| setting == name)?;
        self.used.borrow_mut()[index] = true;
        Some(&self.settings.examples[index].1)
    }

    /// A setting as the schema means it: for bytes, the text's.
    fn fitted(&self, given: &Data, schema: &Schema) -> Data {
        match (&schema.kind, given) {
            (SchemaKind::Bytes { .. }, Data::String(text)) => Data::Bytes(text.clone().into_bytes()),
            (SchemaKind::CidLink, Data::String(cid)) => Data::Link(cid.clone()),
            _ => given.clone(),
        }
    }

    fn value(&self, schema: &Schema, place: &Place<'a>) -> Data {
        match &schema.kind {
            SchemaKind::Boolean { default, constant } => Data::Boolean(constant.or(*default).unwrap_or(true)),
            SchemaKind::Integer(schema) => {
                let listed = schema.enumeration.as_ref().and_then(|values| values.first().copied());
                let within = 1.max(schema.minimum.unwrap_or(1)).min(schema.maximum.unwrap_or(i64::MAX));
                Data::Integer(schema.constant.or(schema.default).or(listed).unwrap_or(within))
            }
            SchemaKind::String(schema) => Data::String(strings::string(schema)),
            SchemaKind::Bytes { min_length, max_length } => {
                let length = 8.max(min_length.unwrap_or(0)).min(max_length.unwrap_or(u64::MAX)) as usize;
                // Bytes that look like nothing.
                Data::Bytes((1..=length).map(|n| (n.wrapping_mul(158) >> 1) as u8).collect())
            }
            SchemaKind::CidLink => Data::Link(strings::CID.into()),
            SchemaKind::Blob { accept, max_size } => blob(accept, *max_size),
            SchemaKind::Array { items, min_length, max_length } => self.array(items, *min_length, *max_length, place),
            SchemaKind::Object(object) => self.object(object, &place.deeper(), None),
            SchemaKind::Params(_) | SchemaKind::Unknown => Data::Object(Vec::new()),
            SchemaKind::Ref(reference) => self.reference(&reference.value, place, false),
            SchemaKind::Union { refs, .. } => {
                let free = refs.iter().find(|reference| !place.is_within(&reference.value));
                match free.or(refs.first()) {
                    Some(reference) => self.reference(&reference.value, place, true),
                    None => Data::Object(vec![("$type".into(), Data::String("com.example.thing".into()))]),
                }
            }
        }
    }

    fn array(&self, items: &Schema, least: Option<u64>, most: Option<u64>, place: &Place<'a>) -> Data {
        let needed = least.unwrap_or(0);
        let wanted = if leads_back(self.set, items, place) { 0 } else { 1 };
        let count = needed.max(wanted).min(most.unwrap_or(u64::MAX));
        let place = place.deeper();
        Data::Array((0..count).map(|_| self.value(items, &place)).collect())
    }

    fn reference(&self, reference: &str, place: &Place<'a>, in_union: bool) -> Data {
        let (id, def) = self.set.target(&place.owner.nsid, reference);
        if place.depth > DEEPEST {
            return Data::Null;
        }
        let nsid = self.set.document(&id.nsid).map_or(place.check.nsid, |document| document.nsid.value.as_str());
        let mut within = place.within.clone();
        within.push(id.clone());
        let kind = in_union.then(|| id.to_string());
        let check = Check { set: self.set, nsid };
        let there = Place { owner: id.clone(), within, depth: place.depth + 1, optional: place.optional, check };
        match &def.kind {
            DefKind::Object(object) => self.object(object, &there, kind),
            DefKind::Record(record) => self.object(&record.record, &there, Some(id.to_string())),
            DefKind::Schema(schema) => self.value(schema, &Place { depth: place.depth, ..there }),
            _ => Data::String(id.to_string()),
        }
    }
}

impl Place<'_> {
    fn deeper(&self) -> Self {
        Self { depth: self.depth + 1, ..self.clone() }
    }

    fn is_within(&self, reference: &str) -> bool {
        self.within.contains(&DefId::of_reference(&self.owner.nsid, reference))
    }
}

/// Whether the schema is of a definition that the example is inside of, so that showing it would never end.
fn leads_back(set: &Resolved, schema: &Schema, place: &Place<'_>) -> bool {
    match &schema.kind {
        SchemaKind::Ref(reference) => {
            let (id, def) = set.target(&place.owner.nsid, &reference.value);
            let plain = matches!(&def.kind, DefKind::Schema(_)) && set.is_recursive(&id);
            plain || place.within.contains(&id)
        }
        SchemaKind::Array { items, .. } => leads_back(set, items, place),
        SchemaKind::Union { refs, .. } => {
            !refs.is_empty() && refs.iter().all(|reference| place.is_within(&reference.value))
        }
        _ => false,
    }
}

fn blob(accept: &[String], max_size: Option<u64>) -> Data {
    let media = match accept.first().map(String::as_str) {
        None | Some("*/*") => "application/octet-stream".to_owned(),
        Some("image/*") => "image/png".to_owned(),
        Some(pattern) => pattern.replace('*', "example"),
    };
    let size = max_size.unwrap_or(4096).min(4096);
    Data::Object(vec![
        ("$type".into(), Data::String("blob".into())),
        ("ref".into(), Data::Link(strings::CID.into())),
        ("mimeType".into(), Data::String(media)),
        ("size".into(), Data::Integer(i64::try_from(size).unwrap_or_default())),
    ])
}
