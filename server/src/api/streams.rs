//! The live stream: streamConvoEvents, subscribeConvoEvents.

use std::sync::Arc;

use catbird_lexicon::blue::catbird::mls::{
    errors,
    stream_convo_events::{self, StreamConvoEvents},
    subscribe_convo_events::{self, SubscribeConvoEvents},
};
use futures::stream;
use lexicon_runtime::{
    error::Failure,
    stream::{Interruption, MessageStream, SseStream},
};

use super::{Api, Caller, refusals};
use crate::{
    log::AccessRefusal,
    store::members::{self, Standing},
    stream::{OpenRefusal, Reader, Stop, WhenExpired},
};

impl StreamConvoEvents for Api {
    async fn stream_convo_events(
        &self,
        caller: Caller,
        params: stream_convo_events::Params,
    ) -> Result<SseStream<stream_convo_events::Output>, Failure<stream_convo_events::Error>> {
        let cursor = caller.last_event_id.as_deref().or(params.cursor.as_deref());
        let reader = self.reader(&caller, params.convo_id.as_deref(), cursor.is_some()).await?;
        let subscription = self.streams.open(reader, cursor, WhenExpired::End).await?;
        Ok(SseStream::shared(stream::unfold(subscription, async |mut subscription| {
            let next = subscription.next().await?;
            Some((next.map(|item| item.sse()).map_err(interruption), subscription))
        })))
    }
}

impl SubscribeConvoEvents for Api {
    async fn subscribe_convo_events(
        &self,
        caller: Caller,
        params: subscribe_convo_events::Params,
    ) -> Result<
        MessageStream<subscribe_convo_events::Message, subscribe_convo_events::Error>,
        Failure<subscribe_convo_events::Error>,
    > {
        let convo_id = match (&caller.ticket_convo, &params.convo_id) {
            (Some(allowed), Some(asked)) if allowed != asked => {
                return Err(errors::InvalidTicket::new("The ticket is for another conversation.").into());
            }
            (Some(allowed), _) => Some(allowed),
            (None, asked) => asked.as_ref(),
        };
        let reader = self.reader(&caller, convo_id.map(String::as_str), params.cursor.is_some()).await;
        let reader = match reader {
            Ok(reader) => reader,
            Err(AccessRefusal::ConvoNotFound | AccessRefusal::NotMember) => {
                return Err(errors::NotMember::new("You are not a member of such a conversation.").into());
            }
            Err(AccessRefusal::Store(error)) => return Err(error.into()),
        };
        let subscription = match self.streams.open(reader, params.cursor.as_deref(), WhenExpired::GoOn).await {
            Ok(subscription) => subscription,
            // Said on the stream, as the protocol has it.
            Err(OpenRefusal::NoSuchPlace) => {
                let text = "This server never made the cursor. Start again without one.";
                return Ok(MessageStream::new(stream::iter([Err(errors::FutureCursor::new(text).into())])));
            }
            Err(refusal) => return Err(refusals::not_opened(refusal).into()),
        };
        Ok(MessageStream::shared(stream::unfold(subscription, async |mut subscription| {
            let next = subscription.next().await?;
            Some((next.map(|item| item.message()).map_err(failure), subscription))
        })))
    }
}

impl Api {
    /// Who reads what. Whoever comes back to a conversation that they were removed from is shown their removal.
    async fn reader(
        &self,
        caller: &Caller,
        convo_id: Option<&str>,
        is_resuming: bool,
    ) -> Result<Reader, AccessRefusal> {
        if let Some(convo_id) = convo_id {
            let mut conn = self.connection().await?;
            match members::standing(&mut conn, convo_id, caller.did()).await? {
                Standing::Member(_) => {}
                Standing::Former if is_resuming => {}
                Standing::Former | Standing::Stranger => return Err(AccessRefusal::NotMember),
                Standing::NoConversation => return Err(AccessRefusal::ConvoNotFound),
            }
        }
        Ok(Reader { user: Arc::from(caller.did()), only: convo_id.map(Arc::from) })
    }
}

fn interruption(stop: Stop) -> Interruption {
    match stop {
        Stop::Expired => stream_convo_events::Error::from(refusals::cursor_expired()).into(),
        Stop::NotFollowed => refusals::not_opened(OpenRefusal::NotReady).into(),
        Stop::Store(error) => refusals::not_stored(error).into(),
    }
}

fn failure(stop: Stop) -> Failure<subscribe_convo_events::Error> {
    match stop {
        // Never: the stream goes on from the oldest event then.
        Stop::Expired => refusals::not_opened(OpenRefusal::Expired).into(),
        Stop::NotFollowed => refusals::not_opened(OpenRefusal::NotReady).into(),
        Stop::Store(error) => error.into(),
    }
}
