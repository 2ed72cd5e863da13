//! The pattern of our own packages: no value fails open, secrets stay out of logs, and nothing stays behind.

use std::collections::HashSet;

use aiwatch_contract::preferences::{Kind, OnUpgrade, PREFERENCES, Preference};
use aiwatch_contract::windows;

use super::Judge;
use super::components::list;
use super::simulate::{Machine, Outcome, Registry, RegistryValue, install};
use crate::secret::masked;

/// Suffix of the property that holds what was found.
const FOUND: &str = "_REG";
/// Most cells of a package whose installations are followed; ours has about two thousand.
const MOST_CELLS: usize = 20_000;
/// Words that are no value of a switch or a choice.
const WRONG_WORDS: &[&str] = &["yes", "no", "on", "2", "-1", "#0", "#1", " ", "maybe", "[Installed]"];

pub(super) fn judge(judge: &mut Judge<'_>) {
    properties(judge);
    leftovers(judge);
    let cells: usize =
        judge.database.tables.values().map(|table| table.rows.len() * table.columns.len()).sum();
    if cells > MOST_CELLS {
        return judge.error(
            "msi.setting",
            "tables",
            "they are too large for a package of ours to be followed",
        );
    }
    for preference in PREFERENCES {
        Trial { judge, preference }.all();
    }
}

fn properties(judge: &mut Judge<'_>) {
    let database = judge.database;
    let secure: HashSet<&str> = list(database.property("SecureCustomProperties"));
    let hidden: HashSet<&str> = list(database.property("MsiHiddenProperties"));
    let mut public: Vec<(String, bool)> = vec![(windows::REVISION_PROPERTY.to_owned(), false)];
    public.extend(PREFERENCES.iter().map(|p| (p.property.to_owned(), p.secret)));
    public.extend(database.rows("AppSearch").map(|row| {
        let name = row.text("Property");
        let of = name.strip_suffix(FOUND).unwrap_or(name);
        (name.to_owned(), PREFERENCES.iter().any(|p| p.property == of && p.secret))
    }));
    for (name, secret) in &public {
        if !secure.contains(name.as_str()) {
            judge.error("msi.secure", "Property", format!("{name} is not in SecureCustomProperties"));
        }
        if *secret && !hidden.contains(name.as_str()) {
            judge.error(
                "msi.hidden",
                "Property",
                format!("{name} holds a secret and is not in MsiHiddenProperties"),
            );
        }
        if database.property(name).is_some() {
            judge.error(
                "msi.default",
                "Property",
                format!("{name} has a default, so an installation cannot leave it out"),
            );
        }
    }
    if database.property("ALLUSERS") != Some("1") {
        judge.error("msi.per-machine", "Property", "ALLUSERS is not 1: the package installs for one user");
    }
    // Files are counted before a related product is removed, so without `a` an equal or newer agent on disk is left
    // in place, and then goes with its product.
    if database.property("REINSTALLMODE").is_none_or(|mode| !mode.contains('a')) {
        judge.error(
            "msi.reinstall-mode",
            "Property",
            "REINSTALLMODE has no `a`: a roll-back loses the agent",
        );
    }
    // Guards of values must hold on repairs too; only a required value may be exempt from them.
    for row in database.rows("LaunchCondition") {
        let condition = row.text("Condition");
        let required =
            PREFERENCES.iter().any(|p| p.required && condition == format!("Installed OR {}", p.property));
        let words: HashSet<&str> =
            condition.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        if words.contains("Installed") && !required && PREFERENCES.iter().any(|p| words.contains(p.property))
        {
            judge.error(
                "msi.guard",
                row.at(),
                "a repair is exempt from it, and so writes what it refuses elsewhere",
            );
        }
    }
}

/// Uninstalling must leave nothing, not even values of components whose condition no longer holds.
fn leftovers(judge: &mut Judge<'_>) {
    let database = judge.database;
    let unconditional: HashSet<&str> = database
        .rows("Component")
        .filter(|row| row.text("Condition").is_empty())
        .map(|row| row.text("Component"))
        .collect();
    let wiped = database.rows("Registry").any(|row| {
        let whole = row.text("Name") == "-" && row.text("Value").is_empty();
        whole
            && row.int("Root") == Some(2)
            && row.text("Key").eq_ignore_ascii_case(windows::REGISTRY_KEY)
            && unconditional.contains(row.text("Component_"))
    });
    if !wiped {
        let message =
            format!("no row removes {} at uninstall, so secrets stay behind", windows::REGISTRY_KEY);
        judge.error("msi.leftovers", "Registry", message);
    }
    let on_path = database.rows("Environment").any(|row| {
        let (flags, name) = row.text("Name").split_at_checked(3).unwrap_or_default();
        name.eq_ignore_ascii_case("PATH")
            && ['=', '-', '*'].iter().all(|flag| flags.contains(*flag))
            && row.text("Value").starts_with("[~];")
    });
    if !on_path {
        judge.error(
            "msi.path",
            "Environment",
            "the agent's folder does not join the machine's PATH, and leave it at uninstall",
        );
    }
}

/// Installations that try one preference.
struct Trial<'a, 'b> {
    judge: &'a mut Judge<'b>,
    preference: &'static Preference,
}

/// What an installation should come to.
#[derive(Clone, PartialEq)]
enum Expected {
    Refused,
    Absent,
    Value(RegistryValue),
}

