"""What members ask of us for themselves, by a word or by a button, obeyed at once: silence, no thanks, no nudges."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from orchestrator.flow import silence, unpraised
from orchestrator.flow.hearing import Hearing
from orchestrator.rituals.contract import Opt
from orchestrator.store import members
from orchestrator.store.members import Speaker
from orchestrator.store.tables import Handle, Member


def opt(hearing: Hearing, speaker: Speaker, asked: Opt, at: datetime) -> None:
    """What a button asked for: silence and praise as the words "stop" and "stop praise", a pause of nudges here."""
    session = hearing.session
    ref = session.get_one(Handle, speaker.handle_id).ref
    person = [session.get_one(Member, one.member_id) for one in members.handles(session, speaker.connection_id, ref)]
    if asked.what == "all":
        hush(hearing, person, at)
    elif asked.what == "praise":
        decline_thanks(hearing, person)
    else:
        session.get_one(Member, speaker.member_id).nudges_from = asked.until


def hush(hearing: Hearing, person: Iterable[Member], at: datetime) -> None:
    """Silence in every community of a person, asked for at that moment."""
    for member in person:
        _lock(hearing, member)
        member.opted_out_at = max(at, member.opted_out_at or at)
        hearing.connections |= silence.fall(hearing.app, hearing.session, member.id, hearing.now)


def speak_again(hearing: Hearing, person: Iterable[Member], at: datetime) -> bool:
    """End a silence that was asked for before that moment; tell whether there was any.

    Words may be heard in another order than they were said: of "start" and "stop" the later one counts.
    """
    was_silent = False
    for member in person:
        _lock(hearing, member)
        was_silent |= member.opted_out_at is not None
        if member.opted_out_at is not None and member.opted_out_at <= at:
            member.opted_out_at = None
    return was_silent


def decline_thanks(hearing: Hearing, person: Iterable[Member]) -> None:
    """No thanks in public from now on, those that wait included."""
    for member in person:
        member.no_praise_at = member.no_praise_at or hearing.now
        hearing.connections |= unpraised.fall(hearing.app, hearing.session, member.id)


def _lock(hearing: Hearing, member: Member) -> None:
    """Another process may hear another word of theirs at this very moment."""
    hearing.session.flush()
    hearing.session.refresh(member, with_for_update={"key_share": True})
