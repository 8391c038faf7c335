#!/usr/bin/env python3
"""Explores all interleavings of writers and refreshes of append views.

    python3 test/model/append.py [--quick] [NAME...]      prints TAP

A model of the protocol by which rows of an append-only table are counted
once, without triggers and without locks against writers.  A refresh

    locks       the view, the partition set, the tables for reading
    floor       looks up the highest value in each partition
    list        lists the open transactions, its own as well; each one that
                the last refresh did not list has drawn its values since then,
                so they are above that refresh's floor
    snapshot    takes snapshot S
    leaves      reads partitions and storage, and compares them with those known
    scan        takes rows from the low bound on that S sees and W, what has
                been taken in, does not; by the raw xmin of each row, which
                may be a subtransaction's

and ends with its own transaction, which writers may call it from.  Values are
drawn from a sequence, in any order with the commits.  Rows may be frozen (then
their xmin may look newer than it is), updated, or written anew with storage of
their partition; partitions come and go.  Buckets close: their rows stay as they are.

A first fill may take several transactions, in each of which the rows of the next
values are read.  What the first one's snapshot S sees is taken in at the end, and
no refresh runs before; so W is S from the beginning.  A batch has a snapshot of its
own, and counts rows that W sees.  Those at or below the low bound are counted by
whatever transaction they were written, since the refresh that follows does not look there.

Checked at each refresh, and at a last one when all have ended: each row of the
table that S sees is counted once, in the bucket that it is in, or its bucket is
closed, and it is counted or late.  A fresh read at any moment shows the same.

A case that "holds" must hold; one that leaves a rule out must fail, and its
schedule is printed.  The exit status says whether all went as it should.
--quick looks at no more than QUICK states of each case that must hold.
"""
import random
import sys

sys.dont_write_bytecode = True
from protocol import Wrong, report, runner

QUICK = 15000                   # states of a case
LIMIT = 1500000                 # states of a configuration
SUBXIDS = 1                     # subtransactions that a snapshot has room for
WAIT = 'wait'
START = 0                       # xid of the rows at the start
BEFORE = -1                     # an xid that a snapshot sees before all others

CONFLICTS = {                   # lock modes, on the table and on its partition set
    'read': ('exclusive',), 'write': ('exclusive',),
    'parts': ('parts', 'exclusive'), 'exclusive': ('read', 'write', 'parts', 'exclusive'),
}


