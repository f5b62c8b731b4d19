//! What clients do: the requests of each kind of load, written byte by byte from what was encoded ahead.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    mls,
    population::{Population, user_did},
    random::Random,
    stock::{SUITE, Stock},
    token::{Profile, Tokens},
};

/// The namespace of all methods.
const NAMESPACE: &str = "blue.catbird.mls";

/// A kind of load.
#[derive(Clone, Debug)]
pub enum Job {
    /// sendMessage with this many bytes.
    Send { bytes: usize },
    /// sendMessage, to one conversation after the other by whoever is its first member.
    Touch { bytes: usize },
    /// getMessages: 50 entries from anywhere among the newest `window` of a log of `entries`.
    Read { entries: usize, window: usize },
    /// getMessages: 100 entries at a time from the beginning of a log to its end, again and again.
    Walk { entries: usize },
    /// Ten times getMessages of the newest 50, then a sendMessage of 1 KiB.
    Mixed,
    /// createConvo with nine others and a Welcome.
    Create(Stock),
    /// getKeyPackages of one user.
    Claim(Stock),
}

impl Job {
    /// The method that most requests call. Tokens that are made ahead are for it.
    pub fn method(&self) -> String {
        let name = match self {
            Self::Send { .. } | Self::Touch { .. } => "sendMessage",
            Self::Read { .. } | Self::Walk { .. } | Self::Mixed => "getMessages",
            Self::Create(_) => "createConvo",
            Self::Claim(_) => "getKeyPackages",
        };
        format!("{NAMESPACE}.{name}")
    }
}

/// What the clients of one load share.
pub struct Plan {
    job: Job,
    population: Arc<Population>,
    tokens: Tokens,
    /// For the sends among reads.
    send_tokens: Tokens,
    /// The ends of sendMessage's inputs, from after the message id on, by conversation.
    bodies: Vec<Box<[u8]>>,
    /// How often a client has taken something that must be taken in turn.
    turns: AtomicUsize,
}

impl Plan {
    /// Prepares a load.
    pub fn new(job: Job, population: Arc<Population>, tokens: Tokens) -> Self {
        let send_tokens = Tokens::new(Profile::FreshHs256, &Job::Send { bytes: 0 }.method(), &population, 0);
        let bytes = match job {
            Job::Send { bytes } | Job::Touch { bytes } => Some(bytes),
            Job::Mixed => Some(1024),
            _ => None,
        };
        let body = |bytes| population.convos.iter().map(move |convo| body(convo, bytes)).collect();
        let bodies = bytes.map(body).unwrap_or_default();
        Self { job, population, tokens, send_tokens, bodies, turns: AtomicUsize::new(0) }
    }
}

impl Plan {
    /// How many requests of those that are made in turn were begun.
    pub fn turns_taken(&self) -> usize {
        self.turns.load(Ordering::Relaxed)
    }

    /// Whether an answer is what the job is meant to get: a page that is not full would make reading look fast.
    pub fn check(&self, body: &[u8]) -> Result<(), String> {
        let expected = match self.job {
            Job::Read { .. } | Job::Mixed => 50,
            Job::Walk { .. } => 100,
            _ => return Ok(()),
        };
        let answer: Value = serde_json::from_slice(body).map_err(|error| format!("an answer is no JSON: {error}"))?;
        match answer["messages"].as_array().map_or(0, Vec::len) {
            found if found == expected => Ok(()),
            found => Err(format!("a page has {found} entries instead of {expected}")),
        }
    }
}

