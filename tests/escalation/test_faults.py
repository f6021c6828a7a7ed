"""Each fault for real: it is a verdict of its own target, and the others go on."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from reviewbot.escalation.folders import open_folder
from reviewbot.escalation.records import Outcome, Sanitizer, Target, Verdict, Way
from reviewbot.escalation.run import run_targets
from reviewbot.escalation.sandbox import Sandbox
from reviewbot.escalation.settings import SanitizerSettings
from reviewbot.escalation.state import State
from reviewbot.escalation.tools import Kit, Toolbox
from tests.escalation.building import (
    CLEAN,
    MAKE,
    RACY,
    SANDBOX,
    TOOLBOX,
    needs_bubblewrap,
    project,
    sources,
    target,
)

pytestmark = [needs_bubblewrap, pytest.mark.clang]
PROJECT = Path(__file__).parents[2]


def run(files: dict[str, str | bytes], settings: SanitizerSettings, one: Target) -> Outcome:
    with project(files, settings) as made:
        (outcome,) = made.run(one)
    return outcome


def with_main(main: str, settings: SanitizerSettings = MAKE) -> Outcome:
    """The outcome for the clean project with another main program, run by itself."""
    files = {**sources(CLEAN), "main.c": main}
    return run(files, replace(settings, test=("./main",)), target())


class TestTheCompiler:
    def test_missing(self) -> None:
        nowhere = Toolbox(Sandbox(path="/nonexistent"))
        with project(sources(), MAKE, nowhere) as made:
            (outcome,) = made.run(target())
        assert outcome.verdict is Verdict.NOT_RUN
        assert outcome.reason.startswith("no compiler was found: install clang")

    def test_a_version_without_the_sanitizer_gives_way_to_the_next_compiler(self) -> None:
        with open_folder() as folder:
            for name in ("clang-19", "clang++-19"):
                script = folder / name
                script.write_text(
                    "#!/bin/sh\n"
                    '[ "$1" = --version ] && echo "clang version 9.0.0" && exit\n'
                    "echo \"error: unsupported option '-fsanitize=thread'\" >&2; exit 1\n"
                )
                script.chmod(0o755)
            old = Toolbox(
                Sandbox(path=f"{folder}:{SANDBOX.path}", readable=(*SANDBOX.readable, str(folder)))
            )
            threads, openmp = old.kit(Sanitizer.TSAN), old.kit(Sanitizer.TSAN_ARCHER)
        assert isinstance(threads, Kit)
        assert "clang 9" not in threads.name
        if isinstance(openmp, str):  # else another clang of this machine has Archer
            assert "of clang 9.0.0 does not work: error: unsupported option" in openmp

    def test_a_device_that_is_not_there(self) -> None:
        (outcome,) = run_one_without_project(target(sanitizer=Sanitizer.RACECHECK))
        assert outcome.verdict is Verdict.NOT_RUN
        assert outcome.reason.startswith("no device")


def run_one_without_project(one: Target) -> tuple[Outcome, ...]:
    with project(sources(), MAKE) as made:
        return made.run(one)


class TestTheBuild:
    def test_that_fails_is_told_with_the_compilers_words(self) -> None:
        outcome = with_main("int main(void) { return missing; }\n")
        assert outcome.verdict is Verdict.TOOL_FAILED
        assert outcome.reason.startswith("build failed: status 2: main.c:1")
        assert "missing" in outcome.reason

    def test_whose_program_is_missing(self) -> None:
        settings = replace(MAKE, configure=("no-such-configure --now",))
        outcome = run(sources(), settings, target())
        assert outcome.verdict is Verdict.TOOL_FAILED
        assert outcome.reason.startswith("configure failed: status 127")

    def test_that_fills_the_disk(self) -> None:
        settings = replace(MAKE, build=("cp main.c /dev/full",))
        outcome = run(sources(), settings, target())
        assert outcome.verdict is Verdict.TOOL_FAILED
        assert outcome.reason == "build failed: the disk is full (No space left on device)"

    def test_that_hangs(self) -> None:
        settings = replace(MAKE, build=("sleep 30",), target_seconds=1)
        started = time.monotonic()
        outcome = run(sources(), settings, target())
        assert outcome.verdict is Verdict.TOOL_FAILED
        assert "still running after" in outcome.reason
        assert time.monotonic() - started < 10


class TestTheTests:
    def test_that_hang(self) -> None:
        # A build takes part of the time: the tests get what is left, two seconds at the least.
        settings = replace(MAKE, target_seconds=3)
        outcome = with_main("#include <unistd.h>\nint main(void) { pause(); }\n", settings)
        assert outcome.verdict is Verdict.TOOL_FAILED
        assert "no run got to its end: it was still running after" in outcome.reason

    def test_that_hang_after_a_race_still_confirm_it(self) -> None:
        main = '#include <unistd.h>\n#include "tally.h"\nint main(void) { tally(); pause(); }\n'
        files = {**sources(RACY), "main.c": main}
        settings = replace(MAKE, test=("./main",), target_seconds=3)
        assert run(files, settings, target()).verdict is Verdict.CONFIRMED

    def test_that_use_up_the_memory(self) -> None:
        main = (
            "#include <stdlib.h>\nint main(void) {\n  for (;;) {\n"
            "    volatile char *block = malloc(1 << 22);\n"
            "    for (int i = 0; i < 1 << 22; i += 4096) block[i] = 1;\n  }\n}\n"
        )
        outcome = with_main(main, replace(MAKE, memory_mb=300))
        assert outcome.verdict is Verdict.TOOL_FAILED
        assert outcome.reason.endswith("it used more than 300 MiB of memory")

    def test_that_crash_before_any_report(self) -> None:
        outcome = with_main("int main(void) { return *(volatile int *)8; }\n")
        assert outcome.verdict is Verdict.TOOL_FAILED
        assert "no run got to its end" in outcome.reason
        assert "SEGV" in outcome.reason

    def test_that_fail_by_themselves_say_nothing_of_the_race(self) -> None:
        outcome = with_main('#include "tally.h"\nint main(void) { tally(); return 3; }\n')
        assert outcome.verdict is Verdict.TOOL_FAILED
        assert "it ended with status 3" in outcome.reason

    def test_that_meet_an_unexpected_memory_mapping_are_run_at_fixed_addresses(self) -> None:
        # Fails as ThreadSanitizer's runtime does, unless started without randomised addresses.
        main = (
            '#include <stdio.h>\n#include <sys/personality.h>\n#include "tally.h"\n'
            "int main(void) {\n"
            "  if (personality(0xffffffff) & ADDR_NO_RANDOMIZE) return tally() < 0;\n"
            '  fputs("FATAL: ThreadSanitizer: unexpected memory mapping 0x5a-0x5b\\n", stderr);\n'
            "  return 66;\n}\n"
        )
        outcome = with_main(main)
        assert outcome.verdict is Verdict.NOT_REPRODUCED, outcome.reason
        assert outcome.runs == 1

    def test_that_never_come_to_the_line_are_no_silence(self) -> None:
        outcome = with_main("int main(void) { return 0; }\n")
        assert outcome.verdict is Verdict.NOT_RUN
        # The linker left the library's code out, or the counters say that it never ran.
        assert "src/tally.c" in outcome.reason or "never came to line 7" in outcome.reason


class TestTheOthersGoOn:
    def test_after_a_build_that_failed(self) -> None:
        broken = {**sources(), "main.c": "this is not C"}
        alone = target(way=Way.HARNESS, function="tally")
        with project(broken, MAKE) as made:
            failed, fine = made.run(target(), alone)
        assert failed.verdict is Verdict.TOOL_FAILED
        assert fine.verdict is Verdict.CONFIRMED, fine.reason

    def test_until_the_budget_is_spent(self) -> None:
        class Slow:
            def run(self, one: Target) -> tuple[Outcome, ...]:
                time.sleep(0.02)
                return (Outcome(one, Verdict.NOT_REPRODUCED, "", "tsan", 1, (2,), 0.02),)

        heard: list[Outcome] = []
        outcomes = run_targets([target(), target()], Slow(), 0.01, heard.append)  # type: ignore[arg-type]
        assert [one.verdict for one in outcomes] == [Verdict.NOT_REPRODUCED, Verdict.NOT_RUN]
        assert outcomes[1].reason == "the budget of 0.01 s is spent"
        assert tuple(heard) == outcomes

    def test_after_a_commit_that_cannot_be_copied(self) -> None:
        with project(sources(), MAKE) as made:
            blob = made.repository.git("rev-parse", "HEAD:main.c")
            made.repository.path.joinpath(".git/objects", blob[:2], blob[2:]).unlink()
            (outcome,) = made.run(target())
        assert outcome.verdict is Verdict.TOOL_FAILED
        assert "could not be copied" in outcome.reason


def test_killed_half_way_a_rerun_goes_on_where_it_ended(tmp_path: Path) -> None:
    """The first target is done and kept when the process is killed within the second."""
    script = textwrap.dedent(
        """
        import sys
        from dataclasses import replace
        from pathlib import Path
        from reviewbot.escalation.state import State
        from tests.escalation.building import MAKE, project, sources, target
        from reviewbot.escalation.records import Way
        with project({**sources(), "Makefile": "all:\\n\\tsleep 60\\n"}, MAKE) as made:
            made.state = State(Path(sys.argv[1]))
            made.run(target(way=Way.HARNESS, function="tally"), target())
        """
    )
    state = tmp_path / "state"
    process = subprocess.Popen([sys.executable, "-c", script, str(state)], cwd=PROJECT)
    try:
        end = time.monotonic() + 30
        while not list(state.glob("*.json")):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
        time.sleep(0.2)  # it is now in the second target's build
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    nothing_works = Toolbox(Sandbox(path="/nonexistent"))
    with project(sources(), MAKE, nothing_works) as made:
        made.state = State(state)
        kept, again = made.run(target(way=Way.HARNESS, function="tally"), target())
    assert kept.verdict is Verdict.CONFIRMED
    assert kept.reports
    assert again.verdict is Verdict.NOT_RUN  # not kept: it is run again where tools are


def test_the_toolbox_of_this_machine_works() -> None:
    assert isinstance(TOOLBOX.kit(Sanitizer.TSAN), Kit)
    assert isinstance(TOOLBOX.kit(Sanitizer.TSAN_ARCHER), Kit)
