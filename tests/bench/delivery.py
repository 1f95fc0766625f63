"""Benchmark: an issue to all its readers, over SMTP on loopback, into Postfix's smtp-sink."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from db.mail import deliveries
from db.schema.connect import connect
from tests.bench import listing, process, sinkhole
from tests.bench.distance import ROUND_TRIP, Distance
from tests.bench.process import Measured, casereviews, module
from tests.bench.sinkhole import Sinkhole, Taken
from tests.bench.targets import (
    DELIVER_2000,
    DELIVER_10000,
    DELIVER_CPU,
    DELIVER_DKIM,
    DELIVER_FAR,
    DELIVER_RELAYS,
    Figure,
)
from tests.bench.turns import Contender, Failed, Line, Options, Table, in_turn
from tests.support.loopback_site import Answer, Site

NOTES = """\
delivery: an issue of {reviews} invented reviews, {size:,} bytes on the wire, to {count:,} readers, each with their own
  links, return path and Message-ID; into smtp-sink on loopback; medians of {runs} in turn.
Seconds: from the first message to the last, as smtp-sink counts them; the whole process where it says so.
Signed: with DKIM, a key of 2,048 bits. Far: through a relay that hands on each byte 10 ms after it came, either way;
  what the round trips allow is one message for each of them on each connection, as NOOP finds them.
Ratio: time taken, in times of the first line. Less than 1 is faster than ours.
With wishes: each reader has one of {wishes} sets of topics, and gets what matches first, then the rest, all in full.
Not equal, ours does more: every message is claimed and receipted in SQLite, flushed to disk a batch at a time, so that
  a killed sender leaves one message a connection in doubt, and a power cut sends nobody a second copy.
