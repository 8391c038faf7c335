#!/usr/bin/env python3
"""Explores all interleavings of writers, folds and readers of one view.

    python3 test/model/protocol.py [--quick] [NAME...]      prints TAP

A model of what the files of src/commit do at commit, with the
locks they take: the lock of a key (slot 0) covers its state row, the lock of
slot n its delta row of that slot, the lock of the whole state table all
slots 0.  After each step, the view is compared with its definition in every
snapshot that can exist: every prefix of the order in which transactions
become visible, here and on a standby (the order of their commit records).

A repair is another transaction that finds wrong keys of a state that somebody has spoilt; what they
show is checked from then on.

Some cases are about waiting alone: transactions that lock a table, a row, the
source locks of a view over several tables and its state table, in the order
and with the modes that src/README.md has.  Where none can go on, that is a
deadlock.

A case that "holds" must hold; one that leaves a rule out must fail, and its
schedule is printed.  The exit status says whether all went as it should.

Everything is millions of states, and takes as many minutes.  --quick, which the
tests use, takes half a minute: it looks at no more than QUICK states of a case that must hold: at whole configurations, taken
here and there from the list, and at a part of the last one.  Cases that must
fail are looked at until they do.
"""
import itertools
import math
import sys
import time

NONE = float('inf')             # no minimum
DIRTY = (0, 0, NONE, -NONE)     # a delta that makes its key dirty, and says nothing else
SLOTS = (1, 2)
EXTREME = True                  # has the view a minimum?
QUICK = 40000                   # states of a case
LIMIT = 4000000                 # states of a configuration
# Modes of locks: 'x' excludes all; of a table, 'a'ccess share, 'w'rite, 's'hare
# row exclusive; 'r' is held beside key locks
CONFLICTS = {'ws', 'sw', 'ss'}


class Wrong(Exception):
    pass


# --- the view: SELECT key, count(*), sum(v), min(v) FROM base GROUP BY key ---

def add(a, b):
    """Deltas (rows, sum, least inserted, least deleted) of one key, added."""
    return (a[0] + b[0], a[1] + b[1], min(a[2], b[2]), min(a[3], b[3]))


def apply(state, delta):
    """The new state (rows, sum, min), or None: the key is dirty."""
    rows, total, least = state or (0, 0, NONE)
    if delta[3] == DIRTY[3]:
        return None
    least = min(least, delta[2])
    if EXTREME and delta[3] != NONE and delta[3] <= least:
        return None
    return (rows + delta[0], total + delta[1], least)


def define(rows):
    """Key to state, from the values (key, v) of base rows."""
    view = {}
    for key, v in rows:
        n, total, least = view.get(key, (0, 0, NONE))
        view[key] = (n + 1, total + v, min(least, v))
    return view


# --- the world: row versions, locks, transactions ---

