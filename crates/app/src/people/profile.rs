//! The caller's own account, as far as it changes it itself.

use kit::access::ScopeColumns;
use kit::body::Edit;
use kit::call::Call;
use kit::event::Event;
use kit::list::{Column, List};
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Name};
use kit::time::{Instant, TimeZone};
use kit::web::Versioned;
use kit::{Columns, Error, Id, Record, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::user::User;
use crate::values::Language;

/// One's own account.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Profile {
    pub id: Id<User>,
    pub email: String,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: ProfileInput,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    #[serde(skip)]
    provider_id: Option<Uuid>,
    #[serde(skip)]
    reseller_id: Option<Uuid>,
    #[serde(skip)]
    customer_id: Option<Uuid>,
}

/// What people change of their own account.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct ProfileInput {
    pub display_name: Name,
    /// Inherited when unset.
    #[serde(default)]
    pub language: Option<Language>,
    /// Inherited when unset.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
}

const COLUMNS: &[Column] = &[
    Column::text("email", "Email", "").plain().customer(),
    Column::text("display_name", "Name", "").plain().customer(),
    Column::choice("language", "Language", "", Language::ALL)
        .plain()
        .customer(),
    Column::text("time_zone", "Time zone", "")
        .plain()
        .customer(),
    Column::instant("created_at", "Added", "")
        .plain()
        .customer(),
    Column::instant("updated_at", "Modified", "")
        .plain()
        .customer(),
];

/// No list: everybody sees their own only.
static LIST: List = List {
    name: "profile",
    select: "u.*",
    from: "users u",
    always: "true",
    id: "u.id",
    columns: COLUMNS,
    sort: "",
    scope: ScopeColumns {
        provider: "",
        reseller: "",
        customer: "",
    },
    archived: None,
    search: None,
    expand: &[],
};

impl Resource for Profile {
    const NAME: &'static str = "profile";
    const ONE: &'static str = "profile";
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
        self.input.display_name.to_string()
    }
    fn owner(&self) -> Owner {
        Owner::of(self.provider_id, self.reseller_id, self.customer_id)
    }
}

impl Editable for Profile {
    type Input = ProfileInput;
    const TABLE: &'static str = "users";
}

/// The caller's own account.
pub async fn profile_view(mut call: Call) -> Result<Versioned<Profile>> {
    own(&mut call).await.map(Versioned)
}

/// Changes the caller's own account.
pub async fn profile_update(mut call: Call, edit: Edit<Profile>) -> Result<Versioned<Profile>> {
    let before = own(&mut call).await?;
    call.match_version(&before)?;
    let input = edit.apply(&before)?;
    let mut set = input.set();
    set.push((
        "name_key",
        kit::conn::Bind::to_value(text::key(&input.display_name)),
    ));
    set.push((
        "search_text",
        kit::conn::Bind::to_value(text::search_lines([
            input.display_name.as_str(),
            &before.email,
        ])),
    ));
    let mut sql = store::assign("users", call.now, set);
    sql.and("id = ?", before.id)
        .and("version = ?", before.version);
    let changed = call.execute(sql).await?;
    let after = own(&mut call).await?;
    if changed == 0 {
        return Err(call.stale(&after));
    }
    let event = Event {
        object_type: User::NAME,
        ..Event::changed("update", &before, &after)
    };
    call.changed(after, event).await
}

async fn own(call: &mut Call) -> Result<Profile> {
    let user = call.caller.user_id;
    call.query_optional(sql!("select * from users where id = $1", user))
        .await?
        .ok_or(Error::NotFound)
}
