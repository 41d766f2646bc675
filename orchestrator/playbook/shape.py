"""Makes models of what a file says, as far as it fits the language, and tells what does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from orchestrator.playbook import bodies
from orchestrator.playbook.banks import Reader
from orchestrator.playbook.draft import UNREAD, Draft, fit
from orchestrator.playbook.look import Look
from orchestrator.playbook.problems import Problem
from orchestrator.playbook.schema import Approval, Playbook, Ritual, read_language
from orchestrator.playbook.source import Source, Way
from orchestrator.playbook.wording import Part, keys_of, missing, unknown_key, wrong_shape
from orchestrator.rituals.kinds import KINDS, NOT_YET
from orchestrator.rules.values import nearest, quoted

_INSTEAD = {"playbook": UNREAD, "language": "en", "timezone": "UTC", "rituals": {}}
_NAME = re.compile(r"[^\W_][\w-]{0,63}")
_OURS = ("name", "kind", "model")  # fields of Ritual that nobody writes


def shape(source: Source, shared: Mapping[str, Any], reader: Reader, look: Look) -> Draft:
    """A draft of a file, with what others of its community share; banks are read and put in."""
    draft = Draft(source, look, list(source.problems))
    if not source.whole:
        return draft
    if not isinstance(source.value, dict):
        draft.add(_not_a_playbook(source))
        return draft
    written = _without_gaps(draft, source.value, ())
    body = {**deepcopy({key: value for key, value in shared.items() if key not in written}), **written}
    name = str(body.get("playbook", UNREAD))
    body = {"title": name, "community": name, **body}
    rituals = body.get("rituals")
    if isinstance(rituals, dict):
        language = read_language(body.get("language"))
        body["rituals"] = _rituals(draft, rituals, language, reader)
    if source.value.get("rituals") == {}:
        draft.add(source.at_value(("rituals",), "P105", "no ritual is written here", "add a name and what it does"))
    _check_name(draft, ("playbook",), written.get("playbook"), "value")
    _check_name(draft, ("community",), written.get("community"), "value")
    draft.playbook = fit(draft, Playbook, body, Part((), "a playbook"), _INSTEAD)
    return draft


def _not_a_playbook(source: Source) -> Problem:
    mend = "write keys with their values: playbook, language, timezone, rituals (docs/playbooks.md)"
    if source.value is None:
        return source.at_value((), "P004", "this file is empty", mend)
    shape = "a list stands" if isinstance(source.value, list) else "a text stands"
    what = f"{shape} where a playbook should be"
    if () not in source.values:  # an alias alone: it stands for nothing, and was told
        return source.at_value((), "P005", what, mend)
    return source.at(source.values[()], "P005", what, mend)


def _without_gaps(draft: Draft, value: Any, way: Way) -> Any:
    """The value without keys and items that hold nothing; each is told."""
    if isinstance(value, dict):
        for key in [key for key, inner in value.items() if inner is None]:
            what, spot = f'nothing stands after "{key}:"', draft.source.spot((*way, key), draft.source.keys)
            alone = not draft.source.lines[spot.line - 1][: spot.column - 1].strip(" -")
            mend = f"write its value, or take {'the line' if alone else 'it'} out"
            draft.add(draft.source.at_key((*way, key), "P105", what, mend))
        return {k: _without_gaps(draft, v, (*way, k)) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        if None in value:
            draft.add(draft.source.at_value(way, "P105", "an item of this list is empty", "write it, or take it out"))
        return [_without_gaps(draft, item, (*way, n)) if item is not None else "" for n, item in enumerate(value)]
    return value


def _rituals(draft: Draft, written: Mapping[str, Any], language: str, reader: Reader) -> dict[str, Ritual]:
    found = {}
    for name, body in written.items():
        ritual = _ritual(draft, name, body, language, reader)
        if ritual is not None:
            found[name] = ritual
    return found


def _ritual(draft: Draft, name: str, body: Any, language: str, reader: Reader) -> Ritual | None:
    way: Way = ("rituals", name)
    if not isinstance(body, dict):
        draft.add(wrong_shape(draft.source, way, body, "keys with their values"))
        return None
    _check_name(draft, way, name, "key")
    kind = _kind(draft, way, body)
    common = _common(draft, way, body)
    told = f"the ritual {quoted(name)}"
    model = bodies.body(draft, (*way, kind), body[kind], language, reader) if kind in KINDS else None
    if (
        kind in KINDS
        and not writes_directly(kind)
        and "where" not in common
        and not draft.source.wrote((*way, "where"))
    ):
        draft.lacking(way, "where", missing(draft.source, way, "where", told))
    written = {**common, "name": name, "kind": kind, "model": model}
    ritual = fit(draft, Ritual, written, Part(way, told), {"when": [UNREAD], "model": None})
    return ritual and _with_defaults(ritual)


def _common(draft: Draft, way: Way, body: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that every kind has, without the unknown and the empty ones; each of those is told."""
    known, source = written_keys(), draft.source
    common = {key: value for key, value in body.items() if key not in KINDS and key not in NOT_YET}
    for key, value in list(common.items()):
        if key not in known:
            draft.add(_unknown(source, (*way, key), body))
            del common[key]
        elif value in ([], {}):
            mend = "write its value, or take the line out"
            draft.add(source.at_value((*way, key), "P105", f"{quoted(key)} is empty", mend))
            del common[key]
    return common


