"""Draws mutants of a program: deterministic by seed, spread over effects, rules and sites."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from model_export.mutations.core import Effect, Mutation, Overlap, Site
from model_export.mutations.program import ParsedProgram
from model_export.mutations.registry import MUTATIONS
from reviewbot.errors import BadInput

# What is asked for at each draw; the tools label what comes, so this only keeps both kinds coming.
SHARES = {
    Effect.MAY_RACE: 0.42,
    Effect.KEEPS_CLEAN: 0.2,
    Effect.FIXES: 0.26,
    Effect.PERFORMANCE: 0.12,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A changed program and what was done; `expects` is a guess, never a label."""

    text: str
    mutation: str
    expects: Effect
    line: int  # in the program before the change
    object: str | None  # the variable that the change decides about, if known
    inverse: bool  # whether the change goes in the direction of a fix


def mutate(
    text: str,
    language: str,
    rng_seed: int,
    *,
    wanted: int,
    only: Collection[str] = (),
    effects: Collection[Effect] = (),
) -> tuple[Mutant, ...]:
    """Up to `wanted` distinct mutants; a larger number extends a smaller one's.

    `only` and `effects` restrict which rules are drawn. Raises BadInput on an unknown rule.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()
    rng = random.Random(f"{rng_seed}/{digest}")  # noqa: S311 - no secret
    program = ParsedProgram(text, language, salt=rng.randrange(1 << 30))
    rules = [rule for rule in chosen(only) if not effects or rule.expects in effects]
    found: list[Mutant] = []
    seen = {text}
    for rule, site in _draws(program, rules, rng):
        if len(found) >= wanted:
            break
        mutant = realise(program, rule, site)
        if mutant is not None and mutant.text not in seen:
            seen.add(mutant.text)
            found.append(mutant)
    return tuple(found)


def chosen(only: Collection[str]) -> tuple[Mutation, ...]:
    """The rules of these names, or all; raises BadInput on an unknown name."""
    unknown = sorted(set(only) - set(MUTATIONS))
    if unknown:
        raise BadInput(f"no mutation is named {', '.join(unknown)}; --list shows the names")
    return tuple(rule for name, rule in MUTATIONS.items() if not only or name in only)


def every_mutant(text: str, language: str, only: Collection[str] = ()) -> Iterator[Mutant]:
    """Every mutant of every rule, in the order of the rules and of the text."""
    program = ParsedProgram(text, language)
    for rule in chosen(only):
        for site in rule.sites(program):
            mutant = realise(program, rule, site)
            if mutant is not None:
                yield mutant


def realise(program: ParsedProgram, rule: Mutation, site: Site) -> Mutant | None:
    """The mutant, or None where the change does not fit or breaks the syntax."""
    try:
        text = rule.apply(program, site)
    except Overlap:
        return None
    if text == program.text or ParsedProgram(text, program.language).errors > program.errors:
        return None
    return Mutant(
        text=text,
        mutation=rule.name,
        expects=rule.expects,
        line=site.line,
        object=site.object,
        inverse=rule.inverse,
    )


def _draws(
    program: ParsedProgram, rules: Sequence[Mutation], rng: random.Random
) -> Iterator[tuple[Mutation, Site]]:
    """Effects by their shares, then the rule drawn least so far, then one of its sites."""
    sites = {rule.name: list(rule.sites(program)) for rule in rules}
    for places in sites.values():
        rng.shuffle(places)
    drawn: Counter[str] = Counter()
    while any(sites.values()):
        effect = rng.choices(tuple(SHARES), tuple(SHARES.values()))[0]
        open_rules = [rule for rule in rules if rule.expects is effect and sites[rule.name]]
        if open_rules:
            rule = min(open_rules, key=lambda r: (drawn[r.name] + rng.random()) / r.weight)
            drawn[rule.name] += 1
            yield rule, sites[rule.name].pop()
