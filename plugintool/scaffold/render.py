"""Fill a template in: pure, from a template and answers to files.

``{{name}}`` is replaced by the answer. Where a placeholder stands alone between double quotes the answer is written as
a JSON text, quotes included, so that any answer is right in JSON and in YAML. Answers are not searched for
placeholders again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from plugintool.frozen import dataclass
from plugintool.relpath import RelPath
from plugintool.scaffold.catalog import Template

_PLACEHOLDER = re.compile(r'"\{\{([a-z_]+)\}\}"|\{\{([a-z_]+)\}\}')


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file to write: ``executable`` sets its mode, ``merged`` says that it is added to an existing file."""

    path: RelPath
    data: bytes
    executable: bool = False
    merged: bool = False


def placeholders(text: str) -> set[str]:
    """Return the names of all placeholders in ``text``.

    Raises:
        ValueError: two opening braces that begin no placeholder.
    """
    if "{{" in _PLACEHOLDER.sub("", text):
        raise ValueError("two opening braces that begin no placeholder")
    return {quoted or bare for quoted, bare in _PLACEHOLDER.findall(text)}


def fill(text: str, answers: Mapping[str, str]) -> str:
    """Replace every placeholder in ``text``.

    Raises:
        ValueError: a placeholder without an answer, or braces that begin none: a mistake in a template.
    """
    missing = sorted(placeholders(text) - answers.keys())
    if missing:
        raise ValueError(f"no answer for {', '.join(missing)}")

    def replace(match: re.Match[str]) -> str:
        quoted, bare = match.groups()
        return json.dumps(answers[quoted], ensure_ascii=False) if quoted else answers[bare]

    return _PLACEHOLDER.sub(replace, text)


def render(template: Template, answers: Mapping[str, str]) -> list[RenderedFile]:
    """Return the files of ``template`` with ``answers`` for its variables; other answers are not looked at.

    Raises:
        ValueError: a placeholder that the template does not declare, or without an answer.
    """
    declared = {name: answers[name] for name in template.variables if name in answers}
    executables = {fill(path, declared) for path in template.executables}
    merged = {fill(path, declared) for path in template.merged}
    files = []
    for raw, text in template.files.items():
        path = RelPath(fill(raw, declared))
        files.append(RenderedFile(path, fill(text, declared).encode(), path in executables, path in merged))
    return files
