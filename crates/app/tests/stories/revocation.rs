//! What is taken holds on the next request, for every kind of credential (security.md 5).

use serde_json::{Value as Json, json};

use crate::harness::{self, App, Client, PASSWORD};
use crate::people::{OWN, house, log_in, patient, try_log_in};

/// Somebody with a role of their own, a session and a token.
struct Worker {
    id: String,
    email: String,
    role: String,
    grant: String,
    token: String,
    console: Client,
    program: Client,
}

fn id(it: &Json) -> String {
    it["id"].as_str().unwrap().to_owned()
}

async fn worker(app: &App, admin: &Client, name: &str) -> Worker {
    let node = house(admin).await;
    let permissions = ["sites:read", "tenants:read", "tokens:read", "tokens:create"];
    let role = json!({ "name": name, "node_id": node, "permissions": permissions });
    let role = id(&admin.create("/roles", role).await);
    let email = format!("{name}@house.example");
    let user = json!({ "email": email, "display_name": name, "password": PASSWORD, "password_repeat": PASSWORD, "role_id": role, "node_id": node });
    let user = admin.create("/users", user).await;
    app.choose_password(&email).await;
    let console = log_in(app, &email, PASSWORD).await;
    let made = console.create("/tokens", json!({ "name": "t" })).await;
    let program = Client {
        token: made["token"].as_str().map(str::to_owned),
        ..app.stranger()
    };
    let grant = admin.items(&format!("/grants?user_id={}", id(&user))).await;
    let worker = Worker {
        id: id(&user),
        email,
        role,
        grant: id(&grant[0]),
        token: id(&made),
        console,
        program,
    };
    // Remembered from here on: what is taken must reach past that.
    assert_eq!(worker.answers().await, (200, 200));
    worker
}

impl Worker {
    /// Of the session and of the token.
    async fn answers(&self) -> (u16, u16) {
        let session = self.console.get("/sites").await.status;
        let token = self.program.get("/sites").await.status;
        (session.as_u16(), token.as_u16())
    }
}

