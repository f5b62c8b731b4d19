//! Each error that a method declares can be had over HTTP, says what it should, and changes nothing.

mod blocks;
mod conversations;
mod devices;
mod group_infos;
mod key_packages;
mod membership;
mod messages;
mod policies;
mod reactions;
mod read_state;
mod rejoin;
mod reports;
pub mod requests;
mod roles;
mod streams;
mod unauthorized;
mod welcomes;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
};

use catbird_lexicon::blue::catbird::mls::METHODS;
use e2e::http::{Answer, short};
use futures::{
    future::{BoxFuture, FutureExt},
    stream::{self, StreamExt},
};

use self::world::World;
pub use self::{
    blocks::change,
    membership::{addition, leaving, removal},
    welcomes::welcome_for,
};

/// Brings one method to one of its errors.
pub struct Row {
    method: &'static str,
    error: &'static str,
    /// Sets the scene, then has [`World::refused`] make the call.
    provoke: for<'a> fn(&'a World) -> BoxFuture<'a, Answer>,
}

/// `row(method, error, |world| ...)` with an async function.
macro_rules! row {
    ($method:literal, $error:literal, $provoke:expr) => {
        crate::errors::Row { method: $method, error: $error, provoke: |world| Box::pin($provoke(world)) }
    };
    // Asks for a conversation that isn't there.
    ($method:literal, nowhere) => {
        crate::errors::Row {
            method: $method,
            error: "ConvoNotFound",
            provoke: |world| Box::pin(crate::errors::requests::nowhere(world, $method)),
        }
    };
    // Asks for a conversation of others.
    ($method:literal, stranger) => {
        crate::errors::Row {
            method: $method,
            error: "NotMember",
            provoke: |world| Box::pin(crate::errors::requests::stranger(world, $method)),
        }
    };
}
use row;

/// All rows; an error may have several.
fn rows() -> impl Iterator<Item = &'static Row> {
    let domains: &[&[Row]] = &[
        &conversations::ROWS,
        &membership::ROWS,
        &messages::ROWS,
        &key_packages::ROWS,
        &reactions::ROWS,
        &read_state::ROWS,
        &roles::ROWS,
        &policies::ROWS,
        &reports::ROWS,
        &devices::ROWS,
        &streams::ROWS,
        &blocks::ROWS,
        &group_infos::ROWS,
        &rejoin::ROWS,
        &welcomes::ROWS,
    ];
    domains.iter().copied().flatten()
}

#[test]
fn each_declared_error_has_a_row() {
    let declared: BTreeSet<_> =
        METHODS.iter().flat_map(|method| method.errors.iter().map(|error| (short(method), *error))).collect();
    let covered: BTreeSet<_> = rows().map(|row| (row.method, row.error)).collect();
    assert_eq!(covered, declared);
}

#[tokio::test]
async fn each_declared_error_is_refused_in_the_usual_form_and_changes_nothing() {
    let mut by_method: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
    for row in rows() {
        by_method.entry(row.method).or_default().push(row);
    }
    // Each has a server of its own: not more at once than the database has connections for.
    let failed: Vec<_> = stream::iter(by_method.into_values()).map(provoke).buffer_unordered(8).concat().await;
    assert!(failed.is_empty(), "these do not hold, for the reasons above: {failed:#?}");
}

/// Goes through the rows of a method on one server, one after the other: whatever has changed, the refused call did it.
/// Gives the rows that do not hold.
async fn provoke(rows: Vec<&Row>) -> Vec<(&str, &str)> {
    let world = World::start().await;
    let mut failed = Vec::new();
    for row in rows {
        let holds = async { (row.provoke)(&world).await.refused(400, row.error) };
        if AssertUnwindSafe(holds).catch_unwind().await.is_err() {
            failed.push((row.method, row.error));
        }
    }
    world.server.stop().await;
    failed
}
