//! Registering devices: the hot path (DEV-03). Several of one batch are written together; one is a
//! batch of one.

use std::collections::{BTreeMap, HashMap, HashSet, btree_map, hash_map};
use std::sync::Arc;

use kit::access::Scope;
use kit::body::Body;
use kit::call::Call;
use kit::conn::{self, Bind, Kind, Sql, Value};
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
        let kept = before.and_then(|it| it.input.contact_id);
        let places = Places::find(call, scope, customer, &[input], kept.as_slice()).await?;
        places.of(input)
    }

    /// Writes what was left to us into the input.
    pub fn fill(&self, input: &mut DeviceInput) {
        input.tenant_id = Some(self.tenant.id);
        input.group_id = Some(self.group.id);
    }
}

/// What inputs of one customer's devices name, found with a statement for each kind.
pub struct Places {
    tenants: HashMap<Id<Tenant>, Named<Tenant>>,
    default_tenant: Option<Named<Tenant>>,
    sites: HashMap<Id<Site>, (Named<Site>, Id<Tenant>)>,
    groups: HashMap<Id<DeviceGroup>, Named<DeviceGroup>>,
    default_group: Option<Named<DeviceGroup>>,
    users: HashMap<Id<User>, Named<User>>,
    contacts: HashMap<Id<Contact>, Named<Contact>>,
}

impl Places {
    /// `kept` are contacts that devices have already: they need not be visible.
    pub async fn find(
        call: &mut Call,
        scope: &Scope,
        customer: &Customer,
        inputs: &[&DeviceInput],
        kept: &[Id<Contact>],
    ) -> Result<Self> {
        let customer_id = customer.id;
        let sites = sql!(
            "select id, name, tenant_id from sites where customer_id = $1",
            customer_id
        );
        let sites: Vec<(Id<Site>, String, Id<Tenant>)> =
            named(call, sites, distinct(inputs, |it| it.site_id)).await?;
        let sites: HashMap<_, _> = sites
            .into_iter()
            .map(|(id, name, tenant)| (id, (Named { id, name }, tenant)))
            .collect();
        let of_site = |it: &DeviceInput| Some(sites.get(&it.site_id?)?.1);
        let tenant_of = |it: &DeviceInput| it.tenant_id.or_else(|| of_site(it));
        let tenants = sql!(
            "select id, name from tenants where customer_id = $1 and archived_at is null",
            customer_id
        );
        let tenants: Vec<Named<Tenant>> = named(call, tenants, distinct(inputs, tenant_of)).await?;
        let default_tenant = match inputs.iter().all(|it| tenant_of(it).is_some()) {
            true => None,
            false => {
                call.query_optional(sql!(
                    "select id, name from tenants where customer_id = $1 and is_default",
                    customer_id
                ))
                .await?
            }
        };
        let groups = sql!(
            "select id, name from device_groups where customer_id = $1",
            customer_id
        );
        let groups: Vec<Named<DeviceGroup>> =
            named(call, groups, distinct(inputs, |it| it.group_id)).await?;
        let default_group = match inputs.iter().all(|it| it.group_id.is_some()) {
            true => None,
            false => {
                let (id, name) = group::default_of(call, customer).await?;
                Some(Named { id, name })
            }
        };
        let users = sql!(
            "select id, display_name as name from users where customer_id = $1",
            customer_id
        );
        let users: Vec<Named<User>> = named(call, users, distinct(inputs, |it| it.user_id)).await?;
        let is_kept = |it: &DeviceInput| it.contact_id.filter(|id| kept.contains(id));
        let is_new = |it: &DeviceInput| it.contact_id.filter(|id| !kept.contains(id));
        let mut contacts: Vec<Contact> = vec![];
        for (scope, ids) in [
            (scope, distinct(inputs, is_new)),
            (&Scope::everywhere(), distinct(inputs, is_kept)),
        ] {
            let sql = Contact::list().base(scope);
            let mut found = within(call, sql, Contact::list().id, ids).await?;
            contacts.append(&mut found);
        }
        let contact = |it: Contact| {
            let name = it.title();
            (it.id, Named { id: it.id, name })
        };
        Ok(Self {
            tenants: by_id(tenants),
            default_tenant,
            sites,
            groups: by_id(groups),
            default_group,
            users: by_id(users),
            contacts: contacts.into_iter().map(contact).collect(),
        })
    }

