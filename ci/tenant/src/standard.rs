//! What a working tenant answers.

use serde_json::{Value, json};

use crate::State;
use crate::script::Answer;
use crate::wire::Request;

/// The answer to a request that the script says nothing about.
pub(crate) fn answer(request: &Request, origin: &str, state: &mut State) -> Answer {
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/api/v1/mdm/enroll") => enroll(request, state),
        ("POST", "/api/v1/cli/device/authorize") => authorize(origin, state),
        ("POST", "/api/v1/cli/device/token") => token(request, state),
        ("GET", "/device") => Answer { status: 200, body: b"stub tenant".to_vec(), ..Answer::default() },
        (method, path) => match with_key(method, path, &request.body, origin, state) {
            _ if request.header("x-runlayer-api-key").is_none_or(str::is_empty) => refusal(401, "no key"),
            Some(body) => Answer::json(200, &body),
            None => refusal(404, "Not Found"),
        },
    }
}

/// Refuses as the tenant does: the reason is under `detail`.
pub(crate) fn refusal(status: u16, detail: &str) -> Answer {
    Answer::json(status, &json!({"detail": detail}))
}

fn enroll(request: &Request, state: &mut State) -> Answer {
    let key = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let accepted = match (key, state.script.texts("enrollment_keys")) {
        (None | Some(""), _) => false,
        (Some(key), Some(keys)) => keys.contains(&key),
        (Some(_), None) => true,
    };
    if !accepted {
        return refusal(401, "Invalid enrollment key");
    }
    let text = |name| request.body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match (text("username"), text("device_name")) {
        (Some(username), Some(_)) => Answer::json(200, &json!({"api_key": new_key(username, state)})),
        _ => refusal(422, "username and device_name are required"),
    }
}

fn new_key(username: &str, state: &mut State) -> String {
    state.keys_given += 1;
    format!("rl_user_{username}_{:08}", state.keys_given)
}

fn authorize(origin: &str, state: &mut State) -> Answer {
    state.polls = 0;
    let body = json!({
        "device_code": "device-code-of-the-stub",
        "user_code": "STUB-CODE",
        "verification_uri": format!("{origin}/device"),
        "verification_uri_complete": format!("{origin}/device?user_code=STUB-CODE"),
        "expires_in": 600,
        "interval": state.script.number("login_interval", 1),
    });
    Answer::json(200, &body)
}

fn token(request: &Request, state: &mut State) -> Answer {
    if request.body["device_code"] != "device-code-of-the-stub" {
        return refusal(400, "unknown device code");
    }
    state.polls += 1;
    if state.polls as u64 <= state.script.number("login_polls", 2) {
        return refusal(202, "authorization_pending");
    }
    Answer::json(200, &json!({"api_key": new_key("login", state)}))
}

/// What a user's or an organization's key may call.
fn with_key(method: &str, path: &str, body: &Value, origin: &str, state: &State) -> Option<Value> {
    let detect = path.strip_prefix("/api/v1/ai-watch/").or_else(|| path.strip_prefix("/api/v1/mcp-watch/"));
    Some(match (method, path, detect) {
        ("POST", "/api/v1/hooks/events", _) => json!({"status": "ingested"}),
        ("POST", "/api/v1/hooks/cursor", _) if approved(body, origin, state) => {
            json!({"permission": "allow"})
        }
        ("POST", "/api/v1/hooks/cursor", _) => {
            json!({"permission": "deny", "user_message": "this MCP server is not approved"})
        }
        ("POST", "/api/v1/hooks/tool/pre", _) => {
            let denied = state.script.texts("deny_tools").unwrap_or_default();
            match body["tool_name"].as_str().is_some_and(|name| denied.contains(&name)) {
                true => json!({"permission": "deny", "block_reason": "this tool is blocked"}),
                false => json!({"permission": "allow"}),
            }
        }
        ("POST", "/api/v1/hooks/tool/post", _) => json!({"blocked": false}),
        ("GET", "/api/v1/users/me", _) => json!({"username": "stub", "email": "stub@tenant.invalid"}),
        ("GET", "/api/v1/auditlogs", _) => json!([]),
        ("POST", _, Some("scan")) => {
            let configurations = body["configurations"].as_array().into_iter().flatten();
            let servers: usize = configurations.filter_map(|c| c["servers"].as_array()).map(Vec::len).sum();
            json!({"servers_processed": servers, "shadow_servers_found": 0, "managed_servers_matched": 0})
        }
        ("POST", _, Some("skills/lookup" | "plugins/lookup")) => json!({"known": false}),
        ("POST", _, Some("skills/submit" | "plugins/submit")) => json!({"status": "accepted"}),
        _ => return None,
    })
}

/// Whether a working tenant knows this MCP server: its own proxy, its own launcher, or one that the script approves.
/// Simpler than a tenant's own matching, which no client ever sees.
fn approved(body: &Value, origin: &str, state: &State) -> bool {
    if let Some(url) = body["url"].as_str() {
        let own = [format!("{origin}/api/v1/proxy/"), format!("{origin}/proxy/")];
        let allowed = state.script.texts("allow").unwrap_or_default();
        return own.iter().any(|own| url.starts_with(own)) || allowed.contains(&url);
    }
    let command = body["command"].as_str().unwrap_or_default();
    command.starts_with("uvx runlayer ") || command.starts_with("runlayer run ")
}
