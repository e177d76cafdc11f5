//! Looks into the database file itself: is everything there that must be, once, and nothing else?

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

use super::journal::Act;
use super::model::{Model, State, texts};
use crate::{Outcome, told};

/// What a look found.
#[derive(Default)]
pub struct Found {
    pub looked_at: u64,
    pub lost: Vec<String>,
    pub doubled: Vec<String>,
    /// Neither: content, roll-ups or audit that are not as they must be.
    pub wrong: Vec<String>,
}

impl Found {
    pub fn is_good(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }
}

/// A customer with all that counts at it; the roll-ups beside what they count.
const CUSTOMERS: &str = "select c.ref_id, c.name, c.description, c.city, c.version, c.archived_at is not null, c.deleted_at is not null,
    (select count(*) from sites s where s.customer_id = c.id),
    (select count(*) from contact_links l where l.customer_id = c.id),
    (select count(*) from audit_events a where a.customer_id = c.id),
    (select count(*) from tenants t where t.customer_id = c.id),
    r.sites, r.contacts, r.tenants
    from customers c left join customer_rollups r on r.customer_id = c.id ";

const CONTACTS: &str = "select k.email, (select count(*) from audit_events a where a.object_id = k.id and a.customer_id is null), k.version from contacts k ";

/// One that is in the database.
struct Seen {
    name: String,
    texts: [String; 3],
    state: State,
    rolled_up: bool,
}

impl Seen {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let city: String = row.get(3)?;
        let count = |column| row.get::<_, i64>(column);
        let [sites, contacts, tenants] = [count(7)?, count(8)?, count(10)?];
        Ok(Self {
            name: row.get(0)?,
            texts: [row.get(1)?, row.get(2)?, city.clone()],
            state: State {
                version: row.get(4)?,
                text: city
                    .strip_prefix("City ")
                    .and_then(|it| it.parse().ok())
                    .unwrap_or(u32::MAX),
                archived: row.get(5)?,
                deleted: row.get(6)?,
                sites,
                contacts,
                events: count(9)?,
            },
            rolled_up: row.get::<_, Option<i64>>(11)? == Some(sites)
                && row.get::<_, Option<i64>>(12)? == Some(contacts)
                && row.get::<_, Option<i64>>(13)? == Some(tenants)
                && tenants == 1,
        })
    }
}

/// What was touched since the last look.
pub fn touched(file: &Path, model: &Model) -> Outcome<Found> {
    let db = open(file)?;
    let maybe = model.maybe();
    let mut look = Look::new(model, &maybe);
    let text = format!(
        "{CUSTOMERS} where c.provider_id in (select id from providers) and c.ref_id = ?1 and c.ref_id <> ''"
    );
    let mut statement = db.prepare(&text).map_err(told)?;
    let unsure = maybe.keys().filter(|it| !model.touched.contains(*it));
    for name in model.touched.iter().chain(unsure) {
        let rows = statement.query_map([name], Seen::read).map_err(told)?;
        for seen in rows {
            look.customer(seen.map_err(told)?);
        }
        look.absent(name);
    }
    look.batches();
    Ok(look.found)
}

/// Everything that was ever acknowledged, and everything that is there.
pub fn all(file: &Path, model: &Model) -> Outcome<Found> {
    let db = open(file)?;
    let maybe = model.maybe();
    let mut look = Look::new(model, &maybe);
    let mut statement = db.prepare(CUSTOMERS).map_err(told)?;
    for seen in statement.query_map([], Seen::read).map_err(told)? {
        look.customer(seen.map_err(told)?);
    }
    for name in model.customers.keys() {
        look.absent(name);
    }
    look.batches();
    let mut statement = db.prepare(CONTACTS).map_err(told)?;
    let contacts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let mut times: HashMap<String, usize> = HashMap::new();
    for seen in contacts.map_err(told)? {
        let (name, events, version): (String, i64, i64) = seen.map_err(told)?;
        if (events, version) != (1, 1) {
            look.found.wrong.push(format!(
                "contact {name}: {events} events, version {version}"
            ));
        }
        *times.entry(name).or_default() += 1;
    }
    let owed = |name: &String| {
        model
            .pending
            .values()
            .any(|act| matches!(act, Act::Contact { name: it } if it == name))
    };
    for name in &model.contacts {
        look.found.looked_at += 1;
        if !times.contains_key(name) {
            look.found.lost.push(format!("contact {name}"));
        }
    }
    for (name, times) in times {
        if times > 1 || !(model.contacts.contains(&name) || owed(&name)) {
            look.found
                .doubled
                .push(format!("contact {name}: {times} times"));
        }
    }
    Ok(look.found)
}

