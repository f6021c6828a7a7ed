"""Chooses the renderer of a format."""

from __future__ import annotations

from reviewbot.errors import BadInput
from reviewbot.records import Review

FORMATS = ("text", "json", "sarif", "markdown")


def render(review: Review, format_name: str, *, color: bool = False, width: int = 100) -> str:
    """The review in one of FORMATS; raises BadInput for any other name."""
    # Each renderer is imported when chosen: the hook needs text alone and must start fast.
    if format_name == "text":
        from reviewbot.report.text import render_text

        return render_text(review, color=color, width=width)
    if format_name == "json":
        from reviewbot.report.json_report import render_json

        return render_json(review)
    if format_name == "sarif":
        from reviewbot.report.sarif import render_sarif

        return render_sarif(review)
    if format_name == "markdown":
        from reviewbot.report.markdown import render_markdown

        return render_markdown(review)
    raise BadInput(f"There is no format {format_name!r}. Choose one of: {', '.join(FORMATS)}.")
