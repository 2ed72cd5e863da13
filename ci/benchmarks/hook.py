"""One call of the hook beside the earlier product and the limits.

The home has 200 projects and 30 plugins. What is measured is the whole process, from its start to its end, which is
what an AI client waits for; reports are sent by another process afterwards, which is not part of it.
"""

import http.client
import json
import os
import pathlib
import platform
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

from . import peer
from .measure import ROOT, Run, median, paired, spread, write_section

RUNS = 40
PEER = peer.SEED_ERA
PROXY = "/api/v1/proxy/11111111-2222-3333-4444-555555555555/mcp"

HELLO = "int main(void) { return 0; }"


def home(folder, tenant):
    """A developer's home: 200 projects with some history, 30 plugins, one shadow server, one managed."""
    project = folder / "work/p000"
    projects = {}
    for number in range(200):
        path = folder / f"work/p{number:03}"
        path.mkdir(parents=True)
        history = [{"display": f"do thing {line} in project {number}", "pastedContents": {}} for line in range(20)]
        projects[str(path)] = {"allowedTools": [], "history": history, "mcpServers": {}, "hasTrustDialogAccepted": True}
    servers = {"shadow": {"type": "http", "url": "https://shadow.example.com/mcp"},
               "team": {"type": "http", "url": tenant + PROXY}}
    (folder / ".claude.json").write_text(json.dumps({"numStartups": 40, "mcpServers": servers, "projects": projects}, indent=2))
    installed = {}
    for number in range(30):
        plugin = folder / f".claude/plugins/cache/market/plugin{number}/1.0.0"
        (plugin / ".claude-plugin").mkdir(parents=True)
        server = {f"srv{number}": {"command": "npx", "args": ["-y", f"server-{number}"]}}
        (plugin / ".claude-plugin/plugin.json").write_text(json.dumps({"name": f"plugin{number}", "version": "1.0.0"}))
        (plugin / ".mcp.json").write_text(json.dumps({"mcpServers": server}))
        installed[f"plugin{number}@market"] = [{"scope": "user", "installPath": str(plugin), "version": "1.0.0"}]
    (folder / ".claude/plugins/installed_plugins.json").write_text(json.dumps({"version": 2, "plugins": installed}))
    log_in(folder, tenant)
    return project


def log_in(folder, tenant):
    state = folder / ".runlayer"
    state.mkdir(mode=0o700, exist_ok=True)
    config = state / "config.yaml"
    key = tenant.split("://", 1)[1]
    config.write_text(f"default_host: {tenant}\nhosts:\n  {key}:\n    secret: rl_user_bench\n    url: {tenant}\n")
    config.chmod(0o600)


class Device:
    """A home with a tenant, and what a client writes to the hook's stdin."""

    def __init__(self, work, name, tenant, ca=None):
        self.home = work / name
        self.home.mkdir()
        self.project = home(self.home, tenant)
        self.env = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NO_PROXY": "*",
                    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        if ca:
            self.env["RUNLAYER_CA_BUNDLE"] = str(ca)

    def call(self, command, tool, arguments):
        payload = {"session_id": "bench", "transcript_path": str(self.home / "t.jsonl"), "cwd": str(self.project),
                   "permission_mode": "default", "hook_event_name": "PreToolUse", "tool_name": tool,
                   "tool_input": arguments, "tool_use_id": "toolu_01"}
        path = self.home / f"stdin-{tool}-{len(json.dumps(arguments))}.json"
        path.write_text(json.dumps(payload))
        command = [*command, "--client", "claude_code"]
        return lambda: Run(command, cwd=self.project, env=self.env, stdin=path)


