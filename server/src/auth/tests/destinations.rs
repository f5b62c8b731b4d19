//! Where strangers can't send this server.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::{FutureExt, ready};

use super::super::*;
use super::support::*;
use crate::outbound::{Destinations, FetchError, Fetcher, Lookup, Refused, is_public, system_lookup};

const OUTSIDE: Destinations = Destinations { allow_loopback: false };
const DEVELOPMENT: Destinations = Destinations { allow_loopback: true };

#[test]
fn special_addresses_are_not_public() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn ordinary_addresses_are_public() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.0.0.1",
        "128.0.0.1",
        "169.253.0.1",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.0.1",
        "198.17.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "2a00:1450::1",
        "3ffe::1",
        "64:ff9b::808:808",
    ] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn urls_are_checked_before_anything_is_sent() {
    let table = [
        // URL, outside, in development
        ("https://example.com/x", true, true),
        ("https://8.8.8.8/", true, true),
        ("https://[2606:4700::1111]/", true, true),
        ("http://example.com/", false, false),
        ("http://8.8.8.8/", false, false),
        ("ftp://example.com/", false, false),
        ("file:///etc/passwd", false, false),
        ("https://user@example.com/", false, false),
        ("https://user:password@localhost/", false, false),
        ("https://localhost/", false, true),
        ("http://LOCALHOST:8080/", false, true),
        ("http://127.0.0.1:8080/", false, true),
        ("http://0x7f.1/", false, true),
        ("http://2130706433/", false, true),
        ("http://[::1]:8080/", false, true),
        ("http://[::ffff:127.0.0.1]/", false, false),
        ("https://10.0.0.1/", false, false),
        ("https://192.168.1.1/", false, false),
        ("https://169.254.169.254/latest/meta-data", false, false),
        ("https://[fe80::1]/", false, false),
        ("https://[fd00::1]/", false, false),
        ("https://0.0.0.0/", false, false),
        ("https://[::]/", false, false),
    ];
    for (url, outside, development) in table {
        let url = url.parse().unwrap();
        assert_eq!(OUTSIDE.check_url(&url).is_ok(), outside, "{url}, outside");
        assert_eq!(DEVELOPMENT.check_url(&url).is_ok(), development, "{url}, in development");
    }
}

#[test]
fn only_permitted_addresses_of_a_name_are_left() {
    let parse = |addresses: &[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect::<Vec<IpAddr>>();
    let mixed = parse(&["127.0.0.1", "10.0.0.1", "8.8.8.8", "::1"]);
    assert_eq!(OUTSIDE.permitted("example.com", mixed.clone()).unwrap(), parse(&["8.8.8.8"]));
    assert_eq!(DEVELOPMENT.permitted("example.com", mixed.clone()).unwrap(), parse(&["8.8.8.8"]));
    assert_eq!(DEVELOPMENT.permitted("localhost", mixed).unwrap(), parse(&["127.0.0.1", "::1"]));
    assert!(OUTSIDE.permitted("localhost", parse(&["127.0.0.1"])).is_err());
    assert!(DEVELOPMENT.permitted("localhost", parse(&["10.0.0.1"])).is_err());
    assert!(DEVELOPMENT.permitted("localhost.example.com", parse(&["127.0.0.1"])).is_err());
    assert!(OUTSIDE.permitted("example.com", vec![]).is_err());
}

/// Answers every name with these addresses, and counts.
fn lookup(address: &'static str) -> (Lookup, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let lookup: Lookup = Arc::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        ready(Ok::<_, io::Error>(vec![address.parse().unwrap()])).boxed()
    });
    (lookup, asked)
}

fn fetcher(destinations: Destinations, lookup: Lookup) -> Fetcher {
    Fetcher::new(destinations, limits(), lookup).unwrap()
}

#[tokio::test]
async fn names_of_private_addresses_are_refused_when_connecting() {
    let directory = Directory::start().await;
    for (destinations, address) in
        [(OUTSIDE, "127.0.0.1"), (DEVELOPMENT, "127.0.0.1"), (OUTSIDE, "10.0.0.1"), (OUTSIDE, "::ffff:127.0.0.1")]
    {
        let (lookup, asked) = lookup(address);
        let url = format!("https://rebound.example.com:{}/", directory.address.port()).parse().unwrap();
        let error = fetcher(destinations, lookup).get(url).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused(Refused(_))), "{address}: {error:?}");
        assert_eq!(asked.load(Ordering::SeqCst), 1, "the guard sits where the connection is made");
    }
    assert_eq!(directory.count(), 0);
}

#[tokio::test]
async fn localhost_must_be_loopback_even_in_development() {
    let directory = Directory::start().await;
    let url = || format!("http://localhost:{}/", directory.address.port()).parse().unwrap();
    let error = fetcher(DEVELOPMENT, lookup("10.1.2.3").0).get(url()).await.unwrap_err();
    assert!(matches!(error, FetchError::Refused(_)), "{error:?}");
    let (status, _) = fetcher(DEVELOPMENT, lookup("127.0.0.1").0).get(url()).await.unwrap();
    assert_eq!((status.as_u16(), directory.count()), (404, 1));
}

#[tokio::test]
async fn loopback_needs_the_development_switch() {
    let directory = Directory::start().await;
    let config = |allow_loopback_http, plc_url: &str| ResolverConfig {
        plc_url: plc_url.parse().unwrap(),
        allow_loopback_http,
        limits: limits(),
    };
    let closed = HttpResolver::new(config(false, "https://plc.example.com")).unwrap();
    let refused = closed.document(&did(&directory.web_did())).await.unwrap_err();
    assert!(matches!(refused, LookupError::Unusable(_)), "{refused:?}");
    assert_eq!(directory.count(), 0);
    for url in ["http://plc.example.com", "http://127.0.0.1:2582", "https://10.0.0.1", "https://plc.example.com/base"] {
        assert!(HttpResolver::new(config(false, url)).is_err(), "{url}");
    }
    assert!(HttpResolver::new(config(true, "http://127.0.0.1:2582")).is_ok());
    assert!(HttpResolver::new(config(true, "http://plc.example.com")).is_err());
}

#[tokio::test]
async fn https_is_spoken_where_https_is_meant() {
    let directory = Directory::start().await;
    let url = format!("https://localhost:{}/", directory.address.port()).parse().unwrap();
    let error = fetcher(DEVELOPMENT, system_lookup()).get(url).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable(_)), "{error:?}");
    assert_eq!(directory.count(), 0);
}
