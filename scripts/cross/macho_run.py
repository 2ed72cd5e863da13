#!/usr/bin/env python3
"""Runs one slice of a Mach-O program in an emulator with a small libSystem of our own.

usage: macho_run.py [--arch arm64|x86_64] [--file PATH=FILE]... PROGRAM [ARGUMENT...]

It proves that the headers load, that every import binds to a library, that thread-local storage is laid out
right, and that main() and the Rust runtime run. It is not macOS: one thread, no network, no Keychain, and the
only files are those given with --file.
"""

import os
import stat
import struct
import sys
import time

import lief
from unicorn import UC_ARCH_ARM64, UC_ARCH_X86, UC_HOOK_CODE, UC_MODE_64, UC_MODE_ARM, Uc, UcError
from unicorn import arm64_const as arm
from unicorn import x86_const as x86

MASK = (1 << 64) - 1
HEAP, HEAP_SIZE = 0x3_0000_0000, 0x800_0000
STACK_TOP, STACK_SIZE = 0x4_0000_0000, 0x80_0000
IMPORTS, IMPORTS_SIZE = 0x5_0000_0000, 0x10_0000
EXIT_AT = IMPORTS + 0xF_0000
SLOT = 64
ENOENT, EBADF = 2, 9
ENVIRONMENT = [b"HOME=/Users/probe", b"PATH=/usr/bin"]
EXECUTABLE = b"/usr/local/bin/program\0"
TIME_LIMIT_MICROSECONDS = 120 * 10**6


class Machine:
    """Processor and memory, with the calling convention of one architecture."""

    def __init__(self, architecture):
        self.is_arm = architecture == "arm64"
        if self.is_arm:
            self.unicorn = Uc(UC_ARCH_ARM64, UC_MODE_ARM)
            self.unicorn.ctl_set_cpu_model(arm.UC_CPU_ARM64_MAX)
            # Floating point is off at reset.
            self.unicorn.reg_write(arm.UC_ARM64_REG_CPACR_EL1, 3 << 20)
            self.arguments = [getattr(arm, f"UC_ARM64_REG_X{i}") for i in range(8)]
            self.result, self.counter, self.stack = arm.UC_ARM64_REG_X0, arm.UC_ARM64_REG_PC, arm.UC_ARM64_REG_SP
            self.page, self.return_instruction = 0x4000, struct.pack("<I", 0xD65F03C0)
        else:
            self.unicorn = Uc(UC_ARCH_X86, UC_MODE_64)
            names = ("RDI", "RSI", "RDX", "RCX", "R8", "R9")
            self.arguments = [getattr(x86, f"UC_X86_REG_{name}") for name in names]
            self.result, self.counter, self.stack = x86.UC_X86_REG_RAX, x86.UC_X86_REG_RIP, x86.UC_X86_REG_RSP
            self.page, self.return_instruction = 0x1000, b"\xc3"
        self.next_free, self.sizes = HEAP + 0x1000, {}
        self.unicorn.mem_map(HEAP, HEAP_SIZE)
        self.unicorn.mem_map(STACK_TOP - STACK_SIZE, STACK_SIZE + self.page)
        self.unicorn.mem_map(IMPORTS, IMPORTS_SIZE)
        self.write(EXIT_AT, self.return_instruction)

    def aligned(self, size):
        return (size + self.page - 1) & ~(self.page - 1)

    def allocate(self, size, alignment=16):
        at = (self.next_free + alignment - 1) & ~(alignment - 1)
        self.next_free, self.sizes[at] = at + max(size, 1), size
        return at

    def new(self, data):
        at = self.allocate(len(data))
        self.write(at, data)
        return at

    def argument(self, index):
        return self.unicorn.reg_read(self.arguments[index])

    def read(self, at, size):
        return bytes(self.unicorn.mem_read(at, size)) if size else b""

    def write(self, at, data):
        if data:
            self.unicorn.mem_write(at, bytes(data))

    def text(self, at):
        found = b""
        while not found.endswith(b"\0"):
            found += self.read(at + len(found), 1)
        return found[:-1]


