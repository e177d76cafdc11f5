//! How a contact comes to serve a customer, and how it ends: whoever asks for it.

use std::collections::{BTreeMap, HashMap, HashSet};

use kit::access::Scope;
use kit::call::Call;
use kit::conn::{Bind, Sql, Value};
use kit::event::{Change, Event};
use kit::resource::Resource;
use kit::{Error, Id, Record, Result, sql, store};
use serde_json::Value as Json;

use super::contact::Contact;
use super::link::{ContactLink, LinkInput, Roles};
use crate::customers::{self, Customer, rollup};

/// The store function of `contact_link_put` and of the demo; the caller has checked that both
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
    let link = NewLink {
        customer,
        contact,
        roles,
    };
    set_all(call, &[link]).await
}

/// What a contact is to be for a customer.
pub struct NewLink<'a> {
    pub customer: &'a Customer,
    pub contact: Id<Contact>,
    pub roles: Roles,
}

/// A link as it is, and as it will be.
#[derive(Clone, Copy)]
struct State {
    id: Option<Id<ContactLink>>,
    before: Option<Roles>,
    now: Option<Roles>,
}

/// A link's change, to be told.
struct Told<'a> {
    customer: &'a Customer,
    contact: Id<Contact>,
    before: Option<Roles>,
    after: Roles,
}

/// Sets many links, one after the other: primary and billing move from whoever has them.
pub async fn set_all(call: &mut Call, wanted: &[NewLink<'_>]) -> Result<Vec<Event>> {
    let mut states = load(call, wanted).await?;
    let mut told = vec![];
    for it in wanted {
        let links = states.entry(it.customer.id).or_default();
        let own = links.get(&it.contact).copied();
        let before = own.and_then(|it| it.now);
        if before == Some(it.roles) {
            continue;
        }
        for sole in it.roles.sole() {
            for (holder, state) in links.iter_mut().filter(|link| *link.0 != it.contact) {
                let Some(had) = state.now.filter(|it| it.without(sole) != *it) else {
                    continue;
                };
                state.now = Some(had.without(sole));
                told.push(Told {
                    customer: it.customer,
                    contact: *holder,
                    before: Some(had),
                    after: had.without(sole),
                });
            }
        }
        let state = links.entry(it.contact).or_insert(State {
            id: None,
            before: None,
            now: None,
        });
        state.now = Some(it.roles);
        told.push(Told {
            customer: it.customer,
            contact: it.contact,
            before,
            after: it.roles,
        });
    }
    if told.is_empty() {
        return Ok(vec![]);
    }
    match write(call, &told, &states).await {
        // Somebody else took the role at the same moment: once more, from them.
        Err(Error::Constraint {
            kind: kit::conn::Kind::Unique,
            ..
        }) => return Err(Error::Retry),
        it => it?,
    }
    let mut linked = HashMap::new();
    for it in told.iter().filter(|it| it.before.is_none()) {
        *linked.entry(it.customer.id).or_default() += 1;
    }
    rollup::add_all(call, rollup::Counter::Contacts, linked).await?;
    let is_super = |it: &Option<Roles>| it.is_some_and(|it| it.super_admin);
    for (customer, links) in &states {
        if links
            .values()
            .any(|it| is_super(&it.before) != is_super(&it.now))
        {
            customers::store::refresh_search(call, *customer).await?;
        }
    }
    let names = names(call, told.iter().map(|it| it.contact).collect()).await?;
    let event = |it: &Told<'_>| {
        let name = names.get(&it.contact).cloned().unwrap_or_default();
        let action = match it.before {
            None => "link",
            Some(_) => "update_link",
        };
        event(
            action,
            it.customer,
            it.contact,
            name,
            it.before,
            Some(it.after),
        )
    };
    Ok(told.iter().map(event).collect())
}

type States = HashMap<Id<Customer>, BTreeMap<Id<Contact>, State>>;

