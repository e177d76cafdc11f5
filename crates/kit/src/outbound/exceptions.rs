//! Hosts that the operator lets this server call although they are not public (security.md 22).

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// A host and a port, as `idp.example.internal:8443`: called at whatever address it has, and without
/// TLS too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostPort {
    host: Host,
    port: u16,
}

impl FromStr for HostPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("“{text}” is not host:port, such as idp.example.internal:8443 or [::1]:9000")
        };
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(wrong)?;
        Ok(Self {
            host: Host::parse(host).map_err(|_| wrong())?,
            port: port.parse().map_err(|_| wrong())?,
        })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl HostPort {
    pub fn is_of(&self, url: &Url) -> bool {
        let host = url.host().map(|it| it.to_owned());
        host.as_ref() == Some(&self.host) && url.port_or_known_default() == Some(self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_listed_with_its_port() {
        let listed: HostPort = "IDP.example.internal:8443".parse().unwrap();
        let is_of = |url: &str| listed.is_of(&url.parse().unwrap());
        assert!(is_of("https://idp.example.internal:8443/realms/a"));
        assert!(!is_of("https://idp.example.internal/"));
        assert!(!is_of("https://x.idp.example.internal:8443/"));
        assert!(!is_of(
            "https://idp.example.internal:8443@evil.example:8443/"
        ));
        let v6: HostPort = "[::1]:443".parse().unwrap();
        assert!(v6.is_of(&"https://[0:0:0:0:0:0:0:1]/".parse().unwrap()));
        for wrong in [
            "idp",
            "idp:",
            "idp:99999",
            ":80",
            "https://idp:80",
            "a b:80",
        ] {
            assert!(wrong.parse::<HostPort>().is_err(), "{wrong}");
        }
    }
}
