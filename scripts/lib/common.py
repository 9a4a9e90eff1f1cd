"""What the Python files beside it share."""

import os
import re
import sys


def wrong_usage(message):
    name = sys.argv[0]
    print(f"{os.path.basename(name)}: {message}; see {name} --help", file=sys.stderr)
    sys.exit(2)


def arguments(usage, options=()):
    """The words of the command line; --help prints USAGE and ends the program."""
    words = sys.argv[1:]
    if words[:1] in (["-h"], ["--help"]):
        print(usage.strip())
        sys.exit(0)
    if words and words[0].startswith("--") and words[0] not in options:
        wrong_usage(f"no option \"{words[0]}\"")
    return words
