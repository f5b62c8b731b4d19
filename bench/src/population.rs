//! Users, and which of them are in which conversation. Everything follows from numbers, so that it needs no storing.

use sha2::{Digest, Sha256};

use crate::random::Random;

/// How many users there are. Enough that no cache gets by with a handful of them, few enough to make keys for.
pub const USERS: usize = 1000;

/// The DID of a user.
pub fn user_did(user: usize) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let digest = Sha256::digest(format!("user {user}"));
    let name: String = digest.iter().take(24).map(|byte| char::from(DIGITS[usize::from(byte & 31)])).collect();
    format!("did:plc:{name}")
}

/// Conversations of users.
#[derive(Clone, Debug)]
pub struct Population {
    /// Ids, which are MLS group ids in hexadecimal.
    pub convos: Vec<String>,
    members_each: usize,
    /// The conversations that each user is in.
    of_user: Vec<Vec<u32>>,
    /// The users who are in any.
    active: Vec<u32>,
}

impl Population {
    /// `convos` conversations of `members_each` users, with ids that depend on `name`.
    pub fn new(name: &str, convos: usize, members_each: usize) -> Self {
        let ids = (0..convos).map(|convo| hex::encode(&Sha256::digest(format!("{name} {convo}"))[..16])).collect();
        let mut population = Self { convos: ids, members_each, of_user: vec![Vec::new(); USERS], active: Vec::new() };
        for convo in 0..convos {
            for user in population.members(convo) {
                population.of_user[user].push(convo as u32);
            }
        }
        population.active = (0..USERS as u32).filter(|user| !population.of_user[*user as usize].is_empty()).collect();
        population
    }

    /// The members of a conversation, the creator first.
    pub fn members(&self, convo: usize) -> impl Iterator<Item = usize> + use<> {
        let (first, count) = (convo * self.members_each, self.members_each);
        (0..count).map(move |place| (first + place) % USERS)
    }

    /// A user who is in some conversation.
    pub fn some_user(&self, random: &mut Random) -> usize {
        self.active[random.below(self.active.len())] as usize
    }

    /// One of a user's conversations.
    pub fn some_convo_of(&self, user: usize, random: &mut Random) -> usize {
        let convos = &self.of_user[user];
        convos[random.below(convos.len())] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_a_member_of_the_conversations_drawn_for_them() {
        let population = Population::new("test", 300, 10);
        let mut random = Random::new(1);
        for _ in 0..1000 {
            let user = population.some_user(&mut random);
            let convo = population.some_convo_of(user, &mut random);
            assert!(population.members(convo).any(|member| member == user));
        }
    }

    #[test]
    fn users_have_different_dids_of_the_usual_form() {
        let dids: std::collections::HashSet<_> = (0..USERS).map(user_did).collect();
        assert_eq!(dids.len(), USERS);
        assert!(dids.iter().all(|did| did.len() == "did:plc:".len() + 24));
    }
}
