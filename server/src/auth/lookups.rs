//! How many requests may wait for DID documents at once.
//!
//! Whoever sends a token with a forged signature has its issuer looked up, and may choose one whose host takes its time.
//! So only so many may wait, and few for hosts of one domain: more are told to come back, which costs nothing, and who
//! names another domain does not notice. What is remembered is found without waiting.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use atrium_api::types::string::Did;

/// Requests that wait for the directory.
const MOST_OF_DIRECTORY: usize = 512;

/// Requests that wait for did:web hosts of one domain.
const MOST_OF_DOMAIN: usize = 16;

/// Requests that wait for did:web hosts, all together.
const MOST_OF_WEB: usize = 512;

/// Counts those that wait.
#[derive(Default)]
pub(super) struct Lookups(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    directory: usize,
    web: usize,
    by_domain: HashMap<String, usize>,
}

/// The right to wait; given back when dropped.
pub(super) struct Turn {
    lookups: Arc<Lookups>,
    /// Nothing for the directory.
    domain: Option<String>,
}

impl Lookups {
    /// Lets one more wait for a document; nothing when too many do.
    pub fn begin(self: &Arc<Self>, did: &Did) -> Option<Turn> {
        let domain = did.as_str().strip_prefix("did:web:").map(domain);
        let mut waiting = self.lock();
        match &domain {
            None if waiting.directory >= MOST_OF_DIRECTORY => return None,
            None => waiting.directory += 1,
            Some(_) if waiting.web >= MOST_OF_WEB => return None,
            Some(domain) => {
                let count = waiting.by_domain.entry(domain.clone()).or_default();
                if *count >= MOST_OF_DOMAIN {
                    return None;
                }
                *count += 1;
                waiting.web += 1;
            }
        }
        Some(Turn { lookups: Arc::clone(self), domain })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut waiting = self.lookups.lock();
        let Some(domain) = &self.domain else {
            waiting.directory -= 1;
            return;
        };
        waiting.web -= 1;
        if let Some(count) = waiting.by_domain.get_mut(domain) {
            *count -= 1;
            if *count == 0 {
                waiting.by_domain.remove(domain);
            }
        }
    }
}

/// What somebody has registered: all hosts in it may be theirs. A port is not part of it.
fn domain(host: &str) -> String {
    let host = host.split('%').next().unwrap_or_default();
    psl::domain_str(host).unwrap_or(host).to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use atrium_api::types::string::Did;

    use super::{Lookups, MOST_OF_DOMAIN, domain};

    fn did(text: &str) -> Did {
        Did::new(text.to_owned()).unwrap()
    }

    #[test]
    fn hosts_of_one_domain_wait_for_each_other_alone() {
        let lookups = Arc::new(Lookups::default());
        let begin = |text: &str| lookups.begin(&did(text));
        let turns: Vec<_> =
            (0..MOST_OF_DOMAIN).map(|number| begin(&format!("did:web:{number}.evil.example")).unwrap()).collect();
        assert!(begin("did:web:another.evil.example").is_none());
        assert!(begin("did:web:evil.example").is_none());
        assert!(begin("did:web:good.example").is_some());
        assert!(begin("did:plc:aliceaaaaaaaaaaaaaaaaaaa").is_some());
        drop(turns);
        assert!(begin("did:web:another.evil.example").is_some());
        assert!(lookups.lock().by_domain.is_empty());
    }

    #[test]
    fn a_domain_is_what_somebody_can_register() {
        for (host, expected) in [
            ("a.b.example.com", "example.com"),
            ("a.example.co.uk", "example.co.uk"),
            // Anybody can have a name there, as under a country's.
            ("alice.github.io", "alice.github.io"),
            ("localhost%3A3000", "localhost"),
        ] {
            assert_eq!(domain(host), expected);
        }
    }
}
