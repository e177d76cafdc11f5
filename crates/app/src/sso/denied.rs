//! Why somebody is not let in: a code and a sentence for the person, the cause for the log.

use kit::Error;
use kit::outbound::Refusal;

/// A log-in that came to nothing.
pub struct Denied {
    pub code: &'static str,
    /// For those who run the installation and the provider: in the log and in the audit.
    pub cause: String,
    /// The address that the identity provider named.
    pub email: Option<String>,
    /// What the person is told, where it is not told by the code.
    pub told: Option<String>,
}

/// Denied for a reason, or not possible at the moment.
pub enum Stop {
    Denied(Denied),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(it: Error) -> Self {
        Self::Failed(it)
    }
}

impl From<Denied> for Stop {
    fn from(it: Denied) -> Self {
        Self::Denied(it)
    }
}

impl From<kit::conn::Error> for Stop {
    fn from(it: kit::conn::Error) -> Self {
        Self::Failed(it.into())
    }
}

pub fn denied(code: &'static str, cause: impl Into<String>) -> Denied {
    Denied {
        code,
        cause: cause.into(),
        email: None,
        told: None,
    }
}

/// The identity provider is not there, or says what it must not.
pub fn unreachable(what: &str, it: &Refusal) -> Denied {
    denied("sso_unreachable", format!("{what} {it}"))
}

impl Denied {
    pub fn error(&self, name: &str) -> Error {
        let detail = match self.code {
            "sso_unreachable" => format!(
                "{name} could not be asked. Try again in a moment; if it stays like this, tell your administrator."
            ),
            "sso_cancelled" => {
                format!("{name} did not log you in. Try again, or ask its administrator.")
            }
            "sso_email" => format!(
                "{name} did not confirm your email address, and without that nobody is let in. Ask its administrator."
            ),
            "sso_domain" => format!(
                "Your email address does not belong to the domains that log in with {name}. Ask your administrator."
            ),
            "sso_identity" => format!(
                "This email address belongs to an account that is linked to another identity at {name}. Ask your administrator to unlink it."
            ),
            "sso_account" => format!(
                "This email address cannot be used with {name}. Log in with your password, or ask your administrator."
            ),
            "sso_no_account" => {
                "There is no account for you here. Ask your administrator to add or invite you."
                    .into()
            }
            "account_locked" => {
                "Your account is locked at the moment. Ask your administrator, or try again later."
                    .into()
            }
            _ => format!(
                "The answer of {name} cannot be trusted, so nobody was logged in. Try again; if it stays like this, tell your administrator."
            ),
        };
        Error::Refused {
            code: self.code,
            detail: self.told.clone().unwrap_or(detail),
        }
    }
}
