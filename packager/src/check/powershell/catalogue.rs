//! The commands of Windows PowerShell 5.1, read from the table beside this file.

use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("windows-powershell-5.1.txt");

/// A command's row.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    /// Its parameters and their aliases.
    Known(Vec<&'static str>),
    /// In 5.1, with parameters that the table does not hold.
    Named,
    /// Not in 5.1.
    SevenOnly,
}

/// The table.
pub(super) struct Catalogue {
    commands: HashMap<String, (&'static str, Command)>,
    aliases: HashMap<String, &'static str>,
    common: Vec<&'static str>,
}

/// The table, read once.
pub(super) fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| Catalogue::read(TABLE))
}

impl Catalogue {
    fn read(table: &'static str) -> Catalogue {
        let mut all = Catalogue { commands: HashMap::new(), aliases: HashMap::new(), common: Vec::new() };
        for line in table.lines() {
            let mut words = line.split(' ');
            match (words.next(), words.next()) {
                (Some("#") | None, _) | (Some(""), None) => {}
                (Some("*"), first) => all.common = first.into_iter().chain(words).collect(),
                (Some("="), Some(alias)) => {
                    all.aliases.insert(alias.to_ascii_lowercase(), words.next().unwrap_or_default());
                }
                (Some("+"), Some(name)) => all.insert(name, Command::Named),
                (Some("7"), Some(name)) => all.insert(name, Command::SevenOnly),
                (Some(name), first) => {
                    all.insert(name, Command::Known(first.into_iter().chain(words).collect()))
                }
            }
        }
        all
    }

    fn insert(&mut self, name: &'static str, command: Command) {
        self.commands.insert(name.to_ascii_lowercase(), (name, command));
    }

    /// The command that an alias stands for.
    pub(super) fn alias(&self, name: &str) -> Option<&'static str> {
        self.aliases.get(&name.to_ascii_lowercase()).copied()
    }

    /// A command's proper spelling and row.
    pub(super) fn command(&self, name: &str) -> Option<&(&'static str, Command)> {
        self.commands.get(&name.to_ascii_lowercase())
    }

    /// Whether one of these parameters, or one that every command takes, is meant: by its name or the
    /// beginning of it.
    pub(super) fn takes(&self, parameters: &[&str], given: &str) -> bool {
        let begins =
            |name: &&str| name.get(..given.len()).is_some_and(|head| head.eq_ignore_ascii_case(given));
        parameters.iter().chain(&self.common).any(begins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_what_the_scripts_of_every_fleet_use() {
        let all = catalogue();
        for (name, parameter) in [
            ("get-content", "Raw"),
            ("Test-Path", "LiteralPath"),
            ("Get-ChildItem", "Directory"),
            ("Write-Output", "ea"),
        ] {
            let Some((_, Command::Known(parameters))) = all.command(name) else { panic!("{name}") };
            assert!(all.takes(parameters, parameter), "{name} {parameter}");
        }
        assert_eq!(all.alias("GC"), Some("Get-Content"));
        assert!(matches!(all.command("Test-Json"), Some((_, Command::SevenOnly))));
        assert!(matches!(all.command("Get-NetAdapter"), Some((_, Command::Named))));
        assert!(all.commands.len() > 1_400 && all.common.len() > 20);
    }
}
