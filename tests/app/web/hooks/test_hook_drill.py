"""Drill: a provider reports for an hour that a whole domain is gone; nobody is ended unasked, all are mailed again."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from core.states import HookName
from db.mail import bounce_holds, deliveries, subscribers
from db.mail.bounces import BounceSelection
from db.schema.connect import Database
from services.delivery.bounce_answers import restore_readers
from tests.support import provider_requests as requests
from tests.support.provider_requests import MAKERS, PERIOD, post, told
from tests.support.queued_deliveries import enqueue
from tests.support.web_site import Site

STRANGE = "550 5.0.0 the owl is asleep"


def states(site: Site) -> dict[str, int]:
    return {state: count for state, count in deliveries.counts(site.db, PERIOD).items() if count}


def statuses(site: Site) -> Counter[str]:
    return Counter(one.status for one in subscribers.listing(site.db))


@pytest.mark.parametrize("words", [requests.GONE, STRANGE, requests.FULL], ids=["gone", "words nobody knows", "full"])
def test_a_domain_that_is_reported_gone_for_an_hour_loses_nobody(db: Database, words: str) -> None:
    emails = [f"reader{number}@{'b' if number < 400 else f'c{number % 50}'}.example.org" for number in range(2000)]
    site = requests.site(db, emails=emails)
    first = told(site)
    listed = deliveries.listing(db, PERIOD)
    events = [
        requests.Told(
            "bounced", one.email, first.at, one.token, f"<{PERIOD}.{one.token}@news.example.org>", reply=words
        )
        for one in listed[:400]
    ]

    for at in range(0, 400, 100):
        assert post(site, requests.sendgrid(*events[at : at + 100])).status_code == 200

    assert statuses(site) == {"active": 2000}
    (hold,) = bounce_holds.list_open(db)
    assert (hold.period, hold.domain, hold.members) == (PERIOD, "b.example.org", 400)
    assert states(site) == {"sent": 1600, "refused": 400}

    answer = restore_readers(db, BounceSelection(PERIOD, "b.example.org"), site.house.clock.now)
    post(site, requests.sendgrid(*events[:100]))  # they tell it once more

    assert (answer.requeued, statuses(site)) == ({PERIOD: 400}, {"active": 2000})
    assert states(site) == {"sent": 1600, "queued": 400}
    assert bounce_holds.list_open(db) == []


@pytest.mark.parametrize("name", ["ses", "postmark", "mailgun", "brevo", "generic"])
def test_reports_one_by_one_are_held_as_well(db: Database, name: HookName) -> None:
    site = requests.site(
        db, emails=[f"reader{number}@{'b' * (number < 12) or 'c'}.example.org" for number in range(60)]
    )

    with time_machine.travel(site.house.clock.now, tick=False):
        for number in range(10):
            assert post(site, MAKERS[name](told(site, reader=number, ident=f"event {number}"))).status_code == 200
            site.house.clock.move(seconds=1)

    assert statuses(site) == {"active": 60}
    assert [hold.members for hold in bounce_holds.list_open(db)] == [10]


def test_a_second_issue_that_is_reported_gone_ends_a_subscription(db: Database) -> None:
    site = requests.site(db, emails=["reader0@b.example.org", "reader1@b.example.org", "reader2@c.example.org"])
    for number in (0, 1):
        post(site, requests.postmark(told(site, reader=number, ident=str(number))))
    assert statuses(site) == {"active": 3}

    site.db.execute(requests.ISSUE, ["2026-12"])
    reader = site.house.one("reader0@b.example.org")
    enqueue(db, "2026-12", [(reader.id, "dec-Message_Token00001", "full")], site.house.clock.now)
    db.execute("UPDATE deliveries SET state = 'sent', via = 'smtp' WHERE period = '2026-12'")
    site.house.clock.move(days=30)
    what = requests.Told("bounced", reader.email, site.house.clock.now - timedelta(minutes=1), "3")
    post(site, requests.postmark(replace(what, token="dec-Message_Token00001")))

    assert statuses(site) == {"active": 2, "bounced": 1}
