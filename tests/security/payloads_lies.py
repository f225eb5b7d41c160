"""What a worker may say instead of the truth, and how a process tells it.

`LIES` are told when a model is asked, `DESCRIPTIONS` when it is loaded, `ENDS` are no words at all.
"""

from __future__ import annotations

from dataclasses import dataclass

WORDS = """
import json, os, socket, sys, time

def framed(body):
    return len(body).to_bytes(4, "big") + body

def tell(data):
    while data:
        data = data[os.write(line, data):]

def reply(**parts):
    tell(framed(json.dumps(parts).encode()))

def hear():
    os.read(line, 1 << 16)

line = int(sys.argv[2])
"""
"""Names that the lies share."""


@dataclass(frozen=True)
class Lie:
    """source: what is done instead of answering.     sentence: a pattern of what the parent then says."""

    name: str
    source: str
    sentence: str


NONSENSE = "gave no readable answer"

LIES = (
    Lie("a length without end", 'tell(b"\\xff\\xff\\xff\\xff" + b"x" * 9_000_000)', f"{NONSENSE}|ended its own"),
    Lie("bytes without end", 'tell(b"\\x00\\x7f\\xff\\xff" + b"x" * 50_000_000)', f"{NONSENSE}|ended its own"),
    Lie("half a reply", 'tell(b"\\x00\\x00\\x00\\x64{")', "took longer"),
    Lie("half a length", 'tell(b"\\x00")', "took longer"),
    Lie("a reply in drops", 'for _ in range(90): tell(b"\\x00"); time.sleep(0.1)', f"{NONSENSE}|took longer"),
    Lie("no JSON", 'tell(framed(b"yes"))', NONSENSE),
    Lie("an empty reply", 'tell(framed(b""))', NONSENSE),
    Lie("no object", 'tell(framed(b"[1]"))', NONSENSE),
    Lie("no text", 'tell(framed(b"\\xff\\xfe\\x00"))', NONSENSE),
    Lie("deep JSON", 'tell(framed(b"[" * 1_000_000))', NONSENSE),
    Lie("deep objects", "tell(framed(b'{\"answer\":' * 200_000))", NONSENSE),
    Lie(
        "a number of a million digits", 'tell(framed(b\'{"answer":{"columns":\' + b"9" * 1_000_000 + b"}}"))', NONSENSE
    ),
    Lie("nothing at all", "reply()", NONSENSE),
    Lie("ok without an answer", "reply(ok=True)", NONSENSE),
    Lie("an answer without columns", "reply(answer={})", NONSENSE),
    Lie("a description instead", 'reply(description={"kind": "x", "gives": ["values"]})', NONSENSE),
    Lie("fewer columns than none", 'reply(answer={"columns": -1})', "gives -1 numbers per row"),
    Lie("infinitely many columns", 'tell(framed(b\'{"answer":{"columns":1e999}}\'))', NONSENSE),
    Lie("more columns than there is room", 'reply(answer={"columns": 10**12})', "gives 1000000000000 numbers per row"),
    Lie("two replies in one", 'tell(framed(b\'{"answer":{"columns":1}}\') * 2)', NONSENSE),
    Lie("an unknown complaint", 'reply(complaint={"kind": "please"})', NONSENSE),
    Lie(
        "a complaint that steers the terminal",
        r"""
        reply(complaint={"kind": "refused", "text": "\x1b[2J\x1b]0;x\x07\u202e\n\r" + "x" * 1_000_000})
        """,
        r"^M \[2J",
    ),
    Lie("a complaint of half a character", 'reply(complaint={"kind": "raised", "text": chr(0xD800)})', NONSENSE),
)

ENDS = (
    Lie("an end by a fault of memory", "import ctypes; ctypes.string_at(0)", r"\(SIGSEGV\)"),
    Lie("an end by its own choice", "import ctypes; ctypes.CDLL(None).abort()", r"\(SIG(ABRT|SYS)\)"),
    Lie("a good end without an answer", "os._exit(0)", r"\(exit code 0\)"),
    Lie(
        "a stack without end",
        """
        import sys
        sys.setrecursionlimit(10**9)
        def deeper(pair):
            return sorted([pair, pair], key=deeper)
        deeper(0)
        """,
        "ended its own process|RecursionError",
    ),
)

DESCRIPTIONS = {
    "a kind that steers the terminal": r'"kind": "\x1b[31m\u202e\n" + "x" * 100_000',
    "nothing to be asked for": '"gives": []',
    "something else to be asked for": '"gives": ["everything"]',
    "too many classes": '"gives": ["labels"], "classes": [str(n) for n in range(100_000)]',
    "long names of classes": r'"gives": ["labels"], "classes": ["\x1b[31m\n" + "x" * 1_000_000]',
    "long names of columns": r'"features": ["\x1b[31m\n" + "x" * 1_000_000]',
    "many names of columns": '"features": [f"column {n}" for n in range(200_000)]',
    "columns of no name": r'"features": ["", "\n", "\u202e"]',
    "fewer columns than none": '"n_features": -3',
    "more columns than there are numbers": '"n_features": 10**30',
    "types of columns that it does not take": '"types": {"x" * 100_000: "text"}',
    "unknown types": '"types": {"a": "code"}',
    "warnings that steer the terminal": r'"warnings": ["\x1b[31m\n" + "x" * 100_000] * 20',
    "versions that steer the terminal": r'"libraries": [["\x1b[31m\n", "x" * 100_000, "\n"]]',
    "further fields": '"trusted": ["os.system"]',
}
"""What is changed in an honest description, as source."""
