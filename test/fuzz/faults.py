#!/usr/bin/python3
"""An error at each place where one may come from.

    faults.py [--dsn DSN] [--seconds N] [--seed S] [--only SCENARIO[,...]] [--site FILE:LINE:PASS] [--verbose]

Needs the extension built with test/mutation/faults: there each call of a function of the server that may fail (no
memory, no room, a cancel, a lock) can be made to fail.  A scenario is a transaction over views of all kinds.  It is
run once without a fault, which tells the places that it passes and how often; then again and again with a fault at one of
them, the first, the last, or another time that it is passed.  The error may reach the client, be caught by a block
of PL/pgSQL, or be dealt with by the extension; afterwards

- the error is the one asked for, and no other,
- every view equals its definition, and nothing is left: no lock, no storage without a view, no temporary file, no warning,
- the same session runs the same transaction without a fault, and every view equals its definition again.

In turns the session is a new one, whose caches are empty, or one that has seen faults before.
"""
import argparse
import collections
import os
import random
import sys
import time

import psycopg2

SCHEMA = 'fuzz_faults'
TABLES = """
DROP SCHEMA IF EXISTS {s} CASCADE;
CREATE SCHEMA {s};
SET search_path = {s};
CREATE TABLE t (id int PRIMARY KEY, g int, x numeric, s text);
CREATE TABLE d (g int PRIMARY KEY, region int, name text);
CREATE TABLE e (id bigserial PRIMARY KEY, g int, x int);
CREATE TABLE p (site int, g int, x int) PARTITION BY LIST (site);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p DEFAULT;
CREATE INDEX ON t (g, x);
INSERT INTO t SELECT i, i % 7, i * 1.5, 's' || i % 5 FROM generate_series(1, 60) i;
INSERT INTO d SELECT i, i % 3, 'n' || i FROM generate_series(0, 6) i;
INSERT INTO e (g, x) SELECT i % 4, i FROM generate_series(1, 20) i;
INSERT INTO p SELECT 1 + i % 3, i % 5, i FROM generate_series(1, 30) i;
CREATE MATERIALIZED VIEW m AS SELECT g, count(*) AS n FROM t GROUP BY g;
CREATE UNIQUE INDEX ON m (g);
"""
VIEWS = {
    'sums': 'SELECT g, count(*) AS n, sum(x) AS total, avg(x) AS mean FROM t GROUP BY g',
    'ends': 'SELECT g, min(x) AS low, max(s) AS high FROM t GROUP BY g',
    'lists': "SELECT g, string_agg(s, ',' ORDER BY id) AS l FROM t GROUP BY g",
    'kinds': 'SELECT g, count(DISTINCT s) AS n FROM t GROUP BY g',
    'middle': 'SELECT g, percentile_disc(0.5) WITHIN GROUP (ORDER BY x) AS m FROM t GROUP BY g',
    'total': 'SELECT count(*) AS n, sum(x) AS total FROM t',
    'names': 'SELECT DISTINCT s FROM t',
    'bag': 'SELECT g, s FROM t WHERE x < 70',
    'rolled': 'SELECT g, s, count(*) AS n FROM t GROUP BY ROLLUP (g, s)',
    'joined': 'SELECT region, count(*) AS n, sum(x) AS total FROM t JOIN d USING (g) GROUP BY region',
    'outer_joined': 'SELECT d.g, name, count(t.id) AS n, max(x) AS high FROM d LEFT JOIN t ON t.g = d.g GROUP BY d.g, name',
    'matched': 'SELECT id, s FROM t WHERE EXISTS (SELECT FROM d WHERE d.g = t.g AND region = 1)',
    'unmatched': 'SELECT s, count(*) AS n FROM t WHERE NOT EXISTS (SELECT FROM d WHERE d.g = t.g AND region = 2) GROUP BY s',
    'either': 'SELECT g FROM t WHERE x < 30 UNION SELECT g FROM d',
    'ranked': 'SELECT g, n, rank() OVER (ORDER BY n DESC, g) AS r FROM (SELECT g, count(*) AS n FROM t GROUP BY g) q',
    'top': 'SELECT id, x FROM t ORDER BY x DESC, id LIMIT 5',
    'parted': 'SELECT site, count(*) AS n, max(x) AS high FROM p GROUP BY site',
    'above': 'SELECT n, count(*) AS groups FROM sums GROUP BY n',
}
DEFERRED = {'fresh_sums': ('sums', '{"max_staleness": "0"}'), 'fresh_joined': ('outer_joined', '{"max_staleness": "0"}'),
            'stored_sums': ('sums', '{}'), 'stored_joined': ('joined', '{}'), 'stored_lists': ('lists', '{}')}
