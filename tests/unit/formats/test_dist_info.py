"""METADATA and WHEEL are read leniently, RECORD strictly."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool.errors import MalformedFileError
from plugintool.formats.dist_info import Headers, license_of, read_headers, read_record
from tests.vendor_world import encoded_sha256

HASH = encoded_sha256(b"x")
DIGEST = hashlib.sha256(b"x").hexdigest()


def test_headers_are_read_up_to_the_first_empty_line() -> None:
    found = read_headers(b"Name: Tick\r\nClassifier: A\nclassifier:B\n\nBody: no\n")
    assert (found.first("name"), found.all("Classifier"), found.first("Body")) == ("Tick", ("A", "B"), "")


def test_a_header_goes_on_where_a_line_is_indented() -> None:
    assert read_headers(b"License: one\n  two\n\tthree\nName: x\n").first("License") == "one\ntwo\nthree"


@pytest.mark.parametrize("data", [b"", b"\n", b"no header\n", b" indented first\n", b"\xff\xfe: x\n", b"a b: c\n"])
def test_lines_that_are_no_headers_are_passed_over(data: bytes) -> None:
    assert read_headers(data) == Headers({})


@given(st.binary(max_size=200))
def test_any_bytes_are_headers(data: bytes) -> None:
    assert all(name == name.lower() for name in read_headers(data).values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: other\n", ("MIT OR Apache-2.0", True)),
        ("License: Apache License 2.0\n", ("Apache License 2.0", False)),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n", ("MIT License", False)),
        ("License: MIT License\n  Copyright (c)\nClassifier: License :: OSI Approved :: ISC\n", ("ISC", False)),
        (
            "Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: OSI Approved :: ISC\n",
            ("MIT License, ISC", False),
        ),
        ("Name: x\n", ("", False)),
    ],
)
def test_the_licence_as_it_is_stated(text: str, expected: tuple[str, bool]) -> None:
    """The expression first; a whole text in ``License`` is no name, then the classifiers speak."""
    assert license_of(read_headers(text.encode())) == expected


def test_a_record_is_paths_and_digests() -> None:
    data = f'a.py,{HASH},1\n"b,c.py",{HASH},\nx.dist-info/RECORD,,\n'.encode()
    assert read_record(data, path="RECORD") == {"a.py": DIGEST, "b,c.py": DIGEST, "x.dist-info/RECORD": None}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("a.py", "line 1: not path, hash and size"),
        ("a.py,x", "line 1: not path, hash and size"),
        ("a.py,x,1,2", "line 1: not path, hash and size"),
        ("a.py,md5=abc,1", "line 1: 'md5=abc' is no SHA-256"),
        (f"a.py,sha256={DIGEST},1", "is no SHA-256 in base64 without padding"),
        (f"a.py,{HASH}=,1", "is no SHA-256 in base64 without padding"),
        (f"a.py,sha256={base64.b64encode(b'short').decode()},1", "is no SHA-256"),
        ("a.py,sha256=!!!,1", "is no SHA-256"),
        (f"a.py,sha512={HASH.removeprefix('sha256=')},1", "is no SHA-256"),
        (f"a.py,{HASH},1\na.py,{HASH},1", "a.py is twice"),
    ],
)
def test_a_line_that_is_not_of_the_form_is_told(line: str, problem: str) -> None:
    with pytest.raises(MalformedFileError) as caught:
        read_record(line.encode(), path="x.whl!RECORD")
    assert problem in caught.value.detail["problems"][0]
    assert caught.value.detail["path"] == "x.whl!RECORD"


def test_all_lines_are_told_up_to_a_number() -> None:
    with pytest.raises(MalformedFileError) as caught:
        read_record(b"a\n" * 100, path="RECORD")
    assert len(caught.value.detail["problems"]) == 20


@pytest.mark.parametrize("data", [b"\xff,x,1\n", b'"a.py,\0'])
def test_a_record_that_is_no_table(data: bytes) -> None:
    with pytest.raises(MalformedFileError):
        read_record(data, path="RECORD")


@given(st.binary(max_size=100))
def test_any_bytes_give_a_record_or_an_error(data: bytes) -> None:
    try:
        found = read_record(data, path="RECORD")
    except MalformedFileError:
        return
    assert all(digest is None or len(digest) == 64 for digest in found.values())
