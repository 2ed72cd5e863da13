//! What a text must not be, so that no MDM, no installer and no agent misreads it.

use aiwatch_contract::preferences::is_placeholder;
use aiwatch_contract::variables::is_variable;

use super::Fault;
use crate::manifest::fields::MAX_VALUE;
use crate::mdm::{self, CUSTOM, MDMS, Mdm, Platform};

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Shown to people; in profiles and guides only.
    Display,
    /// A preference that may be shown.
    Open,
    /// A preference that must not be shown.
    Secret,
    /// An address in a list.
    Address,
}

/// The first fault of a text that goes to the devices of these MDMs. Never tells the text itself.
pub(super) fn fault(text: &str, role: Role, mdms: &[&'static Mdm]) -> Option<Fault> {
    shape(text).or_else(|| unedited(text)).or_else(|| embedded(text, role, mdms)).or_else(|| {
        let windows = mdms.iter().any(|mdm| mdm.platform == Platform::Windows);
        if windows && role != Role::Display { msi_property(text, role) } else { None }
    })
}

fn shape(text: &str) -> Option<Fault> {
    if text.trim().is_empty() {
        return Some(Fault::new("is empty", "state a value, or leave the key out"));
    }
    if text.contains('\u{FFFD}') {
        return Some(Fault::new(
            "holds the sign that stands for broken text (U+FFFD), so it was not UTF-8 where it came from",
            "write or set it again in UTF-8",
        ));
    }
    // XML has no way to write these, and a command line ends at a line break.
    let broken = |c: char| {
        c.is_control() || matches!(c, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' | '\u{2028}' | '\u{2029}')
    };
    if text.contains(broken) {
        return Some(Fault::new(
            "holds a line break or another control character, which profiles and installers cannot carry",
            "write one line of printable characters",
        ));
    }
    if text.trim() != text {
        return Some(Fault::new(
            "begins or ends with white space, which devices would cut off",
            "remove the white space",
        ));
    }
    (text.len() > MAX_VALUE).then(|| {
        Fault::new(format!("has {} bytes, and at most {MAX_VALUE} are allowed", text.len()), "shorten it")
    })
}

/// Templates and variables that devices take as "no value".
fn unedited(text: &str) -> Option<Fault> {
    if is_placeholder(text) {
        return Some(Fault::new(
            "is a placeholder that was not edited, and devices take it as no value",
            "put the real value in its place, or leave the key out",
        ));
    }
    is_variable(text).then(|| {
        Fault::new(
            "looks like an MDM's variable, and devices take an unfilled one as no value",
            variable_hint(text),
        )
    })
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn variable_hint(text: &str) -> String {
    let tokens = || MDMS.iter().flat_map(|mdm| mdm.variables);
    if let Some(token) = tokens().find(|token| token.variable != CUSTOM && token.spelling == text) {
        return format!("write {{ variable = \"{}\" }}: it is spelled for each MDM", token.variable);
    }
    format!(
        "write {{ variable = \"name\" }} or {{ custom = \"attribute\" }}; variables are: {}",
        mdm::VARIABLES.join(", ")
    )
}

/// What an MDM fills in within a text, beyond the variables that manifests can name.
enum Grammar {
    /// These spellings. Other words that look alike stay as they are.
    Names(&'static [&'static str]),
    /// Any name between these two.
    Between(&'static str, &'static str),
}

/// By MDM. From the makers' documents: Jamf "payload variables", 2025-07; Kandji "global variables", 2026;
/// SimpleMDM's attribute support; Workspace ONE's lookup values. Mosyle's full list is not public. Windows:
/// Intune and ConfigMgr expand environment variables in command lines.
const GRAMMARS: &[(&str, Grammar)] = &[
    (
        "jamf",
        Grammar::Names(&[
            "$MANAGEMENTID",
            "$SITENAME",
            "$SITEID",
            "$REALNAME",
            "$PHONE",
            "$POSITION",
            "$DEPARTMENTID",
            "$BUILDINGNAME",
            "$BUILDINGID",
            "$ROOM",
            "$MACADDRESS",
            "$JSSID",
            "$PROFILEJSSID",
            "$EXTENSIONATTRIBUTE_",
            "$PROFILE_IDENTIFIER",
        ]),
    ),
    (
        "kandji",
        Grammar::Names(&[
            "$ASSET_TAG",
            "$PROFILE_UUID",
            "$EMAIL_PREFIX",
            "$USERNAME_PREFIX",
            "$JOB_TITLE",
            "$DEVICE_ID",
            "$BLUEPRINT_NAME",
            "$BLUEPRINT_ID",
            "$MODEL_NAME",
            "$MODEL_IDENTIFIER",
        ]),
    ),
    ("simplemdm", Grammar::Between("{{", "}}")),
    ("mosyle", Grammar::Between("%", "%")),
    ("workspace-one", Grammar::Between("{", "}")),
    ("intune", Grammar::Between("%", "%")),
    ("configmgr-gpo", Grammar::Between("%", "%")),
];

/// A variable inside a longer text, which one of the chosen MDMs would fill in.
fn embedded(text: &str, role: Role, mdms: &[&'static Mdm]) -> Option<Fault> {
    // No Windows tool sees a text that only profiles and guides carry.
    let sees = |mdm: &&&'static Mdm| role != Role::Display || mdm.platform == Platform::Macos;
    mdms.iter().filter(sees).find_map(|mdm| {
        let known = mdm.variables.iter().filter(|token| token.variable != CUSTOM).map(|token| token.spelling);
        let token = known.chain(names(mdm)).find(|name| text.contains(name)).map(str::to_owned);
        let token = token.or_else(|| between(mdm, text, role))?;
        Some(Fault::new(
            format!("holds {token}, which {} fills in", mdm.title),
            format!("write it without {token}, or leave {} out of [targets] mdms", mdm.id),
        ))
    })
}

fn names(mdm: &Mdm) -> impl Iterator<Item = &'static str> {
    let of_this = GRAMMARS.iter().filter(move |(id, _)| *id == mdm.id);
    of_this
        .flat_map(|(_, grammar)| match grammar {
            Grammar::Names(names) => *names,
            Grammar::Between(..) => &[],
        })
        .copied()
}

fn between(mdm: &Mdm, text: &str, role: Role) -> Option<String> {
    let of_this = GRAMMARS.iter().filter(|(id, _)| *id == mdm.id);
    of_this.into_iter().find_map(|(_, grammar)| match grammar {
        Grammar::Between(open, close) => holds(text, open, close, role).then(|| format!("{open}…{close}")),
        Grammar::Names(_) => None,
    })
}

fn holds(text: &str, open: &str, close: &str, role: Role) -> bool {
    // In an address, %C3 is a byte and not the beginning of a name.
    let byte = |name: &str| role == Role::Address && name.chars().take(2).all(|c| c.is_ascii_hexdigit());
    text.match_indices(open).any(|(at, _)| {
        let rest = text.get(at + open.len()..).unwrap_or_default();
        rest.split_once(close).is_some_and(|(name, _)| is_name(name) && !byte(name))
    })
}

/// Values that Windows Installer, or what calls it, reads otherwise than written.
fn msi_property(text: &str, role: Role) -> Option<Fault> {
    if text.starts_with('#') {
        return Some(Fault::new(
            "begins with #, which Windows Installer reads as a number",
            if role == Role::Secret { "mint another key" } else { "write it without the #" },
        ));
    }
    if role == Role::Secret && text.contains(['[', ']', '{', '}']) {
        return Some(Fault::new(
            "holds a bracket or a brace, which Windows Installer reads as a reference",
            "mint another key, without [ ] { }",
        ));
    }
    if text.contains('"') || text.ends_with('\\') {
        return Some(Fault::new(
            "holds a double quote or ends with a backslash, which ends the text on a Windows command line",
            "write it without, or leave the Windows MDMs out of [targets] mdms",
        ));
    }
    let (_, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
    unmappable.then(|| {
        Fault::new(
            "holds characters that are not in Windows-1252, the text encoding of the Windows installer",
            "write it in Western European letters, or leave the Windows MDMs out of [targets] mdms",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<&'static Mdm> {
        MDMS.iter().collect()
    }

    #[test]
    fn whole_variables_of_any_mdm_are_refused_for_every_mdm() {
        for text in [
            "$EMAIL",
            "$EMAIL$",
            "$Foo_1",
            "${X}",
            "{{attr}}",
            "{{ attr }}",
            "{EmailAddress}",
            "%Email%",
            "%any thing%",
            "{FirstName} {LastName}",
            "$FULLNAME $EMAIL",
            "%A%%B%",
            "{{dept.code}} {x}",
        ] {
            assert!(fault(text, Role::Open, &[]).is_some_and(|f| f.message.contains("variable")), "{text}");
        }
        for text in ["$", "$5", "{}", "%%", "100%", "a{b}c", "O'Brien & \"Söhne\" <x>", "a$b"] {
            assert_eq!(fault(text, Role::Open, &[]), None, "{text}");
        }
    }

    #[test]
    fn a_variable_within_a_text_counts_where_an_mdm_fills_it_in() {
        let jamf: Vec<&'static Mdm> = mdm::mdm("jamf").into_iter().collect();
        let mosyle: Vec<&'static Mdm> = mdm::mdm("mosyle").into_iter().collect();
        assert!(fault("x $EMAIL y", Role::Open, &jamf).is_some());
        assert_eq!(fault("x $EMAIL y", Role::Open, &mosyle), None);
        assert!(fault("x %Foo% y", Role::Open, &mosyle).is_some());
        assert_eq!(fault("x %Foo% y", Role::Open, &jamf), None);
        assert_eq!(fault("https://x.example/%C3%BC%20", Role::Address, &all()), None);
    }

    #[test]
    fn msi_rules_are_for_windows_only() {
        for text in ["#1", "say \"x\"", "C:\\", "λ"] {
            let macos: Vec<_> = all().into_iter().filter(|m| m.platform == Platform::Macos).collect();
            assert!(fault(text, Role::Open, &all()).is_some(), "{text}");
            assert_eq!(fault(text, Role::Open, &macos), None, "{text}");
        }
        assert!(fault("a[b", Role::Secret, &all()).is_some());
        assert_eq!(fault("a[b", Role::Open, &all()), None);
    }
}
