//! Every method, as every kind of caller: what each gets is written down in [`table`].

mod table;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

use catbird_lexicon::blue::catbird::mls::METHODS;
use e2e::{
    actor::Actor,
    http::{Answer, short},
    network::Network,
    room::Room,
    server::TestServer,
};
use futures::stream::{self, StreamExt};
use lexicon_runtime::service::MethodKind;

use self::table::{OK, TABLE};
use crate::errors::requests::{Subject, leaving, ordinary};

/// Who calls, in the order of the columns of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Anonymous,
    Stranger,
    Former,
    Member,
    Moderator,
    Admin,
    Operator,
}

const CALLERS: [Caller; 7] = [
    Caller::Anonymous,
    Caller::Stranger,
    Caller::Former,
    Caller::Member,
    Caller::Moderator,
    Caller::Admin,
    Caller::Operator,
];

impl Caller {
    /// Whether they never had anything to do with the conversation.
    fn is_outside(self) -> bool {
        matches!(self, Self::Anonymous | Self::Stranger | Self::Operator)
    }
}

#[test]
fn each_method_has_a_row() {
    let rows: BTreeSet<_> = TABLE.iter().map(|(method, _)| *method).collect();
    let methods: BTreeSet<_> = METHODS.iter().map(short).collect();
    let missing: Vec<_> = methods.difference(&rows).collect();
    assert!(missing.is_empty(), "write down in authorization/table.rs what each caller gets from {missing:?}");
    let unknown: Vec<_> = rows.difference(&methods).collect();
    assert!(unknown.is_empty(), "no such methods: {unknown:?}");
    assert!(TABLE.is_sorted_by(|(a, _), (b, _)| a < b), "rows stand by name, and each method has one");
}

#[tokio::test]
async fn each_caller_gets_what_is_written_down() {
    let mut flags = Network::start().await.flags();
    flags.push("--operator-dids=did:plc:operator".to_owned());
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let server = TestServer::with_flags(&flags).await;
    let rows = stream::iter(TABLE).map(|(method, row)| try_all(&server, method, row));
    let wrong = rows.buffer_unordered(8).concat().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Calls a method as everybody, and after a change about another conversation; gives what did not come as expected.
async fn try_all(server: &TestServer, method: &str, expected: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut scene = Scene::set(server, method).await;
    for (caller, expected) in CALLERS.into_iter().zip(expected) {
        let before = stored(server, &scene.about.convo_id).await;
        let answer = scene.call(server, method, caller).await;
        let outcome = match answer.status {
            200 => OK.to_owned(),
            _ => answer.value()["error"].as_str().unwrap_or_default().to_owned(),
        };
        if outcome != *expected {
            wrong.push(format!("{method} by {caller:?}: {outcome} instead of {expected}"));
        }
        if outcome != OK && stored(server, &scene.about.convo_id).await != before {
            wrong.push(format!("{method} by {caller:?}: was refused and changed something"));
        }
        if caller.is_outside() && scene.is_told_by(&answer) {
            wrong.push(format!("{method} by {caller:?}: tells of a conversation of others"));
        }
        if outcome == OK && is_procedure(method) {
            scene = Scene::set(server, method).await;
        }
    }
    wrong
}

fn is_procedure(method: &str) -> bool {
    e2e::http::method(method).kind == MethodKind::Procedure
}

/// What is kept of a conversation and its members.
async fn stored(server: &TestServer, convo_id: &str) -> String {
    let query =
        "SELECT concat(c, (SELECT string_agg(m::text, '' ORDER BY did) FROM members m WHERE m.convo_id = c.convo_id),
            (SELECT string_agg(r::text, '' ORDER BY position) FROM reports r WHERE r.convo_id = c.convo_id))
        FROM conversations c WHERE convo_id = $1";
    sqlx::query_scalar(query).bind(convo_id).fetch_one(server.db()).await.expect("the conversation is there")
}

/// A conversation that somebody is about to call about.
struct Scene {
    about: Subject,
    /// Ends the names of those who have to do with it.
    number: u32,
}

impl Scene {
    async fn set(server: &TestServer, method: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let names = ["admin", "moderator", "member", "former", "target"];
        let room = Room::of(names.map(|name| server.actor(&format!("{name}{number}"))).into()).await;
        let [_, moderator, _, _, target] = &room.members[..] else { unreachable!() };
        room.promote_moderator(&moderator.did).await;
        // So that those who may do it can.
        match method {
            "demoteAdmin" => room.promote_admin(&target.did).await,
            "demoteModerator" => room.promote_moderator(&target.did).await,
            _ => {}
        }
        let scene = Self { about: Subject::of(room).await, number };
        let leaves = scene.caller(server, Caller::Former).api;
        leaves.leave_convo(&leaving(&scene.about.convo_id)).await.expect("members can leave");
        scene
    }

    fn caller(&self, server: &TestServer, who: Caller) -> Actor {
        let number = self.number;
        server.actor(&match who {
            Caller::Anonymous | Caller::Stranger => format!("stranger{number}"),
            Caller::Former => format!("former{number}"),
            Caller::Member => format!("member{number}"),
            Caller::Moderator => format!("moderator{number}"),
            Caller::Admin => format!("admin{number}"),
            Caller::Operator => "operator".to_owned(),
        })
    }

    async fn call(&self, server: &TestServer, method: &str, who: Caller) -> Answer {
        let caller = self.caller(server, who);
        let call = ordinary(server, method, &self.about, &caller);
        let call = if who == Caller::Anonymous { call } else { call.by(&caller.did) };
        call.send_briefly().await
    }

    /// Whether an answer names the conversation, or one of its members who is not in the request.
    fn is_told_by(&self, answer: &Answer) -> bool {
        let text = String::from_utf8_lossy(&answer.body);
        text.contains(&self.about.convo_id) || text.contains(self.about.admin.as_str())
    }
}
