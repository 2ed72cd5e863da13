//! Being built.

use serde_json::Value;

use super::{Finding, Unreadable};

/// Judges the file.
pub fn validate(_name: &str, _bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    Err(Unreadable("being built".to_owned()))
}

/// Shows the file.
pub fn inspect(_name: &str, _bytes: &[u8]) -> Result<Value, Unreadable> {
    Err(Unreadable("being built".to_owned()))
}
