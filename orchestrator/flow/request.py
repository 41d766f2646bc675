"""What hosts are shown before they decide: every text that would leave, to whom, and a button for each act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.errors import Refused
from orchestrator.flow.batch import Batch, Work
from orchestrator.ports import Button, Poll, Post
from orchestrator.render import Ours
from orchestrator.render.markdown import escape, strong
from orchestrator.render.renderer import readable
from orchestrator.store import approvals, deliveries
from orchestrator.store.tables import Approval, Connection, Delivery, Part

#: Characters that a platform surely shows of one message, marks and all (Slack 3,900, Telegram 4,096).
PAGE = 3_600

#: Of these the request's own lines take so many, beside one for each person.
OWN = 500

#: A tick for so many people at most: buttons for more could not be read.
PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """One text and all the held posts that say it; `label` tells whose it is where several are shown.

    options: of a poll of the platform's own; then the text is its question, which is plain.
    """

    label: str
    text: str
    posts: tuple[Delivery, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """Somebody who would be written to, or named: why, and whether a host took them out. `why` is our Markdown."""

    member_id: int
    name: str
    why: str
    left_out: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A request's messages in the hosts' space: the first carries the buttons, the others stand under it."""

    text: str
    buttons: tuple[Button, ...]
    more: tuple[str, ...] = ()


def compose(batch: Batch, work: Work, request: Approval) -> Request:
    """What the hosts see of a request now. Raises Refused for a mistake in a template."""
    held = approvals.held(batch.session, work.run.id)
    people = proposed(batch, work, request, held)
    texts = shown(batch, held)
    first, *more = pages(_messages(texts), OWN + sum(len(one.name + one.why) + 8 for one in people))
    values = {
        "ritual": readable(work.known.written.name),
        "messages": first,
        "more": bool(more),
        "people": [{"name": one.name, "why": Ours(one.why), "left_out": one.left_out} for one in people],
        "places": _places(batch, work, held),
        "direct": sum(approvals.member_of(post) is not None for post in held),
        "when": max(work.run.due_at, batch.now),
        "until": request.until,
        "by": request.edited_by or "",
    }
    render, playbook = batch.app.render, work.known.playbook
    text = str(render.text("hosts/asked", playbook, values))
    beside = tuple(str(render.text("hosts/page", playbook, {"messages": page})) for page in more)
    return Request(text, (*_acts(batch, work, request, held, bool(texts)), *_ticks(request, people[:PEOPLE])), beside)


def shown(batch: Batch, held: Sequence[Delivery]) -> list[Shown]:
    """The distinct texts of held posts in the order in which they leave; of a poll, the question."""
    who = approvals.names(batch.session, [id_ for post in held if (id_ := approvals.member_of(post)) is not None])
    by_text: dict[tuple[str, tuple[str, ...]], list[Delivery]] = {}
    for post in held:
        act = deliveries.decode(post.body)
        if isinstance(act, Post):
            by_text.setdefault((act.text, ()), []).append(post)
        elif isinstance(act, Poll):
            by_text.setdefault((act.question, act.options), []).append(post)
    everywhere = {post.connection_id for post in held}
    return [
        Shown(_label(batch, posts, who, everywhere), text, tuple(posts), options)
        for (text, options), posts in by_text.items()
    ]


def proposed(batch: Batch, work: Work, request: Approval, held: Sequence[Delivery]) -> list[Proposed]:
    """Those a host may take out: who is written to directly, and who has a part that is proposed."""
    parts = approvals.tickable(batch.session, work.run.id)
    direct = [member_id for post in held if (member_id := approvals.member_of(post)) is not None]
    ids = list(dict.fromkeys([*direct, *parts]))
    why = approvals.reasons(batch.session, work.run.id, ids)
    names = approvals.names(batch.session, ids)
    anybody = batch.app.render.word("member", work.known.playbook)
    return [
        Proposed(one, names.get(one) or anybody, _why(batch, work, why.get(one)), one in request.left_out)
        for one in ids
    ]


