//! Data in and out (spec 6), and the jobs that move it.

pub mod import;
pub mod jobs;
