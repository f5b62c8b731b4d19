//! Log entries as clients see them, with the reactions to them.

use std::collections::HashMap;

use catbird_lexicon::blue::catbird::mls::defs;
use lexicon_runtime::formats::Datetime;
use sqlx::PgConnection;

use super::views;
use crate::store::{
    StoreError,
    pages::Entry,
    reactions::{self, Reaction},
};

/// Entries in the order given. Reactions are looked for only if there may be some.
pub async fn views(
    conn: &mut PgConnection,
    reader: &str,
    entries: Vec<Entry>,
) -> Result<Vec<defs::MessageView>, StoreError> {
    let mut reactions = reactions_to(conn, reader, &entries).await?;
    let with_reactions = |entry: Entry| {
        let reactions = match entry.is_reacted {
            true => reactions.remove(&(entry.convo_id.clone(), entry.seq)),
            false => None,
        };
        Ok(defs::MessageView { reactions, ..views::entry(entry)? })
    };
    entries.into_iter().map(with_reactions).collect()
}

/// One entry.
pub async fn view(conn: &mut PgConnection, reader: &str, entry: Entry) -> Result<defs::MessageView, StoreError> {
    let views = views(conn, reader, vec![entry]).await?;
    views.into_iter().next().ok_or_else(|| StoreError::Impossible("an entry without a view".to_owned()))
}

/// By conversation and seq, oldest first.
async fn reactions_to(
    conn: &mut PgConnection,
    reader: &str,
    entries: &[Entry],
) -> Result<HashMap<(String, i64), Vec<defs::ReactionView>>, StoreError> {
    let mut by_entry: HashMap<_, Vec<_>> = HashMap::new();
    if !entries.iter().any(|entry| entry.is_reacted) {
        return Ok(by_entry);
    }
    let reacted = entries.iter().filter(|entry| entry.is_reacted);
    for Reaction { convo_id, seq, user_did, reaction, created_at } in
        reactions::to_entries(conn, reader, reacted).await?
    {
        let view = defs::ReactionView { reaction, did: views::did(user_did)?, created_at: Datetime::from(created_at) };
        by_entry.entry((convo_id, seq)).or_default().push(view);
    }
    Ok(by_entry)
}
