//! The time zone that a licence block's dates mean: its tenant's when it is a tenant's, else the
//! customer's, each inherited from above (LIC-03, TREE-02).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use kit::call::Call;
use kit::conn::Sql;
use kit::date::Date;
use kit::time::{Instant, TimeZone};
use kit::{Id, Record, Result, sql};
use uuid::Uuid;

use super::{expiry, settle};
use crate::customers::Customer;
use crate::tree::Tenant;

/// The instants that a block's dates mean.
pub struct Span {
    /// The start of the order day.
    pub starts_at: Instant,
    /// The end of the expiration day.
    pub ends_at: Instant,
    /// From when on it is about to expire.
    pub warns_at: Instant,
}

/// How many days before the end a block is about to expire.
pub const WARNING_DAYS: i64 = 90;

pub fn span(zone: &TimeZone, order: Date, expiration: Date) -> Span {
    Span {
        starts_at: order.starts_in(zone),
        ends_at: expiration.plus_days(1).starts_in(zone),
        warns_at: expiration.plus_days(-WARNING_DAYS).starts_in(zone),
    }
}

#[derive(Record)]
struct Zones {
    tenant: String,
    customer: String,
    reseller: String,
    provider: String,
}

/// The zone in force for a customer, or for one of its tenants.
pub async fn of(
    call: &mut Call,
    customer: Id<Customer>,
    tenant: Option<Id<Tenant>>,
) -> Result<TimeZone> {
    let found: Option<Zones> = call
        .query_optional(sql!(
            "select coalesce((select t.time_zone from tenants t where t.id = $2), '') as tenant, c.time_zone as customer,
             coalesce(r.time_zone, '') as reseller, p.time_zone as provider
             from customers c join providers p on p.id = c.provider_id left join resellers r on r.id = c.reseller_id where c.id = $1",
            customer,
            tenant
        ))
        .await?;
    let zones = found.map(|it| [it.tenant, it.customer, it.reseller, it.provider]);
    let nearest = zones.into_iter().flatten().find(|it| !it.is_empty());
    Ok(nearest
        .and_then(|it| TimeZone::parse(&it))
        .unwrap_or_else(TimeZone::utc))
}

/// A block whose zone may have changed.
#[derive(Record)]
struct Dated {
    id: Uuid,
    customer_id: Id<Customer>,
    product_id: Uuid,
    tenant_id: Option<Id<Tenant>>,
    order_date: Date,
    expiration_date: Date,
    starts_at: Instant,
    ends_at: Instant,
}

/// Below which node something changed.
#[derive(Clone, Copy)]
pub enum Whose {
    Customer(Id<Customer>),
    Reseller(Uuid),
    Provider(Uuid),
}

/// Only the blocks `b` that lie there.
pub fn within(sql: &mut Sql, whose: Whose) {
    match whose {
        Whose::Customer(id) => sql.and("b.customer_id = ?", id),
        Whose::Reseller(id) => sql.and("b.reseller_id = ?", id),
        Whose::Provider(id) => sql.and("b.provider_id = ?", id),
    };
}

/// Reads the dates of blocks anew after a zone has changed, and settles their pools.
pub async fn changed(call: &mut Call, whose: Whose) -> Result<()> {
    let mut sql = sql!(
        "select id, customer_id, product_id, tenant_id, order_date, expiration_date, starts_at, ends_at from licence_blocks b where true"
    );
    within(&mut sql, whose);
    sql.push(" order by customer_id, product_id");
    let blocks: Vec<Dated> = call.query(sql.slow()).await?;
    let mut zones = HashMap::new();
    let mut sets = vec![];
    for it in blocks {
        let zone = match zones.entry((it.customer_id, it.tenant_id)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(of(call, it.customer_id, it.tenant_id).await?),
        };
        let span = span(zone, it.order_date, it.expiration_date);
        if (span.starts_at, span.ends_at) == (it.starts_at, it.ends_at) {
            continue;
        }
        call.execute(sql!(
            "update licence_blocks set starts_at = $1, ends_at = $2, warns_at = $3 where id = $4",
            span.starts_at,
            span.ends_at,
            span.warns_at,
            it.id
        ))
        .await?;
        expiry::rezone(call, it.id, it.expiration_date, zone).await?;
        if sets.last() != Some(&(it.customer_id, it.product_id)) {
            sets.push((it.customer_id, it.product_id));
        }
    }
    for (customer, product) in sets {
        settle::settle(call, customer, product.into()).await?;
    }
    Ok(())
}
