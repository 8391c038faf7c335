#
# What the tests here share: a table with views of every kind of core on it,
# and the oracle that compares views with their definitions in one snapshot.
#
package IvmTest;

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

our @EXPORT = qw(
  %VIEWS %JOINS make_node setup_views setup_joins create_views create_deferred diff_query
  is_exact start_load finish_load start_sql finish_sql wait_until start_again script
);

# Views on table t, one of every kind.  Its floats have few bits, so that they
# can be added up exactly in any order.
our %VIEWS = (
	sums => 'SELECT g, count(*) AS n, sum(x) AS total, avg(f) AS mean FROM t GROUP BY g',
	ends => 'SELECT g, min(x) AS low, max(s) AS high FROM t GROUP BY g',
	lists => q{SELECT g, string_agg(s, ',' ORDER BY id) AS list FROM t WHERE g < 20 GROUP BY g},
	bag => 'SELECT g, x % 10 AS digit FROM t WHERE x > 50',
	kinds => 'SELECT DISTINCT x % 100 AS kind FROM t',
	share => 'SELECT g, sum(x) * 1000 / nullif((SELECT sum(x) FROM t), 0) AS share FROM t GROUP BY g',
	high => 'SELECT g, count(*) AS n FROM t WHERE x > (SELECT avg(x) FROM t) GROUP BY g',
	total => 'SELECT count(*) AS n, sum(f) AS total, min(x) AS low FROM t',
	busy => 'SELECT g, count(*) AS n FROM t GROUP BY g HAVING count(*) > 5 AND max(x) < 900');

# Views over t and d, over plain views of these, and over such views.  pg_dump
# makes per_g in two steps, since it rests on d's primary key.
our %JOINS = (
	joined => 'SELECT d.name, count(*) AS n, sum(t.x) AS total FROM t JOIN d USING (g) GROUP BY d.name',
	outer_joined => 'SELECT d.g, count(t.id) AS n, max(t.x) AS high FROM d LEFT JOIN t ON t.g = d.g AND t.x > 500 GROUP BY d.g',
	found => 'SELECT g, name FROM d WHERE EXISTS (SELECT FROM t WHERE t.g = d.g AND t.x % 7 = 0)',
	over_plain => 'SELECT name, sum(x) AS total FROM named JOIN t USING (g) GROUP BY name',
	over_grouped => 'SELECT n, count(*) AS c FROM per_g GROUP BY n',
	over_view => 'SELECT n, count(*) AS c, min(total) AS low FROM joined GROUP BY n');

# A node with settings that suit these tests, not yet started.
sub make_node
{
	my ($name, %init) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(%init);
	$node->append_conf('postgresql.conf', <<'CONF');
max_prepared_transactions = 10
max_connections = 50
log_line_prefix = '%m [%p] %e %q%a '
log_statement = none
log_min_duration_statement = -1
CONF
	return $node;
}

sub setup_views
{
	my ($node, $db, $rows) = @_;

	$node->safe_psql($db, <<"SQL");
CREATE EXTENSION IF NOT EXISTS ivm;
CREATE TABLE t (id bigserial PRIMARY KEY, g int, x int, f float8, s text);
INSERT INTO t (g, x, f, s)
	SELECT i % 90, i % 997, i / 8.0, 's' || i % 17 FROM generate_series(1, $rows) i;
SQL
	create_views($node, $db, %VIEWS);
	return;
}

sub setup_joins
{
	my ($node, $db) = @_;

	$node->safe_psql($db, <<'SQL');
CREATE TABLE d (g int PRIMARY KEY, name text, region int);
INSERT INTO d SELECT i, 'name' || i % 40, i % 5 FROM generate_series(1, 80) i;
CREATE INDEX ON t (g);
CREATE VIEW named AS SELECT g, name FROM d WHERE region < 3;
CREATE VIEW per_g AS SELECT d.g, d.name, count(*) AS n FROM d JOIN t USING (g) GROUP BY d.g;
SQL
	create_views($node, $db, %JOINS);
	return;
}

sub create_views
{
	my ($node, $db, %views) = @_;

	$node->safe_psql($db, join '',
		map { "SELECT ivm.create_view('$_', \$\$$views{$_}\$\$);\n" } sort keys %views);
	return;
}

# The same, deferred; options as in ivm.create_view(), as JSON.
sub create_deferred
{
	my ($node, $db, $options, %views) = @_;

	$node->safe_psql($db, join '',
		map { "SELECT ivm.create_view('$_', \$\$$views{$_}\$\$, 'deferred', options => '$options');\n" } sort keys %views);
	return;
}

# What a view has too much or too little, as one query.
sub diff_query
{
	my (%views) = @_;

	return join ' UNION ALL ', map {
		"SELECT '$_', 'extra', d::text FROM (TABLE $_ EXCEPT ALL ($views{$_})) d"
		  . " UNION ALL SELECT '$_', 'missing', d::text FROM (($views{$_}) EXCEPT ALL TABLE $_) d"
	} sort keys %views;
}

sub is_exact
{
	my ($node, $db, $what, %views) = @_;

	%views = %VIEWS unless %views;
	is($node->safe_psql($db, diff_query(%views) . ' LIMIT 20'), '', "exact: $what");
	return;
}

# Writes a pgbench script, returns its path.
sub script
{
	my ($name, $text) = @_;
	my $path = "${PostgreSQL::Test::Utils::tmp_check}/$name.sql";

	open my $fh, '>', $path or die "$path: $!";
	print $fh $text;
	close $fh;
	return $path;
}

# Starts pgbench in the background, returns the handle for finish_load().
sub start_load
{
	my ($node, $db, @args) = @_;
	my %load = (out => '', err => '');

	$load{run} = IPC::Run::start(
		[ 'pgbench', '-n', '-h', $node->host, '-p', $node->port, @args, $db ],
		'<', \undef, '>', \$load{out}, '2>', \$load{err});
	return \%load;
}

# Waits for pgbench; true if it succeeded.
sub finish_load
{
	my ($load) = @_;

	$load->{run}->finish;
	return !$load->{run}->result(0);
}

my $scripts = 0;

# Runs a script in the background, returns the handle for finish_sql().
sub start_sql
{
	my ($node, $db, $sql) = @_;
	my %psql = (out => '', err => '');

	$psql{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($db), '-f', script('background' . ++$scripts, $sql) ],
		'<', \undef, '>', \$psql{out}, '2>', \$psql{err});
	return \%psql;
}

# Waits for the script to end; what it has printed, or its error messages.
sub finish_sql
{
	my ($psql) = @_;

	$psql->{run}->finish;
	my $result = $psql->{run}->result(0) ? $psql->{err} : $psql->{out};
	chomp $result;
	return $result;
}

# Waits until a query gives true.
sub wait_until
{
	my ($node, $db, $query) = @_;

	$node->poll_query_until($db, "SELECT coalesce(($query), false)") or die "timed out: $query";
	return;
}

# Starts a server whose postmaster was killed, once its children are gone.
sub start_again
{
	my ($node) = @_;

	for (1 .. 100)
	{
		return 1 if $node->start(fail_ok => 1);
		usleep(200_000);
		$node->stop('fast', fail_ok => 1);
	}
	return 0;
}

1;
