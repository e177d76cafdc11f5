//! Customer ids, generated from the provider's pattern (spec 2.1): literal text, one `{0…0}` of
//! minimum width, `{yyyy}`.

use std::collections::HashSet;

use kit::call::Call;
use kit::conn::Bind;
use kit::text::{self, Line};
use kit::time::TimeZone;
use kit::{Error, Result, sql};

use super::store::NewCustomer;
use crate::tree::Provider;

pub const DEFAULT_PATTERN: &str = "C-{000001}";

/// Checks a pattern; the error is a sentence without a subject.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    let mut rest = pattern;
    let mut numbers = 0;
    while let Some(start) = rest.find(['{', '}']) {
        let inside = rest[start..]
            .strip_prefix('{')
            .and_then(|it| it.split_once('}'));
        let Some((inside, after)) = inside else {
            return Err("has a brace without its partner".into());
        };
        match inside {
            "yyyy" => {}
            it if is_number(it) => numbers += 1,
            _ => {
                return Err(format!(
                    "has {{{}}}; only {{yyyy}} and a number such as {{000001}} are known",
                    text::clip(inside, 20)
                ));
            }
        }
        rest = after;
    }
    if numbers == 1 {
        Ok(())
    } else {
        Err("needs one number such as {000001}".into())
    }
}

fn is_number(inside: &str) -> bool {
    !inside.is_empty() && inside.len() <= 18 && inside.bytes().all(|it| it.is_ascii_digit())
}

fn format(pattern: &str, year: i16, number: i64) -> String {
    let mut out = String::new();
    for part in pattern.split('{') {
        match part.split_once('}') {
            None => out.push_str(part),
            Some((inside, after)) => {
                if inside == "yyyy" {
                    out.push_str(&format!("{year:04}"));
                } else {
                    out.push_str(&format!("{number:0width$}", width = inside.len()));
                }
                out.push_str(after);
            }
        }
    }
    out
}

/// The customer ids of new customers: those typed, and generated ones for the rest. Typed ids are
/// skipped; gaps are allowed.
pub async fn fill(
    call: &mut Call,
    provider: &Provider,
    new: &[NewCustomer],
) -> Result<Vec<Line<100>>> {
    let typed: HashSet<String> = new
        .iter()
        .filter(|it| !it.input.customer_id.is_empty())
        .map(|it| text::key(&it.input.customer_id))
        .collect();
    let missing = new.len()
        - new
            .iter()
            .filter(|it| !it.input.customer_id.is_empty())
            .count();
    let mut generated = vec![];
    let mut tries = 0;
    while generated.len() < missing {
        tries += 1;
        if tries > 100 {
            return Err(Error::conflict(
                "no_customer_id",
                "No customer id is free with this pattern; change it in the provider's settings.",
            ));
        }
        let wanted = i64::try_from(missing - generated.len()).unwrap_or(i64::MAX);
        let (next,): (i64,) = call
            .query_one(sql!("update customer_numbers set next = next + $1 where provider_id = $2 returning next", wanted, provider.id))
            .await?;
        let candidates: Vec<String> = (next - wanted..next)
            .map(|number| numbered(call, provider, number))
            .collect();
        let taken = taken(call, provider, &candidates).await?;
        generated.extend(candidates.into_iter().filter(|it| {
            let key = text::key(it);
            !taken.contains(&key) && !typed.contains(&key)
        }));
    }
    let mut generated = generated.into_iter();
    let ids = new.iter().map(|it| match it.input.customer_id.is_empty() {
        false => Ok(it.input.customer_id.clone()),
        true => Line::parse(&generated.next().unwrap_or_default())
            .map_err(|it| Error::field("/customer_id", "invalid", it)),
    });
    ids.collect()
}

/// The id that the provider's next customer gets, unless that one is typed by somebody.
pub async fn next(call: &mut Call, provider: &Provider) -> Result<String> {
    let (next,): (i64,) = call
        .query_one(sql!(
            "select next from customer_numbers where provider_id = $1",
            provider.id
        ))
        .await?;
    Ok(numbered(call, provider, next))
}

fn numbered(call: &Call, provider: &Provider, number: i64) -> String {
    let zone = provider
        .input
        .time_zone
        .clone()
        .unwrap_or_else(TimeZone::utc);
    let year = jiff::tz::TimeZone::get(zone.as_str())
        .unwrap_or(jiff::tz::TimeZone::UTC)
        .to_datetime(call.now.timestamp())
        .year();
    format(provider.customer_id_pattern(), year, number)
}

async fn taken(
    call: &mut Call,
    provider: &Provider,
    candidates: &[String],
) -> Result<HashSet<String>> {
    let mut sql = sql!(
        "select customer_id_key from customers where provider_id = $1",
        provider.id
    );
    sql.and_in(
        "customer_id_key",
        candidates
            .iter()
            .map(|it| text::key(it).to_value())
            .collect(),
    );
    let taken: Vec<(String,)> = call.query(sql).await?;
    Ok(taken.into_iter().map(|(it,)| it).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(check_pattern(DEFAULT_PATTERN).is_ok());
        assert!(check_pattern("{yyyy}/{0001}-X").is_ok());
        for bad in ["", "C-", "{1}{2}", "{month}-{1}", "C-{0001", "C-}1{", "{}"] {
            assert!(check_pattern(bad).is_err(), "{bad}");
        }
        assert_eq!(format("{yyyy}/K{0001}", 2026, 37), "2026/K0037");
        assert_eq!(format("C-{000001}", 2026, 12_345_678), "C-12345678");
    }
}
