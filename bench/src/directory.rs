//! The PLC directory, played by this process: knows the documents of all users of the benchmark.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    Fallible,
    population::{USERS, user_did},
    token::public_key,
};

type Documents = Arc<HashMap<String, Value>>;

/// Starts the directory and says where. It ends with the process.
pub async fn start() -> Fallible<SocketAddr> {
    let documents: Documents = Arc::new((0..USERS).map(|user| (user_did(user), document(user))).collect());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let routes = Router::new().route("/{did}", get(look_up)).with_state(documents);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(address)
}

async fn look_up(State(documents): State<Documents>, Path(did): Path<String>) -> Result<Json<Value>, StatusCode> {
    documents.get(&did).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}

fn document(user: usize) -> Value {
    let did = user_did(user);
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "alsoKnownAs": [format!("at://user{user}.bench.test")],
        "verificationMethod": [{
            "id": format!("{did}#atproto"),
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": public_key(user),
        }],
        "service": [],
    })
}
