//! Customers (spec 2).

pub mod bin;
pub mod customer;
pub mod deletion;
mod first_blocks;
pub mod lifecycle;
pub mod local_admin;
pub mod manager;
pub mod moving;
pub mod number;
pub mod rollup;
mod services;
pub mod similar;
pub mod store;

pub use customer::{Customer, CustomerInput};
