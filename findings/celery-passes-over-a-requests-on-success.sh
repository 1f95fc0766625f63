#!/usr/bin/env bash
# celery 5.6.3 never calls on_success of a task's own Request class. Its guide (Tasks, Requests and custom requests)
# says that a task may name its own class, best derived from celery.worker.request.Request, and the reference lists
# on_success beside on_failure as the handler that is called when a task was processed. The worker derives one more
# class from the task's, and that has an on_success which does not call the one above it; on_failure and on_accepted
# are called. Whoever counts what has come to its end there counts failures alone.
# Seen: after a task that succeeds: on_accepted; after one that fails: on_accepted and on_failure.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check celery==5.6.3 kombu==5.7.0
"$folder/venv/bin/python" - <<'PYTHON'
import celery
from celery.contrib.testing.worker import start_worker
from celery.worker.request import Request

called = {}


class Counted(Request):
    def on_accepted(self, *given, **named):
        called[self.id].append("on_accepted")
        return super().on_accepted(*given, **named)

    def on_success(self, *given, **named):
        called[self.id].append("on_success")
        return super().on_success(*given, **named)

    def on_failure(self, *given, **named):
        called[self.id].append("on_failure")
        return super().on_failure(*given, **named)


class CountedTask(celery.Task):
    Request = Counted


app = celery.Celery("invented", broker="memory://", backend="cache+memory://", task_cls=CountedTask)


@app.task
def divide(number):
    return 1 // number


seen = {}
with start_worker(app, pool="solo", perform_ping_check=False, loglevel="CRITICAL"):
    for number in (1, 0):
        identifier = f"divide-{number}"
        called[identifier] = []
        result = divide.apply_async((number,), task_id=identifier)
        result.get(timeout=30, propagate=False)
        seen[identifier] = result.state
# Ended, the worker has called all that it will call.
print(celery.__version__, seen, called)
assert seen == {"divide-1": "SUCCESS", "divide-0": "FAILURE"}
assert called == {
    "divide-1": ["on_accepted"],
    "divide-0": ["on_accepted", "on_failure"],
}, "celery does otherwise now"
PYTHON
