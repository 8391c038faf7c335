#
# The SQL of doc/scale-out.md runs, block after block, on the servers that the first line of each names, and shows what the
# page says that it shows. Then views are what their definitions give: on the reporting server, on a standby
# of it, and on shards, under changes of all of them.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Branches and shards are databases of one server; subscriber and coordinator of another
my $sources = make_node('sources', allows_streaming => 'logical');
my $readers = make_node('readers', allows_streaming => 'logical');
$readers->append_conf('postgresql.conf', "max_worker_processes = 20\nmax_logical_replication_workers = 12\n");
$_->start for $sources, $readers;

my @branches = map { "branch$_" } 1 .. 3;
my @shards = map { "shard$_" } 1 .. 2;
$sources->safe_psql('postgres', "CREATE DATABASE $_") for @branches, @shards;
$readers->safe_psql('postgres', "CREATE DATABASE $_") for qw(reporting coordinator);

my %where = (
	'each branch' => \@branches,
	'each shard' => \@shards,
	'the reporting server' => ['reporting'],
	'the coordinator' => ['coordinator'],
	map { ("branch $_" => ["branch$_"]) } 1 .. 3);

# What psql prints, errors among it; names of servers are put in
sub typed
{
	my ($db, $sql) = @_;
	my ($node) = grep { $db =~ /^(?:branch|shard)/ ? $_ == $sources : $_ == $readers } $sources, $readers;
	my ($host, $port) = ($sources->host, $sources->port);
	my $out = '';

	$sql =~ s/host=(\w+) dbname=shop/host=$host port=$port dbname=$1/g;
	$sql =~ s/host '(\w+)', dbname 'shop'/host '$host', port '$port', dbname '$1'/g;
	IPC::Run::run([ 'psql', '-Xq', '-P', 'pager=off', '-d', $node->connstr($db) ], '<', \$sql, '>&', \$out);
	return $out;
}

my @blocks = slurp_file("$FindBin::RealBin/../../doc/scale-out.md") =~ /^```sql\n(.*?)^```$(?:\n+```\n(.*?)^```$)?/msg;
my $shown = 0;
while (my ($sql, $expected) = splice @blocks, 0, 2)
{
	my ($first) = $sql =~ /^-- on (.*)$/m;
	ok($where{$first // ''}, "somewhere: $first") or next;
	for my $db (@{ $where{$first} })
	{
		my $out = typed($db, $sql);

		if (defined $expected)
		{
			s/[ \t]+$//mg, s/\n+\z/\n/ for $out, $expected;
			is($out, $expected, "on $db: shows what the page says");
			$shown++;
		}
		else
		{
			unlike($out, qr/^(?:ERROR|WARNING)/m, "on $db") or diag($out);
		}
	}
}
cmp_ok($shown, '>=', 1, 'the page shows results');

my %views = (
	daily_sales => 'SELECT day, count(*) AS sales, sum(amount) AS amount, max(amount) AS largest FROM sales GROUP BY day',
	branch_sales => 'SELECT branch, count(*) AS sales, sum(amount) AS amount FROM sales GROUP BY branch');

# ---- the reporting server, and its standby ----

$readers->wait_for_subscription_sync($sources, $_, 'reporting') for @branches;
$readers->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($readers, 'base', has_streaming => 1);
$standby->start;

my $old = $readers->background_psql('reporting');
$old->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM sales');
for my $n (1 .. 3)
{
	$sources->safe_psql("branch$n", <<"SQL");
INSERT INTO sales (branch, day, customer, amount) SELECT $n, date '2026-03-01' + i % 9, i % 5, i FROM generate_series(1, 300) i;
UPDATE sales SET day = day + 1, amount = amount / 2 WHERE id % 7 = 0;
DELETE FROM sales WHERE id % 11 = 0;
INSERT INTO heartbeat VALUES ($n, now()) ON CONFLICT (branch) DO UPDATE SET at = excluded.at;
SQL
}
my $beat = $sources->safe_psql('branch3', 'SELECT at FROM heartbeat');
# what was committed before the heartbeat is there with it
wait_until($readers, 'reporting', "SELECT at = '$beat' FROM heartbeat WHERE branch = 3");
is($readers->safe_psql('reporting', "SELECT sales FROM branch_sales, heartbeat WHERE branch_sales.branch = 3 AND heartbeat.branch = 3 AND at >= '$beat'"),
	$sources->safe_psql('branch3', 'SELECT count(*) FROM sales'), 'a heartbeat tells that all before it is there');
is($old->query_safe(diff_query(%views)), '', 'exact: an older snapshot');
$sources->wait_for_catchup($_) for @branches;
is_exact($readers, 'reporting', 'the reporting server', %views);
for my $n (1 .. 3)
{
	is($readers->safe_psql('reporting', "SELECT sales, amount FROM branch_sales WHERE branch = $n"), $sources->safe_psql("branch$n", 'SELECT count(*), sum(amount) FROM sales'),
		"which has what branch $n has");
}
$readers->wait_for_catchup($standby, 'replay', $readers->lsn('insert'));
is_exact($standby, 'reporting', 'its standby', %views);
$old->quit;

# ---- shards ----

$readers->safe_psql('coordinator', <<'SQL');
INSERT INTO sales SELECT 1 + i % 2, i, date '2026-03-01' + i % 9, i % 5, i FROM generate_series(10, 300) i;
UPDATE sales SET amount = amount + 1, day = day + 1 WHERE id % 5 = 0;
DELETE FROM sales WHERE id % 7 = 0;
SQL
is_exact($readers, 'coordinator', 'the sum of the shards', daily_sales => 'SELECT day, count(*) AS sales, sum(amount) AS amount, max(amount) AS largest FROM sales GROUP BY day');
is_exact($sources, $_, $_, daily_sales => $views{daily_sales}) for @shards;
like($readers->safe_psql('coordinator', q{EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM daily_sales WHERE day = '2026-03-01'}), qr/Remote SQL: .*daily_sales WHERE \(\(day = '2026-03-01'/,
	'conditions are sent to the shards');
# in one transaction a shard's part does not change
my $reader = $readers->background_psql('coordinator');
my $sum = 'SELECT sum(sales), sum(amount) FROM daily_sales';
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
my $first = $reader->query_safe($sum);
$sources->safe_psql('shard1', q{INSERT INTO sales VALUES (1, 100000, '2026-03-01', 1, 1)});
is($reader->query_safe($sum), $first, 'REPEATABLE READ: the sum comes twice');
$reader->query_safe('COMMIT');
isnt($reader->query_safe($sum), $first, 'and is another one afterwards');
$reader->quit;
# what is refused
$readers->safe_psql('coordinator', 'CREATE EXTENSION ivm');
for my $table (qw(sales daily_sales1))
{
	my ($rc, $out, $err) = $readers->psql('coordinator', "SELECT ivm.create_view('v', 'SELECT day, count(*) AS n FROM $table GROUP BY day')");
	like($err, qr/ERROR:  .*\w+"? is a foreign table/, "no view over $table");
}

$readers->safe_psql('reporting', "DROP SUBSCRIPTION $_") for @branches;
$_->stop for $standby, $readers, $sources;
done_testing();
