#!/usr/bin/env python3
"""Explores all interleavings of writers, refreshes and readers of deferred views.

    python3 test/model/deferred.py [--quick] [NAME...]      prints TAP

A model of the change log: writers add their changed rows to the current
segment of the log at commit; a refresh adds to the view what its snapshot
sees of them and the view's watermark, a snapshot itself, does not; it then
rotates, closes and drops segments.  The world has row versions with command
ids, heavyweight locks with PostgreSQL's modes, and commits in four steps:
the commit record, visible, invalidations sent, locks released.  TRUNCATE and
dropped segments are gone for every snapshot as soon as they are committed.

Rules that are easily overlooked, each with a mutant below: a refresh waits
for its locks holding none of them; the own xid is not in a new watermark,
although the own snapshot has it neither running nor in the future; a mark
(stale, log_limit) that came while a refresh ran stays; what a transaction has
filled itself it refreshes as it filled it, and reads by the definition if it
has changed the tables before; so it does after a TRUNCATE of its own.

Checked in every snapshot that can exist (each prefix of the order in which
transactions become visible, here and on a standby), after each step:

- what is stored of a view is its definition at the watermark seen there
- stored rows and log make the definition in that snapshot, as a fresh read
  has it, unless a segment needed is gone; the newest snapshot has them all
- no segment is read or written after it was dropped; no change is computed
  over a table that was truncated behind the snapshot; no deadlock

A case that "holds" must hold; one that leaves a rule out must fail, and its
schedule is printed.  The exit status says whether all went as it should.
--quick looks at a part of each configuration of a case that must hold: at no more
than QUICK states of all of them.
"""
import random
import sys

sys.dont_write_bytecode = True
from protocol import Wrong, report, runner

QUICK = 20000                   # states of a case
LIMIT = 3000000                 # states of a configuration
WAIT, AGAIN = 'wait', 'again'   # what a step may return, or a label to go to


class Abort(Exception):
    """The transaction ends with an error that it may end with."""


# --- bags, and the views: definition and delta ---

def bag(values):
    out = {}
    for x in values:
        out[x] = out.get(x, 0) + 1
    return out


def add(x, y, times=1):
    out = dict(x)
    for k, n in y.items():
        out[k] = out.get(k, 0) + n * times
        if not out[k]:
            del out[k]
    return out


VIEWS = {'pairs': 'AB', 'pairs2': 'AB', 'least': 'A', 'rows': 'A'}  # tables read


def define(view, tables):
    """Of bags by table: pairs of A and B; min(A), not linear; the rows of A."""
    a = tables['A']
    if view == 'least':
        return {min(a): 1} if a else {}
    if view == 'rows':
        return a
    out = {}
    for x, n in a.items():
        for y, m in tables['B'].items():
            if x % 10 == y % 10:
                out[(x, y)] = n * m
    return out


def delta(view, tables, inserted, deleted):
    """By terms over the present where linear, else new less old state, where
    the old state is T EXCEPT ALL inserted UNION ALL deleted."""
    if VIEWS[view] == 'AB':
        change = {t: add(inserted[t], deleted[t], -1) for t in 'AB'}
        terms = add(define(view, {'A': change['A'], 'B': tables['B']}),
                    define(view, {'A': tables['A'], 'B': change['B']}))
        return add(terms, define(view, change), -1)
    old = {}
    for x in set(tables['A']) | set(deleted['A']):
        n = max(tables['A'].get(x, 0) - inserted['A'].get(x, 0), 0) + deleted['A'].get(x, 0)
        if n:
            old[x] = n
    return add(define(view, tables), define(view, {'A': old}), -1)


# --- the world ---

CONFLICTS = {
    'AccessShare': ('AccessExclusive',),
    'RowExclusive': ('Share', 'Exclusive', 'AccessExclusive'),
    'Share': ('RowExclusive', 'Exclusive', 'AccessExclusive'),
    'Exclusive': ('RowExclusive', 'Share', 'Exclusive', 'AccessExclusive'),
    'AccessExclusive': ('AccessShare', 'RowExclusive', 'Share', 'Exclusive', 'AccessExclusive'),
}
START = 0                       # the xid of what is there at the start


