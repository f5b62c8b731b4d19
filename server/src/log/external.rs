//! External commits: how a device of a member comes into the group without being added.

use sqlx::PgConnection;

use super::{Change, Commit, CommitRefusal, ExternalRefusal, InvalidCommit, InvalidGroupInfo, Log, change};
use crate::{
    mls::{self, DeviceIdentity, ExternalJoin, TreeMember},
    store::{
        Timestamp, devices,
        events::{NewEvent, Occurrence},
        group_infos, lost_commits, member_devices,
        members::{self, JoinPoint, Joiner},
        welcomes,
    },
};

/// A device that joins, and the one in whose place it does.
struct Arrival {
    device: DeviceIdentity,
    /// A device of the same user that has no leaf any more.
    gone: Option<DeviceIdentity>,
}

impl<'c> Change<'c> {
    /// Begins a change by an external commit: verifies it by the GroupInfo of its epoch, and lists the device that
    /// joins. Of several racing commits the first to hold the lock is taken, as in [`begin`](Self::begin).
    pub async fn begin_external(
        log: &'c Log,
        conn: &'c mut PgConnection,
        convo_id: &str,
        actor: &'c str,
        commit: Commit,
        now: Timestamp,
    ) -> Result<Self, ExternalRefusal> {
        change::role_of(conn, convo_id, actor).await?;
        let stored = group_infos::current_for(conn, convo_id, actor).await?;
        // Signatures and a tree's hash take time: the lock comes after them. What was verified is the commit of this epoch,
        // and under the lock it is seen whether that is still the current one.
        let arrival = match stored.filter(|stored| stored.epoch == commit.epoch()) {
            Some(stored) => {
                let bytes = commit.bytes().clone();
                let join = log.work.run(move || mls::verify_external_commit(&bytes, &stored.content)).await?;
                Some(arrival(join, actor)?)
            }
            None => None,
        };
        devices::take_turns_joining(conn, &[actor.to_owned()]).await?;
        let mut change = Self::open(log, conn, convo_id, actor, now).await?;
        commit.check(&change.convo, actor)?;
        let Some(arrival) = arrival else {
            let text = "the commit can't be verified: no GroupInfo of the current epoch is stored";
            return Err(InvalidGroupInfo(text.to_owned()).into());
        };
        change.commit = Some(commit);
        change.arrive(&arrival).await?;
        Ok(change)
    }

    /// Lists the device as a member, where it isn't one, in the place of the one that is gone. Welcomes for either lead
    /// nowhere now.
    async fn arrive(&mut self, arrival: &Arrival) -> Result<(), ExternalRefusal> {
        let convo_id = self.convo.convo_id.clone();
        let did = arrival.device.to_string();
        let mut dids = vec![did.clone()];
        if members::first_active(self.conn, &convo_id, &dids, &[]).await?.is_none() {
            self.list(&arrival.device).await?;
        }
        if let Some(gone) = &arrival.gone {
            let gone = gone.to_string();
            member_devices::hand_over(self.conn, &convo_id, &gone, &did).await?;
            dids.push(gone);
        }
        self.settle_requests(&dids).await?;
        lost_commits::pass_over(self.conn, &convo_id, &dids, self.now).await?;
        welcomes::withdraw_from_devices(self.conn, &convo_id, &dids).await?;
        Ok(())
    }

    async fn list(&mut self, device: &DeviceIdentity) -> Result<(), ExternalRefusal> {
        let joiner = Joiner {
            did: device.to_string(),
            user_did: device.user_did.clone(),
            device_id: device.device_id.map(|id| id.to_string()),
        };
        let point = JoinPoint { seq: self.seq(), app_count: self.convo.app_count, at: self.at() };
        members::join(self.conn, &self.convo.convo_id, std::slice::from_ref(&joiner), point).await?;
        if self.census().await?.devices > change::MAX_DEVICES {
            let text = format!("the conversation may have at most {} devices", change::MAX_DEVICES);
            return Err(CommitRefusal::from(InvalidCommit(text)).into());
        }
        let waiting = self.settle_devices(&[joiner]).await?;
        self.events.push(NewEvent::new(Occurrence::Joined, self.actor));
        self.events.extend(waiting);
        Ok(())
    }
}

/// Who arrives by a verified commit, if it concerns the actor's own leaves alone.
fn arrival(join: ExternalJoin, actor: &str) -> Result<Arrival, CommitRefusal> {
    let Some(device) = mls::identity_belongs_to(&join.identity, actor) else {
        return Err(InvalidCommit("the commit brings in somebody else".to_owned()).into());
    };
    let own = |member: &TreeMember| mls::identity_belongs_to(member.identity.as_deref()?, actor);
    let gone = match &join.removed {
        None => None,
        Some(removed) => {
            let text = "the commit removes a leaf of somebody else";
            Some(own(removed).ok_or_else(|| InvalidCommit(text.to_owned()))?)
        }
    };
    // A device stays listed that comes back, or that has another leaf.
    let gone =
        gone.filter(|gone| *gone != device && !join.others.iter().any(|other| own(other).as_ref() == Some(gone)));
    Ok(Arrival { device, gone })
}
