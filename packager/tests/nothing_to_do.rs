//! What comes to nothing is a mistake, not a success: a pipeline would go on with it.

#![allow(missing_docs)]

use std::fs;
use std::process::Command;

fn packager(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_packager")).args(arguments).output().expect("runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).expect("text"))
}

#[test]
fn a_folder_with_nothing_to_judge_is_not_clean() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    fs::write(folder.path().join("notes.txt"), "nothing to judge").expect("written");
    let (code, text) = packager(&["validate", &path]);
    assert_eq!(
        (code, text.contains("holds no file of a kind that packager knows")),
        (Some(2), true),
        "{text}"
    );
    fs::write(folder.path().join("run.sh"), "#!/bin/sh\nexit 0\n").expect("written");
    let (code, text) = packager(&["validate", &path]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_build_with_nothing_to_make_leaves_the_earlier_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (manifest, out) = (folder.path().join("tenant.toml"), folder.path().join("dist"));
    let text = "[tenant]\nname = \"one\"\norganization = \"One\"\nhost = \"https://one.example\"\n\
        [release]\nversion = \"1.0.0\"\n[targets]\nmdms = [\"intune\"]\noutputs = [\"guides\", \"profiles\"]\n";
    fs::write(&manifest, text).expect("written");
    let (manifest, out_text) = (manifest.display().to_string(), out.display().to_string());
    let build = |more: &[&str]| packager(&[&["build", &manifest, "--out", &out_text], more].concat());
    let (code, text) = build(&[]);
    assert_eq!(code, Some(0), "{text}");
    let before = fs::read(out.join("SHA256SUMS")).expect("made");
    let (code, text) = build(&["--only", "profiles"]);
    assert_eq!((code, text.contains("there is nothing to make")), (Some(2), true), "{text}");
    assert_eq!(fs::read(out.join("SHA256SUMS")).expect("still there"), before);
}
