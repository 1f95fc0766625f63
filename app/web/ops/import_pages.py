"""Import pages: a file of readers uploaded, its columns named, tried without adding anybody, then imported."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event

from flask import Response, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops.audit_writer import set_action
from app.web.ops.background_work import BackgroundWork, WorkFunction
from app.web.ops.desk import blueprint, render_page
from app.web.ops.ops_phrases import format_count
from app.web.ops.progress_page import start_work
from core.csv_cells import format_csv
from core.errors import HouseError
from core.list_columns import ColumnGuess
from core.list_preview import ListPreview
from core.sizes import byte_size
from core.states import ENDED_STATUSES
from core.subscriber_csv import COLUMN_ROLES, ColumnRole
from db.schema.connect import Database
from services.readers import list_uploads
from services.readers.import_readers import ImportResult
from services.readers.list_uploads import MAX_UPLOAD_BYTES, UploadedList

IMPORT_WORK = "import"
MAX_SIZE_WORDS = f"{MAX_UPLOAD_BYTES // 1_000_000} MB"
PROBLEMS_SHOWN = 50  # on the page; the file has more
ROLE_LABELS: dict[ColumnRole, str] = {
    "address": "Email addresses",
    "status": "Who may get mail",
    "topics": "Topics that they asked for",
    "nations": "Nations that they asked for",
    "edition": "The edition: full or short",
    "ignore": "Nothing that we need",
}
GUESS_LABELS: dict[ColumnGuess, str] = {
    **{role: f"{words} (by its name)" for role, words in ROLE_LABELS.items()},
    "unknown": "Nothing that we need, it seems",
    "asked": "Choose what it holds",
}


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What one column of a list holds, as the form asks; identified by its place."""

    place: int
    name: str
    options: tuple[tuple[str, str], ...]  # value and words; the first: as its name says
    chosen: str


@blueprint.get("/people/import")
def import_start() -> str:
    """Choose a file; and those that wait."""
    return _render_start()


def _render_start(wrong: list[FormMistake] | None = None) -> str:
    return render_page(
        "import_start.html",
        "Add readers from a file",
        wrong or (),
        waiting=list_uploads.list_uploads(context().settings.data_dir),
        most=MAX_SIZE_WORDS,
    )


