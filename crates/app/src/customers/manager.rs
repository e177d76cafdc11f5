//! *Who manages us* (ACC-12): what a customer's own people read about their manager, also those who
//! may nothing else.

use axum::Json;
use kit::access::Level;
use kit::call::Call;
use kit::time::Instant;
use kit::{Error, Record, Result, sql};
use schemars::JsonSchema;
use serde::Serialize;

use super::customer::{AccessMode, Management};
use crate::values::Email;

/// Who manages a customer, and how to reach them.
#[derive(Record, Serialize, JsonSchema)]
pub struct Manager {
    /// The reseller, or the provider itself.
    pub name: String,
    /// Where to ask for help.
    pub support_email: Option<Email>,
    pub support_phone: String,
    /// With no access the manager does everything, and nobody else logs in.
    pub access_mode: AccessMode,
    pub management: Management,
    /// Since when the customer is managed here.
    pub since: Instant,
}

/// Who manages the caller's organisation; for its own people, whatever they may.
pub async fn manager_view(mut call: Call) -> Result<Json<Manager>> {
    let home = call.home();
    if home.level() != Level::Customer {
        return Err(Error::Forbidden {
            detail: "This is for a customer's own people.".into(),
        });
    }
    let manager = sql!(
        "select coalesce(r.name, p.name) as name, p.support_email, p.support_phone, c.access_mode, c.management, c.created_at as since
         from customers c join providers p on p.id = c.provider_id left join resellers r on r.id = c.reseller_id
         where c.provider_id = $1 and c.id = $2 and c.deleted_at is null",
        home.provider(),
        home.customer()
    );
    let manager: Option<Manager> = call.query_optional(manager).await?;
    manager.map(Json).ok_or(Error::NotFound)
}
