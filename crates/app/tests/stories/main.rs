//! One story for each resource, told on SQLite and on PostgreSQL; and sweeps over every operation.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[macro_use]
mod harness;
mod audit;
mod batch;
mod contacts;
mod customers;
mod devices;
mod flood;
mod idempotency;
mod imports;
mod licences;
mod licences_clock;
mod licences_load;
mod lifecycle;
mod links;
mod lists;
mod local_admin;
mod mail;
mod mail_server;
mod matrix;
mod moving;
mod outbound;
mod people;
mod policies;
mod revocation;
mod roles;
mod scope;
mod second_factor;
mod sso;
mod sso_domains;
mod sso_issuer;
mod sso_refused;
mod sweeps;
mod tree;
mod work_as;
