# The few commands that people and CI share. `make demo KEEP=1` leaves the demo running.
# Needs a Python of version 3.11 or later; `make PYTHON=/path/to/python3 …` names one.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v $$python && break; done)
UV ?= uv
BUILT = .venv/.built

.PHONY: demo test nightly bench check run lock migration

demo: $(BUILT)
	.venv/bin/python starter.py demo $(if $(KEEP),--keep)

test: $(BUILT)
	.venv/bin/python -m tests

# Random examples, and forty times as many; what they find becomes an @example of its test. Then
# what tries each benchmark, which is no test of the product, and the longest tables.
nightly: $(BUILT)
	.venv/bin/python -m pytest -m hypothesis --hypothesis-profile=nightly -n 3 --dist loadfile
	.venv/bin/python -m pytest -m nightly -n 2 --dist loadfile

# Three quarters of an hour on a machine with nothing else to do. make bench BENCH="--open 100000 --save run.json"
bench: $(BUILT)
	.venv/bin/python -m benchmarks $(BENCH)

check: $(BUILT)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports --no-logo --cache-dir .venv/.import_linter
	.venv/bin/mypy

run: $(BUILT)
	.venv/bin/python starter.py run

# setuptools comes from the lock too, so that nothing is installed that the lock does not name.
$(BUILT): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Standfast needs Python 3.11 or later, and none was found as" \
		"python3; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	"$(PYTHON)" -m venv .venv
	.venv/bin/python -m pip install --quiet --require-hashes --requirement requirements.lock
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(BUILT)

# Keeps the versions that still fit; `make lock UPGRADE=--upgrade` takes the newest.
lock:
	@command -v $(UV) >/dev/null || { echo "make lock needs uv (pip install uv)" >&2; exit 1; }
	echo "setuptools>=77" | $(UV) pip compile --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --custom-compile-command "make lock" $(UPGRADE) \
		--extra dev --output-file requirements.lock pyproject.toml -

# After an edit of standfast/records/tables/: make migration WORDS="Incidents have a colour"
migration: $(BUILT)
	.venv/bin/python -m standfast.records.new_migration "$(WORDS)"
	.venv/bin/ruff format --quiet standfast/records/migrations
