//! What install, a second install, check and uninstall make of a client's files: one folder a case, its name a sentence.
//!
//! `before.<ext>` and `after.<ext>` are the texts of the client's first file with that ending, `before.<role>.<ext>`
//! those of the file of a role; no `before` means that there is no file. `uninstalled.<…>` is what uninstall leaves where
//! that is not `before`. `note.json` says the rule, and what differs from the usual: see [`Note`].
//!
//! With AIWATCH_BLESS=1, texts that are missing are written, to be read by a person before they are committed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use aiwatch::clients::{self, Client, ConfigFile, HookSet, Merge, Os, Places, Reach, Texts, Wanted};
use aiwatch::documents::Refusal;

/// The keys of `note.json`.
struct Note(serde_json::Value);

impl Note {
    fn switch(&self, key: &str, absent: bool) -> bool {
        self.0.get(key).map_or(absent, |value| value.as_bool().expect(key))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| value.as_str().expect(key))
    }

    fn list(&self, key: &str) -> Vec<String> {
        let values = self.0.get(key).map(|value| value.as_array().expect(key).clone()).unwrap_or_default();
        values.iter().map(|value| value.as_str().expect(key).to_owned()).collect()
    }

    /// `os` (linux, macos, windows); the places follow from it.
    fn places(&self) -> Places {
        let (os, root, home) = match self.text("os").unwrap_or("linux") {
            "linux" => (Os::Linux, "/", "/people/dev"),
            "macos" => (Os::MacOs, "/", "/Users/dev"),
            "windows" => (Os::Windows, "C:/", "C:/Users/dev"),
            other => panic!("no such system: {other}"),
        };
        Places {
            os,
            root: root.into(),
            home: Some(home.into()),
            local_app_data: (os == Os::Windows).then(|| PathBuf::from(home).join("AppData").join("Local")),
            claude_config_dir: None,
            codex_home: None,
            hermes_home: None,
        }
    }

    /// `reach` (user, machine).
    fn reach(&self) -> Reach {
        match self.text("reach").unwrap_or("user") {
            "user" => Reach::User,
            "machine" => Reach::Machine,
            other => panic!("no such reach: {other}"),
        }
    }

    /// `sessions`, `binary`, `fail_closed`, `approve`, `version`.
    fn hooks(&self) -> HookSet {
        HookSet {
            binary: self.text("binary").unwrap_or("/usr/local/bin/aiwatch").to_owned(),
            wanted: if self.switch("sessions", true) { Wanted::AllEvents } else { Wanted::Enforcement },
            fail_closed: self.switch("fail_closed", false),
            approve: self.switch("approve", false),
            version: self.text("version").map(str::to_owned),
            now: 1_790_000_000,
        }
    }

    /// `watched`: paths of other files with their texts.
    fn watched(&self, client: &dyn Client) -> Vec<(PathBuf, String)> {
        let listed = client.watched(&self.places(), self.reach());
        let texts = self.0.get("watched").and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
        texts
            .into_iter()
            .map(|(path, text)| {
                assert!(listed.contains(&PathBuf::from(&path)), "{path} is not watched, but {listed:?}");
                (path.into(), text.as_str().expect("a text").to_owned())
            })
            .collect()
    }
}

/// One case, with the client's files.
struct Case {
    folder: PathBuf,
    note: Note,
    client: &'static dyn Client,
    files: Vec<ConfigFile>,
}

impl Case {
    fn read(client: &'static dyn Client, folder: &Path) -> Case {
        let text = fs::read_to_string(folder.join("note.json")).expect("note.json");
        let note = Note(serde_json::from_str(&text).expect("note.json"));
        let files = client.files(&note.places(), note.reach());
        Case { folder: folder.to_owned(), note, client, files }
    }

    /// Where a text of a file is kept: by role, else by ending where the file is the first with that ending.
    fn names(&self, state: &str, file: &ConfigFile) -> Vec<PathBuf> {
        let ending = |file: &ConfigFile| file.path.extension().expect("an ending").to_owned();
        let first = self.files.iter().find(|other| ending(other) == ending(file)).expect("itself");
        let ending = ending(file).into_string().expect("text");
        let mut names = vec![self.folder.join(format!("{state}.{}.{ending}", file.role))];
        if first.role == file.role {
            names.insert(0, self.folder.join(format!("{state}.{ending}")));
        }
        names
    }

    fn text(&self, state: &str, file: &ConfigFile) -> Option<String> {
        self.names(state, file)
            .iter()
            .find_map(|path| fs::read(path).ok())
            .map(|bytes| String::from_utf8(bytes).expect("UTF-8"))
    }

    /// The texts of all files in a state.
    fn texts(&self, state: &str) -> Texts {
        self.files.iter().map(|file| (file.role, self.text(state, file))).collect()
    }

