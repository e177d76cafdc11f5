//! What is to be done with each row: the plan shows it, the run does it (IMP-02). Both come here, so
//! a plan cannot promise what a run would do otherwise.

use std::collections::{HashMap, HashSet};

use kit::access::{Place, Scope};
use kit::body::{read, shape};
use kit::call::Call;
use kit::error::FieldError;
use kit::event::{self, Change, object};
use kit::resource::Owner;
use kit::{Error, Result};
use serde_json::Value as Json;
use uuid::Uuid;

use super::draft::{Cleaned, Draft, Reader, RowError};
use super::object::{Fields, Found, Importable, folded};
use super::repeats::key;
use super::{Import, mapping};

/// What holds for all rows of an import, as things stand at this moment.
pub struct Setup<T: Importable> {
    pub reader: Reader,
    pub target: T::Target,
    pub unique: Vec<&'static str>,
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
        let matched = mapping::check_match(&columns, &import.match_columns)?;
        let is_mapped = |name: &&'static str| columns.iter().any(|it| it.column.name == *name);
        let unique = T::unique(&target).into_iter().filter(is_mapped).collect();
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
        after: Box<T>,
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

/// Decides on some rows: a constant number of statements, however many they are.
pub async fn decide<T: Importable>(
    call: &mut Call,
    setup: &Setup<T>,
    drafts: &[&Draft],
) -> Result<Vec<Decided<T>>> {
    let rows: Vec<&Fields> = drafts.iter().map(|it| &it.fields).collect();
    let known = T::resolve(call, &setup.read, &setup.target, &rows).await?;
    let matches = Matches::find(call, setup, drafts).await?;
    let mut decided: Vec<_> = drafts
        .iter()
        .map(|it| one(setup, &known, it, matches.of(setup, it)))
        .collect();
    refuse_taken(call, setup, drafts, &mut decided).await?;
    Ok(decided)
}

/// The visible records that a chunk's rows find.
struct Matches<T> {
    found: Vec<(Found<T>, Fields)>,
    by: HashMap<Vec<String>, Vec<usize>>,
}

enum Match<'a, T> {
    None,
    One(&'a T, &'a Fields),
    Wrong(FieldError),
}

impl<T: Importable> Matches<T> {
    async fn find(call: &mut Call, setup: &Setup<T>, drafts: &[&Draft]) -> Result<Self> {
        let mut matches = Self {
            found: vec![],
            by: HashMap::new(),
        };
        let Some(lead) = lead(setup) else {
            return Ok(matches);
        };
        let values = drafts.iter().filter_map(|it| it.fields.get(lead)?.as_str());
        let keys: HashSet<String> = values
            .map(|it| folded::<T>(lead, it))
            .filter(|it| !it.is_empty())
            .collect();
        if keys.is_empty() {
            return Ok(matches);
        }
        for found in T::find(
            call,
            &setup.read,
            &setup.target,
            lead,
            keys.into_iter().collect(),
        )
        .await?
        {
            let fields = object(&found.record);
            if let Some(key) = key::<T>(&fields, &setup.matched) {
                matches.by.entry(key).or_default().push(matches.found.len());
            }
            matches.found.push((found, fields));
        }
        Ok(matches)
    }

