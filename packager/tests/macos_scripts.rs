//! The scripts of macOS, taken out of the built package and really run, against fakes of macOS' tools that
//! record every call and play launchd's races.

#[path = "support/mac.rs"]
mod mac;
#[path = "support/macos.rs"]
mod macos;
mod support;

use std::time::{Duration, SystemTime};

use mac::{Mac, SHELLS};
use packager::outputs::uninstall::uninstall_script;

const SCAN: &str = "com.runlayer.aiwatch";
const ENROLL: &str = "com.runlayer.aiwatch.enroll";
const BOOTSTRAP: &str = "com.runlayer.aiwatch.bootstrap";

/// The calls that load a unit which is not loaded.
fn loads(domain: &str, label: &str) -> Vec<String> {
    let folder = if domain == "system" { "LaunchDaemons" } else { "LaunchAgents" };
    vec![
        format!("launchctl [enable] [{domain}/{label}]"),
        format!("launchctl [bootout] [{domain}/{label}]"),
        format!("launchctl [bootstrap] [{domain}] [@/Library/{folder}/{label}.plist]"),
    ]
}

#[test]
fn the_committed_uninstaller_is_current() {
    let path = support::root().join("scripts/uninstall.sh");
    let made = uninstall_script().expect("renders");
    if std::fs::read_to_string(&path).unwrap_or_default() != made {
        std::fs::write(&path, &made).expect("scripts/ is writable");
        panic!("scripts/uninstall.sh was not current; it is now: review and commit it");
    }
}

#[test]
fn shellcheck_and_our_own_rules_find_nothing() {
    for (name, text) in mac::scripts() {
        let findings = packager::check::shell::validate(name, text.as_bytes()).expect("a script");
        assert_eq!(findings, [], "{name}");
        if !support::have(&["shellcheck"]) {
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("is written");
        for dialect in ["sh", "dash"] {
            let mut command = std::process::Command::new("shellcheck");
            support::run(command.args(["-s", dialect, "-S", "style"]).arg(&file));
        }
    }
}

#[test]
fn postinstall_starts_the_agents_of_the_user_and_then_the_daemon() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.log_in(501);
        let run = mac.postinstall("/");
        let wanted = [loads("gui/501", SCAN), loads("gui/501", ENROLL), loads("system", BOOTSTRAP)].concat();
        assert_eq!(run.control(), wanted);
        assert_eq!(
            mac.units(),
            [
                "gui/501/com.runlayer.aiwatch",
                "gui/501/com.runlayer.aiwatch.enroll",
                "system/com.runlayer.aiwatch.bootstrap"
            ]
        );
        let chowns = run.of("chown");
        assert!(
            chowns.contains(&format!("chown [-h] [root:wheel] [@/Library/LaunchDaemons/{BOOTSTRAP}.plist]")),
            "{chowns:?}"
        );
        assert!(
            chowns.contains(&"chown [-h] [root:wheel] [@/usr/local/lib/runlayer/aiwatch/aiwatch]".to_owned())
        );
        assert_eq!(mac.mode("/Library/LaunchAgents/com.runlayer.aiwatch.plist"), 0o644);
        assert_eq!(mac.mode("/usr/local/lib/runlayer/aiwatch/aiwatch"), 0o755);
        assert_eq!(mac.mode("/var/db/com.runlayer.aiwatch"), 0o755);
        assert_eq!(mac.mode("/var/db/com.runlayer.aiwatch/.install-time"), 0o644);
    }
}

#[test]
fn postinstall_follows_no_link_that_stands_where_the_package_put_a_folder() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        let (folder, elsewhere) = ("/usr/local/lib/runlayer", "/Users/mallory");
        std::fs::rename(mac.path(folder), mac.path("/moved")).unwrap();
        let theirs = "/Users/mallory/aiwatch/aiwatch";
        mac.write(theirs, "not ours");
        for path in [elsewhere, theirs] {
            mac.set_mode(path, 0o700);
        }
        std::os::unix::fs::symlink(mac.path(elsewhere), mac.path(folder)).unwrap();
        let run = mac.postinstall("/").ok();
        assert_eq!(mac.mode(elsewhere), 0o700);
        assert_eq!(mac.mode(theirs), 0o700);
        assert!(!run.of("chown").iter().any(|call| call.contains(folder)), "{:?}", run.calls);
        assert!(run.text.contains("is a link"), "{}", run.text);
    }
}