class World:
    """rows: row id -> versions (value, bucket, leaf, xid, frozen, updated, content, end);
    leaves: attached ones -> storage.  A process is (number, place, variables); its
    variables are 'txn' while its transaction is open, 'xid', 'subs', 'snapshot', ..."""

    def __init__(self, programs, rows, leaves, view):
        self.rows, self.leaves, self.view = rows, leaves, view
        self.storage = {}               # leaf -> storage, attached or not
        self.visible = frozenset({START, BEFORE})
        self.next_xid, self.next_value, self.next_txn = 1, 10, 1
        self.locks, self.running = frozenset(), frozenset()     # (holder, tag, mode); (txn, xid, sub)
        self.open = frozenset()         # transactions, prepared ones too
        self.fill = frozenset()         # (leaf, value up to which it is filled), of those that are not yet
        self.procs = [(i, 0, {}) for i in range(len(programs))]

    def copy(self):
        w = object.__new__(World)
        w.__dict__.update(self.__dict__)
        w.rows, w.leaves, w.storage, w.procs = dict(self.rows), dict(self.leaves), dict(self.storage), list(self.procs)
        return w

    def key(self):
        return (frozenset(self.rows.items()), frozenset(self.leaves.items()), frozenset(self.storage.items()),
                self.view, self.fill, self.visible, self.next_xid, self.next_value, self.next_txn, self.locks, self.running, self.open,
                tuple((pc, frozenset(v.items())) for _, pc, v in self.procs))

    def begin(self, v):
        if 'txn' not in v:
            v['txn'] = self.next_txn
            self.next_txn += 1
            self.open |= {v['txn']}

    def give_xid(self, v, sub=False):
        """The xid that a row written now gets; a subtransaction's only after its parent's."""
        self.begin(v)
        if 'xid' not in v:
            v['xid'] = self.new_xid(v, False)
        if sub:
            v['subs'] = v.get('subs', ()) + (self.new_xid(v, True),)
            return v['subs'][-1]
        return v['xid']

    def new_xid(self, v, sub):
        self.next_xid += 1
        self.running |= {(v['txn'], self.next_xid - 1, sub)}
        return self.next_xid - 1

    def lock(self, v, tag, mode):
        self.begin(v)
        if any(t == tag and h != v['txn'] and m in CONFLICTS[mode] for h, t, m in self.locks):
            return False
        self.locks |= {(v['txn'], tag, mode)}
        return True

    def snapshot(self, v):
        """(seen xids, xmin, xmax, tops, subs or None: too many)"""
        others = [x for x in self.running if x[0] != v.get('txn')]
        subs = frozenset(x[1] for x in others if x[2])
        full = any(sum(1 for x in others if x[2] and x[0] == t) > SUBXIDS for t in {x[0] for x in others})
        return (self.visible, min([x[1] for x in others], default=self.next_xid), self.next_xid,
                frozenset(x[1] for x in others if not x[2]), None if full else subs)

    def see(self, snapshot, own=()):
        """Row id -> version, in the partitions that are there now."""
        out = {}
        for rid, versions in self.rows.items():
            for version in versions:
                _, _, leaf, xid, frozen, _, _, end = version
                if leaf in self.leaves and (frozen or xid in snapshot[0] or xid in own) and \
                        not (end in snapshot[0] or end in own):
                    out[rid] = version
        return out

    def end(self, v, committed):
        xids = {x[1] for x in self.running if x[0] == v['txn']}
        if committed:
            self.visible |= xids
        else:
            for rid, versions in list(self.rows.items()):
                self.rows[rid] = tuple(r[:7] + (None if r[7] in xids else r[7],) for r in versions if r[3] not in xids)
        self.running = frozenset(x for x in self.running if x[0] != v['txn'])
        self.locks = frozenset(x for x in self.locks if x[0] != v['txn'])
        self.open -= {v['txn']}


# --- what a view has taken in ---

# (n, seen, floors, listed, known, counted, late, closed, clock)
#   n        number of the refresh
#   seen     (xmin, xmax, xids, are these seen?), W
#   floors   {leaf: ((n, value), ...)}
#   listed   {txn: number of the refresh whose floor its values are above}
#   known    {leaf: (storage, attached?)}
#   counted  {(row, bucket, content): times}
#   late     rows; closed: buckets below it, once they were so at a refresh; clock: what the next one closes

def is_seen(seen, xid):
    xmin, xmax, xids, positive = seen
    if xid < xmin:
        return True
    return xid < xmax and (xid in xids) == positive


def low_bound(floors, number):
    """The value of a partition's last floor not after this refresh, or None."""
    values = [value for n, value in floors if n <= number]
    return values[-1] if values else None


# --- programs: lists of (label, step(world, variables)) ---

def draw(name):
    def step(w, v):
        w.begin(v)
        v[name] = w.next_value
        w.next_value += 1
    return [(f'draw_{name}', step)]


def insert(rid, bucket=5, leaf='P', sub=False, name=None):
    """With the value drawn under this name, or one drawn now."""
    def step(w, v):
        if not w.lock(v, 'table', 'write'):
            return WAIT
        xid = w.give_xid(v, sub)
        if name is None:
            w.next_value += 1
        value = v[name] if name else w.next_value - 1
        w.rows[rid] = w.rows.get(rid, ()) + ((value, bucket, leaf, xid, False, False, 0, None),)
    return [(f'insert_{rid}', step)]


