//! Pools as they are stored: brought up to date by whatever changes a block or a device, and by the
//! clock. Whoever changes anything of one product of one customer holds its `pool_sets` row, so that
//! all of it happens one after the other (LIC-05).

use std::collections::{BTreeMap, BTreeSet};

use kit::call::Call;
use kit::date::Date;
use kit::time::{Instant, TimeZone};
use kit::{Id, Record, Result, sql};
use uuid::Uuid;

use super::precedence::{self, Block, Pool};
use super::{Product, overuse};
use crate::customers::Customer;

/// A pool's row.
#[derive(Record, Clone)]
pub struct Stored {
    pub id: Uuid,
    pub tenant_key: Uuid,
    pub purchased: i64,
    pub used: i64,
    pub has_begun: bool,
    day: Date,
}

impl Stored {
    /// With so many devices more.
    pub fn with(&self, devices: i64) -> Pool {
        Pool {
            used: self.used + devices,
            ..self.pool()
        }
    }

    fn pool(&self) -> Pool {
        Pool {
            purchased: self.purchased,
            used: self.used,
            has_begun: self.has_begun,
        }
    }
}

/// Takes the product's row of this customer until the transaction ends. Answers when the clock
/// changes something next.
pub async fn lock(
    call: &mut Call,
    customer: Id<Customer>,
    product: Id<Product>,
) -> Result<Option<Instant>> {
    let (next,): (Option<Instant>,) = call
        .query_one(sql!(
            "insert into pool_sets (customer_id, product_id, next_at, changes) values ($1, $2, null, 1)
             on conflict (customer_id, product_id) do update set changes = pool_sets.changes + 1 returning next_at",
            customer,
            product
        ))
        .await?;
    Ok(next)
}

/// The same for several products or customers, always in the same order.
pub async fn lock_all(call: &mut Call, sets: &BTreeSet<(Id<Customer>, Id<Product>)>) -> Result<()> {
    for (customer, product) in sets {
        lock(call, *customer, *product).await?;
    }
    Ok(())
}

pub async fn stored(
    call: &mut Call,
    customer: Id<Customer>,
    product: Id<Product>,
) -> Result<Vec<Stored>> {
    call.query(sql!(
        "select * from licence_pools where customer_id = $1 and product_id = $2",
        customer,
        product
    ))
    .await
}

/// The blocks of one product of a customer.
pub async fn blocks(
    call: &mut Call,
    customer: Id<Customer>,
    product: Id<Product>,
) -> Result<Vec<Block>> {
    call.query(sql!(
        "select * from licence_blocks where customer_id = $1 and product_id = $2",
        customer,
        product
    ))
    .await
}

/// Brings the pools of one product of a customer up to date with its blocks, its devices and the
/// clock, and opens and clears cases of over-use.
pub async fn settle(call: &mut Call, customer: Id<Customer>, product: Id<Product>) -> Result<()> {
    lock(call, customer, product).await?;
    let now = call.now;
    let blocks = blocks(call, customer, product).await?;
    let devices: Vec<(Uuid, i64)> = call
        .query(sql!(
            "select tenant_id, used from device_counts where customer_id = $1 and product_id = $2",
            customer,
            product
        ))
        .await?;
    let filling = precedence::filling(&blocks, now);
    for it in &blocks {
        let (state, fills_after) = (it.state_at(now), filling.get(&it.id).copied().unwrap_or(-1));
        if (state, fills_after) != (it.state, it.fills_after) {
            call.execute(sql!(
                "update licence_blocks set state = $1, fills_after = $2 where id = $3",
                state,
                fills_after,
                it.id
            ))
            .await?;
        }
    }
    let mut pools = precedence::pools(&blocks, &devices, now);
    for it in stored(call, customer, product).await? {
        let pool = pools.remove(&it.tenant_key).unwrap_or_default();
        change(call, &it, pool).await?;
    }
    create(call, customer, product, pools).await?;
    let next = precedence::next_change(&blocks, now);
    call.execute(sql!(
        "update pool_sets set next_at = $1 where customer_id = $2 and product_id = $3",
        next,
        customer,
        product
    ))
    .await?;
    roll_up(call, customer, 0).await
}

