#
# kill -9 under load: after recovery every view is exact, and still maintained.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = make_node('crash');
$node->start;
setup_views($node, 'postgres', 2000);

my %unlogged = (unlogged_sums => 'SELECT g, count(*) AS n, sum(x) AS total FROM u GROUP BY g',
	unlogged_bag => 'SELECT g, x FROM u');
$node->safe_psql('postgres', <<'SQL');
CREATE UNLOGGED TABLE u (id bigserial, g int, x int);
INSERT INTO u (g, x) SELECT i % 7, i FROM generate_series(1, 100) i;
SQL
create_views($node, 'postgres', %unlogged);

my $script = script('crash', <<'PGBENCH');
\set g random(0, 89)
\set hot random(0, 2)
\set x random(0, 999)
\set id random(1, 3000)
BEGIN;
INSERT INTO t (g, x, f, s) VALUES (:hot, :x, :x / 8.0, 's' || :x);
SAVEPOINT p;
DELETE FROM t WHERE id = :id;
UPDATE t SET g = :g, x = :x WHERE id = :id + 1;
\if :x % 3 = 0
ROLLBACK TO p;
\endif
INSERT INTO u (g, x) VALUES (:hot, :x);
END;
PGBENCH

for my $round (1, 2)
{
	# One transaction stays prepared across the crash, with its locks.
	$node->safe_psql('postgres', <<"SQL");
INSERT INTO t (id, g, x, f, s) VALUES (-$round, 1, -$round, 1, 'd');
BEGIN;
INSERT INTO t (g, x, f, s) VALUES (0, 1, 1, 'p'), (1000 + $round, 1, 1, 'p');
DELETE FROM t WHERE id = -$round;
PREPARE TRANSACTION 'kept$round';
SQL
	my $load = start_load($node, 'postgres', '-c', 8, '-j', 2, '-T', 60, '-f', $script);
	usleep(2_500_000);
	$node->kill9;
	finish_load($load);
	ok(start_again($node), "round $round: recovery");
	is_exact($node, 'postgres', "round $round: after kill -9");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM u'), 0, 'unlogged table is empty');
	is_exact($node, 'postgres', "round $round: views on an unlogged table", %unlogged);
	ok(finish_load(start_load($node, 'postgres', '-c', 8, '-j', 2, '-T', 1, '-f', $script)),
		"round $round: load beside the prepared transaction");
	is_exact($node, 'postgres', "round $round: before COMMIT PREPARED");
	$node->safe_psql('postgres', $round == 1 ? "COMMIT PREPARED 'kept1'" : "ROLLBACK PREPARED 'kept2'");
	is_exact($node, 'postgres', "round $round: after its end");
	$node->safe_psql('postgres', 'SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL');
	is_exact($node, 'postgres', "round $round: after folds");
	is_exact($node, 'postgres', "round $round: unlogged, after new load", %unlogged);
}
$node->stop;
done_testing();
