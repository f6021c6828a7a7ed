"""Runs an assembled program once in each world: what of it runs, and what is reported.

A race that is there in one world and gone in another belongs to the arguments that were made up.
Such a program teaches nothing; it is kept apart, as is one whose region did not run in a team.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model_export.execute.run import (
    DEBUG,
    SANITIZE,
    SOURCE,
    STANDARD,
    SUPPRESSIONS,
    Run,
    Setting,
    Toolchain,
    environment,
    judge,
)
from model_export.harvest.assemble import Assembled
from model_export.harvest.driver import WORLDS
from reviewbot.code.analyse import analyse
from reviewbot.escalation.reach import parse_lcov
from reviewbot.escalation.sandbox import Confined, Limits, Sandbox
from reviewbot.process import run

THREADS = 4
LEVEL = "-O1"
HALF = 0.5  # of a region's lines: less is a function that gave up early
_LIMITS = Limits(seconds=15.0, cpu_seconds=60, tasks=256, file_size=64 << 20, output=4 << 20)
_COMPILE_SECONDS = 60.0
_WIDEST = re.compile(r"^harvest: widest team (\d+)$", re.M)

# Asks the OpenMP runtime itself how many threads a region got; read by the trial alone.
WATCH = """
#include <omp-tools.h>
#include <stdio.h>
static unsigned widest;
static void on_task(ompt_scope_endpoint_t end, ompt_data_t *region, ompt_data_t *task,
                    unsigned threads, unsigned index, int flags) {
  (void)region, (void)task, (void)index;
  if (end == ompt_scope_begin && (flags & ompt_task_implicit) && threads > widest) widest = threads;
}
static int begin(ompt_function_lookup_t find, int device, ompt_data_t *data) {
  (void)device, (void)data;
  ompt_set_callback_t set = (ompt_set_callback_t)find("ompt_set_callback");
  set(ompt_callback_implicit_task, (ompt_callback_t)on_task);
  return 1;
}
static void end(ompt_data_t *data) {
  (void)data;
  fprintf(stderr, "harvest: widest team %u\\n", widest);
}
ompt_start_tool_result_t *ompt_start_tool(unsigned version, const char *runtime) {
  static ompt_start_tool_result_t result = {begin, end, {0}};
  (void)version, (void)runtime;
  return &result;
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a trial; `reason` is "" if the program may be labelled by execution."""

    stage: str  # "compiled" | "ran" | "reached"
    reason: str
    outcome: str = ""  # "racy" | "clean" | "unstable"
    reached: float = 0.0  # share of the region's lines that ran
    widest: int = 0  # threads of its largest team
    reports: tuple[str, ...] = ()  # one line for each report of the plain world


def try_out(made: Assembled, tools: Toolchain, box: Sandbox, folder: Path) -> Verdict:
    """Run a program that `folder` holds compiled as `counted`; every run is confined."""
    if said := _watched(made, tools, folder):
        return Verdict(stage="compiled", reason=f"cannot be watched: {said[:120]}")
    done = _confined(box, folder, "counted", {"OMP_NUM_THREADS": str(THREADS)})
    if done.stopped or done.returncode != 0:
        return Verdict(stage="compiled", reason=_ending(done))
    reached, most = _reached(made, tools, folder)
    found = _WIDEST.search(done.stderr.decode("utf-8", "replace"))
    widest = int(found[1]) if found else 0
    if reached < HALF or most < 2:
        return Verdict(stage="ran", reason="its parallel code is not reached", reached=reached)
    if "#pragma omp" in made.text and "pthread_create" not in made.text and widest < 2:
        return Verdict(stage="ran", reason="its region runs in one thread", reached=reached)
    return replace(_in_worlds(made, tools, box, folder), reached=reached, widest=widest)


def _in_worlds(made: Assembled, tools: Toolchain, box: Sandbox, folder: Path) -> Verdict:
    if said := _sanitized(made, tools, folder):
        return Verdict(
            stage="reached", reason=f"does not compile with ThreadSanitizer: {said[:120]}"
        )
    runs = {w.name: _run(made, tools, box, folder, w.variables) for w in WORLDS}
    outcome, reason = together({name: found.outcome for name, found in runs.items()})
    reports = _lines(runs[WORLDS[0].name])
    if not reason and any("setup_" in line for line in reports):
        outcome, reason = "unstable", "the driver itself is reported"
    return Verdict(stage="reached", reason=reason, outcome=outcome, reports=reports)


def together(outcomes: Mapping[str, str]) -> tuple[str, str]:
    """(outcome, why it does not count or "") of the worlds' outcomes, the plain world's first.

    Another world may be too much for the code: that it ends there says nothing of a silence.
    """
    plain, *others = outcomes.values()
    if plain not in ("racy", "clean"):
        return "unstable", f"ends with a {plain} under ThreadSanitizer"
    if plain == "clean" and "racy" in others:
        return "unstable", "whether it races depends on the arguments"
    # Indices that collide may only add races; other numbers must leave those that are there.
    if plain == "racy" and others[0] != "racy":
        return "unstable", "whether it races depends on the arguments"
    return plain, ""


def _run(
    made: Assembled, tools: Toolchain, box: Sandbox, folder: Path, world: Mapping[str, str]
) -> Run:
    given = folder / SUPPRESSIONS.name  # the box shows no other folder
    given.write_text(SUPPRESSIONS.read_text(encoding="utf-8"), encoding="utf-8")
    env = {**environment(tools, THREADS), **world}
    env["TSAN_OPTIONS"] = env["TSAN_OPTIONS"].replace(str(SUPPRESSIONS), str(given))
    done = _confined(box, folder, "sanitized", env)
    status = None if done.stopped else done.returncode
    text = done.stderr.decode("utf-8", "replace")
    setting = Setting(level=LEVEL, threads=THREADS)
    return judge(setting, status, text, source=made.trial, language=made.language)


def _lines(found: Run) -> tuple[str, ...]:
    """Each race in a line: where, in which function, how, on what."""
    lines = []
    for report in (r for r in found.reports if r.is_race):
        sides = []
        for side in report.sides:
            frame = next((f for f in side.stack if f.line), None)
            where = f"{frame.function}:{frame.line}" if frame else "?"
            sides.append(f"{side.mode} in {where}")
        lines.append(f"{' / '.join(sides)} on {report.location}")
    return tuple(dict.fromkeys(lines))


def _confined(box: Sandbox, folder: Path, name: str, env: Mapping[str, str]) -> Confined:
    folder.chmod(0o755)
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    more = {"LLVM_PROFILE_FILE": str(logs / "run.profraw"), "OMP_WAIT_POLICY": "passive"}
    command = ["setarch", "-R", str(folder / name)]
    return box.run(command, root=folder, writable=[logs], limits=_LIMITS, env={**env, **more})


def _watched(made: Assembled, tools: Toolchain, folder: Path) -> str:
    """Link the counting program with the watch, compiled once; "" or what was said."""
    watch = folder.parent / "watch.o"
    if not watch.exists():
        source = folder.parent / "watch.c"
        source.write_text(WATCH, encoding="utf-8")
        if said := _call([tools.clang, "-O1", "-c", str(source), "-o", str(watch)], folder):
            return said
    (folder / "logs" / "run.profraw").unlink(missing_ok=True)
    compiler = tools.clang if made.language == "c" else tools.clangxx
    flags = ["-fopenmp", "-pthread", "-fprofile-instr-generate"]
    return _call([compiler, *flags, "counted.o", str(watch), "-o", "counted", "-lm"], folder)


def _sanitized(made: Assembled, tools: Toolchain, folder: Path) -> str:
    compiler = tools.clang if made.language == "c" else tools.clangxx
    flags = [STANDARD[made.language], *DEBUG, LEVEL, *SANITIZE, "-w"]
    return _call([compiler, *flags, SOURCE[made.language], "-o", "sanitized", "-lm"], folder)


def _call(command: Sequence[str], folder: Path) -> str:
    done = run(command, cwd=folder, timeout=_COMPILE_SECONDS, max_output=1 << 20)
    if done.timed_out:
        return "the compiler takes too long"
    return "" if done.returncode == 0 else done.stderr.decode("utf-8", "replace") or "failed"


def _ending(done: Confined) -> str:
    if done.stopped:
        return "does not come to its end"
    if done.returncode < 0 or done.returncode >= 128:
        return "crashes with the arguments made up for it"
    return f"ends early with status {done.returncode}"


def _reached(made: Assembled, tools: Toolchain, folder: Path) -> tuple[float, int]:
    """(share of the target's parallel lines that ran, how often the busiest did)."""
    tool = Path(tools.symbolizer).resolve().parent
    logs = folder / "logs"
    merge = [str(tool / "llvm-profdata"), "merge", str(logs / "run.profraw"), "-o", "run.profdata"]
    export = [str(tool / "llvm-cov"), "export", "-format=lcov", "-instr-profile=run.profdata"]
    if _call(merge, folder):
        return 0.0, 0
    told = run([*export, "counted"], cwd=folder, timeout=_COMPILE_SECONDS)
    lines: dict[int, int] = {}
    for path, counted in parse_lcov(told.stdout.decode("utf-8", "replace")).items():
        if Path(path).name == SOURCE[made.language]:
            lines = dict(counted)
    parallel = parallel_lines(made)
    inside = [n for at, n in lines.items() if at in parallel]
    share = sum(1 for n in inside if n) / len(inside) if inside else 0.0
    return share, max(inside, default=0)


def parallel_lines(made: Assembled) -> frozenset[int]:
    """The lines of the regions that the front end finds in the trial's text."""
    path = SOURCE[made.language]
    regions = analyse(path, made.trial.encode("utf-8", "replace")).regions
    own = [r for r in regions if r.function.split("::")[-1] == made.target] or list(regions)
    return frozenset(line for r in own for line in range(r.line, r.end_line + 1))
