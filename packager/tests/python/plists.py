"""Prints every property list below a folder as one JSON object, by path. Python's reader is independent of ours."""

import json
import pathlib
import plistlib
import sys

top = pathlib.Path(sys.argv[1])
found = {}
for path in sorted(top.rglob("*")):
    data = path.read_bytes() if path.is_file() else b""
    if path.name.endswith(".payload.xml"):
        # A payload's dictionary alone, as Workspace ONE takes it.
        data = b'<plist version="1.0">' + data + b"</plist>"
    elif path.suffix not in (".mobileconfig", ".plist"):
        continue
    found[str(path.relative_to(top))] = plistlib.loads(data)
print(json.dumps(found))
