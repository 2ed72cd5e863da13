//! The MDMs that packs are made for, and how each spells its variables.

/// One MDM, or a way to deploy without one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mdm {
    /// Folder in dist/ and name in a manifest.
    pub id: &'static str,
    /// The name that people know.
    pub title: &'static str,
    /// What its devices run.
    pub platform: Platform,
    /// The variables it fills in.
    pub variables: &'static [Token],
}

/// Operating system of a pack's devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// macOS.
    Macos,
    /// Windows.
    Windows,
}

/// A value that the MDM knows per device or per user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// One that most MDMs have, by the manifest's name of it.
    Known(&'static str),
    /// An attribute that the admin made in the MDM, by its name or number there.
    Custom(String),
}

/// How an MDM spells a variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token {
    /// The manifest's name; [`CUSTOM`] for attributes of the admin's own.
    pub variable: &'static str,
    /// The MDM's spelling; in a custom one, `*` stands for the attribute.
    pub spelling: &'static str,
    /// Whether the maker's documentation or a maintained tool confirms the spelling.
    pub verified: bool,
    /// Where it is from, and when it was looked at.
    pub source: &'static str,
}

/// Name of a token's row for attributes of the admin's own.
pub const CUSTOM: &str = "custom";

/// The manifest's names of variables.
pub const VARIABLES: &[&str] =
    &["email", "username", "full_name", "device_name", "serial_number", "device_id", "department"];

const fn token(variable: &'static str, spelling: &'static str, source: &'static str) -> Token {
    Token { variable, spelling, verified: true, source }
}

const fn unverified(variable: &'static str, spelling: &'static str, source: &'static str) -> Token {
    Token { variable, spelling, verified: false, source }
}

const JAMF_SOURCE: &str = "Jamf Pro documentation, payload variables for computers, 2025-07";
const KANDJI_SOURCE: &str = "Kandji support repository, global variables, 2026";
const WS1_SOURCE: &str = "Workspace ONE lookup values as used by public enrollment guides, 2026";

/// All MDMs, in the order in which plans list them.
pub const MDMS: &[Mdm] = &[
    Mdm {
        id: "jamf",
        title: "Jamf Pro",
        platform: Platform::Macos,
        variables: &[
            token("email", "$EMAIL", JAMF_SOURCE),
            token("username", "$USERNAME", JAMF_SOURCE),
            token("full_name", "$FULLNAME", JAMF_SOURCE),
            token("device_name", "$COMPUTERNAME", JAMF_SOURCE),
            token("serial_number", "$SERIALNUMBER", JAMF_SOURCE),
            token("device_id", "$UDID", JAMF_SOURCE),
            token("department", "$DEPARTMENTNAME", JAMF_SOURCE),
            token(CUSTOM, "$EXTENSIONATTRIBUTE_*", JAMF_SOURCE),
        ],
    },
    Mdm {
        id: "kandji",
        title: "Iru (Kandji)",
        platform: Platform::Macos,
        variables: &[
            token("email", "$EMAIL", KANDJI_SOURCE),
            token("username", "$USERNAME", KANDJI_SOURCE),
            token("full_name", "$FULL_NAME", KANDJI_SOURCE),
            token("device_name", "$DEVICE_NAME", KANDJI_SOURCE),
            token("serial_number", "$SERIAL_NUMBER", KANDJI_SOURCE),
            token("device_id", "$UDID", KANDJI_SOURCE),
            token("department", "$DEPARTMENT", KANDJI_SOURCE),
        ],
    },
    Mdm {
        id: "simplemdm",
        title: "SimpleMDM",
        platform: Platform::Macos,
        variables: &[token(CUSTOM, "{{*}}", "SimpleMDM provider for Terraform, attribute_support, 2026")],
    },
    Mdm {
        id: "mosyle",
        title: "Mosyle",
        platform: Platform::Macos,
        variables: &[
            token("email", "%Email%", "smallstep's Mosyle guide, 2026"),
            token("device_name", "%DeviceName%", "smallstep's Mosyle guide, 2026"),
            token("serial_number", "%SerialNumber%", "smallstep's Mosyle guide, 2026"),
            token("device_id", "%UUID%", "smallstep's Mosyle guide, 2026"),
        ],
    },
    Mdm {
        id: "workspace-one",
        title: "Workspace ONE",
        platform: Platform::Macos,
        variables: &[
            token("email", "{EmailAddress}", WS1_SOURCE),
            token("username", "{EnrollmentUser}", WS1_SOURCE),
            // No full_name: it would take two lookup values, and a pair that is not filled in is not recognised
            // as absent on the device.
            unverified("device_name", "{DeviceFriendlyName}", "lookup values, not tried"),
            unverified("serial_number", "{DeviceSerialNumber}", "lookup values, not tried"),
            token("device_id", "{DeviceUid}", WS1_SOURCE),
            token(CUSTOM, "{CustomAttribute*}", WS1_SOURCE),
        ],
    },
    Mdm { id: "generic-macos", title: "any other macOS MDM", platform: Platform::Macos, variables: &[] },
    Mdm { id: "intune", title: "Microsoft Intune", platform: Platform::Windows, variables: &[] },
    Mdm {
        id: "configmgr-gpo",
        title: "ConfigMgr and Group Policy",
        platform: Platform::Windows,
        variables: &[],
    },
];

/// The row of an MDM's id.
pub fn mdm(id: &str) -> Option<&'static Mdm> {
    MDMS.iter().find(|mdm| mdm.id == id)
}

impl Variable {
    /// The variable of a manifest's name, unless there is none.
    pub fn known(name: &str) -> Option<Variable> {
        VARIABLES.iter().find(|known| **known == name).map(|known| Variable::Known(known))
    }
}

impl Mdm {
    /// How this MDM spells a variable, if it has it.
    pub fn spell(&self, variable: &Variable) -> Option<String> {
        let row = |name: &str| self.variables.iter().find(|token| token.variable == name);
        match variable {
            Variable::Known(name) => row(name).map(|token| token.spelling.to_owned()),
            Variable::Custom(attribute) => row(CUSTOM).map(|token| token.spelling.replace('*', attribute)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The grammars that the agent takes as absent when a value is wholly one of them.
    fn is_one_variable(text: &str) -> bool {
        let name =
            |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let between = |start: &str, end: &str| {
            text.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).is_some_and(name)
        };
        [("$", ""), ("${", "}"), ("{{", "}}"), ("{", "}"), ("%", "%")]
            .iter()
            .any(|(start, end)| between(start, end))
    }

    #[test]
    fn a_variable_that_is_not_filled_in_counts_as_absent_for_every_mdm() {
        for mdm in MDMS {
            for token in mdm.variables {
                let spelling = token.spelling.replace('*', "attribute_1");
                assert!(is_one_variable(&spelling), "{}: {spelling}", mdm.id);
                assert!(!token.source.is_empty(), "{}: {spelling} has no source", mdm.id);
            }
        }
    }

    #[test]
    fn variables_are_those_that_a_manifest_can_name() {
        for mdm in MDMS {
            let mut seen = Vec::new();
            for token in mdm.variables {
                let name = token.variable;
                assert!(name == CUSTOM || VARIABLES.contains(&name), "{}: {name}", mdm.id);
                assert!(!seen.contains(&name), "{}: {name} twice", mdm.id);
                seen.push(name);
            }
        }
    }
}
