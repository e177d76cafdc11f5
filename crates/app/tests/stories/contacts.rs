use serde_json::{Value as Json, json};

use crate::harness::{self, Client};

fn text(it: &Json) -> &str {
    it.as_str().unwrap()
}

async fn contact(client: &Client, first: &str, last: &str) -> Json {
    let email = format!("{}@people.example", first.to_lowercase());
    client
        .create(
            "/contacts",
            json!({ "first_name": first, "last_name": last, "email": email, "notes": "One\nTwo" }),
        )
        .await
}

async fn link(client: &Client, customer: &Json, contact: &Json, roles: Json) -> Json {
    let path = format!(
        "/customers/{}/contacts/{}",
        text(&customer["id"]),
        text(&contact["id"])
    );
    client.put(&path, json!({ "roles": roles })).await.ok()
}

story!(contacts_serve_customers_in_roles, |app| async move {
    let admin = app.admin().await;
    let acme = admin.create("/customers", json!({ "name": "Acme" })).await;
    let path = format!("/customers/{}", text(&acme["id"]));
    let view = async || admin.get(&path).await.ok();
    let nameless = json!({ "email": "no", "roles": [] });
    assert_eq!(
        admin.post("/contacts", nameless).await.pointers(),
        ["/last_name"]
    );
    let wrong = json!({ "last_name": "X", "email": "no", "phone": 5 });
    assert_eq!(admin.post("/contacts", wrong).await.pointers(), ["/phone"]);
    assert_eq!(
        admin
            .post("/contacts", json!({ "last_name": "X", "email": "no" }))
            .await
            .pointers(),
        ["/email"]
    );

    let zoe = contact(&admin, "Zoë", "São").await;
    assert_eq!(
        (text(&zoe["display_name"]), text(&zoe["notes"])),
        ("Zoë São", "One\nTwo")
    );
    let max = contact(&admin, "Max", "Moor").await;
    let made = link(
        &admin,
        &acme,
        &zoe,
        json!(["primary", "billing", "super_admin"]),
    )
    .await;
    assert_eq!(made["roles"], json!(["primary", "billing", "super_admin"]));
    let now = view().await;
    assert_eq!(
        (
            &now["contacts_count"],
            &now["billing_contact_name"],
            &now["super_admin"]
        ),
        (&json!(1), &json!("Zoë São"), &json!("Zoë São"))
    );
    // Super admins are found with the customer (GRID-03), also under a new name.
    assert_eq!(admin.items("/customers?q=zoe").await.len(), 1);
    let edit = admin.with("if-match", "*");
    edit.patch(
        &format!("/contacts/{}", text(&zoe["id"])),
        json!({ "first_name": "Zelda" }),
    )
    .await
    .ok();
    assert_eq!(
        (
            admin.items("/customers?q=zoe%20s").await.len(),
            admin.items("/customers?q=zelda").await.len()
        ),
        (0, 1)
    );

    // Primary and billing move, told of both.
    let before = view().await["version"].as_i64().unwrap();
    link(&admin, &acme, &max, json!(["primary", "billing"])).await;
    let links = admin
        .items(&format!(
            "/contact_links?customer_id={}&sort=contact_name",
            text(&acme["id"])
        ))
        .await;
    let roles: Vec<_> = links.iter().map(|it| it["roles"].clone()).collect();
    assert_eq!(
        roles,
        [json!(["primary", "billing"]), json!(["super_admin"])]
    );
    assert!(view().await["version"].as_i64().unwrap() > before);
    let events = admin
        .items(&format!(
            "/audit_events?object_id={}&action=update_link",
            text(&zoe["id"])
        ))
        .await;
    assert_eq!(events.len(), 2, "one for each role that went");
    assert_eq!(
        admin
            .items(&format!(
                "/audit_events?customer_id={}&object_type=contacts",
                text(&acme["id"])
            ))
            .await
            .len(),
        4
    );
    // The same again changes nothing.
    link(&admin, &acme, &max, json!(["billing", "primary"])).await;
    assert_eq!(
        admin
            .items(&format!("/audit_events?object_id={}", text(&max["id"])))
            .await
            .len(),
        2
    );

    // The customer's own field is the same link.
    edit.patch(&path, json!({ "billing_contact_id": zoe["id"] }))
        .await
        .ok();
    assert_eq!(view().await["billing_contact_name"], "Zelda São");
    assert_eq!(admin.items("/contact_links?is_billing=true").await.len(), 1);

    // A contact goes with its links, and the user that it was keeps the account.
    let user = admin
        .colleague("zelda@house.example", "Read-only", None)
        .await;
    let user = format!("/users/{}", user.user_id);
    assert_eq!(
        edit.patch(&user, json!({ "contact_id": zoe["id"] }))
            .await
            .ok()["contact_name"],
        "Zelda São"
    );
    edit.delete(&format!("/contacts/{}", text(&zoe["id"])))
        .await
        .expect(204);
    assert!(admin.get(&user).await.ok()["contact_id"].is_null());
    let now = view().await;
    assert_eq!(
        (
            &now["contacts_count"],
            &now["billing_contact_id"],
            &now["super_admin"]
        ),
        (&json!(1), &Json::Null, &Json::Null)
    );
    assert_eq!(admin.items("/customers?q=zelda").await.len(), 0);
    let gone = format!("{path}/contacts/{}", text(&max["id"]));
    admin.delete(&gone).await.expect(204);
    admin.delete(&gone).await.problem(404);
    assert_eq!(view().await["contacts_count"], 0);
});

