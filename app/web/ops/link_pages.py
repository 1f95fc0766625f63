"""Link pages of the operator: how the download links are, and a look at them now."""

from threading import Event

from flask import request, url_for
from werkzeug.wrappers import Response as Answer

from app.runtime.lock import process_lock
from app.web.context import context
from app.web.ops import ops_phrases
from app.web.ops.audit_writer import set_action
from app.web.ops.background_work import BackgroundWork, ProgressMeter
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.ops.progress_page import start_work
from core.dates import day_name
from core.link_records import LinkCheck
from core.states import LINK_STATES, LinkState
from db.collection import links
from db.schema.connect import Database
from services.collect.check_links import check_addresses, select_links

STATE_WORDS: dict[LinkState, str] = {
    "live": "Lead to their reports",
    "moved": "Lead there by another address",
    "unreached": "Could not be reached by us, which says nothing of others",
    "dead": "Lead nowhere any more",
    "none": "Are no address",
    "unchecked": "Not looked at yet, or what came says nothing",
}
MAX_DEAD = 50  # that are listed


@blueprint.get("/links")
def link_states() -> str:
    """How many links are of each state, those that are dead, and the buttons that look at them."""
    counts, due = links.count_states(context().db, utc_now())
    return render_page(
        "links.html",
        "Links to reports",
        rows=[(STATE_WORDS[state], f"{counts[state]:,}") for state in LINK_STATES if state in counts],
        due=due,
        total=sum(counts.values()),
        dead=[(one, one.dead_since and day_name(one.dead_since)) for one in links.list_dead(context().db, MAX_DEAD)],
        limit=MAX_DEAD,
    )


@blueprint.post("/links")
def look_at_links() -> Answer:
    """Look at the links that are due, or at all of them."""
    effects, settings, every = context().effects, context().settings, request.form.get("which") == "all"
    which = "all links" if every else "the links that are due"

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        meter, counts = ProgressMeter(work, effects.clock, "link"), dict.fromkeys(LINK_STATES, 0)
        with process_lock(settings.data_dir):
            total = len(select_links(effects, db, None, every=every))

            def report(checked: LinkCheck) -> None:
                counts[checked.state] += 1
                if checked.state == "dead":
                    work.add_line(f"Dead: {checked.url}{f' ({checked.why})' if checked.why else ''}")
                meter.show(sum(counts.values()), total)

            meter.show(0, total)
            check_addresses(
                effects, settings, db, limit=None, every=every, progress=report, may_go_on=lambda: not stop.is_set()
            )
        done = sum(counts.values())
        work.add_line(f"{done:,} of {ops_phrases.format_count(total, 'link')} looked at")
        for state, count in counts.items():
            if count:
                work.add_line(f"{STATE_WORDS[state]}: {count:,}")

    title, back = f"Look at {which}", (url_for("ops.link_states"), "Back to the links")
    answer, fresh = start_work("links", title, back, job, f"looked at {which}", can_stop=True)
    if not fresh:
        set_action("asked to look at links while that was being done")
    return answer
