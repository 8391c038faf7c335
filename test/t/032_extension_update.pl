#
# ALTER EXTENSION ivm UPDATE beside open transactions: views stay exact, in sessions that go on and in new
# ones, and a dump has the new version. There is one version so far, so the script is made up.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('extension_update');
my $scripts = $node->config_data('--sharedir') . '/extension';
my $script = "$scripts/ivm--1.0--1.0made_up.sql";

plan skip_all => 'the scripts of the installation cannot be written' unless -w $scripts;
END { unlink $script if defined $script }

open my $fh, '>', $script or die "$script: $!";
print $fh <<'SQL';
\echo Use "ALTER EXTENSION ivm UPDATE" to load this file. \quit
CREATE FUNCTION ivm.made_up() RETURNS int LANGUAGE sql AS 'SELECT 7';
CREATE OR REPLACE FUNCTION ivm.fold(view regclass) RETURNS bigint LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_fold_view';
COMMENT ON FUNCTION ivm.fold(regclass) IS 'made up';
CREATE OR REPLACE VIEW ivm.progress AS SELECT *, 1 AS made_up FROM ivm._progress();
SQL
close $fh;

$node->start;
setup_views($node, 'postgres', 2000);
setup_joins($node, 'postgres');
create_deferred($node, 'postgres', '{"max_staleness": "0"}', late => 'SELECT g, count(*) AS n FROM t GROUP BY g');
my %all = (%VIEWS, %JOINS, late => 'SELECT g, count(*) AS n FROM t GROUP BY g');

my $open = $node->background_psql('postgres');
$open->query_safe('BEGIN; INSERT INTO t (g, x, f, s) SELECT i % 90, i, i, i::text FROM generate_series(1, 50) i');
my $old = $node->background_psql('postgres');
$old->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM sums');

$node->safe_psql('postgres', q{ALTER EXTENSION ivm UPDATE TO '1.0made_up'});
is($node->safe_psql('postgres', q{SELECT extversion, ivm.made_up() FROM pg_extension WHERE extname = 'ivm'}), '1.0made_up|7', 'updated');
is($node->safe_psql('postgres', q{SELECT count(*) FROM ivm.views WHERE status <> 'ready'}), '0', 'all views are ready');
is_exact($node, 'postgres', 'beside a transaction that has written', %all);
$open->query_safe('UPDATE t SET x = x + 1 WHERE id % 5 = 0; COMMIT');
is_exact($node, 'postgres', 'it has gone on, and committed', %all);
is($old->query_safe('SELECT count(*) FROM (' . diff_query(%all) . ') d'), '0', 'an old snapshot');
$old->query_safe('COMMIT');
$node->safe_psql('postgres', q{DELETE FROM t WHERE id % 7 = 0; SELECT ivm.fold('sums'), ivm.refresh('late'); UPDATE d SET name = name || 'x' WHERE g % 3 = 0});
is_exact($node, 'postgres', 'a new session has written and folded', %all);

my $dump = $node->backup_dir . '/dump.sql';
mkdir $node->backup_dir;
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('postgres') ], 'dumped');
like(slurp_file($dump), qr/CREATE EXTENSION IF NOT EXISTS ivm/, 'by name, so in the version that is installed where it is restored');

$node->safe_psql('postgres', 'SET client_min_messages = error; DROP EXTENSION ivm CASCADE; INSERT INTO t (g) VALUES (1)');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'ivm%'}), '0', 'all of it can be dropped');

$_->quit for $open, $old;
$node->stop;
done_testing();
