//! Defects that the tests of installations must see: each is seeded, installed, and shows.

#![allow(missing_docs)]

mod support;
mod windows;

use std::io::Cursor;

use msi::{Delete, Expr, Insert, Package, Update, Value};
use windows::installed::{HOST, entries, key, put, settings};
use windows::wine::{Wine, wine};
use windows::{changed, msi, release};

type Database = Package<Cursor<Vec<u8>>>;

fn update(package: &mut Database, table: &str, key: (&str, &str), column: &str, value: impl Into<Value>) {
    let query = Update::table(table).set(column, value.into()).with(Expr::col(key.0).eq(Expr::string(key.1)));
    package.update_rows(query).expect("updated");
}

fn remove(package: &mut Database, query: Delete) {
    package.delete_rows(query).expect("deleted");
}

#[test]
fn seeded_defects_show() {
    let Some(wine) = wine() else { return };
    a_number_sign_before_a_property_fails_open(&wine);
    a_guard_that_exempts_repairs_lets_a_wrong_type_in(&wine);
    without_the_wiping_row_a_secret_stays(&wine);
    with_exclusive_bounds_two_builds_stand_side_by_side(&wine);
}

fn a_number_sign_before_a_property_fails_open(wine: &Wine) {
    let made = changed(&msi(&release("1.0.0")), |package| {
        let row = "Setting.Enforcement";
        update(package, "Registry", ("Registry", row), "Value", "#[AIWATCH_ENFORCEMENT]");
        update(package, "Component", ("Component", row), "Condition", "AIWATCH_ENFORCEMENT");
    });
    let package = put(wine, "direct", &made);
    assert_eq!(package.install(wine, &format!("{HOST} AIWATCH_ENFORCEMENT=true")), 0);
    assert!(settings(wine).contains(&"Enforcement REG_DWORD 0x0".to_owned()), "{:?}", settings(wine));
    assert_eq!(package.uninstall(wine, ""), 0);
}

fn a_guard_that_exempts_repairs_lets_a_wrong_type_in(wine: &Wine) {
    let made = changed(&msi(&release("1.0.0")), |package| {
        remove(package, Delete::from("LaunchCondition"));
        let row = vec![r##"Installed OR NOT (AIWATCH_HOST << "#")"##.into(), "guard".into()];
        package.insert_rows(Insert::into("LaunchCondition").row(row)).expect("inserted");
    });
    let package = put(wine, "exempt", &made);
    assert_eq!(package.install(wine, HOST), 0);
    assert_eq!(package.repair(wine, "AIWATCH_HOST=#12"), 0);
    assert!(settings(wine).contains(&"Host REG_DWORD 0xc".to_owned()), "{:?}", settings(wine));
    assert_eq!(package.uninstall(wine, ""), 0);
}

fn without_the_wiping_row_a_secret_stays(wine: &Wine) {
    let made = changed(&msi(&release("1.0.0")), |package| {
        remove(package, Delete::from("Registry").with(Expr::col("Registry").eq(Expr::string("Wipe"))));
        // What is found keeps the component's condition true, which hides the defect in wine.
        remove(package, Delete::from("AppSearch"));
    });
    let package = put(wine, "unwiped", &made);
    assert_eq!(package.install(wine, &format!("{HOST} AIWATCH_ENROLLMENT_KEY=enroll1")), 0);
    assert_eq!(package.uninstall(wine, ""), 0);
    assert!(settings(wine).contains(&"EnrollmentKey REG_SZ enroll1".to_owned()), "{:?}", settings(wine));
    wine.run(&["reg", "delete", &key(), "/f"]);
}

fn with_exclusive_bounds_two_builds_stand_side_by_side(wine: &Wine) {
    for body in ["first", "second"] {
        let made = changed(&windows::msi_with(&release("1.0.0"), body), |package| {
            update(package, "Upgrade", ("ActionProperty", "OLDERVERSIONFOUND"), "Attributes", 1);
        });
        assert_eq!(put(wine, body, &made).install(wine, HOST), 0);
    }
    assert_eq!(entries(wine), 2);
}
