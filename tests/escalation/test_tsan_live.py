"""ThreadSanitizer's reports as today's clang and gcc write them on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from model_export.execute.run import SUPPRESSIONS
from reviewbot.escalation.records import ReportKind
from reviewbot.escalation.tsan_text import parse_tsan
from tests.escalation.reading import frame

RACE_C = """
#include <pthread.h>
struct tally { int pad; long hits; };
static struct tally board;
static void *work(void *p) {
  board.hits += 1;
  return p;
}
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, work, 0);
  pthread_create(&b, 0, work, 0);
  pthread_join(a, 0);
  pthread_join(b, 0);
}
"""
CLEAN_C = RACE_C.replace("board.hits += 1", "__atomic_add_fetch(&board.hits, 1, 0)")
RACE_CPP = """
#include <thread>
#include <vector>
namespace {
template <typename T> struct Cell { T value{}; void grow(T by) { value += by; } };
Cell<long> cell;
}
int main() {
  std::vector<std::thread> crew;
  for (int i = 0; i < 2; ++i)
    crew.emplace_back([] { cell.grow(1); });
  for (auto& t : crew) t.join();
}
"""
RACE_OMP = """
int main(void) {
  int n = 0;
#pragma omp parallel for num_threads(4)
  for (int i = 0; i < 400; i++)
    n += i;
  return n == 1;
}
"""


def run(compiler: str, source: str, folder: Path, *flags: str, **env: str) -> str:
    """What the program wrote to its log; skips where the machine cannot run the sanitizer."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    suffix = "cpp" if "++" in compiler else "c"
    path, binary = folder / f"live.{suffix}", folder / "live"
    path.write_text(source)
    command = [compiler, "-fsanitize=thread", "-g", "-O1", "-pthread", *flags, path, "-o", binary]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode and "tsan" in built.stderr:
        pytest.skip(f"{compiler} has no ThreadSanitizer runtime")
    assert built.returncode == 0, built.stderr
    said = start([str(binary)], env)
    return start(["setarch", "-R", str(binary)], env) if "memory mapping" in said else said


def start(command: list[str], env: dict[str, str]) -> str:
    settings = {**os.environ, **env}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=settings, check=False
    ).stderr


@pytest.mark.parametrize("compiler", [pytest.param("clang-19", marks=pytest.mark.clang), "gcc"])
def test_live_race_in_c(compiler: str, tmp_path: Path) -> None:
    reports = parse_tsan(run(compiler, RACE_C, tmp_path))
    assert reports and all(report.kind is ReportKind.RACE for report in reports)
    for access in reports[0].accesses:
        assert frame(access.stack[0]).startswith("work live.c:6")
        assert access.size == 8
    assert "board" in reports[0].location
    assert frame(reports[0].created[0][1]).startswith("main live.c:1")


@pytest.mark.parametrize("compiler", [pytest.param("clang-19", marks=pytest.mark.clang), "gcc"])
def test_live_clean_program_is_silent(compiler: str, tmp_path: Path) -> None:
    assert parse_tsan(run(compiler, CLEAN_C, tmp_path)) == ()


@pytest.mark.parametrize("compiler", [pytest.param("clang++-19", marks=pytest.mark.clang), "g++"])
def test_live_race_in_cpp(compiler: str, tmp_path: Path) -> None:
    (report, *_) = parse_tsan(run(compiler, RACE_CPP, tmp_path, "-std=c++17"))
    for access in report.accesses:
        assert [item.line for item in access.stack[:2]] == [5, 11]
        assert "grow" in access.stack[0].function
    assert "(anonymous namespace)::cell" in report.location


@pytest.mark.clang
def test_live_archer_names_the_function_of_the_region(tmp_path: Path) -> None:
    archer = Path("/usr/lib/llvm-19/lib/libarcher.so")
    if not archer.is_file():
        pytest.skip("libarcher.so is not installed")
    text = run(
        "clang-19", RACE_OMP, tmp_path, "-fopenmp",
        OMP_TOOL_LIBRARIES=str(archer), TSAN_OPTIONS=f"suppressions={SUPPRESSIONS}",
    )  # fmt: skip
    found = {
        (item.stack[0].function, item.stack[0].line)
        for r in parse_tsan(text)
        for item in r.accesses
    }
    assert ("main", 6) in found and {function for function, _ in found} == {"main"}
