//! Messages: sendMessage, getMessages, getMessage.

use catbird_lexicon::blue::catbird::mls::{
    errors,
    get_message::{self, GetMessage},
    get_messages::{self, GetMessages},
    send_message::{self, SendMessage},
};
use lexicon_runtime::{
    error::{Failure, Refusal},
    formats::{Datetime, Uri},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Api, Caller, entries, no_access};
use crate::{
    log::Message,
    mls::{self, ContentKind, Framing},
    store::{
        EntryKind, StoreError, Timestamp, gaps,
        pages::{self, Found, Page, Wanted},
    },
};

/// The most missing seqs that one answer lists.
const MOST_MISSING: i64 = 1000;

impl SendMessage for Api {
    async fn send_message(
        &self,
        caller: Caller,
        input: send_message::Input,
    ) -> Result<send_message::Output, Failure<send_message::Error>> {
        self.check_sender(&caller, &input)?;
        check_msg_id(&input.msg_id)?;
        self.check_size(&input)?;
        check_embed(&input)?;
        let framing = mls::looks_like_mls(&input.ciphertext);
        let kind = kind_of(framing.as_ref(), input.epoch)?;
        if input.delivery == send_message::InputDelivery::Ephemeral {
            return self.send_ephemeral(&caller, input, framing, kind).await;
        }
        let message = Message {
            convo_id: input.convo_id,
            sender_did: caller.did().to_owned(),
            msg_id: input.msg_id.clone(),
            kind,
            epoch: input.epoch,
            group_id: framing.map(|framing| framing.group_id),
            ciphertext: input.ciphertext.into_inner(),
            embed_type: input.embed_type.map(|kind| kind.as_str().to_owned()),
            embed_uri: input.embed_uri.map(|uri| uri.as_str().to_owned()),
        };
        let receipt = self.log.send(message, self.now()).await?;
        Ok(send_message::Output {
            message_id: input.msg_id,
            received_at: Datetime::from(receipt.received_at),
            seq: receipt.seq,
            epoch: receipt.epoch,
        })
    }
}

impl Api {
    fn check_sender(&self, caller: &Caller, input: &send_message::Input) -> Result<(), Refusal> {
        match &input.sender_did {
            Some(did) if did.as_str() != caller.did() => {
                Err(Refusal::invalid_request("input/senderDid: must be the caller's own DID"))
            }
            _ => Ok(()),
        }
    }

    /// Length limits that the lexicon leaves to the operator, and the padding that hides how long a message really is.
    fn check_size(&self, input: &send_message::Input) -> Result<(), Failure<send_message::Error>> {
        let (length, limit) = (input.ciphertext.len(), self.limits.message_bytes);
        if length > limit {
            let text = format!("The ciphertext has {length} bytes; this server takes at most {limit}.");
            return Err(errors::MessageTooLarge::new(text).into());
        }
        let refused = |text: String| Err(errors::InvalidPadding::new(text).into());
        match input.padded_size {
            None if self.limits.padding_required => refused("This server asks for padding and paddedSize.".to_owned()),
            None => Ok(()),
            Some(size) if !is_padded_size(size) => {
                refused("paddedSize must be 512, 1024, 2048, 4096, 8192 or a multiple of 8192.".to_owned())
            }
            Some(size) if size != length as i64 => {
                refused(format!("paddedSize is {size}, the ciphertext has {length} bytes."))
            }
            Some(_) => Ok(()),
        }
    }
}

fn is_padded_size(size: i64) -> bool {
    matches!(size, 512 | 1024 | 2048 | 4096) || (size > 0 && size % 8192 == 0)
}

/// A UUID with hyphens or a ULID: enough random bits that two clients never make the same.
fn check_msg_id(id: &str) -> Result<(), errors::InvalidMessageId> {
    let is_uuid = id.len() == 36 && Uuid::try_parse(id).is_ok();
    // Crockford's base 32; 26 of its digits are 130 bits, so the first stays below 8.
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() && !b"ILOU".contains(&byte.to_ascii_uppercase());
    let is_ulid = id.len() == 26 && id.bytes().all(is_digit) && id.as_bytes()[0] <= b'7';
    let text = "The msgId must be a ULID or a UUID.";
    (is_uuid || is_ulid).then_some(()).ok_or_else(|| errors::InvalidMessageId::new(text))
}

