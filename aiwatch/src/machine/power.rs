//! x
/// x
pub enum Power {
    /// x
    Mains,
    /// x
    Battery {
        /// x
        percent: Option<u8>,
        /// x
        saver: bool,
    },
    /// x
    Unknown,
}
/// x
pub fn power() -> Power {
    Power::Unknown
}
