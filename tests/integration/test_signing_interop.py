"""Programs that are not ours and what we sign: keys made in a token, blocks of the public tool, readers of zips."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pkcs11
import pytest

from plugintool import clock
from plugintool.device.bundle import verify_bundle_file
from plugintool.device.revocation_lists import read_lists
from plugintool.digest import sha256
from plugintool.envelope.mcpb_block import find_block
from plugintool.errors import InputError
from plugintool.sign.authority import make_authority
from plugintool.sign.bundle import repair_container, sign_bundle
from plugintool.sign.certify import certify
from plugintool.sign.chain_file import load_chain
from plugintool.sign.credentials import Credentials
from plugintool.sign.file_signer import KeySource, load_signer
from plugintool.sign.holders import AuthorityDirectory
from plugintool.sign.pkcs11_signer import open_token, parse_uri
from plugintool.sign.request import make_request
from plugintool.sign.sign import sign_tree
from plugintool.sign.signer import Signer
from plugintool.sign.time_authority import load_time_authority
from plugintool.verify.circumstances import Circumstances
from plugintool.verify.judge import Judge
from plugintool.verify.policy_reader import parse_trust_policy
from plugintool.verify.steps import Ladder
from plugintool.verify.verified import VerifiedBundle
from tests import token_world
from tests import vector_cases_bundles as bundles
from tests.conftest import NODE_PACKAGES, RunNode
from tests.integration.test_bundle_oracles import YAUZL
from tests.signing_world import build_tree
from tests.token_world import KINDS, Token

Find = Callable[[str], str]
NOW = clock.utc_now()
SIGSTORE = Path(__file__).parents[1] / "foreign" / "verify_signature.mjs"
OTHERS = """
const fs = require('fs');
const data = fs.readFileSync(process.argv[1]);
const out = {};
(async () => {
  const jszip = await require('jszip').loadAsync(data);
  out.jszip = await jszip.file('manifest.json').async('string');
  out['adm-zip'] = new (require('adm-zip'))(data).readAsText('manifest.json');
  out.fflate = Buffer.from(require('fflate').unzipSync(data)['manifest.json']).toString();
  process.stdout.write(JSON.stringify(out));
})();
"""


def run(*command: object, **options: str) -> subprocess.CompletedProcess[str]:
    line = [str(part) for part in command]
    env = {**os.environ, **options}
    return subprocess.run(line, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority."""
    return make_authority(tmp_path_factory.mktemp("interop") / "ca", "Acme", now=NOW).directory


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """An unsigned one."""
    path = tmp_path / "acme-server.mcpb"
    path.write_bytes(bundles.ARCHIVE)
    return path


def credentials(ca: Path, signer: Signer, chain: Path, *, stamped: bool = True) -> Credentials:
    stamp = load_time_authority(AuthorityDirectory(ca), now=NOW).stamp if stamped else None
    return Credentials(signer, load_chain(chain, signer), stamp)


def sign(bundle: Path, found: Credentials) -> None:
    sign_bundle(bundle, found, Judge(found.as_policy("*"), Circumstances(NOW)))


def verify(ca: Path, bundle: Path) -> VerifiedBundle:
    policy = parse_trust_policy((ca / "trust-policy.json").read_bytes(), path="trust-policy.json")
    circumstances = Circumstances(clock.utc_now(), read_lists(ca / "trust-policy.json"))
    return verify_bundle_file(bundle, Judge(policy, circumstances), Ladder())


@pytest.fixture
def ours(ca: Path, bundle: Path) -> Path:
    """A bundle that we signed, with a timestamp."""
    signer = load_signer(KeySource(ca / "signer.key.pem"))
    sign(bundle, credentials(ca, signer, ca / "signer.chain.pem"))
    return bundle


@pytest.fixture
def theirs(ca: Path, bundle: Path, foreign: Find) -> Path:
    """The same bundle, signed by the public tool: dialect D1."""
    leaf = bundle.with_name("leaf.pem")
    text = (ca / "signer.chain.pem").read_text()
    leaf.write_text(text[: text.index("-----END CERTIFICATE-----\n") + 26])
    tool = f"{foreign('@anthropic-ai/mcpb')}/dist/cli/cli.js"
    line = ["--cert", leaf, "--key", ca / "signer.key.pem", "--intermediate", ca / "intermediate.cert.pem"]
    done = run(foreign("node"), tool, "sign", bundle, *line)
    assert done.returncode == 0, done.stdout + done.stderr
    return bundle


