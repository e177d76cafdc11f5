//! What no resource says twice: the database, identifiers, text, time, errors, authorisation,
//! lists, calls, jobs. It knows no resource; the product is in `app`.

// So that `#[derive(Record)]` works inside this crate too.
extern crate self as kit;

pub mod access;
pub mod backup;
pub mod body;
pub mod bounded;
pub mod call;
pub mod choice;
pub mod conn;
pub mod error;
pub mod event;
pub mod export;
pub mod format;
pub mod id;
pub mod job;
pub mod list;
pub mod many;
pub mod outbound;
mod permission_list;
pub mod resource;
pub mod secret;
pub mod state;
pub mod store;
pub mod text;
pub mod time;
pub mod vault;
pub mod web;
pub mod workbook;

pub use derive::{Columns, Record};
pub use error::{Error, Result};
pub use id::Id;
pub use state::State;
