//! Those to be added to a conversation, and whether Welcome and commit agree with it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{InvalidCommit, JoinRefusal, Welcome};
use crate::{
    mls::ByValue,
    store::{key_package_use::Taken, members::Joiner},
};

/// A key package that a request names: whose it is and the SHA-256 of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    pub user_did: String,
    pub hash: Vec<u8>,
}

/// All users whose devices a change may add: those to be added, and those whose key packages are named.
pub fn users_concerned(users: &[String], named: &BTreeSet<Named>) -> Vec<String> {
    let all: BTreeSet<_> = users.iter().chain(named.iter().map(|named| &named.user_did)).collect();
    all.into_iter().cloned().collect()
}

/// Users to add, with the key packages that bring in their devices.
#[derive(Debug)]
pub struct Additions {
    actor: String,
    users: BTreeSet<String>,
    key_packages: Vec<Taken>,
}

impl Additions {
    pub(super) fn new(actor: &str, users: impl IntoIterator<Item = String>, key_packages: Vec<Taken>) -> Self {
        Self { actor: actor.to_owned(), users: users.into_iter().collect(), key_packages }
    }

    /// One member per device that a key package brings in, and one per user who brings none.
    pub(super) fn joiners(&self) -> Vec<Joiner> {
        let devices = self.key_packages.iter().map(|taken| Joiner {
            did: taken.did.clone(),
            user_did: taken.user_did.clone(),
            device_id: taken.device_id.clone(),
        });
        let with_device: HashSet<_> = self.key_packages.iter().map(|taken| taken.user_did.as_str()).collect();
        let users = self.users.iter().filter(|user| !with_device.contains(user.as_str())).map(|user| Joiner {
            did: user.clone(),
            user_did: user.clone(),
            device_id: None,
        });
        // A device may bring several key packages; it is one member all the same.
        let by_did: BTreeMap<_, _> = devices.chain(users).map(|joiner| (joiner.did.clone(), joiner)).collect();
        by_did.into_values().collect()
    }

    pub(super) fn key_packages(&self) -> &[Taken] {
        &self.key_packages
    }

    /// The Welcome must be for the key packages that the request names, for all of them and for no others.
    pub(super) fn check_welcome(&self, suite: &str, welcome: Option<&Welcome>) -> Result<(), JoinRefusal> {
        let invalid = |text: String| Err(JoinRefusal::InvalidWelcome(text));
        // One's own further devices need not be listed: their user is a member already.
        let stranger = self
            .key_packages
            .iter()
            .find(|taken| taken.user_did != self.actor && !self.users.contains(&taken.user_did));
        if let Some(taken) = stranger {
            return invalid(format!("a key package is named for {}, who is not to be added", taken.user_did));
        }
        let Some(welcome) = welcome else { return Ok(()) };
        if welcome.suite() != suite {
            return invalid(format!("the Welcome is for {}, the conversation for {suite}", welcome.suite()));
        }
        if welcome.recipients() != self.references() {
            return invalid("the Welcome and keyPackageHashes name different key packages".to_owned());
        }
        Ok(())
    }

    /// References of key packages that a public commit adds and the request doesn't name.
    pub(super) fn unnamed(&self, commit: &ByValue) -> Vec<Vec<u8>> {
        let named = self.references();
        let added = commit.adds.iter().map(|add| add.reference.as_bytes());
        added.filter(|reference| !named.contains(reference)).map(<[u8]>::to_vec).collect()
    }

    /// A public commit that holds its proposals itself shows which key packages it adds: those that are named, and
    /// others only if the conversation has used them up before, `used` in number.
    pub(super) fn check_public_commit(&self, commit: &ByValue, used: i64) -> Result<(), InvalidCommit> {
        let added: HashSet<_> = commit.adds.iter().map(|add| add.reference.as_bytes()).collect();
        let all_known = self.unnamed(commit).len() as i64 == used;
        // Proposals by reference may add more than the commit shows.
        let all_added = commit.references > 0 || self.references().is_subset(&added);
        if all_known && all_added {
            return Ok(());
        }
        Err(InvalidCommit("the commit adds other key packages than named".to_owned()))
    }

    fn references(&self) -> HashSet<&[u8]> {
        self.key_packages.iter().map(|taken| taken.reference.as_slice()).collect()
    }
}
