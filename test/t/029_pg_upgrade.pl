#
# pg_upgrade from an older major version, by copies and by links: views of all modes, with deltas that wait and
# rows in change logs, are what they were before. So is what a rebuild has kept, and what was rolled back;
# what is not ready runs its definition.
#
# The older server is one that test/bin/build-server has made, or that of IVM_OLD_PG_CONFIG, and needs the
# extension; a copy of it is made for that, if it does not have it.
#
use strict;
use warnings;

use Cwd qw(abs_path);
use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = abs_path("$FindBin::RealBin/../..");
my $dir = abs_path($PostgreSQL::Test::Utils::tmp_check);

sub major { my ($version) = run_command([ shift, '--version' ]); return $version =~ /(\d+)/ ? $1 : 0; }
sub config { my ($pg_config, $what) = @_; my ($path) = run_command([ $pg_config, "--$what" ]); return $path; }

my $cache = $ENV{IVM_CACHE} || '/var/cache/ivm';
my $new_major = major('pg_config');
my ($old_config) = sort { major($a) <=> major($b) } grep { -x $_ && major($_) < $new_major } $ENV{IVM_OLD_PG_CONFIG} || glob("$cache/pg[0-9]*/bin/pg_config");
plan skip_all => "not tried: no server older than $new_major is there" if !$old_config;

# ---- the older server, with the extension ----

my $old_prefix = config($old_config, 'bindir') =~ s{/bin$}{}r;
if (!-e config($old_config, 'pkglibdir') . '/ivm.so')
{
	my $make = $ENV{MAKE} || 'make';
	my $copy = "$dir/old_server";
	my @make = ($make, '-s', '--no-print-directory', '-C', "$dir/build", "PG_CONFIG=$copy/bin/pg_config", 'with_llvm=no');

	mkdir "$dir/build";
	system_or_bail('cp', '-r', $old_prefix, $copy);
	# the sources, without what was built for the newer server
	system_or_bail('sh', '-c', "tar -C '$top' -cf - --exclude='*.o' --exclude='*.d' --exclude='*.bc' Makefile META.json ivm.control sql src | tar -C '$dir/build' -xf -");
	delete local @ENV{qw(MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES PG_CONFIG)};
	system_or_bail(@make, $_) for qw(all install);
	$old_prefix = $copy;
}

# ---- views of all modes ----

my %deferred = (deferred_sums => $VIEWS{sums}, deferred_joined => $JOINS{joined});
my %fresh = (fresh => $VIEWS{ends});
my %appended = (appended => 'SELECT k, count(*) AS n, max(x) AS high FROM e GROUP BY k');
my %windows = (recent => q{SELECT k, count(*) AS n FROM w WHERE at > now() - interval '90 days' GROUP BY k});
my %totals = (totals => 'SELECT g, x % 3 AS r, count(*) AS n, max(x) AS high, count(DISTINCT s) AS kinds FROM t GROUP BY ROLLUP (g, x % 3)');
# these run their definitions until somebody calls what their reason, or their status, says
my %waiting = (paused => $VIEWS{sums}, unfilled => 'SELECT g, sum(f) AS total FROM t GROUP BY g', stale => 'SELECT k, sum(x) AS total FROM u GROUP BY k');
my %current = (%VIEWS, %JOINS, %fresh, %windows, %totals, %waiting);
# of which the rows from before a rebuild are kept, and which show such rows
my %kept = (kept_deferred => $VIEWS{ends}, kept_appended => $appended{appended});
my %back = (back_deferred => $JOINS{joined}, back_appended => $appended{appended});
my %all = (%current, %deferred, %appended, %kept, %back);

