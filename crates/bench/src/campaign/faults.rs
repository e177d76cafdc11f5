//! The campaign of bad disks: calls that fail, put in by strace, and a disk that is full. Nothing
//! that failed may be answered as done; and the server stops, or goes on, as it should.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::Run;
use super::check;
use super::fleet::{Fleet, Load};
use super::model::Model;
use super::place::{Place, clear};
use crate::client::{self, Client};
use crate::process::Server;
use crate::report::number;
use crate::{Outcome, told};

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    run: Run,
    /// Each fault so often, every time later in the server's life
    #[arg(long, default_value_t = 1)]
    rounds: u32,
}

/// A call that fails, and on which file.
struct Fault {
    what: &'static str,
    calls: &'static str,
    error: &'static str,
    /// Only on the file itself, not its log: checkpoints.
    only_file: bool,
    /// The first call that fails, counted from the server's start …
    first: u32,
    /// … and how many after it do so too; in each thread anew, which strace counts by themselves.
    more: u32,
    /// Whether the server has to stop, or to refuse what it cannot do and go on.
    stops: bool,
}

#[rustfmt::skip]
const FAULTS: &[Fault] = &[
    Fault { what: "fsync of the log fails once",      calls: "fsync,fdatasync", error: "EIO",    only_file: false, first: 8,  more: 0,   stops: true },
    Fault { what: "fsync in a checkpoint fails once", calls: "fsync,fdatasync", error: "EIO",    only_file: true,  first: 1,   more: 0,   stops: true },
    Fault { what: "a write fails once",               calls: "pwrite64",        error: "EIO",    only_file: false, first: 250, more: 0,   stops: true },
    Fault { what: "no space for some writes",         calls: "pwrite64",        error: "ENOSPC", only_file: false, first: 250, more: 5,   stops: false },
];

/// How long something may take until it must have been seen.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn run(options: Options) -> Outcome {
    clear(&options.run.folder)?;
    let mut rows = String::new();
    let mut bad = vec![];
    for round in 0..options.rounds {
        for (n, fault) in FAULTS.iter().enumerate() {
            let folder = options.run.folder.join(format!("{round}-{n}"));
            tell(
                fault.what,
                failing_calls(&options, &folder, fault, round).await,
                &mut rows,
                &mut bad,
            );
        }
        let folder = options.run.folder.join(format!("{round}-full"));
        tell(
            "a full disk",
            full_disk(&options, &folder, round).await,
            &mut rows,
            &mut bad,
        );
    }
    let text = report(&options, &rows);
    println!("\n{text}");
    if let Some(folder) = &options.run.results {
        let name = format!("{}-faults", crate::machine::today());
        println!(
            "Recorded as {}.",
            crate::report::record(folder, &name, &text)?
        );
    }
    match bad.as_slice() {
        [] => std::fs::remove_dir_all(&options.run.folder).map_err(told),
        bad => Err(format!(
            "{}\nThe databases, journals and logs are in {}.",
            bad.join("\n"),
            options.run.folder.display()
        )),
    }
}

/// What was seen of one fault.
struct Seen {
    acknowledged: u64,
    server: String,
}

fn tell(what: &str, outcome: Outcome<Seen>, rows: &mut String, bad: &mut Vec<String>) {
    let row = match outcome {
        Ok(Seen {
            acknowledged,
            server,
        }) => format!(
            "| {what} | {server} | {} | 0 | 0 |\n",
            number(acknowledged as f64)
        ),
        Err(error) => {
            bad.push(format!("{what}: {error}"));
            format!("| {what} | {} | | | |\n", error.replace('\n', " "))
        }
    };
    print!("{row}");
    rows.push_str(&row);
}

async fn failing_calls(
    options: &Options,
    folder: &Path,
    fault: &Fault,
    round: u32,
) -> Outcome<Seen> {
    let mut scene = Scene::set(options, folder, folder, round).await?;
    let first = fault.first + round * 13;
    let window = match fault.more {
        0 => first.to_string(),
        more => format!("{first}..{}", first + more),
    };
    let trace = format!("trace={}", fault.calls);
    let inject = format!("inject={}:error={}:when={window}", fault.calls, fault.error);
    let log = folder.join("strace.log").display().to_string();
    // -D: the server stays our own child.
    let mut strace = vec![
        "strace",
        "-D",
        "-f",
        "-q",
        "--seccomp-bpf",
        "-o",
        &log,
        "-e",
        &trace,
        "-e",
        &inject,
    ];
    let file = scene.place.file.display().to_string();
    if fault.only_file {
        strace.extend(["-P", &file]);
    }
    let strace: Vec<String> = strace.into_iter().map(str::to_owned).collect();
    let mut server = scene.place.serve(&strace).await?;
    scene.fleet.go(server.port).await?;
    let seen = if fault.stops {
        let status = tokio::task::block_in_place(|| server.ended(PATIENCE));
        let status = status.ok_or("the server did not stop")?;
        scene.fleet.idle().await?;
        let said = std::fs::read_to_string(scene.place.log()).map_err(told)?;
        let said = said
            .lines()
            .rfind(|it| it.starts_with("tenantry: "))
            .unwrap_or_default();
        if status.success() || !said.contains("disk") {
            return Err(format!("the server ended with {status}, saying {said:?}"));
        }
        format!("stopped, {status}")
    } else {
        scene.refusal(&server).await?;
        scene.fleet.rest().await?;
        drop(server);
        REFUSED.to_owned()
    };
    scene.prove(seen).await
}

