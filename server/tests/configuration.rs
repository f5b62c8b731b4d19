//! What operators see of the configuration: messages about bad values, and the reference page.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use catbird_server::config::{self, settings_page};
use clap::Args;

const SECRET: &str = "a secret of more than thirty-two bytes";

/// Runs the server's program with these variables and no others of ours.
fn server(flags: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catbird-server"));
    for arg in config::Config::augment_args(clap::Command::new("settings")).get_arguments() {
        command.env_remove(arg.get_env().expect("every setting has a variable"));
    }
    command.args(flags).envs(variables.iter().copied()).output().unwrap()
}

fn complaint(flags: &[&str], variables: &[(&str, &str)]) -> String {
    let output = server(flags, variables);
    assert!(!output.status.success(), "accepted {flags:?} {variables:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn each_bad_value_is_named_with_what_is_allowed() {
    let table = [
        ("LISTEN", "localhost", "LISTEN=localhost (or --listen): must be an IP address and a port"),
        (
            "PUBLIC_URL",
            "chat.example.com",
            "PUBLIC_URL=chat.example.com (or --public-url): must be an http:// or https:// URL",
        ),
        ("SERVICE_DID", "chat", "SERVICE_DID=chat (or --service-did): must be a DID such as"),
        ("PLC_URL", "ftp://plc", "PLC_URL=ftp://plc (or --plc-url): must be an http:// or https:// URL"),
        ("ENFORCE_JTI", "maybe", "ENFORCE_JTI=maybe (or --enforce-jti): must be true or false"),
        ("POOL_MAX", "0", "POOL_MAX=0 (or --pool-max): 0 is not in 1..=1000"),
        ("POOL_MIN", "many", "POOL_MIN=many (or --pool-min): invalid digit found in string"),
        (
            "MESSAGE_RETENTION",
            "30",
            "MESSAGE_RETENTION=30 (or --message-retention): must be a time above zero such as 500ms",
        ),
        (
            "COMMIT_RETENTION",
            "1000000000d",
            "COMMIT_RETENTION=1000000000d (or --commit-retention): must be at most 36500d",
        ),
        ("STATEMENT_TIMEOUT", "30d", "STATEMENT_TIMEOUT=30d (or --statement-timeout): must be at most 24d"),
        ("MAX_MESSAGE_BYTES", "11MiB", "MAX_MESSAGE_BYTES=11MiB (or --max-message-bytes): must be at most 10MiB"),
        ("MAX_REPORT_BYTES", "51KiB", "MAX_REPORT_BYTES=51KiB (or --max-report-bytes): must be at most 50KiB"),
        ("OPERATOR_DIDS", "did:web:me.example,me", "(or --operator-dids): must be a DID such as"),
        (
            "MAX_CONCURRENT_REQUESTS",
            "0",
            "MAX_CONCURRENT_REQUESTS=0 (or --max-concurrent-requests): must be a number from 1",
        ),
        ("LOG", "loud=very", "LOG=loud=very (or --log): must be a level"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT=xml (or --log-format): must be one of text, json"),
    ];
    for (variable, value, expected) in table {
        let text = complaint(&["settings"], &[(variable, value)]);
        assert!(text.contains(expected), "{variable}: {text}");
    }
    let all: Vec<_> = table.iter().map(|(variable, value, _)| (*variable, *value)).collect();
    let text = complaint(&["settings"], &all);
    for (_, _, expected) in table {
        assert!(text.contains(expected), "together: {text}");
    }
}

#[test]
fn a_bad_secret_is_named_and_not_shown() {
    let text = complaint(&["settings"], &[("JWT_SECRET", "hunter2")]);
    assert!(text.contains("JWT_SECRET=(hidden) (or --jwt-secret): must be at least 32 bytes long, not 7"), "{text}");
    let text = complaint(&["settings"], &[("DATABASE_URL", "mysql://me:hunter2@host/db")]);
    assert!(text.contains("DATABASE_URL=(hidden)") && !text.contains("hunter2"), "{text}");
}

#[test]
fn settings_that_contradict_each_other_are_named_together() {
    let text = complaint(
        &["--pool-max=3", "settings"],
        &[
            ("POOL_MIN", "4"),
            ("DATABASE_URL", "postgres://somewhere/catbird"),
            ("PLC_URL", "http://plc.example.com"),
            ("MESSAGE_RETENTION", "91d"),
        ],
    );
    for expected in [
        "POOL_MIN=4 must not be larger than POOL_MAX=3",
        "SERVER_SECRET must be set when DATABASE_URL is",
        "PLC_URL=http://plc.example.com/ must be an https:// URL",
        "MESSAGE_RETENTION must not be longer than COMMIT_RETENTION",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn plain_http_is_for_loopback_directories_with_the_switch_only() {
    let plc = ("PLC_URL", "http://127.0.0.1:2582");
    complaint(&["settings"], &[plc]);
    assert!(server(&["settings", "--allow-loopback-http"], &[plc]).status.success());
}

#[test]
fn names_are_derived_from_the_address_when_not_given() {
    let named = |flags: &[&str]| {
        let config = config::from_flags(flags).unwrap();
        (config.public_url(), config.service_did().as_str().to_owned())
    };
    let local = ("http://127.0.0.1:3000".to_owned(), "did:web:localhost%3A3000".to_owned());
    assert_eq!(named(&[]), local);
    let public = ("https://chat.example.com".to_owned(), "did:web:chat.example.com".to_owned());
    assert_eq!(named(&["--public-url=https://chat.example.com/"]), public);
    let other_port = named(&["--public-url=http://chat.example.com:8080"]).1;
    assert_eq!(other_port, "did:web:chat.example.com%3A8080");
    let given = named(&["--service-did=did:plc:ewvi7nxzyoun6zhxrhs64oiz"]).1;
    assert_eq!(given, "did:plc:ewvi7nxzyoun6zhxrhs64oiz");
}

#[test]
fn secrets_do_not_show_in_the_configuration() {
    let config = config::from_flags([format!("--jwt-secret={SECRET}"), format!("--server-secret={SECRET}")]).unwrap();
    assert!(!format!("{config:?}").contains("thirty-two"));
}

#[test]
fn a_flag_wins_over_its_variable() {
    let variables = [("LISTEN", "nonsense")];
    assert!(server(&["settings", "--listen", "127.0.0.1:0"], &variables).status.success());
}

#[test]
fn the_reference_page_is_current_and_has_every_setting() {
    let page = settings_page();
    for arg in config::Config::augment_args(clap::Command::new("settings")).get_arguments() {
        let variable = arg.get_env().expect("every setting has a variable").to_str().unwrap();
        let flag = arg.get_long().expect("every setting has a flag");
        assert_eq!(flag.replace('-', "_").to_uppercase(), variable, "flag and variable are named alike");
        assert!(page.contains(&format!("| `{variable}` | `--{flag}` |")), "{variable} is missing");
        assert!(arg.get_help().is_some(), "{variable} is not explained");
    }
    let committed = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md"));
    assert_eq!(committed.unwrap(), page, "docs/configuration.md is stale; run `make settings-page`");
}