class World:
    """rows: row id -> versions (value, xmin, cmin, xmax, cmax), oldest first.
    Row ids: ('base', table, name); ('log', table, segment, xid, n) with (sign,
    value), sign 0 a marker; ('stored', view, xid, n) with a change of the view;
    ('watermark', view) with (seen, xmin, own xid, reason); ('current', table)
    with its segment; ('segment', table, n) with closed_xid.

    A process is (number, place in its program, variables).  Its variable
    'pending' is what it has changed, ('segment', table) its plan."""

    def __init__(self, procs):
        self.rows, self.locks = {}, {}
        self.visible, self.logged, self.running, self.next_xid = (), (), frozenset(), 1
        self.sent = 0                   # invalidations
        self.gone = frozenset()         # segments dropped
        self.truncated = frozenset()    # (table, xid), committed
        self.crashed = False
        self.procs = procs

    def copy(self):
        w = World(list(self.procs))
        w.__dict__.update(self.__dict__)
        w.procs, w.rows, w.locks = list(self.procs), dict(self.rows), dict(self.locks)
        return w

    def key(self):
        return (frozenset(self.rows.items()), frozenset(self.locks.items()), self.visible,
                self.logged, self.next_xid, self.sent, self.gone, self.truncated, self.crashed,
                tuple((pc, frozenset(v.items())) for _, pc, v in self.procs))

    # Snapshots: (xids seen, xmin)
    def snapshot(self):
        return (frozenset(self.visible) | {START}, min(self.running, default=self.next_xid))

    def see(self, snapshot, v, *prefix, command=None, version=False):
        """Row id -> value of the visible rows whose ids start like this; with
        version, who wrote it, too."""
        seen, own = snapshot[0], v.get('xid')
        command = v.get('command', 1) if command is None else command
        out, n = {}, len(prefix)

        def sees(x, c):
            return c < command if x == own and own is not None else x in seen
        for rid, versions in self.rows.items():
            if rid[:n] != prefix or rid in v.get('cut', ()):
                continue
            for value, xmin, cmin, xmax, cmax in versions:
                if sees(xmin, cmin) and not (xmax is not None and sees(xmax, cmax)):
                    if rid in out:
                        raise Wrong(f'two versions of {rid} are visible')
                    out[rid] = (value, xmin, cmin) if version else value
        return out

    def newest(self, v, *prefix, **o):
        """The same of committed rows and own ones."""
        return self.see(self.snapshot(), v, *prefix, **o)

    def is_newest(self, snapshot, v, *prefix):
        return self.see(snapshot, v, *prefix, version=True) == self.newest(v, *prefix, version=True)

    def committed(self, *prefix):
        return self.see(self.snapshot(), {}, *prefix)

    def tables(self, snapshot, v, command=None):
        return {t: bag(self.see(snapshot, v, 'base', t, command=command).values()) for t in 'AB'}

    def stored(self, snapshot, v, view):
        out = {}
        for change in self.see(snapshot, v, 'stored', view).values():
            out = add(out, dict(change))
        return out

    # Rows
    def give_xid(self, v):
        if 'xid' not in v:
            v['xid'] = self.next_xid
            v['command'] = 1
            self.running |= {self.next_xid}
            self.next_xid += 1

    def insert(self, v, rid, value):
        self.give_xid(v)
        self.rows[rid] = self.rows.get(rid, ()) + ((value, v['xid'], v['command'], None, None),)

    def busy(self, v, rid):
        """Is the row being written by another?"""
        return any(x in self.running and x != v.get('xid')
                   for version in self.rows.get(rid, ()) for x in (version[1], version[3]))

    def end(self, v, rid):
        self.give_xid(v)
        *older, (value, xmin, cmin, xmax, _) = self.rows[rid]
        if xmax is not None or self.busy(v, rid):
            raise Wrong(f'{rid} was ended by another: an error, or a wait')
        self.rows[rid] = tuple(older) + ((value, xmin, cmin, v['xid'], v['command']),)

    def update(self, v, rid, value):
        self.end(v, rid)
        self.insert(v, rid, value)

    # Locks
    def lock(self, n, tag, mode):
        """Has it, now?  Whoever waits asks again."""
        holders = self.locks.get(tag, frozenset())
        if any(m in CONFLICTS[mode] for other, m in holders if other != n):
            return False
        self.locks[tag] = holders | {(n, mode)}
        return True

    def unlock(self, n, tag=None):
        for t, holders in list(self.locks.items()):
            if tag in (None, t):
                left = frozenset(h for h in holders if h[0] != n)
                if left:
                    self.locks[t] = left
                else:
                    del self.locks[t]

    # Ends
    def become_visible(self, v):
        xid = v['xid']
        self.visible += (xid,)
        self.running -= {xid}
        for rid in v.get('cut', ()):
            self.rows.pop(rid, None)
        self.truncated |= {(t, xid) for t in v.get('truncates', ())}
        for tag in v.get('drops', ()):
            self.gone |= {tag}
            for rid in [r for r in self.rows if r[:3] == ('log',) + tag]:
                del self.rows[rid]

    def abort(self, n, v):
        xid = v.get('xid')
        if xid is not None:
            self.running -= {xid}
            for rid, versions in list(self.rows.items()):
                left = tuple((value, a, c, None, None) if b == xid else (value, a, c, b, d)
                             for value, a, c, b, d in versions if a != xid)
                if left:
                    self.rows[rid] = left
                else:
                    del self.rows[rid]
        self.unlock(n)


def in_watermark(w, xid):
    """Is what this transaction has logged in the watermark (or the row's own xid)?"""
    seen, _, own, _ = w
    return xid < seen[1] if isinstance(seen, tuple) else xid in seen or xid == own


def newer(mark, snapshot):
    """Has it taken in what the snapshot does not see?  Only if filled under a
    newer one, in REPEATABLE READ, by the same transaction."""
    return isinstance(mark[0], frozenset) and not mark[0] <= snapshot[0]


def log_rows(w, snapshot, v, mark, table, segments):
    """Changes visible in the snapshot and not in the watermark: inserted,
    deleted, whether a marker is among them."""
    inserted, deleted, marker = {}, {}, False
    for n in segments:
        for rid, (sign, value) in w.see(snapshot, v, 'log', table, n, command=0).items():
            if in_watermark(mark, rid[3]):
                continue
            if sign == 0:
                marker = True
            elif sign > 0:
                inserted = add(inserted, {value: 1})
            else:
                deleted = add(deleted, {value: 1})
    both = {x: min(n, deleted[x]) for x, n in inserted.items() if x in deleted}
    return add(inserted, both, -1), add(deleted, both, -1), marker


def needed(segments, mark):
    """Of ('segment', table, n) -> closed_xid, those that may have what this
    watermark has not."""
    return sorted(rid[1:] for rid, closed in segments.items() if closed is None or closed > mark[1])


# --- programs: lists of (label, step(world, number of the process, variables)) ---

def plan(table):
    """A statement that has its plan, and no xid yet."""
    def step(w, n, v):
        if not w.lock(n, ('table', table), 'RowExclusive'):
            return WAIT
        keep_plan(w, v, table)
    return [(f'plan_{table}', step)]


def keep_plan(w, v, table):
    if ('plan', table) not in v:
        v[('plan', table)] = (w.newest(v, 'current', table)[('current', table)], w.sent)


def change(table, sign, name, value=None):
    """A statement: base rows, and the plan as it is now."""
    def step(w, n, v):
        if not w.lock(n, ('table', table), 'RowExclusive'):
            return WAIT
        rid = ('base', table, name)
        if sign < 0:
            if w.busy(v, rid):
                return WAIT
            if rid not in w.newest(v, *rid):
                return None
            row = w.newest(v, *rid)[rid]
            w.end(v, rid)
        else:
            row = value
            w.insert(v, rid, row)
        note_change(w, v, table, sign, row)
    return [(f'{"+-"[sign < 0]}{name}', step)]


def note_change(w, v, table, sign, row):
    v['pending'] = v.get('pending', ()) + ((table, sign, row),)
    v['command'] += 1
    keep_plan(w, v, table)
    if v.get('filled'):
        v['changed_after'] = v.get('changed_after', ()) + tuple(x for x in v['filled'] if table in VIEWS[x])


def truncate(table):
    def step(w, n, v):
        if not w.lock(n, ('table', table), 'AccessExclusive'):
            return WAIT
        w.give_xid(v)
        v['cut'] = tuple(sorted(set(v.get('cut', ())) | {r for r in w.rows if r[:2] == ('base', table)}))
        v['truncates'] = v.get('truncates', ()) + (table,)
        note_change(w, v, table, 0, None)
    return [(f'truncate_{table}', step)]


