"""The graph on the web: one process that answers, and child processes for the queries of strangers.

A request goes through `app` (cache, checks, log) to one of the `handlers`. A question is answered in a thread, a page is
made in one, too (`pages`), and SPARQL goes to the `pool`, whose child processes (`children`) can be ended. `server` runs it
all on a port.
"""
