//! The campaign of crashes: `kill -9` at random moments, and a look after each start.

use std::time::{Duration, Instant};

use super::Run;
use super::check::{self, Found};
use super::fleet::{Fleet, Load};
use super::journal::Act;
use super::model::Model;
use super::place::{Place, clear};
use crate::names::Dice;
use crate::process::Server;
use crate::report::number;
use crate::{Outcome, machine, told};

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    run: Run,
    /// How often the server is killed
    #[arg(long, default_value_t = 30)]
    kills: u32,
    /// Ends after so many minutes, even when there were fewer kills
    #[arg(long, default_value_t = 600)]
    minutes: u64,
    /// How long it lives between two kills
    #[arg(long, value_name = "MIN..MAX", default_value = "0.3..1.5", value_parser = span)]
    seconds_between: (f64, f64),
    /// Ready again after so many seconds at most; the default is for a machine with nothing else to do
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    ready_within: u64,
    /// Another seed: other moments, other work
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Client processes
    #[arg(long, default_value_t = 3)]
    clients: usize,
    /// Connections of each, each with one request on its way
    #[arg(long, default_value_t = 6)]
    lanes: usize,
    /// Rows of each imported file
    #[arg(long, default_value_t = 400)]
    import: usize,
    /// Customers of each batch; 0: no batches
    #[arg(long, default_value_t = 0)]
    batch: usize,
}

fn span(text: &str) -> Result<(f64, f64), String> {
    let read = || {
        let (least, most) = text.split_once("..")?;
        Some((least.parse().ok()?, most.parse().ok()?))
    };
    match read() {
        Some((least, most)) if 0.0 <= least && least <= most => Ok((least, most)),
        _ => Err("two numbers of seconds, like 0.5..3".into()),
    }
}

/// The share of a run that complete looks may take; the last one is always complete.
const LOOKING: f64 = 0.1;

#[derive(Default)]
struct Tally {
    kills: u32,
    in_starts: u32,
    /// Imports that were under way when the server was killed, counted each time.
    imports_cut: usize,
    looked_at: u64,
    complete: u32,
    slowest: Duration,
    late: u32,
    found: Found,
    working: Duration,
}

pub async fn run(options: Options) -> Outcome {
    clear(&options.run.folder)?;
    let place = Place::make(
        &options.run.tenantry,
        &options.run.folder,
        &options.run.folder,
    )
    .await?;
    let load = Load {
        clients: options.clients,
        lanes: options.lanes,
        seed: options.seed,
        batch: options.batch,
        import: options.import,
    };
    let mut fleet = Fleet::start(&place.folder, &place.token, &load)?;
    let (mut model, mut tally) = (Model::default(), Tally::default());
    let started = Instant::now();
    let outcome = torment(&options, &place, &mut fleet, &mut model, &mut tally).await;
    drop(fleet);
    tally.found.wrong.append(&mut model.wrong);
    tally.found.wrong.extend(outcome.err());
    let text = report(&options, &model, &tally, started.elapsed());
    println!("\n{text}");
    if let Some(folder) = &options.run.results {
        let name = format!("{}-crash", machine::today());
        println!(
            "Recorded as {}.",
            crate::report::record(folder, &name, &text)?
        );
    }
    if tally.found.is_good() && tally.late == 0 {
        return std::fs::remove_dir_all(&place.folder).map_err(told);
    }
    if tally.late > 0 {
        let (late, bar) = (tally.late, options.ready_within);
        println!("{late} starts took longer than {bar} s");
    }
    let wrongs = [&tally.found.lost, &tally.found.doubled, &tally.found.wrong];
    wrongs
        .into_iter()
        .flatten()
        .take(20)
        .for_each(|it| println!("{it}"));
    Err(format!(
        "The server did not survive as it must. The database, the journals and the log are in {}.",
        place.folder.display()
    ))
}

async fn torment(
    options: &Options,
    place: &Place,
    fleet: &mut Fleet,
    model: &mut Model,
    tally: &mut Tally,
) -> Outcome {
    let mut dice = Dice::new(options.seed);
    let mut looking = Duration::ZERO;
    let mut server = start(place, options, tally).await?;
    let until = Instant::now() + Duration::from_secs(60 * options.minutes);
    while tally.kills < options.kills && Instant::now() < until {
        let (least, most) = options.seconds_between;
        let alive = least + (most - least) * dice.below(1_000) as f64 / 1_000.0;
        fleet.go(server.port).await?;
        tokio::time::sleep(Duration::from_secs_f64(alive)).await;
        server.kill()?;
        tally.kills += 1;
        tally.working += Duration::from_secs_f64(alive);
        fleet.idle().await?;
        if dice.below(8) == 0 && tally.kills < options.kills {
            kill_in_start(place, dice.below(60), tally)?;
        }
        server = start(place, options, tally).await?;
        fleet.read(model)?;
        let imports = |act: &&Act| matches!(act, Act::Import { .. });
        tally.imports_cut += model.pending.values().filter(imports).count();
        let working = tally.working.max(Duration::from_secs(20));
        let complete = looking.as_secs_f64() < LOOKING * working.as_secs_f64();
        let looked = Instant::now();
        look(place, model, tally, complete)?;
        looking += if complete {
            looked.elapsed()
        } else {
            Duration::ZERO
        };
        model.touched.clear();
        println!(
            "kill {}: {} acknowledged, ready after {} ms",
            tally.kills,
            number(model.acknowledged.writes() as f64),
            server.ready.as_millis()
        );
        if !tally.found.is_good() || !model.wrong.is_empty() {
            return Err("stopped after the first finding".into());
        }
    }
    fleet.finish(server.port).await?;
    fleet.read(model)?;
    if !model.pending.is_empty() {
        return Err(format!("never answered: {:?}", model.pending));
    }
    drop(server);
    look(place, model, tally, true)?;
    let doctor = place.command(&[], &["doctor"])?.output().map_err(told)?;
    match doctor.status.success() {
        true => Ok(()),
        false => Err(format!(
            "tenantry doctor: {}",
            String::from_utf8_lossy(&doctor.stdout)
        )),
    }
}

