//! What the machine says: settings, disk, clock.

use clap::{CommandFactory, FromArgMatches};
use kit::conn::Db;
use kit::time::Clock;

use crate::config::{Cli, Command, Common, with_file};

/// The database's own settings, and those that `tenantry serve` would start with here: from the
/// environment and the file.
pub async fn settings(common: &Common, db: &Db) -> Result<Vec<String>, String> {
    let mut found = db.settings().await.map_err(super::told)?;
    let mut arguments = vec!["tenantry".to_owned(), "serve".into()];
    if let Some(file) = &common.config {
        arguments.push(format!("--config={}", file.display()));
    }
    let command = with_file(Cli::command())?;
    let cli = command
        .try_get_matches_from(arguments)
        .and_then(|it| Cli::from_arg_matches(&it));
    match cli.map(|it| it.command) {
        Ok(Command::Serve(serve)) => {
            found.extend(crate::keys::problems(db, &common.key_file(&serve.keys)).await?);
            found.extend(crate::serve::smtp(&serve).err());
            let base_url = serve.base_url.unwrap_or_default();
            if !serve.listen.ip().is_loopback() && !base_url.starts_with("https://") {
                found.push(format!(
                    "listen is {}, reached from other machines, and base_url is not https: passwords and sessions travel in the clear",
                    serve.listen
                ));
            }
            if base_url.starts_with("https://") && serve.proxies.is_empty() {
                found.push("base_url is https and no proxy is listed: rate limits and audit see the proxy's address instead of the callers'".into());
            }
        }
        Ok(_) => {}
        Err(error) => found.push(error.to_string()),
    }
    Ok(found)
}

pub async fn disk(db: &Db) -> Result<Vec<String>, String> {
    let disk = db.disk().await.map_err(super::told)?;
    let megabytes = |it: u64| format!("{} MB", it / 1_000_000);
    let mut found = vec![];
    // A backup or a compaction wants as much again.
    if let Some(free) = disk.free
        && free < disk.used.max(500_000_000)
    {
        let (free, used) = (megabytes(free), megabytes(disk.used));
        found.push(format!("{free} are free beside a database of {used}"));
    }
    if disk.log > 1_000_000_000 {
        found.push(format!(
            "the log (-wal) has {}: something reads without an end, such as a backup to a slow disk",
            megabytes(disk.log)
        ));
    }
    Ok(found)
}

pub async fn clock(db: &Db) -> Result<Vec<String>, String> {
    let theirs = db.now().await.map_err(super::told)?;
    let seconds = (theirs - Clock::system().now().micros()).abs() / 1_000_000;
    let far = (seconds > 5)
        .then(|| format!("this machine's clock and the database's differ by {seconds} s"));
    Ok(far.into_iter().collect())
}
