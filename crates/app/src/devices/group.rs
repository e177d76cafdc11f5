//! Device groups of a customer, one of which is the default (DEV-04).

use kit::access::{Scope, ScopeColumns};
use kit::call::Call;
use kit::conn::{Bind, Kind, Value};
use kit::error::{Blocker, OnConstraint};
use kit::event::Event;
use kit::list::{Column, List, Search};
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Name};
use kit::time::Instant;
use kit::{Columns, Error, Id, Record, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::customers::Customer;
use crate::tree::{Provider, Reseller, customer_list, place};
use crate::written::Written;

/// A group of devices of a customer.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct DeviceGroup {
    pub id: Id<DeviceGroup>,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub customer_id: Id<Customer>,
    pub customer_name: String,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: DeviceGroupInput,
    /// The group of devices for which none is named. It cannot be deleted.
    pub is_default: bool,
    pub devices_count: i64,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a device group.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct DeviceGroupInput {
    /// Unique in its customer.
    pub name: Name,
}

/// A new device group, and the customer it belongs to.
#[derive(Deserialize, Serialize, JsonSchema, Clone)]
pub struct DeviceGroupCreate {
    pub customer_id: Id<Customer>,
    #[serde(flatten)]
    pub input: DeviceGroupInput,
}

const COUNT: &str =
    "(select count(*) from devices x where x.group_id = g.id and x.status <> 'deregistered')";

const COLUMNS: &[Column] = &[
    Column::text("name", "Name", "g.name_key")
        .keyed("g.name_key")
        .shown()
        .customer()
        .searched()
        .width(240),
    Column::reference(
        "customer_id",
        "Customer",
        "g.customer_id",
        customer_list,
        "customer_name",
    )
    .sorted_by("c.name_key")
    .shown()
    .width(240),
    Column::boolean("is_default", "Default", "g.is_default")
        .shown()
        .customer()
        .width(90),
    Column::integer("devices_count", "Devices", COUNT)
        .shown()
        .customer()
        .width(95),
    Column::instant("created_at", "Added", "g.created_at")
        .shown()
        .customer()
        .width(150),
    Column::instant("updated_at", "Modified", "g.updated_at")
        .customer()
        .width(150),
    Column::id("id", "Id", "g.id").customer(),
];

pub static LIST: List = List {
    name: "device_groups",
    select: "g.*, c.name as customer_name, (select count(*) from devices x where x.group_id = g.id and x.status <> 'deregistered') as devices_count",
    from: "device_groups g join customers c on c.id = g.customer_id",
    always: "c.deleted_at is null",
    id: "g.id",
    columns: COLUMNS,
    sort: "name",
    scope: ScopeColumns {
        provider: "g.provider_id = ?",
        reseller: "g.reseller_id = ?",
        customer: "g.customer_id = ?",
    },
    archived: None,
    search: Some(Search {
        table: "device_groups",
        alias: "g",
        text: "g.search_text",
    }),
    expand: &[("customer", "customer_id", "customer_name")],
};

/// For columns that refer to device groups.
pub fn device_group_list() -> &'static List {
    &LIST
}

impl Resource for DeviceGroup {
    const NAME: &'static str = "device_groups";
    const ONE: &'static str = "device_group";
    const PERMISSION: &'static str = "devices";
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
        self.input.name.to_string()
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid())
            .reseller(self.reseller_id.map(Id::uuid))
            .customer(self.customer_id.uuid())
    }
}

impl Editable for DeviceGroup {
    type Input = DeviceGroupInput;
    const TABLE: &'static str = "device_groups";
}

impl Written for DeviceGroup {
    type New = DeviceGroupCreate;

    async fn create(
        call: &mut Call,
        scope: &Scope,
        new: DeviceGroupCreate,
    ) -> Result<(Self, Vec<Event>)> {
        let customer = place::customer(call, scope, new.customer_id).await?;
        default_of(call, &customer).await?;
        let id = told(insert(call, &customer, new.input, false).await)?;
        let group = call.find(&Scope::everywhere(), id).await?;
        let event = Event::created(&group);
        Ok((group, event.into()))
    }

    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: DeviceGroupInput,
    ) -> Result<Self> {
        writable(call, before).await?;
        told(store::save(call, scope, before, written(&input)).await)
    }

    /// Only one without devices, and never the default one. Deregistered devices go to the default.
    async fn delete(call: &mut Call, _: &Scope, before: &Self) -> Result<Vec<Event>> {
        let customer = writable(call, before).await?;
        if before.is_default {
            return Err(Error::conflict(
                "default_group",
                "The default group cannot be deleted: it takes devices for which none is named.",
            ));
        }
        if before.devices_count > 0 {
            let blocker = Blocker {
                kind: "devices".into(),
                label: "Devices".into(),
                count: before.devices_count,
                href: format!("/devices?group_id={}", before.id),
            };
            let detail = format!(
                "{} still has devices. Move them to another group first.",
                before.title()
            );
            return Err(Error::Conflict {
                code: "in_use",
                detail,
                blockers: vec![blocker],
            });
        }
        let (default, _) = default_of(call, &customer).await?;
        call.execute(sql!(
            "update devices set group_id = $1 where group_id = $2 and status = 'deregistered'",
            default,
            before.id
        ))
        .await?;
        let gone = store::delete(call, before).await;
        gone.on(
            Kind::Reference,
            "devices_group_fk",
            "",
            "in_use",
            "has devices",
        )?;
        Ok(Event::deleted(before).into())
    }
}

async fn writable(call: &mut Call, group: &DeviceGroup) -> Result<Customer> {
    let customer = call.find(&Scope::everywhere(), group.customer_id).await?;
    customer.check_writable()?;
    Ok(customer)
}

/// The customer's default group, made when it is first asked for.
pub async fn default_of(call: &mut Call, customer: &Customer) -> Result<(Id<DeviceGroup>, String)> {
    let find = || {
        sql!(
            "select id, name from device_groups where customer_id = $1 and is_default",
            customer.id
        )
    };
    if let Some(found) = call.query_optional(find()).await? {
        return Ok(found);
    }
    let input = DeviceGroupInput {
        name: Name::parse("Default").map_err(Error::internal)?,
    };
    // Two that find none at the same moment: the second takes the first's.
    insert(call, customer, input, true).await?;
    call.query_one(find()).await
}

async fn insert(
    call: &mut Call,
    customer: &Customer,
    input: DeviceGroupInput,
    is_default: bool,
) -> Result<Id<DeviceGroup>> {
    let id = Id::new(call.now);
    let mut set = written(&input);
    set.extend([
        ("id", id.to_value()),
        ("provider_id", customer.provider_id.to_value()),
        ("reseller_id", customer.reseller_id.to_value()),
        ("customer_id", customer.id.to_value()),
        ("is_default", is_default.to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ]);
    match is_default {
        true => store::insert_unless_there(call, "device_groups", set).await?,
        false => store::insert(call, "device_groups", set).await?,
    }
    Ok(id)
}

fn written(input: &DeviceGroupInput) -> Vec<(&'static str, Value)> {
    let mut set = input.set();
    set.push(("name_key", text::key(&input.name).to_value()));
    set.push(("search_text", text::search_text(&input.name).to_value()));
    set
}

fn told<T>(outcome: Result<T>) -> Result<T> {
    outcome.on(
        Kind::Unique,
        "device_groups_name_unique",
        "/name",
        "taken",
        "is the name of another device group of this customer",
    )
}
