//! A run: the data, both servers, every item, the recording.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::database::{Databases, Engine};
use crate::items::Bench;
use crate::load::Length;
use crate::process::Server;
use crate::report::{self, About, Row};
use crate::{Outcome, Place, machine, told};

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// Longer and larger
    #[arg(long)]
    full: bool,
    /// Only one engine
    #[arg(long)]
    engine: Option<Engine>,
    /// How many customers; default: 100,000, or 1,000,000 in full
    #[arg(long)]
    customers: Option<usize>,
    /// Only some items: idle, get, list, deep, search, export, backup, create,
    /// import
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// The commit that was built
    #[arg(long, default_value = "unknown")]
    commit: String,
}

const CLIENTS: usize = 16;

pub async fn run(options: Options) -> Outcome {
    let (seconds, warm, customers, import_rows) = match options.full {
        true => (10, 3, 1_000_000, 1_000_000),
        false => (3, 1, 100_000, 50_000),
    };
    let customers = options.customers.unwrap_or(customers);
    let length = Length {
        clients: CLIENTS,
        warm: Duration::from_secs(warm),
        measured: Duration::from_secs(seconds),
    };
    let load_before = machine::load();
    let mut rows = vec![];
    let engines = match options.engine {
        Some(engine) => vec![engine],
        None => vec![Engine::Sqlite, Engine::Postgres],
    };
    for engine in &engines {
        let databases = Databases::make(*engine, &options.place, customers).await?;
        measure(
            &options,
            &databases,
            length,
            (customers, import_rows),
            &mut rows,
        )
        .await?;
    }
    if let Some(dist) = &options.place.console
        && options.only.is_empty()
        && let Some(size) = machine::first_route(dist)?
    {
        let row = Row::most(
            "-",
            "console: first route",
            (size, "kB gz"),
            None,
            Some(300.0),
        );
        rows.push(
            row.more("the customers page with all it imports and its styles; fonts are not in it"),
        );
    }
    let mode = if options.full { "full" } else { "quick" };
    let about = About {
        commit: options.commit,
        command: command(options.full, options.engine, &options.only),
        customers,
        import_rows,
        seconds: length.measured.as_secs_f64(),
        load_before,
    };
    let text = report::markdown(&about, &rows);
    println!("\n{text}");
    if let Some(folder) = &options.place.results {
        let what = match engines.as_slice() {
            [Engine::Sqlite] => "sqlite",
            [Engine::Postgres] => "postgres",
            _ => "both",
        };
        let name = format!("{}-{what}-{mode}", machine::today());
        println!("Recorded as {}.", report::record(folder, &name, &text)?);
    }
    Ok(())
}

/// As a developer types it.
fn command(full: bool, engine: Option<Engine>, only: &[String]) -> String {
    let mut text = "cargo xtask bench".to_owned();
    if full {
        text += " --full";
    }
    match engine {
        Some(Engine::Sqlite) => text += " --engine sqlite",
        Some(Engine::Postgres) => text += " --engine postgres",
        None => {}
    }
    if !only.is_empty() {
        text += &format!(" --only {}", only.join(","));
    }
    text
}

async fn measure(
    options: &Options,
    databases: &Databases,
    length: Length,
    (customers, import_rows): (usize, usize),
    rows: &mut Vec<Row>,
) -> Outcome {
    let product = |port: u16| {
        let listen = format!("127.0.0.1:{port}");
        let arguments = [
            "--database",
            &databases.product,
            "--log",
            "warn",
            "serve",
            "--listen",
            &listen,
            "--requests-per-token",
            "1000000",
        ];
        Ok(with(&options.place.tenantry, &arguments))
    };
    let own = std::env::current_exe().map_err(told)?;
    let control = |port: u16| {
        let (port, provider) = (port.to_string(), databases.data.provider.to_string());
        let arguments = [
            "bare",
            "--database",
            &databases.control,
            "--port",
            &port,
            "--provider",
            &provider,
        ];
        Ok(with(&own, &arguments))
    };
    let mut bench = Bench {
        databases,
        product: Server::start(product, "/readyz").await?,
        control: Server::start(control, "/readyz").await?,
        length,
        customers,
        import_rows,
        rows,
    };
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|it| it == name);
    if wanted("idle") {
        bench.idle().await?;
    }
    if wanted("get") {
        bench.get().await?;
    }
    if wanted("list") {
        bench.lists().await?;
    }
    if wanted("deep") {
        bench.deep().await?;
    }
    if wanted("search") {
        bench.search().await?;
    }
    if wanted("export") {
        bench.export().await?;
    }
    if wanted("backup") {
        bench.backup(&options.place).await?;
    }
    if wanted("create") {
        bench.create().await?;
    }
    if wanted("import") {
        bench.import().await?;
    }
    Ok(())
}

fn with(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}