my $old = PostgreSQL::Test::Cluster->new('old', install_path => $old_prefix);
$old->init;
$old->append_conf('postgresql.conf', "max_prepared_transactions = 10\nshared_preload_libraries = 'ivm'");
$old->start;
setup_views($old, 'postgres', 500);
setup_joins($old, 'postgres');
create_views($old, 'postgres', %totals, paused => $waiting{paused});
$old->safe_psql('postgres', <<'SQL');
CREATE TABLE u (k int, x int);
INSERT INTO u SELECT i % 3, i FROM generate_series(1, 30) i;
CREATE TABLE e (id bigserial PRIMARY KEY, k int, x int);
CREATE TABLE w (k int, at timestamptz);
CREATE INDEX ON w (at);
INSERT INTO e (k, x) SELECT i % 7, i FROM generate_series(1, 100) i;
INSERT INTO w SELECT i % 5, now() - i * interval '1 day' FROM generate_series(1, 200) i;
SQL
create_views($old, 'postgres', %windows);
create_views($old, 'postgres', stale => $waiting{stale});
create_deferred($old, 'postgres', '{"refresh": "1 day"}', %deferred, map { $_ => $all{$_} } qw(kept_deferred back_deferred));
create_deferred($old, 'postgres', '{"max_staleness": "0"}', %fresh);
$old->safe_psql('postgres', "SELECT ivm.create_view('$_', '$appended{appended}', 'append', options => '{\"watermark\": \"id\"}')") for qw(appended kept_appended back_appended);
$old->safe_psql('postgres', "SELECT ivm.create_view('unfilled', '$waiting{unfilled}', with_data => false)");
$old->safe_psql('postgres', "SELECT ivm.create_index('sums', 'total', 'sums_total'); SELECT ivm.pause('paused')");

my $change = <<'SQL';
INSERT INTO t (g, x, f, s) SELECT i % 90, i, i / 8.0, 's' || i % 17 FROM generate_series(1, 60) i;
UPDATE t SET x = x + 1, g = g + 1 WHERE id % 7 = 0;
DELETE FROM t WHERE id % 11 = 0;
UPDATE d SET name = name || '!' WHERE g % 3 = 0;
INSERT INTO e (k, x) SELECT i % 7, i FROM generate_series(1, 20) i;
INSERT INTO w SELECT i, now() FROM generate_series(1, 3) i;
SQL
# what kept_* would go back to, and back_* have gone back to
my $rows = sub { my ($node, @views) = @_; return $node->safe_psql('postgres', join '', map { "SELECT '$_', v::text FROM $_ v ORDER BY 2;\n" } @views); };
my $first = $rows->($old, sort keys %kept);
my $first_back = $rows->($old, sort keys %back);
$old->safe_psql('postgres', $change);
$old->safe_psql('postgres', "CALL ivm.rebuild('$_', keep => true)") for sort(keys %kept, keys %back);
isnt($rows->($old, sort keys %back), $first_back, 'rebuilt');
$old->safe_psql('postgres', "SELECT ivm.rollback('$_')") for sort keys %back;
is($rows->($old, sort keys %back), $first_back, 'rolled back');
$old->safe_psql('postgres', 'SET client_min_messages = error; ALTER TABLE u DISABLE TRIGGER ALL; INSERT INTO u VALUES (1, 100)');

