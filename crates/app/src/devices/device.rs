//! The device record: its fields, its columns, and what changes it (DEV-01, DEV-02).

use kit::access::{Scope, ScopeColumns};
use kit::body::{Edit, shape};
use kit::call::Call;
use kit::choice;
use kit::conn::{Bind, Kind, Value};
use kit::error::OnConstraint;
use kit::event::{Change, Event};
use kit::list::{Column, List, Search};
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Line, Text};
use kit::time::Instant;
use kit::{Columns, Error, Id, Record, Result, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::change::{DeviceChange, change_all};
use super::group::{DeviceGroup, device_group_list};
use super::registration;
use crate::customers::Customer;
use crate::licences::product::product_list;
use crate::licences::{Product, settle};
use crate::people::{Contact, User, contact::contact_list, user::user_list};
use crate::tree::tenant::tenant_list;
use crate::tree::{Provider, Reseller, Site, Tenant, customer_list, site::site_list};
use crate::written::Written;

choice! {
    /// Active and suspended devices use a licence; deregistered ones do not, and may come back.
    pub enum DeviceStatus {
        Active = "active" "Active",
        Suspended = "suspended" "Suspended",
        Deregistered = "deregistered" "Deregistered",
    }
}

/// A device.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Device {
    pub id: Id<Device>,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub customer_id: Id<Customer>,
    pub customer_name: String,
    pub product_id: Id<Product>,
    pub product_name: String,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: DeviceInput,
    pub tenant_name: String,
    pub site_name: Option<String>,
    pub group_name: String,
    pub user_name: Option<String>,
    pub contact_name: Option<String>,
    pub status: DeviceStatus,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a device.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone, PartialEq)]
pub struct DeviceInput {
    /// Its serial number, IMEI or the like; unique among the active and suspended devices of the
    /// provider and product, whatever its case.
    pub identifier: Text<1, 100>,
    #[serde(default)]
    pub name: Line<255>,
    /// What it is, such as its model.
    #[serde(default)]
    pub kind: Line<100>,
    /// A tenant of the customer; that of its site, else the default one, when absent.
    #[serde(default)]
    pub tenant_id: Option<Id<Tenant>>,
    /// A site of the tenant.
    #[serde(default)]
    pub site_id: Option<Id<Site>>,
    /// The customer's default group when absent.
    #[serde(default)]
    pub group_id: Option<Id<DeviceGroup>>,
    /// The customer's user who has it.
    #[serde(default)]
    pub user_id: Option<Id<User>>,
    /// The contact who has it.
    #[serde(default)]
    pub contact_id: Option<Id<Contact>>,
    #[serde(default)]
    pub client_version: Line<100>,
    #[serde(default)]
    pub last_seen_at: Option<Instant>,
}

/// A new device, whose it is, and what it uses a licence of.
#[derive(Deserialize, Serialize, JsonSchema, Clone)]
pub struct DeviceCreate {
    pub customer_id: Id<Customer>,
    pub product_id: Id<Product>,
    #[serde(flatten)]
    pub input: DeviceInput,
}

