"""The command line: options, one error boundary, and the way to `commands`.

Kept light: `reviewbot hook` on a change without parallel code ends here, in the time of a bare
interpreter. Whatever reads code or asks the model is imported only when it is certain to be used.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import reviewbot
from reviewbot.errors import EXIT_BUG, EXIT_INTERRUPTED, EXIT_OK, ReviewbotError

TYPE_CHECKING = False  # as type checkers know it; importing typing would cost a tenth of the start
if TYPE_CHECKING:  # add_subparsers' result has no public name
    _Commands = argparse._SubParsersAction["_Parser"]

FORMATS = ("text", "json", "sarif", "markdown")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code and lets no exception but argparse's own pass."""
    _let_any_path_be_printed()
    try:
        words = sys.argv[1:] if argv is None else list(argv)
        code = _run(parser(hook_alone=words[:1] == ["hook"]).parse_args(words))
        sys.stdout.flush()  # here, so that a broken pipe is met inside the boundary
        return code
    except ReviewbotError as error:
        print(f"reviewbot: error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough, as in `reviewbot explain | head`
        return _end_quietly()
    except Exception:
        return _report_bug()


def _let_any_path_be_printed() -> None:
    # File names may hold bytes that are not text, and terminals may not know every letter.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _end_quietly() -> int:
    # Lazy: neither this nor the next is on the way of a run that goes well.
    from reviewbot.output import drop_stdout

    drop_stdout()
    return EXIT_OK


def _report_bug() -> int:
    from reviewbot.output import write_crash_log

    log = write_crash_log(sys.argv)
    print(
        f"reviewbot: this is a bug in reviewbot, not in your code: please paste {log} into "
        "a new issue of the reviewbot project.",
        file=sys.stderr,
    )
    return EXIT_BUG


def _run(options: argparse.Namespace) -> int:
    if options.command == "hook":
        return _hook(options)
    # Lazy: from here on everything is needed, and it takes ten times the interpreter's start.
    from reviewbot import commands

    return commands.COMMANDS[options.command](options)


def _hook(options: argparse.Namespace) -> int:
    from reviewbot.git import open_repository
    from reviewbot.hook import pushed_ranges, range_is_quiet, staged_is_quiet

    repository = open_repository(Path.cwd())
    if options.stage == "pre-commit":
        if staged_is_quiet(repository):
            return EXIT_OK
        from reviewbot.commands import hook_staged

        return hook_staged(options, repository)
    lines = None if sys.stdin is None or sys.stdin.isatty() else sys.stdin
    ranges = pushed_ranges(repository, os.environ, lines)
    loud = [(base, head) for base, head in ranges if not range_is_quiet(repository, base, head)]
    if not loud:
        return EXIT_OK
    from reviewbot.commands import hook_ranges

    return hook_ranges(options, repository, loud)


def parser(*, hook_alone: bool = False) -> _Parser:
    """The whole command line; each command ends its help with examples.

    With `hook_alone` the others are left out: to make them costs a tenth of a quiet hook's time.
    """
    top = _Parser(
        prog="reviewbot",
        description="Reviews changed parallel C and C++ code and says why two threads may clash.",
        epilog="examples:\n  reviewbot review\n  reviewbot scan src\n  reviewbot demo\n\n"
        "Exit codes: 0 nothing blocks, 1 something blocks, 2 wrong use or configuration, "
        "3 a bug of ours.",
    )
    top.add_argument("--version", action="version", version=f"reviewbot {reviewbot.__version__}")
    # `prog` is given because to work it out argparse imports shutil and formats a usage line.
    commands = top.add_subparsers(
        dest="command", metavar="COMMAND", required=True, prog="reviewbot"
    )
    judging = _judging()
    if hook_alone:
        _add_hook(commands, [judging])
        return top
    reporting = _reporting()
    _add_review(commands, [judging, reporting])
    _add_scan(commands, [judging, reporting])
    _add_sanitize(commands, [judging, reporting])
    _add_publish(commands)
    _add_hook(commands, [judging])
    _add_explain(commands)
    _add_demo(commands, [judging])
    _add_policy(commands)
    return top


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help that keeps its line breaks and as wide as the terminal.

    argparse makes one for every option it is given; by default each asks shutil for the width, and
    importing that costs a tenth of the hook's time.
    """

    def __init__(self, prog: str) -> None:
        try:
            columns = os.get_terminal_size().columns
        except OSError:  # not a terminal
            columns = 100
        super().__init__(prog, width=max(columns - 2, 40))


class _Parser(argparse.ArgumentParser):
    """A parser that keeps the line breaks of the examples and takes no abbreviations."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", _Help)
        super().__init__(allow_abbrev=False, **options)  # type: ignore[arg-type]


