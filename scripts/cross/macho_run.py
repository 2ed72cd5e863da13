#!/usr/bin/env python3
"""Runs one slice of a Mach-O program in an emulator with a small libSystem of our own.

usage: macho_run.py [--arch arm64|x86_64] [--file PATH=FILE]... PROGRAM [ARGUMENT...]

It proves that the headers load, that every import binds to a library, that thread-local storage is laid out
right, and that main() and the Rust runtime run. It is not macOS: one thread, no network, no Keychain, and the
only files are those given with --file.
"""

import struct
import sys

import lief
from unicorn import UC_HOOK_CODE, UcError
from unicorn import arm64_const as arm

from emulated_libsystem import MASK, LibSystem
from emulated_machine import EXIT_AT, IMPORTS, IMPORTS_SIZE, STACK_TOP, Machine

SLOT = 64
TIME_LIMIT_MICROSECONDS = 120 * 10**6


def load(machine, binary):
    """Maps the segments, binds the imports, and lays out thread-local storage.

    Gives the names of the imports by slot, the libraries they come from, and where thread-local data is."""
    for segment in binary.segments:
        if segment.name == "__PAGEZERO" or not segment.virtual_size:
            continue
        machine.unicorn.mem_map(segment.virtual_address, machine.aligned(segment.virtual_size))
        machine.write(segment.virtual_address, bytes(segment.content))
    thread_sections = [s for s in binary.sections if s.name in ("__thread_data", "__thread_bss")]
    thread_data = 0
    if thread_sections:
        low = min(section.virtual_address for section in thread_sections)
        high = max(section.virtual_address + section.size for section in thread_sections)
        thread_data = machine.allocate(high - low, 64)
        for section in thread_sections:
            if section.name == "__thread_data":
                machine.write(thread_data + section.virtual_address - low, bytes(section.content))
    names, slots, libraries = [], {}, set()
    for binding in binary.bindings:
        name = binding.symbol.name
        if name not in slots:
            slots[name] = IMPORTS + SLOT * len(names)
            names.append(name)
            machine.write(slots[name], machine.return_instruction)
        machine.write(binding.address, struct.pack("<Q", slots[name] + getattr(binding, "addend", 0)))
        if binding.has_library:
            libraries.add(binding.library.name)
    return names, libraries, thread_data


def run(machine, binary, system, names, thread_data):
    """Runs from the entry point to the exit. Gives the number of calls of imports."""
    calls = [0]

    def imported(unicorn, address, _size, _data):
        if address == EXIT_AT:
            system.stop(unicorn.reg_read(machine.result))
            return
        name = names[(address - IMPORTS) // SLOT]
        calls[0] += 1
        if name == "__tlv_bootstrap":
            (offset,) = struct.unpack("<Q", machine.read(unicorn.reg_read(machine.arguments[0]) + 16, 8))
            unicorn.reg_write(machine.result, thread_data + offset)
            return
        result = system.call(name)
        if result is not None:
            unicorn.reg_write(machine.result, result & MASK)

    machine.unicorn.hook_add(UC_HOOK_CODE, imported, begin=IMPORTS, end=IMPORTS + IMPORTS_SIZE - 1)
    stack = STACK_TOP - 0x1000
    if machine.is_arm:
        machine.unicorn.reg_write(arm.UC_ARM64_REG_LR, EXIT_AT)
    else:
        stack -= 8
        machine.write(stack, struct.pack("<Q", EXIT_AT))
    machine.unicorn.reg_write(machine.stack, stack)
    values = (system.argument_count, system.argv, system.environ, 0)
    for register, value in zip(machine.arguments, values):
        machine.unicorn.reg_write(register, value)
    try:
        machine.unicorn.emu_start(binary.entrypoint, 0, timeout=TIME_LIMIT_MICROSECONDS)
    except UcError as error:
        at = machine.unicorn.reg_read(machine.counter)
        print(f"[emulator] {error} at {at:#x}", file=sys.stderr)
        system.exit_code = 99
    return calls[0]


def main():
    words, architecture, files = sys.argv[1:], "arm64", {}
    while words and words[0].startswith("--"):
        if words[0] == "--arch":
            architecture = words[1]
        elif words[0] == "--file":
            path, _, source = words[1].partition("=")
            with open(source, "rb") as file:
                files[path] = file.read()
        else:
            sys.exit(__doc__)
        words = words[2:]
    if not words or architecture not in ("arm64", "x86_64"):
        sys.exit(__doc__)
    lief.logging.disable()
    types = lief.MachO.Header.CPU_TYPE
    wanted = types.ARM64 if architecture == "arm64" else types.X86_64
    fat = lief.MachO.parse(words[0])
    found = [binary for binary in fat or () if binary.header.cpu_type == wanted]
    if not found:
        sys.exit(f"{words[0]} has no {architecture} slice")
    machine = Machine(architecture)
    names, libraries, thread_data = load(machine, found[0])
    system = LibSystem(machine, words, files)
    calls = run(machine, found[0], system, names, thread_data)
    code = 98 if system.exit_code is None else system.exit_code
    print(
        f"[emulator {architecture}] exit {code}, {len(names)} imports of {sorted(libraries)}, {calls} calls,"
        f" answered with 0: {system.unknown}",
        file=sys.stderr,
    )
    sys.exit(code)


if __name__ == "__main__":
    main()
