//! Rows of one file that say the same of what must not repeat (IMP-03). Hashes instead of values:
//! 16 bytes for each row and key, whatever stands in them.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use kit::job::{JobContext, Stop};
use kit::{Error, Result};

use super::Import;
use super::draft::{Draft, Reader, RowError};
use super::file::FileReader;
use super::object::{Fields, Importable, folded};

/// More rows than this are several files.
pub const MOST_ROWS: usize = 5_000_000;
/// How many rows are read between two looks at whether to go on.
const STEP: usize = 5_000;

/// Columns that together must not repeat.
struct Key {
    columns: Vec<&'static str>,
    is_match: bool,
    /// Each line that repeats, and one that it repeats.
    others: HashMap<u32, u32>,
}

/// Which rows repeat.
#[derive(Default)]
pub struct Repeats {
    keys: Vec<Key>,
}

impl Repeats {
    /// Reads the whole file once, for these columns only.
    pub async fn find<T: Importable>(
        job: &JobContext,
        import: &Import,
        reader: &Reader,
        unique: &[&'static str],
        matched: &[&'static str],
    ) -> Result<Self, Stop> {
        let mut keys: Vec<Vec<&'static str>> = unique.iter().map(|it| vec![*it]).collect();
        if !matched.is_empty() && !keys.iter().any(|it| it == matched) {
            keys.push(matched.to_vec());
        }
        keys.retain(|it| {
            it.iter().all(|name| {
                reader
                    .columns
                    .iter()
                    .any(|mapped| mapped.column.name == *name)
            })
        });
        if keys.is_empty() {
            return Ok(Self::default());
        }
        let narrow = reader.only(&keys.concat());
        let state = RandomState::new();
        let rows = usize::try_from(import.counts.rows)
            .unwrap_or_default()
            .min(MOST_ROWS);
        let mut hashes: Vec<Vec<(u64, u32)>> =
            keys.iter().map(|_| Vec::with_capacity(rows)).collect();
        let mut file = FileReader::open(&job.state.db, import).await?;
        loop {
            job.go_on().await?;
            let read = file
                .each(STEP, |(record, end)| {
                    let draft = narrow.read(&record, end);
                    let line = u32::try_from(draft.line).unwrap_or(u32::MAX);
                    for (columns, hashes) in keys.iter().zip(&mut hashes) {
                        if let Some(values) = key::<T>(&draft.fields, columns) {
                            hashes.push((state.hash_one(values), line));
                        }
                    }
                    Ok(())
                })
                .await?;
            if hashes.iter().any(|it| it.len() > MOST_ROWS) {
                return Err(Error::conflict(
                    "too_many_rows",
                    format!("The file has more than {MOST_ROWS} rows; split it."),
                )
                .into());
            }
            if read == 0 {
                break;
            }
        }
        let keys = keys.into_iter().zip(hashes).map(|(columns, hashes)| Key {
            is_match: columns == matched,
            columns,
            others: repeated(hashes),
        });
        Ok(Self {
            keys: keys.collect(),
        })
    }

    /// What is wrong with a row because of another row of the file.
    pub fn errors(&self, draft: &Draft, reader: &Reader) -> Vec<RowError> {
        let line = u32::try_from(draft.line).unwrap_or(u32::MAX);
        let found = self
            .keys
            .iter()
            .filter_map(|key| Some((key, key.others.get(&line)?)));
        found.map(|(key, other)| {
            let columns: Vec<_> = key.columns.iter().map(|it| reader.header(it)).collect();
            let values: Vec<_> = key.columns.iter().filter_map(|it| draft.fields.get(*it)?.as_str()).collect();
            let place = reader.format.place();
            let message = match key.is_match {
                true => format!("{place} {other} has the same {}, by which rows are matched. Keep one of them, or match by more columns.", columns.join(" and ")),
                false => format!("{place} {other} has the same {}, which must be unique. Change or remove one of them.", columns.join(" and ")),
            };
            RowError { column: columns.join(", "), field: key.columns.join(","), value: kit::text::clip(&values.join(", "), 100).into_owned(), code: "repeated".into(), message }
        })
        .collect()
    }
}

/// The folded values of a key's columns; none when the row gives none of them.
pub fn key<T: Importable>(fields: &Fields, columns: &[&'static str]) -> Option<Vec<String>> {
    let value = |column: &&'static str| {
        folded::<T>(
            column,
            fields
                .get(*column)
                .and_then(|it| it.as_str())
                .unwrap_or_default(),
        )
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    values.iter().any(|it| !it.is_empty()).then_some(values)
}

/// Of hashes with their lines those that come more than once: each later line with the first, the
/// first with the second.
fn repeated(mut hashes: Vec<(u64, u32)>) -> HashMap<u32, u32> {
    hashes.sort_unstable();
    let mut others = HashMap::new();
    for same in hashes.chunk_by(|a, b| a.0 == b.0) {
        if let [first, second, ..] = same {
            others.insert(first.1, second.1);
            others.extend(same.iter().skip(1).map(|it| (it.1, first.1)));
        }
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_repeated_line_names_another() {
        let others = repeated(vec![(7, 2), (9, 3), (7, 5), (7, 4)]);
        assert_eq!(others, HashMap::from([(2, 4), (4, 2), (5, 2)]));
    }
}
