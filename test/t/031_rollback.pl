#
# What CALL ivm.rebuild(..., keep => true) keeps: through a cancel, a crash and a copy of the database; not in a dump, and not sent
# to a subscriber.  A view that was rolled back stays so in a dump, on a standby, and after a crash.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('rollback', allows_streaming => 'logical');
$node->start;
my $dir = $PostgreSQL::Test::Utils::tmp_check;
my @connect = ('-h', $node->host, '-p', $node->port);
my %views = (
	v => 'SELECT g, count(*) AS n, sum(x) AS s FROM t GROUP BY g',
	parts => 'SELECT id, x FROM t WHERE x > (SELECT avg(x) FROM t)');
my $days = 'SELECT id / 10 AS ten, count(*) AS n, max(x) AS most FROM e GROUP BY 1';
my $tables = <<'SQL';
CREATE TABLE t (id int PRIMARY KEY, g int, x int, doc text);
CREATE TABLE e (id bigint PRIMARY KEY, x int);
SQL

sub sql { my ($db, $sql) = @_; return $node->safe_psql($db, $sql); }
sub differs { my ($a, $b) = @_; return "(SELECT count(*) FROM ((TABLE $a EXCEPT ALL TABLE $b) UNION ALL (TABLE $b EXCEPT ALL TABLE $a)) d)"; }

# Do the views show what they did before the rebuild, or something else?
sub shows_before
{
	my ($db, $what, $on) = @_;
	is(($on // $node)->safe_psql($db, 'SELECT ' . join(' + ', map { differs($_, "before_$_") } qw(v parts a))), '0', $what);
	return;
}

sub kept { my ($db) = @_; return sql($db, q{SELECT count(kept_as_of) FROM ivm.views}); }
my $tables_kept = q{SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname LIKE '%kept'};
my $change = 'INSERT INTO t SELECT i, i % 11, i * 1000 FROM generate_series(1001, 1100) i; DELETE FROM t WHERE id < 50; INSERT INTO e SELECT i, i FROM generate_series(101, 150) i;';

sql('postgres', "CREATE DATABASE $_") for qw(main subscriber);
sql($_, "CREATE EXTENSION ivm; $tables") for qw(main subscriber);
sql('main', 'INSERT INTO t SELECT i, i % 10, i, repeat(md5(i::text), i % 500) FROM generate_series(1, 1000) i; INSERT INTO e SELECT i, i FROM generate_series(1, 100) i');
create_deferred($node, $_, '{}', %views) for qw(main subscriber);
sql($_, qq{SELECT ivm.create_view('a', '$days', 'append', options => '{"watermark": "id", "overlap": 0}')}) for qw(main subscriber);
sql('main', 'SELECT ivm.refresh_together(\'v\', \'parts\')');
for my $db (qw(main subscriber)) { sql($db, "CREATE TABLE before_$_ AS TABLE $_") for qw(v parts a); }
sql('main', $change);

# a subscriber gets the tables, and nothing of what is kept
sql('main', 'CREATE PUBLICATION pub FOR ALL TABLES');
sql('main', "SELECT pg_create_logical_replication_slot('sub', 'pgoutput')");
sql('subscriber', "CREATE SUBSCRIPTION sub CONNECTION 'host=@{[ $node->host ]} port=@{[ $node->port ]} dbname=main' PUBLICATION pub WITH (create_slot = false, slot_name = 'sub', copy_data = false)");

sql('main', "CALL ivm.rebuild('$_', keep => true)") for qw(v parts a);
is(kept('main'), 3, 'rows are kept');
sql('main', "INSERT INTO t VALUES (5000, 1, 1, '')");
my $lsn = sql('main', 'SELECT pg_current_wal_lsn()');
wait_until($node, 'main', "SELECT coalesce(bool_and(replay_lsn >= '$lsn'), false) FROM pg_stat_replication WHERE application_name = 'sub'");
is(sql('subscriber', 'SELECT count(*) FROM t WHERE id = 5000'), 1, 'the subscription goes on');
is(sql('subscriber', 'SELECT count(*) FROM ivm.generation'), 0, 'and has nothing kept');
sql('subscriber', 'ALTER SUBSCRIPTION sub DISABLE; ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub');
wait_until($node, 'main', q{SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'sub'});
sql('main', q{SELECT pg_drop_replication_slot('sub')});

# a rebuild that is cancelled keeps what was kept
my ($rc, $out, $err) = $node->psql('main', q{SET statement_timeout = 300; CALL ivm.rebuild('v', '{"check": "(SELECT true FROM pg_sleep(10))"}', true)});
like($err, qr/statement timeout/, 'a rebuild is cancelled');
is(kept('main'), 3, 'what was kept is kept still');

# a crash; a copy of the database
$node->stop('immediate');
$node->start;
is(kept('main'), 3, 'after a crash');
sql('postgres', 'CREATE DATABASE copied TEMPLATE main');
sql('copied', "SELECT ivm.rollback('$_')") for qw(v parts a);
shows_before('copied', 'a copy goes back');
sql('copied', "SELECT ivm.resume('$_')") for qw(v parts a);
is_exact($node, 'copied', 'a copy goes on', %views, a => $days);

# a standby, which goes along
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('rollback_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
sql('main', "SELECT ivm.rollback('$_')") for qw(v parts a);
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
shows_before('main', 'the standby goes back', $standby);
is($standby->safe_psql('main', 'SELECT count(*) FROM ivm.views WHERE status = \'paused\' AND data_as_of < now()'), 3, 'and tells as of when');
$standby->stop;
$node->stop('immediate');
$node->start;
shows_before('main', 'after another crash');
is(sql('main', $tables_kept), 0, 'nothing is kept any more');

# dumps: rolled back they stay, and what is kept is not dumped
command_ok(['pg_dump', @connect, '-f', "$dir/rolled_back.sql", 'main'], 'pg_dump');
sql('postgres', 'CREATE DATABASE restored');
command_ok(['psql', @connect, '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'restored', '-f', "$dir/rolled_back.sql"], 'restored');
shows_before('restored', 'what was restored is what was rolled back');
is(sql('restored', 'SELECT count(*) FROM ivm.views WHERE status = \'paused\''), 3, 'and paused');
sql($_, "SELECT ivm.resume('v'); SELECT ivm.resume('parts'); SELECT ivm.resume('a')") for qw(main restored);
is_exact($node, $_, "$_ goes on", %views, a => $days) for qw(main restored);
sql('main', "CALL ivm.rebuild('$_', keep => true)") for qw(v parts a);
command_ok(['pg_dump', @connect, '-f', "$dir/kept.sql", 'main'], 'pg_dump of what is kept');
sql('postgres', 'CREATE DATABASE restored2');
command_ok(['psql', @connect, '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'restored2', '-f', "$dir/kept.sql"], 'restored');
is(kept('restored2') . sql('restored2', $tables_kept), '00', 'nothing is kept there');
is_exact($node, 'restored2', 'and all is exact', %views, a => $days);

# the extension goes with all of it
sql('main', 'DROP EXTENSION ivm CASCADE');
is(sql('main', q{SELECT count(*) FROM pg_class WHERE relname LIKE '%kept'}), 0, 'nothing is left of the extension');

done_testing();
