//! "Why?": which pool a device or a tenant draws on, and the reason (LIC-13).

use axum::Json;
use kit::call::Call;
use kit::list::Query;
use kit::{Error, Id, Record, Result, choice, sql};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::pool::LicencePool;
use super::precedence::drawn_on;
use super::{Product, settle};
use crate::devices::Device;
use crate::tree::Tenant;

choice! {
    /// Why a tenant draws on a pool.
    pub enum WhyReason {
        /// It has blocks of its own for the product, in force or expired: it uses only those.
        OwnBlocks = "own_blocks" "The tenant has blocks of its own",
        /// It has none, so it shares the Global ones.
        SharesGlobal = "shares_global" "The tenant shares the Global blocks",
        /// It has some, but the first begins later; until then it shares the Global ones.
        OwnBlocksLater = "own_blocks_later" "The tenant's own blocks begin later",
        /// There is no block that has ever begun: no device can be registered.
        NoBlock = "no_block" "There is no block that devices could draw on",
    }
}

/// Which pool a tenant's devices draw on for a product.
#[derive(Serialize, JsonSchema)]
pub struct Why {
    pub reason: WhyReason,
    pub sentence: String,
    pub tenant_id: Id<Tenant>,
    pub product_id: Id<Product>,
    /// None where there is no pool yet.
    pub pool: Option<WhyPool>,
    /// The blocks of the pool, in the order in which devices fill them.
    pub blocks: Vec<WhyBlock>,
}

#[derive(Serialize, JsonSchema)]
pub struct WhyPool {
    pub id: Id<LicencePool>,
    pub purchased: i64,
    pub used: i64,
}

#[derive(Record, Serialize, JsonSchema)]
pub struct WhyBlock {
    pub id: Uuid,
    pub licences: i64,
    pub order_date: kit::date::Date,
    pub expiration_date: kit::date::Date,
    pub state: super::precedence::BlockState,
}

/// Which pool a device (`device_id`), or a tenant for a product (`tenant_id` and `product_id`), draws
/// on, and why.
pub async fn licence_pool_why(mut call: Call, query: Query) -> Result<Json<Why>> {
    query.only(&["device_id", "tenant_id", "product_id"])?;
    let id = |name: &str| {
        query
            .get(name)
            .map(|it| it.parse::<Uuid>().map_err(|_| Error::NotFound))
            .transpose()
    };
    let scope = call.allow::<LicencePool>("read")?;
    let (tenant, product) = match (id("device_id")?, id("tenant_id")?, id("product_id")?) {
        (Some(device), None, None) => {
            let scope = call.allow::<Device>("read")?;
            let device = call.find::<Device>(&scope, device.into()).await?;
            (device.tenant(), device.product_id)
        }
        (None, Some(tenant), Some(product)) => (tenant.into(), Id::from(product)),
        _ => {
            let detail = "Name a device_id, or a tenant_id and a product_id.";
            return Err(Error::bad_request("invalid_parameter", detail));
        }
    };
    let tenant: Tenant = call.find(&scope, tenant).await?;
    let product: Product = call.find(&scope, product).await?;
    let pools = settle::stored(&mut call, tenant.customer_id, product.id).await?;
    let begun = |key: Uuid| pools.iter().any(|it| it.tenant_key == key && it.has_begun);
    let key = drawn_on(tenant.id.uuid(), begun);
    let own: i64 = call
        .count(sql!(
            "select count(*) from licence_blocks where tenant_id = $1 and product_id = $2",
            tenant.id,
            product.id
        ))
        .await?;
    let (name, what) = (&tenant.input.name, &product.input.name);
    let (reason, sentence) = match (begun(key), key.is_nil(), own) {
        (false, ..) => (
            WhyReason::NoBlock,
            format!(
                "No block of {what} has begun, neither for {name} nor Global: no device can be registered. Add a block."
            ),
        ),
        (true, false, _) => (
            WhyReason::OwnBlocks,
            format!("{name} has blocks of its own for {what}, so its devices use only those."),
        ),
        (true, true, 0) => (
            WhyReason::SharesGlobal,
            format!("{name} has no blocks of its own for {what}, so it shares the Global ones."),
        ),
        (true, true, _) => (
            WhyReason::OwnBlocksLater,
            format!(
                "The first block of {name} for {what} begins later; until then it shares the Global ones."
            ),
        ),
    };
    let pool = pools.iter().find(|it| it.tenant_key == key);
    let pool = pool.map(|it| WhyPool {
        id: it.id.into(),
        purchased: it.purchased,
        used: it.used,
    });
    let blocks = call
        .query(sql!(
            "select id, licences, order_date, expiration_date, state from licence_blocks where customer_id = $1 and product_id = $2 and tenant_key = $3 order by expiration_date, id",
            tenant.customer_id,
            product.id,
            key
        ))
        .await?;
    Ok(Json(Why {
        reason,
        sentence,
        tenant_id: tenant.id,
        product_id: product.id,
        pool,
        blocks,
    }))
}
