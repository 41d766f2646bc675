"""The words that tell who belongs to a segment."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator.rules.values import Duration, InWindow, Text, Unreadable


class Segment(BaseModel):
    """All that is written must be true of a member; `any_of` and `not` combine."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)

    quiet_for: Duration | None = Field(None, description="No contribution for that long.")
    active_before: Duration | None = Field(None, description="A contribution in that long before the silence.")
    contributed: InWindow | None = Field(None, description="Messages, answers, forms and votes.")
    active_days: InWindow | None = Field(None, description="Days with a contribution.")
    helped: InWindow | None = Field(None, description="Replies to a question that its asker thanked.")
    started: InWindow | None = Field(None, description="Threads that others joined.")
    joined: Duration | None = Field(None, description="Joined within that long.")
    badge: Text | None = Field(None, description="Has this badge.")
    answered: Text | None = Field(None, description="Answered this ritual.")
    any_of: list[Segment] | None = Field(None, min_length=1, description="At least one of these is true.")
    not_: Segment | None = Field(None, alias="not", description="This is not true.")

    @model_validator(mode="after")
    def _says_something(self) -> Segment:
        if not self.model_fields_set:
            raise Unreadable(
                "this segment says nothing about its members", "write for example quiet_for: 14 days", "P105"
            )
        if self.active_before is not None and self.quiet_for is None:
            raise Unreadable("`active_before` needs the silence it comes before", "add quiet_for: 14 days", "P101")
        return self
