#!/usr/bin/env python3
"""Explores all interleavings of transactions that want the lock of one key.

    python3 test/model/key_lock.py [--quick] [NAME...]      prints TAP

The lock is a field in shared memory (base/lock_fields.c) with one of three values:

    free        whoever changes it to "held" has the lock
    held        somebody has it, and sets it back when his changes are visible
    deferring   it is decided by a heavyweight lock with the same number: who gets that may change the
                field to "held"

A prepared transaction keeps its lock without a backend, and after a crash without the memory,
so it takes the heavyweight lock before it is prepared, and leaves the field "deferring".  After a
crash all fields are "deferring", too.  A crash ends all transactions that are neither prepared nor
committed.  Nobody waits but who is about to be prepared.

What is explored: two transactions never have the lock at one time, from when a try has succeeded until what was
written is visible, or rolled back; and who is alone gets it.

A case that "holds" must hold; one that leaves a rule out must fail, and its
schedule is printed.  The exit status says whether all went as it should.
"""
import itertools
import sys

sys.dont_write_bytecode = True
from protocol import report, runner  # noqa: E402

QUICK = 40000                   # states of a case
LIMIT = 2000000                 # states of a configuration

FREE, HELD, DEFERRING = 'free', 'held', 'deferring'


class World:
    """The field, the holder of the heavyweight lock, crashes to come, and each transaction: (step, has the lock)."""

    def __init__(self, field, heavy, crashes, members):
        self.field, self.heavy, self.crashes, self.members = field, heavy, crashes, members

    def key(self):
        return self.field, self.heavy, self.crashes, self.members

    def to(self, n, step, has=None, field=None, heavy=''):
        """The world after a step of member n; heavy: who has that lock now, or '' as before."""
        before = self.members[n]
        member = (step, before[1] if has is None else has)
        return World(field or self.field, self.heavy if heavy == '' else heavy, self.crashes,
                     self.members[:n] + (member,) + self.members[n + 1:])


def release_heavy(w, n):
    return None if w.heavy == n else w.heavy


# Steps: (world, member, does it prepare, rule left out) to the worlds that can follow

def begin(w, n, prepares, mutant):
    following = {FREE: 'swap_free', HELD: 'refused', DEFERRING: 'try_heavy'}
    return [w.to(n, following[w.field])]


def swap_free(w, n, prepares, mutant):
    if w.field == FREE:
        return [w.to(n, 'write', True, field=HELD)]
    return [w.to(n, 'begin')]


def try_heavy(w, n, prepares, mutant):
    if mutant == 'no_heavy_lock':
        return [w.to(n, 'swap_deferring')]
    if w.heavy not in (None, n):
        return [w.to(n, 'refused')]
    return [w.to(n, 'swap_deferring', heavy=n)]


def swap_deferring(w, n, prepares, mutant):
    if w.field == DEFERRING or mutant == 'no_swap':
        return [w.to(n, 'write', True, field=HELD)]
    return [w.to(n, 'begin', heavy=release_heavy(w, n))]


def refused(w, n, prepares, mutant):
    return [w.to(n, 'over', heavy=release_heavy(w, n))]


def write(w, n, prepares, mutant):
    if not prepares:
        return [w.to(n, 'release_field' if mutant == 'released_first' else 'visible')]
    return [w.to(n, 'prepare' if mutant == 'prepared_without' else 'lock_heavy')]


def visible(w, n, prepares, mutant):
    return [w.to(n, 'over' if mutant == 'released_first' else 'release_field', False)]


def release_field(w, n, prepares, mutant):
    if mutant == 'released_first':
        return [w.to(n, 'visible', field=FREE, heavy=release_heavy(w, n))]
    return [w.to(n, 'release_heavy', field=FREE)]


def release_heavy_step(w, n, prepares, mutant):
    return [w.to(n, 'over', heavy=release_heavy(w, n))]


def lock_heavy(w, n, prepares, mutant):
    """The only step that waits."""
    return [w.to(n, 'prepare', heavy=n)] if w.heavy in (None, n) else []


def prepare(w, n, prepares, mutant):
    return [w.to(n, 'leave_field')]


