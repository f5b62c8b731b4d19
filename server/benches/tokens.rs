//! What it costs to find out who is calling: the libraries that check signatures, side by side, and
//! the whole of `Authenticator::authenticate`.
//!
//! `make bench-tokens` prints a table. All candidates take turns, many times over, and each is
//! judged by its fastest turn, so that a busy machine shifts the ratios little. To count
//! instructions instead: `valgrind --tool=callgrind <this program> <candidate> <times>`, once with
//! 0 times and once with more; the difference is the candidate's. (Valgrind's processor has no SHA
//! instructions, which adds some 6,000 instructions to each SHA-256 of a token.)

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use atrium_api::did_doc::{DidDocument, VerificationMethod};
use atrium_api::types::string::Did;
use atrium_crypto::keypair::{Did as _, P256Keypair, Secp256k1Keypair};
use catbird_server::auth::{
    AuthConfig, Authenticator, DevelopmentSecret, DocumentSource, InMemoryReplay, LookupError, mint_development_token,
};
use catbird_server::clock::ManualClock;
use catbird_server::keyed_hash::HashKey;
use chrono::DateTime;
use futures::future::{BoxFuture, FutureExt, ready};
use k256::ecdsa::signature::Verifier as _;
use sha2::{Digest, Sha256};

const NOW: i64 = 1_800_000_000;
const SERVICE: &str = "did:web:mls.example.com";
const METHOD: &str = "blue.catbird.mls.sendMessage";
const SECRET: &str = "a secret of more than thirty-two bytes";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [] => compare(15, 1_000),
        [name, times] => run_one(name, times.parse().expect("the second argument is a number")),
        _ => panic!("usage: tokens [<candidate> <times>]"),
    }
}

/// Something to measure.
struct Candidate {
    name: &'static str,
    /// What the cost is compared with.
    against: &'static str,
    prepare: fn(usize) -> Box<dyn FnMut()>,
}

const CANDIDATES: [Candidate; 11] = [
    Candidate { name: "ES256K/atrium-crypto", against: "ES256K/atrium-crypto", prepare: k256_atrium },
    Candidate { name: "ES256K/k256", against: "ES256K/atrium-crypto", prepare: k256_directly },
    Candidate { name: "ES256K/secp256k1", against: "ES256K/atrium-crypto", prepare: k256_libsecp256k1 },
    Candidate { name: "ES256/atrium-crypto", against: "ES256/atrium-crypto", prepare: p256_atrium },
    Candidate { name: "ES256/p256", against: "ES256/atrium-crypto", prepare: p256_directly },
    Candidate { name: "ES256/ring", against: "ES256/atrium-crypto", prepare: p256_ring },
    Candidate { name: "request/ES256K-fresh", against: "request/HS256-fresh", prepare: |n| requests(k256_tokens(n)) },
    Candidate { name: "request/ES256-fresh", against: "request/HS256-fresh", prepare: |n| requests(p256_tokens(n)) },
    Candidate { name: "request/HS256-fresh", against: "request/HS256-fresh", prepare: |n| requests(hs256_tokens(n)) },
    Candidate { name: "request/ES256K-reused", against: "request/HS256-fresh", prepare: |n| requests(reused(n)) },
    Candidate {
        name: "request/ES256K-new-issuer",
        against: "request/HS256-fresh",
        prepare: |n| requests(strangers(n)),
    },
];

/// What one turn of a candidate showed, for each call.
#[derive(Clone, Copy)]
struct Turn {
    nanoseconds: f64,
    allocations: f64,
    bytes_kept: f64,
}

fn compare(turns: usize, calls: usize) {
    let mut best = [Turn { nanoseconds: f64::MAX, allocations: 0.0, bytes_kept: 0.0 }; CANDIDATES.len()];
    for _ in 0..turns {
        for (best, candidate) in best.iter_mut().zip(&CANDIDATES) {
            let turn = measure(candidate, calls);
            if turn.nanoseconds < best.nanoseconds {
                *best = turn;
            }
        }
    }
    println!("{:<26}{:>10}{:>8}{:>14}{:>12}", "", "us", "x", "allocations", "bytes kept");
    for (turn, candidate) in best.iter().zip(&CANDIDATES) {
        let base = CANDIDATES.iter().position(|other| other.name == candidate.against).expect("it is in the list");
        println!(
            "{:<26}{:>10.2}{:>8.2}{:>14.1}{:>12.0}",
            candidate.name,
            turn.nanoseconds / 1000.0,
            turn.nanoseconds / best[base].nanoseconds,
            turn.allocations,
            turn.bytes_kept
        );
    }
}

