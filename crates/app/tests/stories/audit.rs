//! The seals of the audit log (AUD-03): whatever somebody does to it later shows.

use app::audit::{self, Checkpoints, Fault, Keys, Verified, What};
use kit::conn::{Sql, Tx};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::harness::{self, App, Client};

/// How often the log is tampered with on each engine; 10,000 in a longer run by hand.
fn mutations() -> usize {
    std::env::var("AUDIT_MUTATIONS").map_or(500, |it| it.parse().expect("a number"))
}

/// Some events in some seals, and the file of checkpoints.
async fn sealed(app: &App, keys: &Keys) -> (Client, tempfile::TempDir) {
    let admin = app.admin().await;
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::open(folder.path().join("checkpoints")).unwrap();
    for n in 0..6 {
        for it in 0..n + 3 {
            let name = format!("Customer {n}-{it}");
            admin
                .create(
                    "/customers",
                    json!({ "name": name, "city": "São Paulo", "domains": ["a.example"] }),
                )
                .await;
        }
        app.forward(6);
        assert!(audit::seal(&app.state, keys, false).await.unwrap());
        assert!(
            !audit::seal(&app.state, keys, true).await.unwrap(),
            "nothing is left"
        );
        checkpoints.catch_up(&app.state.db).await.unwrap();
    }
    // Long after: what was put in between is late.
    app.forward(3_600);
    admin.create("/customers", json!({ "name": "Last" })).await;
    app.forward(6);
    assert!(audit::seal(&app.state, keys, false).await.unwrap());
    checkpoints.catch_up(&app.state.db).await.unwrap();
    (admin, folder)
}

async fn verified(tx: &mut Tx, keys: &Keys, folder: &tempfile::TempDir) -> Result<Verified, Fault> {
    let checkpoints = audit::read_checkpoints(&folder.path().join("checkpoints")).unwrap();
    audit::verify(tx, keys.verifying(), &checkpoints, |_| {})
        .await
        .unwrap()
}

async fn did(tx: &mut Tx, sql: &'static str) {
    assert!(tx.execute(Sql::new(sql)).await.unwrap() > 0, "{sql}");
}

story!(what_was_sealed_is_proved, |app| async move {
    let keys = Keys::random();
    let (admin, folder) = sealed(&app, &keys).await;
    let found = verified(&mut app.state.db.read(), &keys, &folder)
        .await
        .unwrap();
    assert_eq!((found.seals, found.waiting), (7, 0));
    let events = admin.get("/audit_events?count=exact&limit=1").await.ok();
    assert_eq!(events["page"]["count"], found.events);
    // Fewer than a thousand wait until the oldest is five seconds old.
    admin.create("/customers", json!({ "name": "Fresh" })).await;
    app.forward(3);
    assert!(!audit::seal(&app.state, &keys, false).await.unwrap());
    let found = verified(&mut app.state.db.read(), &keys, &folder)
        .await
        .unwrap();
    assert_eq!((found.seals, found.waiting), (7, 1));
    app.forward(3);
    assert!(audit::seal(&app.state, &keys, false).await.unwrap());
    // Another key proves nothing.
    let fault = verified(&mut app.state.db.read(), &Keys::random(), &folder)
        .await
        .unwrap_err();
    assert_eq!(fault.what, What::Seal);
});

story!(tampering_is_named, |app| async move {
    let keys = Keys::random();
    let (_, folder) = sealed(&app, &keys).await;
    for (sql, what, named) in [
        (
            "update audit_events set actor_name = 'Nobody' where position = 7",
            What::Altered,
            "Event 7 (",
        ),
        (
            "update audit_events set changes = '[]' where position = 12",
            What::Altered,
            "create customers “Customer",
        ),
        (
            "delete from audit_events where position = 9",
            What::Removed,
            "Event 9, sealed at 2026-",
        ),
        (
            "update audit_events set position = 1000 where position = 5",
            What::Removed,
            "Event 5",
        ),
        (
            "delete from audit_events where position > 30",
            What::Removed,
            "Event 31",
        ),
        (
            "update audit_events set position = null where position = 20",
            What::Removed,
            "Event 20",
        ),
        (
            "update audit_seals set count = 1 where n = 2",
            What::Seal,
            "Seal 2",
        ),
        (
            "delete from audit_seals where n = 3",
            What::Seal,
            "Seal 3 is missing",
        ),
        (
            "update audit_seals set signature = 'AAAA' where n = 4",
            What::Seal,
            "not signed",
        ),
    ] {
        let mut tx = app.state.db.write();
        did(&mut tx, sql).await;
        let fault = verified(&mut tx, &keys, &folder).await.unwrap_err();
        assert_eq!(fault.what, what, "{sql}: {fault}");
        assert!(fault.told.contains(named), "{sql}: {fault}");
    }
    // The end, with its seals, is only missed by the checkpoints.
    let mut tx = app.state.db.write();
    did(
        &mut tx,
        "delete from audit_events where position >= (select first from audit_seals where n = 6)",
    )
    .await;
    did(&mut tx, "delete from audit_seals where n >= 6").await;
    let fault = verified(&mut tx, &keys, &folder).await.unwrap_err();
    assert_eq!(fault.what, What::Cut);
    assert!(fault.told.contains("seal 6"), "{fault}");
    assert!(
        audit::verify(&mut tx, keys.verifying(), &[], |_| {})
            .await
            .unwrap()
            .is_ok()
    );
    drop(tx);
    // A chain that was made anew with another key is not ours, nor is a checkpoint.
    let forged = Keys::random();
    let mut tx = app.state.db.write();
    did(&mut tx, "delete from audit_seals").await;
    did(&mut tx, "update audit_events set position = null").await;
    tx.commit().await.unwrap();
    audit::seal(&app.state, &forged, true).await.unwrap();
    let fault = verified(&mut app.state.db.read(), &keys, &folder)
        .await
        .unwrap_err();
    assert_eq!(fault.what, What::Seal);
});

