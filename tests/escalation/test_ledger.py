"""The ledger: what is learned from a verdict, and that nothing of the code gets into it."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

from reviewbot.escalation.ledger import append, entries, ledger_path, read
from reviewbot.escalation.records import Outcome, Verdict
from reviewbot.escalation.settings import SanitizerSettings
from reviewbot.escalation.state import State
from tests.escalation.building import target

OUTCOME = Outcome(
    target=target("src/secret_name.c", function="secret_function"),
    verdict=Verdict.CONFIRMED,
    reason="seen in secret_function",
    tool="ThreadSanitizer (clang 19.1.7)",
    runs=2,
    threads=(2, 4),
    seconds=1.23456,
)


def test_an_entry_holds_the_prediction_beside_the_verdict(tmp_path: Path) -> None:
    path = ledger_path(tmp_path)
    append(path, entries([OUTCOME], "b" * 64))
    (entry,) = read(path)
    assert (entry.probability, entry.confidence) == (0.6, 0.6)
    assert (entry.verdict, entry.runs, entry.threads) == (Verdict.CONFIRMED, 2, (2, 4))
    assert entry.bundle == "b" * 64


def test_no_code_and_no_name_gets_into_it(tmp_path: Path) -> None:
    path = ledger_path(tmp_path)
    append(path, entries([OUTCOME], None))
    text = path.read_text()
    assert "confirmed" in text
    for secret in ("secret", "total", "src", OUTCOME.target.fingerprints[0]):
        assert secret not in text


def test_a_silence_makes_no_entry(tmp_path: Path) -> None:
    silent = replace(OUTCOME, target=target(silent=True))
    append(ledger_path(tmp_path), entries([silent], None))
    assert not ledger_path(tmp_path).exists()


def test_the_same_code_has_the_same_hash_and_other_code_another() -> None:
    (one,), (again,) = entries([OUTCOME], None), entries([OUTCOME], None)
    suspect = replace(OUTCOME.target.suspects[0], fingerprint="f" * 16)
    other_target = replace(OUTCOME.target, suspects=(suspect,))
    (other,) = entries([replace(OUTCOME, target=other_target)], None)
    assert one.features == again.features != other.features


def test_lines_that_are_cut_or_unknown_are_left_out(tmp_path: Path) -> None:
    path = ledger_path(tmp_path)
    append(path, entries([OUTCOME], None))
    whole = path.read_text()
    later = json.dumps({**json.loads(whole), "schema_version": 2})
    path.write_text(f"{whole[:40]}\nnot json\n{later}\n{whole}")
    assert len(read(path)) == 1


def test_runs_at_once_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = ledger_path(tmp_path)
    new = entries([OUTCOME] * 5, None)
    writers = [threading.Thread(target=append, args=(path, new)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(read(path)) == 40


def test_a_place_that_cannot_be_written_is_no_ones_fault(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    append(ledger_path(blocked), entries([OUTCOME], None))
    assert read(ledger_path(blocked)) == ()


class TestState:
    def test_answers_are_kept_for_the_same_question_alone(self, tmp_path: Path) -> None:
        state = State(tmp_path)
        state.put(OUTCOME.target, (OUTCOME,))
        assert state.get(OUTCOME.target) == (OUTCOME,)
        assert state.get(target(line=8)) is None

    def test_what_was_not_answered_is_asked_again(self, tmp_path: Path) -> None:
        state = State(tmp_path)
        for verdict in (Verdict.NOT_RUN, Verdict.TOOL_FAILED):
            state.put(OUTCOME.target, (replace(OUTCOME, verdict=verdict),))
        assert state.get(OUTCOME.target) is None

    def test_a_file_that_was_cut_is_no_answer(self, tmp_path: Path) -> None:
        state = State(tmp_path)
        state.put(OUTCOME.target, (OUTCOME,))
        (file,) = tmp_path.glob("*.json")
        file.write_bytes(file.read_bytes()[:50])
        assert state.get(OUTCOME.target) is None

    def test_other_commands_are_another_question(self, tmp_path: Path) -> None:
        built = SanitizerSettings(test=("make check",))
        State.of(tmp_path, "a" * 40, built).put(OUTCOME.target, (OUTCOME,))
        assert State.of(tmp_path, "a" * 40, built).get(OUTCOME.target) is not None
        assert State.of(tmp_path, "b" * 40, built).get(OUTCOME.target) is None
        assert State.of(tmp_path, "a" * 40, SanitizerSettings()).get(OUTCOME.target) is None
