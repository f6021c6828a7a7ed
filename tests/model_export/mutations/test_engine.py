"""Drawing mutants: the same for the same seed, spread out, compiling; and the command."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from model_export import cli
from model_export.explore import FAMILIES
from model_export.mutations.core import Effect, Overlap, apply_edits
from model_export.mutations.engine import Mutant, every_mutant, mutate
from model_export.mutations.registry import MUTATIONS
from model_export.programs.family import read_family
from model_export.programs.sample import sample
from reviewbot.errors import BadInput
from reviewbot.fixes.edits import Edit

PROGRAM = """#include <stdio.h>

static int hits, cells[64];

int main(void)
{
    int scratch;
#pragma omp parallel num_threads(4) private(scratch)
    {
#pragma omp for schedule(static)
        for (int i = 0; i < 64; i++) {
            scratch = i * 3;
            cells[i] = scratch % 7;
        }
#pragma omp critical
        hits += cells[3];
    }
    printf("%d\\n", hits);
    return 0;
}
"""


def test_the_same_seed_gives_the_same_mutants() -> None:
    assert mutate(PROGRAM, "c", 5, wanted=12) == mutate(PROGRAM, "c", 5, wanted=12)
    assert mutate(PROGRAM, "c", 5, wanted=12) != mutate(PROGRAM, "c", 6, wanted=12)


def test_more_mutants_extend_fewer() -> None:
    assert mutate(PROGRAM, "c", 5, wanted=20)[:7] == mutate(PROGRAM, "c", 5, wanted=7)


def test_mutants_are_distinct_and_of_all_effects() -> None:
    made = mutate(PROGRAM, "c", 1, wanted=25)
    assert len({mutant.text for mutant in made} | {PROGRAM}) == 26
    assert {mutant.expects for mutant in made} == set(Effect)
    assert max(Counter(mutant.mutation for mutant in made).values()) <= 2


def test_a_mutant_says_what_was_done() -> None:
    made = mutate(PROGRAM, "c", 1, wanted=1, only=["remove-critical"])
    assert made == (
        Mutant(
            text=PROGRAM.replace("#pragma omp critical\n", ""),
            mutation="remove-critical",
            expects=Effect.MAY_RACE,
            line=15,
            object="hits",
            inverse=False,
        ),
    )


def test_effects_restrict_what_is_drawn() -> None:
    made = mutate(PROGRAM, "c", 1, wanted=9, effects=[Effect.FIXES])
    assert made
    assert all(mutant.inverse for mutant in made)


def test_an_unknown_mutation_is_refused() -> None:
    with pytest.raises(BadInput, match="no mutation is named cosmic-ray"):
        mutate(PROGRAM, "c", 1, wanted=1, only=["cosmic-ray"])


def test_a_program_without_threads_offers_nothing() -> None:
    assert mutate("int main(void) { return 0; }\n", "c", 1, wanted=5) == ()


def test_what_is_not_ascii_keeps_its_place() -> None:
    text = PROGRAM.replace("\nstatic", "\n/* déjà vu → */\nstatic")
    made = mutate(text, "c", 1, wanted=1, only=["remove-critical"])
    assert made[0].text == text.replace("#pragma omp critical\n", "")


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(Overlap):
        apply_edits("abcd", (Edit(0, 3, "x"), Edit(2, 4, "y")))


def test_every_rule_has_a_name_and_a_contract_of_its_own() -> None:
    told = [rule.__doc__ for rule in MUTATIONS.values()]
    assert len(MUTATIONS) > 150
    assert len(set(told)) == len(told)
    assert None not in told


def programs(suffix: str) -> list[str]:
    paths = sorted(path for path in FAMILIES.glob("*/*") if path.suffix == suffix)
    return [sample(read_family(path), 1, 1)[0].source for path in paths[::12]]


@pytest.mark.clang
@pytest.mark.parametrize(("suffix", "language", "count"), [(".c", "c", 16), (".cpp", "c++", 3)])
def test_nearly_all_mutants_of_families_compile(
    suffix: str, language: str, count: int, tmp_path: Path
) -> None:
    # Few in C++, whose headers take a second each.
    made = [m for text in programs(suffix) for m in mutate(text, language, 3, wanted=4)][:count]
    compiler = ["clang-19", "-std=gnu11"] if language == "c" else ["clang++-19", "-std=c++20"]
    failed = []
    for number, mutant in enumerate(made):
        path = tmp_path / f"{number}{suffix}"
        path.write_text(mutant.text)
        command = [*compiler, "-fopenmp", "-pthread", "-w", "-fsyntax-only", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            failed.append((mutant.mutation, done.stderr))
    assert len(made) == count
    assert len(failed) <= 1, failed


def test_every_mutant_of_a_program_parses() -> None:
    made = list(every_mutant(PROGRAM, "c"))
    assert len(made) > 30
    assert {"add-nowait", "private-to-shared", "halve-index"} <= {m.mutation for m in made}


def test_the_command_prints_mutants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.c"
    path.write_text(PROGRAM)
    assert cli.main(["mutate", str(path), "--seed", "2", "--wanted", "3"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["text"] for item in printed] == [
        mutant.text for mutant in mutate(PROGRAM, "c", 2, wanted=3)
    ]


def test_the_command_writes_mutants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.c"
    path.write_text(PROGRAM)
    words = ["mutate", str(path), "--only", "remove-critical", "--out", str(tmp_path / "out")]
    assert cli.main(words) == 0
    written = json.loads(capsys.readouterr().out)["path"]
    assert "critical" not in Path(written).read_text()


def test_the_command_lists_the_sites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.c"
    path.write_text(PROGRAM)
    assert cli.main(["mutate", str(path), "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "   1  may-race     remove-critical" in lines
    assert "   0  may-race     remove-guard" in lines


def test_the_command_takes_a_family(capsys: pytest.CaptureFixture[str]) -> None:
    path = next(iter(sorted(FAMILIES.glob("*/*.c"))))
    assert cli.main(["mutate", str(path), "--restyle", "3"]) == 0
    printed = capsys.readouterr().out
    assert "main(" in printed
    assert "//@" not in printed


def test_the_command_refuses_other_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["mutate", str(tmp_path / "p.rs")]) == 2
    assert "ends in .c or .cpp" in capsys.readouterr().err
