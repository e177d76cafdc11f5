//! A client process: its lanes and, in one of them, imports. It is told by lines on its standard
//! input where the server is, and tells on its standard output when nothing more is to be had there.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::{join, join_all};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::mpsc;

use super::import::Importer;
use super::journal::Journal;
use super::lane::Lane;
use crate::Outcome;
use crate::names::Dice;

#[derive(clap::Args)]
pub struct Options {
    #[arg(long)]
    pub number: usize,
    #[arg(long)]
    pub lanes: usize,
    #[arg(long)]
    pub seed: u64,
    #[arg(long)]
    pub journal: PathBuf,
    /// Customers in a batch; 0: none is sent
    #[arg(long)]
    pub batch: usize,
    /// Rows of each imported file; 0: none is imported
    #[arg(long)]
    pub import: usize,
    /// An API token, in the environment where no process list shows it
    #[arg(long, env = "CAMPAIGN_TOKEN")]
    pub token: String,
}

pub async fn run(options: Options) -> Outcome {
    let journal = Arc::new(Journal::create(&options.journal)?);
    let lane = |number: usize| Lane {
        name: format!("c{}-{number}", options.number),
        number,
        token: options.token.clone(),
        journal: journal.clone(),
        dice: Dice::new(
            options
                .seed
                .wrapping_add((options.number * 1_000 + number) as u64),
        ),
        own: vec![],
        contact: None,
        made: 0,
        pending: None,
        batch: options.batch,
    };
    let mut lanes: Vec<Lane> = (0..options.lanes).map(lane).collect();
    let mut importer = (options.import > 0).then(|| Importer {
        name: format!("c{}-file", options.number),
        number: options.lanes,
        token: options.token.clone(),
        journal: journal.clone(),
        rows: options.import,
        made: 0,
        under_way: None,
    });
    let finish = Arc::new(AtomicBool::new(false));
    let mut orders = orders(finish.clone());
    while let Some(port) = orders.recv().await {
        let imports = async {
            match &mut importer {
                Some(importer) => importer.work(port, &finish).await,
                None => Ok(()),
            }
        };
        let work = join_all(lanes.iter_mut().map(|lane| lane.work(port, &finish)));
        let (done, imported) = join(work, imports).await;
        done.into_iter().chain([imported]).collect::<Outcome>()?;
        println!("idle");
    }
    Ok(())
}

/// `go PORT`: work there; `finish PORT`: finish there what was begun; `rest`: finish what is under
/// way. The ports come out, and `finish` is set; ends with the standard input.
fn orders(finish: Arc<AtomicBool>) -> mpsc::Receiver<u16> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let (word, port) = line.split_once(' ').unwrap_or((&line, ""));
            finish.store(word != "go", Ordering::Relaxed);
            if let Ok(port) = port.parse()
                && sender.send(port).await.is_err()
            {
                return;
            }
        }
    });
    receiver
}
