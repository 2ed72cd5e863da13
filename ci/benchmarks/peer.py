"""The product that this one follows, from the Python package index, each version in a folder of its own."""

import os
import pathlib
import shutil
import subprocess
import sys

SEED_ERA = "0.24.15"
LATEST = "0.31.17"
# What it is made of: a list for each step of pip. The older one needs others by the versions of its time, and its own
# SDK is no longer published under the name it asks for.
STEPS = {
    SEED_ERA: [
        ["authlib<1.7", "docker", "fakeredis<2.35", "fastmcp<3", "httpx", "json5", "keyring<26", "mcp", "python-dotenv",
         "pyyaml", "questionary", "rich", "structlog", "truststore<0.11", "typer"],
        ["--no-deps", f"runlayer=={SEED_ERA}", "runlayer-hooks-sdk==0.1.0"],
    ],
    LATEST: [[f"runlayer=={LATEST}"]],
}


def programs(version):
    """The folder of a version's programs, installed once."""
    cache = pathlib.Path(os.environ.get("AIWATCH_BUILD_CACHE") or
                         pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "aiwatch-build")
    folder = cache / f"bench-peer-{version}"
    if not (folder / "ready").exists():
        print(f"installing the earlier product, {version} ...", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        for step in STEPS[version]:
            pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--retries", "5", "--timeout", "60"]
            subprocess.run(pip + step, check=True)
        (folder / "ready").touch()
    return folder / "bin"
