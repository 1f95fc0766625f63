"""Checks of the mail settings: transport, sender, TLS, DKIM key, bounces, operator."""

from collections.abc import Iterator
from email.utils import parseaddr
from ipaddress import ip_address

from app.checks.finding import Finding, about_relay, error_finding, failure, ok, warning
from core.config.schema import LOOPBACK_HOSTS, MailSettings, Settings
from core.errors import HouseError
from core.plurals import plural
from db.schema.connect import Database
from newsletter.mail.dkim import configured_signer, load_public_key
from newsletter.mail.message_policy import read_back_mailbox
from newsletter.mail.transport import read_routing
from services.operator.notices import list_recipients

RECOMMENDED_KEY_BITS = 2048  # bits (RFC 8301 §3.2: signers should use at least so many)
SPECIAL_USE_DOMAINS = (
    "localhost",
    "localdomain",
    "local",
    "invalid",
    "test",
)  # RFC 6761 and RFC 6762: never on the internet


def check_mail(settings: Settings, db: Database | None = None) -> Iterator[Finding]:
    """A line for each thing that decides whether mail arrives."""
    yield check_transport(settings)
    yield _check_sender(settings)
    for relay in settings.mail.relay_list:
        yield _check_security(relay.mail, about_relay("mail.security", relay.name))
        yield check_dkim_key(relay.mail, about_relay("DKIM", relay.name))
    yield _check_bounces(settings)
    yield _check_operator(settings, db)
    yield _check_postal_address(settings)


