#
# Observers at REPEATABLE READ compare views and definitions, twice in one snapshot, while sessions at all isolation levels
# write, fold, refresh, rebuild, reconcile, create indexes, and vacuum, for IVM_SOAK_SECONDS (60) with two to IVM_SOAK_CLIENTS (16)
# writers of each kind. No difference, no deadlock, no failure at READ COMMITTED or REPEATABLE READ, where the tables give no cause for one.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../t";
use IvmLoad;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);

my $db = 'postgres';
my $seconds = $ENV{IVM_SOAK_SECONDS} || 60;
my $most = $ENV{IVM_SOAK_CLIENTS} || 16;
my $node = make_load_node('soak');

$node->append_conf('postgresql.conf', "max_connections = 150\nmax_locks_per_transaction = 128\n");
$node->start;
setup_load($node, $db);

my $indexes = script('soak_indexes', <<'SQL');
SELECT ivm.create_index('sums', 'total', 'soak_total');
\sleep 200 ms
DROP INDEX ivm_data.soak_total;
SELECT ivm.create_index('ends', 'high', 'soak_high');
\sleep 200 ms
DROP INDEX ivm_data.soak_high;
SQL
my @storage = split /\n/, $node->safe_psql($db, q{SELECT unnest(ARRAY[state, delta]) FROM ivm.view WHERE mode = 'immediate' ORDER BY id});
my ($counted, $failed, $looks) = (0, '', 0);
my $end = time + $seconds;
my ($round, $clients) = (0, 2);

while (time < $end)
{
	my $for = $end - time > 20 ? 20 : int($end - time) + 1;
	my @loads = (
		start_load($node, $db, '-c', $clients, '-j', 2, '-T', $for, '-f', load_script('write')),
		start_load($node, $db, '-c', $clients, '-T', $for, '-f', load_script('write_rr')),
		start_load($node, $db, '-c', 2, '-T', $for, '--max-tries=1000', '-f', load_script('write_serializable')),
		start_load($node, $db, '-c', 2, '-T', $for, '-f', load_script('prepare')),
		(map { start_load($node, $db, '-c', 1, '-T', $for, '-f', load_script($_)) } qw(many refresh maintain)),
		start_load($node, $db, '-c', 1, '-T', $for, '-f', $indexes),
		start_load($node, $db, '-c', 2, '-T', $for, '-f', load_script('observe')));
	my $until = time + $for;

	$round++;
	while (time < $until - 1)
	{
		my $table = $storage[ int(rand(@storage)) ];
		my $command = ("VACUUM FULL $table", "VACUUM $table", "REINDEX TABLE CONCURRENTLY $table", 'VACUUM t', "VACUUM FULL $table")[ int(rand(5)) ];
		my ($rc, $out, $err) = $node->psql($db, $command);
		$failed .= "$command: $err\n" if $rc;
		usleep(300_000);
	}
	for my $n (0 .. $#loads)
	{
		my $good = finish_load($loads[$n]);
		my ($transactions) = $loads[$n]->{out} =~ /number of transactions actually processed: (\d+)/;
		my ($failures) = $loads[$n]->{out} =~ /number of failed transactions: (\d+)/;

		$counted += $transactions // 0;
		$looks += 2 * ($transactions // 0) if $n == $#loads;
		# serialization failures are for SERIALIZABLE
		$failed .= "client $n of round $round: @{[ errors_in_load($loads[$n], qr/^$/) ]}\n" if !$good || ($failures && $n != 2);
	}
	last if $failed ne '';
	$clients = $clients * 2 > $most ? 2 : $clients * 2;
	after_all($node, $db, "round $round");
	nothing_left($node, $db, "round $round");
}
is($failed, '', 'nothing failed');
cmp_ok($looks, '>', 2, "$looks comparisons beside $counted transactions");
my $log = slurp_file($node->logfile);
unlike($log, qr/ 40P01 /, 'no deadlock');
unlike($log, qr/ XX\d\d\d /, 'no internal error');
unlike($log, qr/difference:/, 'no difference');
is(unexpected_in_log($node, qr/could not serialize access|canceling autovacuum|worker took too long/), '', 'the log has only what was expected');
$node->stop;
done_testing();
