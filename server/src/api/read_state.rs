//! What users have read and received: updateCursor, updateRead, getPendingMessages.

use catbird_lexicon::blue::catbird::mls::{
    errors,
    get_pending_messages::{self, GetPendingMessages},
    update_cursor::{self, UpdateCursor},
    update_read::{self, UpdateRead},
};
use lexicon_runtime::{error::Failure, formats::Datetime};
use sqlx::PgConnection;

use super::{Api, Caller, entries, no_access};
use crate::{
    clock,
    log::AccessRefusal,
    store::{
        StoreError, Timestamp,
        events::{self, EventPlace},
        pages, pending,
        places::Place,
        read_state::{self, ReadState},
        stream,
    },
};

impl UpdateCursor for Api {
    async fn update_cursor(
        &self,
        caller: Caller,
        input: update_cursor::Input,
    ) -> Result<update_cursor::Output, Failure<update_cursor::Error>> {
        let now = self.now();
        let (read, mut delivered) = (input.read_seq.unwrap_or(0), input.delivered_seq.unwrap_or(0));
        let mut tx = self.begin().await?;
        let before = hold(&mut tx, &caller, &input.convo_id, now).await?;
        if read.max(delivered) > before.last_seq {
            let text = format!("The log ends with seq {}.", before.last_seq);
            return Err(errors::InvalidCursor::new(text).into());
        }
        if let Some(cursor) = &input.cursor {
            let place = self.place_of(&mut tx, cursor).await?;
            let seq = read_state::seq_at(&mut tx, &input.convo_id, before.delivered_seq, place).await?;
            delivered = delivered.max(seq);
        }
        let after = advance(&mut tx, &caller, &input.convo_id, before, (read, delivered), now).await?;
        self.commit(tx).await?;
        Ok(update_cursor::Output {
            read_seq: after.read_seq,
            delivered_seq: after.delivered_seq,
            unread_count: after.unread_count,
        })
    }
}

impl UpdateRead for Api {
    async fn update_read(
        &self,
        caller: Caller,
        input: update_read::Input,
    ) -> Result<update_read::Output, Failure<update_read::Error>> {
        let now = self.now();
        let mut tx = self.begin().await?;
        let before = hold(&mut tx, &caller, &input.convo_id, now).await?;
        let read = match &input.message_id {
            None => before.last_seq,
            Some(id) => {
                let seq = pages::readable_seq(&mut tx, &input.convo_id, caller.did(), id, now).await?;
                seq.ok_or_else(|| errors::MessageNotFound::new("The conversation has no such message for you."))?
            }
        };
        advance(&mut tx, &caller, &input.convo_id, before, (read, read), now).await?;
        self.commit(tx).await?;
        Ok(update_read::Output { read_at: Datetime::from(clock::bucket(now)) })
    }
}

/// Locks the caller's membership, so that their positions move one step at a time, and reads them.
async fn hold(
    conn: &mut PgConnection,
    caller: &Caller,
    convo_id: &str,
    now: Timestamp,
) -> Result<ReadState, AccessRefusal> {
    if read_state::lock(conn, convo_id, caller.did()).await?
        && let Some(state) = read_state::get(conn, convo_id, caller.did(), now).await?
    {
        return Ok(state);
    }
    Err(no_access(conn, convo_id).await?)
}

/// Moves positions that are held forward, never back, and tells when the read position moves.
async fn advance(
    conn: &mut PgConnection,
    caller: &Caller,
    convo_id: &str,
    before: ReadState,
    (read, delivered): (i64, i64),
    now: Timestamp,
) -> Result<ReadState, StoreError> {
    let read_seq = read.max(before.read_seq);
    let delivered_seq = delivered.max(before.delivered_seq).max(read_seq);
    if (read_seq, delivered_seq) == (before.read_seq, before.delivered_seq) {
        return Ok(before);
    }
    read_state::set(conn, convo_id, caller.did(), read_seq, delivered_seq).await?;
    if read_seq > before.read_seq {
        let place = EventPlace { convo_id, actor_did: caller.did(), at: clock::bucket(now) };
        events::write_read(conn, &place, read_seq).await?;
    }
    let after = read_state::get(conn, convo_id, caller.did(), now).await?;
    after.ok_or_else(|| StoreError::Impossible("a membership that is locked is gone".to_owned()))
}

impl GetPendingMessages for Api {
    async fn get_pending_messages(
        &self,
        caller: Caller,
        params: get_pending_messages::Params,
    ) -> Result<get_pending_messages::Output, Failure<get_pending_messages::Error>> {
        let mut conn = self.connection().await?;
        let after = match &params.cursor {
            Some(cursor) => Some(self.place_of(&mut conn, cursor).await?),
            None => None,
        };
        let page = pending::page(&mut conn, caller.did(), after, params.limit, self.now()).await?;
        let last = page.last().map(|pending| self.streams.cursors().write(pending.place));
        let entries = page.into_iter().map(|pending| pending.entry).collect();
        Ok(get_pending_messages::Output {
            messages: entries::views(&mut conn, caller.did(), entries).await?,
            cursor: last,
        })
    }
}

impl Api {
    /// The place that a client's cursor means, if it is one of the stream as it is now. It may have expired for the stream:
    /// entries keep their places for as long as they are there, and those of an earlier era stand before all events.
    async fn place_of<E>(&self, conn: &mut PgConnection, cursor: &str) -> Result<Place, Failure<E>>
    where
        Failure<E>: From<errors::InvalidCursor>,
    {
        if let Ok(Some(place)) = self.streams.cursors().read(cursor) {
            let standing = stream::standing(conn, place).await?;
            if standing.is_known || place < standing.floor || place.txid == 0 {
                return Ok(place);
            }
        }
        Err(errors::InvalidCursor::new("The cursor is not one of this server's stream.").into())
    }
}
