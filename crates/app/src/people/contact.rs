//! Contacts: people, with or without a customer (spec 1.3).

use kit::access::{Scope, ScopeColumns};
use kit::call::Call;
use kit::conn::{Bind, Value};
use kit::error::FieldError;
use kit::event::{Change, Event};
use kit::list::{Column, List, Search};
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Line, Lines};
use kit::time::{Instant, TimeZone};
use kit::{Columns, Error, Id, Record, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::held::place_of;
use super::link::{self, Roles};
use crate::customers::{self, Customer};
use crate::tree::{Provider, Reseller, place};
use crate::values::{Email, Language};
use crate::written::Written;

/// A person.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Contact {
    pub id: Id<Contact>,
    /// First and last name.
    pub display_name: String,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: ContactInput,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub customers_count: i64,
    /// The names of the customers that it serves.
    pub customers: Option<String>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a contact. A first or a last name is required.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone, PartialEq)]
pub struct ContactInput {
    #[serde(default)]
    pub first_name: Line<100>,
    #[serde(default)]
    pub last_name: Line<100>,
    /// Not unique.
    #[serde(default)]
    pub email: Line<254>,
    #[serde(default)]
    pub phone: Line<50>,
    #[serde(default)]
    pub mobile: Line<50>,
    #[serde(default)]
    pub job_title: Line<100>,
    #[serde(default)]
    pub language: Option<Language>,
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    #[serde(default)]
    pub notes: Lines<2000>,
}

/// A new contact, which may serve a customer from the start.
#[derive(Deserialize, JsonSchema, Clone)]
pub struct ContactCreate {
    #[serde(flatten)]
    pub input: ContactInput,
    /// The customer that it serves; from inside a customer always that one.
    #[serde(default)]
    pub customer_id: Option<Id<Customer>>,
    /// Its roles for that customer.
    #[serde(default)]
    pub roles: Roles,
}

const COLUMNS: &[Column] = &[
    Column::text("display_name", "Name", "k.name_key")
        .keyed("k.name_key")
        .shown()
        .customer()
        .searched()
        .width(200),
    Column::text("email", "Email", "k.email_key")
        .keyed("k.email_key")
        .shown()
        .customer()
        .searched()
        .width(220),
    Column::text("phone", "Phone", "k.phone")
        .shown()
        .customer()
        .searched()
        .width(140),
    Column::text("mobile", "Mobile", "k.mobile")
        .customer()
        .searched()
        .width(140),
    Column::text("job_title", "Job title", "k.job_title")
        .sorted_by("k.job_title")
        .shown()
        .customer()
        .searched()
        .width(160),
    Column::text("customers", "Customers", "")
        .plain()
        .provider_only()
        .shown()
        .width(240),
    Column::integer(
        "customers_count",
        "Number of customers",
        "(select count(*) from contact_links x where x.contact_id = k.id)",
    )
    .provider_only()
    .width(110),
    Column::text("first_name", "First name", "k.first_name")
        .sorted_by("k.first_name")
        .customer()
        .width(130),
    Column::text("last_name", "Last name", "k.last_name")
        .sorted_by("k.last_name")
        .customer()
        .width(130),
    Column::choice("language", "Language", "k.language", Language::ALL)
        .customer()
        .width(100),
    Column::text("time_zone", "Time zone", "k.time_zone")
        .sorted_by("k.time_zone")
        .customer()
        .width(150),
    Column::text("notes", "Notes", "k.notes").width(220),
    Column::instant("created_at", "Added", "k.created_at")
        .customer()
        .width(150),
    Column::instant("updated_at", "Modified", "k.updated_at")
        .customer()
        .width(150),
    Column::id("provider_id", "Provider id", "k.provider_id"),
    Column::id("reseller_id", "Reseller id", "k.reseller_id"),
    Column::id("id", "Id", "k.id").customer(),
];

pub static LIST: List = List {
    name: "contacts",
    select: "k.*, trim(k.first_name || ' ' || k.last_name) as display_name, (select count(*) from contact_links x where x.contact_id = k.id) as customers_count, \
        (select string_agg(xc.name, ', ' order by xc.name_key) from contact_links x join customers xc on xc.id = x.customer_id where x.contact_id = k.id and xc.deleted_at is null) as customers",
    from: "contacts k",
    always: "true",
    id: "k.id",
    columns: COLUMNS,
    sort: "display_name",
    scope: ScopeColumns {
        provider: "k.provider_id = ?",
        // Also those of the provider that serve one of its customers.
        reseller: "(k.reseller_id = ? or exists (select 1 from contact_links s where s.contact_id = k.id and s.reseller_id = ?))",
        customer: "exists (select 1 from contact_links s where s.contact_id = k.id and s.customer_id = ?)",
    },
    archived: None,
    search: Some(Search {
        table: "contacts",
        alias: "k",
        text: "k.search_text",
    }),
    expand: &[],
};

