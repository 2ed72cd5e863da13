//! Properties to registry values: one loop over the contract, and no code of any single preference.
//!
//! How a value cannot fail open. `#[PROPERTY]` would store the number 0 for any word, so what a user types never
//! reaches a switch or a choice: private carriers are set to literals by enumerated conditions, a launch condition
//! refuses everything else, and the carrier is what is written. Private properties cannot come from a command
//! line. Text is refused when it begins with `#`, which would give it another registry type.
//!
//! What is kept. Each value is looked up before the launch conditions. On a repair everything is kept; on an upgrade
//! and on a second push of the same package only what the contract says. A list is looked up in a twin of type
//! REG_SZ, since the search gives a REG_MULTI_SZ in a form that cannot be written back.
//!
//! What is pushed again. Windows does nothing when a product that is there is installed once more, so such a push asks
//! for a reinstallation by itself; and each value's component is transitive, or a reinstallation would not look at its
//! condition again. A push says what policy is, as an upgrade does: a switch that it does not name returns to its
//! default, so that one who leaves monitoring out ends monitoring.

use aiwatch_contract::preferences::{Kind, OnUpgrade, PREFERENCES};
use aiwatch_contract::windows;

use super::database::{Tables, row};

/// Root of a registry row: HKEY_LOCAL_MACHINE.
pub(super) const LOCAL_MACHINE: i32 = 2;
/// Type of a registry search: the raw value, in the 64-bit view.
const RAW_64_BIT: i32 = 2 + 16;
/// Custom action that sets a property to formatted text.
const SET_PROPERTY: i32 = 51;

/// What a component of a registry value is: 64-bit, and its key path is a registry row.
pub(super) const REGISTRY_COMPONENT: i32 = 256 + 4;
/// A component whose condition is looked at again when the product is reinstalled.
const TRANSITIVE: i32 = 64;
/// Tells a second push from a repair. Public, since it crosses from the user's process to the service's; who sets it
/// on a command line gets the defaults.
const PUSHED: &str = "PUSHED";

/// One value that a property writes.
struct Setting {
    name: &'static str,
    property: &'static str,
    kind: Kind,
    required: bool,
    secret: bool,
    on_upgrade: OnUpgrade,
}

/// The contract's preferences, and the settings' revision.
fn settings() -> impl Iterator<Item = Setting> {
    let revision = Setting {
        name: windows::REVISION_VALUE,
        property: windows::REVISION_PROPERTY,
        kind: Kind::Text,
        required: false,
        secret: false,
        on_upgrade: OnUpgrade::Default,
    };
    let preferences = PREFERENCES.iter().map(|p| Setting {
        name: p.key,
        property: p.property,
        kind: p.kind,
        required: p.required,
        secret: p.secret,
        on_upgrade: p.on_upgrade,
    });
    preferences.chain([revision])
}

/// An action that sets a property, and when it does.
pub(super) struct SetProperty {
    pub(super) action: String,
    pub(super) condition: String,
}

/// What the settings ask of the rest of the database.
#[derive(Default)]
pub(super) struct Asked {
    /// Actions, in the order in which they must run, before the launch conditions.
    pub(super) actions: Vec<SetProperty>,
    /// Components to install.
    pub(super) components: Vec<String>,
    /// Properties that cross from the user's process to the service's.
    pub(super) secure: Vec<String>,
    /// Properties that no log may show.
    pub(super) hidden: Vec<String>,
}

/// Adds all settings' rows.
pub(super) fn add(tables: &mut Tables, component_id: impl Fn(&str) -> String) -> Asked {
    let mut asked = Asked::default();
    push(tables, &mut asked);
    administrators_only(tables);
    for setting in settings() {
        setting.add(tables, &mut asked, &component_id);
    }
    asked
}

/// Makes a reinstallation of a push of what is there. Removing, repairing, patching and going on after a restart say
/// what they are.
///
/// Files that are there in this version stay: the package's `a` would fetch them from the folder of the first
/// installation, which Intune and ConfigMgr have deleted by then, and the push would fail.
fn push(tables: &mut Tables, asked: &mut Asked) {
    let plain = "Installed AND NOT REMOVE AND NOT REINSTALL AND NOT PATCH AND NOT RESUME";
    let set = [
        ("Push.Mark", PUSHED, "1"),
        ("Push.Mode", "REINSTALLMODE", "omus"),
        ("Push.Reinstall", "REINSTALL", "ALL"),
    ];
    for (action, property, value) in set {
        tables.add("CustomAction", row![action, SET_PROPERTY, property, value, ()]);
        asked.actions.push(SetProperty { action: action.to_owned(), condition: plain.to_owned() });
    }
    asked.secure.push(PUSHED.to_owned());
}

/// Refuses what changes an installed product for one who is no administrator. Windows repairs an installed product
/// for any user, elevated, and takes secure properties from that user: who is watched could switch it off.
fn administrators_only(tables: &mut Tables) {
    let condition = r#"NOT (Installed AND RestrictedUserControl) OR REMOVE="ALL""#;
    let message = "Only an administrator may repair it or change its settings: start this elevated.";
    tables.add("LaunchCondition", row![condition, message]);
}

impl Setting {
    fn recalled(&self) -> String {
        format!("{}_REG", self.property)
    }

    /// Private, since it has small letters.
    fn carrier(&self) -> String {
        format!("{}Literal", self.name)
    }

    fn component(&self) -> String {
        format!("Setting.{}", self.name)
    }

