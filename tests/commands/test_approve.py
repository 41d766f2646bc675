"""tertulia approve: the list of what waits, and decisions, new texts and people left out from the command line."""

from __future__ import annotations

import sys
from datetime import datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from orchestrator.ports import Post
from orchestrator.store import approvals, deliveries
from orchestrator.store.approvals import Terms
from orchestrator.store.tables import Delivery, Handle, Member, Run
from tests.commands.conftest import Machine


def asked(machine: Machine) -> str:
    machine.types("hold", "cercle/annonce")
    (request,) = machine.asks("approve")["approvals"]
    code: str = request["id"]
    return code


def asked_about_people(machine: Machine, *names: str) -> str:
    """Let the request be about a message to each of these members."""
    old = asked(machine)
    app = machine.app()
    with app.store.write() as session:
        run = session.scalars(select(Run)).one()
        request = approvals.by_code(session, old)
        assert request is not None
        for post in approvals.held(session, run.id):
            post.state = "skipped"
        for n, name in enumerate(names):
            member = Member(community_id=1, name=name, is_host=False)
            session.add(member)
            session.flush()
            handle = Handle(community_id=1, connection_id=1, ref=f"U{n}", member_id=member.id)
            session.add(handle)
            session.flush()
            deliveries.plan(
                session,
                run=run,
                stage="post",
                target=f"member:{member.id}",
                body=Post(f"Bonjour {name}."),
                handle=handle,
                not_before=app.now(),
                state="held",
            )
        approvals.void(session, run.id)
        return approvals.ask(session, run, "approval", app.now(), Terms(request.until)).code


def sent_to(machine: Machine) -> dict[str, str]:
    with machine.app().store.read() as session:
        rows = session.scalars(select(Delivery).where(Delivery.target.startswith("member:")).order_by(Delivery.id))
        return {deliveries.decode(row.body).text: row.state for row in rows}  # type: ignore[union-attr]


def test_what_waits_is_listed_with_its_texts(machine: Machine) -> None:
    code = asked(machine)

    (request,) = machine.asks("approve")["approvals"]
    assert (request["playbook"], request["ritual"]) == ("cercle", "annonce")
    assert request["posts"] == [{"text": "Bonne année", "places": ["C0123ABCD", "-1001234567890"], "to": ""}]
    status, printed = machine.types("approve")
    assert status == 0
    assert code in printed and "Bonne année" in printed


def test_moments_of_the_list_are_those_of_the_communitys_clock(machine: Machine) -> None:
    asked(machine)
    (request,) = machine.asks("approve")["approvals"]
    paris = [datetime.fromisoformat(request[key]).astimezone(ZoneInfo("Europe/Paris")) for key in ("due_at", "until")]

    _, printed = machine.types("approve")
    due, until = (f"{moment:%Y-%m-%d at %H:%M}" for moment in paris)
    assert f"due {due}, decide by {until} (Europe/Paris)" in printed
    assert request["zone"] == "Europe/Paris" and request["until"].endswith("Z")


@pytest.mark.parametrize(("options", "state"), [([], "approved"), (["--skip"], "refused"), (["--refuse"], "refused")])
def test_a_decision_is_taken_once(machine: Machine, options: list[str], state: str) -> None:
    code = asked(machine)

    assert machine.asks("approve", code, *options)["state"] == state
    assert machine.asks("approve")["approvals"] == []
    assert "en ligne de commande" in machine.asks("approve", code)["sentence"]


def test_an_id_may_be_cut_short(machine: Machine) -> None:
    code = asked(machine)

    assert machine.asks("approve", code[:6])["state"] == "approved"


def test_a_new_text_is_asked_about_anew(machine: Machine, tmp_path: Path) -> None:
    code = asked(machine)
    told = machine.asks("approve", code, "--text", "Bonne *année* à tous")
    assert told["state"] == "asked" and told["id"] != code

    (tmp_path / "new.md").write_text("Meilleurs vœux", encoding="utf-8")
    assert machine.types("approve", told["id"], "--file", str(tmp_path / "new.md"))[0] == 0
    (request,) = machine.asks("approve")["approvals"]
    assert [post["text"] for post in request["posts"]] == ["Meilleurs vœux"]
    assert machine.types("approve", code)[0] == 1, "the text that was asked about first is gone"
    assert machine.asks("approve", request["id"])["state"] == "approved"


def test_the_text_is_edited_in_the_editor(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = asked(machine)
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys\np = pathlib.Path(sys.argv[1])\np.write_text(p.read_text().rstrip() + ' encore')\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    monkeypatch.delenv("VISUAL", raising=False)

    machine.types("approve", code, "--edit")
    assert machine.asks("approve")["approvals"][0]["posts"][0]["text"] == "Bonne année encore"


def test_the_text_comes_from_standard_input(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    code = asked(machine)
    monkeypatch.setattr("sys.stdin", StringIO("Bonne soirée\n"))

    machine.types("approve", code, "--file", "-")
    assert machine.asks("approve")["approvals"][0]["posts"][0]["text"] == "Bonne soirée"


@pytest.mark.parametrize("text", [" ", "x" * 5000])
def test_a_text_that_cannot_be_sent_is_told(machine: Machine, text: str) -> None:
    code = asked(machine)

    status, printed = machine.types("approve", code, "--text", text)
    assert status == 1 and ("texte" in printed or "trop long" in printed)
    assert machine.asks("approve")["approvals"][0]["id"] == code


def test_people_are_listed_and_left_out(machine: Machine) -> None:
    code = asked_about_people(machine, "Nadia B", "Karim", "Léa")

    (request,) = machine.asks("approve")["approvals"]
    assert [person["name"] for person in request["people"]] == ["Nadia B", "Karim", "Léa"]
    assert "Nadia B" in machine.types("approve")[1]
    told = machine.asks("approve", code, "--without", "nadia", "--without", "Karim")
    assert told["state"] == "approved"
    assert sent_to(machine) == {"Bonjour Nadia B.": "skipped", "Bonjour Karim.": "skipped", "Bonjour Léa.": "due"}


def test_who_is_not_in_it_is_not_left_out(machine: Machine) -> None:
    code = asked_about_people(machine, "Nadia B", "Nadia C")

    for name, told in (("Karim", "is not in this request"), ("Nadia", "could be several people")):
        status, printed = machine.types("approve", code, "--without", name)
        assert status == 2 and told in printed and "Nadia B, Nadia C" in printed
    status, printed = machine.types("approve", code, "--without", "Nadia B", "--without", "Nadia C")
    assert status == 1 and "personne" in printed
    assert set(sent_to(machine).values()) == {"held"}


def test_an_unknown_request_is_refused(machine: Machine) -> None:
    status, printed = machine.types("approve", "nothing")

    assert status == 2
    assert "tertulia approve" in printed


def test_nothing_waiting_is_said(machine: Machine) -> None:
    assert machine.types("approve") == (0, "Nothing waits for a decision.\n")
