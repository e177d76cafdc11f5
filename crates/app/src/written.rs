//! The handlers that write, the same for every resource: create, replace, change, delete, batch.

use aide::axum::ApiRouter;
use aide::axum::routing::{post_with, put_with};
use kit::access::Scope;
use kit::body::{Body, Edit};
use kit::call::Call;
use kit::event::{Change, Event};
use kit::resource::Editable;
use kit::web::{At, Created, Done, Versioned};
use kit::{Error, Result, State};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Map;
use uuid::Uuid;

use crate::batch::{OP_BATCH, batch};
use crate::crud::op;

/// A kind of record that people write. Single operations, batches and the undo of imports all end
/// in these functions; whoever calls them has authorised the call and commits with the events.
pub trait Written: Editable {
    /// What a new one is made of: the input, and where it goes.
    type New: DeserializeOwned + JsonSchema + Clone + Send + 'static;
    /// Whether there is a delete action.
    const DELETES: bool = true;
    /// Whether a single one is made of no more than `New`; else its `POST` is its own.
    const POSTS: bool = true;

    fn create(
        call: &mut Call,
        scope: &Scope,
        new: Self::New,
    ) -> impl Future<Output = Result<(Self, Vec<Event>)>> + Send;

    /// Many, in their order; fails as a whole. Overridden where many are made faster than one by one.
    fn create_all(
        call: &mut Call,
        scope: &Scope,
        new: Vec<Self::New>,
    ) -> impl Future<Output = Result<Vec<(Self, Vec<Event>)>>> + Send {
        async move {
            let mut made = Vec::with_capacity(new.len());
            for it in new {
                made.push(Self::create(call, scope, it).await?);
            }
            Ok(made)
        }
    }

    /// Changes a record that is still as it was read.
    fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self>> + Send;

    /// Deletes a record that is still as it was read, or tells what is in the way.
    fn delete(
        _: &mut Call,
        _: &Scope,
        _: &Self,
    ) -> impl Future<Output = Result<Vec<Event>>> + Send {
        async { Err(Error::MethodNotAllowed) }
    }

    /// Deletes a record for good, also where the delete action would leave it in the bin: for what
    /// should never have been.
    fn erase(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
    ) -> impl Future<Output = Result<Vec<Event>>> + Send {
        Self::delete(call, scope, before)
    }

    /// Takes back what was done to a record besides changing its fields, and for which customer.
    fn take_back(
        _: &mut Call,
        _: &Scope,
        _: &Self,
        _customer: Option<Uuid>,
        _changes: &[Change],
    ) -> impl Future<Output = Result<Vec<Event>>> + Send {
        async { Err(Error::MethodNotAllowed) }
    }
}

/// `POST /sites`, `PUT`, `PATCH` and `DELETE /sites/{id}`, `POST /sites/batch`.
pub fn written<T: Written>() -> ApiRouter<State> {
    let (one, words) = (T::ONE, T::ONE.replace('_', " "));
    let mut single = put_with(
        update::<T>,
        op(format!("{one}_replace"), format!("Replace a {words}")),
    )
    .patch_with(
        update::<T>,
        op(format!("{one}_update"), format!("Change a {words}")),
    );
    if T::DELETES {
        single = single.delete_with(
            delete::<T>,
            op(format!("{one}_delete"), format!("Delete a {words}")),
        );
    }
    let mut all = ApiRouter::new();
    if T::POSTS {
        let op = op(format!("{one}_create"), format!("Add a {words}"));
        all = all.api_route(&format!("/{}", T::NAME), post_with(create::<T>, op));
    }
    let words = T::NAME.replace('_', " ");
    all.api_route(&format!("/{}/{{id}}", T::NAME), single)
        .api_route(
            &format!("/{}/batch", T::NAME),
            post_with(batch::<T>, |it| {
                op(
                    format!("{one}_batch"),
                    format!("Write many {words} at once"),
                )(it)
                .description(OP_BATCH)
            }),
        )
}

async fn create<T: Written>(mut call: Call, Body(new): Body<T::New>) -> Result<Created<T>> {
    let scope = call.allow::<T>("create")?;
    let (made, events) = T::create(&mut call, &scope, new).await?;
    call.created(made, events).await
}

async fn update<T: Written>(mut call: Call, At(id): At<T>, edit: Edit<T>) -> Result<Versioned<T>> {
    let scope = call.allow::<T>("update")?;
    let before = call.find(&scope, id).await?;
    call.match_version(&before)?;
    let more = match edit.names_more() {
        true => before.more(&mut call).await?,
        false => Map::new(),
    };
    let input = edit.apply_beside(&before, more)?;
    let after = T::update(&mut call, &scope, &before, input).await?;
    call.updated("update", &before, after).await
}

async fn delete<T: Written>(mut call: Call, At(id): At<T>) -> Result<Done> {
    let scope = call.allow::<T>("delete")?;
    let before = call.find(&scope, id).await?;
    call.match_version(&before)?;
    let events = T::delete(&mut call, &scope, &before).await?;
    call.commit(events).await?;
    Ok(Done)
}
