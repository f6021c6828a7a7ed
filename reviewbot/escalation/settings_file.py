"""The `sanitizer:` section of a policy file: checked at the border, turned into settings."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictInt, WithJsonSchema

from reviewbot.escalation.settings import Command, SanitizerSettings

_LONGEST = 4000  # characters of a command; longer ones belong in a script of the project
_MOST = 20  # commands of one kind
_COMMAND_SCHEMA = {
    "type": "array",
    "maxItems": _MOST,
    "items": {
        "anyOf": [
            {"type": "string", "minLength": 1, "maxLength": _LONGEST},
            {"type": "array", "minItems": 1, "items": {"type": "string"}},
        ]
    },
}
_ALLOWED_COMMANDS = (
    f"allowed: a list of at most {_MOST} commands, each a line of shell or a list of words"
)


def _commands(value: object) -> tuple[Command, ...]:
    if not isinstance(value, list) or len(value) > _MOST:
        raise ValueError(_ALLOWED_COMMANDS)
    return tuple(map(_command, value))


def _command(value: object) -> Command:
    if isinstance(value, str) and value.strip() and len(value) <= _LONGEST and "\0" not in value:
        return value
    words = value if isinstance(value, list) else []
    if not words or not words[0] or not all(_is_word(word) for word in words):
        raise ValueError(_ALLOWED_COMMANDS)
    return tuple(words)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value and len(value) <= _LONGEST


def _inside(value: object) -> str:
    """A path within the repository; what lies elsewhere is not the project's to name."""
    fine = isinstance(value, str) and 0 < len(value) <= _LONGEST and "\0" not in value
    path = PurePosixPath(cast(str, value)) if fine else PurePosixPath("/")
    if path.is_absolute() or ".." in path.parts:
        raise ValueError("allowed: a path within the repository, from its root")
    return str(path)


_Commands = Annotated[
    tuple[Command, ...], PlainValidator(_commands), WithJsonSchema(_COMMAND_SCHEMA)
]
_Path = Annotated[str, PlainValidator(_inside), WithJsonSchema({"type": "string", "minLength": 1})]
_Threads = Annotated[StrictInt, Field(ge=1, le=256)]


class SanitizerSection(BaseModel):
    """How the project is built and tested when a finding is put to the test."""

    model_config = ConfigDict(extra="forbid")

    configure: _Commands = Field(
        default=(),
        description="Commands that set up the build, run in a clean copy of the head commit. "
        "CC, CXX, CFLAGS, CXXFLAGS and LDFLAGS ask for the sanitizer.",
        examples=[["cmake -S . -B build"], ["cmake --preset tsan"], ["meson setup build"]],
    )
    build: _Commands = Field(
        default=(),
        description="Commands that build what the tests need.",
        examples=[["cmake --build build"], ["make -e"]],
    )
    test: _Commands = Field(
        default=(),
        description="Commands that run the code; without any, a harness is written for each "
        "function instead.",
        examples=[["ctest --test-dir build"], [["build/tests", "--all"]]],
    )
    tool: Literal["auto", "tsan", "helgrind", "drd"] = Field(
        default=cast("Literal['auto']", None),
        description="The tool; auto is ThreadSanitizer, with Archer for OpenMP, and helgrind "
        "where no compiler has it.",
        examples=["auto"],
    )
    threads: list[_Threads] = Field(
        default=cast("list[int]", None),
        min_length=1,
        max_length=8,
        description="Numbers of threads to run with (OMP_NUM_THREADS, REVIEWBOT_THREADS).",
        examples=[[2, 4, 8]],
    )
    repeats: StrictInt = Field(
        default=cast(int, None),
        ge=1,
        le=100,
        description="Runs per number of threads.",
        examples=[1],
    )
    budget_seconds: StrictInt = Field(
        default=cast(int, None),
        ge=0,
        le=86400,
        description="Seconds that the targets of one change may cost together.",
        examples=[300],
    )
    target_seconds: StrictInt = Field(
        default=cast(int, None),
        ge=1,
        le=21600,
        description="Seconds that one target may take, its build included.",
        examples=[120],
    )
    memory_mb: StrictInt = Field(
        default=cast(int, None),
        ge=64,
        le=1048576,
        description="Resident memory of everything a target runs, together, in MiB.",
        examples=[4096],
    )
    suppressions: _Path = Field(
        default=cast(str, None),
        description="The project's file of ThreadSanitizer suppressions.",
        examples=["tests/tsan.supp"],
    )
    compile_commands: _Path = Field(
        default=cast(str, None),
        description="Where configure leaves compile_commands.json; looked for if left out.",
        examples=["build/compile_commands.json"],
    )

    def settings(self) -> SanitizerSettings:
        """The section with the defaults of `SanitizerSettings` where a key was left out."""
        given = {key: value for key, value in self if value is not None}
        threads = given.get("threads")
        return SanitizerSettings(**{**given, **({"threads": tuple(threads)} if threads else {})})


def shown(settings: SanitizerSettings) -> dict[str, object]:
    """The section as it would be written, with every value in force."""
    optional = {
        "suppressions": settings.suppressions,
        "compile_commands": settings.compile_commands,
    }
    return {
        **{key: _listed(getattr(settings, key)) for key in ("configure", "build", "test")},
        "tool": settings.tool,
        "threads": list(settings.threads),
        **{
            key: getattr(settings, key)
            for key in ("repeats", "budget_seconds", "target_seconds", "memory_mb")
        },
        **{key: value for key, value in optional.items() if value is not None},
    }


def _listed(commands: tuple[Command, ...]) -> list[object]:
    return [one if isinstance(one, str) else list(one) for one in commands]
