//! What clients were about to do and what they heard of it, a line each.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::{Outcome, told};

/// One business action. Customers and contacts go by a name that the client gives them (`ref_id`,
/// the email address), which nothing keeps unique: a doubled one would be seen.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// One customer, or several by the batch.
    Create {
        names: Vec<String>,
        text: u32,
    },
    Change {
        name: String,
        what: Change,
    },
    Contact {
        name: String,
    },
    /// Customers from a file, by a job that must go on after each crash.
    Import {
        name: String,
        rows: usize,
    },
}

/// What happens to one customer, and is told in its audit.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Edit(u32),
    Archive,
    Unarchive,
    Delete,
    Restore,
    /// A site is added below it.
    Site,
    Link,
    Unlink,
}

/// The customer of a row of an imported file.
pub fn imported(file: &str, row: usize) -> String {
    format!("{file}-{row}")
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Written before the request leaves.
    Sent { lane: usize, act: Act },
    /// Written when the answer is there: done, for good.
    Done { lane: usize },
    /// The server could not do it at the moment: its status and code.
    Refused { lane: usize, how: String },
    /// The server answered what it must not.
    Wrong { lane: usize, what: String },
}

/// A client's journal, while it writes.
pub struct Journal {
    file: Mutex<File>,
}

impl Journal {
    pub fn create(path: &Path) -> Outcome<Self> {
        let file = Mutex::new(File::create(path).map_err(told)?);
        Ok(Self { file })
    }

    pub fn write(&self, line: &Line) -> Outcome {
        let mut bytes = serde_json::to_vec(line).map_err(told)?;
        bytes.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&bytes).map_err(told)
    }
}

/// The same journal for whoever judges: it is read on from where the last reading ended.
pub struct Reading {
    path: PathBuf,
    at: u64,
}

impl Reading {
    pub fn new(path: PathBuf) -> Self {
        Self { path, at: 0 }
    }

    /// What was added, to the last whole line.
    pub fn rest(&mut self) -> Outcome<Vec<Line>> {
        let mut file = File::open(&self.path).map_err(told)?;
        file.seek(SeekFrom::Start(self.at)).map_err(told)?;
        let mut added = String::new();
        file.read_to_string(&mut added).map_err(told)?;
        let (whole, _) = added.rsplit_once('\n').unwrap_or_default();
        self.at += whole.len() as u64 + u64::from(!whole.is_empty());
        let lines = whole.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().map_err(told)
    }
}
