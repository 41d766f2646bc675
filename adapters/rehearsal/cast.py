"""Who and what populates a rehearsed platform before anybody else comes."""

from __future__ import annotations

from zlib import crc32

from sqlalchemy.orm import Session

from orchestrator.store import rehearsal
from orchestrator.store.tables import RehearsalPerson

NAMES = (
    "Ana Lopes",
    "Ben Carter",
    "Chloé Martin",
    "Dev Patel",
    "Inès Haddad",
    "Malik Diallo",
    "Rosa Weiss",
    "Tom Leroy",
)


def settle_in(session: Session, connection: str, platform: str) -> None:
    """Give a connection its cast, once. The same person sits on every platform under another reference."""
    if rehearsal.people(session, connection):
        return
    for number, name in enumerate(NAMES, start=1):
        session.merge(RehearsalPerson(connection=connection, ref=ref_of(platform, number), name=name))
    session.flush()


def ref_of(platform: str, number: int) -> str:
    """A member reference as the played platform writes them."""
    return f"U0CAST{number:04d}" if platform == "slack" else str(700_000 + number)


def place_ref(platform: str, title: str) -> str:
    """A place's reference as the played platform writes it: the same title has the same one."""
    if platform == "slack":
        return title if title[:1] == "C" and title.isupper() else f"C{crc32(title.encode()):08X}"
    return title if title[:1] == "-" and title[1:].isdecimal() else str(-1_000_000_000_000 - crc32(title.encode()))
