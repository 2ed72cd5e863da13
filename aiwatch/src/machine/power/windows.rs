//! By GetSystemPowerStatus.

use windows_sys::Win32::System::Power::{GetSystemPowerStatus, SYSTEM_POWER_STATUS};

use super::Power;

#[allow(unsafe_code)]
pub(super) fn power() -> Power {
    let mut status = SYSTEM_POWER_STATUS::default();
    // SAFETY: The place for the answer lives through the call.
    if unsafe { GetSystemPowerStatus(&mut status) } == 0 {
        return Power::Unknown;
    }
    match status.ACLineStatus {
        0 => Power::Battery {
            percent: Some(status.BatteryLifePercent).filter(|percent| *percent <= 100),
            saver: status.SystemStatusFlag == 1,
        },
        1 => Power::Mains,
        _ => Power::Unknown,
    }
}
