//! The command lines inside the scripts, run by wine's cmd.exe against a spy in the agent's place.
//!
//! What PowerShell would put on the command line comes from the model (see `machine`); from there on everything is
//! a real Windows program: cmd.exe's quoting, the arguments that the agent sees, both output streams, exit codes.

use std::path::{Path, PathBuf};
use std::process::Command;

use packager::agents::WindowsArch;
use packager::outputs::scripts::commands;
use packager::outputs::scripts::powershell::{Job, SCRIPTS};

use crate::machine::{Starter, Windows, run};
use crate::{AGENT, agent_on_path, healthy, support};

const WINE: &str = "/usr/lib/wine/wine64";
/// Seconds after which a hanging wine is given up.
const LIMIT: &str = "120";

/// A wine prefix of this test's own, with the spy in it.
struct Wine {
    prefix: PathBuf,
    exit: i64,
}

/// A C compiler for Windows: the cross-build kit's, else Debian's.
fn compiler() -> Option<Command> {
    let kits = std::fs::read_dir(support::build_cache()).into_iter().flatten().flatten();
    if let Some(zig) = kits.map(|kit| kit.path().join("zig/zig")).find(|zig| zig.is_file()) {
        let mut command = Command::new(zig);
        command.args(["cc", "-target", "x86_64-windows-gnu", "-O1"]);
        return Some(command);
    }
    let gcc = Path::new("/usr/bin/x86_64-w64-mingw32-gcc");
    gcc.is_file().then(|| Command::new(gcc))
}

impl Wine {
    /// Makes the prefix, or takes the one of an earlier run.
    fn new() -> Option<Wine> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/spy.c");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let compiler = compiler();
        let named =
            compiler.as_ref().map_or(PathBuf::new(), |compiler| PathBuf::from(compiler.get_program()));
        if !support::have_path(Path::new(WINE), "wine64")
            || !support::have_path(&named, "zig of the cross-build kit")
        {
            return None;
        }
        let spy = folder.join("spy.exe");
        support::run(compiler?.arg("-o").arg(&spy).arg(here));
        let wine = Wine { prefix: folder.join("wine-scripts"), exit: 0 };
        if !wine.prefix.join("system.reg").is_file() {
            std::fs::create_dir_all(&wine.prefix).unwrap();
            support::run(wine.command().args(["wineboot", "-i"]));
        }
        for place in [AGENT, "C:\\start.exe", "C:\\R & D\\aiwatch.exe"] {
            let path = wine.path(place);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::copy(&spy, path).unwrap();
        }
        Some(wine)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("timeout");
        command.args(["-k", "5", LIMIT, WINE]);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("/usr/lib/wine:{path}"));
        command.env("WINEPREFIX", &self.prefix).env("WINEARCH", "win64").env("WINEDEBUG", "-all");
        command.env("WINEDLLOVERRIDES", "mscoree,mshtml=");
        command
    }

    fn path(&self, windows: &str) -> PathBuf {
        self.prefix.join("drive_c").join(windows.strip_prefix("C:\\").unwrap().replace('\\', "/"))
    }
}

impl Starter for Wine {
    fn start(&mut self, command_line: &str) -> Option<(Vec<String>, i64)> {
        std::fs::write(self.path("C:\\line.txt"), command_line).unwrap();
        let mut start = self.command();
        start.args(["C:\\start.exe", "--start", "C:\\line.txt"]).env("SPY_EXIT", self.exit.to_string());
        let output = start.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let code = lines.pop().and_then(|line| line.strip_prefix("EXIT=")?.parse().ok());
        Some((lines, code.unwrap_or_else(|| panic!("{command_line}: {text}"))))
    }
}

#[test]
fn the_agent_gets_its_arguments_and_its_code_comes_back() {
    let Some(mut wine) = Wine::new() else { return };
    // One code for each script: that every code is mapped right is shown on the model, and a start of wine is slow.
    let mut codes = [0, 1, 2, 4, 3, -1_073_741_819].into_iter().cycle();
    for script in SCRIPTS {
        let Job::Agent { arguments, exits, .. } = script.job else { continue };
        wine.exit = codes.next().unwrap();
        let mapped =
            exits.iter().find(|(from, _)| i64::from(*from) == wine.exit).map_or(1, |(_, to)| i64::from(*to));
        let argv: Vec<String> = arguments.iter().map(|argument| format!("[{argument}]")).collect();
        let outcome = run(&script.text().unwrap(), &healthy(script), &mut wine);
        let expected = vec![format!("{} on stderr", argv.join(" "))];
        assert_eq!((outcome.exit, outcome.stdout), (mapped, expected), "{} after {}", script.path, wine.exit);
    }
    on_path(&mut wine);
    uninstall(&mut wine);
}

/// The uninstall line takes the hooks out, whatever becomes of that, and ends with msiexec's code.
fn uninstall(wine: &mut Wine) {
    let product = "{00000000-0000-0000-0000-000000000001}".to_owned();
    let text = commands::uninstall(&[(WindowsArch::X64, product)], false);
    wine.exit = 5;
    let (lines, code) = wine.start(text.trim_end().strip_prefix("x64:\n").unwrap()).unwrap();
    // 1605: this product is not installed.
    assert_eq!((lines.join(" ").as_str(), code), ("[setup] [hooks] [uninstall] [--mdm]", 1605));
}

/// An agent that is only on PATH may have a path that cmd.exe would take apart.
fn on_path(wine: &mut Wine) {
    let script = SCRIPTS.iter().find(|script| script.on_path).unwrap();
    let mut windows: Windows = healthy(script);
    agent_on_path(&mut windows);
    wine.exit = 4;
    let outcome = run(&script.text().unwrap(), &windows, wine);
    assert_eq!((outcome.exit, outcome.stdout), (4, vec!["[bootstrap] [--user] on stderr".to_owned()]));
}
