#!/usr/bin/python3
"""Is a history of transactions serializable whose reads go through views?

    history.py [--dsn DSN] [--seconds N] [--seed S] [--sessions N]

Sessions run short transactions of rows that they add and of reads of views over these rows.
Each row has a number of its own, n, and a value 2^n, so that a sum tells which rows it
is made of.  A read has seen some rows that others have added and has not seen the rest: for a serial
order, whoever added a row of the former comes before the reader, and of the latter after it.  Rows are only added,
so these are all the conditions there are, and the history is serializable if and only if the graph of them has no
cycle (after Adya, Weak Consistency, 1999; the idea of finding the order in what is read is that of Kingsbury and Alvaro,
Elle, VLDB 2020).  A read must also show its own transaction's rows, and none that were rolled back.

The sessions are SERIALIZABLE; plain views are the control, in rounds by turns with views of the extension.  In
other rounds, all are REPEATABLE READ: there must be cycles then, or this test could not find any.
"""
import argparse
import itertools
import random
import sys
import threading
import time
from collections import namedtuple

import psycopg2

KEYS = 8
SCHEMA = 'fuzz_history'
TABLES = """
DROP SCHEMA IF EXISTS {s} CASCADE;
CREATE SCHEMA {s};
CREATE TABLE {s}.keys (k int PRIMARY KEY, g int NOT NULL);
INSERT INTO {s}.keys SELECT k, k % 3 FROM generate_series(0, {last}) k;
CREATE TABLE {s}.added (n int, k int NOT NULL, v numeric NOT NULL);
CREATE INDEX ON {s}.added (k);
"""
# What a view shows of a key, or of a group of keys: a sum of values, or numbers
VIEWS = {
    'sums': ('k', 'SELECT k, sum(v) AS seen FROM {s}.added GROUP BY k'),
    'numbers': ('k', 'SELECT k, array_agg(n) AS seen FROM {s}.added GROUP BY k'),
    'joined': ('g', 'SELECT g, sum(v) AS seen FROM {s}.added JOIN {s}.keys USING (k) GROUP BY g'),
    'left_joined': ('g', 'SELECT g, count(n) AS n, sum(v) AS seen FROM {s}.keys LEFT JOIN {s}.added USING (k) GROUP BY g'),
    'rolled': ('k', 'SELECT k, sum(v) AS seen FROM {s}.added GROUP BY ROLLUP (k)'),
    'total': (None, 'SELECT sum(v) AS seen FROM {s}.added'),
    'bag': ('k', 'SELECT k, n AS seen FROM {s}.added'),
    'deferred': ('k', 'SELECT k, sum(v) AS seen FROM {s}.added GROUP BY k'),
    'above': ('g', 'SELECT g, sum(seen) AS seen FROM {s}.{arm}_sums JOIN {s}.keys USING (k) GROUP BY g'),
}
# A deferred view of which each read is fresh
MODES = {'deferred': ('deferred', '{"max_staleness": "0"}')}
FAILED = {'40001', '40P01'}

Read = namedtuple('Read', 'view keys seen own')     # own: numbers added before it by its transaction


class Transaction:
    def __init__(self, session):
        self.session = session
        self.added = {}         # number: key
        self.undone = set()     # numbers of savepoints rolled back
        self.reads = []


class Round:
    """One history: transactions that committed, and numbers that must not be seen."""

    def __init__(self, arm, level):
        self.arm, self.level = arm, level
        self.lock = threading.Lock()
        self.numbers = itertools.count()
        self.committed = []
        self.undone = set()
        self.failed = 0
        self.errors = []


def decode(values):
    """The numbers that what was read is made of."""
    result = set()
    for value in values:
        if value is None:
            continue
        if isinstance(value, list):
            result.update(value)
        elif isinstance(value, int):
            result.add(value)
        else:
            bits = int(value)
            result.update(i for i in range(bits.bit_length()) if bits >> i & 1)
    return result


