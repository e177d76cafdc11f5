//! Rows of one file that say the same of what must not repeat (IMP-03). Hashes instead of values:
//! 16 bytes for each row and key, whatever stands in them.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use kit::access::Source;
use kit::job::{JobContext, Stop};
use kit::list::KindName;
use kit::{Error, Result};

use super::Import;
use super::decide::{Setup, lead, link};
use super::draft::{Draft, Mapped, Reader, RowError};
use super::file::FileReader;
use super::object::{Fields, Importable, folded, sources};

/// More rows than this are several files.
pub const MOST_ROWS: usize = 5_000_000;
/// How many rows are read between two looks at whether to go on.
const STEP: usize = 5_000;

/// Columns that together must not repeat.
struct Repeated {
    columns: Vec<&'static str>,
    why: Why,
    /// Each line that repeats, and one that it repeats.
    others: HashMap<u32, u32>,
}

/// Why rows must differ in some columns.
#[derive(Clone, Copy, PartialEq)]
enum Why {
    /// Rows are matched by them; those that say nothing in this column add records.
    Match(&'static str),
    Unique,
    /// Only one row can claim this value.
    Sole(&'static str),
}

/// Which rows repeat.
#[derive(Default)]
pub struct Repeats {
    keys: Vec<Repeated>,
}

impl Repeats {
    /// Reads the whole file once, for these columns only.
    pub async fn find<T: Importable>(
        job: &JobContext,
        import: &Import,
        setup: &Setup<T>,
    ) -> Result<Self, Stop> {
        let keys = keys(setup);
        if keys.is_empty() {
            return Ok(Self::default());
        }
        let columns = keys.iter().flat_map(|it| it.0.iter().copied());
        let columns: Vec<_> = columns.flat_map(sources::<T>).collect();
        let narrow = setup.reader.only(&columns);
        let refers = |it: &Mapped| it.column.kind == KindName::Reference;
        let refers = narrow.columns.iter().any(refers) || !T::FOLLOWS.is_empty();
        let state = RandomState::new();
        let rows = usize::try_from(import.counts.rows)
            .unwrap_or_default()
            .min(MOST_ROWS);
        let mut hashes: Vec<Vec<(u64, u32)>> =
            keys.iter().map(|_| Vec::with_capacity(rows)).collect();
        let mut file = FileReader::open(&job.state.db, import).await?;
        loop {
            job.go_on().await?;
            let mut drafts = Vec::with_capacity(STEP);
            let read = file
                .each(STEP, |(record, end)| {
                    drafts.push(narrow.read(&record, end));
                    Ok(())
                })
                .await?;
            if refers {
                // Different words for one record are the same.
                let mut call = job.reading(Source::Import).await?;
                let linked = link(&mut call, setup, &drafts.iter().collect::<Vec<_>>()).await?;
                for (draft, it) in drafts.iter_mut().zip(linked) {
                    draft.fields = it.fields;
                }
            }
            for draft in &drafts {
                let line = u32::try_from(draft.line).unwrap_or(u32::MAX);
                for ((columns, why), hashes) in keys.iter().zip(&mut hashes) {
                    if let Some(values) = said::<T>(&draft.fields, columns, *why) {
                        hashes.push((state.hash_one(values), line));
                    }
                }
            }
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
        let keys = keys.into_iter().zip(hashes);
        let keys = keys.map(|((columns, why), hashes)| Repeated {
            columns,
            why,
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
            let columns: Vec<_> = key.columns.iter().map(|it| reader.header(it)).filter(|it| !it.is_empty()).collect();
            let values: Vec<_> = key.columns.iter().filter_map(|it| draft.fields.get(*it)?.as_str()).collect();
            let place = reader.format.place();
            let message = match key.why {
                Why::Match(_) => format!("{place} {other} has the same {}, by which rows are matched. Keep one of them, or match by more columns.", columns.join(" and ")),
                Why::Unique => format!("{place} {other} has the same {}, which must be unique. Change or remove one of them.", columns.join(" and ")),
                Why::Sole(value) => format!("{place} {other} names another {value} one of the same {}. Only one can be; remove it from the others.", columns.first().map_or("", String::as_str)),
            };
            RowError { column: columns.join(", "), field: key.columns.iter().filter(|it| !reader.header(it).is_empty()).copied().collect::<Vec<_>>().join(","), value: kit::text::clip(&values.join(", "), 100).into_owned(), code: "repeated".into(), message }
        })
        .collect()
    }
}

/// The columns in which rows must differ, of those that the file has.
fn keys<T: Importable>(setup: &Setup<T>) -> Vec<(Vec<&'static str>, Why)> {
    let mut keys: Vec<_> = setup
        .unique
        .iter()
        .map(|it| (it.to_vec(), Why::Unique))
        .collect();
    if let Some(lead) = lead(setup) {
        // Rows that repeat more than the match key repeat it too.
        keys.retain(|it| !setup.matched.iter().all(|name| it.0.contains(name)));
        keys.push((setup.matched.clone(), Why::Match(lead)));
    }
    if let Some(it) = T::SOLE {
        let one = |value: &&'static str| (vec![it.within, it.column], Why::Sole(value));
        keys.extend(it.values.iter().map(one));
    }
    let follows = |name: &str| T::FOLLOWS.iter().any(|it| it.0 == name);
    let is_mapped = |name: &&'static str| follows(name) || !setup.reader.header(name).is_empty();
    keys.retain(|it| it.0.iter().all(is_mapped));
    keys
}

/// What a row says of some columns; none when it says nothing that could repeat.
fn said<T: Importable>(fields: &Fields, columns: &[&'static str], why: Why) -> Option<Vec<String>> {
    let says = |name: &str| {
        let value = fields.get(name).and_then(|it| it.as_str());
        value.is_some_and(|it| !it.trim().is_empty())
    };
    let value = match why {
        Why::Match(lead) if !says(lead) => return None,
        Why::Unique if !columns.iter().all(|it| says(it)) => return None,
        Why::Match(_) | Why::Unique => return key::<T>(fields, columns),
        Why::Sole(value) => value,
    };
    let within = fields.get(*columns.first()?)?.as_str()?;
    let all = fields.get(*columns.get(1)?)?.as_array()?;
    let claims = all.iter().any(|it| it.as_str() == Some(value));
    claims.then(|| vec![within.to_owned()])
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
