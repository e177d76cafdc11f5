//! The whole API on one page.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with, put_with};
use aide::openapi::OpenApi;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router};
use kit::{Error, State, web};

use crate::audit::{AuditEvent, event_list};
use crate::crud::{listed, op, viewed};
use crate::customers::{
    Customer, bin::Binned, customer, deletion, lifecycle, local_admin, manager, moving, similar,
};
use crate::exchange::{import, jobs};
use crate::people::authenticate::{Authenticator, authenticate};
use crate::people::{
    Contact, ContactLink, Grant, Invitation, Role, Token, User, enrolment, grant, invitation,
    invited, link, log_in, password_reset, preference, profile, role, second_step, session, token,
    user, user_sessions,
};
use crate::tree::{Provider, Reseller, Site, Tenant, node, reseller, site, tenant};
use crate::written::written;
use crate::{devices, licences, mail, notifications, search, sso, values};

/// Every operation of version 1, with what it is called.
#[rustfmt::skip]
fn operations() -> ApiRouter<State> {
    ApiRouter::new()
        // Who is calling.
        .api_route("/session", post_with(log_in::session_create, op("session_create", "Log in")).get_with(session::session_view, op("session_view", "Who is logged in, where, and with which rights")).delete_with(session::session_delete, op("session_delete", "Log out")))
        .api_route("/session/password", post_with(log_in::session_password, op("session_password", "Change one's own password")))
        .api_route("/session/second_factor", post_with(second_step::session_second_factor, op("session_second_factor", "Complete a log-in with a code")))
        .api_route("/session/node", post_with(session::session_node, op("session_node", "Work at another node")))
        .api_route("/sessions", get_with(session::session_list, op("session_list", "One's own sessions")))
        .api_route("/sessions/{id}", delete_with(session::session_revoke, op("session_revoke", "End one of one's own sessions")))
        .api_route("/profile", get_with(profile::profile_view, op("profile_view", "One's own account")).patch_with(profile::profile_update, op("profile_update", "Change one's own account")))
        .api_route("/profile/second_factor", get_with(enrolment::second_factor_view, op("second_factor_view", "One's own second factor")).post_with(enrolment::second_factor_begin, op("second_factor_begin", "Begin to set up a second factor")))
        .api_route("/profile/second_factor/confirm", post_with(enrolment::second_factor_confirm, op("second_factor_confirm", "Turn the second factor on")))
        .api_route("/profile/second_factor/remove", post_with(enrolment::second_factor_remove, op("second_factor_remove", "Remove one's own second factor")))
        .api_route("/profile/second_factor/recovery_codes", post_with(enrolment::second_factor_renew_codes, op("second_factor_renew_codes", "Make new recovery codes")))
        .api_route("/password_resets", post_with(password_reset::password_reset_create, op("password_reset_create", "Ask for a link to choose a new password")))
        .api_route("/password_resets/look", post_with(password_reset::password_reset_look, op("password_reset_look", "Whose password a link changes")))
        .api_route("/password_resets/complete", post_with(password_reset::password_reset_complete, op("password_reset_complete", "Choose a new password with a link")))
        .api_route("/preferences/{name}", get_with(preference::preference_view, op("preference_view", "A preference of one's own")).put_with(preference::preference_put, op("preference_put", "Keep a preference")))
        .api_route("/nodes", get_with(node::node_list, op("node_list", "Nodes that one can work at")))
        .api_route("/search", get_with(search::search_list, op("search_list", "Find anything by name or id")))
        .api_route("/enums/{name}", get_with(values::enum_list, op("enum_list", "The values of a kind")))
        // The tree.
        .merge(listed::<Provider>())
        .merge(viewed::<Provider>())
        .merge(written::<Provider>())
        .merge(listed::<Reseller>())
        .merge(viewed::<Reseller>())
        .merge(written::<Reseller>())
        .api_route("/resellers/{id}/archive", post_with(reseller::reseller_archive, op("reseller_archive", "Archive a reseller")))
        .api_route("/resellers/{id}/unarchive", post_with(reseller::reseller_unarchive, op("reseller_unarchive", "Unarchive a reseller")))
        .merge(listed::<Tenant>())
        .merge(viewed::<Tenant>())
        .merge(written::<Tenant>())
        .api_route("/tenants/{id}/make_default", post_with(tenant::tenant_make_default, op("tenant_make_default", "Make a tenant the default one")))
        .api_route("/tenants/{id}/archive", post_with(tenant::tenant_archive, op("tenant_archive", "Archive a tenant")))
        .api_route("/tenants/{id}/unarchive", post_with(tenant::tenant_unarchive, op("tenant_unarchive", "Unarchive a tenant")))
        .merge(listed::<Site>())
        .merge(viewed::<Site>())
        .merge(written::<Site>())
        .api_route("/sites/{id}/archive", post_with(site::site_archive, op("site_archive", "Archive a site")))
        .api_route("/sites/{id}/unarchive", post_with(site::site_unarchive, op("site_unarchive", "Unarchive a site")))
        // Customers.
        .merge(listed::<Customer>())
        .merge(written::<Customer>())
        .api_route("/customers", post_with(customer::customer_create, op("customer_create", "Add a customer")))
        .api_route("/customers/local_admin", get_with(local_admin::customer_local_admin, op("customer_local_admin", "How a new customer's local admin would be called")))
        .api_route("/customers/similar", get_with(similar::customer_similar, op("customer_similar", "Likely duplicates")))
        .api_route("/manager", get_with(manager::manager_view, op("manager_view", "Who manages us")))
        .merge(viewed::<Customer>())
        .api_route("/customers/{id}/deletion", get_with(deletion::customer_deletion, op("customer_deletion", "What deleting a customer takes along")))
        .api_route("/customers/{id}/archive", post_with(lifecycle::customer_archive, op("customer_archive", "Archive a customer")))
        .api_route("/customers/{id}/unarchive", post_with(lifecycle::customer_unarchive, op("customer_unarchive", "Unarchive a customer")))
        .api_route("/customers/{id}/enable", post_with(lifecycle::customer_enable, op("customer_enable", "Enable a customer")))
        .api_route("/customers/{id}/disable", post_with(lifecycle::customer_disable, op("customer_disable", "Disable a customer")))
        .api_route("/customers/{id}/renew_link_code", post_with(lifecycle::customer_renew_link_code, op("customer_renew_link_code", "Renew a customer's id for onboarding")))
        .api_route("/customers/{id}/move", post_with(moving::customer_move, op("customer_move", "Move a customer to another reseller")).get_with(moving::customer_move_preview, op("customer_move_preview", "What moving a customer would change")))
        .merge(listed::<Binned>())
        .api_route("/customers/{id}/restore", post_with(deletion::customer_restore, op("customer_restore", "Restore a customer from the bin")))
        .api_route("/customers/{id}/purge", post_with(deletion::customer_purge, op("customer_purge", "Remove a customer in the bin for good")))
        // Licences, and the devices that use them.
        .merge(licences::routes())
        .merge(devices::routes())
        // People.
        .merge(listed::<Contact>())
        .merge(viewed::<Contact>())
        .merge(written::<Contact>())
        .merge(listed::<ContactLink>())
        .api_route("/customers/{id}/contacts/{contact_id}", put_with(link::contact_link_put, op("contact_link_put", "Link a contact to a customer")).delete_with(link::contact_link_delete, op("contact_link_delete", "Unlink a contact from a customer")))
        .merge(listed::<User>())
        .merge(viewed::<User>())
        .api_route("/users", post_with(user::user_create, op("user_create", "Add a user")))
        .api_route("/users/{id}", put_with(user::user_update, op("user_replace", "Replace a user")).patch_with(user::user_update, op("user_update", "Change a user")))
        .api_route("/users/{id}/disable", post_with(user::user_disable, op("user_disable", "Disable a user")))
        .api_route("/users/{id}/enable", post_with(user::user_enable, op("user_enable", "Enable a user")))
        .api_route("/users/{id}/lock", post_with(user::user_lock, op("user_lock", "Lock a user")))
        .api_route("/users/{id}/unlock", post_with(user::user_unlock, op("user_unlock", "Unlock a user")))
        .api_route("/users/{id}/set_password", post_with(user::user_set_password, op("user_set_password", "Set a user's password")))
        .api_route("/users/{id}/reset_second_factor", post_with(enrolment::user_reset_second_factor, op("user_reset_second_factor", "Take a user's second factor away")))
        .merge(listed::<Invitation>())
        .merge(viewed::<Invitation>())
        .api_route("/invitations", post_with(invitation::invitation_create, op("invitation_create", "Invite somebody by email")))
        .api_route("/invitations/{id}/resend", post_with(invitation::invitation_resend, op("invitation_resend", "Send an invitation again")))
        .api_route("/invitations/{id}/revoke", post_with(invitation::invitation_revoke, op("invitation_revoke", "Take an invitation back")))
        .api_route("/invitations/look", post_with(invited::invitation_look, op("invitation_look", "What an invitation offers")))
        .api_route("/invitations/accept", post_with(invited::invitation_accept, op("invitation_accept", "Accept an invitation")))
        .api_route("/users/{id}/sessions", get_with(user_sessions::user_session_list, op("user_session_list", "The sessions of a user")).delete_with(user_sessions::user_session_revoke_all, op("user_session_revoke_all", "End all sessions of a user")))
        .api_route("/users/{id}/sessions/{session_id}", delete_with(user_sessions::user_session_revoke, op("user_session_revoke", "End a session of a user")))
        .merge(sso::routes())
        .merge(listed::<Role>())
        .merge(written::<Role>())
        .api_route("/roles/{id}", get_with(role::role_view, op("role_view", "View one role")))
        .api_route("/roles/{id}/clone", post_with(role::role_clone, op("role_clone", "Clone a role")))
        .api_route("/roles/{id}/take_over", post_with(role::role_take_over, op("role_take_over", "Take over what changed in a role's template")))
        .merge(listed::<Grant>())
        .merge(viewed::<Grant>())
        .api_route("/grants", post_with(grant::grant_create, op("grant_create", "Grant a role")))
        .api_route("/grants/{id}", delete_with(grant::grant_delete, op("grant_delete", "Take a role away")))
        .merge(listed::<Token>())
        .merge(viewed::<Token>())
        .api_route("/tokens", post_with(token::token_create, op("token_create", "Make an API token")))
        .api_route("/tokens/{id}", delete_with(token::token_delete, op("token_delete", "Revoke an API token")))
        // Data in, and what happened.
        .merge(import::routes())
        .merge(jobs::routes())
        .merge(mail::routes())
        .merge(listed::<AuditEvent>())
        .merge(viewed::<AuditEvent>())
        .api_route("/events", get_with(event_list, op("event_list", "What changed since")))
        .merge(notifications::routes())
}

