"""Mends a harness by what the compiler or the linker said of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from reviewbot.escalation.harness_errors import (
    Complaint,
    complaints,
    missing_headers,
    undefined,
)
from reviewbot.escalation.harness_fill import OPTIONAL
from reviewbot.escalation.harness_program import DRIVER, RUNTIME, render
from reviewbot.escalation.harness_recipe import Harness, Recipe
from reviewbot.escalation.harness_source import items, read
from reviewbot.escalation.harness_stubs import plain, why_not_stubbed
from reviewbot.escalation.harness_which import find
from reviewbot.records import Skipped

MAX_COMPANIONS = 4  # files compiled along with one function: each costs seconds


def repair(harness: Harness, said: str) -> Harness | Skipped:
    """The harness with what was complained of mended, or why it cannot be."""
    recipe = harness.recipe
    found = complaints(said)
    if not found:
        return _with_missing(harness, undefined(said))
    if broken := {f for f in recipe.companions if any(c.path == str(f) for c in found)}:
        # Its own errors and those of its headers: what it defines will be stubbed.
        kept = tuple(f for f in recipe.companions if f not in broken)
        return render(replace(recipe, companions=kept, refused=recipe.refused | broken))
    if missing := set(missing_headers(found)) - set(recipe.empty):
        return render(replace(recipe, empty=(*recipe.empty, *sorted(missing))))
    return _without_broken(harness, found)


def _with_missing(harness: Harness, symbols: tuple[str, ...]) -> Harness | Skipped:
    """Add the files that define these symbols, and stubs for those that no file does."""
    recipe = harness.recipe
    new = tuple(s for s in symbols if s not in recipe.stubs)
    if not new:
        return Skipped(path=recipe.path, reason="the compiler or linker failed without a reason")
    found = {s: _defined_in(recipe, s, cpp=harness.language == "c++") for s in new}
    files = tuple(dict.fromkeys(f for f in found.values() if f is not None))
    if files:  # what they need in turn is asked for by the next link
        room = MAX_COMPANIONS - len(recipe.companions)
        return render(replace(recipe, companions=(*recipe.companions, *files[:room])))
    if reason := why_not_stubbed(new):
        return Skipped(path=recipe.path, reason=reason)
    return render(replace(recipe, stubs=(*recipe.stubs, *new)))


def _defined_in(recipe: Recipe, symbol: str, *, cpp: bool) -> Path | None:
    if recipe.repository is None or len(recipe.companions) >= MAX_COMPANIONS:
        return None
    at = Path(recipe.path).absolute()
    if recipe.companions and why_not_stubbed((symbol,)) is None:
        return None  # what companions need in turn is stubbed, but for what orders threads
    found = recipe.repository.definition(plain(symbol), at, cpp=cpp)
    known = found is None or found == at or found in recipe.companions or found in recipe.refused
    return None if known else found


def _without_broken(harness: Harness, found: tuple[Complaint, ...]) -> Harness | Skipped:
    """Leave out what has errors; errors in the function itself, or in headers, end the attempt."""
    recipe = harness.recipe
    parsed, symbols = read(recipe.path, recipe.text)
    named = (find(parsed, symbols, name) for name in (recipe.function, harness.function))
    kept = [parsed.translation.line(f.node.start_byte) for f in named if f is not None]
    lines = _driver_lines(harness.source)
    dropped, driver = set(recipe.dropped), set(recipe.dropped_lines)
    for complaint in found:
        if complaint.path == recipe.path:
            dropped |= {
                i
                for i in items(parsed)
                if i.first <= complaint.line <= i.last
                and not any(i.first <= line <= i.last for line in kept)
            }
        for path, number in ((complaint.path, complaint.line), *complaint.asked):
            if path == DRIVER and number <= len(lines) and lines[number - 1].endswith(OPTIONAL):
                driver.add(lines[number - 1])
    changed = replace(recipe, dropped=frozenset(dropped), dropped_lines=frozenset(driver))
    if changed == recipe and harness.language == "c++" and not recipe.spelled:
        changed = replace(recipe, spelled=True)
    if changed == recipe:
        return Skipped(path=recipe.path, reason=_reason(found[0], recipe))
    return render(changed)


def _reason(complaint: Complaint, recipe: Recipe) -> str:
    name = recipe.function.split("::")[-1]
    if complaint.path == DRIVER and re.search(rf"undeclared identifier '{name}'", complaint.text):
        return "it is not compiled here: its place is in code for other settings or systems"
    kind = re.search(r"unknown type name '([^']+)'", complaint.text)
    if complaint.path == DRIVER and kind is None:
        kind = re.search(r"undeclared identifier '([^']+)'", complaint.text)
    if kind is not None:
        return f"the definition of type {kind.group(1)} is missing"
    if complaint.path in (DRIVER, RUNTIME):
        return f"no value can be made for what it takes: {complaint.text}"
    if complaint.path == recipe.path:
        return f"does not compile by itself: {complaint.text}"
    return f"its header {Path(complaint.path).name} does not compile here: {complaint.text}"


def _driver_lines(source: str) -> list[str]:
    return source.split(f'#line 1 "{DRIVER}"\n', 1)[-1].split("\n")
