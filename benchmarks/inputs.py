"""What the benchmarks read: throw-away repositories and trees, the same in every run."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import model_export
from benchmarks.measure import environment
from model_export.programs.family import LANGUAGES, read_family
from model_export.programs.sample import Program, sample
from reviewbot.code.prefilter import may_be_parallel

FAMILIES = Path(model_export.__file__).parent / "programs" / "families"
SEED = 1
_SUFFIX = {language: suffix for suffix, language in LANGUAGES.items()}
_FILE_LINES = 400  # of a serial file; about what hand-written files have

SERIAL = """\
#include <stddef.h>

double mean(const double *values, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return count ? sum / (double)count : 0.0;
}
"""

_FIVE = """\
#include <pthread.h>
#include <stddef.h>

#define BINS 64

struct inbox { pthread_mutex_t guard; int waiting; long taken; };

void count_levels(const unsigned char *samples, int n, int *bins)
{
    PARALLEL
    for (int i = 0; i < n; i++)
        bins[samples[i] % BINS]++;
}

double energy(const double *signal, int n)
{
    double total = 0.0;
    PARALLEL reduction(+ : total)
    for (int i = 0; i < n; i++)
        total += signal[i] * signal[i];
    return total;
}

void smooth(const double *from, double *to, int n)
{
    PARALLEL
    for (int i = 1; i < n - 1; i++)
        to[i] = 0.25 * from[i - 1] + 0.5 * from[i] + 0.25 * from[i + 1];
}

int furthest(const double *position, int n)
{
    int best = 0;
    PARALLEL
    for (int i = 1; i < n; i++)
        if (position[i] > position[best])
            best = i;
    return best;
}

void empty(struct inbox *boxes, int n)
{
    PARALLEL
    for (int i = 0; i < n; i++) {
        pthread_mutex_lock(&boxes[0].guard);
        boxes[0].taken += boxes[i].waiting;
        pthread_mutex_unlock(&boxes[0].guard);
        boxes[i].waiting = 0;
    }
}
"""
FIVE_PARALLEL = _FIVE.replace("PARALLEL", "#pragma omp parallel for")
FIVE_BEFORE = "\n".join(line for line in _FIVE.splitlines() if "PARALLEL" not in line) + "\n"


def staged_change(root: Path, before: str, after: str) -> Path:
    """A repository of one commit in which `module.c` is staged with another text."""
    root.mkdir(parents=True)
    _git(root, "init", "--quiet")
    (root / "module.c").write_text(before, encoding="utf-8")
    (root / "five.c").write_text(FIVE_PARALLEL, encoding="utf-8")
    _git(root, "add", "--all")
    _git(root, "commit", "--quiet", "--message", "before")
    (root / "module.c").write_text(after, encoding="utf-8")
    _git(root, "add", "--all")
    return root


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, env=environment(), check=True)


def programs(per_family: int, most: int | None = None) -> tuple[Program, ...]:
    """Programs of every family, family by family; `most` takes them evenly from all of these."""
    paths = sorted(path for path in FAMILIES.glob("*/*") if path.suffix in LANGUAGES)
    found = [program for path in paths for program in sample(read_family(path), per_family, SEED)]
    return tuple(found[:: max(1, len(found) // most)][:most] if most else found)


def parallel_tree(root: Path, chosen: Sequence[Program]) -> int:
    """Write one file for each program; how many lines that is."""
    root.mkdir(parents=True)
    for program in chosen:
        file = root / f"{program.family}_{program.id}{_SUFFIX[program.language]}"
        file.write_text(program.source, encoding="utf-8")
    return sum(program.source.count("\n") for program in chosen)


def serial_tree(root: Path, lines: int) -> int:
    """Write files of real code without its parallel lines, `lines` in all; how many there are."""
    root.mkdir(parents=True)
    stock = [
        line
        for program in programs(per_family=2)
        for line in program.source.splitlines(keepends=True)
        if not may_be_parallel(line.encode())
    ]
    for number in range(lines // _FILE_LINES):
        start = number * 37 % len(stock)  # another beginning each time: no two files are equal
        text = "".join((stock[start:] + stock[:start])[:_FILE_LINES])
        (root / f"serial_{number:05}.c").write_text(text, encoding="utf-8")
    return lines // _FILE_LINES * _FILE_LINES