def _judging() -> _Parser:
    options = _Parser(add_help=False)
    options.add_argument(
        "--policy",
        metavar="NAME|FILE",
        help="default, strict, advisory, or a YAML file (else REVIEWBOT_POLICY, else "
        ".reviewbot.yaml at the repository's root, also from a subfolder)",
    )
    options.add_argument("--bundle", metavar="DIR", help="model bundle (else REVIEWBOT_BUNDLE)")
    options.add_argument("--baseline", metavar="FILE", help="do not report what is recorded there")
    options.add_argument(
        "--strict-errors",
        action="store_true",
        help="stop at a fault within one file instead of skipping the file",
    )
    return options


def _reporting() -> _Parser:
    options = _Parser(add_help=False)
    options.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    options.add_argument("--output", metavar="FILE", help="write the report there, all or nothing")
    options.add_argument(
        "--write-baseline", metavar="FILE", help="record every finding of this run as known"
    )
    return options


def _add_review(commands: _Commands, parents: Sequence[_Parser]) -> None:
    command = commands.add_parser(
        "review",
        parents=parents,
        help="review the change between two revisions, or what is staged",
        description="Reviews what HEAD changes since it left the base; the code is read from git.",
        epilog="examples:\n  reviewbot review\n  reviewbot review --base origin/main --head HEAD\n"
        "  reviewbot review --staged\n  reviewbot review --format sarif --output review.sarif",
    )
    command.add_argument(
        "--base", metavar="REF", help="default: origin's default branch, else main or master"
    )
    command.add_argument("--head", metavar="REF", help="default: HEAD")
    command.add_argument("--staged", action="store_true", help="review the index against HEAD")
    command.add_argument(
        "--policy-from-base",
        action="store_true",
        help="read the repository's policy file at the merge base, not as the change has it",
    )
    command.add_argument(
        "--review-file",
        metavar="FILE",
        help="write what `reviewbot publish` needs; reads the policy from the base",
    )
    command.add_argument(
        "--sarif-file", metavar="FILE", help="write SARIF there, whatever --format is"
    )
    command.add_argument(
        "--plan", metavar="FILE", help="write there what is worth a sanitizer run; run nothing"
    )
    _add_fail_on(command)


def _add_fail_on(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--fail-on",
        choices=("never", "block", "comment"),
        help="what makes the exit code 1: default: what the policy blocks",
    )


def _add_publish(commands: _Commands) -> None:
    command = commands.add_parser(
        "publish",
        help="post a review file on GitHub: comments, check run, job summary",
        description="Runs in a GitHub Actions job; the review file must be of the event's own "
        "commit and pull request. The token is read from GITHUB_TOKEN.",
        epilog="examples:\n  reviewbot publish --review-file reviewbot-review.json\n"
        "  reviewbot publish --review-file reviewbot-review.json --dry-run",
    )
    command.add_argument("--review-file", metavar="FILE", required=True, help="what review wrote")
    command.add_argument(
        "--evidence",
        metavar="FILE",
        action="append",
        default=[],
        help="what a sanitizer said; may be given again",
    )
    command.add_argument(
        "--max-comments", metavar="N", help="default: as the policy says; 0 posts what blocks alone"
    )
    command.add_argument(
        "--sticky", action="store_true", help="keep one summary comment on the pull request"
    )
    command.add_argument(
        "--resolve-threads",
        action="store_true",
        help="resolve the threads of fixed findings; needs the permission contents: write",
    )
    command.add_argument(
        "--dry-run", action="store_true", help="say what would be written, and write nothing"
    )
    _add_fail_on(command)


