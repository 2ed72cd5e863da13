//! The JSON Schema of `tenant.toml`.
