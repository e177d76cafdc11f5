//! What machines do to a server, done on purpose: it is killed at random moments under load
//! (`crash`), its disk fails or is full (`faults`); whatever it acknowledged must be there
//! afterwards, once. Started by `cargo xtask campaign`.
//!
//! Several client processes write in a journal what they are about to send and what was answered
//! (`journal`, `client`, `lane`, `import`). From the journals follows what must be in the database
//! (`model`), and the campaign looks there itself instead of asking the server (`check`).

mod check;
pub mod client;
pub mod crash;
pub mod faults;
mod fleet;
mod import;
mod journal;
mod lane;
mod model;
mod place;
