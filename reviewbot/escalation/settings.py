"""How a team's project is built and tested under a sanitizer: the policy's `sanitizer:` section."""

from __future__ import annotations

from dataclasses import dataclass

Command = str | tuple[str, ...]  # a line for `sh -c`, or a program and its arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class SanitizerSettings:
    """Commands, limits and budget of escalation; the defaults are policies/default.yaml's."""

    configure: tuple[Command, ...] = ()
    build: tuple[Command, ...] = ()
    test: tuple[Command, ...] = ()  # empty: every target gets a synthesised harness
    tool: str = "auto"  # "auto" | "tsan" | "helgrind" | "drd"
    threads: tuple[int, ...] = (2, 4, 8)
    repeats: int = 1
    budget_seconds: int = 300
    target_seconds: int = 120
    memory_mb: int = 4096
    suppressions: str | None = None  # path of a TSan suppression file in the repository
    compile_commands: str | None = None  # path in the repository; None: looked for

    @property
    def builds(self) -> bool:
        """Whether there is a project build to run targets in."""
        return bool(self.test)


TOOLS = ("auto", "tsan", "helgrind", "drd")
