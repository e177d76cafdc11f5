//! Outgoing email, against a real mail server on this machine (ONB-10).

use app::mail::smtp::Smtp;
use app::mail::worker::Worker;
use serde_json::json;

use crate::harness::{self, App};
use crate::mail_server::{MailServer, PASSWORD, USER, Way};
use crate::people::{house, new_user, text};

pub const FROM: &str = "noreply@example.org";

/// What sends this installation's messages to that server.
pub fn worker(app: &App, port: u16) -> Worker {
    let url = format!("smtp://127.0.0.1:{port}?tls=none");
    Worker::new(&app.state, Smtp::new(&url, FROM, None).unwrap())
}

story!(
    messages_are_sent_in_the_name_of_the_provider,
    |app| async move {
        let admin = app.admin().await;
        let node = house(&admin).await;
        let branded = json!({ "branding_sender": "Nordlicht & Söhne", "branding_colour": "#ffcc00", "support_email": "help@house.example", "support_phone": "+49 30 1234", "reply_to": "team@house.example" });
        let path = format!("/providers/{}", text(&node));
        admin.with("if-match", "*").patch(&path, branded).await.ok();
        let test = admin.create("/mail_messages/test", json!({})).await;
        assert_eq!(
            (text(&test["state"]), text(&test["kind"])),
            ("queued", "test")
        );

        let server = MailServer::start(Way::Plain).await;
        assert_eq!(worker(&app, server.port).run_due().await.unwrap(), 1);
        assert_eq!(worker(&app, server.port).run_due().await.unwrap(), 0);
        let received = server.received();
        assert_eq!(received.len(), 1);
        let mail = &received[0];
        assert_eq!(mail.to, ["admin@house.example"]);
        assert_eq!(
            mail.header("from"),
            "Nordlicht & Söhne <noreply@example.org>"
        );
        assert_eq!(mail.header("reply-to"), "team@house.example");
        assert_eq!(mail.header("subject"), "A test message");
        assert_eq!(mail.header("auto-submitted"), "auto-generated");
        let id = text(&test["id"]);
        assert_eq!(mail.header("message-id"), format!("<{id}@example.org>"));
        assert_eq!(mail.header("date"), "Mon, 02 Mar 2026 09:00:00 +0000");
        let [plain, html] = mail.bodies();
        // At the clock of the house.
        assert!(
            plain.contains("admin@house.example at 2026-03-02 10:00 CET"),
            "{plain}"
        );
        assert!(plain.contains("help@house.example, +49 30 1234"), "{plain}");
        assert!(
            html.contains("#ffcc00") && html.contains("Nordlicht &amp; Söhne"),
            "{html}"
        );

        let path = format!("/mail_messages/{id}");
        let sent = admin.get(&path).await.ok();
        assert_eq!((text(&sent["state"]), &sent["tries"]), ("sent", &json!(1)));
        assert_eq!(sent["sent_at"], harness::START);
        assert_eq!(
            admin
                .items("/mail_messages?q=TEST+mess&state=sent")
                .await
                .len(),
            1
        );

        // In the language of who reads it.
        let german = json!({ "language": "de", "time_zone": "UTC" });
        admin
            .with("if-match", "*")
            .patch("/profile", german)
            .await
            .ok();
        admin.create("/mail_messages/test", json!({})).await;
        worker(&app, server.port).run_due().await.unwrap();
        let last = server.received().pop().unwrap();
        assert_eq!(last.header("subject"), "Eine Testnachricht");
        assert!(last.bodies()[0].contains("um 2026-03-02 09:00 UTC"));

        // Once more, the same message.
        admin.post(&format!("{path}/send"), json!({})).await.ok();
        worker(&app, server.port).run_due().await.unwrap();
        let last = server.received().pop().unwrap();
        assert_eq!(last.header("message-id"), format!("<{id}@example.org>"));
        let actions = admin
            .items("/audit_events?object_type=mail_messages&action=send_again")
            .await;
        assert_eq!(actions.len(), 1);

        // Those who may not, see nothing.
        let support = admin
            .colleague("s@house.example", "Provider support", node.as_str())
            .await;
        support.get("/mail_messages").await.problem(403);
        support
            .post("/mail_messages/test", json!({}))
            .await
            .problem(403);
        let other = admin
            .create("/providers", json!({ "name": "Other", "code": "other" }))
            .await;
        let foreign = admin
            .colleague("o@other.example", "Provider admin", other["id"].as_str())
            .await;
        assert!(foreign.items("/mail_messages").await.is_empty());
        foreign.get(&path).await.problem(404);
    }
);