class World:
    """rows: row id -> versions (value, xmin, xmax), oldest first.  A row id is
    ('base', name), ('state', key, n) or ('delta', key, slot, n)."""

    def __init__(self, procs):
        self.rows, self.locks, self.visible, self.logged = {}, {}, (), ()
        self.procs = procs      # (tid, pc, variables) each; pc None: ended

    def copy(self):
        w = World(list(self.procs))
        w.rows, w.locks = dict(self.rows), dict(self.locks)
        w.visible, w.logged = self.visible, self.logged
        return w

    def key(self):
        return (frozenset(self.rows.items()), frozenset(self.locks.items()),
                self.visible, self.logged,
                tuple((t, pc, tuple(sorted(v.items()))) for t, pc, v in self.procs))

    def snapshot(self, tid):
        return frozenset(self.visible) | {0, tid}

    def see(self, seen, *prefix):
        """Row id -> value of the visible rows whose ids start like this."""
        out = {}
        for rid, versions in self.rows.items():
            if rid[:len(prefix)] != prefix:
                continue
            for value, xmin, xmax in versions:
                if xmin in seen and xmax not in seen:
                    if rid in out:
                        raise Wrong(f'two versions of {rid} are visible')
                    out[rid] = value
        return out

    def insert(self, tid, rid, value):
        if rid[0] == 'state' and any(
                r[:2] == rid[:2] and versions[-1][2] not in self.visible + (tid,)
                for r, versions in self.rows.items()):
            raise Wrong(f'a second state row of key {rid[1]}: unique violation, or a wait')
        n = sum(1 for r in self.rows if r[:-1] == rid)
        self.rows[rid + (n,)] = ((value, tid, None),)

    def end_version(self, tid, rid):
        *older, (value, xmin, xmax) = self.rows[rid]
        if xmax is not None or xmin not in self.visible + (0, tid):
            raise Wrong(f'{rid} is being written, or was, by another: an error, or a wait')
        return tuple(older) + ((value, xmin, tid),)

    def update(self, tid, rid, value):
        self.rows[rid] = self.end_version(tid, rid) + ((value, tid, None),)

    def delete(self, tid, rid):
        self.rows[rid] = self.end_version(tid, rid)

    def try_lock(self, tid, tag, mode='x'):
        holders = self.locks.get(tag, frozenset())
        if any(t != tid and (m + mode in CONFLICTS or 'x' in (m, mode)) for t, m in holders):
            return False
        self.locks[tag] = holders | {(tid, mode)}
        return True

    def holds(self, tid, tag):
        return any(t == tid for t, m in self.locks.get(tag, ()))

    def release(self, tid):
        for tag, holders in list(self.locks.items()):
            left = frozenset(h for h in holders if h[0] != tid)
            if left:
                self.locks[tag] = left
            else:
                del self.locks[tag]

    def abort(self, tid):
        for rid, versions in list(self.rows.items()):
            left = tuple((v, a, None if b == tid else b) for v, a, b in versions if a != tid)
            if left:
                self.rows[rid] = left
            else:
                del self.rows[rid]
        self.release(tid)


# --- programs: label -> step(world, tid, vars) -> label, or labels to choose from ---

def commit_steps(mutant):
    def log(w, tid, v):
        w.logged += (tid,)
        if mutant == 'unlock_before_visible':
            w.release(tid)
        return 'visible'

    def visible(w, tid, v):
        w.visible += (tid,)
        v.clear()
        return 'unlock'

    def unlock(w, tid, v):
        w.release(tid)          # after the commit is visible
        return None
    return {'log': log, 'visible': visible, 'unlock': unlock}