def is_loopback(host: str) -> bool:
    """Whether a host's name or number is this machine's."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host in LOOPBACK_HOSTS or host.endswith(".localhost")


def domain_of(address: str) -> str:
    """What stands behind the @, in small letters; empty where there is none."""
    return parseaddr(address)[1].rpartition("@")[2].lower()


def check_transport(settings: Settings) -> Finding:
    """Who gets real mail."""
    mail, routing = settings.mail, read_routing(settings.mail)
    if routing.reach == "nobody":
        return ok("mail", f"written as files to {settings.data_dir / 'outbox'}; nobody gets real mail")
    servers = (f"{one.mail.host}:{one.mail.port} ({one.mail.security})" for one in mail.relay_list)
    through = f"through {', '.join(servers)}"
    if routing.reach == "everybody":
        return ok("mail", f"{through} to every reader")
    if routing.listed:
        some = plural(len(routing.listed), "address", "addresses")
        return ok("mail", f"{through} to the {some} of mail.allow_list; files for all others (mail.live is false)")
    fix = "Set mail.live = true when you are ready, or name your own address in mail.allow_list."
    return warning("mail", "mail.live is false and mail.allow_list is empty: nobody gets real mail", fix)


def _check_sender(settings: Settings) -> Finding:
    sender = settings.mail.sender
    domain = domain_of(sender)
    nowhere = "." not in domain or domain.rpartition(".")[2] in SPECIAL_USE_DOMAINS
    if nowhere and read_routing(settings.mail).reach != "nobody":
        words = f"mail.sender = {sender!r}: servers refuse mail from {domain}, and answers to it are lost"
        return failure(
            "sender", words, 'Set it to an address of your own domain, as "Case reviews <news@example.org>".'
        )
    if (read_back := read_back_mailbox(sender)) is None or read_back != parseaddr(sender):
        words = f"mail.sender = {sender!r}: mail programs would not read one mailbox with this name"
        return failure("sender", words, 'Write it as "Case reviews <news@example.org>", without signs in the name.')
    return ok("sender", sender)


def _check_security(mail: MailSettings, about: str) -> Finding:
    on_loopback = is_loopback(mail.host)
    if read_routing(mail).reach == "nobody":
        return ok(about, "not used: mail goes to files")
    by_token = mail.auth == "oauth"
    if by_token and not mail.username:
        return failure(about, 'mail.auth is "oauth", and mail.username is not set', "Set it to the mailbox's address.")
    if mail.username and not by_token and not mail.password.get_secret_value():
        fix = "Set CASEREVIEWS_MAIL__PASSWORD_FILE to a file that holds it."
        return failure(about, "mail.username is set, and mail.password is not", fix)
    if mail.security == "none" and not on_loopback:
        what = "the log-in and readers' addresses travel" if mail.username else "readers' addresses travel"
        words, fix = (
            f"{what} in clear to {mail.host}",
            'Set mail.security to "starttls" (port 587) or "tls" (port 465).',
        )
        return failure(about, words, fix) if mail.username else warning(about, words, fix)
    safe = "in clear, on this machine only" if mail.security == "none" else f"{mail.security}, certificate verified"
    return ok(about, f"{safe}; {_describe_login(mail)}")


def _describe_login(mail: MailSettings) -> str:
    if not mail.username:
        return "no log-in"
    return f"logs in as {mail.username}{' with a token' if mail.auth == 'oauth' else ''}"


def check_dkim_key(mail: MailSettings, about: str) -> Finding:
    """Whether mail is signed, and the key is good."""
    key = mail.dkim_key.get_secret_value()
    if not mail.dkim_domain:
        if key:
            fix = f'Set mail.dkim_domain, as "{domain_of(mail.sender)}".'
            return warning(about, "mail.dkim_key is set, and mail.dkim_domain is not: nothing is signed", fix)
        if read_routing(mail).reach == "nobody":
            return ok(about, "not signed: mail goes to files")
        fix = "Have the mail server sign, or set mail.dkim_domain and mail.dkim_key."
        return warning(about, "not signed here; large providers refuse newsletters that nobody signs", fix)
    try:
        configured_signer(mail)
        bits = load_public_key(key).bits
    except HouseError as e:
        return error_finding(about, e)
    words = f"signed as {mail.dkim_selector}._domainkey.{mail.dkim_domain}, RSA {bits} bits"
    if bits < RECOMMENDED_KEY_BITS:
        return warning(about, words, "Make a longer key: openssl genrsa 2048")
    return ok(about, words)


def _check_bounces(settings: Settings) -> Finding:
    box, address, mark = settings.bounces, settings.mail.bounce_address, settings.mail.recipient_delimiter
    if mark in address.partition("@")[0]:
        words = f"{address} has a {mark} of its own: most servers take what stands before the first for the mailbox"
        return warning("bounces", words, "Take another mail.bounce_address, or see whether what comes back arrives.")
    if box.imap_host and not box.imap_username:
        return failure("bounces", "bounces.imap_host is set, and bounces.imap_username is not", "Set it.")
    if box.imap_host and box.imap_auth == "password" and not box.imap_password.get_secret_value():
        fix = "Set CASEREVIEWS_BOUNCES__IMAP_PASSWORD_FILE to a file that holds it."
        return failure("bounces", "bounces.imap_host is set, and bounces.imap_password is not", fix)
    if box.imap_host:
        return ok("bounces", f"read from {box.imap_folder} at {box.imap_host}")
    if address:
        return ok("bounces", f"come to {address.replace('@', f'{mark}TOKEN@')}, for: casereviews bounce")
    if read_routing(settings.mail).reach == "nobody":
        return ok("bounces", "none come: mail goes to files")
    fix = "Set mail.bounce_address, or a mailbox in [bounces]."
    return warning("bounces", "nobody reads them: addresses that are dead stay on the list", fix)


def _check_operator(settings: Settings, db: Database | None) -> Finding:
    people = list_recipients(settings, db, "trouble") if db else [*settings.operators]
    if not people:
        fix = "Set operator to your address."
        return warning("operator", "nobody is told when something breaks", fix)
    return ok("operator", ", ".join(people))


def _check_postal_address(settings: Settings) -> Finding:
    if not settings.newsletter.postal_address:
        words = "none: readers cannot see who sends the newsletter"
        return warning(
            "postal address", words, "Set newsletter.postal_address; the law asks for one in many countries."
        )
    return ok("postal address", " ".join(settings.newsletter.postal_address.split()))
