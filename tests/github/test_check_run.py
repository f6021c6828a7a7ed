"""The check run, the workflow commands, and the step's summary."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewbot.github.check import BATCH, Check, check_run
from reviewbot.github.workflow import annotation_lines, append_summary
from reviewbot.records import Action, Decision
from tests.github.standing import HEAD, found, told


def check(*decisions: Decision, failed: bool = False) -> Check:
    return check_run(decisions, HEAD, "1 finding", "text", failed=failed)


def many(count: int) -> list[Decision]:
    return [told(found(f"{n:016x}", line=n + 1, end_line=n + 1)) for n in range(count)]


class TestCheckRun:
    def test_nothing_found_is_a_success(self) -> None:
        content = check().create
        assert (content["status"], content["conclusion"]) == ("completed", "success")
        assert content["output"]["annotations"] == []
        assert content["head_sha"] == HEAD

    @pytest.mark.parametrize(("failed", "conclusion"), [(False, "neutral"), (True, "failure")])
    def test_the_conclusion_is_the_policys(self, failed: bool, conclusion: str) -> None:
        assert check(told(found()), failed=failed).create["conclusion"] == conclusion

    @pytest.mark.parametrize(
        ("count", "batches"), [(1, [1]), (50, [50]), (51, [50, 1]), (120, [50, 50, 20])]
    )
    def test_annotations_go_in_batches(self, count: int, batches: list[int]) -> None:
        made = check(*many(count))
        contents = [made.create, *made.updates]
        assert [len(one["output"]["annotations"]) for one in contents] == batches
        assert max(batches) <= BATCH
        statuses = [one["status"] for one in contents]
        assert statuses == ["in_progress"] * (len(batches) - 1) + ["completed"]
        assert all("conclusion" not in one for one in contents[:-1])

    def test_an_annotation_tells_the_chain(self) -> None:
        (note,) = check(told(found(object="counter"))).create["output"]["annotations"]
        assert (note["path"], note["start_line"], note["end_line"]) == ("src/tally.c", 10, 12)
        assert note["annotation_level"] == "warning"
        assert note["title"] == "Race on counter in tally"
        assert "5. unprotected: no lock" in note["message"]

    def test_what_is_not_told_is_not_annotated(self) -> None:
        made = check(told(found(), Action.NOTE), told(found(), Action.DROP))
        assert made.create["output"]["annotations"] == []
        assert made.create["conclusion"] == "success"

    def test_the_same_review_has_the_same_name_and_another_has_another(self) -> None:
        one = check(told(found()))
        assert one.external_id == check(told(found())).external_id
        assert one.external_id != check(told(found(probability=0.9))).external_id
        assert one.external_id != check(told(found()), failed=True).external_id


class TestWorkflowCommands:
    def test_a_command_names_the_place(self) -> None:
        (line,) = annotation_lines([told(found(object="counter"))])
        start = "::warning file=src/tally.c,line=10,endLine=12,title=Race on counter in tally::Race"
        assert line.startswith(start)

    def test_what_blocks_is_an_error_and_a_note_is_nothing(self) -> None:
        lines = annotation_lines([told(found(), Action.BLOCK), told(found(), Action.NOTE)])
        assert [line.split(" ")[0] for line in lines] == ["::error"]

    def test_hostile_text_ends_no_command(self) -> None:
        odd = found(object="x::y,z%\r\n::set-output name=a::b", path="a,b:c\n::error::.c")
        (line,) = annotation_lines([told(odd)])
        assert "\n" not in line
        assert "\r" not in line
        head, _, _ = line.removeprefix("::").partition("::")
        properties = head.split(" ", 1)[1].split(",")
        assert [one.split("=")[0] for one in properties] == ["file", "line", "endLine", "title"]
        assert properties[0] == "file=a%2Cb%3Ac %3A%3Aerror%3A%3A.c"


class TestStepSummary:
    def test_is_appended(self, tmp_path: Path) -> None:
        path = tmp_path / "summary.md"
        path.write_text("before\n")
        append_summary(str(path), "now")
        assert path.read_text() == "before\nnow\n"

    def test_without_a_file_nobody_is_told(self) -> None:
        append_summary(None, "now")
        append_summary("", "now")
