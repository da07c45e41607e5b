"""The errors that wcograph raises: one family, each with the exit status that the command line gives it.

Every message is one line for a person: where, what, and what to do. The technical cause is kept as
``__cause__``; ``wcograph --debug`` prints it.
"""


class WcographError(Exception):
    """Base of all errors that wcograph raises on purpose."""

    exit_status = 70


class UsageError(WcographError):
    """The call is wrong: an unknown query or parameter, an ill-typed value, options that do not fit."""

    exit_status = 2


class InputError(WcographError):
    """An input cannot be read or is ill-formed (data, shapes, query), or an output cannot be written.

    ``file``, ``line`` and ``column`` (both from 1, in characters) say where, as far as it is known; the
    message starts with them as ``file:line:column:``.

    >>> str(InputError("expected '.'", file="a.ttl", line=3, column=14))
    "a.ttl:3:14: expected '.'"
    >>> str(InputError("no such file", file="a.ttl"))
    'a.ttl: no such file'
    """

    exit_status = 3

    def __init__(
        self, message: str, *, file: str | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        """Keep the place and put it before the message."""
        self.file, self.line, self.column = file, line, column
        place = ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(f"{place}: {message}" if place else message)


class LimitError(WcographError):
    """A limit stopped the work: time, rows, or the effort of canonicalizing blank nodes."""

    exit_status = 4


class WcographWarning(UserWarning):
    """Something is not as it should be, and the answer is right all the same (an unwritable cache, say)."""
