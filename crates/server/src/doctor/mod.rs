//! `tenantry doctor`: checks the installation and says what to do.

mod machine;
mod records;

use std::process::ExitCode;
use std::time::Duration;

use app::customers::rollup;
use app::licences::proof;
use kit::State;
use kit::conn::{Db, Options};
use kit::state::Settings;
use kit::time::Clock;

use crate::config::{Common, Doctor};

/// The exit code for what was found; 1 is for a check that could not be done.
const FOUND: u8 = 3;

pub async fn run(common: &Common, doctor: Doctor) -> Result<ExitCode, String> {
    let options = Options {
        // Some questions look at every row.
        statement_timeout: Duration::from_secs(3600),
        create: false,
        ..Options::default()
    };
    let db = Db::open(&common.database, &options).await;
    let db = db.map_err(|it| format!("cannot open the database: {it}"))?;
    println!("Database: {}", db.engine());
    let pending = db.pending_migrations().await.map_err(told)?;
    if !pending.is_empty() {
        return Err(format!(
            "the tables are not up to date: run tenantry migrate (missing: {})",
            pending.join(", ")
        ));
    }
    println!("Tables: up to date");
    let found = examine(common, &db, doctor.fix).await;
    db.close().await;
    match found? {
        0 => Ok(ExitCode::SUCCESS),
        count => {
            eprintln!("tenantry: {count} problems were found; what to do stands below each");
            Ok(ExitCode::from(FOUND))
        }
    }
}

async fn examine(common: &Common, db: &Db, fix: bool) -> Result<usize, String> {
    let mut report = Report::default();
    let collation = db.check().await.err().map(|it| it.to_string());
    report.part(
        "Collation",
        collation.into_iter().collect(),
        "make the database as the message says, and restore a backup into it",
    );
    report.part(
        "Settings",
        machine::settings(common, db).await?,
        "see docs/operating.md, “Databases” and “Settings”",
    );
    report.part(
        "Integrity",
        db.integrity().await.map_err(told)?,
        "take a backup now; then on PostgreSQL reindex what is named, else restore into a new database",
    );
    let gaps = db.search_gaps().await.map_err(told)?;
    if fix && !gaps.is_empty() {
        db.rebuild_search().await.map_err(told)?;
        println!("Search index: made anew ({})", gaps.join("; "));
    } else {
        let advice = "make it anew: stop the server and run tenantry doctor --fix";
        report.part("Search index", gaps, advice);
    }
    rollups(db, fix, &mut report).await?;
    pools(db, fix, &mut report).await?;
    for (what, problems, advice) in records::questions(db).await? {
        report.part(what, problems, advice);
    }
    report.part(
        "Disk",
        machine::disk(db).await?,
        "make room: a full disk stops all changes (nothing acknowledged is lost)",
    );
    report.part(
        "Clock",
        machine::clock(db).await?,
        "let this machine and the database's follow a time server",
    );
    Ok(report.0)
}

async fn rollups(db: &Db, fix: bool, report: &mut Report) -> Result<(), String> {
    let sentence = |it: kit::Error| it.sentence();
    let wrong = rollup::differences(db).await.map_err(sentence)?;
    if fix && !wrong.is_empty() {
        rollup::repair(db, &wrong).await.map_err(sentence)?;
        println!("Roll-ups: {} counted anew", wrong.len());
        return Ok(());
    }
    let problems = wrong.iter().map(|it| it.to_string()).collect();
    report.part(
        "Roll-ups",
        problems,
        "count them anew: tenantry doctor --fix",
    );
    Ok(())
}

async fn pools(db: &Db, fix: bool, report: &mut Report) -> Result<(), String> {
    let sentence = |it: kit::Error| it.sentence();
    let wrong = proof::differences(db).await.map_err(sentence)?;
    if fix && !wrong.is_empty() {
        let state = State::new(db.clone(), Clock::system(), Settings::default());
        proof::repair(&state, &wrong).await.map_err(sentence)?;
        println!("Licence pools: {} counted anew", wrong.len());
        return Ok(());
    }
    let problem = |(customer, product)| format!("product {product} of customer {customer}");
    let problems = wrong.into_iter().map(problem).collect();
    report.part(
        "Licence pools",
        problems,
        "count them anew: tenantry doctor --fix",
    );
    Ok(())
}

/// Prints as it goes, and counts the problems.
#[derive(Default)]
struct Report(usize);

impl Report {
    fn part(&mut self, what: &str, problems: Vec<String>, advice: &str) {
        const SHOWN: usize = 20;
        if problems.is_empty() {
            println!("{what}: good");
            return;
        }
        for problem in problems.iter().take(SHOWN) {
            println!("{what}: {problem}");
        }
        if problems.len() > SHOWN {
            println!("{what}: and {} more", problems.len() - SHOWN);
        }
        println!("  To do: {advice}");
        self.0 += problems.len();
    }
}

fn told(error: kit::conn::Error) -> String {
    error.to_string()
}
