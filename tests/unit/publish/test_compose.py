"""The file of a marketplace, its pin, and the configuration that carries the pin."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugintool.errors import ConfigError
from plugintool.publish.marketplace import Marketplace, Storefront, compose
from plugintool.publish.offer import Offer
from plugintool.publish.preference import Preference

MakeArchive = Callable[..., Path]
OfferOf = Callable[[Path], Offer]


@pytest.fixture
def market(make_archive: MakeArchive, offer_of: OfferOf, front: Storefront) -> Marketplace:
    """Two plugins."""
    return compose(front, [offer_of(make_archive("zeta")), offer_of(make_archive("alpha"))])


def test_the_bytes_depend_on_the_archives_only(
    market: Marketplace, make_archive: MakeArchive, offer_of: OfferOf, front: Storefront
) -> None:
    """Not on their order, not on where they lie."""
    again = [make_archive("alpha", at="elsewhere/1.zip"), make_archive("zeta", at="elsewhere/2.zip")]
    assert compose(front, list(map(offer_of, again))).content == market.content


def test_entries_are_in_order_of_name(market: Marketplace) -> None:
    """A reviewer compares two releases line by line."""
    value = json.loads(market.content)
    assert [entry["name"] for entry in value["plugins"]] == ["alpha", "zeta"]
    assert market.content.endswith(b"}\n")


def test_another_archive_gives_another_pin(
    market: Marketplace, make_archive: MakeArchive, offer_of: OfferOf, front: Storefront
) -> None:
    """The pin covers every byte of every archive, through their digests."""
    changed = [offer_of(make_archive("alpha", files={"x.txt": b"x"})), offer_of(make_archive("zeta"))]
    assert compose(front, changed).pin != market.pin


def test_the_pin_is_the_digest_of_the_file(market: Marketplace) -> None:
    """As ``sha256sum`` prints it."""
    assert market.pin == hashlib.sha256(market.content).hexdigest()


def test_slashes_at_the_end_of_the_address_do_not_matter(market: Marketplace, front: Storefront) -> None:
    """One form of every address."""
    other = Marketplace(replace(front, base_url=front.base_url + "//"), market.offers)
    assert other.content == market.content
    assert market.url == "https://plugins.acme.example/r1/.claude-plugin/marketplace.json"


def test_the_owner_has_an_address_when_it_is_given(market: Marketplace, front: Storefront) -> None:
    """And the description that was asked for."""
    assert json.loads(market.content)["owner"] == {"name": "Acme Corp"}
    assert json.loads(market.content)["description"] == "Plugins of Acme Corp"
    said = Marketplace(replace(front, email="p@acme.example", description="Ours."), market.offers)
    value = json.loads(said.content)
    assert (value["owner"]["email"], value["description"]) == ("p@acme.example", "Ours.")


EXPECTED_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?\Z")
SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@pytest.mark.parametrize("preference", Preference)
def test_the_policy_of_the_app_has_the_form_of_its_schema(market: Marketplace, preference: Preference) -> None:
    """Members and patterns as the schema in client 2.1.330 has them for a source of kind url."""
    policy: Any = market.app_policy(preference)
    (entry,) = policy["allowedPluginMarketplaces"]
    assert set(entry) == {"source", "url", "manifestSha256", "expectedName", "installationPreference"}
    assert entry["source"] == "url"
    assert SHA256.match(entry["manifestSha256"])
    assert EXPECTED_NAME.match(entry["expectedName"])
    assert entry["installationPreference"] == preference.value


def test_the_settings_of_the_client_allow_this_marketplace_only(market: Marketplace) -> None:
    """It is offered, and no other can be added."""
    source = {"source": "url", "url": market.url}
    assert market.client_policy() == {
        "strictKnownMarketplaces": [source],
        "extraKnownMarketplaces": {"acme-market": {"source": source}},
    }


def test_two_releases_of_one_plugin_are_refused(
    make_archive: MakeArchive, offer_of: OfferOf, front: Storefront
) -> None:
    """A marketplace lists a plugin once; which one is meant is not ours to guess."""
    both = [offer_of(make_archive(at="1.zip")), offer_of(make_archive(at="2.zip", version="2.0.0"))]
    with pytest.raises(ConfigError, match="2 archives of the plugin demo") as caught:
        compose(front, both)
    assert len(caught.value.detail["problems"]) == 2


def test_names_that_differ_in_letter_case_are_one(
    make_archive: MakeArchive, offer_of: OfferOf, front: Storefront
) -> None:
    """Their files would be one file on two systems out of three."""
    both = [offer_of(make_archive("demo", at="1.zip")), offer_of(make_archive("Demo", at="2.zip"))]
    with pytest.raises(ConfigError):
        compose(front, both)


def test_two_plugins_whose_archives_would_share_a_name_are_refused(
    make_archive: MakeArchive, offer_of: OfferOf, front: Storefront
) -> None:
    """``a`` in version ``b-1.0.0`` and ``a-b`` in version ``1.0.0``."""
    both = [offer_of(make_archive("a", version="b-1.0.0")), offer_of(make_archive("a-b"))]
    with pytest.raises(ConfigError, match=r"would be called a-b-1\.0\.0\.zip"):
        compose(front, both)
