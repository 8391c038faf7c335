"""The schedule of an episode as text: written, read, run again, shrunk.

A log is SQL with comment lines that say who does what:

    --@ SESSION KIND     what follows is one statement of that session
    --| data             a line of COPY data
    --> outcome          what it gave, for the reader

KIND is exec or copy; zero (the last column of each row must be 0);
rows:TAG:SIDE, same:TAG and forget:TAG (two cursors fetched, compared,
rewound); cancel and reconnect.  A statement of a session that is still
blocked when its turn comes is left out.
"""
import time

from session import Pool

PINNED = ('TimeZone', 'DateStyle', 'IntervalStyle', 'extra_float_digits')


class Log:
    """The schedule of an episode as replayable text."""

    def __init__(self, verbose):
        self.entries, self.verbose = [], verbose

    def add(self, name, kind, sql, data=None):
        self.entries.append([name, kind, sql, data, None])
        if self.verbose:
            print('--@ %s %s\n%s' % (name, kind, sql), flush=True)
        return self.entries[-1]

    def write(self, path, head):
        with open(path, 'w') as f:
            f.write(''.join('-- %s\n' % line for line in head.splitlines()))
            for name, kind, sql, data, note in self.entries:
                f.write(entry_text(name, kind, sql, data, note))


def entry_text(name, kind, sql, data, note):
    s = '--@ %s %s\n%s;\n' % (name, kind, sql)
    if data is not None:
        s += ''.join('--| %s\n' % line for line in data.splitlines())
    if note:
        s += '--> %s\n' % note.replace('\n', ' ')
    return s


def clean(conn, schema):
    """Remove what a broken-off episode left."""
    conn.autocommit = True
    with conn.cursor() as cur:
        cur.execute("SET lock_timeout = '60s'")
        cur.execute("SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE gid LIKE %s AND database = current_database()", ('fuzz_%s_%%' % schema,))
        for (gid,) in cur.fetchall():
            cur.execute("ROLLBACK PREPARED '%s'" % gid)
        cur.execute('SET client_min_messages = error; DROP SCHEMA IF EXISTS %s CASCADE' % schema)


def read_log(path):
    entries = []
    with open(path) as f:
        for line in f:
            if line.startswith('--@ '):
                _, name, kind = line.split()
                entries.append([name, kind, '', None, None])
            elif line.startswith('--| '):
                entries[-1][3] = (entries[-1][3] or '') + line[4:]
            elif line.startswith('-->') or not entries:
                continue
            else:
                entries[-1][2] += line
    for e in entries:
        e[2] = e[2].rstrip()
        if e[2].endswith(';'):
            e[2] = e[2][:-1]
    return entries


def run_entries(args, entries, verbose=False):
    """Run a schedule again; the first failure found as text, or None."""
    pool, acc = Pool(args.dsn), {}
    schema = next((e[2].split()[4] for e in entries if e[2].startswith('DROP SCHEMA IF EXISTS')), None)
    pending, found = {}, []
    try:
        if schema:
            clean(pool.monitor, schema)

        def collect():
            for name, (i, e) in list(pending.items()):
                s = pool.get(name)
                if s.busy:
                    continue
                del pending[name]
                res = s.result
                if verbose:
                    print('%d --@ %s %s\n%s\n--> %s' % (i, name, e[1], e[2], res), flush=True)
                if not res.ok and (res.code.startswith('XX') or res.code in ('IV001', 'LOST')):
                    found.append('entry %d %s: %s: %s' % (i, name, res, e[2][:1000]))
                elif res.ok and e[1] == 'zero' and any(r[-1] != 0 for r in res.rows):
                    found.append('entry %d %s: difference %s: %s' % (i, name, [r for r in res.rows if r[-1] != 0], e[2][:1000]))
                elif res.ok and e[1].startswith('rows:'):
                    _, tag, side = e[1].split(':')
                    acc.setdefault(tag, {}).setdefault(side, []).extend(r[0] for r in res.rows)

        for i, e in enumerate(entries):
            name, kind, sql, data, _ = e
            s = pool.get(name)
            if kind == 'cancel':
                if s.busy:
                    s.cancel()
            elif kind == 'reconnect':
                pool.drop(name)
                time.sleep(0.05)
                pending.pop(name, None)
            elif kind.startswith('forget:'):
                acc.pop(kind[7:], None)
            elif kind.startswith('same:'):
                got = acc.pop(kind[5:], {})
                if sorted(got.get('v', [])) != sorted(got.get('d', [])):
                    found.append('entry %d %s: cursors differ: %s' % (i, name, got))
            elif s.busy:
                if verbose:
                    print('%d: %s is blocked, left out: %s' % (i, name, sql))
            else:
                s.start(sql, data)
                pending[name] = (i, e)
            pool.settle(30)
            collect()
            if found:
                return found[0]
        return None
    finally:
        for n in list(pool.sessions):
            pool.drop(n)
        if schema:
            clean(pool.monitor, schema)
        pool.monitor.close()


def kind_of(found):
    return found and ('difference' if 'differ' in found else 'error')


def minimize(args, entries):
    """Leave out what the failure does not need (delta debugging over the statements)."""
    want = kind_of(run_entries(args, entries))
    if not want:
        print('the schedule does not fail on replay')
        return None
    # What a view was created under is written into its comparison: keep settings and setup.
    keep = [e for e in entries if e[2].startswith(('SET search_path', 'DROP SCHEMA IF', 'CREATE SCHEMA'))
            or any(e[2].startswith('SET ' + n) for n in PINNED)]
    kept = {id(e) for e in keep}
    chunk = max(1, len(entries) // 2)
    while True:
        i, shrunk = 0, False
        while i < len(entries):
            trial = entries[:i] + [e for e in entries[i:i + chunk] if id(e) in kept] + entries[i + chunk:]
            if len(trial) < len(entries) and kind_of(run_entries(args, trial)) == want:
                i += chunk - (len(entries) - len(trial))
                entries, shrunk = trial, True
            else:
                i += chunk
        print('minimize: %d statements left (chunk %d)' % (len(entries), chunk), flush=True)
        if chunk == 1 and not shrunk:
            return entries
        chunk = max(1, chunk // 2)
