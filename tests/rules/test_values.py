"""Plain words of a playbook, in English and in French, become the same typed values."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from orchestrator.rules import values
from orchestrator.rules.values import CountIn, Unreadable

DURATIONS = [
    ("2 days", timedelta(days=2)),
    ("2 jours", timedelta(days=2)),
    ("2\u00a0jours", timedelta(days=2)),
    ("2\u202fjours", timedelta(days=2)),
    ("un jour", timedelta(days=1)),
    ("48h", timedelta(days=2)),
    ("1h30", timedelta(minutes=90)),
    ("1 day and 12 hours", timedelta(hours=36)),
    ("1 jour et 12 heures", timedelta(hours=36)),
    ("90 min", timedelta(minutes=90)),
    ("1 semaine", timedelta(days=7)),
    ("1 mois", timedelta(days=30)),
    ("2 Years", timedelta(days=730)),
]


@pytest.mark.parametrize(("text", "length"), DURATIONS)
def test_a_length_of_time_reads_in_both_languages(text: str, length: timedelta) -> None:
    assert values.read_duration(text) == length


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("2 dyas", 'did you mean "2 days"?'),
        ("2", 'add the unit: "2 days" or "2 jours" (minutes, hours, days, weeks, months)'),
        ("soon", "write a number and a unit"),
        ("", "write a number and a unit"),
        ("-2 days", "write a number and a unit"),
        ("0 days", "write one between 1 minute and 10 years"),
        ("999999 years", "write one between 1 minute and 10 years"),
    ],
)
def test_an_unreadable_length_of_time_says_how_to_write_it(text: str, mend: str) -> None:
    with pytest.raises(Unreadable) as caught:
        values.read_duration(text)

    assert caught.value.mend.startswith(mend)
    assert caught.value.code == "P201"


@given(st.integers(min_value=1, max_value=3660 * 1440))
def test_a_written_length_of_time_reads_back_as_itself(minutes: int) -> None:
    length = timedelta(minutes=minutes)

    assert values.read_duration(values.write_duration(length)) == length


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [
        (values.read_flag, "oui", True),
        (values.read_flag, "NON", False),
        (values.read_flag, True, True),
        (values.read_percent, "20%", 0.2),
        (values.read_percent, "20\u00a0%", 0.2),
        (values.read_percent, "12,5 pour cent", 0.125),
        (values.read_count, 3, 3),
        (values.read_count, "trois", 3),
        (values.read_count_in, "8 in 30 days", CountIn(8, timedelta(days=30))),
        (values.read_count_in, "8 en 30 jours", CountIn(8, timedelta(days=30))),
        (values.read_count_in, "3 fois en 1 mois", CountIn(3, timedelta(days=30))),
        (values.read_hours, "21:00-08:00", (time(21), time(8))),
        (values.read_hours, "21h–8h", (time(21), time(8))),
        (values.read_hours, "de 21h30 à 8h", (time(21, 30), time(8))),
        (values.read_hours, "none", None),
        (values.read_hours, "aucune", None),
    ],
)
def test_words_read_as_values(reader: Any, text: object, value: object) -> None:
    assert reader(text) == value


@pytest.mark.parametrize(
    ("reader", "text", "code"),
    [
        (values.read_flag, "peut-être", "P208"),
        (values.read_flag, 1, "P208"),
        (values.read_percent, "20", "P209"),
        (values.read_percent, "120%", "P209"),
        (values.read_count, 0, "P202"),
        (values.read_count, True, "P202"),
        (values.read_count, "many", "P202"),
        (values.read_count_in, "8", "P202"),
        (values.read_count_in, "8 in a while", "P201"),
        (values.read_hours, "21:00", "P204"),
        (values.read_hours, "25:00-08:00", "P204"),
        (values.read_hours, "08:00-08:00", "P204"),
    ],
)
def test_an_unreadable_value_carries_its_code_and_a_mend(reader: Any, text: object, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        reader(text)

    assert caught.value.code == code
    assert caught.value.mend


class Everything(BaseModel):
    """One field of each type."""

    length: values.Duration
    flag: values.Flag
    share: values.Percent
    count: values.Count
    day: values.PerDay
    week: values.PerWeek
    runs: values.Runs
    hours: values.Hours
    window: values.InWindow
    text: values.Text
    texts: values.Texts


FRENCH = Everything.model_validate(
    {
        "length": "2 jours",
        "flag": "oui",
        "share": "20 %",
        "count": 3,
        "day": "2 par jour",
        "week": "1 fois par semaine",
        "runs": "3 tours sans réponse",
        "hours": "21h à 8h",
        "window": "8 en 30 jours",
        "text": 2026,
        "texts": "salon",
    }
)


def test_a_model_of_french_words_equals_the_english_one() -> None:
    english = Everything.model_validate(
        {
            "length": "2 days",
            "flag": True,
            "share": "20%",
            "count": "three",
            "day": "2 per day",
            "week": "1 per week",
            "runs": "3 unanswered runs",
            "hours": "21:00-08:00",
            "window": "8 in 30 days",
            "text": "2026",
            "texts": ["salon"],
        }
    )

    assert english == FRENCH


def test_every_type_comes_back_unchanged_from_its_stored_form() -> None:
    assert Everything.model_validate_json(FRENCH.model_dump_json()) == FRENCH


@given(st.one_of(st.text(max_size=60), st.integers(), st.none(), st.lists(st.integers(), max_size=2)))
def test_no_value_whatever_does_anything_but_read_or_say_why_not(value: object) -> None:
    for reader in (
        values.read_duration,
        values.read_flag,
        values.read_percent,
        values.read_count,
        values.read_count_in,
        values.read_hours,
    ):
        try:
            reader(value)
        except Unreadable as unreadable:
            assert unreadable.what
            assert "\n" not in unreadable.what


def test_a_message_repeats_a_long_or_hostile_value_shortened_and_clean() -> None:
    assert values.quoted("x" * 500) == '"' + "x" * 59 + '…"'
    assert values.quoted("a\n\x1b[31mb") == '"a ·[31mb"'