def commit(mutant='', tables='A', prepare=False):
    """What is pending goes to the log, then the transaction commits."""
    def lock_segment(table):
        def step(w, n, v):
            if not any(c[0] == table for c in v.get('pending', ())):
                return f'write_{table}'
            segment, sent = v[('plan', table)]
            tag = ('segment', table, segment)
            if not w.lock(n, tag, 'RowExclusive'):
                if mutant == 'writer_waits' or not look(w, v, table):
                    return WAIT
                return AGAIN
            if mutant != 'writer_does_not_look' and look(w, v, table):
                w.unlock(n, tag)
                return AGAIN
        return step

    def look(w, v, table):
        """Accepts invalidations; has the plan changed?"""
        segment, sent = v[('plan', table)]
        if sent == w.sent and not v.get('rotated'):
            return False
        now = w.newest(v, 'current', table)[('current', table)]
        if mutant == 'writer_looks_in_its_snapshot':
            now = w.see(v['transaction'], v, 'current', table)[('current', table)]
        v[('plan', table)] = (now, w.sent)
        return now != segment

    def write(table):
        def step(w, n, v):
            rows, marker = {}, False
            for t, sign, row in v.get('pending', ()):
                if t == table and sign == 0:
                    rows, marker = {}, True
                elif t == table:
                    rows = add(rows, {row: sign})
            if rows or marker:
                segment = v[('plan', table)][0]
                if (table, segment) in w.gone:
                    raise Wrong(f'a writer adds to segment {segment} of {table}, which was dropped')
                todo = [(0, None)] * (marker and mutant != 'no_marker') + \
                    [(1 if k > 0 else -1, row) for row, k in sorted(rows.items()) for _ in range(abs(k))]
                for i, row in enumerate(todo):
                    w.insert(v, ('log', table, segment, v['xid'], i), row)
            if table == tables[-1]:
                mark_stale(w, v)
        return step

    def mark_stale(w, v):
        if mutant == 'changes_after_fill_not_noticed':
            return
        for view in set(v.get('changed_after', ())):
            seen, xmin, own, _ = w.newest(v, 'watermark', view)[('watermark', view)]
            if own == v['xid']:
                v['command'] += 1
                w.update(v, ('watermark', view), (seen, xmin, own, 'changed after it was filled'))

    def log(w, n, v):
        if 'xid' not in v:
            return 'unlock'
        w.logged += (v['xid'],)

    def visible(w, n, v):
        w.become_visible(v)
        if mutant == 'unlock_before_invalidations':
            w.unlock(n)
        if not v.get('rotated'):
            unlock(w, n, v)
            return 'ended'

    def invalidate(w, n, v):
        w.sent += 1
        return 'unlock'

    def unlock(w, n, v):
        w.unlock(n)
        v.clear()
    steps = []
    for t in tables:
        steps += [(f'segment_{t}', lock_segment(t)), (f'write_{t}', write(t))]
    if prepare:
        steps += [('prepare', lambda w, n, v: v.update(prepared=True))]
    return steps + [('log', log), ('visible', visible), ('invalidate', invalidate), ('unlock', unlock), ('ended', None)]


def begin():
    """REPEATABLE READ: the first statement's snapshot is the transaction's."""
    def step(w, n, v):
        v['transaction'] = w.snapshot()
    return [('begin_rr', step)]


def take_snapshot(w, v):
    v['snapshot'] = v.get('transaction') or w.snapshot()


def fill(view, mutant=''):
    """ivm.create_view: the log's lock, those of the tables, a new snapshot (in
    REPEATABLE READ too), the rows."""
    def lock_log(w, n, v):
        if mutant != 'creator_takes_no_lock' and not w.lock(n, 'log', 'Share'):
            return WAIT

    def lock_tables(w, n, v):
        if not all(w.lock(n, ('table', t), 'AccessShare') for t in VIEWS[view]):
            return WAIT

    def snapshot(w, n, v):
        v['snapshot'] = w.snapshot()
        if mutant == 'creator_uses_transaction_snapshot':
            take_snapshot(w, v)

    def rows(w, n, v):
        w.give_xid(v)
        snap = v.pop('snapshot')
        own = any(c[0] in VIEWS[view] for c in v.get('pending', ()))
        content = define(view, w.tables(snap, v))
        if content:
            w.insert(v, ('stored', view, v['xid'], v['command']), tuple(sorted(content.items())))
        w.insert(v, ('watermark', view), (snap[0], min(snap[1], v['xid']),
                                          v['xid'] if own and mutant != 'no_own_xid' else None, None))
        v['command'] += 1
        if own:
            v['filled'] = v.get('filled', ()) + (view,)
    steps = [('log_lock', lock_log), ('lock_tables', lock_tables), ('snapshot', snapshot), ('fill', rows)]
    if mutant == 'creator_snapshot_before_lock':
        steps = [steps[2], steps[0], steps[1], steps[3]]
    if mutant == 'creator_locks_tables_first':
        steps[:2] = steps[1], steps[0]
    return steps


