//! The mail server: how it is reached, and how a message is handed over.

use std::net::IpAddr;
use std::time::Duration;

use kit::time::Instant;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use url::{Host, Url};
use uuid::Uuid;

/// How long one step of a conversation may take (security.md 14).
const STEP: Duration = Duration::from_secs(20);
/// How long handing over one message may take in all.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A mail server, with the address that messages come from. Cheap to clone.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
}

/// A message as it is handed over.
pub struct Outgoing<'a> {
    pub id: Uuid,
    pub sender: &'a str,
    pub reply_to: &'a str,
    pub recipient: &'a str,
    pub subject: &'a str,
    pub text: String,
    pub html: String,
    pub written_at: Instant,
}

/// Why a message was not taken.
#[derive(Debug)]
pub struct Refusal {
    pub error: String,
    /// Trying again is in vain.
    pub for_good: bool,
}

impl Smtp {
    /// `smtps://user:password@host` for TLS from the start, `smtp://…` for STARTTLS; without TLS
    /// (`smtp://…?tls=none`) on this machine only. `authority` is a PEM file's content: whose
    /// certificates are believed besides the system's. No error repeats the password.
    pub fn new(url: &str, from: &str, authority: Option<&[u8]>) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|it| format!("smtp_url is no address: {it}"))?;
        let host = url.host().ok_or("smtp_url names no host")?;
        let name = host.to_string();
        let tls = tls(&url, &host, authority)?;
        let port = match url.scheme() {
            "smtps" => 465,
            _ => 587,
        };
        let from: Address = from
            .parse()
            .map_err(|_| "mail_from is no email address, such as noreply@example.org")?;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(name)
            .port(url.port().unwrap_or(port))
            .tls(tls)
            .timeout(Some(STEP))
            .hello_name(ClientId::Domain(from.domain().to_owned()));
        if !url.username().is_empty() {
            let plain = |it: &str| {
                let decoded = percent_encoding::percent_decode_str(it).decode_utf8();
                decoded
                    .map(std::borrow::Cow::into_owned)
                    .map_err(|_| "smtp_url: user and password are percent-encoded UTF-8")
            };
            let user = plain(url.username())?;
            let password = plain(url.password().unwrap_or_default())?;
            builder = builder.credentials(Credentials::new(user, password));
        }
        Ok(Self {
            transport: builder.build(),
            from,
        })
    }

    pub async fn send(&self, it: Outgoing<'_>) -> Result<(), Refusal> {
        let message = self.message(it).map_err(|error| Refusal {
            error,
            for_good: true,
        })?;
        match tokio::time::timeout(DEADLINE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Refusal {
                for_good: is_for_good(&error),
                error: told(&error),
            }),
            Err(_) => Err(Refusal {
                error: "the mail server did not answer in time".into(),
                for_good: false,
            }),
        }
    }

    fn message(&self, it: Outgoing<'_>) -> Result<Message, String> {
        let address = |text: &str| -> Result<Address, String> {
            let wrong = |error| format!("“{text}” cannot be written to: {error}");
            text.parse().map_err(wrong)
        };
        let written = Duration::from_micros(it.written_at.micros().unsigned_abs());
        // The same at every try: whoever gets a message twice sees that it is one.
        let id = format!("<{}@{}>", it.id, self.from.domain());
        let mut builder = Message::builder()
            .from(Mailbox::new(Some(it.sender.into()), self.from.clone()))
            .to(Mailbox::new(None, address(it.recipient)?))
            .subject(it.subject)
            .date(std::time::UNIX_EPOCH + written)
            .message_id(Some(id))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".into(),
            ));
        if !it.reply_to.is_empty() {
            builder = builder.reply_to(Mailbox::new(None, address(it.reply_to)?));
        }
        builder
            .multipart(MultiPart::alternative_plain_html(it.text, it.html))
            .map_err(|it| it.to_string())
    }
}

fn tls(url: &Url, host: &Host<&str>, authority: Option<&[u8]>) -> Result<Tls, String> {
    let asked = url.query_pairs().find(|(name, _)| name == "tls");
    let asked = asked.map(|(_, value)| value.into_owned());
    let parameters = || {
        let mut builder = TlsParameters::builder(host.to_string());
        for block in authority.map(pem).unwrap_or_default() {
            let certificate = Certificate::from_pem(block.as_bytes())
                .map_err(|it| format!("smtp_ca holds no certificate: {it}"))?;
            builder = builder.add_root_certificate(certificate);
        }
        builder
            .build()
            .map_err(|it| format!("TLS is not possible: {it}"))
    };
    match (url.scheme(), asked.as_deref()) {
        ("smtps", None) => Ok(Tls::Wrapper(parameters()?)),
        ("smtp", None | Some("starttls")) => Ok(Tls::Required(parameters()?)),
        ("smtp", Some("none")) if is_here(host) => Ok(Tls::None),
        ("smtp", Some("none")) => {
            Err("smtp_url: without TLS only a mail server on this machine is used".into())
        }
        ("smtp" | "smtps", Some(_)) => {
            Err("smtp_url: tls is starttls or none; smtps:// is TLS from the start".into())
        }
        _ => Err("smtp_url begins with smtp:// or smtps://".into()),
    }
}

/// The certificates of a file, each by itself.
fn pem(file: &[u8]) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(file);
    let blocks = text.split_inclusive(END);
    blocks
        .filter(|it| it.contains(END))
        .map(str::to_owned)
        .collect()
}

fn is_here(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            *name == "localhost" || name.parse().is_ok_and(|it: IpAddr| it.is_loopback())
        }
        Host::Ipv4(it) => it.is_loopback(),
        Host::Ipv6(it) => it.is_loopback(),
    }
}

/// A mail server that refuses the log-in (53x) may be set right; one that refuses the message or the
/// address (other 5xx) will do so again.
fn is_for_good(error: &lettre::transport::smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    code.is_some_and(|it| it >= 500 && !(530..540).contains(&it))
}

fn told(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    kit::text::clip(&kit::text::clean(&text), 300).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn servers_are_named_by_addresses() {
        let new = |url| Smtp::new(url, "noreply@example.org", None).map(|_| ());
        for good in [
            "smtps://mail.example.org",
            "smtp://us%40er:p%3Ass@mail.example.org:2525",
            "smtp://mail.example.org?tls=starttls",
            "smtp://127.0.0.1:1025?tls=none",
            "smtp://[::1]?tls=none",
            "smtp://localhost?tls=none",
        ] {
            assert_eq!(new(good), Ok(()), "{good}");
        }
        for bad in [
            "mail.example.org",
            "http://mail.example.org",
            "smtp://s3cret:s3cret@mail.example.org?tls=none",
            "smtp://s3cret:s3cret@mail.example.org?tls=maybe",
            "smtps://s3cret:s3cret@mail.example.org?tls=none",
            "smtp://localhost.example.org?tls=none",
            "smtp://s3cret:s3cret%FF@mail.example.org",
        ] {
            let told = new(bad).unwrap_err();
            assert!(!told.contains("s3cret"), "{told}");
        }
        assert!(Smtp::new("smtps://mail.example.org", "nobody", None).is_err());
    }
}
