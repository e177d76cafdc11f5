//! Writing a message: in the caller's transaction, so that it goes out if and only if what it tells
//! of has happened.

use kit::access::Place;
use kit::call::Call;
use kit::conn::{Bind, JsonOf};
use kit::time::Instant;
use kit::{Id, Record, Result, sql, store, text};
use uuid::Uuid;

use super::layout::{self, Brand, MASK};
use super::message::{Failure, MailState};
use super::words::{MailKind, Values, help, page, words_of};
use crate::people::{User, place_of};
use crate::values::Language;

/// Who is written to: in their language, in the name of the provider that they know.
pub struct Recipient {
    pub address: String,
    pub(super) place: Place,
    pub language: Language,
    time_zone: String,
    brand: Brand,
    reply_to: String,
}

/// What a place inherits (TREE-02), with its provider's branding.
#[derive(Record, Default)]
struct Inherited {
    language: Option<Language>,
    time_zone: String,
    name: String,
    branding_sender: String,
    branding_colour: String,
    reply_to: String,
    support_email: String,
    support_phone: String,
}

#[derive(Record)]
struct Account {
    email: String,
    language: Option<Language>,
    time_zone: String,
    provider_id: Option<Uuid>,
    reseller_id: Option<Uuid>,
    customer_id: Option<Uuid>,
}

impl Recipient {
    /// Somebody at a node who has chosen nothing but, maybe, a language. The platform's people know
    /// the house provider.
    pub async fn at(
        call: &mut Call,
        address: &str,
        language: Option<Language>,
        place: Place,
    ) -> Result<Self> {
        let sql = sql!(
            "select coalesce(nullif((select language from customers where id = $1), ''), nullif((select language from resellers where id = $2), ''), p.language) as language,
             coalesce(nullif((select time_zone from customers where id = $1), ''), nullif((select time_zone from resellers where id = $2), ''), p.time_zone) as time_zone,
             p.name, p.branding_sender, p.branding_colour, p.reply_to, p.support_email, p.support_phone
             from providers p where case when $4 then p.is_house else p.id = $3 end",
            place.customer(),
            place.reseller(),
            place.provider(),
            place.provider().is_none()
        );
        let found: Inherited = call.query_optional(sql).await?.unwrap_or_default();
        let sender = [found.branding_sender, found.name, "Tenantry".into()];
        let support = [found.support_email.as_str(), &found.support_phone];
        let reply_to = Some(found.reply_to).filter(|it| !it.is_empty());
        Ok(Self {
            address: address.into(),
            place,
            language: language.or(found.language).unwrap_or(Language::En),
            time_zone: found.time_zone,
            reply_to: reply_to.unwrap_or_else(|| found.support_email.clone()),
            brand: Brand {
                sender: sender
                    .into_iter()
                    .find(|it| !it.is_empty())
                    .unwrap_or_default(),
                colour: found.branding_colour,
                support: support
                    .into_iter()
                    .filter(|it| !it.is_empty())
                    .collect::<Vec<_>>()
                    .join(", "),
            },
        })
    }

    pub async fn user(call: &mut Call, id: Id<User>) -> Result<Self> {
        let account: Account = call
            .query_one(sql!("select * from users where id = $1", id))
            .await?;
        let place = place_of(
            account.provider_id,
            account.reseller_id,
            account.customer_id,
        );
        let mut it = Self::at(call, &account.email, account.language, place).await?;
        if !account.time_zone.is_empty() {
            it.time_zone = account.time_zone;
        }
        Ok(it)
    }

    /// A point in time as the recipient's clock shows it.
    pub fn clock(&self, at: Instant) -> String {
        let zone = jiff::tz::TimeZone::get(&self.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let zoned = at.timestamp().to_zoned(zone);
        zoned.strftime("%Y-%m-%d %H:%M %Z").to_string()
    }
}

/// Writes a message. `link` is the one-shot that its button leads with.
pub async fn post(
    call: &mut Call,
    to: &Recipient,
    kind: MailKind,
    mut values: Values,
    link: Option<Uuid>,
) -> Result<Uuid> {
    let words = words_of(kind, to.language);
    values.push(("email", to.address.clone()));
    values.push(("support", to.brand.support.clone()));
    let base = &call.state.settings.base_url;
    // The secret stands behind the `#`: it reaches no server's log and no other page.
    let shown = link.map(|_| format!("{base}/{}#{MASK}", page(kind)));
    let help = (!to.brand.support.is_empty()).then(|| layout::fill(help(to.language), &values));
    let (shown, help) = (shown.as_deref(), help.as_deref());
    let subject = layout::fill(words.subject, &values);
    let id = store::new_id(call);
    let set = vec![
        ("id", id.to_value()),
        ("provider_id", to.place.provider().to_value()),
        ("reseller_id", to.place.reseller().to_value()),
        ("customer_id", to.place.customer().to_value()),
        ("kind", kind.to_value()),
        ("recipient", to.address.as_str().to_value()),
        ("sender", to.brand.sender.as_str().to_value()),
        ("reply_to", to.reply_to.as_str().to_value()),
        ("language", to.language.to_value()),
        ("subject", subject.as_str().to_value()),
        (
            "body_text",
            layout::text(&words, &values, shown, help).to_value(),
        ),
        (
            "body_html",
            layout::html(&words, &values, &to.brand, shown, help).to_value(),
        ),
        (
            "search_text",
            text::search_lines([to.address.as_str(), &subject]).to_value(),
        ),
        ("link_id", link.to_value()),
        ("state", MailState::Queued.to_value()),
        ("tries", 0_i64.to_value()),
        ("queued_at", call.now.to_value()),
        ("next_try_at", call.now.to_value()),
        ("errors", JsonOf(Vec::<Failure>::new()).to_value()),
        ("lease_token", None::<Uuid>.to_value()),
        ("lease_until", 0_i64.to_value()),
        ("sent_at", None::<Instant>.to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ];
    store::insert(call, "mail_messages", set).await?;
    Ok(id)
}

/// Tells the owner of an account what happened to it just now.
pub async fn tell(call: &mut Call, user: Id<User>, kind: MailKind) -> Result<()> {
    let to = Recipient::user(call, user).await?;
    let values = vec![("when", to.clock(call.now))];
    post(call, &to, kind, values, None).await.map(|_| ())
}
