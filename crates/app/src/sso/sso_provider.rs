//! SSO providers: where a provider's staff log in (IDP-01).

use kit::access::{Level, Place, Scope, ScopeColumns};
use kit::call::Call;
use kit::conn::{Bind, Kind, Value};
use kit::error::OnConstraint;
use kit::event::Event;
use kit::list::{Column, List, Search};
use kit::many::Many;
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Line, Text};
use kit::time::Instant;
use kit::{Columns, Error, Id, Record, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::client_secret::{self, ClientSecret};
use super::sso_domain;
use crate::people::built_in::ceiling;
use crate::people::role::{Role, role_list};
use crate::people::{grant, role};
use crate::tree::provider::Provider;
use crate::tree::{node, place, provider};
use crate::values::Domain;
use crate::written::Written;

/// An identity provider at which a provider's own staff log in, by OpenID Connect.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct SsoProvider {
    pub id: Id<SsoProvider>,
    pub provider_id: Id<Provider>,
    pub provider_name: String,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: SsoProviderInput,
    pub role_name: Option<String>,
    /// When the client secret was set; none for a client without one.
    pub client_secret_set_at: Option<Instant>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of an SSO provider.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct SsoProviderInput {
    /// What the log-in page calls it: “Continue with …”.
    pub name: Text<1, 100>,
    /// The identity provider's address, exactly as it calls itself, such as `https://id.example.org`.
    pub issuer: Text<1, 500>,
    /// What this installation is called there.
    pub client_id: Text<1, 255>,
    /// Written only, and kept encrypted. Unchanged when absent; the empty text removes it, for
    /// clients without one.
    #[serde(default, skip_serializing)]
    #[record(skip)]
    #[columns(skip)]
    pub client_secret: Option<ClientSecret>,
    /// What is asked for, with spaces between; `openid` among it.
    #[serde(default = "scopes")]
    pub scopes: Line<300>,
    /// The claim that holds the email address.
    #[serde(default = "email_claim")]
    pub email_claim: Line<100>,
    /// The claim that says that the address is the person's: log-ins without it are refused.
    #[serde(default = "email_verified_claim")]
    pub email_verified_claim: Line<100>,
    /// The claim that holds the display name.
    #[serde(default = "name_claim")]
    pub name_claim: Line<100>,
    /// Whose email domains these are, is sent here to log in; addresses of others are refused. A domain
    /// waits until the platform's admins approve it, for one SSO provider of the installation; what they
    /// enter themselves is approved.
    pub email_domains: Many<Domain>,
    /// The role at the provider that people get who have no account yet; without one they are refused.
    #[serde(default)]
    pub role_id: Option<Id<Role>>,
    /// Whether the provider's people with such addresses may log in with a password too. Those with
    /// a role at the platform always may.
    #[serde(default = "yes")]
    pub password_log_in: bool,
    #[serde(default)]
    pub is_enabled: bool,
}

fn yes() -> bool {
    true
}
fn scopes() -> Line<300> {
    Line::parse("openid email profile").unwrap_or_default()
}
fn email_claim() -> Line<100> {
    Line::parse("email").unwrap_or_default()
}
fn email_verified_claim() -> Line<100> {
    Line::parse("email_verified").unwrap_or_default()
}
fn name_claim() -> Line<100> {
    Line::parse("name").unwrap_or_default()
}

/// A new SSO provider, and whose.
#[derive(Deserialize, JsonSchema, Clone)]
pub struct SsoProviderCreate {
    /// The provider whose staff logs in there; the caller's own when absent.
    #[serde(default)]
    pub provider_id: Option<Id<Provider>>,
    #[serde(flatten)]
    pub input: SsoProviderInput,
}

const COLUMNS: &[Column] = &[
    Column::text("name", "Name", "s.name_key")
        .keyed("s.name_key")
        .shown()
        .searched()
        .width(200),
    Column::text("issuer", "Issuer", "s.issuer")
        .sorted_by("s.issuer")
        .shown()
        .searched()
        .width(280),
    Column::list("email_domains", "Email domains", "s.email_domains")
        .shown()
        .searched()
        .width(200),
    Column::boolean("is_enabled", "Enabled", "s.is_enabled")
        .shown()
        .width(90),
    Column::boolean("password_log_in", "Password log-in", "s.password_log_in")
        .shown()
        .width(130),
    Column::reference(
        "role_id",
        "Default role",
        "s.role_id",
        role_list,
        "role_name",
    )
    .shown()
    .width(160),
    Column::reference(
        "provider_id",
        "Provider",
        "s.provider_id",
        provider_list,
        "provider_name",
    )
    .width(180),
    Column::text("client_id", "Client id", "s.client_id").width(180),
    Column::text("scopes", "Scopes", "s.scopes").width(160),
    Column::text("email_claim", "Email claim", "s.email_claim"),
    Column::text(
        "email_verified_claim",
        "Verified claim",
        "s.email_verified_claim",
    ),
    Column::text("name_claim", "Name claim", "s.name_claim"),
    Column::instant(
        "client_secret_set_at",
        "Secret set",
        "s.client_secret_set_at",
    )
    .sorted_by("coalesce(s.client_secret_set_at, 0)")
    .width(150),
    Column::instant("created_at", "Added", "s.created_at").width(150),
    Column::instant("updated_at", "Modified", "s.updated_at").width(150),
    Column::id("id", "Id", "s.id"),
];

pub fn provider_list() -> &'static List {
    &provider::LIST
}

