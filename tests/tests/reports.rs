//! Reports reach the admins once and unread, are decided once, and are counted.

use std::{sync::Arc, time::Duration};

use atrium_api::types::string::Did;
use catbird_lexicon::blue::catbird::mls::{
    get_admin_stats, get_reports, leave_convo, remove_member, report_member,
    report_member::ReportCategory,
    resolve_report::{self, InputAction},
};
use catbird_server::store;
use chrono::TimeDelta;
use e2e::{
    actor::{Actor, refused},
    queue::race,
    records::{audit, events},
    room::Room,
    server::{TestServer, did},
};
use futures::future::FutureExt;
use lexicon_runtime::formats::Datetime;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A report about a user.
pub fn report(convo_id: &str, reported: &Did, content: &[u8]) -> report_member::Input {
    report_member::Input {
        convo_id: convo_id.to_owned(),
        reported_did: reported.clone(),
        category: ReportCategory::Spam,
        encrypted_content: content.into(),
        message_ids: None,
    }
}

/// A decision on a report.
pub fn decision(report_id: &str, action: InputAction) -> resolve_report::Input {
    resolve_report::Input { report_id: report_id.to_owned(), action, notes: None }
}

async fn queue(actor: &Actor, convo_id: &str, status: Option<&str>) -> Vec<get_reports::ReportView> {
    let status = status.map(|status| get_reports::ParamsStatus::from(status.to_owned()));
    let params = get_reports::Params { convo_id: convo_id.to_owned(), status, limit: 100 };
    actor.api.get_reports(&params).await.unwrap().reports
}

async fn stats(actor: &Actor, convo_id: Option<&str>, since: Option<Datetime>) -> get_admin_stats::Output {
    let params = get_admin_stats::Params { convo_id: convo_id.map(str::to_owned), since };
    actor.api.get_admin_stats(&params).await.unwrap()
}

#[tokio::test]
async fn a_report_reaches_the_admins_once_and_byte_for_byte() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let [alice, bob, carol] = &room.members[..] else { unreachable!() };
    room.promote_moderator(&carol.did).await;
    let before = events(&server, &room.convo_id).await.len();
    let content: Vec<u8> = (0..=255).collect();
    let input = report_member::Input {
        category: ReportCategory::from("something new".to_owned()),
        message_ids: Some(vec!["one".to_owned(), "two".to_owned()]),
        ..report(&room.convo_id, &alice.did, &content)
    };
    let submitted = bob.api.report_member(&input).await.unwrap();
    assert_eq!(bob.api.report_member(&input).await.unwrap(), submitted, "a retry reports nothing new");
    let alert = "alert report_submitted alice by bob for admins";
    assert_eq!(events(&server, &room.convo_id).await[before..], [alert]);

    // Somebody else may say the same, and the same reporter something else.
    carol.api.report_member(&input).await.unwrap();
    server.clock.advance(TimeDelta::minutes(1));
    bob.api.report_member(&report(&room.convo_id, &carol.did, b"other")).await.unwrap();
    let seen = queue(alice, &room.convo_id, None).await;
    let order: Vec<_> =
        seen.iter().map(|report| (report.reporter_did.as_str(), report.reported_did.as_str())).collect();
    let [alice_did, bob_did, carol_did] = ["did:plc:alice", "did:plc:bob", "did:plc:carol"];
    assert_eq!(order, [(bob_did, carol_did), (carol_did, alice_did), (bob_did, alice_did)]);
    let first = &seen[2];
    assert_eq!((&first.id, &first.created_at), (&submitted.report_id, &submitted.submitted_at));
    assert_eq!(first.encrypted_content.as_ref(), content);
    assert_eq!(first.category, Some(input.category));
    assert_eq!(first.message_ids, input.message_ids);
    assert_eq!((first.status.as_str(), &first.resolved_by, &first.resolved_at), ("pending", &None, &None));
    assert_eq!(seen[0].message_ids, None);
    // A moderator sees the queue, and a limit cuts its end off.
    assert_eq!(queue(carol, &room.convo_id, None).await, seen);
    let params = get_reports::Params { convo_id: room.convo_id.clone(), status: None, limit: 1 };
    assert_eq!(alice.api.get_reports(&params).await.unwrap().reports, seen[..1]);
}

