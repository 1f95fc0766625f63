"""Log-in by an organisation's own provider, from end to end: who comes in, and what is refused."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from app.web.ops import oidc_client
from core.config.oidc_table import OidcSettings
from core.config.schema import WebSettings
from core.config.value_forms import SecretStr
from core.errors import HouseError
from db.operator import accounts
from db.operator.accounts import Account
from db.schema.connect import Database
from services.operator.link_identity import link_identity
from tests.app.web.operator import HASH, PASSWORD, Desk, log_in
from tests.support.oidc_provider import CLIENT, SECRET, Claims, OidcProvider
from tests.support.web_site import Visitor, texts

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
START = "/ops/login/provider"
NOBODY = "nobody with your email address has an account here"


class Council(Desk):
    """A desk whose people may come in by a provider."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.provider = OidcProvider(lambda: self.house.clock.now.timestamp())
        self.configure()

    def configure(self, **changes: object) -> None:
        """Set the provider anew."""
        oidc = {"issuer": self.provider.issuer, "client_id": CLIENT, "client_secret": SecretStr(SECRET), **changes}
        web = WebSettings(password_hash=HASH, oidc=OidcSettings(label="the council’s log-in", **oidc))
        self.app.extensions["casereviews"].settings = self.settings.replace(web=web)

    def invited(self, email: str = "anna@example.org") -> Account:
        """Somebody who has not taken the invitation yet."""
        return accounts.add(self.db, email, "Anna", "editor", self.house.clock.now)

    def stored(self) -> Account:
        found = accounts.find_by_email(self.db, "anna@example.org")
        assert found
        return found

    def come_back(self, who: Visitor) -> str:
        """Go to the provider and log in there; the address below the site that the browser comes back to."""
        start = who.get(START)
        assert start.status_code == 303, texts(start.text)
        back = urlsplit(self.provider.log_in(start.headers["Location"]))
        assert f"{back.scheme}://{back.netloc}" == "https://news.example.org"
        return f"{back.path}?{back.query}"

    def enter(self, who: Visitor) -> TestResponse:
        return who.get(self.come_back(who))


@pytest.fixture
def council(db: Database) -> Iterator[Council]:
    made = Council(db)
    with made.provider:
        yield made


def is_inside(who: Visitor) -> bool:
    return who.get("/ops").status_code == 200


def refusal(answer: TestResponse) -> str:
    """The one line of it."""
    assert answer.status_code == 403
    return texts(answer.text).partition("There is a problem")[2]


def test_an_invited_person_comes_in_by_the_provider_and_is_known_again(council: Council) -> None:
    council.invited()
    who = council.visitor()
    page = who.get("/ops/login?next=/ops/issues").text
    assert f'href="{START}?next=/ops/issues">log in by the council’s log-in</a>' in page

    start = who.get(f"{START}?next=/ops/issues")
    back = urlsplit(council.provider.log_in(start.headers["Location"]))
    answer = who.get(f"{back.path}?{back.query}")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/ops/issues")
    assert is_inside(who)
    stored = council.stored()
    assert (stored.oidc_issuer, stored.oidc_subject) == (council.provider.issuer, "248289761001")
    assert stored.active
    assert "logged in by the provider" in council.trail()
    council.provider.person |= {"email": "married@example.org"}  # who it is does not hang on the address any more
    again = council.visitor()
    assert council.enter(again).status_code == 303 and is_inside(again)


def test_who_has_no_password_chooses_one_by_mail_alone(council: Council) -> None:
    council.invited()
    who = council.visitor()
    council.enter(who)
    assert 'name="new"' not in who.get("/ops/account/password").text

    typed = {"new": "four words and more", "again": "four words and more"}
    answer = who.press("/ops/account/password", typed)
    council.wait()

    assert not council.stored().password_hash
    assert "The link is in the newest message of the outbox" in texts(who.get(answer.headers["Location"]).text)
    assert council.trail()[0] == "asked for a link to choose their first password"


def test_the_code_is_proved_by_pkce_and_the_client_by_its_secret(council: Council) -> None:
    council.invited()
    council.enter(council.visitor())

    (asked,) = council.provider.asked
    assert len(asked["code_verifier"]) >= 43
    council.configure(client_secret=SecretStr("another"))
    assert "invalid_client: The secret has expired" in refusal(council.enter(council.visitor()))


