//! Passwords (ACC-02): which are taken, and how they are hashed without letting log-ins become the
//! overload (security.md 18).

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use kit::{Error, Result, State, secret};
use tokio::sync::Semaphore;

use crate::tree::policies::Limits;

/// In characters; the least is policy `password_min_length`.
pub const MOST: usize = 128;

/// The best known passwords, and the words that most others are made of.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Whether a password can be taken; the error is a sentence without a subject.
pub fn check(limits: &Limits, password: &str, email: &str) -> Result<(), String> {
    let (length, least) = (password.chars().count(), limits.password_min_length());
    if length < least {
        return Err(format!(
            "needs at least {least} characters; a sentence is easier to remember than a puzzle"
        ));
    }
    if length > MOST {
        return Err(format!(
            "has {length} characters; at most {MOST} are possible"
        ));
    }
    let lower = password.to_lowercase();
    if is_common(&lower) {
        return Err("is one of the passwords that are tried first; choose another".into());
    }
    if is_regular(&lower) {
        return Err("repeats itself or follows a row of keys or letters; choose another".into());
    }
    let own = email.split('@').next().unwrap_or_default().to_lowercase();
    if lower.contains("tenantry") || own.chars().count() >= 5 && lower.contains(&own) {
        return Err("contains this product's name or the account's own; choose another".into());
    }
    Ok(())
}

/// The same as an error of a field.
pub fn checked(limits: &Limits, password: &str, email: &str, pointer: &str) -> Result<()> {
    check(limits, password, email)
        .map_err(|message| Error::field(pointer, "weak_password", message))
}

/// A password that an admin sets for somebody else is typed twice (ACC-02).
pub fn typed_twice(password: &str, repeat: &str) -> Result<()> {
    if password == repeat {
        return Ok(());
    }
    Err(Error::field(
        "/password_repeat",
        "differs",
        "differs from the password; type both again",
    ))
}

/// Well known as it is, or one or two well known words with digits and signs around them.
fn is_common(lower: &str) -> bool {
    if COMMON.contains(lower) {
        return true;
    }
    let core: String = lower
        .trim_matches(|c: char| !c.is_alphabetic())
        .chars()
        .map(plain)
        .filter(|c| c.is_alphabetic())
        .collect();
    COMMON.contains(core.as_str())
        || core
            .char_indices()
            .skip(3)
            .any(|(at, _)| COMMON.contains(&core[..at]) && COMMON.contains(&core[at..]))
}

/// The letter that a sign stands for in `p@ssw0rd`.
fn plain(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        '7' => 't',
        c => c,
    }
}

/// Few different characters, the same again and again, or neighbours in the alphabet or on the keys.
fn is_regular(lower: &str) -> bool {
    const ROWS: [&str; 7] = [
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1234567890",
        "qwertzuiop",
        "yxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    ];
    let chars: Vec<char> = lower.chars().collect();
    let different: HashSet<char> = chars.iter().copied().collect();
    let repeats =
        (1..=chars.len() / 2).any(|unit| chars.iter().zip(&chars[unit..]).all(|(a, b)| a == b));
    let neighbours = |a: char, b: char| {
        u32::from(a).abs_diff(u32::from(b)) <= 1 || ROWS.iter().any(|row| beside(row, a, b))
    };
    let surprises = chars
        .windows(2)
        .filter(|it| !neighbours(it[0], it[1]))
        .count();
    different.len() < 5 || repeats || surprises <= 2
}

fn beside(row: &str, a: char, b: char) -> bool {
    let pairs = row.chars().zip(row.chars().skip(1));
    pairs
        .into_iter()
        .any(|pair| pair == (a, b) || pair == (b, a))
}

/// So many hashes at once: two, where that leaves a core to everybody else; a short queue behind them.
static AT_ONCE: LazyLock<usize> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).clamp(1, 2)
});
const WAITING: usize = 24;

struct Hashing {
    turns: Arc<Semaphore>,
    under_way: AtomicUsize,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(*AT_ONCE)),
            under_way: AtomicUsize::new(0),
        }
    }
}

