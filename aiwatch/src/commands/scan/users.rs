//! Homes of other users, for root and SYSTEM.
//!
//! On Unix each of them is scanned by a process that has become that user, so that nothing is read in a user's home
//! with the rights of root: whatever a link there points at. Only its report comes back; keys stay with root. On
//! Windows SYSTEM reads, and nothing that leads out of the home.

use super::{Call, Report};
use crate::apply::Account;
use crate::machine;
use crate::machine::reader::Reader;
use crate::scan::place::Place;

/// The reports of these users; of whom none can be had, one that says so.
pub(super) fn reports(call: &Call<'_>, users: &[&Account]) -> Vec<Report> {
    users.iter().map(|account| of_user(call, account)).collect()
}

/// The reports of this user's homes in the Windows Subsystem for Linux.
pub(super) fn of_wsl(call: &Call<'_>) -> Vec<Report> {
    let homes = machine::wsl::homes();
    let report = |home: &std::path::PathBuf| {
        let place = Place::of_home(crate::clients::Os::Linux, home);
        let origin = super::origin::of_wsl(call.args, home);
        call.report(&place, Reader::within(home), &origin)
    };
    homes.iter().map(report).collect()
}

#[cfg(windows)]
fn of_user(call: &Call<'_>, account: &Account) -> Report {
    let place = Place::of_home(call.device.os, &account.home);
    let origin = super::origin::of_home(call.args, &account.home, account);
    call.report(&place, Reader::within(&account.home), &origin)
}

#[cfg(unix)]
fn of_user(call: &Call<'_>, account: &Account) -> Report {
    let document = asked(call, account).unwrap_or_else(|reason| {
        let inventory = crate::scan::inventory::Inventory {
            problems: vec![crate::scan::inventory::Problem {
                path: account.home.display().to_string(),
                reason,
            }],
            ..Default::default()
        };
        let origin = super::origin::of_home(call.args, &account.home, account);
        crate::scan::document::document(&origin, 0, &inventory)
    });
    Report { user: account.name.clone(), home: account.home.display().to_string(), inventory: None, document }
}

/// The report that a process of the user makes. An error says why there is none.
#[cfg(unix)]
fn asked(call: &Call<'_>, account: &Account) -> Result<serde_json::Value, String> {
    let program = call.process.program.as_deref().ok_or("this program does not know where it is")?;
    let args = call.args;
    let mut words =
        vec!["scan".to_owned(), "--dry-run".to_owned(), "--json".to_owned(), "--quiet".to_owned()];
    if args.no_projects {
        words.push("--no-projects".to_owned());
    }
    words.push(format!("--project-depth={}", args.project_depth));
    words.push(format!("--project-timeout={}", args.project_timeout));
    if let Some(id) = &args.org_device_id {
        words.push(format!("--org-device-id={id}"));
    }
    let limit = std::time::Duration::from_secs(u64::from(args.project_timeout) + 60);
    let output = machine::impersonated::output(program, &words, account, limit)?;
    let mut document: serde_json::Value =
        serde_json::from_slice(&output).map_err(|_| "its own process gave no report".to_owned())?;
    let members = document.as_object_mut().ok_or("its own process gave no report")?;
    // The user may have had a hand in that process: whose report it is, is root's to say.
    members.insert("username".to_owned(), account.name.clone().into());
    members.insert("hostname".to_owned(), machine::accounts::device_name().unwrap_or_default().into());
    Ok(document)
}