def update(rid, content=1, bucket=None):
    def step(w, v):
        if not w.lock(v, 'table', 'write'):
            return WAIT
        own = {x[1] for x in w.running if x[0] == v.get('txn')}
        versions = w.rows.get(rid, ())
        if any(x in {r[1] for r in w.running} - own for r in versions for x in (r[3], r[7])):
            return WAIT
        if rid not in w.see(w.snapshot(v), own):
            return None
        xid = w.give_xid(v)
        last = versions[-1]
        w.rows[rid] = versions[:-1] + (last[:7] + (xid,), (
            last[0], last[1] if bucket is None else bucket, last[2], xid, False, True, content, None))
    return [(f'update_{rid}', step)]


def commit(prepare=False):
    def step(w, v):
        if 'txn' in v:
            w.end(v, True)
            finish(w, v)
        v.clear()
    return ([('prepare', lambda w, v: v.update(prepared=True))] if prepare else []) + [('commit', step)]


def abort():
    def step(w, v):
        w.end(v, False)
        v.clear()
    return [('abort', step)]


def finish(w, v):
    """What a commit makes true for all at once."""
    if 'new_view' in v:
        w.view, w.fill = v['new_view'], v.get('new_fill', frozenset())
    for leaf, attached in v.get('parts', ()):
        if attached:
            w.leaves[leaf] = w.storage[leaf]
        else:
            w.leaves.pop(leaf, None)
    for leaf in v.get('rewrites', ()):
        w.storage[leaf] = v['xid']
        if leaf in w.leaves:
            w.leaves[leaf] = v['xid']
        for rid, versions in list(w.rows.items()):
            w.rows[rid] = tuple(r[:3] + (v['xid'], False, False) + r[6:] if r[2] == leaf else r
                                for r in versions if r[2] != leaf or r[7] is None)


def rewrite(leaf='P'):
    """Rows as they are get new storage and a new xmin."""
    def step(w, v):
        if not w.lock(v, 'table', 'exclusive'):
            return WAIT
        w.give_xid(v)
        v['rewrites'] = (leaf,)
    return [(f'rewrite_{leaf}', step)]


def attach(leaf, attached=True):
    def step(w, v):
        if not w.lock(v, 'parts', 'parts') or (not attached and not w.lock(v, 'table', 'exclusive')):
            return WAIT
        v['parts'] = v.get('parts', ()) + ((leaf, attached),)
    return [(f'{"attach" if attached else "detach"}_{leaf}', step)]


def delete(rid):
    """Retention."""
    def step(w, v):
        if not w.lock(v, 'table', 'write'):
            return WAIT
        w.rows[rid] = w.rows[rid][:-1] + (w.rows[rid][-1][:7] + (w.give_xid(v),),)
    return [(f'delete_{rid}', step)]


def freeze(rid):
    """VACUUM FREEZE, once every snapshot sees the row."""
    def step(w, v):
        versions = w.rows.get(rid, ())
        if not versions or any(r[3] not in w.visible for r in versions) or any(
                r[3] not in p[2]['snapshot'][0] for p in w.procs if 'snapshot' in p[2] for r in versions):
            return WAIT
        w.rows[rid] = tuple(r[:4] + (True,) + r[5:] for r in versions)
    return [(f'freeze_{rid}', step)]


def close(bucket):
    """Time goes on: the next refresh closes buckets."""
    def step(w, v):
        w.view = w.view[:8] + (w.view[8] | {('close', bucket)},)
    return [(f'close_{bucket}', step)]


