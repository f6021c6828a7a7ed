"""Light programs, labels that a busy machine does not spoil, and bundles of an older reader."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_export.hotspots import corpus
from model_export.hotspots.draw import FAMILIES
from model_export.hotspots.examples import examples
from model_export.hotspots.programs import program
from reviewbot.hotspots.answers import Calibration
from reviewbot.hotspots.features import LOOP_NAMES, REGION_NAMES, read
from reviewbot.hotspots.predict import HotspotPredictor


def test_a_light_program_is_the_same_with_less_to_do() -> None:
    whole, light = program("even_rounds", 1001), program("even_rounds", 1001, effort=corpus.LIGHT)
    assert whole.source != light.source
    assert whole.functions == light.functions
    hot = [
        max(loop.estimate for loop in read("p.c", one.source.encode()).loops)
        for one in (whole, light)
    ]
    assert hot[1] < hot[0]


class Recorder:
    """Measures nothing and keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[bool, bool]] = []

    def measure(self, source: str, *, lines: bool, clock: bool = True) -> dict[str, Any]:
        self.asked.append((lines, clock))
        return {"regions": [], "own": [{"line": 3, "cost": 5}], "calls": []}


@pytest.mark.parametrize(
    ("light", "asked"), [(True, {(True, False)}), (False, {(True, True), (False, True)})]
)
def test_of_a_light_program_lines_are_counted_and_no_clock_is_read(
    light: bool, asked: set[tuple[bool, bool]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    monkeypatch.setattr(corpus, "_MEASURERS", {"here": recorder})
    seed = corpus.LIGHT_SEEDS + 1 if light else 1
    path = corpus.measure(tmp_path, ("even_rounds", seed))
    assert set(recorder.asked) == asked
    rows = corpus.read(tmp_path)
    assert path.exists()
    assert [row["variant"] for row in rows] == (["base"] if light else ["base", "twin"])


SOURCE = """static double a[4096], b[4096];
void f(void) {
#pragma omp parallel for
  for (int i = 0; i < 4096; i++) a[i] += 1;
#pragma omp parallel for
  for (int i = 0; i < 4096; i++) b[i] += i * 0.5;
}
"""


def measured(line: int, threads: int, busy: float) -> dict[str, Any]:
    return {
        **{"line": line, "kind": "parallel", "threads": threads, "team": threads},
        **{"instances": 1, "balance": 1.0, "spread": 0.0, "busy": busy, "lock_wait": 0.0},
    }


def test_the_least_time_of_a_region_counts_for_which_is_the_hottest() -> None:
    disturbed = [measured(3, 4, 9.0), measured(5, 4, 3.0)]
    quiet = [measured(3, 16, 1.0), measured(5, 16, 3.5)]
    row = {
        **{"family": "f", "seed": 1, "variant": "base", "source": SOURCE, "functions": []},
        **{"own": [], "calls": [], "regions": [*disturbed, *quiet]},
    }
    (group,) = examples([row]).groups
    assert not group.counted
    assert list(group.costs) == [1.0, 3.0]


def test_loops_that_were_counted_are_compared_by_instructions() -> None:
    row = {
        **{"family": "f", "seed": 1, "variant": "base", "source": SOURCE, "functions": []},
        **{"own": [{"line": 4, "cost": 70}, {"line": 6, "cost": 30}], "calls": [], "regions": []},
    }
    (group,) = examples([row]).groups
    assert group.counted
    assert list(group.costs) == [70.0, 30.0]
    assert list(group.estimates) == pytest.approx(
        list(group.numbers[:, LOOP_NAMES.index("log instructions")])
    )


class OlderSession:
    """A model that was trained when there were fewer numbers."""

    wide = (("regions", len(REGION_NAMES) - 2), ("loops", len(LOOP_NAMES) - 3))

    def get_inputs(self) -> list[Any]:
        return [type("Input", (), {"name": n, "shape": ["N", w]}) for n, w in self.wide]

    def run(self, names: list[str], feed: dict[str, Any]) -> list[Any]:
        assert [feed[name].shape[1] for name, _ in self.wide] == [wide for _, wide in self.wide]
        regions, loops = len(feed["regions"]), len(feed["loops"])
        return [np.zeros((regions, 2, 3)), np.zeros((regions, 7)), np.arange(float(loops))]


def test_an_older_model_reads_the_numbers_that_it_knows() -> None:
    plain = Calibration(widen=(0.0, 0.0), rank=1.0, temperature=1.0)
    found = HotspotPredictor(OlderSession(), plain).profile("a.c", SOURCE.encode())
    assert len(found.regions) == 2
    assert [line for line, _ in found.loops] == [6, 4]


_ARRAY = re.compile(r"static (?:double|int|long|float|struct \w+) (\w+)(?:\[[^\]]*\])+;")


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_no_array_is_read_that_nobody_writes(family: str) -> None:
    """A compiler knows that such an array is zero, and leaves out what is worked out from it."""
    source = program(family, 3).source
    for name in _ARRAY.findall(source):
        given = rf"\w+\({name}\b"  # to a function that fills it
        written = rf"\b{name}(?:\[(?:[^\[\]]|\[[^\]]*\])*\])+(?:\.\w+)?\s*(?:\+\+|[-+*/]?=(?!=))"
        assert re.search(f"{written}|{given}|omp_\\w+\\(&{name}", source), name
