"""Walk job: through all pages of long lists, a part at a time, beside the other jobs and without their locks."""

from collections.abc import Iterator

from app.scheduler.daily_jobs import describe_run
from app.scheduler.job_context import Job, JobContext, JobOutput
from services.collect.sources_due import walks_due

WALK_SECONDS = 600.0  # of one tick: the next goes on, with the settings of then


def _describe_due(context: JobContext) -> Iterator[str]:
    return (f"read all pages of {one.name}" for one in walks_due(context.settings, context.db, context.now))


def _walk_sources(context: JobContext) -> JobOutput:
    """Walk on through each source that is due. Only what a finished walk shows is stored, under the readers' lock."""
    from services.collect.read_request import ReadRequest
    from services.collect.scrape_sources import scrape_sources
    from services.operator.scrape_alerts import alert_after_scrape

    effects, settings, db = context.effects, context.settings, context.db
    until = effects.clock() + WALK_SECONDS
    request = ReadRequest(
        walk=True, lock_to_store=True, may_go_on=lambda: not context.stop.is_set() and effects.clock() < until
    )
    for source in walks_due(settings, db, context.now):
        if not request.may_go_on():
            return
        finished = [run for run in scrape_sources(effects, settings, db, [source], request) if not run.paused]
        alert_after_scrape(effects, settings, db, finished)
        for run in finished:
            yield from describe_run(run)


WALK_JOB = Job("walks", _describe_due, _walk_sources)
