"""Who is put off for our pace, and the pace that follows."""

from datetime import UTC, datetime, timedelta

import pytest

from core.bounce_rules import ThrottleSign, throttle_sign
from core.states import AnswerKind
from newsletter.mail.throttle import (
    FIRST_RATE,
    FULL_RATE,
    MANY_ALIKE,
    MAX_HOLD,
    MAX_SIGNS,
    SLOWEST_RATE,
    AdaptivePace,
    ProviderPace,
    ThrottleDetector,
)
from newsletter.mail.transport import DeliveryAnswer

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
AMAZON = "454 Throttling failure: Maximum sending rate exceeded."
POLICY = "450 4.7.1 Policy, come back"
NAMES = {n: f"reader{n}@example.org" for n in range(10)}


@pytest.mark.parametrize(
    ("reply", "sign"),
    [
        (AMAZON, "pace"),
        ("450 4.7.1 Error: too much mail from 203.0.113.5", "pace"),
        ("421 4.7.0 mail.example.net Error: too many connections from 203.0.113.5", "pace"),
        ("451 4.7.500 Server busy. Please try again later from [203.0.113.5].", "pace"),
        ("421 4.4.2 Message submission rate for this client has exceeded the configured limit", "pace"),
        ("432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "pace"),
        ("421 4.7.0 [TSS04] Messages from 203.0.113.5 temporarily deferred due to unexpected volume", "pace"),
        ("421 4.7.28 Our system has detected an unusual rate of mail", "pace"),
        ("450 4.7.25 Client host rejected: cannot find your hostname, [203.0.113.5]", "name"),
        ("451 Rate limit exceeded", "pace"),
        ("452 Too many recipients received this hour", "pace"),
        ("451 4.7.1 Greylisted, come back in five minutes", ""),
        ("450 4.2.0 <reader@example.org>: Recipient address rejected: Graylisted", ""),
        ("450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents more", ""),
        ("452 4.2.2 Mailbox full, limit exceeded", ""),
        ("452 4.3.4 Message size limit exceeded", ""),
        ("451 4.3.0 Temporary lookup failure", ""),
        ("450 4.2.1 Busy", ""),
        ("450 <rate@throttle.example.org>: come back", ""),
        ("550 5.7.1 Too many messages", ""),
        ("no answer in time", ""),
    ],
)
def test_a_reply_says_whether_our_pace_is_meant(reply: str, sign: ThrottleSign) -> None:
    assert throttle_sign(reply) == sign


def put_off(number: int, reply: str = AMAZON, kind: AnswerKind = "later") -> DeliveryAnswer:
    return DeliveryAnswer(number, kind, reply)


def test_few_are_held_and_count_after_all_and_many_do_not() -> None:
    few, many = ThrottleDetector(), ThrottleDetector()
    for detector, count in ((few, MANY_ALIKE - 1), (many, MANY_ALIKE)):
        answers = [put_off(n, POLICY) for n in range(count)]
        assert detector.sort_answers(answers, NAMES) == ([], answers)
        assert [detector.is_slowing(answer, NAMES) for answer in answers][-1] is (count == MANY_ALIKE)

    assert [answer.id for answer in few.end()] == [0, 1]
    assert many.end() == []


def test_who_is_put_off_in_words_about_our_pace_is_not_tried_even_alone() -> None:
    detector = ThrottleDetector()

    assert detector.sort_answers([put_off(1)], NAMES) == ([], [put_off(1)])
    assert detector.end() == []


def test_who_is_taken_later_in_the_run_is_not_tried_in_vain() -> None:
    detector = ThrottleDetector()
    detector.sort_answers([put_off(1, POLICY), put_off(2, POLICY)], NAMES)
    taken = put_off(1, "250 Ok", "sent")

    assert detector.sort_answers([taken], NAMES) == ([taken], [])
    assert [answer.id for answer in detector.end()] == [2]


def test_other_words_are_of_others() -> None:
    detector = ThrottleDetector()
    answers = [put_off(1), put_off(2), put_off(3, "450 4.7.1 Policy"), put_off(4, "450 4.7.9 Policy")]
    detector.sort_answers(answers, NAMES)

    assert not any(detector.is_slowing(answer, NAMES) for answer in answers)


def test_codes_without_a_word_about_the_pace_slow_nobody_while_others_are_taken() -> None:
    detector, slowing = ThrottleDetector(), []
    for number in range(2 * MANY_ALIKE):
        answers = [put_off(number, POLICY)]
        if number < MANY_ALIKE:
            answers.insert(0, put_off(-number, "250 Ok", "sent"))
        detector.sort_answers(answers, NAMES)
        slowing.append([detector.is_slowing(answer, NAMES) for answer in answers][-1])

    assert slowing == [False] * (MANY_ALIKE + 1) + [True] * (MANY_ALIKE - 1)
    assert detector.end() == []  # and yet they are many


def test_what_is_no_throttling_stands() -> None:
    answers = [put_off(1, "450 4.2.1 Busy"), put_off(2, AMAZON, "sent"), put_off(3, "550 5.7.1 Too many", "refused")]
    impatient = ThrottleDetector(is_patient=False)

    assert ThrottleDetector().sort_answers(answers, NAMES) == (answers, [])
    assert impatient.sort_answers([put_off(1)], NAMES) == ([put_off(1)], [])


def test_no_mail_at_all_is_a_sign_too_whoever_was_next() -> None:
    detector, waits = ThrottleDetector(), put_off(1, "450 4.7.1 Too much mail", "waits")

    assert [detector.is_slowing(waits, NAMES) for _ in range(MANY_ALIKE)] == [False] * (MANY_ALIKE - 1) + [True]


def test_whose_pace_it_is_shows_in_who_else_is_put_off_in_the_same_words() -> None:
    names = {1: "a@gmail.com", 2: "b@googlemail.com", 3: "c@gmail.com", 4: "d@example.org"}
    detector, scopes = ThrottleDetector(), []
    for number in names:
        detector.sort_answers([put_off(number)], names)
        scopes.append((detector.is_slowing(put_off(number), names), detector.find_scope(put_off(number), names)))

    assert scopes == [(False, "gmail.com"), (False, "gmail.com"), (True, "gmail.com"), (True, "")]


def test_readers_of_a_slow_provider_come_up_in_turns_of_its_pace() -> None:
    pace = ProviderPace(AdaptivePace(NOW, rate=0.5))

    turns = [pace.find_turn(NOW) for _ in range(4)]

    assert turns == [None, *(NOW + timedelta(seconds=each) for each in (2, 4, 6))]
    assert pace.has_turns(NOW)
    assert [pace.find_turn(NOW + timedelta(seconds=each)) for each in (2, 4.1, 6)] == [None] * 3  # no turn is lost
    assert pace.find_turn(NOW + timedelta(seconds=7)) == NOW + timedelta(seconds=8)
    assert not pace.has_turns(NOW + timedelta(seconds=10))


def test_nobody_waits_for_long_for_a_pace_that_may_have_grown() -> None:
    pace = ProviderPace(AdaptivePace(NOW, rate=SLOWEST_RATE))

    turns = [pace.find_turn(NOW) for _ in range(20)]

    assert turns[-1] == NOW + MAX_HOLD


def test_of_a_provider_that_takes_nothing_at_any_pace_nobody_leaves_or_is_waited_for() -> None:
    pace = ProviderPace(AdaptivePace(NOW, rate=1.0, signs=MAX_SIGNS))

    assert pace.find_turn(NOW) is not None
    assert not pace.has_turns(NOW)


def test_the_pace_is_halved_once_for_all_that_left_before() -> None:
    pace = AdaptivePace(NOW)
    for _ in range(80):
        pace.note_taken(0)
    for _ in range(4):
        pace.slow_down(0, NOW + timedelta(seconds=10))

    assert (pace.rate, pace.step, pace.signs) == (4.0, 1, 1)  # half of eight a second
    pace.slow_down(1, NOW)
    assert (pace.rate, pace.step, pace.signs) == (2.0, 2, 2)


@pytest.mark.parametrize(("taken", "rate"), [(0, 1.0), (1_000, FIRST_RATE)])
def test_the_first_pace_is_within_bounds(taken: int, rate: float) -> None:
    pace = AdaptivePace(NOW, taken=taken)
    pace.slow_down(0, NOW)

    assert pace.rate == rate


def test_the_pace_creeps_up_and_is_without_limit_again_in_the_end() -> None:
    pace = AdaptivePace(NOW, rate=5.0, step=3)
    pace.note_taken(2)  # left before
    assert pace.rate == 5.0
    for _ in range(70):
        pace.note_taken(3)

    assert pace.rate == pytest.approx(10.0, rel=0.02)
    pace.rate = FULL_RATE
    pace.note_taken(3)
    assert pace.rate is None


def test_a_server_that_took_nothing_for_a_while_is_sent_mail_at_half_the_pace_of_before() -> None:
    pace, rates = AdaptivePace(NOW, rate=8.0), []
    for step in range(4):
        pace.slow_down(step, NOW)
        rates.append(pace.rate)
    pace.note_taken(4)

    assert rates == [4.0, 2.0, 1.0, 0.5]
    assert (pace.rate, pace.signs) == (4.0, 0)


def test_a_pace_that_was_halved_to_nothing_is_exhausted() -> None:
    pace = AdaptivePace(NOW)
    for step in range(MAX_SIGNS):
        assert not pace.is_exhausted
        pace.slow_down(step, NOW)

    assert pace.is_exhausted
    assert pace.rate == SLOWEST_RATE