def read(cur, rng, arm, t):
    name = rng.choice(list(VIEWS))
    column = VIEWS[name][0]
    if column is None:
        condition, keys = 'true', set(range(KEYS))
    elif column == 'g':
        g = rng.randrange(3)
        condition, keys = 'g = %d' % g, {k for k in range(KEYS) if k % 3 == g}
    else:
        keys = set(rng.sample(range(KEYS), rng.choice([1, 1, 2, 3])))
        condition = 'k IN (%s)' % ', '.join(map(str, keys))
    cur.execute('SELECT seen FROM %s.%s_%s WHERE %s' % (SCHEMA, arm, name, condition))
    t.reads.append(Read(name, keys, decode(row[0] for row in cur.fetchall()), frozenset(t.added)))


def add(cur, rng, round_, t):
    k, n = rng.randrange(KEYS), next(round_.numbers)
    undone = rng.random() < 0.1
    if undone:
        cur.execute('SAVEPOINT s')
        t.undone.add(n)
    cur.execute('INSERT INTO %s.added VALUES (%%s, %%s, 2::numeric ^ %%s)' % SCHEMA, (n, k, n))
    if undone:
        cur.execute('ROLLBACK TO s')
    else:
        t.added[n] = k


def transaction(conn, rng, round_, session):
    """Run one; it counts if it has committed."""
    t = Transaction(session)
    cur = conn.cursor()
    try:
        cur.execute('BEGIN ISOLATION LEVEL %s' % round_.level)
        for _ in range(rng.choice([1, 2, 2, 3, 4])):
            if rng.random() < 0.55:
                read(cur, rng, round_.arm, t)
            else:
                add(cur, rng, round_, t)
        committed = rng.random() < 0.95
        cur.execute('COMMIT' if committed else 'ROLLBACK')
    except psycopg2.Error as e:
        if e.pgcode not in FAILED:
            raise
        cur.execute('ROLLBACK')
        committed = False
        round_.failed += 1
    with round_.lock:
        round_.undone |= t.undone
        if committed:
            round_.committed.append(t)
        else:
            round_.undone.update(t.added)


def work(dsn, seed, round_, session, end):
    try:
        conn = psycopg2.connect(dsn)
        conn.autocommit = True
        rng = random.Random(seed)
        while time.time() < end and len(round_.committed) < 600:
            transaction(conn, rng, round_, session)
        conn.close()
    except Exception as e:      # told by the main thread
        round_.errors.append('%s: %s' % (type(e).__name__, e))


def check_reads(history):
    """What no order can explain: rows of one's own not seen, rows seen that nobody added."""
    adder = {n: t for t in history.committed for n in t.added}
    for t in history.committed:
        for r in t.reads:
            own = {n for n in r.seen if adder.get(n) is t}
            if own != {n for n in r.own if t.added[n] in r.keys}:
                yield 'a read of %s shows of its own rows %s, not %s' % (r.view, sorted(own), sorted(r.own))
            for n in r.seen:
                if n in history.undone:
                    yield 'a read of %s shows row %d, which was rolled back' % (r.view, n)
                elif n not in adder:
                    yield 'a read of %s shows row %d, which nobody added' % (r.view, n)
                elif adder[n].added[n] not in r.keys:
                    yield 'a read of %s shows row %d of key %d' % (r.view, n, adder[n].added[n])


def successors(history):
    """For each transaction, by its position, those that must come after it."""
    position = {id(t): i for i, t in enumerate(history.committed)}
    result = [set() for _ in history.committed]
    adds = [(n, k, i) for i, t in enumerate(history.committed) for n, k in t.added.items()]
    for t in history.committed:
        reader = position[id(t)]
        for r in t.reads:
            for n, k, i in adds:
                if i == reader or k not in r.keys:
                    continue
                if n in r.seen:
                    result[i].add(reader)
                else:
                    result[reader].add(i)
    return result


