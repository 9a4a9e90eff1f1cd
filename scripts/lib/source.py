"""Reading C, shell and Python sources line by line: code here, comments there."""

import re

STRING = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
C_TOKEN = re.compile(rf"({STRING})|(/\*.*?\*/|//[^\n]*)", re.DOTALL)
# A hash begins a comment at a line's start or after white space: not in $# or ${a#b}.
HASH_TOKEN = re.compile(r'(^|(?<=\s))(#[^\n]*)', re.MULTILINE)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def is_c(path):
    return path.endswith((".c", ".h"))


def blank(text):
    """As many lines, and nothing in them."""
    return "\n" * text.count("\n")


def code_of_c(text):
    return C_TOKEN.sub(lambda found: found.group(1) or " " + blank(found.group(2)), text)


def code(path):
    """The text of a file without its comments; lines keep their numbers."""
    text = read(path)
    if is_c(path):
        return code_of_c(text)
    return HASH_TOKEN.sub(r"\1", text)


def comments(path):
    """(line number, text) of each comment; line comments that follow each other are one."""
    text = read(path)
    if is_c(path):
        found = ((m.start(2), m.group(2)) for m in C_TOKEN.finditer(text) if m.group(2))
    else:
        found = ((m.start(2), m.group(2)) for m in HASH_TOKEN.finditer(text))
    last_end, first, lines = -2, 0, []
    for position, comment in found:
        number = text.count("\n", 0, position) + 1
        alone = not text[text.rfind("\n", 0, position) + 1:position].strip()
        if lines and (comment.startswith("/*") or number != last_end + 1 or not alone):
            yield first, "\n".join(lines)
            lines = []
        if not lines:
            first = number
        lines.extend(comment.split("\n"))
        last_end = number + comment.count("\n")
    if lines:
        yield first, "\n".join(lines)
