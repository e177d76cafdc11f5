//! How far a long command is, on standard error: a line that changes at a terminal, now and then a
//! line of its own in a log.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

pub struct Progress {
    verb: &'static str,
    terminal: bool,
    told: Instant,
}

impl Progress {
    pub fn new(verb: &'static str) -> Self {
        Self {
            verb,
            terminal: std::io::stderr().is_terminal(),
            told: Instant::now(),
        }
    }

    /// Cheap enough to be called for every row: it looks at the clock only now and then.
    pub fn at(&mut self, table: &str, rows: u64) {
        if !rows.is_multiple_of(500) {
            return;
        }
        let pause = Duration::from_millis(if self.terminal { 200 } else { 10_000 });
        if self.told.elapsed() < pause {
            return;
        }
        self.told = Instant::now();
        match self.terminal {
            true => eprint!("\r\x1b[K{} {table}: {rows} rows", self.verb),
            false => eprintln!("{} {table}: {rows} rows", self.verb),
        }
    }

    /// A step that has no rows to count.
    pub fn step(&mut self, what: &str) {
        match self.terminal {
            true => eprint!("\r\x1b[K{what}"),
            false => eprintln!("{what}"),
        }
    }
}

/// Leaves the line free for what comes next.
impl Drop for Progress {
    fn drop(&mut self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}
