#
# The background worker: it starts by itself, refreshes what is due, gets out of the way,
# and comes back.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);

my $is_worker = q{backend_type = 'ivm worker'};
my $due = q{UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE due_at IS NOT NULL};

my $node = make_node('worker', allows_streaming => 1);
$node->append_conf('postgresql.conf', <<'CONF');
max_worker_processes = 8
restart_after_crash = on
autovacuum = off
CONF
$node->start;

sub setup
{
	my ($db) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db") unless $db eq 'postgres';
	$node->safe_psql($db, <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE t (id serial PRIMARY KEY, g int, x int);
INSERT INTO t (g, x) SELECT i % 5, i FROM generate_series(1, 100) i;
SELECT ivm.create_view('changed', 'SELECT g, count(*) AS n FROM t GROUP BY g', 'deferred', options => '{"refresh": "on change"}');
SELECT ivm.create_view('daily', 'SELECT g, sum(x) AS s FROM t GROUP BY g', 'deferred', options => '{"refresh": "1 day"}');
SQL
	return;
}

# Does a query come to give true?
sub comes_true
{
	my ($what, $query, $db, $of) = @_;
	ok(($of // $node)->poll_query_until($db // 'postgres', $query), $what);
	return;
}

sub pid_of
{
	my ($db, $of) = @_;
	return ($of // $node)->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE $is_worker AND datname = '$db'");
}

sub has_no_worker
{
	my ($what, $db) = @_;
	comes_true($what, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE $is_worker AND datname = '$db')");
	return;
}

sub is_caught_up
{
	my ($what, $db, $of) = @_;
	comes_true($what, q{SELECT sum(n) = (SELECT count(*) FROM t) FROM changed}, $db, $of);
	return;
}

sub log_count
{
	my ($pattern, $of) = @_;
	my $log = slurp_file(($of // $node)->logfile);
	return scalar(() = $log =~ /$pattern/g);
}

sub insert { return $node->safe_psql($_[0], 'INSERT INTO t (g, x) VALUES (1, 1)'); }

# ---------------------------------------------------------------------------
# By itself, without preload
# ---------------------------------------------------------------------------
setup('postgres');
insert('postgres');
is_caught_up('a change is taken in', 'postgres');
my $pid = pid_of('postgres');
like($pid, qr/^\d+$/, 'there is one worker');
insert('postgres') for 1 .. 5;
is_caught_up('further changes are', 'postgres');
is(pid_of('postgres'), $pid, 'by the same worker');
is($node->safe_psql('postgres', q{SELECT count(*) FROM ivm.history WHERE operation = 'refresh' AND role_name <> 'postgres'}), 0,
	'runs are those of the owner');
is($node->safe_psql('postgres', "SELECT state, xact_start IS NULL, backend_xmin IS NULL FROM pg_stat_activity WHERE $is_worker"),
	'idle|t|t', 'it waits without a transaction');
has_no_worker('it leaves when there is nothing to do', 'postgres');

# A write under an immediate view starts it, if that is to be reconciled by now
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE r (g int);
INSERT INTO r VALUES (1), (2);
SELECT ivm.create_view('reconciled', 'SELECT g, count(*) AS n FROM r GROUP BY g', options => '{"reconcile": "1 day"}');
UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE operation = 'reconcile';
SQL
my $state = $node->safe_psql('postgres', q{SELECT state_table FROM ivm.views WHERE viewname = 'reconciled'});
$node->safe_psql('postgres', "DELETE FROM $state WHERE g = 1; INSERT INTO r VALUES (2)");
comes_true('and comes again, to reconcile an immediate view',
	q{SELECT last_corrections = 1 AND next_reconcile > now() FROM ivm.views WHERE viewname = 'reconciled'});
is($node->safe_psql('postgres', 'SELECT string_agg(n::text, \',\' ORDER BY g) FROM reconciled'), '1,2', 'what was wrong is right');
$node->safe_psql('postgres', 'DROP TABLE r CASCADE');
insert('postgres');
is_caught_up('it goes on with refreshes', 'postgres');

# Rows that have left a window of time are removed, in a database without schedules: a writer starts it when that is due
$node->safe_psql('postgres', 'CREATE DATABASE windows');
$node->safe_psql('windows', <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE t (g int, day date, x int);
INSERT INTO t SELECT i % 5, current_date - i, i FROM generate_series(1, 300) i;
SELECT ivm.create_view('recent', 'SELECT g, count(*) AS n FROM t WHERE day > current_date - 5 GROUP BY g');
INSERT INTO t VALUES (1, current_date, 1);
SQL
my $stored = 'SELECT count(*) FROM ' . $node->safe_psql('windows', 'SELECT state_table FROM ivm.views');
usleep(4_000_000);
is(pid_of('windows'), '', 'no worker comes before something is to be removed');
is($node->safe_psql('windows', $stored), 301, 'nothing was removed');
$node->safe_psql('windows', q{UPDATE ivm.time_window SET due_at = now()});
$node->safe_psql('windows', q{INSERT INTO t VALUES (1, current_date, 1)});
comes_true('rows that have left a window of time are removed', "SELECT ($stored) < 20", 'windows');
is($node->safe_psql('windows', 'SELECT sum(n) FROM recent'), 6, 'the others are there');
# not in a view that cannot be folded
$node->safe_psql('windows', q{SELECT ivm.pause('recent'); UPDATE ivm.time_window SET due_at = now()});
has_no_worker('the worker leaves though a paused view is due', 'windows');

# Commits while it is about to leave, and sessions that have just looked for it
has_no_worker('it leaves again', 'postgres');
my $session = $node->background_psql('postgres');
$session->query_safe('INSERT INTO t (g, x) VALUES (1, 1)');
is_caught_up('a session starts it', 'postgres');
for (1 .. 30)
{
	$session->query_safe('INSERT INTO t (g, x) VALUES (1, 1)');
	usleep(500_000);
}
is_caught_up('all commits of that session are taken in', 'postgres');

# A session that looks for the worker, but makes no work for it, until it is about to leave
$session->query_safe(<<'SQL');
CREATE TABLE u (x int);
SELECT ivm.create_view('waits', 'SELECT sum(100 / (x + 7)) AS s FROM u', 'deferred', options => '{"refresh": "on change"}');
UPDATE ivm.schedule SET due_at = now() + interval '1 h' WHERE view_id = (SELECT id FROM ivm.view WHERE view = 'waits'::regclass);
SQL
my $present = q{SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_database'::regclass AND database = objid AND mode = 'ExclusiveLock'};
for (1 .. 300)
{
	$session->query_safe('INSERT INTO u VALUES (1)');
	last if $node->safe_psql('postgres', $present) eq '0';
	usleep(50_000);
}
$session->query_safe('INSERT INTO t (g, x) VALUES (1, 1)');
is_caught_up('a commit at that time is taken in, too', 'postgres');
$node->safe_psql('postgres', 'DROP TABLE u CASCADE');
$session->quit;

# A read starts it, for what is due by time
has_no_worker('left', 'postgres');
$node->safe_psql('postgres', $due);
$node->safe_psql('postgres', 'SELECT * FROM daily');
comes_true('a read starts it', 'SELECT due_at > now() FROM ivm.schedule WHERE due_at IS NOT NULL');

# Deltas of an immediate view, of writers that only append
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE many (k int, x int);
SELECT ivm.create_view('folded', 'SELECT k, sum(x) AS s FROM many GROUP BY k');
SELECT ivm.create_view('dirty', 'SELECT k % 10 AS k, string_agg(x::text, '','' ORDER BY x) AS s FROM many GROUP BY 1');
SET default_transaction_isolation = serializable;
INSERT INTO many SELECT i, i FROM generate_series(1, 3000) i;
SQL
my $deltas = $node->safe_psql('postgres', q{SELECT string_agg(format('(SELECT count(*) FROM %s)', delta), ' + ') FROM ivm.view WHERE mode = 'immediate'});
cmp_ok($node->safe_psql('postgres', "SELECT $deltas"), '>=', 3000, 'many deltas');
insert('postgres');
for (1 .. 100)
{
	last if $node->safe_psql('postgres', "SELECT $deltas < 100") eq 't';
	insert('postgres');
	usleep(300_000);
}
is($node->safe_psql('postgres', "SELECT $deltas < 100"), 't', 'the worker folds them');
is($node->safe_psql('postgres', q{SELECT count(*) FROM ivm.verify_view('folded')}), 0, 'exactly');
$node->safe_psql('postgres', 'DROP TABLE many CASCADE');

# ---------------------------------------------------------------------------
# Failures
# ---------------------------------------------------------------------------
$node->safe_psql('postgres', <<'SQL');
SELECT ivm.create_view('fails', 'SELECT g, sum(100 / (x + 7)) AS s FROM t GROUP BY g', 'deferred', options => '{"refresh": "on change"}');
INSERT INTO t (g, x) VALUES (3, -7);
SQL
is_caught_up('a failing view does not keep the others back', 'postgres');
comes_true('it backs off',
	q{SELECT failures = 1 AND last_error = 'division by zero' AND due_at > now() + interval '5 s' FROM ivm.schedule WHERE last_error IS NOT NULL});
insert('postgres');
is_caught_up('the others go on', 'postgres');
is(log_count(qr/refresh of view "fails" failed/), 1, 'told in the log');
$node->safe_psql('postgres', q{UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE failures > 0});
comes_true('tried again', 'SELECT failures = 2 FROM ivm.schedule WHERE last_error IS NOT NULL');
is(log_count(qr/refresh of view "fails" failed/), 1, 'but not told again');
is($node->safe_psql('postgres', q{SELECT count(*) FROM ivm.history WHERE error = 'division by zero' AND role_name = 'postgres'}), 2,
	'failed runs are in the history');
$node->safe_psql('postgres', q{DELETE FROM t WHERE x = -7; UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE failures > 0});
comes_true('mended', 'SELECT bool_and(failures = 0 AND last_error IS NULL) FROM ivm.schedule');
$node->safe_psql('postgres', 'DROP VIEW fails');

# A failure when the run is committed: the definition writes, against all custom
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE mallory;
GRANT CREATE ON SCHEMA public TO mallory;
GRANT ALL ON t TO mallory;
SET ROLE mallory;
CREATE TABLE a (id int, x int);
CREATE TABLE b (id int);
INSERT INTO b VALUES (1);
SELECT ivm.create_view('joined', 'SELECT count(*) AS n, sum(10 / x) AS s FROM a JOIN b USING (id)');
CREATE FUNCTION writes(x int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.a VALUES (1, 0);
	PERFORM set_config('search_path', 'public', false), pg_advisory_lock(4711);
	CREATE DOMAIN pg_temp.int8 AS text;
	RETURN x;
END $$;
CREATE FUNCTION late(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF x = -2 THEN EXECUTE 'SELECT public.writes(1)'; END IF;
	RETURN x;
END $$;
SELECT ivm.create_view('late', 'SELECT late(x) AS x, count(*) AS n FROM t GROUP BY 1', 'deferred', options => '{"refresh": "on change"}');
RESET ROLE;
INSERT INTO t (g, x) VALUES (1, -2);
SQL
is_caught_up('a failure at commit does not keep the others back', 'postgres');
comes_true('and is recorded', q{SELECT failures > 0 FROM ivm.schedule WHERE last_error = 'division by zero'});
is($node->safe_psql('postgres', q{SELECT count(*) FROM ivm.history WHERE error = 'division by zero' AND role_name = 'mallory'}), 1,
	'in the history, too');
# without that, it leaves nothing in the worker's session
$node->safe_psql('postgres', q{DROP VIEW joined; UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE failures > 0});
comes_true('no failure any more', 'SELECT bool_and(failures = 0) FROM ivm.schedule');
is($node->safe_psql('postgres', 'SELECT count(*) FROM a'), 1, 'it has written');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}), 0, 'no lock is left');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_type WHERE typname = 'int8'}), 1, 'no type in pg_temp is left');
$node->safe_psql('postgres', 'DROP VIEW late; DROP TABLE a, b; DELETE FROM t WHERE x = -2');

# Somebody holds a lock that a refresh needs
my $locker = $node->background_psql('postgres');
insert('postgres');
is_caught_up('before the lock', 'postgres');
$locker->query_safe('BEGIN; LOCK t IN ACCESS EXCLUSIVE MODE; INSERT INTO t (g, x) VALUES (1, 1)');
$node->safe_psql('postgres', $due);
comes_true('waiting for a lock ends', q{SELECT last_error LIKE '%lock timeout' FROM ivm.schedule WHERE last_error IS NOT NULL});
$locker->query_safe('COMMIT');
$locker->quit;
$node->safe_psql('postgres', q{UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE failures > 0});
is_caught_up('after the lock', 'postgres');
comes_true('no failures left', 'SELECT bool_and(failures = 0) FROM ivm.schedule');

# ---------------------------------------------------------------------------
# Signals and settings
# ---------------------------------------------------------------------------
sub ends_within
{
	my ($what, $seconds, $end) = @_;
	my $start = time;
	$end->();
	my $took = time - $start;
	cmp_ok($took, '<', $seconds, "$what within $seconds s");
	return;
}

$node->safe_psql('postgres', 'SELECT ivm.alter_view(\'daily\', \'{"refresh": "30 s"}\')');
insert('postgres');
is_caught_up('worker is there', 'postgres');
$pid = pid_of('postgres');
ends_within('pg_terminate_backend() of an idle one', 1.5, sub {
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	usleep(20_000) while kill 0, $pid;
});
insert('postgres');
$node->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $is_worker)") or
	insert('postgres');

# in the middle of a refresh
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION slow(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN IF x = 99999 THEN EXECUTE 'SELECT pg_sleep(60)'; END IF; RETURN x; END $$;
SELECT ivm.create_view('sleeps', 'SELECT g, count(slow(x)) AS n FROM t GROUP BY g', 'deferred', options => '{"refresh": "on change"}');
INSERT INTO t (g, x) VALUES (1, 99999);
SQL
my $sleeping = "SELECT count(*) = 1 FROM pg_stat_activity WHERE $is_worker AND wait_event = 'PgSleep'";
sub provoke
{
	for (1 .. 100)
	{
		$node->safe_psql('postgres', q{INSERT INTO t (g, x) VALUES (2, 2); UPDATE ivm.schedule SET due_at = NULL WHERE failures > 0});
		return 1 if $node->safe_psql('postgres', $sleeping) eq 't';
		usleep(300_000);
	}
	return 0;
}
ok(provoke(), 'a refresh takes its time');
$pid = pid_of('postgres');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
comes_true('a cancelled refresh is a failed one', q{SELECT last_error = 'canceling statement due to user request' FROM ivm.schedule WHERE last_error IS NOT NULL});
is(pid_of('postgres'), $pid, 'the worker goes on');
ok(provoke(), 'again');
$pid = pid_of('postgres');
ends_within('pg_terminate_backend() of a busy one', 1.5, sub {
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	usleep(20_000) while kill 0, $pid;
});
ok(provoke(), 'once more');
ends_within('a fast shutdown', 3, sub { $node->stop('fast') });
$node->start;
ok(provoke(), 'after a restart');
$node->safe_psql('postgres', 'ALTER DATABASE postgres SET statement_timeout = \'1s\'');
$pid = pid_of('postgres');
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
usleep(3_000_000);
insert('postgres');
comes_true('statement_timeout of the database holds for its refreshes',
	q{SELECT bool_or(last_error LIKE '%statement timeout') FROM ivm.schedule});
$node->safe_psql('postgres', q{DROP VIEW sleeps; DELETE FROM t WHERE x = 99999; ALTER DATABASE postgres RESET statement_timeout});

$node->append_conf('postgresql.conf', 'ivm.worker = off');
$node->reload;
has_no_worker('ivm.worker = off', 'postgres');
insert('postgres');
usleep(1_000_000);
is(pid_of('postgres'), '', 'none is started');
$node->safe_psql('postgres', 'CALL ivm.run_due()');
is_caught_up('ivm.run_due() does it', 'postgres');
$node->append_conf('postgresql.conf', 'ivm.worker = on');
$node->reload;

# A server process crashes
insert('postgres');
is_caught_up('on again', 'postgres');
$pid = pid_of('postgres');
my $victim = $node->background_psql('postgres');
my $victim_pid = $victim->query_safe('SELECT pg_backend_pid()');
my $restarts = log_count(qr/all server processes terminated; reinitializing/);
kill 9, $victim_pid;
eval { $victim->quit };
for (1 .. 300)
{
	last if log_count(qr/all server processes terminated; reinitializing/) > $restarts;
	usleep(100_000);
}
ok($node->poll_query_until('postgres', 'SELECT true'), 'server is up again');
insert('postgres');
is_caught_up('and so is the worker', 'postgres');

# ---------------------------------------------------------------------------
# Databases and the extension
# ---------------------------------------------------------------------------
setup('doomed');
insert('doomed');
is_caught_up('a worker in each database', 'doomed');
like(pid_of('doomed'), qr/^\d+$/, 'it is there');
$node->safe_psql('postgres', 'CREATE DATABASE clone TEMPLATE doomed');
pass('CREATE DATABASE ... TEMPLATE is not hindered');
is($node->safe_psql('clone', 'SELECT count(*) FROM ivm.schedule'), 2, 'the copy has the schedules');
insert('clone');
is_caught_up('and its worker', 'clone');
insert('doomed');
is_caught_up('the template has one again', 'doomed');
$node->safe_psql('postgres', 'ALTER DATABASE doomed RENAME TO dropped');
insert('dropped');
is_caught_up('renamed', 'dropped');
$node->safe_psql('postgres', 'DROP DATABASE dropped');
pass('DROP DATABASE is not hindered');
$node->safe_psql('postgres', 'DROP DATABASE clone WITH (FORCE)');

setup('bare');
my $bare = script('bare', "INSERT INTO t (g, x) VALUES (1, 1);\n");
my $load = start_load($node, 'bare', '-c', 2, '-T', 3, '-f', $bare);
usleep(1_000_000);
like(pid_of('bare'), qr/^\d+$/, 'busy');
$node->safe_psql('bare', 'DROP EXTENSION ivm CASCADE');
finish_load($load);
has_no_worker('DROP EXTENSION while it works', 'bare');
is(log_count(qr/background worker of ivm: /), 0, 'which is no error to it');
$node->safe_psql('bare', <<'SQL');
CREATE EXTENSION ivm;
SELECT ivm.create_view('changed', 'SELECT g, count(*) AS n FROM t GROUP BY g', 'deferred', options => '{"refresh": "on change"}');
SQL
insert('bare');
is_caught_up('created again', 'bare');
$node->safe_psql('postgres', 'DROP DATABASE bare WITH (FORCE)');

# A trouble that is not a view's: told once, and over when it is over
insert('postgres');
is_caught_up('before', 'postgres');
$node->safe_psql('postgres', 'ALTER TABLE ivm.schedule RENAME COLUMN view_id TO id; ALTER TABLE ivm.schedule RENAME COLUMN id TO view_id; ALTER INDEX ivm.run_view RENAME TO hidden');
insert('postgres');
for (1 .. 100)
{
	last if log_count(qr/background worker of ivm: /) > 0;
	usleep(100_000);
}
usleep(3_000_000);
is(log_count(qr/LOG: .*background worker of ivm: /), 1, 'an error of the worker itself is told once');
$node->safe_psql('postgres', 'ALTER INDEX ivm.hidden RENAME TO run_view');
is_caught_up('and it goes on', 'postgres');

# ---------------------------------------------------------------------------
# No free slot
# ---------------------------------------------------------------------------
$node->append_conf('postgresql.conf', 'max_worker_processes = 1');
$node->restart;	# logical replication's launcher has the slot
my $told = qr/no free slot for a background worker of ivm/;
$session = $node->background_psql('postgres');
my $other = $node->background_psql('postgres');
for (1 .. 22)
{
	$_->query_safe('INSERT INTO t (g, x) VALUES (1, 1)') for $session, $other;
	usleep(500_000);
}
is(log_count($told), 1, 'no free slot: told once');
is(pid_of('postgres'), '', 'no worker');
$node->safe_psql('postgres', 'CALL ivm.run_due()');
is_caught_up('ivm.run_due() does it then', 'postgres');
$_->quit for $session, $other;
$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
$node->restart;
insert('postgres');
is_caught_up('a slot again', 'postgres');

# ---------------------------------------------------------------------------
# Preloaded: at boot, on a standby, after promotion
# ---------------------------------------------------------------------------
setup('second');
$node->safe_psql('postgres', 'CREATE DATABASE empty');
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'ivm'");
$node->safe_psql($_, q{UPDATE ivm.schedule SET due_at = '2020-01-01', failures = 3, last_error = 'kept'}) for 'postgres', 'second';
$node->restart;
comes_true('launcher', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'ivm launcher'});
comes_true('workers of the databases with schedules start at boot',
	"SELECT array_agg(datname::text ORDER BY datname) = '{postgres,second}' FROM pg_stat_activity WHERE $is_worker");
comes_true('and do what was due', 'SELECT bool_and(failures = 0) FROM ivm.schedule', 'second');
$node->safe_psql('second', 'SELECT ivm.alter_view(\'daily\', \'{"refresh": "3 s"}\')');
comes_true('with nobody else about',
	q{SELECT data_as_of > pg_postmaster_start_time() + interval '7 s' FROM ivm.views WHERE viewname = 'daily'}, 'second');
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
insert('postgres');
is_caught_up('primary', 'postgres');
$node->wait_for_catchup($standby);
is_caught_up('standby follows', 'postgres', $standby);
$standby->safe_psql('postgres', 'SELECT * FROM daily; SELECT * FROM changed');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'ivm%'}), 0,
	'nothing runs on a standby');
my ($rc, $out, $err) = $standby->psql('postgres', 'CALL ivm.run_due()');
like($err, qr/cannot execute ivm\.run_due\(\) (?:during recovery|in a read-only transaction)/, 'nor by hand');
$node->stop;
$standby->promote;
comes_true('workers start after promotion',
	"SELECT array_agg(datname::text ORDER BY datname) = '{postgres,second}' FROM pg_stat_activity WHERE $is_worker", 'postgres', $standby);
$standby->safe_psql('postgres', 'INSERT INTO t (g, x) VALUES (1, 1)');
is_caught_up('and work', 'postgres', $standby);
# without the launcher's help: a worker that was killed by hand comes with the next commit
$pid = pid_of('second', $standby);
$standby->safe_psql('second', "SELECT pg_terminate_backend($pid)");
$standby->safe_psql('second', 'INSERT INTO t (g, x) VALUES (1, 1)');
is_caught_up('after pg_terminate_backend()', 'second', $standby);
ok(log_count(qr/PANIC|TRAP|server process .* was terminated by signal (?!9)/) == 0 &&
	log_count(qr/PANIC|TRAP|terminated by signal/, $standby) == 0, 'nothing crashed');
$standby->stop;
done_testing();
