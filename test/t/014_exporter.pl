#
# doc/monitoring/: Debian's prometheus-postgres-exporter, with a role that has pg_monitor
# and nothing else, shows all metrics of queries.yaml; what alert rules and the dashboard
# ask for is among them; promtool takes the rules, and they fire when they should.  The
# queries of doc/monitoring.md run with that role, too.
#
# The programs are taken from where they are installed, or unpacked from their packages,
# without installing these: they would start services.
#
use strict;
use warnings;

use Cwd;
use FindBin;
use lib $FindBin::RealBin;
use HTTP::Tiny;
use IPC::Run;
use IvmTest;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $doc = "$FindBin::RealBin/../../doc";
my $unpacked = "${PostgreSQL::Test::Utils::tmp_check}/packages";

# The path of a program, or undef if it cannot be had.
sub program
{
	my ($name, $package) = @_;
	my $cwd = getcwd;

	for my $dir (split(/:/, $ENV{PATH}), "$unpacked/usr/bin")
	{
		return "$dir/$name" if -x "$dir/$name";
	}
	mkdir $unpacked;
	chdir $unpacked or return;
	system(qq{apt-get -qq download $package >log 2>&1 && dpkg -x ${package}_*.deb . >>log 2>&1});
	chdir $cwd;
	return -x "$unpacked/usr/bin/$name" ? "$unpacked/usr/bin/$name" : undef;
}

my $exporter = program('prometheus-postgres-exporter', 'prometheus-postgres-exporter')
  or plan skip_all => 'not run: package prometheus-postgres-exporter cannot be had';

# ---------------------------------------------------------------------------
# Views of all kinds, and somebody who may only monitor
# ---------------------------------------------------------------------------
my $node = make_node('exporter');
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
INSERT INTO t SELECT i, i % 5, i FROM generate_series(1, 100) i;
CREATE FUNCTION stop(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
	'BEGIN IF x = 1000 THEN PERFORM pg_advisory_xact_lock_shared(1); END IF; RETURN x; END';
SELECT ivm.create_view('soon', 'SELECT g, sum(x) AS total FROM t GROUP BY g', mode => 'deferred');
SELECT ivm.create_view('slow', 'SELECT g, sum(stop(x)) AS total FROM t GROUP BY g', mode => 'deferred');
SELECT ivm.create_view('now', 'SELECT g, count(*) AS n FROM t GROUP BY g');
SELECT ivm.create_view('off', 'SELECT DISTINCT g FROM t');
INSERT INTO t SELECT i, i % 5, i FROM generate_series(101, 110) i;
SELECT * FROM ivm.refresh('soon');
INSERT INTO t SELECT i, i % 5, i FROM generate_series(111, 117) i;
SELECT ivm.pause('off');
SELECT * FROM ivm.reconcile('now');
UPDATE ivm.view SET options = '{"refresh": "5 min"}' WHERE view = 'soon'::regclass;
CREATE ROLE exporter LOGIN IN ROLE pg_monitor;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL

# A refresh that does not end, and another one that waits for it
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; SELECT pg_advisory_xact_lock(1);');
$node->safe_psql('postgres', 'INSERT INTO t VALUES (1000, 1, 1000)');
my @refreshes;
for my $n (1, 2)
{
	my %run = (out => '', err => '');
	$run{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', q{SELECT method FROM ivm.refresh('slow')} ],
		'<', \undef, '>', \$run{out}, '2>', \$run{err});
	push @refreshes, \%run;
	$node->poll_query_until('postgres', "SELECT count(*) = $n FROM ivm.progress");
}
$node->poll_query_until('postgres', 'SELECT count(*) = 1 FROM ivm.lock_waits');

# ---------------------------------------------------------------------------
# The exporter
# ---------------------------------------------------------------------------
my $port = PostgreSQL::Test::Cluster::get_free_port();
my ($log, $metrics) = ('', '');
$ENV{DATA_SOURCE_NAME} =
  'user=exporter dbname=postgres sslmode=disable host=' . $node->host . ' port=' . $node->port;
my $run = IPC::Run::start(
	[ $exporter, "--web.listen-address=127.0.0.1:$port", '--disable-settings-metrics',
		"--extend.query-path=$doc/monitoring/queries.yaml" ],
	'<', \undef, '>', \$log, '2>&1');

sub scrape
{
	for (1 .. 150)
	{
		my $answer = HTTP::Tiny->new(timeout => 20)->get("http://127.0.0.1:$port/metrics");
		return $answer->{content} if $answer->{success};
		usleep(200_000);
	}
	return '';
}

# The value of a metric with these labels, or undef.
sub value
{
	my ($name, %labels) = @_;

	for my $line (grep { /^$name\{/ } split /\n/, $metrics)
	{
		my ($shown, $value) = $line =~ /^\w+\{(.*)\} (\S+)$/ or next;
		return $value unless grep { $shown !~ /(?:^|,)$_="\Q$labels{$_}\E"(?:,|$)/ } keys %labels;
	}
	return undef;
}

$metrics = scrape();
isnt($metrics, '', 'the exporter answers');
like($metrics, qr/^pg_up(?:\{[^}]*\})? 1$/m, 'it reaches the server');
like($metrics, qr/^pg_exporter_last_scrape_error(?:\{[^}]*\})? 0$/m, 'its queries succeed');
my @failed = $metrics =~ /^pg_exporter_user_queries_load_error\{[^}]*\} 1$/mg;
is("@failed", '', 'queries.yaml is read');

