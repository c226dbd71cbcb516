"""The options of ``plugintool check``, and the request that they make."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugintool import limits
from plugintool.cli.request import request_options
from plugintool.errors import ConfigError

if TYPE_CHECKING:
    from plugintool.author.check_request import CheckRequest
    from plugintool.jsontext import JsonValue

_ERAS = ("auto", "stateless", "handshake")


def _refuse_nan(context: click.Context, parameter: click.Parameter, value: float) -> float:
    """Refuse what is in every range and no number."""
    if math.isnan(value):
        raise click.BadParameter("not a number", context, parameter)
    return value


_OPTIONS = (
    click.option("--hooks", is_flag=True, help="Run every command hook with a sample of its event."),
    click.option("--online", is_flag=True, help="Ask remote servers, too; without it nothing opens a connection."),
    click.option("--config", multiple=True, metavar="KEY=VALUE", help="A value of the user configuration."),
    click.option(
        "--config-file",
        type=click.Path(dir_okay=False, path_type=Path, readable=False),
        metavar="FILE",
        help="A JSON object with values of the user configuration; for secrets.",
    ),
    click.option(
        "--env",
        multiple=True,
        metavar="NAME[=VALUE]",
        help="A variable for everything that is started; or the caller's.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0, limits.CHECK_ANSWER_SECONDS_MAX, min_open=True),
        default=limits.CHECK_ANSWER_SECONDS,
        show_default=True,
        callback=_refuse_nan,
        help="Seconds that a server has to its first answer.",
    ),
    click.option(
        "--era", type=click.Choice(_ERAS), default="auto", show_default=True, help="How the protocol is opened."
    ),
    click.option("--target", type=click.Choice(["directory"]), help="Also what the public directory demands."),
    click.option("--strict", is_flag=True, help="Warnings fail too."),
)


def _request(said: dict[str, object]) -> CheckRequest:
    """Take the options out of ``said`` and make a request of them."""
    from plugintool.author.check_request import CheckRequest  # noqa: PLC0415 - start-up is a feature
    from plugintool.probe.era import AUTO, Era  # noqa: PLC0415 - as above
    from plugintool.probe.interview import Patience  # noqa: PLC0415 - as above
    from plugintool.probe.launch import KEPT_VARIABLES  # noqa: PLC0415 - as above

    asked = dict(_variable(text) for text in _texts(said.pop("env")))
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    era, path = str(said.pop("era")), said.pop("config_file")
    settings = _settings_file(path) if isinstance(path, Path) else {}
    return CheckRequest(
        settings={**settings, **_settings(_texts(said.pop("config")))},
        given={**kept, **asked},
        secrets=tuple(asked.values()),
        patience=Patience(answer=float(str(said.pop("timeout")))),
        order=AUTO if era == "auto" else (Era(era),),
        hooks=bool(said.pop("hooks")),
        online=bool(said.pop("online")),
        directory=said.pop("target") == "directory",
        strict=bool(said.pop("strict")),
    )


def _texts(value: object) -> tuple[str, ...]:
    assert isinstance(value, tuple)
    return value


def _variable(text: str) -> tuple[str, str]:
    name, given, value = text.partition("=")
    if not name or "\0" in text:
        raise ConfigError("a variable without a name", field="--env", expected="NAME or NAME=VALUE")
    if not given and name not in os.environ:
        raise ConfigError(f"the variable {name} is not set", field="--env", hint=f"set it, or say {name}=VALUE")
    return name, value if given else os.environ[name]


def _settings(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        key, given, value = text.partition("=")
        if not key or not given:
            raise ConfigError("a setting without a value", field="--config", expected="KEY=VALUE")
        found[key] = (*found.get(key, ()), value)
    return found


def _settings_file(path: Path) -> Mapping[str, tuple[str, ...]]:
    from plugintool import jsontext  # noqa: PLC0415 - as above
    from plugintool.tree.directory import read_bounded  # noqa: PLC0415 - as above

    value = jsontext.read_strict(read_bounded(path), path=str(path))
    if not isinstance(value, dict):
        raise ConfigError("no JSON object", path=str(path), expected='{"key": "value"}')
    return {key: _values(key, item, path) for key, item in value.items()}


def _values(key: str, item: JsonValue, path: Path) -> tuple[str, ...]:
    if isinstance(item, list):
        return tuple(text for part in item for text in _values(key, part, path))
    if isinstance(item, dict) or item is None:
        raise ConfigError(
            "a value of the wrong kind", path=str(path), field=key, expected="text, number, boolean or list"
        )
    return (("true" if item else "false") if isinstance(item, bool) else str(item),)


check_options = request_options(_OPTIONS, _request)
"""Gives a command the options of check, and the parameter ``request``."""
