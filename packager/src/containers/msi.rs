//! Windows Installer databases as a format: stream names, table schemas, and a reader of its own.
//!
//! Source: Microsoft's "Database Tables" and the layout that msi.dll, Wine and msitools agree on. Nothing here
//! writes: the `msi` crate does, and this reader is what judges it.

pub mod codepage;
pub mod column;
pub mod database;
pub mod file_version;
pub mod names;
pub mod schema;
pub mod summary;
