"""The network: shapes, padding that changes nothing, the chain, the loss, the ablations."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor

from model_export.network import Config, WorldModel, log_race, loss_of

SMALL = {"words": 20, "facts": 12, "width": 16, "heads": 2, "layers": 2, "hidden": 24}
Inputs = tuple[Tensor, Tensor, Tensor]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def network(seed: int = 0, **changes: object) -> WorldModel:
    """A small network whose every weight has been drawn, ready to be asked."""
    torch.manual_seed(seed)
    model = WorldModel(Config(**{**SMALL, "relation_width": 8, **changes}))  # type: ignore[arg-type]
    with torch.no_grad():
        model.wide.weight[1:].normal_()
    return model.eval()  # type: ignore[no-any-return]


def inputs() -> Inputs:
    tokens = torch.tensor([[2, 5, 6, 2, 7], [2, 8, 9, 2, 11]])
    relations = torch.tensor([[[3, 4, 5], [6, 7, 3]], [[8, 3, 9], [10, 11, 4]]])
    places = torch.tensor([[[0, 3], [3, 3]], [[0, 0], [0, 3]]])
    return tokens, relations, places


def test_five_logits_a_pair() -> None:
    assert network()(*inputs()).shape == (2, 2, 5)


def test_the_same_seed_makes_the_same_network() -> None:
    assert torch.equal(network(3)(*inputs()), network(3)(*inputs()))
    assert not torch.equal(network(3)(*inputs()), network(4)(*inputs()))


def test_a_fresh_network_holds_links_to_be_whole() -> None:
    torch.manual_seed(0)
    fresh = WorldModel(Config(**SMALL)).eval()  # type: ignore[arg-type]
    assert (torch.sigmoid(fresh(*inputs())) > 0.6).all()


def test_padding_changes_nothing() -> None:
    tokens, relations, places = inputs()
    model = network()
    with torch.no_grad():
        bare = model(tokens, relations, places)
        longer = torch.cat([tokens, torch.zeros(2, 9, dtype=torch.long)], dim=1)
        wider = torch.cat([relations, torch.zeros(2, 2, 4, dtype=torch.long)], dim=2)
        wider = torch.cat([wider, torch.zeros(2, 3, 7, dtype=torch.long)], dim=1)
        more = torch.cat([places, torch.zeros(2, 3, 2, dtype=torch.long)], dim=1)
        padded = model(longer, wider, more)
    assert torch.allclose(padded[:, :2], bare, atol=1e-5)


def test_another_slice_in_the_batch_changes_nothing() -> None:
    tokens, relations, places = inputs()
    model = network()
    with torch.no_grad():
        alone = model(tokens[:1], relations[:1], places[:1])
        together = model(tokens, relations, places)
    assert torch.allclose(together[:1], alone, atol=1e-5)


def test_facts_are_a_bag_and_words_are_not() -> None:
    tokens, relations, places = inputs()
    model = network()
    with torch.no_grad():
        before = model(tokens, relations, places)
        assert torch.allclose(model(tokens, relations.flip(2), places), before, atol=1e-5)
        assert not torch.allclose(model(tokens.flip(1), relations, places), before, atol=1e-3)


def test_every_input_has_a_say() -> None:
    tokens, relations, places = inputs()
    model = network()
    with torch.no_grad():
        before = model(tokens, relations, places)
        assert not torch.allclose(model(tokens + 1, relations, places), before)
        assert not torch.allclose(model(tokens, relations - 1, places), before)
        for side in (0, 1):  # the line of the first access, and that of the second
            moved = places.clone()
            moved[..., side] = 3 - moved[..., side]
            assert not torch.allclose(model(tokens, relations, moved), before)


def test_without_the_slice_only_relations_speak() -> None:
    tokens, relations, places = inputs()
    model = network(use_slice=False)
    with torch.no_grad():
        before = model(tokens, relations, places)
        assert torch.equal(model(tokens + 1, relations, 3 - places), before)
        assert not torch.allclose(model(tokens, relations - 1, places), before)


def test_without_relations_only_the_slice_speaks() -> None:
    tokens, relations, places = inputs()
    model = network(use_relations=False)
    with torch.no_grad():
        before = model(tokens, relations, places)
        assert torch.equal(model(tokens, relations - 1, places), before)
        assert not torch.allclose(model(tokens + 1, relations, places), before)


def test_a_race_needs_every_link() -> None:
    links = torch.tensor([[1.0, -2.0, 0.5, 3.0, 0.0]])
    assert log_race(links).exp().item() == pytest.approx(torch.sigmoid(links).prod().item())
    assert log_race(torch.tensor([9.0, 9.0, 9.0, 9.0, -20.0])).exp().item() < 1e-8


def labels(race: list[list[int]], links: list[list[list[int]]] | None = None) -> Inputs:
    pairs = torch.tensor(race)
    unknown = torch.full((*pairs.shape, 5), -1)
    whole = torch.full((len(race),), -1)
    return pairs, unknown if links is None else torch.tensor(links), whole


def test_the_loss_by_hand() -> None:
    logits = torch.tensor([[[1.0] * 5, [2.0] * 5]])
    race, links, whole = labels([[1, 0]])
    p, q = torch.sigmoid(logits[0]).prod(-1)
    expected = (3 * -torch.log(p) - torch.log(1 - q)) / 4  # a race weighs threefold
    loss = loss_of(logits, race, links, whole, torch.ones(1))
    assert loss.item() == pytest.approx(expected.item(), rel=1e-4)


def test_known_links_add_to_the_loss_by_hand() -> None:
    logits = torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0]]])
    race, links, whole = labels([[-1]], [[[-1, -1, 1, -1, 0]]])
    entropy = (
        torch.log1p(torch.exp(torch.tensor(-3.0))) + 5 + torch.log1p(torch.exp(torch.tensor(-5.0)))
    ) / 2
    loss = loss_of(logits, race, links, whole, torch.ones(1))
    assert loss.item() == pytest.approx(0.3 * entropy.item(), rel=1e-4)


def test_unknown_labels_have_no_say() -> None:
    race, links, whole = labels([[1, -1]])
    one, two = torch.randn(1, 2, 5), torch.randn(1, 2, 5)
    two[:, 0] = one[:, 0]
    first, second = (loss_of(x, race, links, whole, torch.ones(1)).item() for x in (one, two))
    assert first == second
    nothing, unknown, none = labels([[-1, -1]])
    assert loss_of(one, nothing, unknown, none, torch.ones(1)).item() == 0.0


def test_a_racy_slice_asks_for_its_likeliest_pair_and_never_for_padding() -> None:
    race, links, _ = labels([[-1, -1, -2]])
    whole = torch.tensor([1])
    logits = torch.tensor([[[0.0] * 5, [1.0] * 5, [50.0] * 5]])
    expected = -torch.log(torch.sigmoid(torch.tensor(1.0)).pow(5)).item()  # as a racing pair's
    loss = loss_of(logits, race, links, whole, torch.ones(1)).item()
    assert loss == pytest.approx(expected, rel=1e-4)
    assert loss_of(logits, race, links, torch.tensor([-1]), torch.ones(1)).item() == 0.0


def test_weights_shift_the_loss_towards_the_heavy() -> None:
    race, links, whole = labels([[0], [0]])
    logits = torch.tensor([[[3.0] * 5], [[-3.0] * 5]])  # the first is wrong, the second right
    even = loss_of(logits, race, links, whole, torch.tensor([1.0, 1.0]))
    heavy = loss_of(logits, race, links, whole, torch.tensor([9.0, 1.0]))
    assert heavy > even


def test_the_loss_is_finite_at_the_extremes() -> None:
    logits = torch.tensor([[[80.0] * 5, [-80.0] * 5]], requires_grad=True)
    race, links, whole = labels([[0, 1]])
    loss = loss_of(logits, race, links, whole, torch.ones(1))
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None and torch.isfinite(logits.grad).all()


def test_the_gradient_reaches_every_weight_but_that_of_padding() -> None:
    model = network()
    race, _, whole = labels([[1, 0], [0, 1]])
    links = torch.ones(2, 2, 5, dtype=torch.long)
    loss_of(model(*inputs()), race, links, whole, torch.ones(2)).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name
    for table in (model.words, model.facts, model.wide):
        assert table.weight.grad[0].abs().sum() == 0
