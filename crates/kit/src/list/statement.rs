//! From a plan to SQL.

use super::filter::escape_like;
use super::query::Plan;
use crate::access::Scope;
use crate::conn::{Bind, SearchPlan, Sql};
use crate::sql;

/// Whether archived records are listed (GRID-08).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Archived {
    Without,
    With,
    Only,
}

/// The names of the selected sort keys.
pub const KEYS: [&str; 3] = ["sort_0", "sort_1", "sort_2"];

/// The conditions of a plan: everything but the cursor.
fn conditions(plan: &Plan, scope: &Scope, search: &SearchPlan, from: &'static str, sql: &mut Sql) {
    let list = plan.list;
    sql.push(" from ");
    search.from(sql);
    sql.push(from).push(" where ").push(list.always);
    scope.filter(sql, &list.scope);
    // Asking for records by id, or for those archived since, finds archived ones too.
    let asked = plan.ids.is_some()
        || plan
            .filters
            .iter()
            .any(|it| it.column.name == "archived_at" || it.column.name == "id");
    if let Some(archived) = list.archived {
        match plan.archived {
            Archived::Without if !asked => {
                sql.push(" and ").push(archived).push(" is null");
            }
            Archived::Only => {
                sql.push(" and ").push(archived).push(" is not null");
            }
            _ => {}
        }
    }
    if let Some(ids) = &plan.ids {
        sql.and_in(list.id, ids.iter().map(|it| it.to_value()).collect());
    }
    for filter in &plan.filters {
        filter.apply(sql);
    }
    if let Some(place) = list.search.filter(|_| !plan.needle.is_empty()) {
        sql.push(" and ")
            .push(place.text)
            .push(" like ")
            .bind(format!("%{}%", escape_like(&plan.needle)))
            .push(" escape '\\'");
        search.push(sql, place.alias);
    }
}

/// One page and one row more, which tells whether there is a next page.
///
/// The list's own sort has an index, which is walked as far as the page reaches. For another sort
/// all rows may have to be sorted: those are the ids alone, and only the page's are then read whole.
pub fn page(plan: &Plan, scope: &Scope, search: &SearchPlan) -> Sql {
    let mut sql = sql!("select ");
    sql.push(plan.list.select);
    let backward = plan.cursor.as_ref().is_some_and(|it| it.backward);
    for (n, key) in KEYS.into_iter().enumerate() {
        let column = plan.sort.get(n).and_then(|it| it.0.sort);
        sql.push(", ")
            .push(column.unwrap_or("''"))
            .push(" as ")
            .push(key);
    }
    let (list, whole) = (plan.list, is_own_sort(plan));
    if !whole {
        sql.push(" from ").push(list.from).push(" where ");
        sql.push(list.id).push(" in (select ").push(list.id);
    }
    conditions(plan, scope, search.sorted(), list.from, &mut sql);
    after_cursor(plan, backward, &mut sql);
    order(plan, backward, &mut sql);
    limit(plan.limit, &mut sql);
    if !whole {
        sql.push(")");
        order(plan, backward, &mut sql);
    }
    sql
}

/// The usual limits stand in the text: for one that it does not know, PostgreSQL would plan each page
/// anew, which takes longer than reading it.
fn limit(rows: usize, sql: &mut Sql) {
    match rows {
        25 => sql.push(" limit 26"),
        50 => sql.push(" limit 51"),
        100 => sql.push(" limit 101"),
        200 => sql.push(" limit 201"),
        _ => sql
            .push(" limit ")
            .bind(i64::try_from(rows + 1).unwrap_or(i64::MAX)),
    };
}

/// Whether a plan's first sort is the one the list has when none is asked for.
fn is_own_sort(plan: &Plan) -> bool {
    let own = plan.list.sort.split(',').next().unwrap_or_default();
    let first = plan.sort.first().map(|it| it.0.name);
    first == Some(own.trim_start_matches('-'))
}