/// Everything of a sendMessage input that follows the message id.
fn body(convo_id: &str, bytes: usize) -> Box<[u8]> {
    let group_id = hex::decode(convo_id).expect("convo ids are made as hexadecimal");
    let ciphertext = base64_simd::STANDARD_NO_PAD.encode_to_string(mls::private_message(&group_id, bytes));
    let text = format!(r#"","convoId":"{convo_id}","epoch":0,"ciphertext":{{"$bytes":"{ciphertext}"}}}}"#);
    text.into_bytes().into()
}

/// One client of a load.
pub struct Client {
    plan: Arc<Plan>,
    random: Random,
    requests: usize,
    /// Where a walk has come to.
    place: usize,
}

impl Client {
    /// A client whose choices follow from `seed`. No two clients of a run may have the same one.
    pub fn new(plan: Arc<Plan>, seed: u64) -> Self {
        Self { plan, random: Random::new(seed), requests: 0, place: 0 }
    }

    /// Writes the next request. False when there is nothing left to do it with.
    pub fn next(&mut self, out: &mut Vec<u8>) -> bool {
        out.clear();
        self.requests += 1;
        let plan = Arc::clone(&self.plan);
        let written = match &plan.job {
            Job::Send { .. } => self.send(&plan, &plan.tokens, out),
            Job::Touch { .. } => self.touch(&plan, out),
            Job::Read { entries, window } => {
                let since = entries - window + self.random.below(window - 49);
                self.read(&plan, Some(since), 50, out)
            }
            Job::Walk { entries } => {
                let since = self.place;
                self.place = if since + 100 >= *entries { 0 } else { since + 100 };
                self.read(&plan, Some(since), 100, out)
            }
            Job::Mixed if self.requests.is_multiple_of(11) => self.send(&plan, &plan.send_tokens, out),
            Job::Mixed => self.read(&plan, None, 50, out),
            Job::Create(stock) => self.create(&plan, stock, out),
            Job::Claim(stock) => self.claim(&plan, stock, out),
        };
        written.is_some()
    }

    fn send(&mut self, plan: &Plan, tokens: &Tokens, out: &mut Vec<u8>) -> Option<()> {
        out.extend_from_slice(POST_SEND);
        let user = tokens.write(&plan.population, &mut self.random, out)?;
        let convo = plan.population.some_convo_of(user, &mut self.random);
        self.finish_send(plan, convo, out);
        Some(())
    }

    fn touch(&mut self, plan: &Plan, out: &mut Vec<u8>) -> Option<()> {
        let convo = plan.turns.fetch_add(1, Ordering::Relaxed) % plan.population.convos.len();
        let user = plan.population.members(convo).next()?;
        out.extend_from_slice(POST_SEND);
        plan.tokens.write_for(user, &mut self.random, out)?;
        self.finish_send(plan, convo, out);
        Some(())
    }

    fn finish_send(&mut self, plan: &Plan, convo: usize, out: &mut Vec<u8>) {
        const START: &[u8] = br#"{"msgId":""#;
        let rest = &plan.bodies[convo];
        finish_head(START.len() + 36 + rest.len(), out);
        out.extend_from_slice(START);
        let random = u128::from(self.random.next()) << 64 | u128::from(self.random.next());
        let id = uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid();
        out.extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        out.extend_from_slice(rest);
    }

    fn read(&mut self, plan: &Plan, since: Option<usize>, limit: usize, out: &mut Vec<u8>) -> Option<()> {
        // The token says which conversations there are to read, but stands behind the address.
        let mut token = Vec::with_capacity(512);
        let user = plan.tokens.write(&plan.population, &mut self.random, &mut token)?;
        let convo = &plan.population.convos[plan.population.some_convo_of(user, &mut self.random)];
        write(out, format_args!("GET /xrpc/{NAMESPACE}.getMessages?convoId={convo}&limit={limit}"));
        if let Some(since) = since {
            write(out, format_args!("&sinceSeq={since}"));
        }
        finish_get(&token, out);
        Some(())
    }

    fn create(&mut self, plan: &Plan, stock: &Stock, out: &mut Vec<u8>) -> Option<()> {
        let turn = plan.turns.fetch_add(1, Ordering::Relaxed);
        let creator = turn % stock.users;
        let guests: Vec<_> = (1..10).map(|place| (creator + place) % stock.users).collect();
        // Each user is a guest once in `stock.users` turns for each of the nine places.
        let mut references = Vec::new();
        let mut hashes = Vec::new();
        for (place, guest) in guests.iter().enumerate() {
            let number = turn / stock.users * 9 + place;
            let key_package = stock.key_package(*guest, number)?;
            references.push(key_package.reference);
            hashes.push(json!({"did": key_package.did, "hash": hex::encode(key_package.hash)}));
        }
        let dids: Vec<_> = guests.iter().map(|guest| user_did(*guest)).collect();
        let input = json!({
            "groupId": format!("{:016x}{:016x}", self.random.next(), self.random.next()),
            "cipherSuite": SUITE,
            "initialMembers": dids,
            "welcomeMessage": base64_simd::STANDARD.encode_to_string(mls::welcome(&references)),
            "keyPackageHashes": hashes,
            "currentEpoch": 1,
        });
        let body = input.to_string();
        write(
            out,
            format_args!("POST /xrpc/{NAMESPACE}.createConvo HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer "),
        );
        plan.tokens.write_for(creator, &mut self.random, out)?;
        finish_head(body.len(), out);
        out.extend_from_slice(body.as_bytes());
        Some(())
    }

    fn claim(&mut self, plan: &Plan, stock: &Stock, out: &mut Vec<u8>) -> Option<()> {
        let turn = plan.turns.fetch_add(1, Ordering::Relaxed);
        if turn >= stock.users * stock.per_user {
            return None;
        }
        // No caller asks for the same user twice, which would be answered with the same key package.
        let (caller, target) = (turn % stock.users, (turn / stock.users + turn) % stock.users);
        let did = user_did(target);
        let mut token = Vec::with_capacity(512);
        plan.tokens.write_for(caller, &mut self.random, &mut token)?;
        write(out, format_args!("GET /xrpc/{NAMESPACE}.getKeyPackages?dids={did}"));
        finish_get(&token, out);
        Some(())
    }
}

const POST_SEND: &[u8] = b"POST /xrpc/blue.catbird.mls.sendMessage HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ";

fn finish_head(content_length: usize, out: &mut Vec<u8>) {
    write(out, format_args!("\r\ncontent-type: application/json\r\ncontent-length: {content_length}\r\n\r\n"));
}

fn finish_get(token: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b" HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ");
    out.extend_from_slice(token);
    out.extend_from_slice(b"\r\n\r\n");
}

fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to memory doesn't fail");
}
