"""A house with readers who saved searches, and news for them."""

from db.collection import reviews
from db.mail import saved_searches
from db.schema.connect import Database, write_transaction
from scraper.identity import heading_key
from services.readers.alerts_saved import match_waiting, queue_alerts
from services.readers.subscriptions import confirm_signup
from tests.db.collection.test_reviews import sample
from tests.support.signups import Installation


def with_search(house: Installation, name: str = "reader", words: str = "river", cadence: str = "day") -> int:
    """Somebody subscribes and saves a search; its number."""
    email = f"{name}@example.org"
    house.sign_up(email)
    one = confirm_signup(house.db, house.one(email).token, house.clock())
    house.db.execute("DELETE FROM transactional_mail WHERE kind = 'confirm'")
    return saved_searches.save(house.db, one.id, words, [], cadence, house.clock())  # type: ignore[arg-type]


def add_news(db: Database, name: str = "Child A", **fields: object) -> int:
    """Store a new review about a river; its number."""
    given: dict[str, object] = {"summary": "Death of a 7-week-old baby boy by the river.", "baseline": False}
    review = sample(name, **(given | fields))
    with write_transaction(db):
        stored = reviews.add(db, review, heading_key(review), review.first_seen)  # type: ignore[arg-type]
    return stored.id


def tell(house: Installation) -> int:
    """Match what is new, and queue alerts; how many."""
    match_waiting(house.settings, house.db, house.clock())
    return queue_alerts(house.settings, house.db, house.clock())
