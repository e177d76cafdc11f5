//! An SSO provider as log-ins need it: enabled, of an active provider, with its secret.

use kit::access::Place;
use kit::conn::{Db, Sql};
use kit::vault::Secret;
use kit::{Id, Record, Result, State, sql};
use uuid::Uuid;

use super::{SsoProvider, client_secret};
use crate::people::role::Role;
use crate::values::Domain;

#[derive(Record, Clone)]
pub struct Service {
    pub id: Id<SsoProvider>,
    pub provider_id: Uuid,
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    client_secret: String,
    pub scopes: String,
    pub email_claim: String,
    pub email_verified_claim: String,
    pub name_claim: String,
    pub role_id: Option<Id<Role>>,
    pub password_log_in: bool,
}

const WORKING: &str = "select s.* from sso_providers s join providers p on p.id = s.provider_id where s.is_enabled and p.status = 'active'";

impl Service {
    pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<Self>> {
        let mut sql = Sql::new(WORKING);
        sql.and("s.id = ?", id);
        Ok(db.read().query_optional(sql).await?)
    }

    /// The one that an email domain logs in at.
    pub async fn by_domain(db: &Db, domain: &str) -> Result<Option<Self>> {
        let mut sql = Sql::new(WORKING);
        let of_domain = "s.id in (select sso_provider_id from sso_domains where domain = ? and state = 'approved')";
        sql.and(of_domain, domain);
        Ok(db.read().query_optional(sql).await?)
    }

    /// For a trial: whether it is enabled or not.
    pub async fn in_trial(db: &Db, id: Id<SsoProvider>) -> Result<Option<Self>> {
        let sql = sql!("select * from sso_providers where id = $1", id);
        Ok(db.read().query_optional(sql).await?)
    }

    pub fn place(&self) -> Place {
        Place::Provider(self.provider_id)
    }

    pub fn secret(&self, state: &State) -> Result<Option<Secret>> {
        client_secret::open(&state.settings.keys, self.id, &self.client_secret)
    }
}

/// Where the identity provider sends people back to; it is told there once.
pub fn redirect_address(state: &State) -> String {
    format!("{}/login/sso", state.settings.base_url)
}

/// What stands behind the `@`.
pub fn domain_of(email: &str) -> Option<Domain> {
    let (_, domain) = email.rsplit_once('@')?;
    Domain::parse(domain).ok()
}
