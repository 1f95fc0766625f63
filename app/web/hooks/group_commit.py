"""Group commit of reports: what comes while one is written down is written with the next, in one transaction.

A commit waits for the disk, and thousands of reports a minute would each wait in turn. Whoever gets the turn writes
what all of those behind have brought, and they find it done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from core.config.schema import Settings
from core.errors import StoreError
from db.schema.connect import Database
from services.delivery.provider_reports import ProviderReport, ReportResult, take_reports


@dataclass(slots=True)
class _PendingReport:
    report: ProviderReport
    result: ReportResult | None = None
    error: Exception | None = None


class GroupCommit:
    """Reports that are written down together."""

    def __init__(self) -> None:
        self._turn, self._guard = Lock(), Lock()
        self._pending: list[_PendingReport] = []

    def take(self, settings: Settings, db: Database, report: ProviderReport, now: datetime) -> ReportResult:
        """What became of a report, once it is written down. Raises StoreError."""
        own = _PendingReport(report)
        with self._guard:
            self._pending.append(own)
        with self._turn:
            if own.result is None and own.error is None:
                with self._guard:
                    group, self._pending = self._pending, []
                _write_group(settings, db, group, now)
        if own.error:
            raise own.error
        assert own.result
        return own.result


def _write_group(settings: Settings, db: Database, group: Sequence[_PendingReport], now: datetime) -> None:
    """Write all of them; where one cannot be, each alone, so that it stops no other."""
    try:
        results = take_reports(settings, db, [one.report for one in group], now)
        for one, result in zip(group, results, strict=True):
            one.result = result
    except StoreError as e:
        for one in group:
            one.error = e
    except Exception as e:
        if len(group) == 1:
            group[0].error = e
            return
        for one in group:
            _write_group(settings, db, [one], now)
