#
# What ends a statement at a random moment: statement_timeout, lock_timeout, cancel, terminate, no room for temporary files, a full
# disk; in all that writes, refreshes, builds, alters and drops views, beside writers, IVM_INTERRUPTS times (60). Nothing is half
# done, nothing is locked any more, and what was not interrupted met no error.
#
# The full disk is IVM_SMALL_DISK, a directory on a small file system, which test/bin/run-long makes if it may.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../t";
use IvmLoad;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);

my $db = 'postgres';
my $rounds = $ENV{IVM_INTERRUPTS} || 60;
my $seed = $ENV{IVM_SEED} || int(rand(2**31));
my $node = make_load_node('interrupts');

srand($seed);
note("seed $seed");
$node->start;
setup_load($node, $db);
$node->safe_psql($db, <<'SQL');
CREATE TABLE b (id bigserial PRIMARY KEY, day date, g int, x int);
INSERT INTO b (day, g, x) SELECT date '2026-01-01' + i % 30, i % 50, i FROM generate_series(1, 5000) i;
CREATE INDEX ON b (day);
SELECT ivm.create_view('days', 'SELECT day, count(*) AS n, max(x) AS high FROM b GROUP BY day', 'append', options => '{"watermark": "id"}');
SELECT ivm.create_view('by_g', 'SELECT g, sum(x) AS total, count(*) AS n FROM b GROUP BY g');
SQL
my %more = (days => 'SELECT day, count(*) AS n, max(x) AS high FROM b GROUP BY day', by_g => 'SELECT g, sum(x) AS total, count(*) AS n FROM b GROUP BY g');

# What is interrupted. No more than one of it runs at a time; the load goes on beside it.
my @actions = (
	"INSERT INTO t (g, x, f, s) SELECT i % 90, i % 997, i / 8.0, 'interrupted' FROM generate_series(1, 3000) i",
	'UPDATE t SET x = x + 1 WHERE id > 0',
	"DELETE FROM t WHERE s = 'interrupted'",
	"BEGIN; UPDATE d SET name = name || 'x' WHERE g % 3 = 0; SAVEPOINT s; DELETE FROM t WHERE g < 5; ROLLBACK TO s; INSERT INTO t (g, x, f) VALUES (1, 1, 1); COMMIT",
	'TRUNCATE w',
	"SELECT ivm.refresh('kept')", "SELECT ivm.refresh('kept', 'recompute')", q{CALL ivm.refresh_all('public.fresh%')}, 'CALL ivm.run_due()',
	"CALL ivm.rebuild('sums')", "CALL ivm.rebuild('joined', '{\"verify\": true}')", "CALL ivm.rebuild('kept', keep => true)", "CALL ivm.rebuild('lists')",
	"SELECT ivm.reconcile('ends')", "SELECT ivm.reconcile('outer_joined')",
	'SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL',
	"BEGIN; SELECT ivm.pause('busy'); SELECT ivm.resume('busy'); COMMIT",
	"SELECT ivm.create_view('comes', 'SELECT g, count(*) AS n, sum(x) AS s FROM t GROUP BY g', options => '{\"if_not_exists\": true}')",
	"SELECT ivm.create_view('comes', 'SELECT g, count(*) AS n, sum(x + 1) AS s FROM t GROUP BY g', options => '{\"replace\": true}')",
	"SELECT ivm.create_view('comes_later', 'SELECT name, count(*) AS n FROM t JOIN d USING (g) GROUP BY name', 'deferred', options => '{\"if_not_exists\": true}')",
	"DO \$\$ DECLARE v text; BEGIN FOREACH v IN ARRAY ARRAY['comes', 'comes_later'] LOOP IF to_regclass(v) IS NOT NULL THEN PERFORM ivm.drop_view(v); END IF; END LOOP; END \$\$",
	"SELECT ivm.alter_view('kinds_of', '{\"mode\": \"deferred\", \"max_staleness\": \"0\"}')",
	"SELECT ivm.alter_view('kinds_of', '{\"mode\": \"immediate\"}')",
	"BEGIN; SELECT ivm.create_index('sums', 'total', 'interrupted_index'); ROLLBACK",
	"INSERT INTO b (day, g, x) SELECT date '2026-01-01' + i % 30, i % 50, i FROM generate_series(1, 2000) i",
	"SELECT ivm.refresh('days')", "CALL ivm.backfill('days', '2026-01-03', '2026-01-12')",
	"BEGIN; SELECT ivm.before_alter('b', 'x'); ALTER TABLE b ALTER x TYPE bigint; SELECT ivm.after_alter(); ROLLBACK",
	'VACUUM FULL t', 'SELECT look()', "SELECT ivm.verify_view(view) FROM ivm.views WHERE status = 'ready'");
