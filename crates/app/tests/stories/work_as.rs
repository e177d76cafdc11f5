//! Working as a customer, and who manages it (ACC-12, ACC-13).

use serde_json::{Value as Json, json};

use crate::harness::{self, App, Client, PASSWORD};
use crate::people::{house, log_in, text, try_log_in};

/// A customer whose default tenant goes by another name, and its admin.
async fn acme(app: &App, admin: &Client) -> (Json, Client) {
    let customer = admin.create("/customers", json!({ "name": "Acme" })).await;
    let tenants = format!("/tenants?customer_id={}", text(&customer["id"]));
    let tenant = admin.items(&tenants).await[0]["id"].clone();
    let renamed = admin.with("if-match", "*");
    let path = format!("/tenants/{}", text(&tenant));
    renamed.patch(&path, json!({ "name": "Works" })).await.ok();
    let node = customer["id"].as_str();
    admin
        .colleague("in@acme.example", "Customer admin", node)
        .await;
    let inside = log_in(app, "in@acme.example", PASSWORD).await;
    (customer, inside)
}

async fn go(client: &Client, node: &Json) -> harness::Answer {
    client
        .post("/session/node", json!({ "node_id": node }))
        .await
}

story!(
    staff_work_as_a_customer_under_their_own_name,
    |app| async move {
        let admin = app.admin().await;
        let (customer, inside) = acme(&app, &admin).await;
        let other = admin.create("/customers", json!({ "name": "Other" })).await;
        let node = house(&admin).await;
        admin
            .colleague("mia@house.example", "Provider admin", node.as_str())
            .await;
        let mia = log_in(&app, "mia@house.example", PASSWORD).await;

        let session = go(&mia, &customer["id"]).await.ok();
        assert_eq!(
            (&session["works_as_customer"], &session["node"]["name"]),
            (&json!(true), &json!("Acme"))
        );
        // As its admin would see it: the same rights, the same fields, nobody else.
        let own = inside.get("/session").await.ok();
        assert_eq!(
            (&session["permissions"], &own["works_as_customer"]),
            (&own["permissions"], &json!(false))
        );
        let path = format!("/customers/{}", text(&customer["id"]));
        assert_eq!(mia.get(&path).await.ok(), inside.get(&path).await.ok());
        mia.get(&format!("/customers/{}", text(&other["id"])))
            .await
            .problem(404);
        mia.with("if-match", "*")
            .patch(&path, json!({ "crm_id": "1" }))
            .await
            .problem(403);
        mia.get("/roles/columns").await.ok();
        mia.get("/jobs").await.problem(403);
        let site = mia
            .create(
                "/sites",
                json!({ "name": "Depot", "customer_id": customer["id"] }),
            )
            .await;

        // The provider reads who it was and as whom; the customer reads who manages it.
        let events = format!(
            "/audit_events?customer_id={}&sort=at",
            text(&customer["id"])
        );
        let told: Vec<_> = admin
            .items(&events)
            .await
            .into_iter()
            .filter(|it| it["on_behalf_of"] == customer["id"])
            .collect();
        let actions: Vec<_> = told
            .iter()
            .map(|it| (text(&it["action"]), text(&it["actor_name"])))
            .collect();
        assert_eq!(
            actions,
            [
                ("work_as", "mia@house.example"),
                ("create", "mia@house.example")
            ]
        );
        let seen = inside.items("/audit_events").await;
        let depot = seen
            .iter()
            .find(|it| it["object_id"] == site["id"])
            .unwrap();
        assert_eq!(
            (&depot["actor_name"], &depot["object_name"]),
            (&json!("House"), &json!("Depot"))
        );
        assert!(depot["on_behalf_of"].is_null() && depot["actor_id"].is_null());
        let whole = inside.get("/audit_events").await.text();
        assert!(
            !whole.contains("Acme") && !whole.contains("mia@"),
            "{whole}"
        );

        // What was told of the customer's own people carries their names.
        inside
            .create(
                "/sites",
                json!({ "name": "Own", "customer_id": customer["id"] }),
            )
            .await;
        let own = &inside.items("/audit_events").await[0];
        assert_eq!(own["actor_name"], "in@acme.example");
        // Whoever asks by a hidden value learns nothing.
        for query in [
            "object_name=Acme",
            "actor_name=mia@house.example",
            "sort=actor_name",
            "field=crm_id",
        ] {
            inside
                .get(&format!("/audit_events?{query}"))
                .await
                .problem(400);
        }

        // And back, with all rights.
        let back = go(&mia, &node).await.ok();
        assert_eq!(back["works_as_customer"], false);
        mia.get("/jobs").await.ok();
    }
);

