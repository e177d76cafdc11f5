//! Configuration: flags, then `TENANTRY_*` variables, then a TOML file; documented by `--help`.

use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use kit::access::{Caller, Source};
use kit::call::{Call, Origin};
use kit::conn::{Db, Options};
use kit::outbound::HostPort;
use kit::state::Settings;
use kit::{State, time::Clock};

/// Customer administration for organisations that sell licences, services and devices.
///
/// Every option can also be given as a TENANTRY_… variable, or as a line of a TOML file (the
/// option's name with underscores: `listen = "0.0.0.0:8080"`). Flags win over variables, variables
/// over the file.
#[derive(Parser)]
#[command(
    name = "tenantry",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Examples:\n  tenantry demo && tenantry serve\n  tenantry init --email admin@example.org --password-stdin --provider 'Example Ltd' < password\n  tenantry import customers customers.csv --map 'Company=name' --plan\n  tenantry import sites sites.csv --match customer_id,name\n\nExit codes: 0 done, 1 something went wrong, 2 the command line cannot be understood, 3 the doctor found problems."
)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args, Clone)]
pub struct Common {
    /// Where the data is: `sqlite:FILE`, or `postgres://user:password@host/database` (several hosts
    /// with commas: the one that takes writes is found).
    #[arg(
        long,
        global = true,
        env = "TENANTRY_DATABASE",
        default_value = "sqlite:tenantry.sqlite",
        value_name = "URL"
    )]
    pub database: String,
    /// A TOML file with settings.
    #[arg(long, global = true, env = "TENANTRY_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What is logged: `error`, `warn`, `info`, `debug`, or a filter such as `info,kit=debug`.
    #[arg(
        long,
        global = true,
        env = "TENANTRY_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
    pub log: String,
    /// Logs as `text` for people or `json` for programs.
    #[arg(long, global = true, env = "TENANTRY_LOG_FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub log_format: String,
}

#[derive(Subcommand)]
pub enum Command {
    /// Serve the API and the console.
    Serve(Serve),
    /// Set up an empty database: the first admin and the house provider.
    Init(Init),
    /// Fill an empty database with a realistic provider, its resellers and about 500 customers.
    Demo(Demo),
    /// Import a file, or undo an import.
    Import(ImportCommand),
    /// Export a list as CSV, XLSX, JSON or NDJSON.
    Export(Export),
    /// Write the whole database to a file, while it is being served.
    Backup(Backup),
    /// Make a new database from a backup, on either engine, and prove it row by row.
    Restore(Restore),
    /// Bring the database's tables up to date.
    Migrate,
    /// Look after users when nobody can log in.
    User(UserCommand),
    /// Make API tokens.
    Token(TokenCommand),
    /// Prove that nobody changed the audit log.
    Audit(AuditCommand),
    /// Look after the keys that secrets in the database are encrypted with.
    Keys(KeysCommand),
    /// Check the installation and say what to do.
    Doctor(Doctor),
    /// Print the API document.
    #[command(hide = true)]
    Openapi,
}

