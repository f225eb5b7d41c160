"""The errors whose message is one clear sentence for the person who uses evallib."""


class EvallibError(Exception):
    """Base of every error that is meant to be read by a user as it stands."""


class BadInput(EvallibError):
    """A file, a column, a model or a setting cannot be used; the sentence says which, why and what to do."""


class BadRule(BadInput):
    """A rule cannot be used: its text, where in it something is wrong (start and end), and why."""

    def __init__(self, sentence: str, text: str = "", place: tuple[int, int] = (0, 0), why: str = "") -> None:
        super().__init__(sentence)
        self.text, self.place, self.why = text, place, why


class NotApplicable(EvallibError):
    """A method has nothing to say about this evaluation set; the sentence says why."""


class Cancelled(EvallibError):
    """The user stopped a long computation."""
