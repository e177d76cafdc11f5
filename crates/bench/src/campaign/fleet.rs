//! All client processes of a campaign, and their journals.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::journal::Reading;
use super::model::Model;
use crate::{Outcome, told};

pub struct Load {
    pub clients: usize,
    pub lanes: usize,
    pub seed: u64,
    pub batch: usize,
    /// Rows of each file.
    pub import: usize,
}

pub struct Fleet {
    clients: Vec<Member>,
}

struct Member {
    /// Ends with this one.
    _process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    journal: Reading,
}

impl Fleet {
    pub fn start(folder: &Path, token: &str, load: &Load) -> Outcome<Self> {
        let own = std::env::current_exe().map_err(told)?;
        let member = |number: usize| {
            let journal = folder.join(format!("client-{number}.journal"));
            let mut command = Command::new(&own);
            command
                .arg("campaign-client")
                .arg("--journal")
                .arg(&journal)
                .env("CAMPAIGN_TOKEN", token);
            for (name, value) in [
                ("number", number),
                ("lanes", load.lanes),
                ("batch", load.batch),
                ("import", load.import),
            ] {
                command.arg(format!("--{name}={value}"));
            }
            command.arg(format!("--seed={}", load.seed));
            let mut process = command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
                .map_err(told)?;
            let orders = process.stdin.take().ok_or("no way to give orders")?;
            let answers = process.stdout.take().ok_or("no way to hear answers")?;
            let answers = BufReader::new(answers).lines();
            Ok(Member {
                _process: process,
                orders,
                answers,
                journal: Reading::new(journal),
            })
        };
        let clients = (0..load.clients).map(member).collect::<Outcome<_>>()?;
        Ok(Self { clients })
    }

    /// Lets all of them work until the server goes away.
    pub async fn go(&mut self, port: u16) -> Outcome {
        self.order(&format!("go {port}\n")).await
    }

    /// Lets all of them finish what they have begun, and waits for that.
    pub async fn finish(&mut self, port: u16) -> Outcome {
        self.order(&format!("finish {port}\n")).await?;
        self.idle().await
    }

    /// Lets all that are at work finish what they are about, and waits for that.
    pub async fn rest(&mut self) -> Outcome {
        self.order("rest\n").await?;
        self.idle().await
    }

    async fn order(&mut self, order: &str) -> Outcome {
        for client in &mut self.clients {
            client
                .orders
                .write_all(order.as_bytes())
                .await
                .map_err(told)?;
        }
        Ok(())
    }

    /// Waits until each has noticed that the server is gone.
    pub async fn idle(&mut self) -> Outcome {
        for client in &mut self.clients {
            let answer = timeout(Duration::from_secs(120), client.answers.next_line()).await;
            let answer = answer.map_err(|_| "a client does not come to rest")?;
            answer.map_err(told)?.ok_or("a client ended")?;
        }
        Ok(())
    }

    /// What happened since the last reading.
    pub fn read(&mut self, model: &mut Model) -> Outcome {
        for (number, client) in self.clients.iter_mut().enumerate() {
            model.read(number, client.journal.rest()?);
        }
        Ok(())
    }
}
