//! `tenantry export`: any list, with the API's filters.

use std::io::Write;

use app::audit::AuditEvent;
use app::crud;
use app::customers::Customer;
use app::devices::Device;
use app::licences::{LicenceBlock, Product};
use app::people::{Contact, ContactLink, User};
use app::tree::{Provider, Reseller, Site, Tenant};
use futures::StreamExt;
use kit::list::Query;
use kit::resource::Resource;
use kit::state::Settings;
use kit::{State, call::Call, call::Origin};

use crate::Outcome;
use crate::config::{Common, Export, operator};

pub async fn run(common: &Common, export: Export) -> Outcome {
    let state = common.state(Settings::default()).await?;
    match export.list.as_str() {
        "customers" => write::<Customer>(&state, &export).await?,
        "providers" => write::<Provider>(&state, &export).await?,
        "resellers" => write::<Reseller>(&state, &export).await?,
        "tenants" => write::<Tenant>(&state, &export).await?,
        "sites" => write::<Site>(&state, &export).await?,
        "contacts" => write::<Contact>(&state, &export).await?,
        "contact_links" => write::<ContactLink>(&state, &export).await?,
        "products" => write::<Product>(&state, &export).await?,
        "licence_blocks" => write::<LicenceBlock>(&state, &export).await?,
        "devices" => write::<Device>(&state, &export).await?,
        "users" => write::<User>(&state, &export).await?,
        _ => write::<AuditEvent>(&state, &export).await?,
    }
    state.db.close().await;
    Ok(())
}

async fn write<T: Resource>(state: &State, export: &Export) -> Outcome {
    let mut query = Query(vec![("format".into(), export.format.clone())]);
    for filter in &export.filters {
        let (name, value) = filter
            .split_once('=')
            .ok_or_else(|| format!("“{filter}” is no filter; write it as country=DE"))?;
        query.0.push((name.into(), value.into()));
    }
    let call = Call::reading(state, operator(), Origin::default());
    let response = crud::export::<T>(call, query)
        .await
        .map_err(|it| it.sentence())?;
    let mut out: Box<dyn Write> = match &export.output {
        Some(file) => Box::new(
            std::fs::File::create(file)
                .map_err(|it| format!("cannot write {}: {it}", file.display()))?,
        ),
        None => Box::new(std::io::stdout().lock()),
    };
    let mut pieces = response.into_body().into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|it| format!("the export broke off: {it}"))?;
        out.write_all(&piece)
            .map_err(|it| format!("cannot write: {it}"))?;
    }
    out.flush().map_err(|it| format!("cannot write: {it}"))
}