async fn start(place: &Place, options: &Options, tally: &mut Tally) -> Outcome<Server> {
    let server = place.serve(&[]).await?;
    tally.slowest = tally.slowest.max(server.ready);
    tally.late += u32::from(server.ready > Duration::from_secs(options.ready_within));
    Ok(server)
}

/// Some die again before they are ready, while the last death is being mended.
fn kill_in_start(place: &Place, after_ms: usize, tally: &mut Tally) -> Outcome {
    let mut child = place
        .command(&[], &["serve", "--listen=127.0.0.1:0"])?
        .stdout(std::process::Stdio::null())
        .spawn()
        .map_err(told)?;
    std::thread::sleep(Duration::from_millis(after_ms as u64));
    child.kill().map_err(told)?;
    child.wait().map_err(told)?;
    tally.kills += 1;
    tally.in_starts += 1;
    Ok(())
}

fn look(place: &Place, model: &Model, tally: &mut Tally, complete: bool) -> Outcome {
    let mut found = match complete {
        true => check::all(&place.file, model)?,
        false => check::touched(&place.file, model)?,
    };
    if complete {
        tally.complete += 1;
        found.wrong.extend(check::integrity(&place.file)?);
    }
    tally.looked_at += found.looked_at;
    tally.found.lost.append(&mut found.lost);
    tally.found.doubled.append(&mut found.doubled);
    tally.found.wrong.append(&mut found.wrong);
    Ok(())
}

fn report(options: &Options, model: &Model, tally: &Tally, took: Duration) -> String {
    let count = |it: u64| number(it as f64);
    let acknowledged = model.acknowledged;
    let mut rows = vec![
        ("kills", count(tally.kills.into())),
        (
            "of them while it was starting",
            count(tally.in_starts.into()),
        ),
        (
            "imports cut off by one, and gone on with",
            count(tally.imports_cut as u64),
        ),
        ("acknowledged writes", count(acknowledged.writes())),
        (
            "of them by requests",
            format!(
                "{} in {} requests",
                count(acknowledged.records),
                count(acknowledged.requests)
            ),
        ),
        ("of them rows of imports", count(acknowledged.imported)),
        ("lost", count(tally.found.lost.len() as u64)),
        ("doubled", count(tally.found.doubled.len() as u64)),
        ("otherwise wrong", count(tally.found.wrong.len() as u64)),
        (
            "slowest start",
            format!(
                "{} ms, bar {} s",
                tally.slowest.as_millis(),
                options.ready_within
            ),
        ),
    ];
    let rate = acknowledged.writes() as f64 / tally.working.as_secs_f64().max(0.001);
    rows.push(("rate while it lived", format!("{} writes/s", number(rate))));
    rows.push((
        "looks",
        format!(
            "{} records in all; {} complete, with SQLite's integrity and reference checks",
            count(tally.looked_at),
            tally.complete
        ),
    ));
    let table: String = rows
        .iter()
        .map(|(what, value)| format!("| {what} | {value} |\n"))
        .collect();
    let (least, most) = options.seconds_between;
    format!(
        "# Crash campaign of {day}\n\n\
         `cargo xtask campaign crash --kills {kills} --seconds-between {least}..{most} --seed {seed} --clients {clients} --lanes {lanes} --import {import} --batch {batch} --ready-within {ready_within}` at commit {commit}; {machine}; load average {load} after; {took:.0} s.\n\n\
         | what | seen |\n|---|---|\n{table}\n{NOTES}",
        day = machine::today(),
        kills = options.kills,
        seed = options.seed,
        clients = options.clients,
        lanes = options.lanes,
        import = options.import,
        batch = options.batch,
        ready_within = options.ready_within,
        commit = options.run.commit,
        machine = machine::describe(),
        load = machine::load(),
        took = took.as_secs_f64(),
    )
}

const NOTES: &str = "\
`tenantry serve` on SQLite as it is shipped (every commit waits for the disk) is ended with `kill -9` at random moments while client processes create, edit, archive, delete and restore customers, add sites and contacts, link them, and import files. They note each request before it leaves and each answer when it came. After each start all that was changed since the last one is compared with the file itself: content, version, roll-ups, and exactly one audit event for each change; what was not answered may have happened or not, as a whole. Then it is repeated with its Idempotency-Key until it is answered, and must be there once. Complete looks compare every record that was ever acknowledged.\n\n\
A killed process leaves the system's cache alive: this shows nothing of power cuts. That answers wait for the disk is shown by `cargo xtask campaign faults`.\n";
