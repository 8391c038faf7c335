#
# A database that does not have the extension, but a schema and tables of its names, of any shape, as everybody may make who may
# create schemas: the worker, which is a superuser, does not take them for the extension's, nor does any session.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = make_node('namesake');
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'ivm'\nmax_worker_processes = 8\n");
$node->start;

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE t (g int, x int);
SELECT ivm.create_view('later', 'SELECT g, count(*) AS n FROM t GROUP BY g', 'deferred', options => '{"refresh": "1 day"}');
CREATE ROLE own LOGIN;
CREATE DATABASE other OWNER own;
SQL

# Rows that are wider than those of the extension, and indexes of its names
$node->safe_psql('other', <<'SQL', extra_params => [ '-U', 'own' ]);
CREATE SCHEMA ivm;
DO $$
DECLARE
	name text;
	wide text := (SELECT string_agg('1000 + ' || i || ' AS c' || i, ', ') FROM generate_series(1, 1000) i);
BEGIN
	FOREACH name IN ARRAY ARRAY['view', 'view_base', 'schedule', 'watermark', 'change_log', 'run', 'run_count', 'time_window', 'append_view', 'generation'] LOOP
		EXECUTE format('CREATE TABLE ivm.%I AS SELECT %s', name, wide);
	END LOOP;
END $$;
CREATE INDEX schedule_due_at ON ivm.schedule (c1);
CREATE INDEX time_window_due_at ON ivm.time_window (c1);
CREATE TABLE t AS SELECT 1 AS a;
CREATE FUNCTION ivm._capture() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER ivm_capture AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION ivm._capture();
SQL

my $from = -s $node->logfile;
$node->restart;
wait_until($node, 'postgres', q{SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type = 'ivm worker' AND datname = 'postgres'});
# its worker was started in the same round
usleep(2_000_000);
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'ivm worker' AND datname = 'other'}), '0', 'no worker stays');
is( $node->safe_psql('other', <<'SQL'), '2', 'sessions work as without');
INSERT INTO t VALUES (2);
CREATE TABLE u AS TABLE t;
ALTER TABLE t ADD b int;
DROP TABLE u;
SELECT count(*) FROM t;
SQL
unlike(substr(slurp_file($node->logfile), $from), qr/worker of ivm|terminated by signal|TRAP|(?:ERROR|PANIC):/, 'nor does the log have anything');
isnt(($node->psql('other', 'CREATE EXTENSION ivm'))[0], 0, 'the extension does not come into the schema of another one');
$node->stop;
done_testing();
