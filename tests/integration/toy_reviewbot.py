"""reviewbot with the toy model, as a program that git and pre-commit can start."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from reviewbot import commands
from reviewbot.cli import main
from tests.toy_model import ToyPredictor, analyse

commands._analyse = analyse
commands._load_predictor = lambda settings: ToyPredictor()
sys.exit(main())
