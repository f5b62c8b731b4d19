//! The network beside the server: a PLC directory, and a server that holds repositories, in one.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use atrium_api::types::string::Did;
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

/// Where users and their repositories are.
#[derive(Clone)]
pub struct Network {
    url: String,
    state: Arc<Mutex<HashMap<String, Account>>>,
}

/// How a server answers for an account.
#[derive(Clone, Debug, Default)]
pub enum Manner {
    /// As it should.
    #[default]
    Honest,
    /// As it should, after a while.
    Slow(Duration),
    /// Not at all: it fails.
    Down,
    /// Page after page, without an end.
    Endless,
    /// The same page over and over.
    Circular,
    /// With records of somebody else.
    Foreign,
    /// With something that is no list.
    Nonsense,
    /// With a body that never ends.
    Huge,
    /// With the address of another service.
    Elsewhere(String),
}

#[derive(Default)]
struct Account {
    /// Whom it blocks, by record key.
    blocks: BTreeMap<String, String>,
    manner: Manner,
    /// How often a page was asked for.
    asked: usize,
}

impl Network {
    /// Starts a network without anybody.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let network = Self { url, state: Arc::default() };
        let app = Router::new()
            .route("/xrpc/com.atproto.repo.listRecords", get(list_records))
            .route("/{did}", get(document))
            .with_state(network.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        network
    }

    /// The flags of a server that lives in this network.
    pub fn flags(&self) -> Vec<String> {
        vec![format!("--plc-url={}", self.url), "--allow-loopback-http".to_owned()]
    }

    /// A new account: a did:plc with a name that is filled up to its length.
    pub fn account(&self, name: &str) -> Did {
        let did: Did = format!("did:plc:{name:a<24}").parse().expect("names in tests are plain letters");
        self.accounts().insert(did.as_str().to_owned(), Account::default());
        did
    }

    /// Puts a block into a user's repository.
    pub fn block(&self, blocker: &Did, blocked: &Did) {
        let mut accounts = self.accounts();
        let blocks = &mut accounts.get_mut(blocker.as_str()).expect("the account is there").blocks;
        blocks.insert(format!("3k{:011}", blocks.len()), blocked.as_str().to_owned());
    }

    /// Takes it out again.
    pub fn unblock(&self, blocker: &Did, blocked: &Did) {
        let mut accounts = self.accounts();
        let account = accounts.get_mut(blocker.as_str()).expect("the account is there");
        account.blocks.retain(|_, subject| subject != blocked.as_str());
    }

    /// How a user's server answers from now on.
    pub fn behave(&self, user: &Did, manner: Manner) {
        self.accounts().get_mut(user.as_str()).expect("the account is there").manner = manner;
    }

    /// How often a page of a user's blocks was asked for.
    pub fn asked(&self, user: &Did) -> usize {
        self.accounts()[user.as_str()].asked
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<String, Account>> {
        self.state.lock().expect("no holder panics")
    }
}

async fn document(State(network): State<Network>, Path(did): Path<String>) -> Response {
    let accounts = network.accounts();
    let Some(account) = accounts.get(&did) else { return StatusCode::NOT_FOUND.into_response() };
    let endpoint = match &account.manner {
        Manner::Elsewhere(url) => url,
        _ => &network.url,
    };
    let service = json!({"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint});
    Json(json!({"@context": [], "id": did, "verificationMethod": [], "service": [service]})).into_response()
}

async fn list_records(State(network): State<Network>, Query(query): Query<HashMap<String, String>>) -> Response {
    let (repo, cursor) = (query["repo"].as_str(), query.get("cursor").map(String::as_str));
    assert_eq!(query["collection"], "app.bsky.graph.block");
    let limit: usize = query["limit"].parse().expect("the limit is a number");
    let manner = {
        let mut accounts = network.accounts();
        let Some(account) = accounts.get_mut(repo) else { return StatusCode::BAD_REQUEST.into_response() };
        account.asked += 1;
        account.manner.clone()
    };
    let somebody = || vec![record(repo, &format!("3k{}", uuid::Uuid::new_v4().simple()), "did:plc:somebody")];
    let page = |records: Vec<Value>, cursor: Option<String>| Json(json!({"records": records, "cursor": cursor}));
    match manner {
        Manner::Slow(time) => tokio::time::sleep(time).await,
        Manner::Down => return StatusCode::BAD_GATEWAY.into_response(),
        Manner::Endless => return page(somebody(), Some(uuid::Uuid::new_v4().to_string())).into_response(),
        Manner::Circular => return page(somebody(), Some("again".to_owned())).into_response(),
        Manner::Foreign => return page(vec![record("did:plc:other", "3k", repo)], None).into_response(),
        Manner::Nonsense => return Json(json!({"records": {"uri": 1}})).into_response(),
        Manner::Huge => return endless_body(),
        Manner::Honest | Manner::Elsewhere(_) => {}
    }
    // Newest first, and a cursor also on the last page that has any, as the official server does it.
    let accounts = network.accounts();
    let rest = accounts[repo].blocks.iter().rev().filter(|(key, _)| cursor.is_none_or(|cursor| key.as_str() < cursor));
    let rest: Vec<_> = rest.take(limit).collect();
    let next = rest.last().map(|(key, _)| (*key).clone());
    let mut answer =
        json!({"records": rest.iter().map(|(key, subject)| record(repo, key, subject)).collect::<Vec<_>>()});
    if let Some(next) = next {
        answer["cursor"] = json!(next);
    }
    Json(answer).into_response()
}

fn record(repo: &str, key: &str, subject: &str) -> Value {
    json!({
        "uri": format!("at://{repo}/app.bsky.graph.block/{key}"),
        "cid": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a",
        "value": {"$type": "app.bsky.graph.block", "subject": subject, "createdAt": "2026-01-02T03:04:05.678Z"},
    })
}

fn endless_body() -> Response {
    let chunks = futures::stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from(vec![b' '; 16 * 1024])));
    Body::from_stream(chunks).into_response()
}
