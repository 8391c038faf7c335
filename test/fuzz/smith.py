#!/usr/bin/python3
"""Differential test of definitions that others write: those of sqlsmith, or of deep.py.

    smith.py [--dsn DSN] [--seconds N] [--seed S] [--source deep|sqlsmith|FILE] [--steps N] [--out DIR]

One view at a time, over small tables of many types.  For each query that runs: ivm.create_view(), every third one deferred;
then transactions of random writes with savepoints, each rolled back or kept, at all isolation levels, with comparisons
within and after each: the view must equal its definition, as values and as text, in one snapshot.

A definition may have more than one right result, and sqlsmith's mostly have.  So when there is a difference, the definition
is run over the same rows in other orders and by other plans.  Only if all of these agree, it is a failure; else
it is counted as undetermined.  (If they agree as values only, a difference as text is.)  Where deep.py leaves it open on purpose what a
subquery gives, ivm.verify_view() computes it as the view does.

A definition may fail for some rows, and then so may writers.  When one fails, the same is done without the view, and
the definition run: it must fail, too.  XX000, a lost connection and a timeout are failures always, unless the definition alone has them.

With --source sqlsmith the program of this name is run with the database smith_catalog, which is made here: there only functions that
are immutable are to be seen, and operators of some types.
"""
import argparse
import io
import os
import random
import re
import subprocess
import sys
import time

import psycopg2

import deep

SCHEMA = 'sm'
ISOLATION = ['READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE']
WAYS = ['', 'enable_hashagg', 'enable_sort', 'enable_hashjoin enable_mergejoin', 'enable_nestloop', 'enable_hashjoin enable_seqscan']
SETUP = """SET client_min_messages = error;
DROP SCHEMA IF EXISTS {s} CASCADE;
CREATE SCHEMA {s};
CREATE EXTENSION IF NOT EXISTS citext SCHEMA {s};
SET search_path = {s}, public;
CREATE COLLATION {s}.nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE {s}.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN {s}.posint AS int CHECK (VALUE >= 0);
CREATE TYPE {s}.pair AS (x int, y text);
CREATE TABLE {s}.a (id int PRIMARY KEY, k int, t text, n numeric, f float8, d date, ts timestamptz, y bool);
CREATE TABLE {s}.b (id int PRIMARY KEY, k int, g int GENERATED ALWAYS AS (k * 2) STORED, c {s}.citext, nd text COLLATE {s}.nd, ch char(4), e {s}.mood, p {s}.posint);
CREATE TABLE {s}.c (id int, k int, r int4range, m int4multirange, arr int[], j jsonb, cp {s}.pair, iv interval);
CREATE TABLE {s}.p (id int, k int, t text, n numeric) PARTITION BY LIST (k);
CREATE TABLE {s}.p1 PARTITION OF {s}.p FOR VALUES IN (0, 1);
CREATE TABLE {s}.p2 (n numeric, junk int, k int, t text, id int);
ALTER TABLE {s}.p2 DROP COLUMN junk;
ALTER TABLE {s}.p ATTACH PARTITION {s}.p2 DEFAULT;
CREATE TABLE {s}.h (id int, k int, x int);
CREATE INDEX ON {s}.a (k);
CREATE INDEX ON {s}.b (k);
"""
# Views of the extension and plain ones over them (deep.VIEWS)
VIEWS = """SELECT ivm.create_view('{s}.v1', 'SELECT k, count(*) AS cnt, sum(n) AS s, min(t) AS lo FROM {s}.a GROUP BY k');
SELECT ivm.create_view('{s}.w2', 'SELECT b.id, b.k, h.x, b.c FROM {s}.b LEFT JOIN {s}.h ON h.k = b.k');
CREATE VIEW {s}.v2 AS SELECT id, k, x, c FROM {s}.w2 WHERE k IS DISTINCT FROM 3;
CREATE VIEW {s}.v3 AS SELECT v1.k, v1.cnt, v2.id FROM {s}.v1 LEFT JOIN {s}.v2 ON v2.x = v1.k;
SELECT ivm.create_view('{s}.v4', 'SELECT DISTINCT k, cnt::int AS u FROM {s}.v3 UNION SELECT k, x FROM {s}.h');
"""
DEFINITIONS = {
    'v1': 'SELECT k, count(*) AS cnt, sum(n) AS s, min(t) AS lo FROM {s}.a GROUP BY k',
    'w2': 'SELECT b.id, b.k, h.x, b.c FROM {s}.b LEFT JOIN {s}.h ON h.k = b.k',
    'v4': 'SELECT DISTINCT k, cnt::int AS u FROM {s}.v3 UNION SELECT k, x FROM {s}.h',
}
# Where the rows are
LEAVES = ['a', 'b', 'c', 'p1', 'p2', 'h']


