//! What may be seen of a text that may hold secrets. Pure.
//!
//! A secret is found in three ways: by where it stands (variables, headers, sign-ins and queries of addresses), by its
//! name (`--token x`, `"apiKey": "x"`), and by its looks (`keys`: a vendor's beginning, or random). References to
//! variables such as `${TOKEN}` are kept, their defaults are not. What is redacted stays as it is when it is redacted
//! again, and JSON stays JSON.

use std::borrow::Cow;

use found::{Found, redacted};

mod address;
mod assignment;
mod block;
mod context;
mod document;
mod found;
mod keys;
mod names;
mod option;
mod reference;
mod shapes;
mod value;

/// What stands in a secret's place.
pub const MARKER: &str = "<redacted>";

/// Variables whose values are shown, unless they hold a key.
const HARMLESS_VARIABLES: [&str; 6] = ["DEBUG", "HOST", "LOG_LEVEL", "NODE_ENV", "PORT", "TZ"];
/// Headers whose values are shown, unless they hold a key.
const HARMLESS_HEADERS: [&str; 3] = ["Accept", "Content-Type", "User-Agent"];
/// Names of members that hold variables, then such that hold headers, with the names in them that are harmless.
const CONTAINERS: [(&str, &[&str]); 7] = [
    ("env", &HARMLESS_VARIABLES),
    ("envs", &HARMLESS_VARIABLES),
    ("environment", &HARMLESS_VARIABLES),
    ("env_vars", &HARMLESS_VARIABLES),
    ("headers", &HARMLESS_HEADERS),
    ("http_headers", &HARMLESS_HEADERS),
    ("requestHeaders", &HARMLESS_HEADERS),
];
/// How many of the containers hold variables.
const VARIABLES_NAMES: usize = 4;

/// The value of a program's variable.
pub fn variable(name: &str, value: &str) -> String {
    named(value, HARMLESS_VARIABLES.contains(&name))
}

/// The value of a request's header.
pub fn header(name: &str, value: &str) -> String {
    named(value, HARMLESS_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)))
}

fn named(value: &str, harmless: bool) -> String {
    if harmless { text(value).into_owned() } else { reference::hide(value) }
}

/// An address, without what authorizes: user and password, values of the query, and words that look like keys.
pub fn url(text: &str) -> String {
    let find = |text: &str, found: &mut Found| {
        address::whole(text, found);
        option::everywhere(text, true, found);
    };
    redacted(text, &find).into_owned()
}

/// A program, which may be a whole command line.
pub fn command(text: &str) -> String {
    redacted(text, &|text, found| option::everywhere(text, true, found)).into_owned()
}

/// A program's arguments.
pub fn arguments(args: &[String]) -> Vec<String> {
    option::arguments(args)
}

/// Any other text, of a line or of a whole file: a skill, a script, a manifest.
pub fn text(text: &str) -> Cow<'_, str> {
    document::redacted(text).unwrap_or_else(|| lines(text))
}

/// A text that is not JSON.
fn lines(text: &str) -> Cow<'_, str> {
    let find = |text: &str, found: &mut Found| {
        block::private_keys(text, found);
        block::members(text, found);
        option::everywhere(text, false, found);
    };
    redacted(text, &find)
}

/// A name, without words that look like keys.
fn without_keys(text: &str) -> Cow<'_, str> {
    redacted(text, &keys::find)
}
