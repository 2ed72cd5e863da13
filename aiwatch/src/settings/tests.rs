use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const OFF: &str = "<key>Enforcement</key><false/>";

fn plist(place: &str, inner: &str) -> Layer {
    Layer::plist(
        place,
        format!("<?xml version=\"1.0\"?><plist version=\"1.0\"><dict>{inner}</dict></plist>").as_bytes(),
    )
}

fn sz(text: &str) -> RegistryValue {
    RegistryValue::Sz(text.to_owned())
}

fn registry(rows: Vec<(&str, RegistryValue)>) -> Layer {
    Layer::registry("HKLM", rows.into_iter().map(|(name, value)| (name.to_owned(), value)))
}

#[test]
fn nothing_set_means_the_contracts_defaults() {
    let settings = Settings::read(&[Layer::absent("a")]);
    assert_eq!((settings.host(), settings.org_api_key(), settings.enrollment_key()), (None, None, None));
    assert!(settings.enforcement() && settings.sessions() && settings.allow_user_ca_bundles());
    assert_eq!(settings.tenant_unreachable(), TenantUnreachable::Block);
    assert!(settings.allowed_remote_mcp_urls().is_empty() && settings.unreadable().is_empty());
}

#[test]
fn the_first_source_wins_per_key() {
    let first =
        plist("first", "<key>Host</key><string> https://a.example/ </string><key>Username</key><string/>");
    let second = plist(
        "second",
        "<key>Host</key><string>https://b.example</string><key>Username</key><string>alex</string>\
         <key>Enforcement</key><false/>",
    );
    let settings = Settings::read(&[first, second]);
    assert_eq!((settings.host(), settings.username()), (Some("https://a.example"), Some("alex")));
    assert!(!settings.enforcement());
    let host = settings.get(&preferences::HOST);
    assert_eq!(host.place.as_deref(), Some("first"));
    assert_eq!(
        host.ignored,
        [Ignored { place: "second".into(), reason: "a stronger source sets it".into() }]
    );
    assert_eq!(settings.get(&preferences::USERNAME).place.as_deref(), Some("second"));
}

#[test]
fn only_real_booleans_switch() {
    for value in ["<string>false</string>", "<integer>0</integer>", "<real>0</real>", "<array/>", "<dict/>"] {
        let settings = Settings::read(&[plist("a", &format!("<key>Enforcement</key>{value}"))]);
        assert!(settings.enforcement(), "{value}");
        assert_eq!(settings.get(&preferences::ENFORCEMENT).ignored.len(), 1, "{value}");
    }
    assert!(!Settings::read(&[plist("a", OFF)]).enforcement());
    for value in [
        sz("0"),
        RegistryValue::MultiSz(vec!["0".into()]),
        RegistryValue::Other(11),
        RegistryValue::Other(99),
    ] {
        assert!(Settings::read(&[registry(vec![("Enforcement", value)])]).enforcement());
    }
    for (number, on) in [(0, false), (1, true), (2, true), (u32::MAX, true)] {
        let layer = registry(vec![("Enforcement", RegistryValue::Dword(number))]);
        assert_eq!(Settings::read(&[layer]).enforcement(), on, "{number}");
    }
}

#[test]
fn only_texts_are_texts() {
    for value in ["<integer>5</integer>", "<true/>", "<array><string>x</string></array>", "<data>eA==</data>"]
    {
        let settings = Settings::read(&[plist("a", &format!("<key>Username</key>{value}"))]);
        assert_eq!(settings.username(), None, "{value}");
    }
    let layer =
        registry(vec![("Username", RegistryValue::Other(2)), ("DeviceName", RegistryValue::Dword(7))]);
    let settings = Settings::read(&[layer]);
    assert_eq!((settings.username(), settings.device_name()), (None, None));
    assert_eq!(settings.get(&preferences::USERNAME).ignored[0].reason, "REG_EXPAND_SZ where a text belongs");
}

#[test]
fn registry_names_have_no_case_and_ours_are_not_unknown() {
    let settings = Settings::read(&[registry(vec![
        ("host", sz("https://a.example")),
        ("VERSION", sz("1.0.0")),
        ("ConfigRevision", sz("7")),
        ("", sz("default value")),
        ("Enforcment", RegistryValue::Dword(0)),
    ])]);
    assert_eq!(settings.host(), Some("https://a.example"));
    assert_eq!(settings.unknown(), [Unknown { place: "HKLM".into(), key: "Enforcment".into() }]);
    let profile = plist("a", "<key>PayloadUUID</key><string>x</string><key>enforcement</key><false/>");
    assert_eq!(Settings::read(&[profile]).unknown()[0].key, "enforcement");
}