def look_at(w, v, mutant, fresh=False):
    """The view as of v's snapshot: (counted, late, recomputed?, seen xids in doubt)."""
    n, seen, floors, listed, known, counted, late, closed, clock = w.view
    if mutant == 'closed_by_now':
        closed = max([closed] + [c[1] for c in clock])
    floors, listed, known, counted, late = dict(floors), dict(listed), dict(known), dict(counted), set(late)
    snapshot, own = v['snapshot'], set()
    if fresh:
        own = {x[1] for x in w.running if x[0] == v.get('txn')}
    rows = w.see(snapshot, own)
    if mutant == 'attach_while_it_looks':
        rows = {rid: r for rid, r in rows.items() if r[2] in v['leaves']}
    leaves = v['leaves']
    all_anew = not floors and not known
    for leaf, storage in leaves.items():
        if leaf in known and mutant != 'rewrite_ignored' and known[leaf][0] != storage:
            all_anew = True
        if leaf in known and not known[leaf][1] and mutant != 'return_not_noticed':
            all_anew = True
    number = min([n] + list(listed.values()))
    if mutant == 'bound_ignores_open':
        number = n
    anew = set()                # buckets
    in_doubt = set()
    for rid, (value, bucket, leaf, xid, frozen, updated, content, _) in rows.items():
        bound = low_bound(floors.get(leaf, ()), number)
        unknown = leaf not in known
        if mutant == 'unknown_partition_by_xmin':
            unknown = False
        if bound is not None and value <= bound and not unknown:
            continue
        if snapshot[1] <= xid < snapshot[2]:
            in_doubt.add(xid)
        if all_anew or (is_seen(seen, xid) and not unknown):
            continue
        if frozen and mutant == 'frozen_is_old' and not unknown:
            continue
        if bucket < closed:
            late.add(rid)
        elif updated and not unknown and mutant != 'updated_added':
            if mutant != 'updated_ignored':
                anew.add(bucket)
        elif frozen and not unknown and mutant != 'frozen_added':
            anew.add(bucket)
        else:
            counted[(rid, bucket, content)] = counted.get((rid, bucket, content), 0) + 1
    here = w.see(snapshot, own) if mutant == 'attach_while_it_looks' else rows
    if all_anew or anew:
        counted = {k: times for k, times in counted.items()
                   if k[1] < closed and mutant != 'closed_recomputed' or not (all_anew or k[1] in anew)}
        for rid, (_, bucket, leaf, _, _, _, content, _) in here.items():
            if (all_anew or bucket in anew) and (bucket >= closed or mutant == 'closed_recomputed'):
                counted[(rid, bucket, content)] = 1
    return counted, late, all_anew, in_doubt


def check(w, rows, counted, late, closed, what):
    for rid, (_, bucket, leaf, _, _, _, content, _) in rows.items():
        mine = {k[1:]: times for k, times in counted.items() if k[0] == rid}
        if bucket < closed:
            # once its storage is another one, nobody can tell what is new in a closed bucket
            if not mine and rid not in late and w.storage[leaf] == 'old':
                raise Wrong(f'{what}: row {rid} of a closed bucket is neither counted nor late')
        elif sum(mine.values()) != 1:       # an update behind the bound is not seen
            raise Wrong(f'{what}: row {rid} is counted {sum(mine.values())} times')


def fill_batch(w, v, mutant):
    """Count the rows of the lowest value that is not filled yet."""
    n, seen, floors, listed, known, counted, late, closed, clock = w.view
    leaf, done = min(w.fill)
    rows = {rid: r for rid, r in w.see(v['snapshot']).items() if r[2] == leaf and r[0] > done}
    bound = low_bound(dict(floors).get(leaf, ()), min([n] + [m for _, m in listed]))
    value = min([r[0] for r in rows.values()], default=None)
    v['new_fill'] = w.fill - {(leaf, done)} | ({(leaf, value)} if value is not None else set())
    counted = dict(counted)
    for rid, r in rows.items():
        below = bound is not None and r[0] <= bound and mutant != 'fill_by_seen_alone'
        if r[0] == value and (below or is_seen(seen, r[3]) or mutant == 'fill_by_snapshot'):
            counted[(rid, r[1], r[6])] = counted.get((rid, r[1], r[6]), 0) + 1
    if mutant != 'detached_while_filling':
        known = frozenset((leaf, (storage, attached and leaf in v['leaves'])) for leaf, (storage, attached) in known)
    v['new_view'] = (n, seen, floors, listed, known, frozenset(counted.items()), late, closed, clock)


