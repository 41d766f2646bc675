"""Whatever stands in a file, reading it ends in a playbook or in problems at places that exist."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.playbook.load import from_body, load_text
from orchestrator.playbook.problems import as_facts, show
from tests.playbook.test_load import SMALL

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FULL = (
    SMALL
    + """\
  pas:
    when: [toutes les 2 semaines le mardi à 10h, "le 2026-12-24 à 18h"]
    where: [salon]
    mention: everyone
    approval: {by: [alexis], within: 6 heures}
    steps:
      - post: Bonjour {{ community }}
      - ask: "Ça va ?"
      - wait: 2 jours
      - recap: oui
      - give: {badge: merci}
people:
  alexis: {slack: U012AB3CD}
hosts: {people: [alexis], space: salon}
pace: {quiet_hours: 21h-8h, our_share: {at_most: 20%, over: 7 days}}
segments:
  discrets: {quiet_for: 14 jours, not: {badge: x}}
"""
)
LONGER = [" : ", " #", "- ", "&a ", "*a", "\n  ", "  ", "---\n", "...\n", "<<: ", "{{", "}}", "{%"]
WORDS = ["null", "0", "9" * 20, "true", "when", "prompt: "]
ALONE = "\t\"':#-*!@`%{}[],|>?\n\\~é🎉’“\u00a0\x85\u2028\ufeff\x00\ud800"
SIGNS = st.sampled_from([*ALONE, *LONGER, *WORDS])


def judge(text: str) -> None:
    """Read a text; look at everything that came of it."""
    loaded = load_text(text, now=NOW)
    lines = text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + text.count("\u2029") + 1
    for problem in [*loaded.problems, *loaded.notes]:
        assert 1 <= problem.line <= lines
        assert 1 <= problem.column <= len(problem.source_line) + 1
        assert problem.what
        assert problem.mend
        assert show(problem)
        assert json.dumps(as_facts(problem))
    assert bool(loaded.playbooks) != bool(loaded.problems)
    for playbook in loaded.playbooks:
        assert from_body(playbook.model_dump_json()) == playbook


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    judge(text)


@settings(deadline=None)
@example("*a")  # an alias alone stands for nothing
@example("- #x")  # a list at the top whose item is a remark
@given(st.lists(st.one_of(SIGNS, st.text(max_size=3)), max_size=40).map("".join))
def test_any_heap_of_signs_is_read_or_refused(text: str) -> None:
    judge(text)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_a_playbook_with_signs_put_in_or_taken_out_is_read_or_refused(data: st.DataObject) -> None:
    text = FULL
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(SIGNS) + text[at + cut :]
    judge(text)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_playbook_with_lines_moved_about_is_read_or_refused(data: st.DataObject) -> None:
    lines = FULL.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        at, to = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        lines.insert(to, data.draw(st.sampled_from(["", " ", "  ", "\t", "- "])) + lines.pop(at))
    judge("\n".join(lines))


def test_the_playbook_that_is_mutated_is_good() -> None:
    loaded = load_text(FULL, now=NOW)

    assert loaded.problems == []
    assert len(loaded.playbooks) == 1
