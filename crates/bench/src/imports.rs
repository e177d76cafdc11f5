//! Import: the product's upload, plan and apply, and the control's plain inserts of the same rows.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::SinkExt;
use kit::conn::Value;
use serde_json::{Value as Json, json};

use crate::bare::{self, Template};
use crate::client::{self, Client};
use crate::{Outcome, csv, told};

/// How long the steps took, in seconds.
pub struct Took {
    pub upload: f64,
    pub plan: f64,
    pub apply: f64,
}

pub async fn product(port: u16, token: &str, first: usize, count: usize) -> Outcome<Took> {
    let file = csv::file(first, count);
    let mut client = Client::connect(port).await?;
    let path = "/api/v1/imports?object=customers&file_name=bench.csv";
    let started = Instant::now();
    let upload = client::request("POST", path, token, "text/csv", file.as_bytes());
    let import = client.json(&upload).await?;
    let upload = started.elapsed().as_secs_f64();
    let id = import["id"].as_str().unwrap_or_default().to_owned();
    let plan = json!({ "match": ["external_id"] });
    let plan = step(&mut client, token, &id, "plan", &plan, "planned", count).await?;
    let apply = step(&mut client, token, &id, "apply", &json!({}), "done", count).await?;
    Ok(Took {
        upload,
        plan,
        apply,
    })
}

async fn step(
    client: &mut Client,
    token: &str,
    id: &str,
    step: &str,
    body: &Json,
    end: &str,
    count: usize,
) -> Outcome<f64> {
    let started = Instant::now();
    let path = format!("/api/v1/imports/{id}/{step}");
    let body = serde_json::to_vec(body).map_err(told)?;
    client.json(&client::post(&path, token, &body)).await?;
    let look = client::get(&format!("/api/v1/imports/{id}"), token);
    loop {
        let import = client.json(&look).await?;
        let state = import["state"].as_str().unwrap_or_default();
        if state == end {
            let created = import["counts"]["created"].as_u64().unwrap_or(0);
            if created != count as u64 {
                return Err(format!(
                    "{step}: {}, {}",
                    import["counts"], import["message"]
                ));
            }
            return Ok(started.elapsed().as_secs_f64());
        }
        if !["planning", "applying"].contains(&state) {
            return Err(format!("{step}: {state}: {}", import["message"]));
        }
        if started.elapsed() > Duration::from_secs(1800) {
            return Err(format!("{step} takes more than half an hour"));
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// The same rows, written as fast as the engine takes them; in seconds.
pub async fn control(database: &str, count: usize) -> Outcome<f64> {
    match database.strip_prefix("sqlite:") {
        Some(file) => tokio::task::block_in_place(|| sqlite(file, count)),
        None => postgres(database, count).await,
    }
}

fn name(n: usize) -> String {
    format!("Imported Consulting {n}")
}

fn sqlite(file: &str, count: usize) -> Outcome<f64> {
    let conn = bare::sqlite::open(file, true)?;
    let templates = bare::sqlite::templates(&conn)?;
    let started = Instant::now();
    for n in 0..count {
        if n.is_multiple_of(1_000) {
            conn.execute_batch("begin immediate").map_err(told)?;
        }
        bare::sqlite::insert(&conn, &templates, bare::new_id(), &name(n))?;
        if n % 1_000 == 999 || n + 1 == count {
            conn.execute_batch("commit").map_err(told)?;
        }
    }
    Ok(started.elapsed().as_secs_f64())
}

async fn postgres(database: &str, count: usize) -> Outcome<f64> {
    let connected = tokio_postgres::connect(database, tokio_postgres::NoTls).await;
    let (client, connection) = connected.map_err(told)?;
    tokio::spawn(connection);
    let templates = bare::postgres::templates(&client).await?;
    let started = Instant::now();
    for first in (0..count).step_by(1_000) {
        let new: Vec<_> = (first..(first + 1_000).min(count))
            .map(|n| (bare::new_id(), name(n)))
            .collect();
        client.batch_execute("begin").await.map_err(told)?;
        for template in &templates {
            let text = format!(
                "copy {} ({}) from stdin",
                template.table,
                template.columns.join(", ")
            );
            let lines: String = new
                .iter()
                .map(|(id, name)| line(template, *id, name))
                .collect();
            let sink = client.copy_in(&text).await.map_err(told)?;
            let mut sink = std::pin::pin!(sink);
            sink.send(Bytes::from(lines)).await.map_err(told)?;
            sink.finish().await.map_err(told)?;
        }
        client.batch_execute("commit").await.map_err(told)?;
    }
    Ok(started.elapsed().as_secs_f64())
}

/// A row in COPY's text format.
fn line(template: &Template, id: uuid::Uuid, name: &str) -> String {
    let cells: Vec<String> = template.renew(id, name).iter().map(cell).collect();
    cells.join("\t") + "\n"
}

fn cell(value: &Value) -> String {
    let null = || "\\N".to_owned();
    match value {
        Value::Uuid(it) => it.map_or_else(null, |it| it.to_string()),
        Value::Int(it) | Value::Instant(it) => it.map_or_else(null, |it| it.to_string()),
        Value::Bool(it) => it.map_or_else(null, |it| it.to_string()),
        Value::Text(Some(it)) | Value::Json(Some(it)) => it
            .replace('\\', "\\\\")
            .replace('\t', "\\t")
            .replace('\n', "\\n")
            .replace('\r', "\\r"),
        _ => null(),
    }
}