    /// Where a device with this input is.
    pub fn of(&self, input: &DeviceInput) -> Result<Place> {
        let site = match input.site_id {
            None => None,
            Some(id) => {
                let found = self.sites.get(&id);
                Some(found.ok_or_else(|| unknown("/site_id", "is no site of this customer"))?)
            }
        };
        let tenant = match input.tenant_id.or(site.map(|it| it.1)) {
            Some(id) => self.tenants.get(&id),
            None => self.default_tenant.as_ref(),
        };
        let tenant =
            tenant.ok_or_else(|| unknown("/tenant_id", "is no tenant of this customer"))?;
        if site.is_some_and(|it| it.1 != tenant.id) {
            let message = "is a site of another tenant";
            return Err(Error::field("/site_id", "other_tenant", message));
        }
        let group = match input.group_id {
            Some(id) => self.groups.get(&id),
            None => self.default_group.as_ref(),
        };
        let group =
            group.ok_or_else(|| unknown("/group_id", "is no device group of this customer"))?;
        let user = match input.user_id {
            None => None,
            Some(id) => {
                let found = self.users.get(&id);
                Some(found.ok_or_else(|| unknown("/user_id", "is no user of this customer"))?)
            }
        };
        let contact = match input.contact_id {
            None => None,
            Some(id) => {
                let found = self.contacts.get(&id);
                Some(found.ok_or_else(|| unknown("/contact_id", "does not exist"))?)
            }
        };
        Ok(Place {
            tenant: tenant.clone(),
            site: site.map(|it| it.0.clone()),
            group: group.clone(),
            user: user.cloned(),
            contact: contact.cloned(),
        })
    }
}

/// The distinct ids that inputs name.
fn distinct<T>(
    inputs: &[&DeviceInput],
    of: impl Fn(&DeviceInput) -> Option<Id<T>>,
) -> HashSet<Id<T>> {
    inputs.iter().filter_map(|it| of(it)).collect()
}

/// The rows with these ids; nothing is asked for none.
async fn named<R: conn::Record, T: 'static>(
    call: &mut Call,
    sql: Sql,
    ids: HashSet<Id<T>>,
) -> Result<Vec<R>> {
    within(call, sql, "id", ids).await
}

async fn within<R: conn::Record, T: 'static>(
    call: &mut Call,
    mut sql: Sql,
    column: &'static str,
    ids: HashSet<Id<T>>,
) -> Result<Vec<R>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    sql.and_in(column, ids.into_iter().map(Bind::to_value).collect());
    call.query(sql).await
}

fn by_id<T: 'static>(all: Vec<Named<T>>) -> HashMap<Id<T>, Named<T>> {
    all.into_iter().map(|it| (it.id, it)).collect()
}

fn unknown(pointer: &str, message: &str) -> Error {
    Error::field(pointer, "unknown_reference", message)
}

/// The pool that a tenant's devices draw on; refused where it never had a block in force (LIC-08).
pub async fn pool_of(
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
    pool.ok_or_else(|| Error::conflict(NO_LICENCE_BLOCK, no_licence_block(&tenant.name)))
}

/// The code of [`no_licence_block`].
pub const NO_LICENCE_BLOCK: &str = "no_licence_block";

/// What is told where no pool has begun that a tenant's devices could draw on (LIC-08).
pub fn no_licence_block(tenant: &str) -> String {
    format!(
        "No licence block of this product has begun for {tenant}. Add one for this tenant, or a Global one."
    )
}

/// Registers devices, in their order; fails as a whole.
pub async fn register(call: &mut Call, scope: &Scope, new: Vec<DeviceCreate>) -> Result<Vec<Made>> {
    let active = new.into_iter().map(|it| (it, DeviceStatus::Active));
    register_as(call, scope, active.collect()).await
}

/// The same, active or suspended from the start. Those of one product and customer are written
/// together, under the lock of their pools.
pub async fn register_as(
    call: &mut Call,
    scope: &Scope,
    new: Vec<(DeviceCreate, DeviceStatus)>,
) -> Result<Vec<Made>> {
    let mut customers: HashMap<Id<Customer>, Arc<Customer>> = HashMap::new();
    // In the order in which all lock them.
    let mut sets: BTreeMap<(Id<Customer>, Id<Product>), Set> = BTreeMap::new();
    for (n, (it, status)) in new.into_iter().enumerate() {
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
        set.inputs.push((n, it.input, status));
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
    inputs: Vec<(usize, DeviceInput, DeviceStatus)>,
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
        let named: Vec<&DeviceInput> = inputs.iter().map(|it| &it.1).collect();
        let places = Places::find(call, scope, &self.customer, &named, &[]).await?;
        for (n, input, status) in inputs {
            let device = self.device(call, input, status, &places)?;
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
        inputs: &[(usize, DeviceInput, DeviceStatus)],
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

    fn device(
        &self,
        call: &Call,
        mut input: DeviceInput,
        status: DeviceStatus,
        places: &Places,
    ) -> Result<Device> {
        let place = places.of(&input)?;
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
            tenant_name: place.tenant.name,
            site_name: place.site.map(|it| it.name),
            group_name: place.group.name,
            user_name: place.user.map(|it| it.name),
            contact_name: place.contact.map(|it| it.name),
            status,
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
