//! The bin: deleted customers, until they are purged (LIFE-03).

use kit::access::ScopeColumns;
use kit::list::{Column, List, Search};
use kit::resource::{Owner, Resource};
use kit::time::Instant;
use kit::{Id, Record};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::tree::{Provider, Reseller};

/// A customer in the bin.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Binned {
    pub id: Id<Binned>,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub reseller_name: Option<String>,
    pub name: String,
    pub customer_id: String,
    pub deleted_at: Instant,
    pub deleted_by: String,
    /// When it is removed for good.
    pub purge_at: Instant,
    pub version: i64,
}

const COLUMNS: &[Column] = &[
    Column::text("customer_id", "Customer ID", "c.customer_id_key")
        .keyed("c.customer_id_key")
        .shown()
        .searched()
        .width(120),
    Column::text("name", "Name", "c.name_key")
        .keyed("c.name_key")
        .shown()
        .searched()
        .width(280),
    Column::text("reseller_name", "Reseller", "r.name")
        .sorted_by("coalesce(r.name_key, '')")
        .shown()
        .width(180),
    Column::instant("deleted_at", "Deleted", "c.deleted_at")
        .sorted_by("coalesce(c.deleted_at, 0)")
        .shown()
        .width(160),
    Column::text("deleted_by", "Deleted by", "c.deleted_by")
        .sorted_by("c.deleted_by")
        .shown()
        .width(180),
    Column::instant("purge_at", "Purged on", "c.deleted_at + 2592000000000")
        .sorted_by("coalesce(c.deleted_at, 0)")
        .shown()
        .width(160),
    Column::id("id", "Id", "c.id"),
];

pub static LIST: List = List {
    name: "bin",
    select: "c.*, r.name as reseller_name, c.deleted_at + 2592000000000 as purge_at",
    from: "customers c left join resellers r on r.id = c.reseller_id",
    always: "c.deleted_at is not null",
    id: "c.id",
    columns: COLUMNS,
    sort: "-deleted_at",
    scope: ScopeColumns {
        provider: "c.provider_id = ?",
        reseller: "c.reseller_id = ?",
        customer: "",
    },
    archived: None,
    search: Some(Search {
        table: "customers",
        alias: "c",
        text: "c.search_text",
    }),
    expand: &[],
};

impl Resource for Binned {
    const NAME: &'static str = "bin";
    const ONE: &'static str = "bin";
    const PERMISSION: &'static str = "customers";
    fn list() -> &'static List {
        &LIST
    }
    fn id(&self) -> Uuid {
        self.id.uuid()
    }
    fn version(&self) -> i64 {
        self.version
    }
    fn title(&self) -> String {
        self.name.clone()
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid())
            .reseller(self.reseller_id.map(Id::uuid))
            .customer(self.id.uuid())
    }
}
