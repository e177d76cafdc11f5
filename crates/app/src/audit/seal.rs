//! Seals (AUD-03): events get their place in one chain after they were written, in signed groups, so
//! that nobody changes, removes or adds one later without its showing. Writers wait for none of it.

use std::time::Duration;

use kit::conn::{Bind, Db, JsonOf, Sql};
use kit::time::Instant;
use kit::{Record, Result, State, sql};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use uuid::Uuid;

use super::checkpoints::Checkpoints;
use super::key::Keys;

/// The most events of one seal.
pub const MOST: i64 = 1_000;
/// Fewer are sealed once the oldest of them is as old as this.
const AGE: Duration = Duration::from_secs(5);
/// How often it is looked.
const PAUSE: Duration = Duration::from_secs(1);

/// A link of the chain: some events, one after the other, and a signature over them and all before.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Seal {
    /// Its place in the chain, from 1.
    pub n: i64,
    /// The position of its first event, from 1.
    pub first: i64,
    pub count: i64,
    /// The hash of the seal before; empty of the first.
    pub previous: String,
    /// Over everything above and the digests of its events.
    pub hash: String,
    /// Which key signed it.
    pub key_id: String,
    /// Ed25519 over [`CONTEXT`] and the hash.
    pub signature: String,
    pub sealed_at: Instant,
}

/// What is signed begins with this, so that no signature means anything else.
pub const CONTEXT: &str = "tenantry audit seal v1\n";

/// The columns of a seal in their order, without the digests.
pub const SEAL: &str = "n, first, count, previous, hash, key_id, signature, sealed_at";

const COLUMNS: &[&str] = &[
    "n",
    "first",
    "count",
    "previous",
    "hash",
    "key_id",
    "signature",
    "sealed_at",
    "digests",
];

impl Seal {
    /// What its hash must be, given the digests of its events.
    pub fn hash_of(&self, digests: &[u8]) -> String {
        let Self {
            n,
            first,
            count,
            previous,
            key_id,
            sealed_at,
            ..
        } = self;
        let head = format!("{CONTEXT}{n}\n{first}\n{count}\n{previous}\n{key_id}\n{sealed_at}\n");
        hex(Sha256::new()
            .chain_update(head)
            .chain_update(digests)
            .finalize()
            .as_slice())
    }
}

/// An event as it is sealed: every column but its position.
#[derive(Record, Clone, Debug)]
pub struct Sealed {
    pub position: Option<i64>,
    pub id: Uuid,
    pub at: Instant,
    provider_id: Option<Uuid>,
    reseller_id: Option<Uuid>,
    customer_id: Option<Uuid>,
    actor_id: Uuid,
    pub actor_name: String,
    actor_provider_id: Option<Uuid>,
    on_behalf_of: Option<Uuid>,
    source: String,
    request_id: String,
    address: String,
    pub object_type: String,
    object_id: Uuid,
    pub object_name: String,
    pub action: String,
    changes: JsonOf<Json>,
    fields: String,
    reason: String,
    job_id: Option<Uuid>,
}

/// The columns of [`Sealed`].
pub const EVENT: &str = "audit_events.position, audit_events.id, audit_events.at, provider_id, reseller_id, customer_id, actor_id, actor_name, actor_provider_id, on_behalf_of, source, request_id, address, object_type, object_id, object_name, action, changes, fields, reason, job_id";

/// How long a digest is.
pub const DIGEST: usize = 32;

impl Sealed {
    /// SHA-256 over all that it says, the same on both engines.
    pub fn digest(&self) -> [u8; DIGEST] {
        let all = serde_json::json!([
            self.id,
            self.at.micros(),
            self.provider_id,
            self.reseller_id,
            self.customer_id,
            self.actor_id,
            self.actor_name,
            self.actor_provider_id,
            self.on_behalf_of,
            self.source,
            self.request_id,
            self.address,
            self.object_type,
            self.object_id,
            self.object_name,
            self.action,
            sorted(&self.changes.0),
            self.fields,
            self.reason,
            self.job_id,
        ]);
        Sha256::new()
            .chain_update("tenantry audit event v1\n")
            .chain_update(all.to_string())
            .finalize()
            .into()
    }
}

