"""Processor and memory for macho_run.py: one class, with the calling convention of either architecture."""

import struct

from unicorn import UC_ARCH_ARM64, UC_ARCH_X86, UC_MODE_64, UC_MODE_ARM, Uc
from unicorn import arm64_const as arm
from unicorn import x86_const as x86

HEAP, HEAP_SIZE = 0x3_0000_0000, 0x800_0000
STACK_TOP, STACK_SIZE = 0x4_0000_0000, 0x80_0000
IMPORTS, IMPORTS_SIZE = 0x5_0000_0000, 0x10_0000
EXIT_AT = IMPORTS + 0xF_0000


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
