//! Version numbers of clients, as far as they are compared.

/// Three numbers. What comes behind them is passed over: no rule of ours depends on a pre-release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Numbers(pub(super) [u64; 3]);

impl Numbers {
    /// The first three numbers of a text such as `2.1.330 (Claude Code)`; missing ones are 0.
    pub(super) fn in_text(text: &str) -> Option<Numbers> {
        let word = text.trim().trim_start_matches('v');
        let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
        let mut numbers = [0; 3];
        for (number, part) in numbers.iter_mut().zip(word[..end].split('.')) {
            *number = part.parse().ok()?;
        }
        Some(Numbers(numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn versions_are_compared_by_number() {
        let numbers = |text| Numbers::in_text(text);
        assert_eq!(numbers("2.1.330 (Claude Code)"), Some(Numbers([2, 1, 330])));
        assert_eq!(numbers("v1.7"), Some(Numbers([1, 7, 0])));
        assert_eq!(numbers("2.1.100-rc.1"), Some(Numbers([2, 1, 100])));
        assert_eq!(numbers("latest"), None);
        assert_eq!(numbers(""), None);
        assert!(numbers("2.1.99") < numbers("2.1.100"));
    }
}
