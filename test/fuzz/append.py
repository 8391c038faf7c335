#!/usr/bin/python3
"""Randomized test of append views: writers that commit in any order, and refreshes.

    append.py [--dsn DSN] [--seconds N] [--seed S] [--sessions N]

Each round makes tables, one of them partitioned, and append views over them.  Sessions begin
transactions, draw ids and insert rows with them, or others, now or later, in subtransactions
too, more of them than a snapshot has room for; they commit, roll back or prepare in any
order.  Some views are filled in batches, the newest rows first or last.  Between these, sessions refresh the views, inside of their transactions as well,
change how far these look back, rebuild them and go back to what they were before, and storage is written anew, frozen, emptied, and partitions come, go and come back.

In REPEATABLE READ, a refreshed view must be what its definition gives in the same snapshot,
and so must a fresh read.  In the end, when all have committed, each row is counted once;
where buckets have closed, it is counted or late.  A failure prints the statements of the
round, each with its session; --first with the number of the round repeats it.
"""
import argparse
import os
import random
import re
import sys
import time

import psycopg2

TABLES = """
DROP SCHEMA IF EXISTS fuzz_append CASCADE;
CREATE SCHEMA fuzz_append;
SET search_path = fuzz_append, public;
CREATE SEQUENCE ids;
CREATE TABLE p (id bigint NOT NULL DEFAULT nextval('ids'), at timestamp NOT NULL, k int, x numeric, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE p0 PARTITION OF p FOR VALUES IN (0);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 (x numeric, gone int, k int NOT NULL, at timestamp NOT NULL, id bigint NOT NULL DEFAULT nextval('ids'));
ALTER TABLE p2 DROP COLUMN gone;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2);
CREATE TABLE s (id bigserial PRIMARY KEY, bucket int, x int);
CREATE TABLE d (k int PRIMARY KEY, name text);
INSERT INTO d VALUES (0, 'a'), (1, 'b'), (3, 'a'), (4, 'b');
INSERT INTO p (at, k, x) SELECT timestamp '2024-01-01' + i * interval '1 hour', i % 3, i FROM generate_series(1, 50) i;
CREATE FUNCTION many(tab text, n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. n LOOP
		BEGIN
			EXECUTE format(CASE tab WHEN 's' THEN 'INSERT INTO s (bucket, x) VALUES (%s, 1)'
						   ELSE 'INSERT INTO p (at, k, x) VALUES (timestamp ''2024-01-01'' + %s * interval ''1 hour'', %s, 1)' END, i % 7, i % 3);
		EXCEPTION WHEN division_by_zero THEN NULL;
		END;
	END LOOP;
END $$;
"""
VIEWS = {   # name: (definition, options)
    'total': ('SELECT count(*) AS n, sum(x) AS s FROM p', '"watermark": "id"'),
    'hours': ("SELECT date_trunc('hour', at) AS hour, k, count(*) AS n, sum(x) AS s, max(x) AS m FROM p GROUP BY 1, 2",
              '"watermark": "id", "max_staleness": "0"'),
    'days': ("SELECT at::date AS day, count(*) AS n FROM p GROUP BY 1", '"watermark": "id"'),
    'bag': ('SELECT k, x FROM p WHERE x > 1', '"watermark": "id", "max_staleness": "0"'),
    'joined': ('SELECT name, count(*) AS n, sum(x) AS s FROM p JOIN d USING (k) GROUP BY name', '"watermark": "id"'),
}
LATE = ('SELECT bucket, count(*) AS n FROM s GROUP BY bucket', '"watermark": "id", "bucket": "bucket", "late": 3')
BENIGN = {'55P03', '40P01', '40001', '25P02', '55006', '57014'}  # locks, serialization, a table in use
PAUSED = {'55000'}      # rolled back, or nothing to go back to
DIFFER = 'SELECT (SELECT count(*) FROM (TABLE %s EXCEPT ALL (%s)) q) + (SELECT count(*) FROM ((%s) EXCEPT ALL TABLE %s) q)'


class Failure(Exception):
    pass


