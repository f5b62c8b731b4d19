//! Places in the stream.

/// Where an event stands. Places rise in the order in which the stream tells of events: `migrations/0005_stream.sql` says
/// why readers miss none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub txid: i64,
    pub id: i64,
}
