"""A developer's home for the scan: projects with what clients keep in them, and with what no scan should look at."""

import json
import os
import pathlib
import shutil

# Bump it when the home changes, so that an old one is made anew.
VERSION = 2
# Files of one node_modules, and how many projects have one each.
PACKAGES, PACKAGES_EVERY = 2600, 40
TENANT = "http://127.0.0.1:9"


def put(path, text="x\n"):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def folder_of(path, count, suffix):
    os.makedirs(path)
    for number in range(count):
        put(f"{path}/file{number}{suffix}")


def project(path, number):
    """One project: 20 files, a repository of 10, a build of 5, and now and then a client's configuration."""
    for below in ("src", "src/lib", "docs", "tests"):
        folder_of(f"{path}/{below}", 5, ".ts")
    for below, count in ((".git", 4), (".git/refs/heads", 1), (".git/objects/ab", 5), ("dist", 5)):
        folder_of(f"{path}/{below}", count, "")
    server = {f"srv{number}": {"command": "npx", "args": ["-y", f"server-{number}"], "env": {"TOKEN": "made up"}}}
    if number % 10 == 0:
        put(f"{path}/.mcp.json", json.dumps({"mcpServers": server}))
    if number % 20 == 0:
        os.makedirs(f"{path}/.cursor")
        put(f"{path}/.cursor/mcp.json", json.dumps({"mcpServers": server}))
    if number % 33 == 0:
        os.makedirs(f"{path}/.vscode")
        put(f"{path}/.vscode/mcp.json", json.dumps({"servers": server}))
    if number % 67 == 0:
        os.makedirs(f"{path}/.codex")
        put(f"{path}/.codex/config.toml", f'[mcp_servers.srv{number}]\ncommand = "npx"\nargs = ["-y", "server-{number}"]\n')
    if number % 50 == 0:
        skill = f"{path}/.claude/skills/skill{number}"
        os.makedirs(f"{skill}/scripts")
        put(f"{skill}/SKILL.md", f"---\nname: skill {number}\ndescription: does a thing\n---\nText of {number}.\n")
        put(f"{skill}/scripts/run.sh", "echo done\n")
    if number % PACKAGES_EVERY == 0:
        for package in range(PACKAGES // 20):
            folder_of(f"{path}/node_modules/package{package}", 20, ".js")


def make(folder, projects):
    """The home, made once: 100 files for each project, most of them in node_modules."""
    stamp = folder / ".made"
    wanted = f"{VERSION} {projects}"
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "work").mkdir(parents=True)
    for number in range(projects):
        project(f"{folder}/code/p{number:04}", number)
    servers = {"shadow": {"type": "http", "url": "https://shadow.example.com/mcp"}}
    # The earlier product wants to know a tenant before it scans; a dry run asks it nothing.
    (folder / ".runlayer").mkdir(mode=0o700)
    put(folder / ".runlayer/config.yaml", f"default_host: {TENANT}\nhosts:\n  127.0.0.1:9:\n    secret: rl_user_bench\n    url: {TENANT}\n")
    put(folder / ".claude.json", json.dumps({"numStartups": 40, "mcpServers": servers}))
    put(stamp, wanted)
    return folder


def count(folder):
    """Files in all."""
    return sum(len(files) for _, _, files in os.walk(folder))


def place():
    """Where the homes are: no folder above may have a name that the earlier product leaves out wherever it stands."""
    return pathlib.Path(os.environ.get("AIWATCH_BENCH_HOMES") or pathlib.Path.home() / ".aiwatch-bench")
