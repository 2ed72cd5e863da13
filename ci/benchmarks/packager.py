"""The packager beside the usual tools."""

import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

from .measure import ROOT, Run, median, paired, spread, write_section

PACKAGER = ROOT / "target/release/packager"
AGENTS = ROOT / "target/agents"
RUNS = 9


def manifests(folder, count):
    """Copies of the example with other names; gives their paths."""
    text = (ROOT / "examples/acme/tenant.toml").read_text()
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        path = folder / f"t{number:04}.toml"
        path.write_text(text.replace('name = "acme"', f'name = "t{number:04}"', 1))
        paths.append(path)
    return paths


def build(paths, folder, only=()):
    # A new place each time, and nothing is deleted in between: ext4 passes over inodes that were freed a moment ago,
    # one by one, and that search would be what is measured.
    out = tempfile.mkdtemp(prefix="dist-", dir=folder)
    command = [PACKAGER, "build", *paths, "--out", out, "--agents", AGENTS, "--quiet"]
    if only:
        command += ["--only", ",".join(only)]
    return Run([str(word) for word in command])


WXS = """<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
 <Product Id="*" Name="Peer" Language="1033" Version="1.0.0" Manufacturer="Peer" UpgradeCode="{11111111-2222-3333-4444-555555555555}">
  <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine"/>
  <Media Id="1" Cabinet="a.cab" EmbedCab="yes"/>
  <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFiles64Folder"><Directory Id="INSTALLDIR" Name="Peer">
   <Component Id="C" Guid="{11111111-2222-3333-4444-666666666666}" Win64="yes"><File Id="F" Source="EXE" KeyPath="yes"/>
    <RegistryValue Root="HKLM" Key="Software\\Peer" Name="Host" Type="string" Value="[HOST]"/></Component>
  </Directory></Directory></Directory>
  <Feature Id="Main" Level="1"><ComponentRef Id="C"/></Feature>
 </Product>
</Wix>
"""


def peers(work):
    """Usual tools that do one of our steps on the same bytes."""
    exe, macho = AGENTS / "aiwatch-win-x64.exe", AGENTS / "aiwatch-macos-universal"
    wxs, plain, cab = work / "peer.wxs", work / "plain.bin", work / "peer.msi"
    # wixl takes relative paths only.
    wxs.write_text(WXS.replace("EXE", plain.name))
    shutil.copy(exe, plain)
    key, iv = "00" * 32, "00" * 16
    return {
        "wixl": lambda: Run(["wixl", "-a", "x64", "-o", str(cab), str(wxs)], cwd=work),
        "gcab": lambda: Run(["gcab", "-c", "-z", "-n", str(work / "peer.cab"), str(plain)]),
        "gzip -9": lambda: Run(["gzip", "-9", "-k", "-f", "-c", str(macho)]),
        "openssl": lambda: Run(["openssl", "enc", "-aes-256-cbc", "-K", key, "-iv", iv, "-in", str(plain), "-out", str(work / "enc")]),
    }


def run(arguments):
    subprocess.run(["cargo", "build", "--release", "--locked", "-q", "-p", "packager"], cwd=ROOT, check=True)
    if not AGENTS.is_dir():
        sys.exit("error: no target/agents\nhint: run scripts/build-agents")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "target") as name:
        work = pathlib.Path(name)
        return measure(arguments, work)


def measure(arguments, work):
    few, many = manifests(work / "few", 41), manifests(work / "many", arguments.tenants)
    out = work
    cases = {
        "one tenant": lambda: build(few[:1], out),
        "41 tenants": lambda: build(few, out),
        "one msi": lambda: build(few[:1], out, ["msi"]),
        "profiles only": lambda: build(few[:1], out, ["profiles"]),
        **peers(work),
    }
    results = paired(arguments.runs, cases)
    more = [
        (b.seconds - a.seconds) / 40 for a, b in zip(results["one tenant"], results["41 tenants"], strict=True)
    ]
    ten = build(many[:10], out)
    batch = build(many, out)
    one = median(results["one tenant"])
    rows = [
        ("one tenant, whole dist/", f"{one:.2f} s ({spread(results['one tenant'])} ms)", "1.5 s", one <= 1.5),
        ("peak memory of that", f"{median(results['one tenant'], 'megabytes'):.0f} MB", "300 MB",
         median(results["one tenant"], "megabytes") <= 300),
        ("one more tenant", f"{statistics.median(more) * 1000:.1f} ms", "25 ms", statistics.median(more) <= 0.025),
        (f"{arguments.tenants} tenants", f"{batch.seconds:.1f} s", f"{30 * arguments.tenants / 1000:.0f} s",
         batch.seconds <= 30 * arguments.tenants / 1000),
        (f"peak memory of {arguments.tenants} tenants, over that of 10", f"{batch.megabytes / ten.megabytes:.2f} times "
         f"({batch.megabytes:.0f} MB, {ten.megabytes:.0f} MB)", "2 times", batch.megabytes <= 2 * ten.megabytes),
    ]
    msi, wixl = median(results["one msi"]), median(results["wixl"])
    ratios = [
        ("both MSIs, ours", f"{msi * 1000:.0f} ms", "wixl, one MSI of the same executable", f"{wixl * 1000:.0f} ms",
         f"{msi / 2 / wixl:.2f} per MSI"),
        ("both MSIs, ours", f"{msi * 1000:.0f} ms", "gcab, one cabinet of the same executable",
         f"{median(results['gcab']) * 1000:.0f} ms", f"{msi / 2 / median(results['gcab']):.2f} per MSI"),
        ("whole dist/", f"{one * 1000:.0f} ms", "gzip -9 of the Mach-O alone", f"{median(results['gzip -9']) * 1000:.0f} ms",
         f"{one / median(results['gzip -9']):.2f}"),
        ("whole dist/", f"{one * 1000:.0f} ms", "openssl aes-256-cbc of one executable alone", f"{median(results['openssl']) * 1000:.0f} ms",
         f"{one / median(results['openssl']):.1f}"),
        ("profiles only", f"{median(results['profiles only']) * 1000:.0f} ms", "nothing comparable", "-", "-"),
    ]
    write(arguments, rows, ratios)
    broken = [row[0] for row in rows if not row[3]]
    for name in broken:
        print(f"over the limit: {name}", file=sys.stderr)
    return 1 if broken and arguments.check else 0


def write(arguments, rows, ratios):
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    lines = [
        "## Packager", "",
        f"`ci/bench packager --runs {arguments.runs} --tenants {arguments.tenants}`; paired runs, medians, lowest to highest in brackets.",
        f"Machine: {machine}. Agents prebuilt. Times are of the whole process, writing to disk included.", "",
        "| what | measured | limit | holds |", "|---|---|---|---|",
        *(f"| {what} | {value} | {limit} | {'yes' if holds else '**no**'} |" for what, value, limit, holds in rows), "",
        "Beside the usual tools, in the same run:", "",
        "| ours | time | theirs | time | ratio |", "|---|---|---|---|---|",
        *("| " + " | ".join(row) + " |" for row in ratios), "",
    ]
    write_section("packager", lines)
