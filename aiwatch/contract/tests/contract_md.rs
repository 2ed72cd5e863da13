//! `CONTRACT.md` shows every rename in review: this test rewrites it and then fails if it was not current.

#[test]
fn contract_md_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../CONTRACT.md");
    let printed = aiwatch_contract::print::contract();
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    if committed != printed {
        std::fs::write(path, &printed).expect("CONTRACT.md is writable");
        panic!("CONTRACT.md was not current; it is now: review and commit it");
    }
}

#[test]
fn keys_and_properties_are_spelled_once() {
    let rows = aiwatch_contract::preferences::PREFERENCES;
    for (i, row) in rows.iter().enumerate() {
        assert!(
            rows[..i].iter().all(|other| other.key != row.key && other.property != row.property),
            "{}",
            row.key
        );
    }
}