my %soon = (datname => 'postgres', schemaname => 'public', viewname => 'soon');
is(value('ivm_view_ready', %soon, mode => 'deferred'), 1, 'a deferred view that is ready');
is(value('ivm_view_ready', viewname => 'off', mode => 'immediate'), 0, 'an immediate one that is paused');
is(value('ivm_view_status_info', viewname => 'off', status => 'paused'), 1, 'with its status');
is(value('ivm_view_pending_rows', %soon), 8, 'pending rows');
is(value('ivm_view_pending_bytes', %soon), 8192, 'pending bytes');
is(value('ivm_view_target_seconds', %soon), 300, 'target');
is(value('ivm_view_target_seconds', viewname => 'now'), 'NaN', 'no target');
is(value('ivm_view_lag_seconds', viewname => 'now'), 0, 'an immediate view has no lag');
cmp_ok(value('ivm_view_lag_seconds', %soon), '>', 0, 'a deferred one has');
cmp_ok(value('ivm_view_log_limit_bytes', %soon), '==', 2**30, 'limit of the change log');
is(value('ivm_runs_refreshes_total', %soon), 1, 'refreshes');
is(value('ivm_runs_refresh_rows_read_total', %soon), 10, 'rows that they read');
is(value('ivm_runs_repairs_total', viewname => 'now'), 1, 'repairs');
is(value('ivm_running_total', view => 'public.slow', operation => 'refresh', phase => 'computing changes'),
	18, 'what is running');
is(value('ivm_lock_waits_sessions', lock => 'refresh'), 1, 'who waits for locks');
is(value('ivm_lock_waits_sessions', lock => 'base table'), 0, 'and who does not');
unlike($log, qr/level=error/, 'the exporter has logged no error') or diag($log);

# Each metric of the file is there.
my ($group, $column, @defined);
for my $line (split /\n/, slurp_file("$doc/monitoring/queries.yaml"))
{
	$group = $1 if $line =~ /^(\w+):$/;
	$column = $1 if $line =~ /^    - (\w+):$/;
	push @defined, "${group}_$column" if $line =~ /usage: "(?:GAUGE|COUNTER)"/;
}
cmp_ok(scalar @defined, '>', 20, 'there are metrics');
my %shown = map { $_ => 1 } $metrics =~ /^(\w+)\{/mg;
is(join(' ', grep { !$shown{$_} } @defined), '', 'all metrics of queries.yaml are shown');

# Metrics in an expression: names of ours, outside of what is in quotes
sub unknown_metrics
{
	my ($expr) = @_;
	$expr =~ s/"[^"]*"//g;
	return grep { !$shown{$_} } $expr =~ /\b(ivm_\w+)/g;
}

# ---------------------------------------------------------------------------
# The dashboard
# ---------------------------------------------------------------------------
my $dashboard = decode_json(slurp_file("$doc/monitoring/dashboard.json"));
my @exprs = map { $_->{expr} } map { @{ $_->{targets} } } @{ $dashboard->{panels} };
cmp_ok(scalar @exprs, '>', 10, 'the dashboard has queries');
is(join(' ', grep { !/ivm_/ } @exprs), '', 'all of views');
is(join(' ', map { unknown_metrics($_) } @exprs), '', 'of metrics that are shown');
is(join(' ', map { unknown_metrics($_->{query}{query}) } grep { ref $_->{query} } @{ $dashboard->{templating}{list} }),
	'', 'its variables, too');
for my $title ('Lag', 'Duration of a refresh', 'Rows of a refresh', 'Failures', 'Pending bytes')
{
	is(scalar(grep { $_->{title} eq $title } @{ $dashboard->{panels} }), 1, "panel $title");
}

# ---------------------------------------------------------------------------
# The queries of the manual
# ---------------------------------------------------------------------------
my @queries = grep { /\S/ } map { split /;\s*\n/ } slurp_file("$doc/monitoring.md") =~ /```sql\n(.*?)```/sg;
cmp_ok(scalar @queries, '>', 5, 'the manual has queries');
for my $query (@queries)
{
	next if $query =~ /^\s*(?:CREATE|GRANT|ALTER)/;
	my ($rc, $out, $err) = $node->psql('postgres', $query, connstr => $node->connstr('postgres') . ' user=exporter');
	is($err, '', 'runs: ' . ($query =~ /^\s*-- (.*)$/m)[0]) or diag($query);
}

