//! What the machine runs on, so that a scan can wait for a better moment.

#[cfg(not(any(target_os = "macos", windows)))]
#[path = "power/linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "power/macos.rs"]
mod system;
#[cfg(windows)]
#[path = "power/windows.rs"]
mod system;

/// A source of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// The mains.
    Mains,
    /// A battery.
    Battery {
        /// How full it is, in percent, where that is known.
        percent: Option<u8>,
        /// Whether the user or the system wants to save power.
        saver: bool,
    },
    /// The system does not say, as on a server.
    Unknown,
}

/// What the machine runs on now.
pub fn power() -> Power {
    system::power()
}
