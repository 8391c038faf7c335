#!/usr/bin/env python3
"""Explores all interleavings of writers and folds of a count(DISTINCT v) of one group.

    python3 test/model/distinct.py [--quick] [NAME...]      prints TAP

A model of src/commit/distinct_delta.c.  At commit a writer has changed rows (id, value) of the base
table, and finds out for each value whether it has come or gone:

    lock      the view: 'w' (RowExclusive); each value: 's'hared if rows are only added, else 'x'
    look      under a snapshot taken then: was there a row of the value, is there one?
    first     of a value that is shared and looks new, the right to be first, 'x'; then look again
    append    the difference, as a delta row
    show      the transaction becomes visible, then its locks go

A writer that cannot or will not look - there is no index, or too many values - appends a *dirty*
delta, at any time, and locks the view 'd' (Share) before it shows: many may at a time, but none
beside those who look.  One that finds out that it cannot look when it has its locks already takes the
right to be first of all its values instead.

Folds replace the deltas that they see by the state, which they compute from the base table if one
is dirty.  How state and delta rows are locked is protocol.py's; here one fold comes after the
other.  After each step, state and deltas are compared with the definition in every snapshot that
can exist, unless one of the deltas is dirty.
"""
import sys

sys.dont_write_bytecode = True
from protocol import report, runner

QUICK = 60000                   # states of a case
LIMIT = 1000000                 # states of a configuration
CONFLICTS = {'wd', 'dw', 'sx', 'xs', 'xx'}
BASE = {'r1': 1, 'r2': 1, 'r3': 2}      # rows that are there, and their values


class World:
    def __init__(self, programs):
        # base: id -> [value, xmin, xmax]; deltas, states: [value, xmin, xmax]
        self.base = {r: (v, 0, None) for r, v in BASE.items()}
        self.deltas, self.states = (), ((len(set(BASE.values())), 0, None),)
        self.locks, self.visible = frozenset(), ()
        self.procs = tuple((0, frozenset(), None) for _ in programs)    # step, what is known, seen

    def copy(self):
        w = World.__new__(World)
        w.__dict__.update(self.__dict__)
        w.base = dict(self.base)
        return w

    def key(self):
        return (tuple(sorted(self.base.items())), self.deltas, self.states, self.locks, self.visible, self.procs)

    def lock(self, tid, tag, mode):
        if any(t == tag and o != tid and m + mode in CONFLICTS for t, m, o in self.locks):
            return False
        self.locks |= {(tag, mode, tid)}
        return True


def sees(seen, row):
    return row[1] in seen and row[2] not in seen


def define(w, seen):
    return len({row[0] for row in w.base.values() if sees(seen, row)})


def net(changes):
    """Value -> rows added, less those removed."""
    result = {}
    for sign, row, value in changes:
        result[value] = result.get(value, 0) + sign
    return {v: n for v, n in result.items() if n != 0}


def writer(changes, kind='looks', rule=''):
    """kind: looks, dirty, or late: it has its locks when it finds out that it cannot look."""
    values = net(changes)

    def execute(w, tid, known, seen):
        for sign, row, value in changes:
            if sign > 0:
                w.base[row] = (value, tid, None)
            elif w.base[row][2] is not None:
                return None     # another has removed it: no transaction of this kind
            else:
                w.base[row] = w.base[row][:2] + (tid,)
        return known, seen

    def mark(w, tid, known, seen):
        w.deltas += (('dirty', tid, None),)
        return known, seen

    def lock_view(mode):
        return lambda w, tid, known, seen: (known, seen) if w.lock(tid, 'view', mode) else None

    def lock_value(value):
        mode = 's' if all(sign > 0 for sign, row, v in changes if v == value) else 'x'
        if rule == 'deletions_share':
            mode = 's'
        return lambda w, tid, known, seen: (known, seen) if w.lock(tid, ('value', value), mode) else None

    def snapshot(w, tid, known, seen):
        return known, frozenset(w.visible) | {0, tid}

    def was_there(w, seen, tid, value):
        return any(row[0] == value and sees(seen - {tid}, row) for row in w.base.values())

    def first(value):
        def step(w, tid, known, seen):
            if rule == 'no_first' or (('value', value), 'x', tid) in w.locks or was_there(w, seen, tid, value):
                return known, seen
            return (known, seen) if w.lock(tid, ('first', value), 'x') else None
        return step

    def first_of_all(value):
        return lambda w, tid, known, seen: (known, seen) if w.lock(tid, ('first', value), 'x') else None

    def append(w, tid, known, seen):
        delta = 0
        for value in values:
            is_there = any(row[0] == value and sees(seen, row) for row in w.base.values())
            delta += is_there - was_there(w, seen, tid, value)
        if delta:
            w.deltas += ((delta, tid, None),)
        return known, seen

    steps = [execute]
    locks = [lock_value(v) for v in sorted(values)]
    firsts = [first(v) for v in sorted(values)]
    if kind == 'dirty':
        steps += [mark] + ([] if rule == 'dirty_unlocked' else [lock_view('d')])
    elif kind == 'late':
        steps += [lock_view('w')] + locks + \
            ([] if rule == 'late_not_first' else [first_of_all(v) for v in sorted(values)]) + [mark]
    elif rule == 'look_before_locks':
        steps += [snapshot, lock_view('w')] + locks + firsts + [append]
    elif rule == 'no_second_look':
        steps += [lock_view('w')] + locks + [snapshot] + firsts + [append]
    else:
        steps += [lock_view('w')] + locks + [snapshot] + firsts + [snapshot, append]
    return steps + ([unlock, show] if rule == 'unlock_before_visible' else [show, unlock])


