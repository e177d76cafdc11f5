//! What the messages say, in each language that is shipped (TREE-02). `{name}` is filled in.

use kit::choice;

use crate::values::Language;

choice! {
    /// The occasions on which people are written to.
    pub enum MailKind {
        Invitation = "invitation" "Invitation",
        PasswordReset = "password_reset" "Password reset",
        PasswordChanged = "password_changed" "Password changed",
        EmailChanged = "email_changed" "Address changed",
        AccountLocked = "account_locked" "Account locked",
        SecondFactorOn = "second_factor_on" "Second factor set up",
        SecondFactorOff = "second_factor_off" "Second factor removed",
        Overuse = "overuse" "Over-use",
        OveruseReminder = "overuse_reminder" "Over-use has doubled",
        Expiries = "expiries" "Licences that expire",
        Notifications = "notifications" "Notifications",
        Test = "test" "Test message",
    }
}

/// What is filled in, by name.
pub type Values = Vec<(&'static str, String)>;

/// A message before it is laid out. What stands between `lines` and `after` is the button of those
/// that have a link.
pub struct Words {
    pub subject: &'static str,
    pub lines: &'static [&'static str],
    pub button: &'static str,
    pub after: &'static [&'static str],
}

const fn words(
    subject: &'static str,
    lines: &'static [&'static str],
    button: &'static str,
    after: &'static [&'static str],
) -> Words {
    Words {
        subject,
        lines,
        button,
        after,
    }
}

/// The page of the console that a message's link leads to.
pub const fn page(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Invitation => "invitation",
        _ => "reset-password",
    }
}

/// Below every message: whom to ask.
pub const fn help(language: Language) -> &'static str {
    match language {
        Language::En => "Questions? {support}",
        Language::De => "Fragen? {support}",
    }
}

pub const fn words_of(kind: MailKind, language: Language) -> Words {
    match language {
        Language::En => english(kind),
        Language::De => german(kind),
    }
}

const fn english(kind: MailKind) -> Words {
    match kind {
        MailKind::Invitation => words(
            "Invitation to {node}",
            &[
                "You are invited to work at {node}, as {role}.",
                "The link works once, for 7 days.",
            ],
            "Accept the invitation",
            &["If you did not expect this, you need not do anything."],
        ),
        MailKind::PasswordReset => words(
            "Choose a new password",
            &[
                "Somebody, probably you, asked for a new password for {email}.",
                "The link works once, for an hour.",
            ],
            "Choose a new password",
            &["If it was not you, you need not do anything: your password stays as it is."],
        ),
        MailKind::PasswordChanged => words(
            "Your password was changed",
            &[
                "The password of {email} was changed at {when}. All sessions were ended.",
                "If it was neither you nor your administrator, choose “Forgot password?” on the log-in page now, and tell your administrator.",
            ],
            "",
            &[],
        ),
        MailKind::EmailChanged => words(
            "The address of your account was changed",
            &[
                "Your account does not log in with {email} any more: at {when} it got another address. Links that were sent here work no more.",
                "If it was neither you nor your administrator, tell your administrator now.",
            ],
            "",
            &[],
        ),
        MailKind::AccountLocked => words(
            "Your account is locked for 15 minutes",
            &[
                "Too many wrong passwords or codes in a row were entered for {email}. The account is locked until {until}.",
                "If it was you: wait, or ask your administrator to unlock it. If it was not you, nobody got in; tell your administrator if it happens again.",
            ],
            "",
            &[],
        ),
        MailKind::SecondFactorOn => words(
            "Your second factor is set up",
            &[
                "Logging in as {email} takes a code from your authenticator app since {when}.",
                "If it was not you, change your password now and tell your administrator.",
            ],
            "",
            &[],
        ),
        MailKind::SecondFactorOff => words(
            "Your second factor was removed",
            &[
                "Logging in as {email} takes no code any more since {when}.",
                "If it was neither you nor your administrator, change your password now and tell your administrator.",
            ],
            "",
            &[],
        ),
        MailKind::Overuse => words(
            "{customer} uses more {product} than it bought",
            &[
                "{customer} uses {used} of {purchased} licences of {product} ({tenant}): {excess} too many since {since}.",
                "Sell more, or see what happened: {url}",
            ],
            "",
            &[],
        ),
        MailKind::OveruseReminder => words(
            "{customer}: over-use of {product} has doubled",
            &[
                "{customer} uses {used} of {purchased} licences of {product} ({tenant}) now: {excess} too many, twice as many as we last told you. It began {since}.",
                "Sell more, or see what happened: {url}",
            ],
            "",
            &[],
        ),
        MailKind::Expiries => words(
            "Licences that expire: {count}",
            &["{list}", "Renew them, or mark them as not renewed: {url}"],
            "",
            &[],
        ),
        MailKind::Notifications => words(
            "{first}",
            &[
                "{list}",
                "What you are told by email is chosen in your notifications: {url}",
            ],
            "",
            &[],
        ),
        MailKind::Test => words(
            "A test message",
            &["Email works: this message was sent for {email} at {when}."],
            "",
            &[],
        ),
    }
}

