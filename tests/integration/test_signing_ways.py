"""``sign`` and ``keys`` from the command line: every way to sign, and what each says when it cannot."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from plugintool import clock, limits
from plugintool.cli.main import run
from plugintool.envelope import tst
from plugintool.sign.authority import make_authority
from tests import authority_world as world
from tests import token_world
from tests import vector_cases_bundles as bundles
from tests import vector_forge as forge
from tests.loopback import Asked, Said, serving
from tests.signing_world import build_tree, contents

NOW = clock.utc_now()


class Result(NamedTuple):
    """How one command line ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def call(*args: object) -> Result:
    """Run one command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(arg) for arg in args])
    return Result(code, out.getvalue(), err.getvalue())


def spawn(*args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "plugintool", *(str(arg) for arg in args)]
    return subprocess.run(line, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority that no test changes."""
    return make_authority(tmp_path_factory.mktemp("signing") / "ca", "Acme", now=NOW).directory


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree and a bundle, in the working directory."""
    build_tree(tmp_path / "dist", name="acme-tools")
    (tmp_path / "dist/acme-server.mcpb").write_bytes(bundles.ARCHIVE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def by(ca: Path) -> list[Path | str]:
    return ["--key", ca / "signer.key.pem", "--certificate-chain", ca / "signer.chain.pem"]


def document(done: Result | subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_directory_with_a_tree_and_a_bundle(place: Path, ca: Path) -> None:
    """Both are signed, stamped and verified; the document says by whom and when."""
    done = call("sign", "dist", *by(ca), "--timestamp-key", ca, "--format", "json")
    assert done.exit_code == 0, done.output
    values = {subject["subject"]: subject["value"] for subject in document(done)["subjects"]}
    assert set(values) == {"dist/acme-tools", "dist/acme-server.mcpb"}
    assert {value["timestamp"]["authority"] for value in values.values()} == {"Acme Time Stamping / Acme"}
    assert values["dist/acme-server.mcpb"]["dialect"] == "D2"
    assert call("verify", "dist", "--trust-policy", ca / "trust-policy.json").exit_code == 0


def test_dry_run_writes_nothing(place: Path, ca: Path) -> None:
    """With the same words and the same exit code."""
    before = contents(place)
    done = call("sign", "dist", *by(ca), "--timestamp-key", ca, "--dry-run")
    assert (done.exit_code, done.stdout.count("would sign")) == (0, 2)
    assert contents(place) == before


def test_passphrase_from_a_descriptor(place: Path) -> None:
    """Read once, for all keys of the call."""
    (place / "pass.txt").write_text("secret\n")
    assert call("keys", "new", "k", "--passphrase-file", "pass.txt").exit_code == 0
    reader, writer = os.pipe()
    os.write(writer, b"secret\n")
    os.close(writer)
    line = ["sign", "dist/acme-tools", "--key", "k.key.pem", "--passphrase-fd", str(reader)]
    done = spawn(*line, cwd=place, pass_fds=[reader])
    os.close(reader)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["--passphrase-file", "wrong.txt"], "wrong passphrase"),
        ([], "there is no passphrase"),
        (["--passphrase-file", "missing.txt"], "cannot be read"),
        (["--passphrase-file", "empty.txt"], "no passphrase in the passphrase file"),
        (["--passphrase-fd", "77"], "descriptor 77"),
    ],
)
def test_passphrase_that_does_not_open_the_key(place: Path, args: list[str], why: str) -> None:
    """A failure, and nothing is signed."""
    (place / "pass.txt").write_text("secret\n")
    (place / "wrong.txt").write_text("other\n")
    (place / "empty.txt").write_text("\n")
    call("keys", "new", "k", "--passphrase-file", "pass.txt")
    before = contents(place)
    done = call("sign", "dist/acme-tools", "--key", "k.key.pem", *args)
    assert done.exit_code == 1
    assert why in done.stderr
    assert "key-unavailable" in done.stderr
    assert contents(place) == before


def test_two_passphrases_are_a_usage_error(place: Path) -> None:
    """Which one is meant?"""
    done = spawn("sign", "dist", "--key", "k", "--passphrase-file", "a", "--passphrase-fd", "3", cwd=place)
    assert done.returncode == 2
    assert "exclude each other" in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--key", "a", "--signer-command", "b"],
        ["--key", "a", "--repair-container"],
        ["--signer-command", "sign {message}"],
        ["--signer-command", "sign '"],
        ["--key", "pkcs11:object=k"],
        ["--key", "pkcs11:object=k?module-path=/x.so&pin-value=1234"],
        ["--key", str(forge.key_file("p256")), "--timestamp-url", "ftp://tsa.example"],
        ["--prepare", "d"],
    ],
)
def test_usage_errors(place: Path, args: list[str]) -> None:
    """Exit code 2, in json too; option, expected and found are named."""
    if "--signer-command" in args:
        (place / "pub.pem").write_text(forge.public_pem("p256"))
        args = [*args, "--public-key", "pub.pem"]
    done = call("sign", "dist", *args, "--format", "json")
    assert done.exit_code == 2
    value = document(done)
    assert value["code"] == "config-invalid"
    assert "--" in json.dumps(value)


def spoil(place: Path, ca: Path, how: str) -> list[str | Path]:
    """Return options whose certificates are not right."""
    chain = (ca / "signer.chain.pem").read_bytes()
    if how == "another key":
        return ["--key", forge.key_file("p256"), "--certificate-chain", ca / "signer.chain.pem"]
    if how == "stranger":
        (place / "chain.pem").write_bytes(chain + (ca / "time-root.cert.pem").read_bytes())
    elif how == "expired":
        old = world.issue("Old", "rsa3072", purposes=[world.CODE_SIGNING], end=NOW - world.YEAR / 4)
        (place / "chain.pem").write_text(old.pem)
        return ["--key", forge.key_file("rsa3072"), "--certificate-chain", "chain.pem"]
    elif how == "empty":
        (place / "chain.pem").write_text("")
    return ["--key", ca / "signer.key.pem", "--certificate-chain", "chain.pem"]


@pytest.mark.parametrize("how", ["another key", "stranger", "expired", "empty", "missing"])
def test_certificates_that_no_verifier_would_take(place: Path, ca: Path, how: str) -> None:
    """Neither tree nor bundle is touched."""
    before = contents(place / "dist")
    done = call("sign", "dist", *spoil(place, ca, how))
    assert done.exit_code == 1, done.output
    assert ("signing-failed" in done.stderr) or ("key-unavailable" in done.stderr)
    assert contents(place / "dist") == before


def test_chain_out_of_order_is_put_in_order(place: Path, ca: Path) -> None:
    """People concatenate files as they find them; with the root it is right too."""
    pems = [(ca / name).read_text() for name in ("root.cert.pem", "intermediate.cert.pem", "signer.chain.pem")]
    leaf = pems[2].split("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n"
    (place / "chain.pem").write_text(pems[0] + pems[1] + leaf)
    line = ["--key", ca / "signer.key.pem", "--certificate-chain", "chain.pem"]
    assert call("sign", "dist", *line).exit_code == 0
    assert call("verify", "dist", "--trust-policy", ca / "trust-policy.json").exit_code == 0


def stamped(asked: Asked, *, message: bytes | None = None) -> Said:
    imprint, nonce = tst.parse_request(asked.body, what="request")
    people = world.family()
    token = world.stamp(message or b"?", people.tsa, gen_time=clock.utc_now(), nonce=nonce)
    return Said((tst.render_response(token) if message else tst.render_response(token[:-1] + imprint[:1]),))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda _: Said((b"busy",), status=503), "status 503"),
        (lambda _: Said((b"<html>",)), "no timestamp"),
        (lambda _: Said((b"\0" * (limits.DER_BYTES + 1),)), "more than"),
        (lambda _: Said((), status=302, headers={"Location": "http://127.0.0.1:1/"}), "status 302"),
        (lambda asked: stamped(asked, message=b"another"), "another question"),
        (stamped, "no timestamp"),
    ],
    ids=["busy", "page", "endless", "elsewhere", "lying", "broken"],
)
def test_authority_that_gives_no_good_answer(place: Path, answer: Callable[[Asked], Said], why: str) -> None:
    """Its address is named, and nothing is written."""
    before = contents(place / "dist")
    with serving(answer) as server:
        done = call("sign", "dist/acme-tools", "--key", forge.key_file("p256"), "--timestamp-url", server.url)
    assert done.exit_code == 1
    assert why in done.stderr
    assert server.url in done.stderr
    assert contents(place / "dist") == before


def test_authority_that_is_not_there(place: Path) -> None:
    """A closed port."""
    with serving(lambda _: Said()) as server:
        url = server.url
    done = call("sign", "dist/acme-tools", "--key", forge.key_file("p256"), "--timestamp-url", url)
    assert done.exit_code == 1
    assert "refused" in done.stderr


def test_authority_that_is_slow(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has its time, and not more."""
    monkeypatch.setattr(limits, "TIMESTAMP_SECONDS", 0.2)
    ended = threading.Event()

    def wait() -> None:
        ended.wait(5)

    with serving(lambda _: Said((b"x", wait, b"y"))) as server:
        done = call("sign", "dist/acme-tools", "--key", forge.key_file("p256"), "--timestamp-url", server.url)
        ended.set()
    assert done.exit_code == 1
    assert "timed out" in done.stderr or "not finished" in done.stderr


