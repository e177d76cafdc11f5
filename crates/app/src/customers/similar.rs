//! Likely duplicates (CUS-06): the same name without punctuation, the same domain or external id.

use axum::Json;
use kit::call::Call;
use kit::choice;
use kit::conn::Sql;
use kit::list::{Query, contains};
use kit::resource::Resource;
use kit::{Id, Record, Result, sql, text};
use schemars::JsonSchema;
use serde::Serialize;

use super::Customer;

choice! {
    /// Why a customer looks like the one being typed.
    pub enum Reason {
        Name = "name" "The name is the same or nearly",
        Domain = "domain" "The domain is the same",
        ExternalId = "external_id" "The external id is the same",
    }
}

/// A customer that may be the one being typed.
#[derive(Serialize, JsonSchema)]
pub struct Similar {
    pub id: Id<Customer>,
    pub name: String,
    pub customer_id: String,
    pub reason: Reason,
    pub archived: bool,
}

#[derive(Record)]
struct Found {
    id: Id<Customer>,
    name: String,
    customer_id: String,
    archived: bool,
}

/// For who adds or changes a customer: those that may be the one being typed: `name`, `domain`, `external_id`; `except` leaves out
/// the record that is edited.
pub async fn customer_similar(mut call: Call, query: Query) -> Result<Json<Vec<Similar>>> {
    query.only(&["name", "domain", "external_id", "except"])?;
    call.allow::<Customer>("create")
        .or_else(|_| call.allow::<Customer>("update"))?;
    let scope = call.allow::<Customer>("read")?;
    let mut similar: Vec<Similar> = vec![];
    for (parameter, reason) in [
        ("external_id", Reason::ExternalId),
        ("name", Reason::Name),
        ("domain", Reason::Domain),
    ] {
        let value = query.get(parameter).unwrap_or_default().trim();
        if value.chars().count() < 3 {
            continue;
        }
        let mut sql = sql!(
            "select c.id as id, c.name as name, c.customer_id as customer_id, c.archived_at is not null as archived from customers c where c.deleted_at is null"
        );
        scope.filter(&mut sql, &Customer::list().scope);
        add(&mut sql, reason, value);
        sql.push(" order by c.name_key, c.id limit 20");
        for it in call.query::<Found>(sql).await? {
            let same = reason != Reason::Name || bare(&it.name) == bare(value);
            let except = query.get("except") == Some(it.id.to_string().as_str());
            if same && !except && !similar.iter().any(|known| known.id == it.id) {
                similar.push(Similar {
                    id: it.id,
                    name: it.name,
                    customer_id: it.customer_id,
                    reason,
                    archived: it.archived,
                });
            }
        }
    }
    similar.truncate(5);
    Ok(Json(similar))
}

fn add(sql: &mut Sql, reason: Reason, value: &str) {
    match reason {
        Reason::ExternalId => sql.and("c.external_id_key = ?", text::key(value)),
        // The longest word finds candidates; `bare` decides.
        Reason::Name => {
            let folded = text::search_text(value);
            let word = folded
                .split(|c: char| !c.is_alphanumeric())
                .max_by_key(|it| it.len())
                .unwrap_or_default();
            sql.and("c.search_text like ? escape '\\'", contains(word))
        }
        Reason::Domain => sql.and(
            "c.search_text like ? escape '\\'",
            contains(&text::search_text(value)),
        ),
    };
}

/// The search key without punctuation, and without the forms of companies, which people leave out.
fn bare(name: &str) -> String {
    const FORMS: [&str; 14] = [
        "gmbh", "ag", "ltd", "limited", "inc", "llc", "bv", "sa", "srl", "ab", "oy", "aps", "plc",
        "corp",
    ];
    let folded = text::search_text(name);
    let words = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|it| !it.is_empty());
    let kept: Vec<_> = words.clone().filter(|it| !FORMS.contains(it)).collect();
    if kept.is_empty() {
        words.collect()
    } else {
        kept.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_and_company_forms_do_not_matter() {
        assert_eq!(bare("Müller & Söhne GmbH"), bare("muller sohne"));
        assert_ne!(bare("Müller Nord"), bare("Müller Süd"));
        assert_eq!(bare("AG"), "ag");
    }
}