/// SQLite's own checks of the file.
pub fn integrity(file: &Path) -> Outcome<Vec<String>> {
    let db = open(file)?;
    let mut found: Vec<String> = vec![];
    let mut check = db.prepare("pragma integrity_check").map_err(told)?;
    for line in check.query_map([], |row| row.get(0)).map_err(told)? {
        found.push(line.map_err(told)?);
    }
    found.retain(|line| line != "ok");
    let mut check = db.prepare("pragma foreign_key_check").map_err(told)?;
    for table in check
        .query_map([], |row| row.get::<_, String>(0))
        .map_err(told)?
    {
        found.push(format!(
            "a row of {} refers to a missing row",
            table.map_err(told)?
        ));
    }
    Ok(found)
}

fn open(file: &Path) -> Outcome<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(file, flags).map_err(told)
}

struct Look<'a> {
    model: &'a Model,
    maybe: &'a HashMap<String, State>,
    times: HashMap<String, usize>,
    found: Found,
}

impl<'a> Look<'a> {
    fn new(model: &'a Model, maybe: &'a HashMap<String, State>) -> Self {
        let (times, found) = (HashMap::new(), Found::default());
        Self {
            model,
            maybe,
            times,
            found,
        }
    }

    /// A customer that is there: is it as acknowledged, or as it may be by now?
    fn customer(&mut self, seen: Seen) {
        self.found.looked_at += 1;
        let (name, state) = (&seen.name, seen.state);
        let (sure, maybe) = (self.model.customers.get(name), self.maybe.get(name));
        if seen.texts != texts(name, state.text) {
            self.found
                .wrong
                .push(format!("{name} is torn: {:?}", seen.texts));
        } else if !seen.rolled_up {
            self.found
                .wrong
                .push(format!("{name}: its roll-ups are wrong"));
        } else if sure != Some(&state) && maybe != Some(&state) {
            let told = format!("{name} is {state:?}, acknowledged {sure:?}, owed {maybe:?}");
            let most = maybe.or(sure);
            match (sure, most) {
                (Some(sure), _) if state.version < sure.version || state.events < sure.events => {
                    self.found.lost.push(told)
                }
                (_, Some(most))
                    if state.version <= most.version
                        && state.events <= most.events
                        && state.sites <= most.sites =>
                {
                    self.found.wrong.push(told)
                }
                _ => self.found.doubled.push(told),
            }
        }
        let times = self.times.entry(name.clone()).or_default();
        *times += 1;
        if *times == 2 {
            self.found.doubled.push(format!("{name}: there twice"));
        }
    }

    fn absent(&mut self, name: &str) {
        if self.model.customers.contains_key(name) && !self.times.contains_key(name) {
            self.found.lost.push(name.to_owned());
        }
    }

    /// A batch whose answer is owed is there as a whole or not at all.
    fn batches(&mut self) {
        for act in self.model.pending.values() {
            let Act::Create { names, .. } = act else {
                continue;
            };
            let there = names
                .iter()
                .filter(|it| self.times.contains_key(*it))
                .count();
            if there != 0 && there != names.len() {
                self.found.wrong.push(format!(
                    "{there} of the {} of a batch are there",
                    names.len()
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests;
