//! `scripts/install.sh` puts the program in a user's own folder and on PATH, under both names.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, interpreter: &str, shell: &str, args: &[&str]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/install.sh");
        Command::new(interpreter)
            .arg(script)
            .args(args)
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("SHELL", shell)])
            .env("HOME", self.0.path())
            .output()
            .unwrap()
    }

    fn install(&self, interpreter: &str, shell: &str, args: &[&str]) -> String {
        let args = [args, &[env!("CARGO_BIN_EXE_aiwatch")]].concat();
        let output = self.run(interpreter, shell, &args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// What a login shell of this home finds on PATH.
fn found(home: &Home, shell: &str, command: &str) -> String {
    let output = Command::new(shell)
        .args(["-lc", &format!("command -v {command}")])
        .env_clear()
        .envs([("PATH", "/usr/bin:/bin")])
        .env("HOME", home.0.path())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn both_names_run_and_are_on_path_in_the_next_terminal() {
    for (interpreter, shell) in [("dash", "/bin/sh"), ("bash", "/bin/bash")] {
        let home = Home::new();
        fs::write(home.path(".profile"), "# mine\nexport MINE=1").unwrap();
        home.install(interpreter, shell, &[]);
        for name in ["aiwatch", "runlayer"] {
            let program = home.path(".local/bin").join(name);
            assert_eq!(found(&home, shell, name), program.to_str().unwrap());
            let version = Command::new(&program).arg("--version").output().unwrap();
            assert!(String::from_utf8_lossy(&version.stdout).starts_with(&format!("{name} version ")));
        }
        let profile = fs::read_to_string(home.path(".profile")).unwrap();
        assert!(profile.starts_with("# mine\nexport MINE=1\nexport PATH="), "{profile}");
    }
}

#[test]
fn a_second_run_changes_nothing_and_uninstall_gives_the_start_up_file_back() {
    let home = Home::new();
    let before = "# mine\n\nexport MINE=1\n";
    fs::write(home.path(".bash_profile"), before).unwrap();
    home.install("dash", "/bin/bash", &[]);
    let once = fs::read(home.path(".bash_profile")).unwrap();
    home.install("dash", "/bin/bash", &[]);
    assert_eq!(fs::read(home.path(".bash_profile")).unwrap(), once);
    assert!(home.run("dash", "/bin/bash", &["--uninstall"]).status.success());
    assert_eq!(fs::read_to_string(home.path(".bash_profile")).unwrap(), before);
    assert_eq!(fs::read_dir(home.path(".local/bin")).unwrap().count(), 0);
}

#[test]
fn each_shell_has_its_own_start_up_file_and_no_path_touches_none() {
    for (shell, file) in [
        ("/bin/zsh", ".zprofile"),
        ("/usr/bin/fish", ".config/fish/conf.d/runlayer.fish"),
        ("/bin/bash", ".profile"),
        ("/bin/ksh", ".profile"),
    ] {
        let home = Home::new();
        home.install("dash", shell, &[]);
        let text = fs::read_to_string(home.path(file)).unwrap_or_else(|error| panic!("{shell}: {error}"));
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    let home = Home::new();
    home.install("dash", "/bin/bash", &["--no-path"]);
    assert!(!home.path(".profile").exists());
}

#[test]
fn what_is_not_the_program_is_refused_and_replaces_nothing() {
    let home = Home::new();
    home.install("dash", "/bin/sh", &[]);
    let installed = fs::read(home.path(".local/bin/aiwatch")).unwrap();
    let script = home.path("other");
    fs::write(&script, "#!/bin/sh\necho something else\n").unwrap();
    fs::write(home.path("broken"), "no program").unwrap();
    for (args, code) in [
        (vec!["other"], 1),
        (vec!["broken"], 1),
        (vec!["missing"], 2),
        (vec!["--fly"], 2),
        (vec!["other", "broken"], 2),
    ] {
        let named: Vec<String> =
            args.iter()
                .map(|arg| {
                    if arg.starts_with('-') {
                        (*arg).to_owned()
                    } else {
                        home.path(arg).display().to_string()
                    }
                })
                .collect();
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        let output = home.run("dash", "/bin/sh", &named);
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("hint: "), "{args:?}");
    }
    assert_eq!(fs::read(home.path(".local/bin/aiwatch")).unwrap(), installed);
    assert_eq!(fs::read_dir(home.path(".local/bin")).unwrap().count(), 2);
}
