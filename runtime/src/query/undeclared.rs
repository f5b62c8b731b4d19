//! Counting parameters that a method doesn't declare, so that outdated clients can be noticed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::Query;
use crate::service::MethodInfo;

static COUNTS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// How often each method was given a parameter that it doesn't declare, since the process started. Methods that never
/// were are left out.
pub fn undeclared_parameters() -> Vec<(&'static str, u64)> {
    let counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
    counts.iter().map(|(nsid, count)| (*nsid, *count)).collect()
}

/// Counts and logs what the method doesn't declare. Only the name is logged, and no more of it than a name needs.
pub(crate) fn count_undeclared(method: &MethodInfo, query: &Query<'_>) {
    for name in query.names().filter(|name| !method.parameters.contains(name)) {
        let mut counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(method.nsid).or_default() += 1;
        drop(counts);
        let shown: String = name.chars().take(64).collect();
        tracing::debug!(xrpc.nsid = method.nsid, xrpc.parameter = ?shown, "ignored an undeclared parameter");
    }
}