#[test]
fn nothing_behind_a_link_is_removed() {
    for shell in SHELLS {
        for (script, arguments) in [("preinstall", &["a.pkg", "/", "/", "/"][..]), ("uninstall", &[])] {
            let Some(mac) = Mac::installed(shell) else { continue };
            let folder = "/usr/local/lib/runlayer";
            std::fs::rename(mac.path(folder), mac.path("/moved")).unwrap();
            mac.write("/Users/mallory/aiwatch/keep", "not ours");
            std::os::unix::fs::symlink(mac.path("/Users/mallory"), mac.path(folder)).unwrap();
            mac.write("/Users/mallory/aiwatch-enforce", "not ours");
            mac.run(script, arguments).ok();
            for path in ["/Users/mallory/aiwatch/keep", "/Users/mallory/aiwatch-enforce"] {
                assert!(mac.has(path), "{shell}: {script}: {path}");
            }
        }
    }
}

#[test]
fn postinstall_mends_modes_that_launchd_refuses() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.set_mode("/Library/LaunchDaemons/com.runlayer.aiwatch.bootstrap.plist", 0o666);
        mac.postinstall("/");
        assert_eq!(mac.mode("/Library/LaunchDaemons/com.runlayer.aiwatch.bootstrap.plist"), 0o644);
    }
}

#[test]
fn the_install_window_opens_before_the_daemon_starts_and_again_with_each_install() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.postinstall("/");
        let stamp = mac.path("/var/db/com.runlayer.aiwatch/.install-time");
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        std::fs::File::options()
            .write(true)
            .open(&stamp)
            .and_then(|f| f.set_modified(long_ago))
            .expect("a stamp");
        mac.postinstall("/");
        let age = std::fs::metadata(&stamp).and_then(|stamp| stamp.modified()).expect("a stamp").elapsed();
        assert!(age.is_ok_and(|age| age < Duration::from_secs(60)), "{shell}: the stamp is old");
    }
}

#[test]
fn with_no_one_logged_in_only_the_daemon_starts() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        // The login window and the set-up assistant have sessions, but are no one.
        mac.domain(0);
        mac.domain(248);
        let run = mac.with("FAKE_UIDS", "0 248 89 -2").postinstall("/");
        assert_eq!(run.control(), loads("system", BOOTSTRAP));
        assert!(run.text.contains("no one is logged in"), "{}", run.text);
    }
}

#[test]
fn everyone_who_is_logged_in_gets_agents_the_console_user_first() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.domain(501);
        mac.domain(502);
        let run = mac.with("FAKE_UID", "502").with("FAKE_UIDS", "0 501 501 502 503").postinstall("/");
        let wanted =
            ["gui/502", "gui/501"].map(|user| [loads(user, SCAN), loads(user, ENROLL)].concat()).concat();
        assert_eq!(run.control(), [wanted, loads("system", BOOTSTRAP)].concat(), "503 has no session");
    }
}

#[test]
fn a_bootstrap_that_fails_with_5_is_tried_again() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.fail("system", BOOTSTRAP, 3);
        let run = mac.postinstall("/");
        assert_eq!(run.control().iter().filter(|call| call.contains("[bootstrap]")).count(), 4);
        assert_eq!(run.of("sleep"), ["sleep [0.2]", "sleep [0.5]", "sleep [1]"]);
        assert_eq!(mac.units(), [format!("system/{BOOTSTRAP}")]);
    }
}

#[test]
fn a_bootstrap_that_says_it_succeeded_is_not_believed() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.silent("system", BOOTSTRAP);
        let run = mac.postinstall("/");
        assert_eq!(run.control().iter().filter(|call| call.contains("[bootstrap]")).count(), 2);
        assert_eq!(mac.units(), [format!("system/{BOOTSTRAP}")]);
    }
}

#[test]
fn a_daemon_that_never_loads_does_not_fail_the_install() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.fail("system", BOOTSTRAP, 99);
        let run = mac.postinstall("/");
        assert_eq!(run.control().iter().filter(|call| call.contains("[bootstrap]")).count(), 5);
        assert!(run.text.contains("Input/output error"), "{}", run.text);
        assert_eq!(mac.units(), Vec::<String>::new());
    }
}

#[test]
fn an_old_unit_is_waited_for_before_the_new_one_is_loaded() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.load("system", BOOTSTRAP, "live");
        let run = mac.with("FAKE_DRAIN", "9").postinstall("/");
        assert_eq!(run.control(), loads("system", BOOTSTRAP), "one bootstrap, when the old unit is gone");
        assert_eq!(run.of("sleep"), ["sleep [0.2]"; 9]);
        assert_eq!(mac.units(), [format!("system/{BOOTSTRAP}")]);
    }
}

