//! XLSX workbooks, read and written a row at a time: neither the sheet nor its texts are ever held
//! in memory, however large they are.

mod number;
mod part;
mod read;
mod sheet;
mod strings;
mod text;
mod write;

pub use read::{Sheet, Workbook};
pub use sheet::Row;
pub use write::{Cell, Writer};

/// The most rows of a sheet, its headers among them.
pub const MOST_ROWS: u32 = 1_048_576;
/// Begins a cell that has an error instead of a value, such as `#N/A`. No other text has it.
pub const FAULT: char = '\u{ffff}';
/// What stands for the value of a formula that no program has calculated yet.
pub const NOT_CALCULATED: &str = "a formula without a value";

#[cfg(test)]
mod tests;
