"""Telegram's error answers → what happened, its mend, and whether trying again can help.

Telegram has no error codes of its own: a status and an English sentence. The sentences are those of
tdlib/telegram-bot-api (Client.cpp); what is not in the table keeps Telegram's own words.
"""

from __future__ import annotations

import httpx
import msgspec
from msgspec import Struct
from telegram.error import TelegramError

from orchestrator.errors import DeliveryFailed, DeliveryUnknown, PlaceMoved, TertuliaError


class Parameters(Struct, frozen=True):
    """Bot API, ResponseParameters."""

    migrate_to_chat_id: int | None = None
    retry_after: float | None = None


class Reply(Struct, frozen=True):
    """The answer to any call; `result` stays unread bytes."""

    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    description: str = ""
    parameters: Parameters | None = None


class Fault(Struct, frozen=True):
    """One row of the table; trying again helps none. `says` is a part of Telegram's sentence, in lower case.

    gone: the place itself takes nothing more from us, until we are put into it again.
    """

    says: str
    what: str
    mend: str
    gone: bool = False


TOKEN = "copy the token from @BotFather into TERTULIA_TELEGRAM_TOKEN"
ADD_US = "add the bot to the group again"
PRESS_START = "ask them to open the bot and press Start"
LET_POLLS = "let the bot send polls in the group's permissions"
LET_US = "let the bot send messages in the group's permissions"
PROMOTE_US = "make the bot an administrator there"
OTHER_PLACE = "choose another place in the playbook"
OTHER_TOPIC = "choose another topic in the playbook"
NOTHING = "nothing to do"
OURS = "report this to Tertulia's authors with the text that you wanted to post"

FAULTS = (
    Fault("unauthorized", "Telegram does not accept our token", TOKEN),
    Fault("bot was blocked", "this member blocked the bot", "only they can unblock it"),
    Fault("user is deactivated", "this member's account no longer exists", "take them off the playbook"),
    Fault("can't initiate conversation", "this member never wrote to the bot", PRESS_START),
    Fault("private chat not found", "this member never wrote to the bot", PRESS_START),
    Fault("can't send messages to bots", "this member is a bot", "take it off the playbook"),
    Fault("bot was kicked", "the bot was removed from this place", ADD_US, gone=True),
    Fault("bot is not a member", "the bot is not in this place", ADD_US, gone=True),
    Fault("group chat was deleted", "this group was deleted", OTHER_PLACE, gone=True),
    Fault("group chat was deactivated", "this group was closed", OTHER_PLACE, gone=True),
    Fault("channel_private", "the bot is not in this place", ADD_US, gone=True),
    Fault("chat_forbidden", "the bot was removed from this place", ADD_US, gone=True),
    Fault("chat not found", "the bot does not see this place", "check its link or id, and add the bot to it"),
    Fault("message thread not found", "this topic no longer exists", OTHER_TOPIC),
    Fault("topic_deleted", "this topic was deleted", OTHER_TOPIC),
    Fault("topic_closed", "this topic is closed", "open the topic again, or choose another one"),
    Fault("not enough rights to send polls", "the bot may not post polls here", LET_POLLS),
    Fault("chat_send_polls_forbidden", "the bot may not post polls here", LET_POLLS),
    Fault("chat_send_docs_forbidden", "the bot may not send files here", LET_US),
    Fault("polls can't be sent to channel", "a channel takes no polls that tell who votes what", OTHER_PLACE),
    Fault("chat_write_forbidden", "the bot may not write here", LET_US),
    Fault("chat_restricted", "the bot may not write here", LET_US),
    Fault("have no write access", "the bot may not write here", LET_US),
    Fault("_forbidden", "the bot may not do that here", LET_US),
    Fault("have no rights to send", "the bot may not write here", LET_US),
    Fault("not enough rights to send", "the bot may not write here", LET_US),
    Fault("not enough rights", "the bot lacks a right here", PROMOTE_US),
    Fault("need administrator rights", "the bot is no administrator here", PROMOTE_US),
    Fault("chat_admin_required", "the bot is no administrator here", PROMOTE_US),
    Fault("message to be replied not found", "the message to answer no longer exists", NOTHING),
    Fault("message to edit not found", "the message to change no longer exists", NOTHING),
    Fault("message can't be edited", "this message can no longer be changed", NOTHING),
    Fault("message can't be deleted", "this message can no longer be taken back", "delete it by hand"),
    Fault("message to react not found", "the message to react to no longer exists", NOTHING),
    Fault("message with poll to stop not found", "the poll no longer exists", NOTHING),
    Fault("message is not a poll", "that message is no poll", NOTHING),
    Fault("poll can't be stopped", "this poll can no longer be closed", "close it by hand"),
    Fault("poll_option", "Telegram does not accept one of the options", "change the poll's options in the playbook"),
    Fault("poll_question", "Telegram does not accept the question", "change the poll's question in the playbook"),
    Fault("poll must have", "Telegram does not accept the options", "change the poll's options in the playbook"),
    Fault("poll_answers", "Telegram does not accept the options", "change the poll's options in the playbook"),
    Fault("poll options", "Telegram does not accept the options", "change the poll's options in the playbook"),
    Fault("poll question", "Telegram does not accept the question", "change the poll's question in the playbook"),
    Fault("close_date", "the poll would close before it opened, or too late", "change `open_for` in the playbook"),
    Fault("open_period", "the poll would close before it opened, or too late", "change `open_for` in the playbook"),
    Fault("message not found", "the message no longer exists", NOTHING),
    Fault("reply_message_id_invalid", "the message to answer no longer exists", NOTHING),
    Fault("message_id_invalid", "the message no longer exists", NOTHING),
    Fault("reaction_invalid", "this reaction is not allowed here", "allow all reactions in the group's settings"),
    Fault("query is too old", "the press is too old to be answered", NOTHING),
    Fault("message text is empty", "the text was empty", "write a text in the playbook"),
    Fault("message is too long", "the text was too long", "shorten it in the playbook"),
    Fault("text must be non-empty", "the text was empty", "write a text in the playbook"),
    Fault("text is too long", "the text was too long", "shorten it in the playbook"),
    Fault("message_too_long", "the text was too long", "shorten it in the playbook"),
    Fault("caption is too long", "the line beside the file was too long", OURS),
    Fault("caption_too_long", "the line beside the file was too long", OURS),
    Fault("request entity too large", "the file is larger than the 50 MB that Telegram takes from a bot", OURS),
    Fault("file is too big", "the file is larger than the 50 MB that Telegram takes from a bot", OURS),
    Fault("file must be non-empty", "the file was empty", OURS),
    Fault("no document in the request", "the file did not arrive with its message", OURS),
    Fault("can't parse entities", "Telegram does not accept the marks of this text", OURS),
    Fault("entit", "Telegram does not accept the marks of this text", OURS),
    Fault("reply markup is too long", "there were too many buttons", "offer fewer choices in the playbook"),
    Fault("button_", "Telegram does not accept one of the buttons", OURS),
    Fault("reactions_too_many", "this message has as many reactions as Telegram allows", NOTHING),
    Fault("message_author_required", "this message is not the bot's to change", NOTHING),
    Fault("peer_id_invalid", "Telegram knows no such place or person", "check the id in the playbook"),
    Fault("member not found", "that person is not in this place", NOTHING),
    Fault("participant_id_invalid", "that person is not in this place", NOTHING),
    Fault("user not found", "Telegram knows no such person", "check the id in the playbook"),
    Fault("privacy_premium_required", "this member takes messages from few people only", "only they can change it"),
    Fault("user_banned_in_channel", "Telegram does not let the bot write in groups", "ask @SpamBot why"),
    Fault("frozen", "Telegram has frozen this bot", "ask @BotSupport why"),
)
# What the status 404 says: of a message or a place that is gone Telegram tells with 400 (fail_query_with_error).
NO_API = ("this is no Bot API, or the token is misspelt", "check the token and TERTULIA_TELEGRAM_API_URL")