def test_authority_in_the_network_is_named(place: Path) -> None:
    """Who stamped, and when."""

    def answer(asked: Asked) -> Said:
        imprint, nonce = tst.parse_request(asked.body, what="request")
        return Said((tst.render_response(_token_over(imprint, nonce)),))

    with serving(answer) as server:
        done = call("sign", "dist/acme-tools", "--key", forge.key_file("p256"), "--timestamp-url", server.url)
    assert done.exit_code == 0, done.output
    assert "by Time Stamping 1 / Time" in done.stdout


def _token_over(imprint: bytes, nonce: int | None) -> bytes:
    """A token of the family for an imprint: an authority never sees the message."""
    from plugintool.digest import sha256  # noqa: PLC0415 - only here
    from plugintool.envelope import cms  # noqa: PLC0415

    tsa = world.family().tsa
    info = tst.render_info(imprint, policy=world.TSA_POLICY, serial=9, gen_time=clock.utc_now(), nonce=nonce)
    attributes = cms.render_attributes(
        bytes.fromhex(sha256(info)), certificate_digest=bytes.fromhex(sha256(tsa.der)), content_type=tst.TST_INFO
    )
    signature = world.sign_rsa(tsa, attributes)
    return cms.render_signed_data(attributes, signature, [tsa.der], content_type=tst.TST_INFO, content=info)