my @ways = qw(statement_timeout lock_timeout cancel terminate temp_file_limit);

# Errors that were asked for; 55P03 and 57014 are those of the settings, 53400 that of temp_file_limit
my $allowed = qr/^(?:57014|55P03|57P01|53400)$/;
my (%done, %ended);

# Runs an action with something that ends it; the SQLSTATE, or nothing
sub interrupted
{
	my ($action, $way) = @_;
	my $ms = int(exp(rand(log(300)))) + 1;
	# the pid first, and states instead of messages
	my $sql = "\\set VERBOSITY sqlstate\nSELECT 'pid ' || pg_backend_pid();\n";

	$sql .= "SET statement_timeout = ${ms};\n" if $way eq 'statement_timeout';
	$sql .= "SET lock_timeout = @{[ 1 + int($ms / 8) ]};\n" if $way eq 'lock_timeout';
	$sql .= "SET work_mem = '64kB'; SET ivm.pending_mem = '64kB'; SET temp_file_limit = '@{[ 8 * int(rand(20)) ]}kB';\n" if $way eq 'temp_file_limit';
	my $psql = start_sql($node, $db, "$sql$action;\n");
	if ($way =~ /cancel|terminate/)
	{
		my $deadline = time + 10;
		$psql->{run}->pump_nb, usleep(5_000) until $psql->{out} =~ /pid (\d+)/ || !$psql->{run}->pumpable || time > $deadline;
		my ($pid) = $psql->{out} =~ /pid (\d+)/;
		usleep($ms * 1000);
		$node->safe_psql($db, "SELECT pg_${way}_backend($pid)") if $pid;
	}
	finish_sql($psql);
	my ($state) = $psql->{err} =~ /(?:ERROR|FATAL):\s+(\w{5})/;
	return $state if $state;
	return $psql->{err} =~ /server closed|connection/ ? '57P01' : '';
}

my @loads;
for my $round (1 .. $rounds)
{
	if (($round - 1) % 10 == 0)
	{
		@loads = (start_load($node, $db, '-c', 2, '-T', 600, '-R', 40, '-f', load_script('write')),
			start_load($node, $db, '-c', 1, '-T', 600, '-R', 20, '-f', load_script('write_rr')));
	}
	my $action = $actions[ int(rand(@actions)) ];
	my $way = $ways[ int(rand(@ways)) ];
	my $state = interrupted($action, $way);

	$state ? $ended{$state}++ : $done{$way}++;
	like($state, qr/$allowed|^$/, "round $round, $way: $action");
	is($node->safe_psql($db, differences() . ' LIMIT 10'), '', "round $round, $way: exact");
	next if $round % 10 && $round < $rounds;

	# the load ends by a signal to pgbench, which is no error of the server
	$_->{run}->signal('TERM'), finish_load($_) for @loads;
	is(join('', map { errors_in_load($_, qr/terminating|server closed/) } @loads), '', "round $round: the load met no error");
	wait_until($node, $db, q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()});
	# a build that was interrupted is cleaned up by the next call
	after_all($node, $db, "round $round");
	$node->safe_psql($db, q{SELECT ivm.refresh('days')});
	is_exact($node, $db, "round $round: views of b", %more);
	nothing_left($node, $db, "round $round");
	is($node->safe_psql($db, 'SELECT count(*) FROM ivm.progress'), '0', "round $round: nothing is being built");
}
note('interrupted: ' . join(', ', map { "$_: $ended{$_}" } sort keys %ended) . '; in time: ' . join(', ', map { "$_: $done{$_}" } sort keys %done));
cmp_ok(scalar(keys %ended), '>=', $rounds >= 50 ? 3 : 0, 'interrupted in several ways');

