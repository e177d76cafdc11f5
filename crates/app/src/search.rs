//! The command palette's search: anything by name, id or email (design console.md).

use axum::Json;
use kit::call::Call;
use kit::conn::{SearchPlan, Sql};
use kit::list::{List, Query, Reader, contains};
use kit::resource::Resource;
use kit::{Record, Result, text};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::customers::Customer;
use crate::devices::Device;
use crate::licences::Product;
use crate::people::{contact::Contact, role::Role, user::User};
use crate::tree::{Provider, Reseller, Site, Tenant};

/// Something found, and where to go.
#[derive(Record, Serialize, JsonSchema)]
pub struct Found {
    /// The list it belongs to, such as `customers`.
    #[serde(rename = "type")]
    pub kind: String,
    pub id: Uuid,
    pub title: String,
    pub subtitle: String,
    /// A state that is not normal, such as `archived`.
    pub badge: String,
}

/// How many of one kind are offered.
const EACH: i64 = 6;

/// Looks in every list the caller may read, by its folded search text.
pub async fn search_list(mut call: Call, query: Query) -> Result<Json<Vec<Found>>> {
    query.only(&["q"])?;
    let needle = text::search_text(query.get("q").unwrap_or_default());
    let mut found = vec![];
    if needle.is_empty() {
        return Ok(Json(found));
    }
    part::<Customer>(&mut call, &needle, &mut found, "select 'customers' as kind, c.id as id, c.name as title, c.customer_id as subtitle, case when c.archived_at is null then '' else 'archived' end as badge, c.name_key as sort_0 from ", "c.name_key like ? escape '\\'").await?;
    part::<Reseller>(&mut call, &needle, &mut found, "select 'resellers' as kind, r.id as id, r.name as title, p.name as subtitle, case when r.archived_at is null then '' else 'archived' end as badge, r.name_key as sort_0 from ", "r.name_key like ? escape '\\'").await?;
    part::<Provider>(&mut call, &needle, &mut found, "select 'providers' as kind, p.id as id, p.name as title, p.code as subtitle, '' as badge, p.name_key as sort_0 from ", "p.name_key like ? escape '\\'").await?;
    part::<Site>(&mut call, &needle, &mut found, "select 'sites' as kind, s.id as id, s.name as title, c.name as subtitle, '' as badge, s.name_key as sort_0 from ", "s.name_key like ? escape '\\'").await?;
    part::<Tenant>(&mut call, &needle, &mut found, "select 'tenants' as kind, t.id as id, t.name as title, c.name as subtitle, '' as badge, t.name_key as sort_0 from ", "t.name_key like ? escape '\\'").await?;
    part::<Contact>(&mut call, &needle, &mut found, "select 'contacts' as kind, k.id as id, trim(k.first_name || ' ' || k.last_name) as title, k.email as subtitle, '' as badge, k.name_key as sort_0 from ", "k.name_key like ? escape '\\'").await?;
    part::<User>(&mut call, &needle, &mut found, "select 'users' as kind, u.id as id, u.display_name as title, u.email as subtitle, '' as badge, u.name_key as sort_0 from ", "u.name_key like ? escape '\\'").await?;
    part::<Device>(&mut call, &needle, &mut found, "select 'devices' as kind, d.id as id, d.identifier as title, case when d.name = '' then pr.name else d.name end as subtitle, case when d.status = 'active' then '' else d.status end as badge, d.identifier_key as sort_0 from ", "d.identifier_key like ? escape '\\'").await?;
    part::<Product>(&mut call, &needle, &mut found, "select 'products' as kind, pr.id as id, pr.name as title, pr.code as subtitle, case when pr.status = 'complete' then '' else pr.status end as badge, pr.name_key as sort_0 from ", "pr.name_key like ? escape '\\'").await?;
    part::<Role>(&mut call, &needle, &mut found, "select 'roles' as kind, r.id as id, r.name as title, r.description as subtitle, '' as badge, r.name_key as sort_0 from ", "r.name_key like ? escape '\\'").await?;
    Ok(Json(found))
}

/// What begins with the needle comes first; then what contains it.
async fn part<T: Resource>(
    call: &mut Call,
    needle: &str,
    found: &mut Vec<Found>,
    select: &'static str,
    begins: &'static str,
) -> Result<()> {
    let Ok(scope) = call.allow::<T>("read") else {
        return Ok(());
    };
    let list: &List = T::list();
    // Customer-level callers find nothing by a name that they must not read (ACC-10).
    let reader = Reader::of(&call.caller);
    let Some(place) = list.search.filter(|_| list.searches(reader)) else {
        return Ok(());
    };
    let search = call.tx().search_plan(place.table, needle).await?;
    let base = |search: &SearchPlan, sql: &mut Sql| {
        search.from(sql);
        sql.push(list.from).push(" where ").push(list.always);
        scope.filter(sql, &list.scope);
    };
    let mut first = Sql::new(select);
    base(&SearchPlan::Walk, &mut first);
    let prefix = contains(needle);
    first.and(begins, prefix.trim_start_matches('%'));
    first.push(" order by sort_0, id limit ").bind(EACH);
    let mut hits: Vec<Found> = call.query(first).await?;
    if hits.len() < EACH as usize {
        let mut rest = Sql::new(select);
        base(search.sorted(), &mut rest);
        rest.push(" and ")
            .push(place.text)
            .push(" like ")
            .bind(contains(needle))
            .push(" escape '\\'");
        search.sorted().push(&mut rest, place.alias);
        rest.push(" order by sort_0, id limit ").bind(EACH * 2);
        let more: Vec<Found> = call.query(rest.slow()).await?;
        for it in more {
            if hits.len() < EACH as usize && !hits.iter().any(|hit| hit.id == it.id) {
                hits.push(it);
            }
        }
    }
    if call.caller.is_customer_level() && matches!(T::NAME, "tenants" | "sites") {
        for it in &mut hits {
            it.subtitle.clear();
        }
    }
    found.extend(hits);
    Ok(())
}
