//! Many at once: what is used stays exact.
