//! What lexicons call the kinds of things, and what is said of them.

use super::{DefKind, SchemaKind};

impl DefKind {
    /// The `type` of the definition.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Record(_) => "record",
            Self::Query(_) => "query",
            Self::Procedure(_) => "procedure",
            Self::Subscription(_) => "subscription",
            Self::PermissionSet(_) => "permission-set",
            Self::Token(_) => "token",
            Self::Object(_) => "object",
            Self::Schema(schema) => schema.kind.type_name(),
        }
    }

    /// The `description` of the definition.
    pub fn description(&self) -> Option<&str> {
        let description = match self {
            Self::Record(record) => &record.description,
            Self::Query(query) => &query.description,
            Self::Procedure(procedure) => &procedure.description,
            Self::Subscription(subscription) => &subscription.description,
            Self::PermissionSet(set) => &set.description,
            Self::Token(token) => &token.description,
            Self::Object(object) => &object.description,
            Self::Schema(schema) => &schema.description,
        };
        description.as_deref()
    }
}

impl SchemaKind {
    /// The `type` of the schema.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Boolean { .. } => "boolean",
            Self::Integer(_) => "integer",
            Self::String(_) => "string",
            Self::Bytes { .. } => "bytes",
            Self::CidLink => "cid-link",
            Self::Blob { .. } => "blob",
            Self::Array { .. } => "array",
            Self::Object(_) => "object",
            Self::Params(_) => "params",
            Self::Ref(_) => "ref",
            Self::Union { .. } => "union",
            Self::Unknown => "unknown",
        }
    }
}