/// The server on a small file system of its own, which is filled up and given room again.
async fn full_disk(options: &Options, folder: &Path, round: u32) -> Outcome<Seen> {
    let disk = folder.join("disk");
    std::fs::create_dir_all(&disk).map_err(told)?;
    let _mounted = Mounted::small(disk.clone())?;
    let mut scene = Scene::set(options, folder, &disk, round).await?;
    let server = scene.place.serve(&[]).await?;
    scene.fleet.go(server.port).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ballast = disk.join("ballast");
    fill(&ballast)?;
    scene.refusal(&server).await?;
    std::fs::remove_file(&ballast).map_err(told)?;
    scene.fleet.rest().await?;
    let before = scene.acknowledged()?;
    scene.fleet.go(server.port).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    scene.fleet.rest().await?;
    if scene.acknowledged()? == before {
        return Err("nothing was written after there was space again".into());
    }
    drop(server);
    scene.prove(REFUSED.to_owned()).await
}

const REFUSED: &str = "refused writes with 507, read on, then wrote again";

/// Writes until nothing more fits.
fn fill(ballast: &Path) -> Outcome {
    let mut file = std::fs::File::create(ballast).map_err(told)?;
    for size in [1 << 20, 4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    Ok(())
}

/// A file system in memory, for as long as this lives.
struct Mounted(PathBuf);

impl Mounted {
    fn small(folder: PathBuf) -> Outcome<Self> {
        let mut mount = Command::new("mount");
        let mount = mount
            .args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"])
            .arg(&folder)
            .output()
            .map_err(told)?;
        if !mount.status.success() {
            return Err(format!(
                "a small file system cannot be mounted: {}. Run this as root, or where user namespaces are allowed.",
                String::from_utf8_lossy(&mount.stderr).trim()
            ));
        }
        Ok(Self(folder))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// A server's place, its clients, and what they know.
struct Scene {
    place: Place,
    fleet: Fleet,
    model: Model,
}

impl Scene {
    async fn set(options: &Options, folder: &Path, disk: &Path, round: u32) -> Outcome<Self> {
        let place = Place::make(&options.run.tenantry, folder, disk).await?;
        let load = Load {
            clients: 2,
            lanes: 4,
            seed: round.into(),
            batch: 0,
            import: 200,
        };
        let fleet = Fleet::start(&place.folder, &place.token, &load)?;
        Ok(Self {
            place,
            fleet,
            model: Model::default(),
        })
    }

    fn acknowledged(&mut self) -> Outcome<u64> {
        self.fleet.read(&mut self.model)?;
        Ok(self.model.acknowledged.writes())
    }

    /// Waits until clients were refused for want of space; reading must still work then.
    async fn refusal(&mut self, server: &Server) -> Outcome {
        let mut client = Client::connect(server.port).await?;
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            self.fleet.read(&mut self.model)?;
            if self.model.refused.contains("507 disk_full") {
                let list = client::get("/api/v1/customers?limit=1", &self.place.token);
                return client.json(&list).await.map(drop);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!(
            "no write was refused with 507; refused were {:?}",
            self.model.refused
        ))
    }

    /// Starts the server on a sound disk again: is everything there that was acknowledged, and can
    /// what is owed be done?
    async fn prove(mut self, server: String) -> Outcome<Seen> {
        let healthy = self.place.serve(&[]).await?;
        self.look()?;
        self.fleet.finish(healthy.port).await?;
        let acknowledged = self.acknowledged()?;
        if acknowledged == 0 || !self.model.pending.is_empty() {
            return Err(format!(
                "{acknowledged} acknowledged, owed: {:?}",
                self.model.pending
            ));
        }
        self.look()?;
        Ok(Seen {
            acknowledged,
            server,
        })
    }

    fn look(&mut self) -> Outcome {
        self.fleet.read(&mut self.model)?;
        let found = check::all(&self.place.file, &self.model)?;
        let damage = check::integrity(&self.place.file)?;
        let all = [
            found.lost,
            found.doubled,
            found.wrong,
            self.model.wrong.clone(),
            damage,
        ]
        .concat();
        match all.is_empty() {
            true => Ok(()),
            false => Err(all.join("\n")),
        }
    }
}

fn report(options: &Options, rows: &str) -> String {
    format!(
        "# Campaign of bad disks, {day}\n\n\
         `cargo xtask campaign faults --rounds {rounds}` at commit {commit}; {machine}.\n\n\
         | fault | server | acknowledged | lost | doubled |\n|---|---|---|---|---|\n{rows}\n{NOTES}",
        day = crate::machine::today(),
        rounds = options.rounds,
        commit = options.run.commit,
        machine = crate::machine::describe(),
    )
}

const NOTES: &str = "\
`tenantry serve` on SQLite under the load of the crash campaign. strace makes single calls fail; the full disk is a file system of 48 MB. After each the server is started on a sound disk and every record is compared with what was acknowledged; then what was not answered is repeated, and everything is compared again, with SQLite's integrity and reference checks.\n";
