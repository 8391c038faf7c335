#
# pg_dump and restore of views whose keys are OIDs, or have some in them, or are
# rows of tables: what is found by its hash is found again in another database.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('dump_values');
$node->start;
my $dir = $PostgreSQL::Test::Utils::tmp_check;

my %keys = (
	labels => 'SELECT e FROM t',
	label_groups => 'SELECT e, s, count(*) AS n FROM t GROUP BY e, s',
	label_arrays => 'SELECT t.es, u.r FROM t JOIN u USING (id)',
	names => 'SELECT r FROM u',
	pairs => 'SELECT ROW(id, s)::pair AS p, p AS q FROM t',
	pair_groups => 'SELECT p, count(*) AS n FROM t GROUP BY p',
	pair_arrays => 'SELECT ARRAY[p, NULL] AS a FROM t',
	ranges => 'SELECT span(id, id + 1.5) AS r, spans(span(id, id + 1)) AS m FROM t',
	row_groups => 'SELECT t, count(*) AS n FROM t GROUP BY t',
	documents => 'SELECT id, to_jsonb(t) AS d FROM t',
	fixed => q{SELECT n, 'a'::label AS e FROM generate_series(1, 3) n});
my %rows = (
	rows => 'SELECT t FROM t',
	joined => 'SELECT u.id, t AS r FROM u LEFT JOIN t ON t.id = u.id');

$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE placeholder (i int);
CREATE TYPE placeholder_type AS ENUM ('a', 'b');
CREATE TYPE label AS ENUM ('a', 'b', 'c');
CREATE TYPE pair AS (a int, b text);
CREATE TYPE span AS RANGE (subtype = float8, multirange_type_name = spans);
CREATE TABLE u (id int PRIMARY KEY, r regclass);
CREATE TABLE t (id int PRIMARY KEY, gone text, e label, s text, es label[], p pair);
SQL
$node->safe_psql('source', <<'SQL');
INSERT INTO u SELECT i, (CASE WHEN i % 2 = 0 THEN 't' ELSE 'u' END)::regclass FROM generate_series(1, 30) i;
INSERT INTO t SELECT i, 'gone', (ARRAY['a', 'b', 'c'])[1 + i % 3]::label, repeat('long', i % 4 * 400),
	   ARRAY['a', NULL, (ARRAY['b', 'c'])[1 + i % 2]]::label[],
	   ROW(i % 3, repeat('pair', i % 3 * 500))::pair
FROM generate_series(1, 24) i;
ALTER TABLE t DROP COLUMN gone;
SQL
create_views($node, 'source', %keys, %rows);
is_exact($node, 'source', 'source', %keys, %rows);
# OIDs are others in the copy
$node->safe_psql('source', 'DROP TABLE placeholder; DROP TYPE placeholder_type');

my @connect = ('-h', $node->host, '-p', $node->port);
command_ok([ 'pg_dump', @connect, '-f', "$dir/values.sql", 'source' ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'psql', @connect, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'copy', '-f', "$dir/values.sql" ], 'restored');
is_exact($node, 'copy', 'restored', %keys, %rows);
is($node->safe_psql('copy', q{SELECT viewname, status, reason FROM ivm.views WHERE status <> 'ready' ORDER BY 1}),
	"joined|stale|it stores rows as a whole, and was restored from a dump\n" .
	'rows|stale|it stores rows as a whole, and was restored from a dump', 'what has to be computed says so');
$node->safe_psql('copy', q{DELETE FROM t WHERE id % 2 = 0; UPDATE t SET s = s || 'x' WHERE id % 3 = 0; INSERT INTO t (id, e) VALUES (50, 'b')});
is_exact($node, 'copy', 'maintained', %keys, %rows);
$node->safe_psql('copy', 'CALL ivm.refresh_all()');
is($node->safe_psql('copy', q{SELECT viewname FROM ivm.views WHERE status <> 'ready'}), '', 'ready');
$node->safe_psql('copy', q{DELETE FROM t WHERE id % 3 = 0; UPDATE u SET id = id + 50 WHERE id > 20});
is_exact($node, 'copy', 'refreshed and maintained', %keys, %rows);
$node->safe_psql('copy', 'SELECT ivm.fold(view) FROM ivm.view');
$node->safe_psql('copy', 'DELETE FROM t');
is_exact($node, 'copy', 'emptied', %keys, %rows);
$node->safe_psql('copy', 'ALTER TABLE t RENAME COLUMN s TO z');
is_exact($node, 'copy', 'a column renamed', %rows, documents => $keys{documents});

$node->stop;
done_testing();
