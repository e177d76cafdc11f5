//! The real binary, and databases of both engines for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use kit::conn::{Db, Options, scratch};

/// A database's address on one engine and on the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

pub const BOTH: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

impl Engine {
    /// The address of a new database; on SQLite one whose file is not there yet.
    pub async fn database(self, folder: &Path) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("backup_{}_{number}", std::process::id());
        if self == Engine::Sqlite {
            return format!("sqlite:{}", folder.join(name).display());
        }
        let server = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL is not set: run `cargo xtask test`, which starts a throw-away PostgreSQL");
        let db = scratch::postgres(&server, &name, &Options::default())
            .await
            .unwrap();
        db.close().await;
        let (head, query) = server.split_once('?').unwrap_or((&server, ""));
        format!("{}/{name}?{query}", head.rsplit_once('/').unwrap().0)
    }
}

pub async fn open(database: &str) -> Db {
    Db::open(database, &Options::default()).await.unwrap()
}

pub fn command(database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    command.args(["--database", database]).args(arguments);
    // With PostgreSQL the program keeps its audit key and checkpoints where it is started.
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

pub fn tenantry(database: &str, arguments: &[&str]) -> Output {
    command(database, arguments).output().unwrap()
}

/// What a command that must succeed prints.
pub fn good(database: &str, arguments: &[&str]) -> String {
    let output = tenantry(database, arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

/// That the doctor finds nothing. The server of the tests does not wait for its disk, and the
/// doctor says so.
pub fn sound(database: &str) {
    let output = tenantry(database, &["doctor"]);
    let told = String::from_utf8(output.stdout).unwrap();
    let fine = |line: &&str| {
        let parts = [": good", ": up to date", "can be lost"];
        parts.iter().any(|it| line.ends_with(it)) || line.starts_with("Database: ")
    };
    let problems = told.lines().filter(|it| !it.starts_with("  To do"));
    let problems: Vec<&str> = problems.filter(|it| !fine(it)).collect();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(output.status.success(), !told.contains("can be lost"));
    assert!(told.lines().count() >= 10, "{told}");
}

/// What a command that must fail says.
pub fn refused(database: &str, arguments: &[&str]) -> String {
    let output = tenantry(database, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A served installation that ends with the test.
pub struct Server {
    child: Child,
    address: String,
    token: String,
}

impl Server {
    pub fn start(database: &str) -> Self {
        let mut init = command(
            database,
            &[
                "init",
                "--email",
                "admin@house.example",
                "--provider",
                "House",
                "--password-stdin",
                "--print-token",
            ],
        );
        let mut init = init
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let password = b"correct horse battery 9\n";
        init.stdin.take().unwrap().write_all(password).unwrap();
        let told = String::from_utf8(init.wait_with_output().unwrap().stdout).unwrap();
        let token = told.lines().find(|it| it.starts_with("tny_")).unwrap();
        let serve = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--requests-per-token",
            "1000000",
        ];
        let mut child = command(database, &serve)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap();
        Self {
            child,
            address: address.split(' ').next().unwrap().to_owned(),
            token: token.to_owned(),
        }
    }

    pub fn client(&self) -> Client {
        let stream = TcpStream::connect(&self.address).unwrap();
        Client {
            stream: BufReader::new(stream),
            token: self.token.clone(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    /// Posts JSON and tells the status.
    pub fn post(&mut self, path: &str, body: &str) -> u16 {
        let head = format!(
            "POST /api/v1{path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(head.as_bytes()).unwrap();
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().unwrap();
            } else if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.parse().unwrap();
            } else if line.is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).unwrap();
        status
    }
}
