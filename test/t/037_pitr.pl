#
# Recovery to a point in time, from a base backup that was taken under load: at each point views of all modes are exact, while
# recovery is paused there and after it has ended, with deltas that wait, logged rows, and a transaction that was prepared then.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $db = 'postgres';
my $node = make_node('pitr', has_archiving => 1, allows_streaming => 1);
$node->start;
setup_views($node, $db, 1500);
setup_joins($node, $db);

my %fresh = (fresh => $VIEWS{ends}, fresh_joined => $JOINS{joined});
my %stored = (stored => $VIEWS{sums}, appended => 'SELECT g, count(*) AS n, sum(x) AS total FROM e GROUP BY g');
my %current = (%VIEWS, %JOINS, %fresh, kinds_of => 'SELECT g, count(DISTINCT x) AS n FROM t GROUP BY g', soles => 'SELECT g, count(*) AS n, min(x) AS low FROM u GROUP BY g');
$node->safe_psql($db, 'CREATE INDEX ON t (g, x); CREATE TABLE e (id bigserial PRIMARY KEY, g int, x int); CREATE TABLE u (g int, x int); INSERT INTO u SELECT i % 3, i FROM generate_series(1, 30) i');
create_views($node, $db, map { $_ => $current{$_} } qw(kinds_of soles));
create_deferred($node, $db, '{"max_staleness": "0"}', %fresh);
create_deferred($node, $db, '{}', stored => $stored{stored});
$node->safe_psql($db, qq{SELECT ivm.create_view('appended', '$stored{appended}', 'append', options => '{"watermark": "id"}')});

my $write = script('pitr_write', <<'PGBENCH');
\set g random(0, 89)
\set hot random(0, 2)
\set x random(0, 999)
\set id random(1, 1500)
BEGIN;
INSERT INTO t (g, x, f, s) VALUES (:hot, :x, :x / 8.0, 's' || :x);
DELETE FROM t WHERE id = :id;
UPDATE t SET g = :g, x = :x WHERE id = :id + 1;
INSERT INTO e (g, x) VALUES (:hot, :x);
INSERT INTO u VALUES (:hot, :x);
UPDATE d SET name = 'name' || :x % 50 WHERE g = 1 + :id % 80;
END;
PGBENCH
my $maintain = script('pitr_maintain', "SELECT ivm.refresh('stored');\nSELECT ivm.refresh('appended');\nSELECT ivm.fold('sums');\nCALL ivm.rebuild('ends');\n\\sleep 100 ms\n");
my @loads = (start_load($node, $db, '-c', 4, '-j', 2, '-T', 600, '-f', $write), start_load($node, $db, '-c', 1, '-T', 600, '-f', $maintain));

$node->backup('base');
my @points;
for my $point (1 .. 3)
{
	usleep(500_000);
	$node->safe_psql($db, "BEGIN; INSERT INTO u VALUES (0, -1), (1, 7), (1000, 7); DELETE FROM u WHERE x < 5; PREPARE TRANSACTION 'kept'") if $point == 2;
	# serializable transactions only append, so that deltas wait
	$node->safe_psql($db, "SET default_transaction_isolation = serializable; INSERT INTO t (g, x, f, s) SELECT 500 + i, i, i, 'p' FROM generate_series(1, 30) i");
	push @points, [ "point $point", recovery_target_name => $node->safe_psql($db, "SELECT 'point$point' FROM pg_create_restore_point('point$point')") ];
	# the load may be waiting for the prepared transaction
	$node->safe_psql($db, 'INSERT INTO t (g, x) VALUES (1, 1)');
	push @points, [ "a moment after point $point", recovery_target_lsn => $node->safe_psql($db, 'SELECT pg_current_wal_insert_lsn()') ];
}
usleep(500_000);
$node->safe_psql($db, 'INSERT INTO t (g, x) VALUES (1, 1)');
push @points, [ 'a time', recovery_target_time => $node->safe_psql($db, 'SELECT clock_timestamp()') ];
$node->safe_psql($db, q{COMMIT PREPARED 'kept'});
# pgbench ends by a signal
$_->{run}->signal('TERM'), finish_load($_) for @loads;
unlike($_->{err}, qr/ERROR/, 'load') for @loads;
is_exact($node, $db, 'where it came from', %current);
# the last segment is archived
$node->safe_psql($db, 'SELECT pg_switch_wal(); INSERT INTO e (g, x) VALUES (1, 1)');
my $walfile = $node->safe_psql($db, 'SELECT pg_walfile_name(pg_current_wal_lsn())');
$node->safe_psql($db, 'SELECT pg_switch_wal()');
wait_until($node, $db, "SELECT last_archived_wal >= '$walfile' FROM pg_stat_archiver");

my ($n, $rows) = (0, '');
for (@points)
{
	my ($what, $setting, $value) = @$_;
	my $restored = PostgreSQL::Test::Cluster->new('restored' . ++$n);

	$restored->init_from_backup($node, 'base', has_restoring => 1, standby => 0);
	$restored->append_conf('postgresql.conf', "$setting = '$value'\nrecovery_target_action = pause\narchive_mode = off\n");
	$restored->start;
	wait_until($restored, $db, q{SELECT pg_get_wal_replay_pause_state() = 'paused'});
	is_exact($restored, $db, "$what: paused there", %current);
	my $there = $restored->safe_psql($db, 'SELECT count(*), sum(x), max(id) FROM t');
	isnt($there, $rows, "$what: another one");
	$rows = $there;
	$restored->safe_psql($db, 'SELECT pg_wal_replay_resume()');
	wait_until($restored, $db, 'SELECT NOT pg_is_in_recovery()');
	is_exact($restored, $db, "$what: recovered", %current);
	if ($restored->safe_psql($db, 'SELECT count(*) FROM pg_prepared_xacts'))
	{
		$restored->safe_psql($db, $n % 2 ? q{COMMIT PREPARED 'kept'} : q{ROLLBACK PREPARED 'kept'});
		is_exact($restored, $db, "$what: what was prepared has ended", %current);
	}
	my $refresh = q{SELECT ivm.refresh('stored'); SELECT ivm.refresh('appended')};
	$restored->safe_psql($db, $refresh);
	is_exact($restored, $db, "$what: refreshed", %current, %stored);
	ok(finish_load(start_load($restored, $db, '-c', 2, '-T', 1, '-f', $write)), "$what: written");
	$restored->safe_psql($db, "SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL; $refresh");
	is_exact($restored, $db, "$what: written, folded and refreshed", %current, %stored);
	is($restored->safe_psql($db, 'SELECT viewname, v.* FROM ivm.views, ivm.verify_view(view) v'), '', "$what: verified");
	unlike(slurp_file($restored->logfile), qr/TRAP|PANIC| XX\d\d\d |WARNING/, "$what: nothing in the log");
	$restored->stop;
}
$node->stop;
done_testing();
