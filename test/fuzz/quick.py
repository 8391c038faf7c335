#!/usr/bin/python3
"""Differential test of definitions alone: many views, one session, few rows.

    quick.py [--dsn DSN] [--seconds N] [--seed S] [--shapes LIST] [--views N] [--steps N] [--mode MODE]

fuzz.py looks at sessions, snapshots and reads; this looks at what definitions
mean, and comes to some fifty times as many of them.  Each round makes tables
of few rows and few values, many views over them, and changes the tables by
statements and short transactions.  After each change all views must equal
their definitions.  A failure is written as a script for psql.

With --mode deferred, every other view is deferred and always read afresh
("max_staleness": "0"), and the others are refreshed before they are looked at:
by what has changed, if that is possible.  (Not those that look at the clock, which moves on.)
"""
import argparse
import os
import random
import sys
import time

import psycopg2

import definitions
import dml
import schema as gen


class Round:
    def __init__(self, args, conn, number):
        self.args, self.conn, self.number = args, conn, number
        self.schema = 'fq_' + ''.join(c for c in args.seed.lower() if c.isalnum())
        self.rng = random.Random('%s/%d' % (args.seed, number))
        self.script, self.tables, self.views, self.refreshed = [], [], {}, []
        self.refused = 0

    def run(self, sql, expect=()):
        """Execute, and note in the script; None or the error."""
        self.script.append(sql + ';')
        try:
            with self.conn.cursor() as cur:
                cur.execute(sql)
                return None
        except psycopg2.Error as e:
            if e.pgcode not in expect:
                raise
            return e

    def make_tables(self):
        rng = self.rng
        self.run('DROP SCHEMA IF EXISTS %s CASCADE' % self.schema)
        for s in gen.schema_ddl(self.schema):
            self.run(s)
        self.run('SET search_path = %s, public' % self.schema)
        for i in range(1, rng.choice([1, 2, 2, 3, 4]) + 1):
            t = gen.make_few_table(rng, self.schema, i)
            self.tables.append(t)
            for s in t.ddl:
                self.run(s)
            if rng.random() < 0.8:
                self.run(dml.insert(rng, t, self.schema, rng.choice([1, 3, 6])), dml.ERRORS)

    def make_views(self):
        for i in range(self.args.views):
            d = definitions.generate(self.rng, self.tables, self.schema, self.args.shapes)
            name = 'v%d' % i
            mode = ", 'deferred'" + (", options => '{\"max_staleness\": \"0\"}'" if i % 2 or 'now()' in d.sql else '') if self.args.mode == 'deferred' else ''
            if self.run("SELECT ivm.create_view('%s.%s', $q$%s$q$%s)" % (self.schema, name, d.sql, mode), {'0A000', '42803', '42883'}) is None:
                self.views[name] = d
                if mode and 'max_staleness' not in mode:
                    self.refreshed.append(name)
            else:
                self.refused += 1
                self.script.pop()

    def change(self):
        rng = self.rng
        grow = rng.random() < 0.6
        t = rng.choice(self.tables)
        sql, data = dml.statement(rng, t, self.schema, self.tables, grow, simple=True)
        return sql

    def make_check(self):
        """Functions that tell which views are not what they should be: their plans are made once."""
        refresh = ("CREATE FUNCTION %s.refresh() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN " % self.schema) + ''.join(
            "BEGIN PERFORM * FROM ivm.refresh('%s.%s', 'delta'); EXCEPTION WHEN object_not_in_prerequisite_state THEN "
            "PERFORM * FROM ivm.refresh('%s.%s'); END; " % (self.schema, name, self.schema, name) for name in self.refreshed) + 'END $f$'
        self.run(refresh)
        self.script.pop()
        self.make_comparison('differences', self.views)
        self.make_comparison('fresh_differences', {n: d for n, d in self.views.items() if n not in self.refreshed})

    def make_comparison(self, function, views):
        tests = ''.join("IF (WITH v AS (SELECT * FROM %s.%s), d AS (%s) SELECT EXISTS (TABLE v EXCEPT ALL TABLE d) OR EXISTS (TABLE d "
                        "EXCEPT ALL TABLE v)) THEN bad := bad || '%s'::text; END IF; " % (self.schema, name, d.sql, name)
                        for name, d in views.items())
        self.run("CREATE FUNCTION %s.%s() RETURNS text[] LANGUAGE plpgsql AS $f$ DECLARE bad text[] := '{}'; "
                 "BEGIN %s RETURN bad; END $f$" % (self.schema, function, tests))
        self.script.pop()

    def differences(self, within):
        if self.refreshed and not within:
            self.run('SELECT %s.refresh()' % self.schema)
        with self.conn.cursor() as cur:
            cur.execute('SELECT %s.%s()' % (self.schema, 'fresh_differences' if within else 'differences'))
            return cur.fetchone()[0]

    def check(self, within=False):
        bad = self.differences(within)
        if not bad:
            return True
        print('FAILURE seed %s round %d' % (self.args.seed, self.number))
        for name in bad:
            print('  view %s: %s' % (name, self.views[name].sql))
        self.write(bad)
        return False

    def write(self, bad):
        path = os.path.join(self.args.out, 'quick-%s-%d.sql' % (self.args.seed, self.number))
        with open(path, 'w') as f:
            for s in self.script:
                if s == 'SELECT %s.refresh();' % self.schema:
                    for name in set(bad) & set(self.refreshed):
                        f.write("SELECT * FROM ivm.refresh('%s.%s', 'delta');\n" % (self.schema, name))
                elif "create_view('" not in s or any("create_view('%s.%s'" % (self.schema, b) in s for b in bad):
                    f.write(s + '\n')
            for name in bad:
                f.write('TABLE %s.%s;\n%s;\n' % (self.schema, name, self.views[name].sql))
        print('  script: %s' % path, flush=True)

    def play(self):
        try:
            self.make_tables()
            self.make_views()
            self.make_check()
            for _ in range(self.args.steps):
                if self.rng.random() < 0.75:
                    self.run(self.change(), dml.ERRORS)
                elif not self.transaction():
                    return False
                if self.rng.random() < 0.3 and not self.maintain():
                    return False
                if not self.check():
                    return False
            return True
        except psycopg2.Error as e:
            print('FAILURE seed %s round %d: %s %s\n  %s' % (self.args.seed, self.number, e.pgcode, str(e).strip(), self.script[-1]))
            self.write(list(self.views))
            return False

    def maintain(self):
        """Folds, which remove what has left windows of time; reconciling must find nothing to be corrected."""
        views = ["'%s.%s'" % (self.schema, name) for name in self.views]
        r = self.rng.random()
        if r < 0.6:
            for v in self.rng.sample(views, (len(views) + 1) // 2):
                self.run('SELECT ivm.fold(%s)' % v)
        elif r < 0.75:
            self.run('UPDATE ivm.time_window SET due_at = now() WHERE isfinite(due_at)')
            self.run('CALL ivm.run_due()')
        elif r < 0.9 and self.args.mode == 'deferred':
            for v in views:
                self.run('SELECT * FROM ivm.refresh(%s)' % v)
        elif self.args.mode != 'deferred':
            for v in views:
                sql = 'SELECT rows_inserted + rows_updated + rows_deleted FROM ivm.reconcile(%s)' % v
                self.script.append(sql + ';')
                with self.conn.cursor() as cur:
                    cur.execute(sql)
                    if cur.fetchone()[0] != 0:
                        print('FAILURE seed %s round %d: reconcile has corrected view %s' % (self.args.seed, self.number, v))
                        self.write([v[1:-1].split('.')[-1]])
                        return False
        return True

    def transaction(self):
        """Several statements, or none if one of them fails, with a look in between or not; False: a difference."""
        self.run('BEGIN')
        for _ in range(self.rng.choice([2, 2, 3])):
            if self.run(self.change(), dml.ERRORS) is not None:
                self.run('ROLLBACK')
                return True
            if self.rng.random() < 0.2 and not self.check(True):
                return False
        self.run('COMMIT' if self.rng.random() < 0.9 else 'ROLLBACK')
        return True


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--dsn', default='')
    p.add_argument('--seconds', type=float, default=60)
    p.add_argument('--seed', default=str(random.SystemRandom().randrange(10 ** 6)))
    p.add_argument('--first', type=int, default=1)
    p.add_argument('--rounds', type=int, default=0)
    p.add_argument('--shapes', default='levels')
    p.add_argument('--views', type=int, default=12)
    p.add_argument('--steps', type=int, default=25)
    p.add_argument('--mode', default='immediate', choices=['immediate', 'deferred'])
    p.add_argument('--out', default='.')
    args = p.parse_args()
    args.shapes = list(definitions.SHAPES) if args.shapes == 'all' else args.shapes.split(',')
    end = time.time() + args.seconds
    number, failures, views, refused = args.first, 0, 0, 0
    while time.time() < end and (not args.rounds or number < args.first + args.rounds):
        # a session each: PL/pgSQL keeps the plans of dropped functions
        try:
            conn = psycopg2.connect(args.dsn)
        except psycopg2.OperationalError:
            time.sleep(1)               # restarting after a crash
            continue
        conn.autocommit = True
        r = Round(args, conn, number)
        failures += not r.play()
        views += len(r.views)
        refused += r.refused
        conn.close()
        number += 1
        if (number - args.first) % 20 == 0:
            print('%d rounds, %d views' % (number - args.first, views), flush=True)
    print('quick: %d rounds, %d views, %d refused, %d failures, seed %s' % (number - args.first, views, refused, failures, args.seed))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
