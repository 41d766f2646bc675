"""Texts: templates and facts become platform-neutral Markdown, and people's words stay mere words."""

from orchestrator.render.markdown import Ours
from orchestrator.render.names import VARIABLES, unknown_names
from orchestrator.render.renderer import Renderer
from orchestrator.render.sandbox import mistake_in

__all__ = ["VARIABLES", "Ours", "Renderer", "mistake_in", "unknown_names"]
