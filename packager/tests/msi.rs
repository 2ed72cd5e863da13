mod support;
mod windows;
use packager::check::msi as check;
#[test]
fn explore() {
    let made = windows::msi(&windows::release("1.0.0"));
    for f in check::validate("a.msi", &made.bytes).unwrap() {
        println!("{:?} {} {} {}", f.level, f.rule, f.at, f.message);
    }
    println!(
        "{}",
        serde_json::to_string_pretty(&check::inspect("a.msi", &made.bytes).unwrap()).unwrap().len()
    );
}
