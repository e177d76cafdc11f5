//! `tenantry doctor`: checks the installation and says what to do.

use kit::conn::Db;
use kit::sql;

use crate::Outcome;
use crate::config::Common;

pub async fn run(common: &Common) -> Outcome {
    let db = common.open_unmigrated().await?;
    let mut found = vec![];
    println!("Database: {}", db.engine());
    let pending = db.pending_migrations().await.map_err(|it| it.to_string())?;
    if !pending.is_empty() {
        return Err(format!(
            "the tables are not up to date: run tenantry migrate (missing: {})",
            pending.join(", ")
        ));
    }
    println!("Tables: up to date");
    let damage = db.integrity().await.map_err(|it| it.to_string())?;
    report("Integrity", &damage, &mut found);
    let rollups: Vec<String> = app::customers::rollup::differences(&db)
        .await
        .map_err(|it| it.sentence())?
        .into_iter()
        .map(|(id, counter)| format!("customer {id}: {counter}"))
        .collect();
    report("Roll-ups", &rollups, &mut found);
    report("References", &dangling(&db).await?, &mut found);
    let clock = (db.now().await.map_err(|it| it.to_string())?
        - kit::time::Clock::system().now().micros())
    .abs()
        / 1_000_000;
    let clock: Vec<String> = (clock > 5).then(|| format!("this machine's clock and the database's differ by {clock} s: let both follow a time server")).into_iter().collect();
    report("Clock", &clock, &mut found);
    db.close().await;
    match found.len() {
        0 => Ok(()),
        n => Err(format!(
            "{n} problems; restore a backup or ask for help before going on"
        )),
    }
}

fn report(what: &str, problems: &[String], found: &mut Vec<String>) {
    if problems.is_empty() {
        println!("{what}: good");
    }
    for problem in problems.iter().take(20) {
        println!("{what}: {problem}");
    }
    if problems.len() > 20 {
        println!("{what}: and {} more", problems.len() - 20);
    }
    found.extend(problems.iter().cloned());
}

/// References that no foreign key holds: a reseller's own customer, a customer's owner, and the keys
/// that rows below a customer repeat.
async fn dangling(db: &Db) -> Result<Vec<String>, String> {
    let checks = [
        (
            "resellers whose own customer is gone",
            sql!(
                "select count(*) from resellers r where r.own_customer_id is not null and not exists (select 1 from customers c where c.id = r.own_customer_id)"
            ),
        ),
        (
            "customers whose owner is gone",
            sql!(
                "select count(*) from customers c where c.owner_id is not null and not exists (select 1 from users u where u.id = c.owner_id)"
            ),
        ),
        (
            "customers without a default tenant",
            sql!(
                "select count(*) from customers c where not exists (select 1 from tenants t where t.customer_id = c.id and t.is_default)"
            ),
        ),
        (
            "customers without a roll-up",
            sql!(
                "select count(*) from customers c where not exists (select 1 from customer_rollups r where r.customer_id = c.id)"
            ),
        ),
        (
            "tenants whose keys differ from their customer's",
            sql!(
                "select count(*) from tenants t join customers c on c.id = t.customer_id where t.provider_id <> c.provider_id or coalesce(t.reseller_id, t.id) <> coalesce(c.reseller_id, t.id)"
            ),
        ),
        (
            "sites whose keys differ from their customer's",
            sql!(
                "select count(*) from sites s join customers c on c.id = s.customer_id where s.provider_id <> c.provider_id or coalesce(s.reseller_id, s.id) <> coalesce(c.reseller_id, s.id)"
            ),
        ),
    ];
    let mut found = vec![];
    for (what, sql) in checks {
        let (count,): (i64,) = db
            .read()
            .query_one(sql.slow())
            .await
            .map_err(|it| it.to_string())?;
        if count > 0 {
            found.push(format!("{count} {what}"));
        }
    }
    Ok(found)
}