/// A hint at what is embedded says both what it is and where, and the two fit.
fn check_embed(input: &send_message::Input) -> Result<(), errors::InvalidAsset> {
    let refused = |text| Err(errors::InvalidAsset::new(text));
    let (kind, uri) = match (&input.embed_type, &input.embed_uri) {
        (None, None) => return Ok(()),
        (Some(kind), Some(uri)) => (kind, uri),
        _ => return refused("embedType and embedUri go together."),
    };
    match (kind.as_str(), Uri::scheme(uri)) {
        ("tenor" | "link", scheme) if scheme != "https" => refused("The embedUri must be an https URL."),
        ("record", scheme) if scheme != "at" => refused("The embedUri must be an at-uri."),
        _ => Ok(()),
    }
}

/// What a message is, by its own framing; opaque bytes are application data.
fn kind_of(framing: Option<&Framing>, stated_epoch: i64) -> Result<EntryKind, Refusal> {
    let Some(framing) = framing else { return Ok(EntryKind::App) };
    if framing.epoch != stated_epoch {
        let text = format!("input/epoch: is {stated_epoch}, but the MLS message was made at epoch {}", framing.epoch);
        return Err(Refusal::invalid_request(text));
    }
    match framing.content {
        ContentKind::Application => Ok(EntryKind::App),
        ContentKind::Proposal => Ok(EntryKind::Proposal),
        ContentKind::Commit => {
            Err(Refusal::invalid_request("input/ciphertext: is a commit: send it with blue.catbird.mls.submitCommit"))
        }
    }
}

impl GetMessages for Api {
    async fn get_messages(
        &self,
        caller: Caller,
        params: get_messages::Params,
    ) -> Result<get_messages::Output, Failure<get_messages::Error>> {
        let wanted = match (params.since_seq, params.seqs.as_deref().unwrap_or_default()) {
            (None, []) => Wanted::Latest { limit: params.limit },
            (Some(seq), []) => Wanted::Since { seq, limit: params.limit },
            (None, seqs) => Wanted::Exactly(seqs),
            (Some(_), _) => return Err(errors::InvalidCursor::new("sinceSeq and seqs exclude each other.").into()),
        };
        let now = self.now();
        let mut conn = self.connection().await?;
        let Some(page) = pages::page(&mut conn, &params.convo_id, caller.did(), wanted, now).await? else {
            return Err(no_access(&mut conn, &params.convo_id).await?.into());
        };
        let gap_info = gap_info(&mut conn, &params.convo_id, &page, params.since_seq, now).await?;
        Ok(get_messages::Output {
            last_seq: page.entries.last().map(|entry| entry.seq),
            messages: entries::views(&mut conn, caller.did(), page.entries).await?,
            gap_info,
        })
    }
}

/// What is missing from where the page begins. Looks only when the counters say that something may be.
async fn gap_info(
    conn: &mut PgConnection,
    convo_id: &str,
    page: &Page,
    since_seq: Option<i64>,
    now: Timestamp,
) -> Result<Option<get_messages::GapInfo>, StoreError> {
    if page.access.is_gapless {
        return Ok(None);
    }
    let first = page.entries.first().map_or(1, |entry| entry.seq);
    let from = since_seq.map_or(first, |seq| seq.saturating_add(1));
    let gaps = gaps::find(conn, convo_id, page.access, from, MOST_MISSING, now).await?;
    Ok(gaps.any.then_some(get_messages::GapInfo {
        has_gaps: true,
        missing_seqs: gaps.missing,
        total_messages: gaps.total,
    }))
}

impl GetMessage for Api {
    async fn get_message(
        &self,
        caller: Caller,
        params: get_message::Params,
    ) -> Result<get_message::Output, Failure<get_message::Error>> {
        let mut conn = self.connection().await?;
        match pages::by_msg_id(&mut conn, caller.did(), &params.message_id, self.now()).await? {
            Found::Readable(entry) => Ok(entries::view(&mut conn, caller.did(), *entry).await?),
            Found::OutOfReach => Err(errors::NotMember::new("You were not a member when the message was sent.").into()),
            Found::Nowhere => {
                Err(errors::MessageNotFound::new("None of your conversations has such a message.").into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check_msg_id, is_padded_size};

    #[test]
    fn message_ids_are_ulids_or_uuids() {
        for id in ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "67e55044-10b1-426f-9247-bb680e5fe0c8"] {
            assert!(check_msg_id(id).is_ok(), "{id}");
        }
        for id in
            ["", "1", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "67e5504410b1426f9247bb680e5fe0c8"]
        {
            assert!(check_msg_id(id).is_err(), "{id}");
        }
    }

    #[test]
    fn padded_sizes_are_powers_of_two_up_to_8_kib_and_its_multiples() {
        for size in [512, 1024, 2048, 4096, 8192, 16384, 24576, 10_485_760] {
            assert!(is_padded_size(size), "{size}");
        }
        for size in [0, 1, 511, 513, 1536, 6144, 8193, 10_000_000] {
            assert!(!is_padded_size(size), "{size}");
        }
    }
}
