//! The log of the program, and that of its PostgreSQL, say nothing of who talks to whom and what.

use catbird_lexicon::blue::catbird::mls::{leave_convo, send_message};
use catbird_server::mls::encode_base64url;
use e2e::{
    actor::{Actor, refused},
    chat::{self, Chat},
    program::Program,
    room::creation,
};

/// What must not be in the log: the users, the conversation, and what they sent, in whatever form.
struct Secrets(Vec<String>);

impl Secrets {
    fn add_bytes(&mut self, bytes: &[u8]) {
        // A part of it is as bad. Base64 of a part in the middle must begin at a multiple of three bytes.
        let part = &bytes[..bytes.len().min(24)];
        self.0.extend([
            hex::encode(part),
            encode_base64url(part),
            format!("{part:?}").trim_matches(['[', ']']).to_owned(),
        ]);
    }

    fn assert_kept(&self, log: &str) {
        for line in log.lines() {
            for secret in &self.0 {
                assert!(!line.to_lowercase().contains(&secret.to_lowercase()), "{secret} is in the log: {line}");
            }
        }
    }
}

/// Success, and whatever fails: requests that a handler refuses, that the lexicon refuses, and that the database breaks.
async fn live(program: &Program, alice: &Actor, bob: &Actor, secrets: &mut Secrets) {
    bob.publish(2).await;
    let mut at_alice = Chat::create(alice, &[&bob.did]).await;
    let convo_id = at_alice.convo_id.clone();
    secrets.0.push(convo_id.clone());
    let mut at_bob = Chat::join(bob, &convo_id).await;
    let message = at_alice.message("what nobody else may read");
    secrets.add_bytes(&message.ciphertext);
    secrets.0.extend([message.msg_id.clone(), "what nobody else may read".to_owned()]);
    at_alice.send_as(&message).await;
    at_bob.catch_up().await;
    at_bob.update().await.unwrap();

    bob.react(&convo_id, &message.msg_id, "🦔").await.unwrap();
    assert_eq!(refused(bob.react(&convo_id, &message.msg_id, "🦔").await), "AlreadyReacted");
    assert_eq!(refused(bob.react(&convo_id, "no such message", "🦔").await), "NotFound");
    secrets.0.extend(["🦔".to_owned(), "no such message".to_owned()]);
    bob.mark_read(&convo_id, None).await.unwrap();
    assert_eq!(refused(bob.mark_read(&convo_id, Some("no such message")).await), "MessageNotFound");
    assert_eq!(refused(bob.pending(Some("no such cursor"), 10).await), "InvalidCursor");
    alice.pending(None, 10).await.unwrap();

    let late = chat::message(&convo_id, 0, message.ciphertext.to_vec());
    assert_eq!(refused(alice.api.send_message(&late).await), "InvalidRequest");
    let taken = send_message::Input { ciphertext: b"other content entirely".to_vec().into(), ..message.clone() };
    assert_eq!(refused(bob.api.send_message(&taken).await), "InvalidMessageId");
    secrets.add_bytes(&taken.ciphertext);
    assert_eq!(refused(alice.api.create_convo(&creation(&convo_id, &[])).await), "ConvoAlreadyExists");
    assert_eq!(refused(alice.page(&convo_id, 0, 1000).await), "InvalidRequest");
    let leave = leave_convo::Input { convo_id: convo_id.clone(), target_did: None, commit: None };
    assert_eq!(refused(alice.api.leave_convo(&leave).await), "LastMember");
    let eve = program.actor("evefromoutside");
    assert_eq!(refused(eve.page(&convo_id, 0, 1).await), "NotMember");

    // PostgreSQL shows whole rows when it complains that they break a constraint, as far as it is let.
    let broken = "ALTER TABLE messages ADD CONSTRAINT broken_on_purpose CHECK (octet_length(ciphertext) = 0) NOT VALID";
    sqlx::query(broken).execute(&mut program.database().await).await.unwrap();
    let message = at_alice.message("what can't be stored");
    secrets.add_bytes(&message.ciphertext);
    secrets.0.push(message.msg_id.clone());
    let at_epoch_1 = send_message::Input { ciphertext: b"opaque".repeat(4).into(), epoch: 2, ..message.clone() };
    secrets.add_bytes(&at_epoch_1.ciphertext);
    let error = alice.api.send_message(&at_epoch_1).await.unwrap_err().to_string();
    assert!(error.contains("InternalServerError") && !error.contains("broken_on_purpose"), "{error}");
}

async fn assert_discreet(flags: &[&str], expected: &[&str]) {
    let directory = tempfile::tempdir().unwrap();
    let program = Program::start(env!("CARGO_BIN_EXE_catbird-server"), directory.path(), flags);
    let (alice, bob) = (program.actor("alicewithalongname"), program.actor("bobwithalongname"));
    let mut secrets = Secrets(["alicewithalongname", "bobwithalongname", "evefromoutside"].map(str::to_owned).to_vec());
    live(&program, &alice, &bob, &mut secrets).await;
    let log = program.log();
    for part in expected.iter().chain(&["broken_on_purpose"]) {
        assert!(log.contains(part), "the log tells what failed: {log}");
    }
    secrets.assert_kept(&log);
}

#[tokio::test]
async fn the_log_names_nobody_and_quotes_nothing() {
    assert_discreet(&[], &[]).await;
}

#[tokio::test]
async fn nor_does_the_log_for_debugging() {
    assert_discreet(&["--log=debug"], &["DEBUG"]).await;
}
