"""Native code is known by its first bytes, whatever the file is called."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool.build.native import HEAD_BYTES, MODULE, PLATFORMS, NativeCode, identify


def elf(machine: int, *, order: str = "<") -> bytes:
    data = 1 if order == "<" else 2
    return b"\x7fELF" + bytes([2, data, 1]) + bytes(9) + struct.pack(f"{order}HH", 3, machine) + bytes(40)


def macho(cpu: int, *, order: str = "<", magic: int = 0xFEEDFACF) -> bytes:
    return struct.pack(f"{order}III", magic, cpu, 0) + bytes(20)


def universal(*cpus: int, magic: int = 0xCAFEBABE) -> bytes:
    size = 20 if magic == 0xCAFEBABE else 32
    return struct.pack(">II", magic, len(cpus)) + b"".join(struct.pack(">I", cpu).ljust(size, b"\0") for cpu in cpus)


def pe(machine: int, *, stub: int = 0x80) -> bytes:
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", stub)
    return head.ljust(stub, b"\0") + b"PE\0\0" + struct.pack("<H", machine) + bytes(18)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (elf(62), NativeCode("ELF", "linux", ("x64",))),
        (elf(183), NativeCode("ELF", "linux", ("arm64",))),
        (elf(40), NativeCode("ELF", "linux", ("arm",))),
        (elf(3), NativeCode("ELF", "linux", ("ia32",))),
        (elf(22, order=">"), NativeCode("ELF", "linux", ("s390x",))),
        (elf(243), NativeCode("ELF", "linux", ("riscv64",))),
        (elf(999), NativeCode("ELF", "linux", ("cpu-999",))),
        (macho(0x0100000C), NativeCode("Mach-O", "darwin", ("arm64",))),
        (macho(0x01000007), NativeCode("Mach-O", "darwin", ("x64",))),
        (macho(7, magic=0xFEEDFACE), NativeCode("Mach-O", "darwin", ("ia32",))),
        (macho(18, order=">", magic=0xFEEDFACE), NativeCode("Mach-O", "darwin", ("ppc",))),
        (universal(0x01000007, 0x0100000C), NativeCode("Mach-O", "darwin", ("x64", "arm64"))),
        (universal(0x0100000C, magic=0xCAFEBABF), NativeCode("Mach-O", "darwin", ("arm64",))),
        (universal(7, 7), NativeCode("Mach-O", "darwin", ("ia32",))),
        (pe(0x8664), NativeCode("PE", "win32", ("x64",))),
        (pe(0xAA64), NativeCode("PE", "win32", ("arm64",))),
        (pe(0x014C, stub=0x200), NativeCode("PE", "win32", ("ia32",))),
    ],
)
def test_a_file_says_what_it_was_made_for(head: bytes, expected: NativeCode) -> None:
    assert identify(head) == expected


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"#!/bin/sh\n",
        b"\x7fEL",
        b"\x7fELF\x02\x00\x01" + bytes(40),
        b"MZ and a text",
        b"MZ".ljust(0x3C, b"\0") + b"\xff\xff\xff\xff",
        b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(40),  # a Java class of version 52
        b"\xca\xfe\xba\xbe\x00\x00\x00\x00" + bytes(40),
        b"module.exports = 1;\n",
    ],
    ids=["empty", "script", "cut", "no byte order", "text", "offset beyond the end", "java", "no architecture", "js"],
)
def test_anything_else_is_no_native_code(head: bytes) -> None:
    assert identify(head) is None


def test_the_running_python_is_native_code_of_its_platform() -> None:
    """The outside oracle: a program that runs here."""
    with open(Path(sys.executable).resolve(), "rb") as source:
        found = identify(source.read(HEAD_BYTES))
    assert found is not None
    assert found.platform == sys.platform


def test_the_words_name_format_platform_and_processor() -> None:
    assert NativeCode("Mach-O", "darwin", ("x64", "arm64")).describe() == "Mach-O for darwin x64+arm64"


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe"]))
def test_any_bytes_give_an_answer(rest: bytes, start: bytes) -> None:
    found = identify(start + rest)
    assert found is None or found.platform in PLATFORMS


@pytest.mark.parametrize("name", ["x.node", "x.so", "libx.so.1.2", "X.PYD", "x.dylib", "x.dll", "x.cpython-311.so"])
def test_names_of_modules(name: str) -> None:
    assert MODULE.search(name)


@pytest.mark.parametrize("name", ["x.js", "x.node.js", "xso", "x.exe", "x.so.txt", "node"])
def test_names_that_are_none(name: str) -> None:
    assert not MODULE.search(name)
