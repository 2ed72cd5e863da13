"""A scan of a developer's home beside the earlier product, and beside programs that only visit its folders.

The home has 2,000 projects, 200,000 files and 40 skills; nine files of ten are in folders that no scan looks into. What is
measured is the whole process. The other programs are told of the few heavy folders that this home has, of no others, and
to look for the names of files that a scan looks for.
"""

import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys

from . import peer, scan_home
from .measure import ROOT, Run, median, paired, spread, write_section

RUNS = 15
PROJECTS = 2000
# What the two versions take is in seconds.
PEER_RUNS = {peer.SEED_ERA: 3, peer.LATEST: 2}
LEAST = {peer.SEED_ERA: 10, peer.LATEST: 30}
COLD_RUNS = 5
HEAVY = ["node_modules", ".git", "dist"]
NAMES = ["SKILL.md", ".mcp.json", "mcp.json", "config.toml"]
DROP_CACHES = pathlib.Path("/proc/sys/vm/drop_caches")
# A name above the home by which the earlier product leaves out everything.
UNFIT = {"node_modules", ".git", "venv", ".venv", "__pycache__", "dist", "build", "target", "vendor", "AppData", ".Trash", "tmp",
         "temp", ".cache", ".npm", ".yarn"}


class Scan:
    """The commands, for one home."""

    def __init__(self, agent, home):
        self.agent, self.home = agent, home
        self.env = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NO_PROXY": "*",
                    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}

    def run(self, command, before=None):
        def once():
            if before:
                before()
            return Run(command, cwd="/", env=self.env)
        return once

    def ours(self):
        return [self.agent, "scan", "--dry-run", "--quiet", "--json"]

    def peers(self, version):
        return [peer.programs(version) / "runlayer", "scan", "--dry-run", "--quiet"]

    def fd(self, threads):
        program = shutil.which("fdfind") or shutil.which("fd")
        if not program:
            sys.exit("error: no fd to compare with\nhint: run scripts/install-tools test")
        left_out = [word for name in HEAVY for word in ("-E", name)]
        pattern = "^(" + "|".join(name.replace(".", r"\.") for name in NAMES) + ")$"
        return [program, "-H", "-I", "--type", "f", "--max-depth", "7", "--threads", str(threads), *left_out, pattern, self.home]

    def find(self):
        def either(names):
            return [word for name in names for word in ("-o", "-name", name)][1:]
        return ["find", self.home, "-maxdepth", "7", "(", *either(HEAVY), ")", "-prune", "-o", "-type", "f", "(", *either(NAMES), ")",
                "-print"]