story!(contacts_are_seen_by_whom_they_serve, |app| async move {
    let admin = app.admin().await;
    let reseller = admin.create("/resellers", json!({ "name": "R" })).await;
    let sold = admin
        .create(
            "/customers",
            json!({ "name": "Sold", "reseller_id": reseller["id"] }),
        )
        .await;
    let direct = admin
        .create("/customers", json!({ "name": "Direct" }))
        .await;
    let seller = admin
        .colleague("r@house.example", "Reseller admin", reseller["id"].as_str())
        .await;
    let inside = admin
        .colleague("in@sold.example", "Customer admin", sold["id"].as_str())
        .await;

    let both = contact(&admin, "Both", "Sides").await;
    let hidden = contact(&admin, "Hidden", "Person").await;
    link(&admin, &sold, &both, json!(["technical"])).await;
    link(&admin, &direct, &both, json!([])).await;
    link(&admin, &direct, &hidden, json!([])).await;
    let own = contact(&seller, "Own", "Contact").await;
    assert_eq!(own["reseller_id"], reseller["id"]);
    let guest = contact(&inside, "Inner", "Circle").await;

    let names = async |client: &Client| {
        let items = client.items("/contacts").await;
        items
            .iter()
            .map(|it| text(&it["display_name"]).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&admin).await,
        ["Both Sides", "Hidden Person", "Inner Circle", "Own Contact"]
    );
    assert_eq!(
        names(&seller).await,
        ["Both Sides", "Inner Circle", "Own Contact"]
    );
    assert_eq!(names(&inside).await, ["Both Sides", "Inner Circle"]);
    // Whom else a contact serves is told to nobody below the provider.
    assert_eq!(
        admin.items("/contacts?display_name=both%20sides").await[0]["customers"],
        "Direct, Sold"
    );
    for client in [&seller, &inside] {
        let item = &client.items("/contacts?q=both").await[0];
        assert!(
            item["customers"].is_null() && item["customers_count"].is_null(),
            "{item}"
        );
    }
    assert_eq!(inside.items("/contact_links").await.len(), 2);
    assert_eq!(seller.items("/contact_links").await.len(), 2);

    // Changed by who keeps it.
    let patch = json!({ "job_title": "Chief" });
    let at = |it: &Json| format!("/contacts/{}", text(&it["id"]));
    for client in [&seller, &inside] {
        let client = client.with("if-match", "*");
        client.patch(&at(&both), patch.clone()).await.problem(403);
        client.patch(&at(&guest), patch.clone()).await.ok();
        client.patch(&at(&hidden), patch.clone()).await.problem(404);
    }
    seller
        .with("if-match", "*")
        .patch(&at(&own), patch.clone())
        .await
        .ok();
    inside
        .with("if-match", "*")
        .patch(&at(&own), patch)
        .await
        .problem(404);
    // A hidden contact cannot be linked to one's own customer.
    let path = format!(
        "/customers/{}/contacts/{}",
        text(&sold["id"]),
        text(&hidden["id"])
    );
    assert_eq!(
        seller.put(&path, json!({ "roles": [] })).await.problem(404),
        "not_found"
    );

    // An archived customer is read-only.
    admin
        .post(
            &format!("/customers/{}/archive", text(&sold["id"])),
            json!({}),
        )
        .await
        .ok();
    let path = format!(
        "/customers/{}/contacts/{}",
        text(&sold["id"]),
        text(&own["id"])
    );
    assert_eq!(
        seller.put(&path, json!({ "roles": [] })).await.problem(409),
        "archived"
    );
});
