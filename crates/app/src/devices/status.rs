//! Suspending, resuming and deregistering devices (DEV-02).

use kit::call::Call;
use kit::conn::Bind;
use kit::web::{At, Versioned};
use kit::{Error, Result, store};

use super::device::{Device, DeviceStatus};
use crate::licences::settle;

/// Suspends a device; it still uses its licence.
pub async fn device_suspend(call: Call, at: At<Device>) -> Result<Versioned<Device>> {
    set(call, at, "suspend", DeviceStatus::Suspended).await
}

/// Takes a suspended device back into use.
pub async fn device_resume(call: Call, at: At<Device>) -> Result<Versioned<Device>> {
    set(call, at, "resume", DeviceStatus::Active).await
}

/// Ends a device's use of its licence. Its record stays; the identifier may be registered anew.
pub async fn device_deregister(call: Call, at: At<Device>) -> Result<Versioned<Device>> {
    set(call, at, "deregister", DeviceStatus::Deregistered).await
}

async fn set(
    mut call: Call,
    At(id): At<Device>,
    action: &'static str,
    to: DeviceStatus,
) -> Result<Versioned<Device>> {
    let scope = call.allow::<Device>("update")?;
    let first = call.find(&scope, id).await?;
    first.writable(&mut call).await?;
    // Nobody else changes it, nor anything of its pools, from here on.
    settle::lock(&mut call, first.customer_id, first.product_id).await?;
    let before = call.find(&scope, id).await?;
    if before.status == to {
        return Ok(Versioned(before));
    }
    if before.status == DeviceStatus::Deregistered {
        return Err(Error::conflict(
            "deregistered",
            "This device is deregistered. Register it anew.",
        ));
    }
    let set = vec![("status", to.to_value())];
    let after = store::save(&mut call, &scope, &before, set).await?;
    if to == DeviceStatus::Deregistered {
        let (customer, product) = (before.customer_id, before.product_id);
        settle::count(&mut call, customer, product, before.tenant().uuid(), -1).await?;
        settle::settle(&mut call, customer, product).await?;
        settle::roll_up(&mut call, customer, -1).await?;
    }
    call.updated(action, &before, after).await
}
