//! One effect and one answer for a request that is repeated with its idempotency key.

use lexicon_runtime::codegen::serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use subtle::ConstantTimeEq;

use super::{Api, Caller};
use crate::store::{StoreError, idempotency};

/// Why a request with an idempotency key is not worked on.
#[derive(Debug, thiserror::Error)]
pub enum KeyRefusal {
    #[error("the idempotency key was used for another request")]
    Reused,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an idempotency key leads to.
pub enum Turn<T> {
    /// Do the work, then settle.
    First(Claim),
    /// An earlier request did it; this was its answer.
    Answered(T),
}

/// A key that waits for its answer, or none when the request has no key.
pub struct Claim(Option<[u8; 32]>);

impl Api {
    /// Takes the caller's key for this transaction. A concurrent request with the same key waits here for the first one to end.
    /// Keys of different callers and methods have nothing to do with each other, and only who has proven to be the
    /// caller gets here. A request that fails leaves no key behind.
    pub(super) async fn take_key<T: DeserializeOwned>(
        &self,
        conn: &mut PgConnection,
        caller: &Caller,
        nsid: &str,
        key: Option<&str>,
        input: &impl Serialize,
    ) -> Result<Turn<T>, KeyRefusal> {
        let Some(key) = key else { return Ok(Turn::First(Claim(None))) };
        let parts = [caller.did().as_bytes(), nsid.as_bytes(), key.as_bytes()];
        let tag = self.hashes.tag("idempotency key", &parts);
        let request = serde_json::to_vec(input).map_err(unreadable)?;
        let request_tag = self.hashes.tag("request", &[&request]);
        if idempotency::take(conn, &tag, &request_tag, self.now()).await? {
            return Ok(Turn::First(Claim(Some(tag))));
        }
        let Some(kept) = idempotency::find(conn, &tag).await? else {
            // The retention job removed it in between: this is the first request again, unless another one is.
            if idempotency::take(conn, &tag, &request_tag, self.now()).await? {
                return Ok(Turn::First(Claim(Some(tag))));
            }
            return Err(StoreError::Impossible("an idempotency key comes and goes".to_owned()).into());
        };
        if !bool::from(kept.request_tag.as_slice().ct_eq(&request_tag)) {
            return Err(KeyRefusal::Reused);
        }
        let answer = kept.answer.ok_or_else(|| StoreError::Impossible("a committed key has no answer".to_owned()))?;
        Ok(Turn::Answered(serde_json::from_str(&answer).map_err(unreadable)?))
    }
}

impl Claim {
    /// Leaves the answer for requests that repeat this one.
    pub(super) async fn settle(self, conn: &mut PgConnection, answer: &impl Serialize) -> Result<(), StoreError> {
        let Some(tag) = self.0 else { return Ok(()) };
        let answer = serde_json::to_string(answer).map_err(unreadable)?;
        idempotency::settle(conn, &tag, &answer).await
    }
}

fn unreadable(error: serde_json::Error) -> StoreError {
    StoreError::Impossible(format!("an answer that is not JSON: {error}"))
}
