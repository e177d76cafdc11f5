//! References in files: by id, or by what people call a record (IMP-03).

use std::collections::HashMap;
use std::sync::Arc;

use kit::access::Scope;
use kit::call::Call;
use kit::conn::{Bind, Sql, Value};
use kit::resource::Resource;
use kit::{Result, error::FieldError, text};
use uuid::Uuid;

use super::object::Fields;
use super::path;
use crate::customers::Customer;
use crate::values::ExternalId;

/// What is wrong with a text: a code and a sentence.
pub type Wrong = (&'static str, String);

/// References by id, name or path: each text's one record, or what is wrong with it.
pub struct Lookup<T>(HashMap<String, Result<T, Wrong>>);

impl<T: Clone> Lookup<T> {
    /// `found` are candidates; `chain` tells by which names (folded) one can be called, those of
    /// what is above it before its own; `title` names it where several can be meant.
    pub fn new<'a>(
        texts: impl IntoIterator<Item = &'a str>,
        found: &[T],
        id: impl Fn(&T) -> Uuid,
        chain: impl Fn(&T) -> Vec<Vec<String>>,
        title: impl Fn(&T) -> String,
    ) -> Self {
        let mut by: HashMap<String, Vec<usize>> = HashMap::new();
        let chains: Vec<Vec<Vec<String>>> = found.iter().map(chain).collect();
        for (n, (it, chain)) in found.iter().zip(&chains).enumerate() {
            for name in chain
                .last()
                .into_iter()
                .flatten()
                .cloned()
                .chain([id(it).to_string()])
            {
                let all = by.entry(name).or_default();
                // One that was found in several ways is one.
                let same =
                    |known: &usize| found.get(*known).is_some_and(|known| id(known) == id(it));
                if !all.iter().any(same) {
                    all.push(n);
                }
            }
        }
        let one = |text: &str| {
            let path = path::names(text);
            let by_path = by.get(path.last().map_or("", String::as_str));
            let fits = |n: &&usize| chains.get(**n).is_some_and(|it| path::leads_to(&path, it));
            let mut all: Vec<usize> = by_path
                .into_iter()
                .flatten()
                .filter(fits)
                .copied()
                .collect();
            // A name that has a stroke itself is found as it is, too.
            let whole = by.get(&text::key(text)).into_iter().flatten();
            all.extend(whole);
            all.sort_unstable();
            all.dedup();
            let mut all = all.into_iter().filter_map(|n| found.get(n));
            match (all.next(), all.next()) {
                (None, _) => Err(missing()),
                (Some(only), None) => Ok(only.clone()),
                (Some(first), Some(second)) => {
                    let mut named: Vec<String> = [first, second].into_iter().map(&title).collect();
                    named.extend(all.by_ref().take(3).map(&title));
                    let more = if all.next().is_some() {
                        " and others"
                    } else {
                        ""
                    };
                    let message = format!(
                        "can mean {}{more}. Write the path, or the id",
                        named.join(" or ")
                    );
                    Err(("ambiguous", message))
                }
            }
        };
        Self(
            texts
                .into_iter()
                .map(|it| (it.to_owned(), one(it)))
                .collect(),
        )
    }

    /// The record that a text names.
    pub fn get(&self, text: &str) -> Result<T, Wrong> {
        self.0.get(text).cloned().unwrap_or_else(|| Err(missing()))
    }

    /// The record that a field of a row names; none when it names none.
    pub fn of(&self, fields: &Fields, column: &str, errors: &mut Vec<FieldError>) -> Option<T> {
        let text = fields.get(column)?.as_str()?;
        let found = self.get(text);
        found.map_err(|it| errors.push(wrong(column, it))).ok()
    }
}

/// A wrong reference as a row's error.
pub fn wrong(column: &str, (code, message): Wrong) -> FieldError {
    FieldError::new(format!("/{column}"), code, message)
}

/// The same for what is nowhere and for what is not visible (TREE-05).
pub fn missing() -> Wrong {
    let message = "does not exist; write an id, a name or a path that you see in the console";
    ("unknown_reference", message.into())
}

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
    // The end of a path, and the whole of it, which may be a name.
    let ends = names.iter().filter_map(|it| path::names(it).pop());
    let whole = names.iter().map(|it| text::key(it));
    // As typed too: not every column is folded.
    let typed = names.iter().map(|it| text::clean(it).into_owned());
    let mut names: Vec<String> = ends.chain(whole).chain(typed).collect();
    names.sort_unstable();
    names.dedup();
    let names: Vec<Value> = names.into_iter().map(Bind::to_value).collect();
    for column in columns.iter().filter_map(|it| T::list().column(it)) {
        let mut sql = within(&scope);
        sql.and_in(column.sql, names.clone());
        found.extend(call.query::<T>(sql).await?);
    }
    Ok(found)
}

/// The customers that rows name: by id, customer id, external id, name or path.
pub async fn customers(
    call: &mut Call,
    scope: &Scope,
    texts: &[&str],
) -> Result<Lookup<Arc<Customer>>> {
    let columns = ["name", "customer_id", "external_id"];
    let within = |reading: &Scope| {
        let mut sql = Customer::list().base(reading);
        scope.filter(&mut sql, &Customer::list().scope);
        sql
    };
    let found: Vec<Customer> = candidates(call, texts, &columns, scope, within).await?;
    let found: Vec<Arc<Customer>> = found.into_iter().map(Arc::new).collect();
    let chain = |it: &Arc<Customer>| {
        let external = it.input.external_id.as_ref();
        let own = [
            it.input.name.as_str(),
            &it.input.customer_id,
            external.map_or("", ExternalId::as_str),
        ];
        let above = [Some(it.provider_name.as_str()), it.reseller_name.as_deref()];
        let above = above.into_iter().flatten().map(|it| vec![text::key(it)]);
        above.chain([own.map(text::key).to_vec()]).collect()
    };
    let title = |it: &Arc<Customer>| {
        let above = it.reseller_name.as_ref().unwrap_or(&it.provider_name);
        let path = path::written([above.as_str(), &it.input.name]);
        format!("{path} ({})", it.input.customer_id)
    };
    Ok(Lookup::new(
        texts.iter().copied(),
        &found,
        |it| it.id.uuid(),
        chain,
        title,
    ))
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
