"""The Indigo3 suite, generated: the file's name says which bugs were planted.

Generate it twice, with `bug: {nobug}` and with `bug: {hasbug}` and `option: {all, RaceBug}` in
codeGen/configure.txt; both trees may lie anywhere under the root. Its `lib` and `inputs` belong
there too: the headers, and the graphs that its programs are run on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from model_export.suites.case import Case, headers_in, read_text, without_comments

_BUG = re.compile(r"_((?:No)?)([A-Za-z]+Bug)(?=_|\.)")
_KINDS = {"OMP": "OpenMP", "C": "C11 threads", "CPP": "C++ threads"}
_MODEL = re.compile(r"^([A-Z]+)_(OMP|CPP|C)_")
# Some hundred vertices: each thread has many, and a run under the sanitizer takes a second.
GRAPH_BYTES = 10_000
THREADS = "4"
_FROM_A_VERTEX = frozenset({"BFS", "SSSP"})


def cases(root: Path) -> Iterator[Case]:
    """Files with a planted race and no other bug, and files without any."""
    seen: set[str] = set()
    headers = headers_in(root / "lib")  # shared by files with and without the bug
    for path in sorted(root.glob("**/*.c*")):
        model = _MODEL.match(path.name)
        bugs = {bug for no, bug in _BUG.findall(path.name) if not no}
        if model is None or bugs - {"RaceBug"} or path.name in seen:
            continue
        if not any(bug == "RaceBug" for _, bug in _BUG.findall(path.name)):
            continue  # without a racy sibling there is nothing to tell apart
        seen.add(path.name)
        yield Case(
            name=path.name,
            suffix=path.suffix,
            source=without_comments(read_text(path)),
            racy="RaceBug" in bugs,
            group=model[1],
            kind=_KINDS[model[2]],
            read=headers,
        )


def arguments(case: Case, root: Path) -> tuple[str, ...] | None:
    """A graph, one run, and the start and the threads where the program wants them."""
    graph = _graph(root / "inputs")
    if graph is None:
        return None
    start = ("0",) if case.group in _FROM_A_VERTEX else ()
    return (str(graph.resolve()), "1", *start, *(() if case.kind == "OpenMP" else (THREADS,)))


@cache
def _graph(folder: Path) -> Path | None:
    """The graph nearest in size to GRAPH_BYTES."""
    graphs = sorted(folder.glob("*.egr"))
    return min(graphs, key=lambda path: abs(path.stat().st_size - GRAPH_BYTES), default=None)
