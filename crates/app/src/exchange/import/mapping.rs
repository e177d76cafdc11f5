//! Which column of the file is which field (IMP-02): suggested by names and by what this user chose
//! before, checked before a plan.

use std::collections::{BTreeMap, HashMap};

use kit::body::shape;
use kit::call::Call;
use kit::conn::JsonOf;
use kit::list::KindName;
use kit::{Error, Result, error::FieldError, sql};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::Import;
use super::cell::{Given, read_text};
use super::draft::Mapped;
use super::handlers::PlanRequest;
use super::object::{Fields, ImportColumn, Importable, is_read_only};

/// Field -> header.
pub type Mapping = BTreeMap<String, String>;

/// The most headers that are remembered of one user.
const REMEMBERED: usize = 500;
/// Of so many files it is remembered how they were read.
const FILES: usize = 20;

/// Suggests a mapping: what the user chose before, then equal names, labels and aliases.
pub fn suggest<T: Importable>(
    headers: &[String],
    sample: &[Vec<String>],
    remembered: &HashMap<String, String>,
) -> Mapping {
    let mut mapping = Mapping::new();
    let free = |mapping: &Mapping, header: &str| !mapping.values().any(|it| it == header);
    let columns = T::columns();
    for header in headers {
        if let Some(column) = remembered
            .get(header)
            .and_then(|name| columns.iter().find(|it| it.name == name))
        {
            mapping
                .entry(column.name.to_owned())
                .or_insert_with(|| header.clone());
        }
    }
    // A name that fits counts less than values that do, but more than nothing.
    for (rank, readable) in [(0, true), (1, true), (2, true), (0, false), (1, false)] {
        for column in columns {
            if mapping.contains_key(column.name) {
                continue;
            }
            let fits = |(n, header): &(usize, &String)| {
                // Our own exports' read-only columns are not somebody's word for another field.
                let is_known = is_read_only::<T>(header) && rank > 0;
                let mut cells = sample.iter().filter_map(|row| row.get(*n));
                is_called(column, header, rank)
                    && !is_known
                    && free(&mapping, header)
                    && (!readable && column.kind != KindName::Id || reads::<T>(column, &mut cells))
            };
            if let Some((_, header)) = headers.iter().enumerate().find(fits) {
                mapping.insert(column.name.to_owned(), header.clone());
            }
        }
    }
    mapping
}

fn is_called(column: &ImportColumn, header: &str, rank: u8) -> bool {
    let wanted = squeezed(header);
    match rank {
        0 => column.name == header,
        1 => squeezed(column.name) == wanted || squeezed(column.label) == wanted,
        _ => column.aliases.iter().any(|it| squeezed(it) == wanted),
    }
}

/// `Customer-ID`, `customer_id` and `Customer id` are one.
fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|it| it.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether the first rows have anything that the column can take; blank ones say nothing.
fn reads<'a, T: Importable>(
    column: &ImportColumn,
    cells: impl Iterator<Item = &'a String>,
) -> bool {
    if matches!(column.kind, KindName::Reference | KindName::Text) && column.choices.is_empty() {
        return true;
    }
    if column.kind == KindName::Id {
        // Other systems' ids are called so too.
        let mut cells = cells.filter(|it| !it.trim().is_empty());
        return cells.all(|it| Uuid::try_parse(it.trim()).is_ok());
    }
    if !shape::<T::Input>().fields.contains(column.name) {
        return true;
    }
    let mut blank = true;
    for cell in cells {
        let Given::Value(value) = read_text(cell, &column.reading(None)) else {
            continue;
        };
        blank = false;
        let mut alone = Fields::new();
        alone.insert(column.name.to_owned(), value);
        let pointer = format!("/{}", column.name);
        match kit::body::read::<T::Input>(alone) {
            Err(Error::Invalid(errors)) if errors.iter().any(|it| it.pointer == pointer) => {}
            _ => return true,
        }
    }
    blank
}

/// Checks a chosen mapping against the file; every mistake at once.
pub fn check<T: Importable>(import: &Import, mapping: &Mapping) -> Result<Vec<Mapped>> {
    let mut errors = vec![];
    let mut all = vec![];
    for (name, header) in mapping {
        let pointer = format!("/mapping/{name}");
        let Some(column) = T::columns().iter().find(|it| it.name == name) else {
            let known = T::columns().iter().map(|it| it.name);
            let message = match kit::body::nearest(name, known) {
                _ if is_read_only::<T>(name) => "is read-only and cannot be imported".to_owned(),
                Some(near) => format!("is no column that can be imported; did you mean {near}?"),
                None => "is no column that can be imported".into(),
            };
            errors.push(FieldError::new(pointer, "unknown", message));
            continue;
        };
        match import.headers.iter().position(|it| it == header) {
            Some(index) => all.push(Mapped {
                column,
                header: header.clone(),
                index,
            }),
            None => errors.push(FieldError::new(
                pointer,
                "unknown_header",
                format!("the file has no column “{}”", kit::text::clip(header, 80)),
            )),
        }
    }
    if mapping.is_empty() {
        errors.push(FieldError::new(
            "/mapping",
            "required",
            "map at least one column",
        ));
    }
    if errors.is_empty() {
        Ok(all)
    } else {
        Err(Error::Invalid(errors))
    }
}