const COLUMNS: &[Column] = &[
    Column::text("identifier", "Identifier", "d.identifier_key")
        .keyed("d.identifier_key")
        .shown()
        .customer()
        .searched()
        .width(190),
    Column::text("name", "Name", "d.name_key")
        .keyed("d.name_key")
        .shown()
        .customer()
        .searched()
        .width(180),
    Column::reference(
        "customer_id",
        "Customer",
        "d.customer_id",
        customer_list,
        "customer_name",
    )
    .sorted_by("c.name_key")
    .shown()
    .width(210),
    Column::reference(
        "product_id",
        "Product",
        "d.product_id",
        product_list,
        "product_name",
    )
    .sorted_by("pr.name_key")
    .shown()
    .customer()
    .width(170),
    Column::choice("status", "Status", "d.status", DeviceStatus::ALL)
        .shown()
        .customer()
        .width(120),
    Column::reference(
        "tenant_id",
        "Tenant",
        "d.tenant_id",
        tenant_list,
        "tenant_name",
    )
    .sorted_by("t.name_key")
    .shown()
    .customer()
    .width(150),
    Column::reference("site_id", "Site", "d.site_id", site_list, "site_name")
        .sorted_by("coalesce(s.name_key, '')")
        .shown()
        .customer()
        .width(150),
    Column::reference(
        "group_id",
        "Group",
        "d.group_id",
        device_group_list,
        "group_name",
    )
    .sorted_by("g.name_key")
    .customer()
    .width(140),
    Column::text("kind", "Kind", "d.kind")
        .sorted_by("d.kind")
        .customer()
        .searched()
        .width(130),
    Column::reference("user_id", "User", "d.user_id", user_list, "user_name")
        .sorted_by("coalesce(u.name_key, '')")
        .customer()
        .width(150),
    Column::reference(
        "contact_id",
        "Contact",
        "d.contact_id",
        contact_list,
        "contact_name",
    )
    .sorted_by("coalesce(k.name_key, '')")
    .customer()
    .width(150),
    Column::text("client_version", "Client version", "d.client_version")
        .sorted_by("d.client_version")
        .customer()
        .width(130),
    Column::instant("last_seen_at", "Last seen", "d.last_seen_at")
        .sorted_by("coalesce(d.last_seen_at, 0)")
        .shown()
        .customer()
        .width(150),
    Column::instant("created_at", "Registered", "d.created_at")
        .customer()
        .width(150),
    Column::instant("updated_at", "Modified", "d.updated_at")
        .customer()
        .width(150),
    Column::id("id", "Id", "d.id").customer(),
];

pub static LIST: List = List {
    name: "devices",
    select: "d.*, c.name as customer_name, pr.name as product_name, t.name as tenant_name, s.name as site_name, g.name as group_name, u.display_name as user_name, trim(k.first_name || ' ' || k.last_name) as contact_name",
    from: "devices d join customers c on c.id = d.customer_id join products pr on pr.id = d.product_id join tenants t on t.id = d.tenant_id join device_groups g on g.id = d.group_id
     left join sites s on s.id = d.site_id left join users u on u.id = d.user_id left join contacts k on k.id = d.contact_id",
    always: "c.deleted_at is null",
    id: "d.id",
    columns: COLUMNS,
    sort: "identifier",
    scope: ScopeColumns {
        provider: "d.provider_id = ?",
        reseller: "d.reseller_id = ?",
        customer: "d.customer_id = ?",
    },
    archived: None,
    search: Some(Search {
        table: "devices",
        alias: "d",
        text: "d.search_text",
    }),
    expand: &[
        ("customer", "customer_id", "customer_name"),
        ("product", "product_id", "product_name"),
        ("tenant", "tenant_id", "tenant_name"),
    ],
};

impl Resource for Device {
    const NAME: &'static str = "devices";
    const ONE: &'static str = "device";
    const STATES: &'static [&'static str] = &["status", "customer_id"];
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
        self.input.identifier.to_string()
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid())
            .reseller(self.reseller_id.map(Id::uuid))
            .customer(self.customer_id.uuid())
    }
}

impl Editable for Device {
    type Input = DeviceInput;
    const TABLE: &'static str = "devices";
}

impl Device {
    /// Every device has a tenant.
    pub fn tenant(&self) -> Id<Tenant> {
        self.input.tenant_id.unwrap_or(Id::nil())
    }

    /// Whether it uses a licence.
    pub fn uses_licence(&self) -> bool {
        self.status != DeviceStatus::Deregistered
    }

    /// The device's customer, unless it is archived.
    pub async fn writable(&self, call: &mut Call) -> Result<Customer> {
        let customer = call.find(&Scope::everywhere(), self.customer_id).await?;
        customer.check_writable()?;
        Ok(customer)
    }
}

