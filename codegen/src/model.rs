//! The document model: Lexicon v1 as written, nothing resolved and nothing lost.
//!
//! Order of properties and definitions is kept, since it is the order a reader sees in generated code and in the
//! reference, and every part that a finding may point at carries its [`Place`]. Later stages (resolve, emit, lint, diff,
//! docs) share this model and never look at JSON again.
//!
//! Source: <https://atproto.com/specs/lexicon>.

mod kinds;

use std::{fmt, path::PathBuf, sync::Arc};

use indexmap::IndexMap;

use crate::json::Json;

/// Where something stands in a lexicon file.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file, relative to the folder it was read from, shared by all places in it.
    pub file: Arc<PathBuf>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// JSON pointer (RFC 6901) of the value, empty for the document itself.
    pub pointer: Arc<str>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.pointer)
    }
}

/// A value together with where it stands.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    pub value: T,
    pub place: Place,
}

/// One lexicon file: one NSID and its definitions.
#[derive(Clone, Debug)]
pub struct Document {
    pub nsid: Placed<String>,
    pub revision: Option<i64>,
    pub description: Option<String>,
    /// By name, in file order. A primary definition is called `main`.
    pub defs: IndexMap<String, Def>,
    pub place: Place,
    /// Where every field of every object in the file stands, for those parts that carry no place of their own.
    pub fields: Vec<Place>,
}

impl Document {
    /// Where the field `name` of what stands at `whole` is; that itself when it has no such field.
    pub fn field<'a>(&'a self, whole: &'a Place, name: &str) -> &'a Place {
        let is_field = |place: &&Place| {
            place.pointer.strip_prefix(&*whole.pointer).and_then(|rest| rest.strip_prefix('/')) == Some(name)
        };
        self.fields.iter().find(is_field).unwrap_or(whole)
    }
}

/// A named definition.
#[derive(Clone, Debug)]
pub struct Def {
    pub kind: DefKind,
    pub place: Place,
}

/// What a definition defines. The first five are primary types, allowed as `main` only.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a set has few definitions, each made once and then read through references"
)]
pub enum DefKind {
    Record(Record),
    Query(Query),
    Procedure(Procedure),
    Subscription(Subscription),
    PermissionSet(PermissionSet),
    Token(Token),
    Object(Object),
    /// Any other named schema: string, integer, boolean, bytes, cid-link, blob, array, params, ref, union, unknown.
    Schema(Schema),
}

#[derive(Clone, Debug)]
pub struct Record {
    pub description: Option<String>,
    /// `tid`, `nsid`, `any` or `literal:<value>`.
    pub key: Placed<String>,
    pub record: Object,
}

#[derive(Clone, Debug)]
pub struct Query {
    pub description: Option<String>,
    pub parameters: Option<Params>,
    pub output: Option<Body>,
    pub errors: Vec<ErrorDecl>,
}

#[derive(Clone, Debug)]
pub struct Procedure {
    pub description: Option<String>,
    pub parameters: Option<Params>,
    pub input: Option<Body>,
    pub output: Option<Body>,
    pub errors: Vec<ErrorDecl>,
}

#[derive(Clone, Debug)]
pub struct Subscription {
    pub description: Option<String>,
    pub parameters: Option<Params>,
    pub message: Option<Message>,
    pub errors: Vec<ErrorDecl>,
}

/// The messages of a subscription.
#[derive(Clone, Debug)]
pub struct Message {
    pub description: Option<String>,
    /// Always a union in a valid lexicon.
    pub schema: Option<Schema>,
    pub place: Place,
}

/// A request or response body.
#[derive(Clone, Debug)]
pub struct Body {
    pub description: Option<String>,
    /// Media type, possibly with a wildcard.
    pub encoding: Placed<String>,
    /// Object, ref or union.
    pub schema: Option<Schema>,
    pub place: Place,
}

