"""Prometheus page /metrics: metrics read from the database when asked for, none of a single reader."""

from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, abort, current_app, request

from app.web.cluster_watch import ClusterWatch
from app.web.context import WebContext
from app.web.page_cache import PageCache
from app.web.request_counts import RequestCounts, count_requests
from core.actions import INSTALL_LIBRARY
from core.errors import SettingsError
from db.schema.connect import connect
from services.operator.metrics import Metric, collect_metrics
from services.operator.sending_metrics import sending_metrics
from services.operator.sending_state import describe_sending

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

blueprint = Blueprint("metrics", __name__)
LIBRARY_MISSING = f"Metrics need a library that is not installed. {INSTALL_LIBRARY.command}\n"
IPNetwork = IPv4Network | IPv6Network


class MetricsCollector:
    """The metrics of one application: its own registry, so that several in one process do not mix."""

    def __init__(self, web: WebContext, counted: RequestCounts, cache: PageCache, cluster: ClusterWatch) -> None:
        self._web, self._counted, self._cache, self._cluster, self._lock = web, counted, cache, cluster, Lock()
        self._registry: CollectorRegistry | None = None
        self.networks = [_parse_network(text) for text in web.settings.web.metrics_from]

    def text(self) -> tuple[bytes, str]:
        """The page and its type. Raises ImportError where the library is not installed."""
        from prometheus_client import ProcessCollector
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
        from prometheus_client.registry import CollectorRegistry

        with self._lock:
            if self._registry is None:
                self._registry = CollectorRegistry()
                self._registry.register(self)
                ProcessCollector(registry=self._registry)
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4

    def describe(self) -> list[Any]:
        """Nothing beforehand: the registry would ask the database to know our names."""
        return []

    def collect(self) -> Iterator[Any]:
        """What is so at this moment; where the database cannot be used, only that."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        for metric in self._current_metrics():
            name = f"casereviews_{metric.name}"
            family: CounterMetricFamily | GaugeMetricFamily = GaugeMetricFamily(
                name, metric.words, labels=metric.labels
            )
            if metric.is_counter:
                family = CounterMetricFamily(name, metric.words, labels=metric.labels)
            for labels, value in metric.values:
                family.add_metric(labels, value)
            yield family
        answers = CounterMetricFamily("casereviews_requests", "Answers given.", labels=("page", "status"))
        for (page, status), count in sorted(self._counted.answers.items()):
            answers.add_metric((page, status), count)
        answers.add_metric(("cached", "2xx"), self._cache.hits)
        yield answers
        durations = HistogramMetricFamily("casereviews_request_seconds", "Time to answer what the page cache did not.")
        durations.add_metric((), self._counted.buckets(), self._counted.seconds)
        yield durations

    def _current_metrics(self) -> list[Metric]:
        web = self._web
        build = Metric("build_info", "The version at work.", ("version",), (((version("casereviews"),), 1),))
        up = "Whether the database can be used: 1, or 0 and nothing more."
        try:
            with closing(connect(web.settings.database, reading=True)) as db:
                now = web.effects.now()
                sending = describe_sending(web.settings, db, now, self._cluster.look())
                ours = [build, Metric("up", up, (), (((), 1),))]
                return [*ours, *collect_metrics(web.settings, db, now), *sending_metrics(sending)]
        except Exception:  # whatever it is, that is what is to be known
            return [build, Metric("up", up, (), (((), 0),))]


def register(app: Flask) -> None:
    """Add the page. Raises SettingsError for a network that is none."""
    web: WebContext = app.extensions["casereviews"]
    counted = count_requests(app, web.effects.clock)
    stored, cluster = app.extensions["casereviews.stored"], app.extensions["casereviews.cluster"]
    app.extensions["casereviews.metrics"] = MetricsCollector(web, counted, stored, cluster)
    app.register_blueprint(blueprint)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Metrics for Prometheus, for the networks of web.metrics_from; for all others there is no such page."""
    collector: MetricsCollector = current_app.extensions["casereviews.metrics"]
    if not _in_networks(request.remote_addr or "", collector.networks):
        abort(404)
    try:
        text, kind = collector.text()
    except ImportError:
        return Response(LIBRARY_MISSING, 404, content_type="text/plain; charset=utf-8")
    answer = Response(text, content_type=kind)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _in_networks(address: str, networks: list[IPNetwork]) -> bool:
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return any(ip in network for network in networks)


def _parse_network(text: str) -> IPNetwork:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError as e:
        raise SettingsError("configuration", f"web.metrics_from: {text}", "Write a network as 192.0.2.0/24.") from e