/// A place in the queue, given back however the request ends.
struct Place(Arc<Hashing>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn run<T: Send + 'static>(
    state: &State,
    work: impl FnOnce(&Argon2<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let hashing = state.part::<Hashing>();
    let before = hashing.under_way.fetch_add(1, Ordering::AcqRel);
    let place = Place(hashing.clone());
    if before >= *AT_ONCE + WAITING {
        return Err(Error::Unavailable {
            detail: "Too many people are logging in at once. Try again in a moment.",
        });
    }
    let turn = hashing
        .turns
        .clone()
        .acquire_owned()
        .await
        .map_err(Error::internal)?;
    // The turn and the place go along: a request that is given up still takes the time.
    let outcome = tokio::task::spawn_blocking(move || {
        let _held = (turn, place);
        // 19 MiB, two passes, one lane.
        let params = Params::new(19 * 1024, 2, 1, None).map_err(Error::internal)?;
        work(&Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    });
    outcome.await.map_err(Error::internal)?
}

/// The password as a PHC string.
pub async fn hash(state: &State, password: String) -> Result<String> {
    run(state, move |argon| hashed(argon, &password)).await
}

fn hashed(argon: &Argon2<'_>, password: &str) -> Result<String> {
    let mut salt = [0; 16];
    secret::fill(&mut salt);
    let hash: PasswordHash = argon
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(Error::internal)?;
    Ok(hash.to_string())
}

/// Whether the password is the one; for an account without one, or none at all, the same work.
pub async fn verify(state: &State, password: String, hash: Option<String>) -> Result<bool> {
    run(state, move |argon| {
        let known = hash.filter(|it| !it.is_empty());
        let exists = known.is_some();
        let hash = match known {
            Some(it) => it,
            None => nobodys(argon)?,
        };
        let hash = PasswordHash::new(&hash).map_err(Error::internal)?;
        // Longer ones were never taken, and cost no more than any other.
        let fits = password.len() <= MOST * 4;
        let password = if fits { password.as_bytes() } else { b"" };
        Ok(argon.verify_password(password, &hash).is_ok() && exists && fits)
    })
    .await
}

/// A hash that no password has, made once.
fn nobodys(argon: &Argon2<'_>) -> Result<String> {
    static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    if let Some(it) = HASH.get() {
        return Ok(it.clone());
    }
    let made = hashed(argon, &secret::token())?;
    Ok(HASH.get_or_init(|| made).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, email: &str) -> Result<(), String> {
        super::check(&Limits::default(), password, email)
    }

    #[test]
    fn good_passwords_are_taken() {
        for good in [
            "purple giraffes drum at dawn",
            "Vf8#kQz2!mLp",
            "7 Brücken über den Fluss",
            "xk29-wpqm-44tz",
            "Mia likes 3 red boats",
        ] {
            assert_eq!(check(good, "mia.sol@example.org"), Ok(()), "{good}");
        }
        assert!(check(&"ab c1".repeat(25).replace('a', "xy"), "a@b.example").is_err());
    }

    #[test]
    fn weak_passwords_are_refused() {
        let weak = [
            "short",
            "password1234",
            "P@ssw0rd2024!",
            "correcthorsebatterystaple",
            "administrator!!",
            "Willkommen2026",
            "welcomeadmin99",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "123456789012",
            "qwertyuiopasd",
            "1qaz2wsx3edc",
            "ababcdcdabab",
            "my tenantry pass",
            "mia.sol loves it",
            "horsehorsehorse",
        ];
        for weak in weak {
            assert!(check(weak, "mia.sol@example.org").is_err(), "{weak}");
        }
        assert!(check(&"ä".repeat(129), "").is_err());
    }

    #[test]
    fn the_list_is_what_it_says() {
        assert!(COMMON.len() > 500);
        assert!(
            COMMON
                .iter()
                .filter(|it| it.chars().count() >= Limits::default().password_min_length())
                .count()
                > 300
        );
        assert!(COMMON.iter().all(|it| it.to_lowercase() == **it));
    }

    #[tokio::test]
    async fn hashes_verify_and_nobody_has_none() {
        let argon = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 1, 1, None).unwrap(),
        );
        let hash = hashed(&argon, "purple giraffes").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(
            argon
                .verify_password(b"purple giraffes", &PasswordHash::new(&hash).unwrap())
                .is_ok()
        );
        assert!(
            argon
                .verify_password(b"purple giraffe", &PasswordHash::new(&hash).unwrap())
                .is_err()
        );
        assert!(
            argon
                .verify_password(b"", &PasswordHash::new(&nobodys(&argon).unwrap()).unwrap())
                .is_err()
        );
    }
}
