//! What the files of everything below a customer share: rows name their customer.

use std::collections::HashSet;

use kit::access::{Level, Place, Scope};
use kit::call::Call;
use kit::conn::{Bind, Value};
use kit::error::FieldError;
use kit::list::List;
use kit::resource::Resource;
use kit::{Error, Id, Result, sql};
use uuid::Uuid;

use crate::customers::Customer;
use crate::exchange::import::object::place_of;
use crate::tree::node;

/// How a customer is written in a file.
pub const CUSTOMER: (&str, &str) = (
    "customer_id",
    "The customer, by id, customer id, external id, name, or path such as Provider/Reseller/Customer; write \\/ for a stroke in a name. A file cannot move a record to another customer.",
);

/// Other words for it.
pub const CUSTOMER_ALIASES: (&str, &[&str]) = (
    "customer_id",
    &[
        "customer",
        "customer name",
        "customer number",
        "customer no",
        "company",
        "company name",
        "organisation",
        "organization",
        "account",
        "account name",
        "client",
    ],
);

/// How a product is written in a file.
pub const PRODUCT: &str = "The product, by id, code or name, of those that the customer can have.";

/// Other words for it.
pub const PRODUCT_ALIASES: (&str, &[&str]) = (
    "product_id",
    &[
        "product",
        "product code",
        "product name",
        "service",
        "service name",
        "sku",
    ],
);

/// Other words for a tenant.
pub const TENANT_ALIASES: (&str, &[&str]) = ("tenant_id", &["tenant", "tenant name"]);

/// Our own ids, as exports have them.
pub const ID: (&str, &str) = (
    "id",
    "As exports have it: finds the record, and is never written.",
);

/// The part of the caller's scope that rows may go to: below the node named, else all of it.
pub async fn target(call: &mut Call, scope: &Scope, node: Option<Uuid>) -> Result<Scope> {
    if call.home().level() == Level::Customer {
        return Err(Error::Forbidden {
            detail: "Files are imported by the provider or reseller.".into(),
        });
    }
    let Some(id) = node else {
        return Ok(scope.clone());
    };
    let place = node::place(call, id).await?;
    place.and_then(|it| scope.under(it)).ok_or_else(|| {
        let message = "is no provider, reseller or customer that you see";
        Error::field("/node_id", "unknown_reference", message)
    })
}

/// Which of some records belong to an archived customer.
pub async fn closed(
    call: &mut Call,
    customers: impl Iterator<Item = Id<Customer>> + Clone,
) -> Result<Vec<bool>> {
    let all: HashSet<Id<Customer>> = customers.clone().collect();
    let mut sql = sql!("select id from customers where archived_at is not null");
    sql.and_in("id", all.iter().map(Bind::to_value).collect());
    let archived: Vec<(Id<Customer>,)> = call.query(sql).await?;
    let archived: HashSet<_> = archived.into_iter().map(|it| it.0).collect();
    Ok(customers.map(|it| archived.contains(&it)).collect())
}

/// The customers of records that rows name by their ids.
pub async fn owners(
    call: &mut Call,
    scope: &Scope,
    list: &List,
    ids: &[&str],
) -> Result<HashSet<Id<Customer>>> {
    let ids = ids.iter().filter_map(|it| Uuid::try_parse(it.trim()).ok());
    let ids: Vec<Value> = ids.map(Bind::to_value).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let customer = list.column("customer_id").map_or(list.id, |it| it.sql);
    let mut sql = sql!("select distinct ");
    sql.push(customer)
        .push(" from ")
        .push(list.from)
        .push(" where true");
    sql.and_in(list.id, ids);
    scope.filter(&mut sql, &list.scope);
    let found: Vec<(Id<Customer>,)> = call.query(sql).await?;
    Ok(found.into_iter().map(|it| it.0).collect())
}

/// The ids and the other values of keys that begin with a customer, or another node.
pub fn parted(keys: Vec<Vec<String>>) -> (Vec<Value>, Vec<Value>) {
    let (mut customers, mut others) = (HashSet::new(), HashSet::new());
    for mut key in keys {
        others.extend(key.pop());
        customers.extend(key.pop().and_then(|it| Uuid::try_parse(&it).ok()));
    }
    let customers = customers.iter().map(Bind::to_value).collect();
    (customers, others.iter().map(Bind::to_value).collect())
}

/// Holders of such keys, as they are compared.
pub fn held(found: Vec<(Uuid, String, Uuid)>) -> Vec<(Vec<String>, Uuid)> {
    let one = |(customer, value, id): (Uuid, String, Uuid)| (vec![customer.to_string(), value], id);
    found.into_iter().map(one).collect()
}

/// A new record needs a customer that can be written.
pub fn lacks(customer: Option<&Customer>) -> Option<FieldError> {
    match customer {
        None => Some(missing()),
        Some(it) => it
            .check_writable()
            .err()
            .map(|it| FieldError::new("/customer_id", "archived", it.sentence())),
    }
}

pub fn missing() -> FieldError {
    FieldError::new("/customer_id", "required", "is required")
}

pub fn missing_product() -> FieldError {
    FieldError::new("/product_id", "required", "is required")
}

pub fn place(customer: &Customer) -> Place {
    place_of(customer.owner())
}

/// Refuses to move a record to another customer.
pub fn stays(before: Id<Customer>, named: Option<&Customer>) -> Result<(), FieldError> {
    if named.is_none_or(|it| it.id == before) {
        return Ok(());
    }
    let message = "is another customer than the record's. A file moves nothing to another customer; match by other columns to add a new record";
    Err(FieldError::new("/customer_id", "moves", message))
}

pub fn archived_tenant() -> FieldError {
    FieldError::new(
        "/tenant_id",
        "archived",
        "is archived; unarchive the tenant first",
    )
}
