//! The notification centre (ONB-12): what happened that somebody should know, in the console and, if
//! they want, by email.

mod centre;
mod email;
mod preference;
mod words;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with, put_with};
use kit::access::{Place, ScopeColumns};
use kit::call::Call;
use kit::conn::{Bind, JsonOf};
use kit::resource::{Owner, Resource};
use kit::time::Instant;
use kit::{Record, Result, State, choice, store};
use uuid::Uuid;

pub use email::send as send_emails;

use crate::crud::op;
use crate::licences::{ExpiryAlert, OveruseCase};
use crate::people::place_of;

choice! {
    /// What people are told of.
    pub enum NotificationKind {
        Overuse = "overuse" "Over-use",
        Expiry = "expiry" "Licences that expire",
        Import = "import" "Imports of one's own",
    }
}

impl NotificationKind {
    /// What somebody must be allowed to read to be told; none where only one person is.
    const fn permission(self) -> Option<&'static str> {
        match self {
            Self::Overuse => Some(OveruseCase::PERMISSION),
            Self::Expiry => Some(ExpiryAlert::PERMISSION),
            Self::Import => None,
        }
    }

    /// The page of the console that shows what it is about.
    const fn page(self) -> &'static str {
        match self {
            Self::Overuse => "overuse-cases",
            Self::Expiry => "licence-blocks",
            Self::Import => "imports",
        }
    }
}

/// What a notification's sentence is filled with.
type Details = Vec<(String, String)>;

/// Something to tell.
pub struct Notice {
    pub kind: NotificationKind,
    /// The object that it is about, and where that lies.
    pub object_type: &'static str,
    pub object_id: Uuid,
    pub owner: Owner,
    /// Whom alone to tell; none: everybody who may read such objects there.
    pub user_id: Option<Uuid>,
    pub details: Vec<(&'static str, String)>,
}

/// Tells it, in the transaction of what it tells.
pub async fn tell(call: &mut Call, notice: Notice) -> Result<()> {
    let details: Details = notice
        .details
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let set = vec![
        ("id", store::new_id(call).to_value()),
        ("at", call.now.to_value()),
        ("kind", notice.kind.to_value()),
        ("provider_id", notice.owner.provider_id.to_value()),
        ("reseller_id", notice.owner.reseller_id.to_value()),
        ("customer_id", notice.owner.customer_id.to_value()),
        ("user_id", notice.user_id.to_value()),
        ("object_type", notice.object_type.to_value()),
        ("object_id", notice.object_id.to_value()),
        ("details", JsonOf(details).to_value()),
        ("is_mailed", false.to_value()),
    ];
    store::insert(call, "notifications", set).await
}

/// A notification as it is stored.
#[derive(Record)]
struct Stored {
    id: Uuid,
    at: Instant,
    kind: NotificationKind,
    provider_id: Option<Uuid>,
    reseller_id: Option<Uuid>,
    customer_id: Option<Uuid>,
    user_id: Option<Uuid>,
    object_type: String,
    object_id: Uuid,
    details: JsonOf<Details>,
}

impl Stored {
    fn place(&self) -> Place {
        match self.provider_id {
            None => Place::Platform,
            provider => place_of(provider, self.reseller_id, self.customer_id),
        }
    }
}

const SCOPE: ScopeColumns = ScopeColumns {
    provider: "n.provider_id = ?",
    reseller: "n.reseller_id = ?",
    customer: "n.customer_id = ?",
};

#[rustfmt::skip]
pub fn routes() -> ApiRouter<State> {
    ApiRouter::new()
        .api_route("/notifications", get_with(centre::notification_list, op("notification_list", "What one is told")))
        .api_route("/notifications/unread", get_with(centre::notification_unread, op("notification_unread", "How much of it is unread")))
        .api_route("/notifications/read", post_with(centre::notification_read_all, op("notification_read_all", "Mark all notifications as read")))
        .api_route("/notifications/{id}/read", post_with(centre::notification_read, op("notification_read", "Mark a notification as read")))
        .api_route("/notification_preferences", get_with(preference::notification_preference_list, op("notification_preference_list", "What one wants to be told, and how")))
        .api_route("/notification_preferences/{kind}", put_with(preference::notification_preference_put, op("notification_preference_put", "Choose how one is told")))
}