def show(w, tid, known, seen):
    w.visible += (tid,)
    return known, seen


def unlock(w, tid, known, seen):
    w.locks = frozenset(lock for lock in w.locks if lock[2] != tid)
    return known, seen


def folder(rule=''):
    def take(w, tid, known, seen):
        if not w.lock(tid, 'key', 'x'):
            return None
        return known, frozenset(w.visible) | {0, tid}

    def fold(w, tid, known, seen):
        taken = [d for d in w.deltas if sees(seen, d)]
        if not taken:
            return known, seen
        state = sum(s[0] for s in w.states if sees(seen, s))
        if any(d[0] == 'dirty' for d in taken):
            state = define(w, seen)
        else:
            state += sum(d[0] for d in taken)
        w.deltas = tuple(d[:2] + (tid,) if d in taken else d for d in w.deltas)
        w.states = tuple(s[:2] + (tid,) if sees(seen, s) else s for s in w.states) + ((state, tid, None),)
        return known, seen

    return [take, fold, show, unlock]


def check(w):
    for n in range(len(w.visible) + 1):
        seen = frozenset(w.visible[:n]) | {0}
        deltas = [d[0] for d in w.deltas if sees(seen, d)]
        shown = sum(s[0] for s in w.states if sees(seen, s))
        if 'dirty' not in deltas and shown + sum(deltas) != define(w, seen):
            return f'after {seen}: {shown} and {deltas}, to be {define(w, seen)}'
    return None


def explore(programs, limit):
    start = World(programs)
    todo, known, states = [(start, [])], {start.key()}, 0
    while todo:
        w, path = todo.pop()
        states += 1
        if states > limit:
            break
        stuck = waiting = True
        waiting = False
        for i, program in enumerate(programs):
            step, facts, seen = w.procs[i]
            if step == len(program):
                continue
            new = w.copy()
            result = program[step](new, i + 1, facts, seen)
            if result is None:
                waiting = waiting or step > 0       # a first step that cannot be taken is no transaction
                continue
            stuck = False
            new.procs = new.procs[:i] + ((step + 1,) + result,) + new.procs[i + 1:]
            if new.key() in known:
                continue
            known.add(new.key())
            trace = path + [f'{i + 1}: {getattr(program[step], "__name__", "")} {step}']
            wrong = check(new)
            if wrong:
                return states, (wrong, trace)
            todo.append((new, trace))
        if stuck and waiting:
            return states, ('deadlock', path)
    return states, None


# --- cases ---

CHANGES = {
    'insert known': [(1, 'a', 2)],
    'insert new': [(1, 'b', 3)],
    'insert two new': [(1, 'c', 3), (1, 'd', 4)],
    'insert two, the other way': [(1, 'e', 4), (1, 'f', 3)],
    'delete last': [(-1, 'r3', 2)],
    'delete one': [(-1, 'r1', 1)],
    'delete other': [(-1, 'r2', 1)],
    'move': [(-1, 'r3', 2), (1, 'g', 3)],
    'move back': [(-1, 'r1', 1), (1, 'h', 2)],
    'insert many': [(1, 'i', 1), (1, 'j', 2), (1, 'k', 3)],
}


def named(name, n):
    """The changes, with rows of their own to add."""
    return [(sign, row if sign < 0 else f'{row}{n}', value) for sign, row, value in CHANGES[name]]


def pairs(kinds=(('looks', 'looks'),), rule='', folds=1, names=CHANGES):
    for a in names:
        for b in names:
            for first, second in kinds:
                yield ([writer(named(a, 1), first, rule), writer(named(b, 2), second, rule)] +
                       [folder(rule)] * folds,)


def threes(names, kinds=('looks', 'looks', 'looks'), rule=''):
    yield ([writer(named(name, n), kind, rule) for n, (name, kind) in enumerate(zip(names, kinds))] + [folder(rule)],)


MIXED = [('looks', 'dirty'), ('looks', 'late'), ('late', 'dirty'), ('late', 'late'), ('dirty', 'dirty')]

CASES = [   # name, must it hold, configurations
    ('two who look', True, lambda: pairs()),
    ('two folds', True, lambda: pairs(folds=2, names=['insert known', 'insert new', 'delete last', 'move'])),
    ('some dirty', True, lambda: pairs(MIXED)),
    ('three who insert', True, lambda: threes(['insert new'] * 3)),
    ('three who delete and insert', True, lambda: threes(['insert known', 'delete last', 'insert known'])),
    ('three, one dirty', True, lambda: threes(['insert new', 'insert new', 'insert two new'], ('looks', 'dirty', 'looks'))),
    ('three, one late', True, lambda: threes(['insert new', 'insert new', 'move'], ('looks', 'late', 'looks'))),
    ('deletions_share', False, lambda: pairs(rule='deletions_share')),
    ('no_first', False, lambda: pairs(rule='no_first')),
    ('no_second_look', False, lambda: pairs(rule='no_second_look')),
    ('look_before_locks', False, lambda: pairs(rule='look_before_locks')),
    ('unlock_before_visible', False, lambda: pairs(rule='unlock_before_visible')),
    ('dirty_unlocked', False, lambda: pairs(MIXED, 'dirty_unlocked')),
    ('late_not_first', False, lambda: pairs(MIXED, 'late_not_first')),
]

if __name__ == '__main__':
    sys.exit(report(CASES, runner(explore, QUICK, LIMIT), sys.argv[1:]))
