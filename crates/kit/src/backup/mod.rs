//! The backup file: gzip, in it lines of JSON, for either engine; documented in docs/operating.md.
//!
//! ```text
//! {"format":"tenantry backup","version":1,"tenantry":"0.1.0","schema":[…],"engine":…,…}
//! {"table":"customers","columns":[["id","uuid"],…],"key":["id"]}
//! ["0192…","Vertex IT",null,1,true]            one row a line, in the order of the key
//! {"rows":1,"sha256":"…"}                      of the rows' lines
//! …
//! {"tables":23,"rows":12345,"sha256":"…"}      of all lines before that are no rows
//! ```

mod read;
mod write;

pub use read::{Check, Piece, Reader, check};
pub use write::Writer;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::conn::{Error, Result};
use crate::time::Instant;

const FORMAT: &str = "tenantry backup";
const VERSION: u32 = 1;
/// Lines travel between threads in pieces of about this many bytes.
const BLOCK: usize = 256 * 1024;

/// What the file is, so that nobody has to guess.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    format: String,
    version: u32,
    /// The program that wrote it.
    pub tenantry: String,
    /// The migrations that made its tables.
    pub schema: Vec<String>,
    pub engine: String,
    pub taken_at: Instant,
    /// The house provider: what tells installations apart. None before `tenantry init`.
    pub installation: Option<Installation>,
    /// Keys outside the database without which it cannot be used.
    pub keys: Vec<Key>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Installation {
    pub id: uuid::Uuid,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Key {
    pub name: String,
    /// Whether the file holds it.
    pub included: bool,
}

impl Header {
    pub fn new(
        tenantry: &str,
        schema: Vec<String>,
        engine: &str,
        taken_at: Instant,
        installation: Option<Installation>,
    ) -> Self {
        Self {
            format: FORMAT.into(),
            version: VERSION,
            tenantry: tenantry.into(),
            schema,
            engine: engine.into(),
            taken_at,
            installation,
            keys: vec![],
        }
    }
}

/// After the rows of a table.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct End {
    rows: u64,
    sha256: String,
}

/// After everything: a file without it was cut off.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Footer {
    tables: u64,
    rows: u64,
    sha256: String,
}

fn broken(what: impl std::fmt::Display) -> Error {
    Error::Other(what.to_string())
}

/// A file under its final name, durably. Nothing that stood there is missed by then.
pub fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::rename(from, to)?;
    let folder = match to.parent() {
        Some(it) if !it.as_os_str().is_empty() => it,
        _ => Path::new("."),
    };
    std::fs::File::open(folder)?.sync_all()
}

/// Text of a line that is no row.
fn line(it: &impl Serialize) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(it).map_err(broken)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests;
