//! What is to be done with each row: the plan shows it, the run does it (IMP-02). Both come here, so
//! a plan cannot promise what a run would do otherwise.

use std::collections::{HashMap, HashSet};

use kit::access::Scope;
use kit::body::{read, shape};
use kit::call::Call;
use kit::error::FieldError;
use kit::event::{Change, object};
use kit::list::Kind;
use kit::{Error, Result};
use serde_json::Value as Json;
use uuid::Uuid;

use super::draft::{Cleaned, Draft, Reader, RowError};
use super::object::{Fields, Importable, Key, comparable, folded};
use super::repeats::key;
use super::{Import, mapping};

/// What holds for all rows of an import, as things stand at this moment.
pub struct Setup<T: Importable> {
    pub reader: Reader,
    pub target: T::Target,
    pub unique: Vec<Key>,
    pub matched: Vec<&'static str>,
    read: Scope,
    create: Result<Scope>,
    update: Result<Scope>,
}

impl<T: Importable> Setup<T> {
    pub async fn load(call: &mut Call, import: &Import) -> Result<Self> {
        call.allow::<Import>("create")?;
        let read = call.allow::<T>("read")?;
        let (create, update) = (call.allow::<T>("create"), call.allow::<T>("update"));
        let anywhere = create.clone().or_else(|_| update.clone())?;
        let target = T::target(call, &anywhere, import.node_id).await?;
        let columns = mapping::check::<T>(import, &import.mapping.0)?;
        let matched = mapping::check_match::<T>(&columns, &import.match_columns)?;
        let is_mapped = |name: &&'static str| columns.iter().any(|it| it.column.name == *name);
        let unique = T::unique(&target).into_iter();
        let unique = unique.filter(|it| it.iter().any(is_mapped)).collect();
        Ok(Self {
            reader: Reader::of(import, columns),
            target,
            unique,
            matched,
            read,
            create,
            update,
        })
    }
}

/// What a row comes to.
pub enum Decision<T: Importable> {
    Create(T::New),
    Change {
        before: Box<T>,
        edit: T::Edit,
        changes: Vec<Change>,
    },
    Unchanged(Uuid),
    Refused,
}

/// A row with what it comes to, and why.
pub struct Decided<T: Importable> {
    pub line: i64,
    pub title: String,
    pub decision: Decision<T>,
    pub errors: Vec<RowError>,
    pub cleaned: Vec<Cleaned>,
}

/// A row whose references are resolved.
pub struct Linked<T: Importable> {
    /// With ids in place of what is referred to.
    pub fields: Fields,
    links: Result<T::Links, Vec<FieldError>>,
}

/// Resolves what some rows refer to.
pub async fn link<T: Importable>(
    call: &mut Call,
    setup: &Setup<T>,
    drafts: &[&Draft],
) -> Result<Vec<Linked<T>>> {
    let rows: Vec<&Fields> = drafts.iter().map(|it| &it.fields).collect();
    let known = T::resolve(call, &setup.read, &setup.target, &rows).await?;
    let one = |it: &&Draft| {
        let mut fields = it.fields.clone();
        let links = T::link(&known, &setup.target, &mut fields);
        Linked { fields, links }
    };
    Ok(drafts.iter().map(one).collect())
}

/// Decides on some rows: a constant number of statements, however many they are.
pub async fn decide<T: Importable>(
    call: &mut Call,
    setup: &Setup<T>,
    drafts: &[&Draft],
) -> Result<Vec<Decided<T>>> {
    let rows = link(call, setup, drafts).await?;
    let matches = Matches::find(call, setup, &rows).await?;
    let mut keys = Vec::with_capacity(rows.len());
    let mut decided = Vec::with_capacity(rows.len());
    for (draft, row) in drafts.iter().zip(rows) {
        let matched = matches.of(setup, &row.fields);
        keys.push(unique_values(setup, &row.fields, &matched));
        decided.push(one(setup, draft, row, matched));
    }
    refuse_taken(call, setup, drafts, &keys, &mut decided).await?;
    Ok(decided)
}

/// A record's match among those that are visible.
struct Found<T> {
    record: T,
    fields: Fields,
    /// Read-only: a row can find it but not change it.
    closed: bool,
}

/// The visible records that a chunk's rows find.
struct Matches<T> {
    found: Vec<Found<T>>,
    by: HashMap<Vec<String>, Vec<usize>>,
}

enum Match<'a, T> {
    None,
    One(&'a Found<T>),
    Wrong(FieldError),
}