#[test]
fn a_unit_that_does_not_end_is_killed_after_15_seconds() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.load("system", BOOTSTRAP, "live");
        let run = mac.with("FAKE_DRAIN", "1000").postinstall("/");
        let mut wanted = loads("system", BOOTSTRAP);
        wanted.insert(2, format!("launchctl [kill] [SIGKILL] [system/{BOOTSTRAP}]"));
        assert_eq!(run.control(), wanted);
        assert_eq!(mac.clock(), 15_000);
        assert_eq!(mac.units(), [format!("system/{BOOTSTRAP}")]);
    }
}

#[test]
fn units_that_cannot_be_killed_do_not_keep_the_installer_for_more_than_a_minute() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        for uid in [501, 502, 503] {
            mac.log_in(uid);
            mac.load(&format!("gui/{uid}"), SCAN, "undead");
            mac.load(&format!("gui/{uid}"), ENROLL, "undead");
        }
        let run = mac.with("FAKE_UIDS", "501 502 503").postinstall("/");
        assert!(mac.clock() < 60_000, "{} ms", mac.clock());
        assert!(run.text.contains(&format!("loaded system/{BOOTSTRAP}")), "{}", run.text);
        assert!(!run.text.contains("loaded gui"), "an old unit that still shows is not loaded: {}", run.text);
    }
}

#[test]
fn a_label_that_was_disabled_is_enabled() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.disable("system", BOOTSTRAP);
        mac.postinstall("/");
        assert_eq!(mac.units(), [format!("system/{BOOTSTRAP}")]);
    }
}

#[test]
fn a_launchctl_that_hangs_does_not_hang_the_installer() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        let run = mac.with("FAKE_HANG", "bootout").with("FAKE_WATCHDOG", "1").postinstall("/");
        assert!(run.took < Duration::from_secs(60), "{:?}", run.took);
        assert!(run.text.contains("took too long"), "{}", run.text);
    }
}

#[test]
fn another_volume_gets_permissions_and_nothing_else() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.log_in(501);
        mac.move_to_volume("/Volumes/Other Disk");
        for volume in ["/Volumes/Other Disk", "/Volumes/Other Disk/"] {
            let run = mac.postinstall(volume);
            assert_eq!(run.of("launchctl"), Vec::<String>::new());
            assert!(
                run.of("chown")[0].contains("[@/Volumes/Other Disk/usr/local/lib/runlayer]"),
                "{:?}",
                run.of("chown")
            );
            assert!(!mac.path("/var/db/com.runlayer.aiwatch").exists());
            assert!(!mac.path("/Volumes/Other Disk/var/db/com.runlayer.aiwatch").exists());
        }
    }
}

#[test]
fn preinstall_removes_the_old_program_and_leaves_its_neighbours() {
    for shell in SHELLS {
        for volume in ["/", "/Volumes/Other Disk", ""] {
            let Some(mac) = Mac::installed(shell) else { continue };
            let prefix = volume.trim_end_matches('/');
            if !prefix.is_empty() {
                mac.move_to_volume(volume);
            }
            mac.write(&format!("{prefix}/usr/local/lib/runlayer/aiwatch/stale/file"), "old");
            mac.write(&format!("{prefix}/usr/local/lib/runlayer/runlayer/file"), "not ours");
            mac.run("preinstall", &["p", "/", volume, "/"]).ok();
            assert!(!mac.path(&format!("{prefix}/usr/local/lib/runlayer/aiwatch")).exists());
            assert!(mac.path(&format!("{prefix}/usr/local/lib/runlayer/runlayer/file")).exists());
            assert!(mac.path(&format!("{prefix}/Library/LaunchDaemons")).exists());
        }
    }
}

/// A Mac as it is after some time: units loaded, receipts, state, two users and other people's files.
fn in_use(shell: &'static str) -> Option<Mac> {
    let mac = Mac::installed(shell)?;
    mac.log_in(501);
    for (domain, label) in [("gui/501", SCAN), ("gui/501", ENROLL), ("system", BOOTSTRAP)] {
        mac.load(domain, label, "live");
    }
    for id in ["com.runlayer.aiwatch", "com.runlayer.aiwatch-enforce", "com.runlayer.other"] {
        mac.receipt(id);
    }
    mac.agent("exit 0");
    mac.write("/var/db/com.runlayer.aiwatch/.install-time", "");
    mac.write("/usr/local/bin/runlayer-scan", "legacy");
    mac.write("/Library/Preferences/com.runlayer.aiwatch.plist", "local");
    for path in OTHERS {
        mac.write(path, "not ours");
    }
    mac.user("jane", 501, "/homes/jane doe");
    mac.user("_mbsetupuser", 248, "/var/setup");
    mac.user("kim", 502, "/Users/kim");
    Some(mac)
}

