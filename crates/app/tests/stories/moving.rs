//! A customer moves between the resellers of its provider (TREE-04).

use serde_json::{Value as Json, json};

use crate::harness::{self, App, Client};

/// A customer of the first of two resellers, with people and places below it.
async fn scene(app: &App) -> (Client, [Client; 2], [Json; 2], String) {
    let admin = app.admin().await;
    let one = json!({ "name": "One", "code": "one", "time_zone": "Asia/Tokyo", "domains": ["one.example"] });
    let two = json!({ "name": "Two", "code": "two", "language": "de" });
    let resellers = [
        admin.create("/resellers", one).await,
        admin.create("/resellers", two).await,
    ];
    let clients = [
        admin
            .colleague(
                "one@x.example",
                "Reseller admin",
                resellers[0]["id"].as_str(),
            )
            .await,
        admin
            .colleague(
                "two@x.example",
                "Reseller admin",
                resellers[1]["id"].as_str(),
            )
            .await,
    ];
    let acme = json!({ "name": "Acme", "reseller_id": resellers[0]["id"] });
    let acme = admin.create("/customers", acme).await;
    let id = acme["id"].as_str().unwrap().to_owned();
    admin
        .create("/sites", json!({ "customer_id": id, "name": "HQ" }))
        .await;
    let other = admin
        .create(
            "/customers",
            json!({ "name": "Other", "reseller_id": resellers[0]["id"] }),
        )
        .await;
    let [first, _] = &clients;
    for (name, serves) in [("own", vec![&acme]), ("shared", vec![&acme, &other])] {
        let contact = first
            .create("/contacts", json!({ "last_name": name }))
            .await;
        for it in serves {
            let path = format!(
                "/customers/{}/contacts/{}",
                it["id"].as_str().unwrap(),
                contact["id"].as_str().unwrap()
            );
            first
                .put(&path, json!({ "roles": ["technical"] }))
                .await
                .ok();
        }
    }
    (admin, clients, resellers, id)
}

story!(a_customer_moves_with_all_below, |app| async move {
    let (admin, [one, two], resellers, id) = scene(&app).await;
    let path = format!("/customers/{id}/move");
    let preview = admin
        .get(&format!(
            "{path}?reseller_id={}",
            resellers[1]["id"].as_str().unwrap()
        ))
        .await
        .ok();
    assert_eq!(
        (&preview["from"]["name"], &preview["to"]["name"]),
        (&json!("One"), &json!("Two"))
    );
    let value = |when: &str, name: &str| preview[when][name]["value"].clone();
    assert_eq!(
        (
            value("settings_before", "time_zone"),
            value("settings_after", "time_zone")
        ),
        (json!("Asia/Tokyo"), json!("Europe/Berlin"))
    );
    assert_eq!(value("settings_after", "language"), "de");
    assert_eq!(
        (
            preview["lose_sight"].as_array().unwrap().len(),
            preview["gain_sight"].as_array().unwrap().len()
        ),
        (1, 1)
    );
    assert_eq!(
        (&preview["contacts_come"], &preview["contacts_stay"]),
        (&json!(1), &json!(1))
    );
    one.get(&format!("/customers/{id}")).await.ok();

    let moved = admin
        .with("x-change-reason", "New contract")
        .post(&path, json!({ "reseller_id": resellers[1]["id"] }))
        .await
        .ok();
    assert_eq!(moved["reseller_name"], "Two");
    // At once, with everything below.
    one.get(&format!("/customers/{id}")).await.problem(404);
    two.get(&format!("/customers/{id}")).await.ok();
    for (list, before, after) in [
        ("tenants", 1, 1),
        ("sites", 0, 1),
        ("contacts", 1, 2),
        ("contact_links", 1, 2),
    ] {
        let counts = (
            one.items(&format!("/{list}")).await.len(),
            two.items(&format!("/{list}")).await.len(),
        );
        assert_eq!(counts, (before, after), "{list}");
    }
    let event = &admin.items("/audit_events?action=move").await[0];
    assert_eq!(event["reason"], "New contract");
    let change = &event["changes"][0];
    assert_eq!(
        (
            &change["field"],
            &change["before_name"],
            &change["after_name"]
        ),
        (&json!("reseller_id"), &json!("One"), &json!("Two"))
    );
    // Again is nothing new; none is a direct customer.
    admin
        .post(&path, json!({ "reseller_id": resellers[1]["id"] }))
        .await
        .ok();
    assert_eq!(admin.items("/audit_events?action=move").await.len(), 1);
    let direct = admin.post(&path, json!({ "reseller_id": null })).await.ok();
    assert_eq!(direct["reseller_id"], Json::Null);
    assert_eq!(two.items("/sites").await.len(), 0);
});

story!(who_may_not_move_learns_nothing, |app| async move {
    let (admin, [one, _], resellers, id) = scene(&app).await;
    let path = format!("/customers/{id}/move");
    let refused = |to: Json| {
        let (one, path) = (one.clone(), path.clone());
        async move {
            let mut answer = one.post(&path, json!({ "reseller_id": to })).await.body;
            answer.as_object_mut().unwrap().remove("request_id");
            answer
        }
    };
    // Another reseller answers like none, and like the provider above.
    let absent = refused(json!("01890000-0000-7000-8000-000000000001")).await;
    assert_eq!(absent["status"], 422);
    assert_eq!(refused(resellers[1]["id"].clone()).await, absent);
    assert_eq!(refused(Json::Null).await, absent);
    let foreign = admin
        .create("/providers", json!({ "name": "Far", "code": "far" }))
        .await;
    let far = admin
        .create(
            "/resellers",
            json!({ "name": "Far one", "code": "f1", "provider_id": foreign["id"] }),
        )
        .await;
    admin
        .post(&path, json!({ "reseller_id": far["id"] }))
        .await
        .problem(422);
    let two = resellers[1]["id"].as_str().unwrap();
    admin
        .post(&format!("/resellers/{two}/archive"), json!({}))
        .await
        .ok();
    let archived = admin.post(&path, json!({ "reseller_id": two })).await;
    assert_eq!(archived.body["errors"][0]["code"], "archived");
    admin
        .post(&format!("/customers/{id}/archive"), json!({}))
        .await
        .ok();
    assert_eq!(
        admin
            .post(&path, json!({ "reseller_id": null }))
            .await
            .problem(409),
        "archived"
    );
});
