"""The words that members and hosts say to us: a command, or one of them written in our direct chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from orchestrator.flow import ask, asker, export, forget, hear, host_words, link, me, names, wishes
from orchestrator.flow.asker import Asker
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.rituals.contract import Word
from orchestrator.rules import member_words
from orchestrator.rules.answer import read_key
from orchestrator.rules.member_words import Said, Wish
from orchestrator.store import ideas
from orchestrator.store.members import Speaker

#: Ideas, and exports, that somebody may ask for at once, and the time after which one more is free again.
AT_ONCE = 10
AGAIN_AFTER = timedelta(minutes=10)


def commanded(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A word to us, or the link behind an answer button. What nobody knows gets the list of words."""
    word, rest = str(item.inbound.data.get("word", "")), str(item.inbound.data.get("rest", "")).strip()
    if item.inbound.member_ref is None or host_words.heard(hearing, threads, item):
        return
    # Typed in a group, the link is a mere "start": a question asked directly is asked in the member's own chat.
    if word.casefold() == "start" and item.is_direct and (key := read_key(rest)):
        ask.ask_directly(hearing, threads, item, key)
        return
    wish = member_words.read_command(word, rest)
    if _is_plain(item) and (wish is None or _is_answer(hearing, threads, item, wish)):
        hear.said(hearing, threads, item)
    elif wish is not None:
        _obey(hearing, item, wish)
    elif not item.places or item.inbound.message_ref is None:  # elsewhere it may be meant for another bot
        _obey(hearing, item, Said(Wish.HELP))


def said(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A message; in our direct chat it may be one of the words."""
    wish = None if item.places else member_words.read(item.inbound.text or "")
    if wish is None or item.inbound.member_ref is None or _is_answer(hearing, threads, item, wish):
        hear.said(hearing, threads, item)
    else:
        _obey(hearing, item, wish)


def _is_plain(item: Item) -> bool:
    """Is it a plain message in our direct chat, and no command?"""
    return item.inbound.message_ref is not None and not item.places and not (item.inbound.text or "/").startswith("/")


def _is_answer(hearing: Hearing, threads: Threads, item: Item, wish: Said) -> bool:
    """ "moi" may be somebody's whole answer to an open question."""
    return member_words.yields(wish) and hear.find(hearing, threads, item) is not None


def _obey(hearing: Hearing, item: Item, wish: Said) -> None:
    who = asker.find(hearing, item, wish.rest)
    for handle in who.handles:
        if not handle.name:  # with the name, the platform may tell their language
            names.learn(hearing, Speaker(handle.id, handle.connection_id, handle.member_id, is_host=False, named=False))
    if not who.was_answered():  # told again, "stop" must not undo the "start" that followed it
        WORDS[wish.wish](who)


def _help(who: Asker) -> None:
    adapter = who.hearing.adapter(who.item.connection_id)
    who.tells("member/help", {"platform": adapter.capabilities.platform if adapter else ""})


def _stop(who: Asker) -> None:
    """Silence at once, in every community of this person on the connection."""
    wishes.hush(who.hearing, who.members(), who.item.at)
    who.says(Word("stopped"))


def _start(who: Asker) -> None:
    """Whoever was silent is back; to anybody else we say what they can write (Telegram's first button is "start")."""
    if not wishes.speak_again(who.hearing, who.members(), who.item.at):
        _help(who)
    elif all(member.opted_out_at is None for member in who.members()):
        who.says(Word("started"))


def _no_praise(who: Asker) -> None:
    wishes.decline_thanks(who.hearing, who.members())
    who.says(Word("praise stopped"))


def _praise(who: Asker) -> None:
    for member in who.members():
        member.no_praise_at = None
    who.says(Word("praise started"))


def _idea(who: Asker) -> None:
    text = hear.clean(who.rest).strip()
    if _too_often(who, "ideas"):
        return
    if not text:
        who.says(Word("idea empty"))
        return
    for handle in who.handles:
        ideas.keep(who.hearing.session, handle, who.event_key, text, who.item.at)
    who.says(Word("idea kept"))


def _export(who: Asker) -> None:
    if not _too_often(who, "exports"):
        export.send(who)


def _too_often(who: Asker, what: str) -> bool:
    """Somebody who asks for this over and over waits a while; they are told so."""
    late = who.asks_too_often(what, AT_ONCE, AGAIN_AFTER)
    if late:
        who.says(Word("too often"))
    return late


WORDS: Mapping[Wish, Callable[[Asker], None]] = {
    Wish.HELP: _help,
    Wish.STOP: _stop,
    Wish.START: _start,
    Wish.NO_PRAISE: _no_praise,
    Wish.PRAISE: _praise,
    Wish.ME: me.tell,
    Wish.LINK: link.link,
    Wish.UNLINK: link.unlink,
    Wish.IDEA: _idea,
    Wish.FORGET: forget.ask_first,
    Wish.EXPORT: _export,
}
