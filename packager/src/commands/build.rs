//! `build` and `plan`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aiwatch_contract::exit;
use serde_json::json;
use sha2::{Digest, Sha256};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::{Terminal, print};
use crate::agents::Agents;
use crate::cli::{BuildArgs, PlanArgs};
use crate::dist::{self, Input, Progress};
use crate::failure::{Failure, Result};
use crate::manifest::{self, TenantManifest};
use crate::plan::{BuildPlan, Step};
use crate::secret::Secret;
use crate::signing::Unsigned;

/// Reads all manifests, each once: what is parsed is what the lock notes, also when it comes through a pipe.
/// Errors of all of them come together.
fn read(paths: &[PathBuf]) -> Result<(Vec<TenantManifest>, Vec<Input>)> {
    let (mut tenants, mut inputs, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for path in paths {
        match manifest::parse::read(path) {
            Ok((tenant, bytes)) => {
                // The file's name only: the same input in another folder gives the same lock.
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                inputs.push(Input {
                    name: name.unwrap_or_default(),
                    sha256: dist::hex(&Sha256::digest(&bytes)),
                });
                tenants.push(tenant);
            }
            Err(problems) => failures.push(Failure::from(problems)),
        }
    }
    Failure::all(failures).map_or(Ok((tenants, inputs)), Err)
}

/// `packager build`.
pub(super) fn build(args: &BuildArgs, terminal: Terminal) -> Result<u8> {
    let (tenants, mut inputs) = read(&args.manifests)?;
    let plan = BuildPlan::new(tenants, args.only.clone())?;
    let platforms = plan.platforms();
    let agents = Agents::read(&args.agents, &plan.release.version, &platforms)?;
    let signer = Unsigned { build_key: args.build_key.as_deref().map(build_key).transpose()? };
    inputs.extend(binaries(&agents));
    let show = |progress: Progress<'_>| {
        if args.quiet {
            return;
        }
        match progress {
            Progress::Installer(path, size) => eprintln!("made {path} ({})", human(size)),
            Progress::Tenant(name, done, all) if terminal.errors || all == 1 => {
                eprintln!("made tenant {name} ({done} of {all})");
            }
            Progress::Tenant(_, done, all) if done % 100 == 0 || done == all => {
                eprintln!("made {done} of {all} tenants")
            }
            Progress::Tenant(..) => {}
        }
    };
    let stop = stop_on_signals()?;
    let summary = dist::build(&plan, &agents, &signer, &args.out, &inputs, &stop, &show)?;
    if !args.quiet {
        for notice in &plan.notices {
            eprintln!("note: {}: {}", notice.tenant, notice.text);
        }
        if !platforms.is_empty() {
            eprintln!(
                "note: nothing is signed: Gatekeeper refuses the package when a person opens it, and the privacy profile \
                 matches the agent only once it is signed by your team"
            );
        }
        eprintln!(
            "wrote {} files, {}, to {}; {} hold secrets (see manifest.lock.json)",
            summary.files,
            human(summary.bytes),
            args.out.display(),
            summary.secrets
        );
    }
    if args.json {
        let summary = json!({
            "out": args.out.display().to_string(),
            "files": summary.files,
            "bytes": summary.bytes,
            "secrets": summary.secrets,
        });
        print(&format!("{summary}\n"))?;
    }
    Ok(exit::SUCCESS)
}

/// A flag that Ctrl-C and SIGTERM set, so that a build takes its half-made folder away before it ends. A second
/// signal ends the program at once.
fn stop_on_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The order counts: the first of the two looks at what the second has set, at an earlier signal.
        flag::register_conditional_shutdown(signal, i32::from(exit::FAILURE), Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| Failure::work(format!("cannot listen to signals: {error}")))?;
    }
    Ok(stop)
}

fn build_key(path: &Path) -> Result<Secret> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::misuse(format!("cannot read the build key {}: {error}", path.display()))
            .hint("make one with: openssl rand -hex 32 > build.key")
    })?;
    let key = text.trim();
    if key.len() < 32 {
        return Err(Failure::misuse(format!(
            "the build key in {} is shorter than 32 characters",
            path.display()
        ))
        .hint("make one with: openssl rand -hex 32 > build.key"));
    }
    Ok(Secret::new(key))
}

/// The agents' binaries, those that were read.
fn binaries(agents: &Agents) -> Vec<Input> {
    let binaries = [
        (crate::agents::MACOS_FILE, &agents.macos),
        (crate::agents::WINDOWS_X64_FILE, &agents.windows[0]),
        (crate::agents::WINDOWS_ARM64_FILE, &agents.windows[1]),
    ];
    let read = binaries.into_iter().filter(|(_, bytes)| !bytes.is_empty());
    read.map(|(name, bytes)| Input { name: name.to_owned(), sha256: dist::hex(&Sha256::digest(bytes)) })
        .collect()
}

/// `packager plan`.
pub(super) fn plan(args: &PlanArgs) -> Result<u8> {
    let plan = BuildPlan::new(read(&args.manifests)?.0, args.only.clone())?;
    let mut steps = plan.installer_steps();
    for index in 0..plan.tenants.len() {
        steps.extend(plan.tenant_steps(index));
    }
    if args.json {
        let files: Vec<_> = steps.iter().map(|step| as_json(&plan, step)).collect();
        let notices: Vec<_> =
            plan.notices.iter().map(|notice| json!({"tenant": notice.tenant, "text": notice.text})).collect();
        let value =
            json!({"version": plan.release.version.to_string(), "artifacts": files, "notices": notices});
        print(&format!("{}\n", serde_json::to_string_pretty(&value).unwrap_or_default()))?;
    } else {
        let width = steps.iter().map(|step| step.planned.path.len()).max().unwrap_or(0);
        let mut text = String::new();
        for step in &steps {
            let secret = if step.planned.secret { "  [secret]" } else { "" };
            text.push_str(&format!("{:width$}  {}{secret}\n", step.planned.path, step.planned.about));
        }
        text.push_str(&format!("{} artifacts for version {}\n", steps.len(), plan.release.version));
        for notice in &plan.notices {
            text.push_str(&format!("note: {}: {}\n", notice.tenant, notice.text));
        }
        print(&text)?;
    }
    Ok(exit::SUCCESS)
}

fn as_json(plan: &BuildPlan, step: &Step) -> serde_json::Value {
    json!({
        "path": step.planned.path,
        "about": step.planned.about,
        "output": step.output,
        "tenant": step.tenant.map(|index| plan.tenants[index].tenant.clone()),
        "mdm": step.mdm.map(|mdm| mdm.id),
        "mode": format!("{:04o}", step.planned.mode),
        "contains_secret": step.planned.secret,
    })
}

/// A size for people.
fn human(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} B"),
        10_000..=9_999_999 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
