//! Files on their way in (IMP-01…04, IMP-06).

mod below;
mod devices;
mod formats;
mod hostile;
mod licences;
mod references;
mod round_trip;
mod undo;

use std::time::Duration;

use axum::http::Method;
use kit::sql;
use serde_json::{Value as Json, json};

use crate::harness::{self, App, Client};

pub async fn upload(client: &Client, name: &str, file: impl Into<Vec<u8>>) -> Json {
    send(client, "customers", name, file.into())
        .await
        .expect(201)
}

async fn send(client: &Client, object: &str, name: &str, file: Vec<u8>) -> harness::Answer {
    let path = format!("/imports?object={object}&file_name={name}");
    client
        .send(Method::POST, &path, Some("text/csv"), file)
        .await
}

fn path(import: &Json, action: &str) -> String {
    format!("/imports/{}{action}", import["id"].as_str().unwrap())
}

/// Plans and runs the job.
pub async fn plan(client: &Client, import: &Json, how: Json) -> Json {
    client.post(&path(import, "/plan"), how).await.expect(202);
    work(&client.app).await;
    client.get(&path(import, "")).await.ok()
}

pub async fn apply(client: &Client, import: &Json) -> Json {
    client
        .post(&path(import, "/apply"), json!({}))
        .await
        .expect(202);
    work(&client.app).await;
    client.get(&path(import, "")).await.ok()
}

async fn work(app: &App) {
    app::background::runner(&app.state).run_due().await.unwrap();
}

/// Uploads, plans by the suggested mapping, applies.
async fn bring(client: &Client, file: &str) -> Json {
    let import = upload(client, "f.csv", file).await;
    let planned = plan(client, &import, json!({})).await;
    assert_eq!(planned["state"], "planned", "{planned}");
    let done = apply(client, &import).await;
    assert_eq!(done["state"], "done", "{done}");
    done
}

async fn rows(client: &Client, import: &Json, outcome: &str) -> Vec<Json> {
    client
        .items(&path(import, &format!("/rows?outcome={outcome}")))
        .await
}

pub fn counts(import: &Json) -> [i64; 5] {
    ["created", "updated", "unchanged", "refused", "cleaned"]
        .map(|it| import["counts"][it].as_i64().unwrap())
}

async fn count(app: &App, table: &'static str) -> i64 {
    let mut sql = sql!("select count(*) from ");
    sql.push(table);
    let (count,): (i64,) = app.state.db.read().query_one(sql).await.unwrap();
    count
}

story!(a_file_comes_in, |app| async move {
    let admin = app.admin().await;
    let file = "\u{feff}Company;Country;Domains;Web page;Rating\r\nNorthgate;germany;a.example|b.example;https://n.example;5\r\n\"Say \"\"hi\"\"; Ltd\";BR;;;\r\nBell\u{7} Works;PT;;;\r\n";
    let import = upload(&admin, "firms.csv", file).await;
    assert_eq!(import["state"], "uploaded");
    assert_eq!(import["format"], "csv");
    assert_eq!(
        (import["delimiter"].as_str(), import["encoding"].as_str()),
        (Some(";"), Some("UTF-8 with BOM"))
    );
    assert_eq!(
        import["headers"],
        json!(["Company", "Country", "Domains", "Web page", "Rating"])
    );
    assert_eq!(import["sample"][1][0], "Say \"hi\"; Ltd");
    assert_eq!(import["counts"]["rows"], 3);
    let suggested = json!({ "name": "Company", "country": "Country", "domains": "Domains", "website": "Web page" });
    assert_eq!(import["suggested_mapping"], suggested);

    let planned = plan(&admin, &import, json!({})).await;
    assert_eq!(
        (planned["state"].as_str(), counts(&planned)),
        (Some("planned"), [3, 0, 0, 0, 1])
    );
    assert_eq!(planned["match"], json!(["name"]));
    assert_eq!(planned["ignored_columns"], json!(["Rating"]));
    assert_eq!(
        rows(&admin, &import, "cleaned").await[0]["cleaned"],
        json!([{ "column": "Company", "what": "control characters removed" }])
    );
    assert_eq!(count(&app, "customers").await, 0, "a plan writes nothing");

    let done = apply(&admin, &import).await;
    assert_eq!(
        (done["state"].as_str(), counts(&done)),
        (Some("done"), [3, 0, 0, 0, 1])
    );
    let customers = admin.items("/customers?sort=name").await;
    let names: Vec<_> = customers
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Bell Works", "Northgate", "Say \"hi\"; Ltd"]);
    assert_eq!(customers[1]["country"], "DE");
    assert_eq!(customers[1]["domains"], json!(["a.example", "b.example"]));
    assert_eq!(customers[1]["tenants_count"], 1);
    let events = admin.items("/audit_events?object_type=customers").await;
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|it| it["source"] == "import"
        && it["job_id"] == done["job_id"]
        && it["action"] == "create"));
    let job = admin
        .get(&format!("/jobs/{}", done["job_id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!(
        (job["state"].as_str(), job["progress_done"].as_i64()),
        (Some("done"), Some(3))
    );

    // The same file again changes nothing; the mapping was remembered.
    let again = upload(&admin, "firms.csv", file).await;
    assert_eq!(again["suggested_mapping"], suggested);
    assert_eq!(
        counts(&plan(&admin, &again, json!({})).await),
        [0, 0, 3, 0, 1]
    );
});

