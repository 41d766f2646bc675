"""Slack's error codes in plain words: what is wrong, what mends it, and whether trying again can help."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.error import URLError

from orchestrator.errors import DeliveryFailed, DeliveryUnknown


class Fault(NamedTuple):
    """One code: the fact, the mend, and whether it stays so until somebody acts."""

    what: str
    mend: str
    permanent: bool = True


INVITE = "invite the app into the channel: type /invite @Tertulia there"
RECONNECT = "reinstall the app in Slack and set TERTULIA_SLACK_BOT_TOKEN to its new token"
ELSEWHERE = "choose another channel in the playbook, or ask whoever runs the Slack workspace"
SHORTER = "shorten the text in the playbook or its template"
WAIT = "nothing: it is tried again"
OURS = "report this to Tertulia's authors with the text that you wanted to post"

# https://docs.slack.dev/reference/methods/chat.postMessage/#errors and the pages of the other methods we call.
FAULTS = {
    "not_in_channel": Fault("the app is not in that channel", INVITE),
    "channel_not_found": Fault("the app does not see that channel: it is private, or its id is wrong", INVITE),
    "is_archived": Fault("that channel is archived", ELSEWHERE),
    "restricted_action": Fault("the workspace does not let the app post there", ELSEWHERE),
    "restricted_action_read_only_channel": Fault("only some people may post in that channel", ELSEWHERE),
    "restricted_action_thread_only_channel": Fault("that channel takes no new threads from the app", ELSEWHERE),
    "restricted_action_thread_locked": Fault("that thread is locked", "unlock the thread in Slack"),
    "restricted_action_non_threadable_channel": Fault("that channel has no threads", ELSEWHERE),
    "posting_to_channel_denied": Fault("the workspace does not let the app post there", ELSEWHERE),
    "user_not_found": Fault("Slack knows no such person", "check the person's Slack id in the playbook"),
    "users_not_found": Fault("Slack knows no such person", "check the person's Slack id in the playbook"),
    "user_disabled": Fault("that person's account is closed", "take the person out of the playbook"),
    "cannot_dm_bot": Fault("that is a bot: nobody reads its direct messages", "take it out of the playbook"),
    "messages_tab_disabled": Fault(
        "members cannot talk with the app directly",
        "switch on App Home > Messages Tab (deploy/slack-manifest.yaml does)",
    ),
    "invalid_auth": Fault("Slack does not accept our token", RECONNECT),
    "not_authed": Fault("we have no Slack token", "set TERTULIA_SLACK_BOT_TOKEN"),
    "account_inactive": Fault("the app was removed from the workspace", RECONNECT),
    "token_revoked": Fault("our Slack token was taken back", RECONNECT),
    "token_expired": Fault("our Slack token ran out", RECONNECT),
    "org_login_required": Fault("the workspace is being moved by Slack", "wait until Slack has finished", False),
    "team_access_not_granted": Fault("the app is not installed in that workspace", RECONNECT),
    "team_added_to_org": Fault("the workspace is being moved by Slack", "wait until Slack has finished", False),
    "access_denied": Fault("Slack does not let the app do that", RECONNECT),
    "no_permission": Fault("the token may not do that", RECONNECT),
    "ekm_access_denied": Fault("the workspace's owners have stopped posting", ELSEWHERE),
    "missing_scope": Fault("the app lacks a permission", "reinstall it from deploy/slack-manifest.yaml"),
    "not_allowed_token_type": Fault(
        "that is another kind of token", "set TERTULIA_SLACK_BOT_TOKEN to one that begins with xoxb-"
    ),
    "message_not_found": Fault("that message is no longer there", "nothing: somebody deleted it"),
    "thread_not_found": Fault("the message to answer is no longer there", "nothing: somebody deleted it"),
    "cant_update_message": Fault("that message is not ours to change", OURS),
    "cant_delete_message": Fault("that message is not ours to delete", OURS),
    "edit_window_closed": Fault(
        "the workspace lets nobody change messages this old", "nothing: the message stays as it is"
    ),
    "too_many_reactions": Fault(
        "that message has as many reactions as Slack allows", "nothing: it was heard all the same"
    ),
    "too_many_emoji": Fault("that message has as many reactions as Slack allows", "nothing: it was heard all the same"),
    "invalid_name": Fault("the workspace has no emoji of that name", OURS),
    "msg_too_long": Fault("the message is longer than Slack allows", SHORTER),
    "msg_blocks_too_long": Fault("the message is longer than Slack allows", SHORTER),
    "no_text": Fault("the message is empty", "write a text in the playbook or its template"),
    "invalid_blocks": Fault("Slack does not accept the shape of that message", OURS),
    "invalid_blocks_format": Fault("Slack does not accept the shape of that message", OURS),
    "invalid_arguments": Fault("Slack does not accept that message", OURS),
    "metadata_too_large": Fault("our mark on the message is too long for Slack", OURS),
    "invalid_metadata_format": Fault("Slack does not accept our mark on the message", OURS),
    "expired_trigger_id": Fault("the button was pressed more than 3 seconds ago", "press it again"),
    "invalid_trigger_id": Fault("that press of the button is no longer known", "press it again"),
    "exchanged_trigger_id": Fault("that press of the button was used already", "press it again"),
    "user_not_in_channel": Fault("that person is not in the channel", "nothing: they left"),
    "rate_limited": Fault("Slack asks us to slow down", WAIT, False),
    "ratelimited": Fault("Slack asks us to slow down", WAIT, False),
    "message_limit_exceeded": Fault(
        "the workspace has used up its messages", "ask whoever runs the Slack workspace", False
    ),
    "team_quota_exceeded": Fault(
        "the workspace has used up its storage", "ask whoever runs the Slack workspace", False
    ),
    "invalid_post_type": Fault("Slack did not understand our request", OURS),
    "accesslimited": Fault("Slack does not accept calls from this network", "ask whoever runs the Slack workspace"),
    "method_deprecated": Fault("Slack no longer knows this call", "update Tertulia"),
    "unknown_method": Fault("that server does not know this call", "check TERTULIA_SLACK_API_URL"),
    "deprecated_endpoint": Fault("Slack no longer knows this call", "update Tertulia"),
    "cannot_reply_to_message": Fault("that message takes no replies", "nothing: Slack has no threads under notices"),
    "thread_locked": Fault("that thread is locked", "unlock the thread in Slack"),
    "not_reactable": Fault("that message takes no reactions", "nothing: it was heard all the same"),
    "no_reaction": Fault("that reaction is no longer there", "nothing: somebody took it back"),
    "is_inactive": Fault("that message is frozen", "nothing: the message stays as it is"),
    "storage_limit_reached": Fault("the workspace has no room for files", "ask whoever runs the Slack workspace"),
    "file_uploads_disabled": Fault("the workspace lets nobody upload files", "ask whoever runs the Slack workspace"),
    "file_uploads_except_images_disabled": Fault(
        "the workspace takes images only", "ask whoever runs the Slack workspace"
    ),
    "file_upload_size_restricted": Fault(
        "the workspace takes no files this large", "ask whoever runs the Slack workspace"
    ),
    "file_type_not_allowed": Fault(
        "the workspace takes no files of this kind", "ask whoever runs the Slack workspace to allow .json files"
    ),
    "malware_detected": Fault("Slack took the file for a harmful one", "ask whoever runs the Slack workspace"),
    "file_not_found": Fault("the file did not reach Slack", "ask for the file again", False),
    "file_update_failed": Fault("Slack could not show the file", "ask for the file again", False),
    "posting_to_general_channel_denied": Fault("the workspace does not let the app post there", ELSEWHERE),
    "external_channel_migrating": Fault("that shared channel is being moved by Slack", WAIT, False),
    "fetch_members_failed": Fault("Slack could not tell who is in that channel", WAIT, False),
    "compliance_exports_prevent_deletion": Fault(
        "the workspace keeps every message, so that none can be deleted", "ask whoever runs the Slack workspace"
    ),
    "user_not_visible": Fault("the app does not see that person", "check the person's Slack id in the playbook"),
    "user_is_restricted": Fault("that person is a guest and may not do that", "choose somebody else"),
    "user_is_ultra_restricted": Fault("that person is a guest and may not do that", "choose somebody else"),
    "user_is_bot": Fault("Slack lets no app join that channel by itself", INVITE),
    "method_not_supported_for_channel_type": Fault("Slack cannot do that in this kind of channel", ELSEWHERE),
    "enterprise_is_restricted": Fault("the organisation's owners do not let the app do that", RECONNECT),
    "team_not_found": Fault("Slack knows no such workspace", RECONNECT),
    "two_factor_setup_required": Fault("Slack asks for a second factor first", "ask whoever runs the Slack workspace"),
    "upgrade_required": Fault("the workspace has to take its new Slack first", "ask whoever runs the Slack workspace"),
    "duplicate_external_id": Fault("a form under that name is open already", "press the button again"),
}

# Shapes that we never send: https://docs.slack.dev/reference/methods/chat.postMessage/#errors, chat.update, views.open.
_MISSHAPEN = """
attachment_payload_limit_exceeded as_user_not_supported bad_timestamp block_mismatch cant_broadcast_message
duplicate_channel_not_found duplicate_message_not_found invalid_arg_name invalid_array_arg invalid_charset
invalid_channel invalid_cursor invalid_form_data invalid_json invalid_limit invalid_metadata_schema invalid_ts_latest
invalid_ts_oldest invalid_types invalid_user_combination json_not_object limit_required markdown_text_conflict
metadata_must_be_sent_from_app missing_argument missing_charset missing_file_data missing_post_type
no_dual_broadcast_content_update
no_item_specified not_enough_users streaming_state_conflict superfluous_charset too_many_attachments
too_many_contact_cards too_many_users users_list_not_supplied view_too_large
"""
FAULTS |= {code: Fault("Slack does not accept the shape of that request", OURS) for code in _MISSHAPEN.split()}

# The place itself takes nothing more from us, until we are put into it or it is opened again.
GONE = frozenset({"not_in_channel", "channel_not_found", "is_archived"})

# "It's possible some aspect of the operation succeeded before the error was raised."
UNSURE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})

# What we wanted is so already.
FINE = {
    "reactions.add": frozenset({"already_reacted"}),
    "chat.delete": frozenset({"message_not_found"}),
    "conversations.join": frozenset({"already_in_channel"}),
}


def refused(method: str, code: str, status: int, retry_after: float | None) -> DeliveryFailed | DeliveryUnknown | None:
    """An answer other than ok: the error to raise, or None where what we wanted is so already.

    `status` is the HTTP status, `retry_after` Slack's demand in seconds.
    """
    if code in FINE.get(method, ()):
        return None
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return DeliveryFailed("ratelimited", *FAULTS["ratelimited"][:2], retry_after=retry_after or 1.0)
    is_slack = re.fullmatch(r"[a-z_]+", code) is not None
    if status >= 500 or code in UNSURE or (status == 200 and not is_slack):
        told = code if is_slack else f"HTTP {status}"
        return DeliveryUnknown(f"Slack failed with {told} and does not say whether it had done it")
    if not is_slack:
        what = f"something before Slack refused with HTTP {status}"
        return DeliveryFailed(str(status), what, "check the network, its proxy and TERTULIA_SLACK_API_URL")
    fault = FAULTS.get(code, Fault(f"Slack refused with {code}", "look the code up on docs.slack.dev"))
    return DeliveryFailed(code, fault.what, fault.mend, permanent=fault.permanent, gone=code in GONE)


def broken(error: Exception) -> DeliveryFailed | DeliveryUnknown:
    """A call that got no answer: surely not sent, or unknown.

    urllib wraps in URLError what happens up to the last byte of the request (no name, no connection, no
    handshake, a request cut short), so Slack cannot have acted. What comes after it is raised bare.
    """
    if isinstance(error, URLError):
        what = f"no connection to Slack: {error.reason}"
        return DeliveryFailed("unreachable", what, "check the network and TERTULIA_SLACK_API_URL")
    return DeliveryUnknown(f"Slack's answer was lost ({type(error).__name__})")
