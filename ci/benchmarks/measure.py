"""Runs programs in turn and compares them: paired runs, medians, ratios."""

import os
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Run:
    """One finished process: seconds and peak memory in MB. Exits if it did not end with one of the codes."""

    def __init__(self, command, cwd=None, env=None, stdin=os.devnull, codes=(0,)):
        command = [str(word) for word in command]
        errors = os.memfd_create("errors")
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, str(stdin), os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, errors, 2),
        ]
        here = os.getcwd()
        if cwd:
            os.chdir(cwd)
        try:
            start = time.perf_counter()
            # Not a fork of this process, whose size would be measured too.
            process = os.posix_spawnp(command[0], command, dict(os.environ if env is None else env), file_actions=actions)
            _, status, usage = os.wait4(process, 0)
            self.seconds = time.perf_counter() - start
        finally:
            os.chdir(here)
        self.megabytes = usage.ru_maxrss / 1024
        code = os.waitstatus_to_exitcode(status)
        if code not in codes:
            os.lseek(errors, 0, os.SEEK_SET)
            sys.exit(f"error: {' '.join(command)} ended with {code}\n{os.read(errors, 1 << 20).decode(errors='replace')}")
        os.close(errors)


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