def refresh(*views, mutant='', wait=True):
    """ivm.refresh, ivm.refresh_together"""
    tables = sorted(set(''.join(VIEWS[v] for v in views)))

    def lock_view(view):
        def step(w, n, v):
            if mutant != 'no_refresh_lock' and not w.lock(n, ('refresh', view), 'Exclusive'):
                return WAIT if wait else 'refreshed'
        return step

    def lock_table(table):
        def step(w, n, v):
            if not w.lock(n, ('table', table), 'AccessShare'):
                return WAIT
        return step

    def lock(w, n, v):
        """All of them or, while it waits, none."""
        for _, step in one_by_one:
            after = step(w, n, v)
            if after:
                return after
    one_by_one = [(f'lock_{x}', lock_view(x)) for x in views] + [(f'lock_table_{t}', lock_table(t)) for t in tables]

    def snapshot(w, n, v):
        take_snapshot(w, v)

    def lock_segments(w, n, v):
        """Which way?  Locks what is to be read."""
        snap, todo = v['snapshot'], ()
        for view in views:
            rid = ('watermark', view)
            mark = w.see(snap, v, *rid).get(rid)
            if 'transaction' in v and mutant != 'rr_takes_newest_watermark' and \
                    not w.is_newest(snap, v, *rid):
                raise Abort('40001')
            if mutant == 'rr_takes_newest_watermark':
                mark = w.newest(v, *rid).get(rid)
            if mark is None or (newer(mark, snap) and mutant not in (
                    'rr_refresh_goes_back', 'rr_takes_newest_watermark')):
                continue        # not there for this snapshot; or filled by this transaction, later
            todo += ((view, mark, way(w, n, v, snap, view, mark)),)
        v['todo'] = todo
        if not todo:
            v.pop('snapshot')
            v.pop('todo')
            return 'refreshed'

    def way(w, n, v, snap, view, mark):
        if mark[2] is not None and mark[2] == v.get('xid') and mutant != 'refresh_of_own_fill':
            return 'fill'       # what is stored has own changes: as it was filled
        if any(c[0] in VIEWS[view] and c[1] == 0 for c in v.get('pending', ())) and \
                mutant != 'refresh_after_own_truncate':
            return 'fill'       # command id 0 does not show what was there
        if mutant not in ('rr_ignores_new_markers', 'snapshot_before_table_locks'):
            for t in VIEWS[view]:
                for rid, (sign, _) in w.committed('log', t).items():
                    if sign == 0 and rid[3] not in snap[0]:
                        raise Abort('40001')
        if mark[3] is not None:
            return 'recompute'
        segments = [s for t in VIEWS[view] for s in needed(w.see(snap, v, 'segment', t), mark)]
        for s in segments:
            if not w.lock(n, ('segment',) + s, 'AccessShare') or s in w.gone:
                return 'recompute'
        return tuple(segments)

    def apply(w, n, v):
        snap = v['snapshot']
        if any(w.busy(v, ('watermark', view)) for view, _, _ in v['todo']):
            return WAIT
        for view, mark, how in v['todo']:
            w.give_xid(v)
            rid = ('watermark', view)
            # Own changes are left for the next refresh; what this transaction has stored itself is not.
            command = None if how == 'fill' or mutant == 'own_changes_applied' else 0
            if how == 'fill' and 'transaction' in v:
                snap = w.snapshot()
            seen, xmin, own, reason = snap[0], min(snap[1], v['xid']), None, None
            tables = w.tables(snap, v, command)
            have = w.stored((frozenset(w.visible) | {START}, 0), v, view)
            if mutant == 'no_refresh_lock':
                have = w.stored(snap, v, view)
            inserted, deleted, marker = {'A': {}, 'B': {}}, {'A': {}, 'B': {}}, False
            if not isinstance(how, str):
                for t in VIEWS[view]:
                    inserted[t], deleted[t], m = log_rows(w, snap, v, mark, t, [s[1] for s in how if s[0] == t])
                    marker = marker or m
            if how == 'fill':
                own = v['xid']
                v['filled'] = tuple(sorted(set(v.get('filled', ())) | {view}))
                v['changed_after'] = tuple(x for x in v.get('changed_after', ()) if x != view)
            if isinstance(how, str) or (marker and mutant != 'markers_ignored'):
                new = add(define(view, tables), have, -1)
            else:
                for t in VIEWS[view]:
                    if t in v.get('truncates', ()) or any(x not in snap[0] for a, x in w.truncated if a == t):
                        raise Wrong(f'a change of {view} is computed over {t}, '
                                    'which was truncated behind the snapshot')
                new = delta(view, tables, inserted, deleted)
            if not w.is_newest(v['snapshot'], v, *rid) and mutant not in ('mark_overwritten', 'no_refresh_lock', 'rr_takes_newest_watermark'):
                reason = w.newest(v, *rid)[rid][3]     # marked stale meanwhile: it stays so
            if mutant == 'id_watermark':
                seen = ('below', max([x for x in snap[0]]) + 1)
            if mutant == 'own_xid_counted_as_seen':
                seen |= {v['xid']}
            v['command'] += 1
            if new:
                w.insert(v, ('stored', view, v['xid'], v['command']), tuple(sorted(new.items())))
            w.update(v, rid, (seen, xmin, own, reason))
            v['command'] += 1
        v.pop('snapshot')
        v.pop('todo')
        if mutant == 'refresh_lock_released_early':
            for view in views:
                w.unlock(n, ('refresh', view))
    steps = one_by_one if mutant == 'locks_one_by_one' else [('lock', lock)]
    steps = steps + [('snapshot', snapshot)]
    if mutant == 'snapshot_before_table_locks':
        steps.reverse()
    return steps + [('lock_segments', lock_segments), ('apply', apply), ('refreshed', None)]


def tend(what, mutant='', table='A', limit=None):
    """A pass over the log: of 'limit', 'close', 'trim', 'rotate'."""
    def lock_log(w, n, v):
        if mutant != 'pass_takes_no_lock' and not w.lock(n, 'log', 'Exclusive'):
            return 'passed'

    def old_segments(w):
        current = w.committed('current', table)[('current', table)]
        return {r: c for r, c in w.committed('segment', table).items() if r[2] != current}

    def mark_limit(w, n, v):
        rid = ('watermark', limit)
        mark = w.committed(*rid).get(rid)
        if mark and mark[3] is None and not w.busy(v, rid):
            w.update(v, rid, mark[:3] + ('log_limit',))
            v['command'] += 1

    def next_xid(w, n, v):
        v['next_xid'] = w.next_xid

    def close(w, n, v):
        early = v.pop('next_xid', None)
        old = old_segments(w)
        if mutant == 'own_rotation_closed':
            old.update((r, c) for r, c in w.newest(v, 'segment', table).items()
                       if r[2] != w.newest(v, 'current', table)[('current', table)])
        for rid, closed in old.items():
            if closed is not None or w.busy(v, rid):
                continue
            if mutant != 'close_without_lock' and not w.lock(n, rid, 'Share'):
                continue
            w.give_xid(v)
            w.update(v, rid, w.next_xid if early is None else early)
            v['command'] += 1
            if mutant != 'close_keeps_lock':
                w.unlock(n, rid)        # whoever gets a lock now, sees the rotation

    def trim(w, n, v):
        own = w.newest(v, 'watermark')
        marks = own if mutant == 'trim_counts_own_watermark' else w.committed('watermark')
        passed = any if mutant == 'trim_looks_at_one_view' else all
        for rid, closed in old_segments(w).items():
            if closed is None or mutant != 'trim_ignores_watermarks' and not passed(
                    own.get(r, m)[3] is not None or m[1] >= closed
                    for r, m in marks.items() if table in VIEWS[r[1]]):
                continue
            if w.busy(v, rid) or (mutant != 'trim_without_lock' and not w.lock(n, rid, 'AccessExclusive')):
                continue
            w.end(v, rid)
            v['command'] += 1
            v['drops'] = v.get('drops', ()) + (rid[1:],)

    def rotate(w, n, v):
        rid = ('current', table)
        if w.busy(v, rid):
            return None
        new = max(r[2] for r in w.rows if r[:2] == ('segment', table)) + 1
        new = max([new] + [s + 1 for t, s in w.gone if t == table])
        w.give_xid(v)
        w.insert(v, ('segment', table, new), None)
        w.update(v, rid, new)
        v['command'] += 1
        v['rotated'] = True
    step = {'limit': mark_limit, 'close': close, 'trim': trim, 'rotate': rotate}
    steps = [('log_lock', lock_log)] + [(name, step[name]) for name in what]
    if mutant == 'closed_xid_before_lock':
        steps.insert(0, ('next_xid', next_xid))
    return steps + [('passed', None)]


