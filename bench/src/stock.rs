//! Key packages in the database that no device ever made: the server hands them out and takes them back unread.

use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::{Fallible, population::user_did};

/// The suite of everything in the benchmark.
pub const SUITE: &str = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

/// `per_user` key packages for each of the first `users` users.
#[derive(Clone, Debug)]
pub struct Stock {
    name: &'static str,
    pub users: usize,
    pub per_user: usize,
}

/// A key package as createConvo names it.
pub struct KeyPackage {
    pub did: String,
    pub hash: [u8; 32],
    pub reference: [u8; 32],
}

impl Stock {
    /// A stock whose key packages differ from those of stocks with another name.
    pub fn new(name: &'static str, users: usize, per_user: usize) -> Self {
        Self { name, users, per_user }
    }

    /// A user's key package by number; none beyond the stock.
    pub fn key_package(&self, user: usize, number: usize) -> Option<KeyPackage> {
        let digest = |what| Sha256::digest(format!("{} {what} {user} {number}", self.name)).into();
        let key_package = || KeyPackage { did: user_did(user), hash: digest("hash"), reference: digest("reference") };
        (number < self.per_user).then(key_package)
    }

    /// Stores all of it.
    pub async fn fill(&self, db: &mut PgConnection) -> Fallible<()> {
        let dids: Vec<_> = (0..self.users).map(user_did).collect();
        sqlx::query(
            "INSERT INTO key_packages (hash, reference, user_did, did, cipher_suite, content, last_resort, published_at,
                expires_at, lifetime_end)
            SELECT sha256(convert_to(format('%s hash %s %s', $1, u.number - 1, p), 'UTF8')),
                sha256(convert_to(format('%s reference %s %s', $1, u.number - 1, p), 'UTF8')),
                u.did, u.did, $2, decode(repeat('5a', 300), 'hex'), false, now() - interval '1 day' + p * interval '1 s',
                now() + interval '30 days', now() + interval '30 days'
            FROM unnest($3::text[]) WITH ORDINALITY AS u (did, number), generate_series(0, $4 - 1) AS p",
        )
        .bind(self.name)
        .bind(SUITE)
        .bind(&dids)
        .bind(i32::try_from(self.per_user)?)
        .execute(&mut *db)
        .await?;
        sqlx::query("VACUUM ANALYZE key_packages").execute(db).await?;
        Ok(())
    }
}
