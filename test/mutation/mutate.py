#!/usr/bin/env python3
"""Does any test notice when the sources are changed?

    test/mutation/run [--count N] [--seed S] [--folders LIST] [--report FILE] [--mutant FILE:LINE:N]

Draws mutants (mutants.py) of the sources, by turns from each folder.  Each one is built,
installed in a server of its own, and has to be noticed by the randomised test, a regression test
or an isolation test, which are tried in this order; a crash or a hang is noticed, too.
Mutants that the compiler refuses, or of which it makes the same code as before, are not counted.
The report has a line for each, the survivors with what was changed.

Called by test/mutation/run, which provides a server; ends with status 1 if fewer than
95 % are noticed.
"""
import argparse
import glob
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mutants

CHUNK = 40          # regression tests between two looks


class Failed(Exception):
    pass


class Bench:
    """Sources, server and suites."""

    def __init__(self, options):
        self.src, self.bin, self.data = options.src, options.bin, options.data
        self.log = os.path.join(os.path.dirname(self.data), "mutation.log")
        self.env = dict(os.environ)

    def run(self, limit, *command, cwd=None):
        """True if it ended well within so many seconds."""
        with open(self.log, "ab") as log:
            log.write(("\n$ %s\n" % " ".join(command)).encode())
            log.flush()
            process = subprocess.Popen(command, cwd=cwd or self.src, env=self.env, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                return process.wait(limit) == 0
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
                return False

    def make(self, *targets, limit=600):
        return self.run(limit, "make", "-s", "-C", self.src, "PG_CONFIG=%s/pg_config" % self.bin,
                        "with_llvm=no", *targets)

    def code(self):
        """What the library computes: a digest of its machine code and constants."""
        text = subprocess.run(["objdump", "-d", "-s", "-j", ".text", "-j", ".rodata", "-j", ".data",
                               os.path.join(self.src, "ivm.so")], capture_output=True).stdout
        return hashlib.sha256(b"\n".join(text.split(b"\n")[3:])).digest()

    def build(self):
        if not self.make("all"):
            return None
        return self.code()

    def psql(self, *commands, database="postgres", limit=60):
        return self.run(limit, "%s/psql" % self.bin, "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database,
                        *[a for c in commands for a in ("-c", c)])

    def stop(self, mode):
        self.run(60, "%s/pg_ctl" % self.bin, "-D", self.data, "-s", "-m", mode, "stop")

    def keep(self):
        """Set a copy of the server's data aside that no mutant has seen."""
        self.stop("fast")
        shutil.copytree(self.data, self.data + ".kept")

    def restart(self):
        """A server without what the mutant before has left, such as prepared transactions."""
        self.stop("immediate")
        shutil.rmtree(self.data)
        shutil.copytree(self.data + ".kept", self.data)
        return self.run(120, "%s/pg_ctl" % self.bin, "-D", self.data, "-s", "-w", "-l", self.data + ".log",
                        "-o", "-p %s" % os.environ["PGPORT"], "start")

    def crashed(self):
        with open(self.data + ".log", errors="replace") as f:
            return re.search("PANIC:|TRAP:|was terminated by signal", f.read()) is not None


def chunks(bench, variable, random_order):
    """The tests that the Makefile has in a variable, in parts."""
    names = subprocess.run(["make", "-s", "-C", bench.src, "PG_CONFIG=%s/pg_config" % bench.bin,
                            "--eval=names: ; @echo $(%s)" % variable, "names"],
                           capture_output=True, text=True).stdout.split()
    random_order.shuffle(names)
    return [names[i:i + CHUNK] for i in range(0, len(names), CHUNK)]


def suites(bench, seconds, order):
    """(name, function that is true if nothing was noticed), cheap and sharp ones first."""
    fuzz = os.path.join(bench.src, "test/fuzz")

    def randomised(script, seconds):
        def run():
            if not bench.psql("DROP DATABASE IF EXISTS fuzz WITH (FORCE)", "CREATE DATABASE fuzz"):
                return False
            if not bench.psql("CREATE EXTENSION ivm", database="fuzz"):
                return False
            bench.env["PGDATABASE"] = "fuzz"
            try:
                return bench.run(seconds * 3 + 60, sys.executable, os.path.join(fuzz, script),
                                 "--seconds", str(seconds), "--seed", "1")
            finally:
                bench.env["PGDATABASE"] = "postgres"
        return run

    yield "fuzz", randomised("fuzz.py", seconds)
    yield "fuzz_append", randomised("append.py", max(seconds // 2, 5))
    for names in chunks(bench, "REGRESS", order):
        yield "regress", lambda names=names: bench.make(
            "installcheck", "ISOLATION=", "REGRESS=%s" % " ".join(names), limit=400)
    for names in chunks(bench, "ISOLATION", order):
        yield "isolation", lambda names=names: bench.make(
            "installcheck", "REGRESS=", "ISOLATION=%s" % " ".join(names), limit=400)


def failing_test(bench, name):
    """The first test of the suite that differs."""
    path = os.path.join(bench.src, "output_iso" if name == "isolation" else ".", "regression.diffs")
    if os.path.exists(path):
        with open(path, errors="replace") as f:
            m = re.search(r"^\+\+\+ .*/results/(\S+)\.out", f.read(), re.M)
        os.unlink(path)
        if m:
            return "%s %s" % (name, m.group(1))
    return name


def noticed_by(bench, seconds, order):
    if not bench.make("install") or not bench.restart():
        return "start"
    open(bench.data + ".log", "w").close()
    for name, run in suites(bench, seconds, order):
        if not run():
            return failing_test(bench, name)
        if bench.crashed():
            return name + " (crash)"
    return None


def drawn(src, folders, order):
    """Mutants by turns from each folder, in random order."""
    piles = []
    for folder in folders:
        pile = []
        for path in sorted(glob.glob(os.path.join(src, "src", folder, "*.c"))):
            with open(path) as f:
                pile += mutants.candidates(os.path.relpath(path, src), f.read())
        order.shuffle(pile)
        piles.append(pile)
    while any(piles):
        for pile in piles:
            if pile:
                yield pile.pop()


class Changed:
    """The sources with a mutant in place, as a context."""

    def __init__(self, src, mutant):
        self.path, self.mutant = os.path.join(src, mutant.file), mutant

    def __enter__(self):
        with open(self.path) as f:
            self.text = f.read()
        lines = self.text.split("\n")
        lines[self.mutant.line - 1] = self.mutant.new
        with open(self.path, "w") as f:
            f.write("\n".join(lines))

    def __exit__(self, *_):
        with open(self.path, "w") as f:
            f.write(self.text)


def report(out, number, mutant, verdict, seconds):
    out.write("%3d %s:%d %s: %s (%d s)\n" % (
        number, mutant.file, mutant.line, mutant.kind, verdict or "SURVIVED", seconds))
    if verdict is None:
        out.write("    - %s\n    + %s\n" % (mutant.old.strip(), mutant.new.strip()))
    out.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--src", required=True)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folders", default="capture,commit,read,maintain")
    parser.add_argument("--fuzz-seconds", type=int, default=15)
    parser.add_argument("--report", default="/dev/stdout")
    parser.add_argument("--minutes", type=float, default=1e9, help="end after so many")
    options = parser.parse_args()
    order = random.Random(options.seed)
    bench = Bench(options)
    end = time.time() + options.minutes * 60

    bench.keep()
    original = bench.build()
    if original is None:
        sys.exit("mutate: the sources cannot be built")
    caught = noticed_by(bench, options.fuzz_seconds, random.Random(1))
    if caught:
        sys.exit("mutate: the sources fail as they are, by %s; see %s" % (caught, bench.log))

    number = survived = 0
    with open(options.report, "a") as out:
        for mutant in drawn(options.src, options.folders.split(","), order):
            if number == options.count or time.time() > end:
                break
            start = time.time()
            with Changed(options.src, mutant):
                code = bench.build()
                if code is None or code == original:
                    continue
                verdict = noticed_by(bench, options.fuzz_seconds, order)
            number += 1
            survived += verdict is None
            report(out, number, mutant, verdict, time.time() - start)
        share = 100.0 * (number - survived) / max(number, 1)
        out.write("%d mutants, %d survived, %.1f %% noticed\n" % (number, survived, share))
    sys.exit(0 if share >= 95 else 1)


if __name__ == "__main__":
    main()
