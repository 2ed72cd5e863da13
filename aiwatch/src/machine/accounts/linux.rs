//! Who sits at the machine, by systemd-logind.

use super::{Account, unix};

/// What logind writes about the first seat (sd-login's own source: `/run/systemd/seats/`, lines of `KEY=value`).
const SEAT: &str = "/run/systemd/seats/seat0";

/// The user whose session is in front. Where no one sits at the machine, as on servers and in containers, it is the
/// calling user.
pub fn console_user() -> Option<Account> {
    let seat = std::fs::read_to_string(SEAT).unwrap_or_default();
    match active(&seat) {
        Some(uid) => unix::of(uid),
        None => unix::this_user(),
    }
}

/// The user of a seat's active session; a greeter has a number below those of people.
fn active(seat: &str) -> Option<u32> {
    let uid = seat.lines().find_map(|line| line.strip_prefix("ACTIVE_UID="))?.trim().parse().ok()?;
    (uid >= 1000).then_some(uid)
}

#[cfg(test)]
mod tests {
    use super::active;

    #[test]
    fn the_active_user_of_a_seat_is_found() {
        assert_eq!(active("IS_SEAT0=1\nCAN_MULTI_SESSION=1\nACTIVE=2\nACTIVE_UID=1001\n"), Some(1001));
        assert_eq!(active("ACTIVE=c1\nACTIVE_UID=120\n"), None);
        assert_eq!(active("IS_SEAT0=1\n"), None);
    }
}
