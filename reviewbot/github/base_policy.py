"""The policy as the base has it: a change is not judged by rules that it brings along."""

from __future__ import annotations

from pathlib import Path

from reviewbot.errors import BadPolicy
from reviewbot.git import Repository, TooLarge
from reviewbot.policy import Policy
from reviewbot.policy_file import MAX_BYTES, SHIPPED, load_policy, parse_policy
from reviewbot.settings import POLICY_FILE


def policy_of_base(repository: Repository, base: str, asked: str | None) -> Policy:
    """The policy that a run uses, read at the commit `base` if it is a file of the repository.

    A shipped policy and a file outside the repository are no part of the change. The repository's
    own file may not exist yet at the base; then the default policy holds. BadPolicy if there is
    none by that name here either: a misspelt name must not pass for the default.
    """
    if asked in SHIPPED:
        return load_policy(asked)
    path = policy_path(repository, asked)
    if path is None:
        return load_policy(asked)
    content = repository.read(base, path)
    if content is None:
        missing = asked is not None and not Path(asked).is_file()
        return load_policy(asked if missing else "default")
    return parse_policy(_text(content, path), name=f"{path} at {base[:10]}")


def policy_path(repository: Repository, asked: str | None) -> str | None:
    """The policy file's path within the repository, or None if it lies elsewhere."""
    if asked is None:
        return POLICY_FILE
    if asked in SHIPPED:
        return None
    path = Path(asked).resolve()
    root = repository.root.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


def _text(content: bytes | TooLarge, path: str) -> str:
    if isinstance(content, TooLarge) or len(content) > MAX_BYTES:
        raise BadPolicy(f"{path}: larger than {MAX_BYTES} bytes; is this the policy file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadPolicy(f"{path}: not UTF-8 text (byte {exc.start}); save it as UTF-8") from exc
