//! Products, the blocks of licences that customers buy of them, and the pools that devices draw on
//! (spec 3).

pub mod block;
pub mod clock;
pub mod expiry;
pub mod overuse;
pub mod pool;
pub mod precedence;
pub mod preview;
pub mod product;
pub mod proof;
pub mod renewal;
pub mod rewarn;
pub mod settle;
pub mod terms;
pub mod why;
pub mod zones;

pub use block::LicenceBlock;
pub use expiry::ExpiryAlert;
pub use overuse::OveruseCase;
pub use pool::LicencePool;
pub use product::Product;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use kit::State;

use crate::crud::{listed, op, viewed};
use crate::written::written;

#[rustfmt::skip]
pub fn routes() -> ApiRouter<State> {
    ApiRouter::new()
        .merge(listed::<Product>())
        .merge(viewed::<Product>())
        .merge(written::<Product>())
        .merge(listed::<LicenceBlock>())
        .merge(viewed::<LicenceBlock>())
        .merge(written::<LicenceBlock>())
        .api_route("/licence_blocks/preview", post_with(preview::licence_block_preview, op("licence_block_preview", "What a new licence block would change")))
        .api_route("/licence_blocks/{id}/preview", post_with(preview::licence_block_change, op("licence_block_change", "What other values of a licence block would change")))
        .api_route("/licence_blocks/{id}/deletion", get_with(preview::licence_block_deletion, op("licence_block_deletion", "What deleting a licence block would change")))
        .api_route("/licence_blocks/{id}/renew", post_with(renewal::licence_block_renew, op("licence_block_renew", "Renew a licence block")))
        .api_route("/licence_blocks/{id}/not_renewed", post_with(renewal::licence_block_not_renewed, op("licence_block_not_renewed", "Mark a licence block as not renewed")))
        .merge(listed::<LicencePool>())
        .merge(viewed::<LicencePool>())
        .api_route("/licence_pools/{id}/history", get_with(pool::licence_pool_history, op("licence_pool_history", "What a pool had and used, day by day")))
        .api_route("/licence_pools/why", get_with(why::licence_pool_why, op("licence_pool_why", "Which pool a device or a tenant draws on, and why")))
        .merge(listed::<OveruseCase>())
        .merge(viewed::<OveruseCase>())
        .api_route("/overuse_cases/{id}/acknowledge", post_with(overuse::overuse_case_acknowledge, op("overuse_case_acknowledge", "Acknowledge a case of over-use")))
        .api_route("/overuse_cases/{id}/order", post_with(overuse::overuse_case_order, op("overuse_case_order", "Say that more licences were ordered for a case of over-use")))
        .merge(listed::<ExpiryAlert>())
        .merge(viewed::<ExpiryAlert>())
        .api_route("/expiry_alerts/{id}/acknowledge", post_with(expiry::expiry_alert_acknowledge, op("expiry_alert_acknowledge", "Acknowledge that a block expires")))
        .api_route("/expiry_alerts/{id}/snooze", post_with(expiry::expiry_alert_snooze, op("expiry_alert_snooze", "Leave an alert until a day")))
}