def refresh(mutant='', fills=False, alone=False):
    """fills: the first one does not read any row, but leaves that to the next ones.
    alone: its transaction does nothing else, so that it need not be listed."""
    def lock(w, v):
        if not w.lock(v, 'view', 'exclusive'):
            return WAIT
        if mutant != 'attach_while_it_looks' and not w.lock(v, 'parts', 'parts'):
            return WAIT
        if not w.lock(v, 'table', 'read'):
            return WAIT

    def floor(w, v):
        v['floor'] = frozenset((leaf, max([r[0] for r in w.see(w.snapshot(v)).values() if r[2] == leaf], default=None))
                               for leaf in w.leaves)

    def list_open(w, v):
        v['open'] = frozenset(w.open - ({v['txn']} if mutant == 'own_not_listed' or alone else set()) -
                              ({p[2]['txn'] for p in w.procs if 'prepared' in p[2]} if mutant == 'prepared_not_listed' else set()))

    def snapshot(w, v):
        v['snapshot'] = w.snapshot(v)

    def leaves(w, v):
        v['leaves'] = frozenset(w.leaves.items())

    def scan(w, v):
        n, seen, floors, listed, known, counted, late, closed, clock = w.view
        v['leaves'] = dict(v['leaves'])
        counted, late, all_anew, in_doubt = look_at(w, v, mutant)
        w_fill = frozenset(f for f in w.fill if f[0] in v['leaves'])
        if w_fill and not all_anew and mutant != 'refresh_beside':
            w.fill = w_fill
            fill_batch(w, v, mutant)
            for name in ('snapshot', 'open', 'floor', 'leaves'):
                del v[name]
            return
        snap, floors, known = v.pop('snapshot'), dict(floors), dict(known)
        if mutant == 'refresh_beside':
            v['new_fill'] = w_fill
        if fills and n == 0:
            counted = {}
            v['new_fill'] = frozenset((leaf, 0) for leaf in v['leaves'])
        else:
            check(w, w.see(snap), counted, late, closed, 'a refresh') if not w_fill else None
        if any(k[1] < closed and counted.get(k) != times for k, times in w.view[5]):
            raise Wrong('a closed bucket has changed')
        own = {x[1] for x in w.running if x[0] == v['txn']} - ({v.get('xid')} if mutant == 'own_xid_seen' else set())
        xmin = min([snap[1]] + sorted(own))
        unseen = snap[3] | (snap[4] or frozenset()) | own
        if mutant == 'no_subtransactions':
            unseen = snap[3] | own
        new_seen = (xmin, snap[2], frozenset(unseen), False)
        if snap[4] is None and mutant != 'overflow_ignored':
            new_seen = (xmin, snap[2], frozenset(x for x in w.visible if xmin <= x < snap[2] and x in in_doubt), True)
        listed = dict(listed)
        listed = {t: listed.get(t, n) for t in v.pop('open')}
        for leaf, value in v.pop('floor'):
            points = () if all_anew else floors.get(leaf, ())
            if value is not None and leaf in v['leaves']:
                value = max([value] + [p[1] for p in points])
                points += ((n + 1, value),)
            floors[leaf] = points
        known = {leaf: (storage, False) for leaf, (storage, _) in known.items()
                 if mutant != 'detached_forgotten' and leaf not in v['leaves']}
        known.update({leaf: (storage, True) for leaf, storage in v.pop('leaves').items()})
        closed = max([closed] + [c[1] for c in clock])
        v['new_view'] = (n + 1, new_seen, frozenset(floors.items()), frozenset(listed.items()),
                         frozenset(known.items()), frozenset(counted.items()), frozenset(late), closed, frozenset())
        if all_anew and mutant != 'listed_before_first':
            v['new_view'] = v['new_view'][:3] + (frozenset((t, -1 if n == 0 else m) for t, m in listed.items()),) + v['new_view'][4:]
    steps = [('lock', lock), ('floor', floor), ('list', list_open), ('snapshot', snapshot), ('leaves', leaves), ('scan', scan)]
    if mutant == 'list_after_snapshot':
        steps[1:4] = steps[1], steps[3], steps[2]
    if mutant == 'floor_after_list':
        steps[1:4] = steps[2], steps[3], steps[1]
    return steps