def openssl_verifies(ca: Path, bundle: Path, openssl: str) -> bool:
    """What the how-to shows: the archive with a comment length of zero, and the block."""
    data = bundle.read_bytes()
    block = find_block(io.BytesIO(data))
    assert block is not None
    archive, der = bundle.with_suffix(".zip"), bundle.with_suffix(".der")
    archive.write_bytes(data[: block.offset - 2] + b"\0\0")
    der.write_bytes(block.der)
    done = run(
        openssl, "cms", "-verify", "-inform", "DER", "-in", der, "-binary", "-content", archive,
        "-CAfile", ca / "root.cert.pem", "-purpose", "any", "-out", os.devnull,
    )  # fmt: skip
    return done.returncode == 0


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory, foreign: Find) -> Iterator[Token]:
    """A token in which keys were made that nobody has ever seen."""
    made = token_world.make_token(tmp_path_factory.mktemp("walk"), foreign("softhsm2-util"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(made.config))
        with token_world.opened(made) as session:
            for number, kind in enumerate(KINDS):
                token_world.generate(session, kind, number=number)
        yield made
        pkcs11.unload(made.library)


def pin(_: str) -> bytes:
    return token_world.PIN.encode()


@pytest.mark.foreign("softhsm2-util", "openssl")
def test_key_in_a_token_signs_a_bundle(ca: Path, token: Token, bundle: Path, tmp_path: Path, foreign: Find) -> None:
    """From the request to the verdict of openssl, without the key ever leaving its token."""
    with open_token(parse_uri(token.uri("rsa")), pin) as signer:
        request = tmp_path / "request.csr"
        request.write_bytes(make_request(signer, "O=Acme,CN=Acme Token"))
        assert run(foreign("openssl"), "req", "-in", request, "-noout", "-verify").returncode == 0
        issued = certify(request, AuthorityDirectory(ca), tmp_path / "chain.pem", now=NOW)
        sign(bundle, credentials(ca, signer, issued.file))
    assert verify(ca, bundle).dialect == "D2"
    assert openssl_verifies(ca, bundle, foreign("openssl"))


@pytest.mark.foreign("softhsm2-util", "openssl", "node", "@sigstore/verify", "@sigstore/bundle")
@pytest.mark.parametrize("kind", KINDS)
def test_key_in_a_token_signs_a_tree(token: Token, kind: str, tmp_path: Path, foreign: Find) -> None:
    """``@sigstore/verify`` says yes with the public key that the token gave, and no with one bit changed."""
    tree = build_tree(tmp_path / "trees")
    with open_token(parse_uri(token.uri(kind)), pin) as signer:
        signed = sign_tree(tree, Credentials(signer), now=NOW)
        der = tmp_path / "public.der"
        der.write_bytes(signer.public_key.der)
    public = tmp_path / "public.pem"
    to_pem = ["pkey", "-pubin", "-inform", "DER", "-in", der, "-out", public]
    assert run(foreign("openssl"), *to_pem).returncode == 0
    file = tree / signed.file
    ask = [foreign("node"), SIGSTORE, file, public, signed.key_id]
    assert run(*ask, NODE_PATH=str(NODE_PACKAGES)).stdout == "verified\n"
    value = json.loads(file.read_text())
    value["dsseEnvelope"]["payload"] = value["dsseEnvelope"]["payload"].replace("A", "B", 1)
    file.write_text(json.dumps(value))
    assert run(*ask, NODE_PATH=str(NODE_PACKAGES)).stdout != "verified\n"


@pytest.mark.foreign("node", "@anthropic-ai/mcpb", "openssl")
def test_block_of_the_public_tool(ca: Path, theirs: Path, foreign: Find) -> None:
    """Verified as D1; mended it is D2, with the same archive and the same block, and openssl takes both."""
    before = theirs.read_bytes()
    found = verify(ca, theirs)
    assert (found.dialect, found.digest) == ("D1", sha256(bundles.ARCHIVE))
    assert openssl_verifies(ca, theirs, foreign("openssl"))
    assert repair_container(theirs).is_new
    assert not repair_container(theirs).is_new
    after = theirs.read_bytes()
    offset = len(bundles.ARCHIVE)
    assert (before[: offset - 2], before[offset:]) == (after[: offset - 2], after[offset:])
    mended = verify(ca, theirs)
    assert (mended.dialect, mended.digest) == ("D2", found.digest)
    assert openssl_verifies(ca, theirs, foreign("openssl"))


@pytest.mark.foreign("node", "@anthropic-ai/mcpb", "openssl")
def test_changed_block_of_the_public_tool_is_refused_by_both(ca: Path, theirs: Path, foreign: Find) -> None:
    """One byte of the archive; and it is not mended."""
    data = bytearray(theirs.read_bytes())
    data[40] ^= 1
    theirs.write_bytes(data)
    assert not openssl_verifies(ca, theirs, foreign("openssl"))
    before = theirs.read_bytes()
    with pytest.raises(InputError, match="changed after it was signed"):
        repair_container(theirs)
    assert theirs.read_bytes() == before


@pytest.mark.foreign("openssl")
def test_openssl_accepts_what_we_sign(ca: Path, ours: Path, foreign: Find) -> None:
    """With a timestamp in the block."""
    assert openssl_verifies(ca, ours, foreign("openssl"))


@pytest.mark.foreign("node", "@anthropic-ai/mcpb")
def test_public_tool_reads_what_we_sign(ours: Path, foreign: Find) -> None:
    """``info`` and ``unpack``; that ``info`` takes no signature for one, not even its own, is a fault of 2.1.2."""
    tool = f"{foreign('@anthropic-ai/mcpb')}/dist/cli/cli.js"
    info = run(foreign("node"), tool, "info", ours)
    assert info.returncode == 0, info.stderr
    assert f"File: {ours.name}" in info.stdout
    out = ours.with_name("out")
    unpacked = run(foreign("node"), tool, "unpack", ours, out)
    assert unpacked.returncode == 0, unpacked.stderr
    assert (out / "manifest.json").read_bytes() == zipfile.ZipFile(io.BytesIO(bundles.ARCHIVE)).read("manifest.json")


def seen_by_all(bundle: Path, foreign: Find, run_node: RunNode) -> dict[str, str]:
    """Return the bundle manifest as each reader of zip files sees it."""
    with zipfile.ZipFile(bundle) as archive:
        found = {"zipfile": archive.read("manifest.json").decode()}
    found["unzip"] = run(foreign("unzip"), "-p", bundle, "manifest.json").stdout
    found["7z"] = run(foreign("7z"), "e", "-so", bundle, "manifest.json").stdout
    yauzl = run_node(YAUZL, str(bundle))
    assert yauzl.returncode == 0, yauzl.stderr
    found["yauzl"] = bytes.fromhex(json.loads(yauzl.stdout)["manifest.json"][0]).decode()
    others = run_node(OTHERS, str(bundle))
    assert others.returncode == 0, others.stderr
    return {**found, **json.loads(others.stdout)}


@pytest.mark.foreign("unzip", "7z", "node", "yauzl", "jszip", "adm-zip", "fflate")
@pytest.mark.parametrize("how", ["ours", "theirs"])
def test_every_reader_sees_the_same_manifest(
    how: str, request: pytest.FixtureRequest, foreign: Find, run_node: RunNode
) -> None:
    """Of a bundle that we signed, and of one that we mended."""
    bundle: Path = request.getfixturevalue(how)
    if how == "theirs":
        repair_container(bundle)
    expected = zipfile.ZipFile(io.BytesIO(bundles.ARCHIVE)).read("manifest.json").decode()
    found = seen_by_all(bundle, foreign, run_node)
    assert found == dict.fromkeys(("zipfile", "unzip", "7z", "yauzl", "jszip", "adm-zip", "fflate"), expected)
