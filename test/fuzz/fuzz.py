#!/usr/bin/python3
"""Randomised differential test of ivm.

    fuzz.py [--dsn DSN] [--seconds N] [--seed S] [--sessions K] [-v]
    fuzz.py --replay FILE [--minimize]

Each episode makes a fresh schema with random base tables (schema.py) and
random views over them (definitions.py), and lets several sessions of mixed
isolation levels change the tables (dml.py).  After every step, in the session
that took it, in others with open transactions and old snapshots, and in an
independent one, each view must equal its definition as a bag, in one
statement and so in one snapshot.  Some views are deferred and always read afresh
("max_staleness": "0"), are refreshed now and then, and change their mode.  A plain view of the definition stands
beside each view; a STABLE function pins the settings of the creation for
sessions that have others.

One thread decides all (session.py), so a seed gives a schedule.  Statements
are written to a log that --replay runs again and --minimize shrinks.

Errors: a unique, check or cardinality violation is part of the game, and so
are deadlocks among base tables and serialization failures, but not the
latter at READ COMMITTED, nor at COMMIT below SERIALIZABLE: those would be the
views' doing.  XX000, a lost connection or a timeout is always a failure.

The server needs the extension (or fake_exact.sql / fake_stale.sql, which
check the test itself) and rights to create schemas and collations.
"""
import argparse
import os
import random
import sys
import tempfile
import time
import zlib

import psycopg2

import definitions
import dml
import schema as gen
from reads import CHK, read_template
from replay import Log, clean, entry_text, minimize, read_log, run_entries
from session import Pool

BASE_SETTINGS = {'TimeZone': 'UTC', 'DateStyle': 'ISO, MDY', 'IntervalStyle': 'postgres', 'extra_float_digits': '1'}
SETTING_VALUES = {
    'TimeZone': ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia'],
    'DateStyle': ['ISO, MDY', 'German', 'SQL, DMY', 'Postgres, MDY'],
    'IntervalStyle': ['postgres', 'iso_8601', 'sql_standard'],
    'extra_float_digits': ['1', '0', '-3'],
}
PLANNER = ['enable_seqscan', 'enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan', 'enable_hashjoin',
           'enable_mergejoin', 'enable_nestloop', 'enable_hashagg', 'enable_sort', 'enable_material']
# Without these, plans are of the kinds whose executor states are kept.
SIMPLE = ['enable_hashjoin', 'enable_mergejoin', 'enable_material', 'enable_memoize', 'enable_bitmapscan', 'enable_sort']
DDL_RACE = {'42P17', '42P16', '42809', '42P01', '42704', '42701', '42703', '55006', '23514', '42P07', '42804', '23505', '23502'}

# After DROP SCHEMA CASCADE nothing of its views may be left: storage without a view, a row without a relation.
ORPHANS = "SELECT (SELECT count(*) FROM pg_catalog.pg_class c WHERE c.relnamespace = 'ivm_data'::regnamespace AND c.relkind " \
    "IN ('r', 'v') AND NOT EXISTS (SELECT FROM ivm.view v WHERE c.oid IN (v.state, v.delta, v.definition)) AND NOT EXISTS " \
    "(SELECT FROM ivm.change_log l JOIN pg_catalog.pg_class b ON b.oid = l.base WHERE l.segment = c.oid) AND NOT EXISTS " \
    "(SELECT FROM ivm.generation g JOIN ivm.view v ON v.id = g.view_id WHERE g.rows = c.oid)) + (SELECT " \
    "count(*) FROM ivm.view v WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = v.view))"


# Count a row too many for some keys of an immediate view, and repair that at once: whoever needs these keys computes them
# until they are folded.  In one statement, so nobody sees them wrong.
SPOIL = """DO $spoil$
DECLARE v record;
BEGIN
	SET LOCAL lock_timeout = '50ms';
	FOR v IN SELECT p.* FROM ivm.view p JOIN ivm.view w ON w.id IN (p.id, p.part_of)
		WHERE w.view = %s::regclass AND p.mode = 'immediate' AND p.status = 'ready' LOOP
		EXECUTE format('UPDATE %%s SET row_count = row_count + 1 WHERE ctid = ANY (ARRAY(SELECT ctid FROM %%1$s ORDER BY random() LIMIT 2 FOR UPDATE SKIP LOCKED))', v.state);
	END LOOP;
	PERFORM ivm.reconcile(%s);
END $spoil$"""


# What may come in the way of who keeps rows and goes back to them: locks, another mode, a drop
GO_BACK = {'55P03', '55000', '55006', '0A000', '42P01', '42809', '25001'}


class Failure(Exception):
    def __init__(self, kind, detail, actor=None, op=None):
        super().__init__('%s: %s' % (kind, detail))
        self.kind, self.detail, self.actor, self.op = kind, detail, actor, op


class Op:
    """A statement to run.  kind: exec, zero (its first column must be 0), read, rows:TAG:SIDE, same:TAG, control."""

    def __init__(self, sql, kind='exec', expect=(), data=None, views=(), must_fail=False, commit=False, reads=False):
        self.sql, self.kind, self.expect, self.data, self.views = sql, kind, set(expect), data, list(views)
        self.must_fail, self.commit = must_fail, commit
        self.reads = reads or kind == 'zero'
        self.start, self.cancelled = 0, False


class View:
    def __init__(self, name, qname, defname, definition, settings):
        self.name, self.qname, self.defname = name, qname, defname
        self.definition, self.settings = definition, dict(settings)
        self.created = None             # clock at which it was committed
        self.creator = None             # the actor in whose open transaction it was made
        self.dead = False
        self.deferred = False
        self.kept = None                # time of the rows that a rebuild has kept


class Actor:
    """A session with what the driver knows of its transaction."""

    def __init__(self, name, pool):
        self.name, self.pool = name, pool
        self.gen = None
        self.op = None
        self.settings = dict(BASE_SETTINGS)
        self.prepared = {}
        self.held = []
        self.cursor_no = 0
        self.end_transaction()

    @property
    def sess(self):
        return self.pool.get(self.name)

    def end_transaction(self):
        self.iso, self.snap = None, None
        self.savepoints, self.cursors, self.undo = [], [], []
        self.truncated = self.ddl = self.local_set = self.nocheck = False
        self.made = []

    def spot_snapshot(self, clock):
        if self.iso and self.snap is None:
            self.snap = clock