def writer(changes, how, mutant, then_fold=False):
    """changes: ('+', name, key, v) and ('-', name); how: 'key' locks, the
    'table' lock, or 'append' only (SERIALIZABLE, write-out)."""
    def change(w, tid, v):
        deltas = {}
        seen = w.snapshot(tid)
        for sign, name, *row in changes:
            if sign == '+':
                w.insert(tid, ('base', name), tuple(row))
                key, x = row
                delta = (1, x, x, NONE)
            else:
                rows = w.see(seen, 'base', name)
                if not rows:
                    continue
                (rid, (key, x)), = rows.items()
                w.delete(tid, rid)
                delta = (-1, -x, NONE, x)
            deltas[key] = add(deltas[key], delta) if key in deltas else delta
        return next_key(tuple(sorted(deltas.items())), v)

    def next_key(todo, v):
        v.clear()
        v['todo'] = todo
        if not todo:
            return 'fold' if then_fold else 'log'
        if how == 'append':
            return 'append'
        if mutant == 'look_before_lock':
            return 'look_early'
        return ['try'] + slots  # slots at once, if the lock was refused a moment ago

    def look_early(w, tid, v):
        v['early'] = tuple(w.see(w.snapshot(tid), 'state', v['todo'][0][0]).items())
        return 'try'

    def try_lock(w, tid, v):
        """Try for the lock that covers the key's state row."""
        if how == 'table':
            have = w.try_lock(tid, 'state table', 'x')
        else:
            have = mutant == 'no_key_lock' or (
                (mutant == 'table_lock_ignored' or w.try_lock(tid, 'state table', 'r'))
                and w.try_lock(tid, ('key', v['todo'][0][0], 0)))
        return 'look' if have else slots

    def look(w, tid, v):
        """Under the lock: the newest version, committed or our own."""
        k, delta = v['todo'][0]
        found = v.pop('early') if 'early' in v else tuple(w.see(w.snapshot(tid), 'state', k).items())
        rid, state = found[0] if found else (None, None)
        v['row'], v['new'] = rid, apply(state, delta)
        return slots if v['new'] is None else 'in_place'    # a dirty delta stays one

    def in_place(w, tid, v):
        k = v['todo'][0][0]
        if v['new'] == (0, 0, NONE):
            if v['row']:
                w.delete(tid, v['row'])
        elif v['row']:
            w.update(tid, v['row'], v['new'])
        else:
            w.insert(tid, ('state', k), v['new'])
        return next_key(v['todo'][1:], v)

    def take_slot(n):
        def step(w, tid, v):
            k = v['todo'][0][0]
            if mutant != 'slot_not_locked' and not w.try_lock(tid, ('key', k, n)):
                return 'append'
            rows = w.see(w.snapshot(tid), 'delta', k, n)
            v['slot'], v['found'] = n, tuple(rows.items())
            return 'add_to_slot'
        return step

    def add_to_slot(w, tid, v):
        k, delta = v['todo'][0]
        if v['found']:
            (rid, old), = v['found']
            w.update(tid, rid, add(old, delta))
        else:
            w.insert(tid, ('delta', k, v['slot']), delta)
        return next_key(v['todo'][1:], v)

    def append(w, tid, v):
        k, delta = v['todo'][0]
        w.insert(tid, ('delta', k, 0), delta)
        return next_key(v['todo'][1:], v)

    slots = [f'slot {n}' for n in SLOTS] + ['append']
    program = {'change': change, 'look_early': look_early, 'try': try_lock, 'look': look,
               'in_place': in_place, 'add_to_slot': add_to_slot, 'append': append}
    for n in SLOTS:
        program[f'slot {n}'] = take_slot(n)
    program.update(fold_steps(mutant))
    program.update(commit_steps(mutant))
    return 'change', program


def fold_steps(mutant):
    def fold(w, tid, v):
        """Which keys have deltas, in which slots?"""
        wanted = sorted({('key', r[1], n) for r in w.see(w.snapshot(tid), 'delta') for n in (0, r[2])})
        v.clear()
        v['wanted'], v['keys'] = tuple(wanted), ()
        if mutant == 'snapshot_before_locks':
            v['seen'] = w.snapshot(tid)
        return 'claim' if wanted else 'log'

    def claim(w, tid, v):
        tag, v['wanted'] = v['wanted'][0], v['wanted'][1:]
        got = w.try_lock(tid, 'state table', 'r') and w.try_lock(tid, tag)
        if tag[2] == 0:
            if got:
                v['keys'] += (tag[1],)
            else:
                v['wanted'] = tuple(t for t in v['wanted'] if t[1] != tag[1])
        return 'claim' if v['wanted'] else 'fold_snapshot'

    def fold_snapshot(w, tid, v):
        if 'seen' not in v:
            v['seen'] = w.snapshot(tid)
        return 'fold_keys'

    def fold_keys(w, tid, v):
        seen = v['seen']
        truth = define(w.see(seen, 'base').values())
        for k in v['keys']:
            rows = w.see(seen, 'delta', k)
            mine = {r: d for r, d in rows.items() if r[2] == 0 or w.holds(tid, ('key', k, r[2]))
                    or mutant == 'fold_takes_unlocked_slots'}
            total = None
            for d in mine.values():
                total = add(total, d) if total else d
            whole = (EXTREME and mutant != 'fold_part_of_extreme') or \
                (total and total[3] == DIRTY[3] and mutant != 'fold_part_of_dirty')
            if not mine or (len(mine) < len(rows) and whole):
                continue
            state = w.see(w.snapshot(tid), 'state', k)
            rid, old = next(iter(state.items())) if state else (None, None)
            new = apply(old, total) or truth.get(k, (0, 0, NONE))
            gone = new[0] == 0 if len(mine) == len(rows) else new == (0, 0, NONE)
            if gone and rid:
                w.delete(tid, rid)
            elif rid:
                w.update(tid, rid, new)
            elif not gone:
                w.insert(tid, ('state', k), new)
            for r in mine:
                w.delete(tid, r)
        v.clear()
        return 'log'
    return {'fold': fold, 'claim': claim, 'fold_snapshot': fold_snapshot, 'fold_keys': fold_keys}


