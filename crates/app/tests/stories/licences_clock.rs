//! What the clock does to blocks, all over the world (LIC-03, LIC-11).

use std::collections::{BTreeMap, BTreeSet};

use app::licences::clock;
use kit::sql;
use kit::time::Instant;
use serde_json::json;

use crate::harness::{self, App};
use crate::licences::id;

/// Zones that change their clocks in either half of the year, at midnight or not, and by half an
/// hour; zones that do not; and the ends of the world.
const ZONES: [&str; 40] = [
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Asia/Gaza",
    "Asia/Dubai",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Atlantic/Azores",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "America/Sao_Paulo",
    "America/Santiago",
    "America/Asuncion",
    "America/St_Johns",
    "America/Halifax",
    "America/Havana",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "UTC",
];

/// What must happen to a block, by the calendar alone.
struct Expected {
    starts: i64,
    ends: i64,
    /// The hours at which it is told, with their thresholds.
    alerts: BTreeSet<(i64, i64)>,
}

fn at(date: jiff::civil::Date, hour: i8, zone: &str) -> i64 {
    let zoned = date.at(hour, 0, 0, 0).in_tz(zone).unwrap();
    zoned.timestamp().as_microsecond()
}

story!(four_hundred_days_in_forty_zones, |app| async move {
    let admin = app.admin().await;
    let desk = json!({ "accounting_emails": ["desk@house.example"] });
    let house = id(&admin.items("/providers").await[0]);
    admin
        .with("if-match", "*")
        .patch(&format!("/providers/{house}"), desk)
        .await
        .ok();
    let product = json!({ "name": "Seat", "code": "S" });
    let product = id(&admin.create("/products", product).await);
    // 1 November 2027 to 5 December 2028: over 29 February, and each zone's changes.
    let first: jiff::civil::Date = "2027-11-01".parse().unwrap();
    app.state
        .clock
        .set(Instant::from_micros(at(first, 12, "UTC")));
    let mut expected: BTreeMap<String, Expected> = BTreeMap::new();
    for (n, zone) in ZONES.into_iter().enumerate() {
        let customer = json!({ "name": zone, "time_zone": zone });
        let customer = id(&admin.create("/customers", customer).await);
        let days = i64::try_from(n).unwrap();
        let plus = |days: i64| first.saturating_add(jiff::Span::new().days(days));
        let (order, end) = (plus(2 + days), plus(100 + days * 6));
        let block = json!({ "customer_id": customer, "product_id": product, "licences": 1, "order_date": order.to_string(), "expiration_date": end.to_string() });
        let block = id(&admin.create("/licence_blocks", block).await);
        let tell = |days: i64| {
            (
                at(end.saturating_sub(jiff::Span::new().days(days)), 8, zone),
                days,
            )
        };
        let it = Expected {
            starts: at(order, 0, zone),
            ends: at(end.tomorrow().unwrap(), 0, zone),
            alerts: [90, 30, 7, 0, -7].map(tell).into(),
        };
        expected.insert(block, it);
    }
    let mut told: BTreeSet<(String, i64, i64)> = BTreeSet::new();
    for hour in 0..400 * 24 {
        app.forward(3600);
        let now = app.state.clock.now();
        // Two nodes at once, now and then; nothing but the database remembers anything.
        if hour % 7 == 0 {
            let (one, two) = tokio::join!(
                clock::tick(app.state.clone()),
                clock::tick(app.state.clone())
            );
            one.unwrap();
            two.unwrap();
        } else {
            clock::tick(app.state.clone()).await.unwrap();
        }
        if hour % 3 == 0 {
            clock::remind(app.state.clone()).await.unwrap();
        }
        let states: Vec<(uuid::Uuid, String)> =
            ask(&app, sql!("select id, state from licence_blocks")).await;
        for (block, state) in states {
            let it = &expected[&block.to_string()];
            let right = match now.micros() {
                now if now < it.starts => "upcoming",
                now if now < it.ends => "in_force",
                _ => "expired",
            };
            assert_eq!(state, right, "{block} at {now}");
        }
        let alerts: Vec<(uuid::Uuid, i64, i64)> = ask(
            &app,
            sql!("select block_id, days, told_at from expiry_alerts where told_at is not null"),
        )
        .await;
        for (block, days, at) in alerts {
            // Told in the hour in which it is due, never before.
            if told.insert((block.to_string(), days, at)) {
                assert!(
                    at <= now.micros() && now.micros() < at + 3_600_000_000,
                    "{block} {days} at {now}"
                );
            }
        }
    }
    let all: BTreeSet<_> = expected
        .iter()
        .flat_map(|(block, it)| {
            it.alerts
                .iter()
                .map(|(at, days)| (block.clone(), *days, *at))
        })
        .filter(|it| it.2 <= app.state.clock.now().micros())
        .collect();
    assert_eq!(told, all);
    assert!(all.len() > 180, "{}", all.len());
    let events: Vec<(i64,)> = ask(
        &app,
        sql!("select count(*) from audit_events where action = 'expiring'"),
    )
    .await;
    assert_eq!(events[0].0, i64::try_from(all.len()).unwrap());

    // Each alert stood in one digest, and there was one a day at most.
    let mails: Vec<(i64, String)> = ask(
        &app,
        sql!("select queued_at, body_text from mail_messages where kind = 'expiries'"),
    )
    .await;
    let days: BTreeSet<_> = mails
        .iter()
        .map(|(at, _)| {
            Instant::from_micros(*at)
                .timestamp()
                .in_tz("Europe/Berlin")
                .unwrap()
                .date()
        })
        .collect();
    assert_eq!(days.len(), mails.len());
    let listed: usize = mails
        .iter()
        .map(|(_, text)| text.matches(" × Seat").count())
        .sum();
    let unmailed: Vec<(i64,)> = ask(
        &app,
        sql!("select count(*) from expiry_alerts where told_at is not null and mailed_at is null"),
    )
    .await;
    assert_eq!(listed, all.len() - usize::try_from(unmailed[0].0).unwrap());
});

