//! By the kernel's own files: Documentation/ABI/testing/sysfs-class-power, and sysfs-platform_profile there.

use std::fs;
use std::path::Path;

use super::Power;

/// Most sources of power that are looked at.
const MOST: usize = 64;

pub(super) fn power() -> Power {
    of(Path::new("/sys"))
}

/// What the files below this folder say.
fn of(sys: &Path) -> Power {
    let Ok(sources) = fs::read_dir(sys.join("class/power_supply")) else { return Power::Unknown };
    let (mut mains, mut discharging, mut percent, mut batteries) = (false, false, None, 0);
    for source in sources.flatten().take(MOST) {
        let source = source.path();
        let is = |name: &str, wanted: &str| text(&source, name).as_deref() == Some(wanted);
        if is("type", "Battery") {
            // Those of a mouse or a telephone have the scope of a device.
            if !is("scope", "Device") {
                batteries += 1;
                discharging |= is("status", "Discharging");
                let full = text(&source, "capacity").and_then(|text| text.parse::<u8>().ok());
                percent = percent.max(full.map(|full| full.min(100)));
            }
        } else {
            // A Mac's adapter and most laptops' are "Mains", one at a USB socket is "USB".
            mains |= is("online", "1");
        }
    }
    // Some machines show an adapter at a socket where nothing is plugged in.
    if batteries > 0 && (discharging || !mains) {
        let saver = text(sys, "firmware/acpi/platform_profile").as_deref() == Some("low-power");
        return Power::Battery { percent, saver };
    }
    if mains { Power::Mains } else { Power::Unknown }
}

fn text(folder: &Path, name: &str) -> Option<String> {
    fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of sources of power, each a place and a text.
    fn with(files: &[(&str, &str)]) -> Power {
        let sys = tempfile::tempdir().unwrap();
        for (place, text) in files {
            let path = sys.path().join(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{text}\n")).unwrap();
        }
        of(sys.path())
    }

    #[test]
    fn the_kernel_says_what_the_machine_runs_on() {
        let battery = |status| {
            [
                ("class/power_supply/BAT0/type", "Battery"),
                ("class/power_supply/BAT0/status", status),
                ("class/power_supply/BAT0/capacity", "42"),
                ("class/power_supply/BAT1/type", "Battery"),
                ("class/power_supply/BAT1/capacity", "7"),
            ]
        };
        let adapter =
            |online| [("class/power_supply/ADP1/type", "Mains"), ("class/power_supply/ADP1/online", online)];
        let on_battery = |saver| Power::Battery { percent: Some(42), saver };
        let all = |battery: &[_], adapter: &[_]| with(&[battery, adapter].concat());
        assert_eq!(all(&battery("Discharging"), &adapter("0")), on_battery(false));
        assert_eq!(all(&battery("Charging"), &adapter("1")), Power::Mains);
        assert_eq!(all(&battery("Full"), &adapter("1")), Power::Mains);
        assert_eq!(
            all(&battery("Discharging"), &adapter("1")),
            on_battery(false),
            "a socket with nothing in it"
        );
        assert_eq!(all(&battery("Unknown"), &[]), on_battery(false));
        let saving = [("firmware/acpi/platform_profile", "low-power")];
        assert_eq!(all(&battery("Discharging"), &saving), on_battery(true));
        assert_eq!(with(&adapter("1")), Power::Mains);
        assert_eq!(
            with(&[("class/power_supply/ucsi/type", "USB"), ("class/power_supply/ucsi/online", "0")]),
            Power::Unknown
        );
        let mouse = [
            ("class/power_supply/hid/type", "Battery"),
            ("class/power_supply/hid/scope", "Device"),
            ("class/power_supply/hid/status", "Discharging"),
        ];
        assert_eq!(with(&mouse), Power::Unknown);
        assert_eq!(all(&mouse, &adapter("1")), Power::Mains);
        let odd =
            [("class/power_supply/BAT0/type", "Battery"), ("class/power_supply/BAT0/capacity", "300 %")];
        assert_eq!(with(&odd), Power::Battery { percent: None, saver: false });
        assert_eq!(with(&[("class/x", "")]), Power::Unknown);
    }
}
