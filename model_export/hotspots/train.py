"""Trains the hotspot model: cross-fitted over families for its figures, then on all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model_export.hotspots.examples import Examples, Group, Region
from model_export.hotspots.network import (
    ESTIMATES,
    INSTRUCTIONS,
    TIME,
    HotspotModel,
    pinball,
)
from reviewbot.hotspots.features import LOOP_NAMES, REGION_NAMES
from reviewbot.hotspots.words import BOTTLENECKS

FOLDS = 5
EPOCHS = 120
RATE = 5e-3
DECAY = 0.02
# On the square of what a loop's cost is multiplied by, in logarithms: of processor time, whose
# measure is noisy, and of instructions, which are counted.
SHY = (0.1, 0.02)
COSTS = 0.2  # weight of the loops' loss beside that of the balance
_HIDE = 0.05  # share of the numbers set to their mean, so that no single one is trusted


@dataclass(slots=True)
class Answers:
    """What a model says of regions (R, ...) and of each group's loops."""

    balance: NDArray[np.float64]  # (R, 2, 3) logits of the quantiles
    classes: NDArray[np.float64]  # (R, classes) logits
    groups: list[NDArray[np.float64]] = field(default_factory=list)  # scores of loops


def fold_of(family: str) -> int:
    """The fold in which a family is held out; the same on every machine."""
    return int(hashlib.sha256(family.encode()).hexdigest(), 16) % FOLDS


def cross_fit(data: Examples, *, seed: int = 1) -> Answers:
    """For each region and group the answer of a model that never saw its family."""
    answers = Answers(
        np.zeros((len(data.regions), 2, 3)),
        np.zeros((len(data.regions), len(BOTTLENECKS))),
        [np.zeros(0)] * len(data.groups),
    )
    for fold in range(FOLDS):
        inside = [i for i, region in enumerate(data.regions) if fold_of(region.family) != fold]
        groups = [group for group in data.groups if fold_of(group.family) != fold]
        model = fit([data.regions[i] for i in inside], groups, seed=seed)
        held = [i for i, region in enumerate(data.regions) if fold_of(region.family) == fold]
        held_groups = [i for i, group in enumerate(data.groups) if fold_of(group.family) == fold]
        said = ask(model, [data.regions[i] for i in held], [data.groups[i] for i in held_groups])
        answers.balance[held], answers.classes[held] = said.balance, said.classes
        for index, scores in zip(held_groups, said.groups, strict=True):
            answers.groups[index] = scores
    return answers


def fit(regions: Sequence[Region], groups: Sequence[Group], *, seed: int = 1) -> HotspotModel:
    """Train every member on the same examples from another start; deterministic by seed."""
    torch.manual_seed(seed)
    model = HotspotModel()
    x, loops = _inputs(regions, groups)
    _normalise(model, x, loops)
    truth = torch.tensor(np.array([region.balance for region in regions]), dtype=torch.float32)
    spread = torch.tensor(np.array([region.spread for region in regions]), dtype=torch.float32)
    weight = 1 / (1 + 10 * spread) * _by_family(regions)[:, None]
    classes = torch.tensor([region.bottleneck for region in regions])
    parts = _Parts(groups)
    for member in model.members:
        best = torch.optim.AdamW(member.parameters(), lr=RATE, weight_decay=DECAY)
        plan = torch.optim.lr_scheduler.CosineAnnealingLR(best, EPOCHS)
        member.train()
        for _ in range(EPOCHS):
            keep = torch.rand_like(x) > _HIDE
            keep[:, list(ESTIMATES)] = True
            moved, said, scores = model.one(member, torch.where(keep, x, model.region_mean), loops)
            loss = pinball(moved, truth, weight)
            loss = loss + 0.1 * nn.functional.cross_entropy(said, classes, label_smoothing=0.05)
            # The rules' costs are moved only where many families agree: few ever do.
            shift = (scores - model.known_costs(loops)).square() * torch.tensor(SHY)
            loss = loss + COSTS * parts.loss(scores) + shift.sum(-1).mean()
            best.zero_grad()
            loss.backward()
            best.step()
            plan.step()
        member.eval()
    model.eval()
    return model


def ask(model: HotspotModel, regions: Sequence[Region], groups: Sequence[Group]) -> Answers:
    """The model's answers."""
    x, loops = _inputs(regions, groups)
    with torch.no_grad():
        moved, classes, scores = model(x, loops)
    sizes = np.cumsum([len(group.estimates) for group in groups])[:-1]
    split = np.split(scores.double().numpy(), sizes) if groups else []
    chosen = [said[:, measure(group)] for group, said in zip(groups, split, strict=True)]
    return Answers(moved.double().numpy(), classes.double().numpy(), chosen)


def measure(group: Group) -> int:
    """The column of the scores that speaks of what was measured of a group."""
    return INSTRUCTIONS if group.counted else TIME


def _inputs(regions: Sequence[Region], groups: Sequence[Group]) -> tuple[Tensor, Tensor]:
    x = np.array([region.numbers for region in regions], dtype=np.float32)
    loops = [group.numbers for group in groups] or [np.zeros((0, len(LOOP_NAMES)), np.float32)]
    return torch.tensor(x.reshape(-1, len(REGION_NAMES))), torch.tensor(np.concatenate(loops))


def _normalise(model: HotspotModel, x: Tensor, loops: Tensor) -> None:
    for name, values in (("region", x), ("loop", loops)):
        getattr(model, f"{name}_mean").copy_(values.mean(0))
        getattr(model, f"{name}_scale").copy_(values.std(0).clamp(min=0.05))


def _by_family(regions: Sequence[Region]) -> Tensor:
    """Every family counts the same, however many regions it has."""
    names = [region.family for region in regions]
    counts = {name: names.count(name) for name in set(names)}
    return torch.tensor([len(names) / len(counts) / counts[name] for name in names])


class _Parts:
    """Groups of loops side by side: which share of its group's cost each part has."""

    def __init__(self, groups: Sequence[Group]) -> None:
        offset, part, group_of, shares = 0, [], [], []
        columns = [np.full(len(group.part), measure(group)) for group in groups]
        for number, group in enumerate(groups):
            part.append(group.part + offset)
            offset += len(group.costs)
            group_of += [number] * len(group.costs)
            shares.append(group.costs / group.costs.sum())
        empty = np.zeros(0)
        self.column = torch.tensor(np.concatenate([*columns, np.zeros(0)]), dtype=torch.long)
        self.part = torch.tensor(np.concatenate([*part, empty]), dtype=torch.long)
        self.group_of = torch.tensor(group_of, dtype=torch.long)
        self.shares = torch.tensor(np.concatenate([*shares, empty]), dtype=torch.float32)
        self.groups = len(groups)

    def loss(self, scores: Tensor) -> Tensor:
        """Cross-entropy of the shares: the parts' costs are sums over their loops."""
        if not self.groups:
            return scores.sum() * 0
        scores = scores.gather(1, self.column[:, None])[:, 0]
        top = scores.max().detach()
        parts = torch.zeros(len(self.shares)).index_add(0, self.part, (scores - top).exp())
        whole = torch.zeros(self.groups).index_add(0, self.group_of, parts)
        log_share = (parts + 1e-30).log() - (whole[self.group_of] + 1e-30).log()
        return -(self.shares * log_share).sum() / self.groups


def part_scores(group: Group, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of each part's cost, from its loops' scores."""
    return np.array(
        [np.logaddexp.reduce(scores[group.part == part]) for part in range(len(group.costs))]
    )
