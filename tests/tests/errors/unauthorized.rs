//! Who has no token gets nowhere, and who has one of their own gets no further than what is theirs.

use std::collections::BTreeSet;

use catbird_lexicon::blue::catbird::mls::METHODS;
use e2e::{
    actor::Actor,
    http::{check_output, short},
    room::Room,
    server::TestServer,
};

use super::requests::{Subject, ordinary};

/// What a stranger gets from a method.
enum Outcome {
    Refused(&'static str),
    /// The method does the same for everybody.
    Served,
}
use Outcome::{Refused, Served};

/// For each method what somebody gets who is in no conversation, and asks for one of others.
const STRANGER: [(&str, Outcome); 33] = [
    ("addMembers", Refused("NotMember")),
    ("addReaction", Refused("NotMember")),
    ("confirmWelcome", Refused("NotMember")),
    // Anybody may create a conversation, and this groupId is taken.
    ("createConvo", Refused("ConvoAlreadyExists")),
    ("demoteAdmin", Refused("NotMember")),
    ("demoteModerator", Refused("NotMember")),
    ("getAdminStats", Refused("NotAuthorized")),
    ("getCommits", Refused("NotMember")),
    ("getConvos", Served),
    ("getEpoch", Refused("NotMember")),
    ("getKeyPackageStats", Served),
    ("getKeyPackages", Served),
    // Whether the message exists is none of a stranger's business.
    ("getMessage", Refused("MessageNotFound")),
    ("getMessages", Refused("NotMember")),
    ("getPendingMessages", Served),
    ("getPolicy", Refused("NotMember")),
    ("getReports", Refused("NotAdmin")),
    ("getWelcome", Refused("NotMember")),
    ("leaveConvo", Refused("NotMember")),
    ("promoteAdmin", Refused("NotMember")),
    ("promoteModerator", Refused("NotMember")),
    ("publishKeyPackage", Served),
    ("publishKeyPackages", Served),
    ("removeMember", Refused("NotMember")),
    ("removeReaction", Refused("NotMember")),
    ("reportMember", Refused("NotMember")),
    ("resolveReport", Refused("ReportNotFound")),
    ("sendMessage", Refused("NotMember")),
    ("submitCommit", Refused("NotMember")),
    ("updateCursor", Refused("NotMember")),
    ("updateRead", Refused("NotMember")),
    ("updatePolicy", Refused("NotMember")),
    ("warnMember", Refused("NotAdmin")),
];

async fn scene() -> (TestServer, Subject, Actor) {
    let server = TestServer::start().await;
    let about = Subject::of(Room::open(&server, &["alice", "bob"]).await).await;
    let mallory = server.actor("mallory");
    (server, about, mallory)
}

#[test]
fn each_method_says_what_a_stranger_gets() {
    let listed: BTreeSet<_> = STRANGER.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, METHODS.iter().map(short).collect());
    assert_eq!(listed.len(), STRANGER.len(), "a method is listed twice");
}

#[tokio::test]
async fn no_method_answers_without_a_token() {
    let (server, about, mallory) = scene().await;
    for method in METHODS {
        let call = ordinary(&server, short(method), &about, &mallory);
        call.send().await.refused(401, "AuthenticationRequired");
        // Nor does it look at anything else before: neither parameters nor body are read.
        let nonsense = server.call(short(method)).query("limit=x&limit=y").body("{");
        nonsense.send().await.refused(401, "AuthenticationRequired");
        let nonsense = server.call(short(method)).token("not.a.token").body("{");
        nonsense.send().await.refused(401, "InvalidToken");
    }
}

#[tokio::test]
async fn a_stranger_gets_nothing_of_a_conversation() {
    let (server, about, mallory) = scene().await;
    let log = |db| sqlx::query_as::<_, (i64, i64)>("SELECT epoch, next_seq FROM conversations").fetch_one(db);
    let before = log(server.db()).await.unwrap();
    for (method, outcome) in &STRANGER {
        let answer = ordinary(&server, method, &about, &mallory).by(&mallory.did).send().await;
        match outcome {
            Refused(error) => {
                let message = answer.refused(400, error);
                assert!(!message.contains(&about.convo_id), "{method}: {message}");
                assert!(!message.contains(about.member.did.as_str()), "{method}: {message}");
            }
            Served => {
                let text = answer.output().to_string();
                assert!(!text.contains(&about.convo_id), "{method}: {text}");
            }
        }
    }
    assert_eq!(log(server.db()).await.unwrap(), before);
}

#[tokio::test]
async fn a_member_gets_what_a_stranger_does_not() {
    let (server, about, _) = scene().await;
    let bob = &about.member;
    for method in [
        "getEpoch",
        "getMessages",
        "getPendingMessages",
        "getCommits",
        "getMessage",
        "addReaction",
        "removeReaction",
        "updateCursor",
        "updateRead",
        "confirmWelcome",
        "sendMessage",
        "submitCommit",
    ] {
        ordinary(&server, method, &about, bob).by(&bob.did).send().await.output();
    }
}

#[test]
fn each_output_is_held_against_its_lexicon() {
    for method in METHODS {
        let checked = std::panic::catch_unwind(|| check_output(method.nsid, b"null"));
        let panic = checked.expect_err("null is no output of any method");
        let text = panic.downcast_ref::<String>().map_or("", String::as_str);
        assert!(text.contains("the type that the lexicon declares"), "{}: {text}", method.nsid);
    }
}
