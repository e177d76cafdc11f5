//! What the policy allows. A new line here is a decision: write why.

/// Licences of what we ship to others: they ask for no more than to be named.
pub const SHIPPED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "OFL-1.1",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Licences of what only builds or tests the console, beside those above: none of it reaches a user.
pub const TOOLS: &[&str] = &["MIT-0", "MPL-2.0", "Python-2.0"];

/// Crates of which two incompatible versions are built, each with the reason why it cannot be helped yet.
/// Remove a line when it is no longer true: the policy tells.
pub const TWICE: &[(&str, &str)] = &[
    ("base64", "postgres-protocol is still at 0.22"),
    ("constant_time_eq", "totp-rs is still at 0.4"),
    ("fallible-iterator", "postgres-protocol is still at 0.2"),
    ("getrandom", "metrics-util still draws from rand 0.9"),
    ("hashbrown", "metrics-util is still at 0.16"),
    ("nom", "mailin, the mail server of the tests, is still at 7"),
    ("rand", "metrics-util is still at 0.9"),
    ("rand_core", "metrics-util still draws from rand 0.9"),
    ("syn", "the macros of axum and tracing are still at 2"),
];