class LibSystem:
    """The functions that a Rust program calls, as far as a start needs them. Each returns the call's result."""

    def __init__(self, machine, program_arguments, files):
        self.machine, self.files = machine, files
        self.exit_code, self.unknown, self.open_files = None, {}, {}
        self.thread_values, self.last_key = {}, 256
        texts = [machine.new(text.encode() + b"\0") for text in program_arguments]
        self.argument_count = len(texts)
        self.argv = machine.new(struct.pack(f"<{len(texts) + 1}Q", *texts, 0))
        variables = [machine.new(text + b"\0") for text in ENVIRONMENT]
        self.variables = list(zip(ENVIRONMENT, variables))
        self.environ = machine.new(struct.pack(f"<{len(variables) + 1}Q", *variables, 0))
        self.argc_at = machine.new(struct.pack("<Q", len(texts)))
        self.argv_at = machine.new(struct.pack("<Q", self.argv))
        self.environ_at = machine.new(struct.pack("<Q", self.environ))
        self.errno_at = machine.new(bytes(8))
        self.functions = self.table()

    def table(self):
        machine, a = self.machine, self.machine.argument
        return {
            "_malloc": lambda: machine.allocate(a(0)),
            "_calloc": lambda: machine.allocate(a(0) * a(1)),
            "_realloc": self.realloc,
            "_free": lambda: 0,
            "_posix_memalign": self.posix_memalign,
            "_memcpy": self.memcpy,
            "_memmove": self.memcpy,
            "_memset": self.memset,
            "_bzero": self.bzero,
            "___bzero": self.bzero,
            "_memcmp": self.memcmp,
            "_bcmp": self.memcmp,
            "_memchr": self.memchr,
            "_strlen": lambda: len(machine.text(a(0))),
            "_write": self.write,
            "_writev": self.writev,
            "__NSGetArgc": lambda: self.argc_at,
            "__NSGetArgv": lambda: self.argv_at,
            "__NSGetEnviron": lambda: self.environ_at,
            "__NSGetExecutablePath": self.executable_path,
            "_pthread_self": lambda: HEAP + 0x100,
            "_pthread_get_stackaddr_np": lambda: STACK_TOP,
            "_pthread_get_stacksize_np": lambda: STACK_SIZE,
            "_pthread_getspecific": lambda: self.thread_values.get(a(0), 0),
            "_pthread_setspecific": self.setspecific,
            "_pthread_key_create": self.key_create,
            "_sysconf": lambda: {29: 16384, 57: 8, 58: 8, 71: 4096}.get(a(0), 4096),
            "___error": lambda: self.errno_at,
            "_exit": lambda: self.stop(a(0)),
            "__exit": lambda: self.stop(a(0)),
            "_abort": lambda: self.stop(134),
            "_getenv": self.getenv,
            "_clock_gettime": self.clock_gettime,
            "_getpid": lambda: 4242,
            "_mmap": self.mmap,
            "_CCRandomGenerateBytes": self.random,
            "_getentropy": self.random,
            "_isatty": lambda: 0,
            "_strerror_r": self.strerror,
            "_dlsym": lambda: 0,
            "_fcntl": lambda: 0,
            "_open": self.open,
            "_close": self.close,
            "_read": self.read,
            "_lseek": self.lseek,
            "_stat": lambda: self.stat_path(),
            "_stat$INODE64": lambda: self.stat_path(),
            "_lstat": lambda: self.stat_path(),
            "_lstat$INODE64": lambda: self.stat_path(),
            "_fstat": lambda: self.stat_file(),
            "_fstat$INODE64": lambda: self.stat_file(),
        }

    def call(self, name):
        function = self.functions.get(name)
        if function is None:
            self.unknown[name] = self.unknown.get(name, 0) + 1
            return 0
        return function()

    def stop(self, code):
        self.exit_code = code & 0xFF
        self.machine.unicorn.emu_stop()

    def fail(self, errno):
        self.machine.write(self.errno_at, struct.pack("<I", errno))
        return MASK

    # Memory.

    def realloc(self):
        old, size = self.machine.argument(0), self.machine.argument(1)
        new = self.machine.allocate(size)
        if old:
            self.machine.write(new, self.machine.read(old, min(size, self.machine.sizes.get(old, 0))))
        return new

    def posix_memalign(self):
        at = self.machine.allocate(self.machine.argument(2), self.machine.argument(1))
        self.machine.write(self.machine.argument(0), struct.pack("<Q", at))
        return 0

    def memcpy(self):
        to, source, size = (self.machine.argument(i) for i in range(3))
        self.machine.write(to, self.machine.read(source, size))
        return to

    def memset(self):
        to, byte, size = (self.machine.argument(i) for i in range(3))
        self.machine.write(to, bytes([byte & 255]) * size)
        return to

    def bzero(self):
        self.machine.write(self.machine.argument(0), bytes(self.machine.argument(1)))
        return 0

    def memcmp(self):
        size = self.machine.argument(2)
        one, two = (self.machine.read(self.machine.argument(i), size) for i in range(2))
        return 0 if one == two else (1 if one > two else MASK)

    def memchr(self):
        at, byte, size = (self.machine.argument(i) for i in range(3))
        found = self.machine.read(at, size).find(bytes([byte & 255]))
        return at + found if found >= 0 else 0

    def mmap(self):
        map_fixed = 0x10
        if self.machine.argument(3) & map_fixed:
            return self.machine.argument(0)
        return self.machine.allocate(self.machine.aligned(self.machine.argument(1)), self.machine.page)

    # The process.

    def executable_path(self):
        to, size_at = self.machine.argument(0), self.machine.argument(1)
        (size,) = struct.unpack("<I", self.machine.read(size_at, 4))
        if not to or size < len(EXECUTABLE):
            self.machine.write(size_at, struct.pack("<I", len(EXECUTABLE)))
            return MASK
        self.machine.write(to, EXECUTABLE)
        return 0

    def getenv(self):
        name = self.machine.text(self.machine.argument(0))
        for text, at in self.variables:
            if text.startswith(name + b"="):
                return at + len(name) + 1
        return 0

    def clock_gettime(self):
        now = time.time_ns()
        self.machine.write(self.machine.argument(1), struct.pack("<QQ", now // 10**9, now % 10**9))
        return 0

    def random(self):
        self.machine.write(self.machine.argument(0), os.urandom(self.machine.argument(1)))
        return 0

    def strerror(self):
        self.machine.write(self.machine.argument(1), b"error\0")
        return 0

    def setspecific(self):
        self.thread_values[self.machine.argument(0)] = self.machine.argument(1)
        return 0

    def key_create(self):
        self.last_key += 1
        self.machine.write(self.machine.argument(0), struct.pack("<Q", self.last_key))
        return 0

    # Files: standard streams, and what --file gives.

    def write(self):
        data = self.machine.read(self.machine.argument(1), self.machine.argument(2))
        return self.emit(self.machine.argument(0), data)

    def writev(self):
        data = b""
        for i in range(self.machine.argument(2)):
            at, size = struct.unpack("<QQ", self.machine.read(self.machine.argument(1) + 16 * i, 16))
            data += self.machine.read(at, size)
        return self.emit(self.machine.argument(0), data)

    def emit(self, descriptor, data):
        if descriptor not in (1, 2):
            return self.fail(EBADF)
        os.write(descriptor, data)
        return len(data)

    def open(self):
        content = self.files.get(self.machine.text(self.machine.argument(0)).decode())
        if content is None:
            return self.fail(ENOENT)
        descriptor = 10 + len(self.open_files)
        self.open_files[descriptor] = [content, 0]
        return descriptor

    def close(self):
        return 0

    def read(self):
        file = self.open_files.get(self.machine.argument(0))
        if file is None:
            return self.fail(EBADF)
        data = file[0][file[1] : file[1] + self.machine.argument(2)]
        file[1] += len(data)
        self.machine.write(self.machine.argument(1), data)
        return len(data)

    def lseek(self):
        file = self.open_files.get(self.machine.argument(0))
        if file is None:
            return self.fail(EBADF)
        start = {0: 0, 1: file[1], 2: len(file[0])}[self.machine.argument(2)]
        offset = self.machine.argument(1)
        file[1] = start + (offset - (1 << 64) if offset >> 63 else offset)
        return file[1]

    def stat_path(self):
        content = self.files.get(self.machine.text(self.machine.argument(0)).decode())
        return self.fail(ENOENT) if content is None else self.fill_stat(content)

    def stat_file(self):
        file = self.open_files.get(self.machine.argument(0))
        return self.fail(EBADF) if file is None else self.fill_stat(file[0])

    def fill_stat(self, content):
        """struct stat with 64-bit inodes (sys/stat.h): a regular file of root, mode 0644."""
        data = bytearray(144)
        struct.pack_into("<iHHQII", data, 0, 1, stat.S_IFREG | 0o644, 1, 7, 0, 0)
        struct.pack_into("<qqi", data, 96, len(content), (len(content) + 511) // 512, 4096)
        self.machine.write(self.machine.argument(1), data)
        return 0


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