def read(view, mutant=''):
    """A fresh read: its snapshot, the segments' locks if free, then whether
    the log is as the snapshot sees it."""
    def lock_tables(w, n, v):
        if not all(w.lock(n, ('table', t), 'AccessShare') for t in VIEWS[view]):
            return WAIT

    def snapshot(w, n, v):
        take_snapshot(w, v)

    def compare(w, n, v):
        """Is there something that the snapshot does not see?"""
        snap = v['snapshot']
        return all(w.is_newest(snap, v, kind, t)
                   for kind in ('current', 'segment') for t in VIEWS[view])

    def early(w, n, v):
        v['compared'] = compare(w, n, v)

    def lock(w, n, v):
        snap = v['snapshot']
        mark = w.see(snap, v, 'watermark', view).get(('watermark', view))
        if mark is None or mark[3] is not None or (
                newer(mark, snap) and mutant != 'rr_reader_before_fill'):
            return definition(v)
        if mark[2] is not None and mark[2] == v.get('xid') and mutant != 'own_pending_after_fill':
            return definition(v)
        v['segments'] = ()
        for s in [s for t in VIEWS[view] for s in needed(w.see(snap, v, 'segment', t), mark)]:
            if mutant != 'reader_takes_no_lock' and not w.lock(n, ('segment',) + s, 'AccessShare'):
                return definition(v)
            v['segments'] += (s,)

    def look(w, n, v):
        if not (v.pop('compared', None) or mutant == 'reader_does_not_compare' or compare(w, n, v)):
            return definition(v)
        if mutant != 'reader_ignores_new_markers' and any(
                sign == 0 and rid[3] not in v['snapshot'][0]
                for t in VIEWS[view] for rid, (sign, _) in w.committed('log', t).items()):
            return definition(v)

    def result(w, n, v):
        snap, segments = v['snapshot'], v['segments']
        if any(s in w.gone for s in segments):
            raise Wrong(f'a reader of {view} reads a segment that was dropped')
        for t in VIEWS[view]:
            if any(x not in snap[0] for a, x in w.truncated if a == t):
                raise Wrong(f'a fresh read of {view} over {t}, which was truncated behind the snapshot')
        fresh(w, snap, v, view, segments, v.get('pending', ()))
        return definition(v)

    def definition(v):
        for name in ('snapshot', 'segments', 'compared'):
            v.pop(name, None)
        return 'read'
    steps = [('lock_tables', lock_tables), ('snapshot', snapshot), ('lock', lock), ('look', look), ('result', result)]
    if mutant == 'reader_compares_before_lock':
        steps = steps[:2] + [('compare', early)] + steps[2:]
    return steps + [('read', None)]


def fresh(w, snap, v, view, segments, pending=()):
    """Stored rows, log and own pending change, merged, against the definition."""
    mark = w.see(snap, v, 'watermark', view)[('watermark', view)]
    inserted, deleted, marker = {'A': {}, 'B': {}}, {'A': {}, 'B': {}}, False
    for t in VIEWS[view]:
        inserted[t], deleted[t], m = log_rows(w, snap, v, mark, t, [s[1] for s in segments if s[0] == t])
        marker = marker or m
    for t, sign, row in pending:
        if sign == 0:
            marker = True
        elif t in VIEWS[view]:
            into, out_of = (inserted, deleted) if sign > 0 else (deleted, inserted)
            if row in out_of[t]:
                out_of[t] = add(out_of[t], {row: -1})
            else:
                into[t] = add(into[t], {row: 1})
    if marker:
        return                  # the definition is run
    tables = w.tables(snap, v)
    got = add(w.stored(snap, v, view), delta(view, tables, inserted, deleted))
    want = define(view, tables)
    if got != want:
        raise Wrong(f'a fresh read of {view} says {got}, the definition {want}, '
                    f'in the snapshot of {sorted(snap[0] - {START})}')


# --- exploring ---

def check(w, seen, newest, together):
    snap = (seen, 0)
    marks = w.see(snap, {}, 'watermark')
    if together and len({mark[0] for mark in marks.values()}) > 1:
        raise Wrong(f'views refreshed together have different watermarks, '
                    f'in the snapshot of {sorted(seen - {START})}')
    for (_, view), mark in marks.items():
        cut = {x for t, x in w.truncated if t in VIEWS[view]}
        if mark[3] is not None or cut - seen:
            continue            # runs the definition; TRUNCATE is not MVCC-safe
        if isinstance(mark[0], frozenset) and not cut - mark[0] - {mark[2]}:
            past = mark[0] | ({mark[2]} if mark[2] is not None else set())
            have, want = w.stored(snap, {}, view), define(view, w.tables((past, 0), {}))
            if have != want:
                raise Wrong(f'{view} has {have}, its definition at the watermark {want}, '
                            f'in the snapshot of {sorted(seen - {START})}')
        segments = [s for t in VIEWS[view] for s in needed(w.see(snap, {}, 'segment', t), mark)]
        if not any(s in w.gone for s in segments):
            fresh(w, snap, {}, view, segments)
        elif newest:
            raise Wrong(f'a segment that {view} needs is gone')


