"""Slices as numbers: exact ids, what is cut, what is padded."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reviewbot.model.features import (
    LINE,
    MAX_PAIRS,
    MAX_RELATIONS,
    MAX_TOKENS,
    PAD,
    RESERVED,
    UNKNOWN,
    collate,
    encode,
    fact_tokens,
    relation_tokens,
)
from reviewbot.records import Slice
from tests.model.toys import pair, part

WORDS = {token: index for index, token in enumerate((*RESERVED, "OBJ", "++", ";"))}
SAID = ("common=none", "live=after", "reading=none", "reading=apart in time")
FACTS = {token: index for index, token in enumerate((*RESERVED, *SAID))}
OBJ, PLUS, END = 3, 4, 5
NONE, AFTER, NOTHING, APART = 3, 4, 5, 6


def test_reserved_ids_are_what_the_vocabularies_begin_with() -> None:
    assert [RESERVED[i] for i in (PAD, UNKNOWN, LINE)] == ["<pad>", "<unknown>", "<line>"]


def test_relations_become_words() -> None:
    assert relation_tokens(pair("common=none", "live=after")) == ("common=none", "live=after")


def test_the_network_reads_what_relations_say_together_before_each() -> None:
    assert fact_tokens(pair("common=none")) == ("reading=none", "common=none")
    both = fact_tokens(pair("common=mutex", "phase=differ"))
    assert both == (
        *("reading=common lock", "reading=a barrier between"),
        *("common=mutex", "phase=differ"),
    )


def test_a_slice_becomes_exactly_these_ids() -> None:
    item = part(pair("common=none", lines=(3, 8)), lines=[(3, "OBJ ++ ;"), (8, "OBJ ;")])
    encoded = encode(item, WORDS, FACTS)
    assert encoded.tokens == (LINE, OBJ, PLUS, END, LINE, OBJ, END)
    assert encoded.relations == ((NOTHING, NONE),)
    assert encoded.places == ((0, 4),)  # where the lines 3 and 8 begin
    assert encoded.unknown == 0


def test_what_the_vocabularies_do_not_hold_is_unknown_and_facts_of_it_are_counted() -> None:
    item = part(pair("common=none", "never=seen"), lines=[(1, "OBJ mystery")])
    encoded = encode(item, WORDS, FACTS)
    assert encoded.tokens == (LINE, OBJ, UNKNOWN)
    assert encoded.relations == ((NOTHING, NONE, UNKNOWN),)
    assert encoded.unknown == 1


def test_an_access_on_a_line_that_the_slice_leaves_out_has_place_zero() -> None:
    assert encode(part(pair(lines=(1, 77))), WORDS, FACTS).places == ((0, 0),)


def test_a_slice_without_lines_is_one_line_mark() -> None:
    assert encode(part(pair(), lines=()), WORDS, FACTS).tokens == (LINE,)


def test_a_slice_of_exactly_the_limit_is_whole() -> None:
    lines = [(n, "OBJ ++ ;") for n in range(1, MAX_TOKENS // 4 + 1)]
    encoded = encode(part(pair(lines=(1, len(lines))), lines=lines), WORDS, FACTS)
    assert len(encoded.tokens) == MAX_TOKENS
    assert encoded.places == ((0, MAX_TOKENS - 4),)


def test_a_longer_slice_loses_whole_lines_from_its_end() -> None:
    lines = [(n, "OBJ ++ ;") for n in range(1, MAX_TOKENS // 4 + 1)] + [(999, "OBJ")]
    encoded = encode(part(pair(lines=(2, 999)), lines=lines), WORDS, FACTS)
    assert len(encoded.tokens) == MAX_TOKENS
    assert encoded.places == ((4, 0),)  # the line 999 is cut: place zero


def test_one_line_longer_than_the_limit_is_cut_whole() -> None:
    encoded = encode(part(pair(), lines=[(1, "OBJ " * MAX_TOKENS)]), WORDS, FACTS)
    assert encoded.tokens == (LINE,)
    assert encoded.places == ((0, 0),)


def test_relations_and_pairs_beyond_the_limits_are_cut() -> None:
    long = pair(*["common=none"] * (MAX_RELATIONS + 5))
    encoded = encode(part(*[long] * (MAX_PAIRS + 2)), WORDS, FACTS)
    assert [len(row) for row in encoded.relations] == [MAX_RELATIONS] * MAX_PAIRS
    assert len(encoded.places) == MAX_PAIRS


@st.composite
def _slices(draw: st.DrawFn) -> Slice:
    lengths = draw(st.lists(st.integers(0, 60), max_size=8))
    lines = [(n, "OBJ " * length) for n, length in enumerate(lengths, 1)]
    numbers = st.integers(1, 10)
    ends = draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4))
    return part(*(pair("common=none", lines=two) for two in ends), lines=lines)


@given(_slices())
def test_a_place_is_always_the_beginning_of_a_line_within_the_tokens(item: Slice) -> None:
    encoded = encode(item, WORDS, FACTS)
    assert 1 <= len(encoded.tokens) <= MAX_TOKENS
    for place in (place for two in encoded.places for place in two):
        assert encoded.tokens[place] == LINE


def test_a_batch_is_padded_with_zeros_to_its_longest() -> None:
    short = encode(part(pair("common=none")), WORDS, FACTS)
    long = encode(
        part(
            pair("common=none", "live=after", lines=(1, 2)),
            pair("live=after", lines=(2, 2)),
            lines=[(1, "OBJ ++ ;"), (2, "OBJ ;")],
        ),
        WORDS,
        FACTS,
    )
    batch = collate([short, long])
    assert batch.tokens.tolist() == [
        [LINE, OBJ, PLUS, END, PAD, PAD, PAD],
        [LINE, OBJ, PLUS, END, LINE, OBJ, END],
    ]
    assert batch.relations.tolist() == [
        [[NOTHING, NONE, PAD], [PAD, PAD, PAD]],
        [[APART, NONE, AFTER], [APART, AFTER, PAD]],
    ]
    assert batch.places.tolist() == [[[0, 0], [0, 0]], [[0, 4], [4, 4]]]
    assert {
        name: array.dtype for name, array in batch.feed(("tokens", "relations", "places")).items()
    } == dict.fromkeys(("tokens", "relations", "places"), np.dtype(np.int64))


def test_a_pair_without_facts_still_has_its_row() -> None:
    assert collate([encode(part(pair()), WORDS, FACTS)]).relations.tolist() == [[[NOTHING]]]
