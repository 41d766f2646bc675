"""Checks that what a playbook names exists, and that its parts agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from orchestrator.errors import Refused
from orchestrator.playbook import ahead, variables
from orchestrator.playbook.draft import UNREAD, Draft
from orchestrator.playbook.look import Look
from orchestrator.playbook.problems import Problem
from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.playbook.segments import Segment
from orchestrator.playbook.source import Source, Way
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.holiday import check_country
from orchestrator.rules.values import Unreadable, as_text, nearest, plain, quoted
from orchestrator.rules.zone import read_zone

CONNECTIONS = ("slack", "telegram")
_NAMED = {
    "space": ("P303", "spaces"),
    "person": ("P304", "people"),
    "segment": ("P305", "segments"),
    "ritual": ("P313", "rituals"),
}
EVERYONE = {"everyone", "everybody", "all", "tous", "tout le monde", "toutes et tous"}
STAGES = {
    "prompt": ("post", "reminder", "recap"),
    "steps": ("post", "recap"),
    "poll": ("open", "results"),
    "debate": ("before", "invite", "statements", "opening", "after", "recap"),
}  # those with a template of their own
_HOSTS_OF = {
    "slack": r"(?:[\w-]+\.)?(?:enterprise\.)?slack\.com",
    "telegram": r"(?:web\.)?(?:t(?:elegram)?\.(?:me|org|dog))",
}
_LINK = re.compile(r"(?:https?:)?//(?P<host>[^/\s]+)(?P<rest>\S*)", re.IGNORECASE)

Finder = Callable[[Source, Playbook], Iterable[Problem]]


def crosscheck(draft: Draft, community: Sequence[Draft]) -> None:
    """Add to a draft what its names and moments are wrong about. `community` are the drafts that share with it."""
    if draft.playbook is None:
        return
    for finder in (_place_in_time, _topics, _people_and_spaces, _twice, _hosts):
        for problem in finder(draft.source, draft.playbook):
            draft.add(problem)
    for problem in _segments(draft.source, draft.playbook, community):
        draft.add(problem)
    if any(problem.code == "P207" for problem in draft.problems):
        draft.playbook = draft.playbook.model_copy(update={"holidays": None})
    for problem in (*_rituals(draft.source, draft.playbook, draft.look), *ahead.full_days(draft, community)):
        draft.add(problem)


def _rituals(source: Source, playbook: Playbook, look: Look) -> Iterator[Problem]:
    needs: dict[str, str] = {}  # what is needed, and the first ritual that needs it
    if playbook.signature is not None and source.wrote(("signature",)):
        yield from variables.problems(source, ("signature",), playbook.signature, look)
    for name, ritual in playbook.rituals.items():
        yield from _ritual(source, playbook, ritual, look, needs)
        yield from ahead.moments(source, playbook, name, look)
    yield from _needed(source, playbook, needs)


def _place_in_time(source: Source, playbook: Playbook) -> Iterator[Problem]:
    if source.wrote(("timezone",)) and as_text(source.value["timezone"]) == playbook.timezone:
        try:
            read_zone(playbook.timezone)
        except (Unreadable, Refused) as unreadable:
            yield source.at_value(("timezone",), "P206", unreadable.what, unreadable.mend)
    if source.wrote(("holidays",)) and playbook.holidays is not None:
        try:
            check_country(playbook.holidays)
        except (Unreadable, Refused) as unreadable:
            yield source.at_value(("holidays",), "P207", unreadable.what, unreadable.mend)


def _topics(source: Source, _playbook: Playbook) -> Iterator[Problem]:
    """A comma without brackets makes one topic, which nobody ever speaks of."""
    written = source.value.get("topics")
    if isinstance(written, str) and "," in written:
        several = ", ".join(part.strip() for part in written.split(",") if part.strip())
        yield source.at_value(
            ("topics",), "P104", f"{quoted(written)} is one topic", f"write several in brackets: [{several}]"
        )


def _people_and_spaces(source: Source, playbook: Playbook) -> Iterator[Problem]:
    for table, members in (("people", playbook.people), ("spaces", playbook.spaces)):
        if not source.wrote((table,)):
            continue
        for name, handles in members.items():
            way: Way = (table, name)
            if not handles:
                mend = (
                    "write for example slack: C0123ABCD" if table == "spaces" else "write for example slack: U012AB3CD"
                )
                yield source.at_value(way, "P105", f"{quoted(name)} is on no platform", mend)
            for connection, ref in handles.items():
                if connection not in CONNECTIONS:
                    yield _no_connection(source, (*way, connection), connection)
                elif table == "spaces":
                    yield from _place(source, (*way, connection), connection, ref)
                elif not ref.isalnum():
                    yield source.at_value((*way, connection), "P210", *_nobody(connection, ref))


def _twice(source: Source, playbook: Playbook) -> Iterator[Problem]:
    """A place is one space's, and an id one person's: what is said there is counted for one of them."""
    for table, members in (("people", playbook.people), ("spaces", playbook.spaces)):
        first: dict[tuple[str, str], str] = {}
        for name, handles in members.items() if source.wrote((table,)) else ():
            for connection, ref in handles.items():
                owner = first.setdefault((connection, _same(connection, ref)), name)
                if owner != name and ref.strip():
                    what = f"{quoted(ref)} is {quoted(owner)} already, so it cannot be {quoted(name)} too"
                    yield source.at_value((table, name, connection), "P315", what, "take one of the two out")


def _same(connection: str, ref: str) -> str:
    """What is equal for two ways to write one place: a link and its end, a name with and without its sign."""
    link = _LINK.match(ref.strip())
    written = link["rest"].partition("?")[0].strip("/") if link else ref.strip().lstrip("#@")
    return (written.rpartition("/")[2] if connection == "slack" else written).casefold()


def _nobody(connection: str, ref: str) -> tuple[str, str]:
    """What to say of a name where an id is wanted: names change, and nobody could approve by one."""
    mend = "open their profile in Slack, ⋮, Copy member ID: it looks like U012AB3CD"
    if connection == "telegram":
        mend = "write their number, such as 99887766: @userinfobot tells it to whoever writes to it"
    return f"{quoted(ref)} does not tell who that is on {connection.capitalize()}: only an id does", mend


def _no_connection(source: Source, way: Way, connection: str) -> Problem:
    near = nearest(connection, CONNECTIONS)
    mend = f'did you mean "{near}"?' if near else f"write {' or '.join(CONNECTIONS)}"
    return source.at_key(way, "P308", f"there is no connection {quoted(connection)}", mend)


def _place(source: Source, way: Way, connection: str, ref: str) -> Iterator[Problem]:
    """A place's link must be of its platform, and one that a bot can follow."""
    link = _LINK.match(ref.strip())
    if not ref.strip():
        yield source.at_value(way, "P105", f"{quoted(way[-1])} is empty", "write a link, an id or a name")
    elif link and not re.fullmatch(_HOSTS_OF[connection], link["host"], re.IGNORECASE):
        what = f"{quoted(ref)} is not a link of {connection.capitalize()}"
        yield source.at_value(way, "P210", what, "paste the link of the place there, its id, or its name")
    elif link and connection == "telegram" and re.match(r"/(\+|joinchat/)", link["rest"]):
        mend = "paste the group's id instead: `tertulia spaces` lists the groups that the bot is in"
        yield source.at_value(way, "P210", "an invitation link does not tell a bot which group it is", mend)


