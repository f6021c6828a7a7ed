"""Options first, environment second, and no secret in sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewbot.errors import BadInput
from reviewbot.settings import settings_from


def test_options_win_over_the_environment() -> None:
    environ = {"REVIEWBOT_POLICY": "advisory", "REVIEWBOT_BUNDLE": "/models/a"}
    assert settings_from({}, environ).policy == "advisory"
    assert settings_from({}, environ).bundle == Path("/models/a")
    chosen = settings_from({"policy": "strict", "bundle": "/models/b"}, environ)
    assert (chosen.policy, chosen.bundle) == ("strict", Path("/models/b"))


def test_nothing_given() -> None:
    settings = settings_from({}, {})
    assert (settings.policy, settings.bundle, settings.output) == (None, None, None)
    assert settings.format == "text"
    assert settings.threads == 0  # the model's size decides
    assert not settings.strict_errors


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "²"])
def test_threads_that_are_no_number(value: str) -> None:
    with pytest.raises(BadInput, match=r"REVIEWBOT_THREADS is .* whole number"):
        settings_from({}, {"REVIEWBOT_THREADS": value})


def test_threads_and_device() -> None:
    settings = settings_from({}, {"REVIEWBOT_THREADS": "7", "REVIEWBOT_DEVICE": "cpu"})
    assert (settings.threads, settings.device) == (7, "cpu")
    with pytest.raises(BadInput, match="one of auto, cpu, cuda"):
        settings_from({}, {"REVIEWBOT_DEVICE": "abacus"})


@pytest.mark.parametrize(
    ("environ", "on_terminal", "on_pipe"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
    ],
)
def test_color(environ: dict[str, str], on_terminal: bool, on_pipe: bool) -> None:
    settings = settings_from({}, environ)
    assert settings.colored(True) is on_terminal
    assert settings.colored(False) is on_pipe


def test_strict_errors_by_option_or_environment() -> None:
    assert settings_from({"strict_errors": True}, {}).strict_errors
    assert settings_from({}, {"REVIEWBOT_STRICT": "1"}).strict_errors
    assert not settings_from({}, {"REVIEWBOT_STRICT": "0"}).strict_errors


def test_the_token_is_kept_and_never_shown() -> None:
    settings = settings_from({}, {"GITHUB_TOKEN": "ghp_secret"})
    assert settings.github_token == "ghp_secret"
    assert "ghp_secret" not in repr(settings)
    assert "ghp_secret" not in str(settings)
