#
# pg_stat_statements and auto_explain show the queries that maintain views, under
# a text that names the view; every time, though executor states of such queries
# are kept where nobody watches.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my ($lib) = `pg_config --pkglibdir` =~ /^(.*)$/m;
for my $module (qw(pg_stat_statements auto_explain))
{
	plan skip_all => "$module is not installed" unless () = glob("$lib/$module.*");
}

my $node = make_node('watched');
$node->append_conf('postgresql.conf', <<'CONF');
shared_preload_libraries = 'pg_stat_statements, auto_explain'
pg_stat_statements.track = all
pg_stat_statements.track_planning = on
auto_explain.log_min_duration = 0
auto_explain.log_nested_statements = on
auto_explain.log_analyze = on
auto_explain.log_verbose = on
CONF
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements');

# Every kind of core, so that every kind of query is printed
setup_views($node, 'postgres', 1000);
setup_joins($node, 'postgres');
my %all = (%VIEWS, %JOINS);

sub calls
{
	my ($text) = @_;
	return $node->safe_psql('postgres',
		"SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query = '$text'");
}

cmp_ok(calls('ivm: computing view public.sums'), '>', 0, 'a new view is computed');

$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
$node->safe_psql('postgres', join '', map { "INSERT INTO t (g, x) VALUES ($_, 1);\n" } 1 .. 20);
is(calls('ivm: delta of view public.joined'), 20, 'one query for each write');
is( $node->safe_psql('postgres', <<'SQL'), 't', 'as top-level statements');
SELECT DISTINCT toplevel FROM pg_stat_statements WHERE query = 'ivm: delta of view public.joined'
SQL
is( $node->safe_psql('postgres', <<'SQL'), 't', 'planning is counted, and done once for all');
SELECT plans BETWEEN 1 AND 2 FROM pg_stat_statements WHERE query = 'ivm: delta of view public.joined'
SQL

# What poolers send between two clients leaves the plans of views alone
$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
$node->safe_psql('postgres', join '', map { "INSERT INTO t (g, x) VALUES ($_, 1);\nDISCARD ALL;\n" } 1 .. 20);
is($node->safe_psql('postgres', <<'SQL'), '20|t', 'nothing is planned again after DISCARD ALL');
SELECT calls, plans BETWEEN 1 AND 2 FROM pg_stat_statements WHERE query = 'ivm: delta of view public.joined'
SQL

$node->safe_psql('postgres', <<'SQL');
UPDATE d SET name = 'x' WHERE g = 5;
DELETE FROM t WHERE x = (SELECT min(x) FROM t WHERE g = 3) AND g = 3;
SELECT ivm.fold('ends');
SELECT ivm.reconcile('joined');
SELECT count(*) FROM ivm.verify_view('sums');
SQL
cmp_ok(calls('ivm: computing a key of view public.ends'), '>', 0, 'a key is computed');
cmp_ok(calls('ivm: computing view public.joined'), '>', 0, 'a view is reconciled');
cmp_ok(calls('ivm: reading view public.sums'), '>', 0, 'a view is verified');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_statements WHERE btrim(query) = ''}),
	0, 'no query without a text in pg_stat_statements');

is_exact($node, 'postgres', 'watched', %all);

my $log = slurp_file($node->logfile);
like($log, qr/Query Text: ivm: delta of view public\.joined$/m, 'auto_explain prints the text');
unlike($log, qr/Query Text: *$/m, 'auto_explain prints no query without a text');

$node->stop;
done_testing();
