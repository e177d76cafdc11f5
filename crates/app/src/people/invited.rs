//! Accepting an invitation (ONB-09), for people who are not logged in: whoever has the link's secret
//! reads the mailbox that it was sent to.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use kit::access::{Caller, Place, Scope, Source};
use kit::body::Body;
use kit::call::{Call, Origin};
use kit::event::Event;
use kit::resource::Resource;
use kit::text::{self, Name};
use kit::time::Instant;
use kit::web::Done;
use kit::{Error, Id, Result, State, sql};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::info;

use super::authenticate::load_caller;
use super::invitation::{Invitation, told_name};
use super::one_shot::{self, Purpose};
use super::password_reset::{LinkToken, link_void};
use super::role::Role;
use super::user::{self, User, UserInput};
use super::{cookie, grant, password};
use crate::tree::policies::Limits;
use crate::values::Email;

/// What an invitation offers, as its link shows it.
#[derive(Serialize, JsonSchema)]
pub struct Invited {
    pub email: String,
    pub display_name: String,
    pub role_name: String,
    pub node_name: String,
    /// The address has an account: accepting adds the role to it. Else one is made, with a name and a
    /// password.
    pub has_account: bool,
    pub expires_at: Instant,
}

/// An invitation that can be accepted at the moment, with what it gives.
struct Open {
    invitation: Invitation,
    role: Role,
    place: Place,
    account: Option<Id<User>>,
}

/// What this link's invitation offers, before it is accepted.
pub async fn invitation_look(
    Shared(state): Shared<State>,
    Body(input): Body<LinkToken>,
) -> Result<Json<Invited>> {
    let Open {
        invitation,
        role,
        place,
        account,
    } = open(&state, &input.token).await?;
    let mut call = operator(&state, &invitation.email, Origin::default());
    Ok(Json(Invited {
        node_name: told_name(&mut call, place).await?,
        role_name: role.title(),
        has_account: account.is_some(),
        expires_at: invitation.expires_at,
        email: invitation.email,
        display_name: invitation.display_name,
    }))
}

#[derive(Deserialize, JsonSchema)]
pub struct Acceptance {
    pub token: String,
    /// For a new account.
    #[serde(default)]
    pub display_name: Option<Name>,
    /// For a new account: 12 to 128 characters.
    #[serde(default)]
    pub password: Option<String>,
}

/// Accepts an invitation with its link's secret, which is used up: makes the account, or adds the
/// role to the one that the address has. Whoever has an account logs in with it first: somebody else
/// may have made it for their address, and know its password.
pub async fn invitation_accept(
    Shared(state): Shared<State>,
    Extension(origin): Extension<Origin>,
    caller: Option<Extension<Arc<Caller>>>,
    headers: HeaderMap,
    Body(input): Body<Acceptance>,
) -> Result<Done> {
    cookie::refuse_foreign(&state.settings, &headers)?;
    let open = open(&state, &input.token).await?;
    let is_owner = |id: Id<User>| {
        let caller = caller.as_ref().filter(|it| it.source == Source::Web);
        caller.is_some_and(|it| it.user_id == id.uuid() && !it.must_change_password)
    };
    if open.account.is_some_and(|it| !is_owner(it)) {
        return Err(Error::Refused {
            code: "log_in_first",
            detail: "You have an account with this address. Log in with it, then open the link again. If you do not know its password, choose a new one with “Forgotten password”.".into(),
        });
    }
    let fresh = match open.account {
        Some(_) => None,
        None => Some(fresh(&state, &open.invitation, input.display_name, input.password).await?),
    };
    let email = open.invitation.email.clone();
    let mut call = operator(
        &state,
        &email,
        Origin {
            idempotency: None,
            ..origin
        },
    );
    let used = one_shot::use_up(&mut call, Purpose::Invitation, &input.token).await?;
    let accepted = call
        .execute(sql!(
            "update invitations set state = 'accepted', accepted_at = $1, version = version + 1, updated_at = $1 where id = $2 and state = 'pending'",
            call.now,
            open.invitation.id
        ))
        .await?;
    if used != Some(open.invitation.id.uuid()) || accepted == 0 {
        return Err(link_void());
    }
    let mut events = vec![Event::of("accept", &open.invitation)];
    let user = match (fresh, open.account) {
        (Some((input, hash)), _) => {
            let id = user::create(&mut call, &input, open.place, hash, false).await?;
            grant::give(&mut call, id, open.role.id, open.place).await?;
            let made: User = call.find(&Scope::everywhere(), id).await?;
            events.push(Event::created(&made));
            id
        }
        (None, account) => {
            let id = account.ok_or_else(link_void)?;
            events.extend(add_role(&mut call, id, &open).await?);
            id
        }
    };
    // In the audit it was the invited person.
    let name = events.last().map(|it| it.object_name.clone());
    call.caller = Arc::new(Caller {
        user_id: user.uuid(),
        name: name.unwrap_or(email),
        holdings: vec![],
        home: open.place,
        ..(*call.caller).clone()
    });
    call.changes_rights();
    call.commit(events).await?;
    info!(user = %user, "invitation accepted");
    Ok(Done)
}

