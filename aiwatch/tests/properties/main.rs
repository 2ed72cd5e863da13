//! What must hold for any file: foreign bytes stay, a second install changes nothing, and uninstall gives the text back.
//!
//! The exceptions of uninstall are not made here, and have cases in `tests/install`: containers that were there and
//! empty, a `version` that was missing, a feature that was off, entries of ours that were there before.

mod dice;
mod json;
mod toml;

use aiwatch::clients::{Client, ConfigFile, HookSet, Merge, Owner, Texts, Wanted, client};
use aiwatch::documents::Refusal;
use proptest::test_runner::Config;

/// 10,000 cases a format where machines wait for it, fewer where people do.
fn config() -> Config {
    cases(10_000)
}

/// For what is cheap to break and slow to try.
fn few() -> Config {
    cases(2_000)
}

fn cases(in_ci: u32) -> Config {
    let cases = if std::env::var_os("CI").is_some() { in_ci } else { 256 };
    Config { cases, failure_persistence: None, ..Config::default() }
}

fn hooks(wanted: Wanted, approve: bool) -> HookSet {
    HookSet {
        binary: "/usr/local/bin/aiwatch".to_owned(),
        wanted,
        fail_closed: true,
        approve,
        version: None,
        now: 0,
    }
}

fn file(role: &'static str, path: &str) -> ConfigFile {
    ConfigFile { role, owner: Owner::User, path: path.into() }
}

/// One file of one client.
struct Subject {
    client: &'static dyn Client,
    file: ConfigFile,
    earlier: Texts,
    hooks: HookSet,
}

impl Subject {
    fn new(id: &str, role: &'static str, path: &str, hooks: HookSet) -> Subject {
        Subject {
            client: client(id).expect("a client"),
            file: file(role, path),
            earlier: Texts::new(),
            hooks,
        }
    }

    /// The text after a merge; `None` when the file goes.
    fn merged(&self, text: &str, hooks: &HookSet) -> Result<Option<String>, Refusal> {
        Ok(match self.client.merge(&self.file, Some(text), &self.earlier, hooks)? {
            Merge::Unchanged => Some(text.to_owned()),
            Merge::Replace(text) => Some(text),
            Merge::Remove => None,
        })
    }

    fn installed(&self, text: &str) -> String {
        self.merged(text, &self.hooks).expect("a valid text is edited").expect("the file stays")
    }

    fn uninstalled(&self, text: &str) -> Option<String> {
        self.merged(text, &HookSet::none()).expect("a valid text is edited")
    }

    /// A second install finds nothing to do, and check agrees.
    fn assert_settled(&self, text: &str) {
        assert_eq!(self.installed(text), text, "a second install changes something");
    }

    /// Any text is edited or refused; what is edited is settled then.
    fn assert_survives(&self, text: &str) {
        if let Ok(Some(after)) = self.merged(text, &self.hooks) {
            self.assert_settled(&after);
        }
        let _ = self.merged(text, &HookSet::none());
    }
}

/// Whether all characters of one text are in the other one, in order: nothing was taken away or written anew.
fn is_within(part: &str, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.chars().all(|c| whole.any(|other| other == c))
}
