//! `tenantry user` and `tenantry token`: for when nobody can log in.

use app::people::{User, admin};
use kit::access::Scope;
use kit::resource::Resource;
use kit::state::Settings;

use crate::Outcome;
use crate::config::{Common, TokenAction, TokenCommand, UserAction, UserCommand, call};
use crate::init::{name_of, password};

pub async fn user(common: &Common, command: UserCommand) -> Outcome {
    let state = common.state(Settings::default()).await?;
    match command.action {
        UserAction::AddAdmin { email, name } => {
            admin::create_admin(
                &state,
                &email,
                &password(true)?,
                name.as_deref().unwrap_or(name_of(&email)),
            )
            .await
            .map_err(|it| it.sentence())?;
            println!("{email} is a platform admin.");
        }
        UserAction::SetPassword { email } => {
            admin::set_password(&state, &email, &password(true)?)
                .await
                .map_err(|it| it.sentence())?;
            println!("The password of {email} is set; all sessions have ended.");
        }
        UserAction::List => {
            let mut call = call(&state);
            let mut sql = User::list().base(&Scope::everywhere());
            sql.push(" order by u.email_key");
            for it in call.query::<User>(sql).await.map_err(|it| it.sentence())? {
                println!(
                    "{}",
                    serde_json::to_string(&it).map_err(|it| it.to_string())?
                );
            }
        }
    }
    state.db.close().await;
    Ok(())
}

pub async fn token(common: &Common, command: TokenCommand) -> Outcome {
    let state = common.state(Settings::default()).await?;
    let TokenAction::Create { email, name } = command.action;
    println!(
        "{}",
        admin::create_token(&state, &email, &name)
            .await
            .map_err(|it| it.sentence())?
    );
    state.db.close().await;
    Ok(())
}