fn measure(candidate: &Candidate, calls: usize) -> Turn {
    let mut call = (candidate.prepare)(calls + 1);
    call();
    let (allocations, kept) = (ALLOCATIONS.load(Ordering::Relaxed), KEPT.load(Ordering::Relaxed));
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    let elapsed = start.elapsed();
    let each = |total: f64| total / calls as f64;
    Turn {
        nanoseconds: each(elapsed.as_nanos() as f64),
        allocations: each((ALLOCATIONS.load(Ordering::Relaxed) - allocations) as f64),
        bytes_kept: each((KEPT.load(Ordering::Relaxed) - kept) as f64),
    }
}

fn run_one(name: &str, times: usize) {
    let candidate = CANDIDATES.iter().find(|candidate| candidate.name == name).expect("no such candidate");
    // The preparation is the same whatever the number of times.
    let mut call = (candidate.prepare)(257);
    assert!(times < 257, "at most 256 times");
    call();
    for _ in 0..times {
        call();
    }
}

/// A signature, and what it covers.
struct Signed {
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// Checks one signed message after the other, over and over.
fn checks<T: 'static>(tokens: &[String], check: impl Fn(&[u8], &[u8]) -> T + 'static) -> Box<dyn FnMut()> {
    let signed: Vec<Signed> = tokens.iter().map(|token| split(token)).collect();
    let mut next = 0;
    Box::new(move || {
        let Signed { message, signature } = &signed[next % signed.len()];
        black_box(check(black_box(message), black_box(signature)));
        next += 1;
    })
}

fn split(token: &str) -> Signed {
    let (message, signature) = token.rsplit_once('.').expect("a token has three parts");
    let signature = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(signature).expect("signatures are base64url");
    Signed { message: message.as_bytes().to_vec(), signature }
}

fn k256_atrium(_: usize) -> Box<dyn FnMut()> {
    let (curve, point) = atrium_crypto::did::parse_multikey(&multikey(&k256_key().did())).expect("a key");
    checks(&k256_tokens(256), move |message, signature| {
        atrium_crypto::verify::Verifier::default().verify(curve, &point, message, signature).expect("valid");
    })
}

fn k256_directly(_: usize) -> Box<dyn FnMut()> {
    let (_, point) = atrium_crypto::did::parse_multikey(&multikey(&k256_key().did())).expect("a key");
    let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(&point).expect("a key");
    checks(&k256_tokens(256), move |message, signature| {
        let signature = k256::ecdsa::Signature::from_slice(signature).expect("two scalars");
        key.verify(message, &signature).expect("valid");
    })
}

fn k256_libsecp256k1(_: usize) -> Box<dyn FnMut()> {
    let (_, point) = atrium_crypto::did::parse_multikey(&multikey(&k256_key().did())).expect("a key");
    let key = secp256k1::PublicKey::from_slice(&point).expect("a key");
    checks(&k256_tokens(256), move |message, signature| {
        let digest = secp256k1::Message::from_digest(Sha256::digest(message).into());
        let signature = secp256k1::ecdsa::Signature::from_compact(signature).expect("two scalars");
        signature.verify(digest, &key).expect("valid");
    })
}

fn p256_atrium(_: usize) -> Box<dyn FnMut()> {
    let (curve, point) = atrium_crypto::did::parse_multikey(&multikey(&p256_key().did())).expect("a key");
    checks(&p256_tokens(256), move |message, signature| {
        atrium_crypto::verify::Verifier::default().verify(curve, &point, message, signature).expect("valid");
    })
}

fn p256_directly(_: usize) -> Box<dyn FnMut()> {
    let (_, point) = atrium_crypto::did::parse_multikey(&multikey(&p256_key().did())).expect("a key");
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).expect("a key");
    checks(&p256_tokens(256), move |message, signature| {
        let signature = p256::ecdsa::Signature::from_slice(signature).expect("two scalars");
        key.verify(message, &signature).expect("valid");
    })
}

fn p256_ring(_: usize) -> Box<dyn FnMut()> {
    let (_, point) = atrium_crypto::did::parse_multikey(&multikey(&p256_key().did())).expect("a key");
    let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_FIXED, point);
    checks(&p256_tokens(256), move |message, signature| key.verify(message, signature).expect("valid"))
}

