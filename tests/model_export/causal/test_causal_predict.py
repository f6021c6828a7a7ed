"""A writing model behind the predictor's interface: odds, chain, budgets and doubt."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest

from reviewbot.causal.predict import BATCH, CausalPredictor
from reviewbot.causal.prompt import prompt_of, shown_lines
from reviewbot.code.analyse import analyse
from reviewbot.model.bundle import FileScaling
from reviewbot.pipeline import Collaborators, Predictor, Source, review
from reviewbot.records import Action, Link, Prediction, Slice
from tests.model.toys import pair, part
from tests.model_export.causal.causal_toys import (
    CLEAN_PAIR,
    RACY_PAIR,
    SURE,
    Scripted,
    letters,
    scripted_bundle,
    trace,
)

ODDS = 1 / (1 + math.exp(-SURE))


def prompt(item: Slice) -> str:
    return prompt_of(item, item.pairs[0])


def predictor(told: dict[str, str], **changes: object) -> CausalPredictor:
    tokenizer = letters()
    return CausalPredictor(scripted_bundle(tokenizer, **changes), Scripted(tokenizer, told))


def only(text: str, item: Slice = RACY_PAIR, **changes: object) -> Prediction:
    (prediction,) = predictor({prompt(item): text}, **changes).predict([item])
    return prediction


def test_a_racy_trace_becomes_the_odds_of_its_verdict_and_links() -> None:
    told = only(trace())
    assert told.probability == pytest.approx(ODDS)
    assert told.confidence == pytest.approx(ODDS)
    assert told.links == tuple((link, pytest.approx(ODDS)) for link in Link)
    assert told.slice is RACY_PAIR


def test_a_clean_trace_has_its_broken_link_and_no_race() -> None:
    told = only(trace(Link.UNPROTECTED), CLEAN_PAIR)
    assert told.probability == pytest.approx(1 - ODDS)
    assert told.confidence == pytest.approx(ODDS)
    links = dict(told.links)
    assert links.pop(Link.UNPROTECTED) == pytest.approx(1 - ODDS)
    assert all(value == pytest.approx(ODDS) for value in links.values())


def test_many_pairs_of_unlike_length_keep_their_order() -> None:
    items = [
        part(pair("common=none"), name="x" * n, lines=((1, "OBJ ++ ; " * (n % 5)),))
        for n in range(1, 2 * BATCH + 2)
    ]
    broken = [(Link.UNORDERED,) if n % 2 else () for n in range(len(items))]
    told = {prompt(item): trace(*links) for item, links in zip(items, broken, strict=True)}
    made: Predictor = predictor(told)
    predictions = made.predict(items)
    assert [p.slice.object for p in predictions] == [item.object for item in items]
    assert [p.probability < 0.5 for p in predictions] == [bool(links) for links in broken]
    assert made.file_probability(predictions) == pytest.approx(ODDS)


def test_nothing_asked_nothing_written() -> None:
    assert predictor({}).predict([]) == ()
    assert predictor({}).file_probability(()) == 0.0


def test_calibration_is_of_the_verdict_and_then_of_the_file() -> None:
    twice = FileScaling(scale=2.0, bias=0.0)
    made = predictor({prompt(RACY_PAIR): trace()}, calibration=twice, file_calibration=twice)
    predictions = made.predict([RACY_PAIR])
    assert predictions[0].score == pytest.approx(ODDS)
    assert predictions[0].probability == pytest.approx(1 / (1 + math.exp(-2 * SURE)))
    assert made.file_probability(predictions) == pytest.approx(1 / (1 + math.exp(-4 * SURE)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I am not sure.",
        trace().replace("1. concurrent", "1. simultaneous"),
        trace().split("Verdict")[0],
        trace(verdict="unknown"),
        trace() * 40,  # ends at the first verdict, and so is fine: see below
    ],
)
def test_garbled_text_is_unresolved_and_never_an_exception(text: str) -> None:
    told = only(text)
    if text.startswith(trace()):
        assert told.slice.unresolved == ()
        return
    assert told.slice.unresolved[0].startswith("trace:")
    assert (told.probability, told.confidence) == (0.5, 0.5)
    assert told.links == tuple((link, 0.5) for link in Link)
    assert [line for _, line in told.evidence] == [1] * len(Link)


@pytest.mark.parametrize(
    ("text", "score"),
    [(trace(Link.UNORDERED, verdict="racy"), ODDS), (trace(verdict="clean"), 1 - ODDS)],
)
def test_a_verdict_against_its_own_chain_is_not_trusted(text: str, score: float) -> None:
    told = only(text)
    assert told.slice.unresolved == ("trace:the verdict contradicts the chain",)
    assert told.score == pytest.approx(score)
    assert (told.probability, told.confidence) == (0.5, 0.5)


SOURCE = b"""\
int hits;
int main(void) {
#pragma omp parallel for
    for (int i = 0; i < 9; i++) {
        hits += i;
    }
    return hits;
}
"""


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("no idea", [Action.ESCALATE]),
        (trace(verdict="clean"), [Action.ESCALATE]),
        (trace(line=5), [Action.COMMENT]),
        (trace(Link.UNORDERED, line=5), []),
    ],
)
def test_a_review_escalates_what_could_not_be_read(text: str, actions: list[Action]) -> None:
    slices = analyse("a.c", SOURCE).slices
    made = predictor({prompt_of(item, pair): text for item in slices for pair in item.pairs})
    outcome = review(
        [Source(path="a.c", head=SOURCE)],
        Collaborators(
            analyse=analyse, load_predictor=lambda: made, can_escalate=True, strict_errors=True
        ),
    )
    assert [decision.action for decision in outcome.decisions] == actions
    assert outcome.bundle == made.bundle


def test_the_token_budget_cuts_and_says_so() -> None:
    told = only(trace(), new_tokens=40)
    assert told.slice.unresolved == ("trace:the trace is cut: its token budget is spent",)
    assert only(trace(), new_tokens=len(trace())).slice.unresolved == ()


def test_the_time_budget_cuts_and_says_so() -> None:
    tokenizer = letters()
    session = Scripted(tokenizer, {prompt(RACY_PAIR): trace()})
    ticks = itertools.count()
    made = CausalPredictor(
        scripted_bundle(tokenizer, seconds=10.0), session, clock=lambda: float(next(ticks))
    )
    (told,) = made.predict([RACY_PAIR])
    assert told.slice.unresolved == ("trace:the trace is cut: its time budget is spent",)
    assert session.calls == 10


def test_a_prompt_beyond_the_context_is_not_asked() -> None:
    told = only(trace(), context=20)
    assert told.slice.unresolved == ("trace:the prompt is longer than the model can read",)
    assert told.confidence == 0.5


def test_what_the_front_end_could_not_see_lowers_confidence() -> None:
    item = replace(RACY_PAIR, unresolved=("call:f", "call:g"))
    told = only(trace(), item, penalties={"call": 0.5})
    assert told.confidence == pytest.approx(0.5 + (ODDS - 0.5) * 0.5)
    assert told.slice is item


def test_a_cited_line_is_evidence_only_if_it_was_shown() -> None:
    lines = ((4, "OBJ ++ ;"), (6, "OBJ ;"))
    item = part(pair("common=none", lines=(4, 6), evidence=((Link.CONCURRENT, (9,)),)), lines=lines)
    assert shown_lines(item, item.pairs[0]) == {1, 4, 6}
    assert dict(only(trace(line=6), item).evidence) == dict.fromkeys(Link, 6)
    invented = dict(only(trace(line=77), item).evidence)
    assert invented.pop(Link.CONCURRENT) == 9
    assert set(invented.values()) == {4}


def test_the_prompt_tells_facts_lines_and_accesses() -> None:
    item = replace(RACY_PAIR, unresolved=("call:f",))
    assert prompt(item).splitlines() == [
        "Two accesses meet: does the program race?",
        "Construct: parallel for at line 1 in `f`",
        "Facts: common=none",
        "Not seen: call:f",
        "1 | OBJ ++ ;",
        "Object: `counter`",
        "First: write of `counter++` at 1:1 in `f`",
        "Second: write of `counter++` at 1:1 in `f`",
    ]
