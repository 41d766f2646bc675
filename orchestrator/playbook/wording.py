"""Says in the writer's words what does not fit the language, and where."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from orchestrator.playbook.problems import Problem
from orchestrator.playbook.quoting import CURLED, curly
from orchestrator.playbook.source import Source, Way
from orchestrator.rituals.kinds import NOT_YET
from orchestrator.rules.values import Unreadable, nearest, quoted

# What people write who come from a platform, from another tool, or think in French.
_FOREIGN: Mapping[str, str] = {
    "channel channels chat chats group room place salon où ou dans lieu": "where space spaces",
    "user users member members personne personnes membres gens": "people who",
    "qui groupe groupes audience": "who segments",
    "schedule cron date time at day on quand quand? moment horaire jour": "when",
    "message introduction intro texte": "text post",
    "name nom": "playbook title",
    "titre": "title",
    "communauté communaute": "community",
    "lang langue locale": "language",
    "ton style": "tone",
    "tz zone fuseau fuseau_horaire time_zone": "timezone",
    "holiday jours_fériés jours_feries fériés": "holidays",
    "sujets thèmes themes tags": "topics",
    "espaces salons": "spaces",
    "hôtes hotes admins moderators animateurs": "hosts",
    "rituels events jobs schedules tasks": "rituals",
    "rythme limits guardrails": "pace",
    "questions question demande demander": "ask prompt",
    "banque": "bank",
    "durée duree duration ouvert ouvert_pendant ouverte timeout open": "open_for",
    "rappel reminder": "remind",
    "résumé resume bilan summary": "recap",
    "ordre": "order",
    "thèse these proposition resolution résolution": "motion",
    "orateurs intervenants orators": "speakers",
    "choix choices réponses reponses answers": "options",
    "plusieurs multiple multi": "several",
    "caché cache secret masqué": "hidden",
    "pause en_pause disabled": "paused",
    "validation approve approbation": "approval",
    "mentions ping notify": "mention",
    "étapes etapes": "steps",
    "modèle modele": "template",
    "publier publication": "post",
    "donner": "give",
    "sondage vote scrutin survey": "poll",
    "débat": "debate",
    "bienvenue accueil onboarding": "welcome",
    "relance": "relaunch",
    "merci remerciements kudos thanks": "shout_out",
    "silencieux silencieux_depuis inactif inactifs inactive": "quiet_for",
    "actif_avant actifs_avant": "active_before",
    "contributions contribué": "contributed",
    "jours_actifs": "active_days",
    "aidé": "helped",
    "lancé": "started",
    "arrivé inscrit": "joined",
    "répondu": "answered",
    "heures_calmes": "quiet_hours",
    "messages_directs dm": "direct",
    "posts_par_jour publications": "posts",
    "notre_part": "our_share",
    "ancien_nom renamed": "was",
    "attendre delay sleep": "wait",
}
FOREIGN = {word: ours.split() for words, ours in _FOREIGN.items() for word in words.split()}
EXAMPLES = {
    "playbook": "playbook: my-circle",
    "language": "language: fr",
    "timezone": "timezone: Europe/Paris",
    "rituals": "rituals: and under it a name and what it does",
    "when": "when: every monday at 9h30",
    "where": "where: and the name of a space",
    "people": "people: [alexis]",
    "spaces": "spaces: and under it a name with its places",
    "hosts": "hosts: {people: [alexis]}",
    "badge": "badge: name",
    "prompt": 'prompt: {ask: ["What did you learn this week?"]}',
    "question": 'question: "What shall we talk about?"',
    "options": "options: [Prices, Hiring]",
    "motion": 'motion: "Should we publish our prices?"',
    "pace": "pace: {posts: 2 per day}",
    "our_share": "our_share: {at_most: 20%, over: 7 days}",
    "template": "template: {post: name}",
    "give": "give: {badge: name}",
}
_MEMBER = {
    "spaces": "{slack: C0123ABCD}",
    "people": "{slack: U012AB3CD}",
    "segments": "{quiet_for: 14 days}",
    "rituals": "a line with when: and every monday at 9h30, further to the right",
}
_WANTED = {
    "string": "a text",
    "list": "a text or a list",
    "dict": "keys with their values",
    "model": "keys with their values",
}


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys a writer may use in this model."""
    return [
        field.alias or name
        for name, field in model.model_fields.items()
        if not (isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("inlined"))
    ]


def foreign(word: str, allowed: Sequence[str]) -> str | None:
    """The allowed key that goes by this word elsewhere, or in French."""
    return next((one for one in FOREIGN.get(word.casefold(), ()) if one in allowed), None)


def unknown_key(source: Source, way: Way, allowed: Sequence[str], where: str) -> Problem:
    """The problem of a key that is not in the language."""
    word = str(way[-1])
    ours = foreign(word, allowed)
    near = nearest(word, allowed)
    mend = f'did you mean "{near}"?' if near else "take it out."
    if gap := source.gap_above(way, allowed):
        mend = f'move it two spaces to the right if it belongs under "{gap}:".'
    else:
        source.meant.add((*way[:-1], ours or near or word))
    if ours and not gap:
        mend = f'here it is called "{ours}".'
    listed = f" {where[:1].upper()}{where[1:]} may have: {', '.join(key for key in allowed if key not in NOT_YET)}"
    return source.at_key(way, "P102", f"unknown word {quoted(word)} in {where}", mend + listed)


