#
# A transaction that touches two million groups keeps its memory within
# ivm.pending_mem and what the same transaction takes without a view.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'needs /proc' unless -r '/proc/self/status';

my $node = make_node('memory');
$node->append_conf('postgresql.conf', <<'CONF');
shared_buffers = 32MB
max_wal_size = 4GB
checkpoint_timeout = 1h
autovacuum = off
CONF
$node->start;
my %views = (wide_sums => 'SELECT g, count(*) AS n, sum(x) AS total FROM wide GROUP BY g',
	wide_ends => 'SELECT g / 10 AS g, min(x) AS low, max(x) AS high FROM wide GROUP BY 1');
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE bare (g int, x int);
CREATE TABLE wide (g int, x int);
SQL
create_views($node, 'postgres', %views);

# Runs statements in one session, returns its peak of memory in kB.
sub peak
{
	my ($table, $groups) = @_;
	my $session = $node->background_psql('postgres');
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	my $part = $groups / 20;

	$session->query_safe(q{SET ivm.pending_mem = '4MB'});
	$session->query_safe('BEGIN');
	# in parts, since the queue of trigger events grows with a statement's rows
	$session->query_safe("INSERT INTO $table SELECT i + $_ * $part, i FROM generate_series(1, $part) i")
	  for 0 .. 19;
	$session->query_safe("DELETE FROM $table WHERE g <= $part");
	$session->query_safe('COMMIT');
	my ($kb) = slurp_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+) kB/m;
	$session->quit;
	return $kb;
}

my $bare = peak('bare', 2_000_000);
my $wide = peak('wide', 2_000_000);
note "peak without a view $bare kB, with two views $wide kB";
cmp_ok($wide - $bare, '<', 48 * 1024, 'memory of two million groups is bounded');
is( $node->safe_psql('postgres', 'SELECT count(*), sum(n), sum(total) FROM wide_sums'),
	$node->safe_psql('postgres', 'SELECT count(DISTINCT g), count(*), sum(x) FROM wide'), 'groups');

# A savepoint's part of a large change goes with it.
$node->safe_psql('postgres', <<'SQL');
SET ivm.pending_mem = '1MB';
BEGIN;
INSERT INTO wide SELECT i, i FROM generate_series(1, 20000) i;
SAVEPOINT p;
UPDATE wide SET x = x + 1 WHERE g BETWEEN 150000 AND 190000;
ROLLBACK TO p;
SAVEPOINT q;
DELETE FROM wide WHERE g BETWEEN 200000 AND 230000;
RELEASE q;
COMMIT;
SQL
is_exact($node, 'postgres', 'after that, and savepoints of a large change', %views);
$node->stop;
done_testing();
