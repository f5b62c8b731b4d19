//! What the figures were measured on.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::Fallible;

/// A machine and what runs on it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    pub date: String,
    pub cores: usize,
    pub processor: String,
    pub memory_gib: f64,
    pub kernel: String,
    pub file_system: String,
    /// Median time of writing 8 KiB through to the disk, in milliseconds: what each commit waits for.
    pub flush_ms: f64,
    pub postgres: String,
    pub commit: String,
    /// Processes that wanted to run in the minute before: what else the cores were doing.
    pub load_before: f64,
}

impl Machine {
    /// Looks at this machine. `folder` is where the database will be.
    pub fn look(folder: &Path) -> Fallible<Self> {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = value_after(&processors, "model name").unwrap_or("unknown").to_owned();
        let memory = fs::read_to_string("/proc/meminfo")?;
        let memory = value_after(&memory, "MemTotal").and_then(|text| text.trim_end_matches(" kB").parse::<f64>().ok());
        let load = fs::read_to_string("/proc/loadavg")?;
        Ok(Self {
            date: output("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
            cores: std::thread::available_parallelism()?.get(),
            processor,
            memory_gib: memory.unwrap_or(0.0) / (1024.0 * 1024.0),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            file_system: file_system(folder),
            flush_ms: flush_time(folder)?.as_secs_f64() * 1000.0,
            postgres: String::new(),
            commit: output("git", &["describe", "--always", "--dirty", "--abbrev=10"]),
            load_before: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0),
        })
    }

    /// The machine in a few lines.
    pub fn describe(&self) -> String {
        format!(
            "{}, commit {}\n{} cores ({}), {:.1} GiB, Linux {}, PostgreSQL {}\n\
             {}: 8 KiB are written through in {:.2} ms; load before the run: {:.2}{}\n",
            self.date,
            self.commit,
            self.cores,
            self.processor,
            self.memory_gib,
            self.kernel,
            self.postgres,
            self.file_system,
            self.flush_ms,
            self.load_before,
            self.warnings(),
        )
    }

    fn warnings(&self) -> String {
        let mut text = String::new();
        if self.load_before > 0.5 {
            text += "\nWARNING: the machine was busy with something else; absolute figures mean little.";
        }
        if self.file_system == "tmpfs" {
            text += "\nWARNING: the database is in memory, where nothing is durable; choose another --folder.";
        }
        text
    }
}

fn value_after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

/// What a program prints; "unknown" when it can't.
fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success());
    output.map_or_else(|| "unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The kind of file system that a folder is on.
fn file_system(folder: &Path) -> String {
    let text = output("df", &["--output=fstype", &folder.to_string_lossy()]);
    text.lines().last().unwrap_or("unknown").to_owned()
}

fn flush_time(folder: &Path) -> Fallible<Duration> {
    let path = folder.join(format!("catbird-bench-flush-{}", std::process::id()));
    let mut file = File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let started = Instant::now();
        file.write_all(&[0x5a; 8192])?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    fs::remove_file(&path)?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
