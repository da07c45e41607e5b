"""The endpoints that a user names: their file, and the login for each.

The file is ``endpoints.toml`` in the user's directory of settings, or the one that ``WCOGRAPH_ENDPOINTS`` names; nothing
in the current directory is read. A table for each endpoint::

    [office]
    url = "https://sparql.example.org/query"
    dataset = "named"    # union, named or server
    timeout = 120

A login is for the host that the user names, and comes from ``~/.netrc`` (``NETRC``) or from the environment:
``WCOGRAPH_ENDPOINT_USER`` and ``WCOGRAPH_ENDPOINT_PASSWORD``, or ``WCOGRAPH_ENDPOINT_TOKEN``.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace

from wcograph import layout
from wcograph.toolbox.arguments import unknown
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.output import read_text
from wcograph.toolbox.sparql.client import Endpoint
from wcograph.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DATASETS = ("union", "named", "server")
_LONGEST = 2**20
_KEYS = {"url": str, "dataset": str, "graphs": list, "timeout": (int, float), "max_bytes": int}


@dataclass(frozen=True)
class Named:
    """An endpoint and its data set: ``server`` (what the server decides), ``named`` (the union of the named graphs of
    the endpoint that ``endpoint.graphs`` lists), ``union`` (of all its named graphs), or an empty string (to find out).
    """

    endpoint: Endpoint
    dataset: str = ""


def find(name: str, timeout: float | None = None) -> Named:
    """Return the endpoint of a URL, or of a name in the user's file.

    Raises UsageError for a name that the file does not have, InputError for an ill-formed file.
    """
    values: dict[str, Any] = {"url": name} if "://" in name else _table(name)
    url = values["url"]
    dataset = values.get("dataset", "named" if "graphs" in values else "")
    # It checks the URL before a login is looked up for it.
    endpoint = Endpoint(url, agent=f"wcograph/{__version__}")
    graphs = values.get("graphs") or [f"{layout.NAMESPACE}graph/{role}" for role in layout.ROLES]
    endpoint = replace(
        endpoint,
        graphs=tuple(graphs) if dataset == "named" else (),
        seconds=timeout or values.get("timeout", endpoint.seconds),
        most_bytes=values.get("max_bytes", endpoint.most_bytes),
        login=_login(url),
    )
    return Named(endpoint, dataset)


def _file() -> str:
    if own := os.environ.get("WCOGRAPH_ENDPOINTS"):
        return own
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        base = os.path.join(home, "Library", "Application Support")
    else:
        base = os.environ.get("APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME", "")
        base = base if os.path.isabs(base) else os.path.join(home, ".config")
    return os.path.join(base, "wcograph", "endpoints.toml")


def _table(name: str) -> dict[str, Any]:
    import tomllib

    path = _file()
    if not os.path.exists(path):
        raise UsageError(f"{name!r} is not a URL, and there is no file of endpoints, {path}")
    try:
        tables = tomllib.loads(read_text(path, most=_LONGEST))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"is not TOML: {error}", file=path) from error
    if name not in tables:
        raise unknown("endpoint", name, tables)
    values = tables[name]
    if not isinstance(values, dict) or "url" not in values:
        raise InputError(f"[{name}] needs a url", file=path)
    for key, value in values.items():
        if key not in _KEYS:
            raise InputError(f"[{name}] has an unknown key {key!r} (keys: {', '.join(_KEYS)})", file=path)
        wrong = isinstance(value, bool) or not isinstance(value, _KEYS[key])  # type: ignore[arg-type]
        if wrong or (isinstance(value, int | float) and not 0 < value < 1e15):
            raise InputError(f"[{name}] has an ill-formed {key}", file=path)
    if values.get("dataset", "union") not in DATASETS:
        raise InputError(f"[{name}] has an unknown dataset (values: {', '.join(DATASETS)})", file=path)
    if not all(isinstance(graph, str) for graph in values.get("graphs", ())):
        raise InputError(f"[{name}] has ill-formed graphs", file=path)
    return values


def _login(url: str) -> str:
    """Return the header ``Authorization`` for the host of a URL; an empty string if there is no login for it."""
    from base64 import b64encode
    from netrc import NetrcParseError, netrc
    from urllib.parse import urlsplit

    token, own = os.environ.get("WCOGRAPH_ENDPOINT_TOKEN"), os.environ.get("NETRC")
    user, password = os.environ.get("WCOGRAPH_ENDPOINT_USER"), os.environ.get("WCOGRAPH_ENDPOINT_PASSWORD")
    if not (token or user):
        try:
            # Without a name, netrc also checks that others cannot read the file.
            found = netrc(own).hosts.get(urlsplit(url).hostname or "")
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, NetrcParseError):
            path = own or os.path.join(os.path.expanduser("~"), ".netrc")
            raise InputError("cannot be used: it is ill-formed, or others can read it", file=path) from None
        if not found:
            return ""
        user, _, password = found
    login = f"Bearer {token}"
    if not token:
        pair = f"{user or ''}:{password or ''}"
        login = f"Basic {b64encode(pair.encode()).decode()}"
    if not login.isascii() or not login.isprintable():
        raise UsageError("the token of the endpoint has characters that a header cannot have")
    return login
