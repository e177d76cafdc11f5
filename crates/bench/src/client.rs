//! The smallest HTTP/1.1 client that keeps a connection alive: a real one would spend more on a
//! request than the server does on some answers, on the same cores.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::{Outcome, told};

pub struct Client {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
    /// The body of the last answer.
    pub body: Vec<u8>,
}

/// A request's text. Everything but the path and the body is the same for all requests of a run.
pub fn request(method: &str, path: &str, token: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    written(
        method,
        path,
        token,
        &format!("Content-Type: {kind}\r\n"),
        body,
    )
}

/// The same with headers of its own, each ending its line.
pub fn written(method: &str, path: &str, token: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub fn get(path: &str, token: &str) -> Vec<u8> {
    request("GET", path, token, "", b"")
}

pub fn post(path: &str, token: &str, body: &[u8]) -> Vec<u8> {
    request("POST", path, token, "application/json", body)
}

impl Client {
    #[allow(
        clippy::disallowed_methods,
        reason = "the server under test, on this machine"
    )]
    pub async fn connect(port: u16) -> Outcome<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .map_err(told)?;
        stream.set_nodelay(true).map_err(told)?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            line: vec![],
            body: vec![],
        })
    }

    /// Sends a request and keeps the body of its answer.
    pub async fn send(&mut self, request: &[u8]) -> Outcome<u16> {
        let mut body = std::mem::take(&mut self.body);
        body.clear();
        let status = self
            .exchange(request, |piece| body.extend_from_slice(piece))
            .await;
        self.body = body;
        status
    }

    /// The answer of a request that must succeed, as JSON.
    pub async fn json(&mut self, request: &[u8]) -> Outcome<serde_json::Value> {
        let status = self.send(request).await?;
        if !(200..300).contains(&status) {
            let text = String::from_utf8_lossy(&self.body);
            return Err(format!("{status}: {text}"));
        }
        serde_json::from_slice(&self.body).map_err(told)
    }

    /// Sends a request and shows each piece of the answer's body as it comes.
    pub async fn exchange(&mut self, request: &[u8], mut body: impl FnMut(&[u8])) -> Outcome<u16> {
        self.stream.write_all(request).await.map_err(told)?;
        let status = self.line().await?;
        let status: u16 = std::str::from_utf8(status.get(9..12).unwrap_or_default())
            .ok()
            .and_then(|it| it.parse().ok())
            .ok_or("an answer without a status")?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line().await?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            let text = std::str::from_utf8(&line).unwrap_or_default();
            if let Some(it) = text.strip_prefix("content-length:") {
                length = it.trim().parse().map_err(told)?;
            }
            chunked |= text.strip_prefix("transfer-encoding:").is_some();
        }
        if !chunked {
            self.take(length, &mut body).await?;
            return Ok(status);
        }
        loop {
            let line = self.line().await?;
            let size = std::str::from_utf8(line).map_err(told)?;
            let size = usize::from_str_radix(size, 16).map_err(told)?;
            self.take(size, &mut body).await?;
            self.line().await?;
            if size == 0 {
                return Ok(status);
            }
        }
    }

    async fn line(&mut self) -> Outcome<&[u8]> {
        self.line.clear();
        let read = self.stream.read_until(b'\n', &mut self.line).await;
        if read.map_err(told)? == 0 {
            return Err("the server closed the connection".into());
        }
        let end = self.line.strip_suffix(b"\r\n").map_or(0, <[u8]>::len);
        Ok(&self.line[..end])
    }

    async fn take(&mut self, mut left: usize, body: &mut impl FnMut(&[u8])) -> Outcome {
        let mut piece = [0; 16 * 1024];
        while left > 0 {
            let most = left.min(piece.len());
            let read = self.stream.read(&mut piece[..most]).await.map_err(told)?;
            if read == 0 {
                return Err("the answer broke off".into());
            }
            body(&piece[..read]);
            left -= read;
        }
        Ok(())
    }
}