/// The same with the names of objects in order, however the database keeps them.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Object(fields) => {
            let mut fields: Vec<_> = fields
                .iter()
                .map(|(name, it)| (name.clone(), sorted(it)))
                .collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            Json::Object(fields.into_iter().collect())
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        it => it.clone(),
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

/// Seals what is due, until this node stops; then everything that is left.
pub async fn run(
    state: State,
    keys: Keys,
    checkpoints: Checkpoints,
    mut stopping: watch::Receiver<bool>,
) {
    loop {
        let stops = *stopping.borrow();
        let sealed = match seal(&state, &keys, stops).await {
            Ok(sealed) => sealed,
            Err(error) => {
                tracing::warn!(%error, "audit events wait for their seal");
                false
            }
        };
        if let Err(error) = checkpoints.catch_up(&state.db).await {
            tracing::warn!(error, "the file of audit checkpoints is behind");
        }
        if sealed {
            continue;
        }
        if stops {
            return;
        }
        tokio::select! {
            _ = stopping.changed() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Makes one seal if there are enough events, or old ones, or `all` are wanted; tells whether.
pub async fn seal(state: &State, keys: &Keys, all: bool) -> Result<bool> {
    let now = state.clock.now();
    let (waiting, oldest) = waiting(&state.db).await?;
    let due = waiting >= MOST
        || oldest.is_some_and(|it| all || it.plus_seconds(AGE.as_secs() as i64) <= now);
    if !due {
        return Ok(false);
    }
    let mut tx = state.db.write();
    let last: Option<Seal> = tx.query_optional(last()).await?;
    let (n, first, previous) = last.map_or((1, 1, String::new()), |it| {
        (it.n + 1, it.first + it.count, it.hash)
    });
    // The order is theirs from now on: by time, as far as they were there.
    let mut sql = sql!(
        "update audit_events set position = $1 + chosen.nth from (select id, row_number() over (order by at, id) - 1 as nth from (select id, at from audit_events where position is null order by at, id limit $2) waiting) chosen where audit_events.id = chosen.id returning ",
        first,
        MOST
    );
    sql.push(EVENT);
    let mut events: Vec<Sealed> = tx.query(sql.slow()).await?;
    if events.is_empty() {
        return Ok(false); // another node was quicker
    }
    events.sort_by_key(|it| it.position);
    let digests: Vec<u8> = events.iter().flat_map(Sealed::digest).collect();
    let mut seal = Seal {
        n,
        first,
        count: i64::try_from(events.len()).unwrap_or_default(),
        previous,
        hash: String::new(),
        key_id: keys.id(),
        signature: String::new(),
        sealed_at: now,
    };
    seal.hash = seal.hash_of(&digests);
    seal.signature = keys.sign(&seal.hash);
    let row = vec![
        seal.n.to_value(),
        seal.first.to_value(),
        seal.count.to_value(),
        seal.previous.to_value(),
        seal.hash.to_value(),
        seal.key_id.to_value(),
        seal.signature.to_value(),
        seal.sealed_at.to_value(),
        digests.to_value(),
    ];
    tx.insert("audit_seals", COLUMNS, vec![row]).await?;
    tx.commit().await?;
    metrics::counter!("tenantry_audit_events_sealed_total").increment(events.len() as u64);
    Ok(true)
}

/// How many events wait for their seal, up to [`MOST`], and since when the oldest does.
async fn waiting(db: &Db) -> Result<(i64, Option<Instant>)> {
    let sql = sql!(
        "select count(*), min(at) from (select at from audit_events where position is null order by at, id limit $1) waiting",
        MOST
    );
    Ok(db.read().query_one(sql).await?)
}

/// The last seal.
pub fn last() -> Sql {
    let mut sql = Sql::new("select ");
    sql.push(SEAL)
        .push(" from audit_seals order by n desc limit 1");
    sql
}
