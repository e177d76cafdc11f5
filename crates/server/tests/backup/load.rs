//! Backups taken while others write. Each writer counts in the names of the customers it creates, and
//! each creation is several rows in one transaction: so a backup that saw one moment holds, of each
//! writer, the first so many without a gap, and nothing by halves.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use crate::house::{BOTH, Server, good, sound, text};

const WRITERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    for engine in BOTH {
        let database = engine.database(folder.path()).await;
        let server = Server::start(&database);
        let [sent, done] = [(), ()].map(|()| [(); WRITERS].map(|()| AtomicU64::new(0)));
        let stop = AtomicBool::new(false);
        let now = |counts: &[AtomicU64]| -> Vec<u64> {
            counts.iter().map(|it| it.load(SeqCst)).collect()
        };
        let backups = std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (mut client, sent, done, stop) =
                    (server.client(), &sent[writer], &done[writer], &stop);
                scope.spawn(move || {
                    while !stop.load(SeqCst) {
                        let n = sent.fetch_add(1, SeqCst) + 1;
                        let body = format!("{{\"name\":\"writer {writer} number {n}\"}}");
                        let mut status = 503;
                        // Busy: nothing was done.
                        while status == 503 {
                            status = client.post("/customers", &body);
                        }
                        assert_eq!(status, 201);
                        done.store(n, SeqCst);
                    }
                });
            }
            let mut backups = vec![];
            for round in 1..=3 {
                while now(&done).iter().any(|it| *it < round * 20) {
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
                let file = folder.path().join(format!("{engine:?}-{round}.backup"));
                let before = now(&done);
                good(&database, &["backup", text(&file)]);
                backups.push((file, before, now(&sent)));
            }
            stop.store(true, SeqCst);
            backups
        });
        for ((file, before, after), target) in backups.into_iter().zip(BOTH.into_iter().cycle()) {
            let restored = target.database(folder.path()).await;
            good(&restored, &["restore", text(&file)]);
            sound(&restored);
            let list = good(&restored, &["export", "customers", "--format", "ndjson"]);
            for writer in 0..WRITERS {
                let mut numbers: Vec<u64> = list
                    .lines()
                    .filter_map(|it| it.split(&format!("writer {writer} number ")).nth(1))
                    .map(|it| it.split('"').next().unwrap().parse().unwrap())
                    .collect();
                numbers.sort_unstable();
                let whole: Vec<u64> = (1..=numbers.len() as u64).collect();
                assert_eq!(numbers, whole, "writer {writer} has gaps");
                let range = before[writer]..=after[writer];
                assert!(
                    range.contains(&(numbers.len() as u64)),
                    "{} not in {range:?}",
                    numbers.len()
                );
            }
        }
    }
}
