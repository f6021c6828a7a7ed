"""Random models of known shapes, small enough to try every step of the recipe on a CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END = "<|end|>"
WORDS = 800  # of the vocabulary: bytes, and what is frequent in a few hundred traces
_SIZE: Mapping[str, Any] = {
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,  # fewer than heads, as in all models of these families today
    "max_position_embeddings": 2048,
    "tie_word_embeddings": False,
}
TINY: Mapping[str, Mapping[str, Any]] = {
    "tiny": {"model_type": "qwen2", **_SIZE},
    "tiny-llama": {"model_type": "llama", **_SIZE},
}


def tiny_model(name: str, tokenizer: Tokenizer, seed: int = 0, **changes: Any) -> Any:
    """A model with random weights that speaks the tokenizer's words."""
    # Imported here: it takes seconds.
    from transformers import AutoConfig, AutoModelForCausalLM

    end = tokenizer.token_to_id(END)
    settings = {
        **TINY[name],
        "vocab_size": tokenizer.get_vocab_size(),
        "eos_token_id": end,
        "bos_token_id": None,
        **changes,
    }
    torch.manual_seed(seed)
    config = AutoConfig.for_model(**settings)
    return AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()


def train_tokenizer(texts: Sequence[tuple[str, str]]) -> Tokenizer:
    """A byte-level BPE, which can write anything, learned from the texts themselves."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=WORDS,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((part for text in texts for part in text), trainer)
    return tokenizer