#[test]
fn lists_are_split_and_what_is_no_url_is_left_out() {
    let texts =
        ["https://a.example/mcp  http://b.example", "", "$URLS", "c.example"].map(str::to_owned).to_vec();
    let settings = Settings::read(&[registry(vec![("AllowedRemoteMcpUrls", RegistryValue::MultiSz(texts))])]);
    assert_eq!(settings.allowed_remote_mcp_urls(), ["https://a.example/mcp", "http://b.example"]);
    assert_eq!(settings.get(&preferences::ALLOWED_REMOTE_MCP_URLS).ignored.len(), 3);
    let one = Settings::read(&[registry(vec![("AllowedRemoteMcpUrls", sz("https://a.example"))])]);
    assert!(one.allowed_remote_mcp_urls().is_empty(), "one text is not a list");
    let none = plist("first", "<key>AllowedRemoteMcpUrls</key><array/>");
    let some =
        plist("second", "<key>AllowedRemoteMcpUrls</key><array><string>https://a.example</string></array>");
    assert!(Settings::read(&[none, some]).allowed_remote_mcp_urls().is_empty(), "an empty list says none");
}

#[test]
fn choices_are_the_contracts_texts_alone() {
    let read =
        |text: &str| Settings::read(&[registry(vec![("TenantUnreachable", sz(text))])]).tenant_unreachable();
    assert_eq!(read(" local "), TenantUnreachable::Local);
    for text in ["block", "Local", "allow", "", "{Mode}"] {
        assert_eq!(read(text), TenantUnreachable::Block, "{text}");
    }
}

#[test]
fn a_bad_host_is_ignored_with_its_reason() {
    let settings = Settings::read(&[registry(vec![("Host", sz("http://acme.example"))])]);
    assert_eq!(settings.host(), None);
    assert_eq!(settings.get(&preferences::HOST).ignored[0].reason, "http is for loopback only: use https");
}

#[test]
fn a_damaged_source_never_loosens() {
    let damaged = Layer::plist("managed", b"<plist><dict><key>Enforcement</key>");
    let weaker = plist("local", &format!("{OFF}<key>Host</key><string>https://a.example</string>"));
    let settings = Settings::read(&[damaged.clone(), weaker]);
    assert!(settings.enforcement(), "the weaker source must not decide in the stronger one's place");
    assert!(!settings.allow_user_ca_bundles(), "it may have forbidden them");
    assert_eq!(settings.host(), Some("https://a.example"), "identity is still of use");
    assert_eq!(settings.unreadable()[0].name, "managed");
    assert!(settings.get(&preferences::ENFORCEMENT).ignored[0].reason.contains("managed cannot be read"));
    let settings = Settings::read(&[plist("managed", OFF), damaged]);
    assert!(!settings.enforcement(), "what the stronger source says stands");
    let on = plist("managed", "<key>AllowUserCaBundles</key><true/>");
    let settings = Settings::read(&[on, Layer::unreadable("local", "damaged")]);
    assert!(settings.allow_user_ca_bundles(), "what the stronger source says stands");
}

#[test]
fn binary_property_lists_are_read_too() {
    let mut dictionary = plist::Dictionary::new();
    dictionary.insert("Host".into(), "https://a.example".into());
    dictionary.insert("Sessions".into(), false.into());
    let nested = plist::Dictionary::from_iter([("a", plist::Value::from(1))]);
    dictionary.insert("Nested".into(), plist::Value::Dictionary(nested));
    let mut bytes = Vec::new();
    plist::Value::Dictionary(dictionary).to_writer_binary(&mut bytes).unwrap();
    let settings = Settings::read(&[Layer::plist("a", &bytes)]);
    assert_eq!((settings.host(), settings.sessions()), (Some("https://a.example"), false));
    assert_eq!(settings.unknown()[0].key, "Nested");
}

