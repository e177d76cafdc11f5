//! The notification centre (ONB-12): who is told what, where, and what they have read.

use app::background;
use serde_json::{Value as Json, json};

use crate::harness::{self, App, Client};
use crate::licences::{Shop, id};
use crate::mail::worker;
use crate::mail_server::{MailServer, Way};
use crate::people::house;

async fn told(client: &Client) -> Vec<Json> {
    client.items("/notifications").await
}

async fn unread(client: &Client) -> i64 {
    let answer = client.get("/notifications/unread").await.ok();
    answer["count"].as_i64().unwrap()
}

/// The pool of a customer goes over.
async fn go_over(shop: &Shop) {
    shop.sell(1).await;
    shop.register("A-1").await;
    shop.register("A-2").await;
}

async fn background(app: &App) {
    let call = || background::scheduler(&app.state);
    app::notifications::send_emails(call).await.unwrap();
}

async fn choose(client: &Client, kind: &str, in_app: bool, email: bool) -> harness::Answer {
    let path = format!("/notification_preferences/{kind}");
    let channels = json!({ "in_app": in_app, "email": email });
    client.put(&path, channels).await
}

story!(people_are_told_of_what_they_may_read, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let house = house(admin).await;
    let desk = admin
        .colleague("desk@house.example", "Accounting", house.as_str())
        .await;
    let inside = admin
        .colleague(
            "in@meridian.example",
            "Customer admin",
            Some(&shop.customer),
        )
        .await;
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let foreign = admin
        .colleague("o@other.example", "Provider admin", other["id"].as_str())
        .await;
    app.forward(60);
    assert_eq!(unread(&desk).await, 0);
    go_over(&shop).await;

    let all = told(&desk).await;
    assert_eq!(all.len(), 1);
    assert_eq!(
        all[0]["text"],
        "Meridian: 2 of 1 licences of Cloud PBX (Global) are used"
    );
    assert_eq!(
        (&all[0]["kind"], &all[0]["is_read"]),
        (&json!("overuse"), &json!(false))
    );
    let case = format!("/overuse_cases/{}", all[0]["object_id"].as_str().unwrap());
    desk.get(&case).await.ok();
    // Inside the customer, without its name (ACC-10).
    assert_eq!(
        told(&inside).await[0]["text"],
        "2 of 1 licences of Cloud PBX (Global) are used"
    );
    assert!(told(&foreign).await.is_empty());
    let read = format!("/notifications/{}/read", id(&all[0]));
    foreign.post(&read, json!({})).await.problem(404);
    app.stranger().get("/notifications").await.problem(401);

    // Each has read what they have read.
    assert_eq!((unread(&desk).await, unread(admin).await), (1, 1));
    desk.post(&read, json!({})).await.expect(204);
    desk.post(&read, json!({})).await.expect(204);
    assert_eq!((unread(&desk).await, unread(admin).await), (0, 1));
    assert!(desk.items("/notifications?unread=true").await.is_empty());
    assert_eq!(told(&desk).await[0]["is_read"], true);
    admin
        .post("/notifications/read", json!({}))
        .await
        .expect(204);
    assert_eq!(unread(admin).await, 0);
    // Who comes later begins with nothing unread.
    let late = admin
        .colleague("late@house.example", "Accounting", house.as_str())
        .await;
    assert_eq!((told(&late).await.len(), unread(&late).await), (1, 0));

    // Who may not read it any more is not told any more.
    let grants = admin
        .items(&format!("/grants?user_id={}", desk.user_id))
        .await;
    let grant = format!("/grants/{}", id(&grants[0]));
    admin.with("if-match", "*").delete(&grant).await.expect(204);
    let left = desk.get("/notifications").await;
    assert!(left.status == 401 || left.ok()["items"] == json!([]));

    for query in [
        "limit=0",
        "limit=101",
        "unread=maybe",
        "before=x",
        "sort=at",
    ] {
        let path = format!("/notifications?{query}");
        admin.get(&path).await.problem(400);
    }
});

story!(notifications_come_in_pages_and_end, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    for day in 1..=5 {
        let order = json!({ "customer_id": shop.customer, "product_id": shop.product, "licences": day, "expiration_date": "2026-03-05" });
        admin.create("/licence_blocks", order).await;
    }
    app.forward(86_400);
    app::licences::clock::tick(app.state.clone()).await.unwrap();
    let (mut seen, mut next) = (vec![], String::new());
    loop {
        let page = admin
            .get(&format!("/notifications?limit=2{next}"))
            .await
            .ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(id));
        match page["next"].as_str() {
            None => break,
            Some(id) => next = format!("&before={id}"),
        }
    }
    let all = told(admin).await;
    assert_eq!(seen, all.iter().map(id).collect::<Vec<_>>());
    assert_eq!(all.len(), 5);
    let text = all[0]["text"].as_str().unwrap();
    assert!(
        text.contains("× Cloud PBX (Global): the last day is 2026-03-05"),
        "{text}"
    );
    assert_eq!(all[0]["object_type"], "licence_blocks");

    // After 90 days they are gone; what a purged customer's were about is gone with it.
    app.forward(91 * 86_400);
    background(&app).await;
    assert!(told(admin).await.is_empty());
});

