//! Detect: which MCP servers, skills and plugins the AI clients of a home have.
//!
//! ```text
//! Place (one home) -> clients: global files -> Configuration     walk -> project files -> Configuration, Skill
//!                  -> plugins -> Plugin, Configuration           -> Inventory (redacted) -> table | JSON | tenant
//! ```
//!
//! What a file says is a secret until `redact` has been over it: only the types of `inventory` leave this module, and
//! they are made of redacted texts. Nothing is written, and no program is started.

pub mod clients;
pub mod content;
pub mod delivery;
pub mod document;
pub mod entry;
pub mod home;
pub mod inventory;
pub mod place;
pub mod plugins;
pub mod redact;
pub mod skills;
pub mod sqlite;
pub mod standing;
pub mod table;
pub mod walk;
