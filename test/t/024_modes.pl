#
# The SQL of doc/modes.md runs, block after block, as somebody who follows the page
# would type it, and shows what the page says that it shows.  Meanwhile a reader with
# no more than the rights that the page gives it looks at what is migrated, by
# prepared statements, and never meets an error.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

# A block, and what it shows where the page says so
my @blocks = slurp_file("$FindBin::RealBin/../../doc/modes.md") =~ /^```sql\n(.*?)^```$(?:\n+```\n(.*?)^```$)?/msg;
my %readers = (
	account_usage => q{SELECT * FROM account_usage ORDER BY hour, account_id},
	daily_sales => q{SELECT * FROM daily_sales ORDER BY day, category LIMIT 3},
	monthly_sales => q{SELECT * FROM monthly_sales ORDER BY month},
	stock => q{SELECT * FROM stock ORDER BY article});
my %prepared;
my $node = make_node('modes');

$node->start;
my $second = $node->background_psql('postgres');
my $reader = $node->background_psql('postgres', on_error_stop => 0);

# Runs a statement for the reader; its errors
sub read_by
{
	my ($statement) = @_;
	my $err;

	$reader->query($statement);
	$err = $reader->{stderr};
	$reader->{stderr} = '';
	return $err;
}

# What psql prints for a block as somebody sees it who types it in
sub typed
{
	my ($sql) = @_;
	my ($out, $err) = ('', '');

	IPC::Run::run([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-P', 'pager=off', '-d', $node->connstr('postgres'), '-f', script('block', $sql) ],
		'<', \undef, '>', \$out, '2>', \$err);
	return ($? >> 8, $out, $err);
}

my $shown = 0;
while (my ($sql, $expected) = splice @blocks, 0, 2)
{
	my ($first) = split /\n/, $sql;

	if ($first =~ /^-- in (?:a|the) second session$/)
	{
		$second->query_safe($sql);
		pass("second session: $sql");
		next;
	}
	my ($rc, $out, $err) = typed($sql);
	is($rc, 0, $first) or diag($err);
	unlike($err, qr/WARNING/, 'it warns of nothing');
	if (defined $expected)
	{
		s/[ \t]+$//mg, s/\n+\z/\n/ for $out, $expected;
		is($out, $expected, 'it shows what the page says');
		$shown++;
	}

	my @names = split /\n/, $node->safe_psql('postgres',
		"SELECT n FROM unnest('{" . join(',', sort keys %readers) . "}'::text[]) n WHERE to_regclass(n) IS NOT NULL ORDER BY n");
	for my $name (grep { !$prepared{$_}++ } @names)
	{
		is(read_by("SET ROLE dashboards; PREPARE $name AS $readers{$name};"), '', "the reader prepares $name");
	}
	is(read_by(join ' ', map { "EXECUTE $_;" } @names), '', "the reader reads @names");
}
cmp_ok($shown, '>', 10, 'the page shows results');
is(scalar keys %prepared, 4, 'the reader has read all that was migrated');

# What the page leaves
is($node->safe_psql('postgres', q{SELECT viewname, mode, status FROM ivm.views ORDER BY 1}),
	"account_usage_hourly|append|ready\ndaily_sales|deferred|ready\nstock|immediate|ready\nstock_by_size|deferred|ready", 'the views that it leaves');
$node->safe_psql('postgres', q{SELECT FROM ivm.views, ivm.refresh(view) WHERE mode <> 'immediate'});
is($node->safe_psql('postgres', q{SELECT viewname, v.* FROM ivm.views, ivm.verify_view(view) v}), '', 'they are exact');

$_->quit for $second, $reader;
$node->stop;
done_testing();
