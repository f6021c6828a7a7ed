"""What can be wrong with a language model that a team hands over."""

from __future__ import annotations

from reviewbot.errors import ReviewbotError


class CannotUseModel(ReviewbotError):
    """The folder holds no causal language model that can be exported."""


class CannotUseAdapter(ReviewbotError):
    """The adapter does not fit its base, or is of a kind that cannot be merged."""


class CannotUseTokenizer(ReviewbotError):
    """The tokenizer cannot be read without its library, or does not part the answers."""


class CausalParityLost(ReviewbotError):
    """The exported language model does not write as the trained one does."""


class NothingToLearn(ReviewbotError):
    """There is no example that fits the model's context."""
