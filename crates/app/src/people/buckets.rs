//! Rate limits: token buckets in memory, one for each key, bounded in number.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How many buckets are kept at most; full ones are forgotten first, which changes nothing.
const MOST: usize = 50_000;

/// How fast a bucket refills, and how much it holds.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub burst: f64,
    pub per_second: f64,
}

impl Rate {
    pub fn per_minute(count: u32) -> Self {
        Self {
            burst: f64::from(count),
            per_second: f64::from(count) / 60.0,
        }
    }

    /// Twice the rate at once.
    pub fn per_second(count: u32) -> Self {
        Self {
            burst: f64::from(count) * 2.0,
            per_second: f64::from(count),
        }
    }
}

pub struct Buckets<K>(Mutex<Kept<K>>);

struct Kept<K> {
    buckets: HashMap<K, Bucket>,
    pruned: Option<Instant>,
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn refilled(&self, rate: Rate, now: Instant) -> f64 {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * rate.per_second;
        (self.left + gained).min(rate.burst)
    }
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::new(Kept {
            buckets: HashMap::new(),
            pruned: None,
        }))
    }
}

impl<K: Hash + Eq> Buckets<K> {
    /// Takes one from the key's bucket: how many are left, or the seconds until there is one.
    pub fn take(&self, key: K, rate: Rate) -> Result<u32, u32> {
        self.take_at(key, rate, Instant::now())
    }

    fn take_at(&self, key: K, rate: Rate, now: Instant) -> Result<u32, u32> {
        // A lock that another thread left by a panic holds nothing worth protecting.
        let mut kept = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.buckets.len() >= MOST && !kept.buckets.contains_key(&key) {
            kept.prune(rate, now);
            if kept.buckets.len() >= MOST {
                return Err(1);
            }
        }
        let bucket = kept.buckets.entry(key).or_insert(Bucket {
            left: rate.burst,
            at: now,
        });
        let left = bucket.refilled(rate, now);
        if left < 1.0 {
            return Err(whole(((1.0 - left) / rate.per_second.max(0.001)).ceil()).max(1));
        }
        *bucket = Bucket {
            left: left - 1.0,
            at: now,
        };
        Ok(whole(left - 1.0))
    }
}

impl<K: Hash + Eq> Kept<K> {
    /// At most once a second, so that a flood of new keys does not turn into this work.
    fn prune(&mut self, rate: Rate, now: Instant) {
        if self
            .pruned
            .is_some_and(|it| now.saturating_duration_since(it) < Duration::from_secs(1))
        {
            return;
        }
        self.pruned = Some(now);
        self.buckets
            .retain(|_, it| it.refilled(rate, now) < rate.burst);
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates"
)]
fn whole(it: f64) -> u32 {
    it as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills() {
        let buckets = Buckets::default();
        let start = Instant::now();
        let rate = Rate::per_minute(3);
        assert_eq!(
            (0..3)
                .map(|_| buckets.take_at("a", rate, start))
                .collect::<Vec<_>>(),
            [Ok(2), Ok(1), Ok(0)]
        );
        assert_eq!(buckets.take_at("a", rate, start), Err(20));
        assert_eq!(buckets.take_at("b", rate, start), Ok(2));
        assert_eq!(
            buckets.take_at("a", rate, start + Duration::from_secs(19)),
            Err(1)
        );
        assert_eq!(
            buckets.take_at("a", rate, start + Duration::from_secs(21)),
            Ok(0)
        );
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let buckets = Buckets::default();
        let start = Instant::now();
        let rate = Rate::per_minute(60);
        for key in 0..MOST {
            assert!(buckets.take_at(key, rate, start).is_ok());
        }
        assert_eq!(buckets.take_at(MOST, rate, start), Err(1));
        assert!(buckets.take_at(0, rate, start).is_ok());
        // Once refilled they are forgotten.
        assert!(
            buckets
                .take_at(MOST, rate, start + Duration::from_secs(5))
                .is_ok()
        );
    }
}
