//! Defects of profiles in the wild, as edits of good profiles, each with the rule that must find it.

use packager::outputs::profiles::Kind;
use plist::{Dictionary, Value};

use crate::tenant::{profile, tenant};

/// Where a defect is put.
#[derive(Clone, Copy)]
enum In {
    Top(Kind),
    Payload(Kind),
    /// The first entry of a list inside the payload, by its path.
    Entry(Kind, &'static [&'static str]),
    Settings,
}

const IDENTITY: In = In::Entry(Kind::Pppc, &["Services", "SystemPolicyAllFiles"]);
const RULE: In = In::Entry(Kind::LoginItems, &["Rules"]);

type Edit = fn(&mut Dictionary);

fn set(dictionary: &mut Dictionary, key: &str, value: impl Into<Value>) {
    dictionary.insert(key.to_owned(), value.into());
}

fn rename(dictionary: &mut Dictionary, from: &str, to: &str) {
    let value = dictionary.remove(from).unwrap_or_else(|| panic!("{from} was there"));
    dictionary.insert(to.to_owned(), value);
}

fn drop_key(dictionary: &mut Dictionary, key: &str) {
    assert!(dictionary.remove(key).is_some(), "{key} was there");
}

const DEFECTS: &[(&str, &str, In, Edit)] = &[
    ("PayloadEnabled on top", "profile.unknown-key", In::Top(Kind::Config), |d| {
        set(d, "PayloadEnabled", true)
    }),
    ("PayloadEnabled in a payload", "profile.unknown-key", In::Payload(Kind::Pppc), |d| {
        set(d, "PayloadEnabled", true)
    }),
    ("no PayloadVersion on top", "profile.missing-key", In::Top(Kind::Pppc), |d| {
        drop_key(d, "PayloadVersion")
    }),
    ("no PayloadVersion in a payload", "profile.missing-key", In::Payload(Kind::Config), |d| {
        drop_key(d, "PayloadVersion")
    }),
    ("no PayloadUUID", "profile.missing-key", In::Payload(Kind::LoginItems), |d| drop_key(d, "PayloadUUID")),
    ("no PayloadIdentifier", "profile.missing-key", In::Top(Kind::Notifications), |d| {
        drop_key(d, "PayloadIdentifier")
    }),
    ("version 2", "profile.value", In::Top(Kind::Config), |d| set(d, "PayloadVersion", 2)),
    ("version as text", "profile.type", In::Top(Kind::Config), |d| set(d, "PayloadVersion", "1")),
    ("scope in lower case", "profile.value-case", In::Top(Kind::Config), |d| {
        set(d, "PayloadScope", "system")
    }),
    ("a scope that does not exist", "profile.value", In::Top(Kind::Config), |d| {
        set(d, "PayloadScope", "Device")
    }),
    ("a wrong top type", "profile.value", In::Top(Kind::Config), |d| {
        set(d, "PayloadType", "com.apple.ManagedClient.preferences")
    }),
    ("a key in the wrong case", "profile.key-case", In::Top(Kind::Config), |d| {
        rename(d, "PayloadScope", "payloadScope")
    }),
    ("a dialog before the install", "profile.consent-text", In::Top(Kind::Config), |d| {
        let mut texts = Dictionary::new();
        set(&mut texts, "default", "Agree?");
        set(d, "ConsentText", Value::Dictionary(texts));
    }),
    ("a profile for phones", "profile.target", In::Top(Kind::Config), |d| set(d, "TargetDeviceType", 1)),
    ("no payload", "profile.empty", In::Top(Kind::Config), |d| {
        set(d, "PayloadContent", Value::Array(Vec::new()))
    }),
    ("a payload that is text", "profile.type", In::Top(Kind::Config), |d| {
        set(d, "PayloadContent", Value::Array(vec!["x".into()]))
    }),
    ("settings for one user", "profile.user-scope", In::Top(Kind::Config), |d| {
        set(d, "PayloadScope", "User")
    }),
    ("privacy for one user", "profile.user-scope", In::Top(Kind::Pppc), |d| set(d, "PayloadScope", "User")),
    ("login items without a scope", "profile.no-scope", In::Top(Kind::LoginItems), |d| {
        drop_key(d, "PayloadScope")
    }),
    ("a UUID twice", "profile.duplicate-uuid", In::Top(Kind::Config), |d| {
        let uuid = inner(d, "PayloadUUID").to_lowercase();
        set(d, "PayloadUUID", uuid);
    }),
    ("an identifier twice", "profile.duplicate-identifier", In::Top(Kind::Config), |d| {
        let identifier = inner(d, "PayloadIdentifier");
        set(d, "PayloadIdentifier", identifier);
    }),
    ("an empty identifier", "profile.empty-identity", In::Top(Kind::Config), |d| {
        set(d, "PayloadIdentifier", " ")
    }),
    ("a UUID that is none", "profile.uuid", In::Top(Kind::Config), |d| set(d, "PayloadUUID", "REPLACE-ME")),
    ("a payload type in the wrong case", "profile.value-case", In::Payload(Kind::Pppc), |d| {
        set(d, "PayloadType", "com.apple.tcc.configuration-profile-policy");
    }),
    ("Apple's old misnomer", "profile.unknown-key", In::Payload(Kind::Config), |d| {
        rename(d, "PayloadContent", "PreferenceDomain")
    }),
    ("Allowed as an integer", "profile.type", IDENTITY, |d| set(d, "Allowed", 1)),
    ("StaticCode as an integer", "profile.type", IDENTITY, |d| set(d, "StaticCode", 0)),
    ("Allowed as text", "profile.type", IDENTITY, |d| set(d, "Allowed", "true")),
    ("Path in the wrong case", "profile.value-case", IDENTITY, |d| set(d, "IdentifierType", "Path")),
    ("a path called a bundle id", "profile.identifier", IDENTITY, |d| set(d, "IdentifierType", "bundleID")),
    ("a bare executable called a bundle", "profile.identifier", IDENTITY, |d| {
        set(d, "Identifier", "com.runlayer.aiwatch");
        set(d, "IdentifierType", "bundleID");
    }),
    ("a relative path", "profile.identifier", IDENTITY, |d| set(d, "Identifier", "bin/aiwatch")),
    ("Allowed and Authorization", "profile.allowed-xor-authorization", IDENTITY, |d| {
        set(d, "Authorization", "Allow")
    }),
    ("neither of them", "profile.allowed-xor-authorization", IDENTITY, |d| drop_key(d, "Allowed")),
    ("a standard user's right", "profile.standard-user", IDENTITY, |d| {
        drop_key(d, "Allowed");
        set(d, "Authorization", "AllowStandardUserToSetSystemService");
    }),
    ("a receiver without need", "profile.receiver", IDENTITY, |d| set(d, "AEReceiverIdentifier", "com.a")),
    ("no requirement", "profile.missing-key", IDENTITY, |d| drop_key(d, "CodeRequirement")),
    ("an empty requirement", "profile.requirement-syntax", IDENTITY, |d| set(d, "CodeRequirement", " ")),
    ("an open string", "profile.requirement-syntax", IDENTITY, |d| {
        set(d, "CodeRequirement", "identifier \"com.a")
    }),
    ("an identifier alone", "profile.requirement-identifier-only", IDENTITY, |d| {
        set(d, "CodeRequirement", "identifier \"com.runlayer.aiwatch\"");
    }),
    ("any developer's identifier", "profile.requirement-no-team", IDENTITY, |d| {
        set(d, "CodeRequirement", "identifier \"com.runlayer.aiwatch\" and anchor apple generic");
    }),
    ("a hash of one build", "profile.requirement-cdhash", IDENTITY, |d| {
        set(d, "CodeRequirement", "cdhash H\"00\"")
    }),
    ("the linker's identifier", "profile.requirement-identifier", IDENTITY, |d| {
        let text = requirement(d).replace("com.runlayer.aiwatch", "a.out");
        set(d, "CodeRequirement", text);
    }),
    ("a team that is none", "profile.team-id", IDENTITY, |d| {
        let text = requirement(d).replace("ABCDE12345", "Acme Inc.");
        set(d, "CodeRequirement", text);
    }),
    ("a service that does not exist", "profile.key-case", In::Payload(Kind::Pppc), |d| {
        let services = d.get_mut("Services").and_then(Value::as_dictionary_mut).expect("services");
        rename(services, "SystemPolicyAllFiles", "SystemPolicyAllfiles");
    }),
    ("a camera", "profile.deny-only", In::Payload(Kind::Pppc), |d| {
        let services = d.get_mut("Services").and_then(Value::as_dictionary_mut).expect("services");
        rename(services, "SystemPolicyAllFiles", "Camera");
    }),
    ("a rule for a whole team", "profile.team-rule", RULE, |d| {
        drop_key(d, "TeamIdentifier");
        set(d, "RuleType", "TeamIdentifier");
        set(d, "RuleValue", "ABCDE12345");
    }),
    ("a rule without a team", "profile.rule-without-team", RULE, |d| drop_key(d, "TeamIdentifier")),
    ("a prefix with a dot", "profile.prefix-dot", RULE, |d| {
        set(d, "RuleType", "LabelPrefix");
        set(d, "RuleValue", "com.runlayer.aiwatch.");
    }),
    ("a rule of an unknown type", "profile.value", RULE, |d| set(d, "RuleType", "Path")),
    ("a lower-case team", "profile.team-id", RULE, |d| set(d, "TeamIdentifier", "abcde12345")),
    ("an empty rule", "profile.rule-value", RULE, |d| set(d, "RuleValue", "")),
    (
        "an alert type out of range",
        "profile.value",
        In::Entry(Kind::Notifications, &["NotificationSettings"]),
        |d| {
            set(d, "AlertType", 3);
        },
    ),
    ("a placeholder", "profile.placeholder", In::Settings, |d| set(d, "Host", "REPLACE_WITH_TENANT_HOST")),
    ("an optional placeholder", "profile.placeholder", In::Settings, |d| {
        set(d, "Username", "NAME_OR_LEAVE_BLANK")
    }),
    ("a variable in the wrong case", "profile.variable-case", In::Settings, |d| set(d, "Username", "$email")),
    ("Intune's variable in the wrong case", "profile.variable-case", In::Settings, |d| {
        set(d, "DeviceName", "{{DeviceID}}")
    }),
    ("Mosyle's variable in the wrong case", "profile.variable-case", In::Settings, |d| {
        set(d, "DeviceName", "Mac of %email%")
    }),
    ("a switch as an integer", "profile.setting-type", In::Settings, |d| set(d, "Enforcement", 1)),
    ("a switch as text", "profile.setting-type", In::Settings, |d| set(d, "Sessions", "false")),
    ("a list as text", "profile.setting-type", In::Settings, |d| {
        set(d, "AllowedRemoteMcpUrls", "https://a.example")
    }),
    ("an unknown setting", "profile.setting-unknown", In::Settings, |d| set(d, "Mode", "enforce")),
    ("a setting in the wrong case", "profile.setting-unknown", In::Settings, |d| {
        rename(d, "Enforcement", "enforcement")
    }),
    ("no host", "profile.setting-missing", In::Settings, |d| drop_key(d, "Host")),
    ("a switch left to the default", "profile.setting-implicit", In::Settings, |d| {
        drop_key(d, "Enforcement")
    }),
    ("an empty text", "profile.setting-empty", In::Settings, |d| set(d, "Username", "")),
    ("an unknown choice", "profile.setting-value", In::Settings, |d| set(d, "TenantUnreachable", "allow")),
    ("a host without TLS", "profile.setting-host", In::Settings, |d| set(d, "Host", "http://acme.example")),
    ("settings of one time", "profile.set-once", In::Payload(Kind::Config), |d| {
        rename(domain(d), "Forced", "Set-Once");
    }),
    ("the domain in the wrong case", "profile.value-case", In::Payload(Kind::Config), |d| {
        let content = d.get_mut("PayloadContent").and_then(Value::as_dictionary_mut).expect("domains");
        rename(content, "com.runlayer.aiwatch", "com.runlayer.AIWatch");
    }),
    ("one domain in two payloads", "profile.one-domain-twice", In::Top(Kind::Config), |d| {
        let payloads = d.get_mut("PayloadContent").and_then(Value::as_array_mut).expect("payloads");
        payloads.push(payloads[0].clone());
    }),
    ("one domain in two forms", "profile.one-domain-twice", In::Top(Kind::Config), |d| {
        let mut direct = Dictionary::new();
        set(&mut direct, "PayloadType", "com.runlayer.aiwatch");
        set(&mut direct, "Host", "https://acme.example");
        let payloads = d.get_mut("PayloadContent").and_then(Value::as_array_mut).expect("payloads");
        payloads.push(Value::Dictionary(direct));
    }),
];

