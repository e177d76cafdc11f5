//! Proves that pools are what blocks and devices say, and mends them: for `tenantry doctor`.

use std::collections::BTreeSet;

use kit::access::{Caller, Source};
use kit::call::{Call, Origin};
use kit::conn::Sql;
use kit::{Id, Result, State, sql};

use super::{Product, settle};
use crate::customers::Customer;

/// A product of a customer.
pub type Set = (Id<Customer>, Id<Product>);

/// Those whose devices are not counted right, or whose pools are not what their counts and blocks say.
pub async fn differences(db: &kit::conn::Db) -> Result<Vec<Set>> {
    let questions: [Sql; 3] = [
        sql!(
            "select n.customer_id, n.product_id from device_counts n where n.used <> (select count(*) from devices d where d.customer_id = n.customer_id and d.product_id = n.product_id and d.tenant_id = n.tenant_id and d.status <> 'deregistered')"
        ),
        sql!(
            "select d.customer_id, d.product_id from devices d where d.status <> 'deregistered' group by d.customer_id, d.product_id
             having count(*) <> coalesce((select sum(l.used) from licence_pools l where l.customer_id = d.customer_id and l.product_id = d.product_id), 0)"
        ),
        sql!(
            "select l.customer_id, l.product_id from licence_pools l where l.purchased <> (select coalesce(sum(b.licences), 0) from licence_blocks b where b.customer_id = l.customer_id and b.product_id = l.product_id and b.tenant_key = l.tenant_key and b.state = 'in_force')"
        ),
    ];
    let mut wrong: BTreeSet<Set> = BTreeSet::new();
    for sql in questions {
        wrong.extend(db.read().query::<Set>(sql.slow()).await?);
    }
    Ok(wrong.into_iter().collect())
}

/// Counts devices anew and settles their pools, a product of a customer at a time.
pub async fn repair(state: &State, wrong: &[Set]) -> Result<()> {
    for &(customer, product) in wrong {
        let caller = Caller::operator("Doctor", Source::Cli);
        let mut call = Call::new(state, caller, Origin::default());
        settle::lock(&mut call, customer, product).await?;
        call.execute(sql!(
            "delete from device_counts where customer_id = $1 and product_id = $2",
            customer,
            product
        ))
        .await?;
        call.execute(sql!(
            "insert into device_counts (customer_id, product_id, tenant_id, used) select customer_id, product_id, tenant_id, count(*) from devices
             where customer_id = $1 and product_id = $2 and status <> 'deregistered' group by customer_id, product_id, tenant_id",
            customer,
            product
        ))
        .await?;
        settle::settle(&mut call, customer, product).await?;
        call.commit(vec![]).await?;
    }
    Ok(())
}
