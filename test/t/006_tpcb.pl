#
# pgbench's TPC-B script with views on accounts, branches, tellers and history:
# the invariants hold through the views, in every snapshot, with writers of all
# isolation levels.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('tpcb');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION ivm');
$node->command_ok([ 'pgbench', '-i', '-q', '-s', 2, '--foreign-keys', '-h', $node->host, '-p', $node->port, 'postgres' ],
	'pgbench -i');

my %views = (
	accounts_by_branch => 'SELECT bid, sum(abalance) AS balance, count(*) AS n FROM pgbench_accounts GROUP BY bid',
	accounts_total => 'SELECT sum(abalance) AS balance, min(abalance) AS low, max(abalance) AS high FROM pgbench_accounts',
	branches_total => 'SELECT sum(bbalance) AS balance FROM pgbench_branches',
	tellers_by_branch => 'SELECT bid, sum(tbalance) AS balance FROM pgbench_tellers GROUP BY bid',
	history_by_branch => 'SELECT bid, sum(delta) AS balance, count(*) AS n FROM pgbench_history GROUP BY bid',
	history_by_teller => 'SELECT tid, sum(delta) AS balance, max(delta) AS high, min(delta) AS low FROM pgbench_history GROUP BY tid');
create_views($node, 'postgres', %views);

my $invariant = <<'SQL';
SELECT count(DISTINCT balance), count(*) FROM (
	SELECT coalesce(balance, 0) AS balance FROM accounts_total
	UNION ALL SELECT coalesce(balance, 0) FROM branches_total
	UNION ALL SELECT coalesce(sum(balance), 0) FROM accounts_by_branch
	UNION ALL SELECT coalesce(sum(balance), 0) FROM tellers_by_branch
	UNION ALL SELECT coalesce(sum(balance), 0) FROM history_by_branch
	UNION ALL SELECT coalesce(sum(balance), 0) FROM history_by_teller) b
SQL
is($node->safe_psql('postgres', $invariant), '1|6', 'invariants at the start');

my @loads;
for my $level ('read committed', 'repeatable read', 'serializable')
{
	local $ENV{PGOPTIONS} = '-c default_transaction_isolation=' . $level =~ s/ /\\ /r;
	push @loads, start_load($node, 'postgres', '-c', $level eq 'read committed' ? 16 : 4,
		'-j', 2, '-T', 7, '--max-tries', 0, '-b', 'tpcb-like');
}
my ($rounds, $good, $exact) = (0, 0, 0);
while (grep { $_->{run}->pumpable } @loads)
{
	$_->{run}->pump_nb for grep { $_->{run}->pumpable } @loads;
	$rounds++;
	$good++ if $node->safe_psql('postgres', $invariant) eq '1|6';
	$node->safe_psql('postgres', 'SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL') if $rounds % 4 == 0;
	# The reader sees the same in all of a REPEATABLE READ transaction.
	$exact++ if $node->safe_psql('postgres',
		'BEGIN ISOLATION LEVEL REPEATABLE READ; ' . diff_query(%views) . " LIMIT 5; $invariant; COMMIT") eq '1|6';
	last if $rounds > 200;
}
ok(finish_load($_), 'pgbench') for @loads;
like($loads[0]{out}, qr/number of failed transactions: 0 /, 'no failures at READ COMMITTED');
cmp_ok($rounds, '>', 2, 'readers beside the load');
is($good, $rounds, 'invariants in each snapshot');
is($exact, $rounds, 'exact in each snapshot');
is($node->safe_psql('postgres', $invariant), '1|6', 'invariants at the end');
is_exact($node, 'postgres', 'at the end', %views);
$node->safe_psql('postgres', 'SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL');
is_exact($node, 'postgres', 'folded', %views);
unlike(slurp_file($node->logfile), qr/ (XX\d\d\d|40P01) /, 'no internal error, no deadlock');
$node->stop;
done_testing();
