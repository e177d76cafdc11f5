//! Registering devices: the hot path (DEV-03). Several of one batch are written together; one is a
//! batch of one.

use std::collections::{BTreeMap, HashMap, btree_map, hash_map};
use std::sync::Arc;

use kit::access::Scope;
use kit::body::Body;
use kit::call::Call;
use kit::conn::{Bind, Kind, Value};
use kit::error::{Blocker, OnConstraint};
use kit::event::Event;
use kit::resource::{Columns as _, Resource};
use kit::text;
use kit::web::Registered;
use kit::{Error, Id, Record, Result, sql};
use uuid::Uuid;

use super::device::{Device, DeviceCreate, DeviceInput, DeviceStatus};
use super::group::{self, DeviceGroup};
use crate::customers::Customer;
use crate::licences::precedence::drawn_on;
use crate::licences::{Product, overuse, settle};
use crate::people::{Contact, User};
use crate::tree::{Site, Tenant, place};

/// Registers a device: it uses a licence of its tenant's pool from now on. Asked again with the same
/// content, it answers 200 with the device that there is; with other content 409 `differs`. An
/// identifier that somebody else has is 409 `identifier_unavailable`.
pub async fn device_create(
    mut call: Call,
    Body(new): Body<DeviceCreate>,
) -> Result<Registered<Device>> {
    let scope = call.allow::<Device>("create")?;
    let mut made = register(&mut call, &scope, vec![new]).await?;
    let made = made.pop().ok_or(Error::NotFound)?;
    match made.is_new {
        true => {
            let event = Event::created(&made.device);
            call.created(made.device, event).await.map(Registered::New)
        }
        false => call
            .changed(made.device, vec![])
            .await
            .map(Registered::Known),
    }
}

pub struct Made {
    pub device: Device,
    /// It was not registered before.
    pub is_new: bool,
}

/// Where a device is and who has it, with the names of all.
pub struct Place {
    pub tenant: Named<Tenant>,
    site: Option<Named<Site>>,
    group: Named<DeviceGroup>,
    user: Option<Named<User>>,
    contact: Option<Named<Contact>>,
}

#[derive(Record, Clone)]
pub struct Named<T: 'static> {
    pub id: Id<T>,
    pub name: String,
}

impl Place {
    /// Finds what an input names; each must be the customer's. What a device has already may stay.
    pub async fn find(
        call: &mut Call,
        scope: &Scope,
        customer: &Customer,
        input: &DeviceInput,
        before: Option<&Device>,
    ) -> Result<Self> {
        let site = match input.site_id {
            None => None,
            Some(id) => {
                let found: Option<(Id<Site>, String, Id<Tenant>)> = call
                    .query_optional(sql!(
                        "select id, name, tenant_id from sites where id = $1 and customer_id = $2",
                        id,
                        customer.id
                    ))
                    .await?;
                Some(found.ok_or_else(|| unknown("/site_id", "is no site of this customer"))?)
            }
        };
        let wanted = input.tenant_id.or(site.as_ref().map(|it| it.2));
        let tenant: Option<Named<Tenant>> = call
            .query_optional(match wanted {
                Some(id) => sql!(
                    "select id, name from tenants where customer_id = $1 and id = $2 and archived_at is null",
                    customer.id,
                    id
                ),
                None => sql!(
                    "select id, name from tenants where customer_id = $1 and is_default",
                    customer.id
                ),
            })
            .await?;
        let tenant =
            tenant.ok_or_else(|| unknown("/tenant_id", "is no tenant of this customer"))?;
        if site.as_ref().is_some_and(|it| it.2 != tenant.id) {
            let message = "is a site of another tenant";
            return Err(Error::field("/site_id", "other_tenant", message));
        }
        let group = match input.group_id {
            None => {
                let (id, name) = group::default_of(call, customer).await?;
                Named { id, name }
            }
            Some(id) => {
                let found = call
                    .query_optional(sql!(
                        "select id, name from device_groups where id = $1 and customer_id = $2",
                        id,
                        customer.id
                    ))
                    .await?;
                found.ok_or_else(|| unknown("/group_id", "is no device group of this customer"))?
            }
        };
        let user = match input.user_id {
            None => None,
            Some(id) => {
                let found = call
                    .query_optional(sql!(
                        "select id, display_name as name from users where id = $1 and customer_id = $2",
                        id,
                        customer.id
                    ))
                    .await?;
                Some(found.ok_or_else(|| unknown("/user_id", "is no user of this customer"))?)
            }
        };
        let contact = match input.contact_id {
            None => None,
            Some(id) => {
                let kept = before.filter(|it| it.input.contact_id == Some(id));
                let scope = match kept {
                    Some(_) => &Scope::everywhere(),
                    None => scope,
                };
                let found: Contact = call.reference(scope, id, "/contact_id").await?;
                let name = found.title();
                Some(Named { id, name })
            }
        };
        Ok(Self {
            tenant,
            site: site.map(|(id, name, _)| Named { id, name }),
            group,
            user,
            contact,
        })
    }

