"""Members' words: each does what it says, once, in both languages, and is answered directly."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from msgspec import structs
from sqlalchemy import select

from orchestrator.bus import Bus
from orchestrator.ports import Document, Inbound, Post
from orchestrator.store import deliveries
from orchestrator.store.session import Store
from orchestrator.store.tables import Delivery, Expected, Farewell, Handle, Idea, LinkCode, Member, MemberTotal
from tests.circle import inbound, said
from tests.flow import hall
from tests.flow.hall import Hall, commanded, direct
from tests.flow.theatre import playbook, theatre


@pytest.fixture
def open_hall(store: Store) -> Iterator[Hall]:
    with hall.opened(store) as one:
        yield one


def member(here: Hall, ref: str = "77") -> Member:
    (handle,) = here.all(Handle, Handle.ref == ref)
    with here.store.read() as session:
        return session.get_one(Member, handle.member_id)


def on_slack(number: int, word: str, rest: str = "", ref: str = "U1") -> Inbound:
    """A word to us in the direct chat on Slack."""
    data = {"word": word, "rest": rest}
    return inbound("commanded", number, ref, place_ref="D1", data=data, to_us=True)


def replies(here: Hall) -> list[str]:
    """What we planned to say directly, oldest first."""
    rows = sorted(here.all(Delivery, Delivery.run_id.is_(None)), key=lambda row: row.id)
    return [said.text for row in rows if isinstance(said := deliveries.decode(row.body), Post)]


@pytest.mark.parametrize("word", ["help", "aide", "HELP", "Aide"])
def test_help_lists_the_words(open_hall: Hall, word: str) -> None:
    open_hall.hear(commanded(1, word), connection="telegram")

    (reply,) = replies(open_hall)
    assert "**oublie-moi**" in reply and "**lier**" in reply


def test_an_unknown_command_gets_the_list_but_not_in_a_group(open_hall: Hall) -> None:
    group = inbound("commanded", 2, "77", place_ref="-100", message_ref="2", data={"word": "weather", "rest": ""})
    open_hall.hear(commanded(1, "weather", text="/weather"), group, connection="telegram")

    assert len(replies(open_hall)) == 1


@pytest.mark.parametrize(
    ("connection", "who", "place_ref"), [("telegram", "77", "-100"), ("telegram", "77", "-999"), ("slack", "U1", "C1")]
)
def test_the_link_of_an_answer_button_typed_among_others_is_a_mere_start(
    open_hall: Hall, connection: str, who: str, place_ref: str
) -> None:
    data = {"word": "start", "rest": "answer-c0de"}
    typed = inbound("commanded", 1, who, place_ref=place_ref, text="/start answer-c0de", data=data, to_us=True)
    open_hall.hear(typed, connection=connection)

    assert [handle.direct_ref for handle in open_hall.all(Handle)] == [None]
    assert open_hall.all(Expected) == []
    (reply,) = replies(open_hall)
    assert "**oublie-moi**" in reply


def test_a_member_is_answered_in_their_own_language_where_it_is_known(open_hall: Hall) -> None:
    open_hall.hear(commanded(1, "me"), connection="telegram")
    with open_hall.store.write() as session:
        session.get_one(Member, member(open_hall).id).language = "en"
    open_hall.hear(commanded(2, "moi"), connection="telegram")

    french, english = replies(open_hall)
    assert french.startswith("Voici ce que je sais de vous") and english.startswith("What I know about you")


def test_the_language_that_comes_with_a_message_is_kept_and_spoken_from_the_first_answer_on(open_hall: Hall) -> None:
    for number, language in ((1, "en"), (2, "fr")):
        word = structs.replace(commanded(number, "help"), language=language)
        open_hall.hear(word, connection="telegram")
    assert [reply.startswith("Here is what you can write") for reply in replies(open_hall)] == [True, True]
    assert member(open_hall).language == "en"

    open_hall.hear(structs.replace(direct(3, "bonjour", "78"), language="en"), connection="telegram")
    open_hall.hear(commanded(4, "help", member="78"), connection="telegram")
    open_hall.hear(structs.replace(direct(5, "encore", "78"), language="en"), connection="telegram")
    assert member(open_hall, "78").language == "en"


def test_me_tells_what_is_held(open_hall: Hall) -> None:
    open_hall.hear(said(1), said(2), hall.in_thread(3))
    open_hall.hear(on_slack(4, "moi"))

    (told,) = replies(open_hall)
    assert "3 contributions" in told and "1 réponse à nos questions" in told and "U1 (Slack)" in told


@pytest.mark.parametrize(("no", "yes"), [("stop praise", "start praise"), ("sans éloge", "avec éloge")])
def test_praise_is_declined_and_taken_again(open_hall: Hall, no: str, yes: str) -> None:
    open_hall.hear(direct(1, no), connection="telegram")
    assert member(open_hall).no_praise_at is not None and member(open_hall).opted_out_at is None
    open_hall.hear(commanded(2, *yes.split(" ", 1)), connection="telegram")
    assert member(open_hall).no_praise_at is None


def test_stop_told_again_does_not_undo_the_start_that_followed(open_hall: Hall) -> None:
    stop, start = commanded(1, "stop"), commanded(2, "start")
    for one in (stop, start, stop):
        open_hall.hear(one, connection="telegram")

    assert member(open_hall).opted_out_at is None
    assert len(replies(open_hall)) == 2


@pytest.mark.parametrize("text", ["idée : un café le jeudi", "Idea un café le jeudi", "idee un café le jeudi"])
def test_an_idea_is_kept_once(open_hall: Hall, text: str) -> None:
    for _ in range(2):
        open_hall.hear(direct(1, text), connection="telegram")

    assert [one.text for one in open_hall.all(Idea)] == ["un café le jeudi"]
    assert replies(open_hall) == ["C’est noté, merci. Les hôtes verront votre idée."]


def test_an_open_question_comes_before_what_may_be_an_answer_but_not_before_stop(open_hall: Hall) -> None:
    open_hall.hear(commanded(1, "start", "answer-c0de"), connection="telegram")
    open_hall.hear(commanded(2, "moi", text="moi"), connection="telegram")
    assert hall.texts(open_hall.answers()) == ["moi"]

    open_hall.hear(commanded(3, "start", "answer-c0de"), connection="telegram")
    open_hall.hear(direct(4, "sans éloge"), commanded(5, "stop", text="stop"), connection="telegram")
    assert hall.texts(open_hall.answers()) == ["moi"]
    assert member(open_hall).opted_out_at is not None and member(open_hall).no_praise_at is not None


def code_of(here: Hall) -> str:
    """The code that was said last, to whomever."""
    sent = [one.text for one in (*here.slack.sent, *here.telegram.sent) if isinstance(one, Post)]
    return next(text.split("**")[1] for text in reversed(sent) if text.startswith("Votre code"))


def test_a_code_links_two_platforms_and_is_kept_nowhere(open_hall: Hall) -> None:
    open_hall.hear(said(1), said(2))
    open_hall.hear(hall.replied(3), connection="telegram")
    open_hall.hear(on_slack(4, "lier"))
    code = code_of(open_hall)
    (kept,) = open_hall.all(LinkCode)
    assert code not in kept.digest
    open_hall.hear(commanded(5, "link", code.lower().replace("-", " ")), connection="telegram")

    assert member(open_hall, "U1").id == member(open_hall, "77").id
    assert replies(open_hall)[-1].startswith("C’est fait")
    assert open_hall.all(LinkCode) == []
    open_hall.hear(commanded(6, "moi"), connection="telegram")
    assert "3 contributions" in replies(open_hall)[-1]

    open_hall.hear(direct(7, "délier"), connection="telegram")
    assert member(open_hall, "U1").id != member(open_hall, "77").id
    open_hall.hear(commanded(8, "moi"), connection="telegram")
    assert "une contribution" in replies(open_hall)[-1]


def test_a_code_is_used_once_and_ends(open_hall: Hall) -> None:
    open_hall.hear(on_slack(1, "link"))
    code = code_of(open_hall)
    open_hall.pass_time(minutes=11)
    open_hall.hear(commanded(2, "link", code), connection="telegram")
    assert "Je ne connais pas ce code" in replies(open_hall)[-1]

    open_hall.hear(on_slack(3, "link"))
    for number, ref in ((4, "77"), (5, "78")):
        open_hall.hear(commanded(number, "link", code_of(open_hall), member=ref), connection="telegram")
    assert member(open_hall, "U1").id == member(open_hall, "77").id != member(open_hall, "78").id
    assert "Je ne connais pas ce code" in replies(open_hall)[-1]


def test_accounts_of_one_platform_are_not_linked(open_hall: Hall) -> None:
    open_hall.hear(on_slack(1, "link"))
    open_hall.hear(on_slack(2, "link", code_of(open_hall), "U2"))

    assert member(open_hall, "U1").id != member(open_hall, "U2").id
    assert "même plateforme" in replies(open_hall)[-1]


def test_both_accounts_are_told_which_the_other_is(open_hall: Hall) -> None:
    open_hall.hear(on_slack(1, "link"))
    open_hall.hear(commanded(2, "link", code_of(open_hall)), connection="telegram")

    here, there = replies(open_hall)[-2:]
    assert "**Name of U1** sur Slack" in here and "**délier**" in here
    assert "sur Telegram" in there


@pytest.mark.parametrize("host", ["U1", "77"])
def test_a_code_makes_nobody_a_host(open_hall: Hall, host: str) -> None:
    open_hall.hear(said(1))
    open_hall.hear(hall.replied(2), connection="telegram")
    with open_hall.store.write() as session:
        handle = session.scalars(select(Handle).where(Handle.ref == host)).one()
        session.get_one(Member, handle.member_id).is_host = True
    open_hall.hear(on_slack(3, "link"))
    open_hall.hear(commanded(4, "link", code_of(open_hall)), connection="telegram")

    assert member(open_hall, "U1").id != member(open_hall, "77").id
    assert "dans le playbook" in replies(open_hall)[-1]


def test_ideas_and_exports_over_and_over_wait_a_while(open_hall: Hall) -> None:
    for number in range(12):
        open_hall.hear(direct(number, f"idée : {number}"), connection="telegram")
    assert len(open_hall.all(Idea)) == 10
    assert replies(open_hall)[-1].startswith("C’était beaucoup en peu de temps")

    for number in range(20, 32):
        open_hall.hear(on_slack(number, "mes_données"))
    assert len([one for one in open_hall.slack.sent if isinstance(one, Document)]) == 10


def test_guessing_codes_is_slow(open_hall: Hall) -> None:
    for number in range(7):
        open_hall.hear(commanded(number, "link", f"ACDEF-GHJK{'34679AC'[number]}"), connection="telegram")

    told = [text.startswith("C’était un essai de trop") for text in replies(open_hall)]
    assert told == [False] * 5 + [True] * 2


def test_export_is_one_file_with_what_was_said(open_hall: Hall) -> None:
    open_hall.hear(hall.in_thread(1, "vingt euros"))
    open_hall.hear(on_slack(2, "mes_données"))

    (document,) = [one for one in open_hall.slack.sent if isinstance(one, Document)]
    told = json.loads(document.content)
    assert [answer["text"] for answer in told["answer"]] == ["vingt euros"]
    assert told["handle"][0]["ref"] == "U1"
    assert told["member_total"][0]["n"] == 1


def test_forgetting_is_asked_once_and_a_replay_confirms_nothing(open_hall: Hall) -> None:
    ask = commanded(1, "forget_me")
    for _ in range(2):
        open_hall.hear(ask, connection="telegram")

    assert len(open_hall.all(Farewell)) == 1 and member(open_hall).erased_at is None
    (question,) = replies(open_hall)
    assert "**oublie-moi**" in question


def test_hosts_link_accounts_by_writing_them_under_one_name_with_all_that_was_done_before(store: Store) -> None:
    house = theatre(store)
    house.apply(playbook(people={"ines": {"slack": "U1"}, "alexis": {"slack": "U2"}}))
    bus = Bus(store, house.app.now)
    bus.publish("slack", [said(1, "U1"), said(2, "U5")])
    bus.publish("telegram", [said(3, "11")])
    house.apply(playbook(people={"ines": {"slack": "U1", "telegram": "11"}, "alexis": {"slack": "U2"}}))
    bus.publish("telegram", [said(4, "11")])
    bus.close()

    with store.read() as session:
        counted = select(Handle.ref, MemberTotal.n).join(MemberTotal, MemberTotal.member_id == Handle.member_id)
        assert dict(session.execute(counted).all()) == {"U1": 3, "11": 3, "U5": 1}
