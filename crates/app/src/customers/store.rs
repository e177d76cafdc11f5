//! The one write path of customers: console, API, import, jobs and the command line end here.

use std::collections::{HashMap, HashSet};

use kit::access::{Place, Scope};
use kit::call::Call;
use kit::conn::{Bind, Kind, Sql, Value};
use kit::error::OnConstraint;
use kit::resource::{Columns as _, Resource};
use kit::text;
use kit::time::Instant;
use kit::{Error, Id, Result, secret, sql};
use uuid::Uuid;

use super::customer::{Customer, CustomerInput, Management};
use super::{number, rollup, services};
use crate::licences::rewarn;
use crate::licences::zones::{self, Whose};
use crate::people::contact::Contact;
use crate::people::link;
use crate::people::user::User;
use crate::tree::policies::{self, ProviderField, Terms};
use crate::tree::{Provider, Reseller, place, tenant};
use crate::values::{Domain, ExternalId};

/// A customer to be, and the reseller it goes to.
pub struct NewCustomer {
    pub reseller: Option<Reseller>,
    pub input: CustomerInput,
}

/// The columns of the table that no input has, in the order of [`row`].
const EXTRA: &[&str] = &[
    "id",
    "provider_id",
    "reseller_id",
    "name_key",
    "name_is_unique",
    "search_text",
    "customer_id_key",
    "external_id_key",
    "link_code",
    "management",
    "status",
    "archived_at",
    "deleted_at",
    "deleted_by",
    "version",
    "created_at",
    "updated_at",
];

const ALL: &[&str; CustomerInput::COLUMNS.len() + EXTRA.len()] =
    &kit::conn::concat(&[CustomerInput::COLUMNS, EXTRA]);

/// Adds customers to a provider, each with its default tenant and its roll-up. The caller commits
/// them with their events. Fails as a whole: who adds many finds the one at fault by adding fewer.
pub async fn create_all(
    call: &mut Call,
    provider: &Provider,
    new: Vec<NewCustomer>,
) -> Result<Vec<Customer>> {
    let owners = new.iter().filter_map(|it| it.input.owner_id).collect();
    let contacts = new
        .iter()
        .filter_map(|it| it.input.billing_contact_id)
        .collect();
    check_references(call, provider.id, owners, contacts).await?;
    for it in &new {
        check_policies(call, provider, it)?;
    }
    let wanted = new
        .iter()
        .flat_map(|it| it.input.services.iter().copied())
        .collect();
    services::check(call, provider.id, &wanted).await?;
    let ids = number::fill(call, provider, &new).await?;
    let mut customers = Vec::with_capacity(new.len());
    for (it, customer_id) in new.into_iter().zip(ids) {
        let mut input = it.input;
        input.customer_id = customer_id;
        customers.push(Customer {
            id: Id::new(call.now),
            provider_id: provider.id,
            provider_name: provider.name().to_owned(),
            reseller_id: it.reseller.as_ref().map(|it| it.id),
            reseller_name: it.reseller.map(|it| it.input.name.into_string()),
            owner_name: None,
            billing_contact_name: None,
            service_names: String::new(),
            super_admin: None,
            link_code: secret::code(12),
            management: if provider.is_house {
                Management::None
            } else {
                Management::Active
            },
            status: Customer::derive_status(Management::None, false, input.access),
            archived_at: None,
            tenants_count: 1,
            sites_count: 0,
            contacts_count: 0,
            users_count: 0,
            devices_count: 0,
            licences_used: None,
            licences_purchased: None,
            licences_excess: None,
            licence_product: None,
            licence_tenant: None,
            pools_over: 0,
            licence_status: None,
            licences_expire_on: None,
            version: 1,
            created_at: call.now,
            updated_at: call.now,
            input,
        });
    }
    let unique = provider.names_are_unique();
    let rows = customers.iter().map(|it| row(it, unique)).collect();
    told(&customers, call.insert_all("customers", ALL, rows).await)?;
    tenant::create_defaults(call, &customers).await?;
    rollup::create(call, &customers).await?;
    services::create(call, &mut customers).await?;
    for customer in &mut customers {
        if let Some(contact) = customer.input.billing_contact_id {
            link::set_billing(call, customer, Some(contact)).await?;
            customer.contacts_count = 1;
        }
    }
    name_references(call, &mut customers).await?;
    Ok(customers)
}

fn row(it: &Customer, unique: bool) -> Vec<Value> {
    let mut row = it.input.values();
    row.extend([
        it.id.to_value(),
        it.provider_id.to_value(),
        it.reseller_id.to_value(),
        text::key(&it.input.name).to_value(),
        unique.to_value(),
        search_text(&it.input, "").to_value(),
        text::key(&it.input.customer_id).to_value(),
        external_key(&it.input).to_value(),
        it.link_code.as_str().to_value(),
        it.management.to_value(),
        it.status.to_value(),
        it.archived_at.to_value(),
        None::<Instant>.to_value(),
        "".to_value(),
        it.version.to_value(),
        it.created_at.to_value(),
        it.updated_at.to_value(),
    ]);
    row
}