/// The API under `/api/v1`, authenticated; and its document.
pub fn api(state: State) -> (Router, OpenApi) {
    aide::generate::on_error(|error| tracing::debug!(%error, "API document"));
    aide::generate::extract_schemas(true);
    aide::generate::infer_responses(true);
    let mut document = OpenApi::default();
    let routes = ApiRouter::new()
        .nest_api_service(
            "/api/v1",
            operations().fallback(not_found).with_state(state.clone()),
        )
        .finish_api_with(&mut document, crate::document::describe);
    crate::document::name_ids(&mut document);
    let served = Arc::new(document.clone());
    let router = routes
        .route("/api/openapi.json", axum::routing::get(document_json))
        .route("/api/docs", axum::routing::get(crate::document::page))
        .route("/api/docs.css", axum::routing::get(crate::document::style))
        .route("/api/{*rest}", axum::routing::any(not_found))
        .layer(Extension(served))
        .layer(from_fn_with_state(state.clone(), web::replay))
        .layer(from_fn_with_state(
            Arc::new(Authenticator::new(state)),
            authenticate,
        ));
    (router, document)
}

/// What the outside sees, whatever the inside serves: request ids, retries, problems, headers.
pub fn outside(state: State, inside: Router) -> Router {
    inside
        .layer(from_fn(method_problems))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state, web::front))
}

async fn document_json(Extension(document): Extension<Arc<OpenApi>>) -> Response {
    Json(&*document).into_response()
}

async fn not_found() -> Error {
    Error::NotFound
}

/// axum's own bare 405 becomes a problem like every other.
async fn method_problems(
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let response = next.run(request).await;
    match response.status() {
        axum::http::StatusCode::METHOD_NOT_ALLOWED
            if response.extensions().get::<kit::error::Problem>().is_none() =>
        {
            Error::MethodNotAllowed.into_response()
        }
        _ => response,
    }
}

fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| cause.downcast_ref::<&str>().map(|it| (*it).to_owned()));
    Error::internal(format!("panic: {}", text.unwrap_or_default())).into_response()
}
