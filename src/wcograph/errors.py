"""The errors that wcograph raises: one family, each with the exit status that the command line gives it.

Every message is one line for a person: where, what, and what to do. The technical cause is kept as
``__cause__``; ``wcograph --debug`` prints it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

_LONGEST_LINE = 300  # characters: three lines of a narrow terminal


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

    A name that would break the line, or act on a terminal, is shown with escapes:

    >>> str(InputError("no such file", file="a\\n\\x1b.ttl"))
    'a\\\\n\\\\x1b.ttl: no such file'
    """

    exit_status = 3

    def __init__(
        self, message: str, *, file: str | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        """Keep the place and put it before the message."""
        self.file, self.line, self.column = file, line, column
        name = None if file is None else visible(file) or "''"
        place = ":".join(str(part) for part in (name, line, column) if part is not None)
        super().__init__(f"{place}: {message}" if place else message)


def visible(text: str) -> str:
    r"""Give ``text`` with escapes for what a terminal would act on: controls, line ends, bidirectional marks.

    Bytes of a file name that are no UTF-8, which Python keeps as surrogates (PEP 383), are shown as bytes.

    >>> visible("caf\u00e9\n\x1b[31m\udcff")
    'café\\n\\x1b[31m\\xff'
    """
    if text.isprintable():
        return text
    import re  # most messages need none

    return re.sub("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", _escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def one_line(message: str) -> str:
    """Give a message as one line that a terminal can show: a long one loses its middle.

    What is wrong stands at the start of a message, and what to do at its end.

    >>> one_line("no  such\\nfile"), len(one_line("x" * 1000))
    ('no such file', 300)
    """
    line = visible(" ".join(message.split()))
    if len(line) <= _LONGEST_LINE:
        return line
    end = _LONGEST_LINE // 3
    return f"{line[: _LONGEST_LINE - end - 5]} ... {line[-end:]}"


class LimitError(WcographError):
    """A limit stopped the work: time, rows, or the effort of canonicalizing blank nodes."""

    exit_status = 4


class WcographWarning(UserWarning):
    """Something is not as it should be, and the answer is right all the same (an unwritable cache, say)."""
