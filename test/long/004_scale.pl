#
# Much of everything: a thousand views, a thousand partitions, sixteen hundred columns, a definition of a hundred
# kilobytes, a year of history, and a view of IVM_SCALE_GROUPS (1,000,000) groups.  All exact, and no single statement slower
# than a generous bound, which a step that grew with the square of these numbers would miss.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../t";
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $db = 'postgres';
my $groups = $ENV{IVM_SCALE_GROUPS} || 1_000_000;
my $node = make_node('scale');

$node->append_conf('postgresql.conf', <<'CONF');
shared_buffers = 256MB
max_wal_size = 8GB
checkpoint_timeout = 1h
max_locks_per_transaction = 2048
ivm.worker = off
fsync = off
CONF
$node->start;
$node->safe_psql($db, 'CREATE EXTENSION ivm');

# Runs statements in a new session; they may take so many seconds.
sub within
{
	my ($seconds, $what, $sql) = @_;
	my $start = time;
	my $result = $node->safe_psql($db, $sql);
	my $took = time - $start;

	note sprintf('%s: %.2f s', $what, $took);
	cmp_ok($took, '<', $seconds, "$what, within $seconds s");
	return $result;
}

# ---- views ----

within(120, 'a thousand views over fifty tables', <<'SQL');
DO $$
BEGIN
	FOR t IN 1 .. 50 LOOP
		EXECUTE format('CREATE TABLE many_%s (id int PRIMARY KEY, g int, x int)', t);
		EXECUTE format('INSERT INTO many_%s SELECT i, i %% 10, i FROM generate_series(1, 1000) i', t);
		FOR v IN 1 .. 20 LOOP
			PERFORM ivm.create_view(format('many_%s_%s', t, v),
				format('SELECT g %% %s AS g, count(*) AS n, sum(x + %s) AS total FROM many_%s GROUP BY 1', v, v, t));
		END LOOP;
	END LOOP;
END $$;
SQL
within(10, 'a write to each of their tables', join '', map { "INSERT INTO many_$_ VALUES (0, 3, 5); UPDATE many_$_ SET x = x + 1 WHERE g = 2;" } 1 .. 50);
within(2, 'a thousand rows of ivm.views', 'SELECT count(*), count(status) FROM ivm.views; SELECT * FROM ivm.stat_views');
is( within(60, 'ivm.verify_view() of all', q{SELECT count(*), sum((SELECT count(*) FROM ivm.verify_view(v.view::regclass))) FROM ivm.views v}),
	'1000|0', 'all are exact');
within(120, 'dropping all', join '', map { "DROP TABLE many_$_ CASCADE;" } 1 .. 50);
is($node->safe_psql($db, 'SELECT count(*) FROM ivm.view'), '0', 'none is left');

# ---- partitions ----

within(60, 'a thousand partitions', <<'SQL');
CREATE TABLE parts (k int, g int, x int) PARTITION BY RANGE (k);
DO $$ BEGIN
	FOR i IN 0 .. 999 LOOP
		EXECUTE format('CREATE TABLE part_%s PARTITION OF parts FOR VALUES FROM (%s) TO (%s)', i, i, i + 1);
	END LOOP;
END $$;
INSERT INTO parts SELECT i % 1000, i % 7, i FROM generate_series(1, 20000) i;
SQL
my %views = (parts_sums => 'SELECT g, count(*) AS n, sum(x) AS total, max(x) AS high FROM parts GROUP BY g',
	parts_kinds => 'SELECT k % 10 AS k, count(*) AS n FROM parts GROUP BY 1');
within(60, 'views over them', "SELECT ivm.create_view('$_', '$views{$_}')") for sort keys %views;
within(20, 'a write to each partition', 'UPDATE parts SET x = x + 1 WHERE x % 20 = 0; INSERT INTO parts SELECT i, 8, i FROM generate_series(0, 999) i');
within(5, 'a row in a new session', 'INSERT INTO parts VALUES (500, 1, 1)');
within(10, 'a partition that goes, and comes', <<'SQL');
ALTER TABLE parts DETACH PARTITION part_7;
INSERT INTO part_7 VALUES (7, 1, 100000);
ALTER TABLE parts ATTACH PARTITION part_7 FOR VALUES FROM (7) TO (8);
SQL
within(20, 'reconciled', "SELECT ivm.reconcile('$_')") for sort keys %views;
within(10, 'rows moved to other partitions', 'UPDATE parts SET k = (k + 1) % 1000 WHERE k % 50 = 0');
is_exact($node, $db, 'a thousand partitions', %views);

# ---- columns ----

my @columns = map { "c$_" } 1 .. 1600;
%views = (
	wide_sums => 'SELECT c1600 AS k, ' . join(', ', map { "sum(c$_) AS s$_" } map { $_ * 4 } 1 .. 380) . ' FROM wide GROUP BY 1',
	wide_rows => 'SELECT c1, c800, c1600 FROM wide WHERE c1599 > 5',
	wide_last => 'SELECT c1600, max(c1599) AS high, count(*) AS n FROM wide GROUP BY c1600');
