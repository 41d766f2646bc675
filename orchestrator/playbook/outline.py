"""The playbook language as a JSON schema, for editors that complete and underline."""

from __future__ import annotations

from typing import Any

from orchestrator.playbook.crosscheck import CONNECTIONS, STAGES
from orchestrator.playbook.schema import APPROVAL, Playbook
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.values import NUMBERS, in_any_case
from orchestrator.rules.values import outline as outline_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REQUIRED = ["playbook", "rituals"]  # the other required keys may stand in another file of the community
_OURS = ("name", "kind", "model")
_TEXT = {"type": ["string", "integer"]}
_NUMBER_IN_WORDS = {"type": "string", "pattern": in_any_case(NUMBERS)}


def outline() -> dict[str, Any]:
    """The schema of a playbook as it is written, which is not quite how it is kept."""
    schema: dict[str, Any] = Playbook.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs")
    definitions["Ritual"] = _ritual(definitions)
    approval = outline_of(APPROVAL.known)["anyOf"]
    definitions["Approval"] = {"anyOf": [*approval, _without(definitions["Approval"], "required")]}
    for table in ("people", "spaces"):
        handles = {"type": "object", "propertyNames": {"enum": list(CONNECTIONS)}, "additionalProperties": _TEXT}
        schema["properties"][table] = {"type": "object", "additionalProperties": handles}
    schema |= {"required": REQUIRED, "description": "docs/playbooks.md tells what each key means."}
    told: dict[str, Any] = _as_written({**schema, "$defs": dict(sorted(definitions.items()))})
    return {"$schema": DIALECT, **told}


def _ritual(definitions: dict[str, Any]) -> dict[str, Any]:
    ritual = _without(definitions["Ritual"], *_OURS)
    stages = sorted({stage for known in STAGES.values() for stage in known})
    template = {"type": "object", "propertyNames": {"enum": stages}, "additionalProperties": _TEXT}
    properties = {**ritual["properties"], "template": template}
    for name, kind in KINDS.items():
        model = kind.Model.model_json_schema(by_alias=True)
        inner = model.pop("$defs", {})
        inlined = [key for key, part in model.get("properties", {}).items() if part.get("inlined")]
        properties[name] = _without(model, *inlined) if inlined else model
        if not inlined:
            definitions |= inner
    kinds = [{"required": [name]} for name in KINDS]
    return {**ritual, "properties": properties, "required": ["when"], "oneOf": kinds}


def _without(schema: dict[str, Any], *keys: str) -> dict[str, Any]:
    properties = {key: part for key, part in schema["properties"].items() if key not in keys}
    required = [key for key in schema.get("required", []) if key not in keys]
    return {**schema, "properties": properties, "required": required}


def _as_written(part: Any) -> Any:
    """The same without what only our models need: titles, defaults, and null for what is not written."""
    if isinstance(part, list):
        return [_as_written(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "array" and part.get("items") == _TEXT:
        return {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}
    if part.get("type") == "integer":
        return {"anyOf": [{key: value for key, value in part.items() if not _is_ours(key, value)}, _NUMBER_IN_WORDS]}
    choices = [inner for inner in part.get("anyOf", []) if inner != {"type": "null"}]
    if len(choices) == 1:
        rest = {key: value for key, value in part.items() if key != "anyOf"}
        return _as_written({**rest, **choices[0]})
    kept = {key: value for key, value in part.items() if not _is_ours(key, value)}
    return {key: _each(value) if key in {"properties", "$defs"} else _as_written(value) for key, value in kept.items()}


def _each(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: _as_written(part) for name, part in parts.items()}


def _is_ours(key: str, value: Any) -> bool:
    return key in {"default", "title"} or (key == "required" and value == [])
