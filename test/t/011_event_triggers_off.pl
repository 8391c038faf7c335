#
# Where no event trigger runs - in single-user mode, and with event_triggers =
# off, which there is since 17 - views that miss a change know it, and views
# dropped leave nothing that is in the way.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('event_triggers_off');
$node->start;
setup_views($node, 'postgres', 500);
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE u (g int, x int);
SELECT ivm.create_view('below', 'SELECT g, sum(x) AS s FROM u GROUP BY g');
SELECT ivm.create_view('above', 'SELECT s, count(*) AS n FROM below GROUP BY s');
SQL
my $version = $node->safe_psql('postgres', q{SELECT current_setting('server_version_num')::int});

# What is done to views in the same way, however event triggers are off
my @unseen = (
	'ALTER TABLE t DISABLE TRIGGER ivm_capture',
	q{INSERT INTO t (g, x, f, s) SELECT i % 7, i, i, 'q' FROM generate_series(1, 50) i},
	'ALTER TABLE t ENABLE ALWAYS TRIGGER ivm_capture',
	'DROP VIEW above');

sub check
{
	my $what = shift;

	is($node->safe_psql('postgres', q{SELECT count(*) FILTER (WHERE status <> 'stale') FROM ivm.views WHERE base_tables @> '{t}'}),
		'0', "$what: views on the table are stale");
	is($node->safe_psql('postgres', q{SELECT status FROM ivm.views WHERE viewname = 'below'}),
		'ready', "$what: those on other tables are ready");
	is_exact($node, 'postgres', $what);
	$node->safe_psql('postgres', 'INSERT INTO t (g, x, f, s) VALUES (1, 1, 1, NULL); DELETE FROM t WHERE id % 5 = 1');
	is_exact($node, 'postgres', "$what, changed");
	$node->safe_psql('postgres', 'CALL ivm.refresh_all()');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM ivm.views WHERE status <> 'ready'}), '0', "$what: refreshed");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM ivm.view v WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = v.view)}),
		'0', "$what: nothing is left of the view dropped");
	$node->safe_psql('postgres', 'INSERT INTO t (g, x, f, s) VALUES (2, 2, 2, NULL); UPDATE t SET x = x + 1 WHERE id % 5 = 2');
	is_exact($node, 'postgres', "$what, refreshed");
	$node->safe_psql('postgres', q{SELECT ivm.create_view('above', 'SELECT s, count(*) AS n FROM below GROUP BY s')});
	return;
}

$node->stop;
my ($out, $err) = ('', '');
my $ok = IPC::Run::run([ 'postgres', '--single', '-j', '-D', $node->data_dir, 'postgres' ],
	'<', \join('', map { "$_;\n\n" } @unseen), '>', \$out, '2>', \$err);
ok($ok, 'single-user mode');
unlike($err, qr/ERROR/, 'no errors in single-user mode');
$node->start;
check('single-user mode');

SKIP:
{
	skip 'event_triggers = off is since 17', 8 if $version < 170000;
	$node->safe_psql('postgres', join('', 'SET event_triggers = off;', map { "$_;\n" } @unseen));
	check('event_triggers = off');
}

$node->stop;
done_testing();
