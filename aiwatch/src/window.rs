//! The install window: how fast launchd tries again while a user's enrollment is still to come.
//!
//! launchd starts the bootstrap daemon again after every exit but 0, at most once a minute. Within ten minutes of an
//! install that is wanted: the daemon lost a race against the enrollment. Later it would be noise for ever on a
//! device that never enrolls, so the daemon then ends with success and waits for its next hour. Only macOS has it.

use std::time::{Duration, SystemTime};

use aiwatch_contract::INSTALL_WINDOW_SECONDS;

/// Failures in a row, outside the window, after which the daemon waits for its hour.
pub const MOST_FAILURES: u32 = 5;

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// No install has left its stamp, or there is none on this system.
    NoStamp,
    /// An install was minutes ago.
    Inside,
    /// The last install is longer ago.
    Outside,
}

impl Window {
    /// Where a device stands whose stamp has this time. A clock that was set back after the install makes the stamp
    /// lie in the future: a little of that is the window, and more of it would never end.
    pub fn at(stamp: Option<SystemTime>, now: SystemTime) -> Window {
        let length = Duration::from_secs(INSTALL_WINDOW_SECONDS);
        let Some(stamp) = stamp else { return Window::NoStamp };
        let inside = match now.duration_since(stamp) {
            Ok(age) => age < length,
            Err(ahead) => ahead.duration() <= length,
        };
        if inside { Window::Inside } else { Window::Outside }
    }

    /// Its name in `status`.
    pub fn name(self) -> &'static str {
        match self {
            Window::NoStamp => "no stamp",
            Window::Inside => "inside",
            Window::Outside => "outside",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_ten_minutes_and_clocks_may_be_a_little_wrong() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let ago = |seconds| Some(now - Duration::from_secs(seconds));
        let ahead = |seconds| Some(now + Duration::from_secs(seconds));
        for (stamp, expected) in [
            (None, Window::NoStamp),
            (ago(0), Window::Inside),
            (ago(599), Window::Inside),
            (ago(600), Window::Outside),
            (ago(1_800_000_000), Window::Outside),
            (ahead(600), Window::Inside),
            (ahead(601), Window::Outside),
        ] {
            assert_eq!(Window::at(stamp, now), expected, "{stamp:?}");
        }
    }
}
