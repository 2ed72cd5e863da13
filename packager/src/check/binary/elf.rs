//! ELF.

use object::Endianness;
use object::elf;
use object::read::Object;
use object::read::elf::{ElfFile, FileHeader, ProgramHeader};
use serde_json::json;

use super::{Examined, Finding, MOST_ROWS, Unreadable, architecture_name, damaged, lossy};

pub(super) fn examine<Elf: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<Examined, Unreadable> {
    let file = ElfFile::<Elf>::parse(bytes).map_err(|error| Unreadable(error.to_string().to_lowercase()))?;
    let endian = file.endian();
    let mut findings = Vec::new();
    let mut interpreter = None;
    for header in file.elf_program_headers().iter().take(MOST_ROWS) {
        let flags = header.p_flags(endian);
        let writable_code = flags.0 & elf::PF_W.0 != 0 && flags.0 & elf::PF_X.0 != 0;
        match header.p_type(endian) {
            elf::PT_LOAD if writable_code => {
                let message = "a segment is writable and executable";
                findings.push(Finding::error("elf.writable-code", "program headers", message));
            }
            elf::PT_GNU_STACK if flags.0 & elf::PF_X.0 != 0 => {
                let message = "the stack is executable";
                findings.push(Finding::warning("elf.executable-stack", "program headers", message));
            }
            elf::PT_INTERP => match header.interpreter(endian, bytes) {
                Ok(path) => interpreter = path.map(lossy),
                Err(error) => findings.push(damaged("elf.damaged", "program headers", error)),
            },
            _ => {}
        }
    }
    let mut libraries = Vec::new();
    match file.import_libraries() {
        Ok(iterator) => {
            for library in iterator.take(MOST_ROWS) {
                match library {
                    Ok(library) => libraries.push(lossy(library.name())),
                    Err(error) => {
                        findings.push(damaged("elf.damaged", "dynamic section", error));
                        break;
                    }
                }
            }
        }
        Err(error) => findings.push(damaged("elf.damaged", "dynamic section", error)),
    }
    let shown = json!({
        "kind": "elf",
        "architecture": architecture_name(file.architecture()),
        "static": interpreter.is_none() && libraries.is_empty(),
        "interpreter": interpreter,
        "libraries": libraries,
        "size": bytes.len(),
    });
    Ok(Examined { shown, findings })
}
