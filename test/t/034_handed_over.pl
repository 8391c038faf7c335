#
# What a reader has had to compute the worker folds, so that the next reader need not; but not
# again and again.
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

my $node = make_node('handed_over', allows_streaming => 1);
$node->append_conf('postgresql.conf', "autovacuum = off\nmax_worker_processes = 8\nivm.fold_batch = 0\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE t (id serial PRIMARY KEY, g int, x int);
INSERT INTO t (g, x) SELECT i % 2, i % 1000 FROM generate_series(1, 200000) i;
CREATE INDEX ON t (g);
ANALYZE t;
SELECT ivm.create_view('medians', 'SELECT g, percentile_cont(0.5) WITHIN GROUP (ORDER BY x) AS m, count(*) AS n FROM t GROUP BY g');
SELECT ivm.create_view('tops', 'SELECT g, max(x + 0) AS m FROM t GROUP BY g');
CREATE TABLE small (g int, x int);
INSERT INTO small SELECT i % 2, i FROM generate_series(1, 100) i;
SELECT ivm.create_view('smalls', 'SELECT g, array_agg(x ORDER BY x) AS l FROM small GROUP BY g');
SQL

sub delta_of
{
	my ($view) = @_;
	return $node->safe_psql('postgres', "SELECT delta::regclass FROM ivm.view WHERE view = '$view'::regclass");
}

sub waiting
{
	my ($view) = @_;
	return $node->safe_psql('postgres', 'SELECT count(*) FROM ' . delta_of($view));
}

# Does a key come to be folded within some seconds, and stay exact?
sub is_folded
{
	my ($what, $view) = @_;
	my $delta = delta_of($view);
	ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM $delta"), $what);
	is($node->safe_psql('postgres', "SELECT count(*) FROM ivm.verify_view('$view')"), '0', "$view is exact");
	return;
}

sub no_worker
{
	ok($node->poll_query_until('postgres', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'ivm worker')}),
		$_[0]);
	return;
}

$node->safe_psql('postgres', 'INSERT INTO t (g, x) VALUES (1, 5)');
is(waiting('medians'), '1', 'a write marks the key');
no_worker('no reader, no worker');
$node->safe_psql('postgres', 'SELECT * FROM medians WHERE g = 0');
is(waiting('medians'), '1', 'a read of another key asks for nothing');
$node->safe_psql('postgres', 'SELECT * FROM medians WHERE g = 1');
is_folded('a key that was read is folded', 'medians');
like($node->safe_psql('postgres', 'EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM medians WHERE g = 1'), qr/Pending Keys: 0/,
	'the next read computes nothing');

# a reader that may write nothing
$node->safe_psql('postgres', 'DELETE FROM t WHERE x = 999 AND g = 1');
is(waiting('tops'), '1', 'an extreme is lost');
$node->safe_psql('postgres', 'BEGIN READ ONLY; SAVEPOINT s; SELECT * FROM tops; ROLLBACK TO s; COMMIT');
is_folded('a lost extreme that a read-only transaction has met', 'tops');

# two keys in one read
$node->safe_psql('postgres', 'INSERT INTO t (g, x) VALUES (0, 1), (1, 2)');
$node->safe_psql('postgres', 'SELECT * FROM medians');
is_folded('all keys of a read', 'medians');

# a key with several deltas: each of these transactions finds it locked by those before
$node->safe_psql('postgres', "BEGIN; INSERT INTO t (g, x) VALUES (1, 7); PREPARE TRANSACTION '$_'") for 1 .. 4;
$node->safe_psql('postgres', "COMMIT PREPARED '$_'") for 1 .. 4;
cmp_ok(waiting('medians'), '>', 1, 'a key has several deltas');
$node->safe_psql('postgres', 'SELECT * FROM medians');
is_folded('a key with several deltas', 'medians');

# what only the transaction itself has changed is nothing to be folded, nor is what costs little
$node->safe_psql('postgres', 'BEGIN; INSERT INTO t (g, x) VALUES (1, 5); SELECT * FROM medians; ROLLBACK');
is(waiting('medians'), '0', 'own changes that were rolled back');
$node->safe_psql('postgres', 'INSERT INTO small VALUES (1, 1); SELECT * FROM smalls');
usleep(1_500_000);
is(waiting('smalls'), '1', 'a key of a small table stays dirty');

# a key that is written and read all the time
my $before = time;
my $folds = 0;
my $reads = 0;
while (time - $before < 12)
{
	$node->safe_psql('postgres', 'INSERT INTO t (g, x) VALUES (1, 5); SELECT * FROM medians WHERE g = 1');
	$reads++;
}
$folds = $node->safe_psql('postgres',
	"SELECT coalesce(sum(n_tup_upd + n_tup_ins), 0) FROM pg_stat_all_tables WHERE relid = (SELECT state FROM ivm.view WHERE view = 'medians'::regclass)");
cmp_ok($folds, '<', $reads, "a hot key is not folded after each of $reads reads");
is_folded('it is folded when it is quiet', 'medians');

# A fold that takes long is followed by a pause that is longer than the worker stays without work; what is
# asked for in it is not forgotten.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.4); RETURN $1; END';
CREATE TABLE wide (g int, x int, filler text);
INSERT INTO wide SELECT i % 400 + 5, i, repeat('x', 1000) FROM generate_series(1, 1600) i;
CREATE INDEX ON wide (g);
ANALYZE wide;
SELECT ivm.create_view('slows', 'SELECT g, array_agg(slow(x) ORDER BY x) AS l FROM wide WHERE g = 1 GROUP BY g');
INSERT INTO wide SELECT 1, x FROM generate_series(1, 4) x;
SELECT * FROM slows;
SQL
ok($node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM ' . delta_of('slows')), 'a slow fold');
$node->safe_psql('postgres', 'UPDATE wide SET x = 5 WHERE g = 1 AND x = 4; SELECT * FROM slows');
is(waiting('slows'), '1', 'the next one has to wait');
ok($node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM ' . delta_of('slows')), 'and is done');

# the worker leaves, and comes back when it is asked
no_worker('without requests the worker leaves');
$node->safe_psql('postgres', 'INSERT INTO t (g, x) VALUES (1, 5)');
$node->safe_psql('postgres', 'SELECT * FROM medians WHERE g = 1');
is_folded('another one comes', 'medians');

# deltas that nobody folds: who reads many of them has a worker come that does
no_worker('no worker that could fold by itself');
$node->safe_psql('postgres', q{CREATE TABLE s (g int, x int); SELECT ivm.create_view('serial', 'SELECT g, count(*) AS n, sum(x) AS total FROM s GROUP BY g')});
my $load = start_load($node, 'postgres', '-c', 4, '-t', 400, '-f', script('serial', <<'SQL'));
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO s VALUES (:client_id, 1);
COMMIT;
SQL
ok(finish_load($load), 'writers that only append');
is(waiting('serial'), '1600', 'all of it waits');
$node->safe_psql('postgres', 'SELECT * FROM serial');
is_folded('a reader has it folded', 'serial');

# switched off, readers compute for themselves
$node->append_conf('postgresql.conf', 'ivm.worker = off');
$node->reload;
no_worker('switched off');
$node->safe_psql('postgres', 'INSERT INTO t (g, x) VALUES (1, 5)');
$node->safe_psql('postgres', 'SELECT * FROM medians WHERE g = 1');
no_worker('nobody starts it');
is(waiting('medians'), '1', 'and the key stays dirty');
$node->stop;
done_testing();
