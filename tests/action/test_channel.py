"""What the action tells GitHub's runner, read back as the runner reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewbot.action.channel import (
    annotate,
    no_commands,
    write_outputs,
)
from tests.action.composite import parsed_outputs

HOSTILE = [
    "$(touch /tmp/owned)",
    "`id`",
    "a\nblocking<<EOF\n0\nEOF",
    "EOF\nblocking=0",
    "ghadelimiter_0\nblocking=0",
    "reviewbot_0\r\nblocking=0",
    "::set-output name=blocking::0",
    "%0Ablocking=0",
]


def round_trip(values: dict[str, str], folder: Path) -> dict[str, str]:
    file = folder / "output"
    file.write_text("", encoding="utf-8")
    write_outputs(str(file), values)
    return parsed_outputs(file.read_text(encoding="utf-8"))


class TestOutputs:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_no_value_can_set_another(self, text: str, tmp_path: Path) -> None:
        values = {"review-file": text, "blocking": "3"}
        expected = {**values, "review-file": text.replace("\r", "")}
        assert round_trip(values, tmp_path) == expected

    @given(text=st.text(alphabet="EOFreviwbot_0\n<=: a", max_size=40))
    def test_any_text_comes_back(self, text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = tmp_path_factory.mktemp("outputs")
        assert round_trip({"a": text, "b": "2"}, folder) == {"a": text, "b": "2"}

    def test_delimiters_cannot_be_foreseen(self, tmp_path: Path) -> None:
        file = tmp_path / "output"
        for _ in range(2):
            write_outputs(str(file), {"a": "1"})
        delimiters = re.findall(r"<<(\S{32,})", file.read_text(encoding="utf-8"))
        assert len(set(delimiters)) == 2

    def test_undecodable_bytes_of_a_path(self, tmp_path: Path) -> None:
        assert round_trip({"a": "x\udcffy", "b": "2"}, tmp_path) == {"a": "x\\udcffy", "b": "2"}


class TestLog:
    def test_commands_are_off_within_and_on_again_after(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(ValueError), no_commands():
            print("::add-mask::everything")
            raise ValueError
        first, shown, last = capsys.readouterr().out.splitlines()
        token = first.removeprefix("::stop-commands::")
        assert len(token) >= 32
        assert (shown, last) == ("::add-mask::everything", f"::{token}::")

    def test_an_annotation_of_the_step_is_one_line_of_its_own(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        annotate("error", "one\n::error::two")
        assert capsys.readouterr().out == "::error title=reviewbot::one%0A::error::two\n"
