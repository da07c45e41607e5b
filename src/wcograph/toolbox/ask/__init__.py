"""Questions in plain words: which stored question fits, and the values of its parameters.

    stored queries and names  ──index──►  index  ──understand──►  candidates, best first

``words`` and ``dates`` know English and French; nothing here knows what the questions are about.
"""
