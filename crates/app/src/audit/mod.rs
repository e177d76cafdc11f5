//! The audit log (AUD-01…05): written by [`kit::call::Call::commit`] with every change, read here, and sealed.

mod checkpoints;
mod feed;
mod key;
mod seal;
mod verify;

pub use checkpoints::{Checkpoints, read as read_checkpoints};
pub use feed::event_list;
pub use key::{Keys, Verifying};
pub use seal::{run as seal_all, seal};
pub use verify::{Fault, Verified, What, verify};

use kit::access::{ScopeColumns, Source};
use kit::conn::JsonOf;
use kit::event::{Change, SeenInside};
use kit::list::{Column, List};
use kit::resource::{Owner, Resource};
use kit::time::Instant;
use kit::{Id, Record};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::tree::customer_list;

/// One thing that somebody did to one object.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct AuditEvent {
    pub id: Id<AuditEvent>,
    pub at: Instant,
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub customer_name: Option<String>,
    pub actor_id: Uuid,
    /// Who did it.
    pub actor_name: String,
    /// What people inside a customer read instead: of others than themselves only who manages them
    /// (ACC-13, ONB-13).
    pub actor_name_inside: String,
    /// The customer as whose admin they worked, coming from above it (ACC-13).
    pub on_behalf_of: Option<Uuid>,
    pub source: Source,
    pub request_id: String,
    pub address: String,
    /// The kind of object, such as `customers`.
    pub object_type: String,
    pub object_id: Uuid,
    pub object_name: String,
    /// What people inside a customer read instead: never its name (ACC-10).
    pub object_name_inside: String,
    pub action: String,
    /// The changed fields with their values before and after.
    #[schemars(with = "Vec<Change>")]
    pub changes: JsonOf<Vec<Change>>,
    /// What people inside a customer read of them (ACC-10).
    #[schemars(with = "Vec<Change>")]
    pub changes_inside: SeenInside,
    pub reason: String,
    pub job_id: Option<Uuid>,
}

const COLUMNS: &[Column] = &[
    Column::instant("at", "When", "e.at")
        .shown()
        .customer()
        .width(160),
    Column::text("actor_name", "Who", "e.actor_name")
        .sorted_by("e.actor_name")
        .shown()
        .inside("actor_name_inside")
        .width(170),
    Column::text("action", "Action", "e.action")
        .sorted_by("e.action")
        .shown()
        .customer()
        .width(110),
    Column::text("object_type", "Object type", "e.object_type")
        .sorted_by("e.object_type")
        .shown()
        .customer()
        .width(120),
    Column::text("object_name", "Object", "e.object_name")
        .inside("object_name_inside")
        .shown()
        .width(220),
    // A JSON list in the table: `field=name` finds events that changed the name.
    Column::list("field", "Changed field", "e.fields")
        .shown()
        .width(260),
    Column::reference(
        "customer_id",
        "Customer",
        "e.customer_id",
        customer_list,
        "customer_name",
    )
    .shown()
    .width(200),
    Column::choice("source", "Source", "e.source", Source::ALL)
        .shown()
        .customer()
        .width(110),
    Column::text("reason", "Reason", "e.reason").customer(),
    Column::text("request_id", "Request id", "e.request_id").customer(),
    Column::text("address", "Address", "e.address"),
    Column::id("object_id", "Object id", "e.object_id").customer(),
    Column::id("actor_id", "Actor id", "e.actor_id"),
    Column::id("on_behalf_of", "On behalf of", "e.on_behalf_of"),
    Column::id("job_id", "Job", "e.job_id"),
    Column::id("provider_id", "Provider id", "e.provider_id"),
    Column::id("id", "Id", "e.id").customer(),
    Column::list("changes", "Changes", "e.changes")
        .plain()
        .inside("changes_inside"),
];

pub static LIST: List = List {
    name: "audit_events",
    select: "e.*, c.name as customer_name, e.changes as changes_inside, \
        case when p.show_customer_name or e.object_type <> 'customers' and e.object_name <> c.name then e.object_name else coalesce(d.name, '') end as object_name_inside, \
        case when a.customer_id = e.customer_id then e.actor_name else coalesce(m.name, p.name, '') end as actor_name_inside",
    from: "audit_events e left join customers c on c.id = e.customer_id left join providers p on p.id = e.provider_id left join resellers m on m.id = e.reseller_id left join tenants d on d.customer_id = e.customer_id and d.is_default left join users a on a.id = e.actor_id",
    always: "true",
    id: "e.id",
    columns: COLUMNS,
    sort: "-at",
    scope: ScopeColumns {
        provider: "e.provider_id = ?",
        reseller: "e.reseller_id = ?",
        customer: "e.customer_id = ?",
    },
    archived: None,
    search: None,
    expand: &[],
};

impl Resource for AuditEvent {
    const NAME: &'static str = "audit_events";
    const ONE: &'static str = "audit_event";
    const PERMISSION: &'static str = "audit";

    fn list() -> &'static List {
        &LIST
    }
    fn id(&self) -> Uuid {
        self.id.uuid()
    }
    fn version(&self) -> i64 {
        1
    }
    fn title(&self) -> String {
        self.object_name.clone()
    }
    fn owner(&self) -> Owner {
        Owner::of(self.provider_id, self.reseller_id, self.customer_id)
    }
}
