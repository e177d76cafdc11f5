//! Changing devices, many at once: their fields, their tenant and whether they use a licence. What a
//! device uses moves along with it (DEV-02).

use std::collections::{BTreeMap, HashMap};

use kit::access::Scope;
use kit::call::Call;
use kit::conn::Bind;
use kit::resource::Resource;
use kit::{Error, Id, Result, store};

use super::device::{Device, DeviceInput, DeviceStatus, columns, told};
use super::registration::{Named, Place, Places, pool_of};
use crate::customers::Customer;
use crate::licences::{Product, overuse, settle};
use crate::tree::Tenant;

/// What a device is to be.
pub struct DeviceChange {
    pub input: DeviceInput,
    pub status: DeviceStatus,
}

/// How many more devices of a tenant use a licence.
type Moves = BTreeMap<Id<Tenant>, (Named<Tenant>, i64)>;

/// Changes devices that are still as they were read, in their order; none goes to another customer.
pub async fn change_all(
    call: &mut Call,
    scope: &Scope,
    mut edits: Vec<(Device, DeviceChange)>,
) -> Result<Vec<Device>> {
    let ids = edits.iter().map(|it| it.0.customer_id.uuid());
    let sql = Customer::list().some(&Scope::everywhere(), ids);
    let customers: Vec<Customer> = call.query(sql).await?;
    for it in &customers {
        it.check_writable()?;
    }
    let customers: HashMap<_, _> = customers.into_iter().map(|it| (it.id, it)).collect();
    let places = places(call, scope, &customers, &edits).await?;
    let mut sets: BTreeMap<(Id<Customer>, Id<Product>), Moves> = BTreeMap::new();
    for ((before, after), place) in edits.iter_mut().zip(places) {
        place.fill(&mut after.input);
        let uses = after.status != DeviceStatus::Deregistered;
        let stays = after.input.tenant_id == before.input.tenant_id;
        if stays && uses == before.uses_licence() {
            continue;
        }
        let moves = sets.entry((before.customer_id, before.product_id));
        let moves = moves.or_default();
        let from = Named {
            id: before.tenant(),
            name: before.tenant_name.clone(),
        };
        for (tenant, uses, by) in [(from, before.uses_licence(), -1), (place.tenant, uses, 1)] {
            if uses {
                moves.entry(tenant.id).or_insert((tenant, 0)).1 += by;
            }
        }
    }
    settle::lock_all(call, &sets.keys().copied().collect()).await?;
    for (before, after) in &edits {
        let mut set = columns(&after.input);
        set.push(("status", after.status.to_value()));
        told(store::change(call, scope, before, set).await)?;
    }
    for ((customer, product), moves) in sets {
        let customer = customers.get(&customer).ok_or(Error::NotFound)?;
        settle_moves(call, customer, product, moves).await?;
    }
    let ids = edits.iter().map(|it| it.0.id.uuid()).collect();
    store::read_all(call, scope, ids).await
}

/// Where the devices are afterwards.
async fn places(
    call: &mut Call,
    scope: &Scope,
    customers: &HashMap<Id<Customer>, Customer>,
    edits: &[(Device, DeviceChange)],
) -> Result<Vec<Place>> {
    let mut by_customer = HashMap::new();
    for (id, customer) in customers {
        let own = edits.iter().filter(|it| it.0.customer_id == *id);
        let inputs: Vec<&DeviceInput> = own.clone().map(|it| &it.1.input).collect();
        let kept: Vec<_> = own.filter_map(|it| it.0.input.contact_id).collect();
        let found = Places::find(call, scope, customer, &inputs, &kept).await?;
        by_customer.insert(*id, found);
    }
    let place = |(before, after): &(Device, DeviceChange)| {
        let places = by_customer.get(&before.customer_id);
        places.ok_or(Error::NotFound)?.of(&after.input)
    };
    edits.iter().map(place).collect()
}

/// Counts what moved, and refuses what has no pool to draw on, or more than one has room for.
async fn settle_moves(
    call: &mut Call,
    customer: &Customer,
    product: Id<Product>,
    moves: Moves,
) -> Result<()> {
    let had = settle::stored(call, customer.id, product).await?;
    let more: i64 = moves.values().map(|it| it.1).sum();
    for (tenant, by) in moves.into_values().filter(|it| it.1 != 0) {
        if by > 0 {
            pool_of(call, customer.id, product, &tenant).await?;
        }
        settle::count(call, customer.id, product, tenant.id.uuid(), by).await?;
    }
    settle::settle(call, customer.id, product).await?;
    for it in settle::stored(call, customer.id, product).await? {
        let before = had.iter().find(|had| had.id == it.id);
        if it.used > before.map_or(0, |it| it.used) {
            overuse::check(call, customer, it.with(0)).await?;
        }
    }
    match more {
        0 => Ok(()),
        _ => settle::roll_up(call, customer.id, more).await,
    }
}