/// What the uninstaller must leave.
const OTHERS: [&str; 7] = [
    "/usr/local/lib/runlayer/runlayer/file",
    "/usr/local/bin/other",
    "/Library/LaunchAgents/com.runlayer.other.plist",
    "/Library/Managed Preferences/com.runlayer.aiwatch.plist",
    "/homes/jane doe/.runlayer/config.yaml",
    "/homes/jane doe/.runlayer/logs/log",
    "/var/setup/.runlayer/.enrolled-host",
];

/// What the package and its life on the device leave, and the uninstaller must remove.
fn ours() -> Vec<String> {
    let parts = macos::Parts::of(&macos::package(packager::manifest::TocDigest::Sha256));
    let files = parts.payload.iter().filter(|entry| !entry.is(packager::containers::cpio::FOLDER));
    let mut paths: Vec<String> = files.map(|entry| entry.path.trim_start_matches('.').to_owned()).collect();
    paths.extend(
        [
            "/usr/local/lib/runlayer/aiwatch",
            "/var/db/com.runlayer.aiwatch",
            "/usr/local/bin/runlayer-scan",
            "/Library/Preferences/com.runlayer.aiwatch.plist",
            "/homes/jane doe/.runlayer/.enrolled-acme.example",
            "/homes/jane doe/.runlayer/.enrollment-attempt",
            "/Users/kim/.runlayer/.enrolled-acme.example",
        ]
        .map(str::to_owned),
    );
    paths
}

#[test]
fn uninstall_removes_all_of_ours_and_nothing_else() {
    for shell in SHELLS {
        let Some(mac) = in_use(shell) else { continue };
        for path in ours() {
            assert!(mac.has(&path), "{path} is there before");
        }
        // Jamf passes a mount point, a computer's name and a user's.
        let run = mac.run("uninstall", &["/", "Jane's Mac", "jane", "", "--strict"]).ok();
        for path in ours() {
            assert!(!mac.has(&path), "{shell}: {path} is left\n{}", run.text);
        }
        for path in OTHERS {
            assert!(mac.has(path), "{shell}: {path} is gone\n{}", run.text);
        }
        assert_eq!(mac.units(), Vec::<String>::new());
        assert_eq!(mac.receipts(), ["com.runlayer.other"]);
        assert_eq!(run.calls.first().map(String::as_str), Some("id [-u]"));
        let hooks =
            run.calls.iter().position(|call| call == "aiwatch [setup] [hooks] [uninstall] [--all-users]");
        let last = run.calls.iter().rposition(|call| call.contains("[bootout]"));
        assert!(last.is_some() && hooks > last, "a tick must not write the entries again: {:#?}", run.calls);
        assert_eq!(run.of("security"), Vec::<String>::new(), "credentials stay unless asked for");
        assert!(run.of("sudo").iter().any(|call| call.contains("[-u] [#501] [rm]")), "done as the user");
        let log = std::fs::read_to_string(mac.path("/Library/Logs/Runlayer/aiwatch-uninstall.log"));
        assert!(log.is_ok_and(|log| log.contains("nothing is left")), "{}", run.text);
    }
}

#[test]
fn uninstall_may_run_again_and_where_nothing_was_installed() {
    for shell in SHELLS {
        let Some(mac) = in_use(shell) else { continue };
        mac.run("uninstall", &[]).ok();
        let run = mac.run("uninstall", &["--strict"]).ok();
        assert!(run.text.contains("nothing is left"), "{}", run.text);
        assert_eq!(run.of("pkgutil").iter().filter(|call| call.contains("--forget")).count(), 0);
    }
}

#[test]
fn uninstall_unloads_the_units_of_everyone_who_is_logged_in() {
    for shell in SHELLS {
        let Some(mac) = in_use(shell) else { continue };
        mac.domain(502);
        mac.load("gui/502", ENROLL, "live");
        mac.with("FAKE_UIDS", "0 501 502").with("FAKE_DRAIN", "3").run("uninstall", &["--strict"]).ok();
        assert_eq!(mac.units(), Vec::<String>::new());
    }
}

