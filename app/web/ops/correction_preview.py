"""Correction preview: what is typed, or stands, as mail and as web page, light and dark, before anybody has it.

What is typed travels from page to page signed, in the address: so it can be looked at in a frame before it is stored.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import Response, abort, current_app, render_template, request, url_for

from app.web.context import context
from app.web.ops.desk import blueprint, utc_now
from app.web.ops.preview_pages import force_color_scheme
from app.web.ops.sandboxed_html import sandbox_response, text_response
from app.web.public.issue_archive import correction_views, strip_personal_links
from core.editor_records import Correction, CorrectionVersion
from db.mail import corrections
from services.issues import build_issue
from services.issues.correct_issue import correctable_reviews
from services.issues.mail_correction import preview_correction

VIEWS = {
    "mail": "Mail, light",
    "mail-dark": "Mail, dark",
    "text": "Mail, text",
    "web": "Web page, light",
    "web-dark": "Web page, dark",
}


@dataclass(frozen=True, slots=True)
class CorrectionDraft:
    """What is typed of a correction: of a new one, or of what one that stands is to become."""

    period: str
    words: str  # of one that is taken back: why
    review_id: int | None = None
    number: int = 0  # 0: of a new one
    reason: str = ""  # why it is amended
    withdrawn: bool = False
    version: int = 0  # that was seen of the one that stands

    @property
    def token(self) -> str:
        """The draft, signed."""
        return str(_serializer().dumps(asdict(self)))

    def preview(self) -> Correction:
        """The correction as it would be. Raises NotFound."""
        db, now = context().db, utc_now()
        if not self.number:
            about = correctable_reviews(build_issue.load_issue(db, self.period)).get(self.review_id or 0, "")
            number = len(corrections.listing(db, self.period)) + 1
            version = CorrectionVersion(1, now, self.words)
            return Correction(self.period, number, (version,), self.review_id, about)
        one = corrections.get(db, self.period, self.number)
        if one.taken_down or (self.words, self.withdrawn) == (one.current.words, one.withdrawn):
            return one
        version = CorrectionVersion(one.current.version + 1, now, self.words, "", self.reason, self.withdrawn)
        return replace(one, versions=(*one.versions, version))


def draft_of(one: Correction) -> CorrectionDraft:
    """One that stands, to be looked at."""
    return CorrectionDraft(one.period, one.current.words, one.review_id, one.number, withdrawn=one.withdrawn)


def _serializer() -> Any:
    from itsdangerous import URLSafeSerializer

    return URLSafeSerializer(context().key("correction drafts"))


def read_draft(period: str, token: str) -> CorrectionDraft:
    """What was signed here of this issue; else 400."""
    from itsdangerous import BadData

    try:
        draft = CorrectionDraft(**_serializer().loads(token))
    except (BadData, TypeError):
        abort(400)
    return draft if draft.period == period else abort(400)


def chosen_view() -> str:
    """How it is looked at."""
    asked = request.args.get("view", "")
    return asked if asked in VIEWS else "mail"


def preview_values(draft: CorrectionDraft, page: str, /, **values: Any) -> dict[str, Any]:
    """What the part of a page shows in which it is looked at; `page`: the endpoint of that page, and its values."""
    view = chosen_view()
    frame = url_for("ops.correction_frame", period=draft.period, draft=draft.token, view=view)
    tabs = [(words, url_for(page, **values, view=name), name == view) for name, words in VIEWS.items()]
    return {"tabs": tabs, "frame": frame, "shown": VIEWS[view]}


@blueprint.get("/issues/<period>/corrections/frame")
def correction_frame(period: str) -> Response:
    """The mail or the web page in a cage, by day or by night."""
    one, view = read_draft(period, request.args.get("draft", "")).preview(), chosen_view()
    scheme = "dark" if view.endswith("-dark") else "light"
    if view.startswith("web"):
        loader = current_app.jinja_env.loader
        assert loader is not None
        css, _, _ = loader.get_source(current_app.jinja_env, "style.css")
        html = render_template("ops/correction_web.html", css=css, corrections=correction_views([one]))
        return sandbox_response(force_color_scheme(html, scheme))
    parts = preview_correction(context().settings, context().db, one)
    if view == "text":
        return text_response(parts.text)
    return sandbox_response(force_color_scheme(strip_personal_links(parts.html), scheme))
