//! Devices from files.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use kit::access::{Place, Scope};
use kit::call::Call;
use kit::conn::{Bind, Sql, Value};
use kit::error::FieldError;
use kit::event::{Change, Event, changes};
use kit::resource::Resource;
use kit::{Error, Id, Result, sql};
use serde_json::Value as Json;
use uuid::Uuid;

use super::below;
use crate::customers::Customer;
use crate::devices::Device;
use crate::devices::change::{DeviceChange, change_all};
use crate::devices::device::{DeviceCreate, DeviceInput, DeviceStatus, changed};
use crate::devices::registration::{NO_LICENCE_BLOCK, no_licence_block, register_as};
use crate::exchange::import::children::{
    Child, Children, GROUPS, Kind, SITES, TENANTS, USERS, other_customer,
};
use crate::exchange::import::columns::{Words, columns};
use crate::exchange::import::object::{Fields, ImportColumn, Importable, Key, text_of};
use crate::exchange::import::path;
use crate::exchange::import::refer::{Lookup, candidates, customers, texts};
use crate::exchange::import::sold::{self, Products};
use crate::licences::precedence::drawn_on;
use crate::licences::{Product, settle};
use crate::people::Contact;
use crate::tree::Tenant;

static COLUMNS: LazyLock<Vec<ImportColumn>> = LazyLock::new(|| columns::<Device>(&WORDS));

const WORDS: Words = Words {
    also: &["customer_id", "product_id", "status", "id"],
    required: &["customer_id", "product_id"],
    finds: &["identifier", "id"],
    described: &[
        below::CUSTOMER,
        below::ID,
        ("product_id", below::PRODUCT),
        (
            "status",
            "Active when absent; a new device can be suspended from the start. Deregistered ends the use of its licence.",
        ),
        (
            "tenant_id",
            "By id, name, or path such as Customer/Tenant. Its licence moves along.",
        ),
        (
            "site_id",
            "By id, name, site id, or path such as Customer/Site.",
        ),
        ("group_id", "By id or name."),
        ("user_id", "By id, email or name."),
        ("contact_id", "By id, email or name."),
    ],
    aliases: &[
        below::CUSTOMER_ALIASES,
        below::PRODUCT_ALIASES,
        below::TENANT_ALIASES,
        (
            "identifier",
            &[
                "serial",
                "serial number",
                "serial no",
                "imei",
                "mac",
                "mac address",
                "device id",
                "device identifier",
            ],
        ),
        ("name", &["device", "device name", "label"]),
        ("kind", &["type", "model", "device type"]),
        ("site_id", &["site", "site name", "location"]),
        ("group_id", &["group", "device group"]),
        ("user_id", &["user", "user email", "assigned to"]),
        ("contact_id", &["contact", "contact email"]),
        ("client_version", &["firmware", "software version"]),
        ("last_seen_at", &["last seen", "last contact"]),
    ],
};

/// Instants in workbooks are whole milliseconds.
const WORKBOOK_PRECISION: u64 = 1_000;

/// What a chunk's rows refer to.
pub struct Known {
    customers: Lookup<Arc<Customer>>,
    products: Products,
    tenants: Children,
    sites: Children,
    groups: Children,
    users: Children,
    contacts: Lookup<Contact>,
    pools: Arc<Pools>,
}

/// What devices of customers draw on.
#[derive(Default)]
struct Pools {
    /// The tenants of devices for which none is named.
    tenants: HashMap<Id<Customer>, (Id<Tenant>, String)>,
    /// Those that have begun, by tenant or nil for Global.
    begun: HashSet<(Id<Customer>, Id<Product>, Uuid)>,
}

/// What one row refers to.
pub struct Links {
    customer: Option<Arc<Customer>>,
    product: Option<Arc<Product>>,
    tenant: Option<Child>,
    site: Option<Child>,
    group: Option<Child>,
    user: Option<Child>,
    contact: Option<Contact>,
    status: Option<DeviceStatus>,
    pools: Arc<Pools>,
}