class Run:
    """What outlives an episode: configuration, counters, what the server offers."""

    def __init__(self, args):
        self.args = args
        self.steps = self.comparisons = self.failures = self.episodes = 0
        self.counts = {}
        c = psycopg2.connect(args.dsn)
        c.autocommit = True
        with c.cursor() as cur:
            try:
                cur.execute("LOAD 'ivm'")
            except psycopg2.Error:
                pass
            cur.execute("SELECT current_setting('server_version_num')::int, current_setting('max_prepared_transactions')::int, "
                        "current_setting('debug_assertions')::bool")
            self.version, self.max_prepared, self.asserts = cur.fetchone()
            cur.execute("SELECT name, min_val, boot_val, max_val FROM pg_settings WHERE name LIKE 'ivm.%' "
                        "AND context = 'user' AND vartype = 'integer'")
            self.gucs = {n: [lo, boot, lo] for n, lo, boot, hi in cur.fetchall()}
            cur.execute("SELECT name FROM pg_settings WHERE name LIKE 'ivm.%' AND context = 'user' AND vartype = 'bool'")
            self.gucs.update((n, ['on', 'off']) for n, in cur.fetchall())
            for s in args.set or ():
                n, v = s.split('=', 1)
                self.gucs[n] = v.split(',')
            cur.execute("SELECT p.proname, p.prokind FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'ivm' "
                        "AND p.pronargs - p.pronargdefaults = 1 AND p.proargtypes[0] IN ('regclass'::regtype, 'text'::regtype)")
            self.functions = dict(cur.fetchall())
            cur.execute("SELECT count(*) = 4 FROM pg_attribute WHERE attrelid = to_regclass('ivm.view') "
                        "AND attname IN ('view', 'state', 'delta', 'definition')")
            self.catalog = cur.fetchone()[0]
        self.guc_parallel = 'debug_parallel_query' if self.version >= 160000 else 'force_parallel_mode'

    def count(self, what, n=1):
        self.counts[what] = self.counts.get(what, 0) + n


