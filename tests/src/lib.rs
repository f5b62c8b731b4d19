//! End-to-end tests: the real router, a real PostgreSQL, and openmls clients that know the server only through the
//! generated client over HTTP.
//!
//! [`server`] starts servers in this process and [`program`] as one of their own, [`endpoint`] is one that somebody runs,
//! [`mls`] is a device that knows no server, [`actor`] is a user at a device, [`chat`] is a user's side of one
//! conversation, [`state`] is what users have read and how they react, [`stream`] is one who listens to what happens,
//! [`redis`] is what servers may signal each other through, [`relay`] is on the way between two and loses their connection,
//! [`room`] is a conversation that takes little making, [`queue`] makes requests meet, [`demo`] is what `make demo` shows,
//! [`http`] is for requests made by hand, [`responses`] keeps what was answered, [`records`] is what the database says and no
//! method, [`network`] is where users have their repositories, and [`sabotage`] lets the server panic.

pub mod actor;
pub mod chat;
pub mod demo;
pub mod endpoint;
pub mod http;
pub mod mls;
pub mod network;
pub mod program;
pub mod queue;
pub mod records;
pub mod redis;
pub mod relay;
pub mod responses;
pub mod room;
pub mod sabotage;
pub mod server;
pub mod state;
pub mod stream;

/// How long a test waits for what must come. Much longer than it takes, since all tests share one machine.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
