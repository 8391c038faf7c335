#
# pg_dump and restore: views are exact afterwards, and still maintained, with
# nothing to run.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('dump');
$node->start;
my $dir = $PostgreSQL::Test::Utils::tmp_check;

# Names that need quotes, a partitioned table, roles, an index, pending deltas
my %other = (
	'odd."a ""view"""' => 'SELECT "the ""key""", count(*) AS "n%" FROM odd."a table" GROUP BY 1',
	'parted_sums' => 'SELECT k, sum(x) AS total, max(x) AS high FROM parted GROUP BY k',
	'recent' => 'SELECT day, count(*) AS n, min(x) AS low FROM dated WHERE day >= current_date - 5 GROUP BY day',
	'part1_sums' => 'SELECT k, sum(x) AS total, count(*) AS n FROM parted1 GROUP BY k');
# with a list of columns that the query does not have
my %listed = (listed => 'SELECT g, name FROM d UNION SELECT g, s FROM t');
# a materialized view before
my %converted = ('odd."mat ""view"""' => 'SELECT g, count(*) AS "n%", max(x) AS high FROM t GROUP BY g');
my %all = (%VIEWS, %JOINS, %other, %listed, %converted);

$node->safe_psql('postgres', 'CREATE ROLE reader');
$node->safe_psql('postgres', 'CREATE DATABASE source');
setup_views($node, 'source', 3000);
setup_joins($node, 'source');
$node->safe_psql('source', <<'SQL');
CREATE SCHEMA odd;
CREATE TABLE odd."a table" ("the ""key""" text, x int);
INSERT INTO odd."a table" SELECT 'k''"' || i % 5, i FROM generate_series(1, 50) i;
CREATE TABLE parted (k int, x int) PARTITION BY RANGE (k);
CREATE TABLE parted1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted2 PARTITION OF parted FOR VALUES FROM (10) TO (20);
INSERT INTO parted SELECT i % 20, i FROM generate_series(1, 200) i;
CREATE TABLE dated (day date, x int);
INSERT INTO dated SELECT current_date - i % 100, i FROM generate_series(1, 300) i;
SQL
create_views($node, 'source', %other);
$node->safe_psql('source', qq{SELECT ivm.create_view('listed (key, "The Name")', '$listed{listed}')});
# what has left the window is not stored any more
$node->safe_psql('source', q{SELECT ivm.fold('recent')});
sub stored { my ($db) = @_; return $node->safe_psql($db, 'SELECT count(*) FROM ' . $node->safe_psql($db, q{SELECT state_table FROM ivm.views WHERE viewname = 'recent'})); }
cmp_ok(stored('source'), '<', 20, 'source: rows outside of the window of time were removed');

$node->safe_psql('source', qq{CREATE MATERIALIZED VIEW odd."mat ""view""" WITH (fillfactor = 50) AS $converted{'odd."mat ""view"""'}});
$node->safe_psql('source', <<'SQL');
CREATE UNIQUE INDEX "mat key" ON odd."mat ""view""" (g);
CREATE INDEX "mat high" ON odd."mat ""view""" (high DESC) WHERE g > 3;
ALTER MATERIALIZED VIEW odd."mat ""view""" ALTER COLUMN high SET STATISTICS 50;
ALTER MATERIALIZED VIEW odd."mat ""view""" ALTER COLUMN high SET (n_distinct = 5);
COMMENT ON COLUMN odd."mat ""view"""."n%" IS 'rows';
CREATE VIEW odd.reader AS SELECT * FROM odd."mat ""view""";
CREATE MATERIALIZED VIEW odd.copy AS SELECT sum("n%") AS n FROM odd."mat ""view""";
SELECT ivm.convert('odd."mat ""view"""');
GRANT SELECT ON sums TO reader;
CREATE VIEW above AS SELECT * FROM sums WHERE n > 1;
CREATE MATERIALIZED VIEW copied AS SELECT * FROM sums;
COMMENT ON VIEW sums IS 'sums by g';
SET default_transaction_isolation = serializable;
INSERT INTO t (g, x, f, s) SELECT i % 30, i, i, 'p' FROM generate_series(1, 300) i;
DELETE FROM t WHERE id % 40 = 1;
UPDATE t SET g = g + 200 WHERE id % 50 = 2;
UPDATE d SET name = 'other' || g % 3 WHERE g % 4 = 0;
DELETE FROM d WHERE g % 11 = 0;
DELETE FROM odd."a table" WHERE x % 5 = 1;
UPDATE parted SET k = 19 - k WHERE x % 7 = 0;
SQL

