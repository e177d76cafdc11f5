//! Sends what is due: each message by one node at a time, under a lease; again after a failure, with
//! growing pauses over a day; then it gives up, and the log tells why.

use std::time::Duration;

use kit::conn::JsonOf;
use kit::time::Instant;
use kit::{Id, Record, Result, State, sql};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::layout::MASK;
use super::message::{Failure, MailState};
use super::smtp::{DEADLINE, Outgoing, Refusal, Smtp};
use crate::people::one_shot;

/// How often to look for messages, and how many to send at once.
const LOOK: Duration = Duration::from_secs(1);
const AT_ONCE: usize = 4;

/// A node that is silent for longer has died: longer than handing over may take.
const LEASE: Duration = DEADLINE.saturating_mul(2);

/// The pauses after the first, second … failure, in seconds: about a day in all.
const PAUSES: &[i64] = &[
    60,
    5 * 60,
    15 * 60,
    3600,
    2 * 3600,
    4 * 3600,
    8 * 3600,
    8 * 3600,
];

/// What is older was kept for want of a mail server, and is news no more.
const STALE: i64 = 3 * 24 * 3600;

/// How many errors of a message are kept.
const ERRORS: usize = 20;

#[derive(Clone)]
pub struct Worker {
    state: State,
    smtp: Smtp,
}

#[derive(Record)]
struct Row {
    id: Uuid,
    recipient: String,
    sender: String,
    reply_to: String,
    subject: String,
    body_text: String,
    body_html: String,
    link_id: Option<Uuid>,
    tries: i64,
    queued_at: Instant,
    errors: JsonOf<Vec<Failure>>,
    created_at: Instant,
}

impl Worker {
    pub fn new(state: &State, smtp: Smtp) -> Self {
        Self {
            state: state.clone(),
            smtp,
        }
    }

    /// Sends what is due until `shutdown`; what is being handed over is finished.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut sending = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            while sending.len() < AT_ONCE {
                match self.claim().await {
                    Ok(Some((row, token))) => {
                        let worker = self.clone();
                        sending.spawn(async move { worker.handle(row, token).await });
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::warn!(%error, "no message could be taken");
                        break;
                    }
                }
            }
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = sending.join_next(), if !sending.is_empty() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        while sending.join_next().await.is_some() {}
    }

    /// Sends what is due now, one after the other; tells how many were tried.
    pub async fn run_due(&self) -> Result<usize> {
        let mut count = 0;
        while let Some((row, token)) = self.claim().await? {
            self.handle(row, token).await;
            count += 1;
        }
        Ok(count)
    }

    /// Takes one message that is due, under a new lease. Of several nodes that try, one succeeds.
    async fn claim(&self) -> Result<Option<(Row, Uuid)>> {
        let db = &self.state.db;
        // Due by the clock that is injected, leased by the database's (security.md 12).
        let (now, clock) = (db.now().await?, self.state.clock.now());
        let due: Option<(Uuid,)> = db
            .read()
            .query_optional(sql!("select id from mail_messages where state = 'queued' and next_try_at <= $1 and lease_until < $2 order by next_try_at limit 1", clock, now))
            .await?;
        let Some((id,)) = due else { return Ok(None) };
        let token = Id::<Row>::new(clock).uuid();
        let until = now + i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
        let mut tx = db.write();
        let row = tx
            .query_optional(sql!(
                "update mail_messages set lease_token = $1, lease_until = $2, tries = tries + 1 where id = $3 and state = 'queued' and next_try_at <= $4 and lease_until < $5 returning *",
                token,
                until,
                id,
                clock,
                now
            ))
            .await?;
        tx.commit().await?;
        Ok(row.map(|row| (row, token)))
    }

    async fn handle(&self, row: Row, token: Uuid) {
        let outcome = self.hand_over(&row).await;
        if let Err(refusal) = &outcome {
            tracing::warn!(message = %row.id, error = refusal.error, "a message was not sent");
        }
        // Written even if the database is busy: else the message would be sent again.
        let mut pause = Duration::from_millis(50);
        while let Err(error) = self.write(&row, token, &outcome).await {
            if pause > Duration::from_secs(5) {
                tracing::error!(message = %row.id, %error, "what became of a message could not be written");
                return;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    async fn hand_over(&self, row: &Row) -> Result<(), Refusal> {
        let now = self.state.clock.now();
        let give_up = |error: &str| Refusal {
            error: error.into(),
            for_good: true,
        };
        if now.seconds_since(row.queued_at) > STALE {
            return Err(give_up("it could not be sent within 3 days"));
        }
        let (mut text, mut html) = (row.body_text.clone(), row.body_html.clone());
        if let Some(id) = row.link_id {
            let link = one_shot::link(&self.state, id, now)
                .await
                .map_err(|it| Refusal {
                    error: it.sentence(),
                    for_good: false,
                })?;
            let link = link.ok_or_else(|| give_up("its link does not work any more"))?;
            text = text.replace(MASK, link.expose());
            html = html.replace(MASK, link.expose());
        }
        self.smtp
            .send(Outgoing {
                id: row.id,
                sender: &row.sender,
                reply_to: &row.reply_to,
                recipient: &row.recipient,
                subject: &row.subject,
                text,
                html,
                written_at: row.created_at,
            })
            .await
    }

    async fn write(&self, row: &Row, token: Uuid, outcome: &Result<(), Refusal>) -> Result<()> {
        let now = self.state.clock.now();
        let mut errors = row.errors.0.clone();
        let (state, next) = match outcome {
            Ok(()) => (MailState::Sent, now),
            Err(refusal) => {
                errors.push(Failure {
                    at: now,
                    error: refusal.error.clone(),
                });
                errors.drain(..errors.len().saturating_sub(ERRORS));
                let nth = usize::try_from(row.tries).unwrap_or_default();
                match PAUSES.get(nth.saturating_sub(1)) {
                    Some(pause) if !refusal.for_good => {
                        (MailState::Queued, now.plus_seconds(*pause))
                    }
                    _ => (MailState::Failed, now),
                }
            }
        };
        let sent = (state == MailState::Sent).then_some(now);
        let mut tx = self.state.db.write();
        tx.execute(sql!(
            "update mail_messages set state = $1, next_try_at = $2, errors = $3, sent_at = coalesce($4, sent_at), lease_token = null, lease_until = 0, version = version + 1, updated_at = $5 where id = $6 and lease_token = $7",
            state,
            next,
            JsonOf(errors),
            sent,
            now,
            row.id,
            token
        ))
        .await?;
        Ok(tx.commit().await?)
    }
}