# serializable transactions only append, so that deltas wait
$old->safe_psql('postgres', "$change SET default_transaction_isolation = serializable; $change");
cmp_ok($old->safe_psql('postgres', q{SELECT sum((xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM ' || delta, true, true, '')))[1]::text::int) FROM ivm.view}), '>', 50, 'deltas wait');
cmp_ok($old->safe_psql('postgres', 'SELECT sum(pending_rows) FROM ivm.views'), '>', 50, 'logged rows wait');
is_exact($old, 'postgres', 'before', %current);

# What must be the same afterwards
my $kept = <<'SQL';
SELECT viewname, id, mode, status, reason, options, definition, CASE mode WHEN 'immediate' THEN NULL ELSE data_as_of END, created_at, kept_as_of FROM ivm.views ORDER BY viewname;
SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE tgname ~ '^ivm_' ORDER BY 1, 2;
SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid IN (SELECT state FROM ivm.view UNION ALL SELECT delta FROM ivm.view) ORDER BY 1;
SELECT count(*) FROM ivm.run;
SELECT evtname, evtenabled FROM pg_event_trigger ORDER BY 1;
SQL
# the words of definitions may be others in another version
$kept =~ s/definition, // if $new_major >= 16;
my $before = $old->safe_psql('postgres', $kept);
my @stored = sort(keys %deferred, keys %appended, keys %kept, keys %back);
my $shown = $rows->($old, @stored);
my $not_ready = $old->safe_psql('postgres', q{SELECT viewname, status FROM ivm.views WHERE status <> 'ready' ORDER BY 1});
is($not_ready, "back_appended|paused\nback_deferred|paused\npaused|paused\nstale|stale\nunfilled|unpopulated", 'views that are not ready');
like($before, qr/ivm_guard\|A/, 'storage is guarded');
$old->stop;

# ---- upgraded ----

for my $mode ('--copy', '--link')
{
	my $new = PostgreSQL::Test::Cluster->new('new' . $mode =~ tr/-/_/r);

	$new->init($new_major >= 18 ? (extra => ['--no-data-checksums']) : ());
	$new->append_conf('postgresql.conf', "max_prepared_transactions = 10\nshared_preload_libraries = 'ivm'");
	command_ok(
		[   'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', config("$old_prefix/bin/pg_config", 'bindir'), '-B', config('pg_config', 'bindir'),
			'-s', $new->host, '-p', $old->port, '-P', $new->port, $mode ], "pg_upgrade $mode");
	# which pg_upgrade leaves in the current directory
	unlink 'delete_old_cluster.sh';
	$new->start;
	is($new->safe_psql('postgres', $kept), $before, "$mode: statuses, triggers and indexes are what they were");
	is($rows->($new, @stored), $shown, "$mode: stored rows are what they were");
	is_exact($new, 'postgres', $mode, %current);
	is($new->safe_psql('postgres', q{SELECT viewname, r.* FROM ivm.views, ivm.verify_view(view) r WHERE status = 'ready'}), '', "$mode: verified");
	$new->safe_psql('postgres', $change);
	is_exact($new, 'postgres', "$mode, written", %current);
	$new->safe_psql('postgres', 'SELECT ivm.fold(view) FROM ivm.views');
	is_exact($new, 'postgres', "$mode, folded", %current);
	# what was kept can be gone back to, and on from there
	$new->safe_psql('postgres', "SELECT ivm.rollback('$_')") for sort keys %kept;
	is($rows->($new, sort keys %kept), $first, "$mode: rolled back to what was kept");
	is($rows->($new, sort keys %back), $first_back, "$mode: what was rolled back before stays so");
	$new->safe_psql('postgres', join '', map { "SELECT ivm.resume('$_');\n" } sort(keys %kept, keys %back, 'paused'));
	$new->safe_psql('postgres', q{CALL ivm.refresh_all(); CALL ivm.rebuild('unfilled')});
	# transaction ids of another cluster may mean others
	is($new->safe_psql('postgres', q{SELECT DISTINCT method FROM ivm.history WHERE operation = 'refresh' AND view_name ~ '\.(deferred|fresh|appended)' AND started_at > pg_postmaster_start_time()}),
		'recompute', "$mode: the first refresh computes anew");
	is_exact($new, 'postgres', "$mode, refreshed", %all);
	is($new->safe_psql('postgres', q{SELECT viewname, status, reason FROM ivm.views WHERE status <> 'ready'}), '', "$mode: all are ready");
	$new->safe_psql('postgres', "$change" . join '', map { "SELECT ivm.refresh('$_', 'delta');\n" } keys %deferred, keys %fresh, keys %appended, keys %kept, keys %back);
	is_exact($new, 'postgres', "$mode, written, and refreshed by what has changed", %all);
	is($new->safe_psql('postgres', 'SELECT viewname, r.* FROM ivm.views, ivm.verify_view(view) r'), '', "$mode: verified again");
	# the guard works: rows that are put into storage make the view stale
	$new->safe_psql('postgres', q{DO $$ BEGIN EXECUTE (SELECT format('INSERT INTO %s SELECT * FROM %1$s LIMIT 0', state_table) FROM ivm.views WHERE viewname = 'bag'); END $$});
	$new->safe_psql('postgres', q{SET client_min_messages = error; DO $$ BEGIN EXECUTE (SELECT format('CREATE TEMP TABLE one AS SELECT * FROM %s LIMIT 1; DELETE FROM %1$s WHERE ctid = (SELECT min(ctid) FROM %1$s); INSERT INTO %1$s SELECT * FROM one', state_table) FROM ivm.views WHERE viewname = 'total'); END $$});
	is($new->safe_psql('postgres', q{SELECT viewname FROM ivm.views WHERE status = 'stale'}), 'total', "$mode: storage is guarded");
	is_exact($new, 'postgres', "$mode, stale", total => $VIEWS{total});
	unlike(slurp_file($new->logfile), qr/TRAP|PANIC|signal \d/, "$mode: no crash");
	$new->stop;
}
done_testing();