story!(an_export_comes_back_unchanged, |app| async move {
    let admin = app.admin().await;
    admin
        .create(
            "/resellers",
            json!({ "name": "Vertex / IT", "code": "vertex" }),
        )
        .await;
    bring(&admin, "name,description,reseller,deal ids,phone\n=cmd|x,\\\\N,vertex,D-1|+2,\n''=quoted,'plain',Vertex / IT,,\nÄpfel,\"a, b\",house/vertex,,\n").await;
    admin
        .create(
            "/customers",
            json!({ "name": "Owned", "owner_id": admin_user(&admin).await, "public_sector": true }),
        )
        .await;
    for format in ["csv", "xlsx", "json", "ndjson"] {
        let file = admin
            .get(&format!("/customers/export?format={format}"))
            .await;
        assert_eq!(file.status, 200);
        let import = upload(&admin, &format!("customers.{format}"), file.bytes.clone()).await;
        let planned = plan(&admin, &import, json!({})).await;
        assert_eq!(
            counts(&planned),
            [0, 0, 4, 0, 0],
            "{format} {:?} {planned}",
            rows(&admin, &import, "updated").await
        );
        assert!(
            planned["ignored_columns"]
                .as_array()
                .unwrap()
                .contains(&json!("id")),
            "{planned}"
        );
    }
    let names: Vec<_> = admin
        .items("/customers?sort=name")
        .await
        .iter()
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["'=quoted", "=cmd|x", "Owned", "Äpfel"]);
});

/// A user of the house provider.
async fn admin_user(admin: &Client) -> String {
    let house = admin.items("/providers").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    admin
        .colleague("mia@house.example", "Provider admin", Some(&house))
        .await
        .user_id
}

story!(changes_are_shown_and_made, |app| async move {
    let admin = app.admin().await;
    bring(
        &admin,
        "name,city,website,stage\nA,Berlin,https://a.example,prospect\nB,Köln,,\n",
    )
    .await;
    let import = upload(
        &admin,
        "f.csv",
        "name,city,website,stage\nA,,\\N,Customer\nB,Köln,,\nC,x,,\n",
    )
    .await;
    let planned = plan(&admin, &import, json!({})).await;
    assert_eq!(counts(&planned), [1, 1, 1, 0, 0]);
    let changed = &rows(&admin, &import, "updated").await[0];
    assert_eq!(
        (changed["line"].as_i64(), changed["title"].as_str()),
        (Some(2), Some("A"))
    );
    assert_eq!(
        changed["changes"],
        json!([{ "field": "stage", "before": "prospect", "after": "customer" }, { "field": "website", "before": "https://a.example", "after": null }])
    );
    apply(&admin, &import).await;
    let a = &admin.items("/customers?name=a").await[0];
    assert_eq!(
        (
            a["city"].as_str(),
            a["website"].as_str(),
            a["version"].as_i64()
        ),
        (Some("Berlin"), Some(""), Some(2))
    );
    // NDJSON: absent is unchanged, null is cleared.
    let import = upload(&admin, "f.ndjson", "{\"name\": \"A\", \"city\": null}\n{\"name\": \"B\"}\n\n{\"name\": \"D\", \"customer_id\": 4711}\n").await;
    assert_eq!(import["format"], "ndjson");
    assert_eq!(
        counts(&plan(&admin, &import, json!({ "match": ["name"] })).await),
        [1, 1, 1, 0, 0]
    );
    apply(&admin, &import).await;
    assert_eq!(admin.items("/customers?name=a").await[0]["city"], "");
    assert_eq!(
        admin.items("/customers?name=d").await[0]["customer_id"],
        "4711"
    );
});

