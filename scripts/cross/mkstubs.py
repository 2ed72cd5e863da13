#!/usr/bin/env python3
"""Writes text stubs of Apple's frameworks (.tbd, version 4): install names, and the symbols that we link.

usage: mkstubs.py SDK SYMBOLS

Each line of SYMBOLS is "Framework _symbol". zig brings libSystem itself. A symbol that is missing here is a link
error that names it: add its line, and nothing is ever left to be looked up at run time.
"""

import sys
from collections import defaultdict
from pathlib import Path

# Name, version letter inside the bundle, current version, compatibility version: as Apple's frameworks state them.
FRAMEWORKS = (
    ("CoreFoundation", "A", "1953.255", "150"),
    ("Foundation", "C", "1953.255", "300"),
    ("IOKit", "A", "275", "1"),
    ("Security", "A", "60420", "1"),
    ("SystemConfiguration", "A", "1241", "1"),
)
TARGETS = "[ x86_64-macos, arm64-macos ]"


def read_symbols(path):
    """Symbols by framework."""
    symbols = defaultdict(set)
    for line in Path(path).read_text(encoding="ascii").splitlines():
        words = line.split("#")[0].split()
        if words:
            symbols[words[0]].add(words[1])
    return symbols


def stub(name, letter, current, compatibility, symbols):
    """The text of one stub."""
    lines = [
        "--- !tapi-tbd",
        "tbd-version: 4",
        f"targets: {TARGETS}",
        f"install-name: '/System/Library/Frameworks/{name}.framework/Versions/{letter}/{name}'",
        f"current-version: {current}",
        f"compatibility-version: {compatibility}",
    ]
    if symbols:
        listed = ",\n               ".join(f"'{symbol}'" for symbol in sorted(symbols))
        lines += ["exports:", f"  - targets: {TARGETS}", f"    symbols: [ {listed} ]"]
    return "\n".join([*lines, "...", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sdk, symbols = Path(sys.argv[1]), read_symbols(sys.argv[2])
    for name, *versions in FRAMEWORKS:
        path = sdk / f"System/Library/Frameworks/{name}.framework/{name}.tbd"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(stub(name, *versions, symbols.get(name, ())), encoding="ascii")


if __name__ == "__main__":
    main()
