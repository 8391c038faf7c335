"""Sessions that one driver steps through, with blocked statements detected.

Each session runs its statement in a worker thread of its own, so that COPY
works and a statement that waits for a lock does not stop the driver.  The
driver alone decides what runs when: it issues a statement, then settles, that
is, waits until every statement in flight has ended or is really blocked by a
session that only the driver can move (asked of the lock manager by
pg_blocking_pids, not guessed by a timeout).  So one seed gives one schedule.
"""
import io
import queue
import threading
import time

import psycopg2
import psycopg2.extensions as ext


class Result:
    def __init__(self, rows=None, count=0, code=None, message=None):
        self.rows, self.count, self.code, self.message = rows, count, code, message

    @property
    def ok(self):
        return self.code is None

    def __str__(self):
        if self.ok:
            return 'ok' + ('' if self.rows is None else ' %d rows' % len(self.rows))
        return 'ERROR %s: %s' % (self.code, self.message)


class Session:
    """A connection and the thread that executes for it, one statement at a time."""

    def __init__(self, name, dsn, ended):
        self.name, self.dsn, self.ended = name, dsn, ended
        self.todo = queue.Queue()
        self.idle = threading.Event()
        self.idle.set()
        self.result, self.sql = None, None
        self.closed = False
        self.connect()
        threading.Thread(target=self.work, daemon=True).start()

    def connect(self):
        self.conn = psycopg2.connect(self.dsn)
        self.conn.autocommit = True
        self.pid = self.conn.info.backend_pid
        with self.conn.cursor() as cur:
            cur.execute("SET client_min_messages = error; SET jit = off; SET statement_timeout = '120s'; SET lock_timeout = '90s'")

    def work(self):
        while True:
            sql, data = self.todo.get()
            if sql is None:
                return
            self.result = self.run(sql, data)
            self.idle.set()
            self.ended.set()

    def run(self, sql, data):
        try:
            with self.conn.cursor() as cur:
                if data is not None:
                    cur.copy_expert(sql, io.StringIO(data))
                    return Result(count=cur.rowcount)
                cur.execute(sql)
                return Result(cur.fetchall() if cur.description else None, cur.rowcount)
        except psycopg2.Error as e:
            msg = ' / '.join(x for x in ((e.diag.message_primary or str(e)).strip(), e.diag.message_detail, e.diag.message_hint) if x)
            return Result(code=e.pgcode or 'LOST', message=msg)
        except Exception as e:                      # a fault of the fuzzer's own
            return Result(code='DRIVER', message=repr(e))

    def start(self, sql, data=None):
        assert self.idle.is_set()
        self.idle.clear()
        self.sql = sql
        self.todo.put((sql, data))

    @property
    def busy(self):
        return not self.idle.is_set()

    @property
    def state(self):
        """idle, open or failed: of the transaction, as libpq knows it."""
        st = self.conn.info.transaction_status
        return {ext.TRANSACTION_STATUS_IDLE: 'idle', ext.TRANSACTION_STATUS_INTRANS: 'open',
                ext.TRANSACTION_STATUS_INERROR: 'failed'}.get(st, 'lost')

    def cancel(self):
        try:
            self.conn.cancel()
        except psycopg2.Error:
            pass

    def close(self):
        if self.busy:
            self.cancel()
            self.idle.wait(10)
        self.todo.put((None, None))
        try:
            self.conn.close()
        except psycopg2.Error:
            pass


class Pool:
    """The sessions of a run and a monitor that sees who waits for whom."""

    def __init__(self, dsn):
        self.dsn = dsn
        self.sessions = {}
        self.known = set()                  # sessions worth asking the lock manager about
        self.ended = threading.Event()      # set when any statement ends
        self.monitor = psycopg2.connect(dsn)
        self.monitor.autocommit = True

    def get(self, name):
        if name not in self.sessions:
            self.sessions[name] = Session(name, self.dsn, self.ended)
        return self.sessions[name]

    def drop(self, name):
        s = self.sessions.pop(name, None)
        if s:
            s.close()

    def blockers(self, pids):
        with self.monitor.cursor() as cur:
            cur.execute('SELECT p, pg_catalog.pg_blocking_pids(p) FROM pg_catalog.unnest(%s) p', (pids,))
            return dict(cur.fetchall())

    def stuck(self):
        """Busy sessions that wait, directly or not, for one the driver must move."""
        busy = [s for s in self.sessions.values() if s.busy]
        if not busy:
            return set()
        graph = self.blockers([s.pid for s in busy])
        idle = {s.pid for s in self.sessions.values() if not s.busy} | {0}    # 0: a prepared transaction
        stuck = set()
        for s in busy:
            seen, front = set(), [s.pid]
            while front:
                p = front.pop()
                for b in graph.get(p, ()):
                    if b in idle:
                        stuck.add(s.name)
                    elif b not in seen:
                        seen.add(b)
                        front.append(b)
            if s.pid in seen:                       # a deadlock: the server will end it
                stuck.discard(s.name)
        return stuck

    def settle(self, timeout=200):
        """Wait until each busy session has ended or is stuck; the names still busy."""
        pause, end = 0.005, time.time() + timeout
        while True:
            self.ended.clear()
            busy = {s.name for s in self.sessions.values() if s.busy}
            if not busy or (busy <= self.known and busy <= self.stuck()):
                self.known = busy
                return busy
            if not self.ended.wait(pause):
                self.known = busy           # slow or blocked: ask from now on
                pause = min(pause * 2, 0.05)
            if time.time() > end:
                return busy
