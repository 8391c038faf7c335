#
# The worker builds a view while long transactions that write its table follow each other, so
# that at each moment one is open which began before the last try.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('worker_build');
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE t (id int PRIMARY KEY, g int);
INSERT INTO t SELECT i, i % 5 FROM generate_series(1, 100) i;
-- so that triggers and a log are there, which would need a lock against writers
SELECT ivm.create_view('there', 'SELECT g, count(*) AS n FROM t GROUP BY g');
SELECT ivm.create_view('logged', 'SELECT g, count(*) AS n FROM t GROUP BY g', 'deferred');
SQL

# A session with an open transaction that has written the table
sub writer
{
	my ($id) = @_;
	my $session = $node->background_psql('postgres');
	$session->query_safe('BEGIN');
	$session->query_safe("INSERT INTO t VALUES ($id, 1)");
	return $session;
}

foreach my $mode ('immediate', 'deferred')
{
	my $n = $mode eq 'immediate' ? 1000 : 2000;
	my $first = writer($n);
	$node->safe_psql('postgres',
		"SELECT ivm.create_view('$mode', 'SELECT g, count(*) AS n FROM t GROUP BY g', '$mode', options => '{\"build\": \"online\"}')");
	my $waits = "SELECT count(*) = 1 FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE view = '$mode'::regclass AND building AND due_at > now()";
	ok($node->poll_query_until('postgres', $waits), "$mode: the worker has stopped waiting, for a time");
	my $second = writer($n + 1);
	$first->query_safe('COMMIT');
	ok($node->poll_query_until('postgres', "SELECT status = 'ready' FROM ivm.views WHERE viewname = '$mode'"),
		"$mode: built beside a transaction that came meanwhile");
	$second->query_safe('COMMIT');
	$_->quit for $first, $second;
	is($node->safe_psql('postgres', "SELECT count(*) FROM ivm.verify_view('$mode')"), 0, "$mode: exact");
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM ivm.view WHERE building}), 0, 'nothing is left');
$node->stop;
done_testing();
