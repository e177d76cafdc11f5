//! Many operations in one request (IMP-06): each through the functions of the single operation, all
//! in one transaction.

use std::collections::{HashMap, HashSet};

use axum::Json;
use kit::access::Scope;
use kit::body::{Body, Edit, read};
use kit::call::{Call, etag};
use kit::conn::Bind;
use kit::error::{FieldError, Problem};
use kit::event::Event;
use kit::list::Query;
use kit::resource::Resource;
use kit::{Error, Id, Result, choice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::written::Written;

/// The most operations of one batch.
const MOST: usize = 1_000;

/// What the API document says of every batch.
pub const OP_BATCH: &str = "Creates, changes and deletes up to 1,000 records in one transaction. All or nothing: if one operation cannot be done, none is, and every error names its place, such as `/items/17/name`. With `?partial=true` the others are done, and each operation has its result.";

choice! {
    pub enum Op {
        Create = "create" "Create",
        Update = "update" "Update",
        Delete = "delete" "Delete",
    }
}

/// Up to 1,000 operations.
#[derive(Deserialize, JsonSchema)]
pub struct Batch {
    #[schemars(with = "Vec<Operation>", length(min = 1, max = 1_000))]
    items: Vec<Value>,
}

/// One operation of a batch: what the single one takes, in one object.
#[derive(Serialize, JsonSchema)]
pub struct Operation {
    op: Op,
    /// Of the record to change or delete.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    /// The version that was read, or `*` to overwrite whatever is there: the operation's `If-Match`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<VersionOrAny>")]
    version: Option<Value>,
    /// The fields of the new record; of a change those that change, as in `PATCH`.
    #[serde(flatten)]
    fields: Map<String, Value>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "describes the JSON only")]
enum VersionOrAny {
    Version(i64),
    Any(String),
}

/// What came of a batch, in its order.
#[derive(Serialize, JsonSchema)]
pub struct BatchAnswer {
    pub items: Vec<BatchResult>,
    pub done: usize,
    pub refused: usize,
}

/// What came of one operation: the status that the single one would have answered.
#[derive(Serialize, JsonSchema)]
pub struct BatchResult {
    pub status: u16,
    pub id: Option<Uuid>,
    /// None after a deletion.
    pub version: Option<i64>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl BatchResult {
    fn of<T: Resource>(status: u16, it: &T) -> Self {
        Self {
            status,
            id: Some(it.id()),
            version: Some(it.version()),
            problem: None,
        }
    }
}

/// What one operation came to, with what the audit is to tell.
type Outcome = Result<(BatchResult, Vec<Event>)>;

/// The parts of the tree in which the caller may do each operation.
struct Scopes {
    create: Result<Scope>,
    update: Result<Scope>,
    delete: Result<Scope>,
}

impl Scopes {
    fn of(&self, op: Op) -> &Result<Scope> {
        match op {
            Op::Create => &self.create,
            Op::Update => &self.update,
            Op::Delete => &self.delete,
        }
    }
}

/// An operation that was read, but not looked at.
struct Asked {
    op: Op,
    id: Option<Uuid>,
    if_match: Option<String>,
    fields: Map<String, Value>,
}

/// An operation that is authorised and valid.
enum Step<T: Written> {
    Create(T::New),
    Update(Box<T>, T::Input),
    Delete(Box<T>),
}

pub async fn batch<T: Written>(
    mut call: Call,
    query: Query,
    Body(batch): Body<Batch>,
) -> Result<Json<BatchAnswer>> {
    query.only(&["partial", "dry_run"])?;
    let partial = match query.get("partial") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            return Err(Error::bad_request(
                "invalid_parameter",
                "partial is true or false.",
            ));
        }
    };
    if batch.items.is_empty() || batch.items.len() > MOST {
        let message = format!(
            "takes 1 to {MOST} operations, not {}; import larger amounts as a file",
            batch.items.len()
        );
        return Err(Error::field("/items", "too_many", message));
    }
    let scopes = Scopes {
        create: call.allow::<T>("create"),
        update: call.allow::<T>("update"),
        delete: call.allow::<T>("delete"),
    };
    let steps = check::<T>(&mut call, &scopes, batch.items).await?;
    // Nothing is written before everything was looked at.
    if !partial && steps.iter().any(Result::is_err) {
        return Err(refused(steps.into_iter().map(Result::err)));
    }
    let outcomes = write_all(&mut call, &scopes, steps).await?;
    let (mut results, mut errors, mut events) = (vec![], vec![], vec![]);
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let (result, told, error) = match outcome {
            Ok((result, told)) => (result, told, None),
            Err(error) => (failed(&call, n, &error), vec![], Some(error)),
        };
        results.push(result);
        errors.push(error);
        events.extend(told);
    }
    let refusals = errors.iter().flatten().count();
    if !partial && refusals > 0 {
        return Err(refused(errors.into_iter()));
    }
    let answer = BatchAnswer {
        done: results.len() - refusals,
        refused: refusals,
        items: results,
    };
    call.told(answer, events).await
}