    /// Writes what was left to us into the input.
    pub fn fill(&self, input: &mut DeviceInput) {
        input.tenant_id = Some(self.tenant.id);
        input.group_id = Some(self.group.id);
    }
}

fn unknown(pointer: &str, message: &str) -> Error {
    Error::field(pointer, "unknown_reference", message)
}

/// Refuses one more device where the pool that it would draw on never had a block in force (LIC-08),
/// or has no room for it (LIC-09).
pub async fn check_room(
    call: &mut Call,
    customer: &Customer,
    product: Id<Product>,
    tenant: &Named<Tenant>,
) -> Result<()> {
    let pool = pool_of(call, customer.id, product, tenant).await?;
    overuse::check(call, customer, pool.with(1)).await
}

/// The pool that a tenant's devices draw on; refused where it never had a block in force (LIC-08).
async fn pool_of(
    call: &mut Call,
    customer: Id<Customer>,
    product: Id<Product>,
    tenant: &Named<Tenant>,
) -> Result<settle::Stored> {
    let pools = settle::stored(call, customer, product).await?;
    let begun = |key: Uuid| pools.iter().any(|it| it.tenant_key == key && it.has_begun);
    let key = drawn_on(tenant.id.uuid(), begun);
    let pool = pools
        .into_iter()
        .find(|it| it.tenant_key == key && it.has_begun);
    pool.ok_or_else(|| {
        Error::conflict(
            "no_licence_block",
            format!(
                "No licence block of this product has begun for {}. Add one for this tenant, or a Global one.",
                tenant.name
            ),
        )
    })
}

/// Registers devices, in their order; fails as a whole. Those of one product and customer are written
/// together, under the lock of their pools.
pub async fn register(call: &mut Call, scope: &Scope, new: Vec<DeviceCreate>) -> Result<Vec<Made>> {
    let mut customers: HashMap<Id<Customer>, Arc<Customer>> = HashMap::new();
    // In the order in which all lock them.
    let mut sets: BTreeMap<(Id<Customer>, Id<Product>), Set> = BTreeMap::new();
    for (n, it) in new.into_iter().enumerate() {
        let customer = match customers.entry(it.customer_id) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(new) => {
                let found = place::customer(call, scope, it.customer_id).await?;
                new.insert(Arc::new(found))
            }
        };
        let set = match sets.entry((it.customer_id, it.product_id)) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(new) => new.insert(Set {
                customer: customer.clone(),
                product: registrable(call, scope, it.product_id, customer).await?,
                inputs: vec![],
            }),
        };
        set.inputs.push((n, it.input));
    }
    let mut made = BTreeMap::new();
    for set in sets.into_values() {
        made.extend(set.register(call, scope).await?);
    }
    Ok(made.into_values().collect())
}

