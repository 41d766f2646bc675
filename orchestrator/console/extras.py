"""Simulated members who answer when asked to, so that a newcomer sees a recap with several voices."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.console import scene, seats
from orchestrator.errors import Refused
from orchestrator.flow.app import App
from orchestrator.store import rehearsal
from orchestrator.store.tables import Connection, Delivery, Place, RehearsalMessage, Run, Space

#: Members who answer at one request.
VOICES = 3

ANSWERS = {
    "fr": (
        "J’ai commencé par en parler à deux clients, et ça a tout changé.",
        "Chez nous, c’est encore un point faible. On essaie une heure fixe par semaine depuis un mois.",
        "Franchement, je me suis trompé trois fois avant d’oser demander conseil.",
        "Petit à petit : une chose à la fois, écrite noir sur blanc.",
        "Je n’ai pas de bonne réponse, mais la question me suit depuis ce matin.",
        "On a repoussé trois mois, puis on l’a fait en une après-midi.",
        "Ce qui m’a aidé : le dire à voix haute à quelqu’un qui n’est pas du métier.",
        "J’y croyais, et les chiffres ont dit non. J’ai gardé la moitié de l’idée.",
        "Moins, mais mieux. C’est facile à écrire, j’y travaille encore.",
        "Demande-moi dans un mois : on vient de changer d’avis.",
    ),
    "en": (
        "I talked it over with two customers first, and it changed everything.",
        "Still a weak spot for us. We have kept one fixed hour a week for a month now.",
        "Honestly, I got it wrong three times before I dared to ask for advice.",
        "Bit by bit: one thing at a time, written down.",
        "No good answer yet, but the question has followed me since this morning.",
        "We put it off for three months, then did it in an afternoon.",
        "Saying it out loud to somebody outside the trade helped most.",
        "I believed in it, and the numbers said no. I kept half of the idea.",
        "Less, but better. Easy to write; still working on it.",
        "Ask me in a month: we have just changed our minds.",
    ),
}


def answer(app: App, space_name: str, seat: str) -> None:
    """Let a few members other than the seat answer the latest open post of a space, and like an answer."""
    with app.store.write() as session:
        space, community = scene.find(session, space_name)
        posts = _open_posts(session, space)
        if not posts:
            raise Refused("no ritual is open here", "hold one first")
        texts = ANSWERS.get(community.language, ANSWERS["en"])
        spoke = {seat} | {name for post, _ in posts for name in _voices(session, post)}
        for number in range(VOICES):
            post, connection = posts[number % len(posts)]
            text = texts[(post.id + len(spoke)) % len(texts)]
            spoke |= _one_answers(session, app, post, connection, spoke, text)


def _one_answers(
    session: Session, app: App, post: RehearsalMessage, connection: Connection, spoke: set[str], text: str
) -> set[str]:
    """Somebody whose name has not spoken on any platform answers, and likes the first answer; give that name."""
    hosts = seats.hosts(session, connection.id)
    everybody = rehearsal.people(session, post.connection)
    silent = [person for person in everybody if person.name not in spoke and person.ref not in hosts]
    if not silent:
        return set()
    person = silent[(post.id + len(spoke)) % len(silent)]
    chair = rehearsal.Seat(session, post.connection, connection.platform, person.ref, app.now())
    if not _votes(chair, post, len(spoke)):
        chair.says(post.place_ref, text, under=post.message_ref)
    if thread := _thread(session, post):
        chair.reacts(post.place_ref, thread[0].message_ref, "👍")
    return {person.name}


def _votes(chair: rehearsal.Seat, post: RehearsalMessage, which: int) -> bool:
    """Vote where the post asks for votes, by a poll or by buttons."""
    act = post.sent["act"]
    if post.kind == "poll":
        return chair.votes(post.place_ref, post.message_ref, [which % len(act["options"])])
    keys = [button["key"] for button in act.get("buttons", ()) if button["key"].startswith("vote-")]
    if keys:
        chair.presses(post.place_ref, post.message_ref, keys[which % len(keys)])
    return bool(keys)


def _voices(session: Session, post: RehearsalMessage) -> list[str]:
    names = {person.ref: person.name for person in rehearsal.people(session, post.connection)}
    spoke = [row.author_ref or "" for row in _thread(session, post)]
    spoke += rehearsal.votes(session, [post.id]).get(post.id, {})
    return [names.get(ref, "") for ref in spoke]


def _open_posts(session: Session, space: Space) -> list[tuple[RehearsalMessage, Connection]]:
    latest = (
        select(Run.id)
        .join(Delivery, Delivery.run_id == Run.id)
        .join(Place, Place.id == Delivery.place_id)
        .where(Place.space_id == space.id, Run.state == "open", Delivery.state == "sent")
        .order_by(Run.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = (
        select(RehearsalMessage, Connection)
        .join(Delivery, Delivery.key == RehearsalMessage.key)
        .join(Connection, Connection.id == Delivery.connection_id)
        .where(Delivery.run_id == latest, Delivery.counts, RehearsalMessage.under.is_(None))
        .order_by(RehearsalMessage.id)
    )
    return [(message, connection) for message, connection in session.execute(found)]


def _thread(session: Session, post: RehearsalMessage) -> list[RehearsalMessage]:
    found = select(RehearsalMessage).where(
        RehearsalMessage.connection == post.connection,
        RehearsalMessage.place_ref == post.place_ref,
        RehearsalMessage.under == post.message_ref,
        RehearsalMessage.author_ref.is_not(None),
    )
    return list(session.scalars(found.order_by(RehearsalMessage.id)))
