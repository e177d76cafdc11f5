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
fn conditions(plan: &Plan, scope: &Scope, search: &SearchPlan, sql: &mut Sql) {
    let list = plan.list;
    sql.push(" from ")
        .push(list.from)
        .push(" where ")
        .push(list.always);
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
        search.push(sql, place.alias, place.table);
    }
}

/// One page and one row more, which tells whether there is a next page.
pub fn page(plan: &Plan, scope: &Scope, search: &SearchPlan) -> Sql {
    let mut sql = sql!("select ");
    sql.push(plan.list.select);
    for (n, key) in KEYS.into_iter().enumerate() {
        let column = plan.sort.get(n).and_then(|it| it.0.sort);
        sql.push(", ")
            .push(column.unwrap_or("''"))
            .push(" as ")
            .push(key);
    }
    conditions(plan, scope, search, &mut sql);
    let backward = plan.cursor.as_ref().is_some_and(|it| it.backward);
    after_cursor(plan, backward, &mut sql);
    order(plan, backward, &mut sql);
    sql.push(" limit ")
        .bind(i64::try_from(plan.limit + 1).unwrap_or(i64::MAX));
    sql
}

/// Every row of a plan, for an export.
pub fn export(plan: &Plan, scope: &Scope, search: &SearchPlan) -> Sql {
    let mut sql = sql!("select ");
    sql.push(plan.list.select);
    conditions(plan, scope, search, &mut sql);
    order(plan, false, &mut sql);
    sql
}

/// The number of rows, at most `cap`.
pub fn count(plan: &Plan, scope: &Scope, search: &SearchPlan, cap: Option<i64>) -> Sql {
    let mut sql = sql!("select count(*) from (select 1 as one");
    conditions(plan, scope, search, &mut sql);
    if let Some(cap) = cap {
        sql.push(" limit ").bind(cap + 1);
    }
    sql.push(") counted");
    sql
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
