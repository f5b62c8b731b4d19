//! Every reference of a document, with who refers and how.

use crate::{
    model::{Body, DefKind, Document, Object, Placed, Schema, SchemaKind},
    resolve::DefId,
};

/// How a reference stands in the schema around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// As the value itself. `always`: it must be present and not null, so there is no value without one.
    Value { always: bool },
    /// As items of an array, which may be empty.
    Items,
    /// As a variant of a union.
    Variant,
}

/// One reference.
#[derive(Clone, Debug)]
pub(super) struct Use<'a> {
    pub owner: DefId,
    pub reference: &'a Placed<String>,
    pub target: DefId,
    pub how: How,
}

/// All references of a document in file order, and all unions with them.
pub(super) fn uses(document: &Document) -> (Vec<Use<'_>>, Vec<&[Placed<String>]>) {
    let mut walk = Walk { owner: DefId::new(&document.nsid.value, "main"), uses: vec![], unions: vec![] };
    for (name, def) in &document.defs {
        walk.owner.name.clone_from(name);
        walk.def(&def.kind);
    }
    (walk.uses, walk.unions)
}

struct Walk<'a> {
    owner: DefId,
    uses: Vec<Use<'a>>,
    unions: Vec<&'a [Placed<String>]>,
}

impl<'a> Walk<'a> {
    fn def(&mut self, kind: &'a DefKind) {
        match kind {
            DefKind::Record(record) => self.object(&record.record),
            DefKind::Object(object) => self.object(object),
            DefKind::Query(query) => self.body(query.output.as_ref()),
            DefKind::Procedure(procedure) => {
                self.body(procedure.input.as_ref());
                self.body(procedure.output.as_ref());
            }
            DefKind::Subscription(subscription) => {
                let message = subscription.message.as_ref();
                self.optional(message.and_then(|message| message.schema.as_ref()));
            }
            DefKind::Schema(schema) => self.schema(schema, How::Value { always: true }),
            DefKind::PermissionSet(_) | DefKind::Token(_) => {}
        }
    }

    fn body(&mut self, body: Option<&'a Body>) {
        self.optional(body.and_then(|body| body.schema.as_ref()));
    }

    fn optional(&mut self, schema: Option<&'a Schema>) {
        if let Some(schema) = schema {
            self.schema(schema, How::Value { always: true });
        }
    }

    fn object(&mut self, object: &'a Object) {
        for (name, schema) in &object.properties {
            let always = object.is_required(name) && !object.is_nullable(name);
            self.schema(schema, How::Value { always });
        }
    }

    fn schema(&mut self, schema: &'a Schema, how: How) {
        match &schema.kind {
            SchemaKind::Ref(reference) => self.reference(reference, how),
            SchemaKind::Union { refs, .. } => {
                self.unions.push(refs);
                refs.iter().for_each(|reference| self.reference(reference, How::Variant));
            }
            SchemaKind::Array { items, .. } => self.schema(items, How::Items),
            SchemaKind::Object(object) => self.object(object),
            _ => {}
        }
    }

    fn reference(&mut self, reference: &'a Placed<String>, how: How) {
        let target = DefId::of_reference(&self.owner.nsid, &reference.value);
        self.uses.push(Use { owner: self.owner.clone(), reference, target, how });
    }
}
