//! The list engine. A resource declares its columns once; from that one table come filters, sorts,
//! keyset paging, search, counts, exports, the API document and the console's grid.
//!
//! The scope filter (TREE-05) is added here and nowhere else, so no list can be written without it.

mod column;
mod cursor;
mod filter;
mod query;
mod run;
mod seen;
mod statement;

pub use column::{Column, ColumnInfo, Kind, KindName, Labelled};
pub use filter::contains;
pub use query::{Count, Plan, Query};
pub use run::{Listing, PageInfo, check_references, run, search_plan};
pub use seen::{Reader, is_seen_inside, mask, seen, source, stand_in};
pub use statement::{Archived, count, export, page};

use uuid::Uuid;

use crate::access::{Scope, ScopeColumns};
use crate::conn::{Bind, Sql};
use crate::sql;

/// Default and largest number of rows of a page.
pub const LIMIT: usize = 50;
pub const MOST: usize = 200;
/// A capped count stops here (GRID-07).
pub const COUNT_CAP: i64 = 10_000;

/// How a resource is listed.
pub struct List {
    /// The resource's name, for messages and cursors.
    pub name: &'static str,
    /// What is selected, such as `s.*, c.name as customer_name`.
    pub select: &'static str,
    /// The tables with their joins, such as `sites s join customers c on …`.
    pub from: &'static str,
    /// A condition that always holds, such as `s.deleted_at is null`; or `true`.
    pub always: &'static str,
    /// The id's expression, the tie-break of every sort.
    pub id: &'static str,
    pub columns: &'static [Column],
    /// The sort when none is asked for, in the API's grammar.
    pub sort: &'static str,
    pub scope: ScopeColumns,
    /// The expression that is null while a record is not archived (GRID-08).
    pub archived: Option<&'static str>,
    pub search: Option<Search>,
    /// References that `expand=` turns into `{ "id", "name" }`: `("reseller", "reseller_id",
    /// "reseller_name")`.
    pub expand: &'static [(&'static str, &'static str, &'static str)],
}

/// Where substring search looks (GRID-03).
#[derive(Clone, Copy)]
pub struct Search {
    /// The table with a `search_text` column, the first of `from`, and its alias there.
    pub table: &'static str,
    pub alias: &'static str,
    /// The folded text's expression.
    pub text: &'static str,
}

impl List {
    /// Whether the reader may look for a text in it, which tells of all that is searched.
    pub fn searches(&self, reader: Reader) -> bool {
        let mut searched = self.columns.iter().filter(|it| it.searched);
        searched.all(|it| reader.asks_by(it))
    }

    /// One record by its id, if it lies in the scope.
    pub fn one(&self, scope: &Scope, id: Uuid) -> Sql {
        let mut sql = self.base(scope);
        sql.push(" and ").push(self.id).push(" = ").bind(id);
        sql
    }

    /// Those of these records that lie in the scope.
    pub fn some(&self, scope: &Scope, ids: impl IntoIterator<Item = Uuid>) -> Sql {
        let mut sql = self.base(scope);
        sql.and_in(self.id, ids.into_iter().map(Bind::to_value).collect());
        sql
    }

    /// `select … from … where … and (scope)`, to which a resource adds conditions of its own.
    pub fn base(&self, scope: &Scope) -> Sql {
        let mut sql = sql!("select ");
        sql.push(self.select)
            .push(" from ")
            .push(self.from)
            .push(" where ")
            .push(self.always);
        scope.filter(&mut sql, &self.scope);
        sql
    }

    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|it| it.name == name)
    }
}
