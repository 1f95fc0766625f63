"""Replica runner of `serve --replica`: the web server alone, over a copy."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from app.web import create_app
from app.web.front_cache import front_cache
from app.web.replica.followed_context import FollowedContext
from app.web.server import WebServer
from core.config.schema import Settings
from core.side_effects import SideEffects


def create_replica_app(effects: SideEffects, settings: Settings, file: Path) -> Flask:
    """The WSGI application over a copy. Raises DatabaseMissing, StoreError."""
    return create_app(effects, settings, web_context=FollowedContext(effects, settings, file))


class ReplicaRunner:
    """The pages, from `start` to `end`."""

    def __init__(self, effects: SideEffects, settings: Settings, file: Path, host: str, port: int) -> None:
        """Raises DatabaseMissing, StoreError, and HouseError when the address cannot be had."""
        app = create_replica_app(effects, settings, file)
        self._effects, self._settings, self._file = effects, settings, file
        self._server = WebServer(app, host, port, settings.web.proxies, front_cache(app))

    @property
    def url(self) -> str:
        """Where it answers on this machine."""
        host, port = self._server.address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}{self._settings.root}"

    def start(self) -> None:
        """Answer from now on."""
        self._server.start()

    def prepare_reload(self, settings: Settings) -> Callable[[], None]:
        """What takes other settings, for requests that come from then on. Raises HouseError where they are no good."""
        app = create_replica_app(self._effects, settings, self._file)

        def take() -> None:
            self._server.take(app, settings.web.proxies, front_cache(app))
            self._settings = settings

        return take

    def end(self, seconds: float) -> bool:
        """Finish what is in flight; whether that was done in so many seconds."""
        return self._server.stop(seconds)
