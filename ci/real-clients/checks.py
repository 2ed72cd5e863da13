#!/usr/bin/env python3
"""Let real clients load the entries that the agent wrote, and see that they fire its hook.

    python3 checks.py --prefix DIR --binary FILE CLIENT...

Clients are looked for in DIR/<client>. Every check is printed and counted. Exit status: 0 all passed, 1 one failed.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

from rec_hook import make_canned, make_shim  # noqa: E402

HOST = "http://127.0.0.1:9"                  # nothing listens there: no check needs an answer of a tenant
BEFORE_TOOL = {"claude_code": "PreToolUse", "codex": "PreToolUse", "hermes": "pre_tool_call"}
DENIED = "denied by the canned reply"
CLAUDE_DENY = {"hookSpecificOutput": {
    "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": DENIED}}
DENY = {"claude_code": CLAUDE_DENY, "codex": CLAUDE_DENY, "hermes": {"action": "block", "message": DENIED}}
# Those of our events that a run of one tool call has.
EVENTS = {
    "claude_code": ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop", "SessionEnd"],
    "codex": ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop"],
    "hermes": ["on_session_start", "pre_llm_call", "pre_tool_call", "post_tool_call", "transform_tool_result"],
}
FILES = {
    "claude_code": [".claude/settings.json"],
    "codex": [".codex/hooks.json", ".codex/config.toml"],
    "hermes": [".hermes/config.yaml", ".hermes/shell-hooks-allowlist.json"],
}
SLOWEST_FIRST = ["hermes", "codex", "claude_code"]
# What a person has before we come; the clients themselves read each of it.
LIVED_IN = {
    "claude_code": {".claude/settings.json": "{\n  \"includeCoAuthoredBy\": false\n}\n"},
    "codex": {".codex/config.toml": "# mine\nhide_agent_reasoning = true # keep\n"},
    "hermes": {".hermes/config.yaml": "# mine\ndisplay:\n  compact: true # keep\n"},
}
# A copy of /etc in which a user exists and sits at the screen; whatever is written there is kept for the client.
NAMESPACE = """set -e
etc=$1 user=$2 home=$3; shift 3
cp -a /etc/. "$etc"/
mkdir -p "$etc/runlayer/aiwatch"
printf '{"Host": "%s", "EnrollmentKey": "rl_enroll_test"}' "$HOST" > "$etc/runlayer/aiwatch/config.json"
grep -q "^$user:" "$etc/passwd" || echo "$user:x:$ID:$ID::$home:/bin/sh" >> "$etc/passwd"
mount --bind "$etc" /etc
mount -t tmpfs none /run
mkdir -p /run/systemd/seats
printf 'ACTIVE=1\\nACTIVE_UID=%s\\n' "$ID" > /run/systemd/seats/seat0
exec "$@"
"""
USER, USER_ID = "aiwatch-check", 61234


class Checks:
    """What was found in one scope of one client; several run at a time."""

    def __init__(self):
        self.passed, self.failed, self.lines = 0, 0, []

    def that(self, good, what, detail=""):
        self.lines.append("%-4s %s" % ("ok" if good else "BAD", what))
        if good:
            self.passed += 1
        else:
            self.failed += 1
            self.lines.append("     " + str(detail).replace("\n", "\n     ")[-3000:])
        return good


class Place:
    """A home and a project of one client, with a copy of the agent of their own."""

    def __init__(self, checks, client, prefix, agent, name, managed=False):
        self.checks, self.client, self.prefix, self.name = checks, client, prefix, name
        self.work = tempfile.mkdtemp(prefix="aiwatch-%s-" % client, dir=WORK)
        os.chmod(self.work, 0o755)
        self.home, self.project = os.path.join(self.work, "home"), os.path.join(self.work, "project")
        self.binary = os.path.join(self.work, "bin", "aiwatch")
        self.etc = os.path.join(self.work, "etc")
        self.managed = os.path.join(self.work, "managed") if managed else None
        for folder in (self.home, self.project, os.path.dirname(self.binary), self.etc, self.managed or self.etc):
            os.makedirs(folder, exist_ok=True)
        shutil.copy2(agent, self.binary)
        for path, text in LIVED_IN[client].items():
            self.write(path, text)
        self.write(".runlayer/config.yaml", "hosts:\n  127.0.0.1:9:\n    url: %s\n    secret: rl_test\n" % HOST, 0o600)
        self.write(".runlayer/.enrolled-127.0.0.1:9", "")
        os.chmod(os.path.join(self.home, ".runlayer"), 0o700)
        self.run("--prepare-only")
        self.before = self.files()

    def that(self, good, what, detail=""):
        return self.checks.that(good, "%s, %s: %s" % (self.client, self.name, what), detail)

    def write(self, path, text, mode=0o644):
        path = os.path.join(self.home, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)

    def files(self):
        found = {}
        for name in FILES[self.client]:
            path = os.path.join(self.home, name)
            if os.path.exists(path):
                with open(path, "rb") as f:
                    found[name] = f.read()
        return found

    def run(self, *args):
        """One run of the client, as a report."""
        argv = [sys.executable, os.path.join(HERE, "run.py"), "--client", self.client,
                "--prefix", os.path.join(self.prefix, self.client), "--home", self.home, "--project", self.project,
                "--timeout", "60"] + list(args)
        if self.managed and "--prepare-only" not in args:
            argv += ["--managed", self.managed]
        ran = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            return json.loads(ran.stdout)
        except ValueError:
            return {"outcome": "crashed", "why": (ran.stdout + ran.stderr)[-2000:]}

    def agent(self, *args):
        env = {"PATH": os.environ["PATH"], "HOME": self.home, "RUNLAYER_HOST": HOST}
        argv = [self.binary, "setup", "hooks", args[0], "--client", self.client] + list(args[1:])
        if self.managed:
            argv = ["unshare", "-m", "--propagation", "private", "sh", "-c", NAMESPACE, "sh",
                    self.etc, USER, self.home] + argv + ["--mdm"]
            env.update(HOST=HOST, ID=str(USER_ID), HOME="/nonexistent")
        else:
            argv.append("--user")
        return subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def agent_exits(self, exit_, what, *args):
        ran = self.agent(*args)
        return self.that(ran.returncode == exit_, what, "exit %d\n%s%s" % (ran.returncode, ran.stdout, ran.stderr))

    def calls(self, log):
        """The recorded calls of a run, by event; each must have the arguments that we wrote."""
        calls = []
        for name in sorted(os.listdir(log) if os.path.isdir(log) else []):
            with open(os.path.join(log, name)) as f:
                calls.append(json.load(f))
        wrong = [call for call in calls if call["argv"] != ["hook", "--client", self.client]]
        self.that(calls and not wrong, "the hook is called with the arguments that we wrote", json.dumps(wrong, indent=1))
        return calls

    def fires(self, tool):
        """The agent itself is asked before the tool, once, with the client's own input. Other events get no answer."""
        kept, log = self.binary + ".kept", os.path.join(self.work, "fires-" + tool)
        os.rename(self.binary, kept)
        make_shim(self.binary, kept, log, BEFORE_TOOL[self.client])
        report = self.run("--tool", tool)
        os.replace(kept, self.binary)
        calls = [call for call in self.calls(log) if call["event"] == BEFORE_TOOL[self.client]]
        self.that(len(calls) == 1, "the agent is asked once before %s" % tool, shown(report))
        named = [call for call in calls if isinstance(call["stdin"], dict) and call["stdin"].get("tool_name")]
        self.that(calls and named == calls, "its input names the tool", json.dumps(calls, indent=1))
        # Hermes of this version passes over exit codes.
        if self.client != "hermes":
            blocked = report.get("outcome") == "blocked" and [call["exit"] for call in calls] == [2]
            self.that(blocked, "an agent that cannot decide blocks %s" % tool, shown(report))

    def decides(self, tool, decisions=("allow", "deny")):
        """The client does what the hook answers, and fires it for every event that a run has."""
        kept = self.binary + ".kept"
        os.rename(self.binary, kept)
        for decision in decisions:
            reply, outcome = ({}, "ran") if decision == "allow" else ({"stdout": DENY[self.client]}, "blocked")
            log = os.path.join(self.work, decision + "-" + tool)
            make_canned(self.binary, log, {BEFORE_TOOL[self.client]: reply})
            expect = ["--expect-text", DENIED] if decision == "deny" else []
            report = self.run("--tool", tool, "--expect", outcome, *expect)
            good = report.get("outcome") == outcome and "not seen" not in report.get("why", "")
            what = "%s %s" % (tool, "runs when allowed" if decision == "allow" else "is blocked with our reason when denied")
            self.that(good, what, shown(report))
            events = {call["event"] for call in self.calls(log)}
            if decision == "allow":
                missing = sorted(set(EVENTS[self.client]) - events)
                self.that(not missing, "it fires for %s" % " ".join(EVENTS[self.client]), "missing: %s" % missing)
        os.replace(kept, self.binary)

    def silent(self, what):
        report = self.run("--tool", "bash", "--hook-bin", self.binary, "--swap")
        good = report.get("outcome") == "ran" and not report.get("hooks")
        self.that(good, what, shown(report))

    def listed(self, trusted):
        """What the client itself says about our entries."""
        found = self.run("--inspect").get("hooks_found")
        if self.client == "codex":
            entries = [entry for entry in (found or {}).get("data", [])]
            hooks = [hook for entry in entries for hook in entry.get("hooks", [])]
            ours = [hook for hook in hooks if self.binary in json.dumps(hook)]
            troubles = [entry[kind] for entry in entries for kind in ("warnings", "errors") if entry.get(kind)]
            status = {hook.get("trustStatus") for hook in ours}
            good = bool(ours) and status == {trusted} and not troubles
            self.that(good, "the client lists our hooks as %s and warns of nothing" % trusted, json.dumps(found, indent=1))
        elif self.client == "hermes":
            lines = [line for line in (found or {}).get("list", {}).get("text", "").splitlines() if self.binary in line]
            good = bool(lines) and all(trusted in line for line in lines)
            self.that(good, "the client lists our hooks as %s" % trusted, json.dumps(found, indent=1))


