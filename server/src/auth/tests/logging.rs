//! What stands in the log about those who call: nothing that names them.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use super::support::*;
use crate::telemetry::Pseudonym;

/// The lines that were logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_line_names_an_issuer() {
    let lines = Lines::default();
    let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone()).with_ansi(false);
    let own = "catbird_server=trace".parse::<Targets>().unwrap();
    let _logging = tracing::subscriber::set_default(tracing_subscriber::registry().with(own).with(layer));

    let key = Key::k256(1);
    let world = World::with_alice(&key).await;
    world.directory.set(BOB, Answer::Status(503));
    let missing = "did:plc:carollllllllllllllllllll".to_owned();
    let unusable = "did:plc:davedddddddddddddddddddd".to_owned();
    world.directory.set(&unusable, Answer::Json(document(ALICE, &key)));
    let (silent, closed) = (world.directory.web_did(), "did:web:localhost%3A1".to_owned());
    world.directory.set(world.directory.path(&silent), Answer::Status(500));
    let issuers = [ALICE.to_owned(), BOB.to_owned(), missing, unusable, silent, closed];
    for issuer in &issuers {
        let _ = world.present(&key.token(claims(issuer))).await;
    }

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for issuer in &issuers {
        let name = Pseudonym::of_did(&hashes(), issuer).to_string();
        assert!(log.contains(&name), "nothing is said of {issuer}:\n{log}");
        let id = issuer.rsplit(':').next().unwrap();
        for trace in [issuer.as_str(), id, &id.replace("%3A", ":")] {
            assert!(!log.contains(trace), "{trace} is in the log:\n{log}");
        }
    }
}
