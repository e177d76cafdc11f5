//! References in files: by id, or by what people call a record (IMP-03).

use std::collections::HashMap;

use kit::access::Scope;
use kit::call::Call;
use kit::conn::{Bind, Sql, Value};
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

/// Visible records that texts may mean: by id, or by some of their list's columns. `within` selects
/// those of a scope that can be meant at all.
pub async fn candidates<T: Resource>(
    call: &mut Call,
    texts: &[&str],
    columns: &[&str],
    known_by_id: &Scope,
    within: impl Fn(&Scope) -> Sql,
) -> Result<Vec<T>> {
    let mut found = vec![];
    let id = |text: &str| Uuid::try_parse(text.trim()).ok();
    let ids: Vec<Value> = texts
        .iter()
        .filter_map(|it| id(it))
        .map(Bind::to_value)
        .collect();
    if !ids.is_empty() {
        let mut sql = within(known_by_id);
        sql.and_in(T::list().id, ids);
        found.extend(call.query::<T>(sql).await?);
    }
    let names: Vec<&str> = texts
        .iter()
        .copied()
        .filter(|it| id(it).is_none())
        .collect();
    let Ok(scope) = call.allow::<T>("read") else {
        return Ok(found);
    };
    if names.is_empty() {
        return Ok(found);
    }
    // As typed too: not every column is folded.
    let typed = names.iter().map(|it| text::clean(it).into_owned());
    let names: Vec<Value> = names
        .iter()
        .map(|it| text::key(it))
        .chain(typed)
        .map(Bind::to_value)
        .collect();
    for column in columns.iter().filter_map(|it| T::list().column(it)) {
        let mut sql = within(&scope);
        sql.and_in(column.sql, names.clone());
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
