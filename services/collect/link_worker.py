"""Link worker: looks at the links of a batch on a worker, many hosts at once, each in its turn over all workers."""

from core.config.schema import Settings
from core.link_records import LinkCheck, Probe
from core.side_effects import SideEffects
from newsletter.cluster.cluster_key import ClusterKey
from scraper.fetch import Fetcher, HostSlots
from services.collect.fetch_batch import FetchBatch, begin_batch
from services.collect.link_codec import decode_links, encode_link
from services.collect.link_probes import LinkProbes, MayGoOn, Sleep, assess_found


def look_at_links(effects: SideEffects, settings: Settings, key: ClusterKey, worker: str, name: str) -> None:
    """Look at the links of a batch, and tell the coordinator of each. Raises HouseError for another key's."""
    with begin_batch(settings, key, worker, name) as batch:
        if not batch:
            return
        probes = _open_probes(effects, batch)
        with batch.kept(probes.hang_up), probes:
            for number, found in enumerate(probes):
                batch.tell(number, encode_link(found))


def _open_probes(effects: SideEffects, batch: FetchBatch) -> LinkProbes:
    terms, by_host = decode_links(batch.data)
    slots = HostSlots(turns=batch.turns(terms.rules))

    def open_fetcher(sleep: Sleep, may_go_on: MayGoOn) -> Fetcher:
        now, clock = effects.now, effects.clock
        return Fetcher(
            terms.rules, now=now, clock=clock, sleep=sleep, slots=slots, may_go_on=may_go_on, private=terms.private
        )

    def assess(probe: Probe, known: LinkCheck) -> LinkCheck:
        return assess_found(probe, known, terms.today, terms.offline)

    return LinkProbes(by_host, open_fetcher, assess, batch.nap, batch.goes_on)