class Tenant:
    """The stub tenant of the tests, as a process of its own."""

    def __init__(self, work, name):
        self.ca = work / f"{name}.pem"
        subprocess.run(["cargo", "build", "--release", "--locked", "-q", "-p", "tenant-stub"], cwd=ROOT, check=True)
        self.process = subprocess.Popen([ROOT / "target/release/tenant-stub", "--ca", self.ca], stdout=subprocess.PIPE, text=True)
        self.places = json.loads(self.process.stdout.readline())

    def script(self, script):
        control = self.places["control"].split("://", 1)[1]
        connection = http.client.HTTPConnection(control, timeout=5)
        connection.request("PUT", "/_script", body=json.dumps(script))
        connection.getresponse().read()

    def exchange(self):
        """Seconds of one connection with TLS and one request, from a program that runs already: the network's own time."""
        host, port = "localhost", int(self.places["https"].rsplit(":", 1)[1])
        context = ssl.create_default_context(cafile=str(self.ca))
        body = json.dumps({"client": "claude_code", "event_name": "PreToolUse", "tool_name": "Bash", "payload": {}})
        headers = {"x-runlayer-api-key": "rl_user_bench", "Content-Type": "application/json"}
        start = time.perf_counter()
        connection = http.client.HTTPSConnection(host, port, context=context, timeout=5)
        connection.request("POST", "/api/v1/hooks/tool/pre", body=body, headers=headers)
        connection.getresponse().read()
        connection.close()
        result = time.perf_counter() - start
        return type("Exchange", (), {"seconds": result, "megabytes": 0})()


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def instructions(agent, device, work):
    """Instructions of the three kinds of calls, by callgrind: these do not depend on the machine's noise."""
    if not shutil.which("valgrind"):
        return {}
    found = {}
    for name, tool, arguments in [("event read, tool free", "WebFetch", {"url": "https://a.example"}),
                                  ("read of .env, denied", "Read", {"file_path": "/x/.env"}),
                                  ("MCP server in no file, denied", "mcp__nosuch__x", {"q": 1})]:
        path = work / "stdin.json"
        path.write_text(json.dumps({"session_id": "s", "cwd": str(device.project), "hook_event_name": "PreToolUse",
                                    "tool_name": tool, "tool_input": arguments, "tool_use_id": "t"}))
        env = {**device.env, "HOME": str(device.home)}
        with open(path) as stdin:
            ran = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", agent, "hook", "--client",
                                  "claude_code"], stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                 env=env, cwd=device.project)
        counted = [line.rsplit(":", 1)[1] for line in ran.stderr.splitlines() if "Collected" in line]
        if counted:
            found[name] = int(counted[0])
    return found


def run(arguments):
    agent = (arguments.agent or ROOT / "target/agents/aiwatch-linux-x64").resolve()
    if not agent.exists():
        sys.exit("error: no agent to measure\nhint: run scripts/build-agents --only linux-x64")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "target") as name:
        work = pathlib.Path(name)
        tenant, stuck = Tenant(work, "tenant"), Tenant(work, "stuck")
        stuck.script({"answers": [{"path": "/api/v1/hooks/events", "delay_s": 60}], "standard": True})
        try:
            return measure(arguments, work, agent, tenant, stuck)
        finally:
            tenant.process.kill()
            stuck.process.kill()


