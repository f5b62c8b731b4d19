//! Every name that generated code uses: one `use lexicon_runtime::codegen::*;` at the top of each module.

pub use std::fmt;
pub use std::future::Future;
pub use std::str::FromStr;
pub use std::sync::Arc;

pub use axum::Router;
pub use serde;
pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use crate::body::Body;
pub use crate::bytes::Bytes;
pub use crate::client::{self, ClientError, NO_PARAMETERS, SseEvents, StreamingClient, XrpcClient};
pub use crate::data::{BlobRef, CidLink, Unknown, UnknownObject, Value};
pub use crate::error::{DeclaredError, ErrorMessage, Failure, Refusal};
pub use crate::formats::{AtIdentifier, AtUri, Cid, Datetime, Did, Handle, Language, Nsid, RecordKey, Tid, Uri};
pub use crate::presence::{optional, optional_nullable, required_nullable};
pub use crate::query::{FromQuery, Parameter, Query};
pub use crate::router::{self, Route, RouterOptions};
pub use crate::service::{MethodInfo, MethodKind, PermissionSet, Service};
pub use crate::stream::{Interruption, MessageStream, SseItem, SseStream};
pub use crate::strings::UnknownValue;
pub use crate::union::{self, Union};
pub use crate::validate::{Path, Validate, Violation};
pub use crate::{closed_string, open_string, record_serde, union_serde};