/// New pools begin with their values: a change from nothing.
async fn create(
    call: &mut Call,
    customer: Id<Customer>,
    product: Id<Product>,
    pools: BTreeMap<Uuid, Pool>,
) -> Result<()> {
    let today = Date::at(call.now, &TimeZone::utc());
    for (key, pool) in pools {
        let new = Stored {
            id: Id::<()>::new(call.now).uuid(),
            tenant_key: key,
            purchased: 0,
            used: 0,
            has_begun: false,
            day: today,
        };
        call.execute(sql!(
            "insert into licence_pools (id, provider_id, reseller_id, customer_id, product_id, tenant_id, tenant_key, purchased, used, has_begun, day, version, created_at, updated_at)
             select $1, c.provider_id, c.reseller_id, c.id, $2, $3, $4, 0, 0, false, $5, 1, $6, $6 from customers c where c.id = $7",
            new.id,
            product,
            Some(key).filter(|it| !it.is_nil()),
            key,
            today,
            call.now,
            customer
        ))
        .await?;
        change(call, &new, pool).await?;
    }
    Ok(())
}

/// Writes what a pool has and uses now. The figures of a day that is over are kept (LIC-12).
pub async fn change(call: &mut Call, before: &Stored, after: Pool) -> Result<()> {
    if before.pool() == after {
        return Ok(());
    }
    let today = Date::at(call.now, &TimeZone::utc());
    if before.day < today {
        call.execute(sql!(
            "insert into licence_pool_days (pool_id, day, purchased, used, recorded_at) values ($1, $2, $3, $4, $5)
             on conflict (pool_id, day) do update set purchased = excluded.purchased, used = excluded.used, recorded_at = excluded.recorded_at",
            before.id,
            before.day,
            before.purchased,
            before.used,
            call.now
        ))
        .await?;
    }
    call.execute(sql!(
        "update licence_pools set purchased = $1, used = $2, has_begun = $3, day = $4, version = version + 1, updated_at = $5 where id = $6",
        after.purchased,
        after.used,
        after.has_begun,
        today,
        call.now,
        before.id
    ))
    .await?;
    overuse::changed(call, before.id, before.pool(), after).await
}

/// The customer's figures in the grid: its worst pool, how many pools are over, how its blocks stand
/// (GRID-02); and `devices` more or fewer.
pub async fn roll_up(call: &mut Call, customer: Id<Customer>, devices: i64) -> Result<()> {
    call.execute(sql!(
        "update customer_rollups set devices = devices + $1,
         worst_pool_id = (select l.id from licence_pools l where l.customer_id = $2 and (l.purchased > 0 or l.used > 0) order by l.used - l.purchased desc, l.used * 1000 / (l.purchased + 1) desc, l.id limit 1),
         pools_over = (select count(*) from licence_pools l where l.customer_id = $2 and l.used > l.purchased),
         licence_status = case
           when exists (select 1 from licence_blocks b where b.customer_id = $2 and b.state = 'expired' and b.renewed_by is null and b.not_renewed_at is null) then 'expired'
           when exists (select 1 from licence_blocks b where b.customer_id = $2 and b.state = 'in_force' and b.warns_at <= $3 and b.renewed_by is null and b.not_renewed_at is null) then 'expiring'
           when exists (select 1 from licence_blocks b where b.customer_id = $2) then 'good'
           else '' end
         where customer_id = $2",
        devices,
        customer,
        call.now
    ))
    .await?;
    Ok(())
}

/// Counts devices of a tenant that use a licence, without looking at any block; the caller holds the
/// lock, and the clock has changed nothing since the pools were settled.
pub async fn count(
    call: &mut Call,
    customer: Id<Customer>,
    product: Id<Product>,
    tenant: Uuid,
    by: i64,
) -> Result<()> {
    call.execute(sql!(
        "insert into device_counts (customer_id, product_id, tenant_id, used) values ($1, $2, $3, $4)
         on conflict (customer_id, product_id, tenant_id) do update set used = device_counts.used + $4",
        customer,
        product,
        tenant,
        by
    ))
    .await?;
    Ok(())
}

/// Whether the clock has changed something since the pools were settled.
pub fn is_due(next: Option<Instant>, now: Instant) -> bool {
    next.is_some_and(|it| it <= now)
}

/// Everything that the clock has changed, a product of a customer at a time.
pub async fn settle_due(mut new_call: impl FnMut() -> Call) -> Result<u64> {
    let mut settled = 0;
    loop {
        let mut call = new_call();
        let due: Option<(Id<Customer>, Id<Product>)> = call
            .query_optional(sql!(
                "select customer_id, product_id from pool_sets where next_at is not null and next_at <= $1 order by next_at limit 1",
                call.now
            ))
            .await?;
        let Some((customer, product)) = due else {
            return Ok(settled);
        };
        settle(&mut call, customer, product).await?;
        call.commit(vec![]).await?;
        settled += 1;
    }
}