#[test]
fn uninstall_says_what_is_left_and_fails_only_when_strict() {
    for shell in SHELLS {
        let Some(mac) = in_use(shell) else { continue };
        mac.load("gui/501", SCAN, "undead");
        mac.agent("exit 3");
        for (arguments, code) in [(&[][..], 0), (&["--strict"][..], 1)] {
            mac.agent("exit 3");
            let run = mac.run("uninstall", arguments);
            assert_eq!(run.code, Some(code), "{}", run.text);
            assert!(run.text.contains("left: hook entries;gui/501/com.runlayer.aiwatch"), "{}", run.text);
            assert!(run.text.contains("failed with 3"), "{}", run.text);
        }
    }
}

#[test]
fn uninstall_ends_an_agent_that_hangs() {
    for shell in SHELLS {
        let Some(mac) = in_use(shell) else { continue };
        mac.agent("exec /bin/sleep 100");
        let run = mac.with("FAKE_WATCHDOG", "1").run("uninstall", &[]).ok();
        assert!(run.took < Duration::from_secs(60), "{:?}", run.took);
        assert!(run.text.contains("removing the hook entries failed"), "{}", run.text);
        assert!(!mac.has("/usr/local/lib/runlayer/aiwatch"));
    }
}

#[test]
fn uninstall_runs_no_agent_that_a_user_put_there() {
    for shell in SHELLS {
        let Some(mac) = in_use(shell) else { continue };
        let run = mac.with("FAKE_OWNER", "501").run("uninstall", &["--strict"]);
        assert_eq!((run.code, run.of("aiwatch")), (Some(1), vec![]), "{}", run.text);
        let Some(mac) = in_use(shell) else { continue };
        let folder = "/usr/local/lib/runlayer";
        std::fs::rename(mac.path(folder), mac.path("/moved")).unwrap();
        std::os::unix::fs::symlink(mac.path("/moved"), mac.path(folder)).unwrap();
        let run = mac.run("uninstall", &["--strict"]);
        assert_eq!((run.code, run.of("aiwatch")), (Some(1), vec![]), "{}", run.text);
        assert!(run.text.contains("hook entries"), "{}", run.text);
    }
}

#[test]
fn uninstall_deletes_credentials_when_asked() {
    for shell in SHELLS {
        let Some(mac) = in_use(shell) else { continue };
        mac.set("keychain", "2");
        let run = mac.run("uninstall", &["--purge-credentials"]).ok();
        let deleted = "security [delete-generic-password] [-s] [runlayer-aiwatch]";
        assert_eq!(run.of("security"), [deleted; 3], "two, and one that is not found");
        assert!(
            run.of("launchctl")
                .iter()
                .any(|call| call.contains("[asuser] [501] [sudo] [-n] [-H] [-u] [#501]"))
        );
    }
}

#[test]
fn uninstall_leaves_a_program_of_the_same_name_that_is_not_ours() {
    for shell in SHELLS {
        let Some(mac) = in_use(shell) else { continue };
        let link = mac.path("/usr/local/bin/aiwatch");
        std::fs::remove_file(&link).expect("a link");
        std::os::unix::fs::symlink("../Cellar/aiwatch/1.0/bin/aiwatch", &link).expect("a link");
        mac.run("uninstall", &["--strict"]).ok();
        assert!(mac.has("/usr/local/bin/aiwatch"));
    }
}

#[test]
fn uninstall_refuses_others_than_root_and_unknown_options() {
    for shell in SHELLS {
        let Some(mac) = in_use(shell) else { continue };
        let unknown = mac.run("uninstall", &["--everything"]);
        assert_eq!(unknown.code, Some(2), "{}", unknown.text);
        let user = mac.with("FAKE_ID", "501").run("uninstall", &[]);
        assert_eq!(user.code, Some(2), "{}", user.text);
        for path in ours() {
            assert!(mac.has(&path), "{path} is gone");
        }
    }
}

#[test]
fn places_that_cannot_be_written_stop_neither_script() {
    for shell in SHELLS {
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.write("/var/db/com.runlayer.aiwatch/.install-time/file", "a folder where a file should be");
        let run = mac.postinstall("/");
        assert!(run.text.contains("cannot write the install stamp"), "{}", run.text);
        let Some(mac) = Mac::installed(shell) else { continue };
        mac.write("/var/db", "a file where a folder should be");
        let run = mac.postinstall("/");
        assert!(run.text.contains("cannot write the install stamp"), "{}", run.text);
        assert_eq!(mac.units(), [format!("system/{BOOTSTRAP}")]);
        mac.write("/Library/Logs", "a file where a folder should be");
        mac.run("uninstall", &[]).ok();
        assert_eq!(mac.units(), Vec::<String>::new());
        assert!(!mac.has("/usr/local/bin/aiwatch"));
    }
}
