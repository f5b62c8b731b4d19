//! The whole service on its foundations: who may call, the methods, and the jobs beside them.

use std::{sync::Arc, time::Duration};

use axum::Router;
use lexicon_runtime::router::RouterOptions;
use sqlx::PgPool;

use crate::{
    api::{Api, BlockPolicy, Limits},
    auth::{
        AuthConfig, Authenticator, DevelopmentSecret, HttpResolver, ResolverConfig, mint_development_token,
        service_document,
    },
    blocks::{self, Blocks, BlocksConfig},
    callers::{Callers, Rate, Shares},
    cli::TokenRequest,
    config::Config,
    http::{did_document, reference},
    jobs::{key_packages, retention},
    keyed_hash::HashKey,
    log::{Log, Retention},
    outbound::FetchLimits,
    replay::SharedReplay,
    serve::{BoxError, Foundations},
    store::Timestamp,
    stream::{Streams, Waker},
};

/// The id of this service in its DID document.
const SERVICE_ID: &str = "atproto_mls";

/// How often the jobs run. Nobody sees expired entries in between.
const JOB_INTERVAL: Duration = Duration::from_secs(60);

/// Builds all routes, and starts the jobs, which end with the server.
pub fn routes(foundations: &Foundations) -> Result<Router, BoxError> {
    let Foundations { config, pool, hash_key, .. } = foundations;
    let waker = Waker::default();
    let log = Log::new(
        pool,
        &waker,
        hash_key.clone(),
        Retention { messages: config.retention.message_retention, handshakes: config.retention.commit_retention },
        config.key_packages.low_stock.into(),
    );
    let api = Api::new(
        foundations,
        log,
        Streams::start(foundations, waker)?,
        authenticator(foundations)?,
        Callers::new(shares(config)),
        limits(config),
        block_policy(foundations)?,
    );
    let document = service_document(&config.service_did(), SERVICE_ID, &config.public_url());
    let routes = api.router().merge(did_document(&document)?).merge(reference());
    tokio::spawn(keep_up(foundations.clone()));
    Ok(routes)
}

/// Makes a development token.
pub fn mint(request: &TokenRequest<'_>) -> Result<String, BoxError> {
    let secret = DevelopmentSecret::new(request.secret.bytes())?;
    Ok(mint_development_token(&secret, request.did, request.audience, request.method, request.lifetime, request.now))
}

fn authenticator(foundations: &Foundations) -> Result<Authenticator, BoxError> {
    let Foundations { config, pool, clock, hash_key, .. } = foundations;
    let settings = &config.auth;
    let resolver = resolver(config, FetchLimits::default())?;
    if settings.allow_loopback_http {
        tracing::warn!("DEVELOPMENT: identities and repositories may come from loopback addresses, by plain http");
    }
    let secret = settings.jwt_secret.as_ref().map(|secret| DevelopmentSecret::new(secret.bytes())).transpose()?;
    let auth = AuthConfig {
        jwt_secret: secret,
        enforce_jti: settings.enforce_jti,
        service_id: SERVICE_ID.to_owned(),
        ..AuthConfig::new(config.service_did())
    };
    let replay = SharedReplay::new(pool.clone(), hash_key.clone(), Arc::clone(clock));
    Ok(Authenticator::new(auth, Arc::new(resolver), Arc::new(replay), Arc::clone(clock), hash_key.clone()))
}

fn resolver(config: &Config, limits: FetchLimits) -> Result<HttpResolver, BoxError> {
    Ok(HttpResolver::new(ResolverConfig {
        plc_url: config.auth.plc_url.clone(),
        allow_loopback_http: config.auth.allow_loopback_http,
        limits,
    })?)
}

/// Has a resolver of its own, so that looking for blocks takes nothing from those who check tokens.
fn block_policy(foundations: &Foundations) -> Result<BlockPolicy, BoxError> {
    let Foundations { config, clock, .. } = foundations;
    let settings = BlocksConfig {
        allow_loopback_http: config.auth.allow_loopback_http,
        remember_for: config.blocks.remember_for,
        most_records: config.blocks.max_per_user,
    };
    // Who reads has waited for their turn.
    let limits = FetchLimits { concurrent: blocks::MOST_READINGS, ..FetchLimits::default() };
    Ok(BlockPolicy {
        blocks: Blocks::new(Arc::new(resolver(config, limits)?), Arc::clone(clock), settings)?,
        enforcement: config.blocks.enforcement,
        lookup_timeout: config.blocks.lookup_timeout,
    })
}

fn shares(config: &Config) -> Shares {
    let limits = &config.limits;
    let ephemeral = config.streams.ephemeral_rate_per_caller;
    Shares {
        requests: limits.max_concurrent_requests,
        requests_of_one: limits.max_requests_per_caller,
        body_memory: limits.max_body_memory,
        longest_body: RouterOptions::default().max_input_bytes,
        rate: Rate { per_second: limits.rate_limit_per_caller, burst: limits.rate_limit_burst },
        ephemeral_rate: Rate { per_second: ephemeral, burst: ephemeral.saturating_mul(2) },
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        message_bytes: config.limits.max_message_bytes,
        members: config.limits.max_members.into(),
        dids_per_request: config.limits.max_dids_per_request as usize,
        devices_per_user: config.limits.max_devices_per_user.into(),
        key_package_batch: config.key_packages.max_batch as usize,
        key_packages_per_device: config.key_packages.max_per_device.into(),
        // The wire wants at least 1.
        key_package_threshold: i64::from(config.key_packages.low_stock).max(1),
        key_package_reservation: config.key_packages.reservation,
        key_package_expiry: config.key_packages.max_expiry,
        padding_required: config.limits.require_padding,
        report_bytes: config.limits.max_report_bytes,
        operators: config.auth.operator_dids.iter().map(|did| did.as_str().to_owned()).collect(),
    }
}

/// Removes what has expired and watches stocks of key packages, now and then, until the server drains.
async fn keep_up(foundations: Foundations) {
    let Foundations { pool, clock, lifecycle, hash_key, config, .. } = foundations;
    let settings = &config.retention;
    let keep = retention::Keep {
        welcomes: settings.commit_retention,
        events: settings.event_retention,
        reports: settings.report_retention,
        audit: settings.audit_retention,
        ..retention::Keep::default()
    };
    let mut interval = tokio::time::interval(JOB_INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = lifecycle.draining() => return,
            _ = interval.tick() => {}
        }
        // A run that is cut off leaves its last batch undone, and nothing else.
        tokio::select! {
            () = lifecycle.draining() => return,
            () = purge(&pool, &hash_key, keep, clock.now()) => {}
        }
        tokio::select! {
            () = lifecycle.draining() => return,
            () = watch_stocks(&pool, config.key_packages.low_stock.into(), clock.now()) => {}
        }
    }
}

async fn purge(pool: &PgPool, hashes: &HashKey, keep: retention::Keep, now: Timestamp) {
    match retention::purge(pool, hashes, keep, now).await {
        Ok(0) => {}
        Ok(entries) => tracing::info!(entries, "removed expired entries"),
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "could not remove expired entries"),
    }
}

async fn watch_stocks(pool: &PgPool, threshold: i64, now: Timestamp) {
    if let Err(error) = key_packages::watch(pool, threshold, now).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "could not look for stocks that run low");
    }
}