class Failure(Exception):
    pass


class Smith:
    def __init__(self, args):
        self.args, self.rng = args, random.Random(args.seed)
        self.counts, self.refusals, self.errors = {}, {}, {}
        self.looks = True
        self.connect()

    def connect(self):
        for _ in range(60):
            try:
                self.conn = psycopg2.connect(self.args.dsn)
                break
            except psycopg2.OperationalError:
                time.sleep(1)           # restarting after a crash
        self.conn.autocommit = True
        self.script = []
        # plans that are forced have costs at which compiling them takes longer than running
        for s in ("SET statement_timeout = '4s'", 'SET jit = off', "SET TimeZone = 'Europe/Berlin'", 'SET search_path = %s, public' % SCHEMA,
                  'SET client_min_messages = error'):
            self.run(s)
        self.settings = self.script

    def count(self, what, n=1):
        self.counts[what] = self.counts.get(what, 0) + n

    def run(self, sql, rows=False):
        """Execute, and note in the script."""
        self.script.append(sql + ';')
        with self.conn.cursor() as cur:
            cur.execute(sql)
            return cur.fetchall() if rows and cur.description else None

    def attempt(self, sql, rows=False):
        """The error, or None."""
        try:
            self.run(sql, rows)
        except psycopg2.Error as e:
            return e

    # ---- tables -----------------------------------------------------------

    def value(self, t):
        return deep.raw_literal(self.rng, t, SCHEMA, self.looks, 0.12)

    def insert(self, t, n):
        cols = [(c, ty) for c, ty in deep.TABLES[t] if c != 'g']

        def row():
            out = []
            for c, ty in cols:
                out.append(str(self.rng.randint(0, 25)) if c == 'id' else self.value(ty))
            return '(%s)' % ', '.join(out)
        return 'INSERT INTO %s.%s (%s) VALUES %s%s' % (SCHEMA, t, ', '.join(c for c, _ in cols), ', '.join(row() for _ in range(n)),
                                                       ' ON CONFLICT DO NOTHING' if t in ('a', 'b') else '')

    def write(self):
        """A statement that changes rows."""
        rng = self.rng
        t = rng.choice(['a', 'a', 'b', 'b', 'c', 'c', 'p', 'p', 'h'])
        r = rng.random()
        if r < 0.35:
            return self.insert(t, rng.choice([1, 1, 2, 4]))
        where = rng.choice(['id = %d' % rng.randint(0, 25), 'id = %d' % rng.randint(0, 25), 'id %% 5 = %d' % rng.randint(0, 4), 'k = %d' % rng.randint(0, 2),
                            'k IS NULL'])
        if r < 0.72:
            cols = [(c, ty) for c, ty in deep.TABLES[t] if c not in ('id', 'g')]
            sets = ', '.join('%s = %s' % (c, self.value(ty)) for c, ty in rng.sample(cols, min(len(cols), rng.choice([1, 1, 2, 3]))))
            if rng.random() < 0.15:
                sets = 'k = coalesce(k, 0) + 1'
            elif rng.random() < 0.15:
                sets = 'id = id'        # the rows move, and nothing else
            return 'UPDATE %s.%s SET %s WHERE %s' % (SCHEMA, t, sets, where)
        if r < 0.97:
            return 'DELETE FROM %s.%s WHERE %s' % (SCHEMA, t, where)
        if r < 0.985:
            return 'TRUNCATE %s.%s' % (SCHEMA, t)
        return 'DELETE FROM %s.%s' % (SCHEMA, t)

    def setup(self):
        self.looks = self.rng.random() < 0.4
        self.script = list(self.settings)
        for s in SETUP.format(s=SCHEMA).split(';\n'):
            if s.strip():
                self.run(s)
        for t in deep.TABLES:
            self.run(self.insert(t, 12))
        for s in VIEWS.format(s=SCHEMA).split(';\n'):
            if s.strip():
                self.run(s)

    def contents(self):
        """The rows of all tables, as commands for psql."""
        out = []
        with self.conn.cursor() as cur:
            for t in LEAVES:
                cols = ', '.join(c for c, _ in deep.TABLES.get(t, deep.TABLES['p']) if c != 'g')
                f = io.StringIO()
                cur.copy_expert('COPY (SELECT %s FROM ONLY %s.%s) TO STDOUT' % (cols, SCHEMA, t), f)
                out.append('COPY %s.%s (%s) FROM STDIN;\n%s\\.' % (SCHEMA, t, cols, f.getvalue()))
        return ['TRUNCATE %s;' % ', '.join('%s.%s' % (SCHEMA, t) for t in ('a', 'b', 'c', 'p', 'h'))] + out

    def refill(self):
        """Keep the tables small and not empty."""
        for t in ('a', 'b', 'c', 'p', 'h'):
            n = self.run('SELECT count(*) FROM %s.%s' % (SCHEMA, t), True)[0][0]
            if n > 30:
                self.run('DELETE FROM %s.%s WHERE id %% 2 = %d' % (SCHEMA, t, self.rng.randint(0, 1)))
            elif n < 8:
                self.run(self.insert(t, 10))

    # ---- the oracle ---------------------------------------------------------

    def comparison(self, relation, query, text):
        a, b = ('smith_v::text', 'smith_d::text') if text else ('smith_v.*', 'smith_d.*')
        return ('WITH smith_v AS MATERIALIZED (SELECT * FROM %s), smith_d AS MATERIALIZED (%s) SELECT (SELECT count(*) FROM (SELECT %s FROM smith_v EXCEPT ALL '
                'SELECT %s FROM smith_d) q) + (SELECT count(*) FROM (SELECT %s FROM smith_d EXCEPT ALL SELECT %s FROM smith_v) q)' % (
                    relation, query, a, b, b, a))

    def compare(self, within):
        """True if the view is its definition; whoever has more than one right result is let go with False."""
        if self.mode == 'refreshed' and not within:
            self.run("SELECT * FROM ivm.refresh('%s.v')" % SCHEMA)
        elif self.mode == 'refreshed':
            return True
        self.count('comparisons')
        if not self.differs(True):
            return True             # the same look: the same values
        text = self.values and not self.differs(False)
        if self.query.startswith(deep.OPEN):
            return self.verified()
        if not self.determined(text, within):
            return False
        if text and self.looks:
            # equal values that look different are told apart by chance, in constants, too
            self.count('looks different')
            return True
        raise Failure('difference as %s, %s' % ('text' if text else 'values', 'within a transaction' if within else 'committed'))

    def differs(self, text):
        return self.run(self.comparison(SCHEMA + '.v', self.query, text), True)[0][0] != 0

    def determined(self, text, within):
        """Does the definition give the same by other plans and over rows in another order?"""
        keep = self.script
        self.script = []
        if within:
            self.run('SAVEPOINT determined')
        else:
            self.run('BEGIN')
        try:
            results = set()
            for _ in range(4):
                for way in WAYS:
                    for s in way.split():
                        self.run('SET LOCAL %s = off' % s)
                    results.add(self.result(text))
                    for s in way.split():
                        self.run('SET LOCAL %s = on' % s)
                if len(results) > 1:
                    return False
                self.shuffle()
            return True
        except psycopg2.Error as e:
            print('cannot tell: %s' % str(e).strip(), flush=True)
            return True
        finally:
            self.run('ROLLBACK TO determined' if within else 'ROLLBACK')
            self.script = keep

    def verified(self):
        """The view shows one of the results that its definition may have, the one that it is computed by."""
        if self.run("SELECT count(*) FROM ivm.verify_view('%s.v')" % SCHEMA, True)[0][0]:
            raise Failure('difference by ivm.verify_view()')
        self.count('open')
        return True

    def result(self, text):
        """The result of the definition, in a form to compare."""
        if text or not self.values:
            return tuple(sorted(r[0] for r in self.run('SELECT q::text FROM (%s) q' % self.query, True)))
        # as values: the number of differences from the first one, which the server keeps
        self.run('CREATE TEMP TABLE IF NOT EXISTS smith_first ON COMMIT DROP AS SELECT * FROM (%s) q' % self.query)
        return self.run(self.comparison('smith_first', self.query, False), True)[0][0]

    def shuffle(self):
        for t in LEAVES:
            cols = ', '.join(c for c, _ in deep.TABLES.get(t, deep.TABLES['p']) if c != 'g')
            self.run('CREATE TEMP TABLE smith_rows AS SELECT %s FROM ONLY %s.%s' % (cols, SCHEMA, t))
            self.run('DELETE FROM ONLY %s.%s' % (SCHEMA, t))
            self.run('INSERT INTO %s.%s (%s) SELECT * FROM smith_rows ORDER BY random()' % (SCHEMA, t, cols))
            self.run('DROP TABLE smith_rows')

    def definition_fails(self):
        """Run the definition by some plans: the first error, or None.  Within a transaction."""
        for way in WAYS:
            self.run('SAVEPOINT smith_fails')
            for s in way.split():
                self.run('SET LOCAL %s = off' % s)
            e = self.attempt('SELECT * FROM (%s) q' % self.query, True)
            self.run('ROLLBACK TO smith_fails')
            if e:
                return e

    # ---- one view -------------------------------------------------------------

    def create(self, number):
        """Create the view of the query; False if there is none."""
        # what works by itself, and fast
        start = time.time()
        e = self.attempt('SELECT * FROM (%s) q' % self.query, True)
        if e:
            self.count('query fails ' + str(e.pgcode))
            key = 'query: %s %s' % (e.pgcode, str(e).split('\n')[0][:100])
            self.errors[key] = self.errors.get(key, 0) + 1
            return False
        if time.time() - start > self.args.slow:
            self.count('slow')
            return False
        self.mode = ['immediate', 'immediate', self.rng.choice(['fresh', 'refreshed'])][number % 3]
        more = {'immediate': '', 'fresh': ", 'deferred', options => '{\"max_staleness\": \"0\"}'", 'refreshed': ", 'deferred'"}[self.mode]
        e = self.attempt('SELECT ivm.create_view(\'%s.v\', $smith$%s$smith$%s)' % (SCHEMA, self.query, more))
        if e:
            self.judge(e, 'create_view')
            what = 'refused' if e.pgcode == '0A000' else 'create ' + str(e.pgcode)
            self.count(what)
            if e.pgcode != '0A000':
                print('%s: %s' % (what, ' '.join(self.query.split())), flush=True)
            message = re.sub(r'"[^"]*"|\d+', '_', str(e).split('\n')[0])
            if e.pgcode == '0A000' and e.diag.message_detail:
                message += ' / ' + re.sub(r'"[^"]*"|\d+', '_', e.diag.message_detail)[:150]
            self.refusals.setdefault(e.pgcode + ' ' + message, []).append(self.query)
            return False
        self.count('created ' + self.mode)
        self.count('views')
        self.values = True
        e = self.attempt(self.comparison(SCHEMA + '.v', self.query, False), True)
        if e and e.pgcode in ('42883', '0A000'):
            self.values = False
        elif e:
            raise Failure('error %s: %s' % (e.pgcode, e))
        return self.compare(False)

    def judge(self, e, where):
        """Raise if this error is never right."""
        if e.pgcode in ('XX000', 'XX001', 'XX002', None) or self.conn.closed:
            raise Failure('%s at %s: %s' % (e.pgcode, where, str(e).strip()))

    def wrong_error(self, e, statements, iso):
        """An error in a transaction with the view: without it, do the statements or the definition fail, too?"""
        self.judge(e, 'write')
        keep, self.script = self.script, []
        try:
            if self.conn.closed:
                return True
            self.attempt('ROLLBACK')
            self.run('BEGIN ISOLATION LEVEL %s' % iso)
            self.run('DROP VIEW %s.v' % SCHEMA)
            if self.definition_fails():
                return False
            for s in statements:
                if not s.startswith('SELECT') and self.attempt(s):
                    return False
                if self.definition_fails():
                    return False
            return True
        finally:
            self.attempt('ROLLBACK')
            self.script = keep

    def transaction(self):
        """Some statements with savepoints; False: this view is done with."""
        rng = self.rng
        iso = rng.choice(ISOLATION)
        done = ['BEGIN ISOLATION LEVEL %s' % iso]
        if rng.random() < 0.4:
            done = []
            statements = [self.write()]
        else:
            statements, savepoints = [], 0
            for _ in range(rng.choice([2, 3, 4, 6])):
                r = rng.random()
                if r < 0.25:
                    savepoints += 1
                    statements.append('SAVEPOINT s%d' % savepoints)
                elif r < 0.4 and savepoints:
                    statements.append('ROLLBACK TO s%d' % savepoints)
                else:
                    statements.append(self.write())
                if rng.random() < 0.3:
                    statements.append('SELECT 0')
        if done:
            self.run(done[0])
        self.steps += len(statements)
        self.count('steps', len(statements))
        for s in statements:
            if s == 'SELECT 0':
                try:
                    if not self.compare(True):
                        self.count('undetermined')
                        self.run('ROLLBACK')
                        return False
                    continue
                except psycopg2.Error as err:
                    e = err
            else:
                e = self.attempt(s)
            if e:
                return self.failed(e, done + statements, iso)
        if done:
            e = self.attempt('COMMIT' if rng.random() < 0.8 else 'ROLLBACK')
            if e:
                return self.failed(e, done + statements, iso)
        return True

    def failed(self, e, statements, iso):
        key = '%s %s' % (e.pgcode, str(e).split('\n')[0][:120])
        self.errors[key] = self.errors.get(key, 0) + 1
        writes = [s for s in statements if not s.startswith('BEGIN')]
        if self.wrong_error(e, writes, iso):
            raise Failure('error %s which the definition does not have: %s' % (e.pgcode, str(e).strip()))
        self.count('definition fails')
        return False

    def maintain(self):
        r = self.rng.random()
        if r < 0.15:
            self.run("SELECT ivm.fold('%s.v')" % SCHEMA)
        elif r < 0.2:
            n = self.run("SELECT rows_inserted + rows_updated + rows_deleted FROM ivm.reconcile('%s.v')" % SCHEMA, True)[0][0]
            # a definition with several right results may be corrected
            if n and self.mode == 'immediate' and self.determined(True, False):
                raise Failure('reconcile has corrected %s rows' % n)
        elif r < 0.23 and self.mode == 'immediate':
            self.run("CALL ivm.rebuild('%s.v')" % SCHEMA)

    def try_query(self, query, number):
        self.query = query
        self.script = list(self.settings)
        before = self.contents()
        self.steps = 0
        try:
            if not self.create(number):
                return
            while self.steps < self.args.steps:
                if not self.transaction():
                    return
                try:
                    self.maintain()
                    if not self.compare(False):
                        self.count('undetermined')
                        return
                except psycopg2.Error as e:
                    self.judge(e, 'read')
                    if not self.failed(e, [], 'READ COMMITTED'):
                        return
            self.count('verified')
        except Failure as f:
            self.report(f, before)
        except psycopg2.Error as e:
            self.report('%s: %s' % (e.pgcode, e), before)
        finally:
            if self.conn.closed:
                self.connect()
            self.script = []
            self.attempt('ROLLBACK')
            self.attempt('DROP VIEW IF EXISTS %s.v' % SCHEMA)

    def check_fixture(self):
        """The views that others read."""
        for name, query in DEFINITIONS.items():
            n = self.run(self.comparison('%s.%s' % (SCHEMA, name), query.format(s=SCHEMA), True), True)[0][0]
            if n:
                self.query = query.format(s=SCHEMA)
                self.report('view %s differs' % name, [])

    def report(self, f, before):
        self.count('failures')
        path = os.path.join(self.args.out, 'smith-%s-%d.sql' % (self.args.seed, self.counts['failures']))
        print('FAILURE %s\n  %s\n  %s\n  script: %s' % (f, getattr(self, 'mode', ''), self.query, path), flush=True)
        script = [s for s in self.script if s != 'SELECT 0;']
        with open(path, 'w') as out:
            out.write('-- %s\n' % str(f).replace('\n', '\n-- '))
            frame = list(self.settings) + [SETUP.format(s=SCHEMA)] + ([VIEWS.format(s=SCHEMA)] if re.search(r'\bv[1234]\b', self.query) else [])
            out.write('\n'.join(frame + before + script[len(self.settings):]) + '\n')

    # ---- all of them -------------------------------------------------------------

    def play(self):
        end = time.time() + self.args.seconds
        last = time.time()
        number = 0
        queries = self.queries()
        for query in queries:
            if time.time() > end:
                break
            if number % 60 == 0:
                self.setup()
            number += 1
            self.count('queries')
            self.try_query(query, number)
            try:
                self.script = []
                self.refill()
                if number % 10 == 0:
                    self.check_fixture()
            except psycopg2.Error as e:
                self.report('%s: %s' % (e.pgcode, e), [])
                self.connect()
                self.setup()
            if time.time() - last > 60:
                last = time.time()
                self.summary()
        self.summary()
        for what in (self.refusals, self.errors):
            for key, n in sorted(what.items(), key=lambda x: -(len(x[1]) if isinstance(x[1], list) else x[1])):
                print('%6d %s' % (len(n) if isinstance(n, list) else n, key))
                if isinstance(n, list) and self.args.verbose:
                    print('         ' + ' '.join(min(n, key=len).split()))
        print('smith: %d queries, %d views, %d steps, %d comparisons, %d failures, seed %s' % (
            self.counts.get('queries', 0), self.counts.get('views', 0), self.counts.get('steps', 0), self.counts.get('comparisons', 0),
            self.counts.get('failures', 0), self.args.seed))
        return 1 if self.counts.get('failures') else 0

    def summary(self):
        print(', '.join('%s: %d' % x for x in sorted(self.counts.items())), flush=True)

    def queries(self):
        if self.args.source == 'deep':
            while True:
                yield deep.generate(self.rng, SCHEMA, self.looks)
        elif self.args.source == 'sqlsmith':
            yield from self.sqlsmith()
        else:
            with open(self.args.source) as f:
                for q in f.read().split(';\n'):
                    if q.strip():
                        yield q.strip()

    def sqlsmith(self):
        catalog = make_catalog(self.args.dsn)
        seed = self.rng.randrange(10 ** 6)
        while True:
            seed += 1
            p = subprocess.Popen(['sqlsmith', '--target=' + catalog, '--dry-run', '--exclude-catalog', '--max-queries=3000', '--seed=%d' % seed],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            text = ''
            for line in p.stdout:
                text += line
                if line.rstrip().endswith(';'):
                    query, text = text.rstrip().rstrip(';').strip(), ''
                    if query.startswith(('select', 'with')):
                        yield simplify(query)
            p.wait()
            if p.returncode and not text:
                self.count('sqlsmith ended %d' % p.returncode)


def simplify(query):
    """What is left to chance is taken out: samples, and LIMIT without an order."""
    query = re.sub(r'\s+tablesample (system|bernoulli) \([\d.]+\)', '', query)
    query = re.sub(r'\s+limit 1 offset (\d+)\)', lambda m: ' order by 1 limit 1 offset %s)' % m.group(1), query)
    query = re.sub(r'\s+limit (?!1 offset)\d+', '', query)
    return query


# Types that operators and functions may have, for sqlsmith
USUAL = "'bool', 'int2', 'int4', 'int8', 'numeric', 'float8', 'text', 'bpchar', 'date', 'timestamptz', 'timestamp', 'interval', 'jsonb', 'int4range', " \
    "'int4multirange', '_int4', 'citext', 'mood', 'posint', 'pair'"


def make_catalog(dsn):
    """A database with the same tables for sqlsmith to look at, in which it finds only such functions as can be maintained."""
    c = psycopg2.connect(dsn)
    c.autocommit = True
    cur = c.cursor()
    cur.execute('DROP DATABASE IF EXISTS smith_catalog')
    cur.execute('CREATE DATABASE smith_catalog')
    there = re.sub(r"dbname=('[^']*'|\S+)", '', c.dsn) + ' dbname=smith_catalog'
    c.close()
    c = psycopg2.connect(there)
    c.autocommit = True
    cur = c.cursor()
    cur.execute(SETUP.format(s=SCHEMA))
    for name, query in list(DEFINITIONS.items())[:1]:
        cur.execute('CREATE VIEW %s.%s AS %s' % (SCHEMA, name, query.format(s=SCHEMA)))
    cur.execute('CREATE SCHEMA shadow')
    # a materialized view is no table for sqlsmith
    cur.execute("CREATE MATERIALIZED VIEW shadow.pg_proc AS SELECT p.* FROM pg_catalog.pg_proc p WHERE provolatile = 'i' AND pronamespace = 'pg_catalog'::regnamespace "
                "AND proname !~ '(in|out|recv|send|_sel|joinsel|_support|hash.*)$' AND proname !~ '^(gin|gist|brin|spg|btint|bt|array_agg|json_agg|jsonb_agg|xmlagg|binary_upgrade)' "
                "AND proname NOT IN ('repeat', 'lpad', 'rpad', 'string_agg', 'pg_sleep') "
                "AND NOT EXISTS (SELECT FROM unnest(proargtypes || prorettype) u WHERE u NOT IN (SELECT oid FROM pg_type WHERE typname IN (%s)))" % USUAL)
    # those of names and the like are needed to look at the catalogue
    usual = '(SELECT oid FROM pg_type WHERE typname IN (%s))' % USUAL
    cur.execute("UPDATE pg_catalog.pg_operator SET oprresult = 0 WHERE (oprleft NOT IN %s OR oprright NOT IN %s) "
                "AND oprleft NOT IN ('oid'::regtype, 'name'::regtype, '\"char\"'::regtype)" % (usual, usual))
    c.close()
    return there + " options='-c search_path=shadow,pg_catalog'"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--dsn', default='')
    p.add_argument('--seconds', type=float, default=60)
    p.add_argument('--seed', default=str(random.SystemRandom().randrange(10 ** 6)))
    p.add_argument('--source', default='deep', help='deep, sqlsmith, or a file of queries')
    p.add_argument('--steps', type=int, default=15, help='writes and savepoints for each view')
    p.add_argument('--slow', type=float, default=0.3, help='seconds that a definition may take')
    p.add_argument('--out', default='.')
    p.add_argument('-v', '--verbose', action='store_true')
    args = p.parse_args()
    print('smith: seed %s' % args.seed, flush=True)
    return Smith(args).play()


if __name__ == '__main__':
    sys.exit(main())