/// Looks at every operation: may the caller do it, is its record there and as it was read, are its
/// fields good. A constant number of statements.
async fn check<T: Written>(
    call: &mut Call,
    scopes: &Scopes,
    items: Vec<Value>,
) -> Result<Vec<Result<Step<T>>>> {
    let mut named = HashSet::new();
    let asked: Vec<Result<Asked>> = items
        .into_iter()
        .map(|it| {
            let asked = Asked::read::<T>(it)?;
            scopes.of(asked.op).clone()?;
            if asked.id.is_some_and(|it| !named.insert(it)) {
                return Err(Error::field(
                    "/id",
                    "repeated",
                    "stands in this batch before; put all changes of a record into one operation",
                ));
            }
            Ok(asked)
        })
        .collect();
    let mut records = HashMap::new();
    for (op, scope) in [(Op::Update, &scopes.update), (Op::Delete, &scopes.delete)] {
        let ids: Vec<_> = asked.iter().flatten().filter(|it| it.op == op).collect();
        let (Ok(scope), false) = (scope, ids.is_empty()) else {
            continue;
        };
        let mut sql = T::list().base(scope);
        let ids = ids.iter().map(|it| it.id.to_value()).collect();
        sql.and_in(T::list().id, ids);
        let found: Vec<T> = call.query(sql).await?;
        records.extend(found.into_iter().map(|it| (it.id(), it)));
    }
    Ok(asked
        .into_iter()
        .map(|it| it.and_then(|it| it.step(call, &mut records)))
        .collect())
}

impl Asked {
    fn read<T: Written>(item: Value) -> Result<Self> {
        let Value::Object(mut fields) = item else {
            return Err(Error::field("", "invalid", "must be an object"));
        };
        let op = match fields.shift_remove("op") {
            None => return Err(Error::field("/op", "required", "is required")),
            Some(it) => it.as_str().and_then(Op::parse),
        };
        let op = op.filter(|it| *it != Op::Delete || T::DELETES);
        let Some(op) = op else {
            let message = match T::DELETES {
                true => "is create, update or delete",
                false => "is create or update",
            };
            return Err(Error::field("/op", "invalid", message));
        };
        let mut asked = Self {
            op,
            id: None,
            if_match: None,
            fields,
        };
        if op == Op::Create {
            return Ok(asked);
        }
        let id = match asked.fields.shift_remove("id") {
            None | Some(Value::Null) => return Err(Error::field("/id", "required", "is required")),
            // What is no id at all is not found, like every id that is not visible.
            Some(it) => it.as_str().and_then(|it| it.parse::<Id<T>>().ok()),
        };
        asked.id = Some(id.ok_or(Error::NotFound)?.uuid());
        asked.if_match = match asked.fields.shift_remove("version") {
            Some(Value::String(any)) if any == "*" => Some(any),
            it => it.as_ref().and_then(Value::as_i64).map(etag),
        };
        if asked.if_match.is_none() {
            return Err(Error::field(
                "/version",
                "required",
                "is required: the number that was read, or \"*\" to overwrite whatever is there",
            ));
        }
        if let (Op::Delete, Some(name)) = (op, asked.fields.keys().next()) {
            return Err(Error::field(
                format!("/{name}"),
                "unknown",
                "is not taken by a deletion",
            ));
        }
        Ok(asked)
    }

    fn step<T: Written>(self, call: &mut Call, records: &mut HashMap<Uuid, T>) -> Result<Step<T>> {
        if self.op == Op::Create {
            return read::<T::New>(self.fields).map(Step::Create);
        }
        let record = self.id.and_then(|it| records.remove(&it));
        let record = Box::new(record.ok_or(Error::NotFound)?);
        call.origin.if_match = self.if_match;
        call.match_version(&*record)?;
        Ok(match self.op {
            Op::Delete => Step::Delete(record),
            _ => {
                let input = Edit::patch(self.fields).apply(&*record)?;
                Step::Update(record, input)
            }
        })
    }
}