def shown(report):
    keys = ("outcome", "why", "model_saw", "hooks", "client_exit", "stdout_tail", "stderr_tail")
    return json.dumps({key: report[key] for key in keys if key in report}, indent=1, ensure_ascii=False)


def user_scope(checks, client, prefix, agent):
    place = Place(checks, client, prefix, agent, "user")
    place.agent_exits(0, "install", "install", "--approve")
    place.agent_exits(0, "check finds nothing", "check", "--approve")
    written = place.files()
    place.fires("bash")
    place.decides("mcp")
    place.listed({"codex": "trusted", "hermes": "allowed"}.get(client))
    place.agent_exits(0, "a second install", "install", "--approve")
    kept = place.files()
    place.that(kept == written, "the client's runs and a second install leave the files alone", kept)
    place.agent_exits(0, "uninstall", "uninstall")
    place.that(place.files() == place.before, "uninstall gives every byte back", place.files())
    place.silent("no hook fires after uninstall")


def without_approval(checks, client, prefix, agent):
    place = Place(checks, client, prefix, agent, "not approved")
    place.agent("install")
    place.listed({"codex": "untrusted", "hermes": "not allowlisted"}[client])
    place.silent("the client passes over what nobody approved")
    place.agent_exits(1, "check says so", "check")


def managed_scope(checks, client, prefix, agent):
    place = Place(checks, client, prefix, agent, "managed", managed=True)
    for folder, folders, files in os.walk(place.home):
        for path in [folder] + [os.path.join(folder, name) for name in files]:
            os.chown(path, USER_ID, USER_ID)
    place.agent_exits(0, "install", "install")
    for name in ("claude-code", "codex", "hermes"):
        if os.path.isdir(os.path.join(place.etc, name)):
            shutil.copytree(os.path.join(place.etc, name), os.path.join(place.managed, name))
    place.fires("mcp-http")
    place.decides("bash", ["deny"])
    place.listed({"codex": "managed", "hermes": "allowed"}.get(client))


