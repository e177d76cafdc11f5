//! A changed policy `expiry_warning_days` holds for blocks that are there already: what was not told
//! yet is told by the new thresholds, what has passed stays as it was (LIC-11).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use kit::Result;
use kit::access::Scope;
use kit::call::Call;
use kit::date::Date;
use kit::resource::Resource;
use kit::time::TimeZone;

use super::LicenceBlock;
use super::expiry::{self, Alerts};
use super::zones::{self, Whose};
use crate::tree::policies;

/// The longest that a threshold lies after an expiration.
const LATEST_DAYS: i64 = 366;

/// Sets the alerts to come anew of all blocks there that have no warning days of their own.
pub async fn changed(call: &mut Call, whose: Whose) -> Result<()> {
    let today = Date::at(call.now, &TimeZone::utc());
    let mut sql = LicenceBlock::list().base(&Scope::everywhere());
    sql.and("b.expiration_date >= ?", today.plus_days(-LATEST_DAYS));
    sql.push(" and b.warning_days is null and b.renewed_by is null and b.not_renewed_at is null");
    zones::within(&mut sql, whose);
    sql.push(" order by b.customer_id, b.id");
    let blocks: Vec<LicenceBlock> = call.query(sql.slow()).await?;
    let mut known = HashMap::new();
    for block in blocks {
        let days = match known.entry(block.customer_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let customer = call.find(&Scope::everywhere(), block.customer_id).await?;
                let policies = policies::of_customer(call, &customer).await?;
                new.insert(policies.expiry_warning_days.value)
            }
        };
        let zone = zones::of(call, block.customer_id, block.input.tenant_id).await?;
        let alerts = Alerts {
            block: &block,
            days,
            zone: &zone,
        };
        expiry::set_to_come(call, alerts).await?;
    }
    Ok(())
}