def cycle_of(after):
    """Positions that no serial order has, or none: what is left when those without predecessors are taken away."""
    before = [0] * len(after)
    for s in after:
        for i in s:
            before[i] += 1
    free = [i for i, n in enumerate(before) if n == 0]
    left = set(range(len(after)))
    while free:
        i = free.pop()
        left.discard(i)
        for j in after[i]:
            before[j] -= 1
            if before[j] == 0:
                free.append(j)
    if not left:
        return []
    # each of them has a predecessor among them: going back, one comes again
    i, path = min(left), []
    while i not in path:
        path.append(i)
        i = next(j for j in left if i in after[j])
    return path[path.index(i):][::-1]


def told(history, cycle):
    return '\n'.join('    session %d adds %s%s' % (t.session, t.added, ''.join(
        ', reads %s of keys %s: %s' % (r.view, sorted(r.keys), sorted(r.seen)) for r in t.reads))
        for t in (history.committed[i] for i in cycle))


def run(options, rng, arm, level):
    history = Round(arm, level)
    conn = psycopg2.connect(options.dsn)
    conn.autocommit = True
    conn.cursor().execute('TRUNCATE %s.added' % SCHEMA)
    conn.close()
    end = time.time() + options.round_seconds
    threads = [threading.Thread(target=work, args=(options.dsn, rng.random(), history, i, end))
               for i in range(options.sessions)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return history


def create(dsn):
    conn = psycopg2.connect(dsn)
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute(TABLES.format(s=SCHEMA, last=KEYS - 1))
    for name, (_, query) in VIEWS.items():
        cur.execute('CREATE VIEW %s.plain_%s AS %s' % (SCHEMA, name, query.format(s=SCHEMA, arm='plain')))
    for name, (_, query) in VIEWS.items():
        cur.execute('SELECT ivm.create_view(%s, %s, %s, options => %s)',
                    ('%s.ivm_%s' % (SCHEMA, name), query.format(s=SCHEMA, arm='ivm'), *MODES.get(name, ('immediate', '{}'))))
    conn.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--dsn', default='')
    parser.add_argument('--seconds', type=float, default=30)
    parser.add_argument('--round-seconds', type=float, default=2)
    parser.add_argument('--sessions', type=int, default=6)
    parser.add_argument('--seed', type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    rng = random.Random(options.seed)
    print('history: seed %d' % options.seed, flush=True)
    create(options.dsn)

    end = time.time() + options.seconds
    kinds = [('plain', 'SERIALIZABLE'), ('ivm', 'SERIALIZABLE'), ('plain', 'REPEATABLE READ'), ('ivm', 'REPEATABLE READ')]
    committed, reads, failed, cycles = ({kind: 0 for kind in kinds} for _ in range(4))
    failures = 0
    for kind in itertools.cycle(kinds):
        if time.time() > end and committed[kinds[-1]]:
            break
        history = run(options, rng, *kind)
        problems = history.errors + list(check_reads(history))
        cycle = cycle_of(successors(history))
        if cycle and kind[1] == 'SERIALIZABLE':
            problems.append('not serializable:\n' + told(history, cycle))
        for problem in problems[:5]:
            print('FAILURE %s, %s: %s' % (*kind, problem), flush=True)
        failures += len(problems)
        committed[kind] += len(history.committed)
        reads[kind] += sum(len(t.reads) for t in history.committed)
        failed[kind] += history.failed
        cycles[kind] += bool(cycle)
    for kind in kinds:
        print('%s views, %s: %d transactions, %d reads, %.1f %% serialization failures, %d histories with a cycle' % (
            *kind, committed[kind], reads[kind], 100.0 * failed[kind] / max(committed[kind] + failed[kind], 1), cycles[kind]))
    if not any(cycles[kind] for kind in kinds[2:]):
        print('FAILURE no cycle at REPEATABLE READ: this test finds nothing')
        failures += 1
    print('history: %d steps, %d reads, %d failures, seed %d' % (
        sum(committed.values()), sum(reads.values()), failures, options.seed))
    sys.exit(failures > 0)


if __name__ == '__main__':
    main()
