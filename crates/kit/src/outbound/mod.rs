//! The one way out (security.md 22): HTTP to servers that people name, such as an identity provider.
//! A name is resolved once, every address of it must be public, and the connection goes to exactly
//! these addresses; redirects are not followed; size and time have limits. The operator may list
//! hosts to which none of this but the limits applies.

mod address;
mod exceptions;
#[cfg(test)]
mod tests;

pub use exceptions::HostPort;

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{HeaderValue, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use url::{Host, Url};

/// The longest answer in bytes, and how long all of it may take.
const MOST: usize = 256 * 1024;
const DEADLINE: Duration = Duration::from_secs(10);

/// How many calls go out at once, and how many addresses of a name are tried.
const AT_ONCE: usize = 16;
const ADDRESSES: usize = 4;

/// Calls servers elsewhere. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    allow: Arc<[HostPort]>,
    authorities: Arc<[CertificateDer<'static>]>,
    tls: Arc<OnceLock<Result<Arc<ClientConfig>, String>>>,
    slots: Arc<Semaphore>,
    resolver: Arc<dyn Resolver>,
    deadline: Duration,
}

/// What is asked: a GET, or a POST of a form.
pub struct Question<'a> {
    pub url: &'a Url,
    pub form: Option<String>,
    pub authorization: Option<String>,
}

impl<'a> Question<'a> {
    pub fn get(url: &'a Url) -> Self {
        Self {
            url,
            form: None,
            authorization: None,
        }
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Answer {
    /// The JSON of a good answer.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if self.status != StatusCode::OK {
            return Err(Refusal(format!("answers {}", self.status)));
        }
        serde_json::from_slice(&self.body)
            .map_err(|it| Refusal(format!("answers something else than the JSON wanted: {it}")))
    }
}

/// Why there is no answer: a sentence without a subject, for those who set it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type Addresses<'a> = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Finds the addresses of a name: the machine does, or a test.
trait Resolver: Send + Sync {
    fn resolve<'a>(&'a self, name: &'a str, port: u16) -> Addresses<'a>;
}

struct Machine;

impl Resolver for Machine {
    fn resolve<'a>(&'a self, name: &'a str, port: u16) -> Addresses<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, port)).await?.collect()) })
    }
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            allow: Arc::default(),
            authorities: Arc::default(),
            tls: Arc::default(),
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            resolver: Arc::new(Machine),
            deadline: DEADLINE,
        }
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outbound").field(&self.allow).finish()
    }
}

impl Outbound {
    /// With the hosts that the operator lists, and a PEM file of authorities besides the system's.
    pub fn new(allow: Vec<HostPort>, authorities: Option<&[u8]>) -> Result<Self, String> {
        let authorities: Result<Vec<_>, _> = authorities
            .map(|it| CertificateDer::pem_slice_iter(it).collect())
            .unwrap_or_else(|| Ok(vec![]));
        let authorities =
            authorities.map_err(|it| format!("outbound_ca holds no certificate: {it}"))?;
        Ok(Self {
            allow: allow.into(),
            authorities: authorities.into(),
            ..Self::default()
        })
    }

    /// An address that may be called: with TLS, or listed by the operator. Whom its name leads to is
    /// looked at when it is called.
    pub fn parse(&self, text: &str) -> Result<Url, Refusal> {
        let refused = |why: &str| Err(Refusal(why.into()));
        let Ok(url) = Url::parse(text) else {
            return refused("is no address such as https://id.example.org");
        };
        let plain = url.scheme() == "http";
        if url.host().is_none() || !plain && url.scheme() != "https" {
            return refused("is no address such as https://id.example.org");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("holds a user name or password");
        }
        if plain && !self.is_listed(&url) {
            return refused("begins with http://; only https:// is called");
        }
        Ok(url)
    }

    fn is_listed(&self, url: &Url) -> bool {
        self.allow.iter().any(|it| it.is_of(url))
    }

