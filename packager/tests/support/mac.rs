//! A folder that stands for a Mac, with fakes of its tools.

#![allow(dead_code, missing_docs, unreachable_pub)]

use std::cell::RefCell;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use packager::containers::cpio;
use packager::manifest::TocDigest;
use packager::outputs::uninstall::uninstall_script;

use crate::macos::{Parts, package};
use crate::support;

/// macOS' sh is bash in POSIX mode, and its dash may stand in for it.
pub const SHELLS: [&str; 2] = ["dash", "bash"];

const FAKES: [&str; 13] = [
    "launchctl",
    "stat",
    "ps",
    "date",
    "sleep",
    "id",
    "dscl",
    "sudo",
    "security",
    "pkgutil",
    "chown",
    "defaults",
    "logger",
];

/// The two lines that a test may replace, in every script.
const TOOLS: &str = "\nPATH=/usr/bin:/bin:/usr/sbin:/sbin\n";
const ROOT: &str = "\nROOT=\n";

/// The scripts of the built package, and the uninstaller.
pub fn scripts() -> Vec<(&'static str, String)> {
    let mut parts = Parts::of(&package(TocDigest::Sha256));
    let mut text = |name: &str| String::from_utf8(parts.script(name).data.clone()).expect("UTF-8");
    vec![
        ("preinstall", text("preinstall")),
        ("postinstall", text("postinstall")),
        ("uninstall", uninstall_script().expect("renders")),
    ]
}

pub struct Mac {
    folder: tempfile::TempDir,
    shell: &'static str,
    settings: RefCell<Vec<(&'static str, String)>>,
}

/// What a script did.
pub struct Ran {
    pub code: Option<i32>,
    pub text: String,
    pub calls: Vec<String>,
    pub took: Duration,
}

impl Ran {
    /// The calls of one tool. Naps of watchdogs are left out: they begin whenever they begin.
    pub fn of(&self, tool: &str) -> Vec<String> {
        let start = format!("{tool} ");
        let calls = self.calls.iter().filter(|call| call.starts_with(&start));
        calls.filter(|call| !matches!(call.as_str(), "sleep [60]" | "sleep [120]")).cloned().collect()
    }

    /// The calls that change launchd.
    pub fn control(&self) -> Vec<String> {
        self.of("launchctl").into_iter().filter(|call| !call.contains("[print]")).collect()
    }

    /// The run ended well.
    pub fn ok(self) -> Ran {
        assert_eq!(self.code, Some(0), "{}", self.text);
        self
    }
}

impl Mac {
    /// A Mac with our payload on its disk; `None` where the shell is missing.
    pub fn installed(shell: &'static str) -> Option<Mac> {
        if !support::have(&[shell]) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mac = Mac { folder, shell, settings: RefCell::default() };
        for name in ["domains", "units", "disabled", "failures", "silent", "receipts"] {
            std::fs::create_dir_all(mac.state(name)).expect("a folder");
        }
        std::fs::create_dir(mac.folder.path().join("tools")).expect("a folder");
        let fake = support::root().join("packager/tests/support/fake.sh");
        for name in FAKES {
            let tool = mac.folder.path().join("tools").join(name);
            std::fs::copy(&fake, &tool).expect("a fake");
            std::fs::set_permissions(&tool, PermissionsExt::from_mode(0o755)).expect("is ours");
        }
        mac.set("clock", "0");
        mac.set("users", "");
        mac.set("keychain", "0");
        for entry in Parts::of(&package(TocDigest::Sha256)).payload {
            mac.place(&entry);
        }
        Some(mac)
    }

    fn place(&self, entry: &cpio::Entry<Vec<u8>>) {
        let path = self.path(entry.path.trim_start_matches('.'));
        match entry.mode & cpio::KIND {
            cpio::FOLDER => std::fs::create_dir_all(&path).expect("a folder"),
            cpio::LINK => symlink(String::from_utf8_lossy(&entry.data).as_ref(), &path).expect("a link"),
            _ => {
                std::fs::write(&path, &entry.data).expect("a file");
                std::fs::set_permissions(&path, PermissionsExt::from_mode(entry.permissions()))
                    .expect("ours");
            }
        }
    }

    /// A path on the Mac.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("root").join(path.trim_start_matches('/'))
    }