def folder(mutant):
    program = fold_steps(mutant)
    program.update(commit_steps(mutant))
    return 'fold', program


def repairer(mutant):
    """ivm.reconcile(): keys that are wrong under a snapshot are made dirty, whatever others do."""
    def compare(w, tid, v):
        v['wrong'] = tuple(wrong_keys(w, w.snapshot(tid)))
        return 'mark'

    def mark(w, tid, v):
        for k in v['wrong']:
            if mutant == 'repair_in_place':
                rid, = w.see(w.snapshot(tid), 'state', k)
                w.update(tid, rid, define(w.see(w.snapshot(tid), 'base').values()).get(k, (0, 0, NONE)))
            else:
                w.insert(tid, ('delta', k, 0), DIRTY)
        for rid in w.see(w.snapshot(tid), 'spoilt'):
            w.delete(tid, rid)
        v.clear()
        return 'log'
    program = {'compare': compare, 'mark': mark}
    program.update(commit_steps(mutant))
    return 'compare', program


# --- programs that are about waiting alone ---

def steps(mutant, *locks):
    """A transaction that asks for these locks, one after the other, and commits.
    (tag, mode, what): 'wait' for it; 'try' and go on without it; or, a number, try
    and without it leave out so many locks that follow."""
    def ask(n, tag, mode, what):
        def step(w, tid, v):
            if w.try_lock(tid, tag, mode):
                return label(n + 1)
            return label(n) if what == 'wait' else label(n + 1 + (0 if what == 'try' else what))
        return step

    def label(n):
        return f'{locks[n][0]} {n}' if n < len(locks) else 'log'
    program = {label(n): ask(n, *lock) for n, lock in enumerate(locks)}
    program.update(commit_steps(mutant))
    return label(0), program


def waiter(kind, mutant=''):
    write = [('table', 'w', 'wait'), ('row', 'x', 'wait'), ('source', 'x', 'wait')]
    state = ('state table', 'x', 'wait' if mutant == 'recompute_waits' else 'try')
    fold = [('table', 'a' if mutant == 'fold_reads_base' else 'w', 1), ('state table', 'x', 'try')]
    if mutant == 'fold_state_first':
        fold = fold[::-1]
        fold[1] = ('table', 'w', 'try')
    return steps(mutant, *{
        'write': write + [('state table', 'r', 'try')],
        'recompute': write + [state],
        'fold, write': fold + write + [('state table', 'r', 'try')],
        'fold, recompute': fold + write + [state],
        'reconcile': [('table', 's', 'wait'), ('state table', 'x', 'wait')]}[kind])


def waiters(n, mutant=''):
    kinds = ['write', 'recompute', 'fold, write', 'fold, recompute', 'reconcile']
    for some in itertools.combinations_with_replacement(kinds, n):
        yield [waiter(kind, mutant) for kind in some], '', ()


# --- exploring ---

def check(w, seen):
    spoilt = w.see(seen, 'spoilt').values()
    for k, (got, want) in wrong_keys(w, seen).items():
        if k not in spoilt:
            raise Wrong(f'key {k}: the view says {got}, the definition {want}, '
                        f'in the snapshot of {sorted(seen - {0})}')