/// The links that are set, and those that hold what only one can have.
async fn load(call: &mut Call, wanted: &[NewLink<'_>]) -> Result<States> {
    let customers: HashSet<_> = wanted.iter().map(|it| it.customer.id).collect();
    let contacts: HashSet<_> = wanted.iter().map(|it| it.contact).collect();
    let mut sql = sql!(
        "select id, customer_id, contact_id, is_primary, is_billing, is_technical, is_super_admin from contact_links where true"
    );
    sql.and_in(
        "customer_id",
        customers.iter().map(Bind::to_value).collect(),
    );
    sql.push(" and (is_primary or is_billing or (true");
    sql.and_in("contact_id", contacts.iter().map(Bind::to_value).collect());
    sql.push("))");
    let mut states = States::new();
    for it in call.query::<Linked>(sql).await? {
        let roles = it.roles();
        let state = State {
            id: Some(it.id),
            before: Some(roles),
            now: Some(roles),
        };
        states
            .entry(it.customer_id)
            .or_default()
            .insert(it.contact_id, state);
    }
    Ok(states)
}

/// A link's row.
#[derive(Record)]
pub struct Linked {
    id: Id<ContactLink>,
    pub customer_id: Id<Customer>,
    pub contact_id: Id<Contact>,
    is_primary: bool,
    is_billing: bool,
    is_technical: bool,
    is_super_admin: bool,
}

impl Linked {
    pub fn roles(&self) -> Roles {
        Roles {
            primary: self.is_primary,
            billing: self.is_billing,
            technical: self.is_technical,
            super_admin: self.is_super_admin,
        }
    }
}

/// All links of some customers.
pub async fn linked(call: &mut Call, customers: Vec<Value>) -> Result<Vec<Linked>> {
    let mut sql = sql!(
        "select id, customer_id, contact_id, is_primary, is_billing, is_technical, is_super_admin from contact_links where true"
    );
    sql.and_in("customer_id", customers);
    call.query(sql).await
}

const COLUMNS: &[&str] = &[
    "id",
    "provider_id",
    "reseller_id",
    "customer_id",
    "contact_id",
    "is_primary",
    "is_billing",
    "is_technical",
    "is_super_admin",
    "version",
    "created_at",
    "updated_at",
];

/// A few statements, however many links: what only one can have is taken before it is given.
async fn write(call: &mut Call, told: &[Told<'_>], states: &States) -> Result<()> {
    let customers: HashMap<_, _> = told
        .iter()
        .map(|it| (it.customer.id, it.customer))
        .collect();
    let mut new = vec![];
    let mut taken: [Vec<Value>; 2] = [vec![], vec![]];
    let mut same: BTreeMap<[bool; 4], Vec<Value>> = BTreeMap::new();
    for (customer, links) in states {
        for (contact, it) in links {
            let Some(now) = it.now.filter(|_| it.now != it.before) else {
                continue;
            };
            let Some(id) = it.id else {
                if let Some(customer) = customers.get(customer) {
                    new.push(row(call, customer, *contact, now));
                }
                continue;
            };
            let before = it.before.unwrap_or_default();
            for (n, taken) in taken.iter_mut().enumerate() {
                if before.flags()[n] && !now.flags()[n] {
                    taken.push(id.to_value());
                }
            }
            same.entry(now.flags()).or_default().push(id.to_value());
        }
    }
    let [primary, billing] = taken;
    for (text, ids) in [
        (
            "update contact_links set is_primary = false where true",
            primary,
        ),
        (
            "update contact_links set is_billing = false where true",
            billing,
        ),
    ] {
        if !ids.is_empty() {
            let mut sql = Sql::new(text);
            sql.and_in("id", ids);
            call.execute(sql).await?;
        }
    }
    for ([primary, billing, technical, super_admin], ids) in same {
        let set = vec![
            ("is_primary", primary.to_value()),
            ("is_billing", billing.to_value()),
            ("is_technical", technical.to_value()),
            ("is_super_admin", super_admin.to_value()),
        ];
        let mut sql = store::assign("contact_links", call.now, set);
        sql.and_in("id", ids);
        call.execute(sql).await?;
    }
    call.insert_all("contact_links", COLUMNS, new).await?;
    Ok(())
}

fn row(call: &Call, customer: &Customer, contact: Id<Contact>, roles: Roles) -> Vec<Value> {
    let mut row = vec![
        Id::<ContactLink>::new(call.now).to_value(),
        customer.provider_id.to_value(),
        customer.reseller_id.to_value(),
        customer.id.to_value(),
        contact.to_value(),
    ];
    row.extend(roles.flags().map(Bind::to_value));
    row.extend([1_i64.to_value(), call.now.to_value(), call.now.to_value()]);
    row
}

async fn names(call: &mut Call, ids: HashSet<Id<Contact>>) -> Result<HashMap<Id<Contact>, String>> {
    let mut sql = sql!("select id, trim(first_name || ' ' || last_name) from contacts where true");
    sql.and_in("id", ids.iter().map(Bind::to_value).collect());
    let found: Vec<(Id<Contact>, String)> = call.query(sql).await?;
    Ok(found.into_iter().collect())
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
    let name = contact.title();
    let told = event("unlink", customer, contact.id, name, Some(before), None);
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

/// Told of the contact, in the audit of the customer.
fn event(
    action: &'static str,
    customer: &Customer,
    contact: Id<Contact>,
    name: String,
    before: Option<Roles>,
    after: Option<Roles>,
) -> Event {
    Event {
        object_type: Contact::NAME,
        object_id: contact.uuid(),
        object_name: name,
        action,
        owner: customer.owner(),
        changes: changes(customer, before, after),
    }
}

/// What a link's change is told as.
pub fn changes(customer: &Customer, before: Option<Roles>, after: Option<Roles>) -> Vec<Change> {
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
        )
        .seen_inside(),
        Change::new("customer", of_customer(before), of_customer(after)),
    ];
    let changed = |it: &Change| it.before != it.after;
    changes.into_iter().filter(changed).collect()
}
