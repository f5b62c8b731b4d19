//! From a response to what a call gives.

use atrium_xrpc::OutputDataOrBytes;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use super::BoxError;
use crate::body::Body;
use crate::service::MethodInfo;
use crate::validate::Validate;

/// What a method can have for output: nothing, a [`Body`], or a type with a schema.
pub trait FromReply: Sized {
    /// What a JSON body is read as.
    type Json: DeserializeOwned + Send + Sync;

    /// Takes the output from the response's body.
    ///
    /// # Errors
    /// When the body isn't of the kind that the method has.
    fn from_reply(reply: OutputDataOrBytes<Self::Json>, method: &MethodInfo) -> Result<Self, BoxError>;
}

/// A body that comes nevertheless is ignored.
impl FromReply for () {
    type Json = IgnoredAny;

    fn from_reply(_reply: OutputDataOrBytes<IgnoredAny>, _method: &MethodInfo) -> Result<Self, BoxError> {
        Ok(())
    }
}

/// The type is that of the lexicon, unless it leaves it open: `XrpcClient` doesn't tell what the response said.
impl FromReply for Body {
    type Json = Box<RawValue>;

    fn from_reply(reply: OutputDataOrBytes<Box<RawValue>>, method: &MethodInfo) -> Result<Self, BoxError> {
        let known = method.output.filter(|output| !output.contains('*'));
        Ok(match reply {
            OutputDataOrBytes::Data(json) => Self::new("application/json", json.get().to_owned()),
            OutputDataOrBytes::Bytes(bytes) => Self::new(known.unwrap_or("application/octet-stream"), bytes),
        })
    }
}

impl<T: DeserializeOwned + Validate + Send + Sync> FromReply for T {
    type Json = T;

    fn from_reply(reply: OutputDataOrBytes<T>, _method: &MethodInfo) -> Result<Self, BoxError> {
        match reply {
            OutputDataOrBytes::Data(output) => Ok(output),
            OutputDataOrBytes::Bytes(_) => Err("the response is not JSON".into()),
        }
    }
}
