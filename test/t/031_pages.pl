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

# Per page: how many blocks show something, what it takes for given, and the beginnings of blocks that
# need what is not here
my %pages = (
	'tutorial' => { shown => 15 },
	'security' => { shown => 10 },
	'online' => { shown => 0 });

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
	$node->safe_psql($page, "CREATE EXTENSION ivm") if $page ne 'tutorial';
	while (my ($sql, $expected) = splice @blocks, 0, 2)
	{
		my ($first) = split /\n/, $sql;
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
	is($node->safe_psql($page, q{SELECT viewname, v.* FROM ivm.views, ivm.verify_view(view) v}), '', "$page: its views are exact")
	  if $page ne 'tutorial';
}

$node->stop;
done_testing();
