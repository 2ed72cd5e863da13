//! The manifest's keys and types: what is unknown, missing or of another type is reported here, and only what
//! fits goes on to be judged by its value.

use std::collections::BTreeMap;
use std::ops::Range;

use aiwatch_contract::preferences::{self, HOST};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::resolve::names_a_source;
use super::source::Source;
use crate::manifest::fields::{self, Field, Shape};

/// One key's value.
pub(super) struct Entry<'a> {
    pub(super) field: Field,
    pub(super) value: &'a DeValue<'a>,
    pub(super) span: Range<usize>,
}

/// All known keys of the right type, by table and key.
pub(super) struct Found<'a> {
    entries: BTreeMap<(&'static str, &'static str), Entry<'a>>,
    /// The tables below `[mdm]`, by their names, not yet judged.
    pub(super) mdm: Option<&'a DeTable<'a>>,
}

impl<'a> Found<'a> {
    /// Sorts the document's keys.
    pub(super) fn collect(document: &'a DeTable<'a>, source: &mut Source<'_>) -> Found<'a> {
        let mut found = Found { entries: BTreeMap::new(), mdm: None };
        let fields = fields::fields();
        for (key, value) in document {
            let name = key.get_ref().as_ref();
            let Some((table, _)) = fields::TABLES.iter().find(|(table, _)| *table == name) else {
                unknown_table(name, key.span(), &fields, source);
                continue;
            };
            match value.get_ref() {
                DeValue::Table(content) if *table == fields::MDM => found.mdm = Some(content),
                DeValue::Table(content) => found.table(table, content, &fields, source),
                other => {
                    let message = format!("{table} is {}, not a table", type_name(other));
                    source.mistake(
                        key.span(),
                        *table,
                        message,
                        format!("write [{table}], and its keys below"),
                    );
                }
            }
        }
        found.missing(document, &fields, source);
        found
    }

    fn table(
        &mut self,
        table: &'static str,
        content: &'a DeTable<'a>,
        fields: &[Field],
        source: &mut Source<'_>,
    ) {
        for (key, value) in content {
            let name = key.get_ref().as_ref();
            let Some(field) = fields.iter().find(|field| field.table == table && field.key == name) else {
                unknown_key(table, name, key.span(), fields, source);
                continue;
            };
            if shown(field, value.get_ref()) {
                publish(value, source);
            }
            if let Some((message, hint)) = misfit(field, value.get_ref()) {
                source.mistake(value.span(), field.path(), message, hint);
                continue;
            }
            let entry = Entry { field: *field, value: value.get_ref(), span: value.span() };
            self.entries.insert((field.table, field.key), entry);
        }
    }

    fn missing(&self, document: &DeTable<'_>, fields: &[Field], source: &mut Source<'_>) {
        for field in fields.iter().filter(|field| field.required) {
            let table = document.iter().find(|(key, _)| key.get_ref() == field.table);
            let span = table.map_or(0..0, |(key, _)| key.span());
            let stated = match table.map(|(_, value)| value.get_ref()) {
                Some(DeValue::Table(content)) => content.keys().any(|key| key.get_ref() == field.key),
                // A table of another type has been reported as such.
                Some(_) => true,
                None => false,
            };
            if !stated {
                let message = format!("{} is missing", field.path());
                let hint =
                    format!("add to [{}]: {} = \"…\" ({})", field.table, field.key, lower_first(field.help));
                source.mistake(span, field.path(), message, hint);
            }
        }
    }

    /// A key's value, if the manifest states it and its type fits.
    pub(super) fn entry(&self, table: &str, key: &str) -> Option<&Entry<'a>> {
        self.entries.iter().find(|((t, k), _)| *t == table && *k == key).map(|(_, entry)| entry)
    }

    /// A text.
    pub(super) fn text(&self, table: &str, key: &str) -> Option<(&'a str, &Entry<'a>)> {
        let entry = self.entry(table, key)?;
        entry.value.as_str().map(|text| (text, entry))
    }
}

/// Values of secrets are hidden unless they only say where the secret is.
fn shown(field: &Field, value: &DeValue<'_>) -> bool {
    field.preference.is_none_or(|p| !p.secret) || matches!(value, DeValue::Table(_))
}

/// Allows a value to be shown; of a table, only what names a source: anything else may be the secret itself.
fn publish(value: &Spanned<DeValue<'_>>, source: &mut Source<'_>) {
    match value.get_ref() {
        DeValue::Table(table) if table.len() == 1 => {
            let named = table.iter().filter(|(key, inner)| names_a_source(key.get_ref(), inner.get_ref()));
            named.for_each(|(_, inner)| source.publish(inner.span()));
        }
        DeValue::Table(_) => {}
        DeValue::Array(array) => array.iter().for_each(|inner| publish(inner, source)),
        // An address may carry a password.
        DeValue::String(text) if text.contains("://") && text.contains('@') => {}
        _ => source.publish(value.span()),
    }
}

