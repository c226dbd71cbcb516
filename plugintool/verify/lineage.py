"""Which keys come after the pinned ones: lineage files, followed from key to key.

A lineage is what one key says about the key after it (``envelope.lineage``). Two things come of it:

* what it takes away always holds: a key that gave up the right to sign counts no more, and old and new are one signer;
* what it gives holds only where the trust policy says so (``"lineage": true`` of a publisher): the new key signs in
  place of the old one.

Each file by a known key must be right; known are the pinned keys and those that a lineage leads to. A file by another
key is that of a stranger: not read and not followed. A revoked key leads nowhere. Of several things that one key said
the one with the highest sequence holds; a key that gave up its rights can only say the same again, so that a thief who
finds it later cannot name an heir of his own to whoever has seen that. What was seen before (``Circumstances``) counts
like a file that comes along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from plugintool import limits
from plugintool.digest import Digest
from plugintool.envelope.lineage import lineage_name, parse_lineage
from plugintool.errors import SignatureInvalidError
from plugintool.tree.entry import Tree
from plugintool.tree.record import is_lineage_file
from plugintool.verify import keys
from plugintool.verify.keys import PublicKey
from plugintool.verify.policy import TrustPolicy
from plugintool.verify.signature import check_signature
from plugintool.verify.signatures import FoundSignature, read_file
from plugintool.verify.source import input_errors

_HINT = "ask the publisher for an artifact with the right lineage files (plugintool keys rotate)"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Link:
    """What one key said: ``new`` comes after it, and whether it signs on; ``sequence`` orders what it said."""

    sequence: int
    old: Digest
    new: Digest
    keeps_signing: bool


@dataclass(frozen=True, slots=True)
class Descent:
    """Who comes after whom.

    Attributes:
        links: what each key said last, by its id; never in a circle.
        stripped: the keys that gave up the right to sign.
        heirs: the keys that lineage files lead to, by their ids.
        unknown: keys that nobody knows and that signed lineage files.
    """

    links: Mapping[Digest, Link] = field(default_factory=dict)
    stripped: frozenset[Digest] = frozenset()
    heirs: Mapping[Digest, PublicKey] = field(default_factory=dict)
    unknown: tuple[Digest, ...] = ()

    def line_of(self, key_id: Digest) -> Digest:
        """Return what all keys of one line have in common: the id of the last of them."""
        *_, last = (key_id, *self._after(key_id))
        return last

    def heirs_of(self, key_ids: Iterable[Digest]) -> set[Digest]:
        """Return the ids of all keys that come after these."""
        return {heir for key_id in key_ids for heir in self._after(key_id)}

    def _after(self, key_id: Digest) -> Iterator[Digest]:
        for _ in self.links:
            if key_id not in self.links:
                return
            key_id = self.links[key_id].new
            yield key_id


def find_lineages(source: Tree) -> tuple[FoundSignature, ...]:
    """(1) Find the lineage files; bound their number and size.

    Raises:
        VerificationError: step 1.
    """
    with input_errors(1, SignatureInvalidError):
        paths = [file.path for file in source.files() if is_lineage_file(file.path)]
        if len(paths) > limits.LINEAGE_FILES:
            raise SignatureInvalidError(
                "too many lineage files", step=1, expected=f"at most {limits.LINEAGE_FILES}", found=str(len(paths))
            )
        found = tuple(read_file(source, path, max_bytes=limits.LINEAGE_FILE_BYTES) for path in paths)
    for item in found:
        if item.file.certificate is not None or item.file.timestamps:
            raise SignatureInvalidError(
                "a lineage is signed by a key, without certificate and timestamps", step=1, path=item.path
            )
    return found


def follow_lineages(found: Sequence[FoundSignature], policy: TrustPolicy, seen: Sequence[Link] = ()) -> Descent:
    """(2) Check every lineage file by a known key, and find out which keys that makes known.

    Args:
        found: lineage files.
        policy: its pins are where every line starts; its revoked keys lead nowhere.
        seen: what was found in other artifacts before.

    Raises:
        VerificationError: step 2; one is wrong, a key names two successors at once, gives itself back what it gave up,
            or a line leads back to where it was.
    """
    known = {key_id: pin.key for key_id, pin in policy.pins.items()}
    heirs: dict[Digest, PublicKey] = {}
    links: dict[Digest, Link] = {}
    waiting = [*known]
    while waiting:
        old = waiting.pop()
        if old in policy.revoked_keys or old in links:
            continue
        read = dict(_read(item, known[old]) for item in found if item.file.key_id == old)
        said = [*read, *(link for link in seen if link.old == old)]
        if not said:
            continue
        last = links[old] = _last_of(said)
        brought = {link.new: key for link, key in read.items()}
        if last.new in brought:
            heirs[last.new] = known[last.new] = brought[last.new]
            waiting.append(last.new)
    _refuse_circles(links)
    given_up = {link.old for link in (*links.values(), *seen) if not link.keeps_signing}
    unknown = {item.file.key_id for item in found} - known.keys()
    return Descent(links, frozenset(given_up), heirs, tuple(sorted(unknown)))


def _read(item: FoundSignature, key: PublicKey) -> tuple[Link, PublicKey]:
    """Check one lineage file by a known key; only then read what it says."""
    check_signature(item.file, key, path=item.path)
    with input_errors(2, SignatureInvalidError):
        lineage = parse_lineage(item.file.payload, path=item.path)
        heir = keys.parse_der(lineage.new_key, path=item.path)
    if lineage.old != key.key_id:
        raise _wrong(
            "the lineage is about another key than the one that signed it", item, key.key_id, found=lineage.old
        )
    if item.path != lineage_name(lineage.new):
        raise _wrong("the lineage file has another name than its new key", item, lineage_name(lineage.new), item.path)
    link = Link(sequence=lineage.sequence, old=lineage.old, new=lineage.new, keeps_signing=lineage.keeps_signing)
    return link, heir


def _last_of(said: Sequence[Link]) -> Link:
    """Return what holds of all that one key said."""
    first, *later = sorted({*said})
    for link in later:
        if link.sequence == first.sequence or (not first.keeps_signing and _differ(first, link)):
            raise SignatureInvalidError(
                f"the key {link.old} names different successors",
                step=2,
                expected=f"{first.new} (sequence {first.sequence}) and nothing else after it",
                found=f"{link.new} (sequence {link.sequence})",
                hint="ask the publisher which is right, and whether the key was stolen; then revoke it",
            )
        first = link
    return first


def _differ(one: Link, other: Link) -> bool:
    return (one.new, one.keeps_signing) != (other.new, other.keeps_signing)


def _refuse_circles(links: Mapping[Digest, Link]) -> None:
    descent = Descent(links)
    for key_id in links:
        if key_id in descent.heirs_of([key_id]):
            raise SignatureInvalidError("the lineage leads back to an old key", step=2, found=key_id, hint=_HINT)


def _wrong(message: str, item: FoundSignature, expected: str, found: str) -> SignatureInvalidError:
    return SignatureInvalidError(message, step=2, path=item.path, expected=expected, found=found, hint=_HINT)
