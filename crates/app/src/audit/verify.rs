//! Whether the audit log is what it was when it was sealed (AUD-03).

use std::collections::HashMap;
use std::fmt;

use kit::conn::{Sql, Tx};
use kit::{Result, sql};

use super::key::Verifying;
use super::seal::{DIGEST, EVENT, SEAL, Seal, Sealed};

/// What was found in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    pub seals: i64,
    pub events: i64,
    /// Written since the last seal: nothing can be said of them yet.
    pub waiting: i64,
}

/// The first thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub what: What,
    /// What it is about, for people.
    pub told: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Altered,
    Removed,
    Inserted,
    Moved,
    /// Cut off the end.
    Cut,
    /// The chain itself is broken: a seal was changed, removed or forged.
    Seal,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told)
    }
}

/// An event that has waited for its seal so long before the last one was made was not there then.
const LATE: i64 = 600;

/// Walks the whole chain, and compares it with the checkpoints if there are any. `told` hears of
/// every seal that holds.
pub async fn verify(
    tx: &mut Tx,
    keys: &Verifying,
    checkpoints: &[Seal],
    mut told: impl FnMut(&Verified),
) -> Result<std::result::Result<Verified, Fault>> {
    let mut known: HashMap<i64, &Seal> = HashMap::new();
    for it in checkpoints {
        if !keys.is_signed(&it.key_id, &it.hash, &it.signature) {
            return Ok(Err(fault(
                What::Seal,
                format!(
                    "The checkpoint of seal {} is not signed with a known key.",
                    it.n
                ),
            )));
        }
        if known.insert(it.n, it).is_some_and(|other| other != it) {
            return Ok(Err(fault(
                What::Seal,
                format!("The checkpoints have two different seals {}.", it.n),
            )));
        }
    }
    // A server may go on sealing meanwhile: what has a position now, has its seal already.
    let sql = sql!("select coalesce(max(position), 0) from audit_events");
    let (highest,): (i64,) = tx.query_one(sql).await?;
    let mut done = Verified::default();
    let mut before: Option<Seal> = None;
    loop {
        let mut sql = Sql::new("select ");
        sql.push(SEAL)
            .push(" from audit_seals where n > ")
            .bind(done.seals)
            .push(" order by n limit 1");
        let Some(seal) = tx.query_optional::<Seal>(sql).await? else {
            break;
        };
        let sql = sql!("select digests from audit_seals where n = $1", seal.n);
        let (digests,): (Vec<u8>,) = tx.query_one(sql).await?;
        if let Err(fault) = chained(
            &seal,
            before.as_ref(),
            &digests,
            keys,
            known.get(&seal.n).copied(),
        ) {
            return Ok(Err(fault));
        }
        if let Err(fault) = events(tx, &seal, &digests).await? {
            return Ok(Err(fault));
        }
        done.seals = seal.n;
        done.events += seal.count;
        before = Some(seal);
        told(&done);
    }
    if let Some(cut) = known
        .values()
        .filter(|it| it.n > done.seals)
        .min_by_key(|it| it.n)
    {
        let Seal {
            n,
            first,
            count,
            sealed_at,
            ..
        } = cut;
        let text = format!(
            "Cut off the end: events {first} to {} were sealed at {sealed_at} (seal {n} of the checkpoints) and are gone.",
            first + count - 1
        );
        return Ok(Err(fault(What::Cut, text)));
    }
    rest(tx, before.as_ref(), highest, done).await
}

fn fault(what: What, told: String) -> Fault {
    Fault { what, told }
}