def pages(messages: Sequence[dict[str, Any]], own: int) -> list[list[dict[str, Any]]]:
    """The messages of a preview, as many to a page as a platform shows uncut; `own`: what else the first one holds.

    The first page may be empty: then everything stands under it.
    """
    found: list[list[dict[str, Any]]] = [[]]
    room = PAGE - own
    for message in messages:
        length = len(message["text"]) + len(message["label"]) + 20
        if length > room and (found[-1] or len(found) == 1):
            found.append([])
            room = PAGE
        found[-1].append(message)
        room -= length
    return found


def _messages(texts: Sequence[Shown]) -> list[dict[str, Any]]:
    several = len(texts) > 1
    return [
        {"number": n if several else 0, "label": one.label if several else "", "text": Ours(_preview(one))}
        for n, one in enumerate(texts, 1)
    ]


def _choices(post: Delivery) -> list[str]:
    """What members choose from by the buttons under a post."""
    act = deliveries.decode(post.body)
    return [one.label for one in act.buttons if one.kind == "choice"] if isinstance(act, Post) else []


def _preview(one: Shown) -> str:
    """The text as it will be read; a poll as far as a text can show it."""
    if not one.options:
        choices = [f"- {escape(label)}" for label in _choices(one.posts[0])]
        return "\n\n".join([one.text, "\n".join(choices)]) if choices else one.text
    return "\n".join([strong(escape(one.text)), "", *(f"- {escape(option)}" for option in one.options)])


def _label(batch: Batch, posts: Sequence[Delivery], who: dict[int, str], everywhere: set[int]) -> str:
    """Who gets a text, or on which platforms it stands where another one says it otherwise."""
    named = [who.get(member_id, "") for post in posts if (member_id := approvals.member_of(post)) is not None]
    if named or {post.connection_id for post in posts} == everywhere:
        return ", ".join(name for name in named if name)
    ids = dict.fromkeys(post.connection_id for post in posts)
    return ", ".join(batch.session.get_one(Connection, one).name.capitalize() for one in ids)


def _places(batch: Batch, work: Work, held: Sequence[Delivery]) -> str:
    names = {one.place.id: one.space for one in batch.places(work.known)}
    return ", ".join(dict.fromkeys(names[post.place_id] for post in held if post.place_id in names))


def _why(batch: Batch, work: Work, part: Part | None) -> str:
    """Why somebody was chosen: the kind's template "<kind>/why" and the facts of their part; "" without one."""
    template, playbook = f"{work.known.written.kind}/why", work.known.playbook
    if part is None or not batch.app.render.has(template, playbook):
        return ""
    try:
        return str(batch.app.render.text(template, playbook, part.facts))
    except Refused as refused:
        batch.story.tell(work.run.id, "not told", what=refused.what, mend=refused.mend)
        return ""


def _acts(batch: Batch, work: Work, request: Approval, held: Sequence[Delivery], may_edit: bool) -> list[Button]:
    word, playbook, code = batch.app.render.word, work.known.playbook, request.code
    direct = all(approvals.member_of(post) is not None for post in held)
    yes = word("approve direct" if direct else "approve", playbook)
    no = word("skip direct" if direct else "skip", playbook)
    change = [Button(word("edit", playbook), f"edit-{code}")] if may_edit else []
    return [Button(yes, f"approve-{code}", style="good"), *change, Button(no, f"skip-{code}")]


def _ticks(request: Approval, people: Sequence[Proposed]) -> list[Button]:
    """A box for each; its key says what pressing it makes of them, so that pressed twice it does it once."""
    return [
        Button(f"☐ {one.name}", f"with-{request.code}-{one.member_id}")
        if one.left_out
        else Button(f"☑ {one.name}", f"without-{request.code}-{one.member_id}")
        for one in people
    ]
