"""What the verdict on one release is over time, as data.

``python -m tests.verdict_table`` writes the reference page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[1] / "docs" / "reference" / "verdicts-over-time.md"
RULES: Final = ("none", "after-expiry", "always")
STAMPS: Final = ("no", "yes")
TROUBLES: Final = ("never", "before signing", "after signing", "key compromise")
MOMENTS: Final = ("before its start", "in its term", "after its end")
Row = tuple[str, str, str]
_EARLY = "step 4"
EXPECTED: Final[dict[Row, tuple[str, str, str]]] = {
    ("none", "no", "never"): (_EARLY, "ok", "step 4"),
    ("none", "no", "before signing"): (_EARLY, "step 5", "step 4"),
    ("none", "no", "after signing"): (_EARLY, "step 5", "step 4"),
    ("none", "no", "key compromise"): (_EARLY, "step 5", "step 4"),
    ("none", "yes", "never"): (_EARLY, "ok", "step 4"),
    ("none", "yes", "before signing"): (_EARLY, "step 5", "step 4"),
    ("none", "yes", "after signing"): (_EARLY, "step 5", "step 4"),
    ("none", "yes", "key compromise"): (_EARLY, "step 5", "step 4"),
    ("after-expiry", "no", "never"): (_EARLY, "ok", "step 4"),
    ("after-expiry", "no", "before signing"): (_EARLY, "step 5", "step 4"),
    ("after-expiry", "no", "after signing"): (_EARLY, "step 5", "step 4"),
    ("after-expiry", "no", "key compromise"): (_EARLY, "step 5", "step 4"),
    ("after-expiry", "yes", "never"): (_EARLY, "ok", "ok"),
    ("after-expiry", "yes", "before signing"): (_EARLY, "step 5", "step 5"),
    ("after-expiry", "yes", "after signing"): (_EARLY, "ok", "ok"),
    ("after-expiry", "yes", "key compromise"): (_EARLY, "step 5", "step 5"),
    ("always", "no", "never"): (_EARLY, "step 4", "step 4"),
    ("always", "no", "before signing"): (_EARLY, "step 4", "step 4"),
    ("always", "no", "after signing"): (_EARLY, "step 4", "step 4"),
    ("always", "no", "key compromise"): (_EARLY, "step 4", "step 4"),
    ("always", "yes", "never"): (_EARLY, "ok", "ok"),
    ("always", "yes", "before signing"): (_EARLY, "step 5", "step 5"),
    ("always", "yes", "after signing"): (_EARLY, "ok", "ok"),
    ("always", "yes", "key compromise"): (_EARLY, "step 5", "step 5"),
}
"""Rule on time, timestamp, when the certificate was revoked; then the verdict at each of ``MOMENTS``."""

_HEAD: Final = """# Verdicts over time

What `plugintool verify --at TIME` says of one release by the holder of a certificate, before the start of that
certificate, in its term, and after its end. Lists are required (`"crl": {"rule": "require"}`) and fresh. `step N` is
the step that fails. A test asks the verifier about every cell of this
table; `python -m tests.verdict_table` writes this page.

- With the rule `none` timestamps are not looked at: a release ends with its certificate, or when that is revoked.
- A timestamp keeps a release good that was signed in the term and before the certificate was revoked.
- After a key compromise nothing counts, unless the list names the day from which on the key was stolen
  (an invalidity date) and the timestamp is older.

"""


def render() -> str:
    """Return the page."""
    heads = ("rule", "timestamp", "revoked", *MOMENTS)
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join((*row, *verdicts))} |" for row, verdicts in EXPECTED.items()]
    return _HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
