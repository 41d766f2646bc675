"""tertulia when: what a manager reads, what a program reads, and that no line breaks the batch."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.cli import run
from orchestrator.commands.arguments import instant, moment
from orchestrator.commands.when import MOST
from orchestrator.errors import Refused

Batch = Callable[[bytes], list[Any]]
MONDAY = {"phrase": "chaque lundi à 9h30", "zone": "Europe/Paris", "from": "2026-11-23T00:00:00Z", "count": 2}


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Batch:
    """Feed bytes to `when --batch -`; give what each line of the answer holds."""

    def feed(lines: bytes) -> list[Any]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
        assert run(["when", "--batch", "-"]) == 0
        return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]

    return feed


def test_a_manager_reads_the_wall_time_in_words_and_the_instant(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["when", "chaque jour à 2h30", "--zone", "Europe/Paris", "--from", "2026-10-24", "--count", "3"]
    assert run(words) == 0
    assert capsys.readouterr().out == (
        '"chaque jour à 2h30" in Europe/Paris:\n'
        "  samedi 24 octobre 2026 à 02:30     2026-10-24T00:30:00Z\n"
        "  dimanche 25 octobre 2026 à 02:30   2026-10-25T00:30:00Z   (the first 02:30 of two)\n"
        "  lundi 26 octobre 2026 à 02:30      2026-10-26T01:30:00Z\n"
    )


def test_the_first_of_a_month_reads_as_french_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    run(["when", "le 1 du mois à 9h", "--zone", "Europe/Paris", "--from", "2026-12-01", "--count", "1"])
    assert "mardi 1er décembre 2026 à 09:00" in capsys.readouterr().out


def test_what_may_have_been_meant_is_in_the_language_of_the_phrase(capsys: pytest.CaptureFixture[str]) -> None:
    run(["when", "every tour at 10:00"])
    assert "jour" not in capsys.readouterr().err.partition("mend: did")[2]


def test_a_missing_wall_time_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    run(["when", "on 2026-03-29 at 02:30", "--zone", "Europe/Paris", "--from", "2026-01-01"])
    assert (
        "Sunday 29 March 2026 at 03:00   2026-03-29T01:00:00Z   (there is no 02:30 that day)" in capsys.readouterr().out
    )


def test_a_phrase_that_is_over_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["when", "on 2020-01-01 at 9h", "--from", "2026-01-01"]) == 0
    assert "never again from that moment on" in capsys.readouterr().out


def test_a_phrase_needs_no_quotes_and_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["when", "every", "monday", "at", "9h30", "--from", "2026-11-23T00:00+01:00", "--count", "2", "--json"]
    assert run(words) == 0
    assert capsys.readouterr().out == '["2026-11-23T09:30:00Z", "2026-11-30T09:30:00Z"]\n'


def test_without_from_the_moments_lie_ahead(capsys: pytest.CaptureFixture[str]) -> None:
    before = datetime.now(UTC)
    assert run(["when", "every day at 9h", "--json", "--count", "1"]) == 0
    assert json.loads(capsys.readouterr().out)[0] >= instant(before)


def test_an_unknown_phrase_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["when", "evry monday at 9h30"]) == 1
    assert capsys.readouterr().err == (
        '"evry monday at 9h30" is not a moment we know\n  mend: did you mean "every monday at 9h30"?\n'
    )
    assert run(["when", "evry monday at 9h30", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "what": '"evry monday at 9h30" is not a moment we know',
        "mend": 'did you mean "every monday at 9h30"?',
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["every day at 9h", "--zone", "Pari"], '"Pari" is not a time zone'),
        (["every day at 9h", "--from", "tomorrow"], '"tomorrow" is not a date'),
        (["every day at 9h", "--count", "0"], "--count: it takes a whole number from 1 to"),
        (["every day at 9h", "--count", "many"], "--count: it takes a whole number"),
        ([], "no phrase is given"),
        (["every day at 9h", "--batch", "-"], "exclude each other"),
        (["--batch", "/nowhere.jsonl"], "/nowhere.jsonl"),
    ],
)
def test_unusable_arguments_are_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["when", *arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said and len(said.splitlines()) <= 2


def test_a_batch_answers_each_line(batch: Batch) -> None:
    finite = {"phrase": "every day at 9h until 2026-01-02", "from": "2026-01-01", "count": 9}
    lines = [MONDAY, finite, {"phrase": "member joins"}, {**MONDAY, "zone": "Pari"}, {**MONDAY, "count": 0}]
    answers = batch("\n".join(map(json.dumps, lines)).encode())
    assert answers[0] == ["2026-11-23T08:30:00Z", "2026-11-30T08:30:00Z"]
    assert answers[1] == ["2026-01-01T09:00:00Z", "2026-01-02T09:00:00Z"]
    assert answers[2]["what"] == '"member joins" has no moments of its own: it is due whenever that happens'
    assert answers[3] == {"what": '"Pari" is not a time zone', "mend": 'did you mean "Europe/Paris"?'}
    assert answers[4] == []


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"phrase": 3}',
        b'{"phrase": "\\ud800"}',
        b'{"phrase": "every day at 9h", "zone": 3}',
        b'{"phrase": "every day at 9h", "zone": "\\u0000"}',
        b'{"phrase": "every day at 9h", "from": 0}',
        b'{"phrase": "every day at 9h", "from": "2026-02-30"}',
        b'{"phrase": "every day at 9h", "from": "9999-12-31T23:59:59-05:00"}',
        b'{"phrase": "every day at 9h", "from": "0001-01-01T00:00:00+05:00"}',
        b'{"phrase": "every day at 9h", "count": -1}',
        b'{"phrase": "every day at 9h", "count": true}',
        b'{"phrase": "every day at 9h", "count": 1e3}',
        b'{"phrase": "every day at 9h", "count": 1000000000000}',
    ],
)
def test_a_bad_line_is_answered_in_words_and_the_next_is_read(line: bytes, batch: Batch) -> None:
    refused, fine = batch(line + b"\n" + json.dumps(MONDAY).encode())
    assert refused["what"] and refused["mend"]
    assert fine == ["2026-11-23T08:30:00Z", "2026-11-30T08:30:00Z"]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=80).filter(lambda b: b"\n" not in b) | st.just(json.dumps(MONDAY).encode())))
def test_as_many_answers_as_lines_whatever_they_hold(batch: Batch, lines: list[bytes]) -> None:
    assert len(batch(b"".join(line + b"\n" for line in lines))) == len(lines)


def test_the_most_that_can_be_asked_for_is_given(batch: Batch) -> None:
    (answer,) = batch(json.dumps({**MONDAY, "phrase": "every month on day 31 at 9h", "count": MOST}).encode())
    assert len(answer) == sum(1 for year in range(2026, 9000) for _ in range(7)) - 6  # until years end
    assert answer[:1] == ["2026-12-31T08:00:00Z"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-30", "2026-11-30T00:00:00Z"),
        ("2026-11-30T08:30", "2026-11-30T08:30:00Z"),
        ("2026-11-30T08:30:00Z", "2026-11-30T08:30:00Z"),
        ("2026-11-30T09:30:00+01:00", "2026-11-30T08:30:00Z"),
        (" 2026-11-30 08:30 ", "2026-11-30T08:30:00Z"),
    ],
)
def test_moments_on_the_command_line(text: str, expected: str) -> None:
    assert instant(moment(text)) == expected


@pytest.mark.parametrize("text", ["", "30/11/2026", "2026-11-31", "3026-01-01", "1914-08-01", "now", "x" * 900])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="is not a date"):
        moment(text)