/// Whether a seal is whole, signed, and follows the one before.
fn chained(
    seal: &Seal,
    before: Option<&Seal>,
    digests: &[u8],
    keys: &Verifying,
    known: Option<&Seal>,
) -> std::result::Result<(), Fault> {
    let n = seal.n;
    let (expected, first, previous) = before.map_or((1, 1, ""), |it| {
        (it.n + 1, it.first + it.count, it.hash.as_str())
    });
    let wrong = |why: &str| {
        Err(fault(
            What::Seal,
            format!("Seal {n} {why}: it was changed, removed or put in."),
        ))
    };
    if n != expected {
        return Err(fault(What::Seal, format!("Seal {expected} is missing.")));
    }
    if (seal.first, seal.previous.as_str()) != (first, previous) {
        return wrong("does not follow the one before it");
    }
    if digests.len() != usize::try_from(seal.count).unwrap_or_default() * DIGEST
        || seal.hash_of(digests) != seal.hash
    {
        return wrong("is not what its hash says");
    }
    if !keys.is_signed(&seal.key_id, &seal.hash, &seal.signature) {
        return wrong("is not signed with a known key");
    }
    if known.is_some_and(|it| it != seal) {
        return wrong("is another than in the checkpoints");
    }
    Ok(())
}

/// Whether the events of a seal are all there, as they were.
async fn events(
    tx: &mut Tx,
    seal: &Seal,
    digests: &[u8],
) -> Result<std::result::Result<(), Fault>> {
    let mut sql = Sql::new("select ");
    sql.push(EVENT)
        .push(" from audit_events where position >= ")
        .bind(seal.first);
    sql.push(" and position < ")
        .bind(seal.first + seal.count)
        .push(" order by position");
    let found: Vec<Sealed> = tx.query(sql.slow()).await?;
    let mut found = found.into_iter().peekable();
    for (digest, position) in digests.chunks(DIGEST).zip(seal.first..) {
        let Some(event) = found.next_if(|it| it.position == Some(position)) else {
            let text = format!(
                "Event {position}, sealed at {}, was removed.",
                seal.sealed_at
            );
            return Ok(Err(fault(What::Removed, text)));
        };
        let own = event.digest();
        if own.as_slice() == digest {
            continue;
        }
        let name = named(&event, position);
        let fault = match digests.chunks(DIGEST).any(|it| it == own.as_slice()) {
            true => fault(What::Moved, format!("{name} stands in another's place.")),
            false => fault(What::Altered, format!("{name} was altered.")),
        };
        return Ok(Err(fault));
    }
    Ok(Ok(()))
}

fn named(event: &Sealed, position: i64) -> String {
    let Sealed {
        id,
        at,
        actor_name,
        action,
        object_type,
        object_name,
        ..
    } = event;
    format!(
        "Event {position} ({id}, which now reads: {at}, {actor_name}, {action} {object_type} “{object_name}”)"
    )
}

/// What no seal has: it waits for its own, or was put in.
async fn rest(
    tx: &mut Tx,
    last: Option<&Seal>,
    highest: i64,
    mut done: Verified,
) -> Result<std::result::Result<Verified, Fault>> {
    let (end, sealed_at) = last.map_or((0, None), |it| {
        (it.first + it.count - 1, Some(it.sealed_at))
    });
    let mut beyond = Sql::new("select ");
    beyond
        .push(EVENT)
        .push(" from audit_events where position < 1 or position > ")
        .bind(end)
        .push(" and position <= ")
        .bind(highest)
        .push(" order by position limit 1");
    if let Some(it) = tx.query_optional::<Sealed>(beyond.slow()).await? {
        let position = it.position.unwrap_or_default();
        let text = format!("{} was put in: no seal has it.", named(&it, position));
        return Ok(Err(fault(What::Inserted, text)));
    }
    let mut first = Sql::new("select ");
    first
        .push(EVENT)
        .push(" from audit_events where position is null order by at, id limit 1");
    let first: Option<Sealed> = tx.query_optional(first).await?;
    if let (Some(it), Some(sealed_at)) = (first, sealed_at)
        && it.at.plus_seconds(LATE) < sealed_at
    {
        let Sealed {
            id,
            at,
            actor_name,
            action,
            object_type,
            object_name,
            ..
        } = it;
        let text = format!(
            "The event {id} ({at}, {actor_name}, {action} {object_type} “{object_name}”) was put in: it says to be older than the last seal, which does not have it."
        );
        return Ok(Err(fault(What::Inserted, text)));
    }
    let sql = sql!("select count(*) from audit_events where position is null");
    (done.waiting,) = tx.query_one(sql.slow()).await?;
    Ok(Ok(done))
}
