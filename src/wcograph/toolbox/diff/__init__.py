"""What differs between two graphs, and how to write it: ``difference`` → ``changes``."""
