//! The lane that imports files: upload, plan, apply, and ask until it is done, over all crashes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::journal::{Act, Journal, Line, imported};
use super::model::texts;
use crate::Outcome;
use crate::client::{self, Client};

pub struct Importer {
    pub name: String,
    pub number: usize,
    pub token: String,
    pub journal: Arc<Journal>,
    pub rows: usize,
    pub made: usize,
    pub under_way: Option<UnderWay>,
}

pub struct UnderWay {
    file: String,
    /// Once the upload was answered. One without an answer is uploaded again: nothing applies the
    /// first, and it expires.
    id: Option<String>,
}

impl Importer {
    pub async fn work(&mut self, port: u16, finish: &AtomicBool) -> Outcome {
        let Ok(mut client) = Client::connect(port).await else {
            return Ok(());
        };
        while !finish.load(Ordering::Relaxed) || self.under_way.is_some() {
            if self.under_way.is_none() {
                self.made += 1;
                let file = format!("{}-{}", self.name, self.made);
                let act = Act::Import {
                    name: file.clone(),
                    rows: self.rows,
                };
                self.journal.write(&Line::Sent {
                    lane: self.number,
                    act,
                })?;
                self.under_way = Some(UnderWay { file, id: None });
            }
            match self.step(&mut client).await {
                Ok(None) => tokio::time::sleep(Duration::from_millis(50)).await,
                Ok(Some(line)) => {
                    self.journal.write(&line)?;
                    self.under_way = None;
                }
                Err(_) => return Ok(()), // the server is gone
            }
        }
        Ok(())
    }

    /// The next step of what is under way; what to tell the journal when it was the last.
    async fn step(&mut self, client: &mut Client) -> Outcome<Option<Line>> {
        let Some(UnderWay { file, id }) = &mut self.under_way else {
            return Ok(None);
        };
        let lane = self.number;
        let wrong = |what: String| {
            Ok(Some(Line::Wrong {
                lane,
                what: format!("import {file}: {what}"),
            }))
        };
        let Some(id) = id else {
            let path = format!("/api/v1/imports?object=customers&file_name={file}.csv");
            let upload = client::request(
                "POST",
                &path,
                &self.token,
                "text/csv",
                csv(file, self.rows).as_bytes(),
            );
            match client.send(&upload).await? {
                201 => {
                    let answer: Json = serde_json::from_slice(&client.body).unwrap_or(Json::Null);
                    *id = answer["id"].as_str().map(str::to_owned);
                    return Ok(None);
                }
                503 | 507 => return Ok(None),
                status => {
                    return wrong(format!(
                        "its upload was answered {status} {}",
                        String::from_utf8_lossy(&client.body)
                    ));
                }
            }
        };
        let path = format!("/api/v1/imports/{id}");
        if client.send(&client::get(&path, &self.token)).await? != 200 {
            return Ok(None);
        }
        let import: Json = serde_json::from_slice(&client.body).unwrap_or(Json::Null);
        let (next, body) = match import["state"].as_str().unwrap_or_default() {
            "uploaded" => ("plan", json!({ "match": [] })),
            "planned" => ("apply", json!({})),
            "planning" | "applying" => return Ok(None),
            "done" if import["counts"]["created"] == self.rows => {
                return Ok(Some(Line::Done { lane }));
            }
            state => {
                return wrong(format!(
                    "{state}, {}, {}",
                    import["message"], import["counts"]
                ));
            }
        };
        // Whatever is answered: the next look tells whether it was taken.
        client
            .send(&client::post(
                &format!("{path}/{next}"),
                &self.token,
                body.to_string().as_bytes(),
            ))
            .await?;
        Ok(None)
    }
}

fn csv(file: &str, rows: usize) -> String {
    let mut text = "name,description,city,ref_id\r\n".to_owned();
    for row in 0..rows {
        let name = imported(file, row);
        text += &texts(&name, 0).join(",");
        text += &format!(",{name}\r\n");
    }
    text
}
