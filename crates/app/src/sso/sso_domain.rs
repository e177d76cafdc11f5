//! Who an email domain belongs to: whoever enters one says that it is theirs, and the platform's admins
//! vouch for it. Until then nobody is sent there to log in, and no account is made (IDP-01).

use std::collections::HashSet;

use kit::access::{Place, ScopeColumns};
use kit::call::Call;
use kit::choice;
use kit::conn::{Bind, Db, Kind};
use kit::error::OnConstraint;
use kit::list::{Column, List};
use kit::resource::{Editable, Owner, Resource};
use kit::time::Instant;
use kit::web::{At, Versioned};
use kit::{Columns, Error, Id, Record, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sso_provider::{self, SsoProvider, end_sessions, provider_list};
use crate::tree::Provider;
use crate::values::Domain;

choice! {
    /// Whether people log in by an email domain.
    pub enum DomainState {
        Waiting = "waiting" "Waiting",
        Approved = "approved" "Approved",
        Refused = "refused" "Refused",
    }
}

/// An email domain of an SSO provider.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct SsoDomain {
    pub id: Id<SsoDomain>,
    pub provider_id: Id<Provider>,
    pub provider_name: String,
    pub sso_provider_id: Id<SsoProvider>,
    pub sso_provider_name: String,
    pub domain: String,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: SsoDomainState,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What the platform's admins decide about an email domain.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct SsoDomainState {
    pub state: DomainState,
}

const COLUMNS: &[Column] = &[
    Column::text("domain", "Email domain", "d.domain")
        .sorted_by("d.domain")
        .shown()
        .width(220),
    Column::choice("state", "State", "d.state", DomainState::ALL)
        .shown()
        .width(110),
    Column::reference(
        "provider_id",
        "Provider",
        "d.provider_id",
        provider_list,
        "provider_name",
    )
    .sorted_by("p.name_key")
    .shown()
    .width(200),
    Column::reference(
        "sso_provider_id",
        "Single sign-on",
        "d.sso_provider_id",
        sso_provider_list,
        "sso_provider_name",
    )
    .shown()
    .width(200),
    Column::instant("created_at", "Added", "d.created_at")
        .shown()
        .width(150),
    Column::instant("updated_at", "Modified", "d.updated_at").width(150),
    Column::id("id", "Id", "d.id"),
];

fn sso_provider_list() -> &'static List {
    &sso_provider::LIST
}

pub static LIST: List = List {
    name: "sso_domains",
    select: "d.*, p.name as provider_name, s.name as sso_provider_name",
    from: "sso_domains d join providers p on p.id = d.provider_id join sso_providers s on s.id = d.sso_provider_id",
    always: "true",
    id: "d.id",
    columns: COLUMNS,
    sort: "domain",
    scope: ScopeColumns {
        provider: "d.provider_id = ?",
        reseller: "",
        customer: "",
    },
    archived: None,
    search: None,
    expand: &[],
};

impl Resource for SsoDomain {
    const NAME: &'static str = "sso_domains";
    const ONE: &'static str = "sso_domain";
    const PERMISSION: &'static str = "settings";
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
        self.domain.clone()
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid())
    }
}

impl Editable for SsoDomain {
    type Input = SsoDomainState;
    const TABLE: &'static str = "sso_domains";
}

/// Lets people log in by this email domain: only the platform's admins, for one SSO provider.
pub async fn sso_domain_approve(call: Call, at: At<SsoDomain>) -> Result<Versioned<SsoDomain>> {
    decide(call, at, "approve", DomainState::Approved).await
}

/// Lets nobody log in by this email domain, or nobody any more: then those who did are logged out.
pub async fn sso_domain_refuse(call: Call, at: At<SsoDomain>) -> Result<Versioned<SsoDomain>> {
    decide(call, at, "refuse", DomainState::Refused).await
}

async fn decide(
    mut call: Call,
    At(id): At<SsoDomain>,
    action: &'static str,
    state: DomainState,
) -> Result<Versioned<SsoDomain>> {
    let scope = call.allow::<SsoDomain>("update")?;
    if !scope.is_everywhere() {
        return Err(Error::Forbidden {
            detail: "Only the platform's admins decide about email domains.".into(),
        });
    }
    let before = call.find(&scope, id).await?;
    if before.input.state == state {
        return Ok(Versioned(before));
    }
    if before.input.state == DomainState::Approved {
        end_sessions(&mut call, before.sso_provider_id).await?;
    }
    let set = vec![("state", state.to_value())];
    let after = told(store::save(&mut call, &scope, &before, set).await)?;
    call.updated(action, &before, after).await
}

/// Whether what this caller enters needs nobody else's word.
fn vouches(call: &Call) -> bool {
    let rights = call.caller.permissions_at(Place::Platform);
    rights.has("settings", "update")
}

/// Writes the email domains of an SSO provider: those that stay keep their state.
pub async fn write(
    call: &mut Call,
    id: Id<SsoProvider>,
    owner: Place,
    domains: &[Domain],
) -> Result<()> {
    let known: Vec<(Id<SsoDomain>, String, DomainState)> = call
        .query(sql!(
            "select id, domain, state from sso_domains where sso_provider_id = $1",
            id
        ))
        .await?;
    let wanted: HashSet<_> = domains.iter().map(Domain::as_str).collect();
    let gone: Vec<_> = known
        .iter()
        .filter(|it| !wanted.contains(it.1.as_str()))
        .collect();
    if gone.iter().any(|it| it.2 == DomainState::Approved) {
        end_sessions(call, id).await?;
    }
    if !gone.is_empty() {
        let mut sql = sql!("delete from sso_domains where true");
        sql.and_in("id", gone.iter().map(|it| it.0.to_value()).collect());
        call.execute(sql).await?;
    }
    let state = match vouches(call) {
        true => DomainState::Approved,
        false => DomainState::Waiting,
    };
    let new = domains
        .iter()
        .filter(|it| !known.iter().any(|known| known.1 == it.as_str()));
    let row = |it: &Domain| {
        vec![
            Id::<SsoDomain>::new(call.now).to_value(),
            owner.provider().to_value(),
            id.to_value(),
            it.as_str().to_value(),
            state.to_value(),
            1_i64.to_value(),
            call.now.to_value(),
            call.now.to_value(),
        ]
    };
    let rows = new.map(row).collect();
    let columns = &[
        "id",
        "provider_id",
        "sso_provider_id",
        "domain",
        "state",
        "version",
        "created_at",
        "updated_at",
    ];
    let written = call.insert_all("sso_domains", columns, rows).await;
    written
        .on(
            Kind::Unique,
            "sso_domains_approved_unique",
            "/email_domains",
            "taken",
            "holds a domain that logs in elsewhere already",
        )
        .map(|_| ())
}

/// Whether an SSO provider speaks for the addresses of a domain.
pub async fn is_approved(db: &Db, id: Id<SsoProvider>, domain: &Domain) -> Result<bool> {
    let (count,): (i64,) = db
        .read()
        .query_one(sql!(
            "select count(*) from sso_domains where sso_provider_id = $1 and domain = $2 and state = 'approved'",
            id,
            domain.as_str()
        ))
        .await?;
    Ok(count > 0)
}

fn told<T>(outcome: Result<T>) -> Result<T> {
    match outcome {
        Err(Error::Constraint { name, .. }) if name == "sso_domains_approved_unique" => {
            Err(Error::conflict(
                "domain_taken",
                "People of this domain log in elsewhere already. Refuse it there first.",
            ))
        }
        it => it,
    }
}
