//! The client's secret: written, never read, encrypted at rest (security.md 23).

use std::fmt;

use kit::call::Call;
use kit::conn::{Bind, Db, Value};
use kit::time::Instant;
use kit::vault::{Keys, Secret};
use kit::{Id, Result, State, sql};
use schemars::JsonSchema;
use serde::Deserialize;

use super::SsoProvider;

/// A secret on its way in: it has no way out.
#[derive(Deserialize, JsonSchema, Clone, Default)]
#[serde(transparent)]
pub struct ClientSecret(#[schemars(length(max = 1000))] String);

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

fn place(id: Id<SsoProvider>) -> String {
    format!("sso_providers/{id}")
}

/// The columns of a new secret; an empty one is none.
pub fn sealed(
    call: &Call,
    id: Id<SsoProvider>,
    secret: &ClientSecret,
) -> Result<Vec<(&'static str, Value)>> {
    let secret = secret.0.trim();
    let (sealed, at) = match secret {
        "" => (String::new(), None),
        text => {
            let keys = &call.state.settings.keys;
            (keys.seal(&place(id), &Secret::new(text))?, Some(call.now))
        }
    };
    let at: Option<Instant> = at;
    Ok(vec![
        ("client_secret", sealed.to_value()),
        ("client_secret_set_at", at.to_value()),
    ])
}

/// The secret for the identity provider; none for a client without one.
pub fn open(keys: &Keys, id: Id<SsoProvider>, sealed: &str) -> Result<Option<Secret>> {
    match sealed {
        "" => Ok(None),
        sealed => keys.open(&place(id), sealed).map(Some),
    }
}

/// The keys that client secrets are encrypted with, and how many each.
pub async fn keys_in_use(db: &Db) -> Result<Vec<(String, i64)>> {
    let sql = sql!(
        "select substr(client_secret, 1, 8) as key, count(*) from sso_providers where client_secret <> '' group by substr(client_secret, 1, 8) order by 1"
    );
    Ok(db.read().query(sql).await?)
}

/// Encrypts what older keys encrypted with the current one; tells how many.
pub async fn reseal(state: &State) -> Result<u64> {
    let keys = &state.settings.keys;
    let current = keys.ids().into_iter().next().unwrap_or_default();
    let mut tx = state.db.write();
    let rows: Vec<(Id<SsoProvider>, String)> = tx
        .query(sql!(
            "select id, client_secret from sso_providers where client_secret <> '' and substr(client_secret, 1, 8) <> $1",
            current
        ))
        .await?;
    let mut done = 0;
    for (id, sealed) in rows {
        let fresh = keys.seal(&place(id), &keys.open(&place(id), &sealed)?)?;
        let sql = sql!(
            "update sso_providers set client_secret = $1 where id = $2 and client_secret = $3",
            fresh,
            id,
            sealed
        );
        done += tx.execute(sql).await?;
    }
    tx.commit().await?;
    Ok(done)
}