#[derive(Args)]
pub struct Serve {
    /// Where to listen.
    #[arg(
        long,
        env = "TENANTRY_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDR:PORT"
    )]
    pub listen: SocketAddr,
    /// The address people use, such as https://tenantry.example.org: links and cookies are made for
    /// it. Default: http:// and the listening address.
    #[arg(long, env = "TENANTRY_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    /// Proxies whose X-Forwarded-For is believed.
    #[arg(
        long,
        env = "TENANTRY_PROXIES",
        value_delimiter = ',',
        value_name = "ADDR"
    )]
    pub proxies: Vec<IpAddr>,
    /// Statements at once on PostgreSQL; readers on SQLite.
    #[arg(
        long,
        env = "TENANTRY_POOL_SIZE",
        default_value_t = 16,
        value_name = "N"
    )]
    pub pool_size: usize,
    /// Seconds a running request may take to finish after SIGTERM.
    #[arg(
        long,
        env = "TENANTRY_DRAIN_SECONDS",
        default_value_t = 20,
        value_name = "SECONDS"
    )]
    pub drain_seconds: u64,
    /// Log-ins a minute for one account.
    #[arg(
        long,
        env = "TENANTRY_LOG_INS_PER_ACCOUNT",
        default_value_t = 10,
        value_name = "N"
    )]
    pub log_ins_per_account: u32,
    /// Log-ins a minute from one address.
    #[arg(
        long,
        env = "TENANTRY_LOG_INS_PER_ADDRESS",
        default_value_t = 100,
        value_name = "N"
    )]
    pub log_ins_per_address: u32,
    /// API requests a second for one token.
    #[arg(
        long,
        env = "TENANTRY_REQUESTS_PER_TOKEN",
        default_value_t = 200,
        value_name = "N"
    )]
    pub requests_per_token: u32,
    /// Seconds without a sign of life after which a node's jobs are taken by another, or by itself
    /// after a crash.
    #[arg(
        long,
        env = "TENANTRY_LEASE_SECONDS",
        default_value_t = 60,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(2..=3600)
    )]
    pub lease_seconds: u64,
    /// Serve only the API, and run no background work.
    #[arg(long, env = "TENANTRY_NO_JOBS")]
    pub no_jobs: bool,
    /// The mail server: smtps://user:password@host for TLS from the start, smtp://… for STARTTLS;
    /// smtp://localhost?tls=none on this machine only. Without one, messages stay in the mail log.
    #[arg(
        long,
        env = "TENANTRY_SMTP_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub smtp_url: Option<String>,
    /// The address that email comes from, such as noreply@example.org. Needed with --smtp-url.
    #[arg(long, env = "TENANTRY_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// A PEM file with certificates that the mail server's is checked against, besides the system's.
    #[arg(long, env = "TENANTRY_SMTP_CA", value_name = "FILE")]
    pub smtp_ca: Option<PathBuf>,
    /// Hosts that may be called although their addresses are not public, and without TLS too, such
    /// as an identity provider in your own network: idp.example.internal:8443.
    #[arg(
        long,
        env = "TENANTRY_OUTBOUND_ALLOW",
        value_delimiter = ',',
        value_name = "HOST:PORT"
    )]
    pub outbound_allow: Vec<HostPort>,
    /// A PEM file with certificates that identity providers' are checked against, besides the
    /// system's.
    #[arg(long, env = "TENANTRY_OUTBOUND_CA", value_name = "FILE")]
    pub outbound_ca: Option<PathBuf>,
    #[command(flatten)]
    pub keys: KeyFile,
    #[command(flatten)]
    pub seals: Seals,
}

/// Where the keys and the checkpoints of the audit's seals are (AUD-03).
#[derive(Args)]
pub struct Seals {
    /// The file with the key that seals the audit log; made when it is not there. Default: beside
    /// the SQLite database, or `tenantry.audit-key`.
    #[arg(long, env = "TENANTRY_AUDIT_KEY", value_name = "FILE")]
    pub audit_key: Option<PathBuf>,
    /// The file to which every seal of the audit log is appended, to be copied elsewhere. Default:
    /// beside the SQLite database, or `tenantry.audit-checkpoints`.
    #[arg(long, env = "TENANTRY_AUDIT_CHECKPOINTS", value_name = "FILE")]
    pub audit_checkpoints: Option<PathBuf>,
}

impl Seals {
    pub fn key(&self, common: &Common) -> PathBuf {
        let file = self.audit_key.clone();
        file.unwrap_or_else(|| common.beside("audit-key"))
    }

    pub fn checkpoints(&self, common: &Common) -> PathBuf {
        let file = self.audit_checkpoints.clone();
        file.unwrap_or_else(|| common.beside("audit-checkpoints"))
    }
}