    /// Asks once; no answer is waited for longer than ten seconds in all.
    pub async fn ask(&self, question: Question<'_>) -> Result<Answer, Refusal> {
        let all = async {
            let slot = self.slots.acquire().await;
            let _slot = slot.map_err(|_| Refusal("is not called: this server stops".into()))?;
            let url = self.parse(question.url.as_str())?;
            let stream = self.connect(&url).await?;
            let request = request(&url, question)?;
            if url.scheme() == "http" {
                return exchange(stream, request).await;
            }
            exchange(self.encrypt(&url, stream).await?, request).await
        };
        let answered = tokio::time::timeout(self.deadline, all).await;
        answered.unwrap_or_else(|_| {
            let seconds = self.deadline.as_secs();
            Err(Refusal(format!("does not answer within {seconds} seconds")))
        })
    }

    /// To an address that was looked at: the name is not asked for again.
    #[allow(clippy::disallowed_methods, reason = "the one way out")]
    async fn connect(&self, url: &Url) -> Result<TcpStream, Refusal> {
        let mut why = "has no address".to_owned();
        for address in self.addresses(url).await? {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => why = format!("cannot be reached: {error}"),
            }
        }
        Err(Refusal(why))
    }

    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, Refusal> {
        let port = url.port_or_known_default().unwrap_or(443);
        let found = match url.host() {
            Some(Host::Ipv4(it)) => vec![SocketAddr::from((it, port))],
            Some(Host::Ipv6(it)) => vec![SocketAddr::from((it, port))],
            Some(Host::Domain(name)) => {
                let found = self.resolver.resolve(name, port).await;
                found.map_err(|_| Refusal("has a name that nobody knows".into()))?
            }
            None => vec![],
        };
        if !self.is_listed(url) && !found.iter().all(|it| address::is_public(it.ip())) {
            return Err(Refusal(
                "lies at an address that is not public; the operator of this installation can list it in outbound_allow".into(),
            ));
        }
        Ok(found.into_iter().take(ADDRESSES).collect())
    }

    async fn encrypt(
        &self,
        url: &Url,
        stream: TcpStream,
    ) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + 'static, Refusal> {
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|it| Refusal(it.to_string()))?;
        let config = self.tls.get_or_init(|| config(&self.authorities)).clone();
        let connector = TlsConnector::from(config.map_err(Refusal)?);
        let connected = connector.connect(name, stream).await;
        connected.map_err(|it| Refusal(format!("cannot be trusted: {it}")))
    }
}

fn config(authorities: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(authorities.iter().cloned());
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|it| format!("TLS is not possible: {it}"))?;
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config))
}

fn request(url: &Url, question: Question<'_>) -> Result<Request<Full<Bytes>>, Refusal> {
    let told = |it: axum::http::Error| Refusal(it.to_string());
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut builder = Request::builder()
        .uri(path)
        .header(header::HOST, host)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "tenantry");
    if let Some(authorization) = question.authorization {
        let mut value = HeaderValue::try_from(authorization).map_err(|it| told(it.into()))?;
        value.set_sensitive(true);
        builder = builder.header(header::AUTHORIZATION, value);
    }
    if let Some(form) = question.form {
        let kind = "application/x-www-form-urlencoded";
        let builder = builder.method("POST").header(header::CONTENT_TYPE, kind);
        return builder.body(Full::from(form)).map_err(told);
    }
    builder.body(Full::default()).map_err(told)
}

#[allow(clippy::disallowed_methods, reason = "the one way out")]
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Refusal> {
    let told = |it: hyper::Error| Refusal(format!("does not speak HTTP as it should: {it}"));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(told)?;
    let asked = async {
        let response = sender.send_request(request).await.map_err(told)?;
        let status = response.status();
        if status.is_redirection() {
            return Err(Refusal(format!(
                "answers with a redirect ({status}), which is not followed; enter the address that it leads to"
            )));
        }
        let body = Limited::new(response.into_body(), MOST).collect().await;
        let body = body.map_err(|_| {
            Refusal(format!(
                "breaks off, or answers more than {} KiB",
                MOST / 1024
            ))
        })?;
        let body = body.to_bytes();
        Ok(Answer { status, body })
    };
    // The connection lives no longer than this question, which hears itself of its end: some servers
    // hang up as soon as they have answered.
    let carried = async {
        let _ = connection.await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        answer = asked => answer,
        never = carried => match never {},
    }
}
