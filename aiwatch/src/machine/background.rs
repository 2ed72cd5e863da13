//! x
/// x
pub fn low_priority() {}
