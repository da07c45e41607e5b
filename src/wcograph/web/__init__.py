"""The graph on the web: one process that answers, and child processes for the queries of strangers.

A request goes through `app` (caches, checks, routes). A question is answered in a thread (`questions`), a page is made there,
too (`pages`), and SPARQL goes to `pool`, whose child processes (`children`) can be ended. `server` runs it all on a port.
"""
