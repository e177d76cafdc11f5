//! People: contacts, users with what proves who they are and what they may do (spec 1.3, 1.4).

mod account;
pub mod admin;
pub mod authenticate;
mod buckets;
pub mod built_in;
pub mod contact;
pub mod cookie;
mod credential;
pub mod enrolment;
pub mod grant;
pub mod held;
pub mod invitation;
pub mod invited;
pub mod link;
mod link_roles;
mod linking;
pub mod log_in;
pub mod moved_roles;
pub mod one_shot;
pub mod password;
pub mod password_reset;
pub mod preference;
pub mod profile;
pub mod role;
pub mod second_factor;
pub mod second_step;
pub mod session;
pub mod token;
pub mod user;
pub mod user_sessions;

pub use admin::purge_expired;
pub use authenticate::{Authenticator, authenticate};
pub use contact::Contact;
pub use credential::everything_of;
pub use grant::Grant;
pub use held::place_of;
pub use invitation::Invitation;
pub use link::ContactLink;
pub use role::Role;
pub use token::Token;
pub use user::User;

use kit::list::PageInfo;
use schemars::JsonSchema;
use serde::Serialize;

/// A list that is always answered whole, in the shape of every other list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}s")]
pub struct Whole<T> {
    pub items: Vec<T>,
    pub page: PageInfo,
}

impl<T> From<Vec<T>> for Whole<T> {
    fn from(items: Vec<T>) -> Self {
        let count = i64::try_from(items.len()).ok();
        Self {
            items,
            page: PageInfo {
                next: None,
                prev: None,
                count,
                count_is_exact: Some(true),
            },
        }
    }
}
