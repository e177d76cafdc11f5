//! An installation to torment: a folder with its database, and how to serve it.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::client::{self, Client};
use crate::process::Server;
use crate::{Outcome, told};

pub struct Place {
    pub folder: PathBuf,
    pub file: PathBuf,
    pub token: String,
    tenantry: PathBuf,
}

impl Place {
    /// Sets up a new one, with its database in `disk` and all else in `folder`.
    pub async fn make(tenantry: &Path, folder: &Path, disk: &Path) -> Outcome<Self> {
        std::fs::create_dir_all(folder).map_err(told)?;
        let file = disk.join("tenantry.sqlite");
        let mut place = Self {
            folder: folder.to_owned(),
            file,
            token: String::new(),
            tenantry: tenantry.to_owned(),
        };
        let mut init = place.command(
            &[],
            &[
                "init",
                "--email=anna@northline.example",
                "--password-stdin",
                "--provider=Northline",
                "--print-token",
            ],
        )?;
        let mut init = init
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(told)?;
        init.stdin
            .take()
            .ok_or("no way to give a password")?
            .write_all(b"northern-lights-42\n")
            .map_err(told)?;
        let printed = init.wait_with_output().map_err(told)?.stdout;
        let printed = String::from_utf8_lossy(&printed).into_owned();
        place.token = printed
            .lines()
            .find(|it| it.starts_with("tny_"))
            .ok_or("no token was printed")?
            .to_owned();
        place.let_names_repeat().await?;
        Ok(place)
    }

    /// So that no unique index hides what is done twice.
    async fn let_names_repeat(&self) -> Outcome {
        let server = self.serve(&[]).await?;
        let mut client = Client::connect(server.port).await?;
        let providers = client
            .json(&client::get("/api/v1/providers", &self.token))
            .await?;
        let path = format!(
            "/api/v1/providers/{}",
            providers["items"][0]["id"].as_str().unwrap_or_default()
        );
        let body = json!({ "customer_names": "may_repeat" }).to_string();
        let headers = "If-Match: *\r\nContent-Type: application/json\r\n";
        client
            .json(&client::written(
                "PATCH",
                &path,
                &self.token,
                headers,
                body.as_bytes(),
            ))
            .await
            .map(drop)
    }

    /// Starts the server, under another program where `under` names one, and waits until it is ready.
    pub async fn serve(&self, under: &[String]) -> Outcome<Server> {
        let command = |port: u16| {
            let listen = format!("--listen=127.0.0.1:{port}");
            self.command(
                under,
                &[
                    "serve",
                    &listen,
                    "--requests-per-token=1000000",
                    "--lease-seconds=2",
                ],
            )
        };
        Server::start(command, "/readyz").await
    }

    /// A command of `tenantry` on this database; what it says goes to the folder's log.
    pub fn command(&self, under: &[String], arguments: &[&str]) -> Outcome<Command> {
        let mut log = OpenOptions::new();
        let log = log
            .create(true)
            .append(true)
            .open(self.log())
            .map_err(told)?;
        let mut words = under
            .iter()
            .map(OsStr::new)
            .chain([self.tenantry.as_os_str()]);
        let mut command = Command::new(words.next().ok_or("no program")?);
        command
            .args(words)
            .arg(format!("--database=sqlite:{}", self.file.display()));
        command.args(["--log", "warn"]).args(arguments).stderr(log);
        Ok(command)
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }
}

/// Removes what an earlier run left.
pub fn clear(folder: &Path) -> Outcome {
    match folder.exists() {
        true => std::fs::remove_dir_all(folder).map_err(told),
        false => Ok(()),
    }
}