/// One thing that somebody with the database in his hands may do, about the nth event or seal.
fn tampering() -> impl Strategy<Value = (&'static str, i64)> {
    let event = 1..=33_i64;
    let events = proptest::sample::select(vec![
        "update audit_events set at = at + 1 where position = $1",
        "update audit_events set id = object_id where position = $1",
        "update audit_events set provider_id = null where position = $1 and provider_id is not null",
        "update audit_events set customer_id = id where position = $1",
        "update audit_events set reseller_id = id where position = $1",
        "update audit_events set actor_id = id where position = $1",
        "update audit_events set actor_name = actor_name || ' ' where position = $1",
        "update audit_events set actor_provider_id = id where position = $1",
        "update audit_events set source = 'job' where position = $1",
        "update audit_events set request_id = 'x' where position = $1",
        "update audit_events set address = '10.0.0.1' where position = $1",
        "update audit_events set object_type = 'houses' where position = $1",
        "update audit_events set object_id = id where position = $1",
        "update audit_events set object_name = upper(object_name) where position = $1",
        "update audit_events set action = 'purge' where position = $1",
        "update audit_events set changes = '{}' where position = $1",
        "update audit_events set fields = '[\"x\"]' where position = $1",
        "update audit_events set reason = 'because' where position = $1",
        "update audit_events set job_id = id where position = $1",
        "delete from audit_events where position = $1",
        "delete from audit_events where position >= $1",
        "update audit_events set position = null where position = $1",
        "update audit_events set position = position + 1000 where position >= $1",
        "update audit_events set position = -position where position = $1",
        // Two change places.
        "update audit_events set position = case position when $1 then 35 - $1 else $1 end + 10000 where position in ($1, 35 - $1)",
        // A copy: in line, behind all others, or waiting.
        "insert into audit_events select object_id, at, provider_id, reseller_id, customer_id, actor_id, actor_name, actor_provider_id, on_behalf_of, source, request_id, address, object_type, object_id, object_name, action, changes, fields, reason, job_id, null from audit_events where position = $1",
        "insert into audit_events select object_id, at, provider_id, reseller_id, customer_id, actor_id, actor_name, actor_provider_id, on_behalf_of, source, request_id, address, object_type, object_id, object_name, action, changes, fields, reason, job_id, position + 5000 from audit_events where position = $1",
        "insert into audit_events select object_id, at, provider_id, reseller_id, customer_id, actor_id, actor_name, actor_provider_id, on_behalf_of, source, request_id, address, object_type, object_id, object_name, action, changes, fields, reason, job_id, position - 5000 from audit_events where position = $1",
    ]);
    let seals = proptest::sample::select(vec![
        "update audit_seals set n = n + 100 where n = $1",
        "update audit_seals set first = first + 1 where n = $1",
        "update audit_seals set count = count - 1 where n = $1",
        "update audit_seals set previous = hash where n = $1",
        "update audit_seals set hash = 'x' where n = $1",
        "update audit_seals set key_id = 'x' where n = $1",
        "update audit_seals set signature = 'x' where n = $1",
        "update audit_seals set sealed_at = sealed_at + 1 where n = $1",
        "update audit_seals set digests = (select digests from audit_seals where n = 8 - $1) where n = $1 and $1 <> 4",
        "delete from audit_seals where n = $1",
        "delete from audit_seals where n >= $1",
        "insert into audit_seals select n + 7, first, count, previous, hash, key_id, signature, sealed_at, digests from audit_seals where n = $1",
    ]);
    prop_oneof![3 => (events, event), 1 => (seals, 1..=7_i64)]
}

story!(no_tampering_is_missed, |app| async move {
    let keys = Keys::random();
    let (_, folder) = sealed(&app, &keys).await;
    assert!(
        verified(&mut app.state.db.read(), &keys, &folder)
            .await
            .is_ok()
    );
    let mut runner = TestRunner::deterministic();
    let (tampering, mut done) = (tampering(), 0);
    while done < mutations() {
        let (text, n) = tampering.new_tree(&mut runner).unwrap().current();
        let mut tx = app.state.db.write();
        let mut sql = Sql::new(text);
        sql.add(n);
        if tx.execute(sql).await.unwrap() == 0 {
            continue; // there is no such thing to change
        }
        let found = verified(&mut tx, &keys, &folder).await;
        assert!(found.is_err(), "{text}, {n}: {found:?}");
        done += 1;
    }
    assert!(
        verified(&mut app.state.db.read(), &keys, &folder)
            .await
            .is_ok()
    );
});
