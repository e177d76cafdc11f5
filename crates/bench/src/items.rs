//! The work that is measured, one function for each kind.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use kit::conn::{Db, Options};
use uuid::Uuid;

use crate::client::{self, Client};
use crate::database::Databases;
use crate::load::{self, Length, Make, Target};
use crate::process::Server;
use crate::report::{Bar, Row};
use crate::{Outcome, Place, backups, imports, names, told};

/// A product and a control that run, and for how long to measure.
pub struct Bench<'a> {
    pub databases: &'a Databases,
    pub product: Server,
    pub control: Server,
    pub length: Length,
    pub customers: usize,
    pub import_rows: usize,
    pub rows: &'a mut Vec<Row>,
}

const LIST: &str = "/api/v1/customers";

impl Bench<'_> {
    fn engine(&self) -> &'static str {
        self.databases.engine.name()
    }

    fn add(&mut self, row: Row) {
        print!("{}", crate::report::line(&row));
        self.rows.push(row);
    }

    fn target(server: &Server, make: Make) -> Target {
        Target {
            port: server.port,
            pid: server.pid(),
            make,
        }
    }

    fn targets(&self, make: Make) -> (Target, Target) {
        (
            Self::target(&self.product, make.clone()),
            Self::target(&self.control, make),
        )
    }

    fn reading(&self, path: impl Fn(u64) -> String + Send + Sync + 'static) -> Make {
        let token = self.databases.data.token.clone();
        Arc::new(move |n| client::get(&path(n), &token))
    }

    pub async fn get(&mut self) -> Outcome {
        let ids = self.databases.data.ids.clone();
        let make = self.reading(move |n| {
            // A prime's multiples visit all of them in no order.
            let at = (n as usize).wrapping_mul(7_919) % ids.len();
            format!("{LIST}/{}", ids[at])
        });
        let (product, control) = self.targets(make);
        let (product, control) = load::both(&product, &control, self.length).await?;
        let bar = Bar {
            share: Some(0.8),
            rate: None,
        };
        self.add(Row::rate(
            self.engine(),
            "get by id",
            (&product, &control),
            bar,
        ));
        Ok(())
    }

    pub async fn lists(&mut self) -> Outcome {
        for (sort, work) in [
            ("name", "list 50 by name, capped count"),
            ("-created_at", "list 50 by newest, capped count"),
            ("-updated_at,name", "list 50 by two columns, capped count"),
            ("country", "list 50 by country (no index), capped count"),
        ] {
            let make = self.reading(move |_| format!("{LIST}?sort={sort}&count=capped"));
            let (product, control) = self.targets(make);
            let (product, control) = load::both(&product, &control, self.length).await?;
            let bar = Bar {
                share: Some(0.7),
                rate: None,
            };
            self.add(Row::rate(self.engine(), work, (&product, &control), bar));
        }
        Ok(())
    }

    /// A page deep in the list beside the first one.
    pub async fn deep(&mut self) -> Outcome {
        let first = format!("{LIST}?sort=name");
        let mut client = Client::connect(self.product.port).await?;
        let page = client
            .json(&client::get(&first, &self.databases.data.token))
            .await?;
        let next = page["page"]["next"].as_str().ok_or("no second page")?;
        let at = self.customers * 9 / 10;
        let cursor = self.cursor(next, at).await?;
        let deep = format!("{LIST}?sort=name&cursor={cursor}");
        let (product, _) = self.targets(self.reading(move |_| deep.clone()));
        let (start, _) = self.targets(self.reading(move |_| first.clone()));
        let (deep, first) = load::both(&product, &start, self.length).await?;
        let (value, control) = (1000.0 / deep.rate(), 1000.0 / first.rate());
        let row = Row::most(
            self.engine(),
            format!(
                "page {} by name, beside page 1",
                crate::report::number(at as f64 / 50.0)
            ),
            (value, "ms a page"),
            Some(control),
            None,
        );
        let row = Row {
            bar: "1.2 of page 1".into(),
            good: Some(value / control <= 1.2),
            ..row
        };
        self.add(row);
        Ok(())
    }

    /// The cursor of a page as if one had gone there page by page: keys of the row before it in the
    /// frame of a cursor that the product gave.
    async fn cursor(&self, next: &str, at: usize) -> Outcome<String> {
        let db = Db::open(&self.databases.product, &Options::default())
            .await
            .map_err(told)?;
        let at = i64::try_from(at).map_err(told)?;
        let sql = kit::sql!(
            "select name_key, id from customers where provider_id = $1 and archived_at is null and deleted_at is null order by name_key, id limit 1 offset $2",
            self.databases.data.provider,
            at
        );
        let (name, id): (String, Uuid) = db.read().query_one(sql.slow()).await.map_err(told)?;
        let bytes = BASE64.decode(next).map_err(told)?;
        let mut cursor: serde_json::Value = serde_json::from_slice(&bytes).map_err(told)?;
        cursor["k"] = serde_json::json!([name]);
        cursor["i"] = serde_json::json!(id);
        Ok(BASE64.encode(cursor.to_string()))
    }

    pub async fn search(&mut self) -> Outcome {
        let length = Length {
            clients: 1,
            warm: self.length.warm / 2,
            measured: self.length.measured / 2,
        };
        for (needle, kind) in names::NEEDLES {
            let make = self.reading(move |_| format!("{LIST}?q={needle}&count=capped"));
            let (product, control) = self.targets(make);
            let (product, control) = load::both(&product, &control, length).await?;
            let work = format!("search, {} characters, {kind}", needle.len());
            let row = Row::most(
                self.engine(),
                work,
                (product.quantile(0.95), "ms p95"),
                Some(control.quantile(0.95)),
                Some(20.0),
            );
            self.add(row.more(format!(
                "median {:.2} ms (control {:.2})",
                product.quantile(0.5),
                control.quantile(0.5)
            )));
        }
        Ok(())
    }

    pub async fn export(&mut self) -> Outcome {
        let watch = self.product.watch();
        let (mut product, mut control) = (0.0_f64, 0.0_f64);
        for _ in 0..2 {
            product = product.max(self.exported(self.product.port).await?);
            control = control.max(self.exported(self.control.port).await?);
        }
        let peak = watch.most();
        let row = Row::least(
            self.engine(),
            "export as CSV",
            (product, "rows/s"),
            Some(control),
            Some(150_000.0),
        );
        self.add(row.more("all columns; the better of two"));
        self.add(
            Row::most(
                self.engine(),
                "memory of exports",
                (peak.own, "MB peak"),
                None,
                Some(100.0),
            )
            .more(peak.told()),
        );
        Ok(())
    }

    /// Rows a second of an export of everything.
    async fn exported(&self, port: u16) -> Outcome<f64> {
        let mut client = Client::connect(port).await?;
        let request = client::get(
            &format!("{LIST}/export?format=csv"),
            &self.databases.data.token,
        );
        let (mut lines, started) = (0_usize, Instant::now());
        let status = client
            .exchange(&request, |piece| {
                lines += piece.iter().filter(|it| **it == b'\n').count()
            })
            .await?;
        if status != 200 || lines < self.customers {
            return Err(format!("an export answered {status} with {lines} lines"));
        }
        Ok(lines as f64 / started.elapsed().as_secs_f64())
    }

    pub async fn backup(&mut self, place: &Place) -> Outcome {
        let rows = backups::measure(&place.tenantry, &place.folder, self.databases).await?;
        rows.into_iter().for_each(|it| self.add(it));
        Ok(())
    }

    pub async fn create(&mut self) -> Outcome {
        let token = self.databases.data.token.clone();
        let make: Make = Arc::new(move |n| {
            let fields = names::customer(1_000_000_000 + n as usize);
            let body = serde_json::to_vec(&fields).unwrap_or_default();
            client::post(LIST, &token, &body)
        });
        let (product, control) = self.targets(make);
        let (product, control) = load::both(&product, &control, self.length).await?;
        let rate = match self.databases.engine {
            crate::database::Engine::Sqlite => 3_000.0,
            crate::database::Engine::Postgres => 1_500.0,
        };
        let bar = Bar {
            share: Some(0.5),
            rate: Some(rate),
        };
        self.add(Row::rate(
            self.engine(),
            "create",
            (&product, &control),
            bar,
        ));
        Ok(())
    }

    pub async fn import(&mut self) -> Outcome {
        let (token, count) = (&self.databases.data.token, self.import_rows);
        let watch = self.product.watch();
        let took = imports::product(self.product.port, token, 2_000_000_000, count).await?;
        let peak = watch.most();
        let control = imports::control(&self.databases.control, count).await?;
        let rate = |seconds: f64| count as f64 / seconds.max(0.001);
        let least = match self.databases.engine {
            crate::database::Engine::Sqlite => 15_000.0,
            crate::database::Engine::Postgres => 10_000.0,
        };
        let engine = self.engine();
        let row = Row::least(
            engine,
            "import: plan",
            (rate(took.plan), "rows/s"),
            None,
            None,
        );
        self.add(row.more(format!("upload {:.2} s", took.upload)));
        let row = Row::least(
            engine,
            "import: apply",
            (rate(took.apply), "rows/s"),
            Some(rate(control)),
            Some(least),
        );
        self.add(row);
        let whole = rate(took.upload + took.plan + took.apply);
        self.add(Row::least(
            engine,
            "import: upload, plan, apply",
            (whole, "rows/s"),
            None,
            None,
        ));
        self.add(
            Row::most(
                engine,
                "memory of an import",
                (peak.own, "MB peak"),
                None,
                Some(200.0),
            )
            .more(peak.told()),
        );
        Ok(())
    }

    pub async fn idle(&mut self) -> Outcome {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let ready = self.product.ready.as_secs_f64();
        let control = self.control.ready.as_secs_f64();
        let memory = (self.product.memory()?, self.control.memory()?);
        let engine = self.engine();
        self.add(Row::most(
            engine,
            "start to /readyz",
            (ready, "s"),
            Some(control),
            Some(0.5),
        ));
        self.add(
            Row::most(
                engine,
                "idle memory",
                (memory.0.own, "MB"),
                Some(memory.1.own),
                Some(60.0),
            )
            .more(memory.0.told()),
        );
        Ok(())
    }
}
