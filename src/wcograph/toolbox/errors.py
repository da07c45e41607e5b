"""The errors that wcograph raises: one family, each with the exit status that the command line gives it.

Every message is one line for a person: where, what, and what to do. The technical cause is kept as
``__cause__``; ``wcograph --debug`` prints it.
"""

# No __future__ import here: under `python -m`, it could be a file of the current directory.
_LONGEST_LINE = 300  # characters: three lines of a narrow terminal


class WcographError(Exception):
    """Base of all errors that wcograph raises on purpose."""

    exit_status = 70

    def _render_traceback_(self) -> list[str]:
        """Return what IPython and Jupyter show instead of a traceback: one line.

        >>> UsageError("there is no stored query 'x'")._render_traceback_()
        ["UsageError: there is no stored query 'x'"]
        """
        return [f"{type(self).__name__}: {one_line(str(self))}"]


class UsageError(WcographError):
    """A usage error: an unknown query or parameter, an ill-typed value, options that do not fit."""

    exit_status = 2


class InputError(WcographError):
    """An input cannot be read or is ill-formed (data, shapes, query), or an output cannot be written.

    ``file``, ``line`` and ``column`` (both from 1, in characters) are the location, as far as it is known; the
    message starts with it as ``file:line:column:``.

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
        """Keep the location and put it before the message."""
        self.file, self.line, self.column = file, line, column
        name = None if file is None else visible(file) or "''"
        place = ":".join(str(part) for part in (name, line, column) if part is not None)
        super().__init__(f"{place}: {message}" if place else message)


# Characters that count as printable and show nothing: fillers, and selectors of variants.
_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
_JOINERS = "\u200c\u200d"
# Blocks of the scripts that join their letters, or choose their forms, with U+200C and U+200D (Unicode, 23.2).
_JOINING = (
    *((0x0600, 0x07FF), (0x0840, 0x08FF), (0x0900, 0x0DFF), (0x1000, 0x109F), (0x1780, 0x18AF)),
    *((0xA840, 0xA87F), (0xA8E0, 0xA8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC), (0x11000, 0x11FFF)),
)
_NUMBER_SIGNS = (
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"  # format, and yet visible
)
_LONGEST_VISIBLE = 100_000  # characters


def visible(text: str) -> str:
    r"""Return ``text`` with escapes for characters that a terminal or a log would act on, or not show.

    These are control characters and line ends, bidirectional controls, tags, and other invisible characters, and also
    ``##[``, which begins a command in some logs. Joiners stay in emoji and between letters of scripts that use
    them. The result is valid in XML 1.0. Bytes of a file name that are not UTF-8, which
    Python keeps as surrogates (PEP 383), are shown as bytes.

    >>> visible("caf\u00e9\n\x1b[31m\udcff\u202e\U000e0041")
    'café\\n\\x1b[31m\\xff\\u202e\\U000e0041'
    >>> visible("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645") == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    True
    """
    if len(text) > _LONGEST_VISIBLE:
        text = f"{text[:_LONGEST_VISIBLE]} ... ({len(text):,} characters)"
    if text.isprintable() and _UNSEEN.isdisjoint(text) and "##[" not in text:
        return text
    shown = [
        character
        if (character.isprintable() and character not in _UNSEEN) or _is_seen(text, at)
        else _escaped(character)
        for at, character in enumerate(text)
    ]
    return "".join(shown).replace("##[", "#\\x23[")


def log_line(line: str) -> str:
    r"""Return a line of values that a terminal or a log can show; see ``visible``.

    A line that begins with ``::`` is a command to some logs (GitHub's), and loses that meaning.

    >>> log_line(" ::stop-commands::x\r")
    ' \\x3a:stop-commands::x\\r'
    """
    line = visible(line)
    text = line.lstrip()
    return f"{line[: len(line) - len(text)]}\\x3a{text[1:]}" if text.startswith("::") else line


def log_text(text: str) -> str:
    """Return a text for people with each of its lines as ``log_line`` writes it."""
    return "\n".join(map(log_line, text.split("\n")))


def _is_seen(text: str, at: int) -> bool:
    """Return whether a character that is not printable, or selects a variant, has its intended use here."""
    import unicodedata

    character = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if character in _NUMBER_SIGNS or unicodedata.category(character) == "Zs":
        return True
    if not before:
        return False
    kind = unicodedata.category(before)
    if character in _JOINERS and after:
        letters = all(any(a <= ord(c) <= b for a, b in _JOINING) for c in (before, after))
        emoji = character == "\u200d" and unicodedata.category(after) == "So"
        emoji = emoji and (kind in ("So", "Sk") or before == "\ufe0f")
        return emoji or (letters and kind[0] in "LM" and unicodedata.category(after)[0] in "LM")
    if character in "\ufe0e\ufe0f":
        return kind[0] == "S" or before in "0123456789#*\u203c\u2049"
    if character in "\u180b\u180c\u180d\u180f":
        return "\u1820" <= before <= "\u18aa"
    if character in _UNSEEN and character > "\ufdff":  # other selectors: of ideographs
        return kind == "Lo" and unicodedata.name(before, "").startswith("CJK")
    return False


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode()


def one_line(message: str) -> str:
    """Return a message as one line that a terminal can show: a long one loses its middle.

    A message begins with what is wrong and ends with what to do.

    >>> one_line("no  such\\nfile"), len(one_line("x" * 1000))
    ('no such file', 300)
    """
    if len(message) > 10 * _LONGEST_LINE:
        message = f"{message[: 5 * _LONGEST_LINE]} {message[-5 * _LONGEST_LINE :]}"
    line = visible(" ".join(message.split()))
    if len(line) <= _LONGEST_LINE:
        return line
    end = _LONGEST_LINE // 3
    return f"{line[: _LONGEST_LINE - end - 5]} ... {line[-end:]}"


class LimitError(WcographError):
    """A limit stopped the work: time, rows, or the effort of canonicalizing blank nodes."""

    exit_status = 4


class WcographWarning(UserWarning):
    """Something is wrong, but the answer is right (for example, the cache is not writable)."""
