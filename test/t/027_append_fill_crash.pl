#
# A first fill of an append view in batches, and refreshes, while the server crashes again and
# again, with writers at work: each row is counted once.
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

my $node = make_node('fill');
$node->append_conf('postgresql.conf', "restart_after_crash = off\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int NOT NULL, x int NOT NULL);
INSERT INTO events (k, x) SELECT i % 100, i FROM generate_series(1, 60000) i;
SELECT ivm.create_view('totals', 'SELECT k, count(*) AS n, sum(x) AS s FROM events GROUP BY k', 'append', false,
	'{"watermark": "id", "batch_rows": 400}');
SELECT ivm.create_view('newest', 'SELECT id / 1000 AS thousand, count(*) AS n FROM events GROUP BY 1', 'append', false,
	'{"watermark": "id", "batch_rows": 250, "newest_first": true}');
SQL

my $writes = script('writes', "INSERT INTO events (k, x) SELECT i, 1 FROM generate_series(1, 5) i;\n");
my $refreshes = script('refreshes', "SELECT 1 FROM ivm.refresh('totals');\nSELECT 1 FROM ivm.refresh('newest');\n");
my $batches = 0;
for my $round (1 .. 6)
{
	my $load = start_load($node, 'postgres', '-c', 2, '-T', 30, '-f', $writes);
	my $fill = start_load($node, 'postgres', '-c', 1, '-T', 30, '-f', $refreshes);
	usleep(50_000 + int(rand(250_000)));
	$node->stop('immediate');
	finish_load($_) for ($load, $fill);
	$node->start;
	my $rows = $node->safe_psql('postgres', 'SELECT sum(coalesce(fill_rows, 0)) FROM ivm.append_view');
	note("crash $round, $rows rows of unfinished fills");
	$batches = $node->safe_psql('postgres', 'SELECT count(*) FROM ivm.history WHERE rows_read > 0');
}
cmp_ok($batches, '>', 3, 'some batches were committed between crashes');
$node->safe_psql('postgres', 'CALL ivm.refresh_all()');
$node->safe_psql('postgres', 'CALL ivm.refresh_all()');
for my $view (
	[ totals => 'SELECT k, count(*) AS n, sum(x) AS s FROM events GROUP BY k' ],
	[ newest => 'SELECT id / 1000 AS thousand, count(*) AS n FROM events GROUP BY 1' ])
{
	my ($name, $query) = @$view;
	is($node->safe_psql('postgres', "SELECT count(*) FROM ((TABLE $name EXCEPT ALL ($query)) UNION ALL (($query) EXCEPT ALL TABLE $name)) d"),
		0, "$name has each row once");
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM ivm.append_view WHERE fill_rows IS NOT NULL'), 0, 'both are filled');
$node->stop;
done_testing();
