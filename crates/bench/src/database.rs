//! Databases of a run: one is filled, and the product and the control each get a copy of it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use kit::conn::{Options, Synchronous, scratch};
use tokio_postgres::NoTls;

use crate::data::{self, Data};
use crate::{Outcome, Place, told};

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// Two copies of the same data, and what is known of it.
pub struct Databases {
    pub engine: Engine,
    pub product: String,
    pub control: String,
    pub data: Data,
    files: Vec<PathBuf>,
}

/// While filling, nothing needs to survive a power cut, and statements may take long.
fn filling() -> Options {
    Options {
        sqlite_synchronous: Synchronous::Off,
        statement_timeout: std::time::Duration::from_secs(600),
        ..Options::default()
    }
}

impl Databases {
    pub async fn make(engine: Engine, place: &Place, count: usize) -> Outcome<Self> {
        let started = Instant::now();
        let made = match engine {
            Engine::Sqlite => Self::sqlite(&place.folder, count).await,
            Engine::Postgres => {
                let server = place.postgres.as_deref();
                Self::postgres(server.ok_or("--postgres is missing")?, count).await
            }
        }?;
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "{}: {count} customers made and copied in {seconds:.0} s",
            engine.name()
        );
        Ok(made)
    }

    async fn sqlite(folder: &Path, count: usize) -> Outcome<Self> {
        std::fs::create_dir_all(folder).map_err(told)?;
        let file = |name: &str| folder.join(format!("{name}.sqlite"));
        let files: Vec<PathBuf> = ["seed", "product", "control", "empty"].map(file).to_vec();
        files.iter().for_each(|it| remove(it));
        let db = scratch::sqlite(folder, "seed", &filling())
            .await
            .map_err(told)?;
        let data = data::make(&db, count).await.map_err(told)?;
        db.close().await;
        for copy in &files[1..3] {
            std::fs::copy(&files[0], copy).map_err(told)?;
        }
        Ok(Self {
            engine: Engine::Sqlite,
            product: format!("sqlite:{}", files[1].display()),
            control: format!("sqlite:{}", files[2].display()),
            data,
            files,
        })
    }

    async fn postgres(server: &str, count: usize) -> Outcome<Self> {
        let db = scratch::postgres(server, "seed", &filling())
            .await
            .map_err(told)?;
        let data = data::make(&db, count).await.map_err(told)?;
        db.close().await;
        drop(db);
        let (client, connection) = tokio_postgres::connect(server, NoTls).await.map_err(told)?;
        tokio::spawn(connection);
        for copy in ["product", "control"] {
            // The pool's connections leave a moment after it is closed.
            let text = format!("create database {copy} template seed");
            let mut tries = 0;
            while let Err(error) = client.batch_execute(&text).await {
                tries += 1;
                if tries > 50 {
                    return Err(format!("{text}: {error}"));
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
        client.batch_execute("checkpoint").await.map_err(told)?;
        let head = server.rsplit_once('/').map_or(server, |it| it.0);
        Ok(Self {
            engine: Engine::Postgres,
            product: format!("{head}/product"),
            control: format!("{head}/control"),
            data,
            files: vec![],
        })
    }
}

impl Databases {
    /// The address of a database of the same engine with nothing in it.
    pub async fn empty(&self) -> Outcome<String> {
        let (head, _) = self
            .product
            .rsplit_once('/')
            .ok_or("a database without a place")?;
        match self.engine {
            Engine::Sqlite => {
                let address = format!("{head}/empty.sqlite");
                remove(Path::new(address.trim_start_matches("sqlite:")));
                Ok(address)
            }
            Engine::Postgres => {
                let server = format!("{head}/postgres");
                let (client, connection) = tokio_postgres::connect(&server, NoTls)
                    .await
                    .map_err(told)?;
                tokio::spawn(connection);
                client
                    .batch_execute(
                        "create database empty template template0 encoding 'UTF8' locale 'C'",
                    )
                    .await
                    .map_err(told)?;
                Ok(format!("{head}/empty"))
            }
        }
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        self.files.iter().for_each(|it| remove(it));
    }
}

fn remove(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}
