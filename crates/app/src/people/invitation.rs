//! Invitations (ONB-09): a role, offered to an address by a link that works for 7 days. Whether the
//! address has an account already is nobody's business but its owner's, so nothing is made before
//! the link is used ([`super::invited`]).

use kit::access::{Level, Place, ScopeColumns};
use kit::body::Body;
use kit::call::Call;
use kit::conn::{Bind, Kind};
use kit::error::OnConstraint;
use kit::event::{Change, Event};
use kit::list::{Column, List, Search};
use kit::resource::{Owner, Resource};
use kit::text::{self, Line};
use kit::time::Instant;
use kit::web::{At, Created, Versioned};
use kit::{Error, Id, Record, Result, choice, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::grant;
use super::held::{check_access, place_of};
use super::one_shot::{self, Purpose};
use super::role::Role;
use super::session::names_from_inside;
use crate::mail::{self, MailKind, Recipient};
use crate::tree::node;
use crate::values::{Email, Language};

/// How long a link works, in seconds.
const VALID: i64 = 7 * 24 * 60 * 60;

choice! {
    pub enum InvitationState {
        Pending = "pending" "Pending",
        Accepted = "accepted" "Accepted",
        Revoked = "revoked" "Revoked",
    }
}

/// An invitation. A pending one whose `expires_at` has passed can be sent again.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Invitation {
    pub id: Id<Invitation>,
    pub email: String,
    pub display_name: String,
    pub language: Option<Language>,
    pub role_id: Id<Role>,
    pub role_name: String,
    pub node_type: Level,
    /// None for the platform.
    pub node_id: Option<Uuid>,
    pub node_name: String,
    pub state: InvitationState,
    pub invited_by_name: String,
    pub expires_at: Instant,
    pub accepted_at: Option<Instant>,
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    #[serde(skip)]
    pub invited_by: Uuid,
    #[serde(skip)]
    pub invited_at_node: Uuid,
}

/// Whom to invite, and to what.
#[derive(Deserialize, JsonSchema)]
pub struct InvitationInput {
    pub email: Email,
    /// What the invited person finds filled in.
    #[serde(default)]
    pub display_name: Line<255>,
    /// The language of the message; the node's when absent.
    #[serde(default)]
    pub language: Option<Language>,
    pub role_id: Id<Role>,
    /// Where the role is held and a new account is kept; the caller's own node when absent.
    #[serde(default)]
    pub node_id: Option<Uuid>,
}

const COLUMNS: &[Column] = &[
    Column::text("email", "Email", "i.email_key")
        .keyed("i.email_key")
        .shown()
        .customer()
        .searched()
        .width(240),
    Column::text("display_name", "Name", "i.display_name")
        .sorted_by("i.display_name")
        .shown()
        .customer()
        .searched()
        .width(180),
    Column::text("role_name", "Role", "")
        .plain()
        .shown()
        .customer()
        .width(150),
    Column::text(
        "node_name",
        "Node",
        "coalesce(c.name, r.name, p.name, 'Platform')",
    )
    .shown()
    .width(200),
    Column::choice("state", "State", "i.state", InvitationState::ALL)
        .shown()
        .customer()
        .width(110),
    Column::instant("expires_at", "Link works until", "i.expires_at")
        .shown()
        .customer()
        .width(150),
    Column::text("invited_by_name", "Invited by", "i.invited_by_name")
        .sorted_by("i.invited_by_name")
        .shown()
        .width(160),
    Column::instant("created_at", "Added", "i.created_at")
        .shown()
        .customer()
        .width(150),
    Column::instant("accepted_at", "Accepted", "i.accepted_at")
        .sorted_by("coalesce(i.accepted_at, 0)")
        .customer()
        .width(150),
    Column::choice("language", "Language", "i.language", Language::ALL).customer(),
    Column::choice("node_type", "Level", "i.level", Level::ALL).customer(),
    Column::id("role_id", "Role", "i.role_id").customer(),
    Column::id("node_id", "Node id", "i.node_id").customer(),
    Column::id("provider_id", "Provider id", "i.provider_id"),
    Column::id("reseller_id", "Reseller id", "i.reseller_id"),
    Column::id("customer_id", "Customer id", "i.customer_id"),
    Column::instant("updated_at", "Modified", "i.updated_at").customer(),
    Column::id("id", "Id", "i.id").customer(),
];

pub static LIST: List = List {
    name: "invitations",
    select: "i.id, i.email, i.display_name, i.language, i.role_id, coalesce(o.name, '') as role_name, i.level as node_type, case when i.level = 'platform' then null else i.node_id end as node_id, coalesce(c.name, r.name, p.name, 'Platform') as node_name, i.state, i.invited_by_name, i.expires_at, i.accepted_at, i.provider_id, i.reseller_id, i.customer_id, i.version, i.created_at, i.updated_at, i.invited_by, i.invited_at_node",
    from: "invitations i left join roles o on o.id = i.role_id left join providers p on p.id = i.provider_id left join resellers r on r.id = i.reseller_id and i.customer_id is null left join customers c on c.id = i.customer_id",
    always: "true",
    id: "i.id",
    columns: COLUMNS,
    sort: "-created_at",
    scope: ScopeColumns {
        provider: "i.provider_id = ?",
        reseller: "i.reseller_id = ?",
        customer: "i.customer_id = ?",
    },
    archived: None,
    search: Some(Search {
        table: "invitations",
        alias: "i",
        text: "i.search_text",
    }),
    expand: &[],
};