def seen(command, env):
    """What a scan tells: skills, and files with servers."""
    ran = subprocess.run(command, cwd="/", env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    document = json.loads(ran.stdout)
    return len(document["skills"]), len(document["configurations"])


def cold():
    os.sync()
    DROP_CACHES.write_text("3")


def ratio(some, others):
    """How often the others' time goes into that of some, run by run."""
    return statistics.median(a.seconds / b.seconds for a, b in zip(some, others, strict=True))


def run(arguments):
    agent = (arguments.agent or ROOT / "target/agents/aiwatch-linux-x64").resolve()
    if not agent.exists():
        sys.exit("error: no agent to measure\nhint: run scripts/build-agents --only linux-x64")
    place = scan_home.place()
    if UNFIT & set(place.parts):
        sys.exit(f"error: the earlier product would find nothing below {place}\nhint: set AIWATCH_BENCH_HOMES to another folder")
    large = Scan(agent, scan_home.make(place / "large", PROJECTS))
    small = Scan(agent, scan_home.make(place / "small", PROJECTS // 10))
    skills, files = seen(large.ours(), large.env)
    if skills != PROJECTS // 50 or files < PROJECTS // 10:
        sys.exit(f"error: the scan found {skills} skills and {files} files with servers, which cannot be all")
    return measure(arguments, large, small)


def measure(arguments, large, small):
    one_core = ["taskset", "-c", "0"]
    warm = {
        "ours": large.run(large.ours()),
        "fd, 2 threads": large.run(large.fd(2)),
        "ours, one core": large.run(one_core + large.ours()),
        "fd, one core": large.run(one_core + large.fd(1)),
        "find": large.run(large.find()),
        "ours, a tenth of the home": small.run(small.ours()),
    }
    for make in warm.values():
        make()
    results = paired(arguments.runs, warm)
    chilled = {}
    if os.access(DROP_CACHES, os.W_OK):
        cases = {"ours": large.ours(), "fd, 2 threads": large.fd(2), "ours, one core": one_core + large.ours(),
                 "fd, one core": one_core + large.fd(1), "find": large.find()}
        chilled = paired(COLD_RUNS, {name: large.run(command, before=cold) for name, command in cases.items()})
        large.run(large.find())()
    theirs = {}
    for version, runs in PEER_RUNS.items() if not arguments.without_peer else ():
        command = large.peers(version)
        skills, _ = seen(command, large.env)
        if skills != PROJECTS // 50:
            sys.exit(f"error: {version} found {skills} skills, which is not the same work")
        theirs[version] = paired(runs, {"ours": large.run(large.ours()), "theirs": large.run(command)})
    return report(arguments, large, small, results, chilled, theirs)


def report(arguments, large, small, results, chilled, theirs):
    peak = max(run.megabytes for name, runs in results.items() if name.startswith("ours") for run in runs)
    growth = ratio(results["ours"], results["ours, a tenth of the home"])
    rows = []
    for state, measured in (("warm", results), ("cold", chilled)):
        for ours, fd in (("ours", "fd, 2 threads"), ("ours, one core", "fd, one core")) if measured else ():
            times = ratio(measured[ours], measured[fd])
            rows.append((f"time of {fd} that a scan takes, {state} cache", f"{times:.2f} times", "1.5 times", times <= 1.5))
    rows.append(("highest peak memory", f"{peak:.1f} MB", "60 MB", peak <= 60))
    rows.append(("time for ten times the files", f"{growth:.1f} times", "12 times", 0 < growth <= 12))
    beside = []
    for version, both in theirs.items():
        times = ratio(both["theirs"], both["ours"])
        rows.append((f"times faster than the earlier product, {version}", f"{times:.0f}", f"{LEAST[version]}", times >= LEAST[version]))
        beside.append((version, f"{median(both['ours']) * 1000:.0f} ms", f"{median(both['theirs']):.1f} s", f"{times:.0f}",
                       f"{median(both['ours'], 'megabytes'):.0f} / {median(both['theirs'], 'megabytes'):.0f} MB"))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    lines = [
        "## Scan", "",
        f"`ci/bench scan --runs {arguments.runs}`; paired runs, medians, lowest to highest in brackets. Machine: {machine}.",
        f"A home with {PROJECTS} projects and {scan_home.count(large.home)} files, and one with {scan_home.count(small.home)}; the whole process.", "",
        "| what | measured | limit | holds |", "|---|---|---|---|",
        *(f"| {what} | {value} | {limit} | {'yes' if holds else '**no**'} |" for what, value, limit, holds in rows), "",
        "| program | cache | time | memory |", "|---|---|---|---|",
        *(f"| {name} | {state} | {median(runs) * 1000:.0f} ms ({spread(runs)}) | {median(runs, 'megabytes'):.1f} MB |"
          for state, measured in (("warm", results), ("cold", chilled)) for name, runs in measured.items()), "",
    ]
    if not chilled:
        lines += ["The cold cache was not measured: only root can drop it.", ""]
    if beside:
        lines += ["Beside the earlier product, `runlayer` from the Python package index, in the same run:", "",
                  "| version | ours | theirs | ratio | memory |", "|---|---|---|---|---|",
                  *("| " + " | ".join(row) + " |" for row in beside), ""]
    write_section("scan", lines)
    broken = [row[0] for row in rows if not row[3]]
    for name in broken:
        print(f"over the limit: {name}", file=sys.stderr)
    return 1 if broken and arguments.check else 0