    /// A file or link is there.
    pub fn has(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    pub fn mode(&self, path: &str) -> u32 {
        std::fs::metadata(self.path(path)).expect(path).permissions().mode() & 0o7777
    }

    pub fn set_mode(&self, path: &str, mode: u32) {
        std::fs::set_permissions(self.path(path), PermissionsExt::from_mode(mode)).expect(path);
    }

    /// Everything lies on another volume.
    pub fn move_to_volume(&self, volume: &str) {
        std::fs::create_dir_all(self.path(volume)).expect("a folder");
        for folder in ["usr", "Library"] {
            std::fs::rename(self.path(folder), self.path(volume).join(folder)).expect("moves");
        }
    }

    /// Puts a program in the agent's place that notes its call.
    pub fn agent(&self, command: &str) {
        let text = format!(
            "#!/bin/sh\nline=aiwatch\nfor word; do line=\"$line [$word]\"; done\necho \"$line\" >>\"$FAKE_STATE/calls\"\n{command}\n"
        );
        self.write("/usr/local/lib/runlayer/aiwatch/aiwatch", &text);
        self.set_mode("/usr/local/lib/runlayer/aiwatch/aiwatch", 0o755);
    }

    /// An account with marks of an enrollment, as the directory shows it.
    pub fn user(&self, name: &str, uid: u32, home: &str) {
        for file in [".enrolled-acme.example", ".enrollment-attempt"] {
            self.write(&format!("{home}/.runlayer/{file}"), "");
        }
        let users = std::fs::read_to_string(self.state("users")).unwrap_or_default();
        self.set("users", format!("{users}{name}                {uid}").trim());
        let home = self.path(home);
        // dscl puts a value with a blank on a line of its own.
        let break_ = if home.to_string_lossy().contains(' ') { "\n" } else { "" };
        self.set(&format!("home_{name}"), &format!("NFSHomeDirectory:{break_} {}", home.display()));
    }

    fn state(&self, name: &str) -> PathBuf {
        self.folder.path().join("state").join(name)
    }

    pub fn set(&self, name: &str, text: &str) {
        std::fs::write(self.state(name), format!("{text}\n")).expect("a file");
    }

    pub fn clock(&self) -> u64 {
        std::fs::read_to_string(self.state("clock")).expect("a clock").trim().parse().expect("a number")
    }

    pub fn with(&self, name: &'static str, value: &str) -> &Mac {
        self.settings.borrow_mut().push((name, value.to_owned()));
        self
    }

    /// A session of this user, at the screen.
    pub fn log_in(&self, uid: u32) {
        self.domain(uid);
        let text = uid.to_string();
        self.with("FAKE_UID", &text).with("FAKE_UIDS", &text);
    }

    pub fn domain(&self, uid: u32) {
        self.set(&format!("domains/gui_{uid}"), "");
    }

    pub fn load(&self, domain: &str, label: &str, state: &str) {
        self.set(&format!("units/{}_{label}", domain.replace('/', "_")), state);
    }

    pub fn fail(&self, domain: &str, label: &str, times: u32) {
        self.set(&format!("failures/{}_{label}", domain.replace('/', "_")), &times.to_string());
    }

    pub fn silent(&self, domain: &str, label: &str) {
        self.set(&format!("silent/{}_{label}", domain.replace('/', "_")), "");
    }

    pub fn disable(&self, domain: &str, label: &str) {
        self.set(&format!("disabled/{}_{label}", domain.replace('/', "_")), "");
    }

    pub fn receipt(&self, id: &str) {
        self.set(&format!("receipts/{id}"), "");
    }

    pub fn receipts(&self) -> Vec<String> {
        self.list("receipts")
    }

    /// The units that launchd has, by target.
    pub fn units(&self) -> Vec<String> {
        let target = |name: String| match name.strip_prefix("gui_") {
            Some(rest) => format!("gui/{}", rest.replacen('_', "/", 1)),
            None => name.replacen('_', "/", 1),
        };
        self.list("units").into_iter().map(target).collect()
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.state(folder)).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    pub fn postinstall(&self, volume: &str) -> Ran {
        self.run("postinstall", &["/tmp/a.pkg", volume, volume, "/"]).ok()
    }

    pub fn run(&self, script: &str, arguments: &[&str]) -> Ran {
        let text = scripts().into_iter().find(|(name, _)| *name == script).expect("a script").1;
        for line in [TOOLS, ROOT] {
            assert_eq!(text.matches(line).count(), 1, "{script} must have one line{line}");
        }
        let folder = self.folder.path().display();
        let text = text
            .replace(TOOLS, &format!("\nPATH='{folder}/tools':/usr/bin:/bin\n"))
            .replace(ROOT, &format!("\nROOT='{folder}/root'\n"));
        let file = self.folder.path().join(script);
        std::fs::write(&file, text).expect("a file");
        let _ = std::fs::remove_file(self.state("calls"));
        self.set("clock", "0");
        let mut command = Command::new(self.shell);
        if self.shell == "bash" {
            command.arg("--posix");
        }
        command.arg(&file).args(arguments).env_clear().stdin(Stdio::null());
        command.env("FAKE_STATE", self.folder.path().join("state"));
        command.envs([("FAKE_UID", "0"), ("FAKE_UIDS", "0"), ("FAKE_ID", "0"), ("FAKE_DRAIN", "0")]);
        command.envs([("HOME", "/var/root"), ("FAKE_OWNER", "0")]);
        command.envs([("FAKE_HANG", ""), ("FAKE_WATCHDOG", "30")]);
        command.envs(self.settings.borrow().iter().map(|(name, value)| (*name, value.as_str())));
        let start = Instant::now();
        let output = command.output().expect("the shell runs");
        let root = self.path("");
        let root = root.to_string_lossy();
        let calls = std::fs::read_to_string(self.state("calls")).unwrap_or_default();
        let calls = calls.lines().map(|call| call.replace(root.trim_end_matches('/'), "@")).collect();
        let text = [output.stdout, output.stderr].concat();
        Ran {
            code: output.status.code(),
            text: String::from_utf8_lossy(&text).into_owned(),
            calls,
            took: start.elapsed(),
        }
    }
}
