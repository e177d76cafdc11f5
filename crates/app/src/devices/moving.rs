//! Moving a device to another customer of its provider: the pools of both sides change in one
//! transaction (DEV-02).

use kit::body::Body;
use kit::call::Call;
use kit::conn::{Bind, Value};
use kit::event::Event;
use kit::resource::Resource;
use kit::web::{At, Versioned};
use kit::{Error, Id, Result, store};
use schemars::JsonSchema;
use serde::Deserialize;

use super::device::{Device, DeviceInput, told};
use super::registration::{self, Place};
use crate::customers::Customer;
use crate::licences::{overuse, settle};
use crate::tree::{Site, Tenant, place};

/// Where a device goes.
#[derive(Deserialize, JsonSchema)]
pub struct DeviceMove {
    pub customer_id: Id<Customer>,
    /// That of the site, else the customer's default one, when absent.
    #[serde(default)]
    pub tenant_id: Option<Id<Tenant>>,
    #[serde(default)]
    pub site_id: Option<Id<Site>>,
}

/// Moves a device to another customer of its provider. Its user, contact and group stay behind.
pub async fn device_move(
    mut call: Call,
    At(id): At<Device>,
    Body(to): Body<DeviceMove>,
) -> Result<Versioned<Device>> {
    let scope = call.allow::<Device>("update")?;
    let first = call.find(&scope, id).await?;
    first.writable(&mut call).await?;
    let customer = place::customer(&mut call, &scope, to.customer_id).await?;
    if customer.provider_id != first.provider_id {
        let message = "belongs to another provider; register the device there";
        return Err(Error::field("/customer_id", "other_provider", message));
    }
    if customer.id == first.customer_id {
        let message = "has the device already; change its tenant or site instead";
        return Err(Error::field("/customer_id", "same", message));
    }
    let product = first.product_id;
    let sets = [(first.customer_id, product), (customer.id, product)];
    settle::lock_all(&mut call, &sets.into()).await?;
    let before = call.find(&scope, id).await?;
    if before.version != first.version {
        return Err(call.stale(&before));
    }
    let mut input = DeviceInput {
        tenant_id: to.tenant_id,
        site_id: to.site_id,
        group_id: None,
        user_id: None,
        contact_id: None,
        ..before.input.clone()
    };
    let place = Place::find(&mut call, &scope, &customer, &input, None).await?;
    place.fill(&mut input);
    if before.uses_licence() {
        let pool = registration::pool_of(&mut call, customer.id, product, &place.tenant).await?;
        overuse::check(&mut call, &customer, pool.with(1)).await?;
        let (from, to) = (before.tenant().uuid(), place.tenant.id.uuid());
        settle::count(&mut call, before.customer_id, product, from, -1).await?;
        settle::count(&mut call, customer.id, product, to, 1).await?;
    }
    let mut set: Vec<(&'static str, Value)> = super::device::columns(&input);
    set.push(("customer_id", customer.id.to_value()));
    set.push(("reseller_id", customer.reseller_id.to_value()));
    let after = told(store::save(&mut call, &scope, &before, set).await)?;
    if before.uses_licence() {
        let mut both = [(before.customer_id, -1), (customer.id, 1)];
        both.sort_by_key(|it| it.0);
        for (customer, by) in both {
            settle::settle(&mut call, customer, product).await?;
            settle::roll_up(&mut call, customer, by).await?;
        }
    }
    let event = Event::changed("move", &before, &after);
    // Told in the history of both.
    call.also(Event {
        owner: before.owner(),
        ..event.clone()
    });
    call.changed(after, event).await
}
