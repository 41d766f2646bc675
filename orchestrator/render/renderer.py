"""Turns a draft and its facts into the text of a post, in the playbook's language and tone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestrator.errors import Refused
from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.ports import Button, ClosePoll, Poll, Post
from orchestrator.render.dates import spell
from orchestrator.render.lookup import Lookup
from orchestrator.render.markdown import Ours
from orchestrator.render.sandbox import Unknown, compiled, run
from orchestrator.rituals.contract import ButtonDraft, Draft, Word, Written
from orchestrator.rules.values import nearest

_EMPTY = {"question": "", "options": [], "closes_at": "", "answers": 0, "space": "", "ritual": "", "text": ""}
_GAP = re.compile(r"\n[ \t]*\n\s*\n")


class Renderer:
    """The texts of all playbooks. `folder`: the community's own templates, looked into first."""

    def __init__(self, folder: Path | None = None) -> None:
        self._lookup = Lookup(folder)

    def text(self, template: str, playbook: Playbook, values: Mapping[str, Any]) -> Ours:
        """Our Markdown from a template such as "prompt/post" and plain values.

        Values: text (escaped), Ours (what this method gave: kept), Written (a manager's text: rendered
        first), Word, aware datetimes, numbers, lists and dicts of these.
        Raises Refused with file:line for a mistake in a template.
        """
        found = self._lookup.template(template, playbook.language, playbook.tone)
        return self._render(found.source, found.place, playbook, self._known(playbook, values))

    def written(self, source: str, place: str, playbook: Playbook, values: Mapping[str, Any]) -> Ours:
        """Our Markdown from a text in a playbook; `place` is what a mistake names."""
        return self._render(source, place, playbook, self._known(playbook, values))

    def word(self, word: str, playbook: Playbook) -> str:
        """A label or small word in the playbook's language and tone. Raises Refused when there is none."""
        return str(self._lookup.word(word, playbook.language, playbook.tone))  # a plain str: codecs refuse others

    def sources(self) -> str:
        """All our templates and words in every language, as they are written: which words are ours?"""
        return self._lookup.sources()

    def has(self, template: str, playbook: Playbook) -> bool:
        """Is there such a template for the playbook's language?"""
        try:
            self._lookup.template(template, playbook.language, playbook.tone)
        except Refused:
            return False
        return True

    def post(self, draft: Draft, playbook: Playbook, ritual: Ritual, run_code: str) -> Post:
        """The post of a draft. `under` stays None: only the flow knows the message it joins."""
        values = _values(draft, ritual)
        if draft.opening and ritual.text:
            values["text"] = Written(ritual.text)
        text: str = self.text(template_of(draft, ritual), playbook, values)
        if playbook.signature and draft.under is None:
            text += "\n\n" + self.written(playbook.signature, "signature", playbook, values)
        buttons = tuple(self._button(button, playbook, run_code) for button in draft.buttons)
        everyone = draft.opening and ritual.mention == "everyone"
        return Post(str(text), buttons, under=draft.under_ref, mention_everyone=everyone)

    def below(self, draft: Draft, playbook: Playbook, ritual: Ritual) -> str:
        """What stands under a post whose words a host wrote; "" where that is nothing."""
        return str(self.text(draft.below, playbook, _values(draft, ritual))) if draft.below else ""

    def act(self, draft: Draft, playbook: Playbook, ritual: Ritual, run_code: str) -> Post | Poll | ClosePoll:
        """What a draft becomes: a post, a poll of the platform's own, or the end of one (of no message yet)."""
        poll = draft.poll
        if poll is None:
            return self.post(draft, playbook, ritual, run_code)
        if poll.closed:
            return ClosePoll("")
        above = self.written(ritual.text, "text", playbook, draft.values) if draft.opening and ritual.text else ""
        return Poll(
            question=str(self.written(poll.question, "question", playbook, draft.values)),
            options=poll.options,
            several=poll.several,
            hidden=poll.hidden,
            closes_at=None if poll.closes_at is None else round(poll.closes_at.timestamp() * 1_000_000),
            text=str(above),
        )

    def _button(self, draft: ButtonDraft, playbook: Playbook, run_code: str) -> Button:
        label = self.word(draft.word, playbook) if draft.label is None else draft.label
        return Button(str(label), draft.key.replace("{run}", run_code), draft.kind, draft.style)

    def _known(self, playbook: Playbook, values: Mapping[str, Any]) -> dict[str, Any]:
        """All variables as plain values; a manager's texts are rendered with the others."""
        hosts = [readable(name).capitalize() for name in playbook.hosts.people] if playbook.hosts else []
        known = {**_EMPTY, "community": playbook.title, "hosts": hosts, **values}
        plain = {name: self._plain(value, playbook) for name, value in known.items() if not isinstance(value, Written)}
        plain |= {name: "" for name in known if name not in plain}
        written = {
            name: self._render(value, name, playbook, plain)
            for name, value in known.items()
            if isinstance(value, Written)
        }
        return plain | written

    def _plain(self, value: Any, playbook: Playbook) -> Any:
        if isinstance(value, Word):
            return Ours(self.word(value, playbook))
        if isinstance(value, datetime):
            return Ours(spell(value, playbook.language, playbook.timezone))
        if isinstance(value, list | tuple):
            return [self._plain(item, playbook) for item in value]
        if isinstance(value, Mapping):
            return {str(name): self._plain(item, playbook) for name, item in value.items()}
        if value is None or isinstance(value, str | int | float):
            return value
        raise TypeError(f"a template takes plain values, not {type(value).__name__}")

    def _render(self, source: str, place: str, playbook: Playbook, values: Mapping[str, Any]) -> Ours:
        try:
            text = run(compiled(source, playbook.language, place), values, place)
        except Unknown as error:
            raise _unknown(error, place, values) from None
        return Ours(_GAP.sub("\n\n", text).strip())


def _values(draft: Draft, ritual: Ritual) -> dict[str, Any]:
    values = {"ritual": readable(ritual.name), **draft.values}
    if not values.get("space"):
        values["space"] = ritual.where[0] if ritual.where else ""
    return values


def template_of(draft: Draft, ritual: Ritual) -> str:
    """The draft's template, or the one beside it that the ritual names for that stage.

    The question of `steps` is asked with the prompt's template, and named `ask` in `template:`.
    """
    kind, stage = draft.template.split("/")
    named = "ask" if kind != ritual.kind and stage == "post" else stage
    return f"{kind}/{ritual.template.get(named, stage)}"


def readable(name: str) -> str:
    """A name from a playbook as people say it: "question-du-lundi" is "question du lundi"."""
    return name.replace("-", " ").replace("_", " ")


def _unknown(error: Unknown, place: str, values: Mapping[str, Any]) -> Refused:
    found = re.match(r"'(\w+)' is undefined", error.what)
    if not found:
        return Refused(f"{place}:{error.line}: {error.what}", "name a value that is there")
    near = nearest(found[1], values)
    mend = f'did you mean "{near}"?' if near else f"use one of: {', '.join(sorted(values))}"
    return Refused(f'{place}:{error.line}: unknown variable "{found[1]}"', mend)
