//! Which contacts serve which customers, and as what (spec 1.3): at most one is primary and one gets
//! the bills.

use std::fmt;

use kit::access::{Scope, ScopeColumns};
use kit::body::Body;
use kit::call::Call;
use kit::choice;
use kit::conn::{Cell, Column as Cells, Sql, Value};
use kit::event::{Change, Event};
use kit::list::{Column, List};
use kit::many::Many;
use kit::resource::{Editable, Owner, Resource};
use kit::time::Instant;
use kit::web::{And, At, Done, Versioned};
use kit::{Error, Id, Record, Result, sql, store};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;
use uuid::Uuid;

use super::contact::{Contact, contact_list};
use crate::customers::{self, Customer, rollup};
use crate::tree::{Provider, Reseller, customer_list};

choice! {
    /// What a contact is for a customer.
    pub enum LinkRole {
        Primary = "primary" "Primary",
        Billing = "billing" "Billing",
        Technical = "technical" "Technical",
        SuperAdmin = "super_admin" "Super admin",
    }
}

/// The roles of one link: a list in JSON, a column each in the table.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Roles {
    pub primary: bool,
    pub billing: bool,
    pub technical: bool,
    pub super_admin: bool,
}

impl Roles {
    pub const BILLING: Self = Self {
        primary: false,
        billing: true,
        technical: false,
        super_admin: false,
    };

    fn list(self) -> Vec<LinkRole> {
        let all = [
            (self.primary, LinkRole::Primary),
            (self.billing, LinkRole::Billing),
            (self.technical, LinkRole::Technical),
            (self.super_admin, LinkRole::SuperAdmin),
        ];
        all.into_iter().filter(|it| it.0).map(|it| it.1).collect()
    }

    fn of(roles: &[LinkRole]) -> Self {
        let has = |it| roles.contains(&it);
        Self {
            primary: has(LinkRole::Primary),
            billing: has(LinkRole::Billing),
            technical: has(LinkRole::Technical),
            super_admin: has(LinkRole::SuperAdmin),
        }
    }

    fn json(self) -> Json {
        kit::call::json(&self)
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.list().into_iter().map(LinkRole::as_str).collect();
        f.write_str(&names.join(","))
    }
}
impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.list().serialize(s)
    }
}
impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Many::<LinkRole>::deserialize(d).map(|it| Self::of(&it))
    }
}
impl JsonSchema for Roles {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LinkRoles".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        Many::<LinkRole>::json_schema(schemas)
    }
}
impl Cells for Roles {
    fn value(it: Option<Self>) -> Value {
        Value::Text(Some(it.unwrap_or_default().to_string()))
    }
    /// As the list selects it: each name followed by a comma.
    fn read(cell: Cell<'_>) -> Option<Self> {
        let names = cell.text()?.split(',').filter(|it| !it.is_empty());
        names
            .map(LinkRole::parse)
            .collect::<Option<Vec<_>>>()
            .map(|it| Self::of(&it))
    }
}

/// A contact of a customer.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct ContactLink {
    pub id: Id<ContactLink>,
    pub customer_id: Id<Customer>,
    pub customer_name: String,
    pub contact_id: Id<Contact>,
    pub contact_name: String,
    pub contact_email: String,
    pub contact_phone: String,
    pub contact_job_title: String,
    pub roles: Roles,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

const COLUMNS: &[Column] = &[
    Column::text("contact_name", "Contact", "k.name_key")
        .keyed("k.name_key")
        .shown()
        .customer()
        .width(200),
    Column::list("roles", "Roles", "")
        .plain()
        .shown()
        .customer()
        .width(200),
    Column::text("contact_email", "Email", "k.email")
        .sorted_by("k.email")
        .shown()
        .customer()
        .width(220),
    Column::text("contact_phone", "Phone", "k.phone")
        .shown()
        .customer()
        .width(140),
    Column::text("contact_job_title", "Job title", "k.job_title")
        .sorted_by("k.job_title")
        .shown()
        .customer()
        .width(160),
    Column::text("customer_name", "Customer", "c.name_key")
        .keyed("c.name_key")
        .shown()
        .width(220),
    Column::boolean("is_primary", "Primary", "l.is_primary")
        .customer()
        .width(90),
    Column::boolean("is_billing", "Billing", "l.is_billing")
        .customer()
        .width(90),
    Column::boolean("is_technical", "Technical", "l.is_technical")
        .customer()
        .width(90),
    Column::boolean("is_super_admin", "Super admin", "l.is_super_admin")
        .customer()
        .width(100),
    Column::reference(
        "customer_id",
        "Customer id",
        "l.customer_id",
        customer_list,
        "customer_name",
    )
    .customer(),
    Column::reference(
        "contact_id",
        "Contact id",
        "l.contact_id",
        contact_list,
        "contact_name",
    )
    .customer(),
    Column::instant("created_at", "Added", "l.created_at")
        .customer()
        .width(150),
    Column::instant("updated_at", "Modified", "l.updated_at")
        .customer()
        .width(150),
    Column::id("id", "Id", "l.id").customer(),
];