def world(programs, start):
    w = World([(i + 1, 0, {}) for i in range(len(programs))])

    def put(rid, value):
        w.rows[rid] = ((value, START, 0, None, None),)
    put(('base', 'A', 'a1'), 5)
    put(('base', 'B', 'b1'), 15)
    for t in 'AB':
        put(('current', t), 1)
        put(('segment', t, 1), None)
    if 'rotated' in start:      # long ago, and nobody has closed segment 1 yet
        put(('segment', 'A', 2), None)
        put(('current', 'A'), 2)
    if 'closed' in start:       # with what transaction 1 has logged, which no view has yet
        put(('segment', 'A', 1), 2)
    for view in start.get('views', ('pairs',)):
        put(('watermark', view), (frozenset({START}), 1, None, None))
        put(('stored', view, START, 0), tuple(sorted(define(view, w.tables((frozenset({START}), 1), {})).items())))
    if 'closed' in start:
        w.rows[('base', 'A', 'a0')] = ((15, 1, 0, None, None),)
        w.rows[('log', 'A', 1, 1, 0)] = (((1, 15), 1, 0, None, None),)
        w.visible, w.logged, w.next_xid = (1,), (1,), 2
    return w


def explore(programs, start, faults, limit):
    """Number of states, more than limit if there are more, and None or
    (what is wrong, schedule)."""
    dice = random.Random(1)
    w = world(programs, start)
    found, stack, checked = {w.key()}, [(w, None)], set()

    def visit(w, trail):
        key = w.key()
        if key in found:
            return
        found.add(key)
        stack.append((w, trail))
        late = [v for _, _, v in w.procs if v.get('xid') in w.logged and v['xid'] in w.running]
        if any('cut' in v or 'drops' in v for v in late):
            w = w.copy()        # on a standby, with all that has a commit record
            for v in late:
                w.become_visible(v)
        rows = frozenset(w.rows.items())
        for order in (w.visible, w.logged):
            for n in range(len(order) + 1):
                seen = frozenset(order[:n]) | {START}
                newest = order is w.visible and n == len(order)
                if (seen, newest, rows, w.gone) not in checked:
                    checked.add((seen, newest, rows, w.gone))
                    check(w, seen, newest, 'together' in start)

    while stack:
        w, trail = stack.pop()
        if len(found) > limit:
            return len(found), None
        moved, ended, here = False, 0, None
        try:
            for i, (n, pc, variables) in dice.sample(list(enumerate(w.procs)), len(w.procs)):
                if pc is None:
                    ended += 1
                    continue
                label, step = programs[i][pc]
                here = (trail, f'{n}.{label}')
                w2, v = w.copy(), dict(variables)
                try:
                    after = step(w2, n, v)
                except Abort as e:
                    here = (trail, f'{n}.{label}: {e}')
                    w2.abort(n, v)
                    after, v = 'end', {}
                if after is WAIT:
                    pass
                else:
                    moved = True
                    to = pc if after is AGAIN else None if after == 'end' else \
                        pc + 1 if after is None else next(
                            j for j in range(pc, len(programs[i])) if programs[i][j][0] == after)
                    while to is not None and to < len(programs[i]) and programs[i][to][1] is None:
                        to += 1         # a label only
                    w2.procs[i] = (n, None if to == len(programs[i]) else to, v)
                    visit(w2, here)
                if n in faults and variables.get('xid') not in w.logged and 'prepared' not in variables and pc:
                    here = (trail, f'{n}.CANCEL')
                    w2 = w.copy()
                    w2.abort(n, variables)
                    w2.procs[i] = (n, None, {})
                    visit(w2, here)
            if 'crash' in start and not w.crashed and ended < len(w.procs):
                here = (trail, 'CRASH')
                visit(crash(w, programs), here)
            if not moved and ended < len(w.procs):
                here = trail
                raise Wrong('deadlock')
        except Wrong as e:
            schedule = []
            while here:
                schedule.append(here[1])
                here = here[0]
            return len(found), (str(e), schedule[::-1])
    return len(found), None


def crash(w, programs):
    """What has a commit record is committed, what is prepared stays."""
    w = w.copy()
    w.crashed = True
    w.sent += 1                 # whoever is there later, has no plans
    for i, (n, pc, v) in enumerate(w.procs):
        if pc is None or v.get('prepared') and v['xid'] not in w.logged:
            continue
        if v.get('xid') in w.logged:
            if v['xid'] in w.running:
                w.become_visible(v)
            w.unlock(n)
        elif pc:
            w.abort(n, v)
        else:
            continue            # begins after it
        w.procs[i] = (n, None, {})
    w.visible = tuple(x for x in w.logged)
    return w


# --- cases ---

EARLIER = dict(rotated=True)                    # segment 1 is not current any more
CLOSED = dict(rotated=True, closed=True)
TWO = ('pairs', 'rows')


def one(*programs, start=None, faults=(), views=('pairs',), **more):
    """A configuration: programs, how the world starts, who may be cancelled."""
    return [list(p) for p in programs], dict(start or {}, views=views, **more), faults


INSERT, OTHER, INSERT_B = change('A', 1, 'a2', 25), change('A', 1, 'a3', -5), change('B', 1, 'b2', 35)
PLAN, TRUNCATE = plan('A'), truncate('A')
TEND = ('close', 'trim', 'rotate')
DELETE, DELETE_B, DELETE_NEW = change('A', -1, 'a1'), change('B', -1, 'b1'), change('A', -1, 'a2')


def w(*statements, mutant='', **o):
    """A writer of A, of B or of both."""
    labels = [s[0][0] for s in statements]
    tables = ''.join(t for t, letter in (('A', 'a'), ('B', 'b')) if any(
        x[1] == letter or x == f'truncate_{t}' for x in labels))
    return sum(statements, []) + commit(mutant, tables, **o)


def r(*views, then=(), rr=False, mutant='', **o):
    """A transaction that refreshes, and tends the log then."""
    return (begin() if rr else []) + refresh(*(views or ('pairs',)), mutant=mutant, **o) + \
        (tend(then, mutant) if then else []) + commit(mutant, '')


def t(*what, mutant='', limit=None):
    """A transaction that tends the log, and nothing else."""
    return tend(what, mutant, limit=limit) + commit(mutant, '')