def wrong_keys(w, seen):
    """Key -> (what the view says, what the definition)."""
    truth = define(w.see(seen, 'base').values())
    view, dirty, wrong = {}, set(), {}
    for rid, state in w.see(seen, 'state').items():
        view[rid[1]] = state
    deltas = {}
    for rid, d in w.see(seen, 'delta').items():
        deltas[rid[1]] = add(deltas[rid[1]], d) if rid[1] in deltas else d
    for k, d in deltas.items():
        new = apply(view.get(k), d)
        if new is None:
            dirty.add(k)        # recomputed by whoever reads it
        else:
            view[k] = new
    for k in (set(truth) | set(view)) - dirty:
        got, want = view.get(k, (0, 0, NONE)), truth.get(k, (0, 0, NONE))
        if got[0] == 0 and want[0] == 0:
            continue            # no row, whatever else is in it
        if (got if EXTREME else got[:2]) != (want if EXTREME else want[:2]):
            wrong[k] = got, want
    return wrong


BASE = {'r1': ('a', 5), 'r2': ('a', 7)}
# Not folded yet: a row with 2 was deleted, and r2 was inserted
DELTAS = {0: (-1, -2, NONE, 2), 1: (1, 7, 7, NONE)}
BUSY = 99                       # a prepared transaction that holds key a


def begin(programs, start):
    w = World([(i + 1, label, {}) for i, (label, _) in enumerate(programs)])
    for name, row in BASE.items():
        w.rows[('base', name, 0)] = ((row, 0, None),)
    state, = define(BASE.values()).values()
    if 'deltas' in start:
        state = (2, 7, 2)
        for slot, delta in DELTAS.items():
            w.rows[('delta', 'a', slot, 0)] = ((delta, 0, None),)
    if 'spoilt' in start:
        state = (state[0], state[1] + 50, state[2])
        w.rows[('spoilt', 0)] = (('a', 0, None),)
    if 'busy' in start:
        w.try_lock(BUSY, ('key', 'a', 0))
    w.rows[('state', 'a', 0)] = ((state, 0, None),)
    return w


def explore(programs, start, faults, limit=LIMIT):
    """Number of states, more than limit if there are more, and None or
    (what is wrong, schedule)."""
    w = begin(programs, start)
    found, stack, checked = {w.key()}, [(w, None)], set()

    def visit(w, trail):
        key = w.key()
        if key in found:
            return
        found.add(key)
        rows = frozenset(w.rows.items())
        for order in (w.visible, w.logged):
            for n in range(len(order) + 1):
                seen = frozenset(order[:n]) | {0}
                if (seen, rows) not in checked:
                    checked.add((seen, rows))
                    check(w, seen)
        stack.append((w, trail))

    while stack:
        w, trail = stack.pop()
        if len(found) > limit:
            return len(found), None
        stuck = not all(pc is None for _, pc, _ in w.procs)
        for i, (tid, pc, _) in enumerate(w.procs):
            if pc is None:
                continue
            here = None
            try:
                w2 = w.copy()
                variables = dict(w.procs[i][2])
                here = (trail, f'{tid}.{pc.replace(" ", "_")}')
                after = programs[i][1][pc](w2, tid, variables)
                # what waits leaves all as it was
                stuck = stuck and after == pc and variables == w.procs[i][2] and w2.locks == w.locks
                for label in after if isinstance(after, list) else [after]:
                    w3 = w2.copy()
                    w3.procs[i] = (tid, label, dict(variables))
                    visit(w3, here)
                if tid in faults and tid not in w.logged:
                    w2 = w.copy()
                    w2.abort(tid)
                    w2.procs[i] = (tid, None, {})
                    visit(w2, (trail, f'{tid}.CANCEL'))
            except Wrong as e:
                return len(found), (str(e), schedule(here))
        if stuck:
            return len(found), ('a deadlock', schedule(trail))
    return len(found), None


def schedule(trail):
    result = []
    while trail:
        trail, step = trail
        result.append(step)
    return result[::-1]


CHANGES = {
    'insert least': [('+', 'n%d', 'a', 3)],
    'insert other': [('+', 'n%d', 'a', 9)],
    'insert new key': [('+', 'n%d', 'b', 4)],
    'delete least': [('-', 'r1')],
    'delete other': [('-', 'r2')],
    'delete all': [('-', 'r1'), ('-', 'r2')],
    'move': [('-', 'r2'), ('+', 'm%d', 'b', 7)],
}


