//! Managed settings: damage never loosens, whatever a weaker source says.

use aiwatch::settings::{Layer, PlaceState, Settings, TenantUnreachable, Value};
use aiwatch_contract::preferences::{
    ALLOW_USER_CA_BUNDLES, ALLOWED_REMOTE_MCP_URLS, ENFORCEMENT, ENROLLMENT_KEY, HOST, ORG_API_KEY,
    TENANT_UNREACHABLE,
};

/// A weaker source that loosens whatever can be loosened.
fn loose() -> Layer {
    let settings = serde_json::json!({
        HOST.key: "https://weaker.example",
        ENFORCEMENT.key: false,
        TENANT_UNREACHABLE.key: "local",
        ALLOWED_REMOTE_MCP_URLS.key: ["https://weaker.example"],
        ALLOW_USER_CA_BUNDLES.key: true,
    });
    Layer::json("a weaker source", settings.to_string().as_bytes())
}

/// All that must hold for a property list, XML or binary.
pub fn plist(bytes: &[u8]) {
    layered(Layer::plist("the managed settings", bytes));
}

/// All that must hold for a JSON object of settings.
pub fn json(bytes: &[u8]) {
    layered(Layer::json("the managed settings", bytes));
    let alone = Settings::read(&[Layer::json("the managed settings", bytes)]);
    let off = serde_json::from_slice::<serde_json::Value>(bytes)
        .is_ok_and(|settings| settings[ENFORCEMENT.key] == serde_json::Value::Bool(false));
    assert_eq!(alone.enforcement(), !off, "only a false switches enforcement off");
}

fn layered(layer: Layer) {
    assert!(!Settings::read(&[loose()]).enforcement(), "the weaker source is loose");
    let alone = Settings::read(std::slice::from_ref(&layer));
    let both = Settings::read(&[layer, loose()]);
    for settings in [&alone, &both] {
        for secret in [&ORG_API_KEY, &ENROLLMENT_KEY].map(|preference| settings.get(preference)) {
            let shown = format!("{secret:?} {:?}", secret.shown());
            if let Some(Value::Text(text)) = &secret.value {
                assert!(text.len() < 8 || !shown.contains(&format!("{text:?}")), "a secret is shown");
            }
        }
        for url in settings.allowed_remote_mcp_urls() {
            assert!(!url.is_empty());
        }
        let host = settings.host().map(str::to_owned);
        assert!(host.is_none_or(|host| host.contains("://") && !host.ends_with('/')));
    }
    if matches!(alone.places()[0].state, PlaceState::Unreadable(_)) {
        assert!(both.enforcement(), "damage switches enforcement off");
        assert_eq!(both.tenant_unreachable(), TenantUnreachable::Block);
        assert!(both.get(&ALLOWED_REMOTE_MCP_URLS).value.is_none(), "damage allows servers");
        assert!(!both.allow_user_ca_bundles());
        assert!(!both.unreadable().is_empty());
    }
    // A stronger source that is whole and sets something keeps it.
    for preference in [&ENFORCEMENT, &HOST, &ALLOWED_REMOTE_MCP_URLS] {
        if let Some(value) = &alone.get(preference).value {
            assert_eq!(both.get(preference).value.as_ref(), Some(value));
        }
    }
}
