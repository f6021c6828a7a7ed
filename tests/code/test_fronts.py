"""Fronts of tasks that tokens of neighbours order, and those that miss some neighbour."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FRONT = """#define SIDE 16
void front(double sky[64][64], double *flat, char tok[9][9], char *mark, int n, int all) {
#pragma omp parallel
#pragma omp single
  for (int i = 1; i < n; i++)
    for (int j = 1; j < n; j++) {
#pragma omp task depend(TOKENS)
      WORK
    }
}
"""
BLOCK = (
    "for (int y = i * SIDE; y < (i + 1) * SIDE; y++) "
    "for (int x = j * SIDE; x < (j + 1) * SIDE; x++) {{ {} }}"
)
UP_LEFT = "in: tok[i-1][j], tok[i][j-1]) depend(out: tok[i][j]"
FLAT = "in: mark[(i - 1) * n + j], mark[i * n + j - 1]) depend(inout: mark[i * n + j]"
UP = "in: tok[i-1][j]) depend(out: tok[i][j]"


def front(tokens: str, work: str) -> str:
    return FRONT.replace("TOKENS", tokens).replace("WORK", work)


@pytest.mark.parametrize("tokens", [UP_LEFT, FLAT])
@pytest.mark.parametrize(
    "read",
    ["sky[i - 1][j]", "sky[i][j - 1]", "sky[i - 1][j - 1]", "sky[i][j + 1]", "sky[i + 1][j]"],
)
def test_neighbours_that_tokens_lead_to(tokens: str, read: str) -> None:
    source = front(tokens, f"sky[i][j] += {read};")
    check_pairs(source, "sky[][]", "modeB=read depend=accesses")


@pytest.mark.parametrize(
    ("tokens", "read"),
    [
        (UP_LEFT, "sky[i - 1][j + 1]"),
        (FLAT, "sky[i + 1][j - 1]"),
        (UP, "sky[i][j - 1]"),
        (UP, "sky[i - 1][j - 1]"),
        ("in: tok[i-1][j], tok[i][j-2]) depend(out: tok[i][j]", "sky[i][j - 1]"),
        ("in: tok[i-1][j-1]) depend(out: tok[i][j]", "sky[i - 1][j]"),
        ("in: tok[i-1][j], tok[i][j-1]", "sky[i][j - 1]"),
        (UP_LEFT, "sky[0][j - 1]"),
    ],
)
def test_neighbours_that_no_token_leads_to(tokens: str, read: str) -> None:
    source = front(tokens, f"sky[i][j] += {read};")
    check_silent(source, "sky[][]", "modeB=read depend=accesses")
    check_pairs(source, "sky[][]", "modeB=read")


@pytest.mark.parametrize("tokens", [UP_LEFT, FLAT])
@pytest.mark.parametrize(
    "where", ["sky[y][x] += sky[{0}][{1}];", "flat[y * all + x] += flat[({0}) * all + {1}];"]
)
def test_blocks(tokens: str, where: str) -> None:
    name = where.partition("[")[0] + ("[][]" if where.startswith("sky") else "[]")
    for at in (("y - 1", "x"), ("y", "x - 1"), ("y - 1", "x - 1")):
        source = front(tokens, BLOCK.format(where.format(*at)))
        check_pairs(source, name, "modeB=read depend=accesses")
    source = front(tokens, BLOCK.format(where.format("y - 1", "x + 1")))
    check_silent(source, name, "modeB=read depend=accesses")
    source = front(UP, BLOCK.format(where.format("y", "x - 1")))
    check_silent(source, name, "modeB=read depend=accesses")


def test_a_chain_of_blocks_of_any_size() -> None:
    chain = """void chain(double *rope, char *tok, int n, int size) {
#pragma omp parallel
#pragma omp single
  for (int i = size; i < n; i += size) {
#pragma omp task depend(in: tok[i - TAKEN]) depend(out: tok[i])
    for (int k = i; k < i + size; k++) rope[k] += rope[k - 1];
  }
}
"""
    check_pairs(chain.replace("TAKEN", "size"), "rope[]", "modeB=read depend=accesses")
    far = chain.replace("TAKEN", "2 * size")
    check_silent(far, "rope[]", "modeB=read depend=accesses")


def test_a_task_that_is_not_made_in_every_turn_leads_nowhere() -> None:
    source = front(UP_LEFT, "sky[i][j] += sky[i - 1][j - 1];")
    check_pairs(source, "sky[][]", "modeB=read depend=accesses")
    some = source.replace("#pragma omp task", "if ((i + j) % 2 == 0)\n#pragma omp task")
    check_silent(some, "sky[][]", "modeB=read depend=accesses")
