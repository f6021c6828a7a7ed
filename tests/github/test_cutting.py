"""Bodies cut to size stay well-formed Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reviewbot.github.cutting import LIMIT, fitted, size

MARK = "<!-- reviewbot:v1 summary -->"


def rendered(body: str) -> str:
    return MarkdownIt("commonmark").render(body)


def nested(lines: int) -> str:
    inner = "\n".join(f"line {n}" for n in range(lines))
    return f"head\n\n<details><summary>More</summary>\n\n````text\n{inner}\n````\n\n</details>"


class TestFitted:
    def test_what_fits_is_unchanged(self) -> None:
        assert fitted("short", MARK) == f"short\n\n{MARK}"
        assert fitted("short") == "short\n"

    @pytest.mark.parametrize("limit", range(150, 900, 7))
    def test_a_cut_closes_what_is_open_and_keeps_the_mark(self, limit: int) -> None:
        body = fitted(nested(200), MARK, limit)
        assert size(body) <= limit
        assert body.endswith(f"\n\n{MARK}")
        html = rendered(body)
        assert html.count("<details>") == html.count("</details>")
        assert html.count("<pre>") == html.count("</pre>")
        assert html.rstrip().endswith(MARK)  # outside of any code
        assert "cut here" in html.split("</pre>")[-1]

    def test_githubs_limit_is_met_in_its_own_units(self) -> None:
        body = fitted("\n".join(["🧵" * 400] * 200), MARK)
        assert size(body) <= LIMIT
        assert len(body.encode("utf-16-le")) // 2 <= LIMIT

    def test_words_that_look_like_folds_are_none(self) -> None:
        body = fitted("\n".join(["`<details>` as text"] * 50), MARK, 400)
        assert "</details>" not in body

    def test_a_fence_is_closed_by_its_own_length_alone(self) -> None:
        text = "`````c\n" + "```\n" * 100 + "`````\n"
        body = fitted(text, MARK, 300)
        assert rendered(body).count("<pre>") == 1
        assert rendered(body).rstrip().endswith(MARK)

    @given(
        st.lists(
            st.sampled_from(
                ["text", "```", "````", "<details><summary>x</summary>", "</details>", "", "`a`"]
            ),
            max_size=60,
        ),
        st.integers(400, 700),
    )
    def test_never_over_the_limit(self, lines: list[str], limit: int) -> None:
        body = fitted("\n".join(lines) + "\n" + "x" * 30, MARK, limit)
        assert size(body) <= limit
        assert body.endswith(MARK)
