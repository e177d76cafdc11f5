//! What every request shares.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use tokio::sync::Notify;

use crate::conn::Db;
use crate::outbound::Outbound;
use crate::time::Clock;
use crate::vault::Keys;

/// Handed to every handler and job; cheap to clone.
#[derive(Clone)]
pub struct State {
    pub db: Db,
    pub clock: Clock,
    pub settings: Arc<Settings>,
    /// Wakes the job runner when a job was enqueued here; other nodes look every second.
    pub jobs: Arc<Notify>,
    /// Grows with every change of somebody's rights, so that what was remembered is asked anew.
    rights: Arc<AtomicU64>,
    parts: Arc<RwLock<Parts>>,
}

type Parts = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// How this installation is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach it, without a slash at the end: links are built from this, never from
    /// the Host header.
    pub base_url: String,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<std::net::IpAddr>,
    /// Log-ins a minute for one account and for one address; requests a second for one token.
    pub log_ins_per_account: u32,
    pub log_ins_per_address: u32,
    pub requests_per_token: u32,
    /// The demo: says so on the log-in page.
    pub demo: bool,
    /// Whether there is a mail server; without one messages are kept.
    pub sends_mail: bool,
    /// What encrypts secrets in the database.
    pub keys: Keys,
    /// What calls servers elsewhere.
    pub outbound: Outbound,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: "http://127.0.0.1:8080".into(),
            proxies: vec![],
            log_ins_per_account: 10,
            log_ins_per_address: 100,
            requests_per_token: 200,
            demo: false,
            sends_mail: false,
            keys: Keys::default(),
            outbound: Outbound::default(),
        }
    }
}

impl State {
    pub fn new(db: Db, clock: Clock, settings: Settings) -> Self {
        Self {
            db,
            clock,
            settings: Arc::new(settings),
            jobs: Arc::default(),
            rights: Arc::default(),
            parts: Arc::default(),
        }
    }

    /// Counts the changes of rights on this node.
    pub fn rights_version(&self) -> u64 {
        self.rights.load(Ordering::Acquire)
    }

    pub fn rights_changed(&self) {
        self.rights.fetch_add(1, Ordering::AcqRel);
    }

    /// What an area of the product keeps in memory, made at its first use: caches, limits, queues.
    /// Never what another node would miss.
    pub fn part<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let known = self
            .parts
            .read()
            .ok()
            .and_then(|it| it.get(&TypeId::of::<T>()).cloned());
        let known = known.or_else(|| {
            let mut parts = self.parts.write().ok()?;
            Some(
                parts
                    .entry(TypeId::of::<T>())
                    .or_insert_with(|| Arc::new(T::default()))
                    .clone(),
            )
        });
        known.and_then(|it| it.downcast().ok()).unwrap_or_default()
    }
}
