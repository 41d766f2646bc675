"""Lists of numbers and of texts on their way to PostgreSQL, turned into arrays in one step."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Packed(bytes):
    """An array of numbers in PostgreSQL's binary form: the shortest way for what every publish sends."""


class Shorts(Packed):
    """A smallint[]."""


class Ints(Packed):
    """An int[]."""


class Longs(Packed):
    """A bigint[]."""


class Element(NamedTuple):
    """A type of number: its oid and that of its array, its width in bytes and its letter in `struct`."""

    oid: int
    array_oid: int
    width: int
    letter: str


ELEMENTS: Mapping[type[Packed], Element] = {
    Shorts: Element(21, 1005, 2, "h"),
    Ints: Element(23, 1007, 4, "i"),
    Longs: Element(20, 1016, 8, "q"),
}

#: One dimension, no NULL flag, the element's oid; then the length and the lower bound.
HEADER = struct.Struct("!iiIii")


def teach(connection: Any, _record: Any) -> None:
    """Let a new psycopg connection write plain lists as a whole.

    psycopg looks at each element by itself: measured, that was a quarter of what `receive` did with an answer,
    and a fifth of a publish.
    """
    from psycopg.adapt import Dumper
    from psycopg.pq import Format
    from psycopg.types.array import ListDumper

    class PlainListDumper(ListDumper):
        def dump(self, obj: list[Any]) -> Any:
            return plain(obj) or super().dump(obj)

    class PackedDumper(Dumper):
        format = Format.BINARY

        def dump(self, obj: Packed) -> bytes:
            return obj

    connection.adapters.register_dumper(list, PlainListDumper)
    for kind, element in ELEMENTS.items():
        connection.adapters.register_dumper(kind, type(kind.__name__, (PackedDumper,), {"oid": element.array_oid}))


def packed(kind: type[Packed], column: Sequence[int]) -> Packed:
    """The array of these numbers. Raises struct.error where one is wider than `kind`."""
    element, n = ELEMENTS[kind], len(column)
    words = [element.width] * (2 * n)  # each element: its length in bytes, then itself
    words[1::2] = column
    return kind(HEADER.pack(1, 0, element.oid, n, 1) + struct.pack("!" + f"i{element.letter}" * n, *words))


def plain(values: list[Any]) -> bytes | None:
    """PostgreSQL's text form of a list of nothing but int, or nothing but str; None for any other list.

    https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
    """
    kinds = set(map(type, values))
    if kinds == {int}:
        return ("{" + ",".join(map(str, values)) + "}").encode()
    if kinds != {str}:
        return None
    text = "\x00".join(values)
    if text.count("\x00") != len(values) - 1:
        return None  # psycopg refuses such a text in its own words
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\x00", '","')
    return ('{"' + quoted + '"}').encode()
