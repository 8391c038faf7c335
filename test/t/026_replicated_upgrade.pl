#
# Upgrade by logical replication of everything: publisher and subscriber have the extension
# and the same views, and the publication FOR ALL TABLES brings base tables, storage and the
# extension's own tables.  What is stored is made by the subscriber alone, and counted once.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('replicated_upgrade', allows_streaming => 'logical');
$node->start;
my $dir = $PostgreSQL::Test::Utils::tmp_check;
my @connect = ('-h', $node->host, '-p', $node->port);
my $tables = <<'SQL';
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
CREATE TABLE d (g int PRIMARY KEY, name text);
CREATE TABLE e (id bigint PRIMARY KEY, g int, x int);
SQL
my %views = (
	v => 'SELECT g, sum(x) AS s, count(*) AS n FROM t GROUP BY g',
	bag => 'SELECT g, x % 10 AS digit FROM t',
	ends => 'SELECT g, min(x) AS low, max(x) AS high FROM t GROUP BY g',
	joined => 'SELECT d.name, count(*) AS n FROM t JOIN d USING (g) GROUP BY d.name');

# What a view shows is what its definition says, by the stored rows, which verify finds right
sub is_right
{
	my ($db, $what, %right) = @_;

	is_exact($node, $db, $what, %right);
	is($node->safe_psql($db, q{SELECT viewname, status, reason FROM ivm.views WHERE status <> 'ready'}), '', "ready: $what");
	is($node->safe_psql($db, 'SELECT viewname, r.* FROM ivm.views, ivm.verify_view(view) r'), '', "verified: $what");
	return;
}

# Everything that the publisher has written has been applied, or the worker has given up.
sub catch_up
{
	my $lsn = $node->safe_psql('publisher', 'SELECT pg_current_wal_lsn()');
	wait_until($node, 'subscriber', q{SELECT bool_and(srsubstate IN ('r', 's')) FROM pg_subscription_rel});
	wait_until($node, 'publisher', "SELECT coalesce(bool_and(replay_lsn >= '$lsn'), false) FROM pg_stat_replication WHERE application_name = 'sub'");
	return;
}

sub subscribe
{
	my ($options) = @_;

	$node->safe_psql('publisher', q{SELECT pg_create_logical_replication_slot('sub', 'pgoutput')});
	$node->safe_psql('subscriber', "CREATE SUBSCRIPTION sub CONNECTION '@{[ $node->connstr ]} dbname=publisher' PUBLICATION everything WITH (create_slot = false, slot_name = 'sub', $options)");
	return;
}

sub unsubscribe
{
	$node->safe_psql('subscriber', 'ALTER SUBSCRIPTION sub DISABLE; ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub; ');
	wait_until($node, 'publisher', q{SELECT NOT bool_or(active) FROM pg_replication_slots WHERE slot_name = 'sub'});
	$node->safe_psql('publisher', q{SELECT pg_drop_replication_slot('sub')});
	return;
}

sub changes
{
	my ($from) = @_;
	my $to = $from + 40;

	return <<"SQL";
INSERT INTO t SELECT i, i % 9, i FROM generate_series($from, $to) i;
UPDATE t SET x = x + 1, g = g + 1 WHERE id % 7 = 0;
DELETE FROM t WHERE id % 11 = 0;
BEGIN;
UPDATE d SET name = name || '!' WHERE g % 3 = 0;
INSERT INTO t VALUES (-$from, 2, 5);
SAVEPOINT s;
DELETE FROM t WHERE g = 2;
ROLLBACK TO s;
COMMIT;
SQL
}

# ---- the initial copy into an empty subscriber ----