def refreshes():
    yield one(w(INSERT, DELETE_B), w(INSERT_B), r(), r())
    yield one(w(INSERT), w(DELETE), r(), faults=(1, 3))
    yield one(w(INSERT), w(INSERT_B), w(DELETE), r())
    for view in ('least', 'rows'):
        yield one(w(INSERT), w(DELETE), w(OTHER), r(view), views=(view,))
        yield one(w(INSERT), w(OTHER, DELETE_NEW, DELETE), r(view), r(view), views=(view,))


def refreshing(mutant=''):
    yield one(w(INSERT), w(OTHER), r('rows', mutant=mutant), r('rows', mutant=mutant), views=('rows',))


def inside(mutant=''):
    """Refreshes in transactions that write."""
    def inner(*statements):
        tables = 'AB' if INSERT_B in statements else 'A'
        return sum(statements, []) + commit(mutant, tables)
    R = refresh('pairs', mutant=mutant)
    yield one(inner(INSERT, R, OTHER), w(INSERT_B), r(), faults=(1,))
    yield one(inner(DELETE, R), w(INSERT_B), r())
    yield one(inner(INSERT, R, R), w(INSERT_B))
    yield one(inner(R, INSERT, R, OTHER), w(INSERT_B))
    yield one(begin() + inner(INSERT, R, OTHER), w(INSERT_B), r())


def together(mutant=''):
    yield one(w(INSERT), w(INSERT_B), r('pairs', 'rows'), views=TWO, together=True)
    yield one(w(INSERT), r('pairs', 'rows', mutant=mutant), r('rows', 'pairs', mutant=mutant), views=TWO)


def repeatable_read(mutant=''):
    yield one(w(INSERT), r(), r(rr=True, mutant=mutant))
    yield one(w(INSERT, DELETE_B), w(INSERT_B), r(), r(rr=True, mutant=mutant))


def prepared():
    p = w(INSERT, prepare=True)
    yield one(p, w(INSERT_B), r(), r(), crash=True)
    yield one(p, r('rows', then=TEND), r('rows', then=TEND), r('rows', then=TEND), views=('rows',), crash=True)
    yield one(p, w(TRUNCATE), r(), crash=True)
    yield one(w(INSERT), r('rows', then=TEND)[:-5] + commit(tables='', prepare=True), r('rows', then=TEND), w(OTHER), views=('rows',), crash=True)


def rotation(mutant=''):
    """Writers with an old plan; segments from the first row to their end."""
    m = dict(mutant=mutant)
    first = begin() if mutant == 'writer_looks_in_its_snapshot' else []
    writer, end = first + PLAN + w(INSERT, **m), t('close', **m) + r('rows')
    yield one(writer, t('rotate', **m) + end, views=('rows',))
    yield one(writer, t('rotate', **m), end, views=('rows',))
    yield one(writer, t('rotate', 'close', **m) + r('rows'), views=('rows',))
    yield one(t('trim', **m), r('rows', then=('trim',), **m), start=CLOSED, views=('rows',))
    yield one(writer, w(OTHER), t('rotate', **m), end, views=('rows',))


def life():
    """The same with refreshes that do it all."""
    yield one(PLAN + w(INSERT), r('rows', then=('rotate',)), r('rows', then=('close', 'trim')), r('rows', then=('close', 'trim')), views=('rows',))
    yield one(w(INSERT), w(OTHER), r('rows', then=('rotate',)), r('rows', then=TEND), views=('rows',))
    yield one(w(INSERT), r('rows', then=TEND), r('rows', then=TEND), r('rows', then=TEND), views=('rows',))
    yield one(begin() + w(INSERT), r('rows', then=TEND), r('rows', then=TEND, rr=True), r('rows', then=('trim',)), views=('rows',))


def rotation_by_a_writer(mutant=''):
    yield one(INSERT + tend(TEND, mutant) + OTHER + commit(mutant), w(DELETE), r('rows', then=TEND), r('rows', then=TEND), views=('rows',), faults=(1,))


def rotation_cancelled():
    yield one(w(INSERT), r('rows', then=TEND), r('rows', then=TEND), views=('rows',), faults=(1, 2, 3))


def two_views(mutant=''):
    m = dict(mutant=mutant)
    yield one(w(INSERT), r('rows', then=('trim',), **m), r('rows', then=('trim',), **m), r('pairs', then=('trim',), **m), start=CLOSED, views=TWO)
    yield one(w(INSERT), r('rows', then=TEND, **m), r('rows', then=TEND, **m), r('rows', then=('trim',), **m), r('pairs'), views=TWO)


def limit(mutant=''):
    """A claim ends while the view is being refreshed."""
    m = dict(mutant=mutant)
    yield one(t('rotate') + w(INSERT) + t('rotate') + t('close') + t('limit', 'trim', limit='rows'), r('rows', **m), views=('rows',))
    yield one(t('rotate'), w(INSERT), t('rotate') + t('close', 'limit', 'trim', limit='rows'), r('rows', **m) + r('rows', **m), views=('rows',))
    yield one(w(INSERT), t('limit', 'rotate', limit='rows'), t('close', 'trim'), r('rows', **m), views=('rows',))
    yield one(PLAN + w(INSERT), t('rotate') + t('close') + t('trim'), w(OTHER), views=())


def creation(mutant=''):
    """A second view over the same log."""
    m = dict(mutant=mutant)
    life = t('rotate', **m) + t('close', **m) + r() + t('trim', **m)
    for first in ([], begin()):
        yield one(w(INSERT), first + fill('rows', **m) + commit(tables=''), life)
    for first in ([], begin()):
        yield one(w(INSERT), w(OTHER), first + fill('rows', **m) + commit(tables=''), life, r('rows'))
    yield one(w(INSERT), w(OTHER), fill('rows', **m) + commit(tables=''), r('pairs', then=('trim',), **m), r('pairs', then=TEND), start=CLOSED)
    yield one(w(INSERT), fill('rows', **m) + refresh('pairs') + tend(TEND) + commit(), r('rows', then=TEND), start=CLOSED)


def own_fill(mutant=''):
    """Filled by a transaction that has changed the tables itself."""
    def inner(*statements):
        return sum(statements, []) + commit(mutant, 'A')
    F, R, S = fill('pairs', mutant), refresh('pairs', mutant=mutant), read('pairs', mutant)
    for first in ([], begin()):
        yield one(first + inner(INSERT, F), w(INSERT_B), r(), views=())
        yield one(first + inner(F, INSERT), w(INSERT_B), r(), views=())
        yield one(first + inner(INSERT, F, OTHER), w(INSERT_B), r(), views=())
        yield one(first + inner(INSERT, F, R), w(INSERT_B), r(), views=())
        yield one(first + inner(INSERT, F, S, OTHER, S), w(INSERT_B), views=())
        yield one(first + inner(INSERT, F, OTHER, R), w(INSERT_B), r(), views=())
        yield one(first + inner(F, INSERT, R, S), w(INSERT_B), r(), views=())


