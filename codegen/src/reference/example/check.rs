//! Whether a value fits a schema, by the rules that generated code keeps too.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::{
    formats::has_format,
    model::{DefKind, IntegerSchema, Object, Params, Schema, SchemaKind, StringSchema},
    reference::data::Data,
    resolve::{DefId, Resolved},
};

/// What a value may not be, with the path to it: `/members/0: must be a string`.
type Broken = Result<(), String>;

/// Checks values against the schemas of one document.
#[derive(Clone, Copy)]
pub struct Check<'a> {
    pub set: &'a Resolved,
    /// The document that references are written in.
    pub nsid: &'a str,
}

impl<'a> Check<'a> {
    /// Whether the value fits.
    ///
    /// # Errors
    /// The first thing that doesn't, by path.
    pub fn schema(self, schema: &Schema, value: &Data) -> Broken {
        match (&schema.kind, value) {
            (SchemaKind::Boolean { constant, .. }, Data::Boolean(value)) => {
                hold(constant.is_none_or(|constant| constant == *value), "must be the constant")
            }
            (SchemaKind::Integer(schema), Data::Integer(value)) => integer(schema, *value),
            (SchemaKind::String(schema), Data::String(value)) => string(schema, value),
            (SchemaKind::Bytes { min_length, max_length }, Data::Bytes(value)) => {
                length(value.len(), *min_length, *max_length, "bytes")
            }
            (SchemaKind::CidLink, Data::Link(_)) => Ok(()),
            (SchemaKind::Unknown, Data::Object(_)) => Ok(()),
            (SchemaKind::Blob { accept, max_size }, value) => blob(accept, *max_size, value),
            (SchemaKind::Array { items, min_length, max_length }, Data::Array(values)) => {
                length(values.len(), *min_length, *max_length, "items")?;
                let mut values = values.iter().enumerate();
                values.try_for_each(|(index, value)| at(index, self.schema(items, value)))
            }
            (SchemaKind::Object(object), value) => self.object(object, value),
            (SchemaKind::Params(params), value) => self.params(params, value),
            (SchemaKind::Ref(reference), value) => self.reference(&reference.value, value),
            (SchemaKind::Union { refs, closed }, value) => {
                let Some(Data::String(kind)) = value.get("$type") else {
                    return Err(": must be an object with a $type".into());
                };
                let named =
                    refs.iter().find(|reference| DefId::of_reference(self.nsid, &reference.value).to_string() == *kind);
                match named {
                    Some(reference) => self.reference(&reference.value, value),
                    None => hold(!closed, "must have a $type of the union"),
                }
            }
            _ => Err(": must be of another type".into()),
        }
    }

    /// Whether the value is such an object.
    ///
    /// # Errors
    /// As [`Check::schema`].
    pub fn object(self, object: &Object, value: &Data) -> Broken {
        let Data::Object(fields) = value else {
            return Err(": must be an object".into());
        };
        for required in &object.required {
            hold(value.get(&required.value).is_some(), &format!("must have {}", required.value))?;
        }
        for (name, value) in fields {
            let null = *value == Data::Null && object.is_nullable(name);
            if let Some(schema) = object.properties.get(name).filter(|_| !null) {
                at(name, self.schema(schema, value))?;
            }
        }
        Ok(())
    }

    /// Whether the value, an object, holds such parameters.
    ///
    /// # Errors
    /// As [`Check::schema`].
    pub fn params(self, params: &Params, value: &Data) -> Broken {
        let Data::Object(fields) = value else {
            return Err(": must be an object".into());
        };
        for required in &params.required {
            hold(value.get(&required.value).is_some(), &format!("must have {}", required.value))?;
        }
        for (name, value) in fields {
            let schema = params.properties.get(name).ok_or_else(|| format!("/{name}: is no parameter"))?;
            at(name, self.schema(schema, value))?;
        }
        Ok(())
    }

    fn reference(self, reference: &str, value: &Data) -> Broken {
        let (id, def) = self.set.target(self.nsid, reference);
        let there = Check { set: self.set, nsid: &id.nsid };
        match &def.kind {
            DefKind::Object(object) => there.object(object, value),
            DefKind::Record(record) => there.object(&record.record, value),
            DefKind::Schema(schema) => there.schema(schema, value),
            DefKind::Token(_) => hold(*value == Data::String(id.to_string()), "must be the token"),
            _ => Err(": must be of a type that has values".into()),
        }
    }
}

fn hold(holds: bool, rule: &str) -> Broken {
    if holds { Ok(()) } else { Err(format!(": {rule}")) }
}

fn at(step: impl std::fmt::Display, result: Broken) -> Broken {
    result.map_err(|broken| format!("/{step}{broken}"))
}

fn length(length: usize, least: Option<u64>, most: Option<u64>, unit: &str) -> Broken {
    let length = length as u64;
    hold(least.is_none_or(|least| length >= least), &format!("must have more {unit}"))?;
    hold(most.is_none_or(|most| length <= most), &format!("must have fewer {unit}"))
}

fn integer(schema: &IntegerSchema, value: i64) -> Broken {
    hold(schema.constant.is_none_or(|constant| value == constant), "must be the constant")?;
    hold(schema.enumeration.as_ref().is_none_or(|values| values.contains(&value)), "must be in the enum")?;
    hold(schema.minimum.is_none_or(|least| value >= least), "must be at least the minimum")?;
    hold(schema.maximum.is_none_or(|most| value <= most), "must be at most the maximum")
}

fn string(schema: &StringSchema, value: &str) -> Broken {
    hold(schema.constant.as_ref().is_none_or(|constant| value == constant), "must be the constant")?;
    let listed = |values: &Vec<crate::model::Placed<String>>| values.iter().any(|listed| listed.value == value);
    hold(schema.enumeration.as_ref().is_none_or(listed), "must be in the enum")?;
    length(value.len(), schema.min_length, schema.max_length, "bytes")?;
    length(value.graphemes(true).count(), schema.min_graphemes, schema.max_graphemes, "graphemes")?;
    hold(schema.format.is_none_or(|format| has_format(value, format)), "must have the format")
}

fn blob(accept: &[String], max_size: Option<u64>, value: &Data) -> Broken {
    let kind = value.get("$type") == Some(&Data::String("blob".into()));
    let link = matches!(value.get("ref"), Some(Data::Link(_)));
    let (Some(Data::String(media)), Some(Data::Integer(size))) = (value.get("mimeType"), value.get("size")) else {
        return Err(": must be a blob".into());
    };
    let matches = |pattern: &String| {
        pattern == "*/*" || pattern == media || pattern.strip_suffix('*').is_some_and(|main| media.starts_with(main))
    };
    hold(kind && link, "must be a blob")?;
    hold(accept.is_empty() || accept.iter().any(matches), "must have an accepted media type")?;
    hold(*size >= 0 && max_size.is_none_or(|most| *size as u64 <= most), "must not be larger")
}