def cases_of_hermes(checks, client, prefix, agent):
    """The client's own parser reads in the texts of the cases what our editor read and wrote."""
    python = os.path.join(prefix, client, "venv", "bin", "python")
    cases = os.path.join(HERE, "..", "..", "aiwatch", "tests", "install", client)
    ran = subprocess.run([python, os.path.join(HERE, "hermes_cases.py"), cases], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    checks.that(ran.returncode == 0, "%s, cases: its parser reads them alike (%s)" % (
        client, ran.stdout.strip().splitlines()[-1] if ran.stdout.strip() else "no output"), ran.stdout)


def is_root():
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "-m", "--propagation", "private", "mount", "-t", "tmpfs", "none", "/run"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def skipped(need):
    os.makedirs("target", exist_ok=True)
    with open(os.path.join("target", "skipped.txt"), "a") as f:
        f.write("skipped: needs %s\n" % need)
    print("skipped: needs %s" % need)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--prefix", required=True, help="where the clients are installed, a folder each")
    ap.add_argument("--binary", required=True, help="the agent")
    ap.add_argument("client", nargs="+", choices=sorted(FILES))
    a = ap.parse_args()
    global WORK
    root, prefix, agent = is_root(), os.path.abspath(a.prefix), os.path.abspath(a.binary)
    scopes = [(scope, client) for client in sorted(a.client, key=SLOWEST_FIRST.index)
              for scope in (user_scope, without_approval, managed_scope)
              if (scope is not managed_scope or root) and (scope is not without_approval or client != "claude_code")]
    if "hermes" in a.client:
        scopes.append((cases_of_hermes, "hermes"))

    def run(scope, client):
        checks = Checks()
        scope(checks, client, prefix, agent)
        return checks

    with tempfile.TemporaryDirectory(prefix="aiwatch-real-clients-") as WORK:
        os.chmod(WORK, 0o755)
        with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
            done = []
            for checks in pool.map(lambda scope: run(*scope), scopes):
                print("\n".join(checks.lines), flush=True)
                done.append(checks)
    if not root:
        skipped("root, for the managed scope of real clients")
    failed = sum(checks.failed for checks in done)
    print("real clients: %d passed, %d failed" % (sum(checks.passed for checks in done), failed))
    return 1 if failed else 0


WORK = None

if __name__ == "__main__":
    sys.exit(main())