/// Does the operations in their order, each whole or not at all.
async fn write_all<T: Written>(
    call: &mut Call,
    scopes: &Scopes,
    steps: Vec<Result<Step<T>>>,
) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(steps.len());
    let mut steps = steps.into_iter().peekable();
    while let Some(step) = steps.next() {
        match step {
            Err(error) => outcomes.push(Err(error)),
            Ok(Step::Create(first)) => {
                let mut new = vec![first];
                while let Some(Ok(Step::Create(next))) =
                    steps.next_if(|it| matches!(it, Ok(Step::Create(_))))
                {
                    new.push(next);
                }
                outcomes.extend(create::<T>(call, scopes.create.clone()?, new).await?);
            }
            Ok(Step::Update(before, input)) => {
                let scope = scopes.update.clone()?;
                call.begin_part().await?;
                let done = T::update(call, &scope, &before, input).await;
                let done = done.map(|after| {
                    let event = Event::if_changed("update", &*before, &after);
                    (BatchResult::of(200, &after), event.into_iter().collect())
                });
                outcomes.push(end(call, done).await?);
            }
            Ok(Step::Delete(before)) => {
                let scope = scopes.delete.clone()?;
                call.begin_part().await?;
                let done = T::delete(call, &scope, &before).await;
                let result = BatchResult {
                    version: None,
                    ..BatchResult::of(204, &*before)
                };
                outcomes.push(end(call, done.map(|events| (result, events))).await?);
            }
        }
    }
    Ok(outcomes)
}

/// Creates several at once; where one of them cannot be, one by one.
async fn create<T: Written>(
    call: &mut Call,
    scope: Scope,
    new: Vec<T::New>,
) -> Result<Vec<Outcome>> {
    let result = |(made, events): (T, Vec<Event>)| (BatchResult::of(201, &made), events);
    if new.len() > 1 {
        call.begin_part().await?;
        let made = T::create_all(call, &scope, new.clone()).await;
        if let Ok(made) = end(call, made).await? {
            return Ok(made.into_iter().map(|it| Ok(result(it))).collect());
        }
    }
    let mut outcomes = Vec::with_capacity(new.len());
    for it in new {
        call.begin_part().await?;
        let made = T::create(call, &scope, it).await;
        outcomes.push(end(call, made.map(result)).await?);
    }
    Ok(outcomes)
}

/// Keeps a part of the work, or undoes it for a reason that is the operation's own.
async fn end<D>(call: &mut Call, done: Result<D>) -> Result<Result<D>> {
    match done {
        Ok(done) => {
            call.keep_part().await?;
            Ok(Ok(done))
        }
        Err(error) if is_of_one(&error) => {
            call.undo_part().await?;
            Ok(Err(error))
        }
        Err(error) => Err(error),
    }
}

/// Whether an operation can be the reason of it; everything else is the whole request's.
pub fn is_of_one(error: &Error) -> bool {
    matches!(
        error,
        Error::Invalid(_)
            | Error::NotFound
            | Error::Stale(_)
            | Error::Conflict { .. }
            | Error::Forbidden { .. }
            | Error::Refused { .. }
            | Error::BadRequest { .. }
    )
}

/// What a single operation would have answered, with the places in the batch.
fn failed(call: &Call, n: usize, error: &Error) -> BatchResult {
    let mut problem = error.problem();
    problem.request_id.clone_from(&call.origin.request_id);
    for it in &mut problem.errors {
        it.pointer = format!("/items/{n}{}", it.pointer);
    }
    BatchResult {
        status: problem.status,
        id: None,
        version: None,
        problem: Some(problem),
    }
}

/// Why nothing was written: every error, each with its place. What the caller may not do at all is
/// told as for a single operation.
fn refused(errors: impl Iterator<Item = Option<Error>>) -> Error {
    let (mut refused, mut all) = (0, vec![]);
    let errors: Vec<_> = errors
        .enumerate()
        .filter_map(|(n, it)| Some((n, it?)))
        .collect();
    if let Some((_, first @ Error::Forbidden { .. })) = errors.first()
        && errors
            .iter()
            .all(|(_, it)| matches!(it, Error::Forbidden { .. }))
    {
        return first.clone();
    }
    for (n, error) in errors {
        let at = |place: &str, code: &str, message: String| {
            FieldError::new(format!("/items/{n}{place}"), code, message)
        };
        refused += 1;
        match error {
            Error::Invalid(errors) => all.extend(
                errors
                    .into_iter()
                    .map(|it| at(&it.pointer, &it.code, it.message)),
            ),
            Error::NotFound => all.push(at(
                "/id",
                "not_found",
                "does not exist, or is not visible to you".into(),
            )),
            Error::Stale(current) => all.push(at(
                "/version",
                "stale",
                format!(
                    "was changed in the meantime: the version is {} now",
                    current["version"]
                ),
            )),
            error => {
                let problem = error.problem();
                all.push(at("", &problem.code, problem.detail));
            }
        }
    }
    Error::Batch {
        refused,
        errors: all,
    }
}