def truncation(mutant=''):
    m = dict(mutant=mutant)
    yield one(w(INSERT), w(TRUNCATE, OTHER, **m), w(INSERT_B), r(**m))
    yield one(w(INSERT), w(TRUNCATE, OTHER, **m), r(**m), r(), faults=(2,))
    yield one(w(INSERT_B), w(TRUNCATE, **m), r(rr=True, **m), r())
    yield one(w(INSERT), w(INSERT_B), TRUNCATE + OTHER + refresh('pairs', **m) + commit(), r(**m), faults=(3,))
    yield one(w(INSERT_B), TRUNCATE + refresh('pairs', **m) + OTHER + commit(), r(**m))
    yield one(w(INSERT_B), w(TRUNCATE, **m), read('pairs', **m) + commit(), begin() + read('pairs', **m) + commit())
    yield one(w(INSERT_B), TRUNCATE + fill('pairs') + OTHER + commit(), r(), views=())


def readers(mutant=''):
    m = dict(mutant=mutant)
    S = read('rows', mutant) + commit(tables='')
    T = INSERT + read('rows', mutant) + refresh('rows') + read('rows', mutant) + OTHER + read('rows', mutant) + commit()
    yield one(r('rows', then=('trim',), **m), r('rows', then=('trim',), **m), S, start=CLOSED, views=('rows',))
    yield one(w(INSERT), r('rows', then=('trim',), **m), r('rows', then=('trim',), **m), begin() + S, start=CLOSED, views=('rows',))
    yield one(w(INSERT), r('rows', then=TEND, **m), r('rows', then=TEND, **m), S, start=EARLIER, views=('rows',))
    yield one(T, w(DELETE), r('rows', then=TEND, **m), start=CLOSED, views=('rows',))
    yield one(begin() + T, w(DELETE), r('rows', then=TEND, **m), start=CLOSED, views=('rows',))
    yield one(w(INSERT, DELETE_B), w(INSERT_B), r('pairs'), begin() + read('pairs', mutant) + commit())


def waits(mutant='', keeps=''):
    """A transaction that has tended the log goes on and waits for a writer."""
    writer = PLAN + w(DELETE, mutant=mutant)
    yield one(writer, r('rows', then=('rotate',)), refresh('rows') + tend(('close',), keeps) + DELETE + commit(mutant), views=('rows',))
    yield one(writer, t('rotate'), t('close', mutant=keeps), tend(('trim',)) + DELETE + commit(), views=())


def creator_waits(mutant=''):
    """Who tends the log goes on and needs a lock that a creator has."""
    yield one(fill('rows', mutant) + commit(), refresh('pairs') + tend(('rotate',)) + TRUNCATE + commit())


CASES = [   # name, must it hold, configurations
    ('refreshes', True, refreshes),
    ('a refresh in a transaction that writes', True, inside),
    ('refreshed together', True, together),
    ('repeatable read', True, repeatable_read),
    ('prepared transactions and a crash', True, prepared),
    ('rotation and closing', True, rotation),
    ('rotation, closing and trimming by refreshes', True, life),
    ('the same by a writer', True, rotation_by_a_writer),
    ('the same, cancelled anywhere', True, rotation_cancelled),
    ('two views', True, two_views),
    ('a claim ends', True, limit),
    ('a second view is created', True, creation),
    ('filled by a transaction that has changed the tables', True, own_fill),
    ('truncate', True, truncation),
    ('fresh reads', True, readers),
    ('no waiting for who tends the log', True, waits),
    ('creation waits for the log first', True, creator_waits),
    # Rules that turned out not to be needed
    ('close_without_lock', True, lambda: rotation('close_without_lock')),
    ('trim_counts_own_watermark', True, lambda: list(readers('trim_counts_own_watermark')) +
        list(rotation('trim_counts_own_watermark')) + list(two_views('trim_counts_own_watermark'))),
]
MUTANTS = [
    (refreshing, 'id_watermark', 'no_refresh_lock', 'refresh_lock_released_early'),
    (inside, 'own_xid_counted_as_seen', 'own_changes_applied'),
    (together, 'locks_one_by_one'),
    (repeatable_read, 'rr_takes_newest_watermark'),
    (rotation, 'writer_does_not_look', 'writer_looks_in_its_snapshot', 'unlock_before_invalidations',
     'pass_takes_no_lock', 'closed_xid_before_lock', 'own_rotation_closed', 'trim_ignores_watermarks'),
    (two_views, 'trim_looks_at_one_view'),
    (limit, 'mark_overwritten'),
    (creation, 'creator_takes_no_lock', 'creator_snapshot_before_lock', 'creator_uses_transaction_snapshot'),
    (own_fill, 'rr_refresh_goes_back', 'rr_reader_before_fill', 'no_own_xid', 'changes_after_fill_not_noticed',
     'refresh_of_own_fill', 'own_pending_after_fill'),
    (truncation, 'markers_ignored', 'no_marker', 'snapshot_before_table_locks', 'rr_ignores_new_markers',
     'refresh_after_own_truncate', 'reader_ignores_new_markers'),
    (readers, 'reader_does_not_compare', 'reader_compares_before_lock', 'reader_takes_no_lock', 'trim_without_lock'),
    (waits, 'writer_waits'),
    (creator_waits, 'creator_locks_tables_first'),
]
CASES += [(mutant, False, lambda f=configurations, m=mutant: f(m))
          for configurations, *mutants in MUTANTS for mutant in mutants] + [
    ('writer_waits, close_keeps_lock', False, lambda: list(waits('writer_waits', 'close_keeps_lock'))[:1]),
    ('locks_one_by_one, a truncated table', False, lambda: truncation('locks_one_by_one')),
    ('a snapshot each', False, lambda: [one(w(INSERT), refresh('pairs') + refresh('rows') + commit(), views=TWO, together=True)]),
]


if __name__ == '__main__':
    sys.exit(report(CASES, runner(explore, QUICK, LIMIT), sys.argv[1:]))
