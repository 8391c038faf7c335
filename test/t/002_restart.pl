#
# A session that has never loaded the library, and has nothing preloaded, reads
# exactly with its first query, whatever that query looks like.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('restart');
$node->start;
setup_views($node, 'postgres', 5000);
$node->safe_psql('postgres', <<'SQL');
CREATE VIEW above AS SELECT g, total FROM sums WHERE n > 0;
CREATE FUNCTION by_sql(k int) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT total FROM sums WHERE g = k';
CREATE FUNCTION by_plpgsql(k int) RETURNS numeric LANGUAGE plpgsql AS
	'BEGIN RETURN (SELECT total FROM sums WHERE g = k); END';
CREATE MATERIALIZED VIEW copied AS SELECT * FROM sums WITH NO DATA;
SQL

# Deltas that nobody folds: a serializable transaction only appends.
$node->safe_psql('postgres', <<'SQL');
SET default_transaction_isolation = serializable;
INSERT INTO t (g, x, f, s) SELECT i % 30, i, i, 'p' FROM generate_series(1, 300) i;
DELETE FROM t WHERE id % 40 = 1;
UPDATE t SET g = g + 200 WHERE id % 50 = 2;
SQL

for my $how ('as it was', 'restarted', 'restarted at once')
{
	$node->restart if $how eq 'restarted';
	if ($how eq 'restarted at once')
	{
		$node->stop('immediate');
		$node->start;
	}
	is_exact($node, 'postgres', "first query, $how");

	my $expected = $node->safe_psql('postgres', 'SELECT g, sum(x) FROM t GROUP BY g ORDER BY g');
	my ($one) = $expected =~ /^3\|(.*)$/m;
	my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;'
	  . ' SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 3;';
	my %first = (
		'SELECT g, total FROM sums ORDER BY g' => $expected,
		'SELECT g, total FROM above ORDER BY g' => $expected,
		'COPY (SELECT g, total FROM sums ORDER BY g) TO STDOUT (DELIMITER \'|\')' => $expected,
		'BEGIN; DECLARE c CURSOR FOR SELECT g, total FROM sums ORDER BY g; FETCH ALL FROM c' => $expected,
		"PREPARE p AS SELECT g, total FROM sums WHERE g >= \$1 ORDER BY g; SET plan_cache_mode = force_generic_plan; EXECUTE p (-1)" => $expected,
		"$parallel SELECT g, total FROM sums ORDER BY g" => $expected,
		'REFRESH MATERIALIZED VIEW copied; SELECT g, total FROM copied ORDER BY g' => $expected,
		'WITH s AS MATERIALIZED (SELECT * FROM sums) SELECT g, total FROM s ORDER BY g' => $expected,
		'SELECT by_sql(3)' => $one,
		'SELECT by_plpgsql(3)' => $one,
		'DO $$ BEGIN PERFORM FROM sums; END $$; SELECT total FROM sums WHERE g = 3' => $one,
		'SELECT s.total FROM (VALUES (3)) v (k) JOIN LATERAL (SELECT total FROM sums WHERE g = k) s ON true' => $one,
		"INSERT INTO t (g, x) VALUES (NULL, 0); SELECT total FROM sums WHERE g = 3; DELETE FROM t WHERE g IS NULL" => $one,
	);
	for my $query (sort keys %first)
	{
		is($node->safe_psql('postgres', $query), $first{$query},
			"$how: " . substr($query =~ s/^SET para.*= 3; /parallel: /r, 0, 70));
	}
	is( $node->safe_psql('postgres', 'SELECT count(*) FROM ivm.view WHERE part_of IS NULL'),
		scalar keys %VIEWS, "$how: catalogue");
}
$node->safe_psql('postgres', 'SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL');
is_exact($node, 'postgres', 'folded');
$node->stop;
done_testing();