#[tokio::test]
async fn a_decision_is_recorded_and_changes_nothing_else() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let [alice, bob, carol] = &room.members[..] else { unreachable!() };
    let mut ids = Vec::new();
    for content in [b"1", b"2", b"3"] {
        let answer = bob.api.report_member(&report(&room.convo_id, &carol.did, content)).await.unwrap();
        ids.push(answer.report_id);
    }
    let told = events(&server, &room.convo_id).await;
    server.clock.advance(TimeDelta::hours(1));
    let removed = resolve_report::Input {
        notes: Some("see the log".to_owned()),
        ..decision(&ids[0], InputAction::RemovedMember)
    };
    alice.api.resolve_report(&removed).await.unwrap();
    alice.api.resolve_report(&decision(&ids[1], InputAction::Dismissed)).await.unwrap();
    assert_eq!(refused(alice.api.resolve_report(&removed).await), "AlreadyResolved");
    let unknown = decision(&ids[2], InputAction::from("banished".to_owned()));
    assert_eq!(refused(alice.api.resolve_report(&unknown).await), "InvalidRequest");

    let by_status = |status| queue(alice, &room.convo_id, Some(status));
    let now = Datetime::from(catbird_server::clock::bucket(server.now()));
    for (status, id) in [("resolved", &ids[0]), ("dismissed", &ids[1])] {
        let found = by_status(status).await;
        assert_eq!(found.iter().map(|report| &report.id).collect::<Vec<_>>(), [id]);
        assert_eq!((&found[0].resolved_by, &found[0].resolved_at), (&Some(alice.did.clone()), &Some(now.clone())));
    }
    assert_eq!(by_status("pending").await[0].id, ids[2]);
    assert!(by_status("unheard of").await.is_empty());
    let recorded =
        ["resolved_report carol by alice (removed_member): see the log", "resolved_report carol by alice (dismissed)"];
    assert_eq!(audit(&server, &room.convo_id).await, recorded);
    let query = "SELECT item_id FROM audit_log ORDER BY id";
    let items: Vec<Uuid> = sqlx::query_scalar(query).fetch_all(server.db()).await.unwrap();
    assert_eq!(items.iter().map(Uuid::to_string).collect::<Vec<_>>(), ids[..2]);
    assert_eq!(events(&server, &room.convo_id).await, told);
    assert_eq!(room.view().await.members.len(), 3, "nobody is removed by a decision");

    // The same words again are a new report once the first one is decided.
    let again = bob.api.report_member(&report(&room.convo_id, &carol.did, b"1")).await.unwrap();
    assert!(!ids.contains(&again.report_id));
}

#[tokio::test]
async fn of_several_admins_who_decide_at_once_one_does() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let [_, bob, carol] = &room.members[..] else { unreachable!() };
    room.promote_admin(&bob.did).await;
    let id = carol.api.report_member(&report(&room.convo_id, &bob.did, b"!")).await.unwrap().report_id;
    let requests = ["alice", "bob", "alice", "bob"].map(|name| {
        let (admin, input) = (server.actor(name), decision(&id, InputAction::NoAction));
        async move { admin.api.resolve_report(&input).await.err().map(|error| error.to_string()) }.boxed()
    });
    let outcomes = race(&server, &room.convo_id, requests.into()).await;
    let lost: Vec<_> = outcomes.iter().flatten().collect();
    assert_eq!(lost.len(), 3, "{outcomes:?}");
    assert!(lost.iter().all(|error| error.starts_with("AlreadyResolved")), "{lost:?}");
    assert_eq!(audit(&server, &room.convo_id).await.iter().filter(|entry| entry.starts_with("resolved")).count(), 1);
}

#[tokio::test]
async fn retries_that_arrive_at_once_are_one_report() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let bob = Arc::new(server.actor("bob"));
    let input = report(&room.convo_id, &did("alice"), b"once");
    let requests = (0..4).map(|_| {
        let (bob, input) = (Arc::clone(&bob), input.clone());
        async move { bob.api.report_member(&input).await.unwrap().report_id }.boxed()
    });
    let ids = race(&server, &room.convo_id, requests.collect()).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let told = events(&server, &room.convo_id).await;
    assert_eq!(told.iter().filter(|event| event.starts_with("alert")).count(), 1);
}

