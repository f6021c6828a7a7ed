"""Other styles of a toy: where comments go, and what is said when an answer changes."""

from __future__ import annotations

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("onnx")

from model_export.hindsight.edits import line_map
from model_export.proof.ask import Asker
from model_export.proof.invariance import Restyling, breakages, compared, restylings
from model_export.proof.variants import COMMENTS, SEVERAL, Variant, variants, with_comment
from reviewbot.model.predict import load_predictor
from tests.model.toys import write_bundle
from tests.model_export.proof.proof_toys import Row, toy

CODE = "int a;\nvoid f(void)\n{\n  a++;\n}\n"


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Asker:
    return Asker(load_predictor(write_bundle(tmp_path_factory.mktemp("styles") / "toy")))


def broken(asker: Asker, row: Row, other: Row, style: str = "toy") -> tuple[Variant, Restyling]:
    """As if the one program were the other in another style."""
    lines = line_map(row["source"], other["source"])
    variant = Variant(row=row, style=style, text=other["source"], lines=lines)
    answers = [asker.answer("c", item["source"]) for item in (row, other)]
    return variant, compared(variant, *answers)


class TestComments:
    def test_above_and_behind_the_line(self) -> None:
        text, lines = with_comment(CODE, "no race here", [4])
        told = "  // no race here\n  a++;  // no race here\n"
        assert text == CODE.replace("  a++;\n", told)
        assert (lines[3], lines[4], lines[5]) == (3, 5, 6)

    @pytest.mark.parametrize(
        "line",
        ["  a++; // count", "  a++; /* count */", "#define A \\", "   "],
        ids=["comment", "block", "goes-on", "blank"],
    )
    def test_not_where_something_stands_or_goes_on(self, line: str) -> None:
        code = CODE.replace("  a++;", line)
        text, lines = with_comment(code, "no race here", [4])
        assert text == code and lines[4] == 4

    def test_not_below_a_line_that_goes_on(self) -> None:
        code = CODE.replace("{\n", "{ \\\n")
        assert with_comment(code, "no race here", [4])[0] == code


class TestVariants:
    def test_each_style_that_finds_a_place(self) -> None:
        found = {item.style: item.text for item in variants(toy("bare"), 1, [15])}
        assert {*COMMENTS, SEVERAL, "rename-variables", "add-comments"} <= set(found)
        assert toy("bare")["source"] not in found.values()

    def test_none_without_a_place(self) -> None:
        row = {"source": "int n;\n", "language": "c"}
        assert not list(variants(row, 1, [], ["for-to-while", *COMMENTS]))

    def test_only_those_asked_for(self) -> None:
        found = [item.style for item in variants(toy("bare"), 1, [15], ["blank-lines"])]
        assert found == ["blank-lines"]


class TestRestylings:
    def test_names_blanks_and_comments_change_nothing(self, asker: Asker) -> None:
        styles = ["rename-variables", "add-comments", "indent", *COMMENTS]
        for name in ("bare", "locked"):
            told = [item for _, item in restylings([toy(name)], asker, 1, styles)]
            assert {item.style for item in told} == set(styles)
            assert not any(item.turns or item.findings or item.cause for item in told)
            assert max(item.shift for item in told) == 0

    def test_a_verdict_that_changes_is_told_with_its_cause(self, asker: Asker) -> None:
        _, told = broken(asker, toy("locked"), toy("bare"))
        assert told.turns and told.findings and told.shift > 0.4
        assert "-common=mutex" in told.cause and "+common=none" in told.cause

    def test_so_is_one_that_changes_the_other_way(self, asker: Asker) -> None:
        _, told = broken(asker, toy("bare"), toy("locked"))
        assert told.turns and "+common=mutex" in told.cause

    def test_an_object_that_is_lost_has_that_for_a_cause(self, asker: Asker) -> None:
        other = {**toy("bare"), "source": "int main(void) { return 0; }\n"}
        _, told = broken(asker, toy("bare"), other)
        assert told.turns and told.cause == "no access pair of the object is seen"
        assert told.findings is None


class TestBreakages:
    def test_the_commonest_first_with_the_shortest_example(self, asker: Asker) -> None:
        short = {**toy("bare"), "id": "short"}
        long = {**toy("bare"), "id": "long", "source": toy("bare")["source"] + "\n\n"}
        told = [
            broken(asker, toy("locked"), toy("bare"), "rare"),
            broken(asker, long, toy("locked"), "often"),
            broken(asker, short, toy("locked"), "often"),
            broken(asker, toy("bare"), toy("bare", miss="bare"), "harmless"),
        ]
        found = breakages(told)
        assert [(item.style, item.count) for item in found] == [("often", 2), ("rare", 1)]
        assert found[0].example.row["id"] == "short"

    def test_none_where_nothing_turns(self, asker: Asker) -> None:
        assert not breakages([broken(asker, toy("bare"), toy("bare"))])
