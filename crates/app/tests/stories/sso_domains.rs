//! Who vouches for the email domains of single sign-on: the platform, and nobody else.

use serde_json::{Value as Json, json};

use crate::harness::{self, Client};
use crate::people::text;
use crate::sso::Stage;

async fn domain(client: &Client, sso: &Json, name: &str) -> Json {
    let path = format!(
        "/sso_domains?sso_provider_id={}&domain={name}",
        text(&sso["id"])
    );
    client.items(&path).await[0].clone()
}

fn act(domain: &Json, action: &str) -> String {
    format!("/sso_domains/{}/{action}", text(&domain["id"]))
}

async fn routed(stage: &Stage, email: &str) -> bool {
    let page = stage.app.stranger();
    let found = page
        .post("/session/methods", json!({ "email": email }))
        .await
        .ok();
    !found["sso"].is_null()
}

story!(an_email_domain_waits_for_the_platform, |app| async move {
    let stage = Stage::new(&app).await;
    let admin = &stage.admin;
    let house = stage.house.as_str();
    let boss = admin
        .colleague("boss@house.example", "Provider admin", house)
        .await;
    let mut input = stage.input();
    input["role_id"] = crate::people::role(admin, "Provider support").await;
    let sso = boss.create("/sso_providers", input).await;
    let waiting = domain(&boss, &sso, "staff.example").await;
    assert_eq!(waiting["state"], "waiting");

    // Nobody is sent there, and who goes there all the same is not let in: no account is made.
    assert!(!routed(&stage, "mia@staff.example").await);
    let users = stage.users().await.len();
    assert_eq!(stage.travel(&sso).await.problem(403), "sso_domain");
    assert_eq!(stage.users().await.len(), users);
    stage
        .change(&sso, json!({ "password_log_in": false }))
        .await;
    crate::people::new_user(admin, "ben@staff.example", "Provider support", &stage.house).await;
    crate::people::log_in(&stage.app, "ben@staff.example", harness::PASSWORD).await;

    // Not the provider's own admin decides, nor another's, nor somebody of the platform who only reads.
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let rival = admin
        .colleague("o@other.example", "Provider admin", other["id"].as_str())
        .await;
    let reader = admin
        .colleague("s@house.example", "Platform support", None)
        .await;
    boss.post(&act(&waiting, "approve"), json!({}))
        .await
        .problem(403);
    reader
        .post(&act(&waiting, "approve"), json!({}))
        .await
        .problem(403);
    rival
        .post(&act(&waiting, "approve"), json!({}))
        .await
        .problem(403);
    rival
        .get(&format!("/sso_domains/{}", text(&waiting["id"])))
        .await
        .problem(404);
    assert!(rival.items("/sso_domains").await.is_empty());

    // Another provider may say the same, and learns nothing: one of them is approved.
    let mut same = stage.input();
    same["provider_id"] = other["id"].clone();
    let theirs = rival.create("/sso_providers", same).await;
    let contested = domain(&rival, &theirs, "staff.example").await;
    assert_eq!(contested["state"], "waiting");
    let path = "/sso_domains?state=waiting&sort=-created_at";
    assert_eq!(admin.items(path).await.len(), 2);
    let approved = admin.post(&act(&waiting, "approve"), json!({})).await.ok();
    assert_eq!(approved["state"], "approved");
    admin.post(&act(&waiting, "approve"), json!({})).await.ok();
    let refused = admin.post(&act(&contested, "approve"), json!({})).await;
    assert_eq!(refused.problem(409), "domain_taken");
    assert_eq!(
        domain(&rival, &theirs, "staff.example").await["state"],
        "waiting"
    );
    assert_eq!(stage.travel(&theirs).await.problem(403), "sso_domain");

    // Now it works; the audit tells who vouched.
    assert!(routed(&stage, "mia@staff.example").await);
    let mia = stage.enter(&sso).await;
    mia.get("/session").await.ok();
    let events = admin
        .items("/audit_events?object_type=sso_domains&action=approve")
        .await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["object_name"], "staff.example");

    // What the provider's admin adds waits again, and does not touch what is approved.
    let boss = boss.with("if-match", "*");
    let sso_path = format!("/sso_providers/{}", text(&sso["id"]));
    let more = json!({ "email_domains": ["staff.example", "more.example"] });
    boss.patch(&sso_path, more).await.ok();
    assert_eq!(
        domain(&boss, &sso, "staff.example").await["state"],
        "approved"
    );
    assert_eq!(
        domain(&boss, &sso, "more.example").await["state"],
        "waiting"
    );
    mia.get("/session").await.ok();
    // What the platform's admin enters is approved at once, if nobody has it.
    let platform = json!({ "email_domains": ["staff.example", "more.example", "third.example"] });
    stage.change(&sso, platform).await;
    assert_eq!(
        domain(&boss, &sso, "third.example").await["state"],
        "approved"
    );
    assert_eq!(
        domain(&boss, &sso, "more.example").await["state"],
        "waiting"
    );
    let taken = json!({ "email_domains": ["staff.example"] });
    let taken = admin
        .with("if-match", "*")
        .patch(&format!("/sso_providers/{}", text(&theirs["id"])), taken)
        .await;
    // It stands there already, waiting: entering it again decides nothing.
    taken.ok();
    assert_eq!(
        domain(&rival, &theirs, "staff.example").await["state"],
        "waiting"
    );

    // Refused after all: who came by it is out, and the other can have it.
    admin.post(&act(&waiting, "refuse"), json!({})).await.ok();
    mia.get("/session").await.problem(401);
    assert!(!routed(&stage, "mia@staff.example").await);
    assert_eq!(stage.travel(&sso).await.problem(403), "sso_domain");
    admin
        .post(&act(&contested, "approve"), json!({}))
        .await
        .ok();
    assert!(routed(&stage, "mia@staff.example").await);

    // Gone with its single sign-on.
    admin
        .with("if-match", "*")
        .delete(&format!("/sso_providers/{}", text(&theirs["id"])))
        .await
        .expect(204);
    assert!(!routed(&stage, "mia@staff.example").await);
    assert!(rival.items("/sso_domains").await.is_empty());
});