impl Resource for Invitation {
    const NAME: &'static str = "invitations";
    const ONE: &'static str = "invitation";
    const PERMISSION: &'static str = "users";
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
        self.email.clone()
    }
    fn owner(&self) -> Owner {
        Owner::of(self.provider_id, self.reseller_id, self.customer_id)
    }
}

impl Invitation {
    pub fn place(&self) -> Place {
        place_of(self.provider_id, self.reseller_id, self.customer_id)
    }
}

/// Invites somebody by email. Nobody offers more than they hold (ACC-08). The answer is the same
/// whether the address has an account or not.
pub async fn invitation_create(
    mut call: Call,
    Body(input): Body<InvitationInput>,
) -> Result<Created<Invitation>> {
    let scope = call.allow::<Invitation>("create")?;
    let (role, place) = grant::chosen(&mut call, &scope, input.role_id, input.node_id).await?;
    check_access(&mut call, place, &input.email).await?;
    let id: Id<Invitation> = Id::new(call.now);
    let set = vec![
        ("id", id.to_value()),
        ("provider_id", place.provider().to_value()),
        ("reseller_id", place.reseller().to_value()),
        ("customer_id", place.customer().to_value()),
        ("node_id", place.id().unwrap_or_default().to_value()),
        ("level", place.level().to_value()),
        ("email", input.email.as_str().to_value()),
        ("email_key", text::key(input.email.as_str()).to_value()),
        ("display_name", input.display_name.as_str().to_value()),
        (
            "search_text",
            text::search_lines([input.email.as_str(), input.display_name.as_str()]).to_value(),
        ),
        ("language", input.language.to_value()),
        ("role_id", role.id.to_value()),
        ("state", InvitationState::Pending.to_value()),
        ("invited_by", call.caller.user_id.to_value()),
        ("invited_by_name", call.caller.name.clone().to_value()),
        (
            "invited_at_node",
            call.home().id().unwrap_or_default().to_value(),
        ),
        ("expires_at", call.now.plus_seconds(VALID).to_value()),
        ("accepted_at", None::<Instant>.to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ];
    store::insert(&mut call, "invitations", set).await.on(
        Kind::Unique,
        "invitations_pending_unique",
        "/email",
        "taken",
        "is invited already; send that invitation again",
    )?;
    let invitation: Invitation = call.find(&scope, id).await?;
    send(&mut call, &invitation).await?;
    let event = Event::of("create", &invitation).with(Change::new(
        "role",
        None::<String>,
        invitation.role_name.as_str(),
    ));
    call.created(invitation, event).await
}

/// Sends a pending invitation again, with a new link for another 7 days; the old link works no more.
pub async fn invitation_resend(
    mut call: Call,
    At(id): At<Invitation>,
) -> Result<Versioned<Invitation>> {
    let scope = call.allow::<Invitation>("create")?;
    let before = call.find(&scope, id).await?;
    let node = Some(before.place().id().unwrap_or_default());
    // Whoever sends it again answers for it from now on.
    grant::chosen(&mut call, &scope, before.role_id, node).await?;
    let changed = call
        .execute(sql!(
            "update invitations set expires_at = $1, invited_by = $2, invited_by_name = $3, invited_at_node = $4, version = version + 1, updated_at = $5 where id = $6 and state = 'pending'",
            call.now.plus_seconds(VALID),
            call.caller.user_id,
            call.caller.name.clone(),
            call.home().id().unwrap_or_default(),
            call.now,
            id
        ))
        .await?;
    if changed == 0 {
        return Err(over());
    }
    let after = call.find(&scope, id).await?;
    send(&mut call, &after).await?;
    let event = Event::of("resend", &after);
    call.changed(after, event).await
}

/// Takes a pending invitation back: its link works no more.
pub async fn invitation_revoke(
    mut call: Call,
    At(id): At<Invitation>,
) -> Result<Versioned<Invitation>> {
    let scope = call.allow::<Invitation>("update")?;
    call.find(&scope, id).await?;
    let changed = call
        .execute(sql!(
            "update invitations set state = 'revoked', version = version + 1, updated_at = $1 where id = $2 and state = 'pending'",
            call.now,
            id
        ))
        .await?;
    if changed == 0 {
        return Err(over());
    }
    one_shot::void(&mut call, Purpose::Invitation, id.uuid()).await?;
    let after = call.find(&scope, id).await?;
    let event = Event::of("revoke", &after);
    call.changed(after, event).await
}

fn over() -> Error {
    Error::conflict(
        "not_pending",
        "This invitation was accepted or revoked already.",
    )
}

async fn send(call: &mut Call, it: &Invitation) -> Result<()> {
    let place = it.place();
    let link = one_shot::make_link(call, Purpose::Invitation, it.id.uuid(), VALID).await?;
    let to = Recipient::at(call, &it.email, it.language, place).await?;
    let values = vec![
        ("node", told_name(call, place).await?),
        ("role", it.role_name.as_str().into()),
    ];
    mail::post(call, &to, MailKind::Invitation, values, Some(link)).await?;
    Ok(())
}

/// What somebody who works at a node calls it (ACC-10).
pub async fn told_name(call: &mut Call, place: Place) -> Result<String> {
    if let Some(customer) = place.customer() {
        let mut names = names_from_inside(call, &[customer]).await?;
        return Ok(names.remove(&customer).unwrap_or_default());
    }
    let id = place.id().unwrap_or_default();
    let nodes = node::named(call, &[id]).await?;
    Ok(nodes
        .into_iter()
        .next()
        .map(|it| it.name)
        .unwrap_or_default())
}