$node->safe_psql($db, 'CREATE TABLE wide (' . join(', ', map { "$_ int2" } @columns) . ')');
my $row = join ', ', map { "i % $_" } 1 .. 1600;
$node->safe_psql($db, "INSERT INTO wide SELECT $row FROM generate_series(1, 200) i");
within(60, "view $_ over sixteen hundred columns", "SELECT ivm.create_view('$_', '$views{$_}')") for sort keys %views;
within(30, 'writes of wide rows', "INSERT INTO wide SELECT $row FROM generate_series(201, 300) i; UPDATE wide SET c1600 = c1600 + 1, c4 = 7 WHERE c1600 % 3 = 0; DELETE FROM wide WHERE c1600 % 5 = 0");
is_exact($node, $db, 'sixteen hundred columns', %views);
my ($rc, $out, $err) = $node->psql($db, 'SELECT ivm.create_view(\'too_wide\', \'SELECT ' . join(', ', map { "sum($_) AS s_$_" } @columns) . ' FROM wide\')');
like($err, qr/ERROR:  the view has too many columns/, 'a view that no table can hold is refused');

# ---- a long definition ----

my $list = join ', ', map { $_ * 3 } 1 .. 8000;
%views = (
	long_list => "SELECT g, count(*) FILTER (WHERE x IN ($list)) AS n FROM short GROUP BY g",
	long_case => 'SELECT CASE ' . join(' ', map { "WHEN x = $_ THEN " . $_ % 13 } 1 .. 4500) . ' END AS k, count(*) AS n FROM short GROUP BY 1');
cmp_ok(length $views{$_}, '>', 50_000, "$_ is long") for sort keys %views;
cmp_ok(length($views{long_case}), '>', 90_000, 'one of nearly a hundred kilobytes');
$node->safe_psql($db, 'CREATE TABLE short (id int PRIMARY KEY, g int, x int); INSERT INTO short SELECT i, i % 5, i FROM generate_series(1, 2000) i');
within(60, "view $_", "SELECT ivm.create_view('$_', '$views{$_}')") for sort keys %views;
within(20, 'writes under long definitions', 'UPDATE short SET x = x + 1 WHERE id % 7 = 0; INSERT INTO short SELECT i, 1, i FROM generate_series(3001, 3100) i');
is_exact($node, $db, 'long definitions', %views);

# ---- history ----

within(60, 'a year of runs each minute', <<'SQL');
ALTER DATABASE postgres SET ivm.history_days = -1;
SET session_replication_role = replica;
INSERT INTO ivm.run (id, view_id, view_name, operation, role_name, started_at, duration, rows_inserted, rows_updated, rows_deleted, rows_read)
SELECT -i, id, 'public.long_list', 'reconcile', current_user, now() - i * interval '1 minute', '5 ms', 0, 1, 0, 10
FROM ivm.view, generate_series(525600, 1, -1) i WHERE view = 'long_list'::regclass;
RESET session_replication_role;
ANALYZE ivm.run;
SQL
within(3, 'ivm.views beside a year of history', 
	q{SELECT * FROM ivm.views; SELECT * FROM ivm.history WHERE view_name LIKE '%long_list' ORDER BY id DESC LIMIT 10; SELECT * FROM ivm.stat_views});
within(20, 'a run that is recorded', "SELECT ivm.reconcile('long_list')");
is($node->safe_psql($db, q{SELECT count(*) > 525600 FROM ivm.history}), 't', 'all of it is there');
within(60, 'ivm.refresh_all() removes what is too old', 'SET ivm.history_days = 30; CALL ivm.refresh_all()');
is($node->safe_psql($db, q{SELECT count(*) FILTER (WHERE started_at < now() - interval '30 days'), count(*) BETWEEN 43190 AND 43210 FROM ivm.history WHERE view_name = 'public.long_list' AND operation = 'reconcile'}),
	'0|t', 'the last month is left');

# ---- groups ----

%views = (by_key => 'SELECT k, count(*) AS n, sum(x) AS total FROM keys GROUP BY k', by_thousand => 'SELECT k / 1000 AS k, count(*) AS n, min(x) AS low FROM keys GROUP BY 1');
my $scale = $groups / 1_000_000;
within(60 * $scale + 10, "a table of $groups keys", "CREATE TABLE keys (k int, x int); INSERT INTO keys SELECT i, i % 100 FROM generate_series(1, $groups) i; VACUUM ANALYZE keys");
within(120 * $scale + 10, "a view of $groups groups", "SELECT ivm.create_view('by_key', '$views{by_key}'); SELECT ivm.create_view('by_thousand', '$views{by_thousand}')");
within(5, 'rows of old and new groups', "INSERT INTO keys SELECT i * 7, 1 FROM generate_series(1, 10000) i; INSERT INTO keys SELECT -i, 1 FROM generate_series(1, 10000) i");
within(2, 'a read by key in a new session', 'SELECT * FROM by_key WHERE k = 77');
within(120 * $scale + 10, 'all rows in one statement', 'UPDATE keys SET x = x + 1');
is_exact($node, $db, "$groups groups", %views);

$node->stop;
done_testing();