@blueprint.post("/people/import")
def upload_list() -> Answer | tuple[str, int]:
    """Take a file in, and go on to its columns."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _render_start([FormMistake("Choose a file", "file")]), 422
    data_dir = context().settings.data_dir
    try:
        upload = list_uploads.keep_upload(context().effects, data_dir, file.filename, g.ops_who, file.stream)
    except HouseError as e:
        set_action("uploaded a file that is no list of readers")
        return _render_start([FormMistake(_capitalized(e.sentence), "file")]), 422
    set_action(f"uploaded a list of readers, {byte_size(upload.size)}")
    return redirect(url_for("ops.import_columns", upload_id=upload.id), 303)


@blueprint.get("/people/import/<upload_id>")
def import_columns(upload_id: str) -> Answer | str:
    """Its first rows, what its columns hold, and how its readers agreed."""
    upload = _find(upload_id)
    if upload.imported_at:
        return redirect(url_for("ops.import_check", upload_id=upload_id), 303)
    return _render_columns(upload, [FormMistake(_capitalized(upload.trouble))] if upload.trouble else [])


@blueprint.post("/people/import/<upload_id>")
def import_columns_now(upload_id: str) -> Answer | tuple[str, int]:
    """Try the list with what was said of it; nobody is added."""
    upload = _find(upload_id)
    preview = list_uploads.preview_upload(context().settings.data_dir, upload)
    chosen = [request.form.get(f"column-{place}", "") for place in range(len(preview.header))]
    roles = {name: role for name, said in zip(preview.header, chosen, strict=True) for role in _roles_of(said)}
    upload = replace(upload, roles=roles, consent=request.form.get("consent", "").strip(), result=None, trouble="")
    confirmed = request.form.get("confirmed") == "yes"
    if wrong := _find_mistakes(preview, upload, confirmed):
        return _render_columns(upload, wrong, confirmed), 422
    list_uploads.save_upload(context().settings.data_dir, upload)
    check = url_for("ops.import_check", upload_id=upload_id)
    job, words = _list_work(upload, list_uploads.try_upload), f"tried a list of readers, {byte_size(upload.size)}"
    answer, fresh = start_work(IMPORT_WORK, f"Try {upload.name}", (check, "See what it would do"), job, words)
    tried = _find(upload_id)
    return redirect(check, 303) if fresh and (tried.result or tried.trouble) else answer


def _roles_of(said: str) -> list[ColumnRole]:
    return [role for role in COLUMN_ROLES if role == said]


def _find_mistakes(preview: ListPreview, upload: UploadedList, confirmed: bool) -> list[FormMistake]:
    columns = [
        (name, upload.roles.get(name, guess)) for name, guess in zip(preview.header, preview.guesses, strict=True)
    ]
    wrong = []
    if preview.headless:
        wrong.append(FormMistake("Write names above the columns, email above the addresses, and upload it again"))
    elif all(role != "address" for _, role in columns):
        wrong.append(FormMistake("Choose the column that holds the email addresses", "column-0"))
    wrong += [
        FormMistake(f"Choose what “{name}” holds: it may say who must not get mail", f"column-{place}")
        for place, (name, role) in enumerate(columns)
        if role == "asked"
    ]
    if not upload.consent:
        wrong.append(FormMistake("Write how and when they agreed", "consent"))
    if not confirmed:
        wrong.append(
            FormMistake("Tick that everybody on the list agreed; without that nobody may be added", "confirmed")
        )
    return wrong


def _render_columns(upload: UploadedList, wrong: list[FormMistake], confirmed: bool = False) -> str:
    preview = list_uploads.preview_upload(context().settings.data_dir, upload)
    return render_page(
        "import_columns.html",
        "What the file holds",
        wrong,
        upload=upload,
        preview=preview,
        rows=[
            ("File", upload.name),
            ("Size", byte_size(upload.size)),
            ("Written in", preview.encoding),
            ("Cells parted by", preview.delimiter),
        ],
        columns=[
            _column_choice(place, name, guess, upload)
            for place, (name, guess) in enumerate(zip(preview.header, preview.guesses, strict=True))
        ],
        consent=upload.consent,
        confirmed=confirmed,
    )


def _column_choice(place: int, name: str, guess: ColumnGuess, upload: UploadedList) -> ColumnChoice:
    others = tuple((role, words) for role, words in ROLE_LABELS.items() if role != guess)
    return ColumnChoice(
        place, name or f"Column {place + 1}", (("", GUESS_LABELS[guess]), *others), upload.roles.get(name, "")
    )


@blueprint.get("/people/import/<upload_id>/check")
def import_check(upload_id: str) -> Answer | str:
    """What an import would do, and the button that does it; afterwards, what it did."""
    upload = _find(upload_id)
    if upload.result is None:
        return redirect(url_for("ops.import_columns", upload_id=upload_id), 303)
    result = upload.result
    return render_page(
        "import_check.html",
        "What was imported" if upload.imported_at else "Check before you import",
        upload=upload,
        result=result,
        rows=[
            ("File", upload.name),
            ("Added" if upload.imported_at else "Would be added", format_count(result.added, "reader")),
            *_describe_left(result),
            ("How they agreed", upload.consent),
        ],
        problems=result.problems[:PROBLEMS_SHOWN],
        more=result.refused - len(result.problems[:PROBLEMS_SHOWN]),
    )


def _describe_left(result: ImportResult) -> list[tuple[str, str]]:
    """What is not added, and why, where there is any."""
    ended = {status: result.statuses[status] for status in ENDED_STATUSES if result.statuses.get(status)}
    still = result.known - sum(ended.values())
    pairs = [
        ("There already, left as they are", format_count(still, "reader") if still else ""),
        ("Not brought back", ", ".join(f"{count:,} {status}" for status, count in ended.items())),
        ("Erased or left before, not brought back", format_count(result.erased, "reader") if result.erased else ""),
        ("More rows of the same reader", f"{result.repeated:,}" if result.repeated else ""),
        ("Rows that are not taken", f"{result.refused:,}" if result.refused else ""),
    ]
    return [(name, words) for name, words in pairs if words]


@blueprint.get("/people/import/<upload_id>/problems.csv")
def import_problems(upload_id: str) -> Response:
    """The rows that are not taken, with the line and the reason of each; no addresses."""
    upload = _find(upload_id)
    problems = upload.result.problems if upload.result else ()
    body = format_csv([("line", "why"), *((one.line, one.why) for one in problems)])
    answer = Response(body, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="rows-not-taken.csv"'
    return answer


@blueprint.post("/people/import/<upload_id>/import")
def import_now(upload_id: str) -> Answer:
    """Import it. One that is imported stays so, however often the form is sent."""
    upload, check = _find(upload_id), url_for("ops.import_check", upload_id=upload_id)
    if upload.imported_at or upload.result is None:
        set_action("asked to import a list that was imported already, or not tried yet")
        flash("It was imported already: nothing was added twice." if upload.imported_at else "Try it first.")
        return redirect(check, 303)
    number = format_count(upload.result.added, "reader")
    answer, fresh = start_work(
        IMPORT_WORK,
        f"Import {upload.name}",
        (check, "What was imported"),
        _list_work(upload, list_uploads.import_upload),
        f"imported a list, {number} new; they agreed: {upload.consent}",
    )
    if not fresh:
        set_action("asked to import a list while another was being read")
    return answer


@blueprint.post("/people/import/<upload_id>/discard")
def import_discard(upload_id: str) -> Answer:
    """Throw the file away."""
    _find(upload_id)
    list_uploads.discard_upload(context().settings.data_dir, upload_id)
    set_action("threw a list of readers away")
    flash("The file is deleted.")
    return redirect(url_for("ops.import_start"), 303)


def _list_work(upload: UploadedList, read: Callable[..., UploadedList]) -> WorkFunction:
    """Read a list to the end, to try it or to import it."""
    effects, data_dir = context().effects, context().settings.data_dir

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        def progress(rows: int, percent: int) -> None:
            if stop.is_set():
                raise HouseError("the list was not read to its end", upload.name, "Nobody was added: begin again.")
            rest = "; then all of them are looked up at once" if percent > 99 else ""
            work.set_doing(f"{format_count(rows, 'row')} read, {percent} % of the file{rest}")

        work.set_doing(f"Reading {upload.name}")
        done = read(effects, db, data_dir, upload, progress)
        if done.result:
            told = "added" if done.imported_at else "would be added"
            work.add_line(f"{format_count(done.result.added, 'reader')} {told}")
            for name, words in _describe_left(done.result):
                work.add_line(f"{name}: {words}")

    return job


def _find(upload_id: str) -> UploadedList:
    return list_uploads.find_upload(context().settings.data_dir, upload_id)


def _capitalized(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
