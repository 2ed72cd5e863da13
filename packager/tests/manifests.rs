//! Manifests and what the parser says to them.
//!
//! A case is a folder of `tests/manifests`, named by a sentence: `tenant.toml`, and `expected.txt` with the
//! whole message, or with what the manifest came to. A changed text is rewritten and the test fails, so that a
//! change shows in review.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use packager::failure::Failure;
use packager::manifest::TenantManifest;
use packager::manifest::parse::{Outside, Problems, parse};

fn cases() -> Vec<PathBuf> {
    let folder = support::root().join("packager/tests/manifests");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// The world around all cases. Files are those of the case's folder; two that text files cannot show are here.
fn parse_in(folder: &Path, text: &str) -> Result<TenantManifest, Problems> {
    let variables = BTreeMap::from([
        ("ACME_ORG_API_KEY", "key-from-the-environment"),
        ("EMPTY", ""),
        ("PADDED", " key with a space before it"),
    ]);
    let env = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    let file = |name: &Path| match name.to_str() {
        Some("not-utf-8") => Ok(vec![0xff, 0xfe]),
        Some("large") => Ok(vec![b'a'; 70_000]),
        _ => fs::read(folder.join(name)).map_err(|_| Error::from(ErrorKind::NotFound)),
    };
    parse(Path::new("tenant.toml"), text, &Outside { env: &env, file: &file })
}

/// What a manifest came to.
fn accepted(manifest: &TenantManifest) -> String {
    let ids: Vec<&str> = manifest.mdms.iter().map(|mdm| mdm.id).collect();
    let mut text = format!("accepted\ntenant {:?}, {:?}\n", manifest.tenant, manifest.organization);
    for (key, value) in &manifest.preferences {
        let value = format!("{value:?}");
        let end = if value.chars().count() > 80 { "…" } else { "" };
        text += &format!("{key} {}{end}\n", value.chars().take(80).collect::<String>());
    }
    text += &format!("team {:?}, revision {:?}\n", manifest.team_id, manifest.config_revision);
    text += &format!("{:?}\nfor Windows {}\n", manifest.release, manifest.release.msi_version());
    text += &format!("mdms {ids:?}\noutputs {:?}\n", manifest.outputs);
    text + &format!("spellings {:?}\n", manifest.spellings)
}

#[test]
fn every_manifest_gets_its_message() {
    let mut changed = Vec::new();
    for case in cases() {
        let text = fs::read_to_string(case.join("tenant.toml")).unwrap();
        let got = match parse_in(&case, &text) {
            Ok(manifest) => accepted(&manifest),
            Err(problems) => format!("{}\n", Failure::from(problems)),
        };
        let expected = case.join("expected.txt");
        if fs::read_to_string(&expected).unwrap_or_default() != got {
            fs::write(&expected, got).unwrap();
            changed.push(case);
        }
    }
    assert!(changed.is_empty(), "rewritten, look at them: {changed:#?}");
}
