#
# The SQL of README.md runs, block after block, as somebody who follows the page
# would type it; and the views that it leaves behind are exact.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my @blocks = slurp_file("$FindBin::RealBin/../../README.md") =~ /^```sql\n(.*?)^```$/msg;
my $node = make_node('readme');

cmp_ok(scalar @blocks, '>', 5, 'README.md has blocks of SQL');
$node->start;
for my $n (1 .. @blocks)
{
	my ($first) = split /\n/, $blocks[ $n - 1 ];
	my ($out, $err);

	# Comments and NOTICEs aside, nothing is to be said against a block
	is($node->psql('postgres', $blocks[ $n - 1 ], stdout => \$out, stderr => \$err, on_error_stop => 1),
		0, "block $n: $first") or diag($err);
	unlike($err, qr/^(?:psql:.*: )?WARNING/m, "block $n warns of nothing");
	like($out, qr/49\.90/, 'the first example shows what was inserted') if $n == 1;
}

# What the blocks leave, after more changes
$node->safe_psql('postgres', <<'SQL');
INSERT INTO customers SELECT i, 'c' || i % 3 FROM generate_series(1, 20) i;
INSERT INTO orders (customer_id, created_at, amount)
	SELECT 1 + i % 25, timestamptz '2026-03-01' + i * interval '1 hour', i FROM generate_series(1, 500) i;
UPDATE orders SET amount = amount + 1, customer_id = customer_id - 1 WHERE id % 7 = 0;
DELETE FROM orders WHERE amount IN (SELECT max(amount) FROM orders GROUP BY customer_id);
SQL
my @views = split /\n/, $node->safe_psql('postgres',
	q{SELECT format('%I.%I', schemaname, viewname) FROM ivm.views WHERE status = 'ready' ORDER BY 1});
cmp_ok(scalar @views, '>=', 4, 'the blocks leave views');
for my $view (@views)
{
	cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM $view"), '>', 0, "$view has rows");
	is($node->safe_psql('postgres', "SELECT * FROM ivm.verify_view('$view')"), '', "$view is exact");
}

$node->stop;
done_testing();
