//! Outgoing email (ONB-10). A message is written in the transaction of the action that it tells of
//! ([`outbox`]), sent afterwards by one node at a time ([`worker`]), and kept as a log
//! ([`MailMessage`]). Without a mail server it stays in the log.

mod layout;
mod message;
pub mod outbox;
pub mod smtp;
mod words;
pub mod worker;

pub use message::{MailMessage, routes};
pub use outbox::{Recipient, post};
pub use words::{MailKind, Values};
