#
# kill -9 of a backend, of the worker, of another process of the server, and of the server as a whole, at random moments of a
# mixed load over views of all modes, IVM_KILLS times (10). After each, every view is exact, both ways, nothing is locked any more,
# and the server's log has only what was made to be there. IVM_SEED repeats the choices.
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
my $kills = $ENV{IVM_KILLS} || 10;
my $seed = $ENV{IVM_SEED} || int(rand(2**31));
my $node = make_load_node('kills');

srand($seed);
note("seed $seed");
$node->start;
setup_load($node, $db);

my %killed;
# what pgbench and psql say of a server that dies
my $clients = qr/server closed the connection|terminating connection|aborted in command|Run was aborted|connection to server|could not connect|connection refused|in recovery mode|starting up|shutting down|no connection to the server|perhaps the backend died|\bfailed: (?:FATAL|ERROR)?:?\s*$|client \d+ (?:script|aborted)|PREPARED|transaction identifier "p\d+" is already in use|could not serialize|This probably means|reached maximum/;

sub pid_of
{
	my ($kind) = @_;
	my $condition = $kind eq 'backend' ? q{backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()}
	  : $kind eq 'worker' ? q{backend_type = 'ivm worker'}
	  : q{backend_type IN ('checkpointer', 'walwriter', 'background writer', 'autovacuum launcher', 'autovacuum worker', 'ivm launcher')};
	return $node->safe_psql($db, "SELECT pid FROM pg_stat_activity WHERE $condition ORDER BY random() LIMIT 1");
}

# Kills something of this kind; what it was
sub hit
{
	my ($kind) = @_;

	if ($kind ne 'postmaster')
	{
		for (1 .. 20)
		{
			my $pid = pid_of($kind);
			return $kind if $pid && kill 'KILL', $pid;
			usleep(50_000);
		}
	}
	$node->kill9;
	return 'postmaster';
}

for my $n (1 .. $kills)
{
	my @loads = (
		start_load($node, $db, '-c', 3, '-T', 60, '-f', load_script('write')),
		start_load($node, $db, '-c', 2, '-T', 60, '--max-tries=100', '-f', load_script('write_serializable')),
		start_load($node, $db, '-c', 2, '-T', 60, '-f', load_script('write_rr')),
		start_load($node, $db, '-c', 2, '-T', 60, '-f', load_script('prepare')),
		map { start_load($node, $db, '-c', 1, '-T', 60, '-f', load_script($_)) } qw(many refresh maintain observe));

	usleep(300_000 + rand(3_000_000));
	my $kind = (qw(backend worker postmaster backend worker postmaster other))[ int(rand(7)) ];
	$kind = hit($kind);
	$killed{$kind}++;
	# while it recovers, once more
	if ($kind eq 'postmaster')
	{
		ok(start_again($node), "kill $n, of the postmaster: it starts");
		if (rand() < 0.3)
		{
			$node->kill9;
			ok(start_again($node), "kill $n: and again");
		}
	}
	my $said = '';
	for my $load (@loads)
	{
		finish_load($load);
		$said .= errors_in_load($load, $clients);
	}
	is($said, '', "kill $n, of $kind: clients met no other error");
	$node->poll_query_until($db, 'SELECT true') or die 'the server did not come back';
	after_all($node, $db, "kill $n, of $kind");
	nothing_left($node, $db, "kill $n, of $kind");
}
note(join ', ', map { "$_: $killed{$_}" } sort keys %killed);

my $expected = qr/terminated by signal 9|terminating connection because of crash|the database system is (?:in recovery mode|starting up|shutting down|not yet accepting)|background worker "\w[^"]*" .*(?:terminated|exited)|could not serialize access|transaction identifier "p\d+" is already in use|worker took too long to start|canceling autovacuum task|due to unexpected postmaster exit|lock file "postmaster.pid" already exists/;
is(unexpected_in_log($node, $expected), '', 'the log has only what was expected');
$node->stop;
done_testing();