story!(not_everybody_works_as_a_customer, |app| async move {
    let admin = app.admin().await;
    let (customer, _) = acme(&app, &admin).await;
    let node = house(&admin).await;
    admin
        .colleague("sue@house.example", "Provider support", node.as_str())
        .await;
    let sue = log_in(&app, "sue@house.example", PASSWORD).await;
    assert_eq!(go(&sue, &customer["id"]).await.problem(403), "forbidden");
    assert_eq!(sue.get("/session").await.ok()["node"]["id"], node);
    assert_eq!(
        go(&sue, &json!("01890000-0000-7000-8000-000000000001"))
            .await
            .pointers(),
        ["/node_id"]
    );

    // Who loses the right is back at the own node with the next request.
    let role = json!({ "name": "Deputy", "node_id": node, "permissions": ["customers:read", "customers:work_as", "sites:read"] });
    let role = admin.create("/roles", role).await;
    let sue_id = admin.items("/users?email=sue@house.example").await[0]["id"].clone();
    let grant = json!({ "user_id": sue_id, "role_id": role["id"], "node_id": node });
    let grant = admin.create("/grants", grant).await;
    let session = go(&sue, &customer["id"]).await.ok();
    assert!(
        session["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("sites:create"))
    );
    admin
        .delete(&format!("/grants/{}", text(&grant["id"])))
        .await
        .expect(204);
    let session = sue.get("/session").await.ok();
    assert_eq!(
        (&session["node"]["id"], &session["works_as_customer"]),
        (&node, &json!(false))
    );
});

story!(who_manages_us, |app| async move {
    let admin = app.admin().await;
    let reseller = admin
        .create("/resellers", json!({ "name": "Vertex" }))
        .await;
    let house = format!("/providers/{}", text(&house(&admin).await));
    let support = json!({ "support_email": "help@house.example", "support_phone": "+49 30 1" });
    admin
        .with("if-match", "*")
        .patch(&house, support)
        .await
        .ok();
    let (customer, inside) = acme(&app, &admin).await;
    let path = format!("/customers/{}", text(&customer["id"]));
    let manager = inside.get("/manager").await.ok();
    assert_eq!(
        (
            &manager["name"],
            &manager["support_email"],
            &manager["access_mode"]
        ),
        (
            &json!("House"),
            &json!("help@house.example"),
            &json!("full_access")
        )
    );
    admin
        .post(
            &format!("{path}/move"),
            json!({ "reseller_id": reseller["id"] }),
        )
        .await
        .ok();
    assert_eq!(inside.get("/manager").await.ok()["name"], "Vertex");
    admin.get("/manager").await.problem(403);

    // With no access only a super admin logs in, and sees nothing else.
    admin
        .with("if-match", "*")
        .patch(&path, json!({ "access_mode": "no_access" }))
        .await
        .ok();
    assert_eq!(
        try_log_in(&app, "in@acme.example", PASSWORD)
            .await
            .problem(403),
        "no_access"
    );
    let contact = json!({ "last_name": "In", "email": "IN@acme.example", "customer_id": customer["id"], "roles": ["super_admin"] });
    admin.create("/contacts", contact).await;
    let inside = log_in(&app, "in@acme.example", PASSWORD).await;
    assert_eq!(
        inside.get("/manager").await.ok()["access_mode"],
        "no_access"
    );
    assert_eq!(inside.get("/session").await.ok()["permissions"], json!([]));
    for list in ["/sites", "/users", "/audit_events", "/customers"] {
        inside.get(list).await.problem(403);
    }

    // Nobody else gets a log-in there, on no path.
    let role = crate::people::role(&admin, "Customer admin").await;
    let new = |email: &str| json!({ "email": email, "display_name": "N", "password": PASSWORD, "password_repeat": PASSWORD, "role_id": role, "node_id": customer["id"] });
    assert_eq!(
        admin
            .post("/users", new("new@acme.example"))
            .await
            .problem(409),
        "no_access"
    );
    let invitation =
        json!({ "email": "new@acme.example", "role_id": role, "node_id": customer["id"] });
    assert_eq!(
        admin.post("/invitations", invitation).await.problem(409),
        "no_access"
    );
    let own = admin.items("/users?email=admin@house.example").await[0]["id"].clone();
    let grant = json!({ "user_id": own, "role_id": role, "node_id": customer["id"] });
    assert_eq!(admin.post("/grants", grant).await.problem(409), "no_access");
    admin
        .with("if-match", "*")
        .patch(&path, json!({ "access_mode": "full_access" }))
        .await
        .ok();
    admin.create("/users", new("new@acme.example")).await;
});
