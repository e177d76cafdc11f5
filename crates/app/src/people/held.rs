//! What a user holds at the moment: its grants, and whether they count (ACC-11, ACC-12, ACC-15).

use kit::access::{CRUD, Holding, Level, Permissions, Place};
use kit::call::Call;
use kit::conn::{Db, Sql};
use kit::time::Instant;
use kit::{Error, Id, Record, Result, sql, text};
use uuid::Uuid;

use super::built_in::{PLATFORM_ADMIN, ceiling};
use super::role::Role;
use super::user::User;
use crate::customers::customer::{Access, AccessMode, Management};
use crate::tree::provider::ProviderStatus;
use crate::values::Email;

/// The place whose keys these are.
pub fn place_of(provider: Option<Uuid>, reseller: Option<Uuid>, customer: Option<Uuid>) -> Place {
    match (provider, reseller, customer) {
        (Some(provider), reseller, Some(customer)) => Place::Customer {
            provider,
            reseller,
            customer,
        },
        (Some(provider), Some(reseller), None) => Place::Reseller { provider, reseller },
        (Some(provider), None, None) => Place::Provider(provider),
        (None, ..) => Place::Platform,
    }
}

/// A grant with what decides whether it counts at the moment (ACC-11, ACC-12, ACC-15).
#[derive(Record, Clone)]
pub struct Held {
    role_id: Id<Role>,
    permissions: Permissions,
    provider_id: Option<Uuid>,
    reseller_id: Option<Uuid>,
    customer_id: Option<Uuid>,
    provider_status: Option<ProviderStatus>,
    access: Option<Access>,
    access_mode: Option<AccessMode>,
    management: Option<Management>,
    archived_at: Option<Instant>,
    deleted_at: Option<Instant>,
    /// Its holder is one of the customer's super admins.
    is_super_admin: bool,
}

impl Held {
    pub fn place(&self) -> Place {
        place_of(self.provider_id, self.reseller_id, self.customer_id)
    }

    /// What it gives at its node: at most what the level's admin may. With no access super admins see
    /// who manages them, and nothing else (ACC-12).
    pub fn permissions(&self) -> Permissions {
        if self.access_mode == Some(AccessMode::NoAccess) {
            return Permissions::NONE;
        }
        self.permissions.and(ceiling(self.place().level()))
    }

    /// Whoever administers users entirely can give others every role that they hold themselves.
    pub fn is_admin(&self) -> bool {
        let held = self.permissions();
        CRUD.iter().all(|it| held.has("users", it))
    }

    pub fn is_platform_admin(&self) -> bool {
        self.role_id == PLATFORM_ADMIN
    }

    /// Why it does not count, with a stable code.
    pub fn obstacle(&self) -> Option<(&'static str, &'static str)> {
        if self.provider_status == Some(ProviderStatus::Suspended) {
            return Some((
                "provider_suspended",
                "Your provider is suspended at the moment.",
            ));
        }
        self.customer_id?;
        if self.deleted_at.is_some() {
            return Some((
                "customer_deleted",
                "Your organisation's account was deleted. Ask its provider.",
            ));
        }
        if self.archived_at.is_some() {
            return Some((
                "customer_archived",
                "Your organisation's account is archived. Ask its provider.",
            ));
        }
        if self.access == Some(Access::Disabled) {
            return Some((
                "access_disabled",
                "Access is disabled for your organisation. Ask its provider.",
            ));
        }
        if self.management == Some(Management::Pending) {
            return Some((
                "management_pending",
                "Your organisation has not yet confirmed who manages it.",
            ));
        }
        if self.access_mode == Some(AccessMode::NoAccess) && !self.is_super_admin {
            return Some((
                "no_access",
                "Your organisation's users have no access; its provider manages everything.",
            ));
        }
        None
    }

    pub fn holding(&self) -> Holding {
        Holding {
            place: self.place(),
            permissions: self.permissions(),
            role: self.role_id.uuid(),
        }
    }
}

/// A customer's place is read from its row: the customer may have moved since.
fn held_sql(user: Uuid) -> Sql {
    sql!(
        "select g.role_id, r.permissions, g.provider_id, case when g.customer_id is null then g.reseller_id else c.reseller_id end as reseller_id, g.customer_id,
         p.status as provider_status, c.access, c.access_mode, c.management, c.archived_at, c.deleted_at,
         case when g.customer_id is null then false else exists (select 1 from contact_links l join contacts k on k.id = l.contact_id join users u on u.email_key = k.email_key
           where l.customer_id = g.customer_id and l.is_super_admin and u.id = g.user_id) end as is_super_admin
         from grants g join roles r on r.id = g.role_id left join providers p on p.id = g.provider_id left join customers c on c.id = g.customer_id
         where g.user_id = $1 order by g.created_at, g.id",
        user
    )
}

pub async fn held_by(call: &mut Call, user: Id<User>) -> Result<Vec<Held>> {
    call.query(held_sql(user.uuid())).await
}

/// Every grant of a user, whether it counts or not; for where there is no call yet.
pub async fn held_in(db: &Db, user: Uuid) -> Result<Vec<Held>> {
    Ok(db.read().query(held_sql(user)).await?)
}

/// What counts of it in a session that an identity provider began: it is believed at its own provider
/// and below, and gives nothing that is held above.
pub fn believed(holdings: Vec<Holding>, sso_of: Option<Uuid>) -> Vec<Holding> {
    let Some(provider) = sso_of else {
        return holdings;
    };
    let below = |it: &Holding| Place::Provider(provider).covers(it.place);
    holdings.into_iter().filter(below).collect()
}

/// What somebody may who works at a node: all that they hold, but as a customer's admin where they
/// work as one coming from above (ACC-13). None: they may not work there.
pub fn working_at(holdings: &[Holding], home: Place) -> Option<Vec<Holding>> {
    let mut around = holdings.iter().filter(|it| it.place.covers(home));
    let own = |it: &Holding| it.place.customer().is_some();
    if home.level() != Level::Customer || around.clone().any(own) {
        return around.next().map(|_| holdings.to_vec());
    }
    around.find(|it| it.permissions.has("customers", "work_as"))?;
    let as_admin = |it: &Holding| Holding {
        permissions: it.permissions.and(ceiling(Level::Customer)),
        ..it.clone()
    };
    Some(holdings.iter().map(as_admin).collect())
}

/// ACC-12: with no access a customer has no users but its super admins.
pub async fn check_access(call: &mut Call, place: Place, email: &Email) -> Result<()> {
    let Some(customer) = place.customer() else {
        return Ok(());
    };
    let closed = call.count(sql!("select count(*) from customers c where c.id = $1 and c.access_mode = 'no_access' and not exists (select 1 from contact_links l join contacts k on k.id = l.contact_id
         where l.customer_id = c.id and l.is_super_admin and k.email_key = $2)", customer, text::key(email.as_str()))).await?;
    if closed == 0 {
        return Ok(());
    }
    Err(Error::conflict(
        "no_access",
        "This customer's access mode is no access: only its super admins can have a log-in. Give it full access first.",
    ))
}
