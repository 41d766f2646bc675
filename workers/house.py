"""All parts in one process, or one alone: the database first, then the playbooks, then the parts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from orchestrator import log
from orchestrator.console import web
from orchestrator.errors import Refused
from orchestrator.flow import apply
from orchestrator.flow.app import App
from orchestrator.playbook import load, shipped
from orchestrator.playbook.look import Texts
from orchestrator.render import mistake_in
from orchestrator.store import migrate
from workers.process import Process, listens_by_http

logger = log.get("house")

#: Seconds between two looks at the playbooks folder.
WATCH_SECONDS = 2.0


@contextlib.contextmanager
def open(process: Process, *, alone: bool, rehearses: bool) -> Iterator[None]:
    """Run a process. Alone, it migrates, applies the playbooks and watches them."""
    if alone:
        migrate.upgrade(process.app.store)
        folder = playbooks_folder(process.app, rehearses)
        apply_folder(process.app, folder)
        threading.Thread(target=watch, args=(process, folder), name="watch", daemon=True).start()
    elif not migrate.is_current(process.app.store):
        raise Refused("the database does not fit this version of Tertulia", "run `tertulia migrate` first")
    with process.running(web.console):
        yield


def playbooks_folder(app: App, rehearses: bool) -> Path:
    """Your folder; in a rehearsal, without one, the shipped examples."""
    if app.settings.playbooks is not None:
        return app.settings.playbooks
    if rehearses:
        return shipped.shipped("playbooks")
    raise Refused("TERTULIA_PLAYBOOKS is not set", "set it to the folder of your playbooks")


def apply_folder(app: App, folder: Path) -> bool:
    """Apply a folder when it has no mistake; otherwise say so, and the last good version stays live."""
    loaded = load.load([folder], texts=Texts(app.render.has, mistake_in))
    if loaded.problems:
        first = loaded.problems[0]
        where = f"{first.file}:{first.line}:{first.column}"
        logger.error("playbooks.mistakes", count=len(loaded.problems), first=where, see="tertulia check")
        return False
    applied = apply.apply(app, loaded.playbooks, whole=True)
    for one in applied.unresolved:
        logger.error("place.unresolved", space=one.space, connection=one.connection, what=one.what, mend=one.mend)
    logger.info("playbooks.applied", playbooks=[playbook.playbook for playbook in loaded.playbooks])
    return True


def watch(process: Process, folder: Path) -> None:
    """Apply the folder again whenever a file in it changes."""
    seen = _fingerprint(folder)
    while not process.stop.wait(WATCH_SECONDS):
        now = _fingerprint(folder)
        if now != seen:
            seen = now
            with contextlib.suppress(Refused):
                apply_folder(process.app, folder)


def _fingerprint(folder: Path) -> tuple[tuple[str, int], ...]:
    files = sorted(folder.rglob("*.y*ml")) if folder.is_dir() else [folder]
    return tuple((str(file), file.stat().st_mtime_ns) for file in files if file.exists())


def ready_line(process: Process) -> str:
    """The first line of output: where to look."""
    if process.console_address is not None:
        return f"ready http://{process.console_address}/"
    if "listen" in process.parts and listens_by_http(process.app):
        return f"ready http://{process.app.settings.listen_address}/"
    return "ready"
