//! The report for people: which server which client has where, and whether it is a shadow.

use std::fmt::Write;

use super::inventory::{Configuration, Inventory, ProjectNames, Scope, Server};
use super::standing::{Standing, standing};
use crate::decision::source::Rules;
use crate::screen::{Colour, coloured, printable, shortened};

/// Widest columns, in characters.
const WIDEST: [usize; 4] = [20, 40, 28, 56];
/// Most problems that are shown where more was not asked for.
const FEW_PROBLEMS: usize = 10;

/// How it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Whether in colours.
    pub colours: bool,
    /// Whether all problems are shown, and the names of skills and plugins.
    pub verbose: bool,
    /// The home, which is shown as `~`.
    pub home: &'a str,
}

/// The table.
pub fn table(inventory: &Inventory, rules: &Rules, look: Look<'_>) -> String {
    let mut rows: Vec<([String; 4], Standing)> = Vec::new();
    for configuration in &inventory.configurations {
        for server in &configuration.servers {
            rows.push((row(configuration, server, look), standing(rules, server)));
        }
    }
    let mut text = String::new();
    if !rows.is_empty() {
        write_rows(&mut text, &rows, look);
    }
    summary(&mut text, inventory, &rows, look);
    text
}

fn row(configuration: &Configuration, server: &Server, look: Look<'_>) -> [String; 4] {
    let place = match configuration.config_scope {
        Scope::Global => match &server.project_names {
            ProjectNames::Many(projects) => match &projects[..] {
                [one] => homely(one, look.home),
                [first, rest @ ..] => format!("{} and {} more", homely(first, look.home), rest.len()),
                [] => "everywhere".to_owned(),
            },
            _ => "everywhere".to_owned(),
        },
        Scope::Project => homely(configuration.project_path.as_deref().unwrap_or_default(), look.home),
        Scope::Plugin => match &server.project_names {
            ProjectNames::One(plugin) => format!("plugin {plugin}"),
            _ => "plugin".to_owned(),
        },
    };
    let cells = [configuration.client.clone(), place, server.name.clone(), target(server)];
    let mut widths = WIDEST.into_iter();
    cells.map(|cell| shortened(&printable(&cell), widths.next().unwrap_or_default()))
}

/// What a server runs or connects to.
fn target(server: &Server) -> String {
    match (&server.url, &server.command) {
        (Some(url), _) => url.clone(),
        (None, Some(command)) => {
            let args = server.args.as_deref().unwrap_or_default();
            std::iter::once(command.as_str())
                .chain(args.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join(" ")
        }
        (None, None) => String::new(),
    }
}

/// A path, with the home as people write it.
fn homely(path: &str, home: &str) -> String {
    match path.strip_prefix(home) {
        Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with(['/', '\\'])) => {
            format!("~{rest}")
        }
        _ => path.to_owned(),
    }
}

fn write_rows(text: &mut String, rows: &[([String; 4], Standing)], look: Look<'_>) {
    const TITLES: [&str; 4] = ["CLIENT", "PROJECT", "SERVER", "RUNS OR CONNECTS TO"];
    let widths: [usize; 4] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|(cells, _)| cells[column].chars().count());
        cells.chain([TITLES[column].len()]).max().unwrap_or_default()
    });
    let line = |cells: [&str; 4]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        line
    };
    let _ = writeln!(
        text,
        "{}",
        coloured(&format!("{:<9}{}", "", line(TITLES).trim_end()), Colour::Faint, look.colours)
    );
    for (cells, standing) in rows {
        let (word, colour) = match standing {
            Standing::Shadow => ("shadow", Colour::Red),
            Standing::Allowed => ("allowed", Colour::Green),
            Standing::Managed => ("managed", Colour::Green),
        };
        let cells = line(std::array::from_fn(|column| cells[column].as_str()));
        let _ =
            writeln!(text, "{}{}", coloured(&format!("{word:<9}"), colour, look.colours), cells.trim_end());
    }
    text.push('\n');
}

fn summary(text: &mut String, inventory: &Inventory, rows: &[([String; 4], Standing)], look: Look<'_>) {
    let count = |wanted| rows.iter().filter(|(_, standing)| *standing == wanted).count();
    let (shadow, allowed, managed) =
        (count(Standing::Shadow), count(Standing::Allowed), count(Standing::Managed));
    let _ = writeln!(
        text,
        "{} servers in {} files: {shadow} shadow, {managed} managed, {allowed} allowed; {} skills, {} plugins",
        rows.len(),
        inventory.configurations.len(),
        inventory.skills.len(),
        inventory.plugins.len()
    );
    if look.verbose {
        for skill in &inventory.skills {
            let path = homely(&skill.path, look.home);
            let _ = writeln!(text, "skill {} ({}): {}", printable(&skill.name), skill.tool, printable(&path));
        }
        for plugin in &inventory.plugins {
            let path = homely(&plugin.install_path, look.home);
            let _ = writeln!(
                text,
                "plugin {} ({}): {}",
                printable(&plugin.name),
                plugin.client,
                printable(&path)
            );
        }
    }
    problems(text, inventory, look);
}

fn problems(text: &mut String, inventory: &Inventory, look: Look<'_>) {
    let few = if look.verbose { usize::MAX } else { FEW_PROBLEMS };
    for problem in inventory.problems.iter().take(few) {
        let mark = coloured("⚠", Colour::Yellow, look.colours);
        let path = homely(&problem.path, look.home);
        let colon = if path.is_empty() { "" } else { ": " };
        let _ = writeln!(text, "{mark} {}{colon}{}", printable(&path), printable(&problem.reason));
    }
    let more = inventory.problems.len().saturating_sub(few);
    if more > 0 {
        let _ = writeln!(text, "{more} more; --verbose shows them");
    }
    if !inventory.complete {
        let mark = coloured("⚠ incomplete", Colour::Yellow, look.colours);
        let _ = writeln!(text, "{mark}: not all projects were looked at");
    }
}
