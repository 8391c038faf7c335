#
# The SQL of pages of doc/ runs, block after block, as somebody who follows the page would
# type it, and shows what the page says that it shows. README.md, modes.md and
# monitoring.md have tests of their own.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $doc = "$FindBin::RealBin/../../doc";

# Per page: how many blocks show something, and what it takes for given
my %pages = (
	tutorial => { shown => 14 },
	security => { shown => 13 },
	online => { shown => 0 },
	append => { shown => 0 },
	deferred => {
		shown => 1,
		given => q{
			CREATE TABLE orders (created_at timestamptz, amount numeric);
			INSERT INTO orders SELECT timestamptz '2026-04-01' + i % 10 * interval '1 hour', i FROM generate_series(0, 99999) i;
			ANALYZE orders;
			SELECT ivm.create_view('hourly_orders', $$SELECT date_trunc('hour', created_at) AS hour, count(*) AS orders FROM orders GROUP BY 1$$, 'deferred');
			INSERT INTO orders SELECT timestamptz '2026-04-01 07:00' + i % 4 * interval '1 hour', i FROM generate_series(1, 1042) i} },
	time => { shown => 0, given => q{CREATE TABLE usage_events (created_at timestamptz, account int, bytes bigint)} },
	deployment => {
		shown => 0,
		given => q{
			CREATE ROLE app;
			CREATE TABLE sales (customer int, amount numeric);
			INSERT INTO sales VALUES (1, 10), (2, 20);
			SELECT ivm.create_view('customer_sales', 'SELECT customer, sum(amount) AS amount FROM sales GROUP BY customer');
			SELECT ivm.create_view('totals', 'SELECT sum(amount) AS total FROM customer_sales')} },
	operations => {
		shown => 0,
		given => q{
			CREATE TABLE orders (created_at timestamptz, amount numeric);
			SELECT ivm.create_view('daily_revenue', $$SELECT date_trunc('day', created_at) AS day, sum(amount) AS revenue FROM orders GROUP BY 1$$)} },
	ddl => { shown => 0, given => q{CREATE TYPE size AS ENUM ('small', 'large')} });

# What is not installed here: pg_cron; pg_stat_statements is tried by 012_watched.pl
my $not_here = qr/\bcron\.|\bpg_stat_statements\b/;

my $node = make_node('pages');

$node->start;

# What psql prints, errors among it
sub typed
{
	my ($db, $sql) = @_;
	my $out = '';

	IPC::Run::run([ 'psql', '-Xq', '-P', 'pager=off', '-d', $node->connstr($db) ], '<', \$sql, '>&', \$out);
	return $out;
}

for my $page (sort keys %pages)
{
	# A block, and what it shows where the page says so
	my @blocks = slurp_file("$doc/$page.md") =~ /^```sql\n(.*?)^```$(?:\n+```\n(.*?)^```$)?/msg;
	my $shown = 0;

	$node->safe_psql('postgres', "CREATE DATABASE $page");
	$node->safe_psql($page, 'CREATE EXTENSION ivm; ' . ($pages{$page}->{given} // '')) if $page ne 'tutorial';
	while (my ($sql, $expected) = splice @blocks, 0, 2)
	{
		my ($first) = split /\n/, $sql;
		next if $sql =~ $not_here;
		my $out = typed($page, $sql);

		if (defined $expected)
		{
			s/[ \t]+$//mg, s/\n+\z/\n/ for $out, $expected;
			is($out, $expected, "$page: $first: shows what the page says");
			$shown++;
		}
		else
		{
			unlike($out, qr/^(?:ERROR|WARNING)/m, "$page: $first");
		}
	}
	cmp_ok($shown, '>=', $pages{$page}->{shown}, "$page shows results");
	is($node->safe_psql($page, q{CALL ivm.refresh_all(); SELECT viewname, v.* FROM ivm.views, ivm.verify_view(view) v}), '', "$page: its views are exact")
	  if $page ne 'tutorial';
}

$node->stop;
done_testing();
