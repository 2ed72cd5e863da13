#!/usr/bin/env python3
"""Checks that executables ask the system for nothing that it may lack.

usage: imports.py --symbols SYMBOLS --libsystem LIBSYSTEM.TBD FILE...

Mach-O: every import of every slice names its library, and that library has the symbol: a framework by SYMBOLS
(macos-symbols.txt), libSystem by zig's stub of it. PE: only libraries of Windows 10 and later itself.
Exits 1 on the first kind of fault in each file. Needs lief.
"""

import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path

import lief

LIBSYSTEM = "/usr/lib/libSystem.B.dylib"
FRAMEWORK = re.compile(r"/System/Library/Frameworks/(\w+)\.framework/")
WINDOWS = re.compile(
    r"(api-ms-win-[a-z0-9-]+|kernel32|ntdll|advapi32|bcrypt|bcryptprimitives|crypt32|ws2_32|userenv|ole32"
    r"|oleaut32|secur32|shell32|user32|wtsapi32)\.dll$",
    re.IGNORECASE,
)


def macho_faults(path, symbols, libsystem):
    # Named, because lief frees the file with the last reference to it, and not with its parts.
    fat = lief.MachO.parse(str(path))
    for binary in fat:
        name = binary.header.cpu_type.name.lower()
        if not binary.header.has(lief.MachO.Header.FLAGS.TWOLEVEL):
            yield f"{name}: flat namespace"
        count = 0
        for binding in binary.bindings:
            count += 1
            symbol = binding.symbol.name
            library = binding.library.name if binding.has_library else None
            framework = FRAMEWORK.match(library or "")
            known = libsystem if library == LIBSYSTEM else symbols[framework[1]] if framework else ()
            if symbol not in known:
                yield f"{name}: {symbol} of {library or 'any library'}"
        if count == 0:
            yield f"{name}: no import at all"


def pe_faults(path):
    pe = lief.PE.parse(str(path))
    libraries = [entry.name for entry in pe.imports]
    if not libraries:
        yield "no import at all"
    for library in libraries:
        if not WINDOWS.match(library):
            yield library


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=Path, required=True)
    parser.add_argument("--libsystem", type=Path, required=True)
    parser.add_argument("files", nargs="+", type=Path)
    arguments = parser.parse_args()
    lief.logging.disable()
    symbols = defaultdict(set)
    for line in arguments.symbols.read_text(encoding="ascii").splitlines():
        words = line.split("#")[0].split()
        if words:
            symbols[words[0]].add(words[1])
    libsystem = set(re.findall(r"[A-Za-z_$][\w.$]*", arguments.libsystem.read_text(encoding="utf-8")))
    faults = 0
    for path in arguments.files:
        is_pe = path.read_bytes()[:2] == b"MZ"
        for fault in pe_faults(path) if is_pe else macho_faults(path, symbols, libsystem):
            print(f"{path}: not in the system: {fault}")
            faults += 1
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
