"""The closed list of reasons: every due thing ends with one of them, and each has its sentence."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a due thing did or did not happen. The value is what is stored, printed and documented."""

    POSTED = "posted"
    AWAITING_APPROVAL = "awaiting approval"
    NOT_APPROVED = "not approved in time"
    REFUSED = "refused"
    QUIET_HOURS = "quiet hours"
    DAY_FULL = "day full"
    OUR_SHARE = "our share reached"
    DIRECT_BUDGET = "direct budget"
    OPTED_OUT = "opted out"
    UNREACHABLE = "unreachable"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    UNANSWERED = "unanswered too often"
    MISSED = "missed while down"
    NOBODY = "nobody to write to"
    PLATFORM_REFUSED = "platform refused"
    UNSURE = "unsure"
    FAILED = "failed"


SENTENCES = {
    Reason.POSTED: "It was posted.",
    Reason.AWAITING_APPROVAL: "It waits for a host's approval.",
    Reason.NOT_APPROVED: "No host approved it in time, so nothing was sent.",
    Reason.REFUSED: "A host decided not to send it.",
    Reason.QUIET_HOURS: "Its moment fell into the quiet hours and it could not wait for their end.",
    Reason.DAY_FULL: "That place already had its posts of the day from us.",
    Reason.OUR_SHARE: "We would have talked too large a share in that place.",
    Reason.DIRECT_BUDGET: "This member already had our unasked messages of the week.",
    Reason.OPTED_OUT: "This member asked us to stop.",
    Reason.UNREACHABLE: "The platform does not let us write to this member.",
    Reason.HOLIDAY: "It fell on a public holiday.",
    Reason.PAUSED: "It was paused.",
    Reason.UNANSWERED: "Its last runs had no answer, so it stopped until a host resumes it.",
    Reason.MISSED: "We were not running at its moment and came back too late.",
    Reason.NOBODY: "There was nobody, or nowhere, to write to.",
    Reason.PLATFORM_REFUSED: "The platform refused it.",
    Reason.UNSURE: "The platform's reply was lost, and a host must say whether it arrived.",
    Reason.FAILED: "It failed on our side.",
}
