from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import factory
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reviewbot.records import Action, Evidence, FileResult, Fix, Review, Skipped
from reviewbot.report.markdown import LIMIT, render_markdown

OURS = {"<details><summary>Why</summary>", "</details>"}
HOSTILE = st.lists(
    st.sampled_from(
        [
            *("`", "``", "```", "````", "~~~", "|", "\\", "\n", "\r\n", "\n\n", "    ", "\t"),
            *("@octocat", "#1", "GH-1", "o/r#2", "<b>", "<!--", "-->", "</details>", "<details>"),
            *("![i](http://e.x/i.png)", "[l](http://e.x)", "<http://e.x>", "http://e.x"),
            *("www.e.x", "a@e.x", "\u202e", "\u2066", "\x1b[31m", "*", "_", "&lt;", "$x$", "- "),
            *("# h", "1. ", "> ", "|---|", "x", "counter", "計", "[^1]", "[l]: http://e.x"),
        ]
    ),
    max_size=8,
).map("".join)


def tokens(markdown: str) -> list[Token]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    flat: list[Token] = []
    for token in parser.parse(markdown):
        flat.extend([token, *(token.children or [])])
    return flat


def check_inert(markdown: str) -> None:
    """Nothing of theirs became a link, an image, HTML, a heading, a mention or a reference."""
    flat = tokens(markdown)
    assert not {t.type for t in flat} & {"link_open", "image", "html_inline", "em_open", "s_open"}
    html = [part for t in flat if t.type == "html_block" for part in t.content.strip().split("\n")]
    assert set(html) <= OURS
    assert html.count("</details>") == len(html) / 2
    for token in flat:
        if token.type == "text":
            assert not re.search(r"[@#]\w|GH-\d|www\.|https?:", token.content)
    ours = markdown.replace("\n", "").replace("\u200b", "")
    assert all(char.isprintable() or unicodedata.category(char) == "Zs" for char in ours)


def hostile_review(evil: str) -> Review:
    access = factory.access(path=f"s/{evil}.c", line=1, column=1, end_column=2, text=evil)
    finding = factory.race(
        path=f"s/{evil}.c",
        object=evil,
        function=evil,
        fingerprint=evil or "f",
        accesses=(access,),
        trace=tuple(
            replace(step, claim=f"`{evil}` and {evil}", path=evil) for step in factory.steps()
        ),
        unresolved=(f"call:{evil}",),
        fix=Fix(kind=evil, patch=f"+{evil}\n-{evil}", probability_after=0.1),
        evidence=Evidence(verdict=evil, tool=evil, report=evil),
    )
    return factory.review(
        factory.decide(finding, detail=evil),
        factory.decide(finding, Action.NOTE, detail=evil),
        sources=((f"s/{evil}.c", evil),),
        files=(FileResult(path=evil, race_probability=0.5, skipped=evil),),
        skipped=(Skipped(path=evil, line=3, reason=evil),),
    )


def test_a_table_row_a_code_block_and_the_chain_in_details() -> None:
    markdown = render_markdown(factory.full())
    assert (
        "| 🛑 blocks the change | `src/tally.c:10` | race on `counter` in `tally` | 87 % "
        "| introduced |"
    ) in markdown
    flat = tokens(markdown)
    fence = next(t for t in flat if t.type == "fence")
    assert fence.info == "c"
    assert "  10             counter += seen[i];\n" in fence.content
    assert "^^^^^^^ read here, without a lock or atomic in common" in fence.content
    assert sum(t.type == "list_item_open" for t in flat) == 5 + 5 + 2
    assert "- `src/huge.c`: larger than 1 MiB" in markdown
    check_inert(markdown)


def test_an_empty_review_is_one_calm_line() -> None:
    markdown = render_markdown(factory.empty())
    assert markdown == "### reviewbot\n\nNothing parallel to review · 0 files read in 0.00 s\n"


def test_a_cpp_file_is_fenced_as_cpp() -> None:
    finding = factory.race(path="a.cpp", accesses=(factory.access(path="a.cpp"),))
    flat = tokens(render_markdown(factory.review(factory.decide(finding))))
    assert [t.info for t in flat if t.type == "fence"] == ["cpp"]


@settings(max_examples=80, deadline=None)
@given(HOSTILE)
@example("x` @octocat <img src=x> `")
@example("|\\|`|")
@example("\n\n</details>\n\n```\n\n# h\n")
def test_nothing_of_the_repository_is_markup(evil: str) -> None:
    markdown = render_markdown(hostile_review(evil))
    check_inert(markdown)
    flat = tokens(markdown)
    assert sum(t.type == "td_open" for t in flat) == 5 * 2  # both findings, five cells each
    assert sum(t.type == "heading_open" for t in flat) == 2
    assert sum(t.type == "fence" for t in flat) == 2


@settings(max_examples=8, deadline=None)
@given(HOSTILE, st.integers(min_value=1_500, max_value=20_000))
def test_the_cut_keeps_fences_and_details_balanced(evil: str, limit: int) -> None:
    one = hostile_review(evil)
    many = replace(one, decisions=one.decisions * 40, skipped=one.skipped * 40)
    markdown = render_markdown(many, limit=limit)
    assert len(markdown) <= limit
    check_inert(markdown)


def test_many_findings_stay_below_the_size_of_a_comment_and_say_what_is_missing() -> None:
    decisions = [factory.decide(factory.race(object=f"o{n}")) for n in range(400)]
    markdown = render_markdown(factory.review(*decisions))
    assert LIMIT * 0.8 < len(markdown) <= LIMIT < 65_536
    assert re.search(r"… and \d+ more in detail", markdown)
    check_inert(markdown)
    assert markdown.count("```") % 2 == 0
