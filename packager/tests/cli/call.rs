//! Runs the program, and takes folders as values.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::{have_path, root};

/// The secrets of examples/acme.
pub const SECRETS: [&str; 2] = ["rl_org_example_0123456789abcdef", "rl_enroll_example_0123456789abcdef"];

/// What a call left.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The same, if it ended with this code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// That standard error says this, in the form of all our errors.
    #[track_caller]
    pub fn says(&self, words: &str) {
        assert!(self.err.starts_with("error: "), "{}", self.err);
        assert!(self.err.contains(words), "no {words:?} in:\n{}", self.err);
    }
}

/// A call that is not run yet, without the environment of the tests.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_packager"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).env_clear();
    command
}

/// Runs a call. Whatever it is, no secret of the example is printed.
#[track_caller]
pub fn ran(mut command: Command) -> Ran {
    let output = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let ran = Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
    for secret in SECRETS {
        // The last characters may be shown, and the contract's own examples end like them.
        let (start, middle) = (&secret[..12], &secret[secret.len() - 20..secret.len() - 8]);
        for printed in [&ran.out, &ran.err] {
            let shown = printed.contains(start) || printed.contains(middle);
            assert!(!shown, "{command:?} shows a secret:\n{printed}");
        }
    }
    ran
}

#[track_caller]
pub fn packager(folder: &Path, arguments: &[&str]) -> Ran {
    ran(command(folder, arguments))
}

/// A folder for a test, with the example's manifest and the agents; `None` where the agents were not built.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Option<Desk> {
        if !have_path(&agents().join(packager::agents::MACOS_FILE), "scripts/build-agents") {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("tenant.toml"), example()).expect("written");
        Some(Desk { folder })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A manifest of another tenant, with more changes.
    pub fn manifest(&self, tenant: &str, changes: &[(&str, &str)]) -> String {
        let mut text = example().replace("name = \"acme\"", &format!("name = \"{tenant}\""));
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        let name = format!("{tenant}.toml");
        fs::write(self.join(&name), text).expect("written");
        name
    }

    /// `packager build`, with the agents named.
    #[track_caller]
    pub fn build(&self, arguments: &[&str]) -> Ran {
        let agents = agents();
        let agents = agents.to_str().expect("text");
        packager(self.path(), &[&["build", "--agents", agents], arguments].concat())
    }

    /// Names in the folder, also hidden ones.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("readable");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

pub fn agents() -> PathBuf {
    root().join("target/agents")
}

pub fn example() -> String {
    fs::read_to_string(root().join("examples/acme/tenant.toml")).expect("readable")
}

/// Permission bits and bytes of all files below a folder, by path; folders have none.
pub type Tree = BTreeMap<String, (u32, Option<Vec<u8>>)>;

pub fn tree(folder: &Path) -> Tree {
    let mut found = Tree::new();
    collect(folder, folder, &mut found);
    found
}

fn collect(top: &Path, folder: &Path, found: &mut Tree) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.strip_prefix(top).expect("below").to_str().expect("text").to_owned();
        let about = fs::symlink_metadata(&path).expect("readable");
        let mode = about.permissions().mode() & 0o7777;
        if about.is_dir() {
            found.insert(name, (mode, None));
            collect(top, &path, found);
        } else {
            assert!(about.is_file(), "{name} is neither file nor folder");
            found.insert(name, (mode, Some(fs::read(&path).expect("readable"))));
        }
    }
}

/// The files alone.
pub fn files(tree: &Tree) -> BTreeMap<&str, &[u8]> {
    tree.iter().filter_map(|(name, (_, bytes))| Some((name.as_str(), bytes.as_deref()?))).collect()
}

/// The paths at which two trees differ.
pub fn differing(a: &Tree, b: &Tree) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    names.into_iter().filter(|name| a.get(*name) != b.get(*name)).cloned().collect()
}
