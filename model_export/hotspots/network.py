"""The hotspot model, whole: what the rules estimate, corrected by small networks.

The rules deal out the rounds of a region to threads and come to a balance; the network moves it
and says how far to trust it. Several members are averaged, since programs are few.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reviewbot.hotspots.features import LOOP_NAMES, REGION_NAMES
from reviewbot.hotspots.words import BOTTLENECKS

MEMBERS = 6  # whose mean sways less with the seed than that of three: a change of balance is small
WIDTH = 48
DROPOUT = 0.2
QUANTILES = (0.1, 0.5, 0.9)
# Columns of the rules' own estimates, which are moved and never hidden.
ESTIMATES = tuple(REGION_NAMES.index(f"logit {threads}") for threads in (4, 16))
_ESTIMATE = LOOP_NAMES.index("log operations")
_VISITS = LOOP_NAMES.index("log visits")
_COUNTED = LOOP_NAMES.index("log instructions")
TIME, INSTRUCTIONS = 0, 1  # columns of the loops' scores


class Member(nn.Module):  # type: ignore[misc]
    """One network for regions and one for loops, on numbers of mean 0 and deviation 1."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Linear(len(REGION_NAMES), WIDTH), nn.GELU(), nn.Dropout(DROPOUT),
            nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Dropout(DROPOUT),
        )  # fmt: skip
        self.balance = nn.Linear(WIDTH, 6)  # of 2 numbers of threads: shift, way down, way up
        self.bottleneck = nn.Linear(WIDTH, len(BOTTLENECKS))
        self.loops = nn.Sequential(
            nn.Linear(len(LOOP_NAMES), WIDTH), nn.GELU(), nn.Dropout(DROPOUT), nn.Linear(WIDTH, 2)
        )  # of processor time and of instructions

    def forward(self, regions: Tensor, loops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(R, F), (L, G) → (R, 2, 3), (R, classes), (L, 2), all but the first as logits."""
        seen = self.trunk(regions)
        return (
            self.balance(seen).reshape(-1, 2, 3),
            self.bottleneck(seen),
            self.loops(loops),
        )


class HotspotModel(nn.Module):  # type: ignore[misc]
    """The members' mean over the raw numbers."""

    def __init__(self) -> None:
        super().__init__()
        for name, width in (("region", len(REGION_NAMES)), ("loop", len(LOOP_NAMES))):
            self.register_buffer(f"{name}_mean", torch.zeros(width))
            self.register_buffer(f"{name}_scale", torch.ones(width))
        self.members = nn.ModuleList(Member() for _ in range(MEMBERS))

    def forward(self, regions: Tensor, loops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Raw numbers → logits of the balance's quantiles (R, 2, 3), of classes, scores (L, 2)."""
        said = [self.one(member, regions, loops) for member in self.members]
        moved, classes, shift = (torch.stack(parts).mean(0) for parts in zip(*said, strict=True))
        return moved, classes, shift

    def one(
        self, member: nn.Module, regions: Tensor, loops: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What one member says."""
        moved, classes, shift = member(
            ((regions - self.region_mean) / self.region_scale).clamp(-6, 6),
            ((loops - self.loop_mean) / self.loop_scale).clamp(-6, 6),
        )
        estimate = torch.stack(
            [regions[:, ESTIMATES[0]], regions[:, ESTIMATES[1]]], dim=1
        )  # (R, 2)
        middle = estimate + moved[..., 0]
        down, up = nn.functional.softplus(moved[..., 1]), nn.functional.softplus(moved[..., 2])
        quantiles = torch.stack([middle - down, middle, middle + up], dim=-1)
        return quantiles, classes, self.known_costs(loops) + shift

    def known_costs(self, loops: Tensor) -> Tensor:
        """Logarithms of the loops' costs by the rules, (L, 2): processor time, instructions."""
        time = loops[:, _ESTIMATE] + loops[:, _VISITS]  # operations of a visit times visits
        return torch.stack([time, loops[:, _COUNTED]], dim=-1)


class Shipped(nn.Module):  # type: ignore[misc]
    """The model as it is exported: the loops' scores as an output for each measure.

    A loop's cost is what a counter of instructions sees of it, loop by loop and the same on every
    machine; processor time was measured of whole regions, and is noisy.
    """

    def __init__(self, model: HotspotModel) -> None:
        super().__init__()
        self.model = model
        self.eval()  # the exporter puts back the mode that it finds, in the model too

    def forward(self, regions: Tensor, loops: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Raw numbers → balance (R, 2, 3), bottleneck (R, classes), cost (L,), time (L,)."""
        balance, classes, scores = self.model(regions, loops)
        return balance, classes, scores[:, INSTRUCTIONS], scores[:, TIME]


def pinball(predicted: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Quantile loss of balances: (R, 2, 3) logits against (R, 2) (Koenker and Bassett 1978)."""
    gap = truth.unsqueeze(-1) - torch.sigmoid(predicted)  # (R, 2, 3)
    levels = torch.tensor(QUANTILES)
    loss = torch.maximum(levels * gap, (levels - 1) * gap).sum(-1)
    return (loss * weight).sum() / weight.sum()
