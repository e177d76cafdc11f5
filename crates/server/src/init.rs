//! `tenantry init`: the first admin and the house provider. There is no default account.

use std::io::BufRead;

use app::people::admin;
use app::tree::provider::{self, ProviderInput};
use kit::access::Scope;
use kit::event::Event;
use kit::state::Settings;
use serde_json::json;

use crate::Outcome;
use crate::config::{Common, Init, call};

pub async fn run(common: &Common, init: Init) -> Outcome {
    let state = common.state(Settings::default()).await?;
    let existing: (i64,) = state
        .db
        .read()
        .query_one(kit::sql!("select count(*) from users"))
        .await
        .map_err(|it| it.to_string())?;
    if existing.0 > 0 {
        return Err(
            "this database is set up already. To add an admin: tenantry user add-admin --email …"
                .into(),
        );
    }
    let password = password(init.password_stdin)?;
    house_provider(&state, &init.provider, &init.time_zone).await?;
    admin::create_admin(&state, &init.email, &password, name_of(&init.email))
        .await
        .map_err(|it| it.sentence())?;
    println!(
        "{} is the platform's admin; {} is the house provider.",
        init.email, init.provider
    );
    if init.print_token {
        println!(
            "{}",
            admin::create_token(&state, &init.email, "init")
                .await
                .map_err(|it| it.sentence())?
        );
    }
    println!("Next: tenantry serve");
    state.db.close().await;
    Ok(())
}

pub async fn house_provider(
    state: &kit::State,
    name: &str,
    time_zone: &str,
) -> Result<provider::Provider, String> {
    let code = code(name);
    let fields = json!({ "name": name, "code": code, "time_zone": time_zone });
    let input: ProviderInput = kit::body::read(fields.as_object().cloned().unwrap_or_default())
        .map_err(|it| it.sentence())?;
    let mut call = call(state);
    let made = async {
        let id = provider::create(&mut call, input, true).await?;
        let provider = call.find(&Scope::everywhere(), id).await?;
        call.commit(Event::created(&provider)).await?;
        Ok::<_, kit::Error>(provider)
    };
    made.await.map_err(|it| it.sentence())
}

/// A code from a name: `Example & Sons Ltd` is `example-sons-ltd`.
fn code(name: &str) -> String {
    let folded = kit::text::search_text(name);
    let words = folded
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|it| !it.is_empty());
    let code = words.collect::<Vec<_>>().join("-");
    let code: String = code.chars().take(20).collect();
    let code = code.trim_matches('-');
    if code.is_empty() {
        "house".into()
    } else {
        code.into()
    }
}

/// What an admin is called until they say otherwise: the part before the `@`.
pub fn name_of(email: &str) -> &str {
    email.split('@').next().unwrap_or(email)
}

/// A password from standard input: from a pipe, or typed.
pub fn password(stdin: bool) -> Result<String, String> {
    if !stdin {
        return Err("a password is read from standard input: add --password-stdin and pipe it in, so that it stands in no history".into());
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|it| format!("cannot read the password: {it}"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