#[tokio::test]
async fn nobody_fills_the_queue_alone() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let [alice, bob, carol] = &room.members[..] else { unreachable!() };
    let input = |number: u32| report(&room.convo_id, &carol.did, &number.to_be_bytes());
    let mut ids = Vec::new();
    for number in 0..100 {
        ids.push(bob.api.report_member(&input(number)).await.unwrap().report_id);
    }
    let refused = server.call("reportMember").by(&bob.did).input(&input(100)).send().await;
    refused.refused(429, "RateLimitExceeded");
    assert_eq!((refused.header("ratelimit-limit"), refused.header("ratelimit-remaining")), ("100", "0"));
    assert_eq!(refused.header("ratelimit-reset"), refused.header("retry-after"));
    assert_eq!(bob.api.report_member(&input(7)).await.unwrap().report_id, ids[7], "a retry is no further report");
    carol.api.report_member(&report(&room.convo_id, &bob.did, b"too many")).await.unwrap();
    alice.api.resolve_report(&decision(&ids[0], InputAction::NoAction)).await.unwrap();
    bob.api.report_member(&input(100)).await.unwrap();
}

#[tokio::test]
async fn counting_those_of_one_conversation_looks_at_no_other() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    room.members[1].api.report_member(&report(&room.convo_id, &did("alice"), b"one")).await.unwrap();
    for statement in [
        "INSERT INTO conversations (convo_id, group_id, cipher_suite, creator_did, created_at, epoch)
            SELECT 'other' || n, int4send(n), '', '', now(), 0 FROM generate_series(1, 500) n",
        "INSERT INTO reports (convo_id, report_id, reporter_did, reported_did, category, content, message_ids,
            request_tag, created_at) SELECT 'other' || n, gen_random_uuid(), 'a', 'b', 'spam', '', '{}', '', now()
            FROM generate_series(1, 500) n",
        "INSERT INTO audit_log (convo_id, action, actor_did, created_at) SELECT 'other' || n, 'removed', 'a', now()
            FROM generate_series(1, 500) n",
        "ANALYZE",
    ] {
        sqlx::query(statement).execute(server.db()).await.unwrap();
    }
    let mut tx = server.db().begin().await.unwrap();
    for since in [None, Some(server.now() - DAY)] {
        let counts = store::reports::count(&mut tx, &room.convo_id, since).await.unwrap();
        assert_eq!(counts.iter().map(|count| count.total).sum::<i64>(), 1);
        assert_eq!(store::audit::totals(&mut tx, &room.convo_id, since).await.unwrap().removals, 0);
    }
    let looked = "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables
        WHERE relname IN ('reports', 'audit_log')";
    let looked: i64 = sqlx::query_scalar(looked).fetch_one(&mut *tx).await.unwrap();
    assert!((1..10).contains(&looked), "{looked} rows were looked at");
}

#[tokio::test]
async fn reports_end_with_age_or_with_their_conversation() {
    let server = TestServer::start().await;
    let room = Room::open(&server, &["alice", "bob"]).await;
    let [alice, bob] = &room.members[..] else { unreachable!() };
    let mut ids = Vec::new();
    for content in [b"1", b"2"] {
        let answer = bob.api.report_member(&report(&room.convo_id, &alice.did, content)).await.unwrap();
        ids.push(answer.report_id);
    }
    server.pass_time(400 * DAY).await;
    alice.api.resolve_report(&decision(&ids[0], InputAction::NoAction)).await.unwrap();
    server.pass_time(179 * DAY).await;
    assert_eq!(queue(alice, &room.convo_id, None).await.len(), 2);
    server.pass_time(2 * DAY).await;
    let left = queue(alice, &room.convo_id, None).await;
    assert_eq!(left.iter().map(|report| &report.id).collect::<Vec<_>>(), [&ids[1]], "pending ones stay");
    assert_eq!(refused(alice.api.resolve_report(&decision(&ids[0], InputAction::NoAction)).await), "ReportNotFound");

    let leaving = leave_convo::Input { convo_id: room.convo_id.clone(), target_did: None, commit: None };
    bob.api.leave_convo(&leaving).await.unwrap();
    assert_eq!(refused(bob.api.resolve_report(&decision(&ids[1], InputAction::NoAction)).await), "ReportNotFound");
    alice.api.leave_convo(&leaving).await.unwrap();
    assert_eq!(refused(alice.api.resolve_report(&decision(&ids[1], InputAction::NoAction)).await), "ReportNotFound");
    server.pass_time(DAY).await;
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM reports").fetch_one(server.db()).await.unwrap();
    assert_eq!(kept, 0);
}