class Episode:
    def __init__(self, run, number):
        self.run, self.args = run, run.args
        self.seed = '%s/%d' % (self.args.seed, number)
        self.rng = random.Random(self.seed)
        self.number = number
        self.schema = 'fz%s_%d' % (''.join(c for c in self.args.seed.lower() if c.isalnum()), number)
        self.pool = Pool(self.args.dsn)
        clean(self.pool.monitor, self.schema)
        self.log = Log(self.args.verbose)
        self.clock = 0
        self.unsafe = 0                 # clock of the last TRUNCATE, ATTACH, DETACH that was committed
        self.views, self.tables, self.gids = [], [], {}
        self.acc = {}
        self.grow = True
        self.n = 0
        self.gid_no = self.view_no = 0
        # few rows of few values: for levels over levels, which would hardly show a difference else
        self.few = bool({'levels', 'rows'} & set(self.args.shapes)) and (len(self.args.shapes) == 1 or self.rng.random() < 0.3)
        self.calm = self.rng.random() < 0.4     # no TRUNCATE, no DDL: so checking triggers are possible
        self.actors = [Actor('s%d' % i, self.pool) for i in range(self.args.sessions)]
        self.obs, self.old, self.adm = Actor('obs', self.pool), Actor('old', self.pool), Actor('adm', self.pool)
        self.everyone = [self.adm, self.obs, self.old] + self.actors

    # ---- running statements -------------------------------------------

    def tick(self):
        self.clock += 1
        return self.clock

    def start(self, a, op):
        """Issue the next statement of an actor."""
        a.op = op
        op.start = self.tick()
        if op.kind == 'same':
            return
        if a.sess.state == 'failed' and not op.sql.startswith('ROLLBACK'):
            a.gen, a.op = None, None            # an error has ended what the action had in mind
            return
        if (a.truncated or a.ddl) and (op.commit or not a.iso):
            self.unsafe = self.tick()
        if a.iso and not op.sql.startswith(('SET', 'BEGIN', 'SAVEPOINT', 'ROLLBACK', 'COMMIT')):
            a.spot_snapshot(op.start)
        op.entry = self.log.add(a.name, op.kind, op.sql, op.data)
        a.sess.start(op.sql, op.data)

    def pump(self):
        """Advance every actor that can go on, until all are done or stuck."""
        self.pool.settle()
        while True:
            ready = [x for x in self.everyone if x.gen and not x.sess.busy]
            if not ready:
                return
            # first whose end makes what others waited for unsafe to compare
            a = next((x for x in ready if x.truncated or x.ddl), ready[0])
            res = None
            if a.op:
                res = self.complete(a, a.op, a.sess.result)
                a.op = None
            try:
                self.start(a, a.gen.send(res))
            except StopIteration:
                a.gen = None
                continue
            self.pool.settle()

    def drive(self, a, g):
        a.gen = g
        self.pump()
        for o in (self.obs, self.old, self.adm):
            while o.gen:                # an observer never waits
                self.cancel(o)

    def cancel(self, a):
        a.op.cancelled = True
        self.log.add(a.name, 'cancel', '')
        a.sess.cancel()
        a.sess.idle.wait(30)
        self.pump()

    def complete(self, a, op, res):
        self.tick()
        op.entry[4] = str(res)
        if self.args.verbose:
            print('--> %s: %s' % (a.name, res), flush=True)
        self.judge(a, op, res)
        if op.kind.startswith('rows') and res.ok:
            _, tag, side = op.kind.split(':')
            self.acc.setdefault(tag, {}).setdefault(side, []).extend(r[0] for r in res.rows)
        if a.iso and a.sess.state == 'idle':
            self.finish(a, op.sql.upper().startswith('COMMIT'))
        return res

    def judge(self, a, op, res):
        """Is this outcome one that the test may have?"""
        if res.ok:
            if op.must_fail:
                raise Failure('should have been refused', op.sql, a, op)
            if op.kind == 'zero':
                self.run.comparisons += max(1, len(op.views))
                bad = [r for r in res.rows if r[-1] != 0]
                if bad and op.start > self.unsafe:
                    raise Failure('difference', '%s' % bad, a, op)
            return
        code, msg = res.code, res.message
        if code == '57014' and op.cancelled:
            return
        if op.must_fail and code in ('55000', '42809', '0A000'):
            return
        if code == '42P01' and '.chk()' in op.sql and any(v.dead for v in self.views):
            return
        if code == 'IV001' and op.start <= self.unsafe:
            return
        if code == '40001' and 'concurrent change of a table of view' in msg:
            # only after a command that is not MVCC-safe has come since the query began: it may be a cursor's
            cursor = op.sql.startswith(('FETCH', 'MOVE', 'COMMIT'))
            began = min([op.start] + [c['start'] for c in a.cursors if cursor])
            if self.unsafe >= began or cursor and (a.truncated or a.ddl):
                self.run.count('changed while it was read')
                return
        if code == '40001':
            self.run.count('40001')
            if a.iso == 'SERIALIZABLE' or 'moved to another partition' in msg or 'already moved' in msg:
                return
            if a.iso == 'REPEATABLE READ' and not op.commit and not op.reads:
                return
        elif code == '40P01':
            self.run.count('40P01')
            if not op.commit:
                return
        elif code in op.expect:
            self.run.count(code)
            return
        raise Failure('error ' + code, '%s  [%s at %s]' % (msg, a.name, a.iso or 'autocommit'), a, op)

    def finish(self, a, committed):
        """The transaction of an actor has ended."""
        if committed:
            for v in a.made:
                v.created, v.creator = self.tick(), None
            if a.truncated or a.ddl:
                self.unsafe = self.tick()
            a.held += [c for c in a.cursors if c['hold']]
        else:
            for v in a.made:
                v.dead = True
            for u in reversed(a.undo):
                u()
        a.end_transaction()

    # ---- the oracle ----------------------------------------------------

    def visible(self, a):
        """Views whose content this actor's snapshot must show exactly."""
        if a.nocheck or (a.iso not in (None, 'READ COMMITTED') and a.snap is not None and a.snap <= self.unsafe):
            return []
        out = []
        for v in self.views:
            if v.dead or (v.creator is not None and v.creator is not a):
                continue
            if v.creator is None and (v.created is None or
                                      (a.iso not in (None, 'READ COMMITTED') and a.snap is not None and a.snap <= v.created)):
                continue
            out.append(v)
        return out

    def same_settings(self, a, v):
        return not a.local_set and a.settings == v.settings

    def relations(self, a, v):
        """What to compare: the view, and its definition under the settings of its creation."""
        if self.same_settings(a, v) and self.rng.random() < 0.8:
            return v.qname, v.defname
        return v.qname, '(SELECT * FROM %s())' % v.defname

    def difference(self, left, right):
        return '(SELECT count(*) FROM (%s EXCEPT ALL %s) a) + (SELECT count(*) FROM (%s EXCEPT ALL %s) b)' % (left, right, right, left)

    def check_sql(self, v, q, d, text):
        left, right = 'SELECT * FROM %s v' % q, 'SELECT * FROM %s d' % d
        if text:
            cols = v.definition.exact_cols()
            if not cols:
                return None
            row = 'SELECT (ROW(%s)::text) COLLATE "C" FROM ' % ', '.join(cols)
            left, right = row + q + ' v', row + d + ' d'
        return 'SELECT %s AS v, %s AS n' % (gen.quote(v.name), self.difference(left, right))

    def checks(self, a, full=False):
        """Operations that compare what the actor sees."""
        if a.sess.state not in ('idle', 'open'):
            return
        views = self.visible(a)
        if not views:
            return
        rng = self.rng
        for text in ((False, True) if full or rng.random() < 0.6 else (False,)):
            parts = [self.check_sql(v, *self.relations(a, v), text) for v in views]
            parts = [p for p in parts if p]
            if parts:
                yield Op(' UNION ALL '.join(parts), 'zero', views=views)
            # a comparison may have waited for something that is not MVCC-safe
            views = [v for v in views if v in self.visible(a)]
            if a.sess.state not in ('idle', 'open') or not views:
                return
        if rng.random() < 0.35:
            yield from self.read_variant(a, rng.choice(views))
        if rng.random() < 0.1 and a.sess.state in ('idle', 'open'):
            yield from self.prepared_check(a, rng.choice(views))

    def prepared_check(self, a, v):
        """The comparison as a statement prepared once and used ever after."""
        if v.name not in a.prepared:
            name = 'p%d' % len(a.prepared)
            res = yield Op('PREPARE %s AS %s' % (name, self.check_sql(v, v.qname, '(SELECT * FROM %s())' % v.defname, False)), reads=True)
            if not res.ok:
                return
            a.prepared[v.name] = name
            for _ in range(self.rng.choice([0, 6])):    # let the plan become a generic one
                res = yield Op('EXECUTE %s' % name, 'zero', views=[v])
                if not res.ok:
                    return
        yield Op('EXECUTE %s' % a.prepared[v.name], 'zero', views=[v])

    def read_variant(self, a, v):
        """A query over the view against the same over the definition, under planner settings."""
        rng = self.rng
        q, d = self.relations(a, v)
        template = read_template(rng, v, self.tables, self.schema)
        if template is None:
            return
        sets = []
        if rng.random() < 0.6:
            sets += [(s, 'off') for s in rng.sample(PLANNER, rng.choice([1, 2, 4]))]
        if rng.random() < 0.3 and ('enable_material', 'off') not in sets:
            # the price, and keeping what workers bring, keep the planner from starting workers anew for each row
            # of an outer loop
            sets += [('parallel_setup_cost', '1'), ('parallel_tuple_cost', '0'), ('min_parallel_table_scan_size', '0'),
                     ('min_parallel_index_scan_size', '0'), (self.run.guc_parallel, rng.choice(['on', 'off']))]
        if sets:
            res = yield Op('; '.join('SET %s = %s' % s for s in sets), reads=True)
            if not res.ok:
                return
        sql = self.difference('(%s)' % template.replace('{R}', q), '(%s)' % template.replace('{R}', d))
        res = yield Op('SELECT %s AS v, %s AS n' % (gen.quote(v.name), sql), 'zero', views=[v])
        if sets and a.sess.state in ('idle', 'open'):
            yield Op('; '.join('RESET %s' % s for s, _ in sets), reads=True)

    def watch(self, a):
        yield from self.checks(a)

    def old_reader(self, a):
        """A snapshot that is kept for a while and must stay exact."""
        if a.sess.state == 'failed' or (a.sess.state == 'open' and self.rng.random() < 0.12):
            yield Op('ROLLBACK')
        if a.sess.state == 'idle':
            a.iso = self.rng.choice(['REPEATABLE READ', 'REPEATABLE READ', 'SERIALIZABLE'])
            yield Op('BEGIN ISOLATION LEVEL %s%s' % (a.iso, self.rng.choice(['', ' READ ONLY'])))
        yield from self.checks(a)

    # ---- actions ---------------------------------------------------------

    def dml_op(self, a):
        rng = self.rng
        t = rng.choice(self.tables)
        chk = '%s.chk()' % self.schema if not a.nocheck and len(self.visible(a)) == len(self.live()) else None
        if rng.random() < 0.1:
            sql, data = dml.do_block(rng, t, self.schema, self.tables, self.grow, chk), None
        else:
            sql, data = dml.statement(rng, t, self.schema, self.tables, self.grow, chk)
        return Op(sql, 'copy' if data is not None else 'exec', dml.ERRORS, data)

    def live(self):
        return [v for v in self.views if not v.dead]

    def act_dml(self, a):
        yield self.dml_op(a)
        yield from self.checks(a)

    def act_begin(self, a):
        rng = self.rng
        a.iso = rng.choice(['READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])
        yield Op('BEGIN ISOLATION LEVEL ' + a.iso)
        if rng.random() < 0.3:
            yield from self.checks(a)
        elif rng.random() < 0.5:
            yield from self.act_dml(a)

    def act_commit(self, a):
        yield Op('COMMIT', commit=True)
        yield from self.checks(a)

    def act_rollback(self, a):
        yield Op('ROLLBACK')
        yield from self.checks(a)

    def act_savepoint(self, a):
        name = 'sp%d' % len(a.savepoints)
        res = yield Op('SAVEPOINT ' + name)
        if res.ok:
            a.savepoints.append((name, len(a.cursors), len(a.undo), len(a.made)))
        yield from self.act_dml(a)

    def act_rollback_to(self, a):
        if not a.savepoints:
            yield Op('ROLLBACK')
            return
        i = self.rng.randrange(len(a.savepoints))
        name, ncur, nundo, nmade = a.savepoints[i]
        res = yield Op('ROLLBACK TO ' + name)
        if res.ok:
            del a.savepoints[i + 1:]
            del a.cursors[ncur:]
            for u in reversed(a.undo[nundo:]):
                u()
            del a.undo[nundo:]
            for v in a.made[nmade:]:
                v.dead = True
            del a.made[nmade:]
        yield from self.checks(a)

    def act_release(self, a):
        if a.savepoints:
            i = self.rng.randrange(len(a.savepoints))
            res = yield Op('RELEASE ' + a.savepoints[i][0])
            if res.ok:
                del a.savepoints[i:]
        yield from self.checks(a)

    def act_prepare(self, a):
        if any(c['hold'] for c in a.cursors):
            return
        self.gid_no += 1
        gid = 'fuzz_%s_%d' % (self.schema, self.gid_no)
        flags = (a.truncated or a.ddl, a.made[:], a.undo[:])
        a.made, a.undo = [], []
        res = yield Op("PREPARE TRANSACTION '%s'" % gid, commit=True)
        if res.ok:
            self.gids[gid] = flags
        else:
            for v in flags[1]:
                v.dead = True
            for u in reversed(flags[2]):
                u()
        yield from self.checks(a)

    def act_resolve(self, a):
        if not self.gids:
            return
        gid = self.rng.choice(sorted(self.gids))
        unsafe, made, undo = self.gids.pop(gid)
        if unsafe:
            self.unsafe = self.tick()
        verb = self.rng.choice(['COMMIT', 'COMMIT', 'ROLLBACK'])
        yield Op("%s PREPARED '%s'" % (verb, gid))
        if unsafe:
            self.unsafe = self.tick()
        for v in made:
            v.created, v.creator, v.dead = self.tick(), None, verb == 'ROLLBACK'
        if verb == 'ROLLBACK':
            for u in reversed(undo):
                u()
        yield from self.checks(a)

    def act_churn(self, a):
        yield Op(dml.churn(self.rng, self.rng.choice(self.tables), self.schema), expect=dml.ERRORS)
        yield from self.checks(a)

    def act_pending(self, a):
        """Transactions that are prepared one upon the other, and end while nothing is written: deltas that cannot be folded
        become visible, or never do, between reads of a session."""
        rng = self.rng
        for _ in range(rng.randint(2, 4)):
            if not self.run.max_prepared or len(self.gids) >= 4:
                break
            a.iso = 'READ COMMITTED'
            yield Op('BEGIN ISOLATION LEVEL READ COMMITTED')
            for _ in range(rng.randint(1, 3)):
                if a.sess.state == 'open':
                    yield self.dml_op(a)
            if a.sess.state == 'failed':
                yield Op('ROLLBACK')
            elif rng.random() < 0.6:
                yield from self.act_prepare(a)
            else:
                yield from self.act_commit(a)
        while self.gids and rng.random() < 0.9:
            yield from self.act_resolve(a)

    def act_commit_loop(self, a):
        yield Op(dml.commit_loop(self.rng, self.rng.choice(self.tables), self.schema, self.tables, self.grow,
                                 self.run.asserts), expect=dml.ERRORS)
        yield from self.checks(a)

    def act_cursor(self, a):
        """Two cursors opened at one point: later fetches must agree, whatever changes."""
        views = [v for v in self.visible(a) if self.same_settings(a, v) and v.definition.exact_cols()]
        if not views:
            return
        v = self.rng.choice(views)
        a.cursor_no += 1
        tag = '%s_%d' % (a.name, a.cursor_no)
        hold = self.rng.random() < 0.25
        cols = ', '.join(v.definition.exact_cols())
        kind = self.rng.choice(['', 'SCROLL '])
        start = self.tick()
        for side, rel in (('v', v.qname), ('d', v.defname)):
            res = yield Op('DECLARE cur_%s_%s %sCURSOR %sFOR SELECT (ROW(%s)::text) COLLATE "C" FROM %s' % (
                tag, side, kind, 'WITH HOLD ' if hold else '', cols, rel), reads=True)
            if not res.ok:
                return
        cur = {'tag': tag, 'hold': hold, 'scroll': bool(kind), 'view': v, 'start': start}
        a.cursors.append(cur)
        if self.rng.random() < 0.5:
            yield from self.fetch(a, cur, str(self.rng.choice([1, 2, 5])))
        yield from self.act_dml(a)

    def fetch(self, a, cur, what):
        for side in 'vd':
            res = yield Op('FETCH %s FROM cur_%s_%s' % (what, cur['tag'], side), 'rows:%s:%s' % (cur['tag'], side), reads=True)
            if not res.ok:
                return

    def act_fetch(self, a):
        """Read the rest of a cursor pair and compare all that it gave."""
        open_ = a.cursors if a.sess.state == 'open' else []
        if not open_ and not a.held:
            return
        cur = self.rng.choice(open_ + a.held)
        if cur['scroll'] and self.rng.random() < 0.5:
            for side in 'vd':
                res = yield Op('MOVE ABSOLUTE 0 FROM cur_%s_%s' % (cur['tag'], side), reads=True)
                if not res.ok:
                    return
            self.acc.pop(cur['tag'], None)
            self.log.add(a.name, 'forget:' + cur['tag'], '')
        yield from self.fetch(a, cur, 'ALL')
        if a.sess.state not in ('open', 'idle'):
            return
        self.compare_fetched(a, cur)
        for side in 'vd':
            yield Op('CLOSE cur_%s_%s' % (cur['tag'], side))
        (a.cursors if cur in a.cursors else a.held).remove(cur)
        # A savepoint taken after the cursor's declaration counts one less.
        a.savepoints = [(n, min(c, len(a.cursors)), u, m) for n, c, u, m in a.savepoints]

    def compare_fetched(self, a, cur):
        got = self.acc.pop(cur['tag'], {})
        self.log.add(a.name, 'same:' + cur['tag'], '')
        self.run.comparisons += 1
        if sorted(got.get('v', [])) != sorted(got.get('d', [])):
            raise Failure('difference', 'cursor %s over %s: view gave %s, definition %s' % (
                cur['tag'], cur['view'].name, sorted(got.get('v', [])), sorted(got.get('d', []))), a)

    def act_set(self, a):
        """Other session settings; the views must not care."""
        rng = self.rng
        if a.sess.state == 'open':
            if a.cursors:
                return
            n = rng.choice(sorted(SETTING_VALUES))
            a.local_set = True
            yield Op('SET LOCAL %s = %s' % (n, gen.quote(rng.choice(SETTING_VALUES[n]))))
        elif rng.random() < 0.4:
            yield Op('; '.join('SET %s = %s' % (n, gen.quote(v)) for n, v in BASE_SETTINGS.items()))
            a.settings = dict(BASE_SETTINGS)
        elif rng.random() < 0.3:
            yield Op('SET search_path = %s' % rng.choice([self.schema + ', public', 'public', 'pg_catalog, ' + self.schema, "''"]))
        else:
            n = rng.choice(sorted(SETTING_VALUES))
            v = rng.choice(SETTING_VALUES[n])
            yield Op('SET %s = %s' % (n, gen.quote(v)))
            a.settings[n] = v
        yield from self.checks(a)

    def act_guc(self, a):
        """The extension's own limits, very small or as they are."""
        if not self.run.gucs:
            return
        n = self.rng.choice(sorted(self.run.gucs))
        yield Op('SET %s%s = %s' % ('LOCAL ' if a.sess.state == 'open' and self.rng.random() < 0.5 else '', n, gen.quote(self.rng.choice(self.run.gucs[n]))))
        yield from self.act_dml(a)

    def act_truncate(self, a):
        if self.calm:
            return
        a.truncated = True
        alone = a.sess.state == 'idle'
        t = self.rng.choice(self.tables)
        target = t.qname if not t.parts or self.rng.random() < 0.6 else self.rng.choice(t.parts).qname
        yield Op('TRUNCATE ' + target, expect={'55006'})
        self.after_ddl(a, alone)
        yield from self.checks(a)

    def after_ddl(self, a, alone):
        if alone:
            self.unsafe = self.tick()
            a.truncated = a.ddl = False
            a.undo = []
        elif a.sess.state == 'idle' and not a.iso:
            a.truncated = a.ddl = False

    def act_partition(self, a):
        """Take a partition off its table, or put it back."""
        parts = [p for t in self.tables for p in t.parts]
        if self.calm or not parts:
            return
        p = self.rng.choice(parts)
        alone = a.sess.state == 'idle'
        was = p.attached
        a.ddl = True
        if not alone and a.iso != 'READ COMMITTED':
            a.nocheck = True

        def undo():
            p.attached = was
        if was:
            sql = 'ALTER TABLE %s DETACH PARTITION %s' % (p.parent, p.qname)
        else:
            sql = 'ALTER TABLE %s ATTACH PARTITION %s %s' % (p.parent, p.qname, p.bound)
        a.undo.append(undo)
        res = yield Op(sql, expect=DDL_RACE)
        if res.ok:
            p.attached = not was
        self.after_ddl(a, alone)
        yield from self.checks(a)

    def act_small_writes(self, a):
        """Transactions of one row each in one session, which runs its kept plans over and over."""
        rng = self.rng
        simple = SIMPLE if rng.random() < 0.7 else []
        if simple and rng.random() < 0.7:
            simple = simple + ['enable_seqscan']    # small tables, too, are read by an index
        often = rng.random() < 0.3
        tables = rng.sample(self.tables, min(2, len(self.tables)))
        for s in simple:
            yield Op('SET %s = off' % s)
        for _ in range(rng.randint(10, 30)):
            yield Op(dml.one_row(rng, rng.choice(tables), self.schema), expect=dml.ERRORS)
            if often:
                yield from self.checks(a)
        for s in simple:
            yield Op('RESET %s' % s)
        yield from self.checks(a)

    def act_rewrite(self, a):
        """Replace the storage of a table, whose rows the same transaction may have changed."""
        if self.calm:
            return
        t = self.rng.choice(self.tables)
        alone = a.sess.state == 'idle'
        a.ddl = True
        if not alone and a.iso != 'READ COMMITTED':
            a.nocheck = True
        if t.key and not t.parts and self.rng.random() < 0.3:
            sql = "DO $do$ BEGIN EXECUTE (SELECT 'CLUSTER %s USING ' || quote_ident(c.relname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c " \
                "ON c.oid = i.indexrelid WHERE i.indrelid = '%s'::regclass AND i.indisunique ORDER BY 1 LIMIT 1); END $do$" % (t.qname, t.qname)
        else:
            sql = 'ALTER TABLE %s ADD COLUMN rewritten float8 DEFAULT random(); ALTER TABLE %s DROP COLUMN rewritten' % (t.qname, t.qname)
        yield Op(sql, expect=DDL_RACE)
        self.after_ddl(a, alone)
        yield from self.checks(a)

    def act_index(self, a):
        """Make an index, drop one, or write it anew, while plans that use it are kept."""
        if self.calm:
            return
        rng = self.rng
        t = rng.choice(self.tables)
        if t.parts:
            return
        r = rng.random()
        if r < 0.35:
            sql = gen.index_sql(rng, t)
        else:
            which = "SELECT %%s || i.indexrelid::regclass FROM pg_catalog.pg_index i WHERE i.indrelid = '%s'::regclass AND NOT EXISTS " \
                "(SELECT FROM pg_catalog.pg_constraint c WHERE c.conindid = i.indexrelid) ORDER BY i.indexrelid DESC LIMIT 1" % t.qname.replace("'", "''")
            sql = "DO $do$ DECLARE s text; BEGIN FOR s IN %s LOOP EXECUTE s; END LOOP; END $do$" % (
                which % rng.choice(["'DROP INDEX '", "'DROP INDEX '", "'REINDEX INDEX '"]))
        yield Op(sql, expect=DDL_RACE | {'23505'})
        yield from self.checks(a)

    def act_column(self, a):
        """Add a column that no view reads, or drop it again."""
        if self.calm:
            return
        t = self.rng.choice(self.tables)
        alone = a.sess.state == 'idle'
        sql = self.rng.choice(['ADD COLUMN extra int DEFAULT 7', 'DROP COLUMN extra', 'ADD COLUMN extra text'])
        yield Op('ALTER TABLE %s %s' % (t.qname, sql), expect=DDL_RACE | {'42611'})
        yield from self.checks(a)

    def act_maintain(self, a):
        """What a server or an administrator does in between."""
        rng = self.rng
        views = self.visible(a)
        choice = rng.random()
        if choice < 0.3:
            yield Op('%s %s' % (rng.choice(['VACUUM', 'ANALYZE', 'VACUUM ANALYZE']), rng.choice(self.tables).qname), expect={'42501'})
        elif views:
            v = rng.choice(views)
            names = [n for n in ('fold', '_fold', 'fold_view', 'reconcile') if n in self.run.functions]
            if names and choice < 0.7:
                n = rng.choice(names)
                verb = 'CALL' if self.run.functions[n] == 'p' else 'SELECT * FROM'
                yield Op('%s ivm.%s(%s)' % (verb, n, gen.quote(v.qname)), expect={'55P03', '0A000'})
            elif self.run.catalog and a.sess.state == 'idle' and choice < 0.8 and not v.deferred:
                yield Op(SPOIL % (gen.quote(v.qname), gen.quote(v.qname)), expect={'55P03', '0A000', '55000', '55006', '40P01'})
            elif 'rebuild' in self.run.functions and a.sess.state == 'idle' and choice < 0.87:
                yield Op('CALL ivm.rebuild(%s%s)' % (gen.quote(v.qname), rng.choice(['', ", '{\"verify\": true, \"max_change\": 1}'"])), expect={'55P03', '0A000', '42809', '55000', '40P01'})
            elif 'verify_view' in self.run.functions:
                yield Op('SELECT count(*) FROM ivm.verify_view(%s)' % gen.quote(v.qname), 'zero', views=[v])
            else:
                yield Op('EXPLAIN SELECT * FROM %s' % v.qname, reads=True)
        yield from self.checks(a)

    def act_refresh(self, a):
        """A deferred view takes in what was committed."""
        views = [v for v in self.visible(a) if v.deferred]
        if not views:
            return
        v = self.rng.choice(views)
        how = self.rng.choice(['auto', 'auto', 'delta', 'delta', 'recompute'])
        yield Op("SELECT count(*) FROM ivm.refresh(%s, '%s', %s)" % (gen.quote(v.qname), how, self.rng.choice(['true', 'false', 'false'])),
                 expect={'55000', '25001', '55006'})
        yield from self.checks(a)

    def steps(self, a, iso, *ops):
        """A transaction of these; the result of the last one but its end, or None if it has failed."""
        a.iso, res = iso, None
        yield Op('BEGIN ISOLATION LEVEL ' + iso)
        for op in ops:
            res = yield op
            if not res.ok:
                if a.sess.state != 'idle':
                    yield Op('ROLLBACK')
                return None
        end = yield Op('COMMIT', commit=True, expect=GO_BACK)
        return res if end.ok else None

    def act_back(self, a):
        """What a deferred view shows is kept by a rebuild; or it goes back to that, for a transaction that resumes it."""
        views = [v for v in self.visible(a) if v.created and v.deferred]
        if not views or a.sess.state != 'idle' or 'rollback' not in self.run.functions:
            return
        v = self.rng.choice(views)
        name, copy = gen.quote(v.qname), '%s.copy_%d' % (self.schema, self.views.index(v))
        if v.kept is None or self.rng.random() < 0.3:
            v.kept = None
            # what is stored is what is read then, unless that fills the view, which would be later than the snapshot
            refresh = Op("SELECT 1 / (method <> 'recompute')::int FROM ivm.refresh(%s)" % name, expect=GO_BACK | {'22012'})
            res = yield from self.steps(a, 'REPEATABLE READ',
                                        Op('DROP TABLE IF EXISTS %s' % copy, expect=GO_BACK), refresh,
                                        Op('CREATE TABLE %s AS TABLE %s' % (copy, v.qname), expect=GO_BACK),
                                        Op('SELECT as_of::text FROM ivm.watermark WHERE view_id = (SELECT id FROM ivm.view WHERE view = %s::regclass)' % name))
            if res is None:
                return
            yield Op('CALL ivm.rebuild(%s, keep => true)' % name, expect=GO_BACK)
            v.kept = res.rows[0][0] if res.rows else None
        else:
            res = yield Op('SELECT kept_as_of::text FROM ivm.views WHERE view = %s::regclass' % name, expect=GO_BACK)
            ops = [Op('SELECT count(*) FROM ivm.rollback(%s)' % name, expect=GO_BACK)]
            # others may have refreshed it before it was kept
            if res.ok and res.rows and res.rows[0][0] == v.kept:
                self.run.count('rolled back')
                ops.append(Op('SELECT %s' % self.difference('TABLE %s' % v.qname, 'TABLE %s' % copy), 'zero', expect={'55P03', '42P01'}))
            ops.append(Op('SELECT count(*) FROM ivm.resume(%s)' % name, expect=GO_BACK))
            v.kept = None
            yield from self.steps(a, self.rng.choice(['READ COMMITTED', 'REPEATABLE READ']), *ops)
        yield from self.checks(a)

    def act_mode(self, a):
        """A view gets another mode."""
        views = [v for v in self.visible(a) if v.created]
        if not views or a.sess.state != 'idle':
            return
        v = self.rng.choice(views)
        options = '{"mode": "immediate"}' if v.deferred else '{"mode": "deferred", "max_staleness": "0"}'
        res = yield Op("SELECT ivm.alter_view(%s, '%s')" % (gen.quote(v.qname), options), expect={'55000', '0A000', '55006'})
        if res.ok:
            v.deferred = not v.deferred
        yield from self.checks(a)

    def index_sql(self, index):
        """Make an index that a view can use, or drop it."""
        table, columns = index
        name = 'dx_%d' % (zlib.crc32(('%s %s' % index).encode()) % 1000000)
        if self.rng.random() < 0.5:
            return 'DROP INDEX IF EXISTS %s.%s' % (self.schema, name)
        return 'CREATE INDEX IF NOT EXISTS %s ON %s (%s)' % (name, table, columns)

    def act_distinct_index(self, a):
        """An index by which distinct values are looked up comes or goes."""
        indexes = [i for v in self.live() for i in v.definition.indexes]
        if self.calm or not indexes:
            return
        yield Op(self.index_sql(self.rng.choice(indexes)), expect=DDL_RACE | {'40P01'})
        yield from self.checks(a)

    def act_write_view(self, a):
        """A view is not for writing."""
        views = self.visible(a)
        if views:
            v = self.rng.choice(views)
            c = v.definition.outs[0].sql
            yield Op(self.rng.choice(['DELETE FROM %s' % v.qname, 'INSERT INTO %s (%s) VALUES (NULL)' % (v.qname, c),
                                      'UPDATE %s SET %s = NULL' % (v.qname, c)]), must_fail=True)

    def act_create(self, a):
        yield from self.create_view(a)
        yield from self.checks(a)

    def act_drop(self, a):
        views = [v for v in self.live() if v.created]
        if self.calm or len(views) < 3:
            return
        v = self.rng.choice(views)
        v.dead = True
        self.unsafe = self.tick()
        res = yield Op('DELETE FROM %s.fuzz_views WHERE v = %s; SELECT ivm.drop_view(%s)' % (
            self.schema, gen.quote(v.qname), gen.quote(v.qname)))
        if not res.ok:
            v.dead = False
            return
        self.unsafe = self.tick()
        yield Op('DROP FUNCTION %s()' % v.defname)
        yield Op('DROP VIEW %s' % v.defname)

    def act_disconnect(self, a):
        """The client goes away in the middle of a transaction."""
        pid = a.sess.pid
        self.log.add(a.name, 'reconnect', '')
        self.finish(a, False)
        self.pool.drop(a.name)
        end = time.time() + 20
        with self.pool.monitor.cursor() as cur:
            while time.time() < end:
                cur.execute('SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE pid = %s', (pid,))
                if cur.fetchone()[0] == 0:
                    break
                time.sleep(0.005)
        a.prepared, a.held, a.settings = {}, [], dict(BASE_SETTINGS)
        yield Op(self.session_setup())
        yield from self.checks(a)

    def session_setup(self):
        return 'SET search_path = %s, public; ' % self.schema + '; '.join(
            'SET %s = %s' % (n, gen.quote(v)) for n, v in BASE_SETTINGS.items())

    IDLE = {'begin': 30, 'dml': 12, 'commit_loop': 1.5, 'churn': 0.3, 'pending': 3, 'resolve': 4, 'set': 3, 'guc': 2, 'truncate': 0.4, 'partition': 1.5,
            'column': 0.5, 'index': 0.7, 'distinct_index': 1.5, 'maintain': 3, 'write_view': 0.3, 'create': 1, 'drop': 0.3, 'fetch': 1,
            'small_writes': 3, 'rewrite': 0.4, 'refresh': 5, 'mode': 0.4, 'back': 1.5}
    OPEN = {'dml': 34, 'commit': 10, 'rollback': 3, 'savepoint': 5, 'rollback_to': 4, 'release': 2, 'prepare': 1.5, 'cursor': 3,
            'fetch': 4, 'set': 1, 'guc': 1.5, 'truncate': 0.3, 'partition': 0.5, 'disconnect': 0.2, 'watch': 3, 'rewrite': 0.5,
            'refresh': 2, 'index': 0.3}

    def choose(self, a):
        """The next action of an actor that is free."""
        state = a.sess.state
        if state == 'failed':
            return self.act_rollback_to(a) if self.rng.random() < 0.7 else self.act_rollback(a)
        weights = dict(self.IDLE if state == 'idle' else self.OPEN)
        if len(self.live()) >= 2 * self.args.views:
            weights.pop('create', None)
        if not self.run.max_prepared or len(self.gids) >= 2 or (state == 'open' and (a.held or a.made)):
            weights.pop('prepare', None)
        if state == 'open' and not a.snap and a.iso and not self.calm:
            weights['create'] = 1
        name = self.rng.choices(list(weights), list(weights.values()))[0]
        return getattr(self, 'watch' if name == 'watch' else 'act_' + name)(a)

    # ---- an episode ------------------------------------------------------

    def create_view(self, a):
        """Create a view and, beside it, its definition as a plain view and as a settings-pinning function."""
        rng = self.rng
        self.view_no += 1
        odd = rng.random() < 0.2
        name = '"Odd view %d"' % self.view_no if odd else 'v%d' % self.view_no
        qname = '%s.%s' % (self.schema, name)
        defname = '%s.def_%d' % (self.schema, self.view_no)
        res = yield Op('SELECT current_setting(%s)' % gen.quote('search_path'), reads=True)
        if not res.ok:
            return
        path = res.rows[0][0]
        in_path = path.startswith(self.schema)
        d = definitions.generate(rng, self.tables, self.schema, self.args.shapes,
                                 qualify=self.schema not in path or rng.random() < 0.5)
        v = View(name, qname, defname, d, a.settings)
        alone = a.sess.state == 'idle'
        a.nocheck = a.nocheck or a.local_set
        if a.local_set:
            return
        v.deferred = rng.random() < self.args.deferred
        if alone and (not self.calm or a is self.adm):
            for table, columns in d.indexes:
                if rng.random() < 0.8:
                    yield Op('CREATE INDEX IF NOT EXISTS dx_%d ON %s (%s)' % (
                        zlib.crc32(('%s %s' % (table, columns)).encode()) % 1000000, table, columns), expect=DDL_RACE)
        res = yield Op('SELECT ivm.create_view(%s, $q$%s$q$%s)' % (
            gen.quote(qname if not in_path or rng.random() < 0.5 else name), d.sql,
            (""", 'deferred', options => '{"max_staleness": "0"}'""" if v.deferred else '') +
            # filled later, by ivm.rebuild() beside the writers, or by a refresh
            (', with_data => false' if rng.random() < 0.15 else '')),
                       expect={'0A000'} if a.iso in (None, 'READ COMMITTED') else {'0A000', '25001'})
        if not res.ok:
            self.run.count('refused ' + d.shape if res.code == '0A000' else 'create ' + res.code)
            if self.args.refusals and res.code == '0A000':
                print('refused (%s): %s\n    %s' % (d.shape, res.message, d.sql), flush=True)
            return
        self.run.count('created ' + d.shape)
        self.views.append(v)
        v.creator = a
        if not alone:
            a.made.append(v)
        sets = ' '.join('SET %s = %s' % (n, val if n == 'DateStyle' else gen.quote(val)) for n, val in a.settings.items())
        for sql in ('CREATE VIEW %s AS %s' % (defname, d.sql),
                    "CREATE FUNCTION %s() RETURNS SETOF %s LANGUAGE plpgsql STABLE %s AS 'BEGIN RETURN QUERY SELECT * FROM %s; END'" % (
                        defname, defname, sets, defname)):
            res = yield Op(sql)
            if not res.ok:
                v.dead = True
                return
        res = yield Op("SELECT count(*) FROM (SELECT attnum, attname, atttypid, atttypmod, attcollation FROM pg_catalog.pg_attribute "
                       "WHERE attrelid = '%s'::regclass AND attnum > 0) a FULL JOIN (SELECT attnum, attname, atttypid, atttypmod, "
                       "attcollation FROM pg_catalog.pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0) b "
                       "USING (attnum, attname, atttypid, atttypmod, attcollation) WHERE a.attnum IS NULL OR b.attnum IS NULL" % (
                           qname.replace("'", "''"), defname), 'zero', views=[v])
        if res.ok:
            res = yield Op('INSERT INTO %s.fuzz_views VALUES (%s, %s)' % (self.schema, gen.quote(qname), gen.quote(defname)))
        if not res.ok:
            v.dead = True
        elif alone:
            v.created, v.creator = self.tick(), None

    def setup(self, a):
        rng = self.rng
        yield Op('DROP SCHEMA IF EXISTS %s CASCADE' % self.schema)
        for s in gen.schema_ddl(self.schema):
            yield Op(s)
        yield Op('CREATE TABLE %s.fuzz_views (v text, d text)' % self.schema)
        yield Op(CHK.replace('{s}', self.schema))
        yield Op(self.session_setup())
        for i in range(1, rng.choice([1, 2, 2, 3]) + 1):
            t = (gen.make_few_table if self.few else gen.make_table)(rng, self.schema, i)
            for s in t.ddl:
                yield Op(s)
            self.tables.append(t)
            for _ in range(rng.choice([0, 1, 3])):
                yield Op(dml.insert(rng, t, self.schema, rng.choice([1, 5, 12])), expect=dml.ERRORS)
        if self.calm and rng.random() < 0.4:
            t = rng.choice(self.tables)
            when = rng.choice(['AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW', 'BEFORE UPDATE OR DELETE ON %s FOR EACH ROW',
                               'AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT'])
            yield Op("CREATE TRIGGER %s %s WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION %s.chk_trigger()" % (
                rng.choice(['aaa', 'zzz']), when % t.qname, self.schema))
        for _ in range(rng.randint(1, self.args.views)):
            yield from self.create_view(a)

    def step(self):
        self.n += 1
        self.run.steps += 1
        rng = self.rng
        free = [a for a in self.actors if not a.gen]
        if not free:
            self.unblock()
            return
        a = rng.choice(free)
        self.drive(a, self.choose(a))
        others = [x for x in self.actors if not x.gen and x is not a and x.sess.state == 'open']
        if others and rng.random() < 0.4:
            b = rng.choice(others)
            self.drive(b, self.watch(b))
        if rng.random() < 0.7:
            self.drive(self.obs, self.watch(self.obs))
        if rng.random() < 0.5:
            self.drive(self.old, self.old_reader(self.old))
        if self.n % (4 if self.few else 20) == 0:
            self.measure()

    def measure(self):
        """Keep tables small: compares stay cheap and groups collide."""
        with self.pool.monitor.cursor() as cur:
            self.pool.monitor.autocommit = True
            n = 0
            for t in self.tables:
                cur.execute("SET lock_timeout = '20ms'")
                try:
                    cur.execute('SELECT count(*) FROM %s' % t.qname)
                    n = max(n, cur.fetchone()[0])
                except psycopg2.Error:
                    pass
        self.grow = n < (10 if self.few else 120)

    def unblock(self):
        """All sessions wait: for a prepared transaction, or for an observer's lock."""
        if self.gids:
            self.drive(self.adm, self.act_resolve(self.adm))
            return
        for o in (self.old, self.obs):
            if o.sess.state != 'idle':
                self.drive(o, self.act_rollback(o))
        for a in self.actors:
            if a.gen:
                self.cancel(a)

    def finale(self):
        """End all transactions, then look once more, repaired and unrepaired."""
        for _ in range(50):
            busy = [a for a in self.actors + [self.old] if a.gen or a.sess.state != 'idle']
            if not busy:
                break
            a = next((x for x in busy if not x.gen), None)
            if a is None:
                self.unblock()
            elif a.sess.state == 'failed' or a is self.old or self.rng.random() < 0.2:
                self.drive(a, self.act_rollback(a))
            else:
                self.drive(a, self.act_commit(a))
        while self.gids:
            self.drive(self.adm, self.act_resolve(self.adm))
        self.drive(self.obs, self.checks(self.obs, True))

        def last(a):
            for v in self.visible(a):
                if 'verify_view' in self.run.functions:
                    yield Op('SELECT count(*) FROM ivm.verify_view(%s)' % gen.quote(v.qname), 'zero', views=[v])
                if 'fold' in self.run.functions:
                    yield Op('SELECT ivm.fold(%s)' % gen.quote(v.qname))
            yield from self.checks(a, True)
            yield Op('DROP SCHEMA %s CASCADE' % self.schema)
            if self.run.catalog:
                # logs that were in use when the schema was dropped
                yield Op("CALL ivm.refresh_all('no view')")
                yield Op(ORPHANS, 'zero')
        self.drive(self.adm, last(self.adm))

    def play(self):
        """Run the episode; True if nothing was found."""
        try:
            self.drive(self.adm, self.setup(self.adm))
            for a in [self.obs, self.old] + self.actors:
                self.drive(a, iter_ops([Op(self.session_setup())]))
            steps = self.rng.choice([30, 60, 120])
            while self.n < steps and time.time() < self.args.deadline:
                self.step()
            self.finale()
            return True
        except Failure as f:
            self.report(f)
            return False
        finally:
            self.cleanup()

    def report(self, f):
        self.run.failures += 1
        out = self.args.out if os.access(self.args.out, os.W_OK) else tempfile.gettempdir()
        path = os.path.join(out, 'fuzz-%s-%d.sql' % (self.args.seed, self.number))
        print('FAILURE %s\n  seed %s episode %d step %d session %s' % (f, self.args.seed, self.number, self.n, f.actor and f.actor.name))
        if f.op:
            print('  statement: %s' % f.op.sql[:2000])
        if f.actor and f.kind == 'difference' and f.op:
            bad = {r[0] for r in f.actor.sess.result.rows if r[-1] != 0}
            for v in [v for v in f.op.views if v.name in bad] or f.op.views[:1]:
                print('  view %s (%s, settings %s): %s' % (v.name, v.definition.shape, v.settings, v.definition.sql))
                if not f.actor.sess.busy:
                    sql = 'SELECT %s, x::text FROM (SELECT * FROM %s EXCEPT ALL SELECT * FROM %s) x'
                    d = '%s()' % v.defname
                    for sign, (l, r) in (("'view only'", (v.qname, d)), ("'definition only'", (d, v.qname))):
                        res = f.actor.sess.run(sql % (sign, l, r), None)
                        for row in (res.rows or [])[:10]:
                            print('    %s %s' % row)
                        if not res.ok:
                            print('    %s' % res)
        self.log.write(path, 'ivm fuzz: seed %s episode %d step %d: %s\nreplay: fuzz.py --replay %s' % (
            self.args.seed, self.number, self.n, f, path))
        print('  log: %s' % path, flush=True)

    def cleanup(self):
        for a in self.everyone:
            self.pool.drop(a.name)
        try:
            clean(self.pool.monitor, self.schema)
        finally:
            self.pool.monitor.close()


def iter_ops(ops):
    for op in ops:
        yield op


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--dsn', default='', help='libpq connection string; by default the PG* environment')
    p.add_argument('--seconds', type=float, default=60)
    p.add_argument('--episodes', type=int, default=0, help='stop after so many (0: by time alone)')
    p.add_argument('--first', type=int, default=1, help='number of the first episode, to repeat a later one alone')
    p.add_argument('--seed', default=None)
    p.add_argument('--sessions', type=int, default=4)
    p.add_argument('--views', type=int, default=4, help='views made at the start of an episode, at most')
    p.add_argument('--shapes', default='all', help='comma list of %s, or single, all' % ', '.join(definitions.SHAPES))
    p.add_argument('--set', action='append', metavar='NAME=V1,V2', help='values to try for a setting')
    p.add_argument('--out', default='.', help='directory for logs of failures')
    p.add_argument('--keep-going', action='store_true')
    p.add_argument('--deferred', type=float, default=0.35, help='share of the views that are deferred')
    p.add_argument('--refusals', action='store_true', help='print what create_view refused')
    p.add_argument('--replay', metavar='FILE')
    p.add_argument('--minimize', action='store_true', help='with --replay: write FILE.min')
    p.add_argument('-v', '--verbose', action='store_true')
    args = p.parse_args()
    if args.replay:
        entries = read_log(args.replay)
        if args.minimize:
            small = minimize(args, entries)
            if small is None:
                return 2
            with open(args.replay + '.min', 'w') as f:
                f.write(''.join(entry_text(*e) for e in small))
            entries = small
        found = run_entries(args, entries, args.verbose or args.minimize)
        print('replay: %s' % (found or 'no failure'))
        return 1 if found else 0
    if args.seed is None:
        args.seed = str(random.SystemRandom().randrange(10 ** 6))
    args.shapes = {'single': definitions.SINGLE, 'all': list(definitions.SHAPES)}.get(args.shapes) or args.shapes.split(',')
    args.deadline = time.time() + args.seconds
    print('fuzz: seed %s' % args.seed, flush=True)
    run = Run(args)
    number = args.first
    while time.time() < args.deadline and (not args.episodes or number < args.first + args.episodes):
        good = Episode(run, number).play()
        run.episodes += 1
        number += 1
        if not good and not args.keep_going:
            break
    print('fuzz: %d episodes; %s' % (run.episodes, ', '.join('%s: %d' % x for x in sorted(run.counts.items()))))
    print('fuzz: %d steps, %d comparisons, %d failures, seed %s' % (run.steps, run.comparisons, run.failures, args.seed))
    return 1 if run.failures else 0


if __name__ == '__main__':
    sys.exit(main())
