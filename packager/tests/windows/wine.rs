//! A Windows of one's own: a wine prefix, copied from one template, in which msiexec is run.
//!
//! Wine cuts exit codes to eight bits when a program is started from outside, so msiexec is called from a batch
//! file that prints the whole code.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::support;

const WINE: &str = "/usr/lib/wine/wine64";
/// Longest that one program may run.
const LIMIT: Duration = Duration::from_secs(120);

/// A prefix. Programs in it run one after the other; it is stopped and removed when dropped.
pub struct Wine {
    folder: tempfile::TempDir,
}

/// A fresh prefix, or nothing where wine is not installed.
pub fn wine() -> Option<Wine> {
    static MAKING: Mutex<()> = Mutex::new(());
    if !support::have_path(Path::new(WINE), "wine64") {
        return None;
    }
    let space = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let one_at_a_time = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    // Making a prefix takes ten seconds, so one is kept, for the installed version of wine.
    let version = support::run(Command::new(WINE).arg("--version"));
    let template = space.join(format!("wine-template-{}", String::from_utf8_lossy(&version).trim()));
    if !template.exists() {
        let made = Wine { folder: tempfile::tempdir_in(space).expect("a folder") };
        made.run(&["wineboot", "-i"]);
        made.run(&["reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"]);
        made.stop();
        let copied = tempfile::tempdir_in(space).expect("a folder").keep();
        copy(made.folder.path(), &copied);
        if std::fs::rename(&copied, &template).is_err() {
            // Another process was quicker.
            let _ = std::fs::remove_dir_all(&copied);
        }
    }
    drop(one_at_a_time);
    let folder = tempfile::tempdir_in(space).expect("a folder");
    copy(&template, folder.path());
    Some(Wine { folder })
}

fn copy(from: &Path, to: &Path) {
    support::run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(from.join(".")).arg(to));
}

impl Wine {
    /// A place in drive C.
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join("drive_c").join(below)
    }

    /// Puts a file at the root of drive C.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("written");
    }

    /// A command in this prefix, by the names of wine's own programs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(WINE);
        command
            .args(arguments)
            .env("WINEPREFIX", self.folder.path())
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            .env("LC_ALL", "C.UTF-8")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            .env("PATH", format!("/usr/lib/wine:{}", std::env::var("PATH").unwrap_or_default()))
            .env_remove("DISPLAY")
            .env_remove("LD_LIBRARY_PATH")
            .stdin(Stdio::null());
        command
    }

    /// Runs a program, and gives its exit code and what it printed. Ends it when it takes too long.
    ///
    /// Wine starts a program through its start.exe, which now and then fails on a busy machine before the program
    /// has run; only that is tried again.
    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut result = self.run_once(arguments);
        for _ in 0..3 {
            if !result.1.contains("ShellExecuteEx failed") {
                break;
            }
            std::thread::sleep(Duration::from_secs(1));
            result = self.run_once(arguments);
        }
        result
    }

    fn run_once(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let out = self.folder.path().join("stdout.txt");
        let file = std::fs::File::create(&out).expect("created");
        let mut child = self.command(arguments).stdout(file).stderr(Stdio::null()).spawn().expect("started");
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("waited") {
                break status;
            }
            if begun.elapsed() > LIMIT {
                let _ = child.kill();
                self.stop();
                panic!("{arguments:?} took more than {LIMIT:?}");
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let text = String::from_utf8_lossy(&std::fs::read(&out).expect("read")).replace('\r', "");
        (status.code(), text)
    }

    /// Runs msiexec with this command line, and gives its whole exit code.
    pub fn msiexec(&self, line: &str) -> i32 {
        // In a batch file a percent sign is doubled.
        let line = line.replace('%', "%%");
        let batch = format!(
            "@echo off\r\nC:\\windows\\system32\\msiexec.exe {line} /qn /l*v C:\\log.txt\r\necho EXIT=%ERRORLEVEL%\r\n"
        );
        std::fs::write(self.path("run.bat"), batch).expect("written");
        let (_, text) = self.run(&["cmd", "/c", r"C:\run.bat"]);
        let code = text.lines().find_map(|line| line.trim().strip_prefix("EXIT="));
        code.and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no exit code in {text:?}"))
    }

    /// Installs through the installer's automation, whose properties are read by the same grammar as msiexec's:
    /// wine's msiexec takes its line apart once more, and loses quotation marks.
    pub fn automate(&self, file: &str, properties: &str) {
        let literal: String = properties
            .chars()
            .map(|c| match c {
                '"' => "\"\"".to_owned(),
                c if c.is_ascii() => c.to_string(),
                // Wine has no ChrW; Chr takes a byte of Windows-1252.
                c => format!("\" & Chr({}) & \"", western(c)),
            })
            .collect();
        let script = format!(
            "Dim i: Set i = CreateObject(\"WindowsInstaller.Installer\")\r\ni.UILevel = 2\r\ni.InstallProduct \"{file}\", \"{literal}\"\r\nWScript.Echo \"DONE\"\r\n"
        );
        std::fs::write(self.path("run.vbs"), script).expect("written");
        let (_, text) = self.run(&["cscript", r"C:\run.vbs"]);
        assert!(text.contains("DONE"), "{text}");
    }

    /// The last installation's log.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.path("log.txt")).unwrap_or_default()).into_owned()
    }

    /// The values below a key, each as `name type data`; nothing when the key is not there.
    pub fn values(&self, key: &str) -> Vec<String> {
        let text = self.query(&[key]);
        let lines = text.lines().filter(|line| line.starts_with("    "));
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    /// What reg.exe says of a key that is there. On a busy machine wine loses what a program says now and then.
    pub fn query(&self, arguments: &[&str]) -> String {
        let arguments = [&["reg", "query"], arguments].concat();
        let mut text = self.run(&arguments).1;
        for _ in 0..3 {
            if !text.trim().is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
            text = self.run(&arguments).1;
        }
        text
    }

    /// A key as regedit writes it: exact, in UTF-16, where the console has a code page of its own.
    pub fn export(&self, key: &str) -> String {
        self.run(&["reg", "export", key, r"C:\key.reg", "/y"]);
        let bytes = std::fs::read(self.path("key.reg")).expect("exported");
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    }

    /// Whether a key is there.
    pub fn has_key(&self, key: &str) -> bool {
        self.run(&["reg", "query", key]).0 == Some(0)
    }

    /// Stops what runs in this prefix.
    pub fn stop(&self) {
        // `-w` waits until the registry is written.
        for option in ["-k", "-w"] {
            let _ = Command::new("/usr/lib/wine/wineserver64")
                .arg(option)
                .env("WINEPREFIX", self.folder.path())
                .stderr(Stdio::null())
                .status();
        }
    }
}

fn western(c: char) -> u8 {
    let text = c.to_string();
    let (bytes, _, lost) = encoding_rs::WINDOWS_1252.encode(&text);
    assert!(!lost, "{c:?} is not in Windows-1252");
    bytes[0]
}

impl Drop for Wine {
    fn drop(&mut self) {
        self.stop();
    }
}
