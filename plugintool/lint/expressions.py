"""Regular expressions of JavaScript, judged by Python's parser where the two agree."""

from __future__ import annotations

import re
import warnings

from plugintool.pattern import pattern

EXPRESSION_MAX = 500
"""Characters of the longest expression that is looked at."""
_NAMED_GROUP = pattern(r"\(\?<(?![=!])")
_SURE = ("nothing to repeat", "unterminated character set", "missing )", "unbalanced parenthesis", "multiple repeat")
"""Complaints of Python's parser that JavaScript shares."""


def expression_flaw(text: str) -> str:
    """Return what is wrong with an expression; empty when nothing is, or when JavaScript may see it otherwise."""
    if len(text) > EXPRESSION_MAX or "[]" in text or "[^]" in text:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(_NAMED_GROUP.sub("(?P<", text))
    except re.error as error:
        return next((known for known in _SURE if error.msg.startswith(known)), "")
    except (RecursionError, OverflowError):
        return ""
    return ""