    /// What must hold besides for a value that is there to be kept.
    fn kept(&self) -> String {
        match self.on_upgrade {
            OnUpgrade::Kept => String::new(),
            OnUpgrade::Default => format!("Installed AND NOT {PUSHED} AND "),
        }
    }

    fn add(&self, tables: &mut Tables, asked: &mut Asked, component_id: &impl Fn(&str) -> String) {
        let (property, recalled) = (self.property, self.recalled());
        for name in [property, &recalled] {
            asked.secure.push(name.to_owned());
            if self.secret {
                asked.hidden.push(name.to_owned());
            }
        }
        self.search(tables);
        if self.required {
            let message = format!("{property} is missing: name it on the command line.");
            tables.add("LaunchCondition", row![format!("Installed OR {property}"), message]);
        }
        let (condition, value) = match self.kind {
            Kind::Text | Kind::List => self.free_text(tables, asked),
            Kind::Switch => self.literals(tables, asked, &[("#0", &["0", "false"]), ("#1", &["1", "true"])]),
            Kind::Choice(choices) => {
                let rows: Vec<(&str, [&str; 1])> =
                    choices.iter().map(|choice| (*choice, [*choice])).collect();
                let rows: Vec<(&str, &[&str])> =
                    rows.iter().map(|(value, words)| (*value, &words[..])).collect();
                self.literals(tables, asked, &rows)
            }
        };
        let component = self.component();
        let id = component_id(self.name);
        let attributes = REGISTRY_COMPONENT + TRANSITIVE;
        let cells = row![&*component, id, super::tables::FOLDER, attributes, condition, &*component];
        tables.add("Component", cells);
        let key = windows::REGISTRY_KEY;
        tables.add("Registry", row![&*component, LOCAL_MACHINE, key, self.name, value, &*component]);
        self.clear(tables, "Clear", key);
        asked.components.push(component);
    }

    /// Removes what is there before values are written, so that nothing stays by omission: only what was found and kept
    /// is written again.
    fn clear(&self, tables: &mut Tables, what: &str, key: &str) {
        let cells = row![
            format!("{what}.{}", self.name),
            LOCAL_MACHINE,
            key,
            self.name,
            super::tables::PRODUCT_COMPONENT
        ];
        tables.add("RemoveRegistry", cells);
    }

    /// The search for the value that is there.
    fn search(&self, tables: &mut Tables) {
        let signature = format!("Find.{}", self.name);
        let key = match self.kind {
            Kind::List => windows::INSTALLER_KEY,
            _ => windows::REGISTRY_KEY,
        };
        tables.add("AppSearch", row![self.recalled(), &*signature]);
        tables.add("RegLocator", row![signature, LOCAL_MACHINE, key, self.name, RAW_64_BIT]);
    }

    fn set(
        &self,
        tables: &mut Tables,
        asked: &mut Asked,
        action: String,
        set: (&str, &str),
        condition: String,
    ) {
        tables.add("CustomAction", row![&*action, SET_PROPERTY, set.0, set.1, ()]);
        asked.actions.push(SetProperty { action, condition });
    }

    /// Text and lists: the component's condition and the value to write.
    fn free_text(&self, tables: &mut Tables, asked: &mut Asked) -> (String, String) {
        let (property, recalled) = (self.property, self.recalled());
        // A stored value of another type is found as `#…` or `[~]…`; it is not text of ours, and is not taken over.
        let mut condition =
            format!(r##"NOT {property} AND {recalled} AND NOT ({recalled} << "#" OR {recalled} >< "[~]")"##);
        condition.insert_str(0, &self.kept());
        let text = format!("[{recalled}]");
        self.set(tables, asked, format!("Keep.{}", self.name), (property, &text), condition);
        let message = format!("{property} must not begin with a number sign.");
        tables.add("LaunchCondition", row![format!(r##"NOT ({property} << "#")"##), message]);
        if self.kind == Kind::List {
            let (twin, component) = (format!("Twin.{}", self.name), self.component());
            let cells = row![
                twin,
                LOCAL_MACHINE,
                windows::INSTALLER_KEY,
                self.name,
                format!("[{property}]"),
                component
            ];
            tables.add("Registry", cells);
            self.clear(tables, "ClearTwin", windows::INSTALLER_KEY);
            // Separators at both ends: REG_MULTI_SZ, in place of what is there.
            return (property.to_owned(), format!("[~][{property}][~]"));
        }
        (property.to_owned(), format!("[{property}]"))
    }

    /// Enumerated values, each with the words for it: the component's condition and the value to write.
    fn literals(
        &self,
        tables: &mut Tables,
        asked: &mut Asked,
        values: &[(&str, &[&str])],
    ) -> (String, String) {
        let (property, recalled, carrier) = (self.property, self.recalled(), self.carrier());
        let kept = self.kept();
        let named = |words: &[&str]| {
            let tests: Vec<String> = words.iter().map(|word| format!(r#"{property}~="{word}""#)).collect();
            tests.join(" OR ")
        };
        for (value, words) in values {
            let word = words.first().unwrap_or(value);
            let condition = format!(r#"{kept}{recalled}="{value}""#);
            self.set(tables, asked, format!("Keep.{}.{word}", self.name), (&carrier, value), condition);
        }
        for (value, words) in values {
            let word = words.first().unwrap_or(value);
            self.set(tables, asked, format!("Set.{}.{word}", self.name), (&carrier, value), named(words));
        }
        let words: Vec<&str> = values.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        let message = format!("{property} must be one of: {}.", words.join(", "));
        tables.add("LaunchCondition", row![format!("NOT {property} OR {}", named(&words)), message]);
        let value = format!("[{carrier}]");
        (carrier, value)
    }
}