def test_bundle_in_two_steps(place: Path, ca: Path) -> None:
    """With the certificates in both; the second step finds a bundle that was changed in between."""
    chain = ["--certificate-chain", ca / "signer.chain.pem"]
    assert call("sign", "dist/acme-server.mcpb", *chain, "--prepare", "to-sign").exit_code == 0
    (place / "plain.pem").write_bytes((ca / "signer.key.pem").read_bytes())
    request = place / "to-sign/acme-server.mcpb"
    from plugintool.sign.file_signer import KeySource, load_signer  # noqa: PLC0415 - the other machine

    (request / "signature").write_bytes(
        load_signer(KeySource(place / "plain.pem")).sign((request / "message").read_bytes())
    )
    other = place / "other" / "acme-server.mcpb"
    other.parent.mkdir()
    other.write_bytes(bundles.archive_of(**{"more.txt": b"more"}))
    refused = call("sign", other, *chain, "--attach", "to-sign")
    assert refused.exit_code == 1
    assert "is not what is to be signed now" in refused.stderr
    assert call("sign", "dist/acme-server.mcpb", *chain, "--attach", "to-sign").exit_code == 0
    assert call("verify", "dist/acme-server.mcpb", "--trust-policy", ca / "trust-policy.json").exit_code == 0


def test_key_with_its_own_certificate_signs_bundles(place: Path) -> None:
    """The policy that pins the key does not ask who issued it."""
    assert call("keys", "new", "k", "--kind", "rsa3072", "--certificate").exit_code == 0
    done = call("sign", "dist/acme-server.mcpb", "--key", "k.key.pem", "--certificate-chain", "k.cert.pem")
    assert done.exit_code == 0, done.output
    assert call("verify", "dist/acme-server.mcpb", "--trust-policy", "k.trust-policy.json").exit_code == 0


@pytest.mark.parametrize(("kind", "found"), [("p384", "p384"), ("rsa4096", "rsa")])
def test_further_kinds_of_key(place: Path, kind: str, found: str) -> None:
    """Made, and used."""
    value = document(call("keys", "new", "k", "--kind", kind, "--format", "json"))["subjects"][0]["value"]
    assert value["kind"] == found
    assert value["certificate_file"] is None
    assert call("sign", "dist/acme-tools", "--key", "k.key.pem").exit_code == 0


def test_signed_bundle_is_refused(place: Path, ca: Path) -> None:
    """What to do is said."""
    assert call("sign", "dist/acme-server.mcpb", *by(ca)).exit_code == 0
    done = call("sign", "dist/acme-server.mcpb", *by(ca))
    assert done.exit_code == 1
    assert "plugintool build" in done.stderr