$node->safe_psql('postgres', 'CREATE DATABASE publisher; ');
$node->safe_psql('publisher', "CREATE EXTENSION ivm; $tables");
$node->safe_psql('publisher', q{INSERT INTO d SELECT i, 'name' || i % 4 FROM generate_series(0, 9) i});
create_views($node, 'publisher', %views);
$node->safe_psql('publisher', changes(1));
$node->safe_psql('publisher', 'CREATE PUBLICATION everything FOR ALL TABLES');
$node->safe_psql('postgres', 'CREATE DATABASE subscriber');
$node->safe_psql('subscriber', "CREATE EXTENSION ivm; $tables");
# other ids than on the publisher, for views of the same names
$node->safe_psql('subscriber', q{SELECT ivm.create_view(name, 'SELECT 1 AS one FROM t') FROM unnest('{a, b}'::text[]) name; SELECT ivm.drop_view(name) FROM unnest('{a, b}'::text[]) name});
my ($rc, $out, $err) = $node->psql('subscriber', "CREATE SUBSCRIPTION sub CONNECTION '@{[ $node->connstr ]} dbname=publisher' PUBLICATION everything WITH (create_slot = false, slot_name = 'sub')");
like($err, qr/relation "ivm_data\.\w+" does not exist/, 'storage of another id is missed at once, not silently');
$node->safe_psql('postgres', 'DROP DATABASE subscriber');
$node->safe_psql('postgres', 'CREATE DATABASE subscriber');
$node->safe_psql('subscriber', "CREATE EXTENSION ivm; $tables");
create_views($node, 'subscriber', %views);
subscribe('copy_data = true');
catch_up();
is($node->safe_psql('subscriber', 'SELECT count(*) FROM t'), $node->safe_psql('publisher', 'SELECT count(*) FROM t'), 'copied');
is_right('subscriber', 'initial copy', %views);
$node->safe_psql('publisher', changes(100));
catch_up();
is_right('subscriber', 'after the initial copy', %views);
unsubscribe();

# ---- a copy by pg_dump, then the changes ----