fn removal(convo_id: &str, user: &Did) -> remove_member::Input {
    remove_member::Input {
        convo_id: convo_id.to_owned(),
        target_did: user.clone(),
        idempotency_key: "key".to_owned(),
        reason: None,
        commit: None,
    }
}

#[tokio::test]
async fn statistics_count_what_happened_where_and_since_when() {
    let server = TestServer::with_flags(&["--operator-dids=did:plc:olivia,did:plc:oscar"]).await;
    let (olivia, oscar) = (server.actor("olivia"), server.actor("oscar"));
    let quiet = stats(&olivia, None, None).await;
    assert_eq!((quiet.stats.total_reports, quiet.stats.reports_by_category, quiet.convo_id), (0, None, None));
    assert_eq!(quiet.stats.average_resolution_time_hours, None);

    let room = Room::open(&server, &["alice", "bob", "carol"]).await;
    let other = Room::open(&server, &["dave", "erin", "frank"]).await;
    let [alice, bob, carol] = &room.members[..] else { unreachable!() };
    let mut ids = Vec::new();
    for (content, category) in
        [(b"1", "spam"), (b"2", "spam"), (b"3", "hate_speech"), (b"4", "unheard of"), (b"5", "other")]
    {
        let category = ReportCategory::from(category.to_owned());
        let input = report_member::Input { category, ..report(&room.convo_id, &carol.did, content) };
        ids.push(bob.api.report_member(&input).await.unwrap().report_id);
    }
    let [dave, erin, frank] = &other.members[..] else { unreachable!() };
    erin.api.report_member(&report(&other.convo_id, &frank.did, b"6")).await.unwrap();
    // Two hours and five: three and a half on average, which are nearer to four.
    for (id, hours) in [(&ids[0], 2), (&ids[1], 3)] {
        server.clock.advance(TimeDelta::hours(hours));
        alice.api.resolve_report(&decision(id, InputAction::Dismissed)).await.unwrap();
    }
    let halftime = Datetime::from(server.now());
    server.clock.advance(TimeDelta::hours(1));
    alice.api.remove_member(&removal(&room.convo_id, &carol.did)).await.unwrap();
    dave.api.remove_member(&removal(&other.convo_id, &frank.did)).await.unwrap();

    let answer = stats(alice, Some(&room.convo_id), None).await;
    assert_eq!(answer.convo_id.as_ref(), Some(&room.convo_id));
    assert_eq!(answer.generated_at, Datetime::from(catbird_server::clock::bucket(server.now())));
    let of_room = answer.stats;
    assert_eq!((of_room.total_reports, of_room.pending_reports, of_room.resolved_reports), (5, 3, 2));
    assert_eq!((of_room.total_removals, of_room.average_resolution_time_hours), (1, Some(4)));
    let by = of_room.reports_by_category.unwrap();
    assert_eq!((by.spam, by.hate_speech, by.other_category, by.violence), (Some(2), Some(1), Some(2), None));

    let of_all = stats(&oscar, None, None).await.stats;
    assert_eq!((of_all.total_reports, of_all.pending_reports, of_all.total_removals), (6, 4, 2));
    assert_eq!(of_all.reports_by_category.unwrap().spam, Some(3));
    let late = stats(&olivia, None, Some(halftime)).await.stats;
    assert_eq!((late.total_reports, late.total_removals), (0, 2));

    // Operators see sums, and no conversation that they don't run.
    let params = get_admin_stats::Params { convo_id: Some(room.convo_id.clone()), since: None };
    assert_eq!(refused(olivia.api.get_admin_stats(&params).await), "NotAuthorized");
}
