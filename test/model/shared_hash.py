#!/usr/bin/env python3
"""Explores all interleavings of writers, folds and fills whose keys have one hash.

    python3 test/model/shared_hash.py [--quick] [NAME...]      prints TAP

A reader that reads the state by an index over the hash of the key, the newest versions
first, leaves a hash when it has come to a row that its snapshot sees (read/merge_newest.c).
Another key with the same hash may have a row, too, anywhere in the index; then there must be a
note in the delta table that the snapshot sees (commit/shared_hash.c).  What is explored is who writes
notes, and when:

    writer    has the lock of the hash, which all its keys share; looks its row up among all
              that are committed, or its own; inserts it; writes a note if it has met
              another key.  Without the lock it appends a delta row
    fold      the same with what delta rows of a key come to; never takes notes
    fill      writes all rows anew, with all others kept out, and a note if two have one hash

After each step, each snapshot that can exist, a prefix of the order in which transactions become
visible, is asked: does it see one row of the hash at most, or a note?  And, since writers and folds are
there: do state and deltas give what the transactions that it sees have inserted and deleted?

A case that "holds" must hold; one that leaves a rule out must fail, and its
schedule is printed.  The exit status says whether all went as it should.
"""
import itertools
import sys

sys.dont_write_bytecode = True
from protocol import report, runner  # noqa: E402

QUICK = 40000                   # states of a case
LIMIT = 2000000                 # states of a configuration
COMMITTED = 0                   # wrote what is there at the start


class World:
    """What is stored, who is visible, who has the lock, and where each transaction is."""

    def __init__(self, rows, visible, owner, places):
        self.rows, self.visible, self.owner, self.places = rows, visible, owner, places

    def key(self):
        return self.rows, self.visible, self.owner, self.places


# A row is (table, key, value, number, xmin, xmax): table 's'tate, 'd'elta or 'n'ote

def sees(row, seen):
    return row[4] in seen and row[5] not in seen


def of_key(rows, table, key, seen):
    return [r for r in rows if r[0] == table and r[1] == key and sees(r, seen)]


def put(rows, table, key, value, me):
    number = 1 + max((r[3] for r in rows), default=0)
    return rows | {(table, key, value, number, me, None)}


def delete(rows, row, me):
    return rows - {row} | {row[:5] + (me,)}


def store(rows, key, change, me, seen, mutant):
    """Add to a key's state row what has changed; a note if another key is met."""
    found = of_key(rows, 's', key, seen)
    value = change + (found[0][2] if found else 0)
    if found:
        rows = delete(rows, found[0], me)
    if value == 0:
        return rows
    rows = put(rows, 's', key, value, me)
    others = [r for r in rows if r[0] == 's' and r[1] != key and sees(r, seen)]
    if not found and others and mutant != 'no_note' and not of_key(rows, 'n', key, seen):
        rows = put(rows, 'n', key, 0, me)
    return rows


# --- transactions: steps that take (world, me, what they remember) to such triples, or () if they wait ---

def finish(steps, mutant):
    """The last steps: it becomes visible, and then its lock is free."""
    def visible(w, me, kept):
        return World(w.rows, w.visible + (me,), w.owner, w.places), kept

    def release(w, me, kept):
        return World(w.rows, w.visible, None if w.owner == me else w.owner, w.places), kept
    return steps + ([release, visible] if mutant == 'released_first' else [visible, release])


def look(w, me, mutant, kept):
    """Whom a look-up sees: all that is committed by now, and the own transaction."""
    return kept if mutant == 'old_snapshot' else frozenset(w.visible) | {COMMITTED, me}


def writer(changes, mutant=''):
    def begin(w, me, kept):
        return w, frozenset(w.visible) | {COMMITTED, me}

    def step(key, change):
        def lock(w, me, kept):
            owner = me if w.owner is None else w.owner
            return World(w.rows, w.visible, owner, w.places), kept

        def write(w, me, kept):
            if w.owner == me:
                rows = store(w.rows, key, change, me, look(w, me, mutant, kept), mutant)
            else:
                rows = put(w.rows, 'd', key, change, me)
            return World(rows, w.visible, w.owner, w.places), kept
        return [lock, write]
    return finish([begin] + [s for c in changes for s in step(*c)], mutant), list(changes)


def folder(mutant=''):
    def begin(w, me, kept):
        return World(w.rows, w.visible, me if w.owner is None else w.owner, w.places), None

    def fold(w, me, kept):
        rows = w.rows
        if w.owner != me:
            return w, kept
        seen = frozenset(w.visible) | {COMMITTED, me}
        for key in sorted({r[1] for r in rows}):
            deltas = of_key(rows, 'd', key, seen)
            if mutant == 'notes_folded':
                deltas += of_key(rows, 'n', key, seen)
            if not deltas:
                continue
            for row in deltas:
                rows = delete(rows, row, me)
            rows = store(rows, key, sum(r[2] for r in deltas), me, seen,
                         'no_note' if mutant == 'folds_note_nothing' else mutant)
        return World(rows, w.visible, w.owner, w.places), kept
    return finish([begin, fold], mutant), []


