//! The committed profiles: those of one tenant as golden texts, and the templates of `profiles/`.

use std::path::Path;

use packager::outputs::{jamf_schema, profiles};

use crate::support::root;
use crate::tenant::{artifacts, profiles, tenant};

/// Rewrites what differs, and then fails, so that a change shows in review. Texts about the folder may lie in it.
fn keep_current(folder: &Path, files: &[(String, Vec<u8>)]) {
    let mut stale = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        if std::fs::read(&path).ok().as_deref() != Some(bytes.as_slice()) {
            std::fs::create_dir_all(path.parent().expect("a file is in a folder"))
                .expect("the folder can be made");
            std::fs::write(&path, bytes).expect("the file can be written");
            stale.push(name.as_str());
        }
    }
    for file in listing(folder, folder).into_iter().filter(|file| !file.ends_with(".md")) {
        assert!(
            files.iter().any(|(name, _)| *name == file),
            "{file} is no longer made: remove it from the folder"
        );
    }
    assert!(stale.is_empty(), "{} was not current and has been rewritten: {stale:?}", folder.display());
}

fn listing(folder: &Path, below: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            files.extend(listing(&entry.path(), below));
        } else {
            let path =
                entry.path().strip_prefix(below).expect("it is below").to_string_lossy().replace('\\', "/");
            files.push(path);
        }
    }
    files
}

#[test]
fn committed_templates_are_current() {
    let mut files = profiles::templates().expect("templates can be made");
    files.push(jamf_schema::template().expect("the schema can be made"));
    keep_current(&root().join("profiles"), &files);
}

#[test]
fn golden_profiles_of_one_tenant_are_current() {
    let tenant = tenant();
    let mut files = Vec::new();
    for mdm in ["jamf", "kandji", "simplemdm", "mosyle", "workspace-one", "generic-macos"] {
        for artifact in profiles(&tenant, mdm).into_iter().chain(artifacts(jamf_schema::plan, &tenant, mdm)) {
            // Where an MDM's console takes whole profiles, the settings alone differ from MDM to MDM.
            if ["jamf", "workspace-one", "generic-macos"].contains(&mdm) || artifact.path.contains(".config.")
            {
                files.push((format!("{mdm}/{}", artifact.path), artifact.made.bytes));
            }
        }
    }
    keep_current(&root().join("packager/tests/profiles/golden"), &files);
}

#[test]
fn windows_packs_hold_no_profile() {
    for mdm in ["intune", "configmgr-gpo"] {
        assert!(profiles(&tenant(), mdm).is_empty());
        assert!(artifacts(jamf_schema::plan, &tenant(), mdm).is_empty());
    }
}

#[test]
fn files_with_secrets_are_marked_and_closed() {
    let keys = [crate::tenant::ORG_KEY, crate::tenant::ENROLL_KEY];
    for mdm in ["jamf", "kandji", "workspace-one", "generic-macos"] {
        let tenant = tenant();
        for artifact in profiles(&tenant, mdm).into_iter().chain(artifacts(jamf_schema::plan, &tenant, mdm)) {
            let text = String::from_utf8_lossy(&artifact.made.bytes);
            let holds = keys.iter().any(|key| text.contains(key));
            assert_eq!(artifact.secret, holds, "{mdm}/{}", artifact.path);
            assert_eq!(artifact.mode, if holds { 0o600 } else { 0o644 }, "{mdm}/{}", artifact.path);
        }
    }
}