$node->safe_psql('postgres', 'DROP DATABASE subscriber');
$node->safe_psql('postgres', 'CREATE DATABASE subscriber');
command_ok([ 'pg_dump', @connect, '-f', "$dir/publisher.sql", '--no-publications', 'publisher' ], 'pg_dump');
$node->command_ok([ 'psql', @connect, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'subscriber', '-f', "$dir/publisher.sql" ], 'restored');
is_right('subscriber', 'restored', %views);
subscribe('copy_data = false');
catch_up();
$node->safe_psql('publisher', 'INSERT INTO t VALUES (1000, 50, 10)');
catch_up();
is($node->safe_psql('subscriber', 'SELECT s, n FROM v WHERE g = 50'), '10|1', 'counted once');
is_right('subscriber', 'one row', %views);
# all ways of storing, and rows of the extension's own tables
$node->safe_psql('publisher', 'SET default_transaction_isolation = serializable; ' . changes(200));
$node->safe_psql('publisher', 'SELECT ivm.fold(view) FROM ivm.views');
$node->safe_psql('publisher', 'SELECT ivm.reconcile(view) FROM ivm.views');
$node->safe_psql('publisher', changes(300) . "SELECT ivm.pause('v'); SELECT ivm.pause('joined');" . changes(400) . "SELECT ivm.resume('v'); SELECT ivm.resume('joined');");
$node->safe_psql('publisher', 'BEGIN; TRUNCATE t; INSERT INTO t VALUES (1, 1, 1); COMMIT; ' . changes(500));
# a view made later is made on the subscriber first, as tables are
for my $db ('subscriber', 'publisher')
{
	$node->safe_psql($db, q{SELECT ivm.create_view('later', 'SELECT g, sum(x) AS s FROM t GROUP BY g')});
}
$node->safe_psql('publisher', q{SELECT ivm.drop_view('ends');} . changes(600));
catch_up();
is($node->safe_psql('subscriber', 'SELECT count(*) FROM t'), $node->safe_psql('publisher', 'SELECT count(*) FROM t'), 'the worker is alive');
is($node->safe_psql('subscriber', q{SELECT DISTINCT operation FROM ivm.run}), 'create', 'no history of the publisher');
$views{later} = 'SELECT g, sum(x) AS s FROM t GROUP BY g';
is_right('subscriber', 'everything', %views);
is_right('publisher', 'publisher', map { $_ => $views{$_} } qw(v bag joined later));
# the subscriber goes on by itself
is($node->safe_psql('subscriber', "SELECT FROM ivm.pause('v'); SELECT FROM ivm.resume('v'); SELECT FROM ivm.reconcile('bag'); SELECT error FROM ivm.history WHERE error IS NOT NULL") =~ s/\s//gr, '', 'runs of the subscriber, without errors');
$node->safe_psql('publisher', changes(700));
catch_up();
$node->safe_psql('subscriber', 'SELECT ivm.fold(view) FROM ivm.views');
is_right('subscriber', 'refreshed and folded', %views);

# ---- the trigger of the storage switched off ----

$node->safe_psql('subscriber', 'SET client_min_messages = error; ALTER TABLE ivm_data.v_' . $node->safe_psql('subscriber', q{SELECT id FROM ivm.views WHERE viewname = 'v'}) . ' DISABLE TRIGGER ALL');
$node->safe_psql('publisher', changes(800));
catch_up();
is_exact($node, 'subscriber', 'guard disabled', %views);
like($node->safe_psql('subscriber', q{SELECT viewname, status, reason FROM ivm.views WHERE status <> 'ready'}),
	qr/^v\|stale\|trigger ivm_guard of its storage ivm_data.v_\d+ is missing or disabled$/, 'guard disabled: the view knows');
$node->safe_psql('subscriber', 'CALL ivm.refresh_all()');
$node->safe_psql('publisher', changes(900));
catch_up();
is_right('subscriber', 'guard disabled, refreshed', %views);

# ---- the new server takes over ----

unsubscribe();
$node->safe_psql('publisher', 'DROP PUBLICATION everything');
$node->safe_psql('subscriber', changes(1100));
is_right('subscriber', 'taken over', %views);

# ---- deferred and append views: the publication has the schemas of the base tables ----

$node->safe_psql('postgres', 'DROP DATABASE subscriber');
$node->safe_psql('publisher', q{INSERT INTO e SELECT i, i % 5, i FROM generate_series(1, 50) i});
create_deferred($node, 'publisher', '{}', map { +"deferred_$_" => $views{$_} } qw(v joined));
create_deferred($node, 'publisher', '{"max_staleness": "0"}', fresh => $views{v});
my $appended = 'SELECT g, sum(x) AS s FROM e GROUP BY g';
$node->safe_psql('publisher', "SELECT ivm.create_view('appended', '$appended', 'append', options => '{\"watermark\": \"id\", \"overlap\": 0}')");
$node->safe_psql('publisher', 'CREATE PUBLICATION everything FOR TABLES IN SCHEMA public');
command_ok([ 'pg_dump', @connect, '-f', "$dir/publisher.sql", '--no-publications', 'publisher' ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE subscriber');
$node->command_ok([ 'psql', @connect, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'subscriber', '-f', "$dir/publisher.sql" ], 'restored');
subscribe('copy_data = false');
$node->safe_psql('publisher', changes(1200) . q{INSERT INTO e SELECT i, i % 6, i FROM generate_series(51, 90) i; CALL ivm.refresh_all()});
catch_up();
my %deferred = (deferred_v => $views{v}, deferred_joined => $views{joined}, fresh => $views{v}, appended => $appended);
is_exact($node, 'subscriber', 'read fresh', fresh => $views{v});
$node->safe_psql('subscriber', 'CALL ivm.refresh_all()');
is_right('subscriber', 'deferred and append', %deferred);
$node->safe_psql('publisher', changes(1300) . q{INSERT INTO e SELECT i, i % 6, i FROM generate_series(91, 99) i; CALL ivm.refresh_all()});
catch_up();
$node->safe_psql('subscriber', 'CALL ivm.refresh_all()');
is_right('subscriber', 'deferred and append, again', %deferred);
unsubscribe();

# ---- deferred and append views under FOR ALL TABLES ----

my %all = (%deferred, v => $views{v});
for my $db ('publisher', 'subscriber')
{
	$node->safe_psql('postgres', "DROP DATABASE $db");
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, "CREATE EXTENSION ivm; $tables");
	# in the same order, so that storage and change logs have the same names
	create_views($node, $db, v => $views{v});
	create_deferred($node, $db, '{}', map { +"deferred_$_" => $views{$_} } qw(v joined));
	create_deferred($node, $db, '{"max_staleness": "0"}', fresh => $views{v});
	$node->safe_psql($db, "SELECT ivm.create_view('appended', '$appended', 'append', options => '{\"watermark\": \"id\", \"overlap\": 0}')");
	# segments that logs had before the later views
	$node->safe_psql($db, 'CALL ivm.refresh_all()') for 1 .. 3;
}
$node->safe_psql('publisher', q{INSERT INTO d SELECT i, 'name' || i % 4 FROM generate_series(0, 9) i;} . changes(1) . q{INSERT INTO e SELECT i, i % 5, i FROM generate_series(1, 50) i});
$node->safe_psql('publisher', 'CREATE PUBLICATION everything FOR ALL TABLES');
subscribe('copy_data = true');
catch_up();
is_exact($node, 'subscriber', 'all tables: copied, read fresh', v => $views{v}, fresh => $views{v});
is( $node->safe_psql('subscriber', q{SELECT pending_rows FROM ivm.views WHERE viewname = 'deferred_v'}),
	$node->safe_psql('subscriber', 'SELECT count(*) FROM t'), 'all tables: what is copied is logged once');
$node->safe_psql('subscriber', 'CALL ivm.refresh_all()');
is_right('subscriber', 'all tables: copied', %all);
$node->safe_psql('publisher', q{INSERT INTO t SELECT i, i % 9, i FROM generate_series(5001, 5010) i; INSERT INTO e SELECT i, i % 5, i FROM generate_series(51, 90) i; CALL ivm.refresh_all(); UPDATE t SET x = x + 1 WHERE id > 5005});
catch_up();
is( $node->safe_psql('subscriber', q{SELECT pending_rows FROM ivm.views WHERE viewname = 'deferred_v'}), 10 + 2 * 5, 'all tables: changes are logged once');
is_exact($node, 'subscriber', 'all tables: read fresh', v => $views{v}, fresh => $views{v});
$node->safe_psql('subscriber', 'CALL ivm.refresh_all()');
is_right('subscriber', 'all tables: changed', %all);
$node->safe_psql('publisher', changes(100) . q{INSERT INTO e SELECT i, i % 6, i FROM generate_series(91, 99) i; CALL ivm.refresh_all()});
catch_up();
$node->safe_psql('subscriber', 'CALL ivm.refresh_all()');
is_right('subscriber', 'all tables: refreshed on both sides', %all);
unlike(slurp_file($node->logfile), qr/logical replication.*ERROR|ERROR.*(duplicate key|REPLICA IDENTITY)/, 'no worker reported an error');

# a new segment of a log: replication stops, and says at what; nothing is counted twice
my $offset = -s $node->logfile;
$node->safe_psql('publisher', 'INSERT INTO t SELECT i, i % 9, i FROM generate_series(10001, 50000) i');
catch_up();
$node->safe_psql('publisher', 'CALL ivm.refresh_all()');
$node->safe_psql('publisher', 'INSERT INTO t VALUES (9000, 1, 1)');
$node->wait_for_log(qr/ERROR:  relation "ivm_data\.t_log_\d+" does not exist/, $offset);
is_exact($node, 'subscriber', 'all tables: stopped, read fresh', v => $views{v}, fresh => $views{v});
# until the subscriber's log has come to a segment of this name as well
$node->safe_psql('subscriber', 'CALL ivm.refresh_all()');
catch_up();
is($node->safe_psql('subscriber', 'SELECT count(*) FROM t WHERE id = 9000'), 1, 'all tables: goes on');
$node->safe_psql('subscriber', 'CALL ivm.refresh_all()');
is_right('subscriber', 'all tables: went on', %all);
unsubscribe();
$node->stop;
done_testing();