/// A device to be.
pub struct New {
    create: DeviceCreate,
    status: DeviceStatus,
    place: Place,
}

impl Importable for Device {
    type Target = Scope;
    type Known = Known;
    type Links = Links;
    type New = New;
    type Edit = DeviceChange;

    const SAMPLE: &'static str = "customer_id,product_id,identifier,name,kind,tenant_id,user_id,status\r\n\
         C-000001,PBX,00:1A:2B:3C:4D:5E,Reception,Desk phone,,,active\r\n\
         C-000001,PBX,SN-0042,Meeting room,Conference phone,,,suspended\r\n\
         Vertex/Northgate School,PBX,356938035643809,,Mobile,Data centre Leeds,head@northgate.example,\r\n";
    const FOLLOWS: &'static [(&'static str, &'static [&'static str])] =
        &[("provider_id", &["customer_id", "status"])];
    const TAKEN: (&'static str, &'static str) = (
        "identifier_unavailable",
        "is not available for this product",
    );

    fn columns() -> &'static [ImportColumn] {
        &COLUMNS
    }

    async fn target(call: &mut Call, scope: &Scope, node: Option<Uuid>) -> Result<Scope> {
        below::target(call, scope, node).await
    }

    fn unique(_: &Scope) -> Vec<Key> {
        vec![&["provider_id", "product_id", "identifier"]]
    }

    fn usual_match(_: &Scope, mapped: &dyn Fn(&str) -> bool) -> (Vec<&'static str>, String) {
        if mapped("id") {
            (vec!["id"], "Rows are matched by id.".into())
        } else if mapped("product_id") && mapped("identifier") {
            let note = "Rows are matched by product and identifier.";
            (vec!["product_id", "identifier"], note.into())
        } else {
            let note = "No column tells which devices are there already: every row registers one.";
            (vec![], note.into())
        }
    }

    fn narrow(target: &Scope, sql: &mut Sql) {
        target.filter(sql, &Self::list().scope);
    }

    /// An identifier that was deregistered is registered anew, unless the row speaks of that.
    fn is_meant(&self, _: &Scope, lead: &str, row: &Fields) -> bool {
        lead == "id" || self.uses_licence() || ends(row)
    }

    async fn closed(call: &mut Call, found: &[Self]) -> Result<Vec<bool>> {
        below::closed(call, found.iter().map(|it| it.customer_id)).await
    }

    async fn holders(
        call: &mut Call,
        _: &Scope,
        _: Key,
        values: Vec<Vec<String>>,
    ) -> Result<Vec<(Vec<String>, Uuid)>> {
        let id = |key: &Vec<String>, nth: usize| Uuid::try_parse(key.get(nth)?).ok();
        let ids =
            |nth: usize| -> HashSet<Uuid> { values.iter().filter_map(|it| id(it, nth)).collect() };
        let of = |all: HashSet<Uuid>| -> Vec<Value> { all.iter().map(Bind::to_value).collect() };
        let identifiers = values.iter().filter_map(|it| it.last());
        let mut sql = sql!(
            "select provider_id, product_id, identifier_key, id from devices where status <> 'deregistered'"
        );
        sql.and_in("provider_id", of(ids(0)))
            .and_in("product_id", of(ids(1)))
            .and_in("identifier_key", identifiers.map(Bind::to_value).collect());
        let found: Vec<(Uuid, Uuid, String, Uuid)> = call.query(sql).await?;
        let key = |(provider, product, identifier, id): (Uuid, Uuid, String, Uuid)| {
            (
                vec![provider.to_string(), product.to_string(), identifier],
                id,
            )
        };
        Ok(found.into_iter().map(key).collect())
    }

    async fn resolve(
        call: &mut Call,
        scope: &Scope,
        target: &Scope,
        rows: &[&Fields],
    ) -> Result<Known> {
        let kinds: [(&str, &Kind); 4] = [
            ("tenant_id", &TENANTS),
            ("site_id", &SITES),
            ("group_id", &GROUPS),
            ("user_id", &USERS),
        ];
        let named = kinds.map(|(column, kind)| (texts(rows, column), kind));
        let mut all = texts(rows, "customer_id");
        let above = named.iter().flat_map(|it| &it.0);
        all.extend(above.filter_map(|it| path::above(it)).map(|it| it.0));
        let ids = texts(rows, "id");
        let mut owners = below::owners(call, target, Self::list(), &ids).await?;
        let customers = customers(call, target, &all).await?;
        let found: Vec<_> = all.iter().filter_map(|it| customers.get(it).ok()).collect();
        owners.extend(found.iter().map(|it| it.id));
        let mut children = Vec::with_capacity(kinds.len());
        for (texts, kind) in &named {
            let by_id = Children::by_id(call, kind, target, texts).await?;
            let found = by_id.and_by_name(call, kind, target, texts, &owners);
            children.push(found.await?);
        }
        let mut children = children.into_iter();
        let mut next = || children.next().unwrap_or_default();
        let (tenants, sites, groups, users) = (next(), next(), next(), next());
        let products = texts(rows, "product_id");
        Ok(Known {
            products: Products::find(call, scope, &products, &found).await?,
            contacts: contacts(call, scope, &texts(rows, "contact_id")).await?,
            pools: Arc::new(pools(call, &owners).await?),
            customers,
            tenants,
            sites,
            groups,
            users,
        })
    }

    fn link(known: &Known, _: &Scope, fields: &mut Fields) -> Result<Links, Vec<FieldError>> {
        let mut errors = vec![];
        let customer = known.customers.of(fields, "customer_id", &mut errors);
        if let Some(it) = &customer {
            fields.insert("customer_id".into(), it.id.to_string().into());
            if !ends(fields) {
                fields.insert("provider_id".into(), it.provider_id.to_string().into());
            }
        }
        let own = customer.as_deref();
        let product = known.products.of(fields, own, &mut errors);
        let mut child = |all: &Children, column: &str| {
            all.of(fields, column, own, &known.customers, &mut errors)
        };
        let tenant = child(&known.tenants, "tenant_id");
        let site = child(&known.sites, "site_id");
        let group = child(&known.groups, "group_id");
        let user = child(&known.users, "user_id");
        let contact = known.contacts.of(fields, "contact_id", &mut errors);
        if let Some(it) = &contact {
            fields.insert("contact_id".into(), it.id.to_string().into());
        }
        let status = fields.get("status").and_then(|it| {
            let status = serde_json::from_value(it.clone());
            let message = "is active, suspended or deregistered";
            status
                .map_err(|_| errors.push(FieldError::new("/status", "invalid", message)))
                .ok()
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Links {
            customer,
            product,
            tenant,
            site,
            group,
            user,
            contact,
            status,
            pools: known.pools.clone(),
        })
    }

    fn lacks(links: &Links) -> Option<FieldError> {
        let product = || links.product.is_none().then(below::missing_product);
        below::lacks(links.customer.as_deref()).or_else(product)
    }

    fn make(_: &Scope, links: Links, input: DeviceInput) -> Result<New, Vec<FieldError>> {
        let customer = links.customer.ok_or_else(below::missing)?;
        let product = links.product.ok_or_else(below::missing_product)?;
        let status = links.status.unwrap_or(DeviceStatus::Active);
        if status == DeviceStatus::Deregistered {
            let message = "says what ends, but no such device is registered. Leave the row out";
            return Err(FieldError::new("/status", "not_registered", message).into());
        }
        let of_site = links.site.as_ref().and_then(|it| it.tenant_id);
        if let (Some(tenant), Some(of_site)) = (&links.tenant, of_site)
            && tenant.id != of_site.uuid()
        {
            return Err(site_elsewhere().into());
        }
        let default = links.pools.tenants.get(&customer.id);
        let (tenant, name) = match (&links.tenant, of_site, default) {
            (Some(it), ..) if it.archived_at.is_some() => {
                return Err(below::archived_tenant().into());
            }
            (Some(it), ..) => (it.id, it.name.as_str()),
            (None, Some(it), _) => (it.uuid(), "the tenant of its site"),
            (None, None, default) => {
                default.map_or((Uuid::nil(), ""), |it| (it.0.uuid(), it.1.as_str()))
            }
        };
        links.pools.check(customer.id, product.id, tenant, name)?;
        Ok(New {
            place: below::place(&customer),
            create: DeviceCreate {
                customer_id: customer.id,
                product_id: product.id,
                input,
            },
            status,
        })
    }

    fn place(_: &Scope, new: &New) -> Place {
        new.place
    }

    fn edit(
        before: &Self,
        links: Links,
        mut input: DeviceInput,
    ) -> Result<(DeviceChange, Vec<Change>), Vec<FieldError>> {
        below::stays(before.customer_id, links.customer.as_deref())?;
        let advice = "Register the device anew, for that product";
        sold::stays(before.product_id, links.product.as_deref(), advice)?;
        // Cleared means: keep; a device always has both.
        input.tenant_id = input.tenant_id.or(before.input.tenant_id);
        input.group_id = input.group_id.or(before.input.group_id);
        if let (Some(given), Some(known)) = (input.last_seen_at, before.input.last_seen_at)
            && given.micros().abs_diff(known.micros()) < WORKBOOK_PRECISION
        {
            input.last_seen_at = Some(known);
        }
        let mut after = before.clone();
        after.input = input;
        after.status = links.status.unwrap_or(before.status);
        after.site_name = called(&links.site, "site_id", before)?;
        after.user_name = called(&links.user, "user_id", before)?;
        let tenant = called(&links.tenant, "tenant_id", before)?;
        after.tenant_name = tenant.unwrap_or_else(|| before.tenant_name.clone());
        let group = called(&links.group, "group_id", before)?;
        after.group_name = group.unwrap_or_else(|| before.group_name.clone());
        after.contact_name = links.contact.as_ref().map(Contact::title);
        let changes = changes(Some(before), Some(&after));
        let (status, input) = (after.status, after.input);
        if changes.is_empty() {
            return Ok((DeviceChange { input, status }, changes));
        }
        if before.status == DeviceStatus::Deregistered {
            let message = "is deregistered, and stays as it is. To register it anew, leave out its id and its status";
            return Err(FieldError::new("/status", "deregistered", message).into());
        }
        if let Some(tenant) = links.tenant
            && input.tenant_id != before.input.tenant_id
        {
            if tenant.archived_at.is_some() {
                return Err(below::archived_tenant().into());
            }
            let (customer, product) = (before.customer_id, before.product_id);
            links
                .pools
                .check(customer, product, tenant.id, &tenant.name)?;
            if input.site_id.is_some() && input.site_id == before.input.site_id {
                let message = "is a site of the tenant that it had: name one of the new tenant, or write \\N for none";
                return Err(FieldError::new("/site_id", "other_tenant", message).into());
            }
        }
        let of_site = links.site.and_then(|it| it.tenant_id);
        if of_site.is_some_and(|it| Some(it) != input.tenant_id) {
            return Err(site_elsewhere().into());
        }
        Ok((DeviceChange { input, status }, changes))
    }

    async fn lock(call: &mut Call, new: &[New], edits: &[(Self, DeviceChange)]) -> Result<()> {
        let new = new.iter().map(|it| &it.create);
        let new = new.map(|it| (it.customer_id, it.product_id));
        let edits = edits.iter().map(|it| (it.0.customer_id, it.0.product_id));
        settle::lock_all(call, &new.chain(edits).collect()).await
    }

    async fn create_all(call: &mut Call, _: &Scope, new: Vec<New>) -> Result<Vec<Event>> {
        let scope = call.allow::<Self>("create")?;
        let new = new.into_iter().map(|it| (it.create, it.status)).collect();
        let made = register_as(call, &scope, new).await?;
        if made.iter().any(|it| !it.is_new) {
            // Somebody was faster; looked at anew, the row finds that device.
            let detail = "This device was registered in the meantime.";
            return Err(Error::conflict("differs", detail));
        }
        Ok(made.iter().map(|it| Event::created(&it.device)).collect())
    }

    async fn change_all(
        call: &mut Call,
        scope: &Scope,
        edits: Vec<(Self, DeviceChange)>,
    ) -> Result<Vec<Event>> {
        let before: Vec<Self> = edits.iter().map(|it| it.0.clone()).collect();
        let after = change_all(call, scope, edits).await?;
        let both = before.iter().zip(&after);
        Ok(both.map(|(before, after)| changed(before, after)).collect())
    }

    fn row_title(fields: &Fields) -> String {
        text_of(fields, "identifier")
    }
}

