#!/usr/bin/env python3
"""Let real clients load the entries that the agent wrote, and see that they fire its hook and do what it decides.

    python3 checks.py --prefix DIR --binary FILE --stub FILE CLIENT...

Clients are looked for in DIR/<client>. Every check is printed and counted. Exit status: 0 all passed, 1 one failed.
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import decisions  # noqa: E402
from client_claude_code import OLDER  # noqa: E402
from place import FILES, SLOWEST_FIRST, Checks, Means, Place  # noqa: E402


def user_scope(checks, client, means):
    place = Place(checks, client, means, "user")
    place.agent_exits(0, "install", "install", "--approve")
    place.agent_exits(0, "check finds nothing", "check", "--approve")
    written = place.files()
    place.fires("bash")
    place.fires_for_all("mcp")
    place.listed({"codex": "trusted", "hermes": "allowed"}.get(client))
    place.agent_exits(0, "a second install", "install", "--approve")
    kept = place.files()
    place.that(kept == written, "the client's runs and a second install leave the files alone", kept)
    place.agent_exits(0, "uninstall", "uninstall")
    place.that(place.files() == place.before, "uninstall gives every byte back", place.files())
    place.silent("no hook fires after uninstall")


def without_approval(checks, client, means):
    place = Place(checks, client, means, "not approved")
    place.agent("install")
    place.listed({"codex": "untrusted", "hermes": "not allowlisted"}[client])
    place.silent("the client passes over what nobody approved")
    place.agent_exits(1, "check says so", "check")


def managed_scope(checks, client, means):
    place = Place(checks, client, means, "managed", managed=True)
    place.install_managed()
    place.fires("mcp-http")
    place.listed({"codex": "managed", "hermes": "allowed"}.get(client))


def cases_of_hermes(checks, client, means):
    """The client's own parser reads in the texts of the cases what our editor read and wrote."""
    python = os.path.join(means.prefix, client, "venv", "bin", "python")
    cases = os.path.join(HERE, "..", "..", "aiwatch", "tests", "install", client)
    ran = subprocess.run([python, os.path.join(HERE, "hermes_cases.py"), cases], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    checks.that(ran.returncode == 0, "%s, cases: its parser reads them alike (%s)" % (
        client, ran.stdout.strip().splitlines()[-1] if ran.stdout.strip() else "no output"), ran.stdout)


def scopes_of(client, older):
    scopes = [decisions.tenant_decides, decisions.device_decides, user_scope, managed_scope]
    own = {
        "claude_code": [decisions.older_claude_code] if older else [],
        "codex": [without_approval],
        "hermes": [without_approval, cases_of_hermes],
    }
    return scopes + own[client]


def is_root():
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "-m", "--propagation", "private", "mount", "-t", "tmpfs", "none", "/run"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def skipped(need):
    os.makedirs("target", exist_ok=True)
    with open(os.path.join("target", "skipped.txt"), "a") as f:
        f.write("skipped: needs %s\n" % need)
    print("skipped: needs %s" % need)


def cleared(work):
    """Removes the folder. Senders in it outlive their session, for minutes where the tenant is gone, and write."""
    for process in os.listdir("/proc") if os.path.isdir("/proc") else []:
        try:
            if os.readlink("/proc/%s/exe" % process).startswith(work + os.sep):
                os.kill(int(process), signal.SIGKILL)
        except (OSError, ValueError):
            continue
    for _ in range(20):
        shutil.rmtree(work, ignore_errors=True)
        if not os.path.exists(work):
            return
        time.sleep(0.1)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--prefix", required=True, help="where the clients are installed, a folder each")
    ap.add_argument("--binary", required=True, help="the agent")
    ap.add_argument("--stub", required=True, help="the stub tenant")
    ap.add_argument("--older", action="store_true", help="also Claude Code %s, in DIR/claude_code-%s" % (OLDER, OLDER))
    ap.add_argument("--only", help="only the checks of this name", metavar="NAME")
    ap.add_argument("client", nargs="+", choices=sorted(FILES))
    a = ap.parse_args()
    root = is_root()
    scopes = [(scope, client) for client in sorted(a.client, key=SLOWEST_FIRST.index)
              for scope in scopes_of(client, a.older)
              if root or scope not in (managed_scope, decisions.device_decides)]
    if a.only:
        scopes = [(scope, client) for scope, client in scopes if scope.__name__ == a.only]

    def attempt(scope, client):
        checks = Checks()
        try:
            scope(checks, client, means)
        except Exception:
            checks.that(False, "%s, %s: goes on to its end" % (client, scope.__name__), traceback.format_exc())
        return checks

    def run(scope, client):
        """A client that hangs once on a busy machine is no defect of ours; what fails twice is."""
        first = attempt(scope, client)
        if not first.failed:
            return first
        second = attempt(scope, client)
        second.lines[:0] = ["once" + line[4:] if line.startswith("BAD ") else line for line in first.bad()]
        return second

    work = os.path.realpath(tempfile.mkdtemp(prefix="aiwatch-real-clients-"))
    os.chmod(work, 0o755)
    means = Means(os.path.abspath(a.prefix), os.path.abspath(a.binary), os.path.abspath(a.stub), work)
    try:
        with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
            done = []
            for checks in pool.map(lambda scope: run(*scope), scopes):
                print("\n".join(checks.lines), flush=True)
                done.append(checks)
    finally:
        cleared(work)
    if not root:
        skipped("root, for the managed scope of real clients")
    failed = sum(checks.failed for checks in done)
    # Once more at the end: what CI keeps of its output is cut in the middle.
    for checks in done:
        if checks.failed:
            print("\n".join(checks.bad()))
    print("real clients: %d passed, %d failed" % (sum(checks.passed for checks in done), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