pub static LIST: List = List {
    name: "contact_links",
    select: "l.id, l.customer_id, c.name as customer_name, l.contact_id, trim(k.first_name || ' ' || k.last_name) as contact_name, k.email as contact_email, \
        k.phone as contact_phone, k.job_title as contact_job_title, l.provider_id, l.reseller_id, l.version, l.created_at, l.updated_at, \
        case when l.is_primary then 'primary,' else '' end || case when l.is_billing then 'billing,' else '' end || \
        case when l.is_technical then 'technical,' else '' end || case when l.is_super_admin then 'super_admin,' else '' end as roles",
    from: "contact_links l join contacts k on k.id = l.contact_id join customers c on c.id = l.customer_id",
    always: "c.deleted_at is null",
    id: "l.id",
    columns: COLUMNS,
    sort: "contact_name",
    scope: ScopeColumns {
        provider: "l.provider_id = ?",
        reseller: "l.reseller_id = ?",
        customer: "l.customer_id = ?",
    },
    archived: None,
    search: None,
    expand: &[
        ("customer", "customer_id", "customer_name"),
        ("contact", "contact_id", "contact_name"),
    ],
};

impl Resource for ContactLink {
    const NAME: &'static str = "contact_links";
    const ONE: &'static str = "contact_link";
    const PERMISSION: &'static str = "contacts";
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
        format!("{} for {}", self.contact_name, self.customer_name)
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid())
            .reseller(self.reseller_id.map(Id::uuid))
            .customer(self.customer_id.uuid())
    }
}

/// What a contact is to be for a customer.
#[derive(Deserialize, JsonSchema)]
pub struct LinkInput {
    /// Primary and billing move from whoever has them.
    #[serde(default)]
    pub roles: Roles,
}

/// Links a contact to a customer, or changes what it is for it. Primary and billing move from the
/// contact that had them, which is told in the audit of both.
pub async fn contact_link_put(
    mut call: Call,
    At(customer): At<Customer>,
    And(contact): And<Contact>,
    Body(input): Body<LinkInput>,
) -> Result<Versioned<ContactLink>> {
    let scope = call.allow::<ContactLink>("update")?;
    let customer = call.find(&scope, customer).await?;
    customer.check_writable()?;
    let contact = call.find(&scope, contact).await?;
    if contact.provider_id != customer.provider_id {
        return Err(Error::NotFound);
    }
    let billing = customer.input.billing_contact_id;
    let is_billing = if input.roles.billing {
        Some(contact.id)
    } else {
        billing.filter(|it| *it != contact.id)
    };
    let events = put(&mut call, &customer, contact.id, input).await?;
    if billing != is_billing {
        count_change(&mut call, &customer).await?;
    }
    let link = find(&mut call, &scope, &customer, contact.id)
        .await?
        .ok_or(Error::NotFound)?;
    if events.is_empty() {
        return Ok(Versioned(link));
    }
    call.changed(link, events).await
}

/// Ends what a contact is for a customer; the contact stays.
pub async fn contact_link_delete(
    mut call: Call,
    At(customer): At<Customer>,
    And(contact): And<Contact>,
) -> Result<Done> {
    let scope = call.allow::<ContactLink>("update")?;
    let customer = call.find(&scope, customer).await?;
    customer.check_writable()?;
    let contact = call.find(&scope, contact).await?;
    let events = remove(&mut call, &customer, &contact).await?;
    if events.is_empty() {
        return Err(Error::NotFound);
    }
    if customer.input.billing_contact_id == Some(contact.id) {
        count_change(&mut call, &customer).await?;
    }
    call.commit(events).await?;
    Ok(Done)
}

