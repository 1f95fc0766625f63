"""Logging to stderr: plain lines or JSON lines, redacted, those of other libraries too."""

import logging
import sys
import threading
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.log_fields import bound_log_fields

if TYPE_CHECKING:
    from core.config.schema import Settings

LEVEL_COLOURS = {"DEBUG": 2, "WARNING": 33, "ERROR": 31, "CRITICAL": 31}  # ANSI: faint, yellow, red
LEADING_FIELDS = ("at", "level", "logger", "event", "run")  # of a line of JSON
LogEvent = MutableMapping[str, Any]


class LogFormatter(logging.Formatter):
    """Makes a record a line. structlog is loaded with the first one: most commands log nothing, and start sooner."""

    def __init__(self) -> None:
        super().__init__()
        self.form, self.colour = "console", False
        self._secrets: tuple[str, ...] = ()
        self._unread: list[Settings] = []  # whose secrets are not among them yet
        self._run = ""  # of the process: what is not bound to another run
        self._inner: dict[str, logging.Formatter] = {}

    def use(self, settings: "Settings") -> None:
        """Log as configured from now on; what was secret before stays so."""
        self._unread.append(settings)
        self.form = settings.log.format

    def format(self, record: logging.LogRecord) -> str:
        """The line. What cannot be formatted is not shown as it is: it may hold anything."""
        try:
            if self.form not in self._inner:
                self._inner[self.form] = self._made()
            return self._inner[self.form].format(record)
        except Exception as e:  # whatever it is, logging must not stop the work
            return f"{record.levelname} {record.name}: a line could not be written ({type(e).__name__})"

    def _made(self) -> logging.Formatter:
        from structlog.processors import JSONRenderer, format_exc_info
        from structlog.stdlib import ExtraAdder, ProcessorFormatter

        from app.runtime.side_effects import system_effects

        self.colour = sys.stderr.isatty() and not system_effects().plain()
        render = JSONRenderer() if self.form == "json" else self._render_plain
        return ProcessorFormatter(
            foreign_pre_chain=[ExtraAdder(), self._add_fields, format_exc_info],
            processors=[ProcessorFormatter.remove_processors_meta, self._redact_event, render],
        )

    def _add_fields(self, _: object, __: str, event: LogEvent) -> LogEvent:
        """What every line has, and what is bound to the work that says it."""
        record: logging.LogRecord = event["_record"]
        for name in ("message", "asctime"):  # another handler has left them there
            event.pop(name, None)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event.update(at=at.replace("+00:00", "Z"), level=record.levelname.lower(), logger=record.name)
        event.update(bound_log_fields())
        if self.form == "json":
            event.setdefault("run", self._process_run_id())
        return event

    def _process_run_id(self) -> str:
        if not self._run:
            from app.runtime.side_effects import system_effects

            self._run = system_effects().token()[:8]
        return self._run

    def _redact_event(self, _: object, __: str, event: LogEvent) -> LogEvent:
        """The event in the order of reading, each part of it discreet."""
        from core.redact import escape_controls, redact_text

        secrets = self._known_secrets()

        def told(value: object) -> object:
            if value is None or isinstance(value, int | float):
                return value
            return escape_controls(redact_text(str(value), secrets))

        trace = self.redact_lines(str(event.pop("exception", "")))
        found = {name: told(event[name]) for name in (*LEADING_FIELDS, *event) if name in event}
        return found | ({"exception": trace} if trace else {})

    def redact_lines(self, text: str) -> str:
        """A text of many lines, each of them discreet."""
        from core.redact import escape_controls, redact_text

        return "\n".join(map(escape_controls, redact_text(text, self._known_secrets()).splitlines()))

    def _known_secrets(self) -> tuple[str, ...]:
        from core.config.secret_values import settings_secrets

        while self._unread:
            known = {*self._secrets, *settings_secrets(self._unread[0])}
            self._secrets = tuple(sorted(known, key=len, reverse=True))
            del self._unread[0]
        return self._secrets

    def _render_plain(self, _: object, __: str, event: LogEvent) -> str:
        level, logger, words = str(event.pop("level")).upper(), event.pop("logger"), event.pop("event")
        trace, _at = str(event.pop("exception", "")), event.pop("at")
        if self.colour and level in LEVEL_COLOURS:
            level = f"\x1b[{LEVEL_COLOURS[level]}m{level}\x1b[0m"
        fields = ", ".join(f"{name} {value}" for name, value in event.items())
        line = f"{level} {logger}: {words}{f' [{fields}]' if fields else ''}"
        return "\n  ".join([line, *trace.splitlines()])


_formatter = LogFormatter()


def set_up_logging(level: int) -> None:
    """Log to stderr from this level on, unless somebody else has said where to."""
    if logging.getLogger().handlers:
        return
    handler = logging.StreamHandler(getattr(sys.stderr, "unguarded", sys.stderr))  # its lines are escaped already
    handler.setFormatter(_formatter)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(level)
    logging.captureWarnings(True)
    threading.excepthook = _log_thread_failure


def redact_lines(text: str) -> str:
    """A text of many lines as the log may show it."""
    return _formatter.redact_lines(text)


def configure_logging(settings: "Settings") -> None:
    """Log as configured, and hide the configuration's secrets."""
    _formatter.use(settings)


def _log_thread_failure(failed: threading.ExceptHookArgs) -> None:
    name = failed.thread.name if failed.thread else "?"
    if failed.exc_value and failed.exc_type is not SystemExit:
        log = logging.getLogger("casereviews")
        log.error("a thread has failed: %s", name, exc_info=failed.exc_value)
