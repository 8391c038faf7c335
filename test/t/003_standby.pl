#
# A hot standby reads exactly: pending deltas, old snapshots, after promotion.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = make_node('primary', allows_streaming => 1);
$primary->start;
setup_views($primary, 'postgres', 3000);
setup_joins($primary, 'postgres');
%VIEWS = (%VIEWS, %JOINS);
$primary->backup('base');

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "hot_standby_feedback = on\n");
$standby->start;

my $pending = <<'SQL';
SET default_transaction_isolation = serializable;
INSERT INTO t (g, x, f, s) SELECT i % 30, i, i, 'p' FROM generate_series(1, 300) i;
DELETE FROM t WHERE id % 40 = 1;
UPDATE t SET g = g + 200 WHERE id % 50 = 2;
UPDATE d SET name = name || '!' WHERE g % 9 = 1;
SQL

is_exact($standby, 'postgres', 'standby, nothing pending');
$primary->safe_psql('postgres', $pending);
$primary->wait_for_catchup($standby);
is_exact($standby, 'postgres', 'standby, deltas pending');

my $rows = $standby->safe_psql('postgres', 'SELECT * FROM sums ORDER BY g');
my $old = $standby->background_psql('postgres');
$old->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
is($old->query_safe('SELECT * FROM sums ORDER BY g'), $rows, 'old snapshot taken');
$old->query_safe('DECLARE c CURSOR FOR SELECT * FROM ends ORDER BY g');

# a session that reads again and again keeps deltas between its reads
my $again = $standby->background_psql('postgres');
is($again->query_safe(diff_query(%VIEWS)), '', 'exact: a session that stays');

my $script = script('standby', <<'PGBENCH');
\set g random(0, 20)
\set x random(0, 999)
\set id random(1, 3000)
INSERT INTO t (g, x, f, s) VALUES (:g, :x, :x / 8.0, 's' || :x);
DELETE FROM t WHERE id = :id;
UPDATE t SET g = :g, x = :x WHERE id = :id + 1;
UPDATE d SET name = 'name' || :x % 50, region = :x % 5 WHERE g = 1 + :id % 80;
PGBENCH
my $load = start_load($primary, 'postgres', '-c', 4, '-T', 4, '-f', $script);
my $compared = 0;
for (1 .. 6)
{
	$compared++
	  if $standby->safe_psql('postgres', diff_query(%VIEWS) . ' LIMIT 5') eq '';
	$primary->safe_psql('postgres', 'SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL');
	is($old->query_safe(diff_query(%VIEWS)), '', 'exact: old snapshot');
	is($again->query_safe(diff_query(%VIEWS)), '', 'exact: a session that stays, under load');
}
is($compared, 6, 'exact: standby under load');
ok(finish_load($load), 'load on the primary');
$primary->safe_psql('postgres', 'VACUUM');
$primary->wait_for_catchup($standby);
is($old->query_safe('SELECT * FROM sums ORDER BY g'), $rows, 'old snapshot unchanged after folds and vacuum');
like($old->query_safe('FETCH ALL FROM c'), qr/^0\|/, 'cursor in the old snapshot');
$old->query_safe('COMMIT');
$old->quit;
is_exact($standby, 'postgres', 'standby, after the load');

my ($rc, $out, $err) = $standby->psql('postgres', q{SELECT ivm.fold('sums')});
like($err, qr/cannot execute ivm\.fold\(\) (during recovery|in a read-only transaction)/, 'no fold on a standby');

$primary->safe_psql('postgres', $pending);
$primary->safe_psql('postgres', <<'SQL');
BEGIN; INSERT INTO t (g, x, f, s) VALUES (0, -1, 1, 'q'), (-7, -1, 1, 'q'); PREPARE TRANSACTION 'p';
SQL
$primary->wait_for_catchup($standby);
is($again->query_safe(diff_query(%VIEWS)), '', 'exact: a session that stays, deltas pending and a transaction prepared');
$primary->stop;
$standby->promote;
is_exact($standby, 'postgres', 'promoted');
is($again->query_safe(diff_query(%VIEWS)), '', 'exact: a session that stays, promoted');
# it keeps its locks of views over several tables until then
$standby->safe_psql('postgres', q{COMMIT PREPARED 'p'});
is($again->query_safe(diff_query(%VIEWS)), '', 'exact: a session that stays, a prepared transaction committed');
ok(finish_load(start_load($standby, 'postgres', '-c', 4, '-T', 1, '-f', $script)), 'load after promotion');
is_exact($standby, 'postgres', 'promoted, after a load');
is($again->query_safe(diff_query(%VIEWS)), '', 'exact: a session that stays, after a load');
$standby->safe_psql('postgres', 'SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL');
is_exact($standby, 'postgres', 'promoted, folded');
is($again->query_safe(diff_query(%VIEWS)), '', 'exact: a session that stays, folded');
$again->quit;
$standby->stop;
done_testing();