/// The product of a new device. One at its end of life is not sold, but what was sold works.
async fn registrable(
    call: &mut Call,
    scope: &Scope,
    id: Id<Product>,
    customer: &Customer,
) -> Result<Product> {
    let product: Product = call.reference(scope, id, "/product_id").await?;
    match product.provider_id {
        Some(provider) if provider != customer.provider_id => {
            let message = "belongs to another provider than the customer";
            Err(Error::field("/product_id", "other_provider", message))
        }
        _ => Ok(product),
    }
}

/// The new devices of one product of one customer, with their places in the answer.
struct Set {
    customer: Arc<Customer>,
    product: Product,
    inputs: Vec<(usize, DeviceInput)>,
}

impl Set {
    async fn register(mut self, call: &mut Call, scope: &Scope) -> Result<BTreeMap<usize, Made>> {
        let inputs = std::mem::take(&mut self.inputs);
        let next = settle::lock(call, self.customer.id, self.product.id).await?;
        if settle::is_due(next, call.now) {
            settle::settle(call, self.customer.id, self.product.id).await?;
        }
        let mut known = self.known(call, &inputs).await?;
        let (mut made, mut new) = (BTreeMap::new(), vec![]);
        let mut places = HashMap::new();
        for (n, input) in inputs {
            let device = self.device(call, scope, input, &mut places).await?;
            let key = text::key(&device.input.identifier);
            match known.get(&key) {
                None => {
                    known.insert(key, device.clone());
                    new.push(n);
                    made.insert(
                        n,
                        Made {
                            device,
                            is_new: true,
                        },
                    );
                }
                Some(there) => {
                    let device = self.same(call, scope, there, device).await?;
                    made.insert(
                        n,
                        Made {
                            device,
                            is_new: false,
                        },
                    );
                }
            }
        }
        let new: Vec<&Device> = new
            .iter()
            .filter_map(|n| made.get(n))
            .map(|it| &it.device)
            .collect();
        self.write(call, &new).await?;
        Ok(made)
    }

    /// Devices that have one of these identifiers, wherever they are in the provider.
    async fn known(
        &self,
        call: &mut Call,
        inputs: &[(usize, DeviceInput)],
    ) -> Result<HashMap<String, Device>> {
        let keys = inputs
            .iter()
            .map(|it| text::key(&it.1.identifier).to_value());
        let mut sql = <Device as Resource>::list().base(&Scope::everywhere());
        sql.and("d.provider_id = ?", self.customer.provider_id)
            .and("d.product_id = ?", self.product.id);
        sql.and_in("d.identifier_key", keys.collect());
        sql.push(" and d.status <> 'deregistered'");
        let found: Vec<Device> = call.query(sql).await?;
        let keyed = |it: Device| (text::key(&it.input.identifier), it);
        Ok(found.into_iter().map(keyed).collect())
    }

