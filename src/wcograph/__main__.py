"""``python -m wcograph``: the command line."""

from wcograph.cli import command

if __name__ == "__main__":
    command()
