"""A marketplace as one value, the bytes of its file, and the configuration that pins them.

Shapes as the client 2.1.330 and the app's own schema of managed keys, which travels in it, accept them (read and run,
2026-11).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from plugintool import digest, jsontext
from plugintool.digest import Digest
from plugintool.errors import ConfigError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.plugin.discover import MARKETPLACE
from plugintool.publish.offer import Offer
from plugintool.publish.preference import Preference


@dataclass(frozen=True, slots=True, kw_only=True)
class Storefront:
    """What a marketplace says of itself.

    Attributes:
        name: what users write after the ``@``.
        owner, email: who answers for it; the address may be empty.
        description: one line.
        base_url: the address at which its directory is served; empty for one that is used as a directory, or kept in a
            git repository: then it holds the files of its plugins, and nobody compares digests.
    """

    name: str
    owner: str
    email: str = ""
    description: str = ""
    base_url: str = ""

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return self.base_url.rstrip("/")


@dataclass(frozen=True)
class Marketplace:
    """A marketplace to publish; ``offers`` are sorted by name."""

    front: Storefront
    offers: tuple[Offer, ...]

    @property
    def url(self) -> str:
        """The address of the file; empty when it is served nowhere."""
        return f"{self.front.base}/{MARKETPLACE}" if self.front.base else ""

    @cached_property
    def content(self) -> bytes:
        """The file: the same bytes for the same archives and the same words."""
        front = self.front
        owner: JsonObject = {"name": front.owner, **({"email": front.email} if front.email else {})}
        return jsontext.pretty(
            {
                "name": front.name,
                "owner": owner,
                "description": front.description or f"Plugins of {front.owner}",
                "plugins": [offer.entry(front.base) for offer in self.offers],
            }
        )

    @property
    def pin(self) -> Digest:
        """The SHA-256 of the file."""
        return digest.sha256(self.content)

    def app_policy(self, preference: Preference = Preference.AVAILABLE) -> JsonObject:
        """Return the managed configuration of the desktop app that takes this file and no other."""
        entry: JsonObject = {
            "source": "url",
            "url": self.url,
            "manifestSha256": self.pin,
            "expectedName": self.front.name,
            "installationPreference": preference.value,
        }
        return {"allowedPluginMarketplaces": [entry]}

    def client_policy(self) -> JsonObject:
        """Return the managed settings of the client that offer this marketplace and no other; they hold no pin."""
        source: JsonObject = {"source": "url", "url": self.url}
        return {
            "strictKnownMarketplaces": [source],
            "extraKnownMarketplaces": {self.front.name: {"source": source}},
        }


def compose(front: Storefront, offers: Sequence[Offer]) -> Marketplace:
    """Put archives together.

    Raises:
        ConfigError: two archives of one plugin, or two that would have the same file name.
    """
    for label, key in (("of the plugin", "name"), ("that would be called", "file")):
        same: dict[str, list[str]] = defaultdict(list)
        for offer in offers:
            same[getattr(offer, key).lower()].append(str(offer.source))
        for value, sources in same.items():
            if sources[1:]:
                raise ConfigError(
                    f"{len(sources)} archives {label} {value}",
                    problems=tuple(sources),
                    hint="name the one to publish",
                )
    return Marketplace(front, tuple(sorted(offers, key=lambda offer: offer.name)))
