"""Programs that are not ours say the same about our signatures and records."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from plugintool.envelope.dsse import PAYLOAD_TYPE, pae
from plugintool.envelope.signature_file import parse_signature_file
from plugintool.sign.credentials import Credentials
from plugintool.sign.sign import sign_tree
from plugintool.tree.record import Record, is_ours
from tests import vector_forge as forge
from tests.conftest import NODE_PACKAGES
from tests.signing_world import NOW, build_tree

KINDS = ("ed25519-a", "p256", "p384", "rsa2048", "rsa3072")
SCRIPT = Path(__file__).parents[1] / "foreign" / "verify_signature.mjs"
Find = Callable[[str], str]


def run(
    *command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    merged = {**os.environ, **(env or {})}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=merged, capture_output=True, text=True, check=False
    )


@pytest.fixture(params=KINDS)
def signed_with(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path, Path]:
    """The name of a key, its public half in a file, and the signature file of a tree signed with it."""
    tree = build_tree(tmp_path)
    sign_tree(tree, Credentials(forge.signer(request.param)), now=NOW)
    public = tmp_path / "public.pem"
    public.write_text(forge.public_pem(request.param))
    return request.param, public, tree / forge.SIGNATURE


def ask_sigstore(foreign: Find, signature: Path, public: Path, key_id: str) -> subprocess.CompletedProcess[str]:
    node = foreign("node")
    assert foreign("@sigstore/verify")
    return run(node, SCRIPT, signature, public, key_id, env={"NODE_PATH": str(NODE_PACKAGES)})


@pytest.mark.foreign("node", "@sigstore/verify", "@sigstore/bundle")
def test_sigstore_accepts_our_signature_file(signed_with: tuple[str, Path, Path], foreign: Find) -> None:
    """The npm package that npm itself uses."""
    name, public, signature = signed_with
    done = ask_sigstore(foreign, signature, public, forge.key_id(name))
    assert (done.returncode, done.stdout) == (0, "verified\n"), done.stderr


@pytest.mark.foreign("node", "@sigstore/verify", "@sigstore/bundle")
def test_sigstore_refuses_a_changed_payload(signed_with: tuple[str, Path, Path], foreign: Find) -> None:
    """So that its yes means something."""
    name, public, signature = signed_with
    value = json.loads(signature.read_text())
    payload = base64.b64decode(value["dsseEnvelope"]["payload"]).replace(b"1.2.0", b"6.6.6")
    value["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    signature.write_text(json.dumps(value))
    done = ask_sigstore(foreign, signature, public, forge.key_id(name))
    assert done.returncode == 1
    assert "SIGNATURE_ERROR" in done.stdout


@pytest.mark.foreign("openssl")
def test_openssl_verifies_the_signature_over_the_encoding(
    signed_with: tuple[str, Path, Path], tmp_path: Path, foreign: Find
) -> None:
    """The raw signature, with the algorithm that the kind of key fixes; and not over other bytes."""
    name, public, signature = signed_with
    file = parse_signature_file(signature.read_bytes(), path="x")
    message, value = tmp_path / "message", tmp_path / "value"
    value.write_bytes(file.signature)
    for data, expected in ((pae(PAYLOAD_TYPE, file.payload), 0), (file.payload, 1)):
        message.write_bytes(data)
        command: list[str | Path] = ["dgst", "-sha256", "-verify", public, "-signature", value, message]
        if name.startswith("ed25519"):
            command = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-sigfile", value, "-in", message]
        done = run(foreign("openssl"), *command)
        assert done.returncode == expected, done.stdout + done.stderr


@pytest.mark.foreign("openssl")
@pytest.mark.parametrize("name", KINDS)
def test_openssl_and_we_agree_on_the_key_id(name: str, tmp_path: Path, foreign: Find) -> None:
    """It is the digest of what ``openssl pkey -pubout -outform DER`` writes."""
    out = tmp_path / "public.der"
    run(foreign("openssl"), "pkey", "-in", forge.key_file(name), "-pubout", "-outform", "DER", "-out", out)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == forge.key_id(name)


@pytest.fixture
def tree_and_record(tmp_path: Path) -> tuple[Path, Record]:
    """A built tree with odd but legal names, and its record as signed."""
    more = {"caf\u00e9.txt": b"x", "a b.txt": b"y", ".mcp.json": b"{}", ".gitignore": b"*\n", "empty": b""}
    tree = build_tree(tmp_path, more=more)
    return tree, sign_tree(tree, Credentials(forge.signer("ed25519-a")), now=NOW).statement.record


@pytest.mark.foreign("sha256sum")
def test_sha256sum_agrees_with_the_record(tree_and_record: tuple[Path, Record], foreign: Find) -> None:
    """A list made from the record is one that sha256sum checks; a changed file is one that it finds."""
    tree, record = tree_and_record
    listing = tree.parent / "list"
    listing.write_text("".join(f"{entry.sha256}  {entry.path}\n" for entry in record.entries))
    assert run(foreign("sha256sum"), "--check", "--strict", listing, cwd=tree).returncode == 0
    (tree / "bin/run.sh").write_text("#!/bin/sh\necho other\n")
    assert run(foreign("sha256sum"), "--check", "--strict", listing, cwd=tree).returncode == 1


@pytest.mark.foreign("git")
def test_git_sees_the_files_of_the_record(tree_and_record: tuple[Path, Record], tmp_path: Path, foreign: Find) -> None:
    """Same paths in the same order, same content, same marks; and the tree object that follows from the record."""
    tree, record = tree_and_record
    copy = tmp_path / "copy"
    for entry in record.entries:
        target = copy / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree / entry.path, target)
        target.chmod(0o755 if entry.executable else 0o644)
    assert all(is_ours(str(path)) for path in set(listed(tree)) - set(listed(copy)))
    git = foreign("git")
    env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for arguments in (["init", "-q"], ["-c", "core.fileMode=true", "add", "-f", "-A"]):
        assert run(git, *arguments, cwd=copy, env=env).returncode == 0
    index = run(git, "-c", "core.quotePath=false", "ls-files", "-s", "-z", cwd=copy, env=env).stdout
    expected = [
        f"{'100755' if entry.executable else '100644'} {blob_id((tree / entry.path).read_bytes())} 0\t{entry.path}"
        for entry in record.entries
    ]
    assert index.split("\0")[:-1] == expected
    assert run(git, "write-tree", cwd=copy, env=env).stdout.strip() == tree_id(record, tree)


def listed(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def blob_id(data: bytes) -> str:
    """The object id that git gives a file."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def tree_id(record: Record, root: Path) -> str:
    """The object id that git gives the directory, computed from the record alone."""
    files = {str(entry.path): (entry.executable, (root / entry.path).read_bytes()) for entry in record.entries}

    def level(prefix: str) -> str:
        rows: list[tuple[bytes, bytes]] = []
        for name in sorted({path.removeprefix(prefix).split("/")[0] for path in files if path.startswith(prefix)}):
            full = prefix + name
            if full in files:
                mode, child, order = ("100755" if files[full][0] else "100644"), blob_id(files[full][1]), name
            else:
                mode, child, order = "40000", level(f"{full}/"), f"{name}/"
            rows.append((order.encode(), f"{mode} {name}\0".encode() + bytes.fromhex(child)))
        body = b"".join(row for _, row in sorted(rows))
        return hashlib.sha1(b"tree %d\0" % len(body) + body).hexdigest()

    return level("")
