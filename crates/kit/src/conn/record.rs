//! From rows to structs, by column name.

use super::{Cell, Column, Error, Result};

pub use derive::Record;

/// A row as a Rust value. `#[derive(Record)]` writes it for structs whose fields are `Column`s:
/// `#[record(flatten)]` embeds another record, `#[record(skip)]` fills in the default. Tuples take
/// the columns by position.
pub trait Record: Sized {
    /// The columns in the order `read` takes them; none means by position.
    const COLUMNS: &'static [&'static str];
    fn read(row: &mut Row<'_>) -> Result<Self>;
}

/// A driver's row.
pub(super) trait Cells {
    fn cell(&self, index: usize) -> Result<Cell<'_>>;
    fn name(&self, index: usize) -> &str;
}

/// A row being read: every call of `column` takes the next of `Record::COLUMNS`.
pub struct Row<'r> {
    cells: &'r dyn Cells,
    at: std::slice::Iter<'r, usize>,
}

impl Row<'_> {
    pub fn column<T: Column>(&mut self) -> Result<T> {
        let Some(&index) = self.at.next() else {
            return Err(Error::other(
                "the statement gives fewer columns than are read",
            ));
        };
        let cell = self.cells.cell(index)?;
        T::read(cell).ok_or_else(|| {
            let name = self.cells.name(index);
            let what = if cell == Cell::Null {
                "is NULL"
            } else {
                "does not fit"
            };
            Error::Other(format!(
                "column `{name}` {what}: {}",
                std::any::type_name::<T>()
            ))
        })
    }
}

/// Where a record's columns stand in a statement's result: found once per query, not per row.
pub(super) struct Places(Vec<usize>);

impl Places {
    pub fn find<T: Record>(names: &[&str]) -> Result<Self> {
        if T::COLUMNS.is_empty() {
            return Ok(Places((0..names.len()).collect()));
        }
        // Columns mostly come in the order of the fields: look on from the last one found.
        let mut next = 0;
        let find = |wanted: &&str| {
            let found = (next..names.len())
                .chain(0..next)
                .find(|&at| names[at] == *wanted);
            next = found.map_or(next, |at| at + 1);
            found.ok_or_else(|| Error::Other(format!("there is no column `{wanted}`")))
        };
        T::COLUMNS
            .iter()
            .map(find)
            .collect::<Result<_>>()
            .map(Places)
    }

    pub fn read<T: Record>(&self, cells: &dyn Cells) -> Result<T> {
        T::read(&mut Row {
            cells,
            at: self.0.iter(),
        })
    }
}

/// How many columns a derived record has, those of flattened records included.
pub const fn total(lists: &[&[&str]]) -> usize {
    let (mut list, mut total) = (0, 0);
    while list < lists.len() {
        total += lists[list].len();
        list += 1;
    }
    total
}

/// Their names in one list, put together while compiling.
pub const fn concat<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let mut all = [""; N];
    let (mut list, mut at) = (0, 0);
    while list < lists.len() {
        let mut name = 0;
        while name < lists[list].len() {
            all[at] = lists[list][name];
            at += 1;
            name += 1;
        }
        list += 1;
    }
    all
}

macro_rules! tuple {
    ($($type:ident),+) => {
        impl<$($type: Column),+> Record for ($($type,)+) {
            const COLUMNS: &'static [&'static str] = &[];
            fn read(row: &mut Row<'_>) -> Result<Self> {
                Ok(($(row.column::<$type>()?,)+))
            }
        }
    };
}

tuple!(A);
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
tuple!(A, B, C, D, E);
tuple!(A, B, C, D, E, F);
