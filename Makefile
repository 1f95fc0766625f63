# Two commands for a newcomer: make demo, make test. Each makes .venv and installs from the lock by itself.
PYTHON ?= python3
export PYTHONDONTWRITEBYTECODE =
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo install test compiled check bench drill bounces mutants release lowest lock clean

$(VENV)/run: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

# Editable, without resolving anything again; hatchling comes from the lock.
$(VENV)/project: $(VENV)/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(VENV)/project
	$(BIN)/casereviews demo $(ARGS)

# For use: the command is .venv/bin/casereviews, with all its optional parts. Compiled, since whom it runs as may not write here.
install: $(VENV)/project
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-extras.txt
	$(BIN)/python -m compileall -q core scraper newsletter db services templates app

test: $(VENV)/dev $(VENV)/project
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

# All that the tests' workers would each compile, once. What cannot be collected, the tests themselves tell.
compiled: $(VENV)/dev $(VENV)/project
	-$(BIN)/python -m pytest --collect-only --quiet >/dev/null

check: $(VENV)/dev $(VENV)/project
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.lint.sql_states
	$(BIN)/lint-imports --no-logo

# ARGS="pages --large" measures the pages alone, also with 200,000 reviews; ARGS="--compare REV" another commit beside this.
bench: $(VENV)/bench $(VENV)/project
	$(BIN)/python -m tests.bench $(ARGS)

$(VENV)/bench: $(VENV)/dev requirements-bench.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	touch $@

# By hand, not in CI: 20,000 readers, three workers, and thirty kills of workers, coordinator and broker; minutes.
drill: $(VENV)/dev $(VENV)/project
	$(BIN)/python -m tests.cluster_drill $(ARGS)

# By hand, not in CI: the table of verdicts on real messages. FOLDER=set-of-emails/maildir/bsd, a clone of that project.
bounces: $(VENV)/project
	@$(BIN)/python -m tests.bounce_collection $(FOLDER)

# By hand, not in CI: minutes a module. ARGS="grammar --diffs" shows what survived of one module.
mutants: $(VENV)/mutmut $(VENV)/project
	$(BIN)/python -m tests.mutants $(ARGS)

# Outside the lock: nothing else needs it, and it brings a whole terminal interface.
$(VENV)/mutmut: $(VENV)/dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check mutmut==3.8.1
	touch $@

# Builds the wheel and the source distribution, installs the wheel with the lock elsewhere, and runs it there.
release: $(VENV)/dev
	$(BIN)/python -m tests.release --keep dist

# Installs the lowest versions that pyproject.toml allows elsewhere, and runs there: its bounds are true.
lowest: $(VENV)/run
	$(BIN)/python -m tests.lowest

# Made again only by the person who raises a version.
lock: $(VENV)/run
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra build --extra cluster --extra dkim --extra hooks --extra metrics --extra oauth --extra oidc -c requirements.txt --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements-extras.txt
	$(BIN)/uv pip compile pyproject.toml --extra build --extra cluster --extra dkim --extra hooks --extra metrics --extra oauth --extra oidc --extra dev -c requirements.txt --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements-dev.txt
	$(BIN)/uv pip compile pyproject.toml --extra build --extra cluster --extra dkim --extra hooks --extra metrics --extra oauth --extra oidc --extra dev --extra bench -c requirements-dev.txt --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements-bench.txt

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