story!(refused_rows_say_why, |app| async move {
    let admin = app.admin().await;
    let archived = admin.create("/customers", json!({ "name": "Old" })).await;
    admin
        .post(
            &format!("/customers/{}/archive", archived["id"].as_str().unwrap()),
            json!({}),
        )
        .await
        .ok();
    admin
        .create(
            "/customers",
            json!({ "name": "Taken", "external_id": "x-1" }),
        )
        .await;
    let file = "name,country,external_id,public_sector,industries\nGood,DE,,yes,P|Q\n,DE,,,\nBad,Atlantis,a b,perhaps,P|XX\nOld,DE,,,\nNew,,x-1,,\nwide,,,,,more\nTwice,,,,\nTWICE,,,,\n";
    let import = upload(&admin, "f.csv", file).await;
    let planned = plan(&admin, &import, json!({ "match": ["name"] })).await;
    assert_eq!(counts(&planned), [1, 0, 0, 7, 0], "{planned}");
    let refused = rows(&admin, &import, "refused").await;
    let told: Vec<(i64, Vec<String>)> = refused
        .iter()
        .map(|it| {
            (
                it["line"].as_i64().unwrap(),
                it["errors"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| {
                        format!(
                            "{}:{}",
                            it["column"].as_str().unwrap(),
                            it["code"].as_str().unwrap()
                        )
                    })
                    .collect(),
            )
        })
        .collect();
    let all = |codes: &[&str]| codes.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let expected = [
        (3, all(&["name:required"])),
        (
            4,
            all(&[
                "country:invalid",
                "external_id:invalid",
                "industries:invalid",
                "public_sector:invalid",
            ]),
        ),
        (5, all(&["name:archived"])),
        (6, all(&["external_id:taken"])),
        (7, all(&[":too_many_cells"])),
        (8, all(&["name:repeated"])),
        (9, all(&["name:repeated"])),
    ];
    let mut told = told;
    told.iter_mut().for_each(|it| it.1.sort());
    assert_eq!(told, expected);
    assert_eq!(
        refused[1]["errors"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["column"] == "country")
            .unwrap()["value"],
        "Atlantis"
    );
    assert!(
        refused[5]["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("Line 9"),
        "{}",
        refused[5]
    );
    assert!(
        refused[6]["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("Line 8"),
        "{}",
        refused[6]
    );

    // The whole file or nothing, unless only the good rows are wanted.
    assert_eq!(
        admin
            .post(&path(&import, "/apply"), json!({}))
            .await
            .problem(409),
        "rows_refused"
    );
    let planned = plan(
        &admin,
        &import,
        json!({ "match": ["name"], "good_rows_only": true }),
    )
    .await;
    assert_eq!(planned["state"], "planned");
    let done = apply(&admin, &import).await;
    assert_eq!(
        (done["state"].as_str(), counts(&done)),
        (Some("done"), [1, 0, 0, 7, 0])
    );
    assert_eq!(rows(&admin, &import, "refused").await.len(), 7);
    let again = admin.get(&path(&import, "/refused")).await;
    assert_eq!(again.headers["content-type"], "text/csv; charset=utf-8");
    let text = again.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        (lines.len(), lines[0]),
        (
            8,
            "name,country,external_id,public_sector,industries,import_errors"
        )
    );
    assert!(
        lines[3].starts_with("Old,,,,,name is archived") || lines[3].contains("archived"),
        "{}",
        lines[3]
    );
    // Corrected and uploaded again, the column of reasons is not in the way.
    let corrected = upload(
        &admin,
        "refused.csv",
        text.replace("Bad,Atlantis,a b,perhaps,P|XX", "Fine,BR,ab,no,P"),
    )
    .await;
    assert_eq!(corrected["headers"][5], "import_errors");
    assert_eq!(
        counts(&plan(&admin, &corrected, json!({ "match": ["name"] })).await)[0],
        1
    );
});

story!(match_keys, |app| async move {
    let admin = app.admin().await;
    let house = admin.items("/providers").await[0].clone();
    let provider = format!("/providers/{}", house["id"].as_str().unwrap());
    admin
        .with("if-match", "*")
        .patch(&provider, json!({ "customer_names": "may_repeat" }))
        .await
        .ok();
    let import = upload(&admin, "f.csv", "name,website,crm_id\nSame,https://a.example,1\nSame,https://b.example,2\nSame,https://b.example,3\n").await;
    // Names may repeat here, so nothing tells who is who.
    let planned = plan(&admin, &import, json!({})).await;
    assert_eq!(
        (counts(&planned), planned["match"].clone()),
        ([3, 0, 0, 0, 0], json!([]))
    );
    assert!(
        planned["notes"][0]
            .as_str()
            .unwrap()
            .contains("every row creates"),
        "{planned}"
    );
    let planned = plan(&admin, &import, json!({ "match": ["name", "website"] })).await;
    assert_eq!(counts(&planned), [1, 0, 0, 2, 0]);
    let planned = plan(&admin, &import, json!({ "match": ["crm_id"] })).await;
    assert_eq!(counts(&planned), [3, 0, 0, 0, 0]);
    apply(&admin, &import).await;
    // By name alone each row finds several; by name and website two do; by CRM id none.
    let import = upload(
        &admin,
        "f.csv",
        "name,website,crm_id,city\nSame,https://a.example,1,X\n",
    )
    .await;
    assert_eq!(
        counts(&plan(&admin, &import, json!({ "match": ["name"] })).await),
        [0, 0, 0, 1, 0]
    );
    assert_eq!(
        rows(&admin, &import, "refused").await[0]["errors"][0]["code"],
        "ambiguous"
    );
    assert_eq!(
        counts(&plan(&admin, &import, json!({ "match": ["name", "website"] })).await),
        [0, 1, 0, 0, 0]
    );
    assert_eq!(
        counts(&plan(&admin, &import, json!({ "match": ["crm_id"] })).await),
        [0, 1, 0, 0, 0]
    );
    for (key, pointer) in [
        (json!(["website"]), "/match"),
        (json!(["stage"]), "/match/0"),
        (json!(["nothing"]), "/match/0"),
    ] {
        let refused = admin
            .post(&path(&import, "/plan"), json!({ "match": key }))
            .await;
        assert_eq!(refused.pointers(), [pointer]);
    }
    let wrong = json!({ "mapping": { "naem": "name", "id": "name", "name": "Name" } });
    assert_eq!(
        admin.post(&path(&import, "/plan"), wrong).await.pointers(),
        ["/mapping/id", "/mapping/naem", "/mapping/name"]
    );
});

story!(references_stay_in_the_provider, |app| async move {
    let admin = app.admin().await;
    let vertex = admin
        .create("/resellers", json!({ "name": "Vertex", "code": "vx" }))
        .await;
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let foreign = admin
        .create(
            "/resellers",
            json!({ "name": "Foreign", "code": "fo", "provider_id": other["id"] }),
        )
        .await;
    admin
        .create("/resellers", json!({ "name": "vx", "code": "twin" }))
        .await;
    let file = format!(
        "name,reseller_id,owner_id\nA,{},\nB,Vertex,\nC,House / Vertex,\nD,{},\nE,00000000-0000-0000-0000-000000000001,\nF,vx,\nG,,nobody@x.example\n",
        vertex["id"].as_str().unwrap(),
        foreign["id"].as_str().unwrap()
    );
    let import = upload(&admin, "f.csv", file).await;
    let planned = plan(&admin, &import, json!({ "good_rows_only": true })).await;
    assert_eq!(counts(&planned), [3, 0, 0, 4, 0], "{planned}");
    let refused = rows(&admin, &import, "refused").await;
    let error = |n: usize| {
        (
            refused[n]["errors"][0]["code"].clone(),
            refused[n]["errors"][0]["message"].clone(),
        )
    };
    assert_eq!(
        error(0),
        error(1),
        "another provider's reseller is told like none"
    );
    assert_eq!(
        (error(2).0, error(3).0),
        (json!("ambiguous"), json!("unknown_reference"))
    );
    apply(&admin, &import).await;
    let customers = admin.items("/customers").await;
    assert!(customers.iter().all(|it| it["reseller_id"] == vertex["id"]) && customers.len() == 3);

    // Into another provider: there it finds nothing of the house.
    let import = upload(&admin, "f.csv", "name,customer_id\nA,C-000001\n").await;
    let planned = plan(&admin, &import, json!({ "node_id": other["id"] })).await;
    assert_eq!(counts(&planned), [1, 0, 0, 0, 0]);
    // A reseller's admin brings customers to the reseller, and sees nothing of its provider.
    let reseller = admin
        .colleague(
            "rita@vertex.example",
            "Reseller admin",
            vertex["id"].as_str(),
        )
        .await;
    admin
        .create(
            "/customers",
            json!({ "name": "Direct", "external_id": "e-1" }),
        )
        .await;
    let import = upload(
        &reseller,
        "f.csv",
        "name,external_id\nDirect,\nMine,\nBy id,e-1\n",
    )
    .await;
    let planned = plan(
        &reseller,
        &import,
        json!({ "good_rows_only": true, "match": ["name"] }),
    )
    .await;
    assert_eq!(counts(&planned), [1, 0, 0, 2, 0], "{planned}");
    assert!(
        rows(&reseller, &import, "refused")
            .await
            .iter()
            .all(|it| it["errors"][0]["code"] == "taken" && it["object_id"].is_null())
    );
    apply(&reseller, &import).await;
    let mine = reseller.items("/customers?name=mine").await;
    assert_eq!(mine[0]["reseller_id"], vertex["id"]);
    assert_eq!(
        reseller
            .post(&path(&import, "/plan"), json!({ "node_id": other["id"] }))
            .await
            .pointers(),
        ["/node_id"]
    );
    // The provider sees the reseller's import; the reseller does not see the provider's.
    assert_eq!(admin.items("/imports").await.len(), 3);
    assert_eq!(reseller.items("/imports").await.len(), 1);
});

story!(rights_are_looked_at_when_a_job_runs, |app| async move {
    let admin = app.admin().await;
    let house = admin.items("/providers").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let reader = admin
        .colleague("ro@house.example", "Read-only", Some(&house))
        .await;
    assert_eq!(
        send(&reader, "customers", "f.csv", b"name\nA\n".to_vec())
            .await
            .problem(403),
        "forbidden"
    );
    let manager = admin
        .colleague("mo@house.example", "Provider admin", Some(&house))
        .await;
    let import = upload(&manager, "f.csv", "name\nA\n").await;
    plan(&manager, &import, json!({})).await;
    manager
        .post(&path(&import, "/apply"), json!({}))
        .await
        .expect(202);
    admin
        .post(&format!("/users/{}/disable", manager.user_id), json!({}))
        .await
        .ok();
    work(&app).await;
    let import = admin.get(&path(&import, "")).await.ok();
    assert_eq!(
        (import["state"].as_str(), count(&app, "customers").await),
        (Some("failed"), 0),
        "{import}"
    );
});

/// So many customers.
fn many(rows: usize) -> String {
    let lines = (0..rows).map(|n| format!("Customer {n},DE,City {},c{n}.example\n", n % 97));
    format!("name,country,city,domains\n{}", lines.collect::<String>())
}

story!(a_crash_loses_and_doubles_nothing, |app| async move {
    let admin = app.admin().await;
    let import = upload(&admin, "f.csv", many(5_300)).await;
    plan(&admin, &import, json!({})).await;
    admin
        .post(&path(&import, "/apply"), json!({}))
        .await
        .expect(202);
    let mut killed = 0;
    for _ in 0..40 {
        let before = count(&app, "customers").await;
        let runner = app::background::runner(&app.state);
        let running = tokio::spawn(async move { runner.run_due().await });
        for _ in 0..500 {
            tokio::time::sleep(Duration::from_millis(2)).await;
            if running.is_finished() || count(&app, "customers").await > before {
                break;
            }
        }
        killed += usize::from(!running.is_finished());
        running.abort();
        let _ = running.await;
        // The lease of the dead node runs out.
        let mut tx = app.state.db.write();
        tx.execute(sql!(
            "update jobs set lease_until = 1 where state = 'running'"
        ))
        .await
        .unwrap();
        tx.commit().await.unwrap();
        if admin.get(&path(&import, "")).await.ok()["state"] != "applying" {
            break;
        }
    }
    work(&app).await;
    let done = admin.get(&path(&import, "")).await.ok();
    assert!(killed >= 2, "it was never interrupted");
    assert_eq!(
        (done["state"].as_str(), counts(&done)),
        (Some("done"), [5_300, 0, 0, 0, 0]),
        "{done}"
    );
    for table in ["customers", "tenants", "customer_rollups"] {
        assert_eq!(count(&app, table).await, 5_300, "{table}");
    }
    let (events,): (i64,) = app
        .state
        .db
        .read()
        .query_one(sql!(
            "select count(distinct object_id) from audit_events where object_type = 'customers'"
        ))
        .await
        .unwrap();
    assert_eq!(events, 5_300);
    // Found at once: rare needles by the index, and renamed ones no more.
    let found = admin.items("/customers?q=omer+4711").await;
    assert_eq!(found.len(), 1, "{found:?}");
    let one = format!("/customers/{}", found[0]["id"].as_str().unwrap());
    let renamed = json!({ "name": "Quite another", "domains": [] });
    admin.with("if-match", "*").patch(&one, renamed).await.ok();
    assert_eq!(admin.items("/customers?q=c4711.example").await.len(), 0);
    assert_eq!(admin.items("/customers?q=quite+ano").await.len(), 1);
});

story!(stopping_and_cancelling, |app| async move {
    let admin = app.admin().await;
    let import = upload(&admin, "f.csv", many(2_500)).await;
    plan(&admin, &import, json!({})).await;
    // Between plan and run somebody takes a name.
    admin
        .create(
            "/customers",
            json!({ "name": "customer 1700", "country": "DE", "external_id": "other" }),
        )
        .await;
    let mut tx = app.state.db.write();
    tx.execute(sql!(
        "update customers set archived_at = 1 where external_id = 'other'"
    ))
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let stopped = apply(&admin, &import).await;
    assert_eq!(stopped["state"], "stopped", "{stopped}");
    assert!(
        stopped["message"]
            .as_str()
            .unwrap()
            .starts_with("Stopped at line 1702:"),
        "{stopped}"
    );
    assert_eq!(count(&app, "customers").await, 1_701);
    // Planned anew, it goes on with what is left.
    let planned = plan(&admin, &import, json!({ "good_rows_only": true })).await;
    assert_eq!(counts(&planned), [799, 0, 1_700, 1, 0]);
    admin
        .post(&path(&import, "/apply"), json!({}))
        .await
        .expect(202);
    let cancelled = admin.post(&path(&import, "/cancel"), json!({})).await;
    cancelled.expect(202);
    work(&app).await;
    let import = admin.get(&path(&import, "")).await.ok();
    assert_eq!(
        (import["state"].as_str(), count(&app, "customers").await),
        (Some("cancelled"), 1_701)
    );
    assert_eq!(
        admin
            .post(&path(&import, "/cancel"), json!({}))
            .await
            .problem(409),
        "wrong_state"
    );
    // Files go after a day; the import stays on record.
    app.forward(25 * 3600);
    assert_eq!(
        admin
            .post(&path(&import, "/apply"), json!({}))
            .await
            .problem(409),
        "wrong_state"
    );
});

story!(files_that_cannot_be_taken, |app| async move {
    let admin = app.admin().await;
    for (file, part) in [
        (&b"\xff\xfen\0a\0m\0e\0"[..], "UTF-16"),
        (b"name\nS\xe3o\n", "Line 2"),
        (b"", "empty"),
        (b"name\n", "no rows"),
        (b"PK\x03\x04xxxx", "damaged"),
        (b"[{}]", "no JSON object"),
    ] {
        let answer = send(&admin, "customers", "f.csv", file.to_vec()).await;
        answer.problem(422);
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(
        count(&app, "imports").await + count(&app, "import_chunks").await,
        0,
        "nothing is left of them"
    );
    let broken = format!("name\n\"{}", "x\n".repeat(900_000));
    let answer = send(&admin, "customers", "f.csv", broken.into_bytes()).await;
    assert!(answer.pointers() == [""] && answer.text().contains("quotation mark"));
    let path = "/imports?object=houses&file_name=f.csv";
    assert_eq!(
        admin
            .send(Method::POST, path, Some("text/csv"), b"name\nA".to_vec())
            .await
            .problem(400),
        "unknown_object"
    );
    let columns = admin.get("/imports/columns/customers").await.ok();
    let name = columns
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "name")
        .unwrap()
        .clone();
    assert_eq!(
        (name["required"].as_bool(), name["type"].as_str()),
        (Some(true), Some("text"))
    );
    let sample = admin.get("/imports/sample/customers.csv").await;
    let done = bring(&admin, &sample.text()).await;
    assert_eq!(counts(&done), [3, 0, 0, 0, 0]);
    // A repeated upload with its key is one import.
    let client = admin.with("idempotency-key", "k1");
    let first = upload(&client, "f.csv", "name\nKeyed\n").await;
    assert_eq!(
        upload(&client, "f.csv", "name\nKeyed\n").await["id"],
        first["id"]
    );
});