Not equal, theirs does less: smtplib's and mlmmj's are sent {few:,} messages, and that time is multiplied; mlmmj's
  readers all get the same bytes."""
ABSENT = f"delivery: left out, as Postfix's smtp-sink is not installed. {sinkhole.HOW_TO_GET_IT}."
NO_MLMMJ = "mlmmj is not installed, and left out (Debian, Ubuntu: apt-get install mlmmj)"
CONFIG = """\
data_dir = "data"
base_url = "https://news.example.org"
[[sources]]
name = "nspcc"
url = "http://127.0.0.1:{site}/listing"
[fetch]
spacing = 0
[mail]
transport = "smtp"
sender = "Case reviews <news@example.org>"
bounce_address = "bounces@example.org"
host = "127.0.0.1"
port = {port}
security = "none"
live = true
connections = {connections}
"""
SIGNED = '''\
dkim_domain = "example.org"
dkim_selector = "casereviews"
dkim_key = """
{key}"""
'''
PERIOD = "2016-09"
REVIEWS = 20
SMALL_REVIEWS = 2  # which make a mail of some 18 KB
SMALL_COUNT = 2_000
WISH_SETS = 300  # different ones, of readers who have wishes
CONNECTIONS, FAR_CONNECTIONS, RELAY_CONNECTIONS = 4, 16, 2
MLMMJ = Path("/usr/bin/mlmmj-send")  # it starts its own helpers, and wants its whole path
PDF = Answer(200, b"%PDF-1.7\n", {"Content-Type": "application/pdf"})
SEND = casereviews("issue", "send", PERIOD)


class Workload:
    """The sink, and a house in which the issue is approved."""

    def __init__(
        self, count: int, few: int, folder: Path, sink: Sinkhole, wish_sets: int = 0, reviews: int = REVIEWS
    ) -> None:
        self.count, self.few, self.folder, self.sink = count, few, folder, sink
        self.wish_sets, self.reviews = wish_sets, reviews
        self.house = folder / f"house-{count}-{wish_sets}-{reviews}"
        self.taken = Taken(0, 0.0)  # in the last turn
        self.whole: list[float] = []  # seconds of each of our processes
        self.limit: list[float] = []  # and of each that sends as fast as can be

    def but(self, name: str, old: str = "", new: str = "", more: str = "") -> "Workload":
        """The same house with another configuration: some words of it instead of others, and more at its end."""
        other = Workload(self.count, self.few, self.folder, self.sink, self.wish_sets, self.reviews)
        other.house = shutil.copytree(self.house, self.folder / f"{self.house.name}-{name}")
        config = other.house / "casereviews.toml"
        config.write_text(config.read_text().replace(old, new) + more)
        return other

    def prepare(self) -> None:
        """Read two months' listings, take the readers in, build the issue and approve it. Not timed."""
        said = [short(entry) for entry in listing.entries(self.reviews + 1)]
        self.house.mkdir()
        with Site({"/robots.txt": lambda _: Answer(404)}) as site:
            site.answer = lambda request: PDF  # type: ignore[method-assign]  # whatever report is asked for
            local = [replace(entry, links=links(entry, site)) for entry in said]
            config = CONFIG.format(site=site.port, port=self.sink.port, connections=CONNECTIONS)
            (self.house / "casereviews.toml").write_text(config)
            (self.house / "before.html").write_bytes(listing.page(local[:1]))
            (self.house / "after.html").write_bytes(listing.page(local))
            readers = "".join(f"reader{n}@example.org,{self.topics(n)},full\n" for n in range(self.count))
            (self.house / "readers.csv").write_text(f"email,topics,rest of issue\n{readers}")
            for words in (
                "init",
                "scrape nspcc --from-file before.html --as-of 2016-08-31",
                "scrape nspcc --from-file after.html --as-of 2016-09-20",
                "subscribers import readers.csv --confirmed --consent Asked",
                f"issue build {PERIOD} --check-links",
                f"issue approve {PERIOD}",
            ):
                run = process.measured(casereviews(*words.split()), self.house)
                if run.code:
                    raise Failed(f"preparing: {words}: exit code {run.code}: {run.err.strip()}")

    def topics(self, number: int) -> str:
        """What a reader wishes for: a keyword that reviews have, and one that none has."""
        if not self.wish_sets:
            return ""
        number %= self.wish_sets
        return f"{listing.WORDS[number % len(listing.WORDS)]}; subject {number}"

    def message(self) -> bytes:
        """The issue as one reader gets it."""
        process.measured(casereviews("issue", "show", PERIOD, "--format", "eml"), self.house)
        return (self.house / "out").read_bytes()  # as it is: text would lose its CRs

    def turn(self, command: Sequence[str]) -> Callable[[Path], Sequence[str]]:
        """A command in a copy of the house, with the sink watched from its start on."""

        def start(folder: Path) -> Sequence[str]:
            shutil.copytree(self.house, folder, dirs_exist_ok=True)
            self.sink.begin()
            return command

        return start

    def arrived(self, count: int) -> Callable[[Path, Measured], str]:
        """Whether so many messages were taken."""

        def complaint(folder: Path, run: Measured) -> str:
            self.taken = self.sink.end()
            return "" if self.taken.messages == count else f"{self.taken.messages} messages arrived, not {count}"

        return complaint

    def receipted(self, folder: Path, run: Measured) -> str:
        """Whether everybody's message arrived, and has its receipt."""
        self.whole.append(run.seconds)
        with closing(connect(folder / "data/casereviews.db")) as db:
            sent = deliveries.counts(db, PERIOD)["sent"]
        return self.arrived(self.count)(folder, run) or ("" if sent == self.count else f"{sent} receipts")

    def pipelined(self, folder: Path, run: Measured) -> str:
        """Whether everybody's message arrived."""
        self.limit.append(run.seconds)
        return self.arrived(self.count)(folder, run)

    def seconds(self, run: Measured) -> float:
        """From the first message to the last."""
        return self.taken.seconds

    def multiplied(self, run: Measured) -> float:
        """The same, had there been as many messages as the others send."""
        return self.taken.seconds * (self.count - 1) / (self.few - 1)


def short(entry: listing.Entry) -> listing.Entry:
    """An entry with one section: twenty make a mail of some 60 KB."""
    return replace(entry, sections=entry.sections[1:2])


def links(entry: listing.Entry, site: Site) -> tuple[tuple[str, str], ...]:
    """The entry's report, on our own loopback site: approving an issue looks at its links."""
    return ((entry.links[0][0], site.url(f"/report/{entry.catalogue}.pdf")),)


