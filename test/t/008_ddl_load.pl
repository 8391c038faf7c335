#
# DDL on views among writers and readers: nothing but plain errors of the
# commands themselves, no deadlock because of maintenance, exact afterwards.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('ddl');
$node->append_conf('postgresql.conf', "autovacuum_naptime = 1s\n");
$node->start;
setup_views($node, 'postgres', 1000);

my $write = script('ddl_write', <<'PGBENCH');
\set g random(0, 89)
\set hot random(0, 2)
\set x random(0, 999)
\set id random(1, 4000)
BEGIN;
INSERT INTO t (g, x, f, s) VALUES (:hot, :x, :x / 8.0, 's' || :x);
SAVEPOINT p;
UPDATE t SET g = :g, x = :x WHERE id = :id;
\if :x % 3 = 0
ROLLBACK TO p;
\endif
DELETE FROM t WHERE id = :id + 1;
END;
PGBENCH
my $read = script('ddl_read', <<'PGBENCH');
\set g random(0, 89)
SELECT * FROM sums WHERE g = :g;
SELECT count(*), max(high) FROM ends;
SELECT s.g, s.total, l.list FROM sums s JOIN lists l USING (g) ORDER BY s.total DESC LIMIT 5;
SELECT * FROM total;
PGBENCH
# Views that come and go, one client each.
my $ddl = script('ddl_ddl', <<'PGBENCH');
SELECT ivm.create_view('fleeting' || :client_id, 'SELECT g, count(*) AS n, max(x) AS high FROM t GROUP BY g');
SELECT count(*) FROM ivm.view;
BEGIN;
INSERT INTO t (g, x, f, s) VALUES (1, 1, 1, 'd');
SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL AND view::text LIKE 'fleet%' AND false;
END;
SELECT ivm.drop_view('fleeting' || :client_id);
SELECT ivm.create_view('fleeting' || :client_id, $$SELECT g, string_agg(s, ',') AS n, max(x) AS high FROM t GROUP BY g$$);
DROP VIEW fleeting:client_id;
PGBENCH
# Who reads such a view may find it gone.
my $chase = script('ddl_chase', <<'PGBENCH');
\set n random(0, 1)
DO $$ BEGIN PERFORM count(*), max(high) FROM fleeting0; EXCEPTION WHEN undefined_table THEN NULL; END $$;
DO $$ BEGIN PERFORM * FROM t JOIN fleeting1 f USING (g) LIMIT 1; EXCEPTION WHEN undefined_table THEN NULL; END $$;
PGBENCH
my $fold = script('ddl_fold', <<'PGBENCH');
SELECT ivm.fold('sums');
SELECT ivm.fold('lists');
SELECT ivm.fold('ends');
SELECT ivm.fold('bag');
PGBENCH

# By the superuser: what an administrator may do to the storage.
my @storage = split /\n/, $node->safe_psql('postgres',
	'SELECT unnest(ARRAY[state, delta]) FROM ivm.view ORDER BY id');

my @loads = (
	start_load($node, 'postgres', '-c', 6, '-j', 2, '-T', 9, '-f', $write),
	start_load($node, 'postgres', '-c', 2, '-T', 9, '-f', $read),
	start_load($node, 'postgres', '-c', 2, '-T', 9, '-f', $ddl),
	start_load($node, 'postgres', '-c', 2, '-T', 9, '-f', $chase),
	start_load($node, 'postgres', '-c', 1, '-T', 9, '-f', $fold));
my ($rounds, $exact) = (0, 0);
while (grep { $_->{run}->pumpable } @loads)
{
	$_->{run}->pump_nb for grep { $_->{run}->pumpable } @loads;
	my $table = $storage[ $rounds++ % @storage ];

	$node->safe_psql('postgres', $rounds % 3 ? "VACUUM FULL $table" : "REINDEX TABLE $table");
	$exact++ if $node->safe_psql('postgres', diff_query(%VIEWS) . ' LIMIT 5') eq '';
	last if $rounds > 300;
}
for my $load (@loads)
{
	ok(finish_load($load), 'pgbench');
	diag($load->{err}) if $load->{err} =~ /ERROR/;
}
cmp_ok($rounds, '>', 2, 'rounds');
is($exact, $rounds, 'exact in each round');
is_exact($node, 'postgres', 'at the end');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relname LIKE 'fleeting%' AND relkind <> 'S'
	AND NOT EXISTS (SELECT FROM ivm.view v WHERE pg_class.oid IN (v.view, v.definition, v.state, v.delta)
		OR pg_class.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN (v.state, v.delta)))}),
	0, 'nothing left of dropped views');
my $log = slurp_file($node->logfile);
unlike($log, qr/ XX\d\d\d /, 'no internal error');
unlike($log, qr/ 40P01 /, 'no deadlock');
unlike($log, qr/ERROR:  storage of view/, 'storage as expected');
$node->stop;
done_testing();
