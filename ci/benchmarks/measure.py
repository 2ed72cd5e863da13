"""Runs programs in turn and compares them: paired runs, medians, ratios."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def starter():
    """The small program that starts others and measures them; a large one would have its own memory measured."""
    source, program = ROOT / "ci/benchmarks/run.c", ROOT / "target/bench-run"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(exist_ok=True)
        subprocess.run(["cc", "-O2", "-static", "-o", program, source], check=True)
    return program


class Run:
    """One finished process: seconds and peak memory in MB. Exits if it did not end with code 0."""

    def __init__(self, command, cwd=None, env=None, stdin=os.devnull):
        command = [str(word) for word in [starter(), *command]]
        with open(stdin, "rb") as given, tempfile.TemporaryFile() as errors:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 3, inheritable=True)
            ran = subprocess.run(command, cwd=cwd, env=env, stdin=given, stdout=subprocess.PIPE, stderr=errors, pass_fds=(3,))
            os.close(nothing)
            nanoseconds, kibibytes, status = map(int, ran.stdout.split() or (0, 0, 1))
            if status != 0:
                errors.seek(0)
                sys.exit(f"error: {' '.join(command[1:])} ended with status {status}\n{errors.read().decode(errors='replace')}")
        self.seconds, self.megabytes = nanoseconds / 1e9, kibibytes / 1024


def paired(runs, cases):
    """Runs the cases in turn, so that all of them see the same machine; gives the list of runs by name."""
    results = {name: [] for name in cases}
    for _ in range(runs):
        for name, make in cases.items():
            results[name].append(make())
    return results


def median(results, of="seconds"):
    return statistics.median(getattr(run, of) for run in results)


def spread(results, scale=1000, digits=0):
    values = sorted(run.seconds * scale for run in results)
    return f"{values[0]:.{digits}f}-{values[-1]:.{digits}f}"


def write_section(name, lines):
    """Puts the section of one benchmark into BENCHMARKS.md, and leaves the others."""
    path = ROOT / "BENCHMARKS.md"
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    text = path.read_text() if path.exists() else "# Benchmarks\n"
    section = "\n".join([begin, *lines, end])
    if begin in text:
        before, rest = text.split(begin, 1)
        text = before + section + rest.split(end, 1)[1]
    else:
        text = text.rstrip("\n") + "\n\n" + section + "\n"
    path.write_text(text)
    print("\n".join(lines))
