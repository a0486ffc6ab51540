"""The cancel token by itself; what heeds it is tested where it is."""

from __future__ import annotations

import threading

import pytest

from faceguard.cancel import CancelToken
from faceguard.errors import Cancelled, FaceguardError


def test_work_goes_on_until_it_is_cancelled() -> None:
    token = CancelToken()
    token.check()
    assert not token.cancelled
    token.cancel()
    assert token.cancelled
    with pytest.raises(Cancelled, match=r"^cancelled$"):
        token.check()


def test_the_first_reason_counts() -> None:
    token = CancelToken()
    token.cancel("the visitor has left")
    token.cancel("the server stops")
    with pytest.raises(FaceguardError, match="the visitor has left"):
        token.check()


def test_another_thread_may_cancel() -> None:
    token = CancelToken()
    thread = threading.Thread(target=token.cancel)
    thread.start()
    thread.join()
    assert token.cancelled


def test_a_token_stops_with_the_one_it_comes_after() -> None:
    first = CancelToken()
    second = CancelToken(after=first)
    second.check()
    first.cancel("enough")
    assert second.cancelled
    with pytest.raises(Cancelled, match="enough"):
        second.check()


def test_the_one_it_comes_after_goes_on() -> None:
    first = CancelToken()
    CancelToken(after=first).cancel()
    first.check()
    assert not first.cancelled
