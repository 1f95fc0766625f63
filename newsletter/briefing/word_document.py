"""Word documents (.docx): a team briefing, and a reading list with every review in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from newsletter.briefing.compose_briefing import Briefing, BriefingPoint, source_numbers
from newsletter.issue.issue_view import ReviewView

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

PAGE_MM, MARGIN_MM = (210, 297), 18  # millimetres: A4
FONT, FONT_POINTS, SMALL_POINTS = "Calibri", 10, 8.5
HEADING_COLOUR, LINK_COLOUR = (0x35, 0x52, 0x6B), (0x0A, 0x4A, 0x7C)  # as on the pages: on white 8:1 and 9:1
LANGUAGE = "en-GB"
HEADING_1, HEADING_2, NUMBER, BULLET = "Heading1", "Heading2", "ListNumber", "ListBullet"  # ids of styles
ACTION_COLUMNS, ACTION_ROWS = ("What will we do?", "Who?", "By when?"), 5
ACTION_WIDTHS_MM, ACTION_HEIGHT_MM = (104, 35, 35), 9


@dataclass(frozen=True, slots=True)
class DocumentFrame:
    """What a document says beside its content."""

    newsletter: str
    made_at: datetime  # UTC
    made_on: str  # the day in words
    caution: str  # the content note, with who is there for support
    small_print: tuple[str, ...]


def write_briefing(briefing: Briefing, frame: DocumentFrame) -> bytes:
    """The briefing as a Word file."""
    document = _new_document(f"Team briefing: {briefing.title}", frame)
    _add_styled(document, "What happened", HEADING_1)
    document.add_paragraph(briefing.about + "".join(f" {one.name}: {one.words}." for one in briefing.counts))
    for case in briefing.cases:
        paragraph = _add_styled(document, "", NUMBER)
        paragraph.add_run(case.title).bold = True
        paragraph.add_run(f" ({case.facts})" if case.facts else "")
        paragraph.add_run(f": {case.happened}" if case.happened else "")
    if briefing.untold:
        document.add_paragraph(untold_sentence(briefing))
    if briefing.themes or briefing.learning or briefing.recommendations:
        _add_styled(
            document, "What was learned across them" if len(briefing.cases) > 1 else "What was learned", HEADING_1
        )
    if briefing.themes:
        document.add_paragraph("Topics they have in common: " + "; ".join(briefing.themes) + ".")
    _add_points(document, briefing.learning)
    if briefing.recommendations:
        _add_styled(document, "What was recommended", HEADING_2)
        _add_points(document, briefing.recommendations)
    if briefing.unquoted:
        document.add_paragraph(unquoted_sentence(briefing))
    _add_questions(document, briefing.questions)
    _add_sources(document, briefing)
    return _finish(document, frame)


def untold_sentence(briefing: Briefing) -> str:
    """That the other reviews are counted only."""
    return f"And {briefing.untold} more, which are counted above and not told here."


def unquoted_sentence(briefing: Briefing) -> str:
    """That there is more than is quoted."""
    return f"{briefing.unquoted} more of their points are on the pages named under Sources."


def write_reading_list(title: str, reviews: Sequence[tuple[ReviewView, str]], frame: DocumentFrame) -> bytes:
    """Every review in full, as a Word file; with each the address of its record."""
    document = _new_document(title, frame)
    for view, page in reviews:
        _add_styled(document, view.title, HEADING_1)
        if view.meta:
            document.add_paragraph(view.meta)
        for text in view.summary:
            document.add_paragraph(text)
        for part in view.parts:
            _add_styled(document, part.heading, HEADING_2)
            for text in part.lead:
                document.add_paragraph(text)
            for text in part.items:
                _add_styled(document, text, BULLET)
            for text in part.paragraphs:
                document.add_paragraph(text)
        for text in view.corrected:
            document.add_paragraph(text)
        for download in view.downloads:
            _add_link(document.add_paragraph(), download.text, download.url)
        _add_link(document.add_paragraph("Record: "), page, page)
    return _finish(document, frame)


def _new_document(title: str, frame: DocumentFrame) -> "Document":
    from docx import Document as new_document
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    document = new_document()
    page = document.sections[0]
    page.page_width, page.page_height = map(Mm, PAGE_MM)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(MARGIN_MM)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(FONT_POINTS)
    normal.paragraph_format.space_after = Pt(3)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), LANGUAGE)
    normal.element.get_or_add_rPr().append(language)
    for level, points in (("Title", 20), ("Heading 1", 13), ("Heading 2", 11)):
        document.styles[level].font.size, document.styles[level].font.color.rgb = Pt(points), RGBColor(*HEADING_COLOUR)
        document.styles[level].paragraph_format.space_after = Pt(2)
        document.styles[level].paragraph_format.space_before = Pt(0 if level == "Title" else 7)
    for style in ("List Number", "List Bullet"):
        document.styles[style].paragraph_format.space_after = Pt(1)
    document.add_heading(title, 0)
    document.add_paragraph(f"{frame.newsletter}, {frame.made_on}")
    document.add_paragraph().add_run(frame.caution).bold = True
    about = document.core_properties
    about.title, about.author, about.language = title, frame.newsletter, LANGUAGE
    about.comments, about.created, about.modified = "", frame.made_at, frame.made_at
    return document


def _add_styled(document: "Document", text: str, style_id: str) -> "Paragraph":
    """A paragraph by its style's id: by a style's name python-docx looks through all styles for each paragraph."""
    paragraph = document.add_paragraph(text)
    paragraph._p.style = style_id
    return paragraph


def _add_points(document: "Document", points: Sequence[BriefingPoint]) -> None:
    for point in points:
        _add_styled(document, f"{point.words} [{source_numbers(point.numbers)}]", BULLET)


def _add_questions(document: "Document", questions: Sequence[str]) -> None:
    """The questions, and a table with room to write."""
    from docx.shared import Mm

    _add_styled(document, "Questions to ask of ourselves", HEADING_1)
    for question in questions:
        _add_styled(document, question, BULLET)
    table = document.add_table(1 + ACTION_ROWS, len(ACTION_COLUMNS), style="Table Grid")
    for cell, words in zip(table.rows[0].cells, ACTION_COLUMNS, strict=True):
        cell.paragraphs[0].add_run(words).bold = True
    table.autofit = False
    for column, width in zip(table.columns, ACTION_WIDTHS_MM, strict=True):
        column.width = Mm(width)
        for cell in column.cells:  # Word asks each cell, other programs the column
            cell.width = Mm(width)
    for row in table.rows[1:]:
        row.height = Mm(ACTION_HEIGHT_MM)
    _mark_header(table.rows[0])


def _mark_header(row: object) -> None:
    """Say that a table's row is its header, for screen readers and further pages."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # type: ignore[attr-defined]  # python-docx has no name for it


def _add_sources(document: "Document", briefing: Briefing) -> None:
    from docx.shared import Pt

    _add_styled(document, "Sources", HEADING_1)
    for case in briefing.cases:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.add_run(f"{case.number}. {case.title}. ").font.size = Pt(SMALL_POINTS)
        _add_link(paragraph, case.page, case.page, SMALL_POINTS)
        if case.report:
            paragraph.add_run("; ").font.size = Pt(SMALL_POINTS)
            _add_link(paragraph, "the report", case.report, SMALL_POINTS)


def _add_link(paragraph: "Paragraph", text: str, url: str, points: float = FONT_POINTS) -> None:
    """A link, for which python-docx has no call of its own; words alone where there is no address."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(text)
    run.font.size = Pt(points)
    if not url:
        return
    run.font.underline, run.font.color.rgb = True, RGBColor(*LINK_COLOUR)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run._r.addprevious(link)
    link.append(run._r)


def _finish(document: "Document", frame: DocumentFrame) -> bytes:
    from docx.shared import Pt

    for words in frame.small_print:
        document.add_paragraph().add_run(words).font.size = Pt(SMALL_POINTS)
    file = BytesIO()
    document.save(file)
    return file.getvalue()
