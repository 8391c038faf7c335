#!/usr/bin/env python3
"""Explores all interleavings of writers, folds and an online build of one view.

    python3 test/model/build.py [--quick] [NAME...]      prints TAP

A model of how a view is filled, or put right, while its tables are written.  The
build is two transactions:

    mark      the view is *building*: who writes its tables from now on captures,
              and only appends delta rows; nobody writes state rows or slots, and
              nobody folds
    wait      for all who have a table locked for writing, and did not see that
    snapshot  L
    fill      what the definition gives under L becomes the state; the delta rows
              that L sees are deleted; the view is ready

A view that is filled for the first time is not read before (its readers run the
definition, as do those whose snapshots do not see the fill).  One that is put right is
read all the time; its state and deltas stay as they are until the fill.

What the locks of keys are about is protocol.py's; here a writer applies its change
in one step.  After each step, the view is compared with its definition in every
snapshot that can exist.

A case that "holds" must hold; one that leaves a rule out must fail, and its
schedule is printed.  The exit status says whether all went as it should.
"""
import sys

sys.dont_write_bytecode = True
import protocol
from protocol import BASE, NONE, World, Wrong, add, apply, commit_steps, define, report, runner, with_extreme

QUICK = 60000                   # states of a case
LIMIT = 2000000                 # states of a configuration
VIEW = ('view', 0)              # the catalogue row: unread, building, ready, or ready and building


def status(w, seen):
    value, = w.see(seen, 'view').values()
    return value


def newest(w, tid):
    """As whoever derives a plan finds it."""
    return status(w, w.snapshot(tid))


# --- programs ---

def writer(changes, mutant):
    """Changes as protocol.writer() has them."""
    def change(w, tid, v):
        if not w.try_lock(tid, 'table', 'w'):
            return 'change'
        v['how'] = newest(w, tid)
        v['seen'] = w.snapshot(tid)
        return 'write'

    def write(w, tid, v):
        deltas = {}
        for sign, name, *row in changes:
            if sign == '+':
                w.insert(tid, ('base', name), tuple(row))
                key, delta = row[0], (1, row[1], row[1], NONE)
            else:
                (rid, (key, x)), = w.see(v['seen'], 'base', name).items()
                w.delete(tid, rid)
                delta = (-1, -x, NONE, x)
            deltas[key] = add(deltas[key], delta) if key in deltas else delta
        v['todo'] = tuple(sorted(deltas.items())) if v['how'] != 'unread' else ()
        return 'apply'

    def in_place(w, tid, key, delta):
        """True, if the key's state row was free, and the result is clean."""
        if not (w.try_lock(tid, 'state table', 'r') and w.try_lock(tid, ('key', key, 0))):
            return False
        rows = w.see(w.snapshot(tid), 'state', key)
        rid, state = next(iter(rows.items())) if rows else (None, None)
        new = apply(state, delta)
        if new is None:
            return False
        if rid and new == (0, 0, NONE):
            w.delete(tid, rid)
        elif rid:
            w.update(tid, rid, new)
        elif new != (0, 0, NONE):
            w.insert(tid, ('state', key), new)
        return True

    def slot(w, tid, key, delta):
        """The same for the row of slot 1."""
        if not w.try_lock(tid, ('key', key, 1)):
            return False
        rows = w.see(w.snapshot(tid), 'delta', key, 1)
        if rows:
            (rid, old), = rows.items()
            w.update(tid, rid, add(old, delta))
        else:
            w.insert(tid, ('delta', key, 1), delta)
        return True

    def apply_change(w, tid, v):
        for key, delta in v['todo']:
            appends = 'building' in v['how']
            if not appends or mutant == 'in_place_while_building':
                if in_place(w, tid, key, delta):
                    continue
            if not appends or mutant == 'slots_while_building':
                if slot(w, tid, key, delta):
                    continue
            w.insert(tid, ('delta', key, 0), delta)
        v.clear()
        return 'log'
    return 'change', dict(commit_steps(''), change=change, write=write, apply=apply_change)


def folder(mutant):
    """ivm.fold(), or a writer that folds: it has the table locked as a writer does."""
    def fold(w, tid, v):
        if not w.try_lock(tid, 'table', 'w'):
            return 'log'
        if newest(w, tid) != 'ready' and mutant != 'fold_while_building':
            return 'log'
        return 'take' if w.try_lock(tid, 'state table', 'x') else 'log'

    def take(w, tid, v):
        seen = w.snapshot(tid)
        truth = define(w.see(seen, 'base').values())
        for key in {r[1] for r in w.see(seen, 'delta')}:
            mine = {r: d for r, d in w.see(seen, 'delta', key).items()
                    if r[2] == 0 or w.try_lock(tid, ('key', key, r[2]))}
            if len(mine) < len(w.see(seen, 'delta', key)):
                continue
            total = None
            for d in mine.values():
                total = add(total, d) if total else d
            rows = w.see(seen, 'state', key)
            rid, state = next(iter(rows.items())) if rows else (None, None)
            new = apply(state, total) or truth.get(key, (0, 0, NONE))
            if rid and new[0] == 0:
                w.delete(tid, rid)
            elif rid:
                w.update(tid, rid, new)
            elif new[0] != 0:
                w.insert(tid, ('state', key), new)
            for r in mine:
                w.delete(tid, r)
        return 'log'
    return 'fold', dict(commit_steps(''), fold=fold, take=take)