impl<T: Importable> Matches<T> {
    async fn find(call: &mut Call, setup: &Setup<T>, rows: &[Linked<T>]) -> Result<Self> {
        let mut matches = Self {
            found: vec![],
            by: HashMap::new(),
        };
        let Some(lead) = lead(setup) else {
            return Ok(matches);
        };
        let mut sql = T::list().base(&setup.read);
        T::narrow(&setup.target, &mut sql);
        // Each column of the key that is quick to ask for: the one that finds, and references.
        for column in setup.matched.iter().filter_map(|it| T::list().column(it)) {
            let is_lead = column.name == lead;
            if !is_lead && !matches!(column.kind, Kind::Reference(_)) {
                continue;
            }
            let given = |it: &Linked<T>| {
                let text = it.fields.get(column.name).and_then(Json::as_str);
                folded::<T>(column.name, text.unwrap_or_default())
            };
            let mut keys: HashSet<String> = rows.iter().map(given).collect();
            // A record without such a reference can be meant too: then the other columns find it.
            if keys.remove("") && !is_lead {
                continue;
            }
            let values: Vec<_> = keys
                .iter()
                .filter_map(|it| comparable(column, it))
                .collect();
            if values.is_empty() {
                return Ok(matches);
            }
            if matches!(column.kind, Kind::Text) {
                // Said again, so that partial indexes are used.
                sql.push(" and ").push(column.sql).push(" <> ''");
            }
            sql.and_in(column.sql, values);
        }
        let found: Vec<T> = call.query(sql).await?;
        let closed = T::closed(call, &found).await?;
        for (record, closed) in found.into_iter().zip(closed) {
            let fields = object(&record);
            if let Some(key) = key::<T>(&fields, &setup.matched) {
                matches.by.entry(key).or_default().push(matches.found.len());
            }
            matches.found.push(Found {
                record,
                fields,
                closed,
            });
        }
        Ok(matches)
    }

    fn of(&self, setup: &Setup<T>, fields: &Fields) -> Match<'_, T> {
        let is_given = |name: &&'static str| {
            let value = fields.get(*name).and_then(Json::as_str);
            value.is_some_and(|it| !it.trim().is_empty())
        };
        let Some(lead) = lead(setup).filter(is_given) else {
            return Match::None;
        };
        let found = key::<T>(fields, &setup.matched).and_then(|key| self.by.get(&key));
        let mut found: Vec<_> = found
            .into_iter()
            .flatten()
            .filter_map(|n| self.found.get(*n))
            .filter(|it| it.record.is_meant(&setup.target, lead, fields))
            .collect();
        if found.iter().any(|it| !it.closed) {
            // An archived record's name is free for another (LIFE-01).
            found.retain(|it| !it.closed);
        }
        let wrong = |code: &str, message: String| {
            Match::Wrong(FieldError::new(format!("/{lead}"), code, message))
        };
        match found.as_slice() {
            // An id is given by us: a row can find by it, but bring none.
            [] if lead == "id" => wrong(
                "unknown",
                format!(
                    "is the id of no {} that you see. Remove it, and the row adds a new one.",
                    T::ONE
                ),
            ),
            [] => Match::None,
            [found] => Match::One(found),
            several => wrong(
                "ambiguous",
                format!(
                    "{} records have this {}. Match by more columns, or by one that is unique.",
                    several.len(),
                    setup.matched.join(" and ")
                ),
            ),
        }
    }
}

/// The column of the match key that records are looked up by.
pub fn lead<T: Importable>(setup: &Setup<T>) -> Option<&'static str> {
    setup
        .matched
        .iter()
        .copied()
        .find(|name| T::columns().iter().any(|it| it.name == *name && it.finds))
}

fn one<T: Importable>(
    setup: &Setup<T>,
    draft: &Draft,
    row: Linked<T>,
    matched: Match<'_, T>,
) -> Decided<T> {
    let mut wrong = vec![];
    let mut title = T::row_title(&draft.fields);
    let mut decision = Decision::Refused;
    let links = row.links.map_err(|it| wrong.extend(it)).ok();
    // A row that cannot be read as one is not looked at further; all other errors are told at once.
    let unreadable = draft.fields.is_empty() && !draft.errors.is_empty();
    let outcome = match matched {
        _ if unreadable => Ok(()),
        Match::Wrong(error) => {
            wrong.push(error);
            Ok(())
        }
        Match::One(found) => {
            title = found.record.title();
            change(setup, found, row.fields, links).map(|it| decision = it)
        }
        Match::None => create(setup, row.fields, links).map(|it| decision = it),
    };
    match outcome {
        Ok(()) => {}
        Err(Error::Invalid(errors)) => wrong.extend(errors),
        Err(error) => wrong.push(FieldError::new("", "refused", error.sentence())),
    }
    let mut errors = draft.errors.clone();
    for it in &wrong {
        let error = setup.reader.row_error(draft, it);
        if !errors
            .iter()
            .any(|known| known.field == error.field && !error.field.is_empty())
        {
            errors.push(error);
        }
    }
    if !errors.is_empty() {
        decision = Decision::Refused;
    }
    Decided {
        line: draft.line,
        title,
        decision,
        errors,
        cleaned: draft.cleaned.clone(),
    }
}

