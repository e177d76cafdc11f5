//! Every secret that is kept encrypted in the database (security.md 23), wherever it is: for the
//! commands that look after the keys.

use kit::conn::Db;
use kit::{Result, State};

use crate::people::second_factor;
use crate::sso;

/// The keys that secrets are encrypted with, and how many each.
pub async fn keys_in_use(db: &Db) -> Result<Vec<(String, i64)>> {
    let mut all = second_factor::keys_in_use(db).await?;
    for (key, count) in sso::keys_in_use(db).await? {
        match all.iter_mut().find(|it| it.0 == key) {
            Some(known) => known.1 += count,
            None => all.push((key, count)),
        }
    }
    Ok(all)
}

/// Encrypts what older keys encrypted with the current one; tells how many.
pub async fn reseal(state: &State) -> Result<u64> {
    Ok(second_factor::reseal(state).await? + sso::reseal(state).await?)
}
