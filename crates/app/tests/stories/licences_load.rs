//! Many at once: what is used stays exact (LIC-06), and precedence holds whatever the order of
//! changes (LIC-05).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use kit::sql;
use serde_json::json;

use crate::harness::{self, App};
use crate::licences::{Shop, id};

const CLIENTS: usize = 16;

/// How many devices each of them registers; more in a longer run by hand.
fn each() -> usize {
    std::env::var("LOAD_DEVICES").map_or(24, |it| it.parse::<usize>().expect("a number") / CLIENTS)
}

story!(sixteen_clients_fill_one_pool, |app| async move {
    let shop = Arc::new(Shop::open(&app).await);
    let house = id(&shop.admin.items("/providers").await[0]);
    let desk = json!({ "accounting_emails": ["desk@house.example"] });
    shop.admin
        .with("if-match", "*")
        .patch(&format!("/providers/{house}"), desk)
        .await
        .ok();
    let branch = shop.second_tenant().await;
    // Four in five are covered in the end.
    let total = i64::try_from(CLIENTS * each()).unwrap();
    let (first, last) = (total * 9 / 10, total * 8 / 10);
    let block = shop.sell(first).await;
    let path = format!("/licence_blocks/{}", id(&block));
    let (done, over) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let began = std::time::Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (shop, branch) = (shop.clone(), branch.clone());
            tokio::spawn(async move {
                let mut ids = vec![];
                for n in 0..each() {
                    let made = loop {
                        let made = shop
                            .admin
                            .post("/devices", shop.device(&format!("{client}-{n}")))
                            .await;
                        if made.status != 503 {
                            break made.expect(201);
                        }
                    };
                    ids.push(id(&made));
                    // Some move to another tenant at once, within the pool.
                    let mut moves = n % 10 == 4;
                    while moves {
                        let path = format!("/devices/{}", id(&made));
                        let edit = shop.admin.with("if-match", "*");
                        let moved = edit.patch(&path, json!({ "tenant_id": branch })).await;
                        moves = moved.status == 503;
                        assert!(moves || moved.status == 200, "{}", moved.text());
                    }
                }
                ids
            })
        })
        .collect();
    // Meanwhile the block changes, and what is counted is compared with what is there.
    let changer = {
        let (shop, done, over, app) = (shop.clone(), done.clone(), over.clone(), app.clone());
        tokio::spawn(async move {
            // Ever fewer: once the pool is over, nothing covers it again.
            let mut licences = first;
            while !done.load(Ordering::Relaxed) {
                licences = (licences - 1).max(last);
                let note = format!("change {}", over.load(Ordering::Relaxed));
                let edit = json!({ "licences": licences, "note": note });
                let changed = shop.admin.with("if-match", "*").patch(&path, edit).await;
                assert!(
                    [200, 503].contains(&changed.status.as_u16()),
                    "{}",
                    changed.text()
                );
                assert_eq!(differences(&app).await, 0);
                over.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let mut ids = vec![];
    for client in clients {
        ids.extend(client.await.unwrap());
    }
    done.store(true, Ordering::Relaxed);
    changer.await.unwrap();
    assert!(over.load(Ordering::Relaxed) > 3);
    println!("{total} devices in {:?}", began.elapsed());
    assert_eq!(shop.pool(None).await.0, total);
    assert_eq!(shop.admin.items("/overuse_cases").await.len(), 1);
    assert_eq!(
        shop.admin.items("/mail_messages?kind=overuse").await.len(),
        1
    );

    // Some move, some go, at the same time.
    let rest: Vec<_> = ids
        .chunks(CLIENTS)
        .take(8)
        .map(|some| {
            let (shop, some, branch) = (shop.clone(), some.to_vec(), branch.clone());
            tokio::spawn(async move {
                for (n, device) in some.iter().enumerate() {
                    let path = format!("/devices/{device}");
                    loop {
                        let done = match n % 2 {
                            0 => {
                                shop.admin
                                    .post(&format!("{path}/deregister"), json!({}))
                                    .await
                            }
                            _ => {
                                shop.admin
                                    .with("if-match", "*")
                                    .patch(&path, json!({ "tenant_id": branch }))
                                    .await
                            }
                        };
                        if done.status != 503 {
                            break drop(done.ok());
                        }
                    }
                }
            })
        })
        .collect();
    for it in rest {
        it.await.unwrap();
    }
    assert_eq!(shop.pool(None).await.0, total - 64);
    assert_eq!(differences(&app).await, 0);
});

/// Pools and counts that are not what their devices say, at one moment.
async fn differences(app: &App) -> i64 {
    let (count,): (i64,) = app
        .state
        .db
        .read()
        .query_one(sql!(
            "select (select count(*) from device_counts n where n.used <> (select count(*) from devices d where d.customer_id = n.customer_id and d.product_id = n.product_id and d.tenant_id = n.tenant_id and d.status <> 'deregistered'))
             + (select count(*) from (select l.customer_id, sum(l.used) as used from licence_pools l group by l.customer_id) p where p.used <> (select count(*) from devices d where d.customer_id = p.customer_id and d.status <> 'deregistered'))
             + (select count(*) from licence_pools l where l.purchased <> (select coalesce(sum(b.licences), 0) from licence_blocks b where b.customer_id = l.customer_id and b.product_id = l.product_id and b.tenant_key = l.tenant_key and b.state = 'in_force'))"
        ))
        .await
        .unwrap();
    count
}

/// A block of the oracle: tenant (0: Global), licences, first and last day in force.
type Sold = (usize, i64, i64, i64);

/// LIC-05 and LIC-06 in few lines: used and purchased of each pool on a day.
fn oracle(sold: &[Sold], devices: &[i64; 4], today: i64) -> HashMap<usize, (i64, i64)> {
    let begun = |tenant: usize| sold.iter().any(|it| it.0 == tenant && it.2 <= today);
    let mut pools: HashMap<usize, (i64, i64)> = HashMap::new();
    for (tenant, licences, first, last) in sold {
        let pool = pools.entry(*tenant).or_default();
        if (*first..=*last).contains(&today) {
            pool.1 += licences;
        }
    }
    for (tenant, count) in devices.iter().enumerate().skip(1) {
        let pool = if begun(tenant) { tenant } else { 0 };
        pools.entry(pool).or_default().0 += count;
    }
    pools.retain(|_, it| *it != (0, 0));
    pools
}

story!(any_order_of_changes, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let utc = json!({ "time_zone": "UTC" });
    admin
        .with("if-match", "*")
        .patch(&format!("/customers/{}", shop.customer), utc)
        .await
        .ok();
    let third = json!({ "customer_id": shop.customer, "name": "Third" });
    let tenants = [
        String::new(),
        shop.tenant.clone(),
        shop.second_tenant().await,
        id(&admin.create("/tenants", third).await),
    ];
    let start: jiff::civil::Date = "2026-03-02".parse().unwrap();
    let date = |day: i64| {
        start
            .saturating_add(jiff::Span::new().days(day))
            .to_string()
    };
    let mut seed = 7_u64;
    let mut roll = move |sides: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % sides
    };
    let (mut sold, mut blocks): (Vec<Sold>, Vec<String>) = (vec![], vec![]);
    let (mut devices, mut registered): ([i64; 4], Vec<(usize, String)>) = ([0; 4], vec![]);
    let mut today = 0;
    for step in 0..150 {
        match roll(10) {
            0..=2 => {
                let (tenant, licences) = (roll(4) as usize, roll(9) as i64 + 1);
                let (first, term) = (today + roll(8) as i64 - 3, roll(12) as i64 + 1);
                let mut block = shop.block(licences);
                block["tenant_id"] = if tenant == 0 {
                    json!(null)
                } else {
                    json!(tenants[tenant])
                };
                block["order_date"] = json!(date(first));
                block["expiration_date"] = json!(date(first + term));
                blocks.push(id(&admin.create("/licence_blocks", block).await));
                sold.push((tenant, licences, first, first + term));
            }
            3 if !blocks.is_empty() => {
                let at = roll(blocks.len() as u64) as usize;
                let path = format!("/licence_blocks/{}", blocks.swap_remove(at));
                admin.with("if-match", "*").delete(&path).await.expect(204);
                sold.swap_remove(at);
            }
            4 if !blocks.is_empty() => {
                let (at, licences) = (roll(blocks.len() as u64) as usize, roll(9) as i64 + 1);
                let path = format!("/licence_blocks/{}", blocks[at]);
                admin
                    .with("if-match", "*")
                    .patch(&path, json!({ "licences": licences }))
                    .await
                    .ok();
                sold[at].1 = licences;
            }
            5 if !registered.is_empty() => {
                let at = roll(registered.len() as u64) as usize;
                let (tenant, device) = registered.swap_remove(at);
                admin
                    .post(&format!("/devices/{device}/deregister"), json!({}))
                    .await
                    .ok();
                devices[tenant] -= 1;
            }
            6 => {
                today += 1;
                app.forward(86_400);
                app::licences::clock::tick(app.state.clone()).await.unwrap();
            }
            _ => {
                let tenant = roll(3) as usize + 1;
                let mut device = shop.device(&format!("d{step}"));
                device["tenant_id"] = json!(tenants[tenant]);
                let answer = admin.post("/devices", device).await;
                let begun = |tenant| sold.iter().any(|it| it.0 == tenant && it.2 <= today);
                if begun(tenant) || begun(0) {
                    registered.push((tenant, id(&answer.expect(201))));
                    devices[tenant] += 1;
                } else {
                    assert_eq!(answer.problem(409), "no_licence_block");
                }
            }
        }
        let mut found = HashMap::new();
        for (at, tenant) in tenants.iter().enumerate() {
            let tenant = Some(tenant.as_str()).filter(|it| !it.is_empty());
            found.insert(at, shop.pool(tenant).await);
        }
        found.retain(|_, it| *it != (0, 0));
        assert_eq!(
            found,
            oracle(&sold, &devices, today),
            "step {step}, day {today}, {sold:?}"
        );
    }
});
