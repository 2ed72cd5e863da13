//! Every table: rows in order, columns of the right types, and values that fit and refer to something.

use std::collections::HashSet;

use super::Judge;
use super::container::is_guid;
use crate::containers::msi::database::{Cell, Row, Table};
use crate::containers::msi::schema;

pub(super) fn judge(judge: &mut Judge<'_>) {
    let database = judge.database;
    for (name, table) in &database.tables {
        rows(judge, name, table);
        columns(judge, name, table);
        values(judge, name, table);
    }
    references(judge);
    validation(judge);
}

/// Windows looks rows up by halves, so they must be sorted by key as stored: numbers by value, strings by their
/// place in the pool.
fn rows(judge: &mut Judge<'_>, name: &str, table: &Table) {
    let key = |row: &[Cell]| -> Vec<Cell> {
        let pairs = table.columns.iter().zip(row);
        pairs.filter(|(column, _)| column.is_key()).map(|(_, cell)| *cell).collect()
    };
    let keys: Vec<Vec<Cell>> = table.rows.iter().map(|row| key(row)).collect();
    for (index, pair) in keys.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let at = format!("{name} row {}", index + 2);
        if before > after {
            judge.error(
                "msi.row-order",
                at,
                "it is not in its key's order: Windows fails to find rows (2219)",
            );
            return;
        } else if before == after {
            judge.error("msi.duplicate-key", at, "its key is that of the row before");
        }
    }
}

fn columns(judge: &mut Judge<'_>, name: &str, table: &Table) {
    let Some(expected) = schema::columns(name) else { return };
    let found: Vec<String> = table.columns.iter().map(|c| format!("{} {}", c.name, c.spec())).collect();
    let expected: Vec<String> = expected.iter().map(|c| format!("{} {}", c.name, c.spec())).collect();
    // Sequences may be wide: newer tools write them so, and Windows takes both.
    let wide = |text: &str| matches!(text, "Sequence i4" | "LastSequence i4");
    // Sizes, and what may be translated or left empty, differ between tools, and Windows does not mind.
    let loose = |text: &str| {
        let (name, kind) = text.rsplit_once(' ').unwrap_or((text, ""));
        let letter = match kind.chars().next().map(|c| c.to_ascii_lowercase()) {
            Some('l') => 's',
            Some(other) => other,
            None => '?',
        };
        let size = if letter == 'i' { kind.get(1..2).unwrap_or_default() } else { "" };
        format!("{name} {letter}{size}{}", if kind.ends_with('*') { "*" } else { "" })
    };
    for index in 0..found.len().max(expected.len()) {
        let (is, should) = (found.get(index), expected.get(index));
        let equal = match (is, should) {
            (Some(is), Some(should)) if wide(is) => is.replace('4', "2") == *should,
            (Some(is), Some(should)) if judge.ours => is == should,
            (Some(is), Some(should)) => loose(is) == loose(should) || should.starts_with("ExtendedType"),
            // A column that came with a later installer may be missing at the end.
            (None, Some(_)) => !judge.ours,
            _ => false,
        };
        if !equal {
            let none = "nothing".to_owned();
            let (is, should) = (is.unwrap_or(&none), should.unwrap_or(&none));
            judge.error(
                "msi.columns",
                format!("{name} column {}", index + 1),
                format!("it is {is}, and should be {should}"),
            );
        }
    }
}

fn values(judge: &mut Judge<'_>, name: &str, table: &Table) {
    let database = judge.database;
    for (index, column) in table.columns.iter().enumerate() {
        for (number, row) in table.rows.iter().enumerate() {
            let Some(cell) = row.get(index).copied() else { continue };
            let at = || format!("{name} row {} column {}", number + 1, column.name);
            // Key parts may be empty where the table says so; a stream's cell is a mark, not a value.
            if cell == Cell::Null && !column.is_nullable() && !column.is_stream() {
                judge.error("msi.empty", at(), "it may not be empty");
            }
            let length = if let Cell::Str(_) = cell { database.text(cell).chars().count() } else { 0 };
            if column.is_string() && column.size() > 0 && length > column.size() {
                judge.strict(
                    "msi.width",
                    at(),
                    format!("it has {length} characters, and {} fit", column.size()),
                );
            }
        }
    }
}

