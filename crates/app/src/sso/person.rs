//! Whose account somebody gets: by issuer and subject; the first time by an address that the identity
//! provider has verified and may speak for (security.md 20).

use kit::access::{Caller, Scope, Source};
use kit::call::{Call, Origin};
use kit::conn::{Bind, Sql};
use kit::event::{Change, Event};
use kit::text::{self, Name};
use kit::web::{At, Versioned};
use kit::{Error, Id, Result, State, secret, sql, store};

use super::denied::{Stop, denied};
use super::exchange::Identity;
use super::service::{Service, domain_of};
use super::sso_domain;
use crate::people::log_in::{self, ACCOUNT, Account};
use crate::people::role;
use crate::people::user::{self, User, UserInput, administered};
use crate::people::{grant, held, password};
use crate::values::Email;

/// The address, if the identity provider has verified it and its domain is one of those that log in
/// there, approved by the platform: asked at every log-in.
pub async fn email(state: &State, service: &Service, identity: &Identity) -> Result<Email, Stop> {
    let claim = identity.email.as_deref();
    let claim = claim.ok_or_else(|| denied("sso_email", "there is no email claim"))?;
    let about = |code, cause: &str| {
        let mut it = denied(code, cause);
        it.email = Some(text::clip(&text::clean(claim), 254).into_owned());
        it
    };
    let email = Email::parse(claim);
    let email = email.map_err(|_| about("sso_email", "the email claim is no address"))?;
    if !identity.email_verified {
        return Err(about("sso_email", "the address is not verified").into());
    }
    let domain = domain_of(email.as_str());
    let approved = match &domain {
        Some(it) => sso_domain::is_approved(&state.db, service.id, it).await?,
        None => false,
    };
    if !approved {
        let cause = "the address is of another domain, or of one that is not approved";
        return Err(about("sso_domain", cause).into());
    }
    Ok(email)
}

/// The account of this identity; else the one with this address, which is linked; else a new one.
pub async fn account(
    state: &State,
    service: &Service,
    identity: &Identity,
    email: &Email,
    origin: &Origin,
) -> Result<Account, Stop> {
    let known: Option<(Id<User>,)> = state
        .db
        .read()
        .query_optional(sql!(
            "select user_id from sso_identities where sso_provider_id = $1 and issuer = $2 and subject = $3",
            service.id,
            &service.issuer,
            &identity.subject
        ))
        .await?;
    let id = match known {
        Some((id,)) => id,
        None => {
            let mut sql = Sql::new(ACCOUNT);
            sql.part("email_key = ?", text::key(email.as_str()));
            let found: Option<Account> = state.db.read().query_optional(sql).await?;
            match found {
                Some(found) => {
                    check_home(service, &found)?;
                    link(state, service, identity, &found, origin).await?;
                    return Ok(found);
                }
                None => create(state, service, identity, email, origin).await?,
            }
        }
    };
    let mut sql = Sql::new(ACCOUNT);
    sql.part("id = ?", id);
    let account: Account = state.db.read().query_one(sql).await?;
    check_home(service, &account)?;
    Ok(account)
}

/// An identity provider speaks for the staff of its own provider, and for nobody above or below.
fn check_home(service: &Service, account: &Account) -> Result<(), Stop> {
    match account.home() == service.place() {
        true => Ok(()),
        false => Err(denied("sso_account", "the account is kept elsewhere").into()),
    }
}

/// Remembers who an account is at the identity provider. One that is somebody else there already is
/// not taken over by whoever got its address.
async fn link(
    state: &State,
    service: &Service,
    identity: &Identity,
    account: &Account,
    origin: &Origin,
) -> Result<(), Stop> {
    // Told in that case by what follows; nothing is linked to an account that cannot be used.
    if log_in::admit(state, account).await.is_err() || account.is_locked_by_hand() {
        return Ok(());
    }
    let mut call = Call::new(
        state,
        Caller::operator(account.email.as_str(), Source::Web),
        origin.clone(),
    );
    write(&mut call, service, identity, account.id).await?;
    let name = service.name.as_str();
    let event = account.event("link_sso");
    let event = event.with(Change::new("sso_provider", None::<String>, name));
    Ok(call.commit(event).await?)
}

async fn write(
    call: &mut Call,
    service: &Service,
    identity: &Identity,
    user: Id<User>,
) -> Result<(), Stop> {
    let set = vec![
        ("id", store::new_id(call).to_value()),
        ("provider_id", service.provider_id.to_value()),
        ("sso_provider_id", service.id.to_value()),
        ("user_id", user.to_value()),
        ("issuer", service.issuer.as_str().to_value()),
        ("subject", identity.subject.as_str().to_value()),
        ("created_at", call.now.to_value()),
    ];
    match store::insert(call, "sso_identities", set).await {
        Err(Error::Constraint { .. }) => {
            let cause = "the account is linked to another subject";
            Err(denied("sso_identity", cause).into())
        }
        it => Ok(it?),
    }
}

