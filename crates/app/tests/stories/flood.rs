//! Many wrong log-ins at once (security.md 18).

use crate::harness::{self, PASSWORD};
use crate::people::{house, log_in, new_user, patient, try_log_in};

story!(
    two_hundred_wrong_log_ins_at_once_let_nobody_in,
    |app| async move {
        let admin = app.admin().await;
        let app = patient(&app);
        let node = house(&admin).await;
        new_user(&admin, "anna@house.example", "Provider admin", &node).await;
        let flood: Vec<_> = (0..200)
            .map(|n| {
                let app = app.clone();
                let password = format!("a wrong password {n}");
                tokio::spawn(async move { try_log_in(&app, "anna@house.example", &password).await })
            })
            .collect();
        // Meanwhile others are answered: hashing leaves them a core, and no thread that serves.
        let mut slowest = std::time::Duration::ZERO;
        let mut asked = 0;
        while !flood.iter().all(tokio::task::JoinHandle::is_finished) {
            let begun = std::time::Instant::now();
            admin.get("/customers").await.ok();
            app.stranger().get("/session").await.problem(401);
            slowest = slowest.max(begun.elapsed());
            asked += 1;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(asked > 5, "{asked}");
        assert!(slowest.as_millis() < 2000, "{slowest:?}");
        println!("{asked} asked meanwhile, the slowest took {slowest:?}");
        let (mut wrong, mut busy) = (0, 0);
        for it in flood {
            match it.await.unwrap().status.as_u16() {
                401 => wrong += 1,
                503 => busy += 1,
                status => panic!("{status}"),
            }
        }
        // Those that waited were answered, the others sent away at once.
        assert!(wrong >= 10 && wrong + busy == 200, "{wrong} {busy}");
        let sql = kit::sql!("select count(*) from sessions");
        let (sessions,): (i64,) = app.state.db.read().query_one(sql).await.unwrap();
        assert_eq!(sessions, 0);
        assert_eq!(admin.items("/audit_events?action=lock").await.len(), 1);
        let locked = try_log_in(&app, "anna@house.example", PASSWORD).await;
        assert_eq!(locked.problem(401), "wrong_credentials");
        log_in(&app, "admin@house.example", PASSWORD).await;
    }
);