/// Checks a chosen match key: mapped columns, one of which finds records.
pub fn check_match<T: Importable>(columns: &[Mapped], key: &[String]) -> Result<Vec<&'static str>> {
    // A reference is compared by its id, so it must be a column of the record itself.
    let matches = |it: &Mapped| match it.column.kind {
        KindName::Text | KindName::Choice | KindName::Id => true,
        KindName::Reference => T::list().column(it.column.name).is_some(),
        _ => false,
    };
    let mut all = vec![];
    let mut errors = vec![];
    for (n, name) in key.iter().enumerate() {
        match columns.iter().find(|it| it.column.name == name) {
            None => errors.push(FieldError::new(
                format!("/match/{n}"),
                "not_mapped",
                "is not mapped, so rows cannot be matched by it",
            )),
            Some(it) if !matches(it) => errors.push(FieldError::new(
                format!("/match/{n}"),
                "invalid",
                "cannot be part of a match key",
            )),
            Some(it) => all.push(it.column.name),
        }
    }
    let finds = |it: &Mapped| it.column.finds && all.contains(&it.column.name);
    if errors.is_empty() && !key.is_empty() && !columns.iter().any(finds) {
        let known: Vec<_> = columns
            .iter()
            .filter(|it| it.column.finds)
            .map(|it| it.column.name)
            .collect();
        errors.push(FieldError::new(
            "/match",
            "invalid",
            format!("needs one of {} besides", known.join(", ")),
        ));
    }
    if errors.is_empty() {
        Ok(all)
    } else {
        Err(Error::Invalid(errors))
    }
}

fn preference(object: &str) -> String {
    format!("import.{object}")
}

/// What a user chose before, for one object (IMP-02).
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Memory {
    /// Header -> field, of whichever file.
    pub headers: HashMap<String, String>,
    /// The last files, the newest first.
    files: Vec<Chosen>,
}

/// How a file was read.
#[derive(Serialize, Deserialize, Default, Clone)]
#[serde(default)]
pub struct Chosen {
    /// The names of its columns, in the order of the alphabet.
    headers: Vec<String>,
    pub mapping: Mapping,
    #[serde(rename = "match")]
    pub match_columns: Vec<String>,
    pub separator: String,
}

impl Memory {
    /// How the last file with these columns was read, in whatever order they stood.
    pub fn of(&self, headers: &[String]) -> Option<&Chosen> {
        let headers = sorted(headers);
        self.files.iter().find(|it| it.headers == headers)
    }
}

fn sorted(headers: &[String]) -> Vec<String> {
    let mut headers = headers.to_vec();
    headers.sort_unstable();
    headers
}

/// What the user chose before.
pub async fn remembered(call: &mut Call, object: &str) -> Result<Memory> {
    let sql = sql!(
        "select value from preferences where user_id = $1 and name = $2",
        call.caller.user_id,
        preference(object)
    );
    let found: Option<(JsonOf<Json>,)> = call.query_optional(sql).await?;
    let memory = found.and_then(|(JsonOf(value),)| serde_json::from_value(value).ok());
    Ok(memory.unwrap_or_default())
}

/// Remembers how a file is read, for the next one like it.
pub async fn remember(call: &mut Call, import: &Import, how: &PlanRequest) -> Result<()> {
    // The command line on the machine itself is nobody who could prefer something.
    if call.caller.user_id.is_nil() {
        return Ok(());
    }
    let mut memory = remembered(call, &import.object).await?;
    if memory.headers.len() > REMEMBERED {
        memory.headers.clear();
    }
    let chosen = Chosen {
        headers: sorted(&import.headers),
        mapping: how.mapping.clone(),
        match_columns: how.match_columns.clone(),
        separator: how.separator.clone().unwrap_or_default(),
    };
    let pairs = chosen.mapping.iter();
    let pairs = pairs.map(|(name, header)| (header.clone(), name.clone()));
    memory.headers.extend(pairs);
    memory.files.retain(|it| it.headers != chosen.headers);
    if chosen.headers.len() <= REMEMBERED {
        memory.files.insert(0, chosen);
    }
    memory.files.truncate(FILES);
    let sql = sql!(
        "insert into preferences (user_id, name, value) values ($1, $2, $3) on conflict (user_id, name) do update set value = excluded.value",
        call.caller.user_id,
        preference(&import.object),
        JsonOf(memory)
    );
    call.execute(sql).await?;
    Ok(())
}
