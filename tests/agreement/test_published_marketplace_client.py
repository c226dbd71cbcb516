"""What ``marketplace`` writes is added and installed by the genuine client, and refused after one byte was changed.

The client takes a ``marketplace.json`` from plain http on loopback, but archives from https on other hosts only
(2.1.330). So the host of the archives is a name that does not exist; the client is given a proxy on loopback that plays
this host with a certificate made for the test. No other host can be reached.
"""

from __future__ import annotations

import datetime as dt
import http.server
import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plugintool.author.marketplace import publish
from plugintool.build.archive import pack_tree
from plugintool.cli.main import run as run_command
from plugintool.publish.marketplace import Storefront
from tests.hostile_input import NAME, plugin_files, write_files

Client = Callable[..., "subprocess.CompletedProcess[str]"]
HOST = "plugins.acme.example"
MARKET = "acme-market"
PLUGIN = f"{NAME}@{MARKET}"


@dataclass
class Site:
    """A host that is played on loopback: its files, its port, what was asked of it, and the certificate to trust."""

    root: Path
    port: int
    authority: Path
    asked: list[str] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """What makes the client come here for everything that is not on this machine."""
        proxy = f"http://127.0.0.1:{self.port}"
        names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
        return dict.fromkeys(names, proxy) | {
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "NODE_EXTRA_CA_CERTS": str(self.authority),
        }

    @property
    def plain(self) -> str:
        """The address of the marketplace without TLS, on loopback."""
        return f"http://127.0.0.1:{self.port}/.claude-plugin/marketplace.json"


def certificate(where: Path) -> tuple[Path, Path]:
    """Write a certificate for the host, which is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (where / "host.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (where / "host.key").write_bytes(text)
    return where / "host.pem", where / "host.key"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Serve ``public/`` on loopback: plainly, and through CONNECT as the host."""
    pem, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    found = Site(tmp_path / "public", 0, pem)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(found.root))

        def do_CONNECT(self) -> None:
            self.close_connection = True
            if self.path != f"{HOST}:443":
                self.send_error(403)
                return
            self.send_response(200)
            self.end_headers()
            with context.wrap_socket(self.connection, server_side=True) as secured:
                Handler(secured, self.client_address, self.server)

        def log_message(self, *args: Any) -> None:
            found.asked.append(args[0] % args[1:])

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Archives of two releases of the plugin that has one of everything."""
    found = {}
    for version in ("0.9.0", "1.0.0"):
        here = tmp_path_factory.mktemp("release")
        write_files(here / NAME, plugin_files(version))
        assert run_command(["build", str(here / NAME), "--out", str(here / "dist"), "--quiet"]) == 0
        found[version] = pack_tree(here / "dist/org-plugins" / NAME, out=here).path
    return found


def published(releases: dict[str, Path], site: Site) -> None:
    """Publish the newer release."""
    front = Storefront(name=MARKET, owner="Acme Corp", base_url=f"https://{HOST}")
    report = publish([releases["1.0.0"]], front, out=site.root)
    assert report.exit_code == 0, report.outcomes


def ids(claude: Client, site: Site, tmp_path: Path) -> list[str]:
    done = run(claude, site, tmp_path, "plugin", "list", "--json")
    return [item["id"] for item in json.loads(done.stdout)]


def run(claude: Client, site: Site, tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the client with a configuration of its own, over the site only."""
    return claude(*args, env={**site.env, "CLAUDE_CONFIG_DIR": str(tmp_path / "client")}, loopback=True)


def test_a_published_plugin_is_installed_from_https(
    claude: Client, site: Site, releases: dict[str, Path], tmp_path: Path
) -> None:
    """Validated without a word, added from its address, installed whole, and listed."""
    published(releases, site)
    judged = run(claude, site, tmp_path, "plugin", "validate", "--strict", str(site.root))
    assert judged.returncode == 0, judged.stdout
    address = f"https://{HOST}/.claude-plugin/marketplace.json"
    added = run(claude, site, tmp_path, "plugin", "marketplace", "add", address)
    assert added.returncode == 0, added.stdout + added.stderr
    installed = run(claude, site, tmp_path, "plugin", "install", PLUGIN)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert ids(claude, site, tmp_path) == [PLUGIN]
    assert any(f"GET /{NAME}-1.0.0.zip" in line for line in site.asked)
    copies = list((tmp_path / "client/plugins/cache").rglob("bin/start.sh"))
    assert [copy.read_text() for copy in copies] == ["#!/bin/sh\nexit 0\n"]


@pytest.mark.parametrize("place", [0, 40, -30], ids=["first byte", "content", "central directory"])
def test_an_archive_with_one_byte_changed_is_refused(
    claude: Client, site: Site, releases: dict[str, Path], tmp_path: Path, place: int
) -> None:
    """The client compares the SHA-256 before it unpacks, and nothing is installed."""
    published(releases, site)
    archive = site.root / f"{NAME}-1.0.0.zip"
    data = bytearray(archive.read_bytes())
    data[place] ^= 1
    archive.write_bytes(data)
    added = run(claude, site, tmp_path, "plugin", "marketplace", "add", site.plain)
    assert added.returncode == 0, added.stdout + added.stderr
    refused = run(claude, site, tmp_path, "plugin", "install", PLUGIN)
    assert refused.returncode == 1
    assert "integrity check failed" in refused.stdout + refused.stderr
    assert ids(claude, site, tmp_path) == []


def test_an_archive_of_another_release_under_the_same_name_is_refused(
    claude: Client, site: Site, releases: dict[str, Path], tmp_path: Path
) -> None:
    """Whoever holds the web server but not marketplace.json cannot replace a release by another genuine one."""
    published(releases, site)
    (site.root / f"{NAME}-1.0.0.zip").write_bytes(releases["0.9.0"].read_bytes())
    run(claude, site, tmp_path, "plugin", "marketplace", "add", site.plain)
    refused = run(claude, site, tmp_path, "plugin", "install", PLUGIN)
    assert refused.returncode == 1
    assert "integrity check failed" in refused.stdout + refused.stderr


def test_the_client_checks_no_pin_of_the_marketplace_itself(
    claude: Client, site: Site, releases: dict[str, Path], tmp_path: Path
) -> None:
    """Known and documented: the pin is enforced by the desktop app; the client takes whatever the address serves."""
    published(releases, site)
    file = site.root / ".claude-plugin/marketplace.json"
    file.write_bytes(file.read_bytes().replace(b"Plugins of Acme", b"Plugins by Acme"))
    added = run(claude, site, tmp_path, "plugin", "marketplace", "add", site.plain)
    assert added.returncode == 0


def test_a_marketplace_that_is_a_directory_is_installed(
    claude: Client, site: Site, releases: dict[str, Path], tmp_path: Path
) -> None:
    """Without any server; programs stay programs."""
    front = Storefront(name=MARKET, owner="Acme Corp")
    assert publish([releases["1.0.0"]], front, out=tmp_path / "market").exit_code == 0
    judged = run(claude, site, tmp_path, "plugin", "validate", str(tmp_path / "market"))
    assert judged.returncode == 0, judged.stdout
    assert run(claude, site, tmp_path, "plugin", "marketplace", "add", str(tmp_path / "market")).returncode == 0
    assert run(claude, site, tmp_path, "plugin", "install", PLUGIN).returncode == 0
    assert ids(claude, site, tmp_path) == [PLUGIN]
    (copy,) = (tmp_path / "client/plugins/cache").rglob("bin/start.sh")
    assert copy.stat().st_mode & 0o100
    assert site.asked == []
