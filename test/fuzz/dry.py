#!/usr/bin/python3
"""The generators of the randomised tests without a server.

    dry.py [--rounds N] [--seed S]

A fault of a generator, a choice among nothing for example, would end one run
of fuzz.py or quick.py in some hundred, and look like a failure of what they
test.  This calls the generators of definitions (of every shape, alone as
quick.py --shapes has them), statements and reads some hundred thousand times,
from seeds that are the same in every run, and reports each fault once, with
the seed of its round.  What is made is thrown away.
"""
import argparse
import collections
import random
import sys
import traceback

import definitions
import dml
import reads
import schema as gen

SCHEMA = 'dry'
Read = collections.namedtuple('Read', 'definition')


def made(rng):
    """The calls of one round, each a function without arguments."""
    few = rng.random() < 0.3
    make = gen.make_few_table if few else gen.make_table
    tables = [make(rng, SCHEMA, i) for i in range(1, rng.choice([1, 2, 2, 3]) + 1)]
    for shape in definitions.SHAPES:
        for shapes in [shape], list(definitions.SHAPES):
            yield lambda: reads.read_template(
                rng, Read(definitions.generate(rng, tables, SCHEMA, shapes, rng.random() < 0.5)), tables, SCHEMA)
    for _ in range(30):
        table = rng.choice(tables)
        chk = rng.choice([None, SCHEMA + '.chk()'])
        grow = rng.random() < 0.5
        yield lambda: dml.statement(rng, table, SCHEMA, tables, grow, chk)
        yield lambda: dml.one_row(rng, table, SCHEMA)
    yield lambda: dml.do_block(rng, table, SCHEMA, tables, grow, chk)
    yield lambda: dml.commit_loop(rng, table, SCHEMA, tables, grow, False)
    yield lambda: dml.churn(rng, table, SCHEMA)


def fault(error):
    """What went wrong where, the same for the same fault."""
    frames = traceback.extract_tb(error.__traceback__)[2:]
    return '%s: %s in %s' % (type(error).__name__, error, ' < '.join('%s:%d' % (f.name, f.lineno) for f in reversed(frames)))


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--rounds', type=int, default=1000)
    p.add_argument('--seed', type=int, default=0)
    args = p.parse_args()

    calls, faults = 0, {}
    for seed in range(args.seed, args.seed + args.rounds):
        for call in made(random.Random(seed)):
            calls += 1
            try:
                call()
            except Exception as error:              # any at all: that is what is looked for
                faults.setdefault(fault(error), []).append(seed)
    for what, seeds in faults.items():
        print('seed %d (and %d more): %s' % (seeds[0], len(seeds) - 1, what))
    print('dry: %d steps, %d failures' % (calls, len(faults)))
    return bool(faults)


if __name__ == '__main__':
    sys.exit(main())
