//! Redaction of any text.

use aiwatch::scan::redact::{self, MARKER};

/// All that must hold for a text: redacting twice is redacting once, a key does not survive, and JSON stays JSON.
pub fn redact(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let once = redact::text(text);
    assert_eq!(redact::text(&once), once, "{text}");
    for of in [redact::url, redact::command] {
        let once = of(text);
        assert_eq!(of(&once), once, "{text}");
    }
    let args: Vec<String> = text.lines().map(str::to_owned).collect();
    let shown = redact::arguments(&args);
    assert_eq!(shown.len(), args.len(), "{text}");
    assert_eq!(redact::arguments(&shown), shown, "{text}");
    let shown = redact::variable("NAME", text);
    assert!(text.is_empty() || shown == MARKER || shown.contains(['$', '{', '%']), "{text}");
    // A made-up key, in two parts so that no one takes it for a real one.
    let key = ["ghp_", "mUqk8ZAGLxcbAQM3FbsE0HW5V2ydTr94nXoP"].concat();
    assert!(!redact::text(&format!("{text}\n{key}\n")).contains(&key), "{text}");
    if is_json(text) {
        assert!(is_json(&once), "{text}");
    }
}

fn is_json(text: &str) -> bool {
    aiwatch::documents::json::value(text).is_ok()
}
