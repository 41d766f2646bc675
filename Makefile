PYTHON ?= python3
BIN := .venv/bin

.PHONY: run setup test check format bench faults image-proof lock clean

run: .venv/run  ## hold the example rituals in the practice room: http://127.0.0.1:8484/
	@$(BIN)/tertulia run --rehearsal

setup: .venv/dev  ## everything that tests need

test: .venv/dev  ## all tests, on SQLite and PostgreSQL, with a real Redis and a real browser
	@$(BIN)/python -m tests.needs
	@$(BIN)/python -m pytest -n 2 --dist worksteal

check: .venv/dev  ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev  ## benchmarks/results.json and a table
	$(BIN)/python -m benchmarks

faults: .venv/dev  ## the long fault run: make faults SEED=7
	$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED))

image-proof: .venv/dev  ## the image's steps in a clean root, where no container engine runs (as root, with debootstrap)
	tests/deploy/chroot.sh

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q

lock:  ## renew the lock files (needs uv on PATH)
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --group build -o requirements-build.lock
	$(LOCK) pyproject.toml --group dev -o requirements-dev.lock

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tertulia needs Python 3.11 or newer: install it, or name it with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "python -m venv failed: on Debian, apt install python3-venv"; exit 1; }

.venv/run: .venv/bin/python requirements.lock requirements-build.lock pyproject.toml
	@echo "Installing Tertulia into .venv (once) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-build.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/bin/python requirements-dev.lock pyproject.toml
	@echo "Installing Tertulia and its tests into .venv (once) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf .venv var
