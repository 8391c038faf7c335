#
# What the long tests share: views of all kinds and modes over a few tables, a mixed load on them, and what has to
# hold of them in any snapshot, after a crash or an error.
#
package IvmLoad;

use strict;
use warnings;

use Exporter 'import';
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(%CURRENT %LATER make_load_node setup_load load_script errors_in_load after_all differences nothing_left unexpected_in_log);

my $appended = 'SELECT g, count(*) AS n, sum(x) AS total FROM e GROUP BY g';

# Exact at each moment
our %CURRENT = (%VIEWS, %JOINS,
	rolled => 'SELECT g % 9 AS k, x % 3 AS r, count(*) AS n, max(x) AS high FROM t GROUP BY ROLLUP (g % 9, x % 3)',
	kinds_of => 'SELECT g, count(DISTINCT x) AS n FROM t GROUP BY g',
	middle => 'SELECT g % 10 AS k, percentile_disc(0.5) WITHIN GROUP (ORDER BY x) AS m FROM t GROUP BY 1',
	either => 'SELECT g FROM t WHERE x < 100 UNION SELECT g FROM d',
	ranked => 'SELECT g, n, rank() OVER (ORDER BY n DESC) AS r FROM (SELECT g, count(*) AS n FROM t GROUP BY g) s',
	recent => q{SELECT g, count(*) AS n FROM w WHERE at > now() - interval '3 s' GROUP BY g},
	parted => 'SELECT site, g % 4 AS k, count(*) AS n, sum(x) AS total, min(x) AS low FROM p GROUP BY site, g % 4',
	paused => 'SELECT g, sum(x) AS total FROM t GROUP BY g');
my %fresh = (fresh_sums => $VIEWS{sums}, fresh_joined => $JOINS{outer_joined}, fresh_lists => $VIEWS{lists});
%CURRENT = (%CURRENT, %fresh);

# As of their last refresh. Nobody refreshes the stored ones but load_refresh, which writes down what they are to show.
my %stored = (stored_sums => $VIEWS{sums}, stored_joined => $JOINS{joined}, stored_append => $appended);
my %refreshed = (on_change => $VIEWS{ends}, kept => $VIEWS{kinds}, timed_append => $appended);
our %LATER = (%stored, %refreshed);

my $load = 0;
my $failures = q{FROM ivm.history WHERE error IS NOT NULL};

sub digest { my ($rows) = @_; return "(SELECT md5(string_agg(q::text, ';' ORDER BY q::text COLLATE \"C\")) FROM ($rows) q)"; }

# A node that goes on after a crash of one of its processes, not yet started
sub make_load_node
{
	my ($name, %init) = @_;
	my $node = make_node($name, %init);

	$node->append_conf('postgresql.conf', <<'CONF');
restart_after_crash = on
max_worker_processes = 12
max_prepared_transactions = 40
max_connections = 80
autovacuum_naptime = 2s
checkpoint_timeout = 30s
shared_preload_libraries = 'ivm'
CONF
	return $node;
}

# Tables, views, and a function that raises an error if a view of %CURRENT, or a stored one, is not what it has to be
sub setup_load
{
	my ($node, $db) = @_;

	setup_views($node, $db, 1500);
	setup_joins($node, $db);
	$node->safe_psql($db, <<'SQL');
CREATE INDEX ON t (g, x);
CREATE TABLE e (id bigserial PRIMARY KEY, g int, x int);
CREATE TABLE w (g int, at timestamptz);
CREATE INDEX ON w (at);
CREATE TABLE p (site int, g int, x int) PARTITION BY LIST (site);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE TABLE p3 PARTITION OF p DEFAULT;
INSERT INTO e (g, x) SELECT i % 7, i FROM generate_series(1, 100) i;
INSERT INTO p SELECT 1 + i % 3, i % 20, i FROM generate_series(1, 300) i;
INSERT INTO w SELECT i % 5, now() FROM generate_series(1, 20) i;
CREATE TABLE expected (view text PRIMARY KEY, rows text);
SQL
	create_views($node, $db, map { $_ => $CURRENT{$_} } grep { !$VIEWS{$_} && !$JOINS{$_} && !$fresh{$_} } keys %CURRENT);
	create_deferred($node, $db, '{"max_staleness": "0"}', %fresh);
	create_deferred($node, $db, '{}', map { $_ => $LATER{$_} } qw(stored_sums stored_joined kept));
	create_deferred($node, $db, '{"refresh": "on change"}', on_change => $LATER{on_change});
	$node->safe_psql($db, qq{SELECT ivm.create_view('stored_append', '$appended', 'append', options => '{"watermark": "id"}');
		SELECT ivm.create_view('timed_append', '$appended', 'append', options => '{"watermark": "id", "refresh": "1 s"}');
		SELECT ivm.pause('paused')});
	$node->safe_psql($db, join '', map { "INSERT INTO expected VALUES ('$_', @{[ digest(qq(TABLE $_)) ]});\n" } keys %stored);
	my $differences = differences();
	$node->safe_psql($db, <<"SQL");
CREATE FUNCTION look() RETURNS void LANGUAGE plpgsql AS \$look\$
DECLARE
	found text;
BEGIN
	SELECT string_agg(d::text, ' ') INTO found FROM ($differences LIMIT 10) d;
	IF found IS NOT NULL THEN
		RAISE EXCEPTION 'difference: %', found;
	END IF;
END \$look\$;
SQL
	return;
}