/// The store function of [`contact_link_put`] and of the demo; the caller has checked that both
/// are in scope.
pub async fn put(
    call: &mut Call,
    customer: &Customer,
    contact: Id<Contact>,
    input: LinkInput,
) -> Result<Vec<Event>> {
    set_roles(call, customer, contact, input.roles).await
}

/// Gives a contact exactly these roles for a customer of the same provider, and tells what changed.
pub async fn set_roles(
    call: &mut Call,
    customer: &Customer,
    contact: Id<Contact>,
    roles: Roles,
) -> Result<Vec<Event>> {
    let before = roles_of(call, customer.id, contact).await?;
    if before == Some(roles) {
        return Ok(vec![]);
    }
    let mut events = vec![];
    let taken: [(bool, &'static str); 2] =
        [(roles.primary, "is_primary"), (roles.billing, "is_billing")];
    for (_, column) in taken.into_iter().filter(|it| it.0) {
        events.extend(take(call, customer, contact, column).await?);
    }
    write(call, customer, contact, roles).await?;
    if before.is_none() {
        rollup::add(call, customer.id, rollup::Counter::Contacts, 1).await?;
    }
    if before.unwrap_or_default().super_admin != roles.super_admin {
        customers::store::refresh_search(call, customer.id).await?;
    }
    let action = if before.is_none() {
        "link"
    } else {
        "update_link"
    };
    events.push(event(call, action, customer, contact, before, Some(roles)).await?);
    Ok(events)
}

/// Who gets the customer's bills: its field `billing_contact_id`, told with the customer's own change.
pub async fn set_billing(
    call: &mut Call,
    customer: &Customer,
    contact: Option<Id<Contact>>,
) -> Result<()> {
    match contact {
        Some(contact) => {
            let before = roles_of(call, customer.id, contact).await?;
            set_roles(
                call,
                customer,
                contact,
                Roles {
                    billing: true,
                    ..before.unwrap_or_default()
                },
            )
            .await?;
        }
        None => {
            let sql = sql!(
                "update contact_links set is_billing = false, version = version + 1, updated_at = $1 where customer_id = $2 and is_billing",
                call.now,
                customer.id
            );
            call.execute(sql).await?;
        }
    }
    Ok(())
}

/// Removes a link; no event when there was none.
pub async fn remove(call: &mut Call, customer: &Customer, contact: &Contact) -> Result<Vec<Event>> {
    let Some(before) = roles_of(call, customer.id, contact.id).await? else {
        return Ok(vec![]);
    };
    let told = event(call, "unlink", customer, contact.id, Some(before), None).await?;
    call.execute(sql!(
        "delete from contact_links where customer_id = $1 and contact_id = $2",
        customer.id,
        contact.id
    ))
    .await?;
    rollup::add(call, customer.id, rollup::Counter::Contacts, -1).await?;
    if before.super_admin {
        customers::store::refresh_search(call, customer.id).await?;
    }
    Ok(vec![told])
}

/// The customer of a link in scope, be it in the bin.
pub async fn customer_of(call: &mut Call, id: Id<Customer>) -> Result<Customer> {
    call.find(&Scope::everywhere(), id).await
}

/// Takes a role that only one can have from the contact that has it.
async fn take(
    call: &mut Call,
    customer: &Customer,
    contact: Id<Contact>,
    column: &'static str,
) -> Result<Vec<Event>> {
    let mut sql = sql!("select contact_id from contact_links where ");
    sql.push(column)
        .and("customer_id = ?", customer.id)
        .and("contact_id <> ?", contact);
    let holders: Vec<(Id<Contact>,)> = call.query(sql).await?;
    let mut events = vec![];
    for (holder,) in holders {
        let before = roles_of(call, customer.id, holder)
            .await?
            .unwrap_or_default();
        let after = if column == "is_primary" {
            Roles {
                primary: false,
                ..before
            }
        } else {
            Roles {
                billing: false,
                ..before
            }
        };
        write(call, customer, holder, after).await?;
        events.push(
            event(
                call,
                "update_link",
                customer,
                holder,
                Some(before),
                Some(after),
            )
            .await?,
        );
    }
    Ok(events)
}

async fn write(
    call: &mut Call,
    customer: &Customer,
    contact: Id<Contact>,
    roles: Roles,
) -> Result<()> {
    let mut sql = sql!(
        "insert into contact_links (id, provider_id, reseller_id, customer_id, contact_id, version, created_at, updated_at, is_primary, is_billing, is_technical, is_super_admin) values ($1, $2, $3, $4, $5, 1, $6, $6",
        Id::<ContactLink>::new(call.now),
        customer.provider_id,
        customer.reseller_id,
        customer.id,
        contact,
        call.now
    );
    for it in [
        roles.primary,
        roles.billing,
        roles.technical,
        roles.super_admin,
    ] {
        sql.push(", ").bind(it);
    }
    sql.push(") on conflict (customer_id, contact_id) do update set is_primary = excluded.is_primary, is_billing = excluded.is_billing, is_technical = excluded.is_technical, is_super_admin = excluded.is_super_admin, version = contact_links.version + 1, updated_at = excluded.updated_at");
    match call.execute(sql).await {
        // Somebody else took the role at the same moment: once more, from them.
        Err(Error::Constraint {
            kind: kit::conn::Kind::Unique,
            ..
        }) => Err(Error::Retry),
        it => it.map(|_| ()),
    }
}

async fn roles_of(
    call: &mut Call,
    customer: Id<Customer>,
    contact: Id<Contact>,
) -> Result<Option<Roles>> {
    let found: Option<(bool, bool, bool, bool)> = call
        .query_optional(sql!("select is_primary, is_billing, is_technical, is_super_admin from contact_links where customer_id = $1 and contact_id = $2", customer, contact))
        .await?;
    Ok(
        found.map(|(primary, billing, technical, super_admin)| Roles {
            primary,
            billing,
            technical,
            super_admin,
        }),
    )
}

async fn find(
    call: &mut Call,
    scope: &Scope,
    customer: &Customer,
    contact: Id<Contact>,
) -> Result<Option<ContactLink>> {
    let mut sql: Sql = LIST.base(scope);
    sql.and("l.customer_id = ?", customer.id)
        .and("l.contact_id = ?", contact);
    call.query_optional(sql).await
}

/// The customer's billing contact is a field of its record: whoever holds an older one must see it.
async fn count_change(call: &mut Call, customer: &Customer) -> Result<()> {
    let mut sql = store::assign(Customer::TABLE, call.now, vec![]);
    sql.and("id = ?", customer.id);
    call.execute(sql).await.map(|_| ())
}

/// Told of the contact, in the audit of the customer.
async fn event(
    call: &mut Call,
    action: &'static str,
    customer: &Customer,
    contact: Id<Contact>,
    before: Option<Roles>,
    after: Option<Roles>,
) -> Result<Event> {
    let (name,): (String,) = call
        .query_one(sql!(
            "select trim(first_name || ' ' || last_name) from contacts where id = $1",
            contact
        ))
        .await?;
    let of_customer = |linked: Option<Roles>| {
        linked
            .map(|_| Json::String(customer.title()))
            .unwrap_or_default()
    };
    let changes = vec![
        Change::new(
            "roles",
            before.map(Roles::json).unwrap_or_default(),
            after.map(Roles::json).unwrap_or_default(),
        ),
        Change::new("customer", of_customer(before), of_customer(after)),
    ];
    let changes = changes
        .into_iter()
        .filter(|it| it.before != it.after)
        .collect();
    Ok(Event {
        object_type: Contact::NAME,
        object_id: contact.uuid(),
        object_name: name,
        action,
        owner: customer.owner(),
        changes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_a_list_outside_and_columns_inside() {
        let roles: Roles = serde_json::from_str(r#"["billing","super_admin","billing"]"#).unwrap();
        assert_eq!(
            roles,
            Roles {
                billing: true,
                super_admin: true,
                ..Roles::default()
            }
        );
        assert_eq!(
            serde_json::to_string(&roles).unwrap(),
            r#"["billing","super_admin"]"#
        );
        assert_eq!(
            <Roles as Cells>::read(Cell::Text("billing,super_admin,")),
            Some(roles)
        );
        assert_eq!(
            <Roles as Cells>::read(Cell::Text("")),
            Some(Roles::default())
        );
        assert!(serde_json::from_str::<Roles>(r#"["boss"]"#).is_err());
    }
}