pub static LIST: List = List {
    name: "sso_providers",
    select: "s.id, s.provider_id, p.name as provider_name, s.name, s.issuer, s.client_id, s.client_secret_set_at, s.scopes, s.email_claim, s.email_verified_claim, s.name_claim, s.email_domains, s.role_id, o.name as role_name, s.password_log_in, s.is_enabled, s.version, s.created_at, s.updated_at",
    from: "sso_providers s join providers p on p.id = s.provider_id left join roles o on o.id = s.role_id",
    always: "true",
    id: "s.id",
    columns: COLUMNS,
    sort: "name",
    scope: ScopeColumns {
        provider: "s.provider_id = ?",
        reseller: "",
        customer: "",
    },
    archived: None,
    search: Some(Search {
        table: "sso_providers",
        alias: "s",
        text: "s.search_text",
    }),
    expand: &[],
};

impl Resource for SsoProvider {
    const NAME: &'static str = "sso_providers";
    const ONE: &'static str = "sso_provider";
    const PERMISSION: &'static str = "settings";
    /// That the secret was changed, never to what.
    const STATES: &'static [&'static str] = &["client_secret_set_at"];
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
        self.input.name.to_string()
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid())
    }
}

impl Editable for SsoProvider {
    type Input = SsoProviderInput;
    const TABLE: &'static str = "sso_providers";
}

impl SsoProvider {
    fn place(&self) -> Place {
        Place::Provider(self.provider_id.uuid())
    }
}

impl Written for SsoProvider {
    type New = SsoProviderCreate;

    async fn create(
        call: &mut Call,
        scope: &Scope,
        new: SsoProviderCreate,
    ) -> Result<(Self, Vec<Event>)> {
        let owner = owner(call, scope, new.provider_id).await?;
        check(call, scope, &new.input, owner).await?;
        let id: Id<Self> = Id::new(call.now);
        let mut set = written(&new.input);
        set.extend(client_secret::sealed(
            call,
            id,
            &new.input.client_secret.clone().unwrap_or_default(),
        )?);
        set.extend([
            ("id", id.to_value()),
            ("provider_id", owner.provider().to_value()),
            ("version", 1_i64.to_value()),
            ("created_at", call.now.to_value()),
            ("updated_at", call.now.to_value()),
        ]);
        told(store::insert(call, "sso_providers", set).await)?;
        sso_domain::write(call, id, owner, &new.input.email_domains).await?;
        let made = call.find(scope, id).await?;
        let event = Event::created(&made);
        Ok((made, event.into()))
    }

    /// Another issuer or client knows people by other names, and must not be told the secret of the
    /// one before: the secret is asked for anew, and who people are there is forgotten.
    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: SsoProviderInput,
    ) -> Result<Self> {
        let owner = before.place();
        check(call, scope, &input, owner).await?;
        let old = &before.input;
        let moved = input.issuer != old.issuer || input.client_id != old.client_id;
        let mut set = written(&input);
        match &input.client_secret {
            Some(secret) => set.extend(client_secret::sealed(call, before.id, secret)?),
            None if moved && before.client_secret_set_at.is_some() => {
                return Err(Error::field(
                    "/client_secret",
                    "required",
                    "is required with another issuer or client id: the one before is not sent there",
                ));
            }
            None => {}
        }
        let after = told(store::save(call, scope, before, set).await)?;
        if input.email_domains != old.email_domains {
            sso_domain::write(call, before.id, owner, &input.email_domains).await?;
        }
        if moved {
            forget(call, "sso_identities", before.id).await?;
        }
        if moved || !input.is_enabled {
            end_sessions(call, before.id).await?;
        }
        Ok(after)
    }

    /// Its sessions end, and who people are there is forgotten; their accounts stay.
    async fn delete(call: &mut Call, _: &Scope, before: &Self) -> Result<Vec<Event>> {
        end_sessions(call, before.id).await?;
        forget(call, "sso_identities", before.id).await?;
        forget(call, "sso_domains", before.id).await?;
        store::delete(call, before).await?;
        Ok(Event::deleted(before).into())
    }
}

