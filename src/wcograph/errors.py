"""The errors and the warning that wcograph raises; see ``wcograph.toolbox.errors``."""

from wcograph.toolbox.errors import InputError, LimitError, UsageError, WcographError, WcographWarning

__all__ = ["InputError", "LimitError", "UsageError", "WcographError", "WcographWarning"]
