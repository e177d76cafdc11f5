//! A call: the authenticated caller, the open transaction, the clock and the request. A handler
//! without one cannot reach the database, and [`Call::commit`] is the only way to keep a change:
//! together with its audit events (AUD-01).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::{Method, StatusCode, header, request::Parts};
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::access::{Caller, Permission, Place, Scope};
use crate::conn::{Bind, Record, Sql, Tx, Value};
use crate::error::{Error, Result};
use crate::event::{Event, object};
use crate::id::Id;
use crate::list;
use crate::resource::{Editable, Resource};
use crate::state::State;
use crate::time::Instant;
use crate::web::{Created, Versioned};

/// What a request tells beside its body; jobs and the command line make their own.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    pub request_id: String,
    pub address: Option<IpAddr>,
    /// `X-Change-Reason`: why, in the caller's words (AUD-04).
    pub reason: String,
    pub dry_run: bool,
    pub if_match: Option<String>,
    pub idempotency: Option<Idempotency>,
    /// The job that does this, for changes made by one.
    pub job_id: Option<Uuid>,
}

/// An `Idempotency-Key` with what it was used for.
#[derive(Clone, Debug)]
pub struct Idempotency {
    pub key: String,
    pub fingerprint: String,
}

pub struct Call {
    pub state: State,
    pub caller: Arc<Caller>,
    pub now: Instant,
    pub origin: Origin,
    tx: Tx,
    /// What happened besides what the caller asked for; committed with it.
    also: Vec<Event>,
    /// How many of them there were when the part began.
    also_before_part: usize,
    wakes_jobs: bool,
    changes_rights: bool,
}

impl Call {
    /// A call that may write; nothing begins before its first statement.
    pub fn new(state: &State, caller: Arc<Caller>, origin: Origin) -> Self {
        Self::with(state, caller, origin, state.db.write())
    }

    /// A call that only reads.
    pub fn reading(state: &State, caller: Arc<Caller>, origin: Origin) -> Self {
        Self::with(state, caller, origin, state.db.read())
    }

    fn with(state: &State, caller: Arc<Caller>, origin: Origin, tx: Tx) -> Self {
        Self {
            now: state.clock.now(),
            state: state.clone(),
            caller,
            origin,
            tx,
            also: vec![],
            also_before_part: 0,
            wakes_jobs: false,
            changes_rights: false,
        }
    }

    /// The authorisation check; 403 when the caller's roles do not include it anywhere.
    pub fn allow<T: Resource>(&self, action: &'static str) -> Result<Scope> {
        let also = T::READ_ALSO.filter(|_| action == "read");
        self.caller.scope(T::PERMISSION, action, also)
    }

    /// The same for what is no resource of its own, such as `settings:update`.
    pub fn allow_named(&self, permission: Permission) -> Result<Scope> {
        self.caller
            .scope(permission.resource, permission.action, None)
    }