/// Just in time: an account at the provider with the default role, and no password that anybody knows.
async fn create(
    state: &State,
    service: &Service,
    identity: &Identity,
    email: &Email,
    origin: &Origin,
) -> Result<Id<User>, Stop> {
    let Some(role) = service.role_id else {
        return Err(denied("sso_no_account", "there is no account and no default role").into());
    };
    let named = identity.name.as_deref().map(Name::parse);
    let named = named.and_then(Result::ok);
    let display_name = named.or_else(|| Name::parse(email.as_str()).ok());
    let input = UserInput {
        email: email.clone(),
        display_name: display_name.ok_or_else(|| Error::internal("an address is no name"))?,
        contact_id: None,
        language: None,
        time_zone: None,
    };
    let hash = password::hash(state, secret::token()).await?;
    let place = service.place();
    let mut call = Call::new(
        state,
        Caller::operator(&service.name, Source::Web),
        origin.clone(),
    );
    let id = user::create(&mut call, &input, place, hash, false).await?;
    let (role_name, _) = role::given(&mut call, role, place.level()).await?;
    grant::give(&mut call, id, role, place).await?;
    write(&mut call, service, identity, id).await?;
    let made: User = call.find(&Scope::everywhere(), id).await?;
    let event = Event::created(&made).with(Change::new("role", None::<String>, role_name));
    let name = service.name.as_str();
    let event = event.with(Change::new("sso_provider", None::<String>, name));
    call.changes_rights();
    call.commit(event).await?;
    Ok(id)
}

/// The caller that an account becomes: with what it holds at the provider and below, whatever it
/// holds elsewhere.
pub async fn admit(state: &State, service: &Service, account: &Account) -> Result<Caller, Stop> {
    if account.is_locked_by_hand() {
        return Err(denied("account_locked", "the account is locked").into());
    }
    let mut caller = match log_in::admit(state, account).await {
        Ok(it) => it,
        Err(Error::Refused { code, detail }) => {
            let mut it = denied(code, detail.as_str());
            it.told = Some(detail);
            return Err(it.into());
        }
        Err(error) => return Err(error.into()),
    };
    caller.holdings = held::believed(caller.holdings, service.place().provider());
    let home = caller.holdings.first().map(|it| it.place);
    let home =
        home.ok_or_else(|| denied("no_role", "the account holds no role at the provider"))?;
    if !caller
        .holdings
        .iter()
        .any(|it| it.place.covers(caller.home))
    {
        caller.home = home;
    }
    caller.sso = Some(service.id.uuid());
    // Both are about passwords.
    caller.must_change_password = false;
    caller.must_enrol = false;
    Ok(caller)
}

/// Refuses a right password where people have to come by single sign-on. Those who hold a role at the
/// platform always come in (IDP-04).
pub async fn check_password(state: &State, account: &Account, caller: &Caller) -> Result<()> {
    let at_platform = |it: &kit::access::Holding| it.place == kit::access::Place::Platform;
    if caller.holdings.iter().any(at_platform) {
        return Ok(());
    }
    let Some(domain) = domain_of(&account.email) else {
        return Ok(());
    };
    let service = Service::by_domain(&state.db, domain.as_str()).await?;
    match service.filter(|it| !it.password_log_in && it.place() == account.home()) {
        None => Ok(()),
        Some(service) => Err(Error::Refused {
            code: "sso_required",
            detail: format!(
                "Your organisation logs in with {}; passwords are not taken.",
                service.name
            ),
        }),
    }
}

/// Forgets who a user is at identity providers: at the next log-in there the account is found by its
/// verified address again. Its sessions that began there end.
pub async fn user_unlink_sso(mut call: Call, At(id): At<User>) -> Result<Versioned<User>> {
    let (_, user) = administered(&mut call, id).await?;
    call.execute(sql!(
        "delete from sessions where user_id = $1 and sso_provider_id is not null",
        user.id
    ))
    .await?;
    let sql = sql!("delete from sso_identities where user_id = $1", user.id);
    let unlinked = call.execute(sql).await?;
    if unlinked == 0 {
        return Ok(Versioned(user));
    }
    call.changes_rights();
    let event = Event::of("unlink_sso", &user);
    call.changed(user, event).await
}