def _unknown(source: Source, way: Way, body: Mapping[str, Any]) -> Problem:
    """The problem of a key that is none of ours; in a ritual without a kind, one that holds keys stands for it."""
    word = str(way[-1])
    if not isinstance(body[word], dict) or any(key in KINDS or key in NOT_YET for key in body):
        return unknown_key(source, way, written_keys(), "a ritual")
    near = nearest(word, KINDS)
    mend = f'did you mean "{near}"?' if near else f"say what the ritual does by one of: {', '.join(KINDS)}"
    return source.at_key(way, "P102", f"unknown word {quoted(word)} in a ritual", mend)


def writes_directly(kind: str) -> bool:
    """Does this kind write to members only, so that it needs no space?"""
    return bool(getattr(KINDS.get(kind), "DIRECT", False))


def written_keys() -> list[str]:
    """The keys that a ritual may have: the common ones, then the kinds."""
    return [key for key in keys_of(Ritual) if key not in _OURS] + [*KINDS, *sorted(NOT_YET)]


def _kind(draft: Draft, way: Way, body: Mapping[str, Any]) -> str:
    """The one key that names the ritual's kind; "" when there is none."""
    kinds = [key for key in body if key in KINDS or key in NOT_YET]
    for second in kinds[1:]:
        what = f'this ritual is already a "{kinds[0]}": it cannot be a "{second}" too'
        draft.add(draft.source.at_key((*way, second), "P107", what, "give it a ritual of its own"))
    for key in kinds:
        if key in NOT_YET:
            draft.add(not_yet(draft.source, (*way, key), f'the kind "{key}"'))
    kinds = kinds or [key for key in (*KINDS, *NOT_YET) if draft.source.wrote((*way, key))]
    if not kinds and not any(_stands_for_a_kind(key, value) for key, value in body.items()):
        what = f"the ritual {quoted(way[-1])} does not say what it does"
        draft.add(draft.source.at_key(way, "P106", what, f"add one of: {', '.join(KINDS)}"))
    return kinds[0] if kinds and kinds[0] in body else ""


def _stands_for_a_kind(key: str, value: Any) -> bool:
    """A word that is none of ours but holds what a kind would hold, or looks like one: that is told."""
    return key not in written_keys() and (isinstance(value, dict) or nearest(key, (*KINDS, *NOT_YET)) is not None)


def not_yet(source: Source, way: Way, what: str) -> Problem:
    """The problem of a word that the language knows and this version does not hold."""
    held = ", ".join(KINDS)
    return source.at_key(
        way, "P401", f"{what} is not available in this version", f"take it out; this version holds: {held}"
    )


def _check_name(draft: Draft, way: Way, name: Any, at: str) -> None:
    if not isinstance(name, str | int) or isinstance(name, bool) or _NAME.fullmatch(str(name)):
        return
    report = draft.source.at_key if at == "key" else draft.source.at_value
    meant = re.sub(r"[^\w]+", "-", str(name)).strip("-_")[:64] or "a-name"
    what = f"{quoted(name)} cannot be a name: letters, digits, - and _ only, 64 at most"
    draft.add(report(way, "P108", what, f"write for example {meant}"))


def _with_defaults(ritual: Ritual) -> Ritual:
    """What is delicate is approved first, and everyone is never called twice, unless the ritual says otherwise."""
    changes: dict[str, Any] = {}
    delicate = bool(ritual.mention) or getattr(KINDS.get(ritual.kind), "APPROVED", False)
    if delicate and "approval" not in ritual.model_fields_set:
        changes["approval"] = Approval(required=True)
    if ritual.mention and "if_unsure" not in ritual.model_fields_set:
        changes["if_unsure"] = "hold"
    return ritual.model_copy(update=changes) if changes else ritual
