"""Reads pickles of plain values without running anything that a pickle asks for.

Unpickling calls whatever functions the file names, so a file from elsewhere can do anything. Here it can
make bytes, texts, numbers, lists and tuples; and of NumPy it can name what arrays of uint8 and of booleans
are stored as, for which inert stand-ins are made. Everything else is refused.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, NoReturn

_BYTES, _BOOLEANS = ("u1", "uint8"), ("b1", "bool")  # NumPy's names of its types


class UnsafePickleError(Exception):
    """A pickle that asks for something other than plain values, or that is no pickle."""


def read_plain(data: bytes) -> Any:
    """The values of a pickle; tuples become lists, NumPy's arrays of uint8 and Python 2's texts bytes.

    Raises:
        UnsafePickleError: It asks for anything else, or cannot be read.
    """
    try:
        return _plain(_Reader(io.BytesIO(data), encoding="bytes").load())
    except UnsafePickleError:
        raise
    except Exception as error:  # a damaged pickle makes the machine behind it fail in any way
        raise UnsafePickleError(f"is no pickle, or a damaged one ({error})") from error


class _Type:
    """Stands in for `numpy.dtype`: what kind of values, as text."""

    __slots__ = ("kind",)

    def __init__(self, kind: object, *_options: object) -> None:
        self.kind = kind.decode("latin-1") if isinstance(kind, bytes) else kind

    def __setstate__(self, state: object) -> None:
        """Byte order and the like mean nothing for values of one byte."""


class _Array:
    """Stands in for `numpy.ndarray`: the content of an array of values of one byte."""

    __slots__ = ("content",)

    def __init__(self, *_arguments: object) -> None:
        self.content: bytes | list[bool] = b""

    def __setstate__(self, state: object) -> None:
        if not (isinstance(state, tuple) and len(state) == 5):
            raise UnsafePickleError("holds an array that is not stored as NumPy stores it")
        self.content = _content(state[4], state[2])


def _scalar(kind: object, value: object) -> bool:
    """Stands in for NumPy's scalars, of which booleans are read."""
    if not (isinstance(kind, _Type) and kind.kind in _BOOLEANS and isinstance(value, bytes)):
        raise UnsafePickleError("holds a NumPy scalar that is no boolean")
    return value != b"\0"


def _encode(text: object, encoding: object = "latin1") -> bytes:
    """Stands in for `_codecs.encode`, by which Python 3 writes bytes into old pickles."""
    if not (isinstance(text, str) and encoding in ("latin1", b"latin1")):
        raise UnsafePickleError("holds a text in an encoding other than latin1")
    return text.encode("latin-1")


def _buffer(content: object, kind: object, _shape: object, _order: object) -> bytes | list[bool]:
    """Stands in for `_frombuffer`, by which NumPy writes arrays into new pickles."""
    return _content(content, kind)


def _empty() -> bytes:
    """Stands in for `bytes`, which old pickles call for no bytes at all."""
    return b""


def _content(content: object, kind: object) -> bytes | list[bool]:
    if isinstance(content, bytes | bytearray) and isinstance(kind, _Type):
        if kind.kind in _BYTES:
            return bytes(content)
        if kind.kind in _BOOLEANS:
            return [value != 0 for value in content]
    raise UnsafePickleError("holds an array that is neither of uint8 nor of booleans")


_ALLOWED: dict[tuple[str, str], Any] = {
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _empty,
    ("builtins", "bytes"): _empty,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    **{
        (f"numpy.{core}.{module}", name): stand_in
        for core in ("core", "_core")
        for module, name, stand_in in (
            ("multiarray", "_reconstruct", _Array),
            ("multiarray", "scalar", _scalar),
            ("numeric", "_frombuffer", _buffer),
        )
    },
}


class _Reader(pickle.Unpickler):
    """An unpickler that finds nothing but the stand-ins."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise UnsafePickleError(
                f"asks for {module}.{name}, which photos and labels do not need: it is not opened"
            ) from None

    def persistent_load(self, pid: object) -> NoReturn:
        raise UnsafePickleError("asks for an object outside itself: it is not opened")


def _plain(value: Any) -> Any:
    """The same values with lists for tuples, and what arrays hold for them."""
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value.content if isinstance(value, _Array) else value
