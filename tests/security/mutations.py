"""Damaged copies of a file: the same for the same seed, so that whatever breaks a reader can be made again."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

Mutation = Callable[[random.Random, bytearray], None]

ODD = [
    b"\0",
    b"\xff" * 4,
    b"\xff\xff\xff\x7f",
    b"\x80" * 5,
    b'"',
    b"\r",
    b"\n",
    b",",
    b"\xef\xbb\xbf",
    b"1e999",
    b"-",
    b"{" * 99,
]
"""What parsers stumble over."""


def flip(chance: random.Random, content: bytearray) -> None:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def put(chance: random.Random, content: bytearray) -> None:
    content[chance.randrange(len(content))] = chance.randrange(256)


def insert(chance: random.Random, content: bytearray) -> None:
    at = chance.randrange(len(content) + 1)
    content[at:at] = chance.choice(ODD) * chance.choice([1, 1, 1, 50])


def overwrite(chance: random.Random, content: bytearray) -> None:
    at, odd = chance.randrange(len(content)), chance.choice(ODD)
    content[at : at + len(odd)] = odd


def cut(chance: random.Random, content: bytearray) -> None:
    at = chance.randrange(len(content))
    del content[at : at + chance.choice([1, 4, 64, len(content)])]


def repeat(chance: random.Random, content: bytearray) -> None:
    at, size = chance.randrange(len(content)), chance.choice([1, 16, 256])
    content[at:at] = content[at : at + size] * chance.choice([1, 20])


def number(chance: random.Random, content: bytearray) -> None:
    at, kind = chance.randrange(len(content)), chance.choice(["<i", "<q", "<h", ">i"])
    size = 8 * struct.calcsize(kind)
    value = chance.choice([0, -1, 1, 2 ** (size - 1) - 1, -(2 ** (size - 1)), chance.randrange(1 << 15)])
    content[at : at + size // 8] = struct.pack(kind, value)


MUTATIONS: tuple[Mutation, ...] = (flip, flip, put, insert, overwrite, cut, repeat, number, number)


def mutant(content: bytes, seed: int) -> bytes:
    """The content, damaged; of an archive now and then what is in it."""
    chance = random.Random(seed)  # noqa: S311 - to be made again, not to be secret
    if content.startswith(b"PK\x03\x04") and chance.random() < 0.7:
        return _mutant_in_zip(content, chance)
    if content.startswith(b"\x1f\x8b") and chance.random() < 0.7:
        packing = zlib.compressobj(wbits=31)
        return packing.compress(_damaged(zlib.decompress(content, 31), chance)) + packing.flush()
    return _damaged(content, chance)


def _damaged(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        if changed:
            chance.choice(MUTATIONS)(chance, changed)
    return bytes(changed)


def _mutant_in_zip(content: bytes, chance: random.Random) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as changed:
        chosen = chance.choice(whole.namelist())
        for name in whole.namelist():
            part = whole.read(name)
            changed.writestr(name, _damaged(part, chance) if name == chosen else part)
    return buffer.getvalue()