def filler(mutant=''):
    def lock(w, me, kept):
        return None if w.owner is not None else (World(w.rows, w.visible, me, w.places), None)

    def fill(w, me, kept):
        seen = frozenset(w.visible) | {COMMITTED, me}
        rows = w.rows
        sums = {}
        for row in sorted(r for r in rows if sees(r, seen)):
            if row[0] != 'n':
                sums[row[1]] = sums.get(row[1], 0) + row[2]
            rows = delete(rows, row, me)
        for key, value in sorted(sums.items()):
            if value:
                rows = put(rows, 's', key, value, me)
        if len([v for v in sums.values() if v]) > 1 and mutant != 'fills_note_nothing':
            rows = put(rows, 'n', min(sums), 0, me)
        return World(rows, w.visible, w.owner, w.places), None
    return finish([lock, fill], mutant), []


# --- exploring ---

def check(w, programs, start):
    for n in range(len(w.visible) + 1):
        seen = frozenset(w.visible[:n]) | {COMMITTED}
        rows = [r for r in w.rows if sees(r, seen)]
        states = [r[1] for r in rows if r[0] == 's']
        if len(states) != len(set(states)):
            return f'two rows of a key are seen by {sorted(seen)}'
        if len(states) > 1 and not any(r[0] == 'n' for r in rows):
            return f'two rows of the hash and no note are seen by {sorted(seen)}'
        truth = dict(start)
        for me in w.visible[:n]:
            for key, change in programs[me - 1][1]:
                truth[key] = truth.get(key, 0) + change
        stored = {}
        for row in rows:
            if row[0] != 'n':
                stored[row[1]] = stored.get(row[1], 0) + row[2]
        if {k: v for k, v in truth.items() if v} != {k: v for k, v in stored.items() if v}:
            return f'{stored} instead of {truth} is seen by {sorted(seen)}'
    return None


def explore(programs, start, faults, limit):
    """All states that can be reached, and what is wrong in one with the way to it, or None."""
    rows = frozenset(('s', key, value, n, COMMITTED, None) for n, (key, value) in enumerate(sorted(start), 1))
    first = World(rows, (), None, tuple((0, None) for _ in programs))
    known = {first.key()}
    todo = [(first, ())]
    while todo:
        w, way = todo.pop()
        wrong = check(w, programs, start)
        if wrong:
            return len(known), (wrong, list(way))
        if len(known) > limit:
            return len(known), None
        for n, (place, kept) in enumerate(w.places):
            steps = programs[n][0]
            me = n + 1
            after = []
            if place < len(steps):
                done = steps[place](w, me, kept)
                if done:
                    after.append((done[0], place + 1, done[1], steps[place].__name__))
                if me in faults and 0 < place and me not in w.visible:
                    # it rolls back: what it has written is seen by nobody, what it has deleted is there
                    undone = frozenset(r[:5] + (None,) if r[5] == me else r for r in w.rows if r[4] != me)
                    after.append((World(undone, w.visible, None if w.owner == me else w.owner, w.places),
                                  len(steps), None, 'roll back'))
            for to, place2, kept2, name in after:
                to.places = w.places[:n] + ((place2, kept2),) + w.places[n + 1:]
                if to.key() not in known:
                    known.add(to.key())
                    todo.append((to, way + (f'{me} {name}',)))
    return len(known), None


# --- cases ---

CHANGES = [[('a', 1)], [('b', 1)], [('a', -1)], [('a', 1), ('b', 1)], [('b', 1), ('a', -1)], [('a', -1), ('a', 1)]]
STARTS = [(), (('a', 1),), (('a', 1), ('c', 1))]


def possible(changes, start):
    """No group has fewer rows than none, in whatever order."""
    have = dict(start)
    return all(have.get(k, 0) + sum(min(c, 0) for change in changes for key, c in change if key == k) >= 0
               for k in 'abc')


def starts():
    return STARTS[:2]


def histories(mutant='', more=(), faults=(), writers=2):
    for start in starts():
        for changes in itertools.combinations_with_replacement(CHANGES, writers):
            if possible(changes, start):
                yield [writer(c, mutant) for c in changes] + [m(mutant) for m in more], start, faults


CASES = [   # name, must it hold, configurations
    ('three writers', True, lambda: histories(writers=3)),
    ('two writers and a fold', True, lambda: histories(more=(folder,))),
    ('two writers and two folds', True, lambda: histories(more=(folder, folder))),
    ('two writers, a fold and a fill', True, lambda: histories(more=(folder, filler))),
    ('writers and a fold that are cancelled', True, lambda: histories(more=(folder,), faults=(1, 2, 3))),
    ('no_note', False, lambda: histories('no_note')),
    ('old_snapshot', False, lambda: histories('old_snapshot')),
    ('released_first', False, lambda: histories('released_first')),
    ('notes_folded', False, lambda: histories('notes_folded', more=(folder,))),
    ('folds_note_nothing', False, lambda: histories('folds_note_nothing', more=(folder,), writers=3)),
    ('fills_note_nothing', False, lambda: histories('fills_note_nothing', more=(filler,))),
]

if __name__ == '__main__':
    sys.exit(report(CASES, runner(explore, QUICK, LIMIT), sys.argv[1:]))
