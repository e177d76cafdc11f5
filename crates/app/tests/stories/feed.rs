//! The event feed (DEV-06): what changed since, for programs that poll.

use app::audit::{self, Keys};
use kit::sql;
use serde_json::{Value as Json, json};

use crate::harness::{self, Answer, App, Client};
use crate::licences::id;
use crate::people::house;

/// Seals what has happened, as the server does within seconds.
async fn seal(app: &App, keys: &Keys) {
    app.forward(6);
    while audit::seal(&app.state, keys, true).await.unwrap() {}
}

async fn after(client: &Client, place: &str, limit: usize) -> Json {
    let path = format!("/events?after={place}&limit={limit}");
    client.get(&path).await.ok()
}

fn next(page: &Json) -> String {
    page["next"].as_str().unwrap().to_owned()
}

fn names(page: &Json) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|it| it["object_name"].as_str().unwrap())
        .collect()
}

/// Everything after a place, page by page.
async fn all(client: &Client, mut place: String, limit: usize) -> (Vec<Json>, String) {
    let mut found = vec![];
    loop {
        let page = after(client, &place, limit).await;
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= limit);
        found.extend(items);
        place = next(&page);
        if page["more"] == false {
            return (found, place);
        }
    }
}

story!(a_program_reads_what_changed_since, |app| async move {
    let (admin, keys) = (app.admin().await, Keys::random());
    seal(&app, &keys).await;
    let begin = next(&after(&admin, "now", 10).await);
    assert_eq!(names(&after(&admin, &begin, 10).await), [""; 0]);
    let customer = admin.create("/customers", json!({ "name": "Acme" })).await;
    let path = format!("/customers/{}", id(&customer));
    let edit = admin.with("if-match", "*");
    edit.patch(&path, json!({ "city": "Cork" })).await.ok();
    // Nothing is told before it has its place for good.
    assert_eq!(names(&after(&admin, &begin, 10).await), [""; 0]);
    seal(&app, &keys).await;
    let page = after(&admin, &begin, 10).await;
    assert_eq!(names(&page), ["Acme", "Acme"]);
    assert_eq!(page["more"], false);
    assert_eq!(page["items"][1]["changes"][0]["field"], "city");
    // The same place leads to the same events, whenever it is asked.
    assert_eq!(after(&admin, &begin, 10).await["items"], page["items"]);
    assert_eq!(names(&after(&admin, &next(&page), 10).await), [""; 0]);

    // What began earlier and ended later comes later, and is not lost.
    let late = admin.create("/customers", json!({ "name": "Late" })).await;
    let mut tx = app.state.db.write();
    let before = app.state.clock.now().plus_seconds(-60);
    tx.execute(sql!(
        "update audit_events set at = $1 where object_id = $2",
        before,
        id(&late).parse::<uuid::Uuid>().unwrap()
    ))
    .await
    .unwrap();
    tx.commit().await.unwrap();
    seal(&app, &keys).await;
    assert_eq!(names(&after(&admin, &next(&page), 10).await), ["Late"]);

    // From the beginning, in pages of any size: every event once, in one order.
    let (whole, _) = all(&admin, String::new(), 1_000).await;
    for limit in [1, 2, 7] {
        assert_eq!(all(&admin, String::new(), limit).await.0, whole);
    }
    let events = admin.get("/audit_events?count=exact&limit=1").await.ok();
    assert_eq!(events["page"]["count"], whole.len());
});

story!(a_program_is_told_of_what_it_may_see, |app| async move {
    let (admin, keys) = (app.admin().await, Keys::random());
    let reseller = admin
        .create("/resellers", json!({ "name": "Vertex" }))
        .await;
    let theirs = admin
        .colleague(
            "mia@vertex.example",
            "Reseller admin",
            reseller["id"].as_str(),
        )
        .await;
    let new = json!({ "name": "Acme", "reseller_id": reseller["id"] });
    let acme = admin.create("/customers", new).await;
    let tenants = format!("/tenants?customer_id={}", id(&acme));
    let tenant = format!("/tenants/{}", id(&admin.items(&tenants).await[0]));
    let renamed = admin.with("if-match", "*");
    renamed
        .patch(&tenant, json!({ "name": "Works" }))
        .await
        .ok();
    let inside = admin
        .colleague("in@acme.example", "Customer admin", acme["id"].as_str())
        .await;
    admin.create("/customers", json!({ "name": "Other" })).await;
    let site = json!({ "customer_id": acme["id"], "name": "Head office" });
    inside.create("/sites", site).await;
    seal(&app, &keys).await;

    let (seen, end) = all(&theirs, String::new(), 3).await;
    assert!(seen.iter().any(|it| it["object_name"] == "Acme"));
    assert!(!Json::from(seen).to_string().contains("Other"));
    let (seen, _) = all(&inside, String::new(), 3).await;
    assert!(seen.iter().any(|it| it["object_name"] == "Head office"));
    let text = Json::from(seen).to_string();
    assert!(
        !text.contains("\"Acme\"") && !text.contains("Vertex IT"),
        "{text}"
    );

    // Others' events between two of one's own tell nothing but that there is something newer.
    for n in 0..5 {
        let name = format!("Other {n}");
        admin.create("/customers", json!({ "name": name })).await;
    }
    seal(&app, &keys).await;
    let (seen, later) = all(&theirs, end.clone(), 100).await;
    assert!(seen.is_empty());
    assert_ne!(end, later);

    let none = admin
        .colleague(
            "none@house.example",
            "Accounting",
            house(&admin).await.as_str(),
        )
        .await;
    let allowed = none.get("/events").await.status.as_u16();
    let listed = none.get("/audit_events").await.status.as_u16();
    assert_eq!(allowed, listed);
    app.stranger().get("/events").await.problem(401);
});

story!(a_place_that_cannot_be_is_refused, |app| async move {
    let admin = app.admin().await;
    let code = async |query: &str| -> Answer { admin.get(&format!("/events?{query}")).await };
    for query in ["after=abc", "after=1.2", "after=00000000"] {
        assert_eq!(code(query).await.problem(400), "invalid_cursor", "{query}");
    }
    for query in ["limit=0", "limit=1001", "limit=x", "sort=-at", "before=1"] {
        code(query).await.problem(400);
    }
    // An older backup was restored: the place lies after its end.
    seal(&app, &Keys::random()).await;
    let place = next(&after(&admin, "now", 1).await);
    let mut tx = app.state.db.write();
    for text in [
        "delete from audit_seals",
        "update audit_events set position = null",
    ] {
        tx.execute(kit::conn::Sql::new(text)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let refused = code(&format!("after={place}")).await;
    assert_eq!(refused.problem(400), "invalid_cursor");
    assert!(refused.text().contains("older backup"));
});
