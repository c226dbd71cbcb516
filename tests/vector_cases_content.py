"""Vectors for step 7: the files against the record."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from plugintool.tree import version_file
from tests.vector_forge import (
    EXECUTABLES,
    FILES,
    NAME,
    Case,
    archive,
    entry,
    payload,
    publisher,
    signed,
    sync,
    trust,
)

_Step7 = partial(Case, step=7, code="content-mismatch")
RUN, SKILL, PLUGIN = "bin/run.sh", "skills/greet/SKILL.md", ".claude-plugin/plugin.json"


def cases() -> Iterator[Case]:
    """Yield them."""
    yield from _changes()
    yield from _additions()
    yield from _names()
    yield from _versions()
    yield from _archives()


def _changes() -> Iterator[Case]:
    good = signed()
    for name, path in {"program": RUN, "skill": SKILL, "manifest": PLUGIN}.items():
        data = good[path]
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        yield _Step7(name=f"changed_{name}_fail", about=f"one bit of {path}", files={**good, path: changed})
    yield _Step7(name="longer_file_fail", about="a byte more", files={**good, RUN: good[RUN] + b"\n"})
    yield _Step7(name="shorter_file_fail", about="a byte less", files={**good, RUN: good[RUN][:-1]})
    yield _Step7(name="emptied_file_fail", about="nothing left", files={**good, RUN: b""})
    for path in FILES:
        less = {name: data for name, data in good.items() if name != path}
        yield _Step7(name=f"removed_{path.split('/')[-1]}_fail", about=f"{path} is missing", files=less)
    renamed = {**{path: data for path, data in good.items() if path != RUN}, "bin/run2.sh": good[RUN]}
    yield _Step7(name="renamed_file_fail", about="a file under another name", files=renamed)
    swapped = {**good, RUN: good[SKILL], SKILL: good[RUN]}
    yield _Step7(name="swapped_files_fail", about="two files changed places", files=swapped)
    yield _Step7(name="directory_renamed_fail", about="a directory of another name", files=good, directory="acme-tool")
    yield _Step7(
        name="directory_letter_case_fail", about="a name in other letter case", files=good, directory=NAME.upper()
    )
    yield _Step7(
        name="level_audit_content_fail",
        about="level audit does not soften step 7",
        files={**good, RUN: b""},
        policy=trust(entry(publisher("ed25519-a"), level="audit")),
    )


def _additions() -> Iterator[Case]:
    good = signed()
    added = {
        "file": "hooks/hooks.json",
        "hidden_file": ".mcp.json",
        "empty_file": "bin/empty",
        "near_signature": ".claude-plugin/plugin.sigstore.json.bak",
        "signature_at_root": "plugin.sigstore.json",
        "nested_version": "bin/version.json",
    }
    for name, path in added.items():
        data = b"" if name == "empty_file" else b"{}\n"
        yield _Step7(name=f"added_{name}_fail", about=f"{path} is not in the record", files={**good, path: data})


def _names() -> Iterator[Case]:
    good = {path: data for path, data in signed().items() if path != "version.json"}
    capitals = {**good, "VERSION.json": version_file.render(sync())}
    yield _Step7(
        name="added_version_in_capitals_fail",
        about="VERSION.json is not ours, though some systems would read it for version.json",
        files=capitals,
    )
    files = {**FILES, "VERSION.json": b"{}\n"}
    rightly = {path: data for path, data in signed(data=payload(files), files=files).items() if path != "version.json"}
    yield _Step7(
        name="record_version_in_capitals_fail",
        about="rightly signed, but VERSION.json would stand in the way of a file of ours",
        files=rightly,
    )


def _versions() -> Iterator[Case]:
    good, name = signed(), sync()
    fine = {
        "none": None,
        "settled": f'{{"version": "{name}.1"}}\n',
        "settled_often": f'{{"version": "{name}.4294967295"}}\n',
        "other_blanks": f'{{ "version" :\n"{name}"}}',
    }
    for case, text in fine.items():
        files = {path: data for path, data in good.items() if path != "version.json"}
        files |= {} if text is None else {"version.json": text.encode()}
        yield Case(name=f"version_{case}", about=f"version.json: {case.replace('_', ' ')}", files=files)
    wrong = {
        "other": '{"version": "1.2.0"}\n',
        "settled_zero": f'{{"version": "{name}.0"}}\n',
        "settled_leading_zero": f'{{"version": "{name}.01"}}\n',
        "settled_minus": f'{{"version": "{name}.-1"}}\n',
        "settled_twice": f'{{"version": "{name}.1.1"}}\n',
        "without_dot": f'{{"version": "{name}1"}}\n',
        "extra_member": f'{{"version": "{name}", "x": 1}}\n',
        "twice": f'{{"version": "{name}", "version": "{name}"}}\n',
        "number": '{"version": 1}\n',
        "not_json": name,
        "empty": "",
        "large": f'{{"version": "{name}"}}' + " " * 5000,
    }
    for case, text in wrong.items():
        files = {**good, "version.json": text.encode()}
        about = f"version.json is not derived: {case.replace('_', ' ')}"
        yield _Step7(name=f"version_{case}_fail", about=about, files=files)


def _archives() -> Iterator[Case]:
    good = signed()
    lost, gained = archive(good, frozenset()), archive(good, EXECUTABLES | {SKILL})
    yield _Step7(name="archive_executable_lost_fail", about="a program is not marked", archive=lost)
    yield _Step7(name="archive_executable_gained_fail", about="a text is marked as a program", archive=gained)
    yield Case(
        name="archive_version_settled",
        about="an archive of an installed plugin",
        archive=archive({**good, "version.json": f'{{"version": "{sync()}.3"}}\n'.encode()}),
    )
    added = archive({**good, "hooks/hooks.json": b"{}\n"})
    yield _Step7(name="archive_added_file_fail", about="a file that is not in the record", archive=added)
    removed = archive({path: data for path, data in good.items() if path != RUN})
    yield _Step7(name="archive_removed_file_fail", about="a file is missing", archive=removed)
    plain = archive(good)
    position = plain.index(b"echo hello")
    flipped = plain[:position] + b"E" + plain[position + 1 :]
    yield _Step7(name="archive_content_crc_fail", about="a file does not fit its checksum", archive=flipped)
    yield _Step7(
        name="archive_changed_file_fail",
        about="one bit of a file",
        archive=archive({**good, RUN: b"#!/bin/sh\necho hallo\n"}),
    )
    yield Case(
        name="archive_other_name", about="the file name of an archive says nothing", archive=plain, directory="x"
    )
