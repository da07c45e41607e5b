"""The graph as tools for assistants (Model Context Protocol): a server that says what it knows, and how well.

``server`` declares the tools and what a model reads about them. Each call goes to a child process (``worker``), so that
its time and memory have a limit, whatever it does. There, ``tools`` asks the same modules as the commands do,
``standing`` tells "no" from "not known" and from "the list is incomplete", and ``fitted`` keeps an answer short.
"""
