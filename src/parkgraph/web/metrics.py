"""``/metrics``: what a web process did and does, in the text format of Prometheus.

Every label has few values: routes are templates, never addresses.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from parkgraph import __version__
from parkgraph.web.accesslog import AccessLog
from parkgraph.web.live import Editions
from parkgraph.web.traffic import BOUNDS, Row, Traffic


class Metrics:
    """What is told about a web process.

    Args:
        editions: what it serves.
        traffic: what it answered; None where another server counts that.
        log: where it is logged, if it is.
        process: tells its metrics from those of others on the same port; empty if it is alone.
    """

    def __init__(
        self,
        editions: Editions,
        traffic: Traffic | None = None,
        log: AccessLog | None = None,
        process: str = "",
    ) -> None:
        self._editions, self._traffic, self._log = editions, traffic, log
        self._process = ProcessCollector(registry=None)
        self._labels = {"process": process} if process else {}

    def text(self) -> bytes:
        """All of it, as of now."""
        registry = CollectorRegistry()
        registry.register(_Labelled(self._families(), self._labels))
        return generate_latest(registry)

    def _families(self) -> Iterator[Metric]:
        yield _info("parkgraph_build", "The program", {"version": __version__})
        yield from _served(self._editions)
        elsewhere = self._editions.ledger.elsewhere
        if self._traffic:
            yield from _answered(self._traffic, elsewhere.traffic)
        if self._log:
            name, told = "parkgraph_access_log_dropped", "Lines of the access log not written"
            dropped = self._log.dropped + elsewhere.counts["log", "dropped"]
            yield CounterMetricFamily(name, told, value=dropped)
        yield from self._process.collect()


class _Labelled(Collector):
    """Families with labels added to each of their samples."""

    def __init__(self, families: Iterable[Metric], labels: Mapping[str, str]) -> None:
        self._families, self._labels = families, labels

    def describe(self) -> Iterable[Metric]:
        """Nothing: names are known when they are collected."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The families."""
        for family in self._families:
            family.samples = [
                sample._replace(labels={**self._labels, **sample.labels})
                for sample in family.samples
            ]
            yield family


def _answered(traffic: Traffic, elsewhere: Traffic) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "parkgraph_http_requests",
        "Requests answered, by route template; status 499: the client left",
        labels=("route", "method", "status"),
    )
    size = CounterMetricFamily(
        "parkgraph_http_response_bytes",
        "Bytes of the bodies of answers",
        labels=("route",),
    )
    times = HistogramMetricFamily(
        "parkgraph_http_request_duration_seconds",
        "Time until the server had the whole answer, by route template",
        labels=("route",),
    )
    by_route: dict[str, list[Row]] = {}
    for (route, method, status), row in traffic.rows(elsewhere):
        requests.add_metric((route, method, str(status)), sum(row.times))
        by_route.setdefault(route, []).append(row)
    for route, rows in by_route.items():
        size.add_metric((route,), sum(row.size for row in rows))
        times.add_metric((route,), _buckets(rows), sum(row.seconds for row in rows))
    yield from (requests, size, times)
    name, told = "parkgraph_http_requests_in_progress", "Requests that have no answer yet"
    yield GaugeMetricFamily(name, told, value=traffic.under_way)


def _buckets(rows: list[Row]) -> list[tuple[str, float]]:
    """How many took at most how long: each bucket holds those before it too."""
    bounds = [*map(str, BOUNDS), "+Inf"]
    each = (sum(classes) for classes in zip(*(row.times for row in rows), strict=True))
    return list(zip(bounds, map(float, accumulate(each)), strict=True))


#: What an edition counts: a metric, its only label, and what it says.
_COUNTED: Final = {
    "queries": (
        "parkgraph_queries",
        "outcome",
        "Queries by outcome, those of pages included",
    ),
    "kills": ("parkgraph_query_kills", "reason", "Query processes that died over a query"),
    "hits": (
        "parkgraph_cache_hits",
        "cache",
        "Found: whole answers again (repeats), results in any coding or page (results)",
    ),
    "misses": ("parkgraph_cache_misses", "cache", "Looked for in a cache in vain"),
}


def _served(editions: Editions) -> Iterator[Metric]:
    ledger = editions.ledger
    counted = ledger.counts()
    for what, (name, label, told) in _COUNTED.items():
        family = CounterMetricFamily(name, told, labels=(label,))
        for (counter, sort), times in sorted(counted.items()):
            if counter == what:
                family.add_metric((sort,), times)
        yield family
    for name, told, number in _gauges(editions):
        yield GaugeMetricFamily(name, told, value=number)
    helped = "Requests that helpers answered, which are among all others"
    answered = counted["helpers", "answered"]
    yield CounterMetricFamily("parkgraph_helper_requests", helped, value=answered)
    taken_up = "Releases taken up since the start"
    yield CounterMetricFamily("parkgraph_release_switches", taken_up, value=ledger.switches)
    manifest = ledger.current.site.manifest
    said = {
        "release": manifest.name if manifest.dataset else "",
        "digest": manifest.dataset,
        "issued": manifest.issued,
    }
    yield _info("parkgraph_release", "The release that is served; empty for files", said)


def _gauges(editions: Editions) -> Iterator[tuple[str, str, float]]:
    ledger = editions.ledger
    opened = ledger.opened
    stats = [edition.queries.stats() for edition in opened]
    kept = [cache.size for one in opened for cache in (one.repeats, one.results)]
    yield "parkgraph_ready", "1 if queries can be answered", float(not ledger.unready())
    yield "parkgraph_query_workers", "Query processes", sum(one.workers for one in stats)
    yield "parkgraph_queries_in_flight", "Queries under way", sum(one.in_flight for one in stats)
    yield "parkgraph_queries_queued", "Queries that wait", sum(one.queued for one in stats)
    lending = [one.lending for one in opened if one.lending]
    helpers = sum(one.running for one in lending)
    yield "parkgraph_helpers", "Processes that answer besides this one", helpers
    lent = sum(one.lent for one in lending)
    yield "parkgraph_connections_lent", "Connections that helpers have", lent
    yield "parkgraph_cache_size_bytes", "Bytes of answers and results kept", sum(kept)
    yield "parkgraph_editions_open", "Releases open: served, or still in use", len(opened)


def _info(name: str, told: str, labels: Mapping[str, str]) -> Metric:
    return InfoMetricFamily(name, told, value=dict(labels))