fn external_key(input: &CustomerInput) -> String {
    text::key(input.external_id.as_ref().map_or("", ExternalId::as_str))
}

/// What GRID-03 searches: `people` are the lines of the super admins, folded already.
pub fn search_text(input: &CustomerInput, people: &str) -> String {
    let external = input.external_id.as_ref().map_or("", ExternalId::as_str);
    let fields = [
        input.name.as_str(),
        &input.customer_id,
        external,
        &input.external_customer_id,
        &input.extended_name,
        &input.ref_id,
        &input.crm_id,
        &input.account_id,
        &input.city,
        &input.state,
    ];
    let mut text = text::search_lines(
        fields
            .into_iter()
            .chain(input.domains.iter().map(Domain::as_str)),
    );
    if !people.is_empty() {
        text.push('\n');
        text.push_str(people);
    }
    text
}

/// Changes a customer that is not archived, and answers it as it is then.
pub async fn change(
    call: &mut Call,
    scope: &Scope,
    before: &Customer,
    mut input: CustomerInput,
) -> Result<Customer> {
    before.check_writable()?;
    if input.customer_id.is_empty() {
        // Cleared means: keep; a customer always has one.
        input.customer_id = before.input.customer_id.clone();
    }
    let known = &before.input.services;
    if input.services.len() == known.len() && input.services.iter().all(|it| known.contains(it)) {
        // In whatever order.
        input.services = known.clone();
    }
    if input == before.input {
        return Ok(before.clone());
    }
    // What stands there already may stay, also where the caller does not see it.
    let known = &before.input;
    let owner = input.owner_id.filter(|it| known.owner_id != Some(*it));
    let contact = input
        .billing_contact_id
        .filter(|it| known.billing_contact_id != Some(*it));
    check_changed_policies(call, before, &input).await?;
    let (owners, contacts) = (owner.into_iter().collect(), contact.into_iter().collect());
    check_references(call, before.provider_id, owners, contacts).await?;
    if input.billing_contact_id != before.input.billing_contact_id {
        link::set_billing(call, before, input.billing_contact_id).await?;
    }
    if input.services != before.input.services {
        services::replace(call, before, &input.services).await?;
    }
    if input.access != before.input.access || input.access_mode != before.input.access_mode {
        call.changes_rights();
    }
    let people = super_admins(call, before.id).await?;
    let status = Customer::derive_status(before.management, false, input.access);
    let mut set = input.set();
    set.extend([
        ("name_key", text::key(&input.name).to_value()),
        ("search_text", search_text(&input, &people).to_value()),
        ("customer_id_key", text::key(&input.customer_id).to_value()),
        ("external_id_key", external_key(&input).to_value()),
        ("status", status.to_value()),
    ]);
    let saved = kit::store::save(call, scope, before, set).await;
    let mut wanted = before.clone();
    wanted.input = input;
    let after = told(std::slice::from_ref(&wanted), saved)?;
    if after.input.terms.expiry_warning_days != before.input.terms.expiry_warning_days {
        rewarn::changed(call, Whose::Customer(before.id)).await?;
    }
    if after.input.time_zone == before.input.time_zone {
        return Ok(after);
    }
    zones::changed(call, Whose::Customer(before.id)).await?;
    call.find(scope, before.id).await
}

/// What the policies leave to whom (TREE-06), of a new customer.
fn check_policies(call: &Call, provider: &Provider, new: &NewCustomer) -> Result<()> {
    let place = match &new.reseller {
        None => Place::Provider(provider.id.uuid()),
        Some(reseller) => Place::Reseller {
            provider: provider.id.uuid(),
            reseller: reseller.id.uuid(),
        },
    };
    policies::check_change(call, place, &Terms::default(), &new.input.terms)?;
    for field in own_fields(&new.input, None) {
        policies::check_used(provider, field)?;
    }
    Ok(())
}

/// The same of a change.
async fn check_changed_policies(
    call: &mut Call,
    before: &Customer,
    input: &CustomerInput,
) -> Result<()> {
    let place = Place::Customer {
        provider: before.provider_id.uuid(),
        reseller: before.reseller_id.map(Id::uuid),
        customer: before.id.uuid(),
    };
    policies::check_change(call, place, &before.input.terms, &input.terms)?;
    let fields = own_fields(input, Some(&before.input));
    if !fields.is_empty() {
        let provider = place::provider_of(call, before.provider_id).await?;
        for field in fields {
            policies::check_used(&provider, field)?;
        }
    }
    Ok(())
}

/// The fields of policy `provider_fields` that get a new value.
fn own_fields(input: &CustomerInput, before: Option<&CustomerInput>) -> Vec<ProviderField> {
    let extended = &input.extended_name;
    let external = &input.external_customer_id;
    let mut all = vec![];
    if !extended.is_empty() && before.is_none_or(|it| it.extended_name != *extended) {
        all.push(ProviderField::ExtendedName);
    }
    if !external.is_empty() && before.is_none_or(|it| it.external_customer_id != *external) {
        all.push(ProviderField::ExternalCustomerId);
    }
    all
}

