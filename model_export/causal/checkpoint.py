"""A team's fine-tuned model: its folder, with an adapter if there is one, and its tokenizer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from model_export.causal.errors import CannotUseModel, CannotUseTokenizer
from model_export.causal.lora import CONFIG, merge_adapter
from reviewbot.causal.bundle import TOKENIZER, Watched
from reviewbot.causal.reading import BROKEN, CLEAN, HOLDS, RACY
from reviewbot.records import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A model in evaluation mode, in fp32, and its tokenizer."""

    model: Any
    tokenizer: Tokenizer
    context: int  # the most tokens that it reads as it was trained to
    ends: tuple[int, ...]


def load_checkpoint(folder: Path, adapter: Path | None = None) -> Checkpoint:
    """The model of a folder, an adapter merged into it; nothing is ever downloaded."""
    base = folder
    if (folder / CONFIG).is_file() and adapter is None:
        base, adapter = _base_of(folder), folder
    model = load_model(base)
    if adapter is not None:
        merge_adapter(model, adapter)
    own = adapter if adapter is not None and (adapter / TOKENIZER).is_file() else base
    return Checkpoint(
        model=model.eval(),
        tokenizer=read_tokenizer(own),
        context=context_of(model),
        ends=ends(model),
    )


def load_model(folder: Path) -> Any:
    """A folder's causal language model in fp32, with attention that can be traced."""
    # Imported here: it takes seconds, and the recipe's other steps do without.
    from transformers import AutoModelForCausalLM

    if not (folder / "config.json").is_file():
        raise CannotUseModel(
            f"{folder} holds no config.json: give a folder that `save_pretrained` wrote, or one "
            f"with {CONFIG} for an adapter."
        )
    try:
        return AutoModelForCausalLM.from_pretrained(
            str(folder), local_files_only=True, attn_implementation="eager", dtype="float32"
        )
    except (OSError, ValueError, KeyError) as exc:
        raise CannotUseModel(
            f"{folder} cannot be loaded as a causal language model: {exc}"
        ) from exc


def _base_of(adapter: Path) -> Path:
    try:
        named = json.loads((adapter / CONFIG).read_text())["base_model_name_or_path"]
        if (Path(named) / "config.json").is_file():
            return Path(named)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise CannotUseModel(f"{adapter / CONFIG} cannot be read: {exc}") from exc
    raise CannotUseModel(
        f"{adapter} is an adapter of {named}, which is no folder here: give the base with "
        "--model and the adapter with --adapter."
    )


def read_tokenizer(folder: Path) -> Tokenizer:
    """The folder's tokenizer.json; raises CannotUseTokenizer."""
    try:
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as exc:  # the library raises nothing narrower
        raise CannotUseTokenizer(
            f"{folder / TOKENIZER} cannot be read ({exc}): save the model's fast tokenizer there, "
            "`AutoTokenizer.from_pretrained(…, use_fast=True).save_pretrained(…)`."
        ) from exc
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def context_of(model: Any) -> int:
    """Tokens that the model reads exactly: within a sliding window all attention is full."""
    config = model.config
    limits = [getattr(config, "max_position_embeddings", None) or 1 << 30]
    kinds = getattr(config, "layer_types", None)
    slides = "sliding_attention" in kinds if kinds else getattr(config, "use_sliding_window", True)
    window = getattr(config, "sliding_window", None)
    return int(min([*limits, window] if slides and window else limits))


def ends(model: Any) -> tuple[int, ...]:
    """The tokens with which the model ends a text."""
    found: set[int] = set()
    for config in (model.config, getattr(model, "generation_config", None)):
        given = getattr(config, "eos_token_id", None)
        found |= set(given if isinstance(given, (list, tuple)) else [given]) - {None}
    return tuple(sorted(found))


def verdict_tokens(tokenizer: Tokenizer) -> Watched:
    """The tokens at which `racy` and `clean` part."""
    texts = [_trace(HOLDS, word) for word in (RACY, CLEAN)]
    return _parting(tokenizer, texts[0], texts[1])


def state_tokens(tokenizer: Tokenizer) -> Watched:
    """The tokens at which `holds` and `is broken` part, the same for every link."""
    found = set()
    for link in Link:
        texts = [_trace(HOLDS, RACY, changed=(link, state)) for state in (HOLDS, BROKEN)]
        found.add(_parting(tokenizer, texts[0], texts[1]))
    if len(found) != 1:
        raise CannotUseTokenizer(
            "The tokenizer writes `holds` in different tokens for different links: use a "
            "tokenizer that splits words at blanks."
        )
    return found.pop()


def _trace(state: str, verdict: str, changed: tuple[Link, str] | None = None) -> str:
    states = dict.fromkeys(Link, state) | dict([changed] if changed else [])
    steps = [f"{n}. {link.value} {states[link]}: so [line 1]" for n, link in enumerate(Link, 1)]
    return "\n".join([*steps, f"Verdict: {verdict}", ""])


def _parting(tokenizer: Tokenizer, one: str, other: str) -> Watched:
    a, b = (tokenizer.encode(text, add_special_tokens=False).ids for text in (one, other))
    place = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if place is None or not _stands_before_word(tokenizer, a[:place], one, other):
        raise CannotUseTokenizer(
            "The tokenizer does not part the two answers at a word's beginning: use one that "
            "splits words at blanks."
        )
    return Watched(yes=a[place], no=b[place])


def _stands_before_word(tokenizer: Tokenizer, ids: Sequence[int], one: str, other: str) -> bool:
    """Whether the common tokens are the common text up to the blank before the word."""
    shared = next(n for n, (x, y) in enumerate(zip(one, other, strict=False)) if x != y)
    return bool(tokenizer.decode(list(ids)).strip() == one[:shared].strip())
