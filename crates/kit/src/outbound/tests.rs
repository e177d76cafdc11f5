//! What goes out, and what does not: servers on this machine that answer as they should not.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A server that answers everybody with the same bytes, and counts who came.
struct Server {
    port: u16,
    visits: Arc<AtomicUsize>,
}

async fn serve(answer: Vec<u8>, pause: Duration) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = visits.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await;
                for part in answer.chunks(16 * 1024) {
                    tokio::time::sleep(pause).await;
                    if stream.write_all(part).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Server { port, visits }
}

fn answer(head: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

fn listed(port: u16) -> Outbound {
    let it = Outbound::new(vec![format!("127.0.0.1:{port}").parse().unwrap()], None);
    Outbound {
        deadline: Duration::from_millis(800),
        ..it.unwrap()
    }
}

async fn get(outbound: &Outbound, url: &str) -> Result<Answer, Refusal> {
    let url = Url::parse(url).unwrap();
    outbound.ask(Question::get(&url)).await
}

/// Answers each question about a name with the next addresses.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Vec<SocketAddr>>>,
    asked: AtomicUsize,
}

impl Resolver for Arc<Script> {
    fn resolve<'a>(&'a self, _: &'a str, _: u16) -> Addresses<'a> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let next = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { Ok(next.unwrap_or_default()) })
    }
}

#[tokio::test]
async fn what_is_listed_is_asked() {
    let server = serve(answer("200 OK", r#"{"a":1}"#), Duration::ZERO).await;
    let outbound = listed(server.port);
    let url = format!("http://127.0.0.1:{}/x?y=1", server.port);
    let it: serde_json::Value = get(&outbound, &url).await.unwrap().json().unwrap();
    assert_eq!(it["a"], 1);
    assert_eq!(server.visits.load(Ordering::SeqCst), 1);
    // The same machine by another name is not what was listed.
    let other = format!("http://localhost:{}/x", server.port);
    let told = get(&outbound, &other).await.unwrap_err();
    assert!(told.0.contains("https://"), "{told}");
}

#[tokio::test]
async fn private_addresses_are_refused_however_they_are_written() {
    let server = serve(answer("200 OK", "{}"), Duration::ZERO).await;
    let outbound = Outbound::default();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "①②⑦.⓪.⓪.①",
        "0",
        "0.0.0.0",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST.",
        "169.254.169.254",
        "10.1.2.3",
        "192.168.0.1",
        "[fe80::1]",
        "[fd00::1]",
    ] {
        let told = get(&outbound, &format!("https://{host}:{}/", server.port)).await;
        let told = told.unwrap_err();
        assert!(
            told.0.contains("not public") || told.0.contains("nobody knows"),
            "{host}: {told}"
        );
        let plain = get(&outbound, &format!("http://{host}:{}/", server.port)).await;
        assert!(plain.unwrap_err().0.contains("https://"), "{host}");
    }
    assert_eq!(server.visits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_is_resolved_once_and_all_of_it_must_be_public() {
    let server = serve(answer("200 OK", "{}"), Duration::ZERO).await;
    let inside = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port));
    // Documentation addresses of RFC 5737 are not public either: one that is, and that nobody answers.
    let outside = SocketAddr::from((Ipv4Addr::new(223, 255, 255, 254), server.port));
    let script = Arc::new(Script::default());
    let outbound = Outbound {
        resolver: Arc::new(script.clone()),
        deadline: Duration::from_millis(400),
        ..Outbound::default()
    };
    let url = format!("https://rebind.example:{}/", server.port);
    *script.answers.lock().unwrap() = [vec![outside], vec![inside]].into();
    let told = get(&outbound, &url).await.unwrap_err();
    assert!(
        told.0.contains("reached") || told.0.contains("within"),
        "{told}"
    );
    assert_eq!(script.asked.load(Ordering::SeqCst), 1);
    // Now it says something else, and is refused for that.
    assert!(
        get(&outbound, &url)
            .await
            .unwrap_err()
            .0
            .contains("not public")
    );
    *script.answers.lock().unwrap() = [vec![outside, inside]].into();
    assert!(
        get(&outbound, &url)
            .await
            .unwrap_err()
            .0
            .contains("not public")
    );
    assert_eq!(server.visits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let inside = serve(answer("200 OK", "{}"), Duration::ZERO).await;
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Again",
        "308 For good",
    ] {
        let head = format!("{status}\r\nlocation: http://127.0.0.1:{}/", inside.port);
        let server = serve(answer(&head, ""), Duration::ZERO).await;
        let outbound = listed(server.port);
        let told = get(&outbound, &format!("http://127.0.0.1:{}/", server.port)).await;
        assert!(told.unwrap_err().0.contains("redirect"), "{status}");
    }
    assert_eq!(inside.visits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn huge_and_slow_answers_are_cut_off() {
    let huge = "x".repeat(MOST + 1);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{huge}\r\n0\r\n\r\n",
        huge.len()
    );
    let endless_head = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(4 * MOST));
    for bytes in [
        answer("200 OK", &huge),
        chunked.into_bytes(),
        endless_head.into_bytes(),
    ] {
        let server = serve(bytes, Duration::ZERO).await;
        let url = format!("http://127.0.0.1:{}/", server.port);
        assert!(get(&listed(server.port), &url).await.is_err());
    }
    let just = serve(answer("200 OK", &"x".repeat(MOST)), Duration::ZERO).await;
    let url = format!("http://127.0.0.1:{}/", just.port);
    assert_eq!(
        get(&listed(just.port), &url).await.unwrap().body.len(),
        MOST
    );

    let slow = serve(
        answer("200 OK", &"x".repeat(MOST)),
        Duration::from_millis(150),
    )
    .await;
    let url = format!("http://127.0.0.1:{}/", slow.port);
    let begun = std::time::Instant::now();
    let told = get(&listed(slow.port), &url).await.unwrap_err();
    assert!(told.0.contains("within"), "{told}");
    assert!(begun.elapsed() < Duration::from_secs(3));
    let silent = serve(vec![], Duration::ZERO).await;
    let url = format!("http://127.0.0.1:{}/", silent.port);
    assert!(get(&listed(silent.port), &url).await.is_err());
}

#[test]
fn addresses_are_looked_at_before_they_are_kept() {
    let outbound = listed(9000);
    for good in [
        "https://id.example.org",
        "https://id.example.org:8443/a/b",
        "http://127.0.0.1:9000",
    ] {
        assert!(outbound.parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "id.example.org",
        "http://id.example.org",
        "http://127.0.0.1:9001",
        "file:///etc/passwd",
        "ftp://id.example.org",
        "https://user:password@id.example.org",
        "javascript:alert(1)",
    ] {
        assert!(outbound.parse(bad).is_err(), "{bad}");
    }
}
