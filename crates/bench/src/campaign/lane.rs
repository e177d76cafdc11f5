//! One connection of a client: it does one thing after the other to customers of its own, and
//! repeats what was not answered until it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::journal::{Act, Change, Journal, Line};
use super::model::{State, texts};
use crate::Outcome;
use crate::client::{self, Client};
use crate::names::Dice;

/// A lane forgets customers beyond these; they must stay as they are.
const OWN: usize = 48;

pub struct Lane {
    /// `client-lane`, the beginning of all its names.
    pub name: String,
    pub number: usize,
    pub token: String,
    pub journal: Arc<Journal>,
    pub dice: Dice,
    pub own: Vec<Own>,
    pub contact: Option<Known>,
    pub made: u32,
    pub pending: Option<Pending>,
    /// How many customers a batch has; 0: no batches.
    pub batch: usize,
}

pub struct Known {
    name: String,
    id: String,
}

pub struct Own {
    known: Known,
    state: State,
    /// The contact that is linked.
    linked: Option<String>,
}

/// What is to be done, until it is done.
pub struct Pending {
    act: Act,
    /// Of its customer in `own`.
    at: usize,
    key: String,
    /// It was sent before, and may have happened.
    repeated: bool,
}

enum Verdict {
    Done(Json),
    /// Not done, or nobody knows: once more.
    Again(String),
    Wrong(String),
}

