#!/usr/bin/env python3
"""Checks the code signature of every slice of Mach-O files: each page of the file against its stored hash.

usage: cdcheck.py FILE...

Independent of the packager's own reader, so that the two can disagree. Exits 1 when a page's hash is wrong, and
when an arm64 slice is unsigned, which macOS refuses to start.
"""

import hashlib
import struct
import sys
from pathlib import Path

FAT_MAGIC = 0xCAFEBABE
LC_CODE_SIGNATURE = 0x1D
CODE_DIRECTORY = 0xFADE0C02
ARCHITECTURES = {0x0100000C: "arm64", 0x01000007: "x86_64"}
HASHES = {1: hashlib.sha1, 2: hashlib.sha256}


def slices(data):
    """Processor and bytes of each slice."""
    if struct.unpack(">I", data[:4])[0] != FAT_MAGIC:
        yield struct.unpack("<I", data[4:8])[0], data
        return
    (count,) = struct.unpack(">I", data[4:8])
    for i in range(count):
        cpu, _, offset, size, _ = struct.unpack(">5I", data[8 + 20 * i : 28 + 20 * i])
        yield cpu, data[offset : offset + size]


def signature_of(data):
    """The signature's bytes, or None."""
    (count,) = struct.unpack("<I", data[16:20])
    at = 32
    for _ in range(count):
        command, size = struct.unpack("<II", data[at : at + 8])
        if command == LC_CODE_SIGNATURE:
            offset, length = struct.unpack("<II", data[at + 8 : at + 16])
            return data[offset : offset + length]
        at += size
    return None


def blobs(signature):
    """Magic and bytes of each blob."""
    (_, _, count) = struct.unpack(">III", signature[:12])
    for i in range(count):
        (_, offset) = struct.unpack(">II", signature[12 + 8 * i : 20 + 8 * i])
        magic, length = struct.unpack(">II", signature[offset : offset + 8])
        yield magic, signature[offset : offset + length]


def check_directory(directory, data):
    """Identifier, flags, number of pages, and of those whose hash is wrong."""
    fields = struct.unpack(">7I", directory[8:36])
    _, flags, hashes_at, identifier_at, _, pages, limit = fields
    hash_size, hash_type, _, page_bits = directory[36:40]
    identifier = directory[identifier_at : directory.index(b"\0", identifier_at)].decode()
    page_size, wrong = 1 << page_bits, 0
    for i in range(pages):
        page = data[i * page_size : min((i + 1) * page_size, limit)]
        stored = directory[hashes_at + i * hash_size : hashes_at + (i + 1) * hash_size]
        if HASHES[hash_type](page).digest()[:hash_size] != stored:
            wrong += 1
    return identifier, flags, pages, wrong


def main():
    bad = False
    for path in sys.argv[1:]:
        for cpu, data in slices(Path(path).read_bytes()):
            name = ARCHITECTURES.get(cpu, hex(cpu))
            signature = signature_of(data)
            if signature is None:
                print(f"{path} {name}: unsigned")
                bad |= name == "arm64"
                continue
            for magic, blob in blobs(signature):
                if magic == CODE_DIRECTORY:
                    identifier, flags, pages, wrong = check_directory(blob, data)
                    print(f"{path} {name}: {identifier}, flags {flags:#x}, {pages} pages, {wrong} wrong")
                    bad |= wrong > 0 or pages == 0
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