/// For columns that refer to contacts.
pub fn contact_list() -> &'static List {
    &LIST
}

impl Resource for Contact {
    const NAME: &'static str = "contacts";
    const ONE: &'static str = "contact";
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
        self.display_name.clone()
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid()).reseller(self.reseller_id.map(Id::uuid))
    }
}

impl Editable for Contact {
    type Input = ContactInput;
    const TABLE: &'static str = "contacts";
}

impl Written for Contact {
    type New = ContactCreate;

    /// On its own, or to a customer.
    async fn create(
        call: &mut Call,
        scope: &Scope,
        new: ContactCreate,
    ) -> Result<(Self, Vec<Event>)> {
        // Who works inside a customer sees nobody but those who serve it.
        let customer = new.customer_id.or(call.home().customer().map(Id::from));
        let customer = match customer {
            Some(id) => Some(place::customer(call, scope, id).await?),
            None if new.roles != Roles::default() => {
                return Err(Error::field(
                    "/customer_id",
                    "required",
                    "is required with roles",
                ));
            }
            None => None,
        };
        let owner = match &customer {
            Some(it) => (it.provider_id, it.reseller_id),
            None => {
                let parent = place::parent(call, scope, None, None).await?;
                (parent.provider.id, parent.reseller.map(|it| it.id))
            }
        };
        let mut contact = create(call, owner.0, owner.1, new.input).await?;
        let mut events = vec![Event::created(&contact)];
        if let Some(customer) = customer {
            events.extend(link::set_roles(call, &customer, contact.id, new.roles).await?);
            contact = call.find(scope, contact.id).await?;
        }
        Ok((contact, events))
    }

    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: ContactInput,
    ) -> Result<Self> {
        if input == before.input {
            return Ok(before.clone());
        }
        check(&input).map_err(|it| Error::Invalid(vec![it]))?;
        let links = served(call, before).await?;
        check_own(scope, before, &links)?;
        let after = store::save(call, scope, before, written(&input)).await?;
        for it in links.iter().filter(|it| it.is_super_admin) {
            customers::store::refresh_search(call, it.customer_id).await?;
        }
        Ok(after)
    }

    /// Its links to customers go with it; a user that it is keeps the account and loses the link.
    async fn delete(call: &mut Call, scope: &Scope, before: &Self) -> Result<Vec<Event>> {
        let links = served(call, before).await?;
        check_own(scope, before, &links)?;
        let mut events = vec![Event::deleted(before)];
        for it in links {
            let customer = link::customer_of(call, it.customer_id).await?;
            events.extend(link::remove(call, &customer, before).await?);
        }
        let users: Vec<(Uuid, String)> =
            call.query(sql!("update users set contact_id = null, version = version + 1, updated_at = $1 where contact_id = $2 returning id, display_name", call.now, before.id)).await?;
        for (id, name) in users {
            let change = Change {
                before_name: Some(before.title()),
                ..Change::new("contact_id", before.id.to_string(), None::<String>)
            };
            events.push(Event {
                object_type: "users",
                object_id: id,
                object_name: name,
                action: "update",
                owner: before.owner(),
                changes: vec![change],
            });
        }
        store::delete(call, before).await?;
        Ok(events)
    }

    /// What the contact was for a customer before, if anything.
    async fn take_back(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        customer: Option<Uuid>,
        changes: &[Change],
    ) -> Result<Vec<Event>> {
        let customer = customer.ok_or(Error::NotFound)?;
        let customer: Customer = call.find(scope, Id::from(customer)).await?;
        customer.check_writable()?;
        let roles = changes.iter().find(|it| it.field == "roles");
        let events = match roles.filter(|it| !it.before.is_null()) {
            None => link::remove(call, &customer, before).await?,
            Some(it) => {
                let roles = serde_json::from_value(it.before.clone()).map_err(Error::internal)?;
                link::set_roles(call, &customer, before.id, roles).await?
            }
        };
        link::count_changes(call, vec![customer.id.to_value()]).await?;
        Ok(events)
    }
}

