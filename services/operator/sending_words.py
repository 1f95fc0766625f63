"""Sending words: the state of sending in sentences, the same on a terminal as on a page; pure."""

from collections.abc import Iterator
from datetime import tzinfo

from core.dates import from_iso, local_minute
from core.plurals import plural
from core.sending_json import BrokerJson, ProviderPaceJson, QueueJson, RelayJson, SendingJson, WorkerJson

UNITS = {"deliver": ("message", ""), "fetch": ("address", "addresses")}  # what is counted of a queue
OTHER_UNIT = ("batch", "batches")
LIVE = ("at work", "idle")


class SendingWords:
    """Sentences, without a full stop, by a zone's clock."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def list_lines(self, state: SendingJson) -> Iterator[str]:
        """All of it, a line each; nothing where one mail server takes what comes."""
        if broker := state["broker"]:
            yield f"broker: {self.broker(broker)}"
            if state["workers"] == []:
                yield "workers: none was heard of since yesterday"
        for worker in state["workers"] or ():
            yield f"worker {worker['name']}: {worker['state']}: {self.worker(worker)}"
        for queue in state["queues"] or ():
            yield f"queue {queue['name']}: {self.queue(queue, state['workers'] or [])}"
        if broker or len(state["relays"]) > 1 or any(one["pace"] or one["fault"] for one in state["relays"]):
            for relay in state["relays"]:
                name = f"relay {relay['name']}" if relay["name"] else "mail server"
                yield f"{name}, {relay['where']}: {'; '.join(self.relay(relay))}"
        for provider in state["providers"]:
            yield self.provider(provider)

    def broker(self, one: BrokerJson) -> str:
        """Whether it answers."""
        return f"{one['where']} {'answers' if one['state'] == 'answers' else 'does not answer: ' + one['why']}"

    def worker(self, one: WorkerJson) -> str:
        """What a worker does."""
        version = f"version {one['version']}" if one["version"] else "its version is not known"
        match one["state"]:
            case "stopped":
                return f"it ended on {self._at(one['heard_at'])}, as it was told to; {version}"
            case "silent":
                return f"not heard of since {self._at(one['heard_at'])}: killed, or cut off from the broker; {version}"
            case "at work":
                has = f"has {plural(one['batches'], 'batch', 'batches')} in hand"
                has += f" with {plural(one['messages'], 'message')}" if one["messages"] else ""
            case "idle":
                has = "has nothing in hand"
        rates = [
            f"{plural(round(rate), *UNITS.get(queue, OTHER_UNIT), none='no', thousands=',')} a minute"
            for queue, rate in one["per_minute"].items()
        ]
        parts = [f"{plural(one['connections'], 'connection')} for {' and '.join(one['queues']) or 'no queue'}", has]
        parts += [" and ".join(rates) or "its speed is not known yet", version, f"since {self._at(one['since'])}"]
        return "; ".join(parts)

    def queue(self, one: QueueJson, workers: list[WorkerJson]) -> str:
        """What waits in a queue."""
        parts = [f"{plural(one['waiting'], 'batch', 'batches', none='no')} waiting"]
        if one["oldest_at"]:
            parts.append(f"the first since {self._at(one['oldest_at'])}")
        parts.append(f"{one['in_hand'] or 'none'} in hand")
        if not any(one["name"] in worker["queues"] and worker["state"] in LIVE for worker in workers):
            parts.append("no worker takes it")
        return ", ".join(parts)

    def relay(self, one: RelayJson) -> Iterator[str]:
        """What a mail server does, in several sentences."""
        if one["fault"]:
            since = f" since {self._at(one['fault_since'])}" if one["fault_since"] else ""
            tried = f"; tried again on {self._at(one['blocked_until'])}" if one["blocked_until"] else ""
            yield f"nothing goes by it{since}: {one['fault'].rstrip('.')}{tried}"
        counts = {state: one[state] for state in ("sent", "refused", "failed", "unknown")}
        outcome = [f"{count:,} {state}" for state, count in counts.items() if count]
        if one["sending"]:
            outcome.append(f"{one['sending']:,} on their way")
        if one["deferred"]:
            when = f", the first until {self._at(one['next_try_at'])}" if one["next_try_at"] else ""
            outcome.append(f"{one['deferred']:,} put off{when}")
        yield ", ".join(outcome) or "nothing yet"
        limit = f"the limit is {one['limit']:,}" if one["limit"] else "there is no limit"
        if one["pace"] is not None:
            yield f"pace now: {_pace(one['pace'])} a minute, as it asked: {one['pace_words'] or 'no words'}; {limit}"
        else:
            yield f"pace now: as fast as it takes mail; {limit}" + (" a minute" if one["limit"] else "")

    def provider(self, one: ProviderPaceJson) -> str:
        """How slowly a provider's readers are mailed."""
        relay = f" by relay {one['relay']}" if one["relay"] else ""
        said = f", as it asked: {one['words']}" if one["words"] else ""
        return f"readers at {one['provider']}{relay}: {_pace(one['pace'])} a minute on {self._at(one['at'])}{said}"

    def _at(self, instant: str) -> str:
        return local_minute(from_iso(instant), self._zone)


def _pace(pace: float) -> str:
    """ "1,200", "0.5": messages."""
    return f"{pace:,.0f}" if pace >= 10 else f"{pace:.1f}".removesuffix(".0")
