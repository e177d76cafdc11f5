//! What records say of each other: references that no foreign key holds, and the audit.

use kit::conn::{Db, Sql};
use kit::sql;

/// A part of the report: its name, its problems, what to do about them.
type Part = (&'static str, Vec<String>, &'static str);

pub async fn questions(db: &Db) -> Result<Vec<Part>, String> {
    let now = db.now().await.map_err(super::told)?;
    Ok(vec![
        (
            "References",
            counted(db, references()).await?,
            "somebody wrote past Tenantry, or a migration went wrong: restore a backup from before beside this database and compare",
        ),
        (
            "Audit",
            counted(db, audit(now)).await?,
            "somebody wrote past Tenantry: compare with a backup from before; for events of the future, look at Clock",
        ),
    ])
}

async fn counted(db: &Db, questions: Vec<(&'static str, Sql)>) -> Result<Vec<String>, String> {
    let mut found = vec![];
    for (what, sql) in questions {
        let (count,): (i64,) = db.read().query_one(sql.slow()).await.map_err(super::told)?;
        if count > 0 {
            found.push(format!("{count} {what}"));
        }
    }
    Ok(found)
}

/// A reseller's own customer, a customer's owner, and the keys that rows below a customer repeat.
fn references() -> Vec<(&'static str, Sql)> {
    vec![
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
            "users whose contact is gone",
            sql!(
                "select count(*) from users u where u.contact_id is not null and not exists (select 1 from contacts c where c.id = u.contact_id)"
            ),
        ),
        (
            "customers without a default tenant",
            sql!(
                "select count(*) from customers c where not exists (select 1 from tenants t where t.customer_id = c.id and t.is_default)"
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
        (
            "sites in a tenant of another customer",
            sql!(
                "select count(*) from sites s join tenants t on t.id = s.tenant_id where t.customer_id <> s.customer_id"
            ),
        ),
        (
            "roles whose keys differ from their customer's",
            sql!(
                "select count(*) from roles r join customers c on c.id = r.customer_id where r.provider_id <> c.provider_id or coalesce(r.reseller_id, r.id) <> coalesce(c.reseller_id, r.id)"
            ),
        ),
        (
            "roles held outside the node that they belong to",
            sql!(
                "select count(*) from grants g join roles r on r.id = g.role_id where r.customer_id is not null and r.customer_id <> coalesce(g.customer_id, r.id) or r.customer_id is null and r.reseller_id is not null and r.reseller_id <> coalesce(g.reseller_id, r.id) or r.provider_id <> coalesce(g.provider_id, r.id)"
            ),
        ),
        (
            "links between a customer and a contact of another provider",
            sql!(
                "select count(*) from contact_links l join contacts c on c.id = l.contact_id where c.provider_id <> l.provider_id"
            ),
        ),
    ]
}

/// Every record was created by an event, and what an event tells of is there or was seen to go.
fn audit(now: i64) -> Vec<(&'static str, Sql)> {
    /// Clocks of several nodes differ by less.
    const AHEAD: i64 = 300_000_000;
    vec![
        (
            "resellers that no event tells of",
            sql!(
                "select count(*) from resellers r where not exists (select 1 from audit_events e where e.object_id = r.id)"
            ),
        ),
        (
            "customers that no event tells of",
            sql!(
                "select count(*) from customers c where not exists (select 1 from audit_events e where e.object_id = c.id)"
            ),
        ),
        (
            "sites that no event tells of",
            sql!(
                "select count(*) from sites s where not exists (select 1 from audit_events e where e.object_id = s.id)"
            ),
        ),
        (
            "contacts that no event tells of",
            sql!(
                "select count(*) from contacts c where not exists (select 1 from audit_events e where e.object_id = c.id)"
            ),
        ),
        (
            "users that no event tells of",
            sql!(
                "select count(*) from users u where not exists (select 1 from audit_events e where e.object_id = u.id)"
            ),
        ),
        (
            "roles that no event tells of",
            sql!(
                "select count(*) from roles r where not r.built_in and not exists (select 1 from audit_events e where e.object_id = r.id)"
            ),
        ),
        (
            "customers that are gone without an event of it",
            sql!(
                "select count(distinct e.object_id) from audit_events e where e.object_type = 'customers'
                 and not exists (select 1 from customers c where c.id = e.object_id)
                 and not exists (select 1 from audit_events g where g.object_id = e.object_id and g.action in ('purge', 'delete'))"
            ),
        ),
        (
            "sites that are gone without an event of it",
            sql!(
                "select count(distinct e.object_id) from audit_events e where e.object_type = 'sites'
                 and not exists (select 1 from sites s where s.id = e.object_id)
                 and not exists (select 1 from audit_events g where (g.object_id = e.object_id or g.object_id = e.customer_id) and g.action in ('purge', 'delete'))"
            ),
        ),
        (
            "events of the future",
            sql!("select count(*) from audit_events e where e.at > $1", now + AHEAD),
        ),
    ]
}
