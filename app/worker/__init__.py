"""Worker: the Celery application of workers, as `casereviews worker` or `celery -A app.worker` starts it.

The settings are read, and Celery is loaded, once somebody asks for `app`.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from celery import Celery

    from core.config.schema import Settings


def build_app(settings: "Settings") -> "Celery":
    """The application with its tasks. Raises HouseError where no broker is set, or no key is there."""
    from core.errors import SettingsError
    from newsletter.cluster.cluster_key import make_key, read_key
    from newsletter.cluster.task_queue import make_app

    from .worker_tasks import add_tasks

    if not settings.cluster.is_on:
        raise SettingsError("configuration", "cluster.broker is empty", "Name the broker, as redis://192.0.2.7:6379/0.")
    app = make_app(settings.cluster)
    # beside the coordinator, whose key it may make where it may write, as a container of compose.yaml may not
    is_at_home = settings.database.exists() and os.access(settings.data_dir, os.W_OK)
    add_tasks(app, settings, make_key(settings) if is_at_home else read_key(settings))
    return app


def __getattr__(name: str) -> Any:
    """`app` for `celery -A app.worker`, from casereviews.toml in the working folder, or the environment."""
    if name not in ("app", "celery"):
        raise AttributeError(name)
    from pathlib import Path

    from core.config.load import load
    from core.errors import HouseError

    file = Path("casereviews.toml")
    try:
        app = build_app(load(file if file.is_file() else None))
    except HouseError as e:
        raise SystemExit(f"casereviews: {e}") from None  # celery would show all that it did
    globals()["app"] = globals()["celery"] = app
    return app