story!(people_choose_how_they_are_told, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let usual = admin.items("/notification_preferences").await;
    assert_eq!(usual.len(), 3);
    assert!(
        usual
            .iter()
            .all(|it| it["in_app"] == true && it["email"] == false)
    );
    choose(admin, "telepathy", true, true).await.problem(404);
    let path = "/notification_preferences/overuse";
    assert!(
        !admin
            .put(path, json!({ "in_app": 1 }))
            .await
            .pointers()
            .is_empty()
    );

    let house = house(admin).await;
    let reseller = admin
        .create("/resellers", json!({ "name": "Vertex" }))
        .await;
    let elsewhere = admin
        .colleague(
            "v@vertex.example",
            "Reseller admin",
            reseller["id"].as_str(),
        )
        .await;
    let inside = admin
        .colleague(
            "in@meridian.example",
            "Customer admin",
            Some(&shop.customer),
        )
        .await;
    let quiet = admin
        .colleague("quiet@house.example", "Accounting", house.as_str())
        .await;
    for client in [admin, &elsewhere, &inside] {
        choose(client, "overuse", true, true).await.ok();
    }
    choose(&quiet, "overuse", false, false).await.ok();
    app.forward(60);
    go_over(&shop).await;
    assert!(told(&quiet).await.is_empty());
    assert_eq!(unread(&quiet).await, 0);
    assert_eq!(told(admin).await.len(), 1);

    // The mail server is down at first: it arrives when it is up, and the log shows the tries.
    let port = MailServer::start(Way::Plain).await.port;
    background(&app).await;
    background(&app).await;
    worker(&app, port).run_due().await.unwrap();
    let waiting = admin.items("/mail_messages?kind=notifications").await;
    assert_eq!(waiting.len(), 2, "only those who may read it, once each");
    assert!(
        waiting
            .iter()
            .all(|it| it["state"] == "queued" && it["tries"] == 1)
    );
    assert_eq!(waiting[0]["errors"].as_array().unwrap().len(), 1);
    let server = MailServer::at(Way::Plain, port).await;
    app.forward(3_600);
    assert_eq!(worker(&app, server.port).run_due().await.unwrap(), 2);
    let received = server.received();
    let to = |address: &str| {
        let mut mine = received.iter().filter(|it| it.to == [address]);
        let mail = mine.next().unwrap();
        assert!(mine.next().is_none());
        mail.bodies()[0].clone()
    };
    let sentence = "2 of 1 licences of Cloud PBX (Global) are used";
    assert!(to("admin@house.example").contains(&format!("Meridian: {sentence}")));
    let seen = to("in@meridian.example");
    assert!(
        seen.contains(sentence) && !seen.contains("Meridian"),
        "{seen}"
    );
    assert!(seen.contains("/overuse-cases/"));
});

story!(whoever_imports_is_told_of_the_end, |app| async move {
    let admin = app.admin().await;
    let house = house(&admin).await;
    let other = admin
        .colleague("other@house.example", "Provider admin", house.as_str())
        .await;
    app.forward(60);
    let import = crate::imports::upload(&admin, "new.csv", "name\r\nAcme\r\n").await;
    crate::imports::plan(&admin, &import, json!({})).await;
    crate::imports::apply(&admin, &import).await;
    let all = told(&admin).await;
    assert_eq!(all.len(), 1);
    assert_eq!(
        all[0]["text"],
        "The import of new.csv is done: 1 created, 0 updated, 0 unchanged, 0 refused"
    );
    assert_eq!(all[0]["object_id"], import["id"]);
    assert!(told(&other).await.is_empty());
});

story!(a_changed_policy_warns_of_old_blocks, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let ends = json!({ "customer_id": shop.customer, "product_id": shop.product, "licences": 5, "expiration_date": "2026-04-20" });
    let block = admin.create("/licence_blocks", ends.clone()).await;
    let mut own = ends;
    own["warning_days"] = json!([40]);
    admin.create("/licence_blocks", own).await;
    let days = async |at: &str| -> Vec<i64> {
        let now = kit::time::Instant::parse(at).unwrap();
        app.state.clock.set(now);
        app::licences::clock::tick(app.state.clone()).await.unwrap();
        let path = format!("/expiry_alerts?block_id={}&sort=-days", id(&block));
        let all = admin.items(&path).await;
        all.iter().map(|it| it["days"].as_i64().unwrap()).collect()
    };
    // 90 days before had passed when it was made: the nearest alone is told.
    assert_eq!(days("2026-03-03T00:00:00Z").await, [90]);
    let path = format!("/customers/{}", shop.customer);
    let edit = admin.with("if-match", "*");
    let set = json!({ "expiry_warning_days": [90, 60, 20, -1] });
    edit.patch(&path, set).await.ok();
    // What has passed by now is not told again; 30, 7 and 0 are not any more.
    assert_eq!(days("2026-03-22T00:00:00Z").await, [90]);
    assert_eq!(days("2026-04-01T00:00:00Z").await, [90, 20]);
    edit.patch(&path, json!({ "expiry_warning_days": null }))
        .await
        .ok();
    assert_eq!(days("2026-04-14T00:00:00Z").await, [90, 20, 7]);
    let all = admin.items("/expiry_alerts").await;
    assert_eq!(all.iter().filter(|it| it["days"] == 40).count(), 1);
});
