//! What is wrong with one slice of a Mach-O program.

use object::Architecture;
use object::macho;

use super::{Commands, Slice};
use crate::check::Finding;
use crate::check::binary::code_signature::Signature;

/// Rule of a missing signature.
pub(crate) const UNSIGNED: &str = "macho.unsigned";

/// Folders whose libraries every Mac has.
const SYSTEM_LIBRARIES: [&str; 2] = ["/usr/lib/", "/System/Library/"];

pub(super) fn linking(
    name: &str,
    two_level: bool,
    independent: bool,
    flat: &[String],
    findings: &mut Vec<Finding>,
) {
    if !two_level {
        let message = "links with a flat namespace: any library may replace any symbol";
        findings.push(Finding::error("macho.flat-namespace", name, message));
    } else if !flat.is_empty() {
        let some = flat.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let message =
            format!("{} symbols are looked up in every library at start, such as {some}", flat.len());
        findings.push(Finding::error("macho.flat-lookup", name, message));
    }
    if !independent {
        let message = "not position independent: its addresses can be guessed";
        findings.push(Finding::warning("macho.no-pie", name, message));
    }
}

pub(super) fn commands(name: &str, commands: &Commands, findings: &mut Vec<Finding>) {
    if commands.minimum_os.is_none() {
        let message = "does not say which macOS it needs at least";
        findings.push(Finding::warning("macho.no-minimum-os", name, message));
    }
    for library in &commands.libraries {
        let system = SYSTEM_LIBRARIES.iter().any(|folder| library.starts_with(folder));
        if !system && !library.starts_with('@') {
            let message = format!("needs {library}, which is no part of macOS");
            findings.push(Finding::error("macho.foreign-library", name, message));
        }
    }
    let both = macho::VM_PROT_WRITE.0 | macho::VM_PROT_EXECUTE.0;
    for (segment, prot) in &commands.segments {
        if prot.0 & both == both {
            let message = format!("segment {segment} is writable and executable");
            findings.push(Finding::error("macho.writable-code", name, message));
        }
    }
}

pub(super) fn signature(
    slice: &Slice<'_>,
    name: &str,
    signature: Option<&Signature>,
    findings: &mut Vec<Finding>,
) {
    match signature {
        None if slice.architecture == Architecture::Aarch64 => {
            let message = "unsigned: macOS kills unsigned arm64 programs at start";
            findings.push(Finding::error(UNSIGNED, name, message));
        }
        None => findings.push(Finding::note(UNSIGNED, name, "unsigned")),
        Some(signature) => {
            findings.extend(
                signature
                    .defects
                    .iter()
                    .map(|defect| Finding::error("macho.bad-signature", name, defect.clone())),
            );
            if !signature.has_certificate {
                let message = "signed ad hoc only: no certificate says who made it";
                findings.push(Finding::note("macho.ad-hoc-signature", name, message));
            } else if !signature.hardened_runtime {
                let message = "signed without the hardened runtime: notarization refuses it";
                findings.push(Finding::warning("macho.no-hardened-runtime", name, message));
            }
        }
    }
}
