"""The web in `serve`: the pages, and the letters that they cause, which leave as soon as they are asked for."""

import logging
from collections.abc import Callable
from contextlib import closing
from threading import Event, Thread

from app import logs
from app.posting import post_due
from app.web import create_app, ops
from app.web.serving import Server
from app.web.subscribe import LETTERS
from app.world import World
from core.plurals import plural
from core.settings import Settings
from db.connect import connect

log = logging.getLogger("casereviews")


class Web:
    """The pages and the post, each in threads of its own, from `start` to `end`."""

    def __init__(self, world: World, settings: Settings, host: str, port: int) -> None:
        """Raises NotSetUp, and HouseError when the address cannot be had."""
        self._app = app = create_app(world, settings)
        self._world, self._settings = world, settings
        self._waits: Event = app.extensions[LETTERS]
        self._ending = False
        self._server = Server(app, world.clock, host, port, settings.web.proxies)
        self._post = Thread(target=self._send_letters, name="post", daemon=True)

    @property
    def url(self) -> str:
        """Where it answers on this machine."""
        host, port = self._server.address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def start(self) -> None:
        """Answer from now on."""
        self._server.start()
        self._post.start()

    def prepared(self, settings: Settings) -> Callable[[], None]:
        """What takes other settings, for requests that come from then on. Raises HouseError where they are no good.

        Who is logged in stays so, unless the password is another one.
        """
        app = create_app(self._world, settings)
        app.extensions[LETTERS] = self._waits
        ops.hand_over(self._app, app)

        def take() -> None:
            self._server.take(app, settings.web.proxies)
            self._app, self._settings = app, settings

        return take

    def end(self, seconds: float) -> bool:
        """Finish what is in flight; whether that was done in so many seconds."""
        until = self._world.clock() + seconds
        finished = self._server.stop(seconds)
        self._ending = True
        self._waits.set()
        self._post.join(max(0.0, until - self._world.clock()))
        worked = ops.close(self._app, max(0.0, until - self._world.clock()))  # what the operator began
        return finished and worked and not self._post.is_alive()

    def _send_letters(self) -> None:
        """Send a letter as soon as one waits; what cannot be sent now is the timer's."""
        while True:
            self._waits.wait()
            self._waits.clear()
            if self._ending:
                return
            with logs.bound(run=self._world.token()[:8]):
                self._send_due()

    def _send_due(self) -> None:
        try:
            with closing(connect(self._settings.database)) as db:
                if count := post_due(self._world, self._settings, db):
                    log.info("sent %s about subscriptions", plural(count, "email"))
        except Exception as e:  # whatever it is, the next sign-up must not find nobody here
            log.error("emails about subscriptions could not be sent: %s", e)
            log.debug("sending them failed", exc_info=True)
