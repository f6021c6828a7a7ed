"""Errors, named by consequence; each says what to do next and carries its exit code."""

from __future__ import annotations

EXIT_OK = 0
EXIT_BLOCKED = 1
EXIT_USAGE = 2
EXIT_BUG = 3
EXIT_INTERRUPTED = 130


class ReviewbotError(Exception):
    """Base of every error that is the user's to mend: a clear sentence, no traceback, exit 2."""

    exit_code = EXIT_USAGE


class NotARepository(ReviewbotError):
    """The working directory lies in no git repository."""


class CannotReadRevision(ReviewbotError):
    """A git revision does not name a commit here."""


class CannotFindMergeBase(ReviewbotError):
    """Base and head share no commit that is present locally."""


class GitFailed(ReviewbotError):
    """A git command failed in a way that no other error names."""


class BadPolicy(ReviewbotError):
    """A policy file is not valid; names the file, the key path, what was found, what is allowed."""


class BadBaseline(ReviewbotError):
    """A baseline file cannot be read."""


class BadInput(ReviewbotError):
    """A path or option given by the user cannot be used."""


class BundleDamaged(ReviewbotError):
    """A file of the model bundle is missing or its hash differs."""


class RuntimeMissing(ReviewbotError):
    """Neither onnxruntime nor onnxruntime-gpu is installed."""


class CannotWriteReport(ReviewbotError):
    """The report's output file cannot be written."""


class NoSandbox(ReviewbotError):
    """There is no sandbox to run a pull request's code in, and --unsafe-local was not given."""


class BadPlan(ReviewbotError):
    """An escalation plan or an evidence file cannot be read or does not fit its schema."""


class BadReviewFile(ReviewbotError):
    """A review or evidence file does not fit its schema, or is larger than any review."""


class WrongReviewFile(ReviewbotError):
    """A review file speaks of another repository, commit or pull request than the event."""


class BadEvent(ReviewbotError):
    """What GitHub tells the job about its event is missing or cannot be understood."""


class CannotPostReview(ReviewbotError):
    """GitHub did not take the review; what it would have said is in the job's summary."""
