"""The graph on the web: pages for people, the same pages as files, and SPARQL and REST for programs.

A path and its parameters → ``pages``, which asks ``entitypage`` (one thing) or ``questionpage`` (a stored question) what
to say → a template in ``templates/`` → HTML. ``things`` has the names and the values, ``links`` the addresses. ``site``
writes every page as a file.

A request goes through ``app`` (cache, checks, log) to one of the ``handlers``. A question is answered in a thread, a page is
made in one, too, and SPARQL goes to the ``pool``, whose child processes (``children``) can be ended. ``server`` runs it
all on a port.
"""