def read(mutant=''):
    """A fresh read: what is stored and what is behind it, in one snapshot.  Where that does not tell: what
    the definition gives, or an error if buckets are closed."""
    def step(w, v):
        v['snapshot'] = w.snapshot(v)
        v['leaves'] = dict(w.leaves)
        counted, late, all_anew, _ = look_at(w, v, mutant, True)
        own = {x[1] for x in w.running if x[0] == v.get('txn')}
        rows, stored, closed = w.see(v['snapshot'], own), dict(w.view[5]), w.view[7]
        if all_anew:
            counted = {(rid, r[1], r[6]): 1 for rid, r in rows.items()}
        if not all_anew or not closed or mutant == 'definition_though_closed':
            check(w, rows, counted, late, closed, 'a fresh read')
            if any(k[1] < closed and counted.get(k) != stored.get(k) for k in counted.keys() | stored.keys()):
                raise Wrong('a fresh read: a closed bucket is not as it is stored')
        del v['snapshot'], v['leaves']
    return [('read', step)]


# --- exploring ---

def start(programs, rows, leaves, filled):
    none = (0, (0, 0, frozenset(), False), frozenset(), frozenset(), frozenset(), frozenset(), frozenset(), 0, frozenset())
    w = World(programs, rows, leaves, none)
    w.storage = dict.fromkeys('PQ', 'old')
    if filled:
        run_one(w, refresh() + commit())
    return w


def run_one(w, program):
    v = {}
    for _, step in program:
        if step(w, v) is WAIT:
            raise Wrong('the last refresh waits')


def explore(programs, rows, leaves, filled, mutant, limit):
    """(states, None or (what is wrong, schedule))"""
    first = start(programs, rows, leaves, filled)
    found, stack, dice = {first.key()}, [(first, None)], random.Random(1)
    while stack:
        w, trail = stack.pop()
        if len(found) > limit:
            return len(found), None
        moved, ended, here = False, 0, trail
        try:
            for i, (n, pc, variables) in dice.sample(list(enumerate(w.procs)), len(w.procs)):
                if pc is None:
                    ended += 1
                    continue
                label, step = programs[i][pc]
                here = (trail, f'{n}.{label}')
                w2, v = w.copy(), dict(variables)
                if step(w2, v) is WAIT:
                    continue
                moved = True
                w2.procs[i] = (n, pc + 1 if pc + 1 < len(programs[i]) else None, v)
                if w2.key() not in found:
                    found.add(w2.key())
                    stack.append((w2, here))
            here = trail
            if ended == len(w.procs):
                here = (trail, 'the last refresh')
                w2 = w.copy()
                while w2.fill:
                    run_one(w2, refresh(mutant if mutant != 'refresh_beside' else '') + commit())
                run_one(w2, refresh(mutant) + commit())
            elif not moved:
                raise Wrong('deadlock')
        except Wrong as e:
            schedule = []
            while here:
                schedule.append(here[1])
                here = here[0]
            return len(found), (str(e), schedule[::-1])
    return len(found), None


# --- cases ---

ROW = {'a': ((1, 5, 'P', START, False, False, 0, None),)}
OLD = {'a': ((1, 5, 'P', START, False, False, 0, None),), 'old': ((2, 1, 'P', START, False, False, 0, None),)}
EPOCH = {'a': ((1, 5, 'P', 90, True, False, 0, None),)}         # its xmin looks like one to come
FULL = {'a': ((1, 5, 'P', START, False, False, 0, None),), 'q': ((3, 5, 'Q', BEFORE, False, False, 0, None),)}
P, BOTH = {'P': 'old'}, {'P': 'old', 'Q': 'old'}
R = refresh() + commit()