#[derive(Args)]
pub struct AuditCommand {
    #[command(subcommand)]
    pub action: AuditAction,
}

#[derive(Subcommand)]
pub enum AuditAction {
    /// Walk the whole log, and name the first event that was altered, removed, put in or cut off.
    #[command(
        after_help = "Examples:\n  tenantry audit verify\n  tenantry audit verify --checkpoint /mnt/worm/tenantry.audit-checkpoints --audit-key public-key\n\nExit codes: 0 nothing was changed, 3 something was, 1 it could not be looked at."
    )]
    Verify {
        /// The file of checkpoints, from where nobody could change it: without it what is missing
        /// at the end does not show.
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// The file with the keys; the public ones are enough. Default: that of `serve`.
        #[arg(long, env = "TENANTRY_AUDIT_KEY", value_name = "FILE")]
        audit_key: Option<PathBuf>,
    },
}

#[derive(Args, Clone)]
pub struct KeyFile {
    /// The file with the keys that secrets in the database are encrypted with; made if it is not
    /// there. All nodes share it. Without it second factors are lost: keep a copy, apart from the
    /// backups. Default: beside a SQLite file and named like it, with .key; else tenantry.key.
    #[arg(long, env = "TENANTRY_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

#[derive(Args)]
#[command(
    after_help = "To change the key: tenantry keys rotate, restart every node, tenantry keys rotate --only-encrypt, and when `tenantry keys list` shows no secret under the old key, remove its line from the file."
)]
pub struct KeysCommand {
    #[command(subcommand)]
    pub action: KeysAction,
}

#[derive(Subcommand)]
pub enum KeysAction {
    /// List the keys and how many secrets each encrypts.
    List {
        #[command(flatten)]
        keys: KeyFile,
    },
    /// Put a new key into the file and encrypt all secrets with it. Old keys stay in the file.
    Rotate {
        #[command(flatten)]
        keys: KeyFile,
        /// Add no key: encrypt with the first one of the file.
        #[arg(long)]
        only_encrypt: bool,
    },
}

#[derive(Args)]
pub struct Init {
    /// The first admin's email address.
    #[arg(long)]
    pub email: String,
    /// Read the admin's password from standard input, one line.
    #[arg(long)]
    pub password_stdin: bool,
    /// The name of the house provider: your organisation.
    #[arg(long, value_name = "NAME")]
    pub provider: String,
    /// The provider's time zone.
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    pub time_zone: String,
    /// Print an API token of the new admin.
    #[arg(long)]
    pub print_token: bool,
}

