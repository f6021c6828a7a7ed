"""`reviewbot policy …`, and which policy any command goes by."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from reviewbot.errors import EXIT_OK, BadInput, BadPolicy
from reviewbot.git import Repository, open_repository, repository_or_none
from reviewbot.output import say
from reviewbot.policy_file import load_policy, show_policy
from reviewbot.settings import POLICY_FILE, Settings, settings_from


def policy_source(settings: Settings, repository: Repository | None) -> str:
    """The policy that a run uses: the one asked for, else the repository's, else the default."""
    own = own_policy(repository)
    return settings.policy or (str(own) if own.is_file() else "default")


def own_policy(repository: Repository | None) -> Path:
    """Where a repository has its policy: at its root alone, from whatever folder of it one asks."""
    return (repository.root if repository else Path.cwd()) / POLICY_FILE


def policy(options: argparse.Namespace) -> int:
    """`reviewbot policy check`, `reviewbot policy show` and `reviewbot policy tune`."""
    if options.verb == "tune":
        return _tune(options)
    repository = repository_or_none(Path.cwd())
    if options.verb == "check":
        return _check(options.source, own_policy(repository))
    settings = settings_from({"policy": options.source}, os.environ)
    say(show_policy(load_policy(policy_source(settings, repository))))
    return EXIT_OK


def _check(asked: str | None, own: Path) -> int:
    if asked is None and not own.is_file():
        raise BadPolicy(
            f"{own}: there is no such policy file, so runs here use the default policy; "
            "write one there, or name another: reviewbot policy check FILE"
        )
    load_policy(asked or own)
    say(f"{asked or own} is a valid policy.\n")
    return EXIT_OK


def _tune(options: argparse.Namespace) -> int:
    # Lazy: nothing else reads the ledger.
    from reviewbot.escalation.ledger import ledger_path, read
    from reviewbot.escalation.tune import advise, show

    settings = settings_from({"policy": options.source}, os.environ)
    repository = open_repository(Path.cwd())
    ledger = Path(options.ledger) if options.ledger else ledger_path(repository.git_dir)
    if not ledger.is_file():
        raise BadInput(
            f"There is no ledger {ledger}: `reviewbot sanitize` keeps one of its verdicts."
        )
    say(show(advise(read(ledger)), load_policy(policy_source(settings, repository))))
    return EXIT_OK
