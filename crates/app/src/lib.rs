//! The product: a folder for each area of the business, a file for each resource.

pub mod audit;
pub mod background;
pub mod batch;
pub mod crud;
pub mod customers;
pub mod devices;
pub mod document;
pub mod exchange;
pub mod licences;
pub mod mail;
pub mod notifications;
pub mod people;
pub mod router;
pub mod search;
pub mod secrets;
pub mod sso;
pub mod tree;
pub mod values;
pub mod written;