def changes(name, tid):
    return [tuple(x % tid if isinstance(x, str) and '%' in x else x for x in c) for c in CHANGES[name]]


def pairs(first, second, hows, mutant='', folds=1, faults=(), then_fold=False, start=''):
    for a in first:
        for b in second:
            deleted = [{c[1] for c in CHANGES[n] if c[0] == '-'} for n in (a, b)]
            if deleted[0] & deleted[1]:
                continue        # they wait for each other at the base row
            for how in hows:
                programs = [writer(changes(a, 1), how[0], mutant, then_fold),
                            writer(changes(b, 2), how[1], mutant)]
                yield programs + [folder(mutant) for _ in range(folds)], start, faults


def repairs(first, second, mutant='', repairers=1, faults=(), start='spoilt'):
    for programs, _, _ in pairs(first, second, HOWS[:1], mutant, faults=faults):
        yield programs + [repairer(mutant) for _ in range(repairers)], start, faults


def several(names, hows, mutant='', faults=()):
    for how in hows:
        yield [writer(changes(n, i + 1), h, mutant) for i, (n, h) in enumerate(zip(names, how))] + \
            [folder(mutant)], '', faults


ALL = list(CHANGES)
SOME = ['insert least', 'insert new key', 'delete least', 'move']
HOWS = [('key', 'key'), ('key', 'append'), ('append', 'key')]
BULK = [('table', 'key'), ('table', 'table'), ('table', 'append')]
KEYS3 = [('key', 'key', 'key'), ('append', 'key', 'key')]

CASES = [   # name, must it hold, extreme?, configurations
    ('linear', True, False, lambda: pairs(SOME, ALL, HOWS[:2])),
    ('extreme', True, True, lambda: pairs(ALL, ALL, HOWS[:2])),
    ('deltas not folded yet', True, True, lambda: pairs(SOME, ALL, HOWS[:2], start='deltas')),
    ('a prepared transaction', True, True, lambda: pairs(SOME, ALL, HOWS[:1], start='busy, deltas')),
    ('bulk', True, True, lambda: pairs(SOME, ALL, BULK)),
    ('two folds', True, True, lambda: pairs(['delete least', 'insert new key'], ['delete other', 'insert new key'], HOWS[1:2], folds=2)),
    ('cancelled anywhere', True, True, lambda: pairs(['delete least', 'insert new key'], SOME + ['delete other'], HOWS[:1], faults=(1, 2, 3))),
    ('a writer folds', True, True, lambda: pairs(SOME, ALL, HOWS, folds=0, then_fold=True)),
    ('three writers', True, True, lambda: several(('delete least', 'insert least', 'delete other'), KEYS3)),
    ('three writers, linear', True, False, lambda: several(('insert least', 'delete least', 'insert other'), KEYS3)),
    ('three writers of a new key', True, True, lambda: several(('insert new key', 'move', 'insert new key'), KEYS3[:1])),
    ('a repair', True, True, lambda: repairs(SOME, ['insert new key', 'delete other', 'move'])),
    ('a repair, linear, deltas not folded yet', True, False, lambda: repairs(SOME[:2], SOME, start='spoilt, deltas')),
    ('a repair that is cancelled, and another', True, False, lambda: repairs(SOME[:1], SOME[1:2], repairers=2, faults=(4,))),
    ('waits of two', True, True, lambda: waiters(2)),
    ('waits of three', True, True, lambda: waiters(3)),
    ('recompute_waits', False, True, lambda: waiters(2, 'recompute_waits')),
    ('fold_reads_base', False, True, lambda: waiters(2, 'fold_reads_base')),
    ('fold_state_first', False, True, lambda: waiters(2, 'fold_state_first')),
    ('no_key_lock', False, True, lambda: pairs(['insert new key'], ['insert new key'], HOWS[:1], 'no_key_lock')),
    ('look_before_lock', False, True, lambda: pairs(['insert least'], ['insert other'], HOWS[:1], 'look_before_lock')),
    ('unlock_before_visible', False, True, lambda: pairs(['insert least'], ['insert other'], HOWS[:1], 'unlock_before_visible')),
    ('table_lock_ignored', False, True, lambda: pairs(['insert least'], ['insert other'], BULK[:1], 'table_lock_ignored')),
    ('slot_not_locked', False, True, lambda: pairs(['insert least'], ['insert other'], HOWS[:1], 'slot_not_locked', folds=0, start='busy, deltas')),
    ('snapshot_before_locks', False, True, lambda: pairs(['delete least'], ['delete other', 'insert least'], HOWS, 'snapshot_before_locks')),
    ('fold_takes_unlocked_slots', False, True, lambda: pairs(['delete least'], ['insert least', 'delete other'], HOWS, 'fold_takes_unlocked_slots', start='deltas')),
    ('fold_part_of_extreme', False, True, lambda: pairs(['delete least'], ['insert least', 'delete other'], HOWS, 'fold_part_of_extreme', start='deltas')),
    ('fold_part_of_dirty', False, False, lambda: repairs(['insert other'], ['insert least'], 'fold_part_of_dirty', start='spoilt, deltas')),
    ('repair_in_place', False, False, lambda: repairs(['insert other'], ['insert least'], 'repair_in_place')),
]