/// The store function of the API and of the demo.
pub async fn create(
    call: &mut Call,
    provider: Id<Provider>,
    reseller: Option<Id<Reseller>>,
    input: ContactInput,
) -> Result<Contact> {
    let new = NewContact {
        provider,
        reseller,
        input,
    };
    let mut made = create_all(call, vec![new]).await?;
    made.pop().ok_or(Error::NotFound)
}

/// A contact to be, and to whom it belongs.
pub struct NewContact {
    pub provider: Id<Provider>,
    pub reseller: Option<Id<Reseller>>,
    pub input: ContactInput,
}

/// The columns of the table that no input has, in the order of [`row`].
const EXTRA: &[&str] = &[
    "id",
    "provider_id",
    "reseller_id",
    "name_key",
    "email_key",
    "search_text",
    "version",
    "created_at",
    "updated_at",
];

const ALL: &[&str; ContactInput::COLUMNS.len() + EXTRA.len()] =
    &kit::conn::concat(&[ContactInput::COLUMNS, EXTRA]);

fn row(it: &Contact) -> Vec<Value> {
    let mut row = it.input.values();
    row.extend([
        it.id.to_value(),
        it.provider_id.to_value(),
        it.reseller_id.to_value(),
        text::key(&it.display_name).to_value(),
        text::key(&it.input.email).to_value(),
        search_text(&it.input).to_value(),
        it.version.to_value(),
        it.created_at.to_value(),
        it.updated_at.to_value(),
    ]);
    row
}

/// Adds contacts, many at once.
pub async fn create_all(call: &mut Call, new: Vec<NewContact>) -> Result<Vec<Contact>> {
    let mut made = Vec::with_capacity(new.len());
    for it in new {
        check(&it.input).map_err(|it| Error::Invalid(vec![it]))?;
        made.push(Contact {
            id: Id::new(call.now),
            display_name: display_name(&it.input),
            input: it.input,
            provider_id: it.provider,
            reseller_id: it.reseller,
            customers_count: 0,
            customers: None,
            version: 1,
            created_at: call.now,
            updated_at: call.now,
        });
    }
    let rows = made.iter().map(row).collect();
    call.insert_all("contacts", ALL, rows).await?;
    Ok(made)
}

/// A customer that a contact serves, as far as writing the contact needs it.
#[derive(Record)]
struct Served {
    customer_id: Id<Customer>,
    provider_id: Option<Uuid>,
    reseller_id: Option<Uuid>,
    is_super_admin: bool,
}

async fn served(call: &mut Call, contact: &Contact) -> Result<Vec<Served>> {
    call.query(sql!("select customer_id, provider_id, reseller_id, is_super_admin from contact_links where provider_id = $1 and contact_id = $2 order by customer_id", contact.provider_id, contact.id)).await
}

/// Who sees a contact because it serves one of their customers does not own it: it may serve others.
fn check_own(scope: &Scope, contact: &Contact, links: &[Served]) -> Result<()> {
    let owner = contact.owner();
    let owned = scope.covers(place_of(owner.provider_id, owner.reseller_id, None));
    let all = !links.is_empty()
        && links.iter().all(|it| {
            scope.covers(place_of(
                it.provider_id,
                it.reseller_id,
                Some(it.customer_id.uuid()),
            ))
        });
    if owned || all {
        return Ok(());
    }
    Err(Error::Forbidden { detail: "This contact is kept by your provider; ask there for the change, or add a contact of your own.".into() })
}

/// What no field says alone.
pub fn check(input: &ContactInput) -> Result<(), FieldError> {
    let wrong = |pointer: &str, code: &str, message: String| {
        Err(FieldError::new(pointer.to_owned(), code, message))
    };
    if input.first_name.is_empty() && input.last_name.is_empty() {
        return wrong(
            "/last_name",
            "required",
            "is required, or a first name".into(),
        );
    }
    match Email::parse(&input.email) {
        Err(message) if !input.email.is_empty() => wrong("/email", "invalid", message),
        _ => Ok(()),
    }
}

fn display_name(input: &ContactInput) -> String {
    format!("{} {}", input.first_name, input.last_name)
        .trim()
        .to_owned()
}

fn written(input: &ContactInput) -> Vec<(&'static str, Value)> {
    let mut set = input.set();
    set.push(("name_key", text::key(&display_name(input)).to_value()));
    set.push(("email_key", text::key(&input.email).to_value()));
    set.push(("search_text", search_text(input).to_value()));
    set
}

fn search_text(input: &ContactInput) -> String {
    text::search_lines([
        display_name(input).as_str(),
        &input.email,
        &input.phone,
        &input.mobile,
        &input.job_title,
    ])
}
