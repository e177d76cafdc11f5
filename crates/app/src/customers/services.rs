//! The services that customers subscribe to: products of kind service of their provider, or of the
//! platform's catalogue (spec 2.1).

use std::collections::{BTreeMap, HashSet};

use kit::call::Call;
use kit::conn::Bind;
use kit::many::Many;
use kit::{Id, Result, sql};

use super::Customer;
use super::store::check_seen;
use crate::licences::Product;
use crate::tree::Provider;

/// What a customer subscribes to, as one column: a list of ids as JSON.
pub const IDS: &str = "coalesce((select '[' || string_agg('\"' || cs.product || '\"', ',' order by sp.name_key, sp.id) || ']' from customer_services cs join products sp on sp.id = cs.product_id where cs.customer_id = c.id), '[]')";

/// The names of the same, for people.
pub const NAMES: &str = "coalesce((select string_agg(sp.name, ', ' order by sp.name_key, sp.id) from customer_services cs join products sp on sp.id = cs.product_id where cs.customer_id = c.id), '')";

/// All of these can be subscribed to, within what the caller may read.
pub async fn check(
    call: &mut Call,
    provider: Id<Provider>,
    wanted: &HashSet<Id<Product>>,
) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let sql = sql!(
        "select pr.id from products pr where pr.kind = 'service' and pr.status = 'complete' and (pr.provider_id is null or pr.provider_id = $1)",
        provider
    );
    let message = "has an entry that is no service which this provider sells";
    check_seen::<Product>(call, sql, wanted, ("/services", message)).await
}

/// Writes the services of new customers, and their names into them.
pub async fn create(call: &mut Call, customers: &mut [Customer]) -> Result<()> {
    let mut rows = vec![];
    for it in customers.iter() {
        rows.extend(it.input.services.iter().map(|service| row(it.id, *service)));
    }
    if rows.is_empty() {
        return Ok(());
    }
    call.insert_all("customer_services", COLUMNS, rows).await?;
    let wanted: HashSet<Id<Product>> = customers
        .iter()
        .flat_map(|it| it.input.services.iter().copied())
        .collect();
    let mut sql = sql!("select name_key, id, name from products where true");
    sql.and_in("id", wanted.iter().map(Bind::to_value).collect());
    let found: Vec<(String, Id<Product>, String)> = call.query(sql).await?;
    let names: BTreeMap<(String, Id<Product>), String> = found
        .into_iter()
        .map(|(key, id, name)| ((key, id), name))
        .collect();
    for it in customers {
        let own = names
            .iter()
            .filter(|((_, id), _)| it.input.services.contains(id));
        let (ids, names): (Vec<_>, Vec<_>) =
            own.map(|((_, id), name)| (*id, name.as_str())).unzip();
        it.service_names = names.join(", ");
        it.input.services = Many(ids);
    }
    Ok(())
}

/// Writes what a customer subscribes to from now on.
pub async fn replace(call: &mut Call, customer: &Customer, services: &[Id<Product>]) -> Result<()> {
    let known: HashSet<_> = customer.input.services.iter().copied().collect();
    let wanted: HashSet<_> = services.iter().copied().collect();
    check(
        call,
        customer.provider_id,
        &wanted.difference(&known).copied().collect(),
    )
    .await?;
    call.execute(sql!(
        "delete from customer_services where customer_id = $1",
        customer.id
    ))
    .await?;
    let rows = wanted.into_iter().map(|it| row(customer.id, it)).collect();
    call.insert_all("customer_services", COLUMNS, rows)
        .await
        .map(drop)
}

const COLUMNS: &[&str] = &["customer_id", "product_id", "product"];

fn row(customer: Id<Customer>, service: Id<Product>) -> Vec<kit::conn::Value> {
    vec![
        customer.to_value(),
        service.to_value(),
        service.to_string().to_value(),
    ]
}
