//! Counters that grids show: changed in the transaction of what they count, outside version, ETag,
//! audit and events (spec 2.1). `tenantry doctor` proves them.

use kit::call::Call;
use kit::conn::{Bind, Sql};
use kit::{Id, Result, sql};

use super::Customer;

#[derive(Clone, Copy, Debug)]
pub enum Counter {
    Tenants,
    Sites,
    Contacts,
    Users,
}

pub async fn create(call: &mut Call, customers: &[Customer]) -> Result<()> {
    let rows = customers.iter().map(|it| {
        vec![
            it.id.to_value(),
            it.provider_id.to_value(),
            1_i64.to_value(),
            0_i64.to_value(),
            0_i64.to_value(),
            0_i64.to_value(),
        ]
    });
    call.insert_all(
        "customer_rollups",
        &[
            "customer_id",
            "provider_id",
            "tenants",
            "sites",
            "contacts",
            "users",
        ],
        rows.collect(),
    )
    .await?;
    Ok(())
}

pub async fn add(call: &mut Call, customer: Id<Customer>, counter: Counter, by: i64) -> Result<()> {
    let mut sql = Sql::new(match counter {
        Counter::Tenants => {
            "update customer_rollups set tenants = tenants + $1 where customer_id = $2"
        }
        Counter::Sites => "update customer_rollups set sites = sites + $1 where customer_id = $2",
        Counter::Contacts => {
            "update customer_rollups set contacts = contacts + $1 where customer_id = $2"
        }
        Counter::Users => "update customer_rollups set users = users + $1 where customer_id = $2",
    });
    sql.add(by).add(customer);
    call.execute(sql).await?;
    Ok(())
}

/// What a roll-up should say and does not: customer and counter. Empty when all is well.
pub async fn differences(db: &kit::conn::Db) -> kit::Result<Vec<(Id<Customer>, String)>> {
    let mut all = vec![];
    for (counter, table) in [
        ("tenants", "tenants"),
        ("sites", "sites"),
        ("contacts", "contact_links"),
        ("users", "users"),
    ] {
        let mut sql = sql!("select ro.customer_id from customer_rollups ro where ro.");
        sql.push(counter)
            .push(" <> (select count(*) from ")
            .push(table)
            .push(" x where x.customer_id = ro.customer_id)");
        let rows: Vec<(Id<Customer>,)> = db.read().query(sql.slow()).await?;
        all.extend(rows.into_iter().map(|(id,)| (id, counter.to_owned())));
    }
    Ok(all)
}
