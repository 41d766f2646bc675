"""One service of compose.yaml as a process in the image's root, under the rules that compose asks for."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.deploy.dockerfile import image, ours

# In a mount and host name space of its own: the root read-only, /tmp and the playbooks as compose mounts them; then
# the image's user, no capability, nothing to gain from a set-user-id program. Every step is an exec: the process
# that we started is in the end the command itself.
ENTER = """
set -eu
root=$1 at=$2 playbooks=$3 name=$4 user=$5 group=$6 where=$7
shift 7
mount --make-rprivate /
mount --bind "$root" "$at"
mount --bind "$playbooks" "$at/playbooks"
mount -o remount,bind,ro "$at/playbooks"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$at/tmp"
mount -t proc proc "$at/proc"
mount -o remount,bind,ro "$at"
hostname "$name"
exec /usr/sbin/chroot "$at" setpriv --reuid "$user" --regid "$group" --clear-groups \
    --inh-caps=-all --ambient-caps=-all --bounding-set=-all --no-new-privs env --chdir="$where" "$@"
"""


def start(work: Path, service: str, command: Sequence[str], more: Mapping[str, str], **options: Any) -> Process:
    """Run `command` as that service; `more` replaces addresses of other containers."""
    rules, stage = ours()[service], image()
    assert rules["read_only"] and rules["cap_drop"] == ["ALL"] and rules["tmpfs"] == ["/tmp:size=64m,mode=1777"]
    playbooks = work / "playbooks"
    at = work / f"at-{service}"
    for folder in (playbooks, at, work / "image" / "playbooks"):
        folder.mkdir(exist_ok=True)
    user, group = stage.last("USER").split(":")
    facts = [str(work / "image"), str(at), str(playbooks), service, user, group, stage.last("WORKDIR")]
    return subprocess.Popen(
        ["/usr/bin/unshare", "--mount", "--uts", "/bin/sh", "-c", ENTER, "enter", *facts, *command],
        env={**stage.environment, **rules["environment"], **more},
        text=True,
        **options,
    )


def command(service: str) -> list[str]:
    """What the service runs: the image's entry point and compose's command."""
    return [*image().listed("ENTRYPOINT"), *ours()[service]["command"]]


Process = subprocess.Popen[str]