/// Why a value's type is not the field's, and the fix.
fn misfit(field: &Field, value: &DeValue<'_>) -> Option<(String, String)> {
    let path = field.path();
    let (wanted, example) = match (field.shape, value) {
        (Shape::Text(_) | Shape::OneOf(_), DeValue::String(_))
        | (Shape::Value, DeValue::String(_) | DeValue::Table(_))
        | (Shape::Switch, DeValue::Boolean(_))
        | (Shape::Whole(..), DeValue::Integer(_)) => return None,
        (Shape::SomeOf(_) | Shape::Urls, DeValue::Array(array)) => {
            let other = array.iter().find(|item| item.get_ref().as_str().is_none())?;
            let message = format!("{path} holds {}, and must be a list of texts", type_name(other.get_ref()));
            return Some((message, "write each entry in quotes".to_owned()));
        }
        (Shape::Text(_), DeValue::Table(_)) if field.path() == "tenant.host" => {
            let message = format!(
                "{path} must be a literal text: guides and checks name the host, so nothing fills it in later"
            );
            return Some((message, format!("write it out: host = \"{}\"", HOST.example)));
        }
        (Shape::Text(_) | Shape::OneOf(_), _) => {
            ("a text", format!("write it in quotes: {} = \"…\"", field.key))
        }
        (Shape::Value, _) => (
            "a text or a table that says where it is",
            format!("write {} = \"…\" or {} = {{ env = \"NAME\" }}", field.key, field.key),
        ),
        (Shape::Switch, _) => {
            ("true or false", format!("write {} = true or {} = false, without quotes", field.key, field.key))
        }
        (Shape::Whole(..), _) => {
            ("a whole number", format!("write a number without quotes: {} = 900", field.key))
        }
        (Shape::SomeOf(_) | Shape::Urls, _) => ("a list of texts", format!("write {} = [\"…\"]", field.key)),
    };
    Some((format!("{path} is {}, and must be {wanted}", type_name(value)), example))
}

fn unknown_table(name: &str, span: Range<usize>, fields: &[Field], source: &mut Source<'_>) {
    let tables: Vec<&str> = fields::TABLES.iter().map(|(table, _)| *table).collect();
    let hint = match (elsewhere(name, "", fields), closest(name, &tables)) {
        (Some(place), _) => place,
        (None, Some(table)) => format!("did you mean [{table}]?"),
        (None, None) => format!("tables are: {}", tables.join(", ")),
    };
    source.mistake(span, name, format!("there is no table or key {}", quoted(name)), hint);
}

fn unknown_key(table: &str, name: &str, span: Range<usize>, fields: &[Field], source: &mut Source<'_>) {
    let keys: Vec<&str> = fields.iter().filter(|f| f.table == table).map(|f| f.key).collect();
    let hint = match (elsewhere(name, table, fields), closest(name, &keys)) {
        (Some(place), _) => place,
        (None, Some(key)) => format!("did you mean {key}?"),
        (None, None) => format!("keys of [{table}] are: {}", keys.join(", ")),
    };
    source.mistake(
        span,
        format!("{table}.{name}"),
        format!("there is no key {} in [{table}]", quoted(name)),
        hint,
    );
}

/// Where a known key belongs that stands in another table.
fn elsewhere(name: &str, table: &str, fields: &[Field]) -> Option<String> {
    if name == HOST.key {
        return Some("the tenant's address is host in [tenant]".to_owned());
    }
    let field = fields.iter().find(|field| field.key == name && field.table != table)?;
    let why = match preferences::preference(name) {
        Some(p) if p.secret => " with the other secrets",
        _ => "",
    };
    Some(format!("{name} belongs in [{}]{why}", field.table))
}

/// The name that was most likely meant: the same in another case, or a few letters away.
pub(super) fn closest<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
    let name = plain(&name.chars().take(64).collect::<String>());
    let distance = |other: &str| strsim::damerau_levenshtein(&name, &plain(other));
    let (near, best) = names.iter().map(|other| (distance(other), *other)).min_by_key(|(d, _)| *d)?;
    (near <= 1 + best.len() / 5).then_some(best)
}

/// A name from the manifest as a message shows it.
pub(super) fn quoted(name: &str) -> String {
    let short: String = name.chars().take(60).collect();
    let dots = if short.len() < name.len() { "…" } else { "" };
    format!("\"{}{dots}\"", short.escape_debug())
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect::<String>().trim_end_matches('.').to_owned()
}

pub(super) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
