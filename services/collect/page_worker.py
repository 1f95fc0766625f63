"""Page worker: reads one page of a walk on a worker, by the fetcher that reads it where there are no workers."""

from core.config.schema import Settings
from core.errors import FetchError
from core.records import Page
from core.side_effects import SideEffects
from newsletter.cluster.cluster_key import ClusterKey
from scraper.fetch import Fetcher, HostSlots
from services.collect.fetch_batch import begin_batch
from services.collect.page_codec import PageAnswer, PageRequest, decode_request, encode_answer


def read_page(effects: SideEffects, settings: Settings, key: ClusterKey, worker: str, name: str) -> None:
    """Read the page of a batch, and tell the coordinator. Raises HouseError for another key's."""
    with begin_batch(settings, key, worker, name) as batch:
        if not batch:
            return
        request = decode_request(batch.data)
        slots = HostSlots({one.origin: one for one in request.robots}, batch.turns(request.rules))
        fetcher = Fetcher(
            request.rules,
            now=effects.now,
            clock=effects.clock,
            sleep=batch.nap,
            slots=slots,
            may_go_on=batch.goes_on,
        )
        with batch.kept(fetcher.hang_up), fetcher:
            batch.tell(0, encode_answer(_ask(fetcher, request)))


def _ask(fetcher: Fetcher, request: PageRequest) -> PageAnswer:
    found: Page | FetchError
    try:
        found = fetcher.get(request.url, hosts=request.hosts, etag=request.etag, last_modified=request.last_modified)
    except FetchError as e:
        found = e
    return PageAnswer(found, fetcher.requests, fetcher.bytes, tuple(fetcher.robots.values()))
