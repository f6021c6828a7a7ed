"""Fine-tunes a causal language model on traces: plain torch, one accelerator, or a CPU to try it.

python -m model_export causal train --model DIR --data data/prose/train.jsonl --out DIR
python -m model_export causal train --config tiny --data data/prose/train.jsonl --out DIR --steps 20
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy

from model_export.causal.checkpoint import context_of, ends, load_model, read_tokenizer
from model_export.causal.errors import NothingToLearn
from model_export.causal.lora import add_adapters, save_adapter
from model_export.causal.tiny import TINY, tiny_model, train_tokenizer
from reviewbot.causal.bundle import TOKENIZER
from reviewbot.errors import BadInput

IGNORED = -100  # the label of tokens that are read and not learned
WARM_UP = 0.03  # share of the steps
CLIP = 1.0  # largest norm of the gradient
STATE = "last.pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One example as ids: a prompt that is read, a completion that is learned."""

    ids: tuple[int, ...]
    learned_from: int  # the place of the completion's first token


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the step."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", type=Path, metavar="DIR", help="a Hugging Face model here")
    source.add_argument("--config", choices=sorted(TINY), help="a random one, to try the recipe")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="from prompts")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--rank", type=int, default=16, help="of LoRA; 0 trains every weight")
    parser.add_argument("--alpha", type=float, help="of LoRA; default: twice the rank")
    parser.add_argument("--dropout", type=float, default=0.05, help="of LoRA")
    parser.add_argument("--steps", type=int, help="of the optimiser; default: two epochs")
    parser.add_argument("--batch", type=int, default=4, help="texts read at once")
    parser.add_argument("--accumulate", type=int, default=4, help="batches a step")
    parser.add_argument("--rate", type=float, default=2e-4, help="learning rate at its height")
    parser.add_argument("--context", type=int, default=2048, help="longer texts are left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="stop then; the same command goes on")


def run(args: argparse.Namespace) -> int:
    """Train, log every step, save; a second run with the same --out goes on."""
    torch.manual_seed(args.seed)
    texts = read_texts(args.data)
    model, tokenizer = _start(args, texts)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    encoded = encode(texts, tokenizer, ends(model), min(args.context, context_of(model)))
    rank = args.rank if args.model else 0  # a random model has nothing worth freezing
    alpha = args.alpha or 2.0 * rank
    if rank:
        add_adapters(model, rank, alpha, dropout=args.dropout)
    args.steps = args.steps or math.ceil(2 * len(encoded) / (args.batch * args.accumulate))
    done = fit(model.to(device).train(), encoded, args, device)
    if rank:
        save_adapter(model, args.out, rank, alpha, str(args.model.resolve()))
    else:
        model.save_pretrained(args.out)
    tokenizer.save(str(args.out / TOKENIZER))
    print(f"{done} of {args.steps} steps; {args.out} can be exported")
    return 0


def read_texts(path: Path) -> list[tuple[str, str]]:
    """(prompt, completion) of every line; raises BadInput."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        texts = [(str(row["prompt"]), str(row["completion"])) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise BadInput(
            f"{path} holds no prompts and completions ({exc}): write it with `causal prompts`."
        ) from exc
    if not texts:
        raise NothingToLearn(f"{path} is empty: make more traces, or take another split.")
    return texts


def _start(args: argparse.Namespace, texts: Sequence[tuple[str, str]]) -> tuple[Any, Tokenizer]:
    args.out.mkdir(parents=True, exist_ok=True)
    if args.model:
        return load_model(args.model), read_tokenizer(args.model)
    known = args.out / TOKENIZER  # a run that goes on keeps its words
    tokenizer = read_tokenizer(args.out) if known.is_file() else train_tokenizer(texts)
    return tiny_model(args.config, tokenizer, args.seed), tokenizer


def encode(
    texts: Sequence[tuple[str, str]], tokenizer: Tokenizer, end: Sequence[int], context: int
) -> list[Text]:
    """The texts that fit the context, as ids; prompt and completion apart, as they are served."""
    prompts = tokenizer.encode_batch([prompt for prompt, _ in texts])
    rest = tokenizer.encode_batch([told for _, told in texts], add_special_tokens=False)
    both = [
        Text(ids=(*prompt.ids, *told.ids, *end[:1]), learned_from=len(prompt.ids))
        for prompt, told in zip(prompts, rest, strict=True)
    ]
    fitting = [text for text in both if len(text.ids) <= context]
    if not fitting:
        raise NothingToLearn(
            f"None of {len(texts)} texts fits {context} tokens: raise --context, or take a model "
            "that reads more."
        )
    return fitting


def fit(model: Any, texts: Sequence[Text], args: argparse.Namespace, device: str) -> int:
    """Train in place until the steps or the minutes are over; the number of steps done."""
    learned = {name: p for name, p in model.named_parameters() if p.requires_grad}
    optimiser = torch.optim.AdamW(learned.values(), lr=args.rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: rate_at(n, args.steps))
    done = _resume(args.out / STATE, learned, optimiser, schedule)
    ending = time.monotonic() + 60 * args.minutes if args.minutes else math.inf
    with (args.out / "log.jsonl").open("a", encoding="utf-8") as log:
        while done < args.steps and time.monotonic() < ending:
            loss = _step(model, _draw(texts, args, done), device)
            torch.nn.utils.clip_grad_norm_(learned.values(), CLIP)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            done += 1
            log.write(json.dumps({"step": done, "loss": loss}) + "\n")
    state = {
        "learned": learned,
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
        "done": done,
    }
    torch.save(state, args.out / STATE)
    return done


def _resume(path: Path, learned: dict[str, Any], optimiser: Any, schedule: Any) -> int:
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True, map_location="cpu")
    if state["learned"].keys() != learned.keys():
        raise BadInput(f"{path} was trained with other settings: choose another --out.")
    with torch.no_grad():
        for name, parameter in learned.items():
            parameter.copy_(state["learned"][name])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    return int(state["done"])


def rate_at(step: int, steps: int) -> float:
    """Linear warm-up, then a cosine down to a tenth."""
    warm = max(int(steps * WARM_UP), 1)
    if step < warm:
        return (step + 1) / warm
    progress = min((step - warm) / max(steps - warm, 1), 1.0)
    return 0.1 + 0.45 * (1 + math.cos(math.pi * progress))


def _draw(texts: Sequence[Text], args: argparse.Namespace, step: int) -> Iterator[list[Text]]:
    """The batches of a step: the same for the same seed, wherever a run was interrupted."""
    rng = np.random.default_rng([args.seed, step])
    size = args.batch * args.accumulate
    chosen = rng.choice(len(texts), size, replace=len(texts) < size)
    for start in range(0, size, args.batch):
        yield [texts[n] for n in chosen[start : start + args.batch]]


def _step(model: Any, batches: Iterator[list[Text]], device: str) -> float:
    """Gradients of the mean loss of some batches; the loss in nats a token."""
    total, everything = 0.0, list(batches)
    for batch in everything:
        ids, labels = (part.to(device) for part in collate(batch))
        # bf16 keeps fp32's range, so that no loss scaling is needed; a CPU gains nothing by it.
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            logits = model(input_ids=ids, use_cache=False).logits
        loss = cross_entropy(
            logits[:, :-1].float().flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED
        )
        (loss / len(everything)).backward()
        total += float(loss.detach()) / len(everything)
    return total


def collate(batch: Sequence[Text]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and labels (B, L), padded on the right, where no token looks and nothing is learned."""
    length = max(len(text.ids) for text in batch)
    ids = torch.zeros((len(batch), length), dtype=torch.long)
    labels = torch.full((len(batch), length), IGNORED)
    for row, text in enumerate(batch):
        ids[row, : len(text.ids)] = torch.tensor(text.ids)
        learned = torch.tensor(text.ids[text.learned_from :])
        labels[row, text.learned_from : len(text.ids)] = learned
    return ids, labels
