"""A home of one client with the agent's entries in it, and what is found there."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from rec_hook import make_canned, make_shim

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "http://127.0.0.1:9"                  # nothing listens there
OURS = "Blocked by Runlayer"                 # the beginning of every denial of ours
BEFORE_TOOL = {"claude_code": "PreToolUse", "codex": "PreToolUse", "hermes": "pre_tool_call"}
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
printf '%s' "$MANAGED" > "$etc/runlayer/aiwatch/config.json"
grep -q "^$user:" "$etc/passwd" || echo "$user:x:$ID:$ID::$home:/bin/sh" >> "$etc/passwd"
mount --bind "$etc" /etc
mount -t tmpfs none /run
mkdir -p /run/systemd/seats
printf 'ACTIVE=1\\nACTIVE_UID=%s\\n' "$ID" > /run/systemd/seats/seat0
exec "$@"
"""
MANAGED = {"EnrollmentKey": "rl_enroll_test"}
USER, USER_ID = "aiwatch-check", 61234


class Means:
    """What all checks share: where clients are installed, the agent, the stub tenant's program, a folder to work in."""

    def __init__(self, prefix, agent, stub, work):
        self.prefix, self.agent, self.stub, self.work = prefix, agent, stub, work


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

    def bad(self):
        """What did not hold, with its details."""
        found = []
        for line in self.lines:
            if line.startswith("BAD ") or (found and found[-1] is not None and line.startswith("     ")):
                found.append(line)
            else:
                found.append(None)
        return [line for line in found if line is not None]


class Place:
    """A home and a project of one client, with a copy of the agent of their own."""

    def __init__(self, checks, client, means, name, managed=False, host=HOST, version=None):
        self.checks, self.client, self.means, self.name, self.host = checks, client, means, name, host
        self.install = os.path.join(means.prefix, "%s-%s" % (client, version) if version else client)
        self.work = tempfile.mkdtemp(prefix="aiwatch-%s-" % client, dir=means.work)
        os.chmod(self.work, 0o755)
        self.home, self.project = os.path.join(self.work, "home"), os.path.join(self.work, "project")
        self.binary = os.path.join(self.work, "bin", "aiwatch")
        self.etc = os.path.join(self.work, "etc")
        self.managed = os.path.join(self.work, "managed") if managed else None
        for folder in (self.home, self.project, os.path.dirname(self.binary), self.etc, self.managed or self.etc):
            os.makedirs(folder, exist_ok=True)
        shutil.copy2(means.agent, self.binary)
        for path, text in LIVED_IN[client].items():
            self.write(path, text)
        self.write(".runlayer/config.yaml", self.account(), 0o600)
        self.write(".runlayer/.enrolled-" + self.host.split("//")[1], "")
        os.chmod(os.path.join(self.home, ".runlayer"), 0o700)
        self.mcp_url = self.run("--prepare-only").get("mcp_url")
        self.before = self.files()

    def that(self, good, what, detail=""):
        return self.checks.that(good, "%s, %s: %s" % (self.client, self.name, what), detail)

    def fact(self, what):
        self.checks.lines.append("fact %s, %s: %s" % (self.client, self.name, what))

    def account(self, more=""):
        """The user's own file: a key for the tenant, which is the one to ask where no organization says another."""
        rows = (self.host, self.host.split("//")[1], self.host, more)
        return "default_host: %s\nhosts:\n  %s:\n    url: %s\n    secret: rl_test\n%s" % rows

    def owned_by(self, user):
        for folder, folders, files in os.walk(self.home):
            for path in [folder] + [os.path.join(folder, name) for name in files]:
                os.chown(path, user, user, follow_symlinks=False)

    def install_managed(self):
        """As the management does; the client is shown what it wrote, the settings too."""
        self.owned_by(USER_ID)
        self.agent_exits(0, "install", "install")
        self.owned_by(os.geteuid())
        for name in ("claude-code", "codex", "hermes", "runlayer"):
            if os.path.isdir(os.path.join(self.etc, name)):
                shutil.copytree(os.path.join(self.etc, name), os.path.join(self.managed, name))

    def settings(self, **more):
        """The managed settings that the client's hook finds from now on."""
        with open(os.path.join(self.managed, "runlayer", "aiwatch", "config.json"), "w") as f:
            json.dump(dict(MANAGED, Host=self.host, **more), f)

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
                "--prefix", self.install, "--home", self.home, "--project", self.project,
                "--timeout", "60"] + list(args)
        if self.managed and "--prepare-only" not in args:
            argv += ["--managed", self.managed]
        ran = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            return json.loads(ran.stdout)
        except ValueError:
            return {"outcome": "crashed", "why": (ran.stdout + ran.stderr)[-2000:]}

    def agent(self, *args):
        env = {"PATH": os.environ["PATH"], "HOME": self.home, "RUNLAYER_HOST": self.host}
        argv = [self.binary, "setup", "hooks", args[0], "--client", self.client] + list(args[1:])
        if self.managed:
            argv = ["unshare", "-m", "--propagation", "private", "sh", "-c", NAMESPACE, "sh",
                    self.etc, USER, self.home] + argv + ["--mdm"]
            env.update(MANAGED=json.dumps(dict(MANAGED, Host=self.host)), ID=str(USER_ID), HOME="/nonexistent")
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
        # Clients pass over other exit codes, or take them for consent: a denial is an answer like any other.
        blocked = report.get("outcome") == "blocked" and [call["exit"] for call in calls] == [0] and OURS in saw(report)
        self.that(blocked, "an agent that cannot ask blocks %s in our words" % tool, shown(report))

    def fires_for_all(self, tool):
        """The hook is called for every event that a run has."""
        kept, log = self.binary + ".kept", os.path.join(self.work, "all-" + tool)
        os.rename(self.binary, kept)
        make_canned(self.binary, log, {})
        report = self.run("--tool", tool)
        os.replace(kept, self.binary)
        self.that(report.get("outcome") == "ran", "%s runs where the hook says nothing" % tool, shown(report))
        missing = sorted(set(EVENTS[self.client]) - {call["event"] for call in self.calls(log)})
        self.that(not missing, "it fires for %s" % " ".join(EVENTS[self.client]), "missing: %s" % missing)

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
    keys = ("outcome", "why", "model_saw", "calls", "mcp_calls", "hooks", "client_exit", "stdout_tail", "stderr_tail")
    return json.dumps({key: report[key] for key in keys if key in report}, indent=1, ensure_ascii=False)


def saw(call):
    """What the model was told of a call."""
    return "\n".join(answer["text"] for answer in call.get("model_saw", []))
