"""The action's inputs: what is taken, and what is told of a wrong one."""

from __future__ import annotations

import pytest

from reviewbot.action.inputs import Inputs, read_inputs
from reviewbot.errors import BadInput
from tests.action.composite import TOKEN


def test_empty_inputs_are_the_defaults() -> None:
    assert read_inputs({"INPUT_MODE": "", "INPUT_MAX_COMMENTS": " "}) == Inputs()


def test_given_inputs() -> None:
    found = read_inputs(
        {
            "INPUT_MODE": "publish",
            "INPUT_FAIL_ON": "comment",
            "INPUT_MAX_COMMENTS": "3",
            "INPUT_RESOLVE_THREADS": "true",
            "INPUT_DEVICE": "cuda",
            "INPUT_WORKING_DIRECTORY": "sub dir",
        }
    )
    assert (found.mode, found.fail_on, found.max_comments) == ("publish", "comment", 3)
    assert found.resolve_threads
    assert (found.device, found.working_directory) == ("cuda", "sub dir")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODE", "approve"),
        ("FAIL_ON", "always"),
        ("FORMAT", "html"),
        ("DEVICE", "tpu"),
        ("RESOLVE_THREADS", "yes"),
        ("MAX_COMMENTS", "-1"),
        ("MAX_COMMENTS", "٣"),
        ("MAX_COMMENTS", "101"),
    ],
)
def test_a_wrong_input_is_named(name: str, value: str) -> None:
    with pytest.raises(BadInput) as told:
        read_inputs({f"INPUT_{name}": value})
    assert f"`{name.lower().replace('_', '-')}`" in str(told.value)


def test_an_empty_token_is_none_and_a_token_is_not_shown() -> None:
    assert read_inputs({"INPUT_GITHUB_TOKEN": ""}).token is None
    assert TOKEN not in repr(read_inputs({"INPUT_GITHUB_TOKEN": TOKEN}))
    assert read_inputs({"INPUT_GITHUB_TOKEN": TOKEN}).token == TOKEN
