"""Read the texts of the install cases with the YAML parser of Hermes: they hold what was there, and our entries.

    venv/bin/python hermes_cases.py FOLDER

YAML 1.1, which Hermes reads, and YAML 1.2, which the agent's editor reads, differ in places.
"""
import json
import os
import sys

import yaml


def load(path):
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8-sig", newline="") as f:
        return yaml.safe_load(f) or {}


def is_ours(entry):
    words = str(entry.get("command", "")).split() if isinstance(entry, dict) else []
    return bool(words) and os.path.basename(words[0]) in ("aiwatch", "aiwatch.exe", "aiwatch-hook") and (
        words[1:2] == ["hook"] or words[0].endswith("-hook"))


def foreign(config):
    """All but our entries, and the containers that are empty without them."""
    hooks = config.get("hooks") or {}
    kept = {event: [entry for entry in entries or [] if not is_ours(entry)] for event, entries in hooks.items()}
    return {**config, "hooks": {event: entries for event, entries in kept.items() if entries}}


def main():
    wrong, read = [], 0
    for name in sorted(os.listdir(sys.argv[1])):
        folder = os.path.join(sys.argv[1], name)
        with open(os.path.join(folder, "note.json")) as f:
            if json.load(f).get("exit") == 1:
                continue
        after = os.path.join(folder, "after.yaml")
        if not os.path.exists(after):
            continue
        before, after = load(os.path.join(folder, "before.yaml")), load(after)
        ours = [entry for event in ("pre_tool_call", "transform_tool_result")
                for entry in after["hooks"][event] if is_ours(entry)]
        if foreign(before) != foreign(after) or len(ours) != 2:
            wrong.append("%s: %r became %r" % (name, before, after))
        read += 1
    print("\n".join(wrong + ["%d cases read, %d wrong" % (read, len(wrong))]))
    return 1 if wrong or read < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
