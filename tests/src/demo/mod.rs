//! What `make demo` shows: three MLS clients, and a server that orders what it can't read.
//!
//! Each step checks what it shows. The first thing that is not as it should be ends the demo with an error.

mod cast;
mod find;
mod show;

use std::io::Write;

use atrium_api::types::string::Did;
use lexicon_runtime::error::DeclaredError;

use self::{
    cast::{Person, Role, hold},
    show::{Show, count, quoted},
};
use crate::{
    chat::{self, Chat},
    endpoint::Endpoint,
    mls::{Received, SUITE_NAME},
};

pub use self::find::{OwnServer, open};

/// Any error, with a text for people.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How many key packages everybody publishes.
const KEY_PACKAGES: usize = 3;

/// Plays the whole demo with new users on a server, and writes it down line by line.
///
/// # Errors
/// The first thing that is not as it should be. What clients can't go on without panics, as in tests.
pub async fn run(endpoint: &Endpoint, out: &mut (impl Write + Send)) -> Result<(), BoxError> {
    let mut show = Show::new(out);
    show.title("Catbird MLS: three clients talk through a server that can't read a word")?;
    show.fact("server", &format!("{} ({})", endpoint.url, endpoint.service_did))?;
    show.fact("cipher suite", SUITE_NAME)?;
    let [alice, bob, carol] = cast::three_strangers(endpoint);
    publish(&mut show, [&alice, &bob, &carol]).await?;
    let (mut alice, mut bob) = begin(&mut show, &alice, &bob).await?;
    talk(&mut show, &mut alice, &mut bob).await?;
    let mut carol = add(&mut show, &mut alice, &mut bob, &carol).await?;
    update(&mut show, &mut alice, &mut bob, &mut carol).await?;
    remove(&mut show, &mut alice, &mut bob, &mut carol).await?;
    table(&mut show, &alice, &[&bob, &carol]).await
}

async fn publish<W: Write>(show: &mut Show<W>, roles: [&Role; 3]) -> Result<(), BoxError> {
    show.step("Everybody publishes key packages")?;
    for role in roles {
        role.actor.publish(KEY_PACKAGES).await;
        let (did, packages) = (role.actor.did.as_str(), count(KEY_PACKAGES, "key package"));
        show.fact(role.name, &format!("{packages}, as {did}"))?;
    }
    Ok(())
}

async fn begin<'a, W: Write>(
    show: &mut Show<W>,
    alice: &'a Role,
    bob: &'a Role,
) -> Result<(Person<'a>, Person<'a>), BoxError> {
    show.step("Alice makes a group with Bob")?;
    let chat = Chat::create(&alice.actor, &[&bob.actor.did]).await;
    let convo_id = chat.convo_id.clone();
    show.fact("group", &convo_id)?;
    show.fact("Alice", "takes one of Bob's key packages, and is at epoch 1 with him")?;
    hold(chat.group.epoch() == 1, "a group made with one commit is at epoch 1")?;
    let bob = join(show, bob, &convo_id).await?;
    Ok((Person::new(alice, chat), bob))
}

async fn join<'a, W: Write>(show: &mut Show<W>, role: &'a Role, convo_id: &str) -> Result<Person<'a>, BoxError> {
    let welcome = role.actor.welcome(convo_id).await.ok_or("no Welcome waits for a new member")?;
    let chat = Chat::join(&role.actor, convo_id).await;
    let (bytes, epoch) = (count(welcome.len(), "byte"), chat.group.epoch());
    show.fact(role.name, &format!("fetches a Welcome of {bytes}, joins at epoch {epoch} and confirms"))?;
    hold(role.actor.welcome(convo_id).await.is_none(), "a confirmed Welcome is not handed out again")?;
    Ok(Person::new(role, chat))
}

async fn talk<'a, W: Write>(show: &mut Show<W>, alice: &mut Person<'a>, bob: &mut Person<'a>) -> Result<(), BoxError> {
    show.step("Alice and Bob talk")?;
    say(show, alice, "Hello Bob!", &mut [bob]).await?;
    say(show, bob, "Hello Alice!", &mut [alice]).await
}

/// One message, from its writer through the server to its readers.
async fn say<'a, W: Write>(
    show: &mut Show<W>,
    writer: &mut Person<'a>,
    text: &str,
    readers: &mut [&mut Person<'a>],
) -> Result<(), BoxError> {
    let sent = writer.chat.send(text).await;
    writer.saw(sent.seq, quoted(text));
    let stored = writer.newest().await?;
    hold(stored.seq == sent.seq, "what was acknowledged is in the log, and nothing after it")?;
    let is_opaque = !stored.ciphertext.windows(text.len()).any(|part| part == text.as_bytes());
    hold(is_opaque, "the text is nowhere in what the server has")?;
    show.entry(&stored, writer.name, &format!("writes {}", quoted(text)))?;
    for reader in readers {
        let delivered = reader.read().await;
        let is_it = matches!(delivered.as_slice(), [only] if only.seq == sent.seq && only.what == Received::Text(text.to_owned()));
        hold(is_it, "a reader decrypts the very text")?;
        show.detail(reader.name, &format!("reads {}", quoted(text)))?;
    }
    Ok(())
}

