"""One-time codes: easy to read out and to type, hard to guess; kept only as a digest."""

from __future__ import annotations

import hashlib
import re
import secrets

#: Digits and letters that no other looks like: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"

#: 23 letters, ten times: 45 bits. With 5 guesses an hour, a live code is hit once in ten million years.
LENGTH = 10

_BETWEEN = re.compile(r"[\s\-\u2010-\u2015_.]+")


def new() -> str:
    """A code as it is shown: two groups of five."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def read(text: str) -> str | None:
    """The code that somebody typed, however they wrote it; None where it cannot be one."""
    letters = _BETWEEN.sub("", text).upper()
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else None


def digest(code: str) -> str:
    """What is kept of a code. Its life is too short for anybody to try all that it may be."""
    return hashlib.sha256(f"tertulia link {_BETWEEN.sub('', code).upper()}".encode()).hexdigest()
