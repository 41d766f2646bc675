"""Runs every benchmark, prints a table, and writes benchmarks/results.json."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")

#: Each has `measure(short: bool) -> list[dict]` with figure, ours, theirs, ratio and unit.
MODULES = ("ingest", "deliver", "herd", "segments", "start", "latency")


def main() -> None:
    """Measure all, or the modules named; `--short` takes a minute and is no claim."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("modules", nargs="*", default=MODULES, help=", ".join(MODULES))
    parser.add_argument("--short", action="store_true", help="a quick look: nothing is written")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.modules) - set(MODULES))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}: choose from {', '.join(MODULES)}")
    rows = [row for name in chosen.modules for row in measure(name, short=chosen.short)]
    show(rows)
    if not chosen.short:
        keep(rows)


def measure(name: str, *, short: bool) -> list[dict[str, Any]]:
    """The figures of one module."""
    print(f"measuring {name} …", file=sys.stderr, flush=True)
    found: list[dict[str, Any]] = import_module(f"benchmarks.{name}").measure(short)
    return found


def show(rows: list[dict[str, Any]]) -> None:
    """Print the figures, the longest words first aligned."""
    width = max((len(row["figure"]) for row in rows), default=0)
    print(f"{'figure':<{width}}  {'ours':>12}  {'theirs':>12}  {'ratio':>7}  unit")
    for row in rows:
        ours, theirs = number(row["ours"]), number(row["theirs"])
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.1f}x"
        print(f"{row['figure']:<{width}}  {ours:>12}  {theirs:>12}  {ratio:>7}  {row['unit']}")


def number(value: float | None) -> str:
    """A figure with as many digits as it deserves; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def keep(rows: list[dict[str, Any]]) -> None:
    """Write the figures; those of modules that did not run this time stay."""
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    new = {row["figure"] for row in rows}
    kept = [row for row in before if row["figure"] not in new] + rows
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
