//! Conversations: createConvo, getConvos, getEpoch.

use catbird_lexicon::blue::catbird::mls::{
    create_convo::{self, CreateConvo},
    defs, errors,
    get_convos::{self, GetConvos},
    get_epoch::{self, GetEpoch},
};
use lexicon_runtime::error::{Failure, Refusal};
use sqlx::PgConnection;

use super::{Api, Caller, blocks::kept_apart, convert, idempotency::Turn, no_access, views};
use crate::{
    clock,
    log::{Change, MAX_DEVICES, users_concerned},
    mls,
    store::{
        StoreError, Timestamp,
        conversations::{self, ConversationView, NewConversation},
        members::{self, Member},
    },
};

/// The greatest integer that every JSON parser keeps (RFC 8259, section 6). No group gets there one commit at a time.
const MAX_EPOCH: i64 = (1 << 53) - 1;

/// Members on a page of conversations: as many as one conversation can have, so that a page always has room for one.
const MOST_MEMBERS: i64 = MAX_DEVICES;

impl CreateConvo for Api {
    async fn create_convo(
        &self,
        caller: Caller,
        input: create_convo::Input,
    ) -> Result<create_convo::Output, Failure<create_convo::Error>> {
        let suite = convert::suite(input.cipher_suite.as_str())?;
        let group_id = convert::group_id(&input.group_id)?;
        let welcome = convert::welcome(input.welcome_message.as_deref())?;
        check_epoch(input.current_epoch, welcome.is_some())?;
        let hashes = input.key_package_hashes.iter().flatten();
        let named = convert::named(hashes.map(|entry| (entry.did.as_str(), entry.hash.as_str())))?;
        convert::accounts("input/initialMembers", input.initial_members.iter().flatten())?;

        self.read_blocks_before_adding(None, &caller, input.initial_members.iter().flatten()).await?;
        let mut tx = self.begin().await?;
        let key = input.idempotency_key.as_deref();
        let claim = match self.take_key(&mut tx, &caller, create_convo::NSID, key, &input).await? {
            Turn::Answered(answer) => return Ok(answer),
            Turn::First(claim) => claim,
        };
        let metadata = input.metadata.as_ref();
        let new = NewConversation {
            convo_id: &input.group_id,
            group_id: &group_id,
            cipher_suite: suite.as_str(),
            creator_did: caller.did(),
            name: metadata.and_then(|metadata| metadata.name.as_deref()),
            description: metadata.and_then(|metadata| metadata.description.as_deref()),
            epoch: input.current_epoch,
            max_members: self.limits.members,
            created_at: clock::bucket(self.now()),
        };
        let users = input.initial_members.iter().flatten().map(|did| did.as_str().to_owned());
        let others: Vec<_> = users.filter(|user| user != caller.did()).collect();
        let concerned = users_concerned(&others, &named);
        let Some(mut change) = Change::create(&self.log, &mut tx, &new, &concerned, self.now()).await? else {
            return Err(errors::ConvoAlreadyExists::new("The groupId is taken.").into());
        };
        let additions = change.take_key_packages(others, &named).await?;
        if let Some(rule) = self.block_rule() {
            change.keep_apart(&additions, &rule).await.map_err(kept_apart(errors::MutualBlockDetected::new))?;
        }
        change.add(additions, welcome.as_ref()).await?;
        change.finish().await?;
        let view = view(&mut tx, &input.group_id, &caller, self.now()).await?;
        claim.settle(&mut tx, &view).await?;
        self.commit(tx).await?;
        Ok(view)
    }
}

/// The epoch that a conversation may start at. Whoever joins by a Welcome does so after a commit, which ended an epoch.
fn check_epoch(epoch: i64, has_welcome: bool) -> Result<(), Failure<create_convo::Error>> {
    if epoch > MAX_EPOCH {
        return Err(Refusal::invalid_request("input/currentEpoch: must be at most 9007199254740991").into());
    }
    if has_welcome && epoch == 0 {
        return Err(errors::InvalidWelcome::new("With a Welcome, currentEpoch is at least 1.").into());
    }
    Ok(())
}

async fn view(
    conn: &mut PgConnection,
    convo_id: &str,
    caller: &Caller,
    now: Timestamp,
) -> Result<defs::ConvoView, StoreError> {
    let convo = conversations::view_of(conn, convo_id, caller.did(), now).await?;
    let convo = convo.ok_or_else(|| StoreError::Impossible("a new conversation is gone".to_owned()))?;
    let members = members::active_in(conn, &[convo_id.to_owned()], MAX_DEVICES).await?;
    let members = members.into_iter().map(views::member).collect::<Result<_, _>>()?;
    views::conversation(convo, members)
}

impl GetConvos for Api {
    async fn get_convos(
        &self,
        caller: Caller,
        params: get_convos::Params,
    ) -> Result<get_convos::Output, Failure<get_convos::Error>> {
        let after = params.cursor.as_deref().map(read_cursor).transpose()?;
        let mut conn = self.connection().await?;
        let mut page =
            conversations::page_of(&mut conn, caller.did(), after.as_deref(), params.limit, self.now()).await?;
        let ids: Vec<_> = page.iter().map(|convo| convo.convo_id.clone()).collect();
        let members = members::active_in(&mut conn, &ids, MOST_MEMBERS + 1).await?;
        let is_full = page.len() as i64 == params.limit;
        let is_cut = leave_out_rest(&mut page, &members);
        let last = page.last().filter(|_| is_full || is_cut);
        let cursor = last.map(|convo| mls::encode_base64url(convo.convo_id.as_bytes()));
        Ok(get_convos::Output { conversations: views::conversations(page, members)?, cursor })
    }
}

/// Ends a page before the conversation whose members it has no room for; false when there is none.
fn leave_out_rest(page: &mut Vec<ConversationView>, members: &[Member]) -> bool {
    let Some(cut) = members.get(MOST_MEMBERS as usize) else { return false };
    let room = page.iter().position(|convo| convo.convo_id == cut.convo_id);
    page.truncate(room.unwrap_or(page.len()).max(1));
    true
}

/// A cursor is the id of the last conversation of the page before, so that it stays good whatever happens in between.
fn read_cursor(cursor: &str) -> Result<String, errors::InvalidCursor> {
    let id = mls::decode_base64(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    id.filter(|id| convert::group_id(id).is_ok())
        .ok_or_else(|| errors::InvalidCursor::new("The cursor was not made by this method."))
}

impl GetEpoch for Api {
    async fn get_epoch(
        &self,
        caller: Caller,
        params: get_epoch::Params,
    ) -> Result<get_epoch::Output, Failure<get_epoch::Error>> {
        let mut conn = self.connection().await?;
        match conversations::epoch_for(&mut conn, &params.convo_id, caller.did()).await? {
            Some(current_epoch) => Ok(get_epoch::Output { convo_id: params.convo_id, current_epoch }),
            None => Err(no_access(&mut conn, &params.convo_id).await?.into()),
        }
    }
}
