//! The mail log: what was written to whom, whether it was sent, and why not (ONB-10).

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use kit::access::ScopeColumns;
use kit::call::Call;
use kit::conn::JsonOf;
use kit::event::Event;
use kit::list::{Column, List, Search};
use kit::resource::{Owner, Resource};
use kit::time::Instant;
use kit::web::{At, Created, Versioned};
use kit::{Error, Id, Record, Result, State, choice, sql};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::outbox::{Recipient, post};
use super::words::MailKind;
use crate::crud::{listed, op, viewed};
use crate::values::Language;

choice! {
    /// Where a message stands. Without a mail server it stays queued.
    pub enum MailState {
        Queued = "queued" "Queued",
        Sent = "sent" "Sent",
        Failed = "failed" "Failed",
    }
}

/// A try that came to nothing.
#[derive(Serialize, Deserialize, JsonSchema, Clone)]
pub struct Failure {
    pub at: Instant,
    pub error: String,
}

/// A message to one person. The secrets of links are masked.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct MailMessage {
    pub id: Id<MailMessage>,
    pub kind: MailKind,
    pub state: MailState,
    pub recipient: String,
    /// The name that it is sent under.
    pub sender: String,
    pub reply_to: String,
    pub language: Language,
    pub subject: String,
    pub body_text: String,
    /// How often it was tried to send it.
    pub tries: i64,
    /// Why it was not sent, the latest last.
    #[schemars(with = "Vec<Failure>")]
    pub errors: JsonOf<Vec<Failure>>,
    /// When it is tried next, while it is queued.
    pub next_try_at: Instant,
    pub sent_at: Option<Instant>,
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
    #[serde(skip)]
    link_id: Option<Uuid>,
}

const COLUMNS: &[Column] = &[
    Column::instant("created_at", "Written", "m.created_at")
        .shown()
        .width(150),
    Column::text("recipient", "To", "m.recipient")
        .sorted_by("m.recipient")
        .shown()
        .searched()
        .width(240),
    Column::text("subject", "Subject", "m.subject")
        .sorted_by("m.subject")
        .shown()
        .searched()
        .width(300),
    Column::choice("kind", "Kind", "m.kind", MailKind::ALL)
        .shown()
        .width(160),
    Column::choice("state", "State", "m.state", MailState::ALL)
        .shown()
        .width(100),
    Column::integer("tries", "Tries", "m.tries")
        .shown()
        .width(80),
    Column::instant("sent_at", "Sent", "m.sent_at")
        .sorted_by("coalesce(m.sent_at, 0)")
        .shown()
        .width(150),
    Column::instant("next_try_at", "Next try", "m.next_try_at").width(150),
    Column::list("errors", "Errors", "m.errors").plain(),
    Column::text("sender", "Sender", "m.sender"),
    Column::text("reply_to", "Reply to", "m.reply_to"),
    Column::choice("language", "Language", "m.language", Language::ALL),
    Column::text("body_text", "Text", "m.body_text").plain(),
    Column::id("provider_id", "Provider id", "m.provider_id"),
    Column::id("reseller_id", "Reseller id", "m.reseller_id"),
    Column::id("customer_id", "Customer id", "m.customer_id"),
    Column::id("id", "Id", "m.id"),
];

pub static LIST: List = List {
    name: "mail_messages",
    select: "m.*",
    from: "mail_messages m",
    always: "true",
    id: "m.id",
    columns: COLUMNS,
    sort: "-created_at",
    scope: ScopeColumns {
        provider: "m.provider_id = ?",
        reseller: "m.reseller_id = ?",
        customer: "m.customer_id = ?",
    },
    archived: None,
    search: Some(Search {
        table: "mail_messages",
        alias: "m",
        text: "m.search_text",
    }),
    expand: &[],
};

impl Resource for MailMessage {
    const NAME: &'static str = "mail_messages";
    const ONE: &'static str = "mail_message";
    const PERMISSION: &'static str = "settings";

    fn list() -> &'static List {
        &LIST
    }
    fn id(&self) -> Uuid {
        self.id.uuid()
    }
    fn version(&self) -> i64 {
        self.version
    }
    fn title(&self) -> String {
        format!("{} ({})", self.subject, self.recipient)
    }
    fn owner(&self) -> Owner {
        Owner::of(self.provider_id, self.reseller_id, self.customer_id)
    }
}

pub fn routes() -> ApiRouter<State> {
    ApiRouter::new()
        .merge(listed::<MailMessage>())
        .merge(viewed::<MailMessage>())
        .api_route(
            "/mail_messages/test",
            post_with(
                mail_message_test,
                op("mail_message_test", "Send a test message to oneself"),
            ),
        )
        .api_route(
            "/mail_messages/{id}/send",
            post_with(
                mail_message_send,
                op("mail_message_send", "Send a message again"),
            ),
        )
}

/// Writes a test message to the caller, to be sent like every other. The message tells, in its
/// `state` and `errors`, how that goes.
pub async fn mail_message_test(mut call: Call) -> Result<Created<MailMessage>> {
    let scope = call.allow::<MailMessage>("update")?;
    let user = call.caller.user_id.into();
    let mut to = Recipient::user(&mut call, user).await?;
    // Kept where its sender works, so that they find it.
    to.place = call.home();
    let values = vec![("when", to.clock(call.now))];
    let id = post(&mut call, &to, MailKind::Test, values, None).await?;
    let message: MailMessage = call.find(&scope, id.into()).await?;
    let event = Event::of("create", &message);
    call.created(message, event).await
}

/// Sends a message again, at once. A link in it is the same as before, so it must still work.
pub async fn mail_message_send(
    mut call: Call,
    At(id): At<MailMessage>,
) -> Result<Versioned<MailMessage>> {
    let scope = call.allow::<MailMessage>("update")?;
    let message = call.find(&scope, id).await?;
    if let Some(link) = message.link_id {
        let works = call
            .count(sql!(
                "select count(*) from one_shots where id = $1 and expires_at > $2",
                link,
                call.now
            ))
            .await?;
        if works == 0 {
            return Err(Error::conflict(
                "link_void",
                "The link in this message was used, replaced or revoked, or has run out. Invite again, or let a new one be asked for.",
            ));
        }
    }
    call.execute(sql!(
        "update mail_messages set state = 'queued', tries = 0, queued_at = $1, next_try_at = $1, version = version + 1, updated_at = $1 where id = $2",
        call.now,
        id
    ))
    .await?;
    let after = call.find(&scope, id).await?;
    call.changed(after, Event::of("send_again", &message)).await
}
