//! End-to-end tests: the real router, a real PostgreSQL, and openmls clients that know the server only through the
//! generated client over HTTP.
//!
//! [`server`] starts servers, [`mls`] is a device that knows no server, [`actor`] is a user at a device, [`chat`] is a
//! user's side of one conversation, [`room`] is a conversation that takes little making, [`http`] is for requests made by hand.

pub mod actor;
pub mod chat;
pub mod http;
pub mod mls;
pub mod room;
pub mod server;
