//! Bodies without a schema: a stream of bytes and its MIME type.

use std::fmt;

use futures::stream::{BoxStream, Stream, StreamExt, TryStreamExt};

use crate::error::Refusal;

/// The bytes of an input or output that has an encoding but no schema, like `*/*`.
///
/// A body that a handler gets gives an error (413 `PayloadTooLarge`) as soon as it passes the router's limit.
pub struct Body {
    content_type: String,
    length: Option<u64>,
    content: BoxStream<'static, Result<bytes::Bytes, Refusal>>,
}

impl Body {
    /// A body of bytes that are all there.
    pub fn new(content_type: impl Into<String>, content: impl Into<bytes::Bytes>) -> Self {
        let content = content.into();
        let length = Some(content.len() as u64);
        Self { content_type: content_type.into(), length, content: futures::stream::iter([Ok(content)]).boxed() }
    }

    /// A body whose bytes come in pieces. `length` is their sum, when it is known beforehand.
    pub fn streaming(
        content_type: impl Into<String>,
        length: Option<u64>,
        content: impl Stream<Item = Result<bytes::Bytes, Refusal>> + Send + 'static,
    ) -> Self {
        Self { content_type: content_type.into(), length, content: content.boxed() }
    }

    /// The MIME type, as the sender gave it.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The length in bytes, when it is known beforehand. On an input it is the sender's word.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The bytes in pieces.
    pub fn into_stream(self) -> BoxStream<'static, Result<bytes::Bytes, Refusal>> {
        self.content
    }

    /// All bytes at once.
    ///
    /// # Errors
    /// When the body passes the limit, or can't be read.
    pub async fn collect(self) -> Result<Vec<u8>, Refusal> {
        self.content
            .try_fold(Vec::new(), |mut all, piece| async move {
                all.extend_from_slice(&piece);
                Ok(all)
            })
            .await
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("content_type", &self.content_type)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Whether a MIME type fits a pattern like `image/png`, `image/*` or `*/*`. Parameters like `; charset=utf-8` don't count.
pub(crate) fn mime_matches(pattern: &str, mime_type: &str) -> bool {
    let essence = mime_type.split(';').next().unwrap_or_default().trim();
    match pattern.split_once('/') {
        Some(("*", "*")) => true,
        Some((family, "*")) => {
            essence.split_once('/').is_some_and(|(candidate, _)| candidate.eq_ignore_ascii_case(family))
        }
        _ => essence.eq_ignore_ascii_case(pattern),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_families_and_ignore_parameters() {
        assert!(mime_matches("application/json", "Application/JSON; charset=utf-8"));
        assert!(mime_matches("image/*", "image/png"));
        assert!(mime_matches("*/*", "anything"));
        assert!(!mime_matches("image/*", "imagepng"));
        assert!(!mime_matches("application/json", "application/jsonl"));
    }
}