class Writer:
    def __init__(self, fuzz, name):
        self.fuzz, self.name = fuzz, name
        self.conn = fuzz.connect()
        self.open = False
        self.savepoints = 0
        self.drawn = []

    def run(self, sql, benign=BENIGN):
        """Rows, or None after an error that may be."""
        self.fuzz.script.append('%s: %s' % (self.name, sql))
        self.fuzz.statements += 1
        try:
            with self.conn.cursor() as cur:
                cur.execute(sql)
                return cur.fetchall() if cur.description else []
        except psycopg2.Error as e:
            if e.pgcode not in benign or e.pgcode in PAUSED and not re.search('is paused|is kept|rows to keep|being filled', str(e)):
                raise Failure('%s: %s' % (e.pgcode, e))
            self.fuzz.script.append('-- %s' % e.pgcode)
            if self.open:
                self.end('ROLLBACK')
            return None

    def end(self, how):
        self.open, self.savepoints = False, 0
        self.drawn.clear()
        if how == 'ROLLBACK':
            self.fuzz.script.append('%s: ROLLBACK' % self.name)
            with self.conn.cursor() as cur:
                cur.execute('ROLLBACK')
        else:
            self.run(how)


class Fuzz:
    def __init__(self, args):
        self.args, self.script, self.statements, self.rounds = args, [], 0, 0

    def connect(self):
        conn = psycopg2.connect(self.args.dsn)
        conn.autocommit = True
        with conn.cursor() as cur:
            cur.execute("SET search_path = fuzz_append, public; SET client_min_messages = error; SET lock_timeout = '100ms'; SET jit = off")
        return conn

    def make(self, rng):
        w = self.writers[0]
        w.run(TABLES)
        for name, (query, options) in VIEWS.items():
            batches = rng.choice(['', '', ', "batch_rows": 7', ', "batch_rows": 20, "newest_first": true'])
            w.run("SELECT ivm.create_view('%s', $$ %s $$, 'append', with_data => %s, options => '{%s%s}')" % (
                name, query, rng.choice(['true', 'true', 'false']) if not batches else 'false', options, batches))
        w.run("SELECT ivm.create_view('late', $$ %s $$, 'append', options => '{%s}')" % LATE)
        self.prepared, self.numbers = [], 0

    def value(self, rng):
        return "timestamp '2024-01-01' + %d * interval '17 min', %d, %d" % (rng.randrange(300), rng.randrange(3), rng.randrange(5))

    # --- what a session does next ---

    def step(self, rng):
        w = rng.choice(self.writers)
        kind = rng.random()
        if kind < 0.30:
            self.insert(rng, w)
        elif kind < 0.38 and not w.open:
            w.open = True
            w.run('BEGIN')
        elif kind < 0.44:
            rows = w.run("SELECT nextval('ids')")
            if rows:
                w.drawn.append(rows[0][0])
                if not w.open:
                    w.drawn.clear()         # who keeps ids for later needs overlap
        elif kind < 0.50 and w.open:
            self.savepoint(rng, w)
        elif kind < 0.53:
            w.run("SELECT many('%s', %d)" % (rng.choice('ps'), rng.choice([1, 5, 70, 130])))
        elif kind < 0.64 and w.open:
            self.end(rng, w)
        elif kind < 0.67 and self.prepared and not w.open:
            name = self.prepared.pop(rng.randrange(len(self.prepared)))
            w.run("%s PREPARED '%s'" % (rng.choice(['COMMIT', 'COMMIT', 'ROLLBACK']), name))
        elif kind < 0.81:
            self.refresh(rng, w)
        elif kind < 0.84:
            self.go_back(rng, w)
        elif kind < 0.93 and not w.open:
            self.look(rng, w)
        elif not w.open:
            self.command(rng, w)

    def insert(self, rng, w):
        if w.drawn and w.open and rng.random() < 0.5:
            w.run('INSERT INTO p (id, at, k, x) VALUES (%d, %s)' % (w.drawn.pop(rng.randrange(len(w.drawn))), self.value(rng)))
        elif rng.random() < 0.3:
            w.run('INSERT INTO s (bucket, x) VALUES (%s, 1)' % rng.choice(['NULL'] + [str(self.numbers // 20 - back) for back in (0, 0, 1, 2, 4, 6)]))
            self.numbers += 1
        else:
            n = rng.choice([1, 1, 3])
            w.run('INSERT INTO p (at, k, x) VALUES ' + ', '.join('(%s)' % self.value(rng) for _ in range(n)))
            if w.open and rng.random() < 0.2:
                rows = w.run("INSERT INTO p (at, k, x) VALUES (%s) RETURNING id" % self.value(rng))
                if rows:                    # a new version of a row that nobody has seen
                    w.run('UPDATE p SET x = x + 1 WHERE id = %d' % rows[0][0])

    def savepoint(self, rng, w):
        if w.savepoints == 0 or rng.random() < 0.5:
            w.savepoints += 1
            w.run('SAVEPOINT s%d' % w.savepoints)
        else:
            w.run('%s s%d' % (rng.choice(['RELEASE', 'ROLLBACK TO']), w.savepoints))
            w.savepoints -= 1

    def end(self, rng, w):
        w.drawn.clear()
        if rng.random() < 0.2 and len(self.prepared) < 5:
            self.numbers += 1
            name = 'x%d' % self.numbers
            if w.run("PREPARE TRANSACTION '%s'" % name, BENIGN) is not None:
                self.prepared.append(name)
            w.open, w.savepoints = False, 0
        else:
            w.end(rng.choice(['COMMIT', 'COMMIT', 'COMMIT', 'ROLLBACK']))

    def refresh(self, rng, w):
        view = rng.choice(list(VIEWS) + ['late'])
        w.run("SELECT method, rows_read, reason FROM ivm.refresh('%s', '%s', %s)" % (
            view, 'recompute' if rng.random() < 0.05 else 'auto', rng.choice(['true', 'false'])), BENIGN | PAUSED)

    def go_back(self, rng, w):
        """Rows of before a rebuild are kept, or put back for a while."""
        view = rng.choice(list(VIEWS) + ['late'])
        kind = rng.random()
        if kind < 0.4 and not w.open:
            w.run("CALL ivm.rebuild('%s', keep => %s)" % (view, rng.choice(['true', 'true', 'false'])), BENIGN | PAUSED)
        elif kind < 0.8:
            w.run("SELECT * FROM ivm.rollback('%s')" % view, BENIGN | PAUSED)
        else:
            w.run("SELECT * FROM ivm.resume('%s')" % view)

    def look(self, rng, w):
        """A refresh and a read, or a fresh read, in one snapshot."""
        view = rng.choice(list(VIEWS))
        query = VIEWS[view][0]
        w.open = True
        w.run('BEGIN ISOLATION LEVEL REPEATABLE READ')
        w.run('SELECT 1 FROM ivm.append_view LIMIT 1')
        fresh = 'max_staleness' in VIEWS[view][1] and rng.random() < 0.5
        done = [(None,)]
        if not fresh:
            done = w.run("SELECT reason FROM ivm.refresh('%s')" % view, BENIGN | PAUSED | {'25001', '0A000'})
        filling = w.open and w.run("SELECT 1 FROM ivm.append_view WHERE view_id = (SELECT id FROM ivm.view WHERE view = '%s'::regclass) AND newest_first AND fill_rows IS NOT NULL" % view)
        paused = w.open and w.run("SELECT 1 FROM ivm.view WHERE view = '%s'::regclass AND status <> 'ready'" % view)
        if done and w.open and self.attached and not filling and not paused:
            rows = w.run(DIFFER % (view, query, query, view))
            if rows and rows[0][0] != 0:
                raise Failure('view %s differs in %d rows from its definition in the same snapshot' % (view, rows[0][0]))
        if w.open:
            w.end('COMMIT')

    def command(self, rng, w):
        part = rng.choice(['p0', 'p1', 'p2'])
        if rng.random() < 0.6:              # nobody in the way
            for other in self.writers:
                if other.open:
                    other.end('COMMIT')
            while self.prepared:
                w.run("COMMIT PREPARED '%s'" % self.prepared.pop())
        kind = rng.randrange(10)
        if kind == 0:
            w.run('VACUUM FREEZE p')
        elif kind == 1:
            w.run('VACUUM FULL %s' % part)
        elif kind == 2:
            self.numbers += 1
            w.run('ALTER TABLE p ADD COLUMN z%d float8 DEFAULT random()' % self.numbers if rng.random() < 0.1 else 'CLUSTER p0 USING p0_pkey')
        elif kind == 3:
            w.run('TRUNCATE %s' % part)
        elif kind == 4:
            self.numbers += 1
            name, key = 'q%d' % self.numbers, 100 + self.numbers
            w.run("CREATE TABLE %s (LIKE p INCLUDING ALL); INSERT INTO %s SELECT i, timestamp '2024-01-01', %d, i FROM generate_series(1, 5) i" % (name, name, key))
            w.run('ALTER TABLE p ATTACH PARTITION %s FOR VALUES IN (%d)' % (name, key))
        elif kind == 5:
            if w.run('ALTER TABLE p DETACH PARTITION p1') is not None:
                self.attached = False
                for _ in range(rng.randrange(3)):
                    self.refresh(rng, w)
                w.run("INSERT INTO p1 VALUES (nextval('ids'), timestamp '2024-01-05', 1, 1)")
                while w.run('ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1)') is None:
                    for other in self.writers:
                        if other.open:
                            other.end('ROLLBACK')
                    if self.prepared:
                        w.run("COMMIT PREPARED '%s'" % self.prepared.pop())
                for view in VIEWS:          # so that all see that it is back
                    while w.run("SELECT * FROM ivm.resume('%s')" % view) is None or w.run("SELECT method FROM ivm.refresh('%s')" % view) is None:
                        pass
                self.attached = True
        elif kind == 6:
            w.run("CALL ivm.backfill('hours', '2024-01-01', '2024-01-03')", BENIGN | {'55000'})    # being filled
        elif kind == 7:
            w.run("SELECT * FROM ivm.reconcile('days')")
        elif kind == 8:
            w.run("SELECT ivm.alter_view('%s', '{\"overlap\": %s}')" % (
                rng.choice(list(VIEWS) + ['late']), rng.choice(['0', '3', '100', '100000', 'null'])))
        else:
            w.run('CALL ivm.refresh_all()')

    # --- a round ---

    def finish(self):
        w = self.writers[0]
        for writer in self.writers:
            if writer.open:
                writer.end('COMMIT')
        for name in self.prepared:
            w.run("COMMIT PREPARED '%s'" % name)
        for view in list(VIEWS) + ['late']:
            w.run("SELECT * FROM ivm.resume('%s')" % view, ())
            while (w.run("SELECT reason FROM ivm.refresh('%s')" % view, ())[0][0] or '').startswith('the view is being filled'):
                pass
            w.run("SELECT method FROM ivm.refresh('%s')" % view, ())
        for view, (query, _) in VIEWS.items():
            n = w.run(DIFFER % (view, query, query, view), ())[0][0]
            if n:
                raise Failure('in the end, view %s differs in %d rows' % (view, n))
        self.check_late(w)

    def check_late(self, w):
        """Of view late open buckets are what they are in the table, and other rows are counted or late; where it
        was not known what the view had taken in, late rows could not be told, and so are not counted."""
        counted, late, there = w.run("SELECT (SELECT sum(n) FROM late), (SELECT late_rows FROM ivm.views WHERE view = 'late'::regclass), (SELECT count(*) FROM s)", ())[0]
        told = w.run("SELECT count(*) FROM ivm.history WHERE view_name = 'fuzz_append.late' AND reason = 'what the view has taken in is not known in this database'", ())[0][0] == 0
        if (counted or 0) + late > there or told and (counted or 0) + late != there:
            raise Failure('%s rows counted and %s late, of %s' % (counted, late, there))
        n = w.run("WITH c AS (SELECT closed_before::int AS b FROM ivm.append_view WHERE view_id = (SELECT id FROM ivm.view WHERE view = 'late'::regclass))"
                  " SELECT count(*) FROM (SELECT bucket, n FROM late, c WHERE bucket >= b) l"
                  " FULL JOIN (SELECT bucket, count(*) AS n FROM s, c WHERE bucket >= b GROUP BY bucket) t USING (bucket, n) WHERE l IS NULL OR t IS NULL", ())[0][0]
        if n:
            raise Failure('in the end, %d open buckets of view late differ' % n)

    def round(self, number):
        rng = random.Random('%s/%d' % (self.args.seed, number))
        self.script, self.attached = [], True
        self.writers = []
        try:
            self.writers = [Writer(self, 's%d' % i) for i in range(self.args.sessions)]
            self.make(rng)
            for _ in range(rng.choice([30, 60, 120, 250])):
                self.step(rng)
            self.finish()
        finally:
            for w in self.writers:
                if w.open:
                    w.conn.cancel()
                w.conn.close()
            self.writers = []
            with self.connect() as conn, conn.cursor() as cur:
                conn.autocommit = True
                cur.execute("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")
                for gid, in cur.fetchall():
                    cur.execute("ROLLBACK PREPARED '%s'" % gid)
        self.rounds += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--dsn', default='')
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--seed', default='1')
    parser.add_argument('--sessions', type=int, default=4)
    parser.add_argument('--first', type=int, default=0, help='number of the first round')
    args = parser.parse_args()
    fuzz, failures, number = Fuzz(args), 0, args.first
    end = time.monotonic() + args.seconds
    while time.monotonic() < end:
        try:
            fuzz.round(number)
        except (Failure, psycopg2.Error) as e:
            failures += 1
            print('\n'.join(fuzz.script))
            print('# seed %s, round %d: %s' % (args.seed, number, e), flush=True)
            break
        number += 1
    print('append: %d steps, %d rounds, %d failures, seed %s' % (fuzz.statements, fuzz.rounds, failures, args.seed))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
