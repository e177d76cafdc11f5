//! The tree: provider > reseller > customer > tenant > site (spec 1.2).

pub mod inherited;
pub mod node;
pub mod place;
pub mod policies;
pub mod provider;
pub mod reseller;
pub mod site;
pub mod tenant;

pub use provider::Provider;
pub use reseller::Reseller;
pub use site::Site;
pub use tenant::Tenant;

use kit::list::List;

/// For columns that refer to customers.
pub fn customer_list() -> &'static List {
    &crate::customers::customer::LIST
}