def _hosts(source: Source, playbook: Playbook) -> Iterator[Problem]:
    if playbook.hosts is None or not source.wrote(("hosts",)):
        return
    for number, name in enumerate(playbook.hosts.people):
        yield from _exists(source, ("hosts", "people", number), "person", name, playbook.people)
    if playbook.hosts.space is not None:
        yield from _exists(source, ("hosts", "space"), "space", playbook.hosts.space, playbook.spaces)


def _exists(source: Source, way: Way, noun: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
    names = list(known)
    if name in names or name in ("", UNREAD):  # what is empty was told
        return
    near = nearest(name, names)
    code, table = _NAMED[noun]
    mend = f'did you mean "{near}"?' if near else f"add it under {table}:"
    if not near and names:
        mend += f", or use one of: {', '.join(names[:12])}"
    parts = [part for part in re.split(r"[,;/+&\s]+(?:(?:et|and)\s+)?", name) if part]
    if isinstance(way[-1], int) and len(parts) > 1 and ("," in name or set(parts) <= set(names)):
        mend = f"write several in brackets: [{', '.join(parts)}]"
    yield source.at_value(way, code, f"there is no {noun} {quoted(name)}", mend)


def _segments(source: Source, playbook: Playbook, community: Sequence[Draft]) -> Iterator[Problem]:
    """Segments are the community's: they may tell of a ritual of any of its playbooks."""
    others = [draft.playbook for draft in community if draft.playbook is not None]
    rituals = list(dict.fromkeys(name for one in (playbook, *others) for name in one.rituals))
    if source.wrote(("segments",)):
        for name, segment in playbook.segments.items():
            yield from _segment(source, rituals, ("segments", name), segment)


def _segment(source: Source, rituals: Sequence[str], way: Way, segment: Segment) -> Iterator[Problem]:
    if segment.answered is not None:
        yield from _exists(source, (*way, "answered"), "ritual", segment.answered, rituals)
    if segment.not_ is not None:
        yield from _segment(source, rituals, (*way, "not"), segment.not_)
    for number, inner in enumerate(segment.any_of or []):
        yield from _segment(source, rituals, (*way, "any_of", number), inner)


def _ritual(source: Source, playbook: Playbook, ritual: Ritual, look: Look, needs: dict[str, str]) -> Iterator[Problem]:
    way: Way = ("rituals", ritual.name)
    if ritual.where and not playbook.spaces:
        needs.setdefault("spaces", ritual.name)
    else:
        for number, name in enumerate(ritual.where):
            yield from _exists(source, (*way, "where", number), "space", name, playbook.spaces)
    for number, name in enumerate(ritual.who):
        if plain(name) in EVERYONE and name not in playbook.segments:
            mend = "leave `who` out where everyone is meant, or name a segment"
            yield source.at_value((*way, "who", number), "P305", f"there is no segment {quoted(name)}", mend)
            continue
        yield from _exists(source, (*way, "who", number), "segment", name, playbook.segments)
    for name, key in getattr(ritual.model, "who", {}).items():
        yield from _exists(source, (*way, ritual.kind, key), "segment", name, playbook.segments)
    for number, name in enumerate(ritual.approval.by):
        yield from _exists(source, (*way, "approval", "by", number), "person", name, playbook.people)
    if ritual.approval.required and not ritual.approval.by and ritual.kind in KINDS:
        needs.setdefault("hosts", ritual.name)
    if ritual.text is not None:
        yield from variables.problems(source, (*way, "text"), ritual.text, look)
    yield from _templates(source, playbook, ritual, look)
    yield from _was(source, playbook, ritual)


def _needed(source: Source, playbook: Playbook, needs: dict[str, str]) -> Iterator[Problem]:
    """What the playbook lacks because of its rituals."""
    absent = {key for key in needs if not source.wrote((key,)) and (key,) not in source.meant}
    if "spaces" in absent:
        mend = "add spaces: and under it salon: {slack: C0123ABCD}"
        yield source.at_key((), "P101", 'a playbook whose rituals have a "where" needs "spaces"', mend)
    if "hosts" in absent and playbook.hosts is None:
        what = 'a playbook that asks for approval needs "hosts"'
        mend = f"add hosts: {{people: [alexis]}}, or approval: none to the ritual {quoted(needs['hosts'])}"
        yield source.at_key((), "P101", what, mend)


def _templates(source: Source, playbook: Playbook, ritual: Ritual, look: Look) -> Iterator[Problem]:
    stages = STAGES.get(ritual.kind, ())
    for stage, name in ritual.template.items():
        way: Way = ("rituals", ritual.name, "template", stage)
        if stages and stage not in stages:
            near = nearest(stage, stages)
            mend = f'did you mean "{near}"?' if near else f"write one of: {', '.join(stages)}"
            yield source.at_key(way, "P102", f"a {quoted(ritual.kind)} has no stage {quoted(stage)}", mend)
        elif stages and look.texts and not any(look.texts.has(f"{kind}/{name}", playbook) for kind in KINDS):
            mend = f"write templates/{playbook.language}/{ritual.kind}/{name}.md.j2"
            yield source.at_value(way, "P306", f"there is no template {quoted(name)}", mend)


def _was(source: Source, playbook: Playbook, ritual: Ritual) -> Iterator[Problem]:
    if ritual.was is None:
        return
    way: Way = ("rituals", ritual.name, "was")
    if ritual.was in playbook.rituals:
        what = f"{quoted(ritual.was)} is still a ritual of this playbook: it keeps its own memory"
        yield source.at_value(way, "P312", what, "write a name that is no longer used, or take `was` out")
    twin = next((one for one in playbook.rituals.values() if one.was == ritual.was), ritual)
    if twin is not ritual and twin.name != ritual.name:
        what = f"{quoted(twin.name)} was {quoted(ritual.was)} already"
        yield source.at_value(way, "P312", what, "only one ritual can go on from there")
