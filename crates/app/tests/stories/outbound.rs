//! Calls to other servers with TLS: whom they trust (security.md 22).

use std::net::Ipv4Addr;
use std::sync::Arc;

use kit::outbound::{Outbound, Question};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A server with a certificate of its own making; gives its port and the certificate.
async fn serve(name: &str) -> (u16, String) {
    let made = rcgen::generate_simple_self_signed(vec![name.into()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 4096]).await;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                let _ = stream.write_all(answer).await;
            }
        }
    });
    (port, made.cert.pem())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_certificates_of_known_authorities_are_trusted() {
    let ask = async |port: u16, authority: Option<&str>| {
        let listed = format!("localhost:{port}").parse().unwrap();
        let outbound = Outbound::new(vec![listed], authority.map(str::as_bytes)).unwrap();
        let url = format!("https://localhost:{port}/").parse().unwrap();
        outbound.ask(Question::get(&url)).await
    };
    let (port, certificate) = serve("localhost").await;
    let untrusted = ask(port, None).await.unwrap_err();
    assert!(untrusted.0.starts_with("cannot be trusted"), "{untrusted}");
    assert_eq!(ask(port, Some(&certificate)).await.unwrap().status, 200);
    // A certificate of somebody else, whoever vouches for it.
    let (port, certificate) = serve("elsewhere.example").await;
    let other = ask(port, Some(&certificate)).await.unwrap_err();
    assert!(other.0.starts_with("cannot be trusted"), "{other}");
    assert!(Outbound::new(vec![], Some(b"-----BEGIN CERTIFICATE-----\nx")).is_err());
}