/// Every row of a plan, for an export.
pub fn export(plan: &Plan, scope: &Scope, search: &SearchPlan) -> Sql {
    let mut sql = sql!("select ");
    sql.push(plan.list.select);
    conditions(plan, scope, search.sorted(), plan.list.from, &mut sql);
    order(plan, false, &mut sql);
    sql
}

/// The number of rows; capped it stops one beyond [`COUNT_CAP`](super::COUNT_CAP).
pub fn count(plan: &Plan, scope: &Scope, search: &SearchPlan, capped: bool) -> Sql {
    let mut sql = sql!("select count(*) from (select 1 as one");
    conditions(plan, scope, search, counted(plan), &mut sql);
    if capped {
        const { assert!(super::COUNT_CAP == 10_000) };
        sql.push(" limit 10001");
    }
    sql.push(") counted");
    sql
}

/// The tables to count in: the first alone where the others are only looked up (`left join`) and no
/// filter asks for them.
fn counted(plan: &Plan) -> &'static str {
    let list = plan.list;
    let Some((first, others)) = list.from.split_once(" left join ") else {
        return list.from;
    };
    let is_joined =
        first.contains(" join ") || others.replace(" left join ", "").contains(" join ");
    let alias = first.rsplit(' ').next().unwrap_or_default();
    let is_own = |sql: &str| {
        let column = sql.strip_prefix(alias).and_then(|it| it.strip_prefix('.'));
        column.is_some_and(|it| !it.contains(['.', '(']))
    };
    let scope = [
        list.scope.provider,
        list.scope.reseller,
        list.scope.customer,
    ];
    let all_own = scope.iter().all(|it| it.is_empty() || is_own(it))
        && plan.filters.iter().all(|it| is_own(it.column.sql));
    if is_joined || !all_own {
        return list.from;
    }
    first
}

fn order(plan: &Plan, backward: bool, sql: &mut Sql) {
    sql.push(" order by ");
    for (column, descending) in &plan.sort {
        sql.push(column.sort.unwrap_or("''"))
            .push(if *descending != backward {
                " desc, "
            } else {
                ", "
            });
    }
    sql.push(plan.list.id)
        .push(if last_descends(plan) != backward {
            " desc"
        } else {
            ""
        });
}

/// The id breaks ties in the direction of the last column, so that a sort by one column is one
/// range of one index.
fn last_descends(plan: &Plan) -> bool {
    plan.sort.last().is_some_and(|it| it.1)
}

fn after_cursor(plan: &Plan, backward: bool, sql: &mut Sql) {
    let Some(cursor) = &plan.cursor else { return };
    let mut parts: Vec<(&'static str, bool, crate::conn::Value)> = vec![];
    for ((column, descending), key) in plan.sort.iter().zip(&cursor.keys) {
        parts.push((
            column.sort.unwrap_or("''"),
            *descending != backward,
            key.value(column.kind),
        ));
    }
    parts.push((
        plan.list.id,
        last_descends(plan) != backward,
        cursor.id.to_value(),
    ));
    let uniform = parts.iter().all(|it| it.1 == parts[0].1);
    if uniform {
        sql.push(" and (");
        for (n, (expression, ..)) in parts.iter().enumerate() {
            sql.push(if n > 0 { ", " } else { "" }).push(expression);
        }
        sql.push(if parts[0].1 { ") < (" } else { ") > (" });
        for (n, (.., value)) in parts.into_iter().enumerate() {
            sql.push(if n > 0 { ", " } else { "" }).bind(value);
        }
        sql.push(")");
        return;
    }
    // Mixed directions have no row value: a > 1 or (a = 1 and b < 2) or …
    sql.push(" and (false");
    for last in 0..parts.len() {
        sql.push(" or (true");
        for (n, (expression, descends, value)) in parts.iter().take(last + 1).enumerate() {
            let sign = if n < last {
                " = "
            } else if *descends {
                " < "
            } else {
                " > "
            };
            sql.push(" and ")
                .push(expression)
                .push(sign)
                .bind(value.clone());
        }
        sql.push(")");
    }
    sql.push(")");
}
