#!/usr/bin/env python3
"""Hook recorder.

Two uses:

* in front of a real hook:  rec_hook.py --log DIR --exec REAL [--only EVENT] -- ARGS...
  forwards stdin, argv, environment and cwd to REAL, passes its stdout, stderr
  and exit status on unchanged, and writes one JSON file per call to DIR (with --only, other events get no answer);
* as a hook with a canned reply:  rec_hook.py --log DIR [--reply FILE]
  where FILE maps an event name (or "*") to
  {"stdout": str|object, "stderr": str, "exit": int, "sleep": seconds}.

`make_shim(path, real, log)` writes an executable file that does the former, `make_canned(path, log, replies)` one that
does the latter.
"""
import json
import os
import subprocess
import sys
import time

ENV_HINTS = ("CLAUDE", "CODEX", "CURSOR", "HERMES", "PLUGIN", "PROJECT_DIR")
SECRETS = ("TOKEN", "KEY", "SECRET", "PASSWORD")


def make_shim(path, real, log, only=""):
    write_script(path, "exec %s %s --log %s --exec %s --only %s -- \"$@\"", log, real, only)


def make_canned(path, log, replies):
    file = path + ".replies.json"
    with open(file, "w") as f:
        json.dump(replies, f)
    write_script(path, "exec %s %s --log %s --reply %s -- \"$@\"", log, file)


def make_noted(path, real, log):
    """The hook itself, whose process id is noted."""
    write(path, "echo $$ >> %s; exec %s \"$@\"", log, real)


def write_script(path, line, *words):
    write(path, line, sys.executable, os.path.abspath(__file__), *words)


def write(path, line, *words):
    body = "#!/bin/sh\n" + line % tuple("'%s'" % str(word).replace("'", "'\\''") for word in words) + "\n"
    tmp = path + ".tmp"
    with open(tmp, "w") as f:
        f.write(body)
    os.chmod(tmp, 0o755)
    os.replace(tmp, path)


def parse(raw):
    try:
        return json.loads(raw)
    except ValueError:
        return None


def main(argv):
    log = reply = real = only = None
    rest = []
    i = 0
    while i < len(argv):
        a = argv[i]
        if a == "--log":
            log, i = argv[i + 1], i + 1
        elif a == "--reply":
            reply, i = argv[i + 1], i + 1
        elif a == "--exec":
            real, i = argv[i + 1], i + 1
        elif a == "--only":
            only, i = argv[i + 1], i + 1
        elif a == "--":
            rest = argv[i + 1:]
            break
        else:
            rest.append(a)
        i += 1
    raw = sys.stdin.buffer.read()
    data = parse(raw.decode("utf-8", "replace"))
    event = (data or {}).get("hook_event_name") or (data or {}).get("hookEventName") or "unknown" if isinstance(data, dict) else "unknown"
    t0 = time.time()
    out, err, code = b"", b"", 0
    if real and (not only or only == event):
        try:
            p = subprocess.run([real] + rest, input=raw, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            out, err, code = p.stdout, p.stderr, p.returncode
        except OSError as e:
            out, err, code = b"", str(e).encode(), 127
    elif reply and os.path.exists(reply):
        with open(reply) as f:
            table = json.load(f)
        r = table.get(event, table.get("*")) or {}
        time.sleep(r.get("sleep", 0))
        if "stdout" in r:
            out = (r["stdout"] if isinstance(r["stdout"], str) else json.dumps(r["stdout"])).encode()
        err, code = r.get("stderr", "").encode(), r.get("exit", 0)
    ms = int((time.time() - t0) * 1000)
    if log:
        os.makedirs(log, exist_ok=True)
        env = {k: ("…" if any(s in k.upper() for s in SECRETS) else v)
               for k, v in os.environ.items() if any(h in k.upper() for h in ENV_HINTS)}
        name = "%017.6f-%s-%d.json" % (t0, event, os.getpid())
        with open(os.path.join(log, name + ".tmp"), "w") as f:
            json.dump({"event": event, "argv": rest, "cwd": os.getcwd(), "env": env,
                       "stdin": data if data is not None else raw.decode("utf-8", "replace"),
                       "stdin_bytes": len(raw), "stdout": out.decode("utf-8", "replace"),
                       "stderr": err.decode("utf-8", "replace"), "exit": code, "ms": ms}, f, indent=1)
        os.replace(os.path.join(log, name + ".tmp"), os.path.join(log, name))
    sys.stdout.buffer.write(out)
    sys.stdout.flush()
    sys.stderr.buffer.write(err)
    sys.stderr.flush()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
