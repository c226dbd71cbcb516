"""Interruptions during tidying up are kept, not lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from plugintool.probe.shield import undisturbed


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        assert signal.getsignal(number) is handler, "the handlers are back"
        signal.signal(number, handler)


def test_nothing_happens_without_a_signal() -> None:
    with undisturbed():
        pass


def test_an_interruption_comes_afterwards() -> None:
    done = []

    def tidy() -> None:
        with undisturbed():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            done.append("tidy")

    with pytest.raises(KeyboardInterrupt):
        tidy()
    assert done == ["tidy"]


def test_it_comes_also_after_an_error() -> None:
    def tidy() -> None:
        with undisturbed():
            signal.raise_signal(signal.SIGINT)
            raise ValueError

    with pytest.raises(KeyboardInterrupt):
        tidy()


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with undisturbed():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_have_nothing_to_hold_back() -> None:
    seen = []

    def work() -> None:
        with undisturbed():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
