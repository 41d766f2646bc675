"""The texts and the exact calls of welcomes, nudges, thanks and relaunches; golden/ holds all of them.

After a change that is meant: `python -m tests.rituals.test_kinds_texts`, then read the difference aloud.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import adapters
from orchestrator.ports import Address, Notice
from orchestrator.render import Renderer
from orchestrator.rituals.contract import Draft
from orchestrator.rituals.kinds import KINDS
from tests.render.samples import VOICES, playbook, ritual
from tests.rituals.golden_kinds import drafts, pressed, reasons

GOLDEN = Path(__file__).parent / "golden"
RUN = "0123456789abcdef"
PLACES = {"slack": Address(place_ref="C0SALON"), "telegram": Address(place_ref="-1001")}
MEMBERS = {"slack": Address(member_ref="U0ANA"), "telegram": Address(member_ref="701")}


def texts(language: str, tone: str) -> str:
    """Everything, as it reads."""
    render, book, found = Renderer(), playbook(language, tone), []
    for name, kind, draft in drafts():
        post = render.post(draft, book, _held(kind), RUN)
        buttons = "".join(f" [{button.label}]" for button in post.buttons)
        found.append(f"## {name}\n\n{post.text}\n" + (f"\n{buttons.strip()}\n" if buttons else ""))
    told = [*pressed(), *reasons()]
    found += [f"## {name}\n\n{render.text(one.template, book, one.values)}\n" for name, one in told]
    return "\n".join(found)


def calls() -> dict[str, Any]:
    """name → platform → the calls."""
    render, book, found = Renderer(), playbook(), {}
    for name, kind, draft in drafts():
        post = render.post(draft, book, _held(kind), RUN)
        for platform in adapters.PLATFORMS:
            if draft.place_id in (None, 1 + (platform == "telegram")):
                outbound: Any = adapters.part(platform, "outbound")
                made = outbound.calls(_to(draft, platform), post, "k1")
                told = found.setdefault(name, {}).setdefault(platform, [])
                told += [{"method": call.method, "args": call.args} for call in made]
    for name, said in pressed():
        for platform in adapters.PLATFORMS:
            notice = Notice("42", str(render.text(said.template, book, said.values)))
            to = Address(place_ref="C0SALON" if platform == "slack" else "701", member_ref=MEMBERS[platform].member_ref)
            made = adapters.part(platform, "outbound").calls(to, notice, "k1")
            found.setdefault(name, {})[platform] = [{"method": call.method, "args": call.args} for call in made]
    return found


def _held(kind: str) -> Any:
    return ritual(name="bienvenue", kind=kind, model=KINDS[kind].Model.model_validate({}))


def _to(draft: Draft, platform: str) -> Address:
    return PLACES[platform] if draft.member_id is None else MEMBERS[platform]


@pytest.mark.parametrize(("language", "tone"), VOICES)
def test_every_text_reads_as_agreed(language: str, tone: str) -> None:
    assert texts(language, tone) == (GOLDEN / f"kinds-{language}-{tone}.md").read_text(encoding="utf-8")


def test_every_stage_is_exactly_these_calls() -> None:
    assert calls() == json.loads((GOLDEN / "kinds.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    for language, tone in VOICES:
        (GOLDEN / f"kinds-{language}-{tone}.md").write_text(texts(language, tone), encoding="utf-8")
    (GOLDEN / "kinds.json").write_text(json.dumps(calls(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