/// Whether a row speaks of a device that was deregistered, whose identifier is free.
fn ends(row: &Fields) -> bool {
    let status = row.get("status").and_then(Json::as_str);
    status == Some(DeviceStatus::Deregistered.as_str())
}

impl Pools {
    /// Refuses a device where no pool has begun that it could draw on (LIC-08).
    fn check(
        &self,
        customer: Id<Customer>,
        product: Id<Product>,
        tenant: Uuid,
        name: &str,
    ) -> Result<(), FieldError> {
        let begun = |key| self.begun.contains(&(customer, product, key));
        match begun(drawn_on(tenant, begun)) {
            true => Ok(()),
            false => {
                let message = no_licence_block(name);
                Err(FieldError::new("/product_id", NO_LICENCE_BLOCK, message))
            }
        }
    }
}

/// What a reference of a row is called, which must be of the device's customer.
fn called(it: &Option<Child>, column: &str, device: &Device) -> Result<Option<String>, FieldError> {
    match it {
        Some(it) if it.customer_id != device.customer_id => Err(other_customer(column)),
        it => Ok(it.as_ref().map(|it| it.name.clone())),
    }
}

fn site_elsewhere() -> FieldError {
    FieldError::new("/site_id", "other_tenant", "is a site of another tenant")
}