def one(*programs, rows=ROW, leaves=P, filled=True, mutant=''):
    return [list(p) for p in programs], rows, leaves, filled, mutant


def r(mutant='', n=1):
    return (refresh(mutant) + commit()) * n


def w(*statements, end=None):
    return sum(statements, []) + (end or commit())


def orders(mutant=''):
    """Ids drawn and committed in any order; rolled-back ones."""
    yield one(w(draw('x'), insert('x', name='x')), w(insert('y')), r(mutant, 2), mutant=mutant)
    yield one(w(draw('x'), insert('x', name='x')), w(insert('y'), end=abort()), w(insert('z')), r(mutant), mutant=mutant)
    yield one(w(insert('x'), insert('y')), w(draw('z'), insert('z', name='z')), r(mutant), r(mutant), mutant=mutant)
    yield one(w(draw('x'), insert('x', name='x')), w(insert('y')), r(mutant), filled=False, mutant=mutant)


def subtransactions(mutant=''):
    yield one(w(insert('x'), insert('y', sub=True)), w(insert('z')), r(mutant, 2), mutant=mutant)
    yield one(w(insert('x', sub=True), insert('y', sub=True)), w(insert('z')), r(mutant, 2), mutant=mutant)
    yield one(w(insert('x', sub=True), insert('y', sub=True)), w(insert('z')), r(mutant), filled=False, mutant=mutant)


def inside(mutant=''):
    """A refresh in a transaction that writes."""
    yield one(w(draw('x'), refresh(mutant), insert('x', name='x')), w(insert('y')), r(mutant), mutant=mutant)
    yield one(w(insert('x'), refresh(mutant), insert('y')), w(insert('z')), r(mutant), mutant=mutant)
    yield one(w(insert('x', sub=True), refresh(mutant), refresh(mutant)), w(insert('z')), r(mutant), mutant=mutant)


def prepared(mutant=''):
    yield one(w(draw('x'), insert('x', name='x'), end=commit(True)), w(insert('y')) + r(mutant, 2), mutant=mutant)
    yield one(w(draw('x'), insert('x', name='x'), end=commit(True)), w(insert('y')), r(mutant, 2), mutant=mutant)


def updates(mutant=''):
    yield one(w(insert('x')) + w(update('x')), w(update('a')), r(mutant), r(mutant), mutant=mutant)
    yield one(w(insert('x'), update('x')), w(insert('y')), r(mutant), mutant=mutant)


def frozen(mutant=''):
    yield one(w(insert('x')), freeze('x'), w(insert('y')), r(mutant), r(mutant), mutant=mutant)
    yield one(w(insert('y')), r(mutant), rows=EPOCH, mutant=mutant)


def rewrites(mutant=''):
    yield one(w(insert('x')), w(rewrite()), r(mutant, 2), mutant=mutant)
    yield one(w(insert('x')), w(rewrite()), w(insert('y')), r(mutant), mutant=mutant)


def partitions(mutant=''):
    yield one(w(attach('Q', False)) + r(mutant) + w(attach('Q')), rows=FULL, leaves=BOTH, mutant=mutant)
    yield one(w(attach('Q', False)) + w(insert('x'), update('x')) + r(mutant) + w(attach('Q')), rows=FULL, leaves=BOTH, mutant=mutant)
    yield one(w(attach('Q')), r(mutant), rows=FULL, filled=False, mutant=mutant)
    yield one(w(insert('x')), w(attach('Q')), w(insert('y')), r(mutant, 2), rows=FULL, mutant=mutant)
    yield one(w(attach('Q', False)) + w(attach('Q')), w(insert('x')), r(mutant, 2), rows=FULL, leaves=BOTH, mutant=mutant)
    yield one(w(attach('Q', False)) + w(attach('Q')), w(update('a')), r(mutant), r(mutant), rows=FULL, leaves=BOTH, mutant=mutant)


