//! Whether a device is where it should be: validateDeviceState, getExpectedConversations.

use std::collections::HashSet;

use catbird_lexicon::blue::catbird::mls::{
    errors,
    get_expected_conversations::{self, ExpectedConversation, GetExpectedConversations},
    validate_device_state::{self, KeyPackageInventory, ValidateDeviceState},
};
use lexicon_runtime::{
    error::{Failure, Refusal},
    formats::Datetime,
};

use super::{Api, Caller, convert};
use crate::store::{
    device_state::{self, Expected, State},
    devices::{self, Ownership},
    lost_commits,
};

/// What is wrong, and what to do about it.
type Finding = (String, &'static str);

impl ValidateDeviceState for Api {
    async fn validate_device_state(
        &self,
        caller: Caller,
        params: validate_device_state::Params,
    ) -> Result<validate_device_state::Output, Failure<validate_device_state::Error>> {
        let device = device_id(params.device_id.as_deref())?;
        let mut conn = self.connection().await?;
        let state = device_state::state(&mut conn, caller.did(), device.as_deref(), self.now()).await?;
        let target = self.limits.key_package_threshold;
        let has_device = device.is_some();
        let usable = if has_device { state.of_device } else { state.available };
        let needs_replenishment = usable < target;
        let mut findings = if has_device { misplaced(&state) } else { Vec::new() };
        let behind = lost_commits::fallen_behind(&mut conn, caller.did(), self.now()).await?.len();
        if behind > 0 {
            let text = format!("Commits that were not received have expired in {behind} conversations.");
            findings.push((text, "Come back to them with processExternalCommit or requestRejoin."));
        }
        if needs_replenishment {
            let text = format!("{usable} key packages are left, and there should be {target} at least.");
            findings.push((text, "Publish more key packages."));
        }
        let (issues, recommendations): (Vec<_>, Vec<_>) =
            findings.into_iter().map(|(issue, advice)| (issue, advice.to_owned())).unzip();
        Ok(validate_device_state::Output {
            is_valid: issues.is_empty(),
            issues,
            recommendations,
            expected_convos: Some(state.convos),
            actual_convos: has_device.then_some(state.convos_of_device),
            key_package_inventory: Some(KeyPackageInventory {
                available: state.available,
                target,
                needs_replenishment,
                per_device_count: has_device.then_some(state.of_device),
            }),
            pending_rejoin_requests: Some(state.rejoining),
        })
    }
}

/// What is wrong with where a device is.
fn misplaced(state: &State) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !state.is_registered {
        findings.push(("The device is not registered.".to_owned(), "Register it."));
    }
    if state.waiting > 0 {
        let text = format!("The device waits to be added to {} conversations.", state.waiting);
        findings.push((text, "Wait for a member to add it, or add it from another device."));
    }
    let missing = state.convos - state.convos_of_device - state.waiting;
    if missing > 0 {
        let text = format!("The device is missing from {missing} conversations, and doesn't wait for them.");
        findings.push((text, "Add it from another device, or ask a member to."));
    }
    if !state.rejoining.is_empty() {
        let text = format!("The device waits to be added anew to {} conversations.", state.rejoining.len());
        findings.push((text, "Wait for a member to do it, or come back by an external commit."));
    }
    findings
}

impl GetExpectedConversations for Api {
    async fn get_expected_conversations(
        &self,
        caller: Caller,
        params: get_expected_conversations::Params,
    ) -> Result<get_expected_conversations::Output, Failure<get_expected_conversations::Error>> {
        let device = device_id(params.device_id.as_deref())?;
        let mut conn = self.connection().await?;
        if let Some(device) = &device
            && devices::ownership(&mut conn, caller.did(), device).await? == Ownership::Others
        {
            return Err(errors::Unauthorized::new("The device is somebody else's.").into());
        }
        let expected = device_state::expected(&mut conn, caller.did(), device.as_deref()).await?;
        let behind: HashSet<_> =
            lost_commits::fallen_behind(&mut conn, caller.did(), self.now()).await?.into_iter().collect();
        let view = |expected: Expected| {
            let is_behind = behind.contains(&expected.convo_id);
            view(expected, is_behind)
        };
        Ok(get_expected_conversations::Output { conversations: expected.into_iter().map(view).collect() })
    }
}

fn view(expected: Expected, is_behind: bool) -> ExpectedConversation {
    let is_lost = expected.is_in == Some(false) && !expected.is_waiting;
    ExpectedConversation {
        convo_id: expected.convo_id,
        name: expected.name.unwrap_or_default(),
        member_count: expected.users,
        should_be_in_group: true,
        last_activity: expected.last_message_at.map(Datetime::from),
        needs_rejoin: Some(expected.asks_anew || is_lost || is_behind),
        device_in_group: expected.is_in,
    }
}

/// A device of the caller, as the store knows it.
fn device_id(text: Option<&str>) -> Result<Option<String>, Refusal> {
    text.map(|text| convert::device_id("params/deviceId", text).map(|id| id.to_string())).transpose()
}