async fn ask<T: kit::conn::Record + Send>(app: &App, sql: kit::conn::Sql) -> Vec<T> {
    app.state.db.read().query(sql).await.unwrap()
}

story!(alerts_are_handled, |app| async move {
    let shop = crate::licences::Shop::open(&app).await;
    let admin = &shop.admin;
    let mut block = shop.block(10);
    block["expiration_date"] = json!("2026-03-20");
    block["warning_days"] = json!([60, 30, 20, 5, 0]);
    let block = admin.create("/licence_blocks", block).await;
    let path = format!("/licence_blocks/{}", id(&block));
    clock::tick(app.state.clone()).await.unwrap();
    // Of those that were passed already only the nearest is told.
    let alerts = admin.items("/expiry_alerts").await;
    assert_eq!(
        (
            alerts.len(),
            alerts[0]["days"].as_i64(),
            alerts[0]["state"].as_str()
        ),
        (1, Some(20), Some("open"))
    );
    let alert = format!("/expiry_alerts/{}", id(&alerts[0]));
    for wrong in [
        json!({}),
        json!({ "snoozed_until": "2026-03-02" }),
        json!({ "snoozed_until": "2028-01-01" }),
    ] {
        assert_eq!(
            admin
                .post(&format!("{alert}/snooze"), wrong)
                .await
                .pointers(),
            ["/snoozed_until"]
        );
    }
    let until = json!({ "snoozed_until": "2026-03-04" });
    assert_eq!(
        admin.post(&format!("{alert}/snooze"), until).await.ok()["state"],
        "snoozed"
    );
    app.forward(86_400);
    clock::remind(app.state.clone()).await.unwrap();
    assert_eq!(admin.get(&alert).await.ok()["state"], "snoozed");
    app.forward(86_400);
    clock::remind(app.state.clone()).await.unwrap();
    assert_eq!(admin.get(&alert).await.ok()["state"], "open");
    assert_eq!(
        admin
            .post(&format!("{alert}/acknowledge"), json!({}))
            .await
            .ok()["handled_by"],
        "Ada Admin (test)"
    );

    // Another date begins anew; a decision ends it.
    let later = json!({ "expiration_date": "2026-04-03" });
    admin.with("if-match", "*").patch(&path, later).await.ok();
    clock::tick(app.state.clone()).await.unwrap();
    assert_eq!(admin.items("/expiry_alerts").await[0]["days"], 30);
    admin
        .post(
            &format!("{path}/not_renewed"),
            json!({ "reason": "They left" }),
        )
        .await
        .ok();
    assert!(admin.items("/expiry_alerts").await.is_empty());
    app.forward(60 * 86_400);
    clock::tick(app.state.clone()).await.unwrap();
    assert!(admin.items("/expiry_alerts").await.is_empty());
});