/// Presents each token once, to an authenticator that knows the keys of the issuers but no token.
fn requests(tokens: Vec<String>) -> Box<dyn FnMut()> {
    let authenticator = authenticator();
    let headers: Vec<String> = tokens.iter().map(|token| format!("Bearer {token}")).collect();
    let authenticate = move |header: &str| {
        let caller = authenticator.authenticate(Some(header), METHOD).now_or_never();
        black_box(caller.expect("there is nothing to wait for").expect("a good token"));
    };
    for tokens in [k256_tokens(1), p256_tokens(1)] {
        authenticate(&format!("Bearer {}", tokens[0]));
    }
    let mut next = 0;
    Box::new(move || {
        authenticate(&headers[next]);
        next += 1;
    })
}

fn reused(count: usize) -> Vec<String> {
    vec![k256_tokens(1).remove(0); count]
}

/// A token of each of as many issuers.
fn strangers(count: usize) -> Vec<String> {
    let letter = |digit: char| char::from(b'a' + digit as u8 - b'0');
    let issuer = |number: usize| format!("did:plc:{}", format!("{number:024}").chars().map(letter).collect::<String>());
    (0..count).map(|number| k256_token(&issuer(number), number)).collect()
}

fn k256_tokens(count: usize) -> Vec<String> {
    (0..count).map(|number| k256_token("did:plc:aliceaaaaaaaaaaaaaaaaaaa", number)).collect()
}

fn p256_tokens(count: usize) -> Vec<String> {
    let sign = |message: &[u8]| p256_key().sign(message).expect("signs");
    (0..count).map(|number| token("ES256", "did:plc:bobbbbbbbbbbbbbbbbbbbbbb", number, sign)).collect()
}

fn k256_token(issuer: &str, number: usize) -> String {
    token("ES256K", issuer, number, |message| k256_key().sign(message).expect("signs"))
}

fn hs256_tokens(count: usize) -> Vec<String> {
    let issuer = Did::new("did:plc:aliceaaaaaaaaaaaaaaaaaaa".to_owned()).expect("a DID");
    let now = DateTime::from_timestamp_secs(NOW).expect("a date");
    let mint = |_| mint_development_token(&secret(), &issuer, SERVICE, METHOD, Duration::from_secs(60), now);
    (0..count).map(mint).collect()
}

/// A token as a PDS mints it, with its own `jti`.
fn token(alg: &str, issuer: &str, number: usize, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let base64url = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let header = format!(r#"{{"typ":"JWT","alg":"{alg}"}}"#);
    let claims = format!(
        r#"{{"iat":{NOW},"iss":"{issuer}","aud":"{SERVICE}","exp":{},"lxm":"{METHOD}","jti":"{number:032x}"}}"#,
        NOW + 60
    );
    let message = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    let signature = base64url(&sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn authenticator() -> Authenticator {
    let clock = Arc::new(ManualClock::new(DateTime::from_timestamp_secs(NOW).expect("a date")));
    let mut config = AuthConfig::new(Did::new(SERVICE.to_owned()).expect("a DID"));
    config.jwt_secret = Some(secret());
    let replay = Arc::new(InMemoryReplay::new(clock.clone()));
    Authenticator::new(config, Arc::new(Documents), replay, clock, HashKey::new(SECRET.as_bytes()))
}

fn secret() -> DevelopmentSecret {
    DevelopmentSecret::new(SECRET).expect("long enough")
}

fn k256_key() -> Secp256k1Keypair {
    Secp256k1Keypair::import(&[1; 32]).expect("a scalar")
}

fn p256_key() -> P256Keypair {
    P256Keypair::import(&[1; 32]).expect("a scalar")
}

fn multikey(did_key: &str) -> String {
    did_key.trim_start_matches("did:key:").to_owned()
}

/// Bob signs with P-256, and everybody else with the same key of the other curve.
struct Documents;

impl DocumentSource for Documents {
    fn document<'a>(&'a self, did: &'a Did) -> BoxFuture<'a, Result<DidDocument, LookupError>> {
        let did_key = if did.as_str().contains("bob") { p256_key().did() } else { k256_key().did() };
        let method = VerificationMethod {
            id: format!("{}#atproto", did.as_str()),
            r#type: "Multikey".to_owned(),
            controller: did.as_str().to_owned(),
            public_key_multibase: Some(multikey(&did_key)),
        };
        let document = DidDocument {
            context: None,
            id: did.as_str().to_owned(),
            also_known_as: None,
            verification_method: Some(vec![method]),
            service: None,
        };
        ready(Ok(document)).boxed()
    }
}

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static KEPT: AtomicI64 = AtomicI64::new(0);

/// The system's allocator, with a tally.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        KEPT.fetch_add(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        KEPT.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}
