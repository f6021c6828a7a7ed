"""The world model's network, whole: a small encoder of the slice, relations as a bag, five links.

A pair's race probability is the product of the probabilities of the links of its causal chain
(concurrent, same location, conflicting, unordered, unprotected), so the chain is the computation
and not a story told afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from reviewbot.model.features import MAX_TOKENS, PAD
from reviewbot.records import Link

LINKS = tuple(Link)


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the network. `small` fits the latency budget on a laptop's CPU."""

    words: int
    facts: int
    width: int = 64  # of token vectors
    heads: int = 4
    layers: int = 2
    hidden: int = 128  # of the feed-forward layers
    relation_width: int = 256  # 128: 0.003 of AUROC, 2 % of programs worse, two folds of five
    dropout: float = 0.3  # few families: strong regularisation
    use_slice: bool = True  # False: relations only, without the encoder
    use_relations: bool = True  # False: the slice only

    def as_dict(self) -> dict[str, int | float | bool]:
        """For checkpoints and the bundle."""
        return asdict(self)


# What differs from the defaults above, by the size's name.
SIZES: Mapping[str, Mapping[str, int | float | bool]] = {
    "small": {"use_slice": False},  # the slice gained nothing where both were last compared
    "base": {"width": 256, "heads": 8, "layers": 6, "hidden": 1024, "relation_width": 512},
}


class Attention(nn.Module):  # type: ignore[misc]
    """Multi-head self-attention with a padding mask (Vaswani et al. 2017)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.heads = config.heads
        self.scale = (config.width // config.heads) ** -0.5
        self.project = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """(B, L, D), (B, 1, 1, L) → (B, L, D)."""
        batch, length, width = x.shape
        qkv = self.project(x).reshape(batch, length, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each (B, H, L, D/H)
        weights = torch.softmax(q @ k.transpose(-1, -2) * self.scale + bias, dim=-1)
        mixed = (weights @ v).transpose(1, 2).reshape(batch, length, width)
        return self.out(mixed)


class Block(nn.Module):  # type: ignore[misc]
    """A pre-norm transformer layer."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.attention = Attention(config)
        self.feed = nn.Sequential(
            nn.Linear(config.width, config.hidden),
            nn.GELU(),
            nn.Linear(config.hidden, config.width),
        )
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """(B, L, D) → (B, L, D)."""
        x = x + self.drop(self.attention(self.norm1(x), bias))
        return x + self.drop(self.feed(self.norm2(x)))


