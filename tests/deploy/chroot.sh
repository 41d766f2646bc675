#!/bin/sh
# Proves the image where no container engine runs: the Dockerfile's own steps in a clean Debian root, then every
# service of compose.yaml as its user, on a read-only root, without capabilities or network.
# As root, with debootstrap and `make setup` done:   tests/deploy/chroot.sh [FOLDER]
# FOLDER (default /var/tmp/tertulia-image) keeps the Debian root and the packages between two runs.
set -eu
command -v debootstrap >/dev/null || { echo "make image-proof needs debootstrap: as root, apt install debootstrap"; exit 1; }
cd "$(dirname "$0")/../.."
work=${1:-/var/tmp/tertulia-image}
mkdir -p "$work"
python=$PWD/.venv/bin/python

# The base: what the official Python image is, a small Debian with a `python`.
if [ ! -e "$work/base/usr/local/bin/python" ]; then
    . /etc/os-release
    mirror=$(apt-get indextargets --format '$(SITE)' "Created-By: Packages" "Release: $VERSION_CODENAME" | head -n 1)
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
        "$VERSION_CODENAME" "$work/base" "$mirror" >"$work/debootstrap.log"
    ln -sf /usr/bin/python3 "$work/base/usr/local/bin/python"
fi

# The packages, by this machine's own pip and its settings; hashes are checked again inside.
mkdir -p "$work/wheels"
for lock in requirements.lock requirements-build.lock; do
    sed 's/ ; [^\\]*//' "$lock" >"$work/everything.lock"  # also what only another Python needs
    "$python" -m pip download --quiet --require-hashes --no-deps -r "$work/everything.lock" -d "$work/wheels"
done

"$python" -m tests.deploy.build "$work"
# Only a loopback of its own: the addresses of the image are used as they are, and nothing gets out.
exec unshare --net sh -c 'ip link set lo up && exec "$0" -m tests.deploy.proof "$1"' "$python" "$work"