# What is as good as done: the message already says this, or is already gone.
DONE = ("message is not modified", "message to delete not found", "poll has already been closed")

# The connection was never made, or never given out by our pool: no byte left.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


def refused(status: int, reply: Reply) -> TertuliaError:
    """An answer that is not ok → DeliveryFailed, PlaceMoved, or DeliveryUnknown for a server's own error."""
    parameters = reply.parameters or Parameters()
    if parameters.migrate_to_chat_id is not None:
        return PlaceMoved(str(parameters.migrate_to_chat_id))
    if status >= 500:
        return DeliveryUnknown(f"Telegram had an error of its own ({status})")
    code = _code(status, reply.description)
    if status == 429:
        what = "Telegram asks us to slow down"
        return DeliveryFailed(code, what, "nothing to do: it goes out later", retry_after=parameters.retry_after)
    if status == 409:
        return DeliveryFailed(code, "another program receives this bot's messages", "stop the other one")
    if status == 404:
        return DeliveryFailed(code, *NO_API, permanent=True)
    fault = _known(reply.description)
    if fault is None:
        what = f"Telegram refused: {reply.description or status}"
        return DeliveryFailed(code, what, "look this answer up in docs/telegram.md", permanent=True)
    return DeliveryFailed(code, fault.what, fault.mend, permanent=True, gone=fault.gone)


def unreadable(status: int) -> TertuliaError:
    """An answer that is not the Bot API's JSON (a proxy's page, a cut reply)."""
    if status in (200, 408) or status >= 500:
        return DeliveryUnknown(f"the answer could not be read (status {status})")
    what = f"something that is not Telegram answered (status {status})"
    return DeliveryFailed(str(status), what, "check TERTULIA_TELEGRAM_API_URL and any proxy", permanent=False)


def lost(error: TelegramError) -> TertuliaError:
    """No answer came. The SDK raises TimedOut or NetworkError for everything; the cause tells them apart."""
    cause = error.__cause__
    if isinstance(cause, NOT_SENT):
        what = "Telegram could not be reached"
        return DeliveryFailed("unreachable", what, "check the network; we try again by ourselves")
    return DeliveryUnknown(f"the connection broke before Telegram answered ({type(cause or error).__name__})")


def is_done(reply: Reply) -> bool:
    """Is the refusal as good as a success?"""
    said = reply.description.lower()
    return any(done in said for done in DONE)


def _known(description: str) -> Fault | None:
    said = description.lower().replace("’", "'")
    return next((fault for fault in FAULTS if fault.says in said), None)


def _code(status: int, description: str) -> str:
    """Telegram's own word: its sentence without the status's name and without what follows."""
    words = description.partition(": ")[2] or description
    return words.partition(":")[0].strip()[:80] or str(status)
