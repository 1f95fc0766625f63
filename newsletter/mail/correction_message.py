"""Correction message: an email that tells those who got an issue what was wrong in it; pure."""

from dataclasses import dataclass
from datetime import datetime

from core.clean_text import clean_text
from core.dates import day_name, local_date, period_name
from core.editor_records import Correction
from newsletter.issue import issue_view
from newsletter.issue.correction_view import CAUTION, CorrectionView, build_correction_view
from newsletter.issue.phrases import Anchor, truncate_text
from newsletter.issue.reason import reason_asked
from newsletter.issue.render import content_note, css_inliner, email_templates, format_link, wrap_blocks, wrap_text
from newsletter.issue.wording import Wording
from newsletter.mail.issue_message import ListMessage
from newsletter.mail.merge import build_marked_message

MAX_PREHEADER_CHARS = 110  # characters that an inbox shows at most


@dataclass(frozen=True, slots=True)
class CorrectionMailView:
    """Everything either part says, in order: the template only loops and escapes."""

    title: str
    preheader: str
    lead: str
    caution: str
    near: tuple[tuple[str, str], ...]  # who is there, and how to reach them
    correction: CorrectionView
    why: str
    links: tuple[Anchor, ...]
    small_print: tuple[str, ...]


def build_correction_mail_view(one: Correction, issue_sent: datetime, wording: Wording) -> CorrectionMailView:
    """What the mail says of a correction to an issue that was sent then."""
    shown, issue = build_correction_view(one, wording.base_url, wording.zone), period_name(one.period)
    if one.withdrawn:
        begun = "We withdraw a correction"
    else:
        begun = "An amended correction" if one.amended_at else "A correction"
    about = f" It is about one review in it: {clean_text(one.about)}." if one.about else ""
    sent = f"our issue of {issue}, sent on {day_name(local_date(issue_sent, wording.zone))}"
    collections = wording.all_collections()
    return CorrectionMailView(
        title=correction_subject(one, wording),
        preheader=truncate_text(" ".join(shown.text.split()), MAX_PREHEADER_CHARS),
        lead=f"{begun} to {sent}.{about}",
        caution=CAUTION if one.about else "",
        near=issue_view.support_near(wording),
        correction=shown,
        why=reason_asked(wording),
        links=tuple(issue_view.footer_links(wording, mail=True)),
        small_print=tuple(issue_view.small_print(wording, mail=True, several=len(collections) > 1)),
    )


def correction_subject(one: Correction, wording: Wording) -> str:
    """ "Correction: Case reviews, September 2016"."""
    begun = "Amended correction" if one.amended_at else "Correction"
    begun = "Correction withdrawn" if one.withdrawn else begun
    return f"{begun}: {clean_text(wording.title)}, {period_name(one.period)}"


def render_correction(one: Correction, issue_sent: datetime, wording: Wording) -> ListMessage:
    """Both parts of the mail, with marks where a reader's own go."""
    view = build_correction_mail_view(one, issue_sent, wording)
    html = css_inliner().inline(email_templates().get_template("correction.html").render(view=view))
    return ListMessage(one.period, view.title, html, _render_text(view))


def build_correction_message(one: Correction, issue_sent: datetime, wording: Wording, date: datetime) -> bytes:
    """The message that is stored: with marks for the reader. Raises HouseError."""
    return build_marked_message(render_correction(one, issue_sent, wording), wording, host=wording.host, date=date)


def _render_text(view: CorrectionMailView) -> str:
    shown = view.correction
    blocks = [
        wrap_text(view.title),
        wrap_text(view.lead),
        content_note(view.caution, view.near),
        *wrap_blocks(shown.text),
        wrap_text(shown.dated),
        format_link(shown.link),
        "\n" + wrap_text(view.why),
        *map(format_link, view.links),
        *map(wrap_text, view.small_print),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"
