//! Which hosts and addresses may be asked on behalf of strangers.
//!
//! Anybody can make this server connect somewhere, by naming a did:web or by what stands in their DID
//! document. So it connects to public addresses only, decided on the very address that is connected to:
//! after name resolution, in the resolver that the HTTP client uses. A name that answers differently the
//! second time gains nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Host;

use super::BoxError;

/// The destination is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub &'static str);

const NOT_PUBLIC: Refused = Refused("its host has no public address");

/// The rules for destinations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destinations {
    /// Development: `localhost` and loopback addresses may be asked, also by plain http.
    pub allow_loopback: bool,
}

impl Destinations {
    /// Checks what a URL shows by itself. Names are resolved and checked later, when connecting.
    pub fn check_url(self, url: &Url) -> Result<(), Refused> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused("its URL has user information"));
        }
        let loopback = match url.host() {
            Some(Host::Domain(name)) => is_localhost(name),
            Some(Host::Ipv4(address)) => self.check_literal(address.into())?,
            Some(Host::Ipv6(address)) => self.check_literal(address.into())?,
            None => return Err(Refused("its URL has no host")),
        };
        if loopback && !self.allow_loopback {
            return Err(NOT_PUBLIC);
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if loopback => Ok(()),
            _ => Err(Refused("its URL is not https")),
        }
    }

    fn check_literal(self, address: IpAddr) -> Result<bool, Refused> {
        match address.is_loopback() {
            true => Ok(true),
            false if is_public(address) => Ok(false),
            false => Err(NOT_PUBLIC),
        }
    }

    /// The addresses of `name` that may be connected to.
    pub fn permitted(self, name: &str, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, Refused> {
        let loopback = is_localhost(name) && self.allow_loopback;
        let allowed = |address: &IpAddr| {
            if loopback { address.is_loopback() } else { is_public(*address) }
        };
        let permitted: Vec<IpAddr> = addresses.into_iter().filter(allowed).collect();
        if permitted.is_empty() { Err(NOT_PUBLIC) } else { Ok(permitted) }
    }
}

fn is_localhost(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
}

/// Whether an address belongs to the public internet, by the IANA registries of special-purpose
/// addresses (RFC 6890 and its successors).
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127, ..)            // this network, private, loopback
            | (100, 64..=127, _)      // carrier-grade NAT
            | (169, 254, _)           // link-local, cloud metadata
            | (172, 16..=31, _)       // private
            | (192, 0, 0 | 2)         // protocol assignments, documentation
            | (192, 88, 99)           // 6to4 relays
            | (192, 168, _)           // private
            | (198, 18 | 19, _)       // benchmarks
            | (198, 51, 100)          // documentation
            | (203, 0, 113)           // documentation
            | (224..=255, ..) // multicast, reserved, broadcast
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    // NAT64: how a host without IPv4 reaches the IPv4 internet. The address inside decides.
    if [a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [[i, j], [k, l]] = [g.to_be_bytes(), h.to_be_bytes()];
        return is_public_v4(Ipv4Addr::new(i, j, k, l));
    }
    // Only 2000::/3 is handed out as global unicast; loopback, IPv4-mapped, link-local, unique local,
    // multicast and all the rest lie outside.
    let special = matches!(
        (a, b),
        (0x2001, 0..=0x1ff)             // protocol assignments, Teredo, benchmarks, ORCHID
            | (0x2001, 0xdb8)           // documentation
            | (0x2002, _)               // 6to4, which hides an IPv4 address
            | (0x3fff, 0..=0xfff) // documentation
    );
    (0x2000..=0x3fff).contains(&a) && !special
}

/// Finds the addresses of a name, unchecked.
pub(crate) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Asks the system's resolver.
pub(crate) fn system_lookup() -> Lookup {
    Arc::new(|name| {
        async move {
            let addresses = tokio::net::lookup_host((name, 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        }
        .boxed()
    })
}

/// The resolver of the HTTP client: hands out permitted addresses only.
pub(crate) struct GuardedDns {
    pub destinations: Destinations,
    pub lookup: Lookup,
}

impl Resolve for GuardedDns {
    fn resolve(&self, name: Name) -> Resolving {
        let destinations = self.destinations;
        let lookup = (self.lookup)(name.as_str().to_owned());
        Box::pin(async move {
            let permitted = destinations.permitted(name.as_str(), lookup.await?).map_err(BoxError::from)?;
            // Port 0 means the port of the URL.
            Ok(Box::new(permitted.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
