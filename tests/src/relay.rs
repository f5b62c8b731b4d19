//! Something on the way between two that can lose their connection without telling either.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Hands on what comes, in both directions.
pub struct Relay {
    address: SocketAddr,
    /// How often it was frozen.
    freezes: watch::Sender<u32>,
}

impl Relay {
    /// A relay to this address.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let freezes = watch::Sender::new(0);
        let receiver = freezes.subscribe();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(hand_on(connection, target, receiver.clone()));
            }
        });
        Self { address, freezes }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Hands on nothing more over the connections that there are, and leaves them open. New ones work.
    pub fn freeze(&self) {
        self.freezes.send_modify(|count| *count += 1);
    }
}

async fn hand_on(mut near: TcpStream, target: SocketAddr, mut freezes: watch::Receiver<u32>) {
    freezes.mark_unchanged();
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    tokio::select! {
        // Either side has ended it.
        _ = copy_bidirectional(&mut near, &mut far) => {}
        changed = freezes.changed() => {
            if changed.is_ok() {
                // Until the test is over.
                std::future::pending::<()>().await;
            }
        }
    }
}
