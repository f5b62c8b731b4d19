//! Being added anew: requestRejoin, readdition.

use catbird_lexicon::blue::catbird::mls::{
    errors,
    readdition::{self, Readdition},
    request_rejoin::{self, RequestRejoin},
};
use lexicon_runtime::{
    error::{DeclaredError, Failure},
    formats::Datetime,
};

use super::{Api, Caller, publishable::Publishable, refusals::not_found_or_unauthorized};
use crate::{
    log::{AccessRefusal, Change, RejoinRefusal},
    store::{conversations, key_packages},
};

impl RequestRejoin for Api {
    async fn request_rejoin(
        &self,
        caller: Caller,
        input: request_rejoin::Input,
    ) -> Result<request_rejoin::Output, Failure<request_rejoin::Error>> {
        let (convo_id, now) = (&input.convo_id, self.now());
        let convo = conversations::view_of(&mut *self.connection().await?, convo_id, caller.did(), now).await?;
        let convo = convo.ok_or_else(nowhere)?;
        let package = self.check_fresh(&caller, &input.key_package, &convo.cipher_suite)?;

        let mut tx = self.begin().await?;
        key_packages::take_turns(&mut tx, caller.did()).await?;
        let change = Change::open(&self.log, &mut tx, convo_id, caller.did(), now).await;
        let mut change = match change {
            Ok(change) => change,
            Err(AccessRefusal::Store(error)) => return Err(error.into()),
            Err(AccessRefusal::ConvoNotFound | AccessRefusal::NotMember) => return Err(nowhere().into()),
        };
        let reason = input.reason.as_ref().map(|reason| reason.as_str());
        let request = change.ask_to_rejoin(&package.row(caller.did(), now), reason).await.map_err(refuse)?;
        change.finish().await?;
        self.note_published(&mut tx, &caller, &[package]).await?;
        self.commit(tx).await?;
        Ok(request_rejoin::Output {
            request_id: request.request_id.to_string(),
            pending: request.approved_at.is_none(),
            approved_at: request.approved_at.map(Datetime::from),
        })
    }
}

impl Api {
    /// What is left for rejoining must be as good as what is published, and for once.
    fn check_fresh(
        &self,
        caller: &Caller,
        key_package: &str,
        suite: &str,
    ) -> Result<Publishable, errors::InvalidKeyPackage> {
        let package = self.check(caller, key_package, suite, None);
        let package = package.map_err(|error| errors::InvalidKeyPackage::new(error.message().to_owned()))?;
        if package.checked.last_resort {
            return Err(errors::InvalidKeyPackage::new("A last-resort key package can't be set aside."));
        }
        Ok(package)
    }
}

fn nowhere() -> errors::ConvoNotFound {
    errors::ConvoNotFound::new("You are in no such conversation.")
}

fn refuse(refusal: RejoinRefusal) -> Failure<request_rejoin::Error> {
    match refusal {
        RejoinRefusal::WelcomeWaits => errors::AlreadyMember::new(refusal.to_string()).into(),
        RejoinRefusal::KeyPackageKnown | RejoinRefusal::DeviceNotMember(_) => {
            errors::InvalidKeyPackage::new(refusal.to_string()).into()
        }
        RejoinRefusal::Store(error) => error.into(),
    }
}

impl Readdition for Api {
    async fn readdition(
        &self,
        caller: Caller,
        input: readdition::Input,
    ) -> Result<readdition::Output, Failure<readdition::Error>> {
        let mut tx = self.begin().await?;
        let change = Change::open(&self.log, &mut tx, &input.convo_id, caller.did(), self.now()).await;
        let mut change = change.map_err(not_found_or_unauthorized)?;
        let census = change.ask_to_be_readded().await?;
        if census.devices <= 1 {
            return Err(errors::NoActiveMembers::new("Nobody else is in the conversation.").into());
        }
        change.finish().await?;
        self.commit(tx).await?;
        Ok(readdition::Output { requested: true, active_members: Some(census.other_users) })
    }
}
