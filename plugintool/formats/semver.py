"""Semantic versions (https://semver.org/spec/v2.0.0.html): read, compared, and raised."""

from __future__ import annotations

from typing import Final

from plugintool.errors import ConfigError
from plugintool.frozen import dataclass, replace
from plugintool.pattern import pattern

PARTS: Final = ("major", "minor", "patch")
"""What can be raised, the most important first."""
_NUMBER: Final = r"(?:0|[1-9][0-9]{0,17})"
_LABEL: Final = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_FORM = pattern(
    rf"(?P<major>{_NUMBER})\.(?P<minor>{_NUMBER})\.(?P<patch>{_NUMBER})"
    rf"(?:-(?P<pre>{_LABEL}(?:\.{_LABEL})*))?(?:\+(?P<build>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?\Z"
)
_PLAIN_LABEL = pattern(r"[A-Za-z][0-9A-Za-z-]{0,31}\Z")


@dataclass(frozen=True, slots=True)
class SemVer:
    """A version: three numbers, the labels of a pre-release, and a build that does not count in comparisons."""

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...] = ()
    build: str = ""

    def __str__(self) -> str:
        """The text form."""
        core = f"{self.major}.{self.minor}.{self.patch}"
        pre = f"-{'.'.join(self.pre)}" if self.pre else ""
        return core + pre + (f"+{self.build}" if self.build else "")

    @property
    def core(self) -> tuple[int, int, int]:
        """The three numbers."""
        return self.major, self.minor, self.patch

    @property
    def order(self) -> tuple[object, ...]:
        """What versions are compared by (11): a release comes after its pre-releases, numbers before words."""
        labels = tuple((0, int(label), "") if label.isdigit() else (1, 0, label) for label in self.pre)
        return (*self.core, not self.pre, labels)


def parse_version(text: str) -> SemVer | None:
    """Return the version that ``text`` is, or None."""
    found = _FORM.match(text)
    if found is None:
        return None
    labels = tuple(found["pre"].split(".")) if found["pre"] else ()
    return SemVer(int(found["major"]), int(found["minor"]), int(found["patch"]), labels, found["build"] or "")


def raised(version: SemVer, part: str, label: str = "") -> SemVer:
    """Return the version after ``version``.

    Args:
        version: the present one; its build is dropped.
        part: ``major``, ``minor`` or ``patch``. A pre-release becomes its release where that is the version meant:
            1.3.0-rc.1 is raised to 1.3.0 by ``minor`` and ``patch``, and to 2.0.0 by ``major``. Empty raises the
            number of a pre-release only: 1.3.0-rc.1 to 1.3.0-rc.2.
        label: makes it a pre-release, as ``rc`` makes 1.3.0-rc.1; needed where ``part`` is empty.

    Raises:
        ConfigError: the label is none, or there is no pre-release to raise, or it would come before the present one.
    """
    if label and not _PLAIN_LABEL.match(label):
        expected = "a letter, then letters, digits and dashes"
        raise ConfigError("not a label of a pre-release", field="--pre", found=label, expected=expected)
    found = _next_pre_release(version, label) if not part else _next_release(version, part)
    if part and label:
        found = replace(found, pre=(label, "1"))
        if found.core == version.core:  # 1.3.0-rc.1, raised by minor to 1.3.0, is no new pre-release
            found = replace(_release_after(version, part), pre=(label, "1"))
    return found


def _next_release(version: SemVer, part: str) -> SemVer:
    below = version.core[PARTS.index(part) + 1 :]
    if version.pre and not any(below):
        return SemVer(*version.core)
    return _release_after(version, part)


def _release_after(version: SemVer, part: str) -> SemVer:
    index = PARTS.index(part)
    major, minor, patch = [*version.core[:index], version.core[index] + 1, 0, 0][:3]
    return SemVer(major, minor, patch)


def _next_pre_release(version: SemVer, label: str) -> SemVer:
    if not version.pre:
        hint = f"say which part is raised: {', '.join(PARTS)}"
        raise ConfigError(f"{version} is no pre-release, so it has no next one", field="--pre", hint=hint)
    label = label or version.pre[0]
    number = version.pre[1] if version.pre[0] == label and len(version.pre) > 1 else ""
    found = SemVer(*version.core, (label, str(int(number) + 1) if number.isdigit() else "1"))
    if found.order <= version.order:
        raise ConfigError(f"{found} would come before {version}", field="--pre", hint="raise a part as well")
    return found
