"""Traces by hand, and a session that writes what it is told to, token by token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from reviewbot.causal.bundle import CacheShape, CausalBundle, CausalManifest, Watched
from reviewbot.causal.prompt import PROMPT_VERSION
from reviewbot.records import BundleName, Link
from tests.model.toys import pair, part

RACY_PAIR = part(pair("common=none"), lines=((1, "OBJ ++ ;"),))
CLEAN_PAIR = part(pair("common=mutex"), lines=((1, "OBJ ++ ;"),))
SHAPE = CacheShape(layers=1, heads=1, key_width=1, value_width=1)
END = 0
SURE = 3.0  # logit of what the session writes; all else has 0


def trace(*broken: Link, verdict: str = "", line: int = 1) -> str:
    """A trace whose named links are broken; its verdict follows from them unless it is given."""
    steps = [
        f"{n}. {link.value} {'is broken' if link in broken else 'holds'}: so [line {line}]"
        for n, link in enumerate(Link, 1)
    ]
    return "\n".join([*steps, f"Verdict: {verdict or ('clean' if broken else 'racy')}", ""])


def letters() -> Tokenizer:
    """A tokenizer of bytes: whatever is written has one spelling."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = {"<|end|>": END, **{letter: n for n, letter in enumerate(alphabet, 1)}}
    tokenizer = Tokenizer(models.BPE(vocab=words, merges=[]))
    tokenizer.add_special_tokens(["<|end|>"])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


class Scripted:
    """A session that goes on after each prompt as it was told, and counts its calls."""

    def __init__(self, tokenizer: Tokenizer, told: Mapping[str, str]) -> None:
        self._told = {
            tuple(tokenizer.encode(prompt).ids): [*tokenizer.encode(text).ids, END]
            for prompt, text in told.items()
        }
        self._words = tokenizer.get_vocab_size()
        self._rows: list[list[int]] = []
        self._step = 0
        self.calls = 0

    def run(self, outputs: Sequence[str], feed: Mapping[str, Any]) -> list[Any]:
        """Logits that favour the next token of each row's text, and a cache that only grows."""
        self.calls += 1
        ids, mask = feed["input_ids"], feed["attention_mask"]
        if feed["past_key_values.0.key"].shape[2] == 0:
            prompts = [tuple(row[kept > 0].tolist()) for row, kept in zip(ids, mask, strict=True)]
            self._rows, self._step = [self._told[prompt] for prompt in prompts], 0
        logits = np.zeros((len(ids), self._words), np.float32)
        for row, text in enumerate(self._rows):
            logits[row, text[min(self._step, len(text) - 1)]] = SURE
        self._step += 1
        return [logits, *(np.zeros((len(ids), 1, mask.shape[1], 1)) for _ in outputs[1:])]


def scripted_bundle(tokenizer: Tokenizer, **changes: Any) -> CausalBundle:
    """A bundle in memory whose answers part at their first letters."""
    r, c, h, i = (tokenizer.token_to_id(letter) for letter in "rchi")
    settings: dict[str, Any] = {
        "kind": "causal",
        "name": "toy",
        "version": "1",
        "prompt_version": PROMPT_VERSION,
        "precision": "fp32",
        "cache": SHAPE,
        "context": 2000,
        "ends": (END,),
        "verdict": Watched(yes=r, no=c),
        "state": Watched(yes=h, no=i),
        "new_tokens": 600,
        "seconds": 60.0,
        "files": {},
    }
    manifest = CausalManifest(**(settings | changes))
    identity = BundleName(name="toy", version="1", sha256="0" * 64)
    return CausalBundle(manifest, identity, None, tokenizer)  # type: ignore[arg-type]
