//! Devices: what uses the licences that customers buy (spec 3.2).

pub mod change;
pub mod device;
pub mod group;
pub mod moving;
pub mod registration;
pub mod status;

pub use device::Device;
pub use group::DeviceGroup;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use kit::State;

use crate::crud::{listed, op, viewed};
use crate::written::written;

#[rustfmt::skip]
pub fn routes() -> ApiRouter<State> {
    ApiRouter::new()
        .merge(listed::<Device>())
        .merge(viewed::<Device>())
        .merge(written::<Device>())
        .api_route("/devices", post_with(registration::device_create, op("device_create", "Register a device")))
        .api_route("/devices/{id}/suspend", post_with(status::device_suspend, op("device_suspend", "Suspend a device")))
        .api_route("/devices/{id}/resume", post_with(status::device_resume, op("device_resume", "Resume a suspended device")))
        .api_route("/devices/{id}/deregister", post_with(status::device_deregister, op("device_deregister", "Deregister a device")))
        .api_route("/devices/{id}/move", post_with(moving::device_move, op("device_move", "Move a device to another customer")))
        .merge(listed::<DeviceGroup>())
        .merge(viewed::<DeviceGroup>())
        .merge(written::<DeviceGroup>())
}
