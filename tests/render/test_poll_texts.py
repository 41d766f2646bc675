"""What members read of a vote, in every voice; golden/ holds it as it was last read aloud.

After a change that is meant: `python -m tests.render.test_poll_texts`, then read the difference aloud.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.ports import Poll, Post
from orchestrator.render import Renderer
from orchestrator.rituals import poll
from orchestrator.rituals.contract import Facts, Heard, Tell, Vote
from tests.render.samples import VOICES, playbook, ritual
from tests.rituals.examples import MONDAY, SLACK, facts, heard

GOLDEN = Path(__file__).parent / "golden"
ENDS = MONDAY + timedelta(days=2)
ASKED = {
    "fr": ("De quoi parle-t-on ?", ["Nos prix", "*Recruter* sans agence", "L’IA"]),
    "en": ("What shall we talk about?", ["Our prices", "*Hiring* without an agency", "AI"]),
}
#: What each member chose.
COUNTS: dict[str, tuple[tuple[int, ...], ...]] = {
    "nobody": (),
    "one": ((1,),),
    "a winner": ((0,), (0,), (0,), (2,), (1,)),
    "all agree": ((2,), (2,), (2,)),
    "two are level": ((0,), (0,), (1,), (1,), (2,)),
    "three are level": ((0,), (1,), (2,)),
}


def model(language: str, **more: bool) -> poll.Model:
    question, options = ASKED[language]
    return poll.Model.model_validate({"question": question, "options": options, **more})


def at(chosen: tuple[tuple[int, ...], ...], *, closed: bool = False) -> Facts:
    votes = tuple(Vote(number, "open", options, MONDAY) for number, options in enumerate(chosen))
    now = ENDS if closed else MONDAY
    return facts(places=(SLACK,), now=now, opened_at=MONDAY, closes_at=ENDS, votes=votes)


def all_texts(language: str, tone: str) -> Iterator[tuple[str, str]]:
    held = ritual(kind="poll", model=model(language), text={"fr": "Il est temps.", "en": "It is time."}[language])
    book, plain, several = playbook(language, tone), model(language), model(language, several=True)
    for name, chosen in COUNTS.items():
        yield f"open, {name}", _post(plain, "open", at(chosen), book, held)
    for name in ("nobody", "one", "a winner"):
        yield f"closed, {name}", _post(plain, "open", at(COUNTS[name], closed=True), book, held)
    for name in ("nobody", "two are level"):
        yield (
            f"hidden and several, {name}",
            _post(model(language, hidden=True, several=True), "open", at(COUNTS[name]), book, held),
        )
    for name, chosen in COUNTS.items():
        if chosen:
            yield f"results, {name}", _post(plain, "results", at(chosen, closed=True), book, held)
    both = ((0, 1), (0,), (0, 2))
    yield "results, several", _post(several, "results", at(both, closed=True), book, held)
    yield "results, one chose two", _post(several, "results", at(((0, 2),), closed=True), book, held)
    yield (
        "results, a host voted",
        _post(plain, "results", _with_a_host(at(COUNTS["a winner"], closed=True)), book, held),
    )
    for name, one, act in (
        ("noted", plain, _press("vote", "1")),
        ("noted, several", several, _press("vote", "1")),
        ("noted, of a host", plain, replace(_press("vote", "1"), is_host=True)),
        ("taken back", plain, _press("unvote", "")),
        ("too late", plain, replace(_press("vote", "1"), at=ENDS)),
    ):
        (told,) = [effect for effect in poll.hear(one, "open", act, at(())) if isinstance(effect, Tell)]
        yield name, Renderer().text(told.template, book, told.values)


def _with_a_host(known: Facts) -> Facts:
    return replace(known, votes=(*known.votes, Vote(99, "open", (0,), MONDAY, counted=False)))


def _press(verb: str, arg: str) -> Heard:
    return heard("press", verb=verb, arg=arg)


def _post(one: poll.Model, stage: str, known: Facts, book: object, held: object) -> str:
    post = Renderer().act(poll.say(one, stage, known)[0], book, held, "c0de")  # type: ignore[arg-type]
    assert isinstance(post, Post)
    return "\n\n".join([post.text, *(f"[{button.label}] {button.key}" for button in post.buttons)])


def page(language: str, tone: str) -> str:
    return "\n".join(f"==== {name} ====\n\n{text}\n" for name, text in all_texts(language, tone))


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_every_text_of_a_vote_reads_as_it_was_last_read_aloud(language: str, tone: str) -> None:
    assert page(language, tone) == (GOLDEN / f"poll-{language}-{tone}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_nothing_shouts_and_no_option_becomes_a_format(language: str, tone: str) -> None:
    for name, text in all_texts(language, tone):
        assert text.count("!") <= 1, name
        assert text.count("*Recruter*") + text.count("*Hiring*") == text.count("[*"), name


def test_variables_stand_in_the_question_on_every_platform() -> None:
    asked = poll.Model.model_validate({"question": "{{ options }}, avant le {{ closes_at }} ?", "options": ["A", "B"]})
    places = (SLACK, replace(SLACK, place_id=2, polls=True))
    held, known = ritual(kind="poll", model=asked), replace(at(()), places=places)
    post, native = (Renderer().act(draft, playbook(), held, "c0de") for draft in poll.say(asked, "open", known))
    assert isinstance(post, Post) and isinstance(native, Poll)
    assert native.question == "A et B, avant le mercredi 2 décembre à 9\u00a0h\u00a030\u202f?"
    assert native.question in post.text


if __name__ == "__main__":
    for voice in VOICES:
        (GOLDEN / f"poll-{'-'.join(voice)}.md").write_text(page(*voice), encoding="utf-8")