/// References of the standard tables.
fn references(judge: &mut Judge<'_>) {
    let database = judge.database;
    for name in database.tables.keys() {
        for column in schema::columns(name).unwrap_or_default() {
            if let Some(target) = column.refers_to {
                refer(judge, name, column.name, &[target], 1);
            }
        }
    }
}

/// Every value of a column must be a key of one of the tables.
fn refer(judge: &mut Judge<'_>, name: &str, column: &str, targets: &[&str], key: usize) {
    let database = judge.database;
    let mut known: HashSet<Cell> = HashSet::new();
    for table in targets.iter().filter_map(|target| database.tables.get(*target)) {
        known.extend(table.rows.iter().filter_map(|row| row.get(key.checked_sub(1)?)).copied());
    }
    for row in database.rows(name) {
        let cell = row.cell(column);
        // Formatted values in braces or brackets are resolved on the device.
        if cell != Cell::Null && !known.contains(&cell) && !row.text(column).contains(['[', '{']) {
            let message =
                format!("its {column} {:?} is in no row of {}", database.show(cell), targets.join(" or "));
            judge.error("msi.reference", row.at(), message);
        }
    }
}

/// What the package's own `_Validation` says of its columns.
fn validation(judge: &mut Judge<'_>) {
    let database = judge.database;
    let mut described: HashSet<(&str, &str)> = HashSet::new();
    for rule in database.rows("_Validation") {
        let (name, column) = (rule.text("Table"), rule.text("Column"));
        // A second description of a column is not followed: it would cost another pass over its rows.
        if !described.insert((name, column)) || !database.has(name) {
            continue;
        }
        let targets: Vec<&str> =
            rule.text("KeyTable").split(';').filter(|target| !target.is_empty()).collect();
        let key = rule.int("KeyColumn").and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
        if !targets.is_empty() && targets.iter().any(|target| database.has(target)) {
            refer(judge, name, column, &targets, key);
        }
        described_values(judge, &rule);
    }
    if described.is_empty() {
        judge.strict(
            "msi.validation",
            "_Validation",
            "there is no description of the tables to check them by",
        );
        return;
    }
    for (name, table) in database.tables.iter().filter(|(name, _)| !name.starts_with('_')) {
        for column in &table.columns {
            if !described.contains(&(name.as_str(), column.name.as_str())) {
                judge.strict(
                    "msi.validation",
                    format!("{name} column {}", column.name),
                    "it is not described in _Validation",
                );
            }
        }
    }
}

/// Values against their column's description: range, set and category.
fn described_values(judge: &mut Judge<'_>, rule: &Row<'_>) {
    let (name, column, category) = (rule.text("Table"), rule.text("Column"), rule.text("Category"));
    let (low, high) = (rule.int("MinValue"), rule.int("MaxValue"));
    let set: Vec<&str> = rule.text("Set").split(';').filter(|value| !value.is_empty()).collect();
    for row in judge.database.rows(name) {
        let value = row.text(column);
        let outside = |n: i32| low.is_some_and(|low| n < low) || high.is_some_and(|high| n > high);
        if row.int(column).is_some_and(outside) {
            judge.error("msi.range", row.at(), format!("its {column} is out of range"));
        }
        if value.is_empty() {
            continue;
        }
        if !set.is_empty() && !set.contains(&value) {
            judge.error("msi.set", row.at(), format!("its {column} {value:?} is none of {}", set.join(", ")));
        }
        if !fits(category, value) {
            judge.error("msi.category", row.at(), format!("its {column} {value:?} is no {category}"));
        }
    }
}

fn fits(category: &str, value: &str) -> bool {
    match category {
        "Guid" | "GUID" => is_guid(value),
        "Identifier" => {
            value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
        }
        "UpperCase" => !value.contains(|c: char| c.is_ascii_lowercase()),
        "Language" => value.split(',').all(|part| part.trim().parse::<u16>().is_ok()),
        _ => true,
    }
}
