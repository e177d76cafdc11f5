//! A list request, run: a constant number of statements, whatever the size of the page.

use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::COUNT_CAP;
use super::column::Kind;
use super::cursor::{Cursor, Key};
use super::query::{Count, Plan};
use super::seen::{seen, stand_in};
use super::statement::{self, KEYS};
use crate::access::Scope;
use crate::call::Call;
use crate::conn::{Bind, Record, Row, SearchPlan, concat};
use crate::error::{Error, Result};
use crate::event::object;
use crate::resource::Resource;

/// Where a page lies.
#[derive(Serialize, JsonSchema, Debug, Clone)]
pub struct PageInfo {
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
    /// The cursor of the page before; null on the first.
    pub prev: Option<String>,
    /// How many match; null unless asked for with `count`.
    pub count: Option<i64>,
    /// False: there are more than `count`.
    pub count_is_exact: Option<bool>,
}

/// A page of records.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    pub items: Vec<T>,
    pub page: PageInfo,
}

/// The answer of a list: whole records, or only what was asked for or may be seen.
pub enum Listing<T> {
    Whole(Page<T>),
    Part(Page<Map<String, Json>>),
}

impl<T: Serialize> IntoResponse for Listing<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Whole(page) => axum::Json(page).into_response(),
            Self::Part(page) => axum::Json(page).into_response(),
        }
    }
}

impl<T: Serialize + JsonSchema> aide::OperationOutput for Listing<T> {
    type Inner = Page<T>;
    fn operation_response(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Option<aide::openapi::Response> {
        <axum::Json<Page<T>> as aide::OperationOutput>::operation_response(ctx, operation)
    }
    fn inferred_responses(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Vec<(Option<aide::openapi::StatusCode>, aide::openapi::Response)> {
        <axum::Json<Page<T>> as aide::OperationOutput>::inferred_responses(ctx, operation)
    }
}

/// A row with the values it was sorted by.
struct Keyed<T> {
    row: T,
    keys: [Key; KEYS.len()],
}

impl<T: Record> Keyed<T> {
    /// Room for the widest record; [`Record::COLUMNS`] takes what is used of it.
    const NAMES: &'static [&'static str; 128] = &concat(&[T::COLUMNS, &KEYS]);
}

impl<T: Record> Record for Keyed<T> {
    const COLUMNS: &'static [&'static str] = Self::NAMES.split_at(T::COLUMNS.len() + KEYS.len()).0;

    fn read(row: &mut Row<'_>) -> crate::conn::Result<Self> {
        Ok(Self {
            row: T::read(row)?,
            keys: [row.column()?, row.column()?, row.column()?],
        })
    }
}

pub async fn run<T: Resource>(call: &mut Call, scope: &Scope, plan: Plan) -> Result<Listing<T>> {
    check_references(call, scope, &plan).await?;
    let search = search_plan(call, &plan).await?;
    let sql = statement::page(&plan, scope, &search);
    let mut rows: Vec<Keyed<T>> = call.query(sql).await?;
    let more = rows.len() > plan.limit;
    rows.truncate(plan.limit);
    let backward = plan.cursor.as_ref().is_some_and(|it| it.backward);
    if backward {
        rows.reverse();
    }
    let cursor = |row: Option<&Keyed<T>>, backward: bool| {
        row.map(|it| {
            Cursor {
                fingerprint: plan.fingerprint.clone(),
                backward,
                keys: it.keys[..plan.sort.len()].to_vec(),
                id: it.row.id(),
            }
            .encode()
        })
    };
    let has_next = more || backward;
    let has_prev = if backward {
        more
    } else {
        plan.cursor.is_some()
    };
    let (count, count_is_exact) = match plan.count {
        Count::None => (None, None),
        Count::Exact => (
            Some(
                call.count(statement::count(&plan, scope, &search, false))
                    .await?,
            ),
            Some(true),
        ),
        Count::Capped => {
            let count = call
                .count(statement::count(&plan, scope, &search, true))
                .await?;
            (Some(count.min(COUNT_CAP)), Some(count <= COUNT_CAP))
        }
    };
    let page = PageInfo {
        next: has_next.then(|| cursor(rows.last(), false)).flatten(),
        prev: has_prev.then(|| cursor(rows.first(), true)).flatten(),
        count,
        count_is_exact,
    };
    let items: Vec<T> = rows.into_iter().map(|it| it.row).collect();
    let seen = seen(plan.list, &call.caller);
    if plan.fields.is_none() && plan.expand.is_empty() && seen.is_none() {
        return Ok(Listing::Whole(Page { items, page }));
    }
    let shown = |name: &str| seen.as_ref().is_none_or(|seen| seen(name));
    let items = items
        .iter()
        .map(|it| {
            let mut fields = object(it);
            stand_in(plan.list, &call.caller, &mut fields);
            reduce(fields, &plan, &shown)
        })
        .collect();
    Ok(Listing::Part(Page { items, page }))
}

fn reduce(
    mut all: Map<String, Json>,
    plan: &Plan,
    shown: &impl Fn(&str) -> bool,
) -> Map<String, Json> {
    for (name, id, label) in &plan.expand {
        let expanded = match all.get(*id) {
            None | Some(Json::Null) => Json::Null,
            Some(id) => serde_json::json!({ "id": id, "name": all.get(*label) }),
        };
        all.insert((*name).into(), expanded);
    }
    let kept = |name: &str| {
        let expanded = plan.expand.iter().any(|it| it.0 == name && shown(it.1));
        let asked = plan
            .fields
            .as_ref()
            .is_none_or(|fields| fields.contains(&name) || name == "id");
        expanded || asked && shown(name)
    };
    all.retain(|name, _| kept(name));
    all
}

/// An id in a filter that is not visible is the same error as one that does not exist.
pub async fn check_references(call: &mut Call, scope: &Scope, plan: &Plan) -> Result<()> {
    for filter in &plan.filters {
        let Kind::Reference(to) = filter.column.kind else {
            continue;
        };
        if filter.references.is_empty() {
            continue;
        }
        let found: Vec<(Uuid,)> = call.query(ids_of(to(), scope, &filter.references)).await?;
        if filter
            .references
            .iter()
            .any(|it| !found.iter().any(|(id,)| id == it))
        {
            return Err(Error::bad_request(
                "unknown_reference",
                format!(
                    "The filter {} names something that does not exist.",
                    filter.column.name
                ),
            ));
        }
    }
    Ok(())
}

fn ids_of(list: &super::List, scope: &Scope, ids: &[Uuid]) -> crate::conn::Sql {
    let mut sql = crate::sql!("select ");
    sql.push(list.id)
        .push(" from ")
        .push(list.from)
        .push(" where ")
        .push(list.always);
    scope.filter(&mut sql, &list.scope);
    sql.and_in(list.id, ids.iter().map(|it| it.to_value()).collect());
    sql
}

pub async fn search_plan(call: &mut Call, plan: &Plan) -> Result<SearchPlan> {
    match plan.list.search.filter(|_| !plan.needle.is_empty()) {
        None => Ok(SearchPlan::Walk),
        Some(place) => Ok(call.tx().search_plan(place.table, &plan.needle).await?),
    }
}
