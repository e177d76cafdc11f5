//! What can go wrong between a statement and its answer, the same on both engines.

use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A rule of the schema refused the write. `name` is the constraint's or the unique index's name,
    /// `table.column` for NOT NULL, and empty for references on SQLite, which does not tell.
    Constraint {
        kind: Kind,
        name: String,
    },
    /// Nothing was done, and the same request may well succeed: a deadlock, a connection lost before
    /// the commit, a plan a migration made stale, a batch lost through somebody else's failure.
    Retry,
    /// The commit was sent and no answer came: it may or may not have happened. Never retried here.
    Unknown,
    /// The statement ran longer than it may.
    Timeout,
    /// The database's disk is full; nothing was done.
    Full,
    /// Closed, or not to be written to any more.
    Stopped(String),
    /// Waited too long for the writer's turn or for a connection.
    Busy,
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Unique,
    Reference,
    Check,
    NotNull,
}

impl Error {
    pub(super) fn other(what: impl fmt::Display) -> Self {
        Error::Other(what.to_string())
    }

    pub(super) fn constraint(kind: Kind, name: impl Into<String>) -> Self {
        let name = name.into();
        Error::Constraint { kind, name }
    }

    /// Whether this is the violation of that constraint. A reference SQLite could not name is taken
    /// for any reference: a resource with several of them looks for itself which one is missing.
    pub fn is(&self, wanted: Kind, called: &str) -> bool {
        matches!(self, Error::Constraint { kind, name }
            if *kind == wanted && (name == called || (wanted == Kind::Reference && name.is_empty())))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Constraint { kind, name } => {
                let kind = match kind {
                    Kind::Unique => "unique",
                    Kind::Reference => "reference",
                    Kind::Check => "check",
                    Kind::NotNull => "not null",
                };
                write!(f, "{kind} constraint `{name}` violated")
            }
            Error::Retry => f.write_str("nothing was done, try again"),
            Error::Unknown => f.write_str("the commit's outcome is unknown"),
            Error::Timeout => f.write_str("the statement took too long"),
            Error::Full => f.write_str("the disk is full"),
            Error::Busy => f.write_str("the database is busy"),
            Error::Stopped(what) | Error::Other(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}