impl Trial<'_, '_> {
    fn all(&mut self) {
        let example = self.preference.example;
        for installed in [false, true] {
            for (word, value) in self.words() {
                self.named(installed, word, Expected::Value(value));
            }
            match self.preference.kind {
                Kind::Text | Kind::List => self.named(installed, "#12", Expected::Refused),
                Kind::Switch | Kind::Choice(_) => {
                    for word in WRONG_WORDS {
                        self.named(installed, word, Expected::Refused);
                    }
                }
            }
        }
        let missing = if self.preference.required { Expected::Refused } else { Expected::Absent };
        self.trial("an installation without it", Machine::default(), missing.clone());
        let mut values: Vec<RegistryValue> = Vec::new();
        for (_, value) in self.words() {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        for value in values {
            let registry = self.stored(value.clone());
            let given = vec![("REINSTALL".to_owned(), "ALL".to_owned())];
            let kept = Machine { given, registry: registry.clone(), installed: true, restricted: false };
            let files = [("REINSTALL", "ALL"), ("REINSTALLMODE", "a")];
            let files = files.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            self.trial("a repair without it", kept.clone(), Expected::Value(value.clone()));
            self.trial(
                "a repair of files",
                Machine { given: files, ..kept.clone() },
                Expected::Value(value.clone()),
            );
            // Windows repairs for any user, and takes secure properties from that user.
            let by_user = Machine { restricted: true, ..kept };
            self.trial("a repair by a user", by_user, Expected::Refused);
            let upgraded = match self.preference.on_upgrade {
                OnUpgrade::Kept => Expected::Value(value),
                OnUpgrade::Default => Expected::Absent,
            };
            let pushed = Machine { registry: registry.clone(), installed: true, ..Machine::default() };
            self.trial("a second push without it", pushed, upgraded.clone());
            self.trial("an upgrade without it", Machine { registry, ..Machine::default() }, upgraded);
        }
        // What was found may be claimed on a command line, and a private carrier cannot be.
        if matches!(self.preference.kind, Kind::Switch | Kind::Choice(_)) {
            let claims = ["#0".to_owned(), example.to_owned()];
            for claim in claims {
                let name = format!("{}{FOUND}", self.preference.property);
                let machine = Machine { given: vec![(name, claim)], ..Machine::default() };
                self.trial("an installation that claims what was found", machine, Expected::Absent);
            }
        }
    }

    /// Words that a command line may name, with what they write.
    fn words(&self) -> Vec<(&'static str, RegistryValue)> {
        let preference = self.preference;
        match preference.kind {
            Kind::Text => vec![(preference.example, RegistryValue::Text(preference.example.to_owned()))],
            Kind::List => {
                vec![(preference.example, RegistryValue::Texts(vec![preference.example.to_owned()]))]
            }
            Kind::Switch => [("0", 0), ("1", 1), ("false", 0), ("true", 1), ("FALSE", 0), ("True", 1)]
                .map(|(word, number)| (word, RegistryValue::Number(number)))
                .into(),
            Kind::Choice(choices) => {
                choices.iter().map(|c| (*c, RegistryValue::Text((*c).to_owned()))).collect()
            }
        }
    }

    /// The value where an earlier installation put it.
    fn stored(&self, value: RegistryValue) -> Registry {
        let place = |key: &str| (key.to_owned(), self.preference.key.to_owned());
        let mut registry: Registry = [(place(windows::REGISTRY_KEY), value.clone())].into();
        if let RegistryValue::Texts(texts) = value {
            registry.insert(place(windows::INSTALLER_KEY), RegistryValue::Text(texts.join(" ")));
        }
        registry
    }

    fn named(&mut self, installed: bool, word: &str, expected: Expected) {
        let what = if installed { "a second push with" } else { "an installation with" };
        let given = vec![(self.preference.property.to_owned(), word.to_owned())];
        self.trial(&format!("{what} {word:?}"), Machine { given, installed, ..Machine::default() }, expected);
    }

    /// One installation. A first one names the other required preferences, and a second one finds them.
    fn trial(&mut self, what: &str, mut machine: Machine, expected: Expected) {
        let others = PREFERENCES.iter().filter(|p| p.required && p.key != self.preference.key);
        for other in others.filter(|_| !machine.installed) {
            machine.given.push((other.property.to_owned(), other.example.to_owned()));
        }
        let place = (windows::REGISTRY_KEY.to_owned(), self.preference.key.to_owned());
        let outcome = match install(self.judge.database, &machine) {
            Ok(Outcome::Refused(_)) => Expected::Refused,
            Ok(Outcome::Written(values)) => {
                values.get(&place).cloned().map_or(Expected::Absent, Expected::Value)
            }
            Err(why) => return self.judge.error("msi.setting", "InstallExecuteSequence", why),
        };
        if outcome != expected {
            let message = format!(
                "{what} {}, and should {}",
                // The expected values are examples, and what is found may be someone's key.
                describe(&outcome, "is", "writes", self.preference.secret),
                describe(&expected, "be", "write", false)
            );
            self.judge.error("msi.setting", self.preference.property, message);
        }
    }
}

fn describe(outcome: &Expected, be: &str, write: &str, secret: bool) -> String {
    match outcome {
        Expected::Refused => format!("{be} refused"),
        Expected::Absent => format!("{write} no value"),
        Expected::Value(RegistryValue::Text(text)) if secret => format!("{write} {}", masked(text)),
        Expected::Value(_) if secret => format!("{write} a value that is no text"),
        Expected::Value(value) => format!("{write} {value:?}"),
    }
}
