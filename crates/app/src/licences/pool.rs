//! Pools: the blocks of one product for one tenant, or the Global ones, and what is used of them
//! (LIC-05, LIC-06); and their history (LIC-12).

use axum::Json;
use kit::access::ScopeColumns;
use kit::call::Call;
use kit::date::Date;
use kit::list::{Column, List, Query};
use kit::resource::{Owner, Resource};
use kit::time::Instant;
use kit::web::At;
use kit::{Error, Id, Record, Result, sql};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::product::{Product, product_list};
use crate::customers::Customer;
use crate::tree::{Provider, Reseller, Tenant, customer_list, tenant::tenant_list};

/// What a customer has bought of a product, for one tenant or for all that have no blocks of their
/// own, and how much of it is used.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct LicencePool {
    pub id: Id<LicencePool>,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub customer_id: Id<Customer>,
    pub customer_name: String,
    pub product_id: Id<Product>,
    pub product_name: String,
    /// None: the Global pool, for every tenant without blocks of its own.
    pub tenant_id: Option<Id<Tenant>>,
    pub tenant_name: Option<String>,
    /// The licences of its blocks in force.
    pub purchased: i64,
    /// Its active and suspended devices.
    pub used: i64,
    /// Used minus purchased; what is left is negative.
    pub excess: i64,
    pub is_over: bool,
    /// Whether it ever had a block in force; until then no device can draw on it.
    pub has_begun: bool,
    /// When the first of its blocks in force expires.
    pub expires_on: Option<Date>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

const EXPIRES: &str = "coalesce((select min(b.expiration_date) from licence_blocks b where b.customer_id = l.customer_id and b.product_id = l.product_id and b.tenant_key = l.tenant_key and b.state = 'in_force'), '')";

const COLUMNS: &[Column] = &[
    Column::reference(
        "customer_id",
        "Customer",
        "l.customer_id",
        customer_list,
        "customer_name",
    )
    .sorted_by("c.name_key")
    .shown()
    .width(240),
    Column::reference(
        "product_id",
        "Product",
        "l.product_id",
        product_list,
        "product_name",
    )
    .sorted_by("pr.name_key")
    .shown()
    .customer()
    .width(200),
    Column::reference(
        "tenant_id",
        "Tenant",
        "l.tenant_id",
        tenant_list,
        "tenant_name",
    )
    .sorted_by("coalesce(t.name_key, '')")
    .shown()
    .customer()
    .width(170),
    Column::integer("used", "Used", "l.used")
        .shown()
        .customer()
        .width(90),
    Column::integer("purchased", "Purchased", "l.purchased")
        .shown()
        .customer()
        .width(105),
    Column::integer("excess", "Over by", "(l.used - l.purchased)")
        .shown()
        .customer()
        .width(95),
    Column::boolean("is_over", "Over", "(l.used > l.purchased)")
        .shown()
        .customer()
        .width(80),
    Column::boolean("has_begun", "Begun", "l.has_begun")
        .customer()
        .width(90),
    Column::date("expires_on", "Expires", EXPIRES)
        .shown()
        .customer()
        .width(120),
    Column::instant("updated_at", "Modified", "l.updated_at")
        .customer()
        .width(150),
    Column::id("id", "Id", "l.id").customer(),
];

pub static LIST: List = List {
    name: "licence_pools",
    select: "l.*, (l.used - l.purchased) as excess, (l.used > l.purchased) as is_over,
     coalesce((select min(b.expiration_date) from licence_blocks b where b.customer_id = l.customer_id and b.product_id = l.product_id and b.tenant_key = l.tenant_key and b.state = 'in_force'), '') as expires_on,
     c.name as customer_name, pr.name as product_name, t.name as tenant_name",
    from: "licence_pools l join customers c on c.id = l.customer_id join products pr on pr.id = l.product_id left join tenants t on t.id = l.tenant_id",
    // Those without blocks and devices are kept for their history alone.
    always: "c.deleted_at is null and (l.used > 0 or exists (select 1 from licence_blocks b where b.customer_id = l.customer_id and b.product_id = l.product_id and b.tenant_key = l.tenant_key))",
    id: "l.id",
    columns: COLUMNS,
    sort: "-excess",
    scope: ScopeColumns {
        provider: "l.provider_id = ?",
        reseller: "l.reseller_id = ?",
        customer: "l.customer_id = ?",
    },
    archived: None,
    search: None,
    expand: &[
        ("customer", "customer_id", "customer_name"),
        ("product", "product_id", "product_name"),
        ("tenant", "tenant_id", "tenant_name"),
    ],
};

impl Resource for LicencePool {
    const NAME: &'static str = "licence_pools";
    const ONE: &'static str = "licence_pool";
    const PERMISSION: &'static str = "licences";
    fn list() -> &'static List {
        &LIST
    }
    fn id(&self) -> Uuid {
        self.id.uuid()
    }
    fn version(&self) -> i64 {
        self.version
    }
    fn title(&self) -> String {
        let tenant = self.tenant_name.as_deref().unwrap_or("Global");
        format!("{}, {tenant}", self.product_name)
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid())
            .reseller(self.reseller_id.map(Id::uuid))
            .customer(self.customer_id.uuid())
    }
}

/// What a pool had and used from a day on, until the next day of the answer.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct PoolDay {
    /// A day in UTC on which something changed; the figures are those at its end.
    pub day: Date,
    pub purchased: i64,
    pub used: i64,
    /// When it was written down; for figures that still hold, when they last changed.
    pub recorded_at: Instant,
}

/// The most days of a history that one answer holds: ten years.
const MOST_DAYS: i64 = 3_660;

/// What a pool had and used, day by day as it changed (LIC-12). `from` and `to` limit the days; the
/// figures that held at the beginning come first.
pub async fn licence_pool_history(
    mut call: Call,
    At(id): At<LicencePool>,
    query: Query,
) -> Result<Json<Vec<PoolDay>>> {
    query.only(&["from", "to"])?;
    let date = |name: &str| match query.get(name) {
        None => Ok(None),
        Some(text) => Date::parse(text).map(Some).ok_or_else(|| {
            let detail = format!("{name} takes a date, such as 2026-11-22.");
            Error::bad_request("invalid_parameter", detail)
        }),
    };
    let (from, to) = (date("from")?, date("to")?);
    let scope = call.allow::<LicencePool>("read")?;
    call.find(&scope, id).await?;
    let mut sql = sql!(
        "select day, purchased, used, recorded_at from (
           select day, purchased, used, recorded_at from licence_pool_days where pool_id = $1
           union all select day, purchased, used, updated_at from licence_pools where id = $1
         ) h where true",
        id
    );
    if let Some(to) = to {
        sql.and("h.day <= ?", to);
    }
    sql.push(" order by day desc limit ").bind(MOST_DAYS);
    let mut days: Vec<PoolDay> = call.query(sql).await?;
    if let Some(from) = from {
        let held = days.iter().position(|it| it.day <= from);
        days.truncate(held.map_or(days.len(), |it| it + 1));
    }
    days.reverse();
    Ok(Json(days))
}
