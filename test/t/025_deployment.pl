#
# Ways in which databases with views come about: dumps in parts, loads with triggers switched
# off, copies.  Views are exact whatever is done, those that are not ready say so, and one
# CALL ivm.refresh_all() makes all ready.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('deployment');
$node->start;
my $dir = $PostgreSQL::Test::Utils::tmp_check;
my @connect = ('-h', $node->host, '-p', $node->port);

# Data are loaded in the order of schemas: tables come before the catalogue and storage, and after
my $schema = <<'SQL';
CREATE EXTENSION IF NOT EXISTS ivm;
CREATE SCHEMA aa;
CREATE SCHEMA zz;
CREATE TABLE aa.t (id int PRIMARY KEY, g int, x int);
CREATE TABLE zz.d (g int PRIMARY KEY, name text);
CREATE TABLE zz.p (k int, x int) PARTITION BY RANGE (k);
CREATE TABLE zz.p1 PARTITION OF zz.p FOR VALUES FROM (0) TO (10);
CREATE TABLE zz.p2 PARTITION OF zz.p FOR VALUES FROM (10) TO (20);
CREATE TABLE zz.e (id bigserial PRIMARY KEY, g int, x int);
SQL
my %views = (
	'aa.v' => 'SELECT g, sum(x) AS s, count(*) AS n FROM aa.t GROUP BY g',
	'zz.ends' => 'SELECT g, min(x) AS low, max(x) AS high FROM aa.t GROUP BY g',
	'zz.names' => 'SELECT name, length(name) AS l FROM zz.d',
	'aa.share' => 'SELECT g, sum(x) * 1000 / nullif((SELECT sum(x) FROM aa.t), 0) AS share FROM aa.t GROUP BY g',
	'zz.joined' => 'SELECT d.name, count(*) AS n FROM aa.t JOIN zz.d USING (g) GROUP BY d.name',
	'zz.parted' => 'SELECT k, sum(x) AS s FROM zz.p GROUP BY k',
	'zz.recent' => q{SELECT g, count(*) AS n FROM aa.t WHERE x > 3 GROUP BY g});
my %above = ('zz.above' => 'SELECT n, count(*) AS c FROM aa.v GROUP BY n');
my %deferred = ('zz.deferred' => $views{'aa.v'}, 'aa.deferred_joined' => $views{'zz.joined'});
my %fresh = ('zz.fresh' => $views{'zz.ends'});
my %appended = ('zz.appended' => 'SELECT g, sum(x) AS s FROM zz.e GROUP BY g');
my %current = (%views, %above, %fresh);
my %all = (%current, %deferred, %appended);

sub create_all
{
	my ($db) = @_;

	create_views($node, $db, %views);
	create_views($node, $db, %above);
	create_deferred($node, $db, '{"log_limit": "100MB"}', %deferred);
	create_deferred($node, $db, '{"max_staleness": "0"}', %fresh);
	$node->safe_psql($db, "SELECT ivm.create_view('$_', '$appended{$_}', 'append', options => '{\"watermark\": \"id\"}')") for keys %appended;
	return;
}

# Each view shows what its definition gives; $ready: by its stored rows
sub check
{
	my ($db, $what, $ready, %checked) = @_;

	is_exact($node, $db, "$what: $db", %checked);
	return unless $ready;
	is($node->safe_psql($db, q{SELECT viewname, status, reason FROM ivm.views WHERE status <> 'ready'}), '', "ready: $what: $db");
	is($node->safe_psql($db, 'SELECT viewname, r.* FROM ivm.views, ivm.verify_view(view) r'), '', "verified: $what: $db");
	return;
}

my $n = 1000;
sub change
{
	my ($db) = @_;
	my ($from, $to) = ($n, $n += 20);

	$node->safe_psql($db, <<"SQL");
INSERT INTO aa.t SELECT i, i % 9, i FROM generate_series($from + 1, $to) i;
UPDATE aa.t SET x = x + 1, g = g + 1 WHERE id % 7 = 0;
DELETE FROM aa.t WHERE id % 11 = 0;
UPDATE zz.d SET name = name || '!' WHERE g % 3 = 0;
UPDATE zz.p SET k = 19 - k WHERE x % 7 = 0;
INSERT INTO zz.p SELECT i % 20, i FROM generate_series($from, $to) i;
INSERT INTO zz.e (g, x) SELECT i % 7, i FROM generate_series($from, $to) i;
SQL
	return;
}