def _add_sanitize(commands: _Commands, parents: Sequence[_Parser]) -> None:
    command = commands.add_parser(
        "sanitize",
        parents=parents,
        help="build and run, under a sanitizer, what the review is not sure of",
        description="Runs code of the change in a sandbox (bubblewrap): without network, without "
        "your files, within limits. The policy's section `sanitizer` says how it is built.",
        epilog="examples:\n  reviewbot sanitize --local\n"
        "  reviewbot sanitize --local --base origin/main --budget 60\n"
        "  reviewbot review --plan plan.json && reviewbot sanitize --plan plan.json",
    )
    command.add_argument(
        "--local", action="store_true", help="review the change and run its plan here"
    )
    command.add_argument("--plan", metavar="FILE", help="run a plan that `review --plan` wrote")
    command.add_argument("--target", metavar="ID", help="of the plan, run this target alone")
    command.add_argument("--base", metavar="REF", help="with --local; default as for review")
    command.add_argument("--head", metavar="REF", help="with --local; default: HEAD")
    command.add_argument(
        "--budget", metavar="SECONDS", type=float, help="for all targets; default: the policy's"
    )
    command.add_argument(
        "--evidence-file", metavar="FILE", help="write what came of it, for `reviewbot publish`"
    )
    command.add_argument(
        "--unsafe-local",
        action="store_true",
        help="run without a sandbox code that you trust as you trust your own",
    )
    _add_fail_on(command)


def _add_scan(commands: _Commands, parents: Sequence[_Parser]) -> None:
    command = commands.add_parser(
        "scan",
        parents=parents,
        help="review whole files and directories, changed or not",
        description="Reviews files as they are on disk; in a repository, what git ignores is "
        "left out of directories. Outside of any, the first PATH's repository is taken for its "
        "policy and its names.",
        epilog="examples:\n  reviewbot scan src include/queue.h\n"
        "  reviewbot scan . --write-baseline .reviewbot-baseline.json\n"
        "  reviewbot scan . --baseline .reviewbot-baseline.json",
    )
    command.add_argument("paths", metavar="PATH", nargs="+", help="file or directory")


def _add_hook(commands: _Commands, parents: Sequence[_Parser]) -> None:
    command = commands.add_parser(
        "hook",
        parents=parents,
        help="the git hooks: what is staged, or what is pushed",
        description="pre-commit reviews what is staged against HEAD; pre-push what the remote "
        "does not have. Advisory unless the policy blocks; prints nothing if there is nothing "
        "to say.",
        epilog="examples:\n  reviewbot hook pre-commit\n"
        "  reviewbot hook pre-commit --policy strict\n  reviewbot hook pre-push",
    )
    command.add_argument("stage", choices=("pre-commit", "pre-push"))
    command.add_argument(
        "files", metavar="FILE", nargs="*", help="accepted and not needed: git is asked"
    )


def _add_explain(commands: _Commands) -> None:
    command = commands.add_parser(
        "explain",
        help="explain a finding of the last run, or a word of the reports",
        description="Tells the whole causal chain of a finding of the last run, or what a word "
        "means.",
        epilog="examples:\n  reviewbot explain 3f2a\n  reviewbot explain unordered",
    )
    command.add_argument("id", metavar="ID", help="fingerprint, its first letters, or a word")


def _add_demo(commands: _Commands, parents: Sequence[_Parser]) -> None:
    commands.add_parser(
        "demo",
        parents=parents,
        help="review a small built-in change, step by step",
        description="Makes a throw-away git repository with one change and reviews that.",
        epilog="example:\n  reviewbot demo",
    )


def _add_policy(commands: _Commands) -> None:
    command = commands.add_parser(
        "policy",
        help="check, show or tune a policy",
        epilog="examples:\n  reviewbot policy check\n  reviewbot policy show strict\n"
        "  reviewbot policy tune",
    )
    verbs = command.add_subparsers(
        dest="verb", metavar="VERB", required=True, prog="reviewbot policy"
    )
    check = verbs.add_parser(
        "check",
        help="say whether a policy file is valid",
        epilog="example:\n  reviewbot policy check .reviewbot.yaml",
    )
    check.add_argument(
        "source", metavar="NAME|FILE", nargs="?", help="default: .reviewbot.yaml at the root"
    )
    show = verbs.add_parser(
        "show",
        help="print a policy with every default filled in",
        epilog="example:\n  reviewbot policy show strict",
    )
    show.add_argument("source", metavar="NAME|FILE", nargs="?", help="default: what a run uses")
    tune = verbs.add_parser(
        "tune",
        help="suggest thresholds by what sanitizers said of the model's verdicts",
        epilog="examples:\n  reviewbot policy tune\n  reviewbot policy tune --ledger all.jsonl",
    )
    tune.add_argument("source", metavar="NAME|FILE", nargs="?", help="default: what a run uses")
    tune.add_argument("--ledger", metavar="FILE", help="default: the repository's own")