def measure(arguments, work, agent, tenant, stuck):
    (work / "hello.c").write_text(HELLO)
    subprocess.run(["cc", "-static", "-O2", "-o", work / "hello", work / "hello.c"], check=True)
    ours = [agent, "hook"]
    open_, tls = Device(work, "open", tenant.places["http"]), Device(work, "tls", tenant.places["https"], tenant.ca)
    dead = Device(work, "dead", f"http://127.0.0.1:{closed_port()}")
    hanging = Device(work, "hanging", stuck.places["http"])
    nowhere = Device(work, "nowhere", tenant.places["http"])
    shutil.rmtree(nowhere.home / ".runlayer")
    calls = {
        "unknown MCP server, denied on the device": (open_, "mcp__nosuch__x", {"q": 1}),
        "read of .env, denied on the device": (open_, "Read", {"file_path": "/x/.env"}),
        "shadow URL, the tenant denies": (open_, "mcp__shadow__x", {"q": 1}),
        "shell call, the tenant allows": (open_, "Bash", {"command": "ls"}),
        "shell call, the tenant allows, its endpoint of events hangs": (hanging, "Bash", {"command": "ls"}),
        "shell call, the tenant's port is closed": (dead, "Bash", {"command": "ls"}),
    }
    cases = {"/bin/true": lambda: Run(["/bin/true"], env={}), "static hello": lambda: Run([work / "hello"], env={})}
    cases.update({name: device.call(ours, tool, args) for name, (device, tool, args) in calls.items()})
    cases["plugin's server, no tenant, denied on the device"] = nowhere.call(ours, "mcp__plugin_plugin7_srv7__x", {"q": 1})
    cases["shell call over TLS, the tenant allows"] = tls.call(ours, "Bash", {"command": "ls"})
    cases["one exchange over TLS"] = tenant.exchange
    for make in cases.values():
        make()
    results = paired(arguments.runs, cases)
    theirs = {}
    if not arguments.without_peer:
        command = [peer.programs(PEER) / "python", "-m", "runlayer_cli.hook"]
        both = {}
        for name, (device, tool, args) in calls.items():
            both[name] = device.call(ours, tool, args)
            both[f"peer: {name}"] = device.call(command, tool, args)
        theirs = paired(max(3, arguments.runs // 8), both)
    return report(arguments, results, theirs, calls, instructions(agent, open_, work))


def report(arguments, results, theirs, calls, counted):
    true = median(results["/bin/true"])
    local = ["unknown MCP server, denied on the device", "read of .env, denied on the device",
             "plugin's server, no tenant, denied on the device"]
    above = {name: (median(runs) - true) * 1000 for name, runs in results.items()}
    exchange = median(results["one exchange over TLS"]) * 1000
    asked = above["shell call over TLS, the tenant allows"] - exchange
    peak = max(median(results[name], "megabytes") for name in results if name in local)
    rows = [(f"{name}, above /bin/true", f"{above[name]:.2f} ms", "2.5 ms", above[name] <= 2.5) for name in local]
    rows.append(("peak memory of those", f"{peak:.1f} MB", "12 MB", peak <= 12))
    waiting = (median(results["shell call, the tenant allows, its endpoint of events hangs"])
               - median(results["shell call, the tenant allows"])) * 1000
    rows.append(("what a hanging endpoint of events adds to an asked call", f"{waiting:.2f} ms", "1 ms", waiting <= 1))
    rows.append(("asked over TLS, above /bin/true and the exchange itself", f"{asked:.2f} ms", "8 ms", asked <= 8))
    ratios = []
    for name in calls if theirs else []:
        ours, peers = median(theirs[name]), median(theirs[f"peer: {name}"])
        least = 100 if name in local else 40 if name.endswith(("tenant allows", "tenant denies")) else None
        ratio = statistics.median(b.seconds / a.seconds for a, b in zip(theirs[name], theirs[f"peer: {name}"], strict=True))
        memory = f"{median(theirs[name], 'megabytes'):.0f} / {median(theirs[f'peer: {name}'], 'megabytes'):.0f} MB"
        ratios.append((name, f"{ours * 1000:.2f} ms", f"{peers * 1000:.0f} ms", f"{ratio:.0f}", memory, f"{least or '-'}"))
        if least:
            rows.append((f"times faster than the earlier product: {name}", f"{ratio:.0f}", f"{least}", ratio >= least))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    lines = [
        "## Hook", "",
        f"`ci/bench hook --runs {arguments.runs}`; paired runs, medians, lowest to highest in brackets. Machine: {machine}.",
        "A home with 200 projects and 30 plugins, warm cache; the whole process.", "",
        "| what | measured | limit | holds |", "|---|---|---|---|",
        *(f"| {what} | {value} | {limit} | {'yes' if holds else '**no**'} |" for what, value, limit, holds in rows), "",
        "| call | time | memory |", "|---|---|---|",
        *(f"| {name} | {median(runs) * 1000:.2f} ms ({spread(runs, digits=2)}) | {median(runs, 'megabytes'):.1f} MB |"
          for name, runs in results.items()), "",
    ]
    if ratios:
        lines += [f"Beside the earlier product, `runlayer` {PEER} from the Python package index, in one run (its later versions have a helper",
                  "process on macOS and Windows that is not published there and cannot be measured):", "",
                  "| call | ours | theirs | ratio | memory | asked for |", "|---|---|---|---|---|---|",
                  *("| " + " | ".join(row) + " |" for row in ratios), ""]
    if counted:
        lines += ["Instructions (callgrind): " + ", ".join(f"{name} {count / 1e6:.2f} million" for name, count in counted.items()) + ".", ""]
    write_section("hook", lines)
    broken = [row[0] for row in rows if not row[3]]
    for name in broken:
        print(f"over the limit: {name}", file=sys.stderr)
    return 1 if broken and arguments.check else 0
