//! The second factor (ACC-03): codes of an authenticator app (TOTP, RFC 6238) and recovery codes.
//! Each code works once. The app's secret is kept encrypted, recovery codes as hashes.

use kit::call::Call;
use kit::conn::{Bind, Db};
use kit::time::Instant;
use kit::vault::Secret;
use kit::{Error, Id, Record, Result, State, secret, sql, store};
use totp_rs::{Builder, Totp};

use super::user::User;

/// Bytes of an app's secret, as RFC 4226 recommends.
const BYTES: usize = 20;

/// How many recovery codes there are, and of how many characters each: 80 random bits, so that a
/// fast hash is enough.
const CODES: usize = 10;
const CODE: usize = 16;

#[derive(Record)]
struct Factor {
    secret: String,
    confirmed_at: Option<Instant>,
}

fn place(user: Id<User>) -> String {
    format!("second_factors/{user}")
}

fn totp(bytes: Vec<u8>, account: &str) -> Result<Totp> {
    // A colon separates the two names in the address that the app reads.
    Builder::new()
        .with_secret(bytes)
        .with_issuer(Some("Tenantry"))
        .with_account_name(account.replace(':', ""))
        .build()
        .map_err(Error::internal)
}

/// Since when logging in takes a code.
pub async fn since(db: &Db, user: Id<User>) -> Result<Option<Instant>> {
    let found: Option<(Option<Instant>,)> = db
        .read()
        .query_optional(sql!(
            "select confirmed_at from second_factors where user_id = $1",
            user
        ))
        .await?;
    Ok(found.and_then(|(at,)| at))
}

/// What the app is told, by its camera or by hand.
pub struct Offer {
    pub secret: String,
    pub address: String,
}

/// Begins anew with a secret that counts for nothing until a code of it is confirmed.
pub async fn offer(call: &mut Call, user: Id<User>, account: &str) -> Result<Offer> {
    let mut bytes = vec![0; BYTES];
    secret::fill(&mut bytes);
    let totp = totp(bytes, account)?;
    let offer = Offer {
        secret: totp.secret().to_base32(),
        address: totp.to_url().map_err(Error::internal)?,
    };
    let sealed = Secret::new(offer.secret.as_str());
    let sealed = call.state.settings.keys.seal(&place(user), &sealed)?;
    call.execute(sql!(
        "delete from second_factors where user_id = $1 and confirmed_at is null",
        user
    ))
    .await?;
    let set = vec![
        ("user_id", user.to_value()),
        ("secret", sealed.to_value()),
        ("last_step", 0_i64.to_value()),
        ("confirmed_at", None::<Instant>.to_value()),
        ("created_at", call.now.to_value()),
    ];
    let made = store::insert(call, "second_factors", set).await;
    match made {
        Err(Error::Constraint { .. }) => Err(on_already()),
        it => it.map(|()| offer),
    }
}

fn on_already() -> Error {
    Error::conflict(
        "second_factor_on",
        "The second factor is set up already. Remove it first.",
    )
}

/// Turns it on with a first code, and gives the recovery codes; none for a wrong code.
pub async fn confirm(call: &mut Call, user: Id<User>, code: &str) -> Result<Option<Vec<String>>> {
    let factor = factor(call, user).await?;
    let factor = factor
        .ok_or_else(|| Error::conflict("not_begun", "Begin with setting up the second factor."))?;
    if factor.confirmed_at.is_some() {
        return Err(on_already());
    }
    if !use_app(call, user, &factor, code).await? {
        return Ok(None);
    }
    let confirmed = call
        .execute(sql!(
            "update second_factors set confirmed_at = $1 where user_id = $2 and confirmed_at is null",
            call.now,
            user
        ))
        .await?;
    if confirmed == 0 {
        return Err(on_already());
    }
    call.changes_rights();
    renew_codes(call, user).await.map(Some)
}

/// Uses a code of the app or a recovery code, whose second use is a wrong code like any other.
pub async fn use_code(call: &mut Call, user: Id<User>, code: &str) -> Result<bool> {
    let Some(factor) = factor(call, user)
        .await?
        .filter(|it| it.confirmed_at.is_some())
    else {
        return Ok(false);
    };
    if use_app(call, user, &factor, code).await? {
        return Ok(true);
    }
    let sql = sql!(
        "delete from recovery_codes where user_id = $1 and code_hash = $2",
        user,
        recovery_digest(user, code)
    );
    Ok(call.execute(sql).await? == 1)
}

/// New recovery codes in place of the old ones: told once.
pub async fn renew_codes(call: &mut Call, user: Id<User>) -> Result<Vec<String>> {
    call.execute(sql!("delete from recovery_codes where user_id = $1", user))
        .await?;
    let codes: Vec<String> = (0..CODES).map(|_| secret::code(CODE)).collect();
    let rows = codes
        .iter()
        .map(|it| vec![user.to_value(), recovery_digest(user, it).to_value()]);
    let rows = rows.collect();
    call.insert_all("recovery_codes", &["user_id", "code_hash"], rows)
        .await?;
    Ok(codes.iter().map(|it| grouped(it)).collect())
}