APPEND = {'appended': 'SELECT g, count(*) AS n, sum(x) AS total FROM e GROUP BY g'}
REFRESH = ["SELECT ivm.refresh('%s')" % v for v in sorted(DEFERRED) + sorted(APPEND)]

# Statements of a transaction; one that begins with "-" is run before it, without a fault, and one with "+" after it.
# What a scenario adds it takes away, so that the tables stay as small as they are.
SCENARIOS = {
    'insert': ["INSERT INTO t VALUES (1000, 3, 7, 's1')", '+DELETE FROM t WHERE id = 1000'],
    'delete': ["-INSERT INTO t VALUES (1000, 3, 700, 'only') ON CONFLICT DO NOTHING", 'DELETE FROM t WHERE id = 1000'],
    'update': ['UPDATE t SET g = (g + 1) % 8, x = x + 1 WHERE id % 9 = 0'],
    'many': ["INSERT INTO t SELECT i, i % 300, i, 's' || i % 50 FROM generate_series(2000, 2600) i", 'DELETE FROM t WHERE id >= 2000'],
    'other side': ["UPDATE d SET region = (region + 1) % 3, name = name || 'x' WHERE g % 2 = 0", 'DELETE FROM d WHERE g = 6',
                   "INSERT INTO d VALUES (6, 1, 'new')", "+UPDATE d SET name = 'n' || g"],
    'both sides': ["INSERT INTO d VALUES (7, 1, 'seven')", "INSERT INTO t VALUES (1000, 7, 7, 's1')", 'UPDATE d SET region = 2 WHERE g = 3',
                   '+DELETE FROM t WHERE id = 1000', '+DELETE FROM d WHERE g = 7'],
    'partitions': ['INSERT INTO p VALUES (1, 1, 1), (5, 1, 100)', 'UPDATE p SET site = 1 WHERE site = 5', 'DELETE FROM p WHERE x = 1 OR x = 100'],
    'savepoints': ["INSERT INTO t VALUES (1000, 3, 7, 's1')", 'SAVEPOINT a', 'UPDATE t SET x = x + 1 WHERE id < 20', 'SAVEPOINT b',
                   "INSERT INTO d VALUES (9, 1, 'x')", 'ROLLBACK TO a', 'DELETE FROM t WHERE id = 1000', 'RELEASE a'],
    'caught': ["""DO $$ BEGIN
            INSERT INTO t VALUES (1000, 3, 7, 's1');
            BEGIN
                UPDATE t SET x = x + 1, g = 4 WHERE id < 20;
                UPDATE d SET region = 1 - region WHERE g = 4 AND region < 2;
                PERFORM count(*) FROM joined;
                PERFORM count(*) FROM lists WHERE g = 4;
            EXCEPTION WHEN out_of_memory OR query_canceled THEN
                INSERT INTO t VALUES (1001, 5, 7, 's2');
            END;
            UPDATE t SET s = 'caught' WHERE id > 50;
        END $$""", '+DELETE FROM t WHERE id >= 1000', "+UPDATE t SET s = 's' || id % 5, g = id % 7"],
    'read own': ["INSERT INTO t SELECT i, i % 9, i, 's' || i % 5 FROM generate_series(1000, 1010) i", 'SELECT * FROM sums', 'SELECT * FROM joined WHERE region = 1',
                 'SELECT * FROM kinds', 'SELECT * FROM fresh_sums WHERE g = 3', 'SELECT * FROM lists ORDER BY g LIMIT 2', 'SELECT * FROM top',
                 'DELETE FROM t WHERE id >= 1000'],
    'convert': ["SELECT ivm.convert('m')",
                "INSERT INTO t VALUES (1000, 3, 7, 's1')", 'SELECT * FROM m', "SELECT ivm.drop_view('m', keep => 'materialized view')", 'ROLLBACK'],
    'before alter': ["SELECT ivm.before_alter('t', 's')", 'ALTER TABLE t ALTER s TYPE varchar(20)', 'SELECT ivm.after_alter()', 'SELECT * FROM lists', 'ROLLBACK'],
    'read': ["-INSERT INTO t SELECT i, i % 9, i, 's' || i % 5 FROM generate_series(1000, 1010) i ON CONFLICT DO NOTHING", 'SELECT * FROM sums', 'SELECT * FROM lists', 'SELECT * FROM fresh_joined',
             'SELECT * FROM sums s JOIN ends e USING (g) WHERE g = 2', 'SELECT * FROM middle', 'SELECT * FROM either', 'SELECT * FROM above', '+DELETE FROM t WHERE id >= 1000'],
    'cursors': ['DECLARE c CURSOR FOR SELECT * FROM sums', 'FETCH 2 FROM c', 'UPDATE t SET x = x + 1 WHERE id < 10', 'DECLARE k SCROLL CURSOR FOR SELECT * FROM lists ORDER BY g',
                'FETCH 3 FROM k', 'FETCH ALL FROM c', 'CLOSE c', 'FETCH BACKWARD 1 FROM k', 'CLOSE k'],
    'prepared transaction': ['UPDATE t SET x = x + 1 WHERE id < 10', "PREPARE TRANSACTION 'fault'", "+COMMIT PREPARED 'fault'"],
    'snapshot': ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'SELECT * FROM sums', 'UPDATE t SET x = x + 1 WHERE id < 10', 'SELECT * FROM lists', 'SELECT * FROM joined'],
    'truncate': ["INSERT INTO e (g, x) VALUES (1, 1)", 'TRUNCATE p', '+INSERT INTO p SELECT 1 + i % 3, i % 5, i FROM generate_series(1, 30) i'],
    'refresh': ['-UPDATE t SET x = x + 1, g = (g + 1) % 8 WHERE id < 20', '-INSERT INTO e (g, x) VALUES (2, 2)', "-UPDATE d SET region = (region + 1) % 3 WHERE g = 2"] + REFRESH,
    'refresh anew': ['-UPDATE t SET x = x + 1, g = (g + 1) % 8 WHERE id < 20', "SELECT ivm.refresh('stored_sums', 'recompute')", "SELECT ivm.refresh('appended', 'recompute')"],
    'reconcile': ["SELECT ivm.reconcile('sums')", "SELECT ivm.reconcile('joined')", "SELECT ivm.reconcile('lists')", "SELECT * FROM ivm.verify_view('kinds')"],
    'rebuild': ["CALL ivm.rebuild('sums')", "CALL ivm.rebuild('stored_joined')"],
    'create': ["SELECT ivm.create_view('made', $$ SELECT region, name, count(*) AS n FROM t JOIN d USING (g) GROUP BY region, name $$)", "INSERT INTO t VALUES (1000, 3, 7, 's1')",
               "SELECT ivm.drop_view('made')", 'DELETE FROM t WHERE id = 1000'],
    'create deferred': ["SELECT ivm.create_view('made', $$ SELECT g, max(x) AS high FROM t GROUP BY g $$, 'deferred')", "INSERT INTO t VALUES (1000, 3, 7, 's1')",
                        "SELECT ivm.refresh('made')", "SELECT ivm.drop_view('made')", 'DELETE FROM t WHERE id = 1000'],
    'replace': ["""SELECT ivm.create_view('ends', $$ SELECT g, min(x) AS low, max(s) AS high, count(*) AS n FROM t GROUP BY g $$, options => '{"replace": true}')""", 'SELECT * FROM ends', 'ROLLBACK'],
    'alter table': ['ALTER TABLE t ADD COLUMN more int DEFAULT 3', "INSERT INTO t VALUES (1000, 3, 7, 's1', 4)", 'ALTER TABLE t RENAME COLUMN s TO s2',
                    'SELECT * FROM lists', 'ALTER TABLE t ALTER COLUMN g SET NOT NULL', 'ROLLBACK'],
    'partition': ['CREATE TABLE p7 PARTITION OF p FOR VALUES IN (7)', 'INSERT INTO p VALUES (7, 7, 7)', 'ALTER TABLE p DETACH PARTITION p7', 'DROP TABLE p7'],
    'upsert': ["INSERT INTO t VALUES (3, 5, 9, 's9'), (1000, 5, 9, 's9') ON CONFLICT (id) DO UPDATE SET x = t.x + 1, g = EXCLUDED.g",
               'MERGE INTO t USING d ON t.g = d.g AND t.id > 50 WHEN MATCHED AND d.region = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET x = x + 1 WHEN NOT MATCHED THEN DO NOTHING',
               'WITH gone AS (DELETE FROM t WHERE id = 7 RETURNING *) INSERT INTO t SELECT * FROM gone', 'ROLLBACK'],
    'pause': ["SELECT ivm.pause('ends')", "SELECT * FROM ivm.resume('ends')", 'SELECT * FROM ends', 'ROLLBACK'],
    'drop table': ['DROP TABLE d CASCADE', "INSERT INTO t VALUES (1000, 3, 7, 's1')", 'SELECT * FROM sums', 'ROLLBACK'],
    'drop column': ['ALTER TABLE t DROP COLUMN s CASCADE', 'INSERT INTO t VALUES (1000, 3, 7)', 'SELECT * FROM total', 'ROLLBACK'],
    'explain': ["SELECT * FROM ivm.explain_view('joined')", "SELECT * FROM ivm.explain_query($$ SELECT g, count(*) FROM t GROUP BY g $$)", 'SELECT * FROM ivm.views'],
    'mode': ["""SELECT ivm.alter_view('ends', '{"mode": "deferred"}')""", """SELECT ivm.alter_view('ends', '{"mode": "immediate"}')""", 'ROLLBACK'],
    'index': ["SELECT ivm.create_index('sums', 'n', 'made_index')", 'SELECT * FROM sums WHERE n = 9', 'ROLLBACK'],
}
EXPECTED = {'53200', '57014'}


