"""Options and environment → `Settings`; nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reviewbot.errors import BadInput

POLICY_FILE = ".reviewbot.yaml"  # looked for at the repository's root
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one run was asked for, from options first and the environment second."""

    policy: str | None = None  # a name ("strict") or a file; None: the repository's or the default
    bundle: Path | None = None  # None: the bundle within the package
    baseline: Path | None = None
    write_baseline: Path | None = None
    output: Path | None = None
    format: str = "text"
    threads: int = 0  # 0: as many as the model is worth
    device: str = "auto"
    color: bool | None = None  # None: as the stream is
    strict_errors: bool = False  # a fault within one file ends the run, as tests want it
    github_token: str | None = field(default=None, repr=False)  # never shown

    def colored(self, stream_is_terminal: bool) -> bool:
        """Whether to colour a stream: an explicit wish wins over what the stream is."""
        return stream_is_terminal if self.color is None else self.color


def settings_from(options: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """Merge command-line options over the environment; raise BadInput for what cannot be used."""
    return Settings(
        policy=_text(options.get("policy")) or _text(environ.get("REVIEWBOT_POLICY")),
        bundle=_path(options.get("bundle")) or _path(environ.get("REVIEWBOT_BUNDLE")),
        baseline=_path(options.get("baseline")),
        write_baseline=_path(options.get("write_baseline")),
        output=_path(options.get("output")),
        format=_text(options.get("format")) or "text",
        threads=_threads(environ.get("REVIEWBOT_THREADS")),
        device=_device(environ.get("REVIEWBOT_DEVICE")),
        color=_color(environ),
        strict_errors=bool(options.get("strict_errors")) or _flag(environ, "REVIEWBOT_STRICT"),
        github_token=_text(environ.get("GITHUB_TOKEN") or environ.get("INPUT_GITHUB_TOKEN")),
    )


def _text(value: object) -> str | None:
    return str(value) if value else None


def _path(value: object) -> Path | None:
    return Path(str(value)).expanduser() if value else None


def _flag(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() not in ("", "0", "false", "no")


def _threads(value: str | None) -> int:
    if not value:
        return 0
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise BadInput(
            f"REVIEWBOT_THREADS is {value!r}; set it to a whole number of at least 1, or unset it."
        )
    return int(value)


def _device(value: str | None) -> str:
    if value and value not in DEVICES:
        raise BadInput(f"REVIEWBOT_DEVICE is {value!r}; set it to one of {', '.join(DEVICES)}.")
    return value or "auto"


def _color(environ: Mapping[str, str]) -> bool | None:
    # https://no-color.org: present and not empty means no colour, whatever else is set.
    if environ.get("NO_COLOR"):
        return False
    return True if _flag(environ, "FORCE_COLOR") else None
