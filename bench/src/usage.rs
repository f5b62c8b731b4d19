//! CPU time and memory of processes, from /proc.

use std::{fs, io};

use crate::Fallible;

/// CPU time in seconds, user and system together.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuTimes {
    pub server: f64,
    pub postgres: f64,
    /// This process, or pgbench.
    pub driver: f64,
}

impl CpuTimes {
    /// What was used since `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            server: self.server - before.server,
            postgres: self.postgres - before.postgres,
            driver: self.driver - before.driver,
        }
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            server: self.server + other.server,
            postgres: self.postgres + other.postgres,
            driver: self.driver + other.driver,
        }
    }
}

/// Numbers of /proc/<pid>/stat, from the fourth field (ppid) on.
struct Stat(Vec<u64>);

impl Stat {
    fn of(pid: &str) -> io::Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The program's name stands in parentheses and may hold anything; the state follows it.
        let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
        Ok(Self(rest.split_whitespace().skip(1).map(|field| field.parse().unwrap_or(0)).collect()))
    }

    /// A field by its number in proc_pid_stat(5).
    fn field(&self, number: usize) -> u64 {
        self.0.get(number - 4).copied().unwrap_or(0)
    }

    fn own(&self) -> u64 {
        self.field(14) + self.field(15)
    }

    fn ended_children(&self) -> u64 {
        self.field(16) + self.field(17)
    }
}

/// CPU time of one process.
pub fn process(pid: u32) -> Fallible<f64> {
    Ok(seconds(Stat::of(&pid.to_string())?.own()))
}

/// CPU time of this process.
pub fn own() -> Fallible<f64> {
    Ok(seconds(Stat::of("self")?.own()))
}

/// CPU time of the children of this process that have ended.
pub fn ended_children() -> Fallible<f64> {
    Ok(seconds(Stat::of("self")?.ended_children()))
}

/// CPU time of a process and of all children that it has or had: a postmaster and its backends.
pub fn family(pid: u32) -> Fallible<f64> {
    let parent = Stat::of(&pid.to_string())?;
    let mut ticks = parent.own() + parent.ended_children();
    for entry in fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())) else { continue };
        // A process that ended meanwhile is among the parent's ended children next time.
        if let Ok(stat) = Stat::of(name)
            && stat.field(4) == u64::from(pid)
        {
            ticks += stat.own();
        }
    }
    Ok(seconds(ticks))
}

fn seconds(ticks: u64) -> f64 {
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

/// Resident memory of a process in bytes.
pub fn resident(pid: u32) -> Fallible<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Ok(kib.ok_or("the process has no memory: it has ended")? * 1024)
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_has_memory_and_belongs_to_its_parents_family() {
        let me = std::process::id();
        assert!(super::resident(me).unwrap() > 100_000);
        let parent = std::os::unix::process::parent_id();
        assert!(super::family(parent).unwrap() >= super::process(parent).unwrap());
    }
}