story!(what_cannot_be_sent_is_tried_again, |app| async move {
    let admin = app.admin().await;
    let test = admin.create("/mail_messages/test", json!({})).await;
    let path = format!("/mail_messages/{}", text(&test["id"]));
    // A port where nobody listens any more.
    let port = MailServer::start(Way::Plain).await.port;
    for (tries, pause) in [(1, 60), (2, 5 * 60)] {
        assert_eq!(worker(&app, port).run_due().await.unwrap(), 1);
        assert_eq!(worker(&app, port).run_due().await.unwrap(), 0);
        let message = admin.get(&path).await.ok();
        assert_eq!(
            (text(&message["state"]), &message["tries"]),
            ("queued", &json!(tries))
        );
        let errors = message["errors"].as_array().unwrap();
        assert_eq!(errors.len(), tries);
        assert!(
            text(&errors[0]["error"]).to_lowercase().contains("connect"),
            "{errors:?}"
        );
        app.forward(pause);
    }
    // Up again, though in a bad mood at first.
    let server = MailServer::at(Way::Plain, port).await;
    server.refuse(Some(451));
    assert_eq!(worker(&app, port).run_due().await.unwrap(), 1);
    server.refuse(None);
    app.forward(15 * 60);
    assert_eq!(worker(&app, port).run_due().await.unwrap(), 1);
    assert_eq!(server.received().len(), 1);
    let message = admin.get(&path).await.ok();
    assert_eq!(
        (text(&message["state"]), &message["tries"]),
        ("sent", &json!(4))
    );
    let errors = message["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 3);
    assert!(
        text(&errors[2]["error"]).contains("not today"),
        "{errors:?}"
    );

    // A server that refuses the message for good is believed; one that never comes up is given up.
    let refused = admin.create("/mail_messages/test", json!({})).await;
    server.refuse(Some(550));
    worker(&app, port).run_due().await.unwrap();
    let path = format!("/mail_messages/{}", text(&refused["id"]));
    assert_eq!(admin.get(&path).await.ok()["state"], "failed");
    drop(server);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let late = admin.create("/mail_messages/test", json!({})).await;
    let path = format!("/mail_messages/{}", text(&late["id"]));
    let mut hours = 0;
    while admin.get(&path).await.ok()["state"] == "queued" {
        worker(&app, port).run_due().await.unwrap();
        app.forward(3600);
        hours += 1;
        assert!(hours < 100);
    }
    assert!(hours > 20, "{hours}");
    // News of last week are none.
    let kept = admin.create("/mail_messages/test", json!({})).await;
    app.forward(4 * 24 * 3600);
    let server = MailServer::start(Way::Plain).await;
    worker(&app, server.port).run_due().await.unwrap();
    let path = format!("/mail_messages/{}", text(&kept["id"]));
    assert_eq!(admin.get(&path).await.ok()["state"], "failed");
    assert!(server.received().is_empty());
});

story!(several_nodes_send_each_message_once, |app| async move {
    let admin = app.admin().await;
    for _ in 0..12 {
        admin.create("/mail_messages/test", json!({})).await;
    }
    let server = MailServer::start(Way::Plain).await;
    let nodes: Vec<_> = (0..3)
        .map(|_| {
            let worker = worker(&app, server.port);
            tokio::spawn(async move { worker.run_due().await.unwrap() })
        })
        .collect();
    let mut sent = 0;
    for node in nodes {
        sent += node.await.unwrap();
    }
    assert_eq!((sent, server.received().len()), (12, 12));
});

story!(
    mail_servers_are_spoken_to_with_tls_and_log_in,
    |app| async move {
        let admin = app.admin().await;
        for (way, scheme) in [(Way::StartTls, "smtp"), (Way::Tls, "smtps")] {
            let server = MailServer::start(way).await;
            let authority = Some(server.authority.as_slice());
            let worker = |password: &str, authority| {
                let url = format!(
                    "{scheme}://tenantry%40example.org:{password}@localhost:{}",
                    server.port
                );
                Worker::new(&app.state, Smtp::new(&url, FROM, authority).unwrap())
            };
            let test = admin.create("/mail_messages/test", json!({})).await;
            let path = format!("/mail_messages/{}", text(&test["id"]));
            let error = async || {
                let message = admin.get(&path).await.ok();
                assert_eq!(message["state"], "queued");
                let errors = message["errors"].as_array().unwrap();
                app.forward(3600);
                text(&errors.last().unwrap()["error"]).to_lowercase()
            };
            // Nobody is believed without a certificate, and a wrong password may be set right.
            worker("p%40ss:word%2F1", None).run_due().await.unwrap();
            let told = error().await;
            assert!(told.contains("certificate"), "{told}");
            worker("s3cret", authority).run_due().await.unwrap();
            let told = error().await;
            assert!(told.contains("535") && !told.contains("s3cret"), "{told}");
            assert!(server.received().is_empty());
            assert_eq!(PASSWORD, "p@ss:word/1");
            worker("p%40ss:word%2F1", authority)
                .run_due()
                .await
                .unwrap();
            assert_eq!(server.received()[0].user, USER);
            assert_eq!(admin.get(&path).await.ok()["state"], "sent");
        }
    }
);

story!(a_changed_address_is_told_to_the_old_one, |app| async move {
    let admin = app.admin().await;
    let node = house(&admin).await;
    let change = admin.with("if-match", "*");
    let anna = new_user(&admin, "anna@house.example", "Provider admin", &node).await;
    let path = format!("/users/{}", text(&anna["id"]));
    let german = json!({ "language": "de" });
    change.patch(&path, german).await.ok();
    assert!(admin.items("/mail_messages").await.is_empty());
    let moved = json!({ "email": "anna.weiss@house.example" });
    change.patch(&path, moved.clone()).await.ok();
    let told = admin.items("/mail_messages?kind=email_changed").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["recipient"], "anna@house.example");
    assert_eq!(
        told[0]["subject"],
        "Die Adresse Ihres Kontos wurde geändert"
    );
    // Where it lives now is not told to whoever reads the old one.
    let server = MailServer::start(Way::Plain).await;
    worker(&app, server.port).run_due().await.unwrap();
    let received = server.received();
    assert_eq!(received[0].to, ["anna@house.example"]);
    assert!(!received[0].bodies().join("").contains("weiss"));
    // Nothing changed, refused, or tried only: nothing told.
    change.patch(&path, moved).await.ok();
    let taken = json!({ "email": "admin@house.example" });
    assert_eq!(change.patch(&path, taken).await.pointers(), ["/email"]);
    let dry = json!({ "email": "a@house.example" });
    change
        .patch(&format!("{path}?dry_run=true"), dry)
        .await
        .ok();
    assert_eq!(admin.items("/mail_messages").await.len(), 1);
    // One's own as well.
    let own = format!("/users/{}", admin.user_id);
    let moved = json!({ "email": "ada@house.example" });
    change.patch(&own, moved).await.ok();
    let told = admin
        .items("/mail_messages?recipient=admin@house.example")
        .await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0]["subject"],
        "The address of your account was changed"
    );
});
