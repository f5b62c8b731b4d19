//! Clusters start, refuse company, survive crashes and leave nothing behind.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use catbird_postgres::{Cluster, Error, Options};
use sqlx::{Connection, PgConnection};

/// Waits for something that another process brings about.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "after 60 s still not true: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_running(pid: u32) -> bool {
    // A zombie has ended; in a container without a reaping first process it may stay listed for ever.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

async fn number(cluster: &Cluster, sql: &'static str) -> i64 {
    let mut connection = connect(cluster).await;
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
}

async fn run(cluster: &Cluster, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&mut connect(cluster).await).await.unwrap();
}

async fn connect(cluster: &Cluster) -> PgConnection {
    PgConnection::connect_with(&cluster.connect_options("catbird")).await.unwrap()
}

/// A process that owns a cluster: the `dev-postgres` tool, running a command that waits for its input to end.
struct Owner {
    process: Child,
    postmaster: u32,
    url: String,
}

impl Owner {
    fn start(arguments: &[&str]) -> Self {
        let script = r#"echo "$DATABASE_URL"; exec cat >/dev/null"#;
        let mut command = Command::new(env!("CARGO_BIN_EXE_dev-postgres"));
        command.args(arguments).args(["--", "sh", "-c", script]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        let directory = url.split("host=").nth(1).unwrap().split('&').next().unwrap().replace("%2F", "/");
        let lock_file = fs::read_to_string(Path::new(&directory).join("data/postmaster.pid")).unwrap();
        Self { process, postmaster: lock_file.lines().next().unwrap().parse().unwrap(), url }
    }

    fn directory(&self) -> PathBuf {
        fs::read_link(format!("/proc/{}/cwd", self.postmaster)).unwrap().parent().unwrap().to_owned()
    }

    /// `kill -9`.
    fn kill(mut self) -> u32 {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.postmaster
    }
}

#[tokio::test]
async fn a_throw_away_cluster_answers_and_is_deleted_when_stopped() {
    let cluster = Cluster::start(Options::throw_away()).await.unwrap();
    cluster.create_database("catbird", None).await.unwrap();
    let connection = PgConnection::connect(&cluster.url("catbird")).await;
    connection.unwrap().close().await.unwrap();
    run(&cluster, "CREATE TABLE kept (n bigint); INSERT INTO kept VALUES (7)").await;
    cluster.create_database("copy of it", Some("catbird")).await.unwrap();
    let mut copy = PgConnection::connect_with(&cluster.connect_options("copy of it")).await.unwrap();
    let kept: i64 = sqlx::query_scalar("SELECT n FROM kept").fetch_one(&mut copy).await.unwrap();
    assert_eq!(kept, 7);
    let (directory, pid) = (cluster.directory().to_owned(), cluster.pid().unwrap());
    cluster.stop().await.unwrap();
    assert!(!directory.exists());
    assert!(!is_running(pid));
}

#[tokio::test]
async fn dropping_a_cluster_ends_it() {
    let cluster = Cluster::start(Options::throw_away()).await.unwrap();
    let (directory, pid) = (cluster.directory().to_owned(), cluster.pid().unwrap());
    drop(cluster);
    assert!(!directory.exists());
    assert!(!is_running(pid));
}

#[tokio::test]
async fn a_second_start_in_the_same_directory_is_refused_with_the_first_ones_process_id() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("pg");
    let cluster = Cluster::start(Options::durable(&directory)).await.unwrap();
    let refused = Cluster::start(Options::durable(&directory)).await.unwrap_err();
    assert!(matches!(refused, Error::InUse { .. }), "{refused}");
    assert!(refused.to_string().contains(&format!("(process {})", std::process::id())), "{refused}");
    cluster.ensure_database("catbird").await.unwrap();
    cluster.ensure_database("catbird").await.unwrap();
    assert_eq!(number(&cluster, "SELECT 1::bigint").await, 1);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn killing_the_owner_ends_postgres_and_the_next_start_has_the_data() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("pg");
    let owner = Owner::start(&["--directory", directory.to_str().unwrap()]);
    let mut connection = PgConnection::connect(&owner.url).await.unwrap();
    let sql = "CREATE TABLE kept (n bigint); INSERT INTO kept SELECT generate_series(1, 1000)";
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    let postmaster = owner.kill();
    // At once, while the old one may still be shutting down.
    let cluster = Cluster::start(Options::durable(&directory)).await.unwrap();
    assert!(!is_running(postmaster));
    assert_eq!(number(&cluster, "SELECT count(*) FROM kept").await, 1000);
    cluster.stop().await.unwrap();
}

#[test]
fn killing_the_owner_of_a_throw_away_cluster_ends_postgres_and_deletes_the_directory() {
    let owner = Owner::start(&["--empty"]);
    let directory = owner.directory();
    assert!(directory.exists());
    let postmaster = owner.kill();
    eventually("PostgreSQL has ended", || !is_running(postmaster));
    eventually("its directory is deleted", || !directory.exists());
}

#[tokio::test]
async fn a_killed_postmaster_comes_back_with_what_was_committed() {
    let parent = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(Options::durable(parent.path().join("pg"))).await.unwrap();
    cluster.ensure_database("catbird").await.unwrap();
    run(&cluster, "CREATE TABLE kept (n bigint); INSERT INTO kept VALUES (1), (2)").await;
    let first = cluster.pid().unwrap();
    cluster.kill();
    eventually("another postmaster runs", || cluster.pid().is_some_and(|pid| pid != first));
    cluster.wait_until_ready(0).unwrap();
    assert_eq!(number(&cluster, "SELECT count(*) FROM kept").await, 2);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_stale_lock_file_that_names_a_living_stranger_does_not_prevent_a_start() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("pg");
    Cluster::start(Options::durable(&directory)).await.unwrap().stop().await.unwrap();
    let lock_file = directory.join("data/postmaster.pid");
    let stranger = std::process::id();
    fs::write(lock_file, format!("{stranger}\n/elsewhere\n0\n5432\n\n\n\nready\n")).unwrap();
    Cluster::start(Options::durable(&directory)).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_failing_start_shows_the_end_of_the_log() {
    let refused = Cluster::start(Options::throw_away().setting("max_connections", "many")).await.unwrap_err();
    let text = refused.to_string();
    assert!(text.contains("postgres failed (exit status: 1)"), "{text}");
    assert!(text.contains(r#"invalid value for parameter "max_connections": "many""#), "{text}");
}

#[tokio::test]
async fn data_of_another_major_version_is_refused_before_postgres_sees_it() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("pg/data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "9\n").unwrap();
    let refused = Cluster::start(Options::durable(parent.path().join("pg"))).await.unwrap_err();
    assert!(matches!(refused, Error::OtherVersion { made_by: 9, .. }), "{refused}");
}

#[tokio::test]
async fn a_directory_with_a_long_and_awkward_name_works() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join(format!("it's, \"{}\"", "long ".repeat(20)));
    let cluster = Cluster::start(Options::durable(&directory)).await.unwrap();
    cluster.ensure_database("catbird").await.unwrap();
    let connection = PgConnection::connect(&cluster.url("catbird")).await;
    connection.unwrap().close().await.unwrap();
    cluster.stop().await.unwrap();
}
