//! Which contacts serve which customers, and as what (spec 1.3): at most one is primary and one gets
//! the bills.

use kit::access::{Scope, ScopeColumns};
use kit::body::Body;
use kit::call::Call;
use kit::conn::{Bind, Sql, Value};
use kit::list::{Column, List};
use kit::resource::{Editable, Owner, Resource};
use kit::time::Instant;
use kit::web::{And, At, Done, Versioned};
use kit::{Error, Id, Record, Result, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contact::{Contact, contact_list};
pub use super::link_roles::{LinkRole, Roles};
pub use super::linking::{
    NewLink, changes, customer_of, linked, put, remove, set_all, set_billing, set_roles,
};
use crate::customers::Customer;
use crate::tree::{Provider, Reseller, customer_list};

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
        count_changes(&mut call, vec![customer.id.to_value()]).await?;
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
        count_changes(&mut call, vec![customer.id.to_value()]).await?;
    }
    call.commit(events).await?;
    Ok(Done)
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
pub async fn count_changes(call: &mut Call, customers: Vec<Value>) -> Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    let mut sql = store::assign(Customer::TABLE, call.now, vec![]);
    sql.and_in("id", customers);
    call.execute(sql).await.map(|_| ())
}
