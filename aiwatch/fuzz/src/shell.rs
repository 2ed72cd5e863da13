//! The rules about files, on any command and any path.

use aiwatch::decision::policy;

/// All that must hold for a text where a command or a path should be.
pub fn shell(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let code = policy::shell(text, &|_| false);
    let files = policy::shell(text, &|_| true);
    assert!(code.is_none() || files.is_some(), "a file that is there is protected no less");
    // What comes after a command makes it no better.
    assert!(policy::shell(&format!("cat .env\n{text}"), &|_| false).is_some());
    for name in [".env", ".mcp.json"] {
        assert!(policy::file(&format!("{text}/{name}")).is_some(), "{name} in any folder");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '/' | '-' | '_');
    if text.chars().all(plain) && text.split(' ').any(|word| word == ".env" || word.ends_with("/.env")) {
        assert!(files.is_some(), "{text}");
    }
    let _ = policy::file(text);
}
