"""Why a kind of payload that Slack documents says nothing to us, one reason a kind."""

from __future__ import annotations

A_BOT = "a bot spoke"
INCOMPLETE = "something we need is missing"

# The outside of a delivery: https://docs.slack.dev/apis/events-api/
OUTER = {
    "empty": "an envelope with nothing in it",
    "url_verification": "Slack tests our address",
    "app_rate_limited": "Slack holds events back: more than 30,000 came in an hour",
    "hello": "the connection is open",
    "disconnect": "the connection is about to be renewed",
}

# https://docs.slack.dev/reference/interaction-payloads/
INTERACTIONS = {
    "view_closed": "a form was closed without an answer",
    "shortcut": "we offer no shortcuts",
    "message_action": "we offer no shortcuts",
    "block_suggestion": "we offer no menus that search",
    "interactive_message": "an old kind of button that we never post",
    "dialog_submission": "an old kind of form that we never open",
    "dialog_cancellation": "an old kind of form that we never open",
    "dialog_suggestion": "an old kind of form that we never open",
    "workflow_step_edit": "we offer no workflow steps",
}

# https://docs.slack.dev/reference/events/
_GROUPS = {
    "not in a place": "team_join app_home_opened im_open im_close im_created im_marked mpim_open mpim_close "
    "mpim_joined",
    "about a person, not about talk": "user_change user_status_changed user_profile_changed user_huddle_changed "
    "user_typing user_connection dnd_updated dnd_updated_user presence_change manual_presence_change invite_requested",
    "about a place's name or reach, its id stays": "channel_created channel_rename group_rename channel_shared "
    "channel_unshared channel_marked group_marked mpim_marked group_open group_close "
    "channel_convert_to_private channel_posting_permissions",
    "about how long messages are kept": "channel_history_changed group_history_changed im_history_changed",
    "about files": "file_created file_change file_deleted file_public file_shared file_unshared file_comment_added "
    "file_comment_edited file_comment_deleted",
    "about pins, stars and emoji": "pin_added pin_removed star_added star_removed emoji_changed bookmark_created",
    "about groups of people": "subteam_created subteam_members_changed subteam_self_added subteam_self_removed "
    "subteam_updated",
    "about the workspace": "team_access_granted team_access_revoked team_domain_change team_rename team_pref_change "
    "team_plan_change team_profile_change team_profile_delete team_profile_reorder team_migration_started "
    "email_domain_changed external_org_migration_finished external_org_migration_started grid_migration_finished "
    "grid_migration_started shared_channel_invite_accepted shared_channel_invite_approved "
    "shared_channel_invite_declined shared_channel_invite_received shared_channel_invite_requested accounts_changed "
    "pref_change commands_changed bot_added bot_changed url_verification",
    "our access was taken back: the next call will say so": "app_uninstalled app_uninstalled_team tokens_revoked "
    "scope_denied app_deleted app_uninstalled_v2 resources_removed user_resource_denied user_resource_removed",
    "about who may use apps": "app_installed app_requested scope_granted resources_added user_resource_granted",
    "about links, calls and workflows": "link_shared call_rejected function_executed workflow_deleted "
    "workflow_published workflow_step_deleted workflow_step_execute workflow_unpublished entity_details_requested",
    "about talk with assistants": "assistant_thread_started assistant_thread_context_changed app_context_changed "
    "agent_session_stopped agent_session_title_changed",
    "our own marks on messages": "message_metadata_posted message_metadata_updated message_metadata_deleted",
    "about the connection": "goodbye reconnect_url error hello pong",
}
OTHERS = {kind: why for why, kinds in _GROUPS.items() for kind in kinds.split()}
OTHERS["app_rate_limited"] = OUTER["app_rate_limited"]  # alone, or wrapped like an event