    async fn device(
        &self,
        call: &mut Call,
        scope: &Scope,
        mut input: DeviceInput,
        places: &mut HashMap<[Option<Uuid>; 5], Place>,
    ) -> Result<Device> {
        let key = [
            input.tenant_id.map(Id::uuid),
            input.site_id.map(Id::uuid),
            input.group_id.map(Id::uuid),
            input.user_id.map(Id::uuid),
            input.contact_id.map(Id::uuid),
        ];
        let place = match places.entry(key) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(new) => {
                new.insert(Place::find(call, scope, &self.customer, &input, None).await?)
            }
        };
        place.fill(&mut input);
        Ok(Device {
            id: Id::new(call.now),
            provider_id: self.customer.provider_id,
            reseller_id: self.customer.reseller_id,
            customer_id: self.customer.id,
            customer_name: self.customer.input.name.to_string(),
            product_id: self.product.id,
            product_name: self.product.input.name.to_string(),
            input,
            tenant_name: place.tenant.name.clone(),
            site_name: place.site.as_ref().map(|it| it.name.clone()),
            group_name: place.group.name.clone(),
            user_name: place.user.as_ref().map(|it| it.name.clone()),
            contact_name: place.contact.as_ref().map(|it| it.name.clone()),
            status: DeviceStatus::Active,
            version: 1,
            created_at: call.now,
            updated_at: call.now,
        })
    }

    /// The device that is registered already, if this is the same again (DEV-03). When it was last
    /// seen does not count.
    async fn same(
        &self,
        call: &mut Call,
        scope: &Scope,
        there: &Device,
        asked: Device,
    ) -> Result<Device> {
        let visible = call.look_up::<Device>(scope, there.id).await?;
        // One of this very batch is not written yet.
        let is_ours = there.customer_id == self.customer.id;
        if visible.is_none() && !is_ours {
            return Err(Error::conflict(
                "identifier_unavailable",
                "This identifier is not available for this product.",
            ));
        }
        let asked = DeviceInput {
            identifier: there.input.identifier.clone(),
            last_seen_at: there.input.last_seen_at,
            ..asked.input
        };
        if is_ours && asked == there.input {
            return Ok(there.clone());
        }
        let detail = match is_ours {
            true => format!(
                "{} is registered already, with other content. Change it instead.",
                there.title()
            ),
            false => format!(
                "{} is registered for another customer. Move it instead.",
                there.title()
            ),
        };
        Err(Error::Conflict {
            code: "differs",
            detail,
            blockers: vec![Blocker {
                kind: "devices".into(),
                label: "The device that has this identifier".into(),
                count: 1,
                href: format!("/devices?id={}", there.id),
            }],
        })
    }

    /// Inserts new devices and counts them in their pools.
    async fn write(&self, call: &mut Call, new: &[&Device]) -> Result<()> {
        let (customer, product) = (self.customer.id, self.product.id);
        let mut tenants: BTreeMap<Uuid, (Named<Tenant>, i64)> = BTreeMap::new();
        for it in new {
            let id = it.tenant();
            let tenant = || Named {
                id,
                name: it.tenant_name.clone(),
            };
            tenants.entry(id.uuid()).or_insert_with(|| (tenant(), 0)).1 += 1;
        }
        for (key, (tenant, count)) in &tenants {
            let pool = pool_of(call, customer, product, tenant).await?;
            let after = pool.with(*count);
            overuse::check(call, &self.customer, after).await?;
            settle::count(call, customer, product, *key, *count).await?;
            settle::change(call, &pool, after).await?;
        }
        let rows = new.iter().map(|it| row(it)).collect();
        let inserted = call.insert_all("devices", ALL, rows).await;
        let inserted = inserted.on(Kind::Unique, "devices_identifier_unique", "", "held", "");
        if let Err(Error::Invalid(_)) = inserted {
            // Somebody else was faster; as little is told as of those that were there before.
            return Err(Error::conflict(
                "identifier_unavailable",
                "This identifier is not available for this product.",
            ));
        }
        inserted?;
        let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
        match count {
            0 => Ok(()),
            _ => settle::roll_up(call, customer, count).await,
        }
    }
}

/// The columns of the table that no input has, in the order of [`row`].
const EXTRA: &[&str] = &[
    "id",
    "provider_id",
    "reseller_id",
    "customer_id",
    "product_id",
    "identifier_key",
    "name_key",
    "search_text",
    "status",
    "version",
    "created_at",
    "updated_at",
];

const ALL: &[&str; DeviceInput::COLUMNS.len() + EXTRA.len()] =
    &kit::conn::concat(&[DeviceInput::COLUMNS, EXTRA]);

fn row(it: &Device) -> Vec<Value> {
    let mut row = it.input.values();
    let search = [it.input.identifier.as_str(), &it.input.name, &it.input.kind];
    row.extend([
        it.id.to_value(),
        it.provider_id.to_value(),
        it.reseller_id.to_value(),
        it.customer_id.to_value(),
        it.product_id.to_value(),
        text::key(&it.input.identifier).to_value(),
        text::key(&it.input.name).to_value(),
        text::search_lines(search).to_value(),
        it.status.to_value(),
        it.version.to_value(),
        it.created_at.to_value(),
        it.updated_at.to_value(),
    ]);
    row
}