#[test]
fn what_expands_or_nests_without_end_is_unreadable() {
    let deep = format!("<key>x</key>{}", "<array>".repeat(100_000));
    let many = format!("<key>x</key><array>{}</array>", "<true/>".repeat(200_000));
    for inner in [deep, many] {
        let layer = plist("a", &inner);
        assert!(matches!(layer.content, Content::Unreadable(_)), "{:?}", layer.state());
    }
    let deep_json = format!("{{\"x\":{}", "[".repeat(100_000));
    assert!(matches!(Layer::json("a", deep_json.as_bytes()).content, Content::Unreadable(_)));
    assert!(matches!(Layer::plist("a", &doubling(40)).content, Content::Unreadable(_)));
}

/// A binary property list of `levels` arrays, each holding the next one twice: 2^levels values in a few bytes.
fn doubling(levels: u8) -> Vec<u8> {
    let mut bytes = b"bplist00".to_vec();
    let mut offsets = vec![bytes.len() as u8];
    bytes.extend([0xd1, 1, 2]);
    offsets.push(bytes.len() as u8);
    bytes.extend([0x51, b'x']);
    for level in 0..levels {
        offsets.push(bytes.len() as u8);
        bytes.extend([0xa2, level + 3, level + 3]);
    }
    offsets.push(bytes.len() as u8);
    bytes.push(0x09);
    let table = bytes.len() as u64;
    bytes.extend(&offsets);
    bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
    bytes.extend((offsets.len() as u64).to_be_bytes());
    bytes.extend(0u64.to_be_bytes());
    bytes.extend(table.to_be_bytes());
    bytes
}

#[test]
fn the_doubling_list_is_well_formed_while_small() {
    assert!(matches!(Layer::plist("a", &doubling(3)).content, Content::Values(_)));
}

#[test]
fn no_secret_shows_in_debug_output() {
    let layer = registry(vec![("OrgApiKey", sz("rl_org_0123456789"))]);
    let shown = format!("{layer:?} {:?}", Settings::read(std::slice::from_ref(&layer)));
    assert!(!shown.contains("rl_org") && shown.contains("****6789"), "{shown}");
}

fn raw() -> impl Strategy<Value = Raw> {
    prop_oneof![
        ".*".prop_map(Raw::Text),
        "(https?://)?[a-z.:/@$%{}]{0,20}".prop_map(Raw::Text),
        any::<bool>().prop_map(Raw::Switch),
        prop::collection::vec("(https?://)?[a-z .:/@$%{}]{0,20}", 0..4).prop_map(Raw::Texts),
        Just(Raw::Other("an integer".into())),
    ]
}

fn layer() -> impl Strategy<Value = Layer> {
    let keys: Vec<&str> = PREFERENCES.iter().map(|p| p.key).chain(["Other"]).collect();
    let values = prop::collection::btree_map(prop::sample::select(keys), raw(), 0..12);
    let content = prop_oneof![
        1 => Just(Content::Absent),
        1 => Just(Content::Unreadable("damaged".into())),
        6 => values.prop_map(|v| Content::Values(v.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<BTreeMap<_, _>>())),
    ];
    content.prop_map(|content| Layer { place: "place".into(), content })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for layer in [Layer::plist("a", &bytes), Layer::json("a", &bytes), Layer::plist("a", &[b"bplist00", &bytes[..]].concat())] {
            Settings::read(&[layer]);
        }
    }

    #[test]
    fn no_damage_makes_it_panic(at in 0usize..200, byte in any::<u8>()) {
        let mut bytes = doubling(4);
        if let Some(place) = bytes.get_mut(at) { *place = byte; }
        Settings::read(&[Layer::plist("a", &bytes)]);
    }

    #[test]
    fn every_value_has_the_contracts_type_and_enforcement_falls_only_by_a_real_switch(layers in prop::collection::vec(layer(), 0..3)) {
        let settings = Settings::read(&layers);
        for setting in settings.all() {
            use aiwatch_contract::preferences::Kind;
            prop_assert!(matches!((setting.preference.kind, &setting.value),
                (_, None) | (Kind::Text | Kind::Choice(_), Some(Value::Text(_))) | (Kind::Switch, Some(Value::Switch(_))) | (Kind::List, Some(Value::List(_)))));
            prop_assert_eq!(setting.value.is_some(), setting.place.is_some());
        }
        let said_off = layers.iter().take_while(|l| !matches!(l.content, Content::Unreadable(_))).any(|l| matches!(&l.content,
            Content::Values(v) if v.get("Enforcement") == Some(&Raw::Switch(false))));
        prop_assert!(settings.enforcement() || said_off);
    }
}
