"""Every kind of outgoing act, with the texts, labels and keys that managers and members could bring."""

from __future__ import annotations

from hypothesis import strategies as st

from orchestrator.ports import Button, ClosePoll, Document, Edit, Form, Notice, Poll, Post, React, Remove

_SIGNS = [
    "**",
    "*",
    "_",
    "`",
    "~~",
    "[a](",
    "http://x.fr)",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "1. ",
    "# ",
    "```",
    "<",
    "&",
    "|",
]
_LIVE = [
    "<!channel>",
    "@everyone",
    "@here",
    "<@U0ANA>",
    "[x](member:U0ANA)",
    "/stop",
    "é",
    "👩‍👩‍👧",
    "\u202e",
    "\x00",
    " ",
]
_LONG = [
    "x" * 9000,
    "é" * 5000,
    "&" * 4000,
    "👩‍👩‍👧" * 3000,
    "**a** " * 400,
    "[x](https://a.fr) " * 300,
    "- a\n" * 2000,
]

TEXTS = (
    st.text(max_size=60) | st.sampled_from(_LONG) | st.lists(st.sampled_from(_SIGNS + _LIVE), max_size=40).map("".join)
)
# Nobody posts nothing: an empty text is refused before it gets here.
WORDS = TEXTS.map(lambda text: f"Bonjour {text}")
KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


def buttons(most: int) -> st.SearchStrategy[tuple[Button, ...]]:
    kinds, styles = st.sampled_from(["answer", "choice"]), st.sampled_from(["plain", "good", "bad"])
    button = st.builds(Button, WORDS, KEYS, kinds, styles)
    return st.lists(button, max_size=most, unique_by=lambda one: one.key).map(tuple)


def acts(refs: st.SearchStrategy[str], emoji: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    """All kinds; `refs` are messages as the platform names them."""
    everyone = st.booleans()
    options = st.lists(WORDS, min_size=2, max_size=12).map(tuple)
    ends = st.none() | st.integers(10**15, 10**16)
    return st.one_of(
        st.builds(Post, WORDS, buttons(30), st.none() | refs, everyone),
        st.builds(Edit, refs, WORDS, buttons(5)),
        st.builds(React, refs, emoji),
        st.builds(Remove, refs),
        st.builds(Notice, refs, WORDS),
        st.builds(Poll, WORDS, options, everyone, ends, everyone, st.none() | refs, st.just("") | WORDS),
        st.builds(ClosePoll, refs),
        st.builds(Document, st.just("a.json"), st.binary(min_size=1, max_size=9), WORDS),
        st.builds(Form, refs, KEYS, *[TEXTS] * 7),
    )
