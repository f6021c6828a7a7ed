"""Writes mutants of one program, or lists what can be done to it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from model_export.mutations.engine import chosen, every_mutant, mutate
from model_export.mutations.style import restyle
from model_export.programs.family import LANGUAGES, parse_family
from model_export.programs.sample import sample
from reviewbot.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a program, or a family")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wanted", type=int, default=8, metavar="K", help="how many mutants")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="this mutation; repeatable"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write each mutant to a file there")
    parser.add_argument("--list", action="store_true", help="count the sites of each mutation")
    parser.add_argument(
        "--restyle", type=int, default=0, metavar="N", help="print it after N changes of style"
    )


def run(args: argparse.Namespace) -> int:
    """Print mutants as JSON lines, or the program restyled, or the sites."""
    text, language = _program(args.file, args.seed)
    if args.list:
        _list(text, language, args.only)
    elif args.restyle:
        print(restyle(text, language, args.seed, steps=args.restyle).text, end="")
    else:
        _write(args, text, language)
    return 0


def _program(path: Path, seed: int) -> tuple[str, str]:
    """The program's text and language; of a family, the first of its programs."""
    if path.suffix not in LANGUAGES:
        raise BadInput(f"{path}: give a program that ends in .c or .cpp")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"{path} cannot be read as UTF-8 text: {exc}") from exc
    language = LANGUAGES[path.suffix]
    if "//@ family:" in text:
        text = sample(parse_family(text, language=language, path=str(path)), 1, seed)[0].source
    return text, language


def _list(text: str, language: str, only: list[str]) -> None:
    counts = {rule.name: 0 for rule in chosen(only)}
    for mutant in every_mutant(text, language, only):
        counts[mutant.mutation] += 1
    for rule in chosen(only):
        print(f"{counts[rule.name]:4}  {rule.expects.value:<12} {rule.name}")


def _write(args: argparse.Namespace, text: str, language: str) -> None:
    mutants = mutate(text, language, args.seed, wanted=args.wanted, only=args.only)
    for number, mutant in enumerate(mutants):
        about: dict[str, object] = {
            "mutation": mutant.mutation,
            "expects": mutant.expects.value,
            "line": mutant.line,
            "object": mutant.object,
            "inverse": mutant.inverse,
        }
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            path = args.out / f"{args.file.stem}_{number}_{mutant.mutation}{args.file.suffix}"
            path.write_text(mutant.text, encoding="utf-8")
            about["path"] = str(path)
        else:
            about["text"] = mutant.text
        print(json.dumps(about))
