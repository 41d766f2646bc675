"""Lists as PostgreSQL arrays."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from orchestrator.store.arrays import plain
from orchestrator.store.session import Store

TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)))
NUMBERS = st.integers(min_value=-(2**63), max_value=2**63 - 1)


def test_lists_come_back_from_the_database_as_they_went(postgres_store: Store) -> None:
    @settings(deadline=None, max_examples=60)
    @given(st.lists(st.one_of(st.none(), TEXTS)), st.lists(st.one_of(st.none(), NUMBERS)))
    def there_and_back(texts: list[str | None], numbers: list[int | None]) -> None:
        with postgres_store.read() as session:
            row = session.execute(text("SELECT (:a)::text[], (:b)::bigint[]"), {"a": texts, "b": numbers}).one()
        assert tuple(row) == (texts, numbers)

    there_and_back()


def test_a_text_with_a_nul_is_refused_as_data(postgres_store: Store) -> None:
    with postgres_store.read() as session, pytest.raises(Exception) as refused:
        session.execute(text("SELECT (:a)::text[]"), {"a": ["a", "b\x00"]})
    assert isinstance(refused.value.orig, psycopg.DataError)  # type: ignore[attr-defined]


@pytest.mark.parametrize("values", [[], [None], [1, None], [True], [1, "a"], [1.5], [["a"]], ["a\x00"]])
def test_only_plain_lists_take_the_short_way(values: list[object]) -> None:
    assert plain(values) is None