# ---- a full disk ----

SKIP:
{
	skip('the full disk is not tried: there is no IVM_SMALL_DISK', 1) unless $ENV{IVM_SMALL_DISK};
	my $disk = $ENV{IVM_SMALL_DISK};
	my ($full, $before) = (0, 0);
	my %small = (
		sums => 'SELECT g, count(*) AS n, sum(x) AS s FROM t GROUP BY g',
		bag => 'SELECT g, x FROM t WHERE x % 3 = 0',
		joined => 'SELECT d.name, count(*) AS n, max(t.x) AS high FROM t JOIN d USING (g) GROUP BY d.name');

	mkdir "$disk/space";
	$node->safe_psql($db, "CREATE TABLESPACE small LOCATION '$disk/space'");
	$node->safe_psql($db, 'CREATE DATABASE small TABLESPACE small');
	$node->safe_psql('small', <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE t (id bigserial PRIMARY KEY, g int, x int);
CREATE TABLE d (g int PRIMARY KEY, name text);
INSERT INTO d SELECT i, 'name' || i FROM generate_series(0, 500) i;
INSERT INTO t (g, x) SELECT i % 2000, i FROM generate_series(1, 3000) i;
SQL
	create_views($node, 'small', %small);
	create_deferred($node, 'small', '{"max_staleness": "0"}', fresh => $small{sums});
	create_deferred($node, 'small', '{}', later => $small{joined});
	my %now = (%small, fresh => $small{sums});

	for my $round (1 .. 12)
	{
		# what is free is taken, but for something
		open my $filler, '>', "$disk/filler" or die "$disk/filler: $!";
		my ($free) = (split /\s+/, (split /\n/, `df -Pk $disk`)[1])[3];
		my $rest = 64 * int(rand(20));
		if ($free > $rest) { syswrite $filler, "\0" x (1024 * ($free - $rest)) }
		close $filler;
		for my $sql ("INSERT INTO t (g, x) SELECT i * 7 % 100000, i FROM generate_series(1, @{[ 500 * $round ]}) i", q{SELECT ivm.refresh('later')}, q{SELECT ivm.fold(view) FROM ivm.views},
			q{CALL ivm.rebuild('bag')}, q{UPDATE t SET x = x + 1 WHERE id % 2 = 0}, q{SELECT ivm.create_view('more', 'SELECT x, g FROM t')})
		{
			my ($rc, $out, $err) = $node->psql('small', "\\set VERBOSITY sqlstate\n$sql");
			$rc == 0 ? $before++ : $full++;
			# the second is said to a new session, by PostgreSQL
			like($err, qr/^$|ERROR:  53100|could not write init file/, "a full disk, round $round: $sql");
		}
		# a little room, since a new session may need to write what it remembers of the catalogue
		truncate "$disk/filler", (-s "$disk/filler") > 1048576 ? (-s "$disk/filler") - 1048576 : 0;
		is_exact($node, 'small', "a full disk, round $round", %now);
		unlink "$disk/filler";
		$node->safe_psql('small', q{SELECT ivm.drop_view('more')}) if $node->safe_psql('small', q{SELECT to_regclass('more')}) ne '';
		$node->safe_psql('small', q{DELETE FROM t WHERE id > 3000; VACUUM t});
		$node->safe_psql('small', q{CALL ivm.refresh_all()});
		is_exact($node, 'small', "a full disk, round $round: refreshed", %now, later => $small{joined});
		is($node->safe_psql('small', q{SELECT viewname, v.* FROM ivm.views, ivm.verify_view(view) v LIMIT 5}), '', "a full disk, round $round: verified");
	}
	note("full disk: $full statements failed, $before did not");
	cmp_ok($full, '>', 5, 'the disk was full');
	$node->safe_psql($db, 'DROP DATABASE small');
	$node->safe_psql($db, 'DROP TABLESPACE small');
}

my $expected = qr/canceling (?:statement|autovacuum)|could not write (?:init file|block)|terminating connection due to administrator|temporary file size exceeds|could not (?:extend|write)|No space left|lock timeout|worker took too long|is not a PostgreSQL backend process|connection to client lost/;
is(unexpected_in_log($node, $expected), '', 'the log has only what was expected');
$node->stop;
done_testing();
