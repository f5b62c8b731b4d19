//! Whether a Welcome leads anywhere: validateWelcome.

use catbird_lexicon::blue::catbird::mls::{
    errors,
    validate_welcome::{self, ValidateWelcome},
};
use lexicon_runtime::{error::Failure, formats::Datetime};

use super::{Api, Caller};
use crate::{
    clock, mls,
    store::{
        Timestamp,
        welcome_checks::{self, Addressed},
    },
};

/// Key packages that a Welcome names at most: as many as a request may name beside one.
const MOST_RECIPIENTS: usize = 10_000;

impl ValidateWelcome for Api {
    async fn validate_welcome(
        &self,
        caller: Caller,
        input: validate_welcome::Input,
    ) -> Result<validate_welcome::Output, Failure<validate_welcome::Error>> {
        let content = input.welcome_message.into_inner();
        let welcome = mls::welcome(&content).map_err(|error| errors::InvalidWelcome::new(error.to_string()))?;
        if welcome.recipients.len() > MOST_RECIPIENTS {
            let text = format!("A Welcome is for at most {MOST_RECIPIENTS} key packages.");
            return Err(errors::InvalidWelcome::new(text).into());
        }
        let references: Vec<_> = welcome.recipients.iter().map(|reference| reference.as_bytes().to_vec()).collect();
        let (user, now) = (caller.did(), self.now());
        let mut conn = self.connection().await?;
        let addressed = welcome_checks::addressed(&mut conn, &references, user, &content, now).await?;
        if addressed.is_empty() {
            return Err(errors::KeyPackageNotFound::new("Nobody here has a key package that the Welcome names.").into());
        }
        let own = addressed.into_iter().filter(|package| package.user_did == user);
        let Some(package) = own.min_by_key(|package| (package.waits_in.is_none(), package.is_consumed)) else {
            return Err(errors::RecipientMismatch::new("The Welcome is for none of your devices.").into());
        };
        let valid = leads_somewhere(&package, user, now)?;
        let is_held = package.held_by.as_deref() == Some(user);
        let held_until = package.held_until.filter(|_| is_held);
        Ok(validate_welcome::Output {
            valid,
            key_package_hash: hex::encode(&package.hash),
            recipient_did: Some(caller.did.clone()),
            group_id: package.waits_in,
            reserved: Some(is_held),
            reserved_until: held_until.map(|until| Datetime::from(clock::bucket(until))),
        })
    }
}

/// Whether the Welcome that a user's key package is named by waits for them, or may be in the making.
fn leads_somewhere(package: &Addressed, user: &str, now: Timestamp) -> Result<bool, validate_welcome::Error> {
    match &package.held_by {
        _ if package.waits_in.is_some() => Ok(true),
        _ if package.is_consumed => {
            let text = "The key package was used up, and no such Welcome waits for you.";
            Err(errors::KeyPackageAlreadyConsumed::new(text).into())
        }
        _ if package.expires_at <= now => Err(errors::KeyPackageNotFound::new("The key package has expired.").into()),
        Some(holder) if holder != user => {
            let text = "Somebody else has the key package reserved, and such a Welcome has not come so far.";
            Err(errors::KeyPackageReserved::new(text).into())
        }
        holder => Ok(holder.is_some()),
    }
}
