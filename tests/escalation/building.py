"""Small projects in real repositories, and a runner for their targets."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reviewbot.errors import NoSandbox
from reviewbot.escalation.folders import open_folder
from reviewbot.escalation.records import Outcome, Sanitizer, Suspect, Target, Way
from reviewbot.escalation.run import Runner
from reviewbot.escalation.sandbox import Sandbox, open_sandbox
from reviewbot.escalation.settings import SanitizerSettings
from reviewbot.escalation.state import State
from reviewbot.escalation.tools import Kit, Toolbox
from reviewbot.git import open_repository
from reviewbot.records import Access, Mode
from tests.repositories import TemporaryRepository

FINGERPRINT = "0123456789abcdef"

RACY = """\
#include <pthread.h>
#include "tally.h"
static int total;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *add(void *unused) {
  for (int i = 0; i < 100; i++) {
    total++;
  }
  return unused;
}
int tally(void) {
  pthread_t one, other;
  pthread_create(&one, 0, add, 0);
  pthread_create(&other, 0, add, 0);
  pthread_join(one, 0);
  pthread_join(other, 0);
  return total;
}
"""
CLEAN = RACY.replace(
    "    total++;", "    pthread_mutex_lock(&lock); total++; pthread_mutex_unlock(&lock);"
)
HEADER = "int tally(void);\n"
MAIN = '#include "tally.h"\nint main(void) { return tally() < 0; }\n'
MAKEFILE = """\
check: all
\t./main
all: main
main: main.o src/tally.o
\t$(CC) $(LDFLAGS) -pthread $^ -o $@
%.o: %.c
\t$(CC) $(CFLAGS) -Iinclude -pthread -c $< -o $@
"""
CMAKE = """\
cmake_minimum_required(VERSION 3.16)
project(tally C)
add_compile_options(-pthread)
add_library(tally src/tally.c)
target_include_directories(tally PUBLIC include)
add_executable(main main.c)
target_link_libraries(main tally)
enable_testing()
add_test(NAME tally COMMAND main)
"""
MAKE = SanitizerSettings(
    build=("make all",), test=(("make", "check"),), threads=(2,), target_seconds=60
)


def sources(tally: str = RACY) -> dict[str, str | bytes]:
    return {
        "src/tally.c": tally,
        "include/tally.h": HEADER,
        "main.c": MAIN,
        "Makefile": MAKEFILE,
        "CMakeLists.txt": CMAKE,
    }


def access(path: str, line: int, mode: Mode = Mode.WRITE, function: str = "add") -> Access:
    return Access(
        path=path,
        line=line,
        column=5,
        end_column=10,
        mode=mode,
        atomic=False,
        text="total",
        function=function,
    )


def target(
    path: str = "src/tally.c",
    line: int = 7,
    *,
    function: str = "add",
    way: Way = Way.PROJECT,
    sanitizer: Sanitizer = Sanitizer.TSAN,
    silent: bool = False,
) -> Target:
    pair = (access(path, line, function=function), access(path, line, Mode.READ, function))
    suspects = () if silent else (Suspect(FINGERPRINT, pair, 0.6, 0.6),)
    return Target(
        id=f"{function}-0123456789",
        path=path,
        line=line,
        end_line=line,
        function=function,
        fingerprints=tuple(one.fingerprint for one in suspects),
        sanitizer=sanitizer,
        why="the model is 60 % sure",
        value=0.9,
        seconds=5.0,
        way=way,
        suspects=suspects,
    )


@dataclass
class Project:
    """A repository with one commit, and the settings under which its targets are run."""

    repository: TemporaryRepository
    settings: SanitizerSettings
    sandbox: Sandbox
    toolbox: Toolbox
    state: State | None = None

    def run(self, *targets: Target) -> tuple[Outcome, ...]:
        repository = open_repository(self.repository.path)
        with open_folder() as work:
            runner = Runner(
                repository=repository,
                head=repository.resolve("HEAD"),
                settings=self.settings,
                sandbox=self.sandbox,
                toolbox=self.toolbox,
                work=work,
                state=self.state,
                changed=("src/tally.c",),
            )
            return tuple(outcome for one in targets for outcome in runner.run(one))


@contextmanager
def project(
    files: dict[str, str | bytes], settings: SanitizerSettings, toolbox: Toolbox | None = None
) -> Iterator[Project]:
    """A repository of these files; whatever is built is gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        repository = TemporaryRepository(Path(folder))
        repository.commit(files)
        yield Project(repository, settings, SANDBOX, toolbox or TOOLBOX)


def _sandbox() -> Sandbox | None:
    try:
        return open_sandbox(unsafe=False)
    except NoSandbox:
        return None


_FOUND = _sandbox()
SANDBOX = _FOUND or Sandbox(unsafe=True)
TOOLBOX = Toolbox(SANDBOX)  # probed once for all tests
needs_bubblewrap = pytest.mark.skipif(_FOUND is None, reason="bubblewrap does not work here")


def has(sanitizer: Sanitizer) -> bool:
    return isinstance(TOOLBOX.kit(sanitizer), Kit)
