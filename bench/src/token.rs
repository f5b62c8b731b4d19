//! Service tokens as a PDS makes them: a fresh one per request, or one that is used again and again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use atrium_crypto::keypair::{Did as _, Secp256k1Keypair};
use base64_simd::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::{
    population::{Population, USERS, user_did},
    random::Random,
};

/// What HS256 tokens are made with.
pub const JWT_SECRET: &str = "a secret that benchmark and server share";
/// The service that tokens are for.
pub const SERVICE_DID: &str = "did:web:bench.test";
/// As long as servers accept.
const LIFETIME: u64 = 300;

/// How a load gets its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A new HS256 token per request.
    FreshHs256,
    /// A new ES256K token per request, as through a PDS. Signing costs more than anything else that a client does, so
    /// they are signed ahead, outside of the measured time.
    FreshEs256k,
    /// One ES256K token per user and method, used again.
    ReusedEs256k,
}

/// Makes tokens for one method. Clones share what was made ahead.
#[derive(Clone)]
pub enum Tokens {
    Hs256(Hs256),
    Ahead { signed: Arc<Vec<(usize, String)>>, next: Arc<AtomicUsize> },
    Reused(Arc<Vec<String>>),
}

impl Tokens {
    /// Tokens for `method`; at most `count` if they have to be made ahead, for users of the population in turn.
    pub fn new(profile: Profile, method: &str, population: &Population, count: usize) -> Self {
        match profile {
            Profile::FreshHs256 => Self::Hs256(Hs256::new(method)),
            Profile::FreshEs256k => {
                let mut random = Random::new(count as u64);
                let users: Vec<_> = (0..count).map(|_| population.some_user(&mut random)).collect();
                let signed =
                    Arc::new(sign_all(&users, method).into_iter().enumerate().map(|(n, t)| (users[n], t)).collect());
                Self::Ahead { signed, next: Arc::default() }
            }
            Profile::ReusedEs256k => Self::Reused(Arc::new(sign_all(&(0..USERS).collect::<Vec<_>>(), method))),
        }
    }

    /// Writes a token and says whose it is; nothing when those made ahead are used up.
    pub fn write(&self, population: &Population, random: &mut Random, out: &mut Vec<u8>) -> Option<usize> {
        match self {
            Self::Hs256(maker) => {
                let user = population.some_user(random);
                maker.write(user, random, out);
                Some(user)
            }
            Self::Ahead { signed, next } => {
                let (user, token) = signed.get(next.fetch_add(1, Ordering::Relaxed))?;
                out.extend_from_slice(token.as_bytes());
                Some(*user)
            }
            Self::Reused(tokens) => {
                let user = population.some_user(random);
                out.extend_from_slice(tokens[user].as_bytes());
                Some(user)
            }
        }
    }
}

impl Tokens {
    /// Writes a token of this user; nothing when tokens are made ahead, for users who can't be chosen then.
    pub fn write_for(&self, user: usize, random: &mut Random, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Hs256(maker) => maker.write(user, random, out),
            Self::Ahead { .. } => return None,
            Self::Reused(tokens) => out.extend_from_slice(tokens[user].as_bytes()),
        }
        Some(())
    }
}

/// Makes HS256 tokens.
#[derive(Clone)]
pub struct Hs256 {
    mac: Hmac<Sha256>,
    dids: Arc<Vec<String>>,
    /// The end of the claims, up to the value of `jti`.
    tail: Arc<str>,
}

impl Hs256 {
    fn new(method: &str) -> Self {
        let mac = Hmac::new_from_slice(JWT_SECRET.as_bytes()).expect("HMAC takes keys of any length");
        Self { mac, dids: Arc::new((0..USERS).map(user_did).collect()), tail: claims_tail(method).into() }
    }

    fn write(&self, user: usize, random: &mut Random, out: &mut Vec<u8>) {
        let start = out.len();
        write_message("HS256", &self.dids[user], &self.tail, random, out);
        let signature = self.mac.clone().chain_update(&out[start..]).finalize().into_bytes();
        out.push(b'.');
        URL_SAFE_NO_PAD.encode_append(signature, out);
    }
}

fn claims_tail(method: &str) -> String {
    let now = now();
    let exp = now + LIFETIME;
    format!(r#"","aud":"{SERVICE_DID}","lxm":"{method}","iat":{now},"exp":{exp},"jti":""#)
}

/// What a token's signature covers.
fn write_message(algorithm: &str, did: &str, tail: &str, random: &mut Random, out: &mut Vec<u8>) {
    URL_SAFE_NO_PAD.encode_append(format!(r#"{{"typ":"JWT","alg":"{algorithm}"}}"#), out);
    out.push(b'.');
    let claims = format!(r#"{{"iss":"{did}{tail}{:016x}{:016x}"}}"#, random.next(), random.next());
    URL_SAFE_NO_PAD.encode_append(claims, out);
}

/// Signs one ES256K token for each of the users, on all cores.
fn sign_all(users: &[usize], method: &str) -> Vec<String> {
    let keys: Vec<_> = (0..USERS).map(|user| (user_did(user), signing_key(user))).collect();
    let tail = claims_tail(method);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = users.len().div_ceil(cores).max(1);
    let (keys, tail) = (&keys, tail.as_str());
    thread::scope(|scope| {
        let parts: Vec<_> = users
            .chunks(share)
            .enumerate()
            .map(|(part, users)| {
                // Token ids must differ between the parts, and between this call and others.
                let mut random = Random::new(now() << 8 | part as u64);
                scope.spawn(move || users.iter().map(|user| sign(&keys[*user], tail, &mut random)).collect::<Vec<_>>())
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("signing doesn't panic")).collect()
    })
}

fn sign((did, key): &(String, Secp256k1Keypair), tail: &str, random: &mut Random) -> String {
    let mut token = Vec::with_capacity(512);
    write_message("ES256K", did, tail, random, &mut token);
    let signature = key.sign(&token).expect("signing works with any key");
    token.push(b'.');
    URL_SAFE_NO_PAD.encode_append(signature, &mut token);
    String::from_utf8(token).expect("base64 is text")
}

fn signing_key(user: usize) -> Secp256k1Keypair {
    let seed = Sha256::digest(format!("key {user}"));
    Secp256k1Keypair::import(&seed).expect("a digest is a key, but for one in 2^128")
}

/// The public key of a user as DID documents write it.
pub fn public_key(user: usize) -> String {
    signing_key(user).did().trim_start_matches("did:key:").to_owned()
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "tokens for a real server live in real time")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