fn create<T: Importable>(
    setup: &Setup<T>,
    mut fields: Fields,
    links: Option<T::Links>,
) -> Result<Decision<T>> {
    let scope = setup.create.clone()?;
    let shape = shape::<T::Input>();
    fields.retain(|name, value| !value.is_null() && shape.fields.contains(name));
    let lacking = links.as_ref().and_then(T::lacks);
    let input = match (read::<T::Input>(fields), lacking) {
        (Ok(input), None) => input,
        (Err(Error::Invalid(mut errors)), lacking) => {
            errors.extend(lacking);
            return Err(Error::Invalid(errors));
        }
        (Err(error), _) => return Err(error),
        (Ok(_), Some(error)) => return Err(Error::Invalid(vec![error])),
    };
    let Some(links) = links else {
        return Ok(Decision::Refused);
    };
    let new = T::make(&setup.target, links, input).map_err(Error::Invalid)?;
    if !scope.covers(T::place(&setup.target, &new)) {
        return Err(Error::Forbidden {
            detail: format!("You may not add a {} there.", T::ONE),
        });
    }
    Ok(Decision::Create(new))
}

fn change<T: Importable>(
    setup: &Setup<T>,
    found: &Found<T>,
    fields: Fields,
    links: Option<T::Links>,
) -> Result<Decision<T>> {
    let before = &found.record;
    let shape = shape::<T::Input>();
    let is_written = |it: &(&String, &Json)| shape.fields.contains(it.0);
    let mut input: Fields = found
        .fields
        .iter()
        .filter(is_written)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, value) in fields {
        if value.is_null() || !shape.fields.contains(&name) {
            input.shift_remove(&name)
        } else {
            input.insert(name, value)
        };
    }
    let input = read::<T::Input>(input)?;
    let Some(links) = links else {
        return Ok(Decision::Refused);
    };
    let (edit, changes) = T::edit(before, links, input).map_err(Error::Invalid)?;
    if changes.is_empty() {
        return Ok(Decision::Unchanged(before.id()));
    }
    let scope = setup.update.clone()?;
    if !T::touches(before, &edit).iter().all(|it| scope.covers(*it)) {
        return Err(Error::Forbidden {
            detail: "You may see this record, but not change it.".into(),
        });
    }
    if found.closed {
        let message = format!(
            "{} is archived and can only be read. Unarchive it first, or leave this row out.",
            before.title()
        );
        let pointer = format!("/{}", lead(setup).unwrap_or_default());
        return Err(Error::Invalid(vec![FieldError::new(
            pointer, "archived", message,
        )]));
    }
    Ok(Decision::Change {
        before: Box::new(before.clone()),
        edit,
        changes,
    })
}

/// What a row, or else the record that it changes, says of each unique key (folded).
fn unique_values<T: Importable>(
    setup: &Setup<T>,
    fields: &Fields,
    matched: &Match<'_, T>,
) -> Vec<Option<Vec<String>>> {
    let value = |column: &&'static str| {
        let given = fields.get(*column).or_else(|| match matched {
            Match::One(found) => found.fields.get(*column),
            _ => None,
        });
        let value = folded::<T>(column, given?.as_str()?);
        Some(value).filter(|it| !it.is_empty())
    };
    let values = |key: &Key| key.iter().map(value).collect();
    setup.unique.iter().map(values).collect()
}

/// Refuses rows whose unique values belong to another record, visible or not.
async fn refuse_taken<T: Importable>(
    call: &mut Call,
    setup: &Setup<T>,
    drafts: &[&Draft],
    values: &[Vec<Option<Vec<String>>>],
    decided: &mut [Decided<T>],
) -> Result<()> {
    for (nth, key) in setup.unique.iter().enumerate() {
        let writes =
            |it: &Decided<T>| matches!(it.decision, Decision::Create(_) | Decision::Change { .. });
        let wanted: Vec<Option<&Vec<String>>> = values
            .iter()
            .zip(decided.iter())
            .map(|(all, it)| all.get(nth)?.as_ref().filter(|_| writes(it)))
            .collect();
        let asked: HashSet<&Vec<String>> = wanted.iter().copied().flatten().collect();
        if asked.is_empty() {
            continue;
        }
        let asked = asked.into_iter().cloned().collect();
        let mut holders: HashMap<Vec<String>, Vec<Uuid>> = HashMap::new();
        for (values, id) in T::holders(call, &setup.target, key, asked).await? {
            holders.entry(values).or_default().push(id);
        }
        // The last column is the one that says it; those before it say among what.
        let column = key.last().copied().unwrap_or_default();
        for ((draft, it), wanted) in drafts.iter().zip(decided.iter_mut()).zip(&wanted) {
            let own = match &it.decision {
                Decision::Change { before, .. } => Some(before.id()),
                _ => None,
            };
            let holders = wanted.and_then(|it| holders.get(it));
            if holders.is_some_and(|all| all.iter().any(|id| Some(*id) != own)) {
                let (code, message) = T::TAKEN;
                let error = FieldError::new(format!("/{column}"), code, message);
                it.errors.push(setup.reader.row_error(draft, &error));
                it.decision = Decision::Refused;
            }
        }
    }
    Ok(())
}