pub async fn codes_left(call: &mut Call, user: Id<User>) -> Result<i64> {
    let sql = sql!(
        "select count(*) from recovery_codes where user_id = $1",
        user
    );
    call.count(sql).await
}

/// Takes it away, with all its codes; tells whether there was one.
pub async fn remove(call: &mut Call, user: Id<User>) -> Result<bool> {
    call.execute(sql!("delete from recovery_codes where user_id = $1", user))
        .await?;
    call.changes_rights();
    let sql = sql!(
        "delete from second_factors where user_id = $1 and confirmed_at is not null",
        user
    );
    Ok(call.execute(sql).await? == 1)
}

/// Whether a policy asks this user for one: of a provider where it holds a role, or below; of the
/// house provider for the platform's people.
pub async fn is_required(db: &Db, user: Id<User>) -> Result<bool> {
    let (count,): (i64,) = db
        .read()
        .query_one(sql!(
            "select count(*) from grants g join providers p on p.id = g.provider_id or g.provider_id is null and p.is_house where g.user_id = $1 and p.require_second_factor",
            user
        ))
        .await?;
    Ok(count > 0)
}

/// Whether nothing but setting it up is allowed.
pub async fn must_enrol(db: &Db, user: Id<User>) -> Result<bool> {
    Ok(is_required(db, user).await? && since(db, user).await?.is_none())
}

async fn factor(call: &mut Call, user: Id<User>) -> Result<Option<Factor>> {
    call.query_optional(sql!(
        "select secret, confirmed_at from second_factors where user_id = $1",
        user
    ))
    .await
}

/// A code counts for its half minute and those beside it, and once: its step must be newer than the
/// last one that was taken.
async fn use_app(call: &mut Call, user: Id<User>, factor: &Factor, code: &str) -> Result<bool> {
    let code: String = code.chars().filter(|it| !it.is_whitespace()).collect();
    if code.len() != 6 || !code.bytes().all(|it| it.is_ascii_digit()) {
        return Ok(false);
    }
    let opened = call
        .state
        .settings
        .keys
        .open(&place(user), &factor.secret)?;
    let bytes = totp_rs::Secret::try_from_base32(opened.expose()).map_err(Error::internal)?;
    let totp = totp(bytes.as_bytes().to_vec(), "")?;
    let seconds = u64::try_from(call.now.micros() / 1_000_000).unwrap_or_default();
    let Some(step) = totp.check(&code, seconds) else {
        return Ok(false);
    };
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let sql = sql!(
        "update second_factors set last_step = $1 where user_id = $2 and last_step < $1",
        step,
        user
    );
    Ok(call.execute(sql).await? == 1)
}

/// As people copy it from paper: `K7QP-…`.
fn grouped(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    let groups: Vec<String> = chars.chunks(4).map(|it| it.iter().collect()).collect();
    groups.join("-")
}

/// As it is stored, however it was typed: in any case, with or without strokes, and with the letters
/// that look like digits.
fn recovery_digest(user: Id<User>, code: &str) -> String {
    let letters = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(2 * CODE);
    let plain: String = letters
        .map(|it| match it.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            it => it,
        })
        .collect();
    secret::digest(&[b"recovery", user.uuid().as_bytes(), plain.as_bytes()])
}

/// The keys that secrets of second factors and links are encrypted with, and how many each.
pub async fn keys_in_use(db: &Db) -> Result<Vec<(String, i64)>> {
    // A key's id stands before the dot.
    let found: Vec<(String, i64)> = db
        .read()
        .query(sql!(
            "select substr(sealed, 1, 8) as key, count(*) from (select secret as sealed from second_factors union all select sealed from one_shots where sealed <> '') all_secrets group by substr(sealed, 1, 8) order by 1"
        ))
        .await?;
    Ok(found)
}

/// Encrypts what older keys encrypted with the current one; tells how many.
pub async fn reseal(state: &State) -> Result<u64> {
    let keys = &state.settings.keys;
    let Some(current) = keys.ids().into_iter().next() else {
        return Ok(0);
    };
    let mut done = 0;
    loop {
        let mut tx = state.db.write();
        let rows: Vec<(Id<User>, String)> = tx
            .query(sql!("select user_id, secret from second_factors where substr(secret, 1, 8) <> $1 limit 200", &current))
            .await?;
        if rows.is_empty() {
            return Ok(done);
        }
        for (user, sealed) in rows {
            let fresh = keys.seal(&place(user), &keys.open(&place(user), &sealed)?)?;
            done += tx
                .execute(sql!(
                    "update second_factors set secret = $1 where user_id = $2 and secret = $3",
                    fresh,
                    user,
                    sealed
                ))
                .await?;
        }
        tx.commit().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_codes_are_read_as_people_type_them() {
        let user = Id::from_u128(7);
        let digest = recovery_digest(user, "K70P-12AB-34CD-56EF");
        assert_eq!(recovery_digest(user, " k7op l2ab 34cd56ef"), digest);
        assert_ne!(
            recovery_digest(Id::from_u128(8), "K70P12AB34CD56EF"),
            digest
        );
        assert_ne!(recovery_digest(user, "K70P12AB34CD56E"), digest);
        assert_eq!(grouped("K70P12AB34CD56EF"), "K70P-12AB-34CD-56EF");
    }
}
