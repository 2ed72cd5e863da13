//! Names of streams inside a database: two characters of a small alphabet to one UTF-16 unit.

const ALPHABET: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
/// Stands before the name of a table's stream.
const TABLE: char = '\u{4840}';

/// A stream's plain name, and whether it holds a table.
pub fn decode(raw: &str) -> (String, bool) {
    let (rest, is_table) = match raw.strip_prefix(TABLE) {
        Some(rest) => (rest, true),
        None => (raw, false),
    };
    let letter = |index: u32| ALPHABET.get(index as usize & 63).map_or('?', |b| char::from(*b));
    let mut name = String::new();
    for c in rest.chars() {
        match u32::from(c) {
            pair @ 0x3800..0x4800 => {
                name.push(letter(pair - 0x3800));
                name.push(letter((pair - 0x3800) >> 6));
            }
            single @ 0x4800..0x4840 => name.push(letter(single - 0x4800)),
            _ => name.push(c),
        }
    }
    (name, is_table)
}

/// The raw name of a stream.
pub fn encode(name: &str, is_table: bool) -> String {
    let index = |c: char| ALPHABET.iter().position(|b| char::from(*b) == c).map(|i| i as u32);
    let mut raw = String::from(if is_table { "\u{4840}" } else { "" });
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let unit = match (index(c), chars.peek().and_then(|next| index(*next))) {
            (Some(low), Some(high)) => {
                chars.next();
                0x3800 + low + (high << 6)
            }
            (Some(low), None) => 0x4800 + low,
            (None, _) => u32::from(c),
        };
        raw.push(char::from_u32(unit).unwrap_or('?'));
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for name in ["Property", "_StringPool", "cab1.cab", "a", "A b-c", "\u{5}SummaryInformation"] {
            for is_table in [false, true] {
                assert_eq!(decode(&encode(name, is_table)), (name.to_owned(), is_table));
            }
        }
        assert_eq!(encode("Property", true), "\u{4840}\u{4559}\u{44f2}\u{4568}\u{4737}");
    }
}
