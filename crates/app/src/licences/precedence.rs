//! Which pool a tenant's devices draw on, how much of it is used, and how its blocks fill: a function
//! of blocks, devices and the time alone (LIC-05, LIC-06, LIC-07).

use std::collections::{BTreeMap, HashMap};

use kit::Record;
use kit::choice;
use kit::date::Date;
use kit::time::Instant;
use uuid::Uuid;

choice! {
    /// Whether a block counts (LIC-03).
    pub enum BlockState {
        Upcoming = "upcoming" "Upcoming",
        InForce = "in_force" "In force",
        Expired = "expired" "Expired",
    }
}

/// What of a block decides. A tenant's key is nil for Global.
#[derive(Record, Clone, Debug)]
pub struct Block {
    pub id: Uuid,
    pub tenant_key: Uuid,
    pub licences: i64,
    pub expiration_date: Date,
    pub starts_at: Instant,
    pub ends_at: Instant,
    /// From when on it is about to expire.
    pub warns_at: Instant,
    pub state: BlockState,
    pub fills_after: i64,
}

impl Block {
    /// From the start of its order day to the end of its expiration day.
    pub fn state_at(&self, now: Instant) -> BlockState {
        match now {
            now if now < self.starts_at => BlockState::Upcoming,
            now if now < self.ends_at => BlockState::InForce,
            _ => BlockState::Expired,
        }
    }
}

/// A pool as it is at some moment.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Pool {
    pub purchased: i64,
    pub used: i64,
    /// Whether it ever had a block in force.
    pub has_begun: bool,
}

/// The key of the pool that a tenant draws on: its own once that has begun, else Global (nil).
pub fn drawn_on(tenant: Uuid, has_begun: impl Fn(Uuid) -> bool) -> Uuid {
    if has_begun(tenant) {
        tenant
    } else {
        Uuid::nil()
    }
}

/// Every pool that has a block or a device, by its key.
pub fn pools(blocks: &[Block], devices: &[(Uuid, i64)], now: Instant) -> BTreeMap<Uuid, Pool> {
    let mut pools: BTreeMap<Uuid, Pool> = BTreeMap::new();
    for block in blocks {
        let pool = pools.entry(block.tenant_key).or_default();
        let state = block.state_at(now);
        pool.has_begun |= state != BlockState::Upcoming;
        if state == BlockState::InForce {
            pool.purchased += block.licences;
        }
    }
    for (tenant, used) in devices.iter().filter(|it| it.1 > 0) {
        let begun = |key| pools.get(&key).is_some_and(|it| it.has_begun);
        let key = drawn_on(*tenant, begun);
        pools.entry(key).or_default().used += used;
    }
    pools
}

/// For each block in force how many licences of its pool fill before it: those that expire first
/// fill first (LIC-07). -1 for blocks that do not count.
pub fn filling(blocks: &[Block], now: Instant) -> HashMap<Uuid, i64> {
    let mut order: Vec<&Block> = blocks.iter().collect();
    order.sort_by_key(|it| (it.tenant_key, it.expiration_date, it.id));
    let mut filled: HashMap<Uuid, i64> = HashMap::new();
    let mut after = |it: &Block| match it.state_at(now) {
        BlockState::InForce => {
            let before = filled.entry(it.tenant_key).or_default();
            let after = *before;
            *before += it.licences;
            after
        }
        _ => -1,
    };
    order.into_iter().map(|it| (it.id, after(it))).collect()
}

/// When the clock alone changes something next: a block begins, is about to expire, or ends.
pub fn next_change(blocks: &[Block], now: Instant) -> Option<Instant> {
    let all = blocks
        .iter()
        .flat_map(|it| [it.starts_at, it.warns_at, it.ends_at]);
    all.filter(|it| *it > now).min()
}
