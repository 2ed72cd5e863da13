//! What must hold for any bytes from outside: one function a target, which panics where it does not.
//!
//! `main.rs` gives them to libFuzzer, and `aiwatch/tests/fuzz_corpus.rs` includes this file to play `corpus/` and
//! `findings/` in the ordinary tests.

pub mod config;
pub mod edits;
pub mod redact;
pub mod reports;
pub mod scan;
pub mod settings;
pub mod shell;
pub mod skills;
pub mod stdin;
pub mod urls;

use aiwatch::decision::event::Host;

/// What must hold for the bytes of one input.
pub type Check = fn(&[u8]);

/// All targets by their names.
pub const TARGETS: [(&str, Check); 21] = [
    ("stdin_cursor", |bytes| stdin::stdin(Host::Cursor, bytes)),
    ("stdin_claude_code", |bytes| stdin::stdin(Host::ClaudeCode, bytes)),
    ("stdin_codex", |bytes| stdin::stdin(Host::Codex, bytes)),
    ("stdin_hermes", |bytes| stdin::stdin(Host::Hermes, bytes)),
    ("config_json", config::json),
    ("config_toml", config::toml),
    ("config_yaml", config::yaml),
    ("urls", urls::urls),
    ("edit_json", edits::json),
    ("edit_toml", edits::toml),
    ("edit_yaml", edits::yaml),
    ("managed_plist", settings::plist),
    ("managed_json", settings::json),
    ("shell_policy", shell::shell),
    ("scan_redact", redact::redact),
    ("transcript", reports::transcript),
    ("outbox_file", reports::outbox_file),
    ("scan_skill", skills::skill),
    ("scan_client_files", scan::client_files),
    ("scan_sqlite", scan::database),
    ("json_by_hand", config::json_by_hand),
];

/// Plays one input of a target. The target must be one of [`TARGETS`].
pub fn play(target: &str, bytes: &[u8]) {
    let (_, check) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target");
    check(bytes);
}
