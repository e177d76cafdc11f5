//! A row for each operation: what it needs and what it is about. An operation without a row fails
//! the matrix.

use serde_json::{Value as Json, json};

use super::oracle::{Level, Node};
use super::world::{World, mark_of};

pub struct Row {
    pub id: &'static str,
    /// One of these permissions; none: being logged in is enough.
    pub needs: &'static [(&'static str, &'static str)],
    pub about: About,
    /// What is answered when it is allowed.
    pub fine: &'static [u16],
}

/// What an operation is about.
#[derive(Clone, Copy)]
pub enum About {
    /// Nothing that lies anywhere, and nobody needs to be logged in.
    Anybody,
    /// The caller's own account, or nothing.
    Self_,
    /// All objects of a kind that the caller sees.
    All(&'static str),
    /// The same as a file.
    File(&'static str),
    /// One object of a kind.
    One(&'static str),
    /// One object, named in the body of a batch.
    Batch(&'static str),
    /// A new object below a node that this field names.
    New(&'static str),
    /// A question about a node that this parameter names.
    Ask(&'static str),
}

use About::*;

const fn row(
    id: &'static str,
    needs: &'static [(&'static str, &'static str)],
    about: About,
    fine: &'static [u16],
) -> Row {
    Row {
        id,
        needs,
        about,
        fine,
    }
}

macro_rules! resource {
    ($one:literal, $kind:literal, $needs:literal) => {
        [
            row(
                concat!($one, "_list"),
                &[($needs, "read")],
                All($kind),
                &[200],
            ),
            row(
                concat!($one, "_columns"),
                &[($needs, "read")],
                Self_,
                &[200],
            ),
            row(
                concat!($one, "_export"),
                &[($needs, "read")],
                File($kind),
                &[200],
            ),
            row(
                concat!($one, "_view"),
                &[($needs, "read")],
                One($kind),
                &[200],
            ),
        ]
    };
}

macro_rules! written {
    ($one:literal, $kind:literal) => {
        [
            row(
                concat!($one, "_replace"),
                &[($kind, "update")],
                One($kind),
                &[200],
            ),
            row(
                concat!($one, "_update"),
                &[($kind, "update")],
                One($kind),
                &[200],
            ),
            row(
                concat!($one, "_batch"),
                &[($kind, "update")],
                Batch($kind),
                &[200],
            ),
        ]
    };
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![];
    rows.extend(resource!("provider", "providers", "providers"));
    rows.extend(resource!("reseller", "resellers", "resellers"));
    rows.extend(resource!("customer", "customers", "customers"));
    rows.extend(resource!("tenant", "tenants", "tenants"));
    rows.extend(resource!("site", "sites", "sites"));
    rows.extend(resource!("contact", "contacts", "contacts"));
    rows.extend(resource!("contact_link", "contact_links", "contacts"));
    rows.extend(resource!("user", "users", "users"));
    rows.extend(resource!("invitation", "invitations", "users"));
    rows.extend(resource!("grant", "grants", "users"));
    rows.extend(resource!("token", "tokens", "tokens"));
    rows.extend(resource!("import", "imports", "imports"));
    rows.extend(resource!("job", "jobs", "jobs"));
    rows.extend(resource!("mail_message", "mail_messages", "settings"));
    rows.extend(resource!("sso_provider", "sso_providers", "settings"));
    rows.extend(resource!("sso_domain", "sso_domains", "settings"));
    rows.extend(resource!("audit_event", "audit_events", "audit"));
    rows.extend(written!("provider", "providers"));
    rows.extend(written!("reseller", "resellers"));
    rows.extend(written!("customer", "customers"));
    rows.extend(written!("tenant", "tenants"));
    rows.extend(written!("site", "sites"));
    rows.extend(written!("contact", "contacts"));
    rows.extend(written!("role", "roles"));
    rows.extend(resource!("licence_block", "licence_blocks", "licences"));
    rows.extend(resource!("licence_pool", "licence_pools", "licences"));
    rows.extend(resource!("overuse_case", "overuse_cases", "licences"));
    rows.extend(resource!("expiry_alert", "expiry_alerts", "licences"));
    rows.extend(resource!("device", "devices", "devices"));
    rows.extend(resource!("device_group", "device_groups", "devices"));
    rows.extend(written!("product", "products"));
    rows.extend(written!("device", "devices"));
    rows.extend(LICENSING);
    rows.extend(OTHERS);
    // There is one link for each contact; it has no view of its own.
    rows.retain(|it| it.id != "contact_link_view");
    rows
}

const ROLES_READ: &[(&str, &str)] = &[("roles", "read"), ("users", "read")];

const PRODUCTS_READ: &[(&str, &str)] = &[("products", "read"), ("licences", "read")];

#[rustfmt::skip]
const LICENSING: [Row; 32] = [
    row("product_list", PRODUCTS_READ, All("products"), &[200]),
    row("product_columns", PRODUCTS_READ, Self_, &[200]),
    row("product_export", PRODUCTS_READ, File("products"), &[200]),
    row("product_view", PRODUCTS_READ, One("products"), &[200]),
    row("product_create", &[("products", "create")], New("provider_id"), &[201]),
    row("product_delete", &[("products", "delete")], One("products"), &[409]),
    row("licence_block_create", &[("licences", "create")], New("customer_id"), &[201]),
    row("licence_block_preview", &[("licences", "create")], New("customer_id"), &[200]),
    row("licence_block_change", &[("licences", "update")], One("licence_blocks"), &[200]),
    row("licence_block_deletion", &[("licences", "delete")], One("licence_blocks"), &[200]),
    row("licence_block_replace", &[("licences", "update")], One("licence_blocks"), &[200]),
    row("licence_block_update", &[("licences", "update")], One("licence_blocks"), &[200]),
    row("licence_block_batch", &[("licences", "update")], Batch("licence_blocks"), &[200]),
    row("licence_block_delete", &[("licences", "delete")], One("licence_blocks"), &[204]),
    row("licence_block_renew", &[("licences", "create")], One("licence_blocks"), &[201]),
    row("licence_block_not_renewed", &[("licences", "update")], One("licence_blocks"), &[200]),
    row("licence_pool_history", &[("licences", "read")], One("licence_pools"), &[200]),
    row("licence_pool_why", &[("licences", "read")], Self_, &[400]),
    row("overuse_case_acknowledge", &[("licences", "update")], One("overuse_cases"), &[200]),
    row("overuse_case_order", &[("licences", "update")], One("overuse_cases"), &[200]),
    row("expiry_alert_acknowledge", &[("licences", "update")], One("expiry_alerts"), &[200]),
    row("expiry_alert_snooze", &[("licences", "update")], One("expiry_alerts"), &[200]),
    row("device_create", &[("devices", "create")], New("customer_id"), &[201]),
    row("device_suspend", &[("devices", "update")], One("devices"), &[200]),
    row("device_resume", &[("devices", "update")], One("devices"), &[200]),
    row("device_deregister", &[("devices", "update")], One("devices"), &[200]),
    row("device_move", &[("devices", "update")], One("devices"), &[200, 422]),
    row("device_group_create", &[("devices", "create")], New("customer_id"), &[201]),
    row("device_group_replace", &[("devices", "update")], One("device_groups"), &[200]),
    row("device_group_update", &[("devices", "update")], One("device_groups"), &[200]),
    row("device_group_batch", &[("devices", "update")], Batch("device_groups"), &[200]),
    row("device_group_delete", &[("devices", "delete")], One("device_groups"), &[409]),
];

const OTHERS: [Row; 120] = [
    row(
        "event_list",
        &[("audit", "read")],
        All("audit_events"),
        &[200],
    ),
    row("notification_list", &[], All("notifications"), &[200]),
    row("notification_unread", &[], Self_, &[200]),
    row("notification_read", &[], Self_, &[404]),
    row("notification_read_all", &[], Self_, &[204]),
    row("notification_preference_list", &[], Self_, &[200]),
    row("notification_preference_put", &[], Self_, &[200, 404]),
    row("session_create", &[], Anybody, &[401]),
    row("session_second_factor", &[], Anybody, &[401, 422]),
    row("password_reset_create", &[], Anybody, &[202, 204]),
    row("password_reset_look", &[], Anybody, &[403]),
    row("password_reset_complete", &[], Anybody, &[403]),
    row("invitation_look", &[], Anybody, &[403]),
    row("invitation_accept", &[], Anybody, &[403]),
    row("enum_list", &[], Anybody, &[200]),
    row("session_methods", &[], Anybody, &[200]),
    row("session_sso", &[], Anybody, &[404]),
    row("session_sso_complete", &[], Anybody, &[401]),
    row("session_view", &[], Self_, &[200]),
    row("session_list", &[], Self_, &[200]),
    row("manager_view", &[("manager", "read")], Self_, &[200]),
    row("session_node", &[], Ask("node_id"), &[200]),
    row("session_password", &[], Self_, &[422]),
    row("session_revoke", &[], One("sessions"), &[204]),
    row("session_delete", &[], Self_, &[204]),
    row("profile_view", &[], Self_, &[200]),
    row("profile_update", &[], Self_, &[200]),
    row("second_factor_view", &[], Self_, &[200]),
    row("second_factor_begin", &[], Self_, &[422]),
    row("second_factor_confirm", &[], Self_, &[409, 422]),
    row("second_factor_remove", &[], Self_, &[409, 422]),
    row("second_factor_renew_codes", &[], Self_, &[409, 422]),
    row("preference_view", &[], Self_, &[200, 404]),
    row("preference_put", &[], Self_, &[200, 204]),
    row("node_list", &[], All("nodes"), &[200]),
    row("search_list", &[], All("search"), &[200]),
    row("provider_create", &[("providers", "create")], Self_, &[201]),
    row(
        "reseller_create",
        &[("resellers", "create")],
        New("provider_id"),
        &[201],
    ),
    row(
        "reseller_delete",
        &[("resellers", "delete")],
        One("resellers"),
        &[204, 409],
    ),
    row(
        "reseller_archive",
        &[("resellers", "update")],
        One("resellers"),
        &[200],
    ),
    row(
        "reseller_unarchive",
        &[("resellers", "update")],
        One("resellers"),
        &[200],
    ),
    row(
        "customer_create",
        &[("customers", "create")],
        New("place"),
        &[201],
    ),
    row(
        "customer_delete",
        &[("customers", "delete")],
        One("customers"),
        &[204, 409],
    ),
    row(
        "customer_local_admin",
        &[("customers", "create")],
        Ask("place"),
        &[200],
    ),
    row(
        "customer_similar",
        &[("customers", "create"), ("customers", "update")],
        All("similar"),
        &[200],
    ),
    row(
        "customer_deletion",
        &[("customers", "delete")],
        One("customers"),
        &[200],
    ),
    row(
        "customer_archive",
        &[("customers", "update")],
        One("customers"),
        &[200],
    ),
    row(
        "customer_unarchive",
        &[("customers", "update")],
        One("customers"),
        &[200],
    ),
    row(
        "customer_enable",
        &[("customers", "update")],
        One("customers"),
        &[200],
    ),
    row(
        "customer_disable",
        &[("customers", "update")],
        One("customers"),
        &[200],
    ),
    row(
        "customer_renew_link_code",
        &[("customers", "update")],
        One("customers"),
        &[200],
    ),
    row(
        "customer_move_preview",
        &[("customers", "update")],
        One("customers"),
        &[200],
    ),
    row(
        "customer_move",
        &[("customers", "update")],
        One("customers"),
        &[200],
    ),
    row(
        "customer_restore",
        &[("customers", "delete")],
        One("bin"),
        &[200],
    ),
    row(
        "customer_purge",
        &[("customers", "delete")],
        One("bin"),
        &[204],
    ),
    row("bin_list", &[("customers", "read")], All("bin"), &[200]),
    row("bin_columns", &[("customers", "read")], Self_, &[200]),
    row("bin_export", &[("customers", "read")], File("bin"), &[200]),
    row(
        "tenant_create",
        &[("tenants", "create")],
        New("customer_id"),
        &[201],
    ),
    row(
        "tenant_delete",
        &[("tenants", "delete")],
        One("tenants"),
        &[204],
    ),
    row(
        "tenant_make_default",
        &[("tenants", "update")],
        One("tenants"),
        &[200],
    ),
    row(
        "tenant_archive",
        &[("tenants", "update")],
        One("tenants"),
        &[200],
    ),
    row(
        "tenant_unarchive",
        &[("tenants", "update")],
        One("tenants"),
        &[200],
    ),
    row(
        "site_create",
        &[("sites", "create")],
        New("customer_id"),
        &[201],
    ),
    row("site_delete", &[("sites", "delete")], One("sites"), &[204]),
    row("site_archive", &[("sites", "update")], One("sites"), &[200]),
    row(
        "site_unarchive",
        &[("sites", "update")],
        One("sites"),
        &[200],
    ),
    row(
        "contact_create",
        &[("contacts", "create")],
        New("customer_id"),
        &[201],
    ),
    row(
        "contact_delete",
        &[("contacts", "delete")],
        One("contacts"),
        &[204, 409],
    ),
    row(
        "contact_link_put",
        &[("contacts", "update")],
        One("contact_links"),
        &[200, 201],
    ),
    row(
        "contact_link_delete",
        &[("contacts", "update")],
        One("contact_links"),
        &[204],
    ),
    row(
        "user_create",
        &[("users", "create")],
        New("node_id"),
        &[201],
    ),
    row("user_replace", &[("users", "update")], One("users"), &[200]),
    row("user_update", &[("users", "update")], One("users"), &[200]),
    row("user_disable", &[("users", "update")], One("users"), &[200]),
    row(
        "user_enable",
        &[("users", "update")],
        One("users"),
        &[200, 409],
    ),
    row("user_lock", &[("users", "update")], One("users"), &[200]),
    row(
        "user_unlock",
        &[("users", "update")],
        One("users"),
        &[200, 409],
    ),
    row(
        "user_set_password",
        &[("users", "update")],
        One("users"),
        &[200, 204],
    ),
    row(
        "user_reset_second_factor",
        &[("users", "update")],
        One("users"),
        &[200, 409],
    ),
    row(
        "user_session_list",
        &[("users", "update")],
        One("users"),
        &[200],
    ),
    row(
        "user_session_revoke",
        &[("users", "update")],
        One("users"),
        &[204],
    ),
    row(
        "user_session_revoke_all",
        &[("users", "update")],
        One("users"),
        &[200, 204],
    ),
    row(
        "invitation_create",
        &[("users", "create")],
        New("node_id"),
        &[201],
    ),
    row(
        "invitation_resend",
        &[("users", "create")],
        One("invitations"),
        &[200],
    ),
    row(
        "invitation_revoke",
        &[("users", "update")],
        One("invitations"),
        &[200],
    ),
    row("role_list", ROLES_READ, All("roles"), &[200]),
    row("role_columns", ROLES_READ, Self_, &[200]),
    row("role_export", ROLES_READ, File("roles"), &[200]),
    row("role_view", ROLES_READ, One("roles"), &[200]),
    row(
        "role_create",
        &[("roles", "create")],
        New("node_id"),
        &[201],
    ),
    row(
        "role_delete",
        &[("roles", "delete")],
        One("roles"),
        &[204, 409],
    ),
    row("role_clone", &[("roles", "create")], One("roles"), &[201]),
    row(
        "role_take_over",
        &[("roles", "update")],
        One("roles"),
        &[409],
    ),
    row(
        "grant_create",
        &[("users", "update")],
        New("node_id"),
        &[201],
    ),
    row(
        "grant_delete",
        &[("users", "update")],
        One("grants"),
        &[204],
    ),
    row(
        "token_create",
        &[("tokens", "create")],
        New("node_id"),
        &[201],
    ),
    row(
        "token_delete",
        &[("tokens", "delete")],
        One("tokens"),
        &[204],
    ),
    row("import_create", &[("imports", "create")], Self_, &[201]),
    row(
        "import_plan",
        &[("imports", "create")],
        One("imports"),
        &[202, 409],
    ),
    row(
        "import_apply",
        &[("imports", "create")],
        One("imports"),
        &[202, 409],
    ),
    row(
        "import_cancel",
        &[("imports", "create")],
        One("imports"),
        &[202],
    ),
    row(
        "import_undo_preview",
        &[("imports", "read")],
        One("imports"),
        &[200, 409],
    ),
    row(
        "import_undo",
        &[("imports", "create")],
        One("imports"),
        &[202, 409],
    ),
    row(
        "import_rows",
        &[("imports", "read")],
        One("imports"),
        &[200],
    ),
    row(
        "import_refused",
        &[("imports", "read")],
        One("imports"),
        &[200, 409],
    ),
    row("import_columns_of", &[("imports", "read")], Self_, &[200]),
    row("import_sample", &[("imports", "read")], Self_, &[200]),
    row(
        "job_cancel",
        &[("jobs", "update")],
        One("jobs"),
        &[200, 202, 204],
    ),
    row(
        "user_unlink_sso",
        &[("users", "update")],
        One("users"),
        &[200],
    ),
    row(
        "sso_provider_create",
        &[("settings", "create")],
        New("provider_id"),
        &[201],
    ),
    row(
        "sso_provider_replace",
        &[("settings", "update")],
        One("sso_providers"),
        &[200],
    ),
    row(
        "sso_provider_update",
        &[("settings", "update")],
        One("sso_providers"),
        &[200],
    ),
    row(
        "sso_provider_batch",
        &[("settings", "update")],
        Batch("sso_providers"),
        &[200],
    ),
    row(
        "sso_provider_delete",
        &[("settings", "delete")],
        One("sso_providers"),
        &[204],
    ),
    row(
        "sso_domain_approve",
        &[("settings", "vouch")],
        One("sso_domains"),
        &[200],
    ),
    row(
        "sso_domain_refuse",
        &[("settings", "vouch")],
        One("sso_domains"),
        &[200],
    ),
    row(
        "sso_provider_test",
        &[("settings", "update")],
        One("sso_providers"),
        &[200],
    ),
    row(
        "mail_message_test",
        &[("settings", "update")],
        Self_,
        &[201],
    ),
    row(
        "mail_message_send",
        &[("settings", "update")],
        One("mail_messages"),
        &[200, 409],
    ),
];

/// What is sent; `id` is the object's or the node's.
pub fn body(row: &Row, world: &World, node: Node, id: &str) -> Json {
    let mark = mark_of(node);
    let role = world.id("roles", node);
    let password = "a wholly different word 7";
    match row.id {
        "session_create" => json!({ "email": "nobody@house.example", "password": password }),
        "session_second_factor" | "second_factor_confirm" => json!({ "code": "123456" }),
        "session_password" => {
            json!({ "current_password": "wrong", "new_password": password })
        }
        "password_reset_create" => json!({ "email": "nobody@house.example" }),
        "password_reset_look" | "invitation_look" => json!({ "token": "x" }),
        "password_reset_complete" => json!({ "token": "x", "password": password }),
        "invitation_accept" => json!({ "token": "x", "display_name": "x", "password": password }),
        "session_methods" => json!({ "email": "nobody@house.example" }),
        "session_sso" => json!({ "sso_provider_id": id }),
        "session_sso_complete" => json!({ "state": "x" }),
        "sso_provider_create" => {
            json!({ "provider_id": id, "name": "New", "issuer": "https://id.example", "client_id": "x", "email_domains": ["new.example"] })
        }
        "second_factor_begin" => json!({ "password": "wrong" }),
        "second_factor_remove" | "second_factor_renew_codes" => {
            json!({ "password": "wrong", "code": "123456" })
        }
        "preference_put" => json!({ "value": 1 }),
        "notification_preference_put" => json!({ "in_app": true, "email": false }),
        "licence_block_change" => json!({ "licences": 7 }),
        "session_node" => json!({ "node_id": id }),
        "provider_create" => json!({ "name": "New", "code": "new" }),
        "reseller_create" => json!({ "name": "New", "provider_id": id }),
        "customer_create" => json!({ "name": "New", parent_field(node): id }),
        "tenant_create" | "site_create" => json!({ "name": "New", "customer_id": id }),
        "contact_create" => json!({ "last_name": "New", "customer_id": id }),
        "product_create" => json!({ "name": "New", "code": "new", "provider_id": id }),
        "licence_block_create" | "licence_block_preview" => {
            json!({ "customer_id": id, "product_id": product(world, node), "licences": 1 })
        }
        "expiry_alert_snooze" => json!({ "snoozed_until": "2026-03-09" }),
        "licence_block_not_renewed" => json!({ "reason": "New" }),
        "device_create" => {
            json!({ "customer_id": id, "product_id": product(world, node), "identifier": "New" })
        }
        "device_move" => json!({ "customer_id": world.node_id(match node {
            Node::Sibling => Node::Customer,
            _ => Node::Sibling,
        }) }),
        "device_group_create" => json!({ "customer_id": id, "name": "New" }),
        "customer_move" => json!({ "reseller_id": null }),
        "contact_link_put" => json!({ "roles": ["technical"] }),
        "user_create" => {
            json!({ "email": "new@house.example", "display_name": "New", "password": password, "password_repeat": password, "role_id": role, "node_id": id })
        }
        "invitation_create" => {
            json!({ "email": "new@house.example", "role_id": role, "node_id": id })
        }
        "grant_create" => {
            json!({ "user_id": world.id("users", node), "role_id": world.id("others", node), "node_id": id })
        }
        "user_set_password" => json!({ "password": password, "password_repeat": password }),
        "role_create" => json!({ "name": "New", "node_id": id, "permissions": ["sites:read"] }),
        "role_clone" => json!({ "name": format!("Copy {}", mark.len()) }),
        "token_create" => {
            json!({ "name": "New", "node_id": id, "permissions": ["sites:read"] })
        }
        _ => json!({}),
    }
}

/// What is sold to the customers around a node.
fn product(world: &World, node: Node) -> Option<&str> {
    match node {
        Node::Other | Node::OtherReseller | Node::OtherCustomer => {
            world.id("products", Node::Other)
        }
        _ => world.id("products", Node::Provider),
    }
}

/// How a new customer names where it goes.
pub fn parent_field(node: Node) -> &'static str {
    match node.level() {
        Level::Reseller => "reseller_id",
        _ => "provider_id",
    }
}