class WorldModel(nn.Module):  # type: ignore[misc]
    """Link logits for every access pair of every slice."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.facts = nn.Embedding(config.facts, config.relation_width, padding_idx=PAD)
        self.wide = nn.Embedding(config.facts, len(LINKS), padding_idx=PAD)  # each fact's own say
        joint = config.relation_width
        if config.use_slice:
            self.words = nn.Embedding(config.words, config.width, padding_idx=PAD)
            self.positions = nn.Embedding(MAX_TOKENS, config.width)
            self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
            self.norm = nn.LayerNorm(config.width)
            _start(self.words)
            joint += 3 * config.width
        self.head = nn.Sequential(
            nn.Linear(joint, 192), nn.GELU(), nn.Dropout(config.dropout),
            nn.Linear(192, 128), nn.GELU(), nn.Dropout(config.dropout),
            nn.Linear(128, len(LINKS)),
        )  # fmt: skip
        _start(self.facts)
        nn.init.zeros_(self.wide.weight)
        nn.init.constant_(self.head[-1].bias, 2.0)  # links hold until something speaks against them

    def forward(self, tokens: Tensor, relations: Tensor, places: Tensor) -> Tensor:
        """(B, L), (B, P, R), (B, P, 2) → link logits (B, P, 5)."""
        # Padding has no vector, so a bag of any length may be summed: (B, P, F).
        # Facts speak alone and together, as in wide-and-deep networks (Cheng et al. 2016).
        facts, wide = self._bags(relations)  # (B, P, F), (B, P, 5)
        if not self.config.use_relations:
            facts, wide = facts * 0, wide * 0
        if self.config.use_slice:
            facts = torch.cat([facts, self._context(tokens, places)], dim=-1)
        return wide + self.head(facts)

    def _bags(self, relations: Tensor) -> tuple[Tensor, Tensor]:
        """The sum of the vectors of each pair's facts, in both tables.

        Training counts the facts and multiplies, which is ten times faster than to look each up.
        """
        if not self.training:
            return self.facts(relations).sum(dim=2), self.wide(relations).sum(dim=2)
        shape = (*relations.shape[:2], self.config.facts)
        count = torch.zeros(shape, device=relations.device)  # (B, P, facts)
        count.scatter_add_(2, relations, torch.ones_like(relations, dtype=count.dtype))
        count[..., PAD] = 0
        return count @ self.facts.weight, count @ self.wide.weight

    def _context(self, tokens: Tensor, places: Tensor) -> Tensor:
        """What the slice says at both accesses and as a whole: (B, P, 3 D)."""
        states = self.encode(tokens)  # (B, L, D)
        here = (tokens != PAD).unsqueeze(-1).to(states.dtype)
        pooled = (states * here).sum(1) / here.sum(1).clamp(min=1)  # (B, D)
        width = states.shape[-1]
        first = states.gather(1, places[..., 0:1].expand(-1, -1, width))  # (B, P, D)
        second = states.gather(1, places[..., 1:2].expand(-1, -1, width))
        return torch.cat([first, second, pooled.unsqueeze(1).expand_as(first)], dim=-1)

    def encode(self, tokens: Tensor) -> Tensor:
        """Contextual token vectors: (B, L) → (B, L, D)."""
        where = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.words(tokens) + self.positions(where)
        bias = (tokens == PAD).to(x.dtype)[:, None, None, :] * -1e4
        for block in self.blocks:
            x = block(x, bias)
        return self.norm(x)


class Together(nn.Module):  # type: ignore[misc]
    """Networks that differ by their seed alone, asked together: the mean of their link logits.

    As deep ensembles do (Lakshminarayanan et al. 2017), but of logits, so that the chain stays one.
    """

    def __init__(self, members: Sequence[WorldModel]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.config = members[0].config

    def forward(self, tokens: Tensor, relations: Tensor, places: Tensor) -> Tensor:
        """(B, L), (B, P, R), (B, P, 2) → link logits (B, P, 5)."""
        return torch.stack([m(tokens, relations, places) for m in self.members]).mean(0)


def _start(embedding: nn.Embedding) -> None:
    """Small random vectors, but none for padding: normal_ alone would give it one."""
    nn.init.normal_(embedding.weight, std=0.05)
    with torch.no_grad():
        embedding.weight[PAD].zero_()


def log_race(links: Tensor) -> Tensor:
    """Natural log of P(race) of link logits (…, 5): the chain holds only if every link does."""
    return nn.functional.logsigmoid(links).sum(-1)


def loss_of(
    links: Tensor, race: Tensor, link_labels: Tensor, slices: Tensor, weights: Tensor
) -> Tensor:
    """Binary cross-entropy of pairs, of known links, and of slices whose racing pair is unknown.

    links (B, P, 5); race (B, P) in {0, 1, -1 unknown, -2 no pair}; link_labels (B, P, 5) likewise;
    slices (B,): 1 where some pair races but which one is not known, else -1; weights (B,).
    Races weigh threefold, since one pair in fifteen races and a missed one costs more.
    """
    log_p = log_race(links).clamp(max=-1e-5)
    log_q = torch.log1p(-log_p.exp() + 1e-7)
    weight = weights[:, None] * torch.where(race == 1, 3.0, 1.0) * (race >= 0)
    best = log_p.masked_fill(race < -1, -1e4).amax(1)  # padding is no pair that could race
    # A slice of which some pair races counts as one racing pair: few are about, and a mean of
    # their own would let them outweigh all others.
    some = 3.0 * weights * (slices == 1)
    told = (weight * torch.where(race == 1, -log_p, -log_q)).sum() - (some * best).sum()
    pair = told / (weight.sum() + some.sum()).clamp(min=1)
    known = (link_labels >= 0).to(links.dtype)
    per_link = nn.functional.binary_cross_entropy_with_logits(
        links, link_labels.clamp(min=0).to(links.dtype), reduction="none"
    )
    link = (per_link * known).sum() / known.sum().clamp(min=1)
    return pair + 0.3 * link