/// The provider that an input names, or the caller's own; the house for the platform's people.
async fn owner(call: &mut Call, scope: &Scope, named: Option<Id<Provider>>) -> Result<Place> {
    let place = match named {
        Some(id) => node::place(call, id.uuid()).await?,
        None => match call.home().provider() {
            Some(id) => Some(Place::Provider(id)),
            None => place::house(call)
                .await?
                .map(|it| Place::Provider(it.id.uuid())),
        },
    };
    place
        .filter(|it| it.level() == Level::Provider && scope.covers(*it))
        .ok_or_else(|| Error::field("/provider_id", "unknown_reference", "does not exist"))
}

/// Whoever says where people log in can become each of them: only for those who hold all there is to
/// hold at the provider (ACC-08).
async fn check(
    call: &mut Call,
    scope: &Scope,
    input: &SsoProviderInput,
    owner: Place,
) -> Result<()> {
    grant::check_within(call, ceiling(Level::Provider), owner)?;
    let refused = |field, message: String| Error::field(field, "invalid", message);
    let issuer = call.state.settings.outbound.parse(&input.issuer);
    let issuer = issuer.map_err(|it| refused("/issuer", it.0))?;
    if issuer.query().is_some() || issuer.fragment().is_some() {
        return Err(refused("/issuer", "holds a ? or #".into()));
    }
    if !input.scopes.split(' ').any(|it| it == "openid") {
        return Err(refused("/scopes", "needs openid among it".into()));
    }
    for (field, claim) in [
        ("/email_claim", &input.email_claim),
        ("/email_verified_claim", &input.email_verified_claim),
        ("/name_claim", &input.name_claim),
    ] {
        if claim.is_empty() {
            return Err(Error::field(field, "required", "is required"));
        }
    }
    if input.email_domains.is_empty() {
        let message = "needs a domain: only its addresses log in here";
        return Err(Error::field("/email_domains", "required", message));
    }
    if let Some(role) = input.role_id {
        let node = owner.id();
        grant::chosen(call, scope, role, node).await?;
    }
    Ok(())
}

fn written(input: &SsoProviderInput) -> Vec<(&'static str, Value)> {
    let mut set = input.set();
    let domains = input.email_domains.iter().map(Domain::as_str);
    let parts = [input.name.as_str(), input.issuer.as_str()];
    let parts = parts.into_iter().chain(domains);
    set.extend([
        ("name_key", text::key(&input.name).to_value()),
        ("search_text", text::search_lines(parts).to_value()),
    ]);
    set
}

async fn forget(call: &mut Call, table: &'static str, id: Id<SsoProvider>) -> Result<()> {
    let mut sql = sql!("delete from ");
    sql.push(table)
        .push(" where true")
        .and("sso_provider_id = ?", id);
    call.execute(sql).await.map(|_| ())
}

/// What an identity provider let in that is trusted no more, is out on its next request.
pub async fn end_sessions(call: &mut Call, id: Id<SsoProvider>) -> Result<()> {
    call.changes_rights();
    forget(call, "sessions", id).await
}

/// How many give this role to new people: it stays while one does.
pub async fn count_with_role(call: &mut Call, id: Id<role::Role>) -> Result<i64> {
    let sql = sql!("select count(*) from sso_providers where role_id = $1", id);
    call.count(sql).await
}

fn told<T>(outcome: Result<T>) -> Result<T> {
    outcome
        .on(
            Kind::Unique,
            "sso_providers_name_unique",
            "/name",
            "taken",
            "is the name of another single sign-on of this provider",
        )
        .on(
            Kind::Reference,
            "sso_providers_role_fk",
            "/role_id",
            "unknown_reference",
            "does not exist",
        )
}