def test_nobody_gets_an_account_by_the_provider_alone(council: Council) -> None:
    council.account("owner")
    who = council.visitor()

    assert f"{NOBODY}: anna@example.org. Ask an owner to invite you" in refusal(council.enter(who))
    assert not is_inside(who)
    assert len(accounts.listing(council.db)) == 1


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"email_verified": False}, "the provider has not verified your email address"),
        ({"email_verified": "false"}, "the provider has not verified your email address"),
        ({"email": ""}, "the provider has not verified your email address"),
        ({"email": "other@example.org"}, NOBODY),
    ],
)
def test_an_address_that_is_not_verified_or_not_known_is_refused(council: Council, person: Claims, words: str) -> None:
    council.invited()
    council.provider.person |= person
    who = council.visitor()

    assert words in refusal(council.enter(who))
    assert not is_inside(who)
    assert not council.stored().oidc_subject


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda claims: claims | {"nonce": "another"}, "Invalid claim: 'nonce'", id="another nonce"),
        pytest.param(without("nonce"), "Missing claim: 'nonce'", id="no nonce"),
        pytest.param(lambda claims: claims | {"aud": "another"}, "Invalid claim: 'aud'", id="another audience"),
        pytest.param(lambda claims: claims | {"aud": [CLIENT, "b"], "azp": "b"}, "Invalid claim: 'azp'", id="azp"),
        pytest.param(
            lambda claims: claims | {"iss": "https://example.org"}, "Invalid claim: 'iss'", id="another issuer"
        ),
        pytest.param(lambda claims: claims | {"exp": claims["iat"] - 61}, "The token is expired", id="expired"),
        pytest.param(without("exp"), "Missing claim: 'exp'", id="never expires"),
        pytest.param(lambda claims: claims | {"nbf": claims["iat"] + 3_600}, "not yet valid", id="not yet"),
    ],
)
def test_a_token_that_is_not_for_us_now_is_refused(council: Council, change: object, words: str) -> None:
    council.invited()
    council.provider.change = change  # type: ignore[assignment]
    who = council.visitor()

    said = unescape(refusal(council.enter(who)))
    assert "what the provider says of you cannot be believed" in said and words in said
    assert not is_inside(who)
    assert not council.stored().active


def test_a_token_signed_by_another_is_refused(council: Council) -> None:
    council.invited()
    council.provider.forged = True

    assert "what the provider says of you cannot be believed" in refusal(council.enter(council.visitor()))
    assert not council.stored().active


def test_a_log_in_that_this_browser_did_not_begin_is_refused(council: Council) -> None:
    council.invited()
    victim, thief = council.visitor(), council.visitor()
    back = council.come_back(thief)

    assert "this log-in was not begun here" in refusal(victim.get(back))
    assert not is_inside(victim)
    victim.get(START)
    assert "this log-in was not begun here" in refusal(victim.get(back))
    assert council.provider.asked == []


def test_each_way_back_is_good_once_and_for_ten_minutes(council: Council) -> None:
    council.invited()
    who = council.visitor()
    back = council.come_back(who)
    assert who.get(back).status_code == 303
    assert "this log-in was not begun here" in refusal(who.get(back))

    slow = council.visitor()
    back = council.come_back(slow)
    council.house.clock.now += timedelta(minutes=10, seconds=1)
    assert "it took too long" in refusal(slow.get(back))


def test_what_the_provider_refuses_is_said_in_one_line(council: Council) -> None:
    council.provider.denied = "access_denied"

    words = refusal(council.enter(council.visitor()))

    assert "the provider did not let you in: access_denied. Try again." in words


def test_an_address_that_stands_on_the_provider_s_own_page_counts(council: Council) -> None:
    council.invited()
    council.provider.email_by_user_info = True

    assert council.enter(council.visitor()).status_code == 303


def test_an_account_that_is_linked_is_not_taken_over(council: Council) -> None:
    council.invited()
    council.enter(council.visitor())
    council.provider.person |= {"sub": "another"}

    assert "this account is linked to somebody else at the provider" in refusal(council.enter(council.visitor()))


def test_whom_the_provider_gives_no_subject_is_nobody(council: Council) -> None:
    account = council.invited()

    with pytest.raises(HouseError, match="does not say who you are"):
        link_identity(council.db, council.provider.issuer, "", account.email, council.house.clock.now)
    assert not council.stored().active


def test_an_owner_who_closes_it_and_brings_it_back_lets_it_be_linked_anew(council: Council) -> None:
    account = council.invited()
    council.enter(council.visitor())
    council.provider.person |= {"sub": "another"}
    accounts.close(council.db, account.id, council.house.clock.now)
    accounts.reopen(council.db, account.id)

    assert council.enter(council.visitor()).status_code == 303
    assert council.stored().oidc_subject == "another"


