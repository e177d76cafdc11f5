//! What a change of blocks would do to pools and the devices that draw on them, told before it is
//! done (LIC-05).

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use kit::access::Scope;
use kit::body::Body;
use kit::call::Call;
use kit::time::Instant;
use kit::web::At;
use kit::{Id, Result, sql};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::block::{self, LicenceBlock, LicenceBlockCreate, LicenceBlockInput, Wanted};
use super::precedence::{self, Block, Pool};
use super::product::Product;
use super::settle;
use crate::customers::Customer;
use crate::tree::{Tenant, place};

/// What a change would do to the pools of a product.
#[derive(Serialize, JsonSchema)]
pub struct PoolChanges {
    /// When it would: at once, or when the block begins.
    pub at: Instant,
    /// The pools whose figures would change.
    pub pools: Vec<PoolChange>,
    /// Devices that would draw on another pool.
    pub devices_moving: i64,
}

#[derive(Serialize, JsonSchema)]
pub struct PoolChange {
    /// None: Global.
    pub tenant_id: Option<Id<Tenant>>,
    pub tenant_name: Option<String>,
    pub purchased_before: i64,
    pub used_before: i64,
    pub purchased: i64,
    pub used: i64,
}

/// What a new licence block would change, once it is in force; its input is checked as for adding it.
pub async fn licence_block_preview(
    mut call: Call,
    Body(new): Body<LicenceBlockCreate>,
) -> Result<Json<PoolChanges>> {
    let scope = call.allow::<LicenceBlock>("create")?;
    let customer = place::customer(&mut call, &scope, new.customer_id).await?;
    let product = Product::sold(&mut call, &scope, new.product_id, &customer).await?;
    let wanted = Wanted {
        customer: &customer,
        before: None,
        input: new.input,
    };
    let checked = block::check(&mut call, wanted).await?;
    let before = settle::blocks(&mut call, customer.id, product.id).await?;
    let mut after = before.clone();
    after.push(checked.block(call.now));
    let at = call.now.max(checked.span.starts_at);
    compare(&mut call, customer.id, product.id, [before, after], at).await
}

/// What other values of a licence block would change; they are checked as for changing it.
pub async fn licence_block_change(
    mut call: Call,
    At(id): At<LicenceBlock>,
    Body(input): Body<LicenceBlockInput>,
) -> Result<Json<PoolChanges>> {
    let scope = call.allow::<LicenceBlock>("update")?;
    let block = call.find(&scope, id).await?;
    let customer: Customer = call.find(&Scope::everywhere(), block.customer_id).await?;
    customer.check_writable()?;
    let wanted = Wanted {
        customer: &customer,
        before: Some(&block.input),
        input,
    };
    let checked = block::check(&mut call, wanted).await?;
    let before = settle::blocks(&mut call, customer.id, block.product_id).await?;
    let mut after = before.clone();
    after.retain(|it| it.id != id.uuid());
    after.push(Block {
        id: id.uuid(),
        ..checked.block(call.now)
    });
    // One that has begun changes its pool at once, one that has not when it begins.
    let at = match block.starts_at > call.now {
        true => call.now.max(checked.span.starts_at),
        false => call.now,
    };
    let product = block.product_id;
    compare(&mut call, customer.id, product, [before, after], at).await
}

/// What deleting a licence block would change.
pub async fn licence_block_deletion(
    mut call: Call,
    At(id): At<LicenceBlock>,
) -> Result<Json<PoolChanges>> {
    let scope = call.allow::<LicenceBlock>("delete")?;
    let block = call.find(&scope, id).await?;
    let before = settle::blocks(&mut call, block.customer_id, block.product_id).await?;
    let mut after = before.clone();
    after.retain(|it| it.id != id.uuid());
    let (customer, product, now) = (block.customer_id, block.product_id, call.now);
    compare(&mut call, customer, product, [before, after], now).await
}

async fn compare(
    call: &mut Call,
    customer: Id<Customer>,
    product: Id<Product>,
    [before, after]: [Vec<Block>; 2],
    at: Instant,
) -> Result<Json<PoolChanges>> {
    let devices: Vec<(Uuid, i64)> = call
        .query(sql!(
            "select tenant_id, used from device_counts where customer_id = $1 and product_id = $2",
            customer,
            product
        ))
        .await?;
    let names: Vec<(Uuid, String)> = call
        .query(sql!(
            "select id, name from tenants where customer_id = $1",
            customer
        ))
        .await?;
    let names: BTreeMap<Uuid, String> = names.into_iter().collect();
    let [old, new] = [before, after].map(|it| precedence::pools(&it, &devices, at));
    let draws = |pools: &BTreeMap<Uuid, Pool>, tenant| {
        precedence::drawn_on(tenant, |it| pools.get(&it).is_some_and(|it| it.has_begun))
    };
    let moving = devices
        .iter()
        .filter(|it| draws(&old, it.0) != draws(&new, it.0));
    let devices_moving = moving.map(|it| it.1).sum();
    let keys: BTreeSet<Uuid> = old.keys().chain(new.keys()).copied().collect();
    let get = |pools: &BTreeMap<Uuid, Pool>, key| pools.get(&key).copied().unwrap_or_default();
    let pools = keys.into_iter().filter_map(|key| {
        let (before, after) = (get(&old, key), get(&new, key));
        (before != after).then(|| PoolChange {
            tenant_id: Some(key).filter(|it| !it.is_nil()).map(Id::from),
            tenant_name: names.get(&key).cloned(),
            purchased_before: before.purchased,
            used_before: before.used,
            purchased: after.purchased,
            used: after.used,
        })
    });
    Ok(Json(PoolChanges {
        at,
        pools: pools.collect(),
        devices_moving,
    }))
}