/// The name and password of a new account, checked and hashed before the transaction begins.
async fn fresh(
    state: &State,
    invitation: &Invitation,
    display_name: Option<Name>,
    password: Option<String>,
) -> Result<(UserInput, String)> {
    let required = |field| Error::field(field, "required", "is required");
    let display_name = display_name.ok_or_else(|| required("/display_name"))?;
    let password = password.ok_or_else(|| required("/password"))?;
    let limits: Limits = state
        .db
        .read()
        .query_one(Limits::at(invitation.place()))
        .await?;
    password::checked(&limits, &password, &invitation.email, "/password")?;
    let email = Email::parse(&invitation.email).map_err(Error::internal)?;
    let input = UserInput {
        email,
        display_name,
        contact_id: None,
        language: invitation.language,
        time_zone: None,
    };
    Ok((input, password::hash(state, password).await?))
}

/// The role for an account that is there; nothing if it holds it already.
async fn add_role(call: &mut Call, user: Id<User>, open: &Open) -> Result<Option<Event>> {
    let held = call
        .count(sql!(
            "select count(*) from grants where user_id = $1 and role_id = $2 and node_id = $3",
            user,
            open.role.id,
            open.place.id().unwrap_or_default()
        ))
        .await?;
    if held > 0 {
        return Ok(None);
    }
    let id = grant::give(call, user, open.role.id, open.place).await?;
    let grant: grant::Grant = call.find(&Scope::everywhere(), id).await?;
    Ok(Some(grant.event("grant", open.role.title())))
}

/// The invitation that a link's secret opens. Whoever gave it must still hold what it gives: nobody
/// lets people in after having gone (ACC-08).
async fn open(state: &State, token: &str) -> Result<Open> {
    let id = one_shot::look(state, Purpose::Invitation, token).await?;
    let id: Id<Invitation> = id.ok_or_else(link_void)?.into();
    let mut call = Call::reading(
        state,
        Caller::operator("Invitation", Source::Web),
        Origin::default(),
    );
    let invitation = call.find(&Scope::everywhere(), id).await?;
    let account: Option<(Id<User>,)> = call
        .query_optional(sql!(
            "select id from users where email_key = $1",
            text::key(&invitation.email)
        ))
        .await?;
    let given = given(state, &invitation).await?;
    let (role, place) = given.ok_or_else(link_void)?;
    Ok(Open {
        account: account.map(|(id,)| id),
        invitation,
        role,
        place,
    })
}

async fn given(state: &State, it: &Invitation) -> Result<Option<(Role, Place)>> {
    let initiator = kit::job::Initiator {
        user_id: it.invited_by,
        user_name: it.invited_by_name.clone(),
        node_id: it.invited_at_node,
        credential_id: None,
    };
    let inviter = load_caller()(state.clone(), initiator).await?;
    let Some(inviter) = inviter else {
        return Ok(None);
    };
    let mut call = Call::reading(state, inviter, Origin::default());
    let Ok(scope) = call.allow::<Invitation>("create") else {
        return Ok(None);
    };
    let node = Some(it.place().id().unwrap_or_default());
    match grant::chosen(&mut call, &scope, it.role_id, node).await {
        Ok(it) => Ok(Some(it)),
        Err(Error::Invalid(_) | Error::Refused { .. } | Error::Forbidden { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn operator(state: &State, email: &str, origin: Origin) -> Call {
    Call::new(state, Caller::operator(email, Source::Web), origin)
}
