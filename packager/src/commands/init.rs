//! `init`.

use std::fs::OpenOptions;
use std::io::Write;

use aiwatch_contract::exit;

use super::{Terminal, print};
use crate::cli::InitArgs;
use crate::failure::{Failure, Result};
use crate::manifest::init::{self, Partial};

/// `packager init`.
pub(super) fn init(args: &InitArgs, terminal: Terminal) -> Result<u8> {
    // Refused before the questions, not after them.
    if let Some(path) = args.out.as_deref().filter(|path| path.symlink_metadata().is_ok()) {
        return Err(exists(path));
    }
    let given = Partial {
        tenant: args.tenant.clone(),
        organization: args.organization.clone(),
        host: args.host.clone(),
        mode: args.mode.clone(),
        org_api_key_env: args.org_api_key_env.clone(),
        enrollment_key_env: args.enrollment_key_env.clone(),
        team_id: args.team_id.clone(),
        mdms: (!args.mdm.is_empty()).then(|| args.mdm.join(",")),
    };
    let answers = if terminal.input && terminal.errors {
        init::ask(&mut std::io::stdin().lock(), &mut std::io::stderr(), given)?
    } else {
        given.complete()?
    };
    let text = init::render(&answers);
    let Some(path) = &args.out else {
        print(&text)?;
        return Ok(exit::SUCCESS);
    };
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => {
            eprintln!("wrote {}; next: packager plan {}", path.display(), path.display());
            Ok(exit::SUCCESS)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(path)),
        Err(error) => Err(Failure::work(format!("cannot write {}: {error}", path.display()))
            .hint("name a file in a folder that exists and can be written")),
    }
}

fn exists(path: &std::path::Path) -> Failure {
    Failure::misuse(format!("{} exists", path.display()))
        .hint("name another file with --out, or move this one away")
}