impl Written for Device {
    type New = DeviceCreate;
    const DELETES: bool = false;
    const POSTS: bool = false;

    async fn create(
        call: &mut Call,
        scope: &Scope,
        new: DeviceCreate,
    ) -> Result<(Self, Vec<Event>)> {
        let mut made = Self::create_all(call, scope, vec![new]).await?;
        made.pop().ok_or(Error::NotFound)
    }

    async fn create_all(
        call: &mut Call,
        scope: &Scope,
        new: Vec<DeviceCreate>,
    ) -> Result<Vec<(Self, Vec<Event>)>> {
        let registered = registration::register(call, scope, new).await?;
        Ok(registered
            .into_iter()
            .map(|it| {
                let events = match it.is_new {
                    true => vec![Event::created(&it.device)],
                    false => vec![],
                };
                (it.device, events)
            })
            .collect())
    }

    /// It may move to another tenant and site of its customer: its licence moves along (DEV-02).
    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: DeviceInput,
    ) -> Result<Self> {
        let status = before.status;
        let edit = (before.clone(), DeviceChange { input, status });
        let mut after = change_all(call, scope, vec![edit]).await?;
        after.pop().ok_or(Error::NotFound)
    }

    /// As if it had never been registered.
    async fn erase(call: &mut Call, _: &Scope, before: &Self) -> Result<Vec<Event>> {
        before.writable(call).await?;
        let (customer, product) = (before.customer_id, before.product_id);
        settle::lock(call, customer, product).await?;
        store::delete(call, before).await?;
        if before.uses_licence() {
            settle::count(call, customer, product, before.tenant().uuid(), -1).await?;
            settle::settle(call, customer, product).await?;
            settle::roll_up(call, customer, -1).await?;
        }
        Ok(Event::deleted(before).into())
    }

    /// A change of status, with what changed besides; one that was deregistered takes up a licence
    /// again.
    async fn take_back(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        _: Option<Uuid>,
        changes: &[Change],
    ) -> Result<Vec<Event>> {
        let fields = shape::<DeviceInput>();
        let earlier = changes
            .iter()
            .filter(|it| fields.fields.contains(&it.field));
        let earlier = earlier.map(|it| (it.field.clone(), it.before.clone()));
        let input = Edit::patch(earlier.collect()).apply(before)?;
        let status = changes.iter().find(|it| it.field == "status");
        let status = status.and_then(|it| serde_json::from_value(it.before.clone()).ok());
        let status = status.unwrap_or(before.status);
        let edit = (before.clone(), DeviceChange { input, status });
        let after = change_all(call, scope, vec![edit]).await?;
        let events = after.iter().map(|it| changed(before, it));
        Ok(events.collect())
    }
}

/// The event of a change: it is called by what happened to the status.
pub fn changed(before: &Device, after: &Device) -> Event {
    let action = match (before.status, after.status) {
        (before, after) if before == after => "update",
        (_, DeviceStatus::Suspended) => "suspend",
        (_, DeviceStatus::Deregistered) => "deregister",
        (_, DeviceStatus::Active) => "resume",
    };
    Event::changed(action, before, after)
}

/// The input's columns, and those that follow from it.
pub(super) fn columns(input: &DeviceInput) -> Vec<(&'static str, Value)> {
    let mut set = input.set();
    set.push(("identifier_key", text::key(&input.identifier).to_value()));
    set.push(("name_key", text::key(&input.name).to_value()));
    let search = text::search_lines([input.identifier.as_str(), &input.name, &input.kind]);
    set.push(("search_text", search.to_value()));
    set
}

pub(super) fn told<T>(outcome: Result<T>) -> Result<T> {
    outcome.on(
        Kind::Unique,
        "devices_identifier_unique",
        "/identifier",
        "taken",
        "is the identifier of another device of this product",
    )
}
