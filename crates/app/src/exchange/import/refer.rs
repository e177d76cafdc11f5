//! References in files: by id, or by what people call a record (IMP-03).

use std::collections::HashMap;

use kit::access::Scope;
use kit::call::Call;
use kit::conn::{Bind, Value};
use kit::resource::Resource;
use kit::{Result, error::FieldError, text};
use uuid::Uuid;

use super::object::Fields;

/// References by id or by some names: each text's one record, or what is wrong with it.
pub struct Lookup<T>(HashMap<String, Result<T, (&'static str, &'static str)>>);

impl<T: Clone> Lookup<T> {
    /// `found` are candidates; `names` are all texts by which a candidate can be called, folded.
    pub fn new<'a>(
        texts: impl Iterator<Item = &'a str>,
        found: &[T],
        id: impl Fn(&T) -> Uuid,
        names: impl Fn(&T) -> Vec<String>,
    ) -> Self {
        let mut by: HashMap<String, Vec<usize>> = HashMap::new();
        for (n, it) in found.iter().enumerate() {
            for name in names(it).into_iter().chain([id(it).to_string()]) {
                let all = by.entry(name).or_default();
                // One that was found in several ways is one.
                if !all
                    .iter()
                    .any(|known| found.get(*known).is_some_and(|known| id(known) == id(it)))
                {
                    all.push(n);
                }
            }
        }
        let one = |text: &str| match by.get(&text::key(text)).map(Vec::as_slice) {
            Some([only]) => found.get(*only).cloned().ok_or(MISSING),
            Some([_, ..]) => Err(("ambiguous", "names several; give the id instead")),
            _ => Err(MISSING),
        };
        Self(texts.map(|it| (it.to_owned(), one(it))).collect())
    }

    /// The same under the texts that rows have, which `plain` turns into those looked up.
    pub fn renamed(mut self, texts: &[&str], plain: impl Fn(&str) -> String) -> Self {
        let all = texts
            .iter()
            .map(|it| {
                (
                    (*it).to_owned(),
                    self.0.get(&plain(it)).cloned().unwrap_or(Err(MISSING)),
                )
            })
            .collect();
        self.0 = all;
        self
    }

    /// The record that a field of a row names; none when it names none.
    pub fn of(&self, fields: &Fields, column: &str, errors: &mut Vec<FieldError>) -> Option<T> {
        let text = fields.get(column)?.as_str()?;
        match self.0.get(text).cloned().unwrap_or(Err(MISSING)) {
            Ok(it) => Some(it),
            Err((code, message)) => {
                errors.push(FieldError::new(format!("/{column}"), code, message));
                None
            }
        }
    }
}

/// The same for what is nowhere and for what is not visible (TREE-05).
const MISSING: (&str, &str) = (
    "unknown_reference",
    "does not exist; give an id or a name that you see in the console",
);

/// Visible records that texts may mean: by id, or by some of their list's columns.
pub async fn candidates<T: Resource>(
    call: &mut Call,
    texts: &[&str],
    columns: &[&str],
    known_by_id: &Scope,
) -> Result<Vec<T>> {
    let mut found = vec![];
    let ids: Vec<Uuid> = texts
        .iter()
        .filter_map(|it| Uuid::try_parse(it.trim()).ok())
        .collect();
    if !ids.is_empty() {
        found.extend(call.query::<T>(T::list().some(known_by_id, ids)).await?);
    }
    let names: Vec<Value> = texts
        .iter()
        .filter(|it| Uuid::try_parse(it.trim()).is_err())
        .map(|it| text::key(it).to_value())
        .collect();
    let Ok(scope) = call.allow::<T>("read") else {
        return Ok(found);
    };
    if names.is_empty() {
        return Ok(found);
    }
    for column in columns.iter().filter_map(|it| T::list().column(it)) {
        let mut sql = T::list().base(&scope);
        sql.push("").and_in(column.sql, names.clone());
        found.extend(call.query::<T>(sql).await?);
    }
    Ok(found)
}

/// The distinct texts of a reference column.
pub fn texts<'a>(rows: &[&'a Fields], column: &str) -> Vec<&'a str> {
    let mut all: Vec<&str> = rows
        .iter()
        .filter_map(|it| it.get(column)?.as_str())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}