    pub async fn query<T: Record>(&mut self, sql: Sql) -> Result<Vec<T>> {
        Ok(self.tx.query(sql).await?)
    }
    pub async fn query_one<T: Record>(&mut self, sql: Sql) -> Result<T> {
        Ok(self.tx.query_one(sql).await?)
    }
    pub async fn query_optional<T: Record>(&mut self, sql: Sql) -> Result<Option<T>> {
        Ok(self.tx.query_optional(sql).await?)
    }
    pub async fn execute(&mut self, sql: Sql) -> Result<u64> {
        Ok(self.tx.execute(sql).await?)
    }
    /// Many rows at once, the fast way of each engine.
    pub async fn insert_all(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
        rows: Vec<Vec<Value>>,
    ) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        Ok(self.tx.insert(table, columns, rows).await?)
    }
    pub async fn count(&mut self, sql: Sql) -> Result<i64> {
        let (count,): (i64,) = self.tx.query_one(sql).await?;
        Ok(count)
    }
    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// An event besides those that the change is committed with: what follows from it elsewhere.
    pub fn also(&mut self, event: Event) {
        self.also.push(event);
    }

    /// Begins a part that can fail without the rest; one at a time.
    pub async fn begin_part(&mut self) -> Result<()> {
        self.also_before_part = self.also.len();
        Ok(self.tx.begin_part().await?)
    }
    pub async fn keep_part(&mut self) -> Result<()> {
        Ok(self.tx.keep_part().await?)
    }
    /// Takes back what was done since [`Call::begin_part`].
    pub async fn undo_part(&mut self) -> Result<()> {
        self.also.truncate(self.also_before_part);
        Ok(self.tx.undo_part().await?)
    }

    /// Wakes the job runner once this is committed.
    pub fn wakes_jobs(&mut self) {
        self.wakes_jobs = true;
    }
    /// What others may do changes with this commit: it holds on their next request.
    pub fn changes_rights(&mut self) {
        self.changes_rights = true;
    }

    /// One record in scope; absent and not visible are the same.
    pub async fn find<T: Resource>(&mut self, scope: &Scope, id: Id<T>) -> Result<T> {
        self.look_up(scope, id).await?.ok_or(Error::NotFound)
    }

    pub async fn look_up<T: Resource>(&mut self, scope: &Scope, id: Id<T>) -> Result<Option<T>> {
        let sql = T::list().one(scope, id.uuid());
        self.query_optional(sql).await
    }

    /// Checks `If-Match` against the record: 428 without, 412 with the current state when stale.
    pub fn match_version<T: Resource>(&self, current: &T) -> Result<()> {
        match self.origin.if_match.as_deref().map(str::trim) {
            None => Err(Error::PreconditionRequired),
            Some("*") => Ok(()),
            Some(tag) if tag == etag(current.version()) => Ok(()),
            Some(_) => Err(self.stale(current)),
        }
    }

    /// 412 with the record as it is now.
    pub fn stale<T: Resource>(&self, current: &T) -> Error {
        Error::Stale(Box::new(self.seen(current)))
    }

    /// What the caller sees of a record (ACC-10).
    pub fn seen<T: Resource>(&self, it: &T) -> Json {
        let mut fields = object(it);
        list::mask(T::list(), &self.caller, &mut fields);
        Json::Object(fields)
    }

    /// Keeps the change, with its events; nothing is kept of a dry run.
    pub async fn commit(self, events: impl Into<Vec<Event>>) -> Result<()> {
        self.finish(events.into(), None).await
    }

    /// Commits a creation and answers it: 201, Location, ETag.
    pub async fn created<T: Resource>(
        self,
        it: T,
        events: impl Into<Vec<Event>>,
    ) -> Result<Created<T>> {
        let answer = Created(it);
        let kept = Answer {
            status: StatusCode::CREATED.as_u16(),
            location: Some(answer.location()),
            etag: Some(etag(answer.0.version())),
            body: self.seen(&answer.0),
        };
        self.finish(events.into(), Some(kept)).await?;
        Ok(answer)
    }

    /// Commits a change or action and answers the record as it is now: 200, ETag.
    pub async fn changed<T: Resource>(
        self,
        it: T,
        events: impl Into<Vec<Event>>,
    ) -> Result<Versioned<T>> {
        let kept = Answer {
            status: 200,
            location: None,
            etag: Some(etag(it.version())),
            body: self.seen(&it),
        };
        self.finish(events.into(), Some(kept)).await?;
        Ok(Versioned(it))
    }

    /// Commits the change from one state of a record to another; nothing is written and no version
    /// counted when nothing differs.
    pub async fn updated<T: Editable>(
        self,
        action: &'static str,
        before: &T,
        after: T,
    ) -> Result<Versioned<T>> {
        match Event::if_changed(action, before, &after) {
            None => Ok(Versioned(after)),
            Some(event) => self.changed(after, event).await,
        }
    }

    /// Commits and answers with what is no record: 200.
    pub async fn told<T: Serialize>(
        self,
        it: T,
        events: impl Into<Vec<Event>>,
    ) -> Result<axum::Json<T>> {
        let kept = Answer {
            status: 200,
            location: None,
            etag: None,
            body: json(&it),
        };
        self.finish(events.into(), Some(kept)).await?;
        Ok(axum::Json(it))
    }

    /// The record that a field of the input names; a field error when it is not visible.
    pub async fn reference<T: Resource>(
        &mut self,
        scope: &Scope,
        id: Id<T>,
        pointer: &str,
    ) -> Result<T> {
        let found = self.look_up(scope, id).await?;
        found.ok_or_else(|| Error::field(pointer, "unknown_reference", "does not exist"))
    }

    async fn finish(mut self, mut events: Vec<Event>, answer: Option<Answer>) -> Result<()> {
        events.append(&mut self.also);
        let rows = events.iter().map(|it| self.audit_row(it)).collect();
        self.insert_all("audit_events", AUDIT_COLUMNS, rows).await?;
        if let Some(used) = self.origin.idempotency.clone() {
            let answer = answer.unwrap_or(Answer {
                status: 204,
                location: None,
                etag: None,
                body: Json::Null,
            });
            self.remember(used, answer).await?;
        }
        if self.origin.dry_run {
            return Ok(());
        }
        self.tx.commit().await?;
        if self.changes_rights {
            self.state.rights_changed();
        }
        if self.wakes_jobs {
            self.state.jobs.notify_one();
        }
        Ok(())
    }

    fn audit_row(&self, event: &Event) -> Vec<Value> {
        let fields: Vec<_> = event.changes.iter().map(|it| it.field.as_str()).collect();
        vec![
            Id::<Event>::new(self.now).to_value(),
            self.now.to_value(),
            event.owner.provider_id.to_value(),
            event.owner.reseller_id.to_value(),
            event.owner.customer_id.to_value(),
            self.caller.user_id.to_value(),
            self.caller.name.clone().to_value(),
            self.caller.home.provider().to_value(),
            self.caller.works_as().to_value(),
            self.caller.source.to_value(),
            self.origin.request_id.clone().to_value(),
            self.origin
                .address
                .map(|it| it.to_string())
                .unwrap_or_default()
                .to_value(),
            event.object_type.to_value(),
            event.object_id.to_value(),
            event.object_name.clone().to_value(),
            event.action.to_value(),
            crate::conn::json(Some(&event.changes)),
            json(&fields).to_string().to_value(),
            self.origin.reason.clone().to_value(),
            self.origin.job_id.to_value(),
        ]
    }

    /// In the same transaction as the change: either both are kept or neither (security.md 10).
    async fn remember(&mut self, used: Idempotency, answer: Answer) -> Result<()> {
        let row = vec![
            self.caller.user_id.to_value(),
            used.key.to_value(),
            used.fingerprint.to_value(),
            self.now.to_value(),
            json(&answer).to_value(),
        ];
        let columns = &["user_id", "key", "fingerprint", "created_at", "answer"];
        match self
            .insert_all("idempotency_keys", columns, vec![row])
            .await
        {
            // The same request is under way elsewhere and was faster: asked again, this one is
            // answered with the other's answer.
            Err(Error::Constraint { .. }) => Err(Error::Retry),
            it => it.map(|_| ()),
        }
    }

    /// The place where a new record goes that names no node: the caller's own (TREE-03).
    pub fn home(&self) -> Place {
        self.caller.home
    }
}

