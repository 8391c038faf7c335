#
# The queries of TPC-H as views, on a small data set under test/bench/tpch:
# after refresh functions and touches of every table, in the middle of
# transactions, and with all tables empty, each view has the rows of its query.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

# Queries that are refused.  What is not listed here must be a view.
my @refused = ();

my $dir = "$FindBin::RealBin/../bench/tpch";
my $node = make_node('tpch');
$node->append_conf('postgresql.conf', "jit = off\nmax_parallel_workers_per_gather = 0\n");
$node->start;

sub sql { return $node->safe_psql('postgres', @_) }

sql(join('', "CREATE EXTENSION ivm;\n", map { "\\i $dir/$_.sql\n" } qw(schema data keys steps views)),
	extra_params => [ '-v', 'sf=0.002' ]);

# ---------------------------------------------------------------------------
# Creation
# ---------------------------------------------------------------------------
my @queries = map { m{/(q\d\d)\.sql$} } sort glob "$dir/q??.sql";
is(scalar @queries, 22, '22 queries');
for my $q (@queries)
{
	my $text = slurp_file("$dir/$q.sql");
	sql("CALL tpch.add_query('$q', \$query\$$text\$query\$)");
	sql("CALL tpch.create_view('$q')");
	my $refusal = sql("SELECT refusal FROM tpch.query WHERE name = '$q'");
	if (grep { $_ eq $q } @refused)
	{
		isnt($refusal, '', "$q is refused (if not: take it out of the list)");
	}
	else
	{
		is($refusal, '', "$q is a view");
	}
	isnt(sql("SELECT count(*) FROM ($text) q" =~ s/:fraction/0.015/gr), '0', "$q finds something");
}

# What a change of one table has to recompute as a whole: nothing
is(sql(q{SELECT name || ': ' || construct FROM tpch.query, ivm.explain_view(to_regclass(name))
	WHERE to_regclass(name) IS NOT NULL AND strategy LIKE 'recompute%' AND construct LIKE 'FROM %'}),
	'', 'no table announced to recompute a view');

# ---------------------------------------------------------------------------
# Exactness
# ---------------------------------------------------------------------------

# How often the result of each query was another than before
my (%result, %changed);

# Fails if the lines of tpch.check(true) tell of a difference.
sub judge
{
	my ($what, $lines) = @_;
	my @wrong;

	for (split /\n/, $lines)
	{
		my ($q, $result, $differences) = split /\|/;
		$changed{$q}++ if defined $result{$q} && $result{$q} ne $result;
		$result{$q} = $result;
		push @wrong, "$q: $differences" if $differences;
	}
	is("@wrong", '', "exact: $what");
	return;
}

my $check = 'SELECT * FROM tpch.check(true)';
judge('created', sql($check));
my @tables = qw(region nation supplier part partsupp customer orders lineitem);
judge($_, sql("CALL tpch.$_; $check"))
  for 'rf1(40)', 'rf2(40)', map { "touch_$_(1)" } @tables, qw(new all many);
sql('SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL');
judge('folded', sql($check));

# Several transactions from one check to the next
for my $steps (
	[ 'rf1(30)', map { "touch_$_(2)" } @tables ],
	[ 'touch_new(2)', 'touch_all(2)', 'rf2(50)', 'touch_many(2)' ])
{
	judge("@$steps", sql(join('', map { "CALL tpch.$_;" } @$steps) . $check));
}

# Within a transaction, after rolling back to a savepoint, after rolling it back
for my $step (qw(touch_supplier touch_orders touch_all touch_many))
{
	judge("within a transaction, $step", sql("BEGIN; CALL tpch.$step(3); $check; ROLLBACK"));
}
judge('rolled back', sql($check));
judge('within a transaction, rolled back to a savepoint',
	sql("BEGIN; CALL tpch.rf1(10); SAVEPOINT a; CALL tpch.touch_all(4); CALL tpch.rf2(20); "
		  . "ROLLBACK TO a; CALL tpch.touch_lineitem(5); $check; COMMIT"));
judge('committed', sql($check));
for my $q (@queries)
{
	cmp_ok($changed{$q} // 0, '>=', 3, "the result of $q has changed");
}

# Order and limit are those of the query.
for my $q (grep { my $q = $_; !grep { $q eq $_ } @refused } @queries)
{
	is(sql("TABLE $q"), sql(sql("SELECT definition FROM tpch.query WHERE name = '$q'")),
		"rows of $q in order");
}

# Nothing to join with, and tables that become empty and full again
sql('CREATE TABLE kept_lines AS TABLE lineitem; CREATE TABLE kept_orders AS TABLE orders');
for my $step (
	'DELETE FROM lineitem', 'DELETE FROM orders',
	'INSERT INTO orders TABLE kept_orders', 'INSERT INTO lineitem TABLE kept_lines',
	'TRUNCATE lineitem', 'INSERT INTO lineitem TABLE kept_lines',
	'TRUNCATE region, nation, supplier, part, partsupp, customer, orders, lineitem')
{
	judge($step, sql("$step; $check"));
}

is(sql(q{SELECT string_agg(viewname || ' is ' || status, ', ') FROM ivm.views WHERE status <> 'ready'}),
	'', 'all views are read from their storage');
unlike(slurp_file($node->logfile), qr/ XX\d\d\d /, 'no internal error');
$node->stop;
done_testing();
