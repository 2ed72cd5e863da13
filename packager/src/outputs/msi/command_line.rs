//! The msiexec property arguments of a tenant.

use crate::effective::{Effective, Spelled};
use crate::failure::Result;

/// `NAME="value"` for each value, separated by spaces. A double quote inside a value is doubled.
pub fn command_line(values: &[Effective]) -> Result<String> {
    let arguments: Vec<String> = values
        .iter()
        .map(|row| {
            let value = match &row.value {
                Spelled::Text(text) | Spelled::Variable(text) => text.clone(),
                Spelled::Secret(secret) => secret.reveal().to_owned(),
                Spelled::Switch(on) => u8::from(*on).to_string(),
                Spelled::List(texts) => texts.join(" "),
            };
            format!("{}=\"{}\"", row.preference.property, value.replace('"', "\"\""))
        })
        .collect();
    Ok(arguments.join(" "))
}
