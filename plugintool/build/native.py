"""Native code, recognised by its first bytes: for which system and which processors a file was made.

Formats: ELF (gABI 4.1), Mach-O (mach-o/loader.h, mach-o/fat.h) and PE/COFF (Microsoft, PE Format, 2026-03). Names of
platforms are those of a bundle manifest, names of processors those of Node (``process.arch``).
"""

from __future__ import annotations

import re

from plugintool.frozen import dataclass

HEAD_BYTES = 4096
"""Bytes at the start of a file that are enough; the header of a PE file lies behind a stub of some hundred bytes."""
PLATFORMS = ("darwin", "linux", "win32")
"""What ``compatibility.platforms`` of a bundle manifest may name."""
MODULE = re.compile(r"\.(?:node|pyd|dylib|dll|so(?:\.[0-9]+)*)\Z", re.IGNORECASE)
"""Names of files that a running program loads into itself."""

_ELF_MACHINES = {3: "ia32", 8: "mips", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x64", 183: "arm64", 243: "riscv64"}
_ELF_MACHINES |= {258: "loong64"}
_MACHO_CPUS = {7: "ia32", 0x01000007: "x64", 12: "arm", 0x0100000C: "arm64", 18: "ppc", 0x01000012: "ppc64"}
_PE_MACHINES = {0x014C: "ia32", 0x8664: "x64", 0x01C4: "arm", 0xAA64: "arm64"}
_MACHO_MAGIC = {b"\xfe\xed\xfa\xce": "big", b"\xfe\xed\xfa\xcf": "big"}
_MACHO_MAGIC |= {magic[::-1]: "little" for magic in _MACHO_MAGIC}
_FAT_MAGIC = {b"\xca\xfe\xba\xbe": 20, b"\xca\xfe\xba\xbf": 32}
"""Bytes of one architecture in a universal file, by magic."""
_FAT_ARCHES_MAX = 31
"""A Java class file has the same magic and here a version of at least 45."""
_PE_OFFSET = 0x3C


@dataclass(frozen=True, slots=True)
class NativeCode:
    """What a file was made for: its format, a name out of ``PLATFORMS``, and processors (``cpu-N`` if unknown)."""

    format: str
    platform: str
    cpus: tuple[str, ...]

    def describe(self) -> str:
        """Return format, platform and processors in words."""
        return f"{self.format} for {self.platform} {'+'.join(self.cpus)}".rstrip()


def identify(head: bytes) -> NativeCode | None:
    """Return what the first ``HEAD_BYTES`` bytes of a file say, or None when it is no native code; total."""
    if head.startswith(b"\x7fELF"):
        return _elf(head)
    if head[:4] in _MACHO_MAGIC:
        order = _MACHO_MAGIC[head[:4]]
        return NativeCode("Mach-O", "darwin", (_cpu(_MACHO_CPUS, head[4:8], order),))
    if head[:4] in _FAT_MAGIC:
        return _universal(head)
    return _pe(head) if head.startswith(b"MZ") else None


def _elf(head: bytes) -> NativeCode | None:
    order = {1: "little", 2: "big"}.get(head[5] if len(head) > 5 else 0)  # noqa: PLR2004 - EI_DATA
    return NativeCode("ELF", "linux", (_cpu(_ELF_MACHINES, head[18:20], order),)) if order else None


def _universal(head: bytes) -> NativeCode | None:
    count, step = int.from_bytes(head[4:8]), _FAT_MAGIC[head[:4]]
    if not 0 < count <= _FAT_ARCHES_MAX:
        return None
    cpus = (_cpu(_MACHO_CPUS, head[8 + index * step :][:4], "big") for index in range(count))
    return NativeCode("Mach-O", "darwin", tuple(dict.fromkeys(cpus)))


def _pe(head: bytes) -> NativeCode | None:
    start = int.from_bytes(head[_PE_OFFSET : _PE_OFFSET + 4], "little")
    if head[start : start + 4] != b"PE\0\0":
        return None
    return NativeCode("PE", "win32", (_cpu(_PE_MACHINES, head[start + 4 : start + 6], "little"),))


def _cpu(names: dict[int, str], field: bytes, order: str) -> str:
    number = int.from_bytes(field, "little" if order == "little" else "big")
    return names.get(number, f"cpu-{number}")
