//! `make demo` shows what it says.

use e2e::{demo, server::TestServer};

#[tokio::test]
async fn the_demo_plays_to_its_end_and_can_be_repeated_on_one_server() {
    let server = TestServer::start().await;
    for _ in 0..2 {
        let mut shown = Vec::new();
        demo::run(&server.endpoint(), &mut shown).await.unwrap();
        let shown = String::from_utf8(shown).unwrap();
        let table: Vec<_> = shown.lines().skip_while(|line| !line.starts_with("   seq  epoch")).collect();
        insta::allow_duplicates! { insta::assert_snapshot!(without_sizes(&table), @r#"
        seq  epoch  kind    Alice                     Bob                       Carol
        1    1      app     "Hello Bob!"              "Hello Bob!"              -
        2    1      app     "Hello Alice!"            "Hello Alice!"            -
        3    1      commit  adds Carol                to epoch 2                -
        4    2      app     "Welcome, Carol!"         "Welcome, Carol!"         "Welcome, Carol!"
        5    2      commit  to epoch 3                takes new keys            to epoch 3
        6    3      app     "Fresh keys, same talk."  "Fresh keys, same talk."  "Fresh keys, same talk."
        7    3      commit  removes Bob               removed                   to epoch 4
        8    4      app     "Just us two now."        -                         "Just us two now."
        "#); }
    }
}

#[tokio::test]
async fn the_demo_brings_its_own_server_when_none_runs() {
    let (endpoint, own) = demo::OwnServer::start().await.unwrap();
    let mut shown = Vec::new();
    demo::run(&endpoint, &mut shown).await.unwrap();
    assert!(String::from_utf8(shown).unwrap().contains("Bob           is not shown this"));
    own.stop().await.unwrap();
    assert!(reqwest::get(format!("{}/health/live", endpoint.url)).await.is_err());
}

/// The table without the sizes, which vary by a byte or two.
fn without_sizes(table: &[&str]) -> String {
    let start = table[0].find("bytes").unwrap();
    let line = |line: &&str| format!("{}{}", line[..start].trim_start(), &line[start + "bytes  ".len()..]);
    table.iter().map(line).collect::<Vec<_>>().join("\n")
}
