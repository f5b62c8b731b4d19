//! pgbench, the other side of each comparison: the least SQL that does the same, in prepared statements.

use std::{fs, path::Path, process::Stdio, time::Duration};

use sqlx::PgConnection;
use tokio::process::Command;

use crate::{
    Fallible,
    sample::{Sample, histogram},
    stand::Stand,
    usage::{self, CpuTimes},
};

/// What pgbench runs.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Scripts with their weights.
    pub scripts: Vec<(String, u32)>,
    pub clients: usize,
    /// Transactions per second; as many as possible without.
    pub rate: Option<f64>,
    /// Whether the scripts use the tables of the first server instead of the plain ones.
    pub in_server_database: bool,
}

impl Bench {
    /// One script in the plain tables, as fast as it goes.
    pub fn closed(script: String, clients: usize) -> Self {
        Self { scripts: vec![(script, 1)], clients, rate: None, in_server_database: false }
    }
}

/// One message: the next number of a conversation and an entry with it, in one statement. The client makes its payload
/// once, and sends it each time.
pub fn send(convos: usize, bytes: usize) -> String {
    format!(
        "\\if :ready = 0\n\
         SELECT '\\x' || repeat('5a', {bytes}) AS payload \\gset\n\
         \\set ready 1\n\
         \\endif\n\
         \\set convo random(1, {convos})\n\
         WITH counted AS (UPDATE convos SET next_seq = next_seq + 1 WHERE id = :convo RETURNING next_seq - 1 AS seq) \
         INSERT INTO entries (convo_id, seq, payload) SELECT :convo, seq, :payload::bytea FROM counted RETURNING seq;\n"
    )
}

/// A page of the newest entries of a plain conversation.
pub fn read_newest(convos: usize, limit: usize) -> String {
    format!(
        "\\set convo random(1, {convos})\n\
         SELECT convo_id, seq, payload, created_at FROM entries WHERE convo_id = :convo ORDER BY seq DESC LIMIT {limit};\n"
    )
}

/// A page from anywhere among the newest `window` entries of a log of the server's own table.
pub fn read(convo_id: &str, entries: usize, window: usize) -> String {
    format!("\\set since random({}, {})\n{}", entries - window, entries - 50, page(convo_id, 50))
}

/// Page after page of a log of the server's own table.
pub fn walk(convo_id: &str, entries: usize, limit: usize) -> String {
    let turn = format!("\\set since (:since + {limit}) % {entries}\n");
    format!("{}{turn}", page(convo_id, limit))
}

fn page(convo_id: &str, limit: usize) -> String {
    format!(
        "SELECT convo_id, seq, kind, epoch, msg_id, ciphertext, created_at, expires_at FROM messages \
         WHERE convo_id = '{convo_id}' AND seq > :since ORDER BY seq LIMIT {limit};\n"
    )
}

/// Makes the plain tables anew: the same shape as the server's, with what the scripts need and no more.
pub async fn prepare(db: &mut PgConnection, convos: usize, entries_each: usize) -> Fallible<()> {
    for statement in [
        "DROP TABLE IF EXISTS convos, entries",
        "CREATE TABLE convos (id bigint PRIMARY KEY, next_seq bigint NOT NULL) WITH (fillfactor = 50)",
        "CREATE TABLE entries (convo_id bigint NOT NULL, seq bigint NOT NULL, payload bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (convo_id, seq))",
        "ALTER TABLE entries ALTER COLUMN payload SET STORAGE EXTERNAL",
    ] {
        sqlx::query(statement).execute(&mut *db).await?;
    }
    let (convos, entries) = (i64::try_from(convos)?, i64::try_from(entries_each)?);
    sqlx::query("INSERT INTO convos SELECT convo, $2 + 1 FROM generate_series(1, $1) AS convo")
        .bind(convos)
        .bind(entries)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO entries SELECT convo, seq, decode(repeat('5a', 1024), 'hex')
        FROM generate_series(1, $1) AS convo, generate_series(1, $2) AS seq",
    )
    .bind(convos)
    .bind(entries)
    .execute(&mut *db)
    .await?;
    sqlx::query("VACUUM ANALYZE convos, entries").execute(db).await?;
    Ok(())
}

/// Runs it for a whole number of seconds.
pub async fn run(stand: &Stand, bench: &Bench, duration: Duration) -> Fallible<Sample> {
    let folder = tempfile::tempdir_in(stand.folder())?;
    let mut command = Command::new(stand.pgbench()?);
    let threads = bench.clients.min(std::thread::available_parallelism().map_or(1, usize::from));
    command.args(["--no-vacuum", "--protocol=prepared", "--log", "--define=ready=0", "--define=since=0"]);
    command.args([format!("--client={}", bench.clients), format!("--jobs={threads}")]);
    command.arg(format!("--time={}", duration.as_secs().max(1)));
    command.arg(format!("--log-prefix={}", folder.path().join("log").display()));
    // With many clients a part of the transactions is enough to know the quantiles, and costs pgbench less.
    command.args((bench.clients > 1).then_some("--sampling-rate=0.2"));
    command.args(bench.rate.map(|rate| format!("--rate={rate}")));
    for (number, (script, weight)) in bench.scripts.iter().enumerate() {
        let path = folder.path().join(format!("script{number}"));
        fs::write(&path, script)?;
        command.arg(format!("--file={}@{weight}", path.display()));
    }
    command.arg(stand.url(bench.in_server_database));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    let before = (stand.cpu_of_postgres()?, usage::ended_children()?);
    let output = command.env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true).output().await?;
    let (postgres, driver) = (stand.cpu_of_postgres()? - before.0, usage::ended_children()? - before.1);
    let text = String::from_utf8_lossy(&output.stdout);
    let failed = || format!("pgbench failed: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    let read = || Some((number_after(&text, "actually processed: ")?, number_after(&text, "tps = ")?));
    let (operations, rate) = read().filter(|_| output.status.success()).ok_or_else(failed)?;
    let mut sample = Sample::empty();
    sample.operations = operations as u64;
    sample.seconds = operations / rate;
    sample.cpu = CpuTimes { server: 0.0, postgres, driver };
    sample.latency = latencies(folder.path())?;
    Ok(sample)
}

fn number_after(text: &str, label: &str) -> Option<f64> {
    let rest = text.split_once(label)?.1;
    rest.split(|c: char| !c.is_ascii_digit() && c != '.').next()?.parse().ok()
}

/// Reads the logs of all threads: client, transaction, microseconds, and more.
fn latencies(folder: &Path) -> Fallible<hdrhistogram::Histogram<u64>> {
    let mut latency = histogram();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with("log") {
            continue;
        }
        let text = fs::read_to_string(entry.path())?;
        let times = text.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<u64>().ok());
        times.for_each(|time| latency.saturating_record(time));
    }
    Ok(latency)
}

#[cfg(test)]
mod tests {
    #[test]
    fn figures_are_read_from_its_report() {
        let text = "number of transactions actually processed: 12345\ntps = 617.26 (without initial connection time)\n";
        assert_eq!(super::number_after(text, "actually processed: "), Some(12345.0));
        assert_eq!(super::number_after(text, "tps = "), Some(617.26));
    }
}