def builder(mutant, tids=(8, 9)):
    """One process, whose two transactions have ids of their own."""
    first, second = tids

    def mark(w, tid, v):
        if any(t not in w.visible for t, _ in w.locks.get('view', ())) or not w.try_lock(first, 'view'):
            return 'mark'
        rid = next(iter(w.see(w.snapshot(first), 'view')))
        w.update(first, rid, 'ready, building' if newest(w, first) == 'ready' else 'building')
        w.logged += (first,)
        return 'marked'

    def marked(w, tid, v):
        w.visible += (first,)
        w.release(first)
        if mutant == 'snapshot_before_wait':
            v['seen'] = w.snapshot(second)
        v['wait'] = frozenset(t for t, m in w.locks.get('table', ()) if m == 'w')
        return 'snapshot' if mutant == 'no_wait' else 'wait'

    def wait(w, tid, v):
        if v['wait'] & {t for t, m in w.locks.get('table', ())}:
            return 'wait'
        return 'snapshot'

    def snapshot(w, tid, v):
        v.setdefault('seen', w.snapshot(second))
        return 'fill'

    def fill(w, tid, v):
        seen = v['seen']
        truth = define(w.see(seen, 'base').values())
        for rid in w.see(w.snapshot(second), 'state'):
            w.delete(second, rid)
        for key, row in truth.items():
            w.insert(second, ('state', key), row)
        for rid in w.see(w.snapshot(second) if mutant == 'newest_deltas_deleted' else seen, 'delta'):
            if mutant != 'deltas_kept':
                w.delete(second, rid)
        return 'promote'

    def promote(w, tid, v):
        rid = next(iter(w.see(w.snapshot(second), 'view')))
        w.update(second, rid, 'ready')
        v.clear()
        w.logged += (second,)
        return 'visible'

    def visible(w, tid, v):
        w.visible += (second,)
        w.release(second)
        return None
    return 'mark', dict(mark=mark, marked=marked, wait=wait, snapshot=snapshot, fill=fill, promote=promote,
                        visible=visible)


# --- exploring ---

def begin(programs, start):
    w = World([(i + 1, label, {}) for i, (label, _) in enumerate(programs)])
    for name, row in BASE.items():
        w.rows[('base', name, 0)] = ((row, 0, None),)
    w.rows[VIEW] = (('ready' if 'ready' in start else 'unread', 0, None),)
    if 'ready' in start:
        state, = define(BASE.values()).values()
        if 'deltas' in start:
            state = (2, 7, 2)
            for slot, delta in protocol.DELTAS.items():
                w.rows[('delta', 'a', slot, 0)] = ((delta, 0, None),)
        w.rows[('state', 'a', 0)] = ((state, 0, None),)
    return w


def check(w, seen):
    if status(w, seen) not in ('unread', 'building'):
        protocol_check(w, seen)


def explore(programs, start, faults, limit):
    protocol.begin, protocol.check = begin, check
    return protocol_explore(programs, start, faults, limit)


protocol_check, protocol_explore = protocol.check, protocol.explore

# --- cases ---

SOME = ['insert least', 'insert new key', 'delete least', 'move']
ALL = list(protocol.CHANGES)


def builds(first, second, start='', mutant='', fold=True, builders=1, faults=()):
    for a in first:
        for b in second:
            deleted = [{c[1] for c in protocol.CHANGES[n] if c[0] == '-'} for n in (a, b)]
            if deleted[0] & deleted[1]:
                continue
            yield [writer(protocol.changes(a, 1), mutant), writer(protocol.changes(b, 2), mutant)] + \
                [builder(mutant, (8 + 2 * n, 9 + 2 * n)) for n in range(builders)] + \
                ([folder(mutant)] if fold else []), start, faults


CASES = [   # name, must it hold, extreme?, configurations
    ('a first build', True, True, lambda: builds(SOME, ALL)),
    ('a first build, linear', True, False, lambda: builds(SOME, ALL)),
    ('a live view', True, True, lambda: builds(SOME, ALL, 'ready')),
    ('a live view with deltas', True, True, lambda: builds(SOME, ALL, 'ready, deltas')),
    ('writers that are cancelled', True, True, lambda: builds(SOME[:2], SOME[2:], 'ready, deltas', faults=(1, 2))),
    ('no_wait', False, True, lambda: builds(SOME, SOME, mutant='no_wait')),
    ('snapshot_before_wait', False, True, lambda: builds(SOME, SOME, mutant='snapshot_before_wait')),
    ('deltas_kept', False, True, lambda: builds(SOME, SOME, mutant='deltas_kept')),
    ('newest_deltas_deleted', False, True, lambda: builds(SOME, SOME, mutant='newest_deltas_deleted')),
    ('in_place_while_building', False, True, lambda: builds(SOME, SOME, 'ready', mutant='in_place_while_building')),
    ('slots_while_building', False, True, lambda: builds(SOME, SOME, 'ready, deltas', mutant='slots_while_building')),
    ('fold_while_building', False, True, lambda: builds(SOME, SOME, 'ready, deltas', mutant='fold_while_building')),
]

if __name__ == '__main__':
    sys.exit(report([(name, must_hold, with_extreme(extreme, configurations))
                     for name, must_hold, extreme, configurations in CASES], runner(explore, QUICK, LIMIT), sys.argv[1:]))
