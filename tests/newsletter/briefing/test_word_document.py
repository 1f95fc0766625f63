"""Word files are opened again and hold all that the page has, with headings, links, a language and room to write."""

from datetime import UTC, datetime
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument

from core.records import Review, Section
from newsletter.briefing.compose_briefing import compose_briefing
from newsletter.briefing.word_document import ACTION_COLUMNS, DocumentFrame, write_briefing, write_reading_list
from newsletter.issue.issue_view import build_review_view

FRAME = DocumentFrame(
    "Case reviews", datetime(2026, 11, 3, tzinfo=UTC), "3 November 2026", "Content note: it is hard.", ("Their words.",)
)
REVIEW = Review(
    "nspcc",
    "Suffolk",
    "Baby D",
    2016,
    summary="Death of a 12-week-old baby.",
    sections=(Section("learning", "Learning", "see the father; ask again", ("see the father", "ask again")),),
    id=7,
)


def opened(body: bytes) -> WordDocument:
    return Document(BytesIO(body))


def texts(document: WordDocument) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def test_a_briefing_has_its_parts_in_order_and_a_table_to_write_in() -> None:
    briefing = compose_briefing("Hidden men", ("Do we ask?",), [REVIEW], [REVIEW], "https://news.example.org")

    document = opened(write_briefing(briefing, FRAME))

    headings = [one.text for one in document.paragraphs if one.style and one.style.name.startswith(("Title", "Head"))]  # type: ignore[union-attr]
    assert headings == [
        *("Team briefing: Hidden men", "What happened", "What was learned"),
        *("Questions to ask of ourselves", "Sources"),
    ]
    styles = {one.text: one.style.name for one in document.paragraphs if one.style}
    assert styles["see the father [1]"] == styles["Do we ask?"] == "List Bullet"
    assert styles["Suffolk – Baby D (2016): Death of a 12-week-old baby."] == "List Number"
    assert styles["Sources"] == "Heading 1"
    said = texts(document)
    assert "Content note: it is hard." in said
    assert "Suffolk – Baby D (2016): Death of a 12-week-old baby." in said
    assert "see the father [1]" in said
    assert "Do we ask?" in said
    assert said[-1] == "Their words."
    assert [cell.text for cell in document.tables[0].rows[0].cells] == list(ACTION_COLUMNS)
    assert {cell.text for row in document.tables[0].rows[1:] for cell in row.cells} == {""}


def test_a_word_file_says_its_language_and_title_and_nothing_of_the_tool() -> None:
    document = opened(write_reading_list("Hidden men", [], FRAME))

    about = document.core_properties
    assert (about.title, about.author, about.language, about.comments) == ("Hidden men", "Case reviews", "en-GB", "")
    assert about.created and about.created.date() == FRAME.made_at.date()
    assert 'w:lang w:val="en-GB"' in document.styles.element.xml


def test_a_reading_list_has_every_review_whole_with_its_record() -> None:
    page = "https://news.example.org/reviews/7"

    document = opened(write_reading_list("Hidden men", [(build_review_view(REVIEW, "Suffolk – Baby D"), page)], FRAME))

    said = texts(document)
    assert [
        one for one in said if one in ("2016", "Learning") or one.startswith(("Suffolk", "Death", "see", "ask"))
    ] == ["Suffolk – Baby D", "2016", "Death of a 12-week-old baby.", "Learning", "see the father", "ask again"]
    targets = [one.target_ref for one in document.part.rels.values() if one.is_external]
    assert targets == [page]