story!(
    every_credential_ends_with_what_it_stood_on,
    |app| async move {
        let admin = app.admin().await;
        let app = patient(&app);
        let admin = Client {
            app: app.clone(),
            ..admin
        };
        let star = admin.with("if-match", "*");
        let new = async |name: &str| worker(&app, &admin, name).await;

        let it = new("unheld").await;
        admin
            .delete(&format!("/grants/{}", it.grant))
            .await
            .expect(204);
        assert_eq!(it.answers().await, (401, 401));
        assert_eq!(
            try_log_in(&app, &it.email, PASSWORD).await.problem(403),
            "no_role"
        );

        let it = new("changed").await;
        let role = format!("/roles/{}", it.role);
        star.patch(&role, json!({ "permissions": ["tenants:read"] }))
            .await
            .ok();
        assert_eq!(it.answers().await, (403, 403));
        star.patch(&role, json!({ "permissions": ["sites:read"] }))
            .await
            .ok();
        assert_eq!(it.answers().await, (200, 200));

        let it = new("deleted").await;
        let role = format!("/roles/{}", it.role);
        assert_eq!(star.delete(&role).await.problem(409), "in_use");
        assert_eq!(it.answers().await, (200, 200));
        admin
            .delete(&format!("/grants/{}", it.grant))
            .await
            .expect(204);
        star.delete(&role).await.expect(204);
        assert_eq!(it.answers().await, (401, 401));

        let it = new("disabled").await;
        let user = format!("/users/{}", it.id);
        admin.post(&format!("{user}/disable"), json!({})).await.ok();
        assert_eq!(it.answers().await, (401, 401));
        admin.post(&format!("{user}/enable"), json!({})).await.ok();
        assert_eq!(
            it.answers().await,
            (401, 200),
            "the session is gone for good"
        );

        let it = new("locked").await;
        let user = format!("/users/{}", it.id);
        let locked = admin.post(&format!("{user}/lock"), json!({})).await.ok();
        assert_eq!(locked["status"], "locked");
        assert_eq!(it.answers().await, (401, 401));
        assert_eq!(
            try_log_in(&app, &it.email, PASSWORD).await.problem(401),
            "wrong_credentials"
        );
        app.forward(20 * 60);
        app::people::purge_expired(&app.state).await.unwrap();
        try_log_in(&app, &it.email, PASSWORD).await.problem(401);
        admin.post(&format!("{user}/unlock"), json!({})).await.ok();
        assert_eq!(it.answers().await, (401, 200));
        log_in(&app, &it.email, PASSWORD).await;

        // Set by somebody else it is to be changed first; until then nothing else is possible.
        let it = new("reset").await;
        let password = json!({ "password": OWN, "password_repeat": OWN });
        admin
            .post(&format!("/users/{}/set_password", it.id), password)
            .await
            .ok();
        assert_eq!(it.answers().await, (401, 403));

        // Changed by oneself, every session ends; tokens are revoked by themselves.
        let it = new("renewed").await;
        let other = log_in(&app, &it.email, PASSWORD).await;
        let change = json!({ "current_password": PASSWORD, "new_password": OWN });
        it.console
            .post("/session/password", change)
            .await
            .expect(204);
        assert_eq!(it.answers().await, (401, 200));
        other.get("/sites").await.problem(401);

        let it = new("revoked").await;
        admin
            .delete(&format!("/tokens/{}", it.token))
            .await
            .expect(204);
        assert_eq!(it.answers().await, (200, 401));

        let it = new("ended").await;
        let sessions = format!("/users/{}/sessions", it.id);
        let open = admin.items(&sessions).await;
        assert_eq!(open.len(), 1);
        admin
            .delete(&format!("{sessions}/{}", id(&open[0])))
            .await
            .expect(204);
        assert_eq!(it.answers().await, (401, 200));
        admin
            .delete(&format!("{sessions}/{}", id(&open[0])))
            .await
            .problem(404);
        let two = [
            log_in(&app, &it.email, PASSWORD).await,
            log_in(&app, &it.email, PASSWORD).await,
        ];
        admin.delete(&sessions).await.expect(204);
        for it in two {
            it.get("/sites").await.problem(401);
        }
        // Whose sessions one ends, one must outrank.
        let support = admin
            .colleague(
                "s@house.example",
                "Provider support",
                house(&admin).await.as_str(),
            )
            .await;
        let chief = admin
            .colleague(
                "c@house.example",
                "Provider admin",
                house(&admin).await.as_str(),
            )
            .await;
        let sessions = format!("/users/{}/sessions", chief.user_id);
        assert_eq!(support.get(&sessions).await.problem(403), "more_than_held");
        assert_eq!(
            support.delete(&sessions).await.problem(403),
            "more_than_held"
        );

        let told: Vec<_> = admin
            .items("/audit_events?action.in=end_session,end_sessions")
            .await;
        assert_eq!(told.len(), 2);
    }
);

story!(
    a_limited_token_does_not_take_its_owner_over,
    |app| async move {
        let admin = app.admin().await;
        let console = log_in(&app, "admin@house.example", PASSWORD).await;
        let limits = json!({ "name": "users", "permissions": ["users:read", "users:update"] });
        let made = console.create("/tokens", limits).await;
        let program = Client {
            token: made["token"].as_str().map(str::to_owned),
            ..app.stranger()
        };
        let own = format!(
            "/users/{}",
            id(&admin.items("/users?email=admin@house.example").await[0])
        );
        let taken = json!({ "email": "mine@elsewhere.example" });
        let refused = program.with("if-match", "*").patch(&own, taken).await;
        assert_eq!(refused.problem(403), "more_than_held");
        let password =
            json!({ "password": "an evil password 99", "password_repeat": "an evil password 99" });
        let refused = program.post(&format!("{own}/set_password"), password).await;
        assert!(refused.status.is_client_error(), "{}", refused.text());
    }
);