# What is wrong in one snapshot
sub differences
{
	return diff_query(%CURRENT) . join '', map { " UNION ALL SELECT '$_', 'not as refreshed', NULL FROM expected WHERE view = '$_' AND rows IS DISTINCT FROM @{[ digest(qq(TABLE $_)) ]}" } sort keys %stored;
}

# Scripts for pgbench. Rows are locked in one order, those of t by id before those of d, so that writers cause no deadlock
# by themselves; writers at REPEATABLE READ change rows of theirs only, so that nothing of the tables fails.
my %scripts = (
	write => <<'SQL',
\set g random(0, 89)
\set hot random(0, 2)
\set x random(0, 999)
\set id random(1, 2500)
\set site random(1, 4)
BEGIN;
INSERT INTO t (g, x, f, s) VALUES (:hot, :x, :x / 8.0, 's' || :x % 17);
INSERT INTO e (g, x) VALUES (:hot, :x);
SAVEPOINT p;
DELETE FROM t WHERE id = :id;
UPDATE t SET g = :g, x = :x WHERE id = :id + 1;
\if :x % 4 = 0
ROLLBACK TO p;
\endif
INSERT INTO w VALUES (:hot, now());
INSERT INTO p VALUES (:site, :g, :x);
\if :x % 10 = 0
UPDATE d SET name = 'name' || :x % 50, region = :x % 5 WHERE g = 1 + :id % 80;
\endif
END;
SQL
	write_rr => <<'SQL',
\set g random(0, 89)
\set x random(0, 999)
\set own (-1 - :client_id) * 1000000 - random(1, 200)
BEGIN ISOLATION LEVEL REPEATABLE READ;
DELETE FROM t WHERE id = :own;
INSERT INTO t (id, g, x, f, s) VALUES (:own, :g % 3, :x, :x / 8.0, 'own');
SELECT count(*) FROM sums;
UPDATE t SET g = :g, x = x + 1 WHERE id BETWEEN :own AND :own + 2;
INSERT INTO e (g, x) VALUES (:g % 5, :x);
END;
SQL
	write_serializable => <<'SQL',
\set g random(0, 89)
\set x random(0, 999)
\set id random(1, 2500)
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO t (g, x, f, s) VALUES (:g % 3, :x, :x / 8.0, 'serializable');
UPDATE t SET x = :x WHERE id = :id;
SELECT total FROM sums WHERE g = :g;
END;
SQL
	many => <<'SQL',
\set x random(0, 999)
\set site random(1, 2)
BEGIN;
INSERT INTO t (g, x, f, s) SELECT i % 90, (i * :x) % 997, i / 8.0, 'many' FROM generate_series(1, 300) i;
INSERT INTO e (g, x) SELECT i % 7, i FROM generate_series(1, 50) i;
END;
DELETE FROM t WHERE id IN (SELECT id FROM t WHERE s = 'many' ORDER BY id LIMIT 400 FOR UPDATE);
DELETE FROM w WHERE at < now() - interval '10 s';
UPDATE p SET site = 3 - site WHERE ctid IN (SELECT ctid FROM ONLY p1 LIMIT 20) AND site = 1;
DELETE FROM p WHERE site = :site AND x % 3 = :x % 3;
SQL
	prepare => <<'SQL',
\set g random(0, 89)
\set x random(0, 999)
BEGIN;
INSERT INTO t (g, x, f, s) VALUES (:g, :x, 1, 'p'), (1000 + :client_id, :x, 1, 'p');
INSERT INTO e (g, x) VALUES (:g % 7, :x);
PREPARE TRANSACTION 'p:client_id';
\sleep 5 ms
\if :x % 3 = 0
ROLLBACK PREPARED 'p:client_id';
\else
COMMIT PREPARED 'p:client_id';
\endif
SQL
	refresh => join('', map { "BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT method FROM ivm.refresh('$_');
UPDATE expected SET rows = @{[ digest($stored{$_}) ]} WHERE view = '$_';
COMMIT;
" } sort keys %stored),
	maintain => <<'SQL',
\set n random(1, 12)
\if :n = 1
SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL;
\elif :n = 2
CALL ivm.rebuild('sums');
\elif :n = 3
CALL ivm.rebuild('joined', '{"verify": true}');
\elif :n = 4
CALL ivm.rebuild('kept', keep => true);
\elif :n = 5
SELECT ivm.reconcile('ends');
\elif :n = 6
SELECT ivm.refresh_together('fresh_sums', 'fresh_joined', 'fresh_lists');
\elif :n = 7
SELECT ivm.refresh('kept');
\elif :n = 8
CALL ivm.run_due();
\elif :n = 9
CALL ivm.rebuild('outer_joined');
\elif :n = 10
SELECT ivm.verify_view('bag');
\elif :n = 11
SELECT ivm.reconcile('found');
\else
SELECT ivm.refresh('timed_append');
\endif
SQL
	observe => "BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT look();\n\\sleep 300 ms\nSELECT look();\nCOMMIT;\n");

sub load_script { my ($name) = @_; return script("load_$name", $scripts{$name}); }

# Messages of clients, without those of what was done to them on purpose
sub errors_in_load
{
	my ($load, $expected) = @_;

	return join "\n", grep { /error|ERROR|FATAL|PANIC/ && !/$expected/ } split /\n/, $load->{err};
}

# In peace: every view is exact, both ways, before anything is done to it and after refreshes and folds; verify_view()
# says so, too; and so while a transaction is prepared, and after it ends.
sub after_all
{
	my ($node, $db, $what) = @_;
	my @prepared = split /\n/, $node->safe_psql($db, q{SELECT gid FROM pg_prepared_xacts ORDER BY gid});

	is($node->safe_psql($db, differences() . ' LIMIT 10'), '', "$what: exact");
	$node->safe_psql($db, ($_ =~ /[13579]$/ ? 'COMMIT' : 'ROLLBACK') . " PREPARED '$_'") for @prepared;
	is($node->safe_psql($db, differences() . ' LIMIT 10'), '', "$what: exact after the end of @prepared") if @prepared;
	$node->safe_psql($db, q{CALL ivm.refresh_all(); SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL});
	$node->safe_psql($db, load_refresh());
	is_exact($node, $db, "$what: refreshed, folded", %CURRENT, %LATER);
	is($node->safe_psql($db, q{SELECT viewname, v.* FROM ivm.views, ivm.verify_view(view) v WHERE status <> 'paused' LIMIT 10}), '', "$what: verified");
	is($node->safe_psql($db, q{SELECT viewname, status, reason FROM ivm.views WHERE status <> 'ready'}), 'paused|paused|', "$what: all are ready");
	return;
}

sub load_refresh { return $scripts{refresh}; }

# No lock without a session, none kept by one that does nothing; no build that nobody works at; no storage without a view
sub nothing_left
{
	my ($node, $db, $what) = @_;

	# processes that begin or end have locks for a moment, and are not in pg_stat_activity
	ok($node->poll_query_until($db, <<'SQL'), "$what: no lock is left");
SELECT count(*) = 0 FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
WHERE l.pid IS DISTINCT FROM pg_backend_pid() AND (a.pid IS NULL OR (a.backend_type = 'client backend' AND a.state = 'idle'))
AND l.virtualtransaction NOT LIKE '-1/%'
SQL
	is($node->safe_psql($db, q{SELECT count(*) FROM pg_locks WHERE virtualtransaction LIKE '-1/%'}), '0', "$what: nor one of a prepared transaction");
	is($node->safe_psql($db, <<'SQL'), '', "$what: no storage without a view");
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'ivm_data'::regnamespace AND c.relkind IN ('r', 'v')
AND NOT EXISTS (SELECT FROM ivm.view v WHERE c.oid IN (v.view, v.state, v.delta, v.definition))
AND NOT EXISTS (SELECT FROM ivm.change_log l WHERE l.segment = c.oid) AND NOT EXISTS (SELECT FROM ivm.generation g WHERE g.rows = c.oid)
SQL
	return;
}

# Lines of the log that nobody has asked for
sub unexpected_in_log
{
	my ($node, $expected) = @_;

	return join "\n", grep { / (?:WARNING|ERROR|FATAL|PANIC):|TRAP|terminated by signal/ && !/$expected/ } split /\n/, slurp_file($node->logfile);
}

1;