my @connect = ('-h', $node->host, '-p', $node->port);
sub dump_to { my ($file, @args) = @_; command_ok([ 'pg_dump', @connect, '-f', "$dir/$file", @args, 'source' ], "pg_dump @args"); return; }
sub restore
{
	my ($db, $file, @args) = @_;
	command_ok([ 'pg_restore', @connect, '--exit-on-error', '-d', $db, @args, "$dir/$file" ], "pg_restore @args");
	return;
}

sub check
{
	my ($db) = @_;

	is_exact($node, $db, "$db: restored", %all);
	cmp_ok(stored($db), '<', 20, "$db: what had left the window of time is not there");
	is($node->safe_psql($db, q{SELECT viewname, status, reason FROM ivm.views WHERE status <> 'ready'}),
		'', "$db: ready");
	$node->safe_psql($db, 'CALL ivm.refresh_all()');
	# what no dump has: the triggers that states rest on, and whose the definitions are
	is( $node->safe_psql($db, q{SELECT v.view, t FROM ivm.view v, unnest(v.bases || v.partitions) t
								WHERE NOT EXISTS (SELECT FROM unnest(v.trigger_versions) e WHERE e LIKE t::oid || ':%,%')}),
		'', "$db: versions of triggers");
	is( $node->safe_psql($db, q{SELECT v.view FROM ivm.view v WHERE NOT EXISTS
								(SELECT FROM pg_depend d WHERE d.objid = v.definition AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i')}),
		'', "$db: definitions belong to their views");
	is( $node->safe_psql($db, 'SELECT view FROM ivm.view ORDER BY id'),
		$node->safe_psql('source', 'SELECT view FROM ivm.view ORDER BY id'),
		"$db: catalogue");
	my $listed = q{SELECT definition, (SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = view)
				   FROM ivm.views WHERE viewname = 'listed'};
	is($node->safe_psql($db, $listed), $node->safe_psql('source', $listed), "$db: list of columns");
	like($node->safe_psql($db, $listed), qr/AS key.*AS "The Name".*\{key,"The Name"\}/s, "$db: list of columns is there");
	my $converted = q{SELECT pg_get_indexdef(indexrelid), attname, attstattarget, attoptions, reloptions, col_description('odd."mat ""view"""'::regclass, 2), (SELECT sum("n%") FROM odd.reader)
		FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attstattarget > 0 JOIN pg_class r ON r.oid = indrelid
		WHERE indrelid = (SELECT state FROM ivm.view WHERE view = 'odd."mat ""view"""'::regclass) ORDER BY 1};
	is($node->safe_psql($db, $converted), $node->safe_psql('source', $converted), "$db: a converted view");
	like($node->safe_psql($db, $converted), qr/"mat high".* WHERE.*\|high\|50\|\{n_distinct=5\}\|\{fillfactor=50\}\|rows\|/, "$db: and what it has");
	is($node->safe_psql($db, 'SET ROLE reader; SELECT count(*) > 0 FROM sums'), 't', "$db: grants");
	is( $node->safe_psql($db, 'TABLE copied EXCEPT ALL TABLE sums UNION ALL TABLE above EXCEPT ALL TABLE sums LIMIT 3'),
		'', "$db: relations that depend on a view");
	$node->safe_psql($db, <<'SQL');
INSERT INTO t (g, x, f, s) SELECT i % 40, i, i, 'q' FROM generate_series(1, 400) i;
DELETE FROM t WHERE id % 30 = 7;
UPDATE t SET g = g + 1, x = x + 1 WHERE id % 20 = 3;
BEGIN;
UPDATE d SET name = name || '!', region = region + 1 WHERE g % 6 = 1;
UPDATE t SET g = g + 1 WHERE id % 20 = 4;
INSERT INTO d VALUES (300, 'new', 1), (22, 'again', 2);
COMMIT;
INSERT INTO odd."a table" VALUES ('new', 1);
UPDATE parted SET k = 19 - k WHERE x % 5 = 0;
INSERT INTO parted2 VALUES (13, 1000);
DELETE FROM parted1 WHERE x < 50;
DELETE FROM dated WHERE x % 2 = 0;
UPDATE dated SET day = current_date - x % 7 WHERE day < current_date - 40 AND x % 3 = 0;
SQL
	is_exact($node, $db, "$db: maintained", %all);
	$node->safe_psql($db, 'SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL');
	is_exact($node, $db, "$db: folded", %all);
	$node->safe_psql($db, 'CREATE OR REPLACE VIEW named AS SELECT g, name FROM d WHERE region > 2');
	is_exact($node, $db, "$db: a view below replaced", %all);
	$node->safe_psql($db, 'UPDATE d SET region = region + 1 WHERE g % 6 = 2');
	is_exact($node, $db, "$db: and maintained", %all);
	$node->safe_psql($db, q{BEGIN; TRUNCATE t; INSERT INTO t (g, x, f, s) VALUES (1, 60, 1, 'a'); COMMIT});
	is_exact($node, $db, "$db: truncated", %all);
	$node->safe_psql($db, q{SELECT ivm.create_view('later', 'SELECT g, min(f) AS low FROM t GROUP BY g')});
	is_exact($node, $db, "$db: a new view", later => 'SELECT g, min(f) AS low FROM t GROUP BY g');
	for my $view (sort keys %all)
	{
		$node->safe_psql($db, "SELECT ivm.drop_view('$view', true, true)");
	}
	is($node->safe_psql($db, 'SELECT view FROM ivm.view'), 'later', "$db: dropped");
	$node->safe_psql($db, 'INSERT INTO t (g, x, f, s) VALUES (1, 1, 1, NULL)');
	return;
}

is_exact($node, 'source', 'source', %all);
dump_to('plain.sql');
dump_to('custom.dump', '-Fc');
dump_to('directory.dump', '-Fd', '-j', 2);
dump_to('clean.sql', '--clean', '--if-exists');

for my $db (qw(plain custom directory sections))
{
	$node->safe_psql('postgres', "CREATE DATABASE $db");
}
$node->command_ok([ 'psql', @connect, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'plain', '-f', "$dir/plain.sql" ], 'pg_dump | psql');
check('plain');
restore('custom', 'custom.dump', '-j', 2);
check('custom');
restore('directory', 'directory.dump', '-j', 2);
check('directory');
restore('sections', 'custom.dump', '--section', $_) for qw(pre-data data post-data);
check('sections');

# Into databases that have the extension, such as copies of a template
for my $db (qw(installed installed_clean installed_once))
{
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, 'CREATE EXTENSION ivm');
}
command_ok([ 'psql', @connect, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'installed', '-f', "$dir/plain.sql" ], 'over the extension');
check('installed');
command_ok([ 'psql', @connect, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'installed_clean', '-f', "$dir/clean.sql" ], '--clean over the extension');
is_exact($node, 'installed_clean', 'restored by --clean over the extension', %all);
restore('installed_once', 'custom.dump', '--single-transaction');
restore('installed_once', 'custom.dump', '--single-transaction', '--clean', '--if-exists');
is_exact($node, 'installed_once', 'restored twice in one transaction', %all);

# Over what is there already
command_ok([ 'psql', @connect, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'source', '-f', "$dir/clean.sql" ], '--clean over the source');
is_exact($node, 'source', 'restored over the source', %all);

$node->stop;
done_testing();