    /// Merges all files in turn.
    fn merge(&self, texts: &Texts, hooks: &HookSet) -> Result<(Texts, usize), Refusal> {
        let (mut merged, mut changes) = (Texts::new(), 0);
        for (file, (_, text)) in self.files.iter().zip(texts) {
            let text = match self.client.merge(file, text.as_deref(), &merged, hooks)? {
                Merge::Unchanged => text.clone(),
                Merge::Replace(new) => {
                    changes += 1;
                    assert_ne!(Some(&new), text.as_ref(), "a replacement that changes nothing");
                    Some(new)
                }
                Merge::Remove => {
                    changes += 1;
                    assert!(text.is_some(), "an absent file cannot go");
                    None
                }
            };
            merged.push((file.role, text));
        }
        Ok((merged, changes))
    }

    fn findings(&self, texts: &Texts) -> Vec<String> {
        let watched = self.note.watched(self.client);
        let found = self.client.findings(&self.files, texts, &watched, &self.note.hooks());
        found.into_iter().map(|finding| format!("{}: {}", finding.kind, finding.reason)).collect()
    }

    /// Compares texts with those of a state.
    fn compare(&self, what: &str, texts: &Texts, states: &[&str], wrong: &mut String) {
        for (file, (_, text)) in self.files.iter().zip(texts) {
            let expected = states.iter().find_map(|state| self.text(state, file));
            let compared = self.note.list("compare");
            let compared = compared.is_empty() || compared.iter().any(|role| role == file.role);
            let gone = self.note.list("removed").iter().any(|role| role == file.role) && states.len() > 1;
            let expected = if gone { None } else { expected };
            if *text == expected || !compared {
                continue;
            }
            if std::env::var_os("AIWATCH_BLESS").is_some() {
                fs::write(&self.names(states[0], file)[0], text.as_deref().unwrap_or_default())
                    .expect("write");
                continue;
            }
            let _ =
                writeln!(wrong, "{what}, {}:\n{}", file.role, shown(expected.as_deref(), text.as_deref()));
        }
    }

    /// The four ways.
    fn run(&self) -> Result<(), String> {
        let mut wrong = String::new();
        let before = self.texts("before");
        let refused = self.note.0.get("exit").and_then(serde_json::Value::as_u64) == Some(1);
        let (after, changes) = match self.merge(&before, &self.note.hooks()) {
            Err(_) if refused => return Ok(()),
            Err(refusal) => return Err(format!("install refuses: {refusal}")),
            Ok(_) if refused => return Err("install does not refuse".to_owned()),
            Ok(merged) => merged,
        };
        self.compare("install", &after, &["after"], &mut wrong);
        match self.merge(&after, &self.note.hooks()) {
            Ok((again, 0)) => assert_eq!(again, after),
            other => {
                let _ = writeln!(wrong, "a second install changes something: {other:?}");
            }
        }
        let (found, left) = (self.findings(&before), self.findings(&after));
        let expected = self.note.list("findings_after");
        if left.len() != expected.len() || !left.iter().zip(&expected).all(|(is, must)| is.contains(must)) {
            let _ = writeln!(wrong, "check after install finds {left:?}, not {expected:?}");
        }
        for must in self.note.list("findings") {
            if !found.iter().any(|finding| finding.contains(&must)) {
                let _ = writeln!(wrong, "check before install finds {found:?}, and not {must:?}");
            }
        }
        if (changes > 0) == (found.len() == left.len() && found.is_empty()) {
            let _ = writeln!(wrong, "install changes {changes} files, but check finds {found:?}");
        }
        match self.merge(&after, &HookSet::none()) {
            Ok((gone, _)) => self.compare("uninstall", &gone, &["uninstalled", "before"], &mut wrong),
            Err(refusal) => {
                let _ = writeln!(wrong, "uninstall refuses: {refusal}");
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

fn shown(expected: Option<&str>, is: Option<&str>) -> String {
    format!("expected {expected:?}\n     got {is:?}")
}

#[test]
fn every_case_holds_four_ways() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/install");
    let mut counts = BTreeMap::new();
    let mut failures = String::new();
    for client in clients::CLIENTS {
        let Ok(cases) = fs::read_dir(root.join(client.id())) else { continue };
        let mut folders: Vec<PathBuf> = cases.map(|case| case.expect("a folder").path()).collect();
        folders.sort();
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            *counts.entry(client.id()).or_insert(0) += 1;
            if let Err(wrong) = Case::read(*client, folder).run() {
                let _ = writeln!(
                    failures,
                    "== {}\n{wrong}",
                    folder.strip_prefix(&root).expect("below").display()
                );
            }
        }
    }
    println!("cases: {counts:?}");
    assert!(failures.is_empty(), "\n{failures}");
}