# ---------------------------------------------------------------------------
# The end of the refreshes
# ---------------------------------------------------------------------------
$holder->query_safe('COMMIT;');
$holder->quit;
$_->{run}->finish for @refreshes;
is(join('', map { $_->{out} } @refreshes), "delta\nnothing\n", 'the refreshes end');
$metrics = scrape();
is(value('ivm_running_seconds', view => 'public.slow'), undef, 'nothing runs any more');
is(value('ivm_lock_waits_sessions', lock => 'refresh'), 0, 'nobody waits');
is(value('ivm_runs_refreshes_total', viewname => 'slow'), 2, 'both are counted');
is($node->safe_psql('postgres', q{SELECT has_table_privilege('exporter', 'soon', 'SELECT')}), 'f',
	'all that without the right to read a view');
$run->signal('TERM');
$run->finish;
$node->stop;

# ---------------------------------------------------------------------------
# The alert rules
# ---------------------------------------------------------------------------
my @rules = slurp_file("$doc/monitoring/alerts.yml") =~ /^\s*expr: (.*)$/mg;
cmp_ok(scalar @rules, '>', 5, 'there are alert rules');
is(join(' ', map { unknown_metrics($_) } @rules), '', 'of metrics that are shown');

my $promtool = program('promtool', 'prometheus');
if (!$promtool)
{
	# not counted as a test that passed
	diag('alert rules: not run: package prometheus cannot be had');
	done_testing();
	exit;
}
my $out = `$promtool check rules $doc/monitoring/alerts.yml 2>&1`;
is($?, 0, 'promtool takes the rules') or diag($out);

my $nans = join ' ', ('NaN') x 40;
my $test = script('alerts_test', <<"YAML");
rule_files:
  - $doc/monitoring/alerts.yml
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'ivm_view_ready{schemaname="s", viewname="v"}'
        values: '1x20 0x20'
      - series: 'ivm_view_lag_seconds{schemaname="s", viewname="v"}'
        values: '10x9 400x10 10x20'
      - series: 'ivm_view_target_seconds{schemaname="s", viewname="v"}'
        values: '300x40'
      - series: 'ivm_view_lag_seconds{schemaname="s", viewname="aimless"}'
        values: '100000x40'
      - series: 'ivm_view_target_seconds{schemaname="s", viewname="aimless"}'
        values: '$nans'
      - series: 'ivm_view_pending_bytes{schemaname="s", viewname="v"}'
        values: '0x10 900x10 0x20'
      - series: 'ivm_view_log_limit_bytes{schemaname="s", viewname="v"}'
        values: '1000x40'
      - series: 'ivm_runs_refresh_failures_total{schemaname="s", viewname="v"}'
        values: '0x10 1x30'
    alert_rule_test:
      - {eval_time: 9m, alertname: IvmViewLate, exp_alerts: []}
      - eval_time: 15m
        alertname: IvmViewLate
        exp_alerts:
          - exp_labels: {severity: warning, schemaname: s, viewname: v}
            exp_annotations:
              summary: View s.v is older than promised
              description: Its rows are 6m 40s old. ivm.views says when the next refresh is due and what failed, ivm.progress whether one is running.
      - {eval_time: 25m, alertname: IvmViewLate, exp_alerts: []}
      - {eval_time: 15m, alertname: IvmViewNotRead, exp_alerts: []}
      - eval_time: 35m
        alertname: IvmViewNotRead
        exp_alerts:
          - exp_labels: {severity: warning, schemaname: s, viewname: v}
            exp_annotations:
              summary: View s.v is not read from its storage
              description: Reads run the definition. ivm.views has the status and the reason; SELECT * FROM ivm.refresh(view) repairs it.
      - {eval_time: 9m, alertname: IvmChangeLogGrows, exp_alerts: []}
      - eval_time: 18m
        alertname: IvmChangeLogGrows
        exp_alerts:
          - exp_labels: {severity: warning, schemaname: s, viewname: v}
            exp_annotations:
              summary: View s.v has 900B to take in
              description: Past its log_limit it turns stale and has to be computed afresh. Refresh it, or raise the limit by ivm.alter_view().
      - {eval_time: 9m, alertname: IvmRefreshFails, exp_alerts: []}
      - eval_time: 15m
        alertname: IvmRefreshFails
        exp_alerts:
          - exp_labels: {severity: warning, schemaname: s, viewname: v}
            exp_annotations:
              summary: Refreshes of view s.v fail
              description: ivm.history has the error.
      - {eval_time: 15m, alertname: IvmMetricsMissing, exp_alerts: []}
  - interval: 1m
    alert_rule_test:
      - eval_time: 15m
        alertname: IvmMetricsMissing
        exp_alerts:
          - exp_labels: {severity: warning}
            exp_annotations:
              summary: No metrics of any view
              description: The exporter does not reach the database, has no pg_monitor, or its queries fail; its log says which.
YAML
$out = `$promtool test rules $test 2>&1`;
is($?, 0, 'the rules fire when they should, and not else') or diag($out);

done_testing();
