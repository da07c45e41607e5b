"""The graph on the web: pages for people, and the same pages as files.

A path and its parameters → ``pages``, which asks ``entitypage`` (one thing) or ``questionpage`` (a stored question) what
to say → a template in ``templates/`` → HTML. ``things`` has the names and the values, ``links`` the addresses. ``site``
writes every page as a file.
"""
