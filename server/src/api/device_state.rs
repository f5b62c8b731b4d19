//! Whether a device is where it should be: validateDeviceState.

use catbird_lexicon::blue::catbird::mls::validate_device_state::{self, KeyPackageInventory, ValidateDeviceState};
use lexicon_runtime::error::Failure;

use super::{Api, Caller, convert};
use crate::store::devices::{self, State};

/// What is wrong, and what to do about it.
type Finding = (String, &'static str);

impl ValidateDeviceState for Api {
    async fn validate_device_state(
        &self,
        caller: Caller,
        params: validate_device_state::Params,
    ) -> Result<validate_device_state::Output, Failure<validate_device_state::Error>> {
        let device = params.device_id.as_deref().map(|text| convert::device_id("params/deviceId", text)).transpose()?;
        let device = device.map(|id| id.to_string());
        let mut conn = self.connection().await?;
        let state = devices::state(&mut conn, caller.did(), device.as_deref(), self.now()).await?;
        let target = self.limits.key_package_threshold;
        let has_device = device.is_some();
        let usable = if has_device { state.of_device } else { state.available };
        let needs_replenishment = usable < target;
        let mut findings = if has_device { misplaced(&state) } else { Vec::new() };
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
    findings
}