/// Writes the search text anew, after the people who belong to it changed.
pub async fn refresh_search(call: &mut Call, id: Id<Customer>) -> Result<()> {
    let Some(customer) = call.look_up(&Scope::everywhere(), id).await? else {
        return Ok(());
    };
    let people = super_admins(call, id).await?;
    let text = search_text(&customer.input, &people);
    call.execute(sql!(
        "update customers set search_text = $1 where provider_id = $2 and id = $3",
        text,
        customer.provider_id,
        id
    ))
    .await?;
    Ok(())
}

async fn super_admins(call: &mut Call, id: Id<Customer>) -> Result<String> {
    let people: Vec<(String, String, String)> = call
        .query(sql!(
            "select c.first_name, c.last_name, c.email from contact_links l join contacts c on c.id = l.contact_id where l.customer_id = $1 and l.is_super_admin order by c.id",
            id
        ))
        .await?;
    let lines = people
        .iter()
        .flat_map(|(first, last, email)| [format!("{first} {last}"), email.clone()])
        .collect::<Vec<_>>();
    Ok(text::search_lines(lines.iter().map(String::as_str)))
}

/// Owners are users of the provider, billing contacts its contacts, as far as the caller sees them;
/// one statement for each kind.
async fn check_references(
    call: &mut Call,
    provider: Id<Provider>,
    owners: HashSet<Id<User>>,
    contacts: HashSet<Id<Contact>>,
) -> Result<()> {
    if !owners.is_empty() {
        let sql = sql!(
            "select u.id from users u where u.provider_id = $1 and u.customer_id is null",
            provider
        );
        let pointer = ("/owner_id", "is no user of this provider");
        check_seen::<User>(call, sql, &owners, pointer).await?;
    }
    if !contacts.is_empty() {
        let sql = sql!(
            "select k.id from contacts k where k.provider_id = $1",
            provider
        );
        let pointer = ("/billing_contact_id", "is no contact of this provider");
        check_seen::<Contact>(call, sql, &contacts, pointer).await?;
    }
    Ok(())
}

/// All of these are found, within what the caller may read.
pub(super) async fn check_seen<T: Resource>(
    call: &mut Call,
    mut sql: Sql,
    ids: &HashSet<Id<T>>,
    (pointer, message): (&'static str, &'static str),
) -> Result<()> {
    let unknown = || Error::field(pointer, "unknown_reference", message);
    let scope = call.allow::<T>("read").map_err(|_| unknown())?;
    scope.filter(&mut sql, &T::list().scope);
    sql.and_in(T::list().id, ids.iter().map(Bind::to_value).collect());
    let found: Vec<(Id<T>,)> = call.query(sql).await?;
    if found.len() < ids.len() {
        return Err(unknown());
    }
    Ok(())
}

/// The names of what new customers refer to.
async fn name_references(call: &mut Call, customers: &mut [Customer]) -> Result<()> {
    let owners: HashSet<_> = customers
        .iter()
        .filter_map(|it| it.input.owner_id)
        .collect();
    let contacts: HashSet<_> = customers
        .iter()
        .filter_map(|it| it.input.billing_contact_id)
        .collect();
    let mut names: HashMap<Uuid, String> = HashMap::new();
    if !owners.is_empty() {
        let mut sql = sql!("select id, display_name from users where true");
        sql.and_in("id", owners.iter().map(Bind::to_value).collect());
        names.extend(call.query::<(Uuid, String)>(sql).await?);
    }
    if !contacts.is_empty() {
        let mut sql =
            sql!("select id, trim(first_name || ' ' || last_name) from contacts where true");
        sql.and_in("id", contacts.iter().map(Bind::to_value).collect());
        names.extend(call.query::<(Uuid, String)>(sql).await?);
    }
    for it in customers {
        it.owner_name = it
            .input
            .owner_id
            .and_then(|id| names.get(&id.uuid()).cloned());
        it.billing_contact_name = it
            .input
            .billing_contact_id
            .and_then(|id| names.get(&id.uuid()).cloned());
    }
    Ok(())
}

/// The database keeps names and ids apart; here its refusal becomes a sentence.
pub fn told<T>(wanted: &[Customer], outcome: Result<T>) -> Result<T> {
    let name = wanted
        .first()
        .map(|it| it.input.name.to_string())
        .unwrap_or_default();
    outcome
        .on(
            Kind::Unique,
            "customers_name_unique",
            "/name",
            "taken",
            &format!(
                "“{}” is the name of another customer",
                text::clip(&name, 80)
            ),
        )
        .on(
            Kind::Unique,
            "customers_customer_id_unique",
            "/customer_id",
            "taken",
            "is the id of another customer, perhaps of one in the bin",
        )
        .on(
            Kind::Unique,
            "customers_external_id_unique",
            "/external_id",
            "taken",
            "is the external id of another customer, perhaps of one in the bin",
        )
}