#[derive(Args)]
pub struct Demo {
    /// How many customers.
    #[arg(long, default_value_t = 500, value_name = "N")]
    pub customers: usize,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ImportCommand {
    #[command(subcommand)]
    pub action: Option<ImportAction>,
    #[command(flatten)]
    pub import: Option<Import>,
}

#[derive(Subcommand)]
pub enum ImportAction {
    /// Take back what an import created and changed; records that were touched since are kept.
    Undo {
        /// The import's id.
        id: uuid::Uuid,
    },
}

#[derive(Args)]
pub struct Import {
    /// What the file holds.
    #[arg(value_parser = ["customers", "tenants", "sites", "contacts", "products", "licence_blocks", "devices"])]
    pub object: String,
    /// The file: CSV, XLSX, JSON or NDJSON.
    pub file: PathBuf,
    /// A column of the file and the field it goes to; repeat. Columns named like a field need none.
    #[arg(long = "map", value_name = "HEADER=FIELD")]
    pub map: Vec<String>,
    /// The fields that find existing records, separated by commas.
    #[arg(long = "match", value_delimiter = ',', value_name = "FIELDS")]
    pub match_columns: Vec<String>,
    /// Only tell what would happen.
    #[arg(long)]
    pub plan: bool,
    /// Leave refused rows out instead of refusing the file.
    #[arg(long)]
    pub good_rows_only: bool,
    /// The provider or reseller that new customers, contacts and products go to, by code or id (default:
    /// the house provider); of what belongs to customers, the one whose rows may name (default: all).
    #[arg(long, value_name = "CODE")]
    pub into: Option<String>,
}

#[derive(Args)]
pub struct Export {
    /// Which list.
    #[arg(value_parser = ["customers", "providers", "resellers", "tenants", "sites", "contacts", "contact_links", "products", "licence_blocks", "devices", "users", "audit_events"])]
    pub list: String,
    /// csv, xlsx, json or ndjson.
    #[arg(long, default_value = "csv", value_parser = ["csv", "xlsx", "json", "ndjson"])]
    pub format: String,
    /// Where to write; default: standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Filters, sort and columns in the API's grammar, such as `country=DE` `sort=-created_at`
    /// `fields=name,city`.
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  tenantry backup /backups/tenantry-$(date +%F).backup\n  tenantry --database postgres://tenantry@db.example.org/tenantry backup tenantry.backup"
)]
pub struct Backup {
    /// The file to write. It gets this name once it is whole and on disk.
    pub file: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    pub force: bool,
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  tenantry restore --check tenantry.backup\n  tenantry --database postgres://tenantry@db.example.org/tenantry restore tenantry.backup\n  tenantry --database sqlite:copy.sqlite restore tenantry.backup"
)]
pub struct Restore {
    /// The backup.
    pub file: PathBuf,
    /// Only read the whole file and check it; no database is touched.
    #[arg(long)]
    pub check: bool,
}

#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 all is well, 3 problems were found (what to do stands below each), 1 the checks could not be done."
)]
pub struct Doctor {
    /// Count roll-ups anew and make search indexes anew where they are wrong.
    #[arg(long)]
    pub fix: bool,
}

#[derive(Args)]
pub struct UserCommand {
    #[command(subcommand)]
    pub action: UserAction,
}

#[derive(Subcommand)]
pub enum UserAction {
    /// Add a platform admin.
    AddAdmin {
        #[arg(long)]
        email: String,
        /// The name shown; default: the address.
        #[arg(long)]
        name: Option<String>,
    },
    /// Set a user's password, read from standard input; unlocks and ends the user's sessions.
    SetPassword {
        #[arg(long)]
        email: String,
    },
    /// List users.
    List,
}

#[derive(Args)]
pub struct TokenCommand {
    #[command(subcommand)]
    pub action: TokenAction,
}

#[derive(Subcommand)]
pub enum TokenAction {
    /// Make an API token with all of its owner's rights and print it.
    Create {
        /// The owner's email address.
        #[arg(long)]
        email: String,
        /// What it is for.
        #[arg(long, default_value = "command line")]
        name: String,
    },
}

impl Common {
    pub fn log(&self) {
        let filter = tracing_subscriber::EnvFilter::try_new(&self.log)
            .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr);
        // A second start in one process (tests) keeps the first.
        let _ = if self.log_format == "json" {
            log.json().try_init()
        } else {
            log.compact().try_init()
        };
    }

    pub fn key_file(&self, chosen: &KeyFile) -> PathBuf {
        let file = chosen.key_file.clone();
        file.unwrap_or_else(|| self.beside("key"))
    }

    pub async fn open_unmigrated(&self) -> Result<Db, String> {
        self.open_with(Options::default()).await
    }

    pub async fn open_with(&self, options: Options) -> Result<Db, String> {
        let db = Db::open(&self.database, &options)
            .await
            .map_err(|it| format!("cannot open the database: {it}"))?;
        db.check().await.map_err(|it| it.to_string())?;
        Ok(db)
    }

    /// A file of that kind beside the SQLite database; with PostgreSQL in the working directory.
    pub fn beside(&self, kind: &str) -> PathBuf {
        let database = self.database.strip_prefix("sqlite:").unwrap_or("tenantry");
        PathBuf::from(database).with_extension(kind)
    }

    /// The database, its tables up to date, and who works on it from the command line.
    pub async fn state(&self, settings: Settings) -> Result<State, String> {
        self.log();
        let db = self.open_unmigrated().await?;
        db.migrate()
            .await
            .map_err(|it| format!("cannot bring the database up to date: {it}"))?;
        let state = State::new(db, Clock::system(), settings);
        app::people::built_in::write(&state)
            .await
            .map_err(|it| it.sentence())?;
        Ok(state)
    }
}