const fn german(kind: MailKind) -> Words {
    match kind {
        MailKind::Invitation => words(
            "Einladung zu {node}",
            &[
                "Sie sind eingeladen, bei {node} mitzuarbeiten, als {role}.",
                "Der Link gilt einmal, 7 Tage lang.",
            ],
            "Einladung annehmen",
            &["Wenn Sie damit nicht gerechnet haben, brauchen Sie nichts zu tun."],
        ),
        MailKind::PasswordReset => words(
            "Neues Passwort wählen",
            &[
                "Jemand, vermutlich Sie, hat ein neues Passwort für {email} angefordert.",
                "Der Link gilt einmal, eine Stunde lang.",
            ],
            "Neues Passwort wählen",
            &[
                "Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.",
            ],
        ),
        MailKind::PasswordChanged => words(
            "Ihr Passwort wurde geändert",
            &[
                "Das Passwort von {email} wurde um {when} geändert. Alle Sitzungen wurden beendet.",
                "Wenn das weder Sie noch Ihr Administrator waren, wählen Sie jetzt „Passwort vergessen?“ auf der Anmeldeseite, und sagen Sie es Ihrem Administrator.",
            ],
            "",
            &[],
        ),
        MailKind::EmailChanged => words(
            "Die Adresse Ihres Kontos wurde geändert",
            &[
                "Ihr Konto meldet sich nicht mehr mit {email} an: um {when} bekam es eine andere Adresse. Links, die hierher gesendet wurden, gelten nicht mehr.",
                "Wenn das weder Sie noch Ihr Administrator waren, sagen Sie es jetzt Ihrem Administrator.",
            ],
            "",
            &[],
        ),
        MailKind::AccountLocked => words(
            "Ihr Konto ist für 15 Minuten gesperrt",
            &[
                "Für {email} wurden zu oft hintereinander falsche Passwörter oder Codes eingegeben. Das Konto ist bis {until} gesperrt.",
                "Wenn Sie das waren: warten Sie, oder bitten Sie Ihren Administrator, es zu entsperren. Wenn nicht, ist niemand hineingekommen; sagen Sie es Ihrem Administrator, wenn es noch einmal geschieht.",
            ],
            "",
            &[],
        ),
        MailKind::SecondFactorOn => words(
            "Ihr zweiter Faktor ist eingerichtet",
            &[
                "Die Anmeldung als {email} verlangt seit {when} einen Code aus Ihrer Authenticator-App.",
                "Wenn Sie das nicht waren, ändern Sie jetzt Ihr Passwort, und sagen Sie es Ihrem Administrator.",
            ],
            "",
            &[],
        ),
        MailKind::SecondFactorOff => words(
            "Ihr zweiter Faktor wurde entfernt",
            &[
                "Die Anmeldung als {email} verlangt seit {when} keinen Code mehr.",
                "Wenn das weder Sie noch Ihr Administrator waren, ändern Sie jetzt Ihr Passwort, und sagen Sie es Ihrem Administrator.",
            ],
            "",
            &[],
        ),
        MailKind::Overuse => words(
            "{customer} nutzt mehr {product}, als gekauft wurde",
            &[
                "{customer} nutzt {used} von {purchased} Lizenzen von {product} ({tenant}): {excess} zu viel, seit {since}.",
                "Verkaufen Sie mehr, oder sehen Sie nach, was geschehen ist: {url}",
            ],
            "",
            &[],
        ),
        MailKind::OveruseReminder => words(
            "{customer}: Die Übernutzung von {product} hat sich verdoppelt",
            &[
                "{customer} nutzt jetzt {used} von {purchased} Lizenzen von {product} ({tenant}): {excess} zu viel, doppelt so viele wie zuletzt gemeldet. Es begann {since}.",
                "Verkaufen Sie mehr, oder sehen Sie nach, was geschehen ist: {url}",
            ],
            "",
            &[],
        ),
        MailKind::Expiries => words(
            "Lizenzen, die ablaufen: {count}",
            &[
                "{list}",
                "Verlängern Sie sie, oder vermerken Sie, dass sie nicht verlängert werden: {url}",
            ],
            "",
            &[],
        ),
        MailKind::Notifications => words(
            "{first}",
            &[
                "{list}",
                "Was Sie per E-Mail erfahren, wählen Sie bei Ihren Mitteilungen: {url}",
            ],
            "",
            &[],
        ),
        MailKind::Test => words(
            "Eine Testnachricht",
            &["E-Mail funktioniert: diese Nachricht wurde für {email} um {when} gesendet."],
            "",
            &[],
        ),
    }
}