def bench(options: Options) -> Iterator[str | Figure]:
    """What there is to print, as it is found. Raises Failed."""
    if not sinkhole.found():
        yield ABSENT
        return
    count, few = (300, 20) if options.quick else (10_000 if options.large else 3_000, 100)
    with TemporaryDirectory(prefix="casereviews-bench-") as name, Sinkhole(Path(name)) as sink:
        work = Workload(count, few, Path(name), sink)
        work.prepare()
        size = len(work.message())
        wished = Workload(count, few, Path(name), sink, WISH_SETS)
        wished.prepare()
        yield NOTES.format(reviews=REVIEWS, size=size, count=count, runs=options.runs, few=few, wishes=WISH_SETS)
        if not MLMMJ.exists():
            yield NO_MLMMJ
        lines = in_turn(list(_contenders(work, wished)), options.runs, work.folder / "turns")
        ours, with_wishes, signed, limit = lines[:4]
        whole = Line("the same, whole process: imports, freezing", median(work.whole), ours.cpu, ours.mib)
        yield str(Table("an issue to all its readers", count, "messages", (ours, whole, *lines[1:])))
        yield f"with wishes: {ours.seconds / with_wishes.seconds:.2f} of the messages a second without"
        note = "" if count == 10_000 else f"{count:,} messages"
        yield f"ours: {limit.seconds / ours.seconds:.2f} of the limit, messages a second with as many connections"
        yield Figure(DELIVER_10000, median(work.limit) / median(work.whole), note)
        yield Figure(DELIVER_DKIM, signed.seconds / ours.seconds, note)
        held = _smaller_and_larger(options, ours, work)
        fewest = min(held)
        cpu = (ours.cpu - held[fewest].cpu) / (count - fewest)
        yield Figure(DELIVER_CPU, cpu * 1e6, f"{note}; beyond the first {fewest:,}".strip("; "))
        memory = (f"{line.mib:.0f} MiB for {count:,} readers" for count, line in sorted(held.items()))
        yield f"peak memory: {', '.join(memory)}"
        yield from _far(options, work)
        yield from _by_relays(options, work if options.quick else Workload(count // 10, 0, Path(name), sink))
        yield from _small(options, sink, Path(name))


def _far(options: Options, work: Workload) -> Iterator[str | Figure]:
    """The same server, a round trip away."""
    where = 'port = {}\nsecurity = "none"\nlive = true\nconnections = {}'
    with Distance(work.sink.port) as far:
        trip = far.round_trip()
        here, away = where.format(work.sink.port, CONNECTIONS), where.format(far.port, FAR_CONNECTIONS)
        there = work.but("far", here, away)
        title = f"casereviews issue send, {FAR_CONNECTIONS} connections, far"
        contender = Contender(title, there.turn(SEND), there.receipted, there.seconds)
        (line,) = in_turn([contender], options.runs, work.folder / "far")
    rate, most = (work.count - 1) / line.seconds, FAR_CONNECTIONS / trip
    yield f"{title}: {rate:,.0f} messages/s of {most:,.0f}, a round trip taking {trip * 1000:.1f} ms"
    yield Figure(
        DELIVER_FAR, rate / most, f"{work.count:,} messages, {ROUND_TRIP * 1000:.0f} ms and the relay's own time"
    )


def _by_relays(options: Options, work: Workload) -> Iterator[str | Figure]:
    """One relay far away, and two that share the issue; each may have so many connections."""
    server = 'host = "127.0.0.1"\nport = {}\nsecurity = "none"\n'
    limit, live = f"connections = {RELAY_CONNECTIONS}\n", "live = true\n"
    here = f"{server.format(work.sink.port)}{live}connections = {CONNECTIONS}\n"
    with Distance(work.sink.port) as far:
        relays = [f'[[mail.relays]]\nname = "{name}"\n{server.format(far.port)}{limit}' for name in ("north", "south")]
        houses = (
            ("one relay", work.but("one", here, f"{server.format(far.port)}{live}{limit}")),
            ("two relays", work.but("two", here, live, "".join(relays))),
        )
        contenders = [Contender(f"{name}, far", one.turn(SEND), one.receipted, one.seconds) for name, one in houses]
        lines = in_turn(contenders, options.runs, work.folder / "relays")
    yield str(Table(f"an issue, {RELAY_CONNECTIONS} connections to each relay", work.count, "messages", lines))
    yield Figure(DELIVER_RELAYS, lines[0].seconds / lines[1].seconds, f"{work.count:,} messages")


def _small(options: Options, sink: Sinkhole, folder: Path) -> Iterator[str | Figure]:
    """A list of some thousands and a short issue, from the command's start to its end."""
    count = 200 if options.quick else SMALL_COUNT
    work = Workload(count, 0, folder, sink, reviews=SMALL_REVIEWS)
    work.prepare()
    message = work.message()

    def kept(folder: Path) -> Sequence[str]:
        (folder / "message.eml").write_bytes(message)
        sink.begin()
        return module("kept", str(sink.port), str(count))

    title = "casereviews issue send, whole process"
    contenders = [
        Contender(title, work.turn(SEND), work.receipted),
        Contender("smtplib, one kept connection, no rendering", kept, work.arrived(count)),
    ]
    lines = in_turn(contenders, options.runs, folder / "small")
    yield str(Table(f"{count:,} messages of {len(message):,} bytes", count, "messages", lines))
    yield Figure(DELIVER_2000, lines[1].seconds / lines[0].seconds, f"{len(message):,} bytes, {count:,} messages")


def _contenders(work: Workload, wished: Workload) -> Iterator[Contender]:
    many = f"{CONNECTIONS} connections"
    yield Contender(f"casereviews issue send, {many}", work.turn(SEND), work.receipted, work.seconds)
    title = f"casereviews issue send, {WISH_SETS} sets of wishes"
    yield Contender(title, wished.turn(SEND), wished.receipted, wished.seconds)
    signed = work.but("signed", more=SIGNED.format(key=_make_key()))
    yield Contender("casereviews issue send, signed (RSA-2048)", signed.turn(SEND), signed.receipted, signed.seconds)
    for name, number in ((many, CONNECTIONS), ("1 connection", 1)):
        by_hand = module("pipelined", PERIOD, str(number))
        seen = work.pipelined if number == CONNECTIONS else work.arrived(work.count)
        yield Contender(f"pipelined, no receipts, {name}", work.turn(by_hand), seen, work.seconds)
    fresh = module("fresh", PERIOD, str(work.few))
    title = "smtplib, each a new connection, rendered"
    yield Contender(title, work.turn(fresh), work.arrived(work.few), work.multiplied)
    if MLMMJ.exists():
        yield Contender("mlmmj, a transaction a reader", _mlmmj(work), work.arrived(work.few), work.multiplied)


def _mlmmj(work: Workload) -> Callable[[Path], Sequence[str]]:
    """A list with as many subscribers, its mail server being the sink."""
    mail = work.message().replace(b"\r\n", b"\n").replace(b"To: reader@", b"To: list@", 1)

    def start(folder: Path) -> Sequence[str]:
        for name in ("archive", "control", "queue/discarded", "requeue", "subscribers.d", "text"):
            (folder / name).mkdir(parents=True)
        control = {"listaddress": "list@example.org", "smtpport": str(work.sink.port), "relayhost": "127.0.0.1"}
        for name, value in control.items():
            (folder / "control" / name).write_text(value + "\n")
        (folder / "index").touch()
        (folder / "mail").write_bytes(mail)
        (folder / "subscribers.d/r").write_text("".join(f"reader{n}@example.org\n" for n in range(work.few)))
        work.sink.begin()
        return [str(MLMMJ), "-L", str(folder), "-m", str(folder / "mail"), "-D"]

    return start


def _make_key() -> str:
    """A key to sign with, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _smaller_and_larger(options: Options, ours: Line, work: Workload) -> dict[int, Line]:
    """Ours, by the number of readers: fewer of them, and where there is time for it more."""
    lines = {work.count: ours}
    for count in (work.count // 10, *([work.count * 10] if options.large else [])):
        other = Workload(count, 0, work.folder, work.sink)
        other.prepare()
        contender = Contender("casereviews issue send", other.turn(SEND), other.receipted, other.seconds)
        (lines[count],) = in_turn([contender], 1, work.folder / f"memory-{count}")
    return lines