/// The columns of [`Call::audit_row`], in its order.
const AUDIT_COLUMNS: &[&str] = &[
    "id",
    "at",
    "provider_id",
    "reseller_id",
    "customer_id",
    "actor_id",
    "actor_name",
    "actor_provider_id",
    "on_behalf_of",
    "source",
    "request_id",
    "address",
    "object_type",
    "object_id",
    "object_name",
    "action",
    "changes",
    "fields",
    "reason",
    "job_id",
];

/// What a repeated request is answered with.
#[derive(Serialize, serde::Deserialize, Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub etag: Option<String>,
    pub body: Json,
}

pub fn json<T: Serialize>(it: &T) -> Json {
    serde_json::to_value(it).unwrap_or(Json::Null)
}

/// The strong ETag of a version.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

impl FromRequestParts<State> for Call {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self> {
        let caller = parts
            .extensions
            .get::<Arc<Caller>>()
            .cloned()
            .ok_or_else(Error::unauthenticated)?;
        let mut origin = parts
            .extensions
            .get::<Origin>()
            .cloned()
            .unwrap_or_default();
        let header = |name: &str| parts.headers.get(name).and_then(|it| it.to_str().ok());
        origin.if_match = header(header::IF_MATCH.as_str()).map(str::to_owned);
        origin.reason = parts
            .headers
            .get("x-change-reason")
            .map(|it| reason(it.as_bytes()))
            .unwrap_or_default();
        origin.dry_run = parts
            .uri
            .query()
            .is_some_and(|it| it.split('&').any(|it| it == "dry_run=true"));
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        Ok(if reads {
            Self::reading(state, caller, origin)
        } else {
            Self::new(state, caller, origin)
        })
    }
}

impl aide::OperationInput for Call {}

/// A header is ASCII; browsers send the rest of the world's letters percent-encoded.
fn reason(header: &[u8]) -> String {
    let text = percent_encoding::percent_decode(header).decode_utf8_lossy();
    crate::text::clip(&crate::text::clean(&text), 500).into_owned()
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn a_reason_is_read_in_any_script() {
        assert_eq!(
            reason(b"asked by phone, 100% sure"),
            "asked by phone, 100% sure"
        );
        assert_eq!(reason(b"Vertrag gek%C3%BCndigt"), "Vertrag gekündigt");
        assert_eq!(reason("Vertrag gekündigt".as_bytes()), "Vertrag gekündigt");
        assert_eq!(reason(b"two%0D%0Alines"), reason(b"two\r\nlines"));
        let long = reason("x".repeat(600).as_bytes());
        assert_eq!(long, format!("{}…", "x".repeat(500)));
    }
}