class Faults:
    def __init__(self, dsn, rng, verbose):
        self.dsn, self.rng, self.verbose = dsn, rng, verbose
        self.monitor = psycopg2.connect(dsn)
        self.monitor.autocommit = True
        self.conn = None
        self.counts = collections.Counter()
        self.problems = []

    # ---- the database ------------------------------------------------------

    def setup(self):
        cur = self.monitor.cursor()
        cur.execute("SELECT pg_catalog.set_config('client_min_messages', 'warning', false)")
        cur.execute(TABLES.format(s=SCHEMA))
        for name, sql in VIEWS.items():
            cur.execute('SELECT ivm.create_view(%s, %s)', (name, sql))
        for name, (like, options) in DEFERRED.items():
            cur.execute("SELECT ivm.create_view(%s, %s, 'deferred', options => %s)", (name, VIEWS[like], options))
        for name, sql in APPEND.items():
            cur.execute("""SELECT ivm.create_view(%s, %s, 'append', options => '{"watermark": "id"}')""", (name, sql))
        self.definitions = dict(VIEWS, **{n: VIEWS[like] for n, (like, _) in DEFERRED.items()}, **APPEND)
        self.current = [n for n in self.definitions if not n.startswith(('stored', 'appended'))]
        self.storage = self.objects()

    def objects(self):
        """Storage without a view, and the numbers of triggers, views and what they depend on but the change logs, which come and go."""
        cur = self.monitor.cursor()
        cur.execute("""SELECT (SELECT array_agg(c.relname::text) FROM pg_class c WHERE c.relnamespace = 'ivm_data'::regnamespace AND c.relkind IN ('r', 'v')
            AND NOT EXISTS (SELECT FROM ivm.view v WHERE c.oid IN (v.view, v.state, v.delta, v.definition))
            AND NOT EXISTS (SELECT FROM ivm.change_log l WHERE l.segment = c.oid) AND NOT EXISTS (SELECT FROM ivm.generation g WHERE g.rows = c.oid)),
            (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'ivm%' AND NOT EXISTS (SELECT FROM ivm.change_log l WHERE l.segment = tgrelid)), (SELECT count(*) FROM ivm.views), (SELECT count(*) FROM pg_class WHERE relkind <> 'i'
            AND NOT EXISTS (SELECT FROM ivm.change_log l JOIN pg_class t ON t.oid = l.segment WHERE l.segment = pg_class.oid OR t.reltoastrelid = pg_class.oid)),
            (SELECT count(*) FROM pg_prepared_xacts)""")
        return cur.fetchone()

    def connect(self):
        if self.conn:
            self.conn.close()
        self.conn = psycopg2.connect(self.dsn)
        self.conn.autocommit = True
        self.run_one("LOAD 'ivm'")
        self.run_one('SET search_path = ' + SCHEMA)
        self.run_one('SET client_min_messages = warning')
        self.pid = self.conn.get_backend_pid()

    def run_one(self, sql):
        with self.conn.cursor() as cur:
            cur.execute(sql)
            return cur.fetchall() if cur.description else None

    # ---- a scenario --------------------------------------------------------

    def transaction(self, statements, fault=''):
        """Runs it; the error that came, or None, and the places passed."""
        error = None
        self.conn.notices.clear()
        try:
            for sql in statements:
                if sql[0] == '-':
                    self.run_one(sql[1:])
            self.run_one("SET ivm.fault = '%s'" % fault)
            body = [s for s in statements if s[0] not in '-+']
            alone = len(body) == 1 or body[0].startswith(('CALL', 'VACUUM'))
            if not alone:
                self.run_one('BEGIN')
            for sql in body:
                self.run_one(sql)
            if not alone and not body[-1].startswith(('ROLLBACK', 'PREPARE')):
                self.run_one('COMMIT')
        except psycopg2.Error as e:
            error = e
            if self.conn.closed:
                raise
            if self.conn.info.transaction_status != psycopg2.extensions.TRANSACTION_STATUS_IDLE:
                self.run_one('ROLLBACK')
        sites = self.run_one('SHOW ivm.fault_sites')[0][0]
        self.run_one("SET ivm.fault = ''")
        if error is None or 'PREPARE TRANSACTION' not in ' '.join(statements):
            for sql in statements:
                if sql[0] == '+':
                    self.run_one(sql[1:])
        if self.conn.notices:
            self.problem('warnings', fault, ' '.join(self.conn.notices))
        return error, sites

    def places(self, statements):
        """(file:line, passes) of each place that the transaction passes without a fault."""
        error, sites = self.transaction(statements)
        if error:
            self.problem('without a fault', '', error)
        return [(':'.join(s.split(':')[:2]), int(s.split(':')[2])) for s in sites.split()]

    def problem(self, what, fault, detail):
        text = '%s, %s, fault %s: %s' % (self.name, what, fault, str(detail).strip())
        self.problems.append(text)
        print(text, flush=True)

    def check(self, when, fault, views):
        sql = ' UNION ALL '.join("(SELECT '%s' FROM ((TABLE %s EXCEPT ALL (%s)) UNION ALL ((%s) EXCEPT ALL TABLE %s)) q LIMIT 1)" % (
            v, v, self.definitions[v], self.definitions[v], v) for v in views)
        wrong = self.run_one(sql)
        self.counts['comparisons'] += len(views)
        if wrong:
            self.problem('wrong ' + when, fault, ', '.join(w[0] for w in wrong))
            for (v,) in wrong:
                self.run_one("CALL ivm.rebuild('%s')" % v)

    def left(self, fault):
        cur = self.monitor.cursor()
        cur.execute('SELECT locktype, relation::regclass, mode FROM pg_locks WHERE pid = %s', (self.pid,))
        locks = cur.fetchall()
        cur.execute("SELECT viewname, status FROM ivm.views WHERE status <> 'ready'")
        states = cur.fetchall()
        cur.execute('SELECT count(*) FROM pg_ls_tmpdir() WHERE name LIKE %s', ('pgsql_tmp%d.%%' % self.pid,))
        files = cur.fetchone()[0]
        objects = self.objects()
        if locks or states or files or objects != self.storage:
            self.problem('left', fault, (locks, states, files, objects, self.storage))
            self.storage = objects

    def one(self, statements, fault):
        error, sites = self.transaction(statements, fault)
        self.counts['steps'] += 1
        self.counts['raised' if error else 'dealt with' if sites.startswith('raised ') else 'not reached'] += 1
        if self.verbose and not error and sites.startswith('raised '):
            print('dealt with: %s, %s' % (self.name, fault), flush=True)
        if error and error.pgcode not in EXPECTED:
            self.problem('another error', fault, '%s %s' % (error.pgcode, error))
        self.left(fault)
        self.check('after it', fault, self.current)
        error, _ = self.transaction(statements)
        if error:
            self.problem('afterwards', fault, '%s %s' % (error.pgcode, error))
        for sql in REFRESH:
            self.run_one(sql)
        self.check('afterwards', fault, list(self.definitions))
        self.left(fault)

    def scenario(self, name, end, site=None):
        """All places of one, the rarest seen first, until the time ends."""
        self.name = name
        statements = SCENARIOS[name]
        self.connect()
        places = self.places(statements)        # those of a new session
        places = dict(self.places(statements) + places)
        picked = [(p, k) for p, n in places.items() for k in sorted({1, n, self.rng.randint(1, n)})]
        self.rng.shuffle(picked)
        if site:
            picked = [tuple(site.rsplit(':', 1))]
        self.counts['places of ' + name] = len(places)
        done = 0
        for place, k in picked:
            if time.time() > end and not site:
                break
            done += 1
            if done % 2:
                self.connect()
            try:
                self.one(statements, '%s:%s' % (place, k))
            except psycopg2.Error as e:
                self.problem('not even this', '%s:%s' % (place, k), '%s %s' % (e.pgcode, e))
                if self.monitor.closed:
                    raise
                self.connect()
        return len(picked), done


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--dsn', default='')
    p.add_argument('--seconds', type=float, default=60)
    p.add_argument('--seed', type=int)
    p.add_argument('--only', default='')
    p.add_argument('--site')
    p.add_argument('--verbose', action='store_true')
    args = p.parse_args()
    seed = args.seed if args.seed is not None else int.from_bytes(os.urandom(4), 'big')
    print('faults: seed %d' % seed, flush=True)
    run = Faults(args.dsn, random.Random(seed), args.verbose)
    run.setup()
    names = args.only.split(',') if args.only else list(SCENARIOS)
    run.rng.shuffle(names)
    end = time.time() + args.seconds
    left = of = 0
    for i, name in enumerate(names):
        # each has its share of the time that is left
        share = time.time() + max(end - time.time(), 0) / (len(names) - i)
        n, done = run.scenario(name, share, args.site)
        left, of = left + n - done, of + n
        print('# %-22s %d of %d faults at %d places' % (name, done, n, run.counts['places of ' + name]), flush=True)
    print('faults: %d steps, %d raised, %d dealt with, %d not reached, %d comparisons, %d not tried, %d failures' % (
        run.counts['steps'], run.counts['raised'], run.counts['dealt with'], run.counts['not reached'], run.counts['comparisons'], left, len(run.problems)))
    return bool(run.problems) or run.counts['raised'] == 0


if __name__ == '__main__':
    sys.exit(main())
