//! Load: some clients, each sending its next request as soon as the last one is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::process;
use crate::{Outcome, told};

/// Makes a client's next request, from a number that no other request has.
pub type Make = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// What to send where.
#[derive(Clone)]
pub struct Target {
    pub port: u16,
    pub pid: u32,
    pub make: Make,
}

#[derive(Clone, Copy)]
pub struct Length {
    pub clients: usize,
    pub warm: Duration,
    pub measured: Duration,
}

/// What came of it.
#[derive(Default)]
pub struct Measured {
    micros: Vec<u32>,
    seconds: f64,
    cpu_ms: f64,
}

impl Measured {
    pub fn rate(&self) -> f64 {
        self.micros.len() as f64 / self.seconds.max(0.001)
    }

    /// Milliseconds below which that share of the answers came.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.micros.clone();
        sorted.sort_unstable();
        let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted.get(at).map_or(0.0, |it| f64::from(*it) / 1000.0)
    }

    /// Of the server's process; on PostgreSQL the database's processes come on top.
    pub fn cpu_per_request(&self) -> f64 {
        self.cpu_ms / (self.micros.len() as f64).max(1.0)
    }

    fn add(&mut self, other: Self) {
        self.micros.extend(other.micros);
        self.seconds += other.seconds;
        self.cpu_ms += other.cpu_ms;
    }
}

/// Numbers that are never given twice, so that what is created differs in all runs.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The product and the control by turns, so that what else the machine does hits both alike.
pub async fn both(
    product: &Target,
    control: &Target,
    length: Length,
) -> Outcome<(Measured, Measured)> {
    let half = Length {
        warm: length.warm / 2,
        measured: length.measured / 2,
        ..length
    };
    let (mut first, mut second) = (Measured::default(), Measured::default());
    for _ in 0..2 {
        first.add(run(product, half).await?);
        second.add(run(control, half).await?);
    }
    Ok((first, second))
}

pub async fn run(target: &Target, length: Length) -> Outcome<Measured> {
    let (counts, stop) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let mut clients = vec![];
    for _ in 0..length.clients {
        let client = Client::connect(target.port).await?;
        let (counts, stop, make) = (counts.clone(), stop.clone(), target.make.clone());
        clients.push(tokio::spawn(one(client, make, counts, stop)));
    }
    tokio::time::sleep(length.warm).await;
    let cpu = process::cpu_ms(target.pid)?;
    let started = Instant::now();
    counts.store(true, Ordering::Relaxed);
    tokio::time::sleep(length.measured).await;
    counts.store(false, Ordering::Relaxed);
    let mut all = Measured {
        seconds: started.elapsed().as_secs_f64(),
        cpu_ms: process::cpu_ms(target.pid)? - cpu,
        micros: vec![],
    };
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        all.micros.extend(client.await.map_err(told)??);
    }
    Ok(all)
}

async fn one(
    mut client: Client,
    make: Make,
    counts: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
) -> Outcome<Vec<u32>> {
    let mut micros = Vec::with_capacity(100_000);
    while !stop.load(Ordering::Relaxed) {
        let request = make(NEXT.fetch_add(1, Ordering::Relaxed));
        let started = Instant::now();
        let status = client.send(&request).await?;
        if !(200..300).contains(&status) {
            let said = String::from_utf8_lossy(&client.body).into_owned();
            let asked = String::from_utf8_lossy(&request);
            let asked = asked.lines().next().unwrap_or_default();
            return Err(format!("{asked}: {status}: {said}"));
        }
        if counts.load(Ordering::Relaxed) {
            micros.push(started.elapsed().as_micros().try_into().unwrap_or(u32::MAX));
        }
    }
    Ok(micros)
}