def leave_field(w, n, prepares, mutant):
    return [w.to(n, 'prepared', field=FREE if mutant == 'left_free' else DEFERRING)]


def prepared(w, n, prepares, mutant):
    """COMMIT PREPARED or ROLLBACK PREPARED, by whomever."""
    return [w.to(n, 'release_heavy', False)]


STEPS = {f.__name__: f for f in (begin, swap_free, try_heavy, swap_deferring, refused, write, visible,
                                 release_field, lock_heavy, prepare, leave_field, prepared)}
STEPS['release_heavy'] = release_heavy_step
ROLLS_BACK = {'swap_free', 'try_heavy', 'swap_deferring', 'write', 'lock_heavy', 'prepare'}
SURVIVES = {'leave_field', 'prepared'}


def roll_back(w, n):
    """What was written is gone before the field is set back; a transaction that was to be prepared leaves it deferring."""
    step, has = w.members[n]
    if not has:
        return w.to(n, 'over', heavy=release_heavy(w, n))
    if step in ('lock_heavy', 'prepare'):
        return w.to(n, 'release_heavy', False, field=DEFERRING)
    return w.to(n, 'release_field', False)


def crash(w, mutant):
    members = tuple(('prepared', True) if step in SURVIVES else
                    ('begin' if step == 'begin' else 'over', False) for step, has in w.members)
    owners = [n for n, m in enumerate(members) if m[0] == 'prepared']
    return World(FREE if mutant == 'starts_free' else DEFERRING, owners[0] if owners else None,
                 w.crashes - 1, members)


def check(w):
    owners = [n + 1 for n, (step, has) in enumerate(w.members) if has]
    if len(owners) > 1:
        return f'{owners} have the lock'
    return None


def explore(programs, crashes, mutant, limit):
    """All states that can be reached, and what is wrong in one with the way to it, or None."""
    first = World(DEFERRING, None, crashes, tuple(('begin', False) for _ in programs))
    known = {first.key()}
    todo = [(first, ())]
    while todo:
        w, way = todo.pop()
        wrong = check(w)
        if wrong:
            return len(known), (wrong, list(way))
        if len(known) > limit:
            return len(known), None
        after = []
        for n, (step, has) in enumerate(w.members):
            if step == 'over':
                continue
            after += [(to, f'{n + 1} {step}') for to in STEPS[step](w, n, programs[n], mutant)]
            if step in ROLLS_BACK:
                after.append((roll_back(w, n), f'{n + 1} rolls back'))
        if w.crashes:
            after.append((crash(w, mutant), 'crash'))
        if not after and w.field == HELD:
            return len(known), ('all are over, and the field is held', list(way))
        if not after and any(step != 'over' for step, has in w.members):
            return len(known), ('somebody waits forever', list(way))
        for to, name in after:
            if to.key() not in known:
                known.add(to.key())
                todo.append((to, way + (name,)))
    return len(known), None


# --- cases ---

def kinds(n):
    """Which of n transactions are prepared."""
    return itertools.product((False, True), repeat=n)


def configurations(n, crashes, mutant=''):
    for programs in kinds(n):
        yield programs, crashes, mutant


CASES = [   # name, must it hold, configurations
    ('two transactions', True, lambda: configurations(2, 0)),
    ('three transactions', True, lambda: configurations(3, 0)),
    ('four transactions', True, lambda: configurations(4, 0)),
    ('three transactions and two crashes', True, lambda: configurations(3, 2)),
    ('four transactions and a crash', True, lambda: configurations(4, 1)),
    ('no_heavy_lock', False, lambda: configurations(3, 0, 'no_heavy_lock')),
    ('no_swap', False, lambda: configurations(3, 0, 'no_swap')),
    ('released_first', False, lambda: configurations(2, 0, 'released_first')),
    ('prepared_without', False, lambda: configurations(3, 0, 'prepared_without')),
    ('left_free', False, lambda: configurations(2, 0, 'left_free')),
    ('starts_free', False, lambda: configurations(2, 1, 'starts_free')),
]

if __name__ == '__main__':
    sys.exit(report(CASES, runner(explore, QUICK, LIMIT), sys.argv[1:]))
