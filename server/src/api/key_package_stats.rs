//! Statistics of key packages: getKeyPackageStats.

use catbird_lexicon::blue::catbird::mls::get_key_package_stats::{self, CipherSuiteStats, GetKeyPackageStats};
use lexicon_runtime::error::Failure;

use super::{Api, Caller, convert};
use crate::store::{
    Timestamp,
    key_package_stock::{self, SuiteStock},
};

impl GetKeyPackageStats for Api {
    async fn get_key_package_stats(
        &self,
        caller: Caller,
        params: get_key_package_stats::Params,
    ) -> Result<get_key_package_stats::Output, Failure<get_key_package_stats::Error>> {
        params.did.iter().try_for_each(convert::known_method)?;
        let user = params.did.as_ref().map_or(caller.did(), |did| did.as_str());
        let now = self.now();
        let mut conn = self.connection().await?;
        let stock = key_package_stock::stock(&mut conn, user, params.cipher_suite.as_deref(), now).await?;
        let threshold = self.limits.key_package_threshold;
        let available = stock.iter().map(|suite| suite.available).sum();
        if user == caller.did() {
            Ok(own_stats(stock, available, threshold, now))
        } else {
            Ok(others_stats(available, threshold))
        }
    }
}

fn own_stats(stock: Vec<SuiteStock>, available: i64, threshold: i64, now: Timestamp) -> get_key_package_stats::Output {
    let sum = |of: fn(&SuiteStock) -> i64| stock.iter().map(of).sum::<i64>();
    let consumed = sum(|suite| suite.consumed);
    let last_week = sum(|suite| suite.consumed_last_7d);
    let daily = (last_week + 6) / 7;
    let first_expiry = stock.iter().filter_map(|suite| suite.first_expiry).min();
    get_key_package_stats::Output {
        available,
        threshold,
        needs_replenish: available < threshold,
        total: sum(|suite| suite.total),
        consumed,
        consumed_last24h: sum(|suite| suite.consumed_last_24h),
        consumed_last7d: last_week,
        average_daily_consumption: daily,
        predicted_depletion_days: (daily > 0).then(|| available / daily),
        oldest_expires_in: first_expiry.map(|expiry| days_and_hours(expiry - now)),
        by_cipher_suite: Some(stock.into_iter().map(suite_stats).collect()),
    }
}

/// How many key packages somebody else has is enough to know whether they can be added; how they use them is theirs.
fn others_stats(available: i64, threshold: i64) -> get_key_package_stats::Output {
    get_key_package_stats::Output {
        available,
        threshold,
        needs_replenish: false,
        total: 0,
        consumed: 0,
        consumed_last24h: 0,
        consumed_last7d: 0,
        average_daily_consumption: 0,
        predicted_depletion_days: None,
        oldest_expires_in: None,
        by_cipher_suite: None,
    }
}

fn suite_stats(stock: SuiteStock) -> CipherSuiteStats {
    CipherSuiteStats {
        cipher_suite: convert::suite_name(&stock.cipher_suite),
        available: stock.available,
        consumed: Some(stock.consumed),
    }
}

fn days_and_hours(time: chrono::TimeDelta) -> String {
    format!("{}d {}h", time.num_days(), time.num_hours() % 24)
}
