//! What is shown and not kept: sendTypingIndicator, and sendMessage with ephemeral delivery.

use catbird_lexicon::blue::catbird::mls::{
    defs, errors, send_message,
    send_typing_indicator::{self, SendTypingIndicator},
};
use lexicon_runtime::{
    error::{Failure, Refusal},
    formats::Datetime,
};

use super::{Api, Caller, require_member};
use crate::{
    clock,
    log::{AccessRefusal, SendRefusal},
    mls::Framing,
    store::{EntryKind, conversations},
    stream::{Ephemeral, MAX_EPHEMERAL_BYTES},
};

impl SendTypingIndicator for Api {
    async fn send_typing_indicator(
        &self,
        caller: Caller,
        input: send_typing_indicator::Input,
    ) -> Result<send_typing_indicator::Output, Failure<send_typing_indicator::Error>> {
        caller.place.share().charge_ephemeral()?;
        match require_member(&mut *self.connection().await?, &input.convo_id, &caller).await {
            Ok(_) => {}
            Err(AccessRefusal::ConvoNotFound) => {
                return Err(errors::NotFound::new("There is no such conversation.").into());
            }
            Err(AccessRefusal::NotMember) => {
                return Err(errors::NotMember::new("You are not a member of the conversation.").into());
            }
            Err(AccessRefusal::Store(error)) => return Err(error.into()),
        }
        self.streams
            .show(Ephemeral::Typing { convo_id: input.convo_id, did: caller.did, is_typing: input.is_typing })
            .await?;
        Ok(send_typing_indicator::Output { success: true })
    }
}

impl Api {
    /// Shows a message to members who are connected. It is held to the same rules as one that is stored.
    pub async fn send_ephemeral(
        &self,
        caller: &Caller,
        input: send_message::Input,
        framing: Option<Framing>,
        kind: EntryKind,
    ) -> Result<send_message::Output, Failure<send_message::Error>> {
        caller.place.share().charge_ephemeral()?;
        if kind == EntryKind::Proposal {
            return Err(
                Refusal::invalid_request("input/delivery: a proposal is part of the log: send it persistent").into()
            );
        }
        if input.ciphertext.len() > MAX_EPHEMERAL_BYTES {
            return Err(too_large());
        }
        self.check_place(caller, &input, framing).await?;
        let received_at = Datetime::from(clock::bucket(self.now()));
        let message = defs::MessageView {
            id: input.msg_id.clone(),
            convo_id: input.convo_id,
            ciphertext: input.ciphertext,
            epoch: input.epoch,
            seq: 0,
            created_at: received_at.clone(),
            message_type: Some(defs::MessageViewMessageType::App),
            embed_type: input.embed_type,
            embed_uri: input.embed_uri,
            expires_at: None,
            reactions: None,
        };
        if !self.streams.show(Ephemeral::Message(Box::new(message))).await? {
            return Err(too_large());
        }
        Ok(send_message::Output { message_id: input.msg_id, received_at, seq: 0, epoch: input.epoch })
    }

    async fn check_place(
        &self,
        caller: &Caller,
        input: &send_message::Input,
        framing: Option<Framing>,
    ) -> Result<(), SendRefusal> {
        let mut conn = self.connection().await.map_err(AccessRefusal::from)?;
        require_member(&mut conn, &input.convo_id, caller).await?;
        let current = conversations::current(&mut conn, &input.convo_id).await.map_err(AccessRefusal::from)?;
        let current = current.ok_or(SendRefusal::ConvoNotFound)?;
        if framing.is_some_and(|framing| framing.group_id != current.group_id) {
            return Err(SendRefusal::OtherGroup);
        }
        if input.epoch != current.epoch {
            return Err(SendRefusal::EpochMismatch { current: current.epoch });
        }
        Ok(())
    }
}

fn too_large() -> Failure<send_message::Error> {
    let text = format!("An ephemeral message may have at most {MAX_EPHEMERAL_BYTES} bytes of ciphertext.");
    errors::MessageTooLarge::new(text).into()
}