def test_repair_of_what_is_not_signed(place: Path) -> None:
    """There is nothing to repair."""
    before = contents(place)
    done = call("sign", "dist/acme-server.mcpb", "--repair-container")
    assert done.exit_code == 1
    assert "not signed" in done.stderr
    assert contents(place) == before


def test_authority_from_the_command_line(place: Path) -> None:
    """new-ca, csr, issue, revoke; each in json, nothing overwritten."""
    (place / "pass.txt").write_text("secret\n")
    secret = ["--passphrase-file", "pass.txt"]
    made = call("keys", "new-ca", "ca", "--organization", "Acme", "--for", "acme-*", *secret, "--format", "json")
    assert made.exit_code == 0, made.output
    assert call("keys", "new-ca", "ca", "--organization", "Acme", *secret).exit_code == 1
    key = ["--key", forge.key_file("p256"), "--subject", "O=Acme,CN=Acme Release 2", "--out", "k.csr"]
    assert document(call("keys", "csr", *key, "--format", "json"))["subjects"][0]["value"]["kind"] == "p256"
    assert call("keys", "csr", *key).exit_code == 1
    issued = call("keys", "issue", "k.csr", "--ca", "ca", "--out", "k.pem", *secret, "--format", "json")
    assert issued.exit_code == 0, issued.output
    assert call("keys", "issue", "k.csr", "--ca", "ca", "--out", "other.pem").exit_code == 1
    trusted = ["--trust-policy", "ca/trust-policy.json"]
    line = ["--key", forge.key_file("p256"), "--certificate-chain", "k.pem"]
    assert call("sign", "dist/acme-tools", *line).exit_code == 0
    assert call("verify", "dist/acme-tools", *trusted).exit_code == 0
    revoked = call("keys", "revoke", "k.pem", "--ca", "ca", *secret, "--format", "json")
    assert document(revoked)["subjects"][0]["value"]["number"] == 2
    refused = call("verify", "dist/acme-tools", *trusted, "--format", "json")
    assert (refused.exit_code, document(refused)["code"]) == (3, "revoked")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["keys", "csr", "--key", "k.pem", "--subject", "Acme", "--out", "x"], 2),
        (["keys", "csr", "--subject", "O=Acme", "--out", "x"], 2),
        (["keys", "csr", "--key", "missing.pem", "--subject", "O=Acme", "--out", "x"], 1),
        (["keys", "new-ca", "x", "--organization", ""], 2),
        (["keys", "new-ca", "x", "--organization", "Acme", "--for", "a b"], 2),
        (["keys", "issue", "missing.csr", "--ca", "none", "--out", "x"], 1),
        (["keys", "revoke", "missing.pem", "--ca", "none"], 1),
        (["keys", "revoke", "--ca", "none"], 1),
        (["keys", "revoke", "x.pem", "--ca", "none", "--since", "yesterday"], 2),
        (["keys", "revoke", "x.pem", "--ca", "none", "--reason", "bored"], 2),
    ],
)
def test_bad_input_of_keys(place: Path, args: list[str], code: int) -> None:
    """The exit code says of which kind, no file is left, and there is no traceback."""
    before = contents(place)
    done = spawn(*args, cwd=place)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert contents(place) == before


@pytest.mark.foreign("softhsm2-util")
def test_wrong_pin_and_missing_library(place: Path, foreign: Callable[[str], str]) -> None:
    """From the command line: the PIN is a passphrase, and both name what to do."""
    token = token_world.make_token(place / "hsm", foreign("softhsm2-util"))
    (place / "pin.txt").write_text("0000\n")
    env = {**os.environ, **token.environment}
    wrong = spawn("sign", "dist", "--key", token.uri("k"), "--passphrase-file", "pin.txt", cwd=place, env=env)
    assert (wrong.returncode, "the PIN is wrong" in wrong.stderr) == (1, True)
    silent = spawn("sign", "dist", "--key", token.uri("k"), cwd=place, env=env, stdin=subprocess.DEVNULL)
    assert (silent.returncode, "asks for a PIN" in silent.stderr) == (1, True)
    uri = "pkcs11:object=k?module-path=/nowhere.so"
    missing = spawn("sign", "dist", "--key", uri, cwd=place, env=env)
    assert (missing.returncode, "cannot be loaded" in missing.stderr) == (1, True)
