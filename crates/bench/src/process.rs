//! Servers under measurement: starting and stopping them, their processor time and memory.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::client::{self, Client};
use crate::{Outcome, told};

/// Ticks of /proc a second; the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

pub struct Server {
    child: Child,
    pub port: u16,
    /// From its start to its first good answer.
    pub ready: Duration,
}

impl Server {
    /// Starts a program and waits until it answers on `path`; the command is made for a port.
    pub async fn start(command: impl FnOnce(u16) -> Outcome<Command>, path: &str) -> Outcome<Self> {
        let port = free_port()?;
        let mut command = command(port)?;
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let started = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|error| format!("a server cannot be started: {error}"))?;
        loop {
            if let Ok(mut client) = Client::connect(port).await
                && client.send(&client::get(path, "-")).await == Ok(200)
            {
                break;
            }
            if let Some(status) = child.try_wait().map_err(told)? {
                return Err(format!("a server ended at once: {status}"));
            }
            if started.elapsed() > Duration::from_secs(30) {
                let _ = child.kill();
                return Err("a server was not ready within 30 s".into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(Self {
            child,
            port,
            ready: started.elapsed(),
        })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it holds now, in MB.
    pub fn memory(&self) -> Outcome<Memory> {
        Memory::of(self.pid())
    }

    /// Watches its memory until [`Watch::most`] is asked.
    pub fn watch(&self) -> Watch {
        let (pid, stop) = (self.pid(), Arc::new(AtomicBool::new(false)));
        let stopped = stop.clone();
        let watching = std::thread::spawn(move || {
            let mut most = Memory::default();
            while !stopped.load(Ordering::Relaxed) {
                if let Ok(now) = Memory::of(pid) {
                    most.own = most.own.max(now.own);
                    most.all = most.all.max(now.all);
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            most
        });
        Watch { watching, stop }
    }
}

/// Resident memory in MB.
#[derive(Clone, Copy, Default)]
pub struct Memory {
    /// What it allocated. The rest is files that it maps: the program, and on SQLite up to 256 MB of
    /// the database, which the system takes back when it needs them.
    pub own: f64,
    pub all: f64,
}

impl Memory {
    fn of(pid: u32) -> Outcome<Self> {
        Ok(Self {
            own: status(pid, "RssAnon:")?,
            all: status(pid, "VmRSS:")?,
        })
    }

    pub fn told(self) -> String {
        format!("{:.0} MB with mapped files", self.all)
    }
}

/// A thread that keeps the highest memory it sees.
pub struct Watch {
    watching: std::thread::JoinHandle<Memory>,
    stop: Arc<AtomicBool>,
}

impl Watch {
    pub fn most(self) -> Memory {
        self.stop.store(true, Ordering::Relaxed);
        self.watching.join().unwrap_or_default()
    }
}

impl Server {
    /// Ends it at once, as the system does when memory is short: `kill -9`.
    pub fn kill(&mut self) -> Outcome {
        self.child.kill().map_err(told)?;
        self.child.wait().map(drop).map_err(told)
    }

    /// What it ended with, if it ends by itself within that time.
    pub fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        let since = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(None) if since.elapsed() < within => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(ended) => return ended,
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Server {
    /// Asks it to end as an operator would; it writes its last checkpoint then.
    fn drop(&mut self) {
        if self.ended(Duration::ZERO).is_some() {
            return;
        }
        let asked = Command::new("kill").arg(self.pid().to_string()).status();
        if asked.is_err() || self.ended(Duration::from_secs(10)).is_none() {
            let _ = self.kill();
        }
    }
}

/// User and system time of a process, in milliseconds.
pub fn cpu_ms(pid: u32) -> Outcome<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).map_err(told)?;
    // The name in parentheses may hold spaces: count from behind it.
    let rest = stat.rsplit(')').next().unwrap_or_default();
    let ticks = rest.split_whitespace().skip(11).take(2);
    Ok(ticks.filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() * 1000.0 / TICKS)
}

fn status(pid: u32, name: &str) -> Outcome<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).map_err(told)?;
    let line = text.lines().find_map(|it| it.strip_prefix(name));
    let kilobytes = line.and_then(|it| it.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes
        .map(|it| it / 1024.0)
        .ok_or_else(|| format!("no {name} of a process"))
}

fn free_port() -> Outcome<u16> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(told)?;
    socket.local_addr().map(|it| it.port()).map_err(told)
}
