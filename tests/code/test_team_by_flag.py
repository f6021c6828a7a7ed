"""Of a team that a flag makes one thread, what asks for the flag knows."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """void work(int *out, int n, int dev) {{
  {flag}
  #pragma omp parallel if ({clause})
  {{ {body} }}
}}
"""
FLAG = "int alone = dev > 3;"
ONE = (
    ("!alone", "if (alone) out[0] += n;"),
    ("!alone", "if (alone) { n = n; out[0] += n; } else { n = n; }"),
    ("!(alone)", "if (alone && n > 3) out[0] += n;"),
    ("alone", "if (!alone) out[0] += n;"),
    ("alone", "if (alone) { } else { out[0] += n; }"),
)
MANY = (
    ("!alone", "if (!alone) out[0] += n;"),
    ("!alone", "if (alone) { } else { out[0] += n; }"),
    ("!alone", "if (alone || n > 3) out[0] += n;"),
    ("!alone", "if (n) out[0] += n;"),
    ("alone", "if (alone) out[0] += n;"),
    ("alone", "int alone = n; if (!alone) out[0] += n;"),
    ("!alone", "if (alone) {\n#pragma omp parallel num_threads(4)\nout[0] += n; }"),
)


@pytest.mark.parametrize(("clause", "body"), ONE)
def test_one_thread_meets_nobody(clause: str, body: str) -> None:
    check_silent(SOURCE.format(flag=FLAG, clause=clause, body=body), "out[]")


@pytest.mark.parametrize(("clause", "body"), MANY)
def test_many_threads_may_be_there(clause: str, body: str) -> None:
    check_pairs(SOURCE.format(flag=FLAG, clause=clause, body=body), "out[]", "modeA=update")


def test_a_flag_that_changes_tells_nothing() -> None:
    body = "if (alone) out[0] += n;"
    changing = FLAG + " alone = n > 4;"
    source = SOURCE.format(flag=changing, clause="!alone", body="alone = 1; " + body)
    check_pairs(source, "out[]", "modeA=update")
