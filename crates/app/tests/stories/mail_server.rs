//! A mail server on this machine: SMTP as another implementation understands it, with STARTTLS, TLS
//! and log-in, which keeps what it is given.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use mailin::response::{AUTH_OK, INVALID_CREDENTIALS, OK};
use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

pub const USER: &str = "tenantry@example.org";
pub const PASSWORD: &str = "p@ss:word/1";

/// How it wants to be talked to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Plain,
    StartTls,
    Tls,
}

/// What it was given, and how.
#[derive(Clone, Debug)]
pub struct Received {
    pub to: Vec<String>,
    pub raw: Vec<u8>,
    pub user: String,
}

#[derive(Clone, Default)]
struct Shelf {
    received: Arc<Mutex<Vec<Received>>>,
    refusal: Arc<Mutex<Option<u16>>>,
}

pub struct MailServer {
    pub port: u16,
    /// Whom to believe, in PEM.
    pub authority: Vec<u8>,
    shelf: Shelf,
    running: JoinHandle<()>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl MailServer {
    pub async fn start(way: Way) -> Self {
        Self::at(way, 0).await
    }

    /// On a port that is known already: for servers that come up late.
    pub async fn at(way: Way, port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let shelf = Shelf::default();
        let kept = shelf.clone();
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, way, acceptor.clone(), kept.clone()));
            }
        });
        Self {
            port,
            authority: made.cert.pem().into_bytes(),
            shelf,
            running,
        }
    }

    /// Answers this code to every message from now on.
    pub fn refuse(&self, code: Option<u16>) {
        *self.shelf.refusal.lock().unwrap() = code;
    }

    pub fn received(&self) -> Vec<Received> {
        self.shelf.received.lock().unwrap().clone()
    }
}

impl Received {
    pub fn header(&self, name: &str) -> String {
        use mailparse::MailHeaderMap;
        let mail = mailparse::parse_mail(&self.raw).unwrap();
        mail.headers.get_first_value(name).unwrap_or_default()
    }

    /// The two bodies: text and HTML.
    pub fn bodies(&self) -> [String; 2] {
        let mail = mailparse::parse_mail(&self.raw).unwrap();
        assert_eq!(mail.ctype.mimetype, "multipart/alternative");
        let kinds: Vec<_> = mail
            .subparts
            .iter()
            .map(|it| it.ctype.mimetype.as_str())
            .collect();
        assert_eq!(kinds, ["text/plain", "text/html"]);
        [0, 1].map(|n| mail.subparts[n].get_body().unwrap())
    }

    /// The secret of the link in it, the same in both bodies.
    pub fn token(&self) -> String {
        let [text, html] = self.bodies();
        let after = text.split_once("http://127.0.0.1:8080/").unwrap().1;
        let token = after
            .split_once('#')
            .unwrap()
            .1
            .split_whitespace()
            .next()
            .unwrap();
        assert!(html.contains(&format!("#{token}\"")), "{html}");
        token.to_owned()
    }
}

struct Desk {
    shelf: Shelf,
    user: String,
    to: Vec<String>,
    raw: Vec<u8>,
}

impl Handler for Desk {
    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        if (user, password) != (USER, PASSWORD) {
            return INVALID_CREDENTIALS;
        }
        self.user = user.into();
        AUTH_OK
    }

    fn data_start(&mut self, _: &str, _: &str, _: bool, to: &[String]) -> Response {
        (self.to, self.raw) = (to.to_vec(), vec![]);
        OK
    }

    fn data(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.raw.extend(bytes);
        Ok(())
    }

    fn rcpt(&mut self, _: &str) -> Response {
        let refusal = *self.shelf.refusal.lock().unwrap();
        refusal.map_or(OK, |code| Response::custom(code, "not today".into()))
    }

    fn data_end(&mut self) -> Response {
        self.shelf.received.lock().unwrap().push(Received {
            to: self.to.clone(),
            raw: self.raw.clone(),
            user: self.user.clone(),
        });
        OK
    }
}

async fn serve(stream: TcpStream, way: Way, acceptor: TlsAcceptor, shelf: Shelf) {
    let mut builder = SessionBuilder::new("mail.example.org");
    if way == Way::StartTls {
        builder.enable_start_tls();
    }
    if way != Way::Plain {
        builder.enable_auth(AuthMechanism::Plain);
    }
    let desk = Desk {
        shelf,
        user: String::new(),
        to: vec![],
        raw: vec![],
    };
    let mut session = builder.build(IpAddr::V4(Ipv4Addr::LOCALHOST), desk);
    let greeting = session.greeting();
    if way == Way::Tls {
        let Ok(stream) = acceptor.accept(stream).await else {
            return;
        };
        session.tls_active();
        converse(stream, &mut session, Some(greeting)).await;
        return;
    }
    let Some(stream) = converse(stream, &mut session, Some(greeting)).await else {
        return;
    };
    if let Ok(stream) = acceptor.accept(stream).await {
        session.tls_active();
        converse(stream, &mut session, None).await;
    }
}

/// Talks until one of both leaves; gives the stream back where TLS is to begin.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    session: &mut Session<Desk>,
    greeting: Option<Response>,
) -> Option<S> {
    let mut stream = BufReader::new(stream);
    if let Some(greeting) = greeting {
        stream.write_all(&greeting.buffer().unwrap()).await.ok()?;
        stream.flush().await.ok()?;
    }
    loop {
        let mut line = vec![];
        if stream.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        let response = session.process(&line);
        stream.write_all(&response.buffer().unwrap()).await.ok()?;
        stream.flush().await.ok()?;
        match response.action {
            Action::Close => return None,
            Action::UpgradeTls => return Some(stream.into_inner()),
            Action::NoReply | Action::Reply => {}
        }
    }
}