/// An error that a method declares.
#[derive(Clone, Debug)]
pub struct ErrorDecl {
    pub name: Placed<String>,
    pub description: Option<String>,
    pub place: Place,
}

/// A named set of permissions (OAuth scopes), <https://atproto.com/specs/permission>.
#[derive(Clone, Debug)]
pub struct PermissionSet {
    pub description: Option<String>,
    pub title: Option<String>,
    /// Language code to translation, in file order.
    pub title_lang: IndexMap<String, String>,
    pub detail: Option<String>,
    pub detail_lang: IndexMap<String, String>,
    pub permissions: Vec<Permission>,
}

/// One permission: a resource and its own parameters, each a scalar or a list of scalars, as written.
#[derive(Clone, Debug)]
pub struct Permission {
    pub resource: Placed<String>,
    pub parameters: IndexMap<String, Json>,
    pub place: Place,
}

#[derive(Clone, Debug)]
pub struct Token {
    pub description: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Object {
    pub description: Option<String>,
    pub properties: IndexMap<String, Schema>,
    pub required: Vec<Placed<String>>,
    pub nullable: Vec<Placed<String>>,
    pub place: Place,
}

impl Object {
    /// Whether the property must be present.
    pub fn is_required(&self, name: &str) -> bool {
        self.required.iter().any(|required| required.value == name)
    }

    /// Whether the property may be `null`.
    pub fn is_nullable(&self, name: &str) -> bool {
        self.nullable.iter().any(|nullable| nullable.value == name)
    }
}

/// Query parameters: scalars and arrays of scalars.
#[derive(Clone, Debug)]
pub struct Params {
    pub description: Option<String>,
    pub properties: IndexMap<String, Schema>,
    pub required: Vec<Placed<String>>,
    pub place: Place,
}

impl Params {
    /// Whether the parameter must be present.
    pub fn is_required(&self, name: &str) -> bool {
        self.required.iter().any(|required| required.value == name)
    }
}

/// A schema where one may stand: a property, an array item, a body, or a named definition of a simple type.
#[derive(Clone, Debug)]
pub struct Schema {
    pub description: Option<String>,
    pub kind: SchemaKind,
    pub place: Place,
}

#[derive(Clone, Debug)]
pub enum SchemaKind {
    Boolean {
        default: Option<bool>,
        constant: Option<bool>,
    },
    Integer(IntegerSchema),
    String(StringSchema),
    Bytes {
        min_length: Option<u64>,
        max_length: Option<u64>,
    },
    CidLink,
    Blob {
        accept: Vec<String>,
        max_size: Option<u64>,
    },
    Array {
        items: Box<Schema>,
        min_length: Option<u64>,
        max_length: Option<u64>,
    },
    Object(Object),
    Params(Params),
    /// As written: `#name`, `nsid` or `nsid#name`.
    Ref(Placed<String>),
    Union {
        refs: Vec<Placed<String>>,
        closed: bool,
    },
    Unknown,
}

#[derive(Clone, Debug, Default)]
pub struct IntegerSchema {
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
    pub enumeration: Option<Vec<i64>>,
    pub default: Option<i64>,
    pub constant: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct StringSchema {
    pub format: Option<StringFormat>,
    /// In UTF-8 bytes.
    pub min_length: Option<u64>,
    /// In UTF-8 bytes.
    pub max_length: Option<u64>,
    pub min_graphemes: Option<u64>,
    pub max_graphemes: Option<u64>,
    /// Open set: more may come.
    pub known_values: Option<Vec<Placed<String>>>,
    /// Closed set.
    pub enumeration: Option<Vec<Placed<String>>>,
    pub default: Option<String>,
    pub constant: Option<String>,
}

/// The string formats of Lexicon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StringFormat {
    AtIdentifier,
    AtUri,
    Cid,
    Datetime,
    Did,
    Handle,
    Nsid,
    Tid,
    RecordKey,
    Uri,
    Language,
}