async fn add<'a, W: Write>(
    show: &mut Show<W>,
    alice: &mut Person<'a>,
    bob: &mut Person<'a>,
    carol: &'a Role,
) -> Result<Person<'a>, BoxError> {
    show.step("Alice adds Carol, who can't read what was said before")?;
    let before = alice.log().await?;
    let epoch = alice.chat.add(&[&carol.actor.did]).await?;
    committed(show, alice, "adds Carol", epoch, &mut [bob]).await?;
    let mut carol = join(show, carol, &alice.chat.convo_id).await?;
    for entry in &before {
        is_kept_from(&mut carol, entry).await?;
    }
    let entries = count(before.len(), "earlier entry");
    show.fact("Carol", &format!("is shown none of the {entries}, and can't decrypt their bytes"))?;
    say(show, alice, "Welcome, Carol!", &mut [bob, &mut carol]).await?;
    Ok(carol)
}

/// Neither does the server hand an entry out to somebody, nor is there anything to be had from its bytes.
async fn is_kept_from(
    person: &mut Person<'_>,
    entry: &catbird_lexicon::blue::catbird::mls::defs::MessageView,
) -> Result<(), BoxError> {
    let page = person.chat.page(Some(entry.seq - 1)).await?;
    hold(page.messages.iter().all(|shown| shown.seq != entry.seq), "the server keeps the entry back")?;
    let actor = person.chat.actor;
    let decrypted = person.chat.group.receive(&actor.mls, &entry.ciphertext);
    hold(decrypted.is_err(), "the bytes can't be decrypted")
}

/// Shows a commit that was just taken, and how the others follow it.
async fn committed<'a, W: Write>(
    show: &mut Show<W>,
    committer: &mut Person<'a>,
    what: &str,
    epoch: i64,
    others: &mut [&mut Person<'a>],
) -> Result<(), BoxError> {
    let stored = committer.newest().await?;
    hold(stored.epoch + 1 == epoch, "a commit made in one epoch leads to the next")?;
    hold(committer.chat.group.epoch() == epoch, "the committer is where the server is")?;
    committer.saw(stored.seq, what.to_owned());
    show.entry(&stored, committer.name, &format!("{what}: epoch {epoch}"))?;
    for other in others {
        let delivered = other.read().await;
        let follows =
            matches!(delivered.as_slice(), [only] if only.seq == stored.seq && only.what == Received::Commit { epoch });
        hold(follows, "the others follow the commit")?;
        show.detail(other.name, &format!("follows to epoch {epoch}"))?;
    }
    Ok(())
}

async fn update<'a, W: Write>(
    show: &mut Show<W>,
    alice: &mut Person<'a>,
    bob: &mut Person<'a>,
    carol: &mut Person<'a>,
) -> Result<(), BoxError> {
    show.step("Bob renews his keys by a commit")?;
    let output = bob.chat.update().await?;
    committed(show, bob, "takes new keys", output.new_epoch, &mut [alice, carol]).await?;
    say(show, carol, "Fresh keys, same talk.", &mut [alice, bob]).await
}

async fn remove<'a, W: Write>(
    show: &mut Show<W>,
    alice: &mut Person<'a>,
    bob: &mut Person<'a>,
    carol: &mut Person<'a>,
) -> Result<(), BoxError> {
    show.step("Alice removes Bob, who is told so and reads nothing after")?;
    let user: Did = bob.chat.actor.did.clone();
    let epoch = alice.chat.remove(&user).await?.ok_or("a removal by commit says its epoch")?;
    committed(show, alice, "removes Bob", epoch, &mut [carol]).await?;
    let told = bob.read().await;
    hold(matches!(told.as_slice(), [only] if only.what == Received::Removed), "the removed one reads the commit")?;
    show.detail("Bob", "is told that he was removed")?;
    say(show, alice, "Just us two now.", &mut [carol]).await?;
    let last = alice.newest().await?;
    is_kept_from(bob, &last).await?;
    show.fact("Bob", "is not shown this, and can't decrypt its bytes")?;
    let answer =
        bob.chat.actor.api.send_message(&chat::message(&bob.chat.convo_id, epoch, b"let me in".to_vec())).await;
    match answer {
        Err(lexicon_runtime::client::ClientError::Declared(error)) if error.name() == "NotMember" => {
            show.fact("Bob", &format!("can't write either: {error}"))
        }
        other => Err(format!("a removed member was not refused: {other:?}").into()),
    }
}

async fn table<W: Write>(show: &mut Show<W>, alice: &Person<'_>, others: &[&Person<'_>]) -> Result<(), BoxError> {
    show.step("The log, as the server has it and as each of them read it")?;
    let log = alice.log().await?;
    let seqs: Vec<_> = log.iter().map(|entry| entry.seq).collect();
    hold(seqs == (1..=log.len() as i64).collect::<Vec<_>>(), "seqs start at 1 and grow by one")?;
    hold(log.is_sorted_by_key(|entry| (entry.epoch, entry.seq)), "epochs never fall as seqs rise")?;
    let people: Vec<_> = std::iter::once(alice).chain(others.iter().copied()).collect();
    show.table(&log, &people)
}
