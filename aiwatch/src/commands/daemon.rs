//! How a failure of the bootstrap daemon ends, so that launchd tries again as often as that helps.

use std::path::Path;
use std::time::SystemTime;

use aiwatch_contract::exit;
use aiwatch_contract::macos::{FAILURE_COUNT, INSTALL_STAMP};

use crate::clients::{Os, Reach};
use crate::device::Device;
use crate::machine::accounts::Elevation;
use crate::machine::stamp;
use crate::process::{Outcome, Process};
use crate::window::{MOST_FAILURES, Window};

/// The window of this device; elsewhere than on macOS there is none.
pub fn window(device: &Device, now: SystemTime) -> Window {
    match device.os {
        Os::MacOs => Window::at(stamp::time(&below(device, INSTALL_STAMP)), now),
        Os::Windows | Os::Linux => Window::NoStamp,
    }
}

/// The outcome of an install for the machine as launchd must see it.
pub fn settled(
    outcome: Outcome,
    reach: Reach,
    device: &Device,
    process: &Process,
    now: SystemTime,
) -> Outcome {
    if device.os != Os::MacOs || device.elevation != Elevation::Root || reach != Reach::Machine {
        return outcome;
    }
    let count = below(device, FAILURE_COUNT);
    let window = window(device, now);
    if window == Window::NoStamp {
        // Without a stamp this would go on for ever, so the first run opens the window.
        stamp::touch(&below(device, INSTALL_STAMP));
    }
    if outcome.exit == exit::SUCCESS || window != Window::Outside {
        stamp::forget(&count);
        return outcome;
    }
    let quiet = |outcome: Outcome| {
        let stderr = if process.stderr_is_terminal { outcome.stderr } else { String::new() };
        Outcome { stderr, exit: exit::SUCCESS, ..outcome }
    };
    if outcome.exit == exit::NO_CREDENTIAL {
        return quiet(outcome);
    }
    let failures = stamp::counted(&count).saturating_add(1);
    stamp::count(&count, failures);
    if failures > MOST_FAILURES {
        quiet(outcome)
    } else if failures == MOST_FAILURES {
        Outcome { exit: exit::SUCCESS, ..outcome }
    } else {
        outcome
    }
}

fn below(device: &Device, path: &str) -> std::path::PathBuf {
    device.root.join(Path::new(path).strip_prefix("/").unwrap_or(Path::new(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Account;
    use std::time::Duration;

    fn device(root: &Path) -> Device {
        let me = Account { uid: 0, gid: 0, name: "root".into(), sid: None, home: "/var/root".into() };
        Device {
            os: Os::MacOs,
            root: root.to_owned(),
            elevation: Elevation::Root,
            me,
            console: None,
            users: Vec::new(),
        }
    }

    fn ended(exit: u8) -> Outcome {
        Outcome { stderr: "told\n".into(), exit, ..Outcome::default() }
    }

    struct Mac {
        folder: tempfile::TempDir,
        now: SystemTime,
    }

    impl Mac {
        fn new() -> Mac {
            Mac { folder: tempfile::tempdir().unwrap(), now: SystemTime::now() }
        }

        /// Exit code, and whether something was said.
        fn run(&self, exit: u8) -> (u8, bool) {
            let device = device(self.folder.path());
            let outcome = settled(ended(exit), Reach::Machine, &device, &Process::default(), self.now);
            (outcome.exit, !outcome.stderr.is_empty())
        }
    }

    #[test]
    fn the_first_run_opens_the_window_and_inside_it_failures_are_failures() {
        let mut mac = Mac::new();
        assert_eq!(window(&device(mac.folder.path()), mac.now), Window::NoStamp);
        assert_eq!(mac.run(4), (4, true));
        assert_eq!(window(&device(mac.folder.path()), mac.now), Window::Inside);
        assert_eq!(mac.run(4), (4, true));
        for _ in 0..9 {
            assert_eq!(mac.run(1), (1, true));
        }
        mac.now += Duration::from_secs(700);
        assert_eq!(window(&device(mac.folder.path()), mac.now), Window::Outside);
    }

    #[test]
    fn outside_the_window_a_missing_credential_is_quiet_success() {
        let mut mac = Mac::new();
        mac.run(0);
        mac.now += Duration::from_secs(700);
        assert_eq!(mac.run(4), (0, false));
        assert_eq!(mac.run(0), (0, true));
    }

    #[test]
    fn outside_the_window_the_fifth_failure_in_a_row_waits_for_the_hour() {
        let mut mac = Mac::new();
        mac.run(0);
        mac.now += Duration::from_secs(700);
        let runs: Vec<_> = (0..7).map(|_| mac.run(2)).collect();
        assert_eq!(runs, [(2, true), (2, true), (2, true), (2, true), (0, true), (0, false), (0, false)]);
        mac.run(0);
        assert_eq!(mac.run(1), (1, true), "a success begins the count again");
    }

    #[test]
    fn users_and_other_systems_are_told_the_truth() {
        let mut mac = Mac::new();
        mac.run(0);
        mac.now += Duration::from_secs(700);
        let mut device = device(mac.folder.path());
        let exit =
            |device: &Device, reach| settled(ended(4), reach, device, &Process::default(), mac.now).exit;
        assert_eq!(exit(&device, Reach::User), 4);
        assert_eq!(exit(&device, Reach::Machine), 0);
        device.os = Os::Linux;
        assert_eq!(exit(&device, Reach::Machine), 4);
    }
}