def missing(source: Source, way: Way, key: str, where: str) -> Problem:
    """The problem of something that lacks a key, at that something's own key."""
    mend = f"add {EXAMPLES.get(key, key + ': and its value')}"
    return source.at_key(way, "P101", f'{where} has no "{key}"', mend)


def wrong_shape(source: Source, way: Way, value: Any, wanted: str) -> Problem:
    """The problem of a text, a list or keys standing where something else is wanted."""
    mend = "write it as one text"
    if wanted.startswith("a text or"):
        mend = "write one, or several in brackets: [one, another]"
    elif wanted.startswith("a step"):
        mend = "write - post: and a text, or - ask: and a question"
    elif isinstance(value, str) and (glued := re.match(r"([a-z_]+):(\S.*)", value)):
        mend = f"put a space after the colon: {glued[1]}: {glued[2]}"
    elif wanted == "a text" and isinstance(value, dict) and not (whole := source.text_at(way)).startswith("{"):
        if whole[:1] in CURLED:
            found = curly(whole, 1, 1, inside=False)
            return source.at_value(way, found.code, found.what, found.mend)
        mend = f"write the whole text in quotes: {json.dumps(whole, ensure_ascii=False)}"
    elif wanted.startswith("keys"):
        mend = _mend_of_keys(way, value)
    return source.at_value(way, "P104", f"{_shape(value)} stands here instead of {wanted}", mend)


def _mend_of_keys(way: Way, value: Any) -> str:
    """What to do where keys should stand: under a name that the writer chose, or under one of ours."""
    theirs = len(way) == 2 and str(way[0]) in _MEMBER
    if theirs and isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return "take the dashes out: keys stand one below the other"
    example = _MEMBER[str(way[0])] if theirs else EXAMPLES.get(str(way[-1]))
    return f"write for example {example}" if example else "write keys with their values, further to the right"


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    return f"the text {quoted(value)}" if isinstance(value, str) else quoted(value)


class Part(NamedTuple):
    """A part of a file that is read as one model: its way, and how messages call it."""

    way: Way
    name: str


def problems_of(
    error: ValidationError, source: Source, model: type[BaseModel], part: Part, *, parts_only: bool = False
) -> Iterator[Problem]:
    """Each misfit of a part read as `model`, in words, at its place: unknown keys first.

    parts_only: say nothing about groups of keys as a whole.
    """
    for one in sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden"):
        of_the_whole = one["type"] == "value_error" and (not one["loc"] or isinstance(one["input"], dict))
        problem = None if parts_only and of_the_whole else _problem(one, source, model, part)
        if problem is not None:
            yield problem


def _problem(one: ErrorDetails, source: Source, model: type[BaseModel], part: Part) -> Problem | None:
    loc = one["loc"]
    way, kind, value = (*part.way, *loc), one["type"], one["input"]
    parent = (
        part.name if len(loc) < 2 else quoted(next((p for p in reversed(loc[:-1]) if isinstance(p, str)), part.name))
    )
    if kind == "missing":
        return None if source.wrote(way) or way in source.meant else missing(source, way[:-1], str(loc[-1]), parent)
    if kind == "extra_forbidden":
        return unknown_key(source, way, keys_at(model, loc[:-1]), parent)
    if kind == "value_error":
        return _unreadable(one["ctx"]["error"], source, way, not loc or isinstance(value, dict))
    if kind == "literal_error":
        mend = f"write one of: {one['ctx']['expected']}"
        return source.at_value(way, "P205", f"{quoted(value)} is not one of the words allowed here", mend)
    if kind.endswith("too_short"):
        return source.at_value(way, "P105", f"{quoted(way[-1])} is empty", "write something, or take the line out")
    if kind.endswith("too_long"):
        most = one["ctx"].get("max_length")
        return source.at_value(way, "P200", f"{quoted(value)} is too long", f"write {most} characters at most")
    if kind == "less_than_equal":
        return source.at_value(way, "P202", f"{quoted(value)} is too many here", f"write {one['ctx']['le']} at most")
    wanted = next((words for word, words in _WANTED.items() if kind.startswith(word)), None)
    if wanted:
        return wrong_shape(source, way, value, wanted)
    return source.at_value(way, "P200", f"{quoted(value)} cannot stand here", "see docs/playbooks.md for what may")


def _unreadable(error: Exception, source: Source, way: Way, whole: bool) -> Problem:
    what, mend = str(error), "see docs/playbooks.md"
    code = "P200"
    if isinstance(error, Unreadable):
        what, mend, code = error.what, error.mend, error.code
    return (source.at_key if whole else source.at_value)(way, code, what, mend)


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys allowed at a place inside a model."""
    for part in loc:
        known = {field.alias or name: field for name, field in model.model_fields.items()}
        field = known.get(str(part)) or known.get("root")
        inner = next(iter(_models(field.annotation)), None) if field else None
        model = inner or model
    return keys_of(model)


def _models(annotation: Any) -> tuple[type[BaseModel], ...]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return tuple(found for inner in get_args(annotation) for found in _models(inner))
