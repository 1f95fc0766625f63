"""Benchmark: reports of mail providers taken by a served house, each proved, looked up and written down."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.web.write_slots import REPORTERS
from app.web.wsgi_bridge import WRITE_THREADS
from core.config.schema import Settings
from db.mail import deliveries, provider_events
from db.operator import secrets
from db.schema.connect import Database, connect, create, write_transaction
from tests.bench.load import CONNECTIONS, Asked, Load, measure
from tests.bench.pages import rate_table, served
from tests.bench.turns import Failed, Options
from tests.support import provider_requests
from tests.support.provider_requests import CERTIFICATE as CERTIFICATE  # for the served house
from tests.support.provider_requests import PERIOD, Posted, Told

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
BATCH = 500  # events of SendGrid's in one request
NOTES = """\
reports: {count:,} events of as many readers' deliveries, nine of ten "delivered", the rest bounces, on loopback with
  {threads} threads for what writes; over 16 kept connections (batches: 4) from one process
  beside it.
Wanted: 10,000 a minute, none lost.
Each request is proved (password, RSA, ECDSA), each event looked up and written down before it is answered."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A provider's way to report."""

    name: str
    events: int  # a request
    requests: Callable[[Sequence[Told]], Iterator[Posted]]


CONTENDERS = (
    Contender("Postmark, an event a request", 1, lambda told: map(provider_requests.postmark, told)),
    Contender("Amazon SES, an event a request", 1, lambda told: map(provider_requests.ses, told)),
    Contender(
        f"SendGrid, {BATCH} events a request",
        BATCH,
        lambda told: (provider_requests.sendgrid(*told[at : at + BATCH]) for at in range(0, len(told), BATCH)),
    ),
)


def bench(options: Options) -> Iterator[str]:
    """What there is to print. Raises Failed."""
    count = 2 * BATCH if options.quick else 10_000
    loads: dict[str, Load] = {}
    for contender in CONTENDERS:
        with TemporaryDirectory(prefix="casereviews-bench-") as name:
            loads[contender.name] = _measure(contender, Path(name), count)
    yield NOTES.format(count=count, threads=WRITE_THREADS)
    yield rate_table("reports", loads)
    rates = [f"{one.name.split(',')[0]} {loads[one.name].rate * one.events * 60:,.0f}" for one in CONTENDERS]
    yield f"Events a minute: {', '.join(rates)}"


def _measure(contender: Contender, folder: Path, count: int) -> Load:
    """Post all of them. Raises Failed where one was lost or counted twice."""
    with closing(_build(folder, count)) as db:
        told = list(_events(db))
    asked = [
        Asked(
            f"/hooks/{one.name}", "".join(f"{name}: {value}\r\n" for name, value in one.headers.items()), body=one.body
        )
        for one in contender.requests(told)
    ]
    with served("hooks", str(folder)) as (port, process):
        load = measure(port, asked, CONNECTIONS if contender.events == 1 else REPORTERS, process)
    with closing(connect(folder / "casereviews.db")) as db:
        taken = sum(one.count for one in provider_events.counts(db))
        ended = deliveries.counts(db, PERIOD)["refused"]
    if (taken, ended) != (count, count // 10):
        raise Failed(f"{contender.name}: {taken} of {count} events were taken, and {ended} bounces")
    return load


def settings(folder: Path) -> Settings:
    """The house in a folder."""
    key = b64encode((folder / "sendgrid.der").read_bytes()).decode()
    hooks = provider_requests.all_hooks().replace(sendgrid_key=key)
    return Settings(data_dir=folder, base_url="http://127.0.0.1:8765", hooks=hooks)


def _build(folder: Path, count: int) -> Database:
    """A house with so many readers, each sent an issue."""
    public = provider_requests.sendgrid_key().public_key()
    (folder / "sendgrid.der").write_bytes(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    (folder / "amazon.pem").write_bytes(provider_requests.certificate(NOW - timedelta(days=30)))
    db = create(folder / "casereviews.db")
    with write_transaction(db):
        secrets.add_if_missing(db, "signing", "the key of the benchmark")
    provider_requests.fill(db, (f"reader{number}@example.org" for number in range(count)), NOW - timedelta(days=90))
    return db


def _events(db: Database) -> Iterator[Told]:
    """One of each delivery: nine of ten delivered, the tenth a full mailbox."""
    for number, one in enumerate(deliveries.listing(db, PERIOD)):
        kind, reply = ("delivered", "250 Ok") if number % 10 else ("bounced", provider_requests.FULL)
        message_id = f"<{PERIOD}.{one.token}@127.0.0.1>"
        yield Told(kind, one.email, NOW, f"event {number}", message_id, one.token, reply)
