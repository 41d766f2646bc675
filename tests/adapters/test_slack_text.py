"""Markdown on Slack: what it looks like, what it never becomes, and where it is cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.emoji import UNICODE, slack_name
from adapters.slack.text import MAX_MESSAGE, MAX_SECTION, mrkdwn, sections
from adapters.slack.words import GAP, graphemes, plain, shorten
from orchestrator.render.markdown import escape as as_markdown

# What Slack acts on: <@U…>, <#C…>, <!…>, <address…>. Everything else of < and > must be an entity.
LIVE = re.compile(r"<[^<>]*>")


@pytest.mark.parametrize(
    ("markdown", "wanted"),
    [
        ("Bonjour **à tous**", "Bonjour *à tous*"),
        ("*penché* et ~~rayé~~ et `code`", "_penché_ et ~rayé~ et `code`"),
        ("***les deux***", "_*les deux*_"),
        ("re**bon**jour", f"re{GAP}*bon*{GAP}jour"),
        ("**deux\nlignes**", "*deux*\n*lignes*"),
        ("# Titre **gras**", "*Titre gras*"),
        ("un\ndeux", "un\ndeux"),
        ("un\n\ndeux", "un\n\ndeux"),
        ("- a\n- b\n  - c", "• a\n• b\n    • c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("> cité\n> encore", "> cité\n> encore"),
        ("```\na < b\n```", "```\na &lt; b\n```"),
        ("`a ` b`", "`a ` b`"),
        ("``a ` b``", "`a ˋ b`"),
        ("[le fil](https://a.fr/x?b=1&c=2)", "<https://a.fr/x?b=1&amp;c=2|le fil>"),
        ("[**gras** ici](https://a.fr)", "<https://a.fr|gras ici>"),
        ("[a](https://a.fr/x|y)", "<https://a.fr/x%7Cy|a>"),
        ("<https://a.fr>", "<https://a.fr>"),
        ("voir https://a.fr/x, merci", "voir <https://a.fr/x>, merci"),
        ("![une image](https://a.fr/i.png)", "<https://a.fr/i.png|une image>"),
        ("Merci [Ana](member:U012AB) !", "Merci <@U012AB> !"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("---", "———"),
        ("🎉 :tada: שלום", "🎉 :tada: שלום"),
    ],
)
def test_markdown_looks_on_slack_as_it_should(markdown: str, wanted: str) -> None:
    assert mrkdwn(markdown) == wanted


@pytest.mark.parametrize(
    "markdown",
    [
        "<!channel> <!here> <!everyone|x>",
        "<@U012AB> <#C012AB> <!subteam^S1>",
        "<!date^1392734382^{date}|x>",
        "[x](javascript:alert(1))",
        "[x](slack://open) [y](data:text/html,a)",
        "[x](member:everyone) [y](member:U1\\>)",
        r"\<!channel\> &lt;!channel&gt;",
        r"https\://evil.example",
        "`<!channel>`",
        "```\n<!channel>\n```",
        "[<!channel>](member:no)",
    ],
)
def test_what_looks_alive_is_only_text(markdown: str) -> None:
    assert LIVE.findall(mrkdwn(markdown)) == []


@given(words=st.text(alphabet="<>!@#|&;^*_~`[]()\\:/ \nachenlUC0123.éhttps", max_size=60))
def test_a_members_words_are_never_alive_and_stay_readable(words: str) -> None:
    shown = mrkdwn(f"Merci {as_markdown(words)} !")
    assert LIVE.findall(shown) == []
    assert re.sub(r"&(?:amp|lt|gt);", "", shown).count("&") == 0


@given(words=st.text(max_size=80))
def test_no_markdown_at_all_can_mention_everyone(words: str) -> None:
    assert not [found for found in LIVE.findall(mrkdwn(words)) if found.startswith("<!")]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "x" * 900,
                "**gras** " * 90,
                "- point\n" * 80,
                "> cité\n" * 90,
                "👩‍👩‍👧" * 200,
                "&<>" * 300,
                "```\ncode\n```",
                "a\n" * 500,
            ]
        ),
        max_size=8,
    )
)
def test_every_text_keeps_within_slacks_limits(blocks: list[str]) -> None:
    pieces = sections("\n\n".join(blocks), "<!channel>")
    assert all(0 < len(piece) <= MAX_SECTION for piece in pieces)
    assert len("\n\n".join(pieces)) <= MAX_MESSAGE
    assert len(pieces) < 50


def test_a_text_that_fits_is_not_shortened_and_one_that_does_not_says_so() -> None:
    assert "…" not in mrkdwn("mot " * 700)
    assert mrkdwn("mot " * 2000).endswith("…")
    assert len(mrkdwn("mot " * 700 + "\n\n" + "mot " * 700)) > MAX_SECTION


def test_a_cut_leaves_no_entity_mention_or_letter_in_halves() -> None:
    for filler in range(20):
        for piece in sections("x" * (2960 + filler) + "&<é👩‍👩‍👧🇫🇷" * 200):
            assert re.sub(r"&(?:amp|lt|gt);", "", piece).count("&") == 0
            assert not piece.startswith("\u200d") and not re.search("\u200d…?$", piece)
    assert "<@U" not in mrkdwn("mot " * 970 + " [Ana](member:U012ABCDEF)")


# --- what is longer than a section goes on in the next

NUMBERED = " ".join(f"w{number}" for number in range(720))  # 3,489 characters

LONG = {
    "a paragraph": NUMBERED,
    "a bold paragraph": f"**{NUMBERED}**",
    "lines": NUMBERED.replace("0 ", "0\n"),
    "bold lines": f"**{NUMBERED}**".replace("0 ", "0\n"),
    "a heading": f"# {NUMBERED}",
    "words in bold": re.sub(r"(w\d+)", r"**\1**", " ".join(f"w{number}" for number in range(480))),
    "links": " ".join(f"[w{number}](https://a.fr/{number})" for number in range(140)),
    "mentions": " ".join(f"w{number} [x](member:U0ANA)" for number in range(225)),
    "a quote": "> " + NUMBERED.replace("0 ", "0\n> "),
    "a list": "\n".join(f"- w{number} un point" for number in range(215)),
    "a numbered list": "\n".join(f"{number + 1}. w{number} un point" for number in range(180)),
    "a list in a list": "- début\n" + "\n".join(f"  - w{number} un point" for number in range(170)),
    "one long point": f"- court\n- {NUMBERED}\n- fin",
    "code": "```\n" + NUMBERED.replace("0 ", "0\n    ") + "\n```",
    "one line of code": f"```\n{NUMBERED}\n```",
    "code between words": f"avant `{NUMBERED}` après",
}


@pytest.mark.parametrize("name", LONG)
def test_what_is_longer_than_a_section_goes_on_in_the_next_one(name: str) -> None:
    markdown = LONG[name]
    pieces = sections(f"{markdown}\n\nEt **après**.")
    assert len(pieces) > 1 and all(len(piece) <= MAX_SECTION for piece in pieces)
    shown = "\n\n".join(pieces)
    assert MAX_SECTION < len(shown) <= MAX_MESSAGE
    assert shown.endswith("Et *après*.") and "…" not in shown
    assert re.findall(r"\bw\d+", re.sub(r"https://\S+\|", "", shown)) == re.findall(r"\bw\d+", markdown)
    assert not [piece for piece in pieces if piece != piece.strip("\n").rstrip()]


@pytest.mark.parametrize("name", [name for name in LONG if "bold" in name or "code" in name or name == "a heading"])
def test_a_format_ends_with_its_section_and_begins_again_in_the_next(name: str) -> None:
    for piece in sections(LONG[name]):
        bare = piece.replace("```", "§")
        assert bare.count("§") % 2 == bare.count("`") % 2 == bare.count("*") % 2 == 0
        assert "**" not in bare and "``" not in bare


def test_a_quote_and_code_go_on_as_what_they_are() -> None:
    first, second = sections(LONG["a quote"])
    assert all(line.startswith("> ") for line in (*first.split("\n"), *second.split("\n")))
    first, second = sections(LONG["code"])
    assert first.startswith("```\n") and first.endswith("\n```") and second.startswith("```\n    w")


def test_a_point_that_goes_on_is_no_new_point() -> None:
    first, second = sections(LONG["one long point"])
    assert first.startswith("• court\n• w0 ") and second.startswith("    w") and second.endswith("\n• fin")
    numbers = re.findall(r"(?m)^(\d+)\. w", "\n".join(sections(LONG["a numbered list"])))
    assert numbers == [str(number + 1) for number in range(180)]


def test_a_word_with_no_gap_near_goes_on_between_two_visible_characters() -> None:
    pieces = sections("Bonjour " + "👩‍👩‍👧" * 700)
    assert [piece.replace("👩‍👩‍👧", "") for piece in pieces] == ["Bonjour ", ""]
    assert "".join(pieces).count("👩‍👩‍👧") == 700


def test_a_section_that_goes_on_opens_no_quote() -> None:
    first, second = sections("x" * 2990 + " > " * 100)
    assert LIVE.findall(first + second) == [] and not second.startswith("&gt;")


def test_only_the_promised_total_cuts_a_text() -> None:
    shown = mrkdwn("mot " * 960)
    assert len(shown) > 3800 and "…" not in shown
    cut = mrkdwn(f"{'mot ' * 2000}\n\nfin")
    assert cut.endswith("…") and MAX_MESSAGE - 20 < len(cut) <= MAX_MESSAGE


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["mot", "**gras**", "*pen\nché*", "`x y`", "[x](https://a.fr)", "é" * 70, "&", ">", "\n"])
    ),
    st.sampled_from(["", "> ", "- ", "## ", "```\n"]),
)
def test_nothing_is_lost_or_said_twice_where_a_text_goes_on(words: list[str], opens: str) -> None:
    text = opens + " ".join([*words, *(f"w{number}" for number in range(690))])
    filled = " ".join([*(f"v{number}" for number in range(20)), text]) if not opens else text
    shown = "\n".join(sections(filled))
    wanted = re.findall(r"\b[vw]\d+", filled)
    found = re.findall(r"\b[vw]\d+", shown)
    assert found == wanted[: len(found)] and (len(found) == len(wanted) or shown.endswith("…"))


@pytest.mark.parametrize("whole", ["é", "👩‍👩‍👧", "👍🏽", "🇫🇷", "❤️", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"])
def test_a_visible_character_is_never_cut(whole: str) -> None:
    assert list(graphemes(f"a{whole}b")) == ["a", whole, "b"]
    assert list(graphemes(whole * 3)) == [whole] * 3
    assert shorten(f"ab{whole}", 2 + len(whole) - 1) in ("a…", "ab…")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("<@U1|ana> et <@U2>", "@ana et @U2"),
        ("<#C1|idees> <#C2>", "#idees #C2"),
        ("<!here> <!channel|channel> <!subteam^S1|@devs>", "@here @channel @devs"),
        ("<!date^1392734382^{date}|jeudi>", "jeudi"),
        ("<https://a.fr> <https://a.fr|a.fr> <https://a.fr|ici>", "https://a.fr https://a.fr ici (https://a.fr)"),
        ("<mailto:a@b.fr|a@b.fr> <tel:+33|+33>", "a@b.fr +33"),
        ("&lt;3 &amp;amp; &gt;", "<3 &amp; >"),
        (":tada: :+1::skin-tone-3: :inconnu: 10:30:45", "🎉 👍 :inconnu: 10:30:45"),
        ("a\x00b\ud800", "ab?"),
    ],
)
def test_what_members_wrote_is_read_as_plain_words(sent: str, read: str) -> None:
    assert plain(sent) == read


def test_every_emoji_we_know_has_a_name_that_leads_back() -> None:
    for emoji in UNICODE.values():
        name = slack_name(emoji)
        assert name is not None and UNICODE[name] == emoji
    assert slack_name("❤") == slack_name("❤️") == "heart"
    assert slack_name("🪬") is None