def closing(mutant=''):
    yield one(close(3) + r(mutant) + w(delete('old')) + w(rewrite()), w(insert('x')), r(mutant), rows=OLD, mutant=mutant)
    yield one(w(insert('x', 1)), close(3), w(insert('y', 1)), r(mutant, 2), rows=OLD, mutant=mutant)
    yield one(w(draw('x'), insert('x', 1, name='x')), w(rewrite()), close(3) + r(mutant), rows=OLD, mutant=mutant)


def fresh(mutant=''):
    yield one(w(draw('x'), insert('x', name='x')), w(insert('y', sub=True)), r(mutant), read(mutant), mutant=mutant)
    yield one(w(insert('x'), read(mutant), refresh(mutant), read(mutant)), w(update('a')), r(mutant), mutant=mutant)
    yield one(w(insert('x')), w(attach('Q')), r(mutant), read(mutant), rows=FULL, mutant=mutant)
    yield one(close(3) + r(mutant) + w(delete('old')) + w(rewrite()), w(insert('x')), read(mutant), rows=OLD, mutant=mutant)
    yield one(w(insert('x', 1)), close(3) + r(mutant), w(update('old')), read(mutant), rows=OLD, mutant=mutant)


def filling(mutant=''):
    fill = [refresh(mutant, True, True) + commit()] + [refresh(mutant) + commit()] * 2
    yield one(sum(fill, []), w(insert('x')), w(update('a')), rows=OLD, filled=False, mutant=mutant)
    yield one(sum(fill, []), w(draw('x'), insert('x', name='x')), w(update('old'), insert('y')), rows=OLD, filled=False, mutant=mutant)
    yield one(sum(fill, []), w(insert('x')), w(rewrite()), rows=OLD, filled=False, mutant=mutant)
    yield one(sum(fill, []), w(insert('x')), freeze('x'), rows=EPOCH, filled=False, mutant=mutant)
    yield one(sum(fill[:2], []), w(attach('Q', False)) + w(attach('Q')), w(insert('x')), rows=FULL, leaves=BOTH, filled=False, mutant=mutant)
    yield one(sum(fill[:2], []), w(attach('Q')), w(insert('x', sub=True)), rows=FULL, filled=False, mutant=mutant)


CASES = [   # name, must it hold, configurations
    ('any order of values and commits', True, orders),
    ('subtransactions, too many for a snapshot', True, subtransactions),
    ('a refresh in a transaction that writes', True, inside),
    ('prepared transactions', True, prepared),
    ('updates', True, updates),
    ('frozen rows', True, frozen),
    ('storage written anew', True, rewrites),
    ('partitions', True, partitions),
    ('closed buckets', True, closing),
    ('fresh reads', True, fresh),
    ('a first fill in batches', True, filling),
]
MUTANTS = [
    (orders, 'bound_ignores_open', 'list_after_snapshot', 'floor_after_list'),
    (subtransactions, 'no_subtransactions', 'overflow_ignored'),
    (inside, 'own_not_listed', 'own_xid_seen'),
    (prepared, 'prepared_not_listed'),
    (updates, 'updated_added', 'updated_ignored'),
    (frozen, 'frozen_is_old', 'frozen_added'),
    (rewrites, 'rewrite_ignored'),
    (partitions, 'unknown_partition_by_xmin', 'detached_forgotten', 'return_not_noticed', 'attach_while_it_looks'),
    (closing, 'closed_recomputed', 'closed_by_now'),
    (filling, 'fill_by_snapshot', 'fill_by_seen_alone', 'refresh_beside', 'detached_while_filling'),
    (fresh, 'definition_though_closed'),
]
CASES += [(mutant, False, lambda f=configurations, m=mutant: f(m))
          for configurations, *mutants in MUTANTS for mutant in mutants]


if __name__ == '__main__':
    sys.exit(report(CASES, runner(explore, QUICK, LIMIT), sys.argv[1:]))