impl Lane {
    /// Works until the server goes away; or, when it is to finish, until nothing is unanswered.
    pub async fn work(&mut self, port: u16, finish: &AtomicBool) -> Outcome {
        let Ok(mut client) = Client::connect(port).await else {
            return Ok(());
        };
        while !finish.load(Ordering::Relaxed) || self.pending.is_some() {
            if self.pending.is_none() {
                let (act, at) = self.choose();
                self.journal.write(&Line::Sent {
                    lane: self.number,
                    act: act.clone(),
                })?;
                self.made += 1;
                let key = format!("{}-{}", self.name, self.made);
                self.pending = Some(Pending {
                    act,
                    at,
                    key,
                    repeated: false,
                });
            }
            let Some(mut pending) = self.pending.take() else {
                continue;
            };
            let request = self.request(&pending);
            let Ok(status) = client.send(&request).await else {
                pending.repeated = true;
                self.pending = Some(pending);
                return Ok(());
            };
            let answer = serde_json::from_slice(&client.body).unwrap_or(Json::Null);
            match self.judge(&pending, status, answer) {
                Verdict::Done(answer) => {
                    self.journal.write(&Line::Done { lane: self.number })?;
                    self.done(pending, &answer);
                    if self.dice.below(50) == 0
                        && request.starts_with(b"POST")
                        && !self.repeat(&mut client, &request, &answer).await?
                    {
                        return Ok(());
                    }
                }
                Verdict::Again(how) => {
                    let lane = self.number;
                    self.journal.write(&Line::Refused { lane, how })?;
                    pending.repeated = true;
                    self.pending = Some(pending);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Verdict::Wrong(what) => self.journal.write(&Line::Wrong {
                    lane: self.number,
                    what,
                })?,
            }
        }
        Ok(())
    }

    /// The same request with the same key again, though it was answered: the same answer must come.
    async fn repeat(&mut self, client: &mut Client, request: &[u8], first: &Json) -> Outcome<bool> {
        let Ok(status) = client.send(request).await else {
            return Ok(false);
        };
        let again: Json = serde_json::from_slice(&client.body).unwrap_or(Json::Null);
        if (status / 100 != 2 || again["id"] != first["id"]) && status != 503 {
            let what = format!("a repeated request was answered {status} {again}, first {first}");
            self.journal.write(&Line::Wrong {
                lane: self.number,
                what,
            })?;
        }
        Ok(true)
    }

    fn choose(&mut self) -> (Act, usize) {
        let n = self.made;
        let roll = self.dice.below(100);
        if self.contact.is_none() || roll < 3 {
            let name = format!("{}-{n}@example.org", self.name);
            return (Act::Contact { name }, 0);
        }
        if roll < 8 && self.batch > 0 {
            let names = (0..self.batch)
                .map(|it| format!("{}-{n}-{it}", self.name))
                .collect();
            return (Act::Create { names, text: n }, 0);
        }
        if self.own.len() < 8 || roll < 40 {
            let names = vec![format!("{}-{n}", self.name)];
            let at = if self.own.len() < OWN {
                self.own.len()
            } else {
                self.dice.below(OWN)
            };
            return (Act::Create { names, text: n }, at);
        }
        let at = self.dice.below(self.own.len());
        let own = &self.own[at];
        let what = match self.dice.below(20) {
            _ if own.state.deleted => Change::Restore,
            _ if own.state.archived => Change::Unarchive,
            0 | 1 => Change::Archive,
            2 => Change::Delete,
            3..6 => Change::Site,
            6..9 if own.linked.is_none() => Change::Link,
            6..9 => Change::Unlink,
            _ => Change::Edit(n),
        };
        (
            Act::Change {
                name: own.known.name.clone(),
                what,
            },
            at,
        )
    }

    fn request(&self, pending: &Pending) -> Vec<u8> {
        let key = format!("Idempotency-Key: {}\r\n", pending.key);
        let send = |method: &str, path: String, headers: &str, body: Json| {
            let body = if body.is_null() {
                String::new()
            } else {
                body.to_string()
            };
            let headers = format!("{headers}Content-Type: application/json\r\n");
            client::written(
                method,
                &format!("/api/v1/{path}"),
                &self.token,
                &headers,
                body.as_bytes(),
            )
        };
        let (name, what) = match &pending.act {
            Act::Create { names, text } if names.len() == 1 => {
                return send("POST", "customers".into(), &key, customer(&names[0], *text));
            }
            Act::Create { names, text } => {
                let new = |name: &String| {
                    let mut item = customer(name, *text);
                    item["op"] = "create".into();
                    item
                };
                let items: Vec<Json> = names.iter().map(new).collect();
                return send(
                    "POST",
                    "customers/batch".into(),
                    &key,
                    json!({ "items": items }),
                );
            }
            Act::Contact { name } => {
                let body = json!({ "first_name": "Zoë", "last_name": name, "email": name });
                return send("POST", "contacts".into(), &key, body);
            }
            Act::Import { .. } => return vec![], // no lane's work
            Act::Change { name, what } => (name, *what),
        };
        let own = &self.own[pending.at];
        let path = format!("customers/{}", own.known.id);
        let version = format!("If-Match: \"{}\"\r\n", own.state.version);
        let contact = own
            .linked
            .as_deref()
            .or(self.contact.as_ref().map(|it| it.id.as_str()));
        let linked = format!("{path}/contacts/{}", contact.unwrap_or_default());
        match what {
            Change::Edit(text) => {
                let [_, description, city] = texts(name, text);
                send(
                    "PATCH",
                    path,
                    &version,
                    json!({ "description": description, "city": city }),
                )
            }
            Change::Archive => send("POST", path + "/archive", &key, Json::Null),
            Change::Unarchive => send("POST", path + "/unarchive", &key, Json::Null),
            Change::Restore => send("POST", path + "/restore", &key, Json::Null),
            Change::Delete => send("DELETE", path, &version, Json::Null),
            Change::Site => send(
                "POST",
                "sites".into(),
                &key,
                json!({ "customer_id": own.known.id, "name": "Büro" }),
            ),
            Change::Link => send("PUT", linked, "", json!({ "roles": ["technical"] })),
            Change::Unlink => send("DELETE", linked, "", Json::Null),
        }
    }

    fn judge(&self, pending: &Pending, status: u16, answer: Json) -> Verdict {
        if matches!(status, 429 | 503 | 507) {
            return Verdict::Again(format!(
                "{status} {}",
                answer["code"].as_str().unwrap_or_default()
            ));
        }
        let wrong = || Verdict::Wrong(format!("{:?} was answered {status} {answer}", pending.act));
        let done = match &pending.act {
            Act::Create { names, .. } if names.len() > 1 => status == 200,
            Act::Create { .. } | Act::Contact { .. } => status == 201,
            Act::Import { .. } => false,
            Act::Change { name, what } => {
                let next = Some(self.own[pending.at].state.version + 1);
                match what {
                    Change::Edit(text) if status == 412 && pending.repeated => {
                        let current = &answer["current"];
                        current["version"].as_i64() == next
                            && current["description"] == texts(name, *text)[1]
                    }
                    Change::Edit(_) | Change::Archive | Change::Unarchive | Change::Restore => {
                        status == 200 && answer["version"].as_i64() == next
                    }
                    Change::Delete | Change::Unlink => {
                        status == 204 || (status == 404 && pending.repeated)
                    }
                    Change::Site => status == 201,
                    Change::Link => status == 200,
                }
            }
        };
        if done { Verdict::Done(answer) } else { wrong() }
    }

    fn done(&mut self, pending: Pending, answer: &Json) {
        let id = || answer["id"].as_str().unwrap_or_default().to_owned();
        match pending.act {
            Act::Contact { name } => self.contact = Some(Known { name, id: id() }),
            Act::Create { mut names, text } if names.len() == 1 => {
                let known = Known {
                    name: names.remove(0),
                    id: id(),
                };
                let own = Own {
                    known,
                    state: State::new(text),
                    linked: None,
                };
                if pending.at < self.own.len() {
                    self.own[pending.at] = own;
                } else {
                    self.own.push(own);
                }
            }
            // Those of a batch must stay as they are.
            Act::Create { .. } | Act::Import { .. } => {}
            Act::Change { what, .. } => {
                let contact = self.contact.as_ref().map(|it| it.id.clone());
                let own = &mut self.own[pending.at];
                own.state = own.state.after(what);
                match what {
                    Change::Link => own.linked = contact,
                    Change::Unlink => own.linked = None,
                    _ => {}
                }
            }
        }
    }
}

fn customer(name: &str, text: u32) -> Json {
    let [title, description, city] = texts(name, text);
    json!({ "name": title, "ref_id": name, "description": description, "city": city })
}
