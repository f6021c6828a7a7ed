"""A small project with functions that can be cut out, and some that cannot."""

import subprocess
from pathlib import Path

MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy\n"

HEADER = """\
#ifndef GRID_H
#define GRID_H
#define API __attribute__((visibility("default")))
#define CELLS(g) ((g)->width * (g)->height)
typedef struct { int width, height; double *cells; } grid;
typedef struct { int never; } unrelated;
API double weight(int distance);
API int colour_of(const char *name);
#endif
"""

GRID = """\
#include "grid.h"
#include "made_by_a_build.h"
#include <math.h>

static const double STEP = 0.5;
static int not_needed(unrelated *u) { return u->never; }

static double damp(double value) { return value * STEP; }

API void smooth(grid *g) {
  int n = CELLS(g);
#pragma omp parallel for
  for (int i = 0; i < n; i++) g->cells[i] = damp(sqrt(fabs(g->cells[i])));
}

double total(const double *values, int n) {
  double sum = 0;
#ifdef TOY_OPENMP
#pragma omp parallel for
#endif
  for (int i = 0; i < n; i++) sum += values[i] * weight(i);
  return sum;
}

void gather(double *out, const int *where, const double *in, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) out[where[i]] = in[i];
}

void paint(double *out, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) out[i] = colour_of("red");
}

void strips(double *out, int n) {
#pragma omp for
  for (int i = 0; i < n; i++) out[i] = 1;
}

void wipe(const char **names, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) remove(names[i]);
}

void seldom(double *out, int mode, int n) {
  if (mode != 77) return;
#pragma omp parallel for
  for (int i = 0; i < n; i++) out[i] = 1;
}
"""

WEIGHT = """\
#include "grid.h"
static double scale = 2;
double weight(int distance) { return scale / (1 + distance); }
"""


def clone(root: Path, licence: str | None = MIT) -> Path:
    """A project as git clones it."""
    root.mkdir(parents=True)
    files = {"src/grid.c": GRID, "src/weight.c": WEIGHT, "include/grid.h": HEADER}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    if licence is not None:
        (root / "LICENSE").write_text(licence)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "all of it")
    return root


def git(root: Path, *words: str) -> None:
    """Run git as somebody."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)