def here_and_there(configurations):
    """All of them, neighbours far from each other."""
    n = len(configurations)
    step = next(s for s in range(int(n * 0.62), n + 1) if math.gcd(s, n) == 1) if n > 1 else 1
    return [configurations[i * step % n] for i in range(n)]


def run(must_hold, configurations, quick):
    """(states, configurations looked at, of so many, what is wrong)"""
    every = list(configurations)
    budget = QUICK if quick and must_hold else None
    states = n = 0
    for programs, start, faults in here_and_there(every) if budget else every:
        limit = budget - states if budget else LIMIT
        if limit <= 0:
            break
        found, wrong = explore(programs, start, faults, limit)
        states += found
        n += 1
        if wrong is None and found > limit and not budget:
            wrong = ('too many states', [])
        if wrong:
            return states, n, len(every), wrong
    return states, n, len(every), None


def runner(explore, quick_states, limit):
    """A run() for the other models, whose explore() takes a configuration and a limit of states."""
    def run(must_hold, configurations, quick):
        every = list(configurations)
        most = quick_states // len(every) if quick and must_hold else limit
        states = 0
        for n, configuration in enumerate(every, 1):
            found, wrong = explore(*configuration, most)
            states += found
            if wrong is None and found > most == limit:
                wrong = ('too many states', [])
            if wrong:
                return states, n, len(every), wrong
        return states, len(every), len(every), None
    return run


def report(cases, run, arguments):
    """Run cases (name, must it hold, configurations), all or those named, and print TAP."""
    quick = '--quick' in arguments
    only = [name for name in arguments if name != '--quick']
    cases = [case for case in cases if not only or case[0] in only]
    good = bool(cases)
    print(f'1..{len(cases)}')
    for number, (name, must_hold, configurations) in enumerate(cases, 1):
        start = time.monotonic()
        states, n, every, wrong = run(must_hold, configurations(), quick)
        as_it_should = (wrong is None) == must_hold
        good = good and as_it_should
        print(f'{"ok" if as_it_should else "not ok"} {number} - {name}: '
              f'{"holds" if wrong is None else "fails"} ({states} states, {n} of {every} '
              f'configurations, {time.monotonic() - start:.0f} s)', flush=True)
        if wrong:
            print(f'# {wrong[0]}\n# {"; ".join(wrong[1])}', flush=True)
    return 0 if good else 1


def with_extreme(extreme, configurations):
    """The configurations of a case that is looked at with this kind of aggregate."""
    def result():
        global EXTREME
        EXTREME = extreme
        return configurations()
    return result


if __name__ == '__main__':
    sys.exit(report([(name, must_hold, with_extreme(extreme, configurations))
                     for name, must_hold, extreme, configurations in CASES], run, sys.argv[1:]))