/// People by id, email or name, of those that one sees.
async fn contacts(call: &mut Call, scope: &Scope, texts: &[&str]) -> Result<Lookup<Contact>> {
    let base = |scope: &Scope| Contact::list().base(scope);
    let columns = ["email", "display_name"];
    let found: Vec<Contact> = candidates(call, texts, &columns, scope, base).await?;
    let called = |it: &Contact| {
        let names = [it.input.email.as_str(), &it.display_name];
        vec![names.map(kit::text::key).to_vec()]
    };
    let title = |it: &Contact| format!("{} ({})", it.display_name, it.id);
    let texts = texts.iter().copied();
    Ok(Lookup::new(texts, &found, |it| it.id.uuid(), called, title))
}

/// What devices of these customers draw on.
async fn pools(call: &mut Call, customers: &HashSet<Id<Customer>>) -> Result<Pools> {
    if customers.is_empty() {
        return Ok(Pools::default());
    }
    let ids: Vec<Value> = customers.iter().map(Bind::to_value).collect();
    let mut sql = sql!("select customer_id, id, name from tenants where is_default");
    sql.and_in("customer_id", ids.clone());
    let tenants: Vec<(Id<Customer>, Id<Tenant>, String)> = call.query(sql).await?;
    let mut sql = sql!(
        "select distinct customer_id, product_id, tenant_key from licence_blocks where starts_at <= $1",
        call.now
    );
    sql.and_in("customer_id", ids);
    let begun: Vec<(Id<Customer>, Id<Product>, Uuid)> = call.query(sql).await?;
    let tenant = |(customer, id, name)| (customer, (id, name));
    Ok(Pools {
        tenants: tenants.into_iter().map(tenant).collect(),
        begun: begun.into_iter().collect(),
    })
}