fn requirement(identity: &Dictionary) -> String {
    identity.get("CodeRequirement").and_then(Value::as_string).expect("a requirement").to_owned()
}

fn inner(top: &Dictionary, key: &str) -> String {
    let payloads = top.get("PayloadContent").and_then(Value::as_array).expect("payloads");
    let payload = payloads[0].as_dictionary().expect("a payload");
    payload.get(key).and_then(Value::as_string).expect("a text").to_owned()
}

fn domain(payload: &mut Dictionary) -> &mut Dictionary {
    let content = payload.get_mut("PayloadContent").and_then(Value::as_dictionary_mut).expect("domains");
    content.get_mut("com.runlayer.aiwatch").and_then(Value::as_dictionary_mut).expect("our domain")
}

pub(crate) fn seeded() -> impl Iterator<Item = (&'static str, &'static str, Value)> {
    DEFECTS.iter().map(|(sentence, rule, place, edit)| {
        let kind = match place {
            In::Top(kind) | In::Payload(kind) | In::Entry(kind, _) => *kind,
            In::Settings => Kind::Config,
        };
        let bytes = profile(&tenant(), "jamf", &kind.file());
        let mut top = Value::from_reader_xml(bytes.as_slice()).expect("a property list");
        edit(part(top.as_dictionary_mut().expect("a dictionary"), *place));
        (*sentence, *rule, top)
    })
}

fn part(top: &mut Dictionary, place: In) -> &mut Dictionary {
    if let In::Top(_) = place {
        return top;
    }
    let payloads = top.get_mut("PayloadContent").and_then(Value::as_array_mut).expect("payloads");
    let payload = payloads[0].as_dictionary_mut().expect("a payload");
    match place {
        In::Entry(_, path) => {
            let (last, path) = path.split_last().expect("a path");
            let holder = path.iter().fold(payload, |holder, key| {
                holder.get_mut(key).and_then(Value::as_dictionary_mut).expect("a dictionary")
            });
            let entries = holder.get_mut(last).and_then(Value::as_array_mut).expect("a list");
            entries[0].as_dictionary_mut().expect("an entry")
        }
        In::Settings => {
            let forced =
                domain(payload).get_mut("Forced").and_then(Value::as_array_mut).expect("forced values");
            let set = forced[0].as_dictionary_mut().expect("a set");
            set.get_mut("mcx_preference_settings").and_then(Value::as_dictionary_mut).expect("settings")
        }
        _ => payload,
    }
}
