"""A review as a document, in each format that there is."""

from enum import StrEnum

from standfast.documents.review_markdown import in_markdown
from standfast.documents.review_pdf import in_pdf
from standfast.incidents.review import ShownReview


class DocumentFormat(StrEnum):
    """What a document can be exported as."""

    MARKDOWN = "markdown"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """As HTTP calls it."""
        return "application/pdf" if self is self.PDF else "text/markdown; charset=utf-8"

    @property
    def ending(self) -> str:
        """Of a file's name: `.pdf`."""
        return ".pdf" if self is self.PDF else ".md"


async def review_document(shown: ShownReview, form: DocumentFormat) -> bytes:
    """The review in that format.

    Raises:
        Refused: it is too large for it.
        Unavailable: too many are being made.
    """
    if form is DocumentFormat.PDF:
        return await in_pdf(shown)
    return in_markdown(shown).encode()