# Heal, and go on with it
sub check_healed
{
	my ($db, $what) = @_;

	$node->safe_psql($db, 'CALL ivm.refresh_all()');
	check($db, "$what, refreshed", 1, %all);
	change($db);
	check($db, "$what, maintained", 0, %current);
	$node->safe_psql($db, 'SELECT ivm.fold(view) FROM ivm.views; CALL ivm.refresh_all()');
	check($db, "$what, refreshed again", 1, %all);
	return;
}

sub statuses { return $node->safe_psql(shift, 'SELECT DISTINCT status, reason FROM ivm.views ORDER BY 1, 2'); }
sub create_database { my ($db, $rest) = @_; $node->safe_psql('postgres', "CREATE DATABASE $db " . ($rest // '')); return; }
sub drop_database { $node->safe_psql('postgres', 'DROP DATABASE ' . shift); return; }
sub dump_to { my ($file, @args) = @_; command_ok([ 'pg_dump', @connect, '-f', "$dir/$file", @args, 'source' ], "pg_dump @args"); return; }
sub restore { my ($db, @args) = @_; command_ok([ 'pg_restore', @connect, '--exit-on-error', '-d', $db, @args, "$dir/all.dump" ], "pg_restore @args"); return; }
sub run_file { my ($db, $file) = @_; $node->command_ok([ 'psql', @connect, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-f', "$dir/$file" ], "restored: $file"); return; }

create_database('source');
$node->safe_psql('source', $schema);
$node->safe_psql('source', <<'SQL');
INSERT INTO aa.t SELECT i, i % 9, i FROM generate_series(1, 200) i;
INSERT INTO zz.d SELECT i, 'name' || i % 4 FROM generate_series(0, 9) i;
INSERT INTO zz.p SELECT i % 20, i FROM generate_series(1, 100) i;
INSERT INTO zz.e (g, x) SELECT i % 7, i FROM generate_series(1, 100) i;
SQL
create_all('source');
change('source');
$node->safe_psql('source', 'CALL ivm.refresh_all()');
check('source', 'source', 1, %all);
dump_to('all.dump', '-Fc');
dump_to('schema.sql', '-s');
dump_to('data.sql', '-a');
dump_to('data_disabled.sql', '-a', '--disable-triggers');

# ---- schema only ----

my $rows = <<'SQL';
INSERT INTO aa.t SELECT i, i % 9, i FROM generate_series(1, 50) i;
INSERT INTO zz.d SELECT i, 'name' || i % 4 FROM generate_series(0, 9) i;
INSERT INTO zz.p SELECT i % 20, i FROM generate_series(1, 50) i;
INSERT INTO zz.e (g, x) SELECT i % 7, i FROM generate_series(1, 50) i;
SQL
create_database('schema_only');
run_file('schema_only', 'schema.sql');
is(statuses('schema_only'), 'unpopulated|only its schema was restored', 'schema only: the views say so');
is( $node->safe_psql('schema_only', 'SELECT viewname, mode, options FROM ivm.views ORDER BY 1'),
	$node->safe_psql('source', 'SELECT viewname, mode, options FROM ivm.views ORDER BY 1'), 'schema only: modes and options');
check('schema_only', 'schema only, empty', 0, %all);
$node->safe_psql('schema_only', $rows);
check('schema_only', 'schema only, loaded', 0, %all);
$node->safe_psql('schema_only', q{SELECT ivm.create_view('other', 'SELECT x, count(*) AS n FROM aa.t GROUP BY x')});
$node->safe_psql('schema_only', qq{SELECT ivm.create_view('aa.share', \$\$$views{'aa.share'}\$\$, options => '{"replace": true}')});
$node->safe_psql('schema_only', q{SELECT ivm.refresh('zz.ends')});
is($node->safe_psql('schema_only', q{SELECT string_agg(viewname, ' ' ORDER BY viewname) FROM ivm.views WHERE status = 'ready'}), 'ends other share', 'schema only: one refreshed, one created, one replaced');
check('schema_only', 'schema only, some refreshed', 0, %all);
check_healed('schema_only', 'schema only');
drop_database('schema_only');

# where event triggers did not run
create_database('schema_only');
$node->safe_psql('schema_only', 'CREATE EXTENSION ivm; ALTER EVENT TRIGGER ivm_event_end DISABLE');
run_file('schema_only', 'schema.sql');
my ($rc, $out, $err) = $node->psql('schema_only', 'TABLE aa.v');
like($err, qr/belongs to no view.*CALL ivm\.refresh_all\(\)/s, 'schema only, no event triggers: what to call');
$node->safe_psql('schema_only', $rows);
$node->safe_psql('schema_only', q{SELECT ivm.create_view('other', 'SELECT x, count(*) AS n FROM aa.t GROUP BY x')});
check('schema_only', 'schema only, no event triggers: created one', 0, %all);
check_healed('schema_only', 'schema only, no event triggers');

# the commands of views that were restored so, before they are refreshed
drop_database('schema_only');
create_database('schema_only');
run_file('schema_only', 'schema.sql');
$node->safe_psql('schema_only', q{SELECT ivm.alter_view('zz.deferred', '{"log_limit": "50MB"}'); SELECT ivm.drop_view('zz.ends'); SET client_min_messages = error; DROP TABLE zz.p CASCADE});
is($node->safe_psql('schema_only', q{SELECT count(*) FROM ivm.views WHERE viewname IN ('ends', 'parted')}), 0, 'schema only: dropped');
$node->safe_psql('schema_only', $_) for q{CALL ivm.rebuild('aa.v')}, q{CALL ivm.rebuild('aa.share')};
is($node->safe_psql('schema_only', q{SELECT string_agg(viewname, ' ' ORDER BY viewname) FROM ivm.views WHERE status = 'ready'}), 'share v', 'schema only: rebuilt');
$node->safe_psql('schema_only', q{INSERT INTO aa.t VALUES (1, 1, 1), (2, 1, 5)});
$node->safe_psql('schema_only', 'CALL ivm.refresh_all()');
check('schema_only', 'schema only, some dropped', 1, map { $_ => $all{$_} } grep { !/ends|parted/ } keys %all);
drop_database('schema_only');

# without comments: nothing tells what the views were
create_database('no_comments');
dump_to('no_comments.sql', '-s', '--no-comments');
run_file('no_comments', 'no_comments.sql');
$node->safe_psql('no_comments', 'CALL ivm.refresh_all()');
($rc, $out, $err) = $node->psql('no_comments', 'TABLE aa.v');
like($err, qr/belongs to no view.*dump without comments, drop the view and create it again/s, 'no comments: an error says what to do');
$node->safe_psql('no_comments', "SET client_min_messages = error; DROP VIEW aa.v CASCADE; SELECT ivm.create_view('aa.v', '$views{'aa.v'}'); INSERT INTO aa.t VALUES (1, 1, 1)");
check('no_comments', 'no comments, created again', 1, 'aa.v' => $views{'aa.v'});
drop_database('no_comments');

# ---- without the catalogue ----

for my $without ('-Nivm', '--exclude-table-data=ivm.*')
{
	dump_to('without.sql', $without);
	create_database('without');
	run_file('without', 'without.sql');
	is(statuses('without'), 'unpopulated|only its schema was restored', "$without: the views say so");
	check('without', $without, 0, %current);
	check_healed('without', $without);
	drop_database('without');
}

# ---- the schema, then the data ----

for my $data (qw(data.sql data_disabled.sql))
{
	create_database('halves');
	run_file('halves', 'schema.sql');
	run_file('halves', $data);
	check('halves', "schema, then $data", 0, %current);
	check_healed('halves', "schema, then $data");
	is($node->safe_psql('halves', q{SELECT count(*) FROM pg_trigger WHERE tgname ~ '^ivm_' AND tgenabled <> 'A'}), 0, "$data: triggers are as they were");
	drop_database('halves');
}

# ---- the schema made by create_view(), then the data ----

for my $data (qw(data.sql data_disabled.sql))
{
	create_database('migrated');
	$node->safe_psql('migrated', $schema);
	create_all('migrated');
	# rows of ivm.view are there already, so that errors are reported
	$node->command_fails([ 'psql', @connect, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-1', '-d', 'migrated', '-f', "$dir/$data" ], "created, $data in one transaction");
	check('migrated', "created, $data in one transaction", 1, %all);
	$node->command_ok([ 'psql', @connect, '-XAtq', '-d', 'migrated', '-f', "$dir/$data" ], "created, then $data");
	check('migrated', "created, then $data", 0, %current);
	check_healed('migrated', "created, then $data");
	drop_database('migrated');
}
# the tables' data alone are captured
create_database('migrated');
$node->safe_psql('migrated', $schema);
create_all('migrated');
restore('migrated', '-a', '-n', 'aa', '-n', 'zz');
check('migrated', 'data of the tables', 0, %current);
is(statuses('migrated'), 'ready|', 'data of the tables: ready');
check_healed('migrated', 'data of the tables');

# ---- loads under session_replication_role = replica ----

$node->safe_psql('migrated', 'TRUNCATE aa.t; SET session_replication_role = replica; INSERT INTO aa.t SELECT i, i % 5, i FROM generate_series(1, 60) i; DELETE FROM aa.t WHERE id % 5 = 1; UPDATE aa.t SET g = 7 WHERE id % 4 = 0; TRUNCATE zz.p1');
check('migrated', 'replica', 0, %current);
is(statuses('migrated'), 'ready|', 'replica: ready');
check_healed('migrated', 'replica');

# ---- a single table ----

$node->safe_psql('migrated', 'DELETE FROM aa.t');
restore('migrated', '-a', '-n', 'aa', '-t', 't');
check('migrated', 'data of a table', 0, %current);
is(statuses('migrated'), 'ready|', 'data of a table: ready');
$node->command_fails([ 'pg_restore', @connect, '--exit-on-error', '-d', 'migrated', '--clean', '-n', 'aa', '-t', 't', "$dir/all.dump" ], 'a table that views read is not replaced');
check_healed('migrated', 'a single table');
drop_database('migrated');
create_database('single');
$node->safe_psql('single', 'CREATE SCHEMA aa; CREATE EXTENSION ivm');
restore('single', '-n', 'aa', '-t', 't');
create_views($node, 'single', v => $views{'aa.v'});
check('single', 'a single table, a view on it', 1, v => $views{'aa.v'});
drop_database('single');

# ---- fixtures: triggers off, load, triggers on ----

$node->safe_psql('source', 'CALL ivm.refresh_all()');
my $counts = q{SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_depend), (SELECT count(*) FROM ivm.view), (SELECT count(*) FROM ivm.view_base), (SELECT count(*) FROM ivm.watermark), (SELECT count(*) FROM pg_description)};
my $fixture = <<'SQL';
SET client_min_messages = error;
BEGIN;
ALTER TABLE aa.t DISABLE TRIGGER ALL;
ALTER TABLE zz.d DISABLE TRIGGER ALL;
DELETE FROM aa.t;
DELETE FROM zz.d;
INSERT INTO aa.t SELECT i, i % 9, i + :round FROM generate_series(1, 100) i;
INSERT INTO zz.d SELECT i, 'name' || (i + :round) % 4 FROM generate_series(0, 9) i;
ALTER TABLE aa.t ENABLE TRIGGER ALL;
ALTER TABLE zz.d ENABLE TRIGGER ALL;
COMMIT;
SQL
sub load_fixture { my ($round) = @_; return $fixture =~ s/:round/$round/gr; }
$node->safe_psql('source', load_fixture(0));
is($node->safe_psql('source', q{SELECT count(*) FROM ivm.views WHERE status = 'stale'}), 10, 'fixtures: stale');
check('source', 'fixtures', 0, %current);
check_healed('source', 'fixtures');
$node->safe_psql('source', load_fixture(1) . 'CALL ivm.refresh_all();');
my $before = $node->safe_psql('source', $counts);
$node->safe_psql('source', join '', map { load_fixture($_) . "CALL ivm.refresh_all();\n" } 2 .. 101);
is($node->safe_psql('source', $counts), $before, 'fixtures: nothing grows in a hundred rounds');
check('source', 'fixtures, a hundred rounds', 1, %all);
$node->safe_psql('source', 'SET ivm.history_days = 0; CALL ivm.refresh_all()');
cmp_ok($node->safe_psql('source', 'SELECT count(*) FROM ivm.run'), '<', 50, 'fixtures: the history is trimmed');
check_healed('source', 'fixtures, a hundred rounds');

# ---- CREATE DATABASE ... TEMPLATE ----

create_database('copy', 'TEMPLATE source');
check('copy', 'copied', 1, %all);
for my $db ('copy', 'source')
{
	change($db);
	check_healed($db, 'copied');
}

# ---- pg_restore with several jobs, and in another order ----

for my $jobs (2, 4, 4)
{
	create_database('jobs');
	restore('jobs', '-j', $jobs);
	is(statuses('jobs'), 'ready|', "$jobs jobs: ready");
	check('jobs', "$jobs jobs", 0, %current);
	check_healed('jobs', "$jobs jobs");
	drop_database('jobs');
}
my ($list) = run_command([ 'pg_restore', '-l', "$dir/all.dump" ]);
my @entries = grep { !/^;/ } split /\n/, $list;
my @data = grep { / TABLE DATA / } @entries;
for my $order ([ reverse @data ], [ (grep { !/ ivm / } @data), (grep { / ivm / } @data) ])
{
	my @sorted = @$order;

	append_to_file("$dir/order.list", join '', map { (/ TABLE DATA / ? shift @sorted : $_) . "\n" } @entries);
	create_database('ordered');
	restore('ordered', '-L', "$dir/order.list");
	is(statuses('ordered'), 'ready|', 'another order: ready');
	check('ordered', 'another order', 0, %current);
	check_healed('ordered', 'another order');
	drop_database('ordered');
	unlink "$dir/order.list";
}

# ---- roles that are no superusers: structure.sql of an application ----

my @as_app = (@connect, '-U', 'app');
my %own = (v => 'SELECT g, sum(x) AS s FROM t GROUP BY g', later => 'SELECT g, max(x) AS m FROM t GROUP BY g');
$node->safe_psql('postgres', 'CREATE ROLE app LOGIN CREATEDB');
create_database('owned', 'OWNER app');
$node->safe_psql('owned', 'CREATE EXTENSION ivm');
$node->safe_psql('owned', "SET SESSION AUTHORIZATION app; CREATE TABLE t (id int PRIMARY KEY, g int, x int); INSERT INTO t SELECT i, i % 9, i FROM generate_series(1, 100) i; SELECT ivm.create_view('v', '$own{v}'); SELECT ivm.create_view('later', '$own{later}', 'deferred')");
command_ok([ 'pg_dump', @as_app, '-s', '-O', '-x', '-f', "$dir/owned.sql", 'owned' ], 'no superuser: pg_dump -s');
command_ok([ 'pg_dump', @as_app, '--exclude-table-data=ivm.*', '-f', "$dir/owned_data.sql", 'owned' ], 'no superuser: pg_dump without the catalogue');
# the extension, and its comment, belong to another role
for my $file ("$dir/owned.sql", "$dir/owned_data.sql")
{
	my $sql = slurp_file($file) =~ s/^COMMENT ON EXTENSION .*;\n//mr;

	unlink $file;
	append_to_file($file, $sql);
}
create_database('template_app');
$node->safe_psql('template_app', 'CREATE EXTENSION ivm; GRANT CREATE ON SCHEMA ivm_data TO app');
for my $file (qw(owned.sql owned_data.sql))
{
	create_database('restored', 'OWNER app TEMPLATE template_app');
	$node->command_ok([ 'psql', @as_app, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'restored', '-f', "$dir/$file" ], "no superuser: restored: $file");
	is(statuses('restored'), 'unpopulated|only its schema was restored', "no superuser: $file: the views say so");
	check('restored', "no superuser, $file", 0, v => $own{v});
	$node->safe_psql('restored', 'SET SESSION AUTHORIZATION app; INSERT INTO t VALUES (1000, 1, 1); CALL ivm.refresh_all()');
	check('restored', "no superuser, $file, refreshed", 1, %own);
	$node->safe_psql('restored', 'SET SESSION AUTHORIZATION app; UPDATE t SET x = x + 1; CALL ivm.refresh_all()');
	check('restored', "no superuser, $file, maintained", 1, %own);
	drop_database('restored');
}

unlike(slurp_file($node->logfile), qr/TRAP|PANIC|signal \d/, 'no crash');
$node->stop;
done_testing();
