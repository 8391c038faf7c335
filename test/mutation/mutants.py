"""Mutants of C sources: one small change each, of the kinds that reviewers overlook.

candidates() yields all that a file allows; which of them are tried is up to mutate.py.  A
mutant is a change of one line.  Lines of comments, strings, declarations of files, assertions
and messages are left alone: what they say does not change what is computed.
"""
import re
from collections import namedtuple

Mutant = namedtuple("Mutant", "file line kind old new")

OPERATORS = [
    (r"(?<![<>=!\-+*/&|])<(?![<=])", ["<="], "boundary"),
    (r"(?<![<>=!\-])>(?![>=])", [">="], "boundary"),
    (r"<=", ["<"], "boundary"),
    (r"(?<!-)>=", [">"], "boundary"),
    (r"==", ["!="], "equality"),
    (r"!=", ["=="], "equality"),
    (r"&&", ["||"], "logic"),
    (r"\|\|", ["&&"], "logic"),
    (r"\+\+", ["--"], "arithmetic"),
    (r"\+=", ["-="], "arithmetic"),
    (r"(?<=\w) \+ (?=\w)", [" - "], "arithmetic"),
    (r"(?<=\w) - (?=\w)", [" + "], "arithmetic"),
]

CALL = re.compile(r"^\t+(?:\(void\) )?([A-Za-z_]\w*)\(.*\);$")
CONDITION = re.compile(r"^(\t+(?:else )?if \()((?:[^()]|\([^()]*\))+)(\))$")
RETURN = re.compile(r"^\t+return (true|false);$")
JUMP = re.compile(r"^\t+(continue|break);$")
ASSIGN = re.compile(r"^\t+[\w>.\[\]\-]+ = .*;$")

# Calls without which the same is computed, or which end the program
HARMLESS = re.compile(r"^(p?free|pfree|list_free\w*|bms_free|ereport|elog|err\w*|Assert\w*|"
                      r"MemoryContext\w+|CHECK_FOR_INTERRUPTS|pgstat_\w+|Explain\w+|initStringInfo|"
                      r"resetStringInfo|PG_RETURN\w*|ReleaseSysCache|va_\w+|INSTR_\w+|"
                      r"UnregisterSnapshot|PopActiveSnapshot|table_close|index_close|relation_close|"
                      r"heap_close|ExecClearTuple|ReleaseBuffer|close|check_stack_depth)$")
SKIPPED = re.compile(r"\b(Assert\w*|ereport|elog|errmsg|errdetail|errhint|errcode|StaticAssert\w*|"
                     r"likely|unlikely_never|for \(int|foreach)\b")


def code_of(line):
    """The line with strings, character constants and comments blanked, in the same columns."""
    blank = lambda m: " " * len(m.group())
    return re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|/\*.*?(?:\*/|$)', blank, line)


def of_line(code, line):
    call = CALL.match(code)
    if call and not HARMLESS.match(call.group(1)):
        yield "dropped call", "\t;"
        return
    if RETURN.match(code):
        yield "return", line.replace("true", "\0").replace("false", "true").replace("\0", "false")
        return
    if JUMP.match(code):
        yield "dropped jump", "\t;"
        return
    condition = CONDITION.match(code)
    if condition:
        start, end = condition.span(2)
        yield "negated condition", line[:start] + "!(" + line[start:end] + ")" + line[end:]
        yield "condition never true", line[:start] + "false && (" + line[start:end] + ")" + line[end:]
    if SKIPPED.search(code):
        return
    for pattern, replacements, kind in OPERATORS:
        for m in re.finditer(pattern, code):
            for replacement in replacements:
                yield kind, line[:m.start()] + replacement + line[m.end():]


def candidates(path, text):
    comment = message = False
    for number, line in enumerate(text.split("\n"), 1):
        if comment:
            comment = "*/" not in line
            continue
        if re.match(r"\s*/\*", line):
            comment = "*/" not in line
            continue
        if message:                       # the rest of a call over several lines
            message = not line.rstrip().endswith(";")
            continue
        code = code_of(line)
        if re.match(r"\t+(ereport|elog|Assert)\w*\(", code):
            message = not code.rstrip().endswith(";")
            continue
        if not line.startswith("\t") or line.lstrip().startswith("#"):
            continue
        if re.match(r"\t[A-Za-z_ ]+\s+\*?\w+(\s*=\s*[^;]*)?;$", code) and "=" not in code:
            continue
        for kind, new in of_line(code, line):
            yield Mutant(path, number, kind, line, new)
