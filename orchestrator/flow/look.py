"""Looks places up on their platforms before they are applied: no transaction is open meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator import log
from orchestrator.errors import DeliveryFailed, DeliveryUnknown, Refused
from orchestrator.flow.app import App
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Adapter, MemberSeen, PlaceSeen
from orchestrator.rules.values import quoted
from orchestrator.store import communities
from orchestrator.store.tables import Place

logger = log.get("apply")


@dataclass(frozen=True, slots=True)
class Looked:
    """A place as its platform shows it.

    people: only where it is new to us. back: it was parked, and is seen again.
    """

    space: str
    connection: str
    written: str
    seen: PlaceSeen
    people: Sequence[MemberSeen] = ()
    back: bool = False


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A place that could not be found: what was written, why, and the mend."""

    space: str
    connection: str
    written: str
    what: str
    mend: str


def look(app: App, playbook: Playbook) -> tuple[list[Looked], list[Unresolved]]:
    """Every place of a community, found by what was written or kept from an earlier apply.

    What is written alike keeps its place, so a channel that was renamed since is not lost.
    """
    with app.store.read() as session:
        known = communities.written_places(session, playbook.community)
    found: list[Looked] = []
    missing: list[Unresolved] = []
    for space, refs in playbook.spaces.items():
        for connection, written in refs.items():
            kept = known.get((space, connection))
            if kept is not None and kept.written == written:
                back = _is_back(app.adapters.get(connection), kept)
                found.append(Looked(space, connection, written, _seen(kept), back=back))
                continue
            try:
                found.append(_find(app, space, connection, written))
            except (Refused, DeliveryFailed) as error:
                missing.append(Unresolved(space, connection, written, error.what, error.mend))
            except DeliveryUnknown as error:
                missing.append(Unresolved(space, connection, written, error.what, "try again in a minute"))
    return _each_once(found, missing)


def _each_once(found: Sequence[Looked], missing: list[Unresolved]) -> tuple[list[Looked], list[Unresolved]]:
    """A place in two spaces would have the posts of two, and hosts might be asked before all members."""
    owners: dict[tuple[str, str, str | None], Looked] = {}
    for one in found:
        owner = owners.setdefault((one.connection, one.seen.ref, one.seen.topic_ref), one)
        if owner is not one:
            what = f"it is the same place as {quoted(owner.space)}"
            mend = "name another place, or keep one of the two spaces"
            missing.append(Unresolved(one.space, one.connection, one.written, what, mend))
    return list(owners.values()), missing


def _is_back(adapter: Adapter | None, place: Place) -> bool:
    """Was it parked, and can we act there again? (We were invited while nobody listened; a token was mended.)"""
    if adapter is None or place.parked_at is None:
        return False
    try:
        return adapter.resolve(place.ref).joined
    except (Refused, DeliveryFailed, DeliveryUnknown):
        return False


def _find(app: App, space: str, connection: str, written: str) -> Looked:
    adapter = app.adapters.get(connection)
    if adapter is None:
        raise Refused(
            f"the connection {connection} is not set up", "set its token (docs/settings.md), then apply again"
        )
    seen = adapter.resolve(written)
    return Looked(space, connection, written, seen, _people(adapter, connection, seen.ref))


def _people(adapter: Adapter, connection: str, place_ref: str) -> Sequence[MemberSeen]:
    """Those who are there already; a platform that does not tell costs nothing but their "at start"."""
    try:
        return [person for person in adapter.people(place_ref) if not person.is_bot]
    except (Refused, DeliveryFailed, DeliveryUnknown) as error:
        logger.warning("people.untold", connection=connection, place=place_ref, what=error.what)
        return ()


def _seen(place: Place) -> PlaceSeen:
    kind = place.kind if place.kind in ("group", "channel", "direct") else "group"
    return PlaceSeen(
        ref=place.ref,
        title=place.title,
        kind=kind,  # type: ignore[arg-type]
        topic_ref=place.topic_ref or None,
        link=place.link,
    )
