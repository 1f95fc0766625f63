"""Web runner of `serve`: the web server beside a thread that sends transactional email at once."""

import logging
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Event, Thread

from app.web import create_app, ops
from app.web.front_cache import front_cache
from app.web.public.subscribe_pages import MAIL_WAITING
from app.web.server import WebServer
from core.config.schema import Settings
from core.errors import LockHeld
from core.log_fields import bind_log_fields
from core.plurals import plural
from core.side_effects import SideEffects
from db.schema.connect import connect
from services.delivery.send_transactional import send_due
from services.operator.error_reports import pass_on_reports

log = logging.getLogger("casereviews")
SHARED_LOGIN_WARNING = (
    "web.password_hash: a password that all operators share will be known no more by later versions: "
    "give each person an account at /ops/accounts, then take it out"
)


class WebRunner:
    """The pages and the sending of transactional email, each in threads of its own, from `start` to `end`."""

    def __init__(self, effects: SideEffects, settings: Settings, host: str, port: int) -> None:
        """Raises DatabaseMissing, and HouseError when the address cannot be had."""
        self._app = app = create_app(effects, settings)
        self._effects, self._settings = effects, settings
        self._mail_event: Event = app.extensions[MAIL_WAITING]
        self._ending = Event()
        self._server = WebServer(app, host, port, settings.web.proxies, front_cache(app))
        self._mail_thread = Thread(target=self._send_mail_loop, name="mail", daemon=True)

    @property
    def url(self) -> str:
        """Where it answers on this machine."""
        host, port = self._server.address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}{self._settings.root}"

    def start(self, quiet: bool = False) -> None:
        """Answer from now on. `quiet`: without a word about a password that all share, as in the demonstration."""
        if not quiet and self._settings.web.password_hash.get_secret_value():
            log.warning(SHARED_LOGIN_WARNING)
        self._server.start()
        self._mail_thread.start()

    def prepare_reload(self, settings: Settings) -> Callable[[], None]:
        """What takes other settings, for requests that come from then on. Raises HouseError where they are no good.

        Who is logged in stays so, unless the password is another one.
        """
        app = create_app(self._effects, settings)
        app.extensions[MAIL_WAITING] = self._mail_event
        ops.transfer_state(self._app, app)

        def take() -> None:
            self._server.take(app, settings.web.proxies, front_cache(app))
            self._app, self._settings = app, settings

        return take

    def end(self, seconds: float) -> bool:
        """Finish what is in flight; whether that was done in so many seconds."""
        until = self._effects.clock() + seconds
        finished = self._server.stop(seconds)
        self._ending.set()
        self._mail_event.set()
        self._mail_thread.join(max(0.0, until - self._effects.clock()))
        worked = ops.stop_work(self._app, max(0.0, until - self._effects.clock()))  # what the operator began
        return finished and worked and not self._mail_thread.is_alive()

    def _send_mail_loop(self) -> None:
        """Send an email as soon as one waits; what cannot be sent now is the timer's."""
        while True:
            self._mail_event.wait()
            self._mail_event.clear()
            if self._ending.is_set():
                return
            with bind_log_fields(run=self._effects.token()[:8]):
                self._send_due()

    def _send_due(self) -> None:
        try:
            with closing(connect(self._settings.database)) as db:
                if count := send_due(self._effects, self._settings, db, self._ending):
                    log.info("sent %s about subscriptions", plural(count, "email"))
                with suppress(LockHeld):  # whoever tells the operator just now passes them on, or the timer does
                    pass_on_reports(self._effects, self._settings, db, self._ending)
        except Exception as e:  # whatever it is, the next sign-up must not find nobody here
            log.error("emails about subscriptions could not be sent: %s", e)
            log.debug("sending them failed", exc_info=True)
