//! Counters that grids show: changed in the transaction of what they count, outside version, ETag,
//! audit and events (spec 2.1). `tenantry doctor` proves them.

use std::collections::{BTreeMap, HashMap};

use kit::call::Call;
use kit::conn::{Bind, Db, Sql, Value};
use kit::{Id, Result, sql};
use uuid::Uuid;

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
            0_i64.to_value(),
            None::<Uuid>.to_value(),
            0_i64.to_value(),
            "".to_value(),
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
            "devices",
            "worst_pool_id",
            "pools_over",
            "licence_status",
        ],
        rows.collect(),
    )
    .await?;
    Ok(())
}

pub async fn add(call: &mut Call, customer: Id<Customer>, counter: Counter, by: i64) -> Result<()> {
    add_all(call, counter, [(customer, by)].into()).await?;
    Ok(())
}

/// Counts for several customers, and answers how many each has then. Until the transaction ends
/// nobody else counts for them.
pub async fn add_all(
    call: &mut Call,
    counter: Counter,
    by: HashMap<Id<Customer>, i64>,
) -> Result<HashMap<Id<Customer>, i64>> {
    let (update, returning) = match counter {
        Counter::Tenants => ("tenants = tenants + ", " returning customer_id, tenants"),
        Counter::Sites => ("sites = sites + ", " returning customer_id, sites"),
        Counter::Contacts => ("contacts = contacts + ", " returning customer_id, contacts"),
        Counter::Users => ("users = users + ", " returning customer_id, users"),
    };
    // One statement for all customers that count the same.
    let mut same: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
    for (customer, by) in by {
        same.entry(by).or_default().push(customer.to_value());
    }
    let mut counts = HashMap::new();
    for (by, customers) in same {
        let mut sql = sql!("update customer_rollups set ");
        sql.push(update).bind(by).push(" where true");
        sql.and_in("customer_id", customers).push(returning);
        counts.extend(call.query::<(Id<Customer>, i64)>(sql).await?);
    }
    Ok(counts)
}

/// A counter that is not what it counts; `counter` is empty where the whole roll-up is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub customer: Id<Customer>,
    pub counter: &'static str,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.counter {
            "" => write!(f, "customer {} has none", self.customer),
            counter => write!(f, "customer {}: {counter}", self.customer),
        }
    }
}

/// The counters with the tables whose rows they count.
const COUNTED: [(&str, &str); 5] = [
    ("tenants", "tenants"),
    ("sites", "sites"),
    ("contacts", "contact_links"),
    ("users", "users"),
    (
        "devices",
        "(select customer_id from devices where status <> 'deregistered')",
    ),
];

/// Empty when all is well.
pub async fn differences(db: &Db) -> Result<Vec<Difference>> {
    let missing = sql!(
        "select c.id from customers c where not exists (select 1 from customer_rollups r where r.customer_id = c.id)"
    );
    let mut all = told(db, "", missing).await?;
    for (counter, table) in COUNTED {
        let mut sql = sql!("select ro.customer_id from customer_rollups ro where ro.");
        sql.push(counter)
            .push(" <> (select count(*) from ")
            .push(table)
            .push(" x where x.customer_id = ro.customer_id)");
        all.extend(told(db, counter, sql).await?);
    }
    Ok(all)
}

async fn told(db: &Db, counter: &'static str, sql: Sql) -> Result<Vec<Difference>> {
    let rows: Vec<(Id<Customer>,)> = db.read().query(sql.slow()).await?;
    let difference = |(customer,)| Difference { customer, counter };
    Ok(rows.into_iter().map(difference).collect())
}

/// Counts anew, a customer at a time, so that nobody waits long; may be done while others write.
pub async fn repair(db: &Db, wrong: &[Difference]) -> Result<()> {
    for it in wrong {
        let mut tx = db.write();
        tx.execute(sql!(
            "insert into customer_rollups (customer_id, provider_id, tenants, sites, contacts, users, devices, worst_pool_id, pools_over, licence_status)
             select c.id, c.provider_id, 0, 0, 0, 0, 0, null, 0, '' from customers c where c.id = $1 on conflict do nothing",
            it.customer
        ))
        .await?;
        // Takes the row, so that the next statement sees all that was counted before.
        tx.execute(sql!(
            "update customer_rollups set users = users where customer_id = $1",
            it.customer
        ))
        .await?;
        let mut sql = sql!("update customer_rollups set ");
        for (nth, (counter, table)) in COUNTED.into_iter().enumerate() {
            sql.push(if nth == 0 { "" } else { ", " });
            sql.push(counter)
                .push(" = (select count(*) from ")
                .push(table);
            sql.push(" x where x.customer_id = customer_rollups.customer_id)");
        }
        sql.push(" where customer_id = ").bind(it.customer);
        tx.execute(sql).await?;
        tx.commit().await?;
    }
    Ok(())
}