def test_people_of_the_provider_before_come_in_by_the_one_of_now(council: Council) -> None:
    account = council.invited()
    accounts.set_oidc(council.db, account.id, "https://before.example.org", "7", council.house.clock.now)

    assert council.enter(council.visitor()).status_code == 303
    assert council.stored().oidc_issuer == council.provider.issuer


def test_keys_that_are_none_are_said_to_be_unreadable(council: Council) -> None:
    council.invited()
    itself = f"{council.provider.issuer}/.well-known/openid-configuration"
    council.provider.metadata = {"jwks_uri": itself, "keys": [{}]}

    assert "the provider cannot be reached or read" in refusal(council.enter(council.visitor()))


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
def test_an_answer_that_is_nested_too_deep_is_said_to_be_unreadable(council: Council, path: str) -> None:
    council.invited()
    back = council.come_back(who := council.visitor())
    council.provider.raw = {path: b"[" * 100_000}

    assert "the provider cannot be reached or read" in refusal(who.get(back))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"kty": "unknown"}, id="of another kind"),
        pytest.param({"kty": "EC", "crv": "BP-256", "x": "AQ", "y": "AQ"}, id="on another curve"),
        pytest.param({"kty": "oct", "k": "AQ", "use": "https://example.org/archive"}, id="for another use"),
        pytest.param({"kty": "oct", "k": "AQ", "key_ops": ["https://example.org/archive"]}, id="for other operations"),
        pytest.param({}, id="no key"),
    ],
)
def test_a_key_beside_the_provider_s_own_that_we_do_not_know_is_ignored(council: Council, other: Claims) -> None:
    council.invited()
    council.provider.other_keys = [{"kid": "two", **other}]
    council.enter(who := council.visitor())

    assert is_inside(who)


def test_what_we_do_not_know_in_a_token_s_header_does_not_matter_unless_it_is_critical(council: Council) -> None:
    council.invited()
    council.provider.header = {"region": "wales", "x5c": ["A" * 4_000]}
    council.enter(who := council.visitor())
    council.provider.header = {"region": "wales", "crit": ["region"]}

    assert is_inside(who)
    assert "what the provider says of you cannot be believed" in refusal(council.enter(council.visitor()))


def test_a_closed_account_stays_closed(council: Council) -> None:
    account = council.invited()
    council.enter(council.visitor())
    accounts.close(council.db, account.id, council.house.clock.now)
    council.account("owner")

    assert "this account is closed" in refusal(council.enter(council.visitor()))


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"issuer": "https://login.example.org"}, "the provider is not web.oidc.issuer"),
        ({"token_endpoint": "http://login.example.org/token"}, "it names no token_endpoint by https"),
        ({"jwks_uri": "http://127.0.0.1.example.org/keys"}, "it names no jwks_uri by https"),
        ({"userinfo_endpoint": "http://login.example.org/me"}, "it names no userinfo_endpoint by https"),
    ],
)
def test_a_provider_that_is_another_is_not_used(council: Council, metadata: Claims, words: str) -> None:
    council.provider.metadata = metadata

    assert words in refusal(council.visitor().get(START))


def test_a_provider_that_is_down_leaves_the_password(db: Database) -> None:
    council = Council(db)
    with council.provider:
        council.account("editor")
    who = council.visitor()

    assert "the provider cannot be reached or read" in refusal(who.get(START))
    assert log_in(who, PASSWORD, "editor@example.org").status_code == 303


def test_without_the_library_or_an_issuer_it_is_not_offered(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(oidc_client, "find_spec", lambda name: None)
        assert council.visitor().get(START).status_code == 404
        assert START not in council.visitor().get("/ops/login").text
    council.configure(issuer="")
    assert START not in council.visitor().get("/ops/login").text


def test_what_leaves_for_the_provider_names_only_what_it_needs(council: Council) -> None:
    asked = parse_qs(urlsplit(council.visitor().get(START).headers["Location"]).query)

    assert {*asked} == {
        "client_id", "code_challenge", "code_challenge_method", "nonce", "redirect_uri", "response_type", "scope",
        "state",
    }  # fmt: skip
    assert asked["redirect_uri"] == ["https://news.example.org/ops/login/provider/back"]


def test_a_second_step_that_was_set_up_here_is_asked_for_too(council: Council) -> None:
    account = council.invited()
    accounts.set_totp_secret(council.db, account.id, "sealed")
    who = council.visitor()

    assert council.enter(who).headers["Location"] == "/ops/login/code"
    assert not is_inside(who)
