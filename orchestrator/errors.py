"""The errors we raise on purpose; anything else is a bug of ours.

TertuliaError
├── Refused            the reader can mend it: what is wrong, and what to do
├── DeliveryFailed     the platform surely did not take it
│   └── PlaceMoved     the place lives on under another reference
└── DeliveryUnknown    it may have arrived: nobody may simply send it again
"""

from __future__ import annotations


class TertuliaError(Exception):
    """Base of every error raised on purpose."""


class Refused(TertuliaError):
    """Something a reader can mend. `what` states the fact, `mend` starts with a verb."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


class DeliveryFailed(TertuliaError):
    """An act that surely did not happen on the platform.

    `code` is the platform's own word, `permanent` means that trying again cannot help,
    `retry_after` is in seconds and is the platform's demand (None: our own pause). `gone` means that the
    place itself takes nothing more from us (archived, deleted, we were taken out): it is parked.
    """

    def __init__(
        self,
        code: str,
        what: str,
        mend: str = "",
        *,
        permanent: bool = False,
        gone: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.mend = mend
        self.permanent = permanent or gone
        self.gone = gone
        self.retry_after = retry_after


class PlaceMoved(DeliveryFailed):
    """The place has a new reference (a Telegram group became a supergroup)."""

    def __init__(self, new_ref: str) -> None:
        super().__init__("moved", f"the place moved to {new_ref}")
        self.new_ref = new_ref


class DeliveryUnknown(TertuliaError):
    """The request may have reached the platform, but no answer came back."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
