//! What must be in the database, after what was acknowledged.

use std::collections::{HashMap, HashSet};

use super::journal::{Act, Change, Line, imported};

/// A customer as it must be, with all that counts at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    pub version: i64,
    /// The number of the text that was written last; the text also names the customer.
    pub text: u32,
    pub archived: bool,
    pub deleted: bool,
    pub sites: i64,
    pub contacts: i64,
    /// Audit events of the customer and what lies below it: one for each action.
    pub events: i64,
}

impl State {
    pub fn new(text: u32) -> Self {
        Self {
            version: 1,
            text,
            archived: false,
            deleted: false,
            sites: 0,
            contacts: 0,
            events: 1,
        }
    }

    pub fn after(mut self, what: Change) -> Self {
        self.events += 1;
        self.version += 1;
        match what {
            Change::Edit(text) => self.text = text,
            Change::Archive => self.archived = true,
            Change::Unarchive => self.archived = false,
            Change::Delete => self.deleted = true,
            Change::Restore => self.deleted = false,
            Change::Site => self.sites += 1,
            Change::Link => self.contacts += 1,
            Change::Unlink => self.contacts -= 1,
        }
        if matches!(what, Change::Site | Change::Link | Change::Unlink) {
            self.version -= 1; // of another record
        }
        self
    }
}

/// Name, description and city of a customer: what a torn write would mix.
pub fn texts(name: &str, text: u32) -> [String; 3] {
    [
        format!("Кundé {name}"),
        format!("Text {text} of {name}"),
        format!("City {text}"),
    ]
}

/// How many writes were acknowledged.
#[derive(Default, Clone, Copy)]
pub struct Acknowledged {
    /// Answers to requests that wrote.
    pub requests: u64,
    /// Records that those created or changed: a batch has many.
    pub records: u64,
    /// Rows of files whose import was told to be done.
    pub imported: u64,
}

impl Acknowledged {
    pub fn writes(self) -> u64 {
        self.records + self.imported
    }
}

#[derive(Default)]
pub struct Model {
    pub customers: HashMap<String, State>,
    pub contacts: HashSet<String>,
    /// Sent and not answered, by client and lane: done or not, but never half or twice.
    pub pending: HashMap<(usize, usize), Act>,
    /// What was changed since the last look.
    pub touched: HashSet<String>,
    pub acknowledged: Acknowledged,
    /// How requests were put off.
    pub refused: HashSet<String>,
    /// What a journal alone shows to be wrong.
    pub wrong: Vec<String>,
}

impl Model {
    pub fn read(&mut self, client: usize, lines: Vec<Line>) {
        for line in lines {
            match line {
                Line::Sent { lane, act } => drop(self.pending.insert((client, lane), act)),
                Line::Done { lane } => match self.pending.remove(&(client, lane)) {
                    Some(act) => self.done(act),
                    None => self.wrong.push("an answer to what was never sent".into()),
                },
                Line::Refused { how, .. } => drop(self.refused.insert(how)),
                Line::Wrong { lane, what } => self
                    .wrong
                    .push(format!("client {client}, lane {lane}: {what}")),
            }
        }
    }

    fn done(&mut self, act: Act) {
        match act {
            Act::Import { name, rows } => {
                self.acknowledged.imported += rows as u64;
                let names = (0..rows).map(|row| imported(&name, row));
                return self.create(names, 0);
            }
            Act::Create { names, text } => {
                self.acknowledged.records += names.len() as u64;
                self.create(names.into_iter(), text);
            }
            Act::Contact { name } => {
                self.acknowledged.records += 1;
                self.contacts.insert(name);
            }
            Act::Change { name, what } => {
                self.acknowledged.records += 1;
                match self.customers.get_mut(&name) {
                    Some(state) => *state = state.after(what),
                    None => self.wrong.push(format!("{name}: changed, never created")),
                }
                self.touched.insert(name);
            }
        }
        self.acknowledged.requests += 1;
    }

    fn create(&mut self, names: impl Iterator<Item = String>, text: u32) {
        for name in names {
            self.customers.insert(name.clone(), State::new(text));
            self.touched.insert(name);
        }
    }

    /// What customers may be as well, since an answer is owed.
    pub fn maybe(&self) -> HashMap<String, State> {
        let mut maybe = HashMap::new();
        for act in self.pending.values() {
            match act {
                Act::Create { names, text } => {
                    maybe.extend(names.iter().map(|it| (it.clone(), State::new(*text))));
                }
                Act::Import { name, rows } => {
                    maybe.extend((0..*rows).map(|row| (imported(name, row), State::new(0))));
                }
                Act::Change { name, what } => {
                    let now = self.customers.get(name);
                    maybe.extend(now.map(|it| (name.clone(), it.after(*what))));
                }
                Act::Contact { .. } => {}
            }
        }
        maybe
    }
}