/// The operator at the machine: may do everything, and is named as that in the audit.
pub fn operator() -> Arc<Caller> {
    Caller::operator("Command line", Source::Cli)
}

pub fn call(state: &State) -> Call {
    Call::new(state, operator(), Origin::default())
}

/// Puts the values of the TOML file, if one is named, under the flags and variables.
pub fn with_file(command: clap::Command) -> Result<clap::Command, String> {
    let arguments: Vec<String> = std::env::args().collect();
    let flag = arguments
        .iter()
        .enumerate()
        .find_map(|(n, it)| match it.strip_prefix("--config") {
            Some("") => arguments.get(n + 1).cloned(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        });
    let Some(file) = flag.or_else(|| std::env::var("TENANTRY_CONFIG").ok()) else {
        return Ok(command);
    };
    let text = std::fs::read_to_string(&file).map_err(|it| format!("cannot read {file}: {it}"))?;
    let table: toml::Table = text
        .parse()
        .map_err(|it| format!("{file} is not TOML: {it}"))?;
    apply(command, &file, table)
}

fn apply(
    mut command: clap::Command,
    file: &str,
    table: toml::Table,
) -> Result<clap::Command, String> {
    for (name, value) in table {
        let value = match value {
            toml::Value::String(it) => it,
            toml::Value::Array(all) => all
                .iter()
                .filter_map(toml::Value::as_str)
                .collect::<Vec<_>>()
                .join(","),
            it => it.to_string(),
        };
        let has = |it: &clap::Command| it.get_arguments().any(|it| it.get_id() == name.as_str());
        let default = clap::builder::OsStr::from(value);
        if has(&command) {
            command = command.mut_arg(&name, |it| it.default_value(default));
        } else if command.find_subcommand("serve").is_some_and(has) {
            command = command.mut_subcommand("serve", |it| {
                it.mut_arg(&name, |it| it.default_value(default))
            });
        } else {
            return Err(format!(
                "{file} sets {name}, which is no setting; see tenantry serve --help"
            ));
        }
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, FromArgMatches};

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_win_over_the_file() {
        let table = || {
            "listen = \"0.0.0.0:1\"\ndatabase = \"sqlite:file.sqlite\"\nno_jobs = true"
                .parse::<toml::Table>()
                .unwrap()
        };
        let read = |arguments: &[&str]| {
            let command = apply(Cli::command(), "t.toml", table()).unwrap();
            Cli::from_arg_matches(&command.get_matches_from(arguments)).unwrap()
        };
        let Command::Serve(serve) = read(&["tenantry", "serve"]).command else {
            panic!()
        };
        assert_eq!((serve.listen.port(), serve.no_jobs), (1, true));
        let cli = read(&[
            "tenantry",
            "--database",
            "sqlite:flag.sqlite",
            "serve",
            "--listen",
            "0.0.0.0:2",
        ]);
        assert_eq!(cli.common.database, "sqlite:flag.sqlite");
        let Command::Serve(serve) = cli.command else {
            panic!()
        };
        assert_eq!(serve.listen.port(), 2);
    }

    #[test]
    fn unknown_settings_are_told() {
        let table = "lisen = \"x\"".parse::<toml::Table>().unwrap();
        assert!(
            apply(Cli::command(), "t.toml", table)
                .unwrap_err()
                .contains("lisen")
        );
    }
}
