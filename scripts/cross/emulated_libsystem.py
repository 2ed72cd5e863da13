"""A small libSystem for macho_run.py: what a Rust program calls until it has printed and exited."""

import os
import stat
import struct
import time

from emulated_machine import HEAP, STACK_SIZE, STACK_TOP

MASK = (1 << 64) - 1
ENOENT, EBADF = 2, 9
ENVIRONMENT = [b"HOME=/Users/probe", b"PATH=/usr/bin"]
EXECUTABLE = b"/usr/local/bin/program\0"


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