    fn of(&self, setup: &Setup<T>, draft: &Draft) -> Match<'_, T> {
        let given = lead(setup).filter(|it| {
            draft
                .fields
                .get(*it)
                .is_some_and(|it| it.as_str().is_some_and(|it| !it.trim().is_empty()))
        });
        let Some(lead) = given else {
            return Match::None;
        };
        let found = key::<T>(&draft.fields, &setup.matched).and_then(|key| self.by.get(&key));
        let mut found: Vec<_> = found
            .into_iter()
            .flatten()
            .filter_map(|n| self.found.get(*n))
            .collect();
        if found.iter().any(|it| !it.0.archived) {
            // An archived record's name is free for another (LIFE-01).
            found.retain(|it| !it.0.archived);
        }
        let wrong = |code: &str, message: String| {
            Match::Wrong(FieldError::new(format!("/{lead}"), code, message))
        };
        match found.as_slice() {
            [] => Match::None,
            [(found, _)] if found.archived => wrong(
                "archived",
                format!(
                    "{} is archived and can only be read. Unarchive it first, or leave this row out.",
                    found.record.title()
                ),
            ),
            [(found, fields)] => Match::One(&found.record, fields),
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
fn lead<T: Importable>(setup: &Setup<T>) -> Option<&'static str> {
    setup
        .matched
        .iter()
        .copied()
        .find(|name| T::columns().iter().any(|it| it.name == *name && it.finds))
}

fn one<T: Importable>(
    setup: &Setup<T>,
    known: &T::Known,
    draft: &Draft,
    matched: Match<'_, T>,
) -> Decided<T> {
    let mut fields = draft.fields.clone();
    let mut wrong = vec![];
    let mut title = T::row_title(&fields);
    let mut decision = Decision::Refused;
    let links = T::link(known, &setup.target, &mut fields)
        .map_err(|it| wrong.extend(it))
        .ok();
    // A row that cannot be read as one is not looked at further; all other errors are told at once.
    let unreadable = draft.fields.is_empty() && !draft.errors.is_empty();
    let outcome = match matched {
        _ if unreadable => Ok(()),
        Match::Wrong(error) => {
            wrong.push(error);
            Ok(())
        }
        Match::One(before, base) => {
            title = before.title();
            change(setup, before, base, fields, links).map(|it| decision = it)
        }
        Match::None => create(setup, fields, links).map(|it| decision = it),
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
    setup.create.clone()?;
    fields.retain(|_, value| !value.is_null());
    let input = read::<T::Input>(fields)?;
    Ok(links.map_or(Decision::Refused, |links| {
        Decision::Create(T::make(&setup.target, links, input))
    }))
}

fn change<T: Importable>(
    setup: &Setup<T>,
    before: &T,
    base: &Fields,
    fields: Fields,
    links: Option<T::Links>,
) -> Result<Decision<T>> {
    if !setup.update.clone()?.covers(place(before.owner())) {
        return Err(Error::Forbidden {
            detail: "You may see this record, but not change it.".into(),
        });
    }
    let shape = shape::<T::Input>();
    let mut input: Fields = base
        .iter()
        .filter(|(name, _)| shape.fields.contains(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, value) in fields {
        if value.is_null() {
            input.shift_remove(&name)
        } else {
            input.insert(name, value)
        };
    }
    let input = read::<T::Input>(input)?;
    let Some(links) = links else {
        return Ok(Decision::Refused);
    };
    let after = T::changed(before, links, input).map_err(|it| Error::Invalid(vec![it]))?;
    let changes = event::changes(Some(before), Some(&after));
    Ok(match changes.is_empty() {
        true => Decision::Unchanged(before.id()),
        false => Decision::Change {
            before: Box::new(before.clone()),
            after: Box::new(after),
            changes,
        },
    })
}

fn place(owner: Owner) -> Place {
    match owner {
        Owner {
            provider_id: Some(provider),
            reseller_id: reseller,
            customer_id: Some(customer),
        } => Place::Customer {
            provider,
            reseller,
            customer,
        },
        Owner {
            provider_id: Some(provider),
            reseller_id: Some(reseller),
            ..
        } => Place::Reseller { provider, reseller },
        Owner {
            provider_id: Some(provider),
            ..
        } => Place::Provider(provider),
        _ => Place::Platform,
    }
}

/// Refuses rows whose unique values belong to another record, visible or not.
async fn refuse_taken<T: Importable>(
    call: &mut Call,
    setup: &Setup<T>,
    drafts: &[&Draft],
    decided: &mut [Decided<T>],
) -> Result<()> {
    for column in &setup.unique {
        let wanted = |it: &Draft| {
            let value = it.fields.get(*column).and_then(Json::as_str)?;
            Some(folded::<T>(column, value)).filter(|it| !it.is_empty())
        };
        let writes =
            |it: &Decided<T>| matches!(it.decision, Decision::Create(_) | Decision::Change { .. });
        let keys: Vec<Option<String>> = drafts
            .iter()
            .zip(decided.iter())
            .map(|(draft, it)| writes(it).then(|| wanted(draft)).flatten())
            .collect();
        let asked: HashSet<&String> = keys.iter().flatten().collect();
        if asked.is_empty() {
            continue;
        }
        let asked = asked.into_iter().cloned().collect();
        let mut holders: HashMap<String, Vec<Uuid>> = HashMap::new();
        for (key, id) in T::holders(call, &setup.target, column, asked).await? {
            holders.entry(key).or_default().push(id);
        }
        for ((draft, it), key) in drafts.iter().zip(decided.iter_mut()).zip(&keys) {
            let own = match &it.decision {
                Decision::Change { before, .. } => Some(before.id()),
                _ => None,
            };
            let holders = key.as_ref().and_then(|key| holders.get(key));
            if holders.is_some_and(|all| all.iter().any(|id| Some(*id) != own)) {
                let message = "belongs to another record, perhaps to one in the bin or one that you cannot see. Change it, or match rows by this column to update that record.";
                let error = FieldError::new(format!("/{column}"), "taken", message);
                it.errors.push(setup.reader.row_error(draft, &error));
                it.decision = Decision::Refused;
            }
        }
    }
    Ok(())
}
