//! A throw-away PostgreSQL for tests and benchmarks, on a free loopback port.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::shell::{self, Outcome};
use crate::tools;

/// Makes a server, waits until nobody holds the other end of its input, then stops the server by its process id and
/// removes its folder. That end closes when we drop it, and just as well when we are interrupted or killed:
/// whatever happens to the tests, no server is left behind.
///
/// For tests nothing waits for the disk: what could be lost with the machine is of no use afterwards. Benchmarks
/// measure that waiting.
///
/// It is told to stop until it is gone, since it does not listen yet in its first moment.
const GUARDIAN: &str = r#"
trap '' INT TERM HUP
"$1/initdb" --pgdata "$2/data" --username=postgres --auth=trust --locale=C --encoding=UTF8 --no-sync >"$2/log" 2>&1
"$1/postgres" -D "$2/data" -p "$3" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 \
    -c fsync="$4" -c synchronous_commit="$4" -c full_page_writes="$4" >>"$2/log" 2>&1 &
server=$!
read -r _
while kill -QUIT "$server" 2>/dev/null; do sleep 0.1; done
rm -rf "$2"
"#;

pub struct Postgres {
    guardian: Child,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// For tests.
    pub fn start() -> Outcome<Self> {
        Self::start_with("off")
    }

    /// With every commit on the disk before it is acknowledged, as in production.
    pub fn start_durable() -> Outcome<Self> {
        Self::start_with("on")
    }

    fn start_with(durable: &str) -> Outcome<Self> {
        let programs = tools::postgres().ok_or("PostgreSQL is not found.")?;
        let user = if tools::is_root() {
            Some(Unprivileged::find()?)
        } else {
            None
        };
        let port = free_port()?;
        let folder = make_folder(port, user.as_ref())?;
        let mut guardian = Command::new("sh");
        guardian
            .args(["-c", GUARDIAN, "guardian"])
            .arg(&programs)
            .arg(&folder)
            .arg(port.to_string())
            .arg(durable);
        as_user(&mut guardian, user.as_ref())
            .current_dir(&folder)
            .stdin(Stdio::piped());
        let guardian = guardian
            .spawn()
            .map_err(|error| format!("PostgreSQL cannot be started: {error}."))?;
        let server = Self {
            guardian,
            folder,
            port,
        };
        server.wait_until_ready(&programs)?;
        println!(
            "PostgreSQL runs on port {port}, from {}.",
            programs.display()
        );
        Ok(server)
    }

    /// The superuser's address: each test makes a database of its own from it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&self, programs: &Path) -> Outcome {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(120) {
            let mut ready = Command::new(programs.join("pg_isready"));
            ready.args([
                "--quiet",
                "--host=127.0.0.1",
                "--port",
                &self.port.to_string(),
            ]);
            if shell::status(ready.current_dir(&self.folder))? {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!(
            "PostgreSQL did not start within two minutes:\n{log}"
        ))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guardian.stdin.take());
        let _ = self.guardian.wait();
    }
}

/// Who runs the server when we are root, whom PostgreSQL refuses.
struct Unprivileged {
    user: u32,
    group: u32,
}

impl Unprivileged {
    fn find() -> Outcome<Self> {
        let id = |what: &str| {
            let number = shell::output(Command::new("id").args([what, "postgres"]))?;
            number
                .trim()
                .parse()
                .map_err(|_| "The user postgres has no number.".to_owned())
        };
        Ok(Self {
            user: id("-u")?,
            group: id("-g")?,
        })
    }
}

#[cfg(unix)]
fn as_user<'a>(command: &'a mut Command, user: Option<&Unprivileged>) -> &'a mut Command {
    use std::os::unix::process::CommandExt;
    match user {
        Some(user) => command.uid(user.user).gid(user.group),
        None => command,
    }
}

#[cfg(unix)]
fn give_to(folder: &Path, user: &Unprivileged) -> std::io::Result<()> {
    std::os::unix::fs::chown(folder, Some(user.user), Some(user.group))
}

#[cfg(not(unix))]
fn as_user<'a>(command: &'a mut Command, _: Option<&Unprivileged>) -> &'a mut Command {
    command
}

#[cfg(not(unix))]
fn give_to(_: &Path, _: &Unprivileged) -> std::io::Result<()> {
    Ok(())
}

fn make_folder(port: u16, user: Option<&Unprivileged>) -> Outcome<PathBuf> {
    let folder = std::env::temp_dir().join(format!("tenantry-postgres-{port}"));
    let make = || {
        fs::create_dir(&folder)?;
        user.map_or(Ok(()), |user| give_to(&folder, user))
    };
    make().map_err(|error| format!("{} cannot be made: {error}.", folder.display()))?;
    Ok(folder)
}

fn free_port() -> Outcome<u16> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = socket.and_then(|socket| socket.local_addr());
    address
        .map(|address| address.port())
        .map_err(|error| format!("There is no free port: {error}."))
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn nothing_is_left_of_a_server() {
        let server = Postgres::start().unwrap();
        let address = (Ipv4Addr::LOCALHOST, server.port);
        assert!(TcpStream::connect(address).is_ok());
        let folder = server.folder.clone();
        drop(server);
        assert!(TcpStream::connect(address).is_err());
        assert!(!folder.exists());
    }
}
