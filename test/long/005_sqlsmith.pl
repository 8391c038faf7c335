#
# The program sqlsmith sends random statements to a database full of views, as superuser, IVM_SQLSMITH of them (1,000), beside a small load
# that keeps deltas pending: no process of the server dies but of what a statement asks for, and no error XX000 comes that PostgreSQL does
# not have itself. That is told by a control, a database without the extension where views of the same names and columns are plain
# ones: statements that failed are run there again. A sample of its queries is explained by ivm.explain_query(). IVM_SEED repeats the
# statements.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../t";
use IPC::Run;
use IvmLoad;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);

plan skip_all => 'there is no program sqlsmith, and no package of it could be installed'
  unless eval { IPC::Run::run([ 'sqlsmith', '--version' ], '>', \my $version, '2>', \my $none) };

my $db = 'postgres';
my $queries = $ENV{IVM_SQLSMITH} || 1000;
my $seed = $ENV{IVM_SEED} || int(rand(2**30));
my $node = make_load_node('sqlsmith');

note("seed $seed");
# Statements can make replication slots, which keep files. Where a statement is long, it is wanted whole.
$node->append_conf('postgresql.conf', <<'CONF');
logging_collector = on
log_destination = csvlog
log_filename = 'random.log'
log_rotation_age = 0
log_rotation_size = 0
log_error_verbosity = verbose
log_checkpoints = off
track_activity_query_size = 100kB
max_slot_wal_keep_size = 256MB
CONF
$node->start;
setup_load($node, $db);
note('assertions ' . $node->safe_psql($db, 'SHOW debug_assertions'));

# ---- the control ----

# The names and columns of the extension's relations as tables with the same rows. Of its functions and aggregates, those that only compute
# are there themselves: what they give can be what fails. The others are such as do nothing.
my $copies = q{SELECT format('CREATE TABLE %I.%I (%s);', n.nspname, c.relname,
	string_agg(format('%I %s', attname, replace(format_type(atttypid, atttypmod), 'ivm.packed_row', 'text')), ', ' ORDER BY attnum))
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
WHERE nspname IN ('ivm', 'ivm_data') AND relkind IN ('r', 'v') GROUP BY n.nspname, c.relname};
my $functions = q{SELECT CASE
	WHEN prokind = 'a' THEN format('CREATE AGGREGATE ivm.%I(%s) (SFUNC = %s, STYPE = internal, FINALFUNC = %s);', proname, pg_get_function_arguments(p.oid), aggtransfn, aggfinalfn)
	WHEN lanname = 'c' AND provolatile = 'i' AND prosupport = 0 THEN pg_get_functiondef(p.oid) || ';'
	ELSE format('CREATE FUNCTION %s.%I(%s) RETURNS %s LANGUAGE plpgsql %s %s AS $$ BEGIN %s; END $$;', pronamespace::regnamespace,
		proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
		CASE provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END, CASE WHEN proisstrict THEN 'STRICT' ELSE '' END,
		CASE WHEN proretset OR prorettype IN ('void'::regtype, 'record'::regtype) THEN 'RETURN' ELSE 'RETURN NULL' END) END
FROM pg_proc p JOIN pg_language l ON l.oid = prolang LEFT JOIN pg_aggregate a ON aggfnoid = p.oid
WHERE pronamespace IN ('ivm'::regnamespace, 'ivm_data'::regnamespace) AND prokind IN ('a', 'f')
AND NOT ARRAY[prorettype] || proargtypes::oid[] && '{ivm.packed_row,trigger,event_trigger}'::regtype[]::oid[] AND proname NOT LIKE '%\_support'
ORDER BY prokind DESC};

# The same tables and, as plain views, the same views
sub make_control
{
	my %plain = (%CURRENT, %LATER, map { $_ => $node->safe_psql($db, "SELECT pg_get_viewdef('$_')") } qw(named per_g));
	my $path = "${PostgreSQL::Test::Utils::tmp_check}/rows";
	my @from = map { split /\n/, $node->safe_psql($db, $_) }
	  q{SELECT format('%I.%I', relnamespace::regnamespace, relname) FROM pg_class WHERE relnamespace::regnamespace::text IN ('ivm', 'ivm_data') AND relkind IN ('r', 'v')};

	$node->safe_psql($db, 'CREATE DATABASE control');
	IPC::Run::run(
		[ 'pg_dump', '-d', $node->connstr($db), '--section=pre-data', '--section=data', map { ('-t', "public.$_") } qw(t d e w p p1 p2 p3 expected) ],
		'|', [ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('control') ], '>', \my $out)
	  or die 'tables could not be copied';
	$node->safe_psql('control', join "\n", 'ALTER TABLE t ADD PRIMARY KEY (id); ALTER TABLE d ADD PRIMARY KEY (g); ALTER TABLE e ADD PRIMARY KEY (id); CREATE INDEX ON t (g, x); CREATE INDEX ON t (g); CREATE INDEX ON w (at);',
		'CREATE SCHEMA ivm; CREATE SCHEMA ivm_data;', $node->safe_psql($db, $copies), $node->safe_psql($db, $functions), $node->safe_psql($db, q{SELECT pg_get_functiondef('look'::regproc)}));
	# views may rest on others
	while (my @names = sort keys %plain)
	{
		for my $name (@names)
		{
			delete $plain{$name} unless $node->psql('control', "CREATE VIEW $name AS $plain{$name}");
		}
		die "no plain views @names" if @names == keys %plain;
	}
	for my $table (@from)
	{
		$node->safe_psql($db, "COPY (SELECT * FROM $table) TO '$path'");
		$node->safe_psql('control', "COPY $table FROM '$path'");
	}
	return;
}

# ---- the statements ----

# sqlsmith does not know what ranges and enums are compared with, nor variadic functions, so more than half of its statements would not
# be parsed: it is shown a pg_proc without such functions, and no such operators. And it takes any table as often as any other, so
# that users' views would be few among the tables of the extension and of the catalogue: it is shown one schema only, where smith.tables has its name;
# and no segments of change logs, which come and go. Two functions fail internally whenever a row reaches them.
my $odd = q{'{anyrange,anymultirange,anyenum}'::regtype[]::oid[]};

sub prepare_catalog
{
	$node->safe_psql($db, <<"SQL");
CREATE SCHEMA shadow;
CREATE MATERIALIZED VIEW shadow.pg_proc AS SELECT * FROM pg_catalog.pg_proc WHERE provariadic = 0 AND NOT proargtypes::oid[] && $odd
	AND NOT proargtypes::oid[] && '{anycompatible,anycompatiblerange,anycompatiblemultirange,anycompatiblearray,anycompatiblenonarray}'::regtype[]::oid[] AND proname NOT IN ('pg_stop_making_pinned_objects', 'pg_get_shmem_allocations_numa');
CREATE INDEX ON shadow.pg_proc (oid);
DO \$\$ BEGIN EXECUTE format('CREATE OR REPLACE VIEW information_schema.tables AS SELECT * FROM (%s) t WHERE table_schema = coalesce(current_setting(''smith.tables'', true), table_schema) AND table_name !~ ''_log_[0-9]+\$''',
	rtrim(pg_get_viewdef('information_schema.tables'), ';')); END \$\$;
SQL
	hide_operators($db);
	return;
}

# In the control, too, for there are errors if such an operator is taken after all.
sub hide_operators
{
	my ($where) = @_;

	$node->safe_psql($where, "SET allow_system_table_mods = on; UPDATE pg_catalog.pg_operator SET oprresult = 0 WHERE ARRAY[oprleft, oprright] && $odd");
	return;
}

# A load that goes on for as long as wanted, whatever becomes of its sessions
my %loads = (write => [ '-c', 2, '-R', 12 ], write_rr => [ '-c', 1, '-R', 6 ], many => [ '-c', 1, '-R', 0.2 ], refresh => [ '-c', 1, '-R', 0.3 ],
	maintain => [ '-c', 1, '-R', 0.5 ], observe => [ '-c', 1, '-R', 0.3 ]);
my %running;

sub keep_loads
{
	for my $name (keys %loads)
	{
		my $load = $running{$name};
		if ($load && $load->{run}->pumpable)
		{
			$load->{run}->pump_nb;
			next;
		}
		finish_load($load) if $load;
		$running{$name} = start_load($node, $db, @{ $loads{$name} }, '-T', 36000, '--max-tries=100', '-f', load_script($name));
	}
	return;
}

sub end_loads
{
	$_->{run}->signal('TERM'), finish_load($_) for values %running;
	%running = ();
	return;
}

# sqlsmith waits for a server that is gone
my $smith;
END
{
	local $?;
	$_->{run}->kill_kill for grep { $_ && $_->{run}->pumpable } $smith, values %running;
}

# Of a statement at which the server crashed, the log has but the beginning.
my $said = "${PostgreSQL::Test::Utils::tmp_check}/said";
my $statements = "${PostgreSQL::Test::Utils::tmp_check}/statements";

sub smith
{
	my ($tables, @args) = @_;
	my %smith = (err => '');

	local $ENV{PGOPTIONS} = '-c lock_timeout=500ms -c search_path=shadow,pg_catalog,public' . ($tables eq 'public' ? ' -c smith.tables=public' : '');
	unshift @args, '--exclude-catalog' if $tables ne 'catalog';
	$smith{run} = IPC::Run::start([ 'sqlsmith', '--target=' . $node->connstr($db), @args ], '<', \undef, '>', $said, '2>', \$smith{err});
	return \%smith;
}

# What sqlsmith runs for longer than its time-out of one second allows
my %endless;

sub look_for_endless
{
	my ($rc, $out) = $node->psql($db, q{SELECT pid, query FROM pg_stat_activity WHERE application_name LIKE 'sqlsmith%' AND state = 'active' AND clock_timestamp() - query_start > interval '20 s'});
	$endless{$2} = $1 if !$rc && $out =~ /^(\d+)\|(.*)/s;
	return;
}

prepare_catalog();
my ($sent, $rounds, $exact) = (0, 0, '');
my $per_round = $queries < 4000 ? int(($queries + 3) / 4) : 1000;
my $start = time;

while ($sent < $queries && $exact eq '')
{
	my $n = $queries - $sent > $per_round ? $per_round : $queries - $sent;
	my $tables = (qw(public own public catalog))[ $rounds++ % 4 ];
	$smith = smith($tables, "--max-queries=$n", '--dump-all-queries', '--seed=' . ($seed + $rounds));
	my $deadline = time + 60 + 5 * $n;
	my $next = 0;

	while ($smith->{run}->pumpable && time < $deadline)
	{
		$smith->{run}->pump_nb;
		keep_loads();
		if (time > $next)
		{
			look_for_endless();
			$next = time + 5;
		}
		usleep(100_000);
	}
	if (time > $deadline)
	{
		$smith->{run}->kill_kill;
		fail("round $rounds ends");
	}
	$smith->{run}->finish;
	append_to_file($statements, slurp_file($said));
	is($smith->{run}->result(0), 0, "round $rounds: sqlsmith does not fail");
	end_loads();
	$sent += $n;
	$node->poll_query_until($db, 'SELECT true') or die 'the server did not come back';
	wait_until($node, $db, q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()});
	$node->safe_psql($db, 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
	$exact = $node->safe_psql($db, differences() . ' LIMIT 10');
	is($exact, '', "round $rounds, $sent statements, tables: $tables: exact");
}
note("sqlsmith: $sent, in " . int(time - $start) . ' s');

# ---- a sample of them, explained ----

my $sample = $queries > 20_000 ? 2000 : 1 + int($queries / 10);
my $dry = smith('public', '--dry-run', "--max-queries=$sample", '--seed=' . $seed);
$dry->{run}->finish;
my @explained = grep { /^select\b/i && !/\$q\$/ } split /;\n/, slurp_file($said);
my $explain = script('explain', join '', map { "SELECT bool_or(part = 'refused') FROM ivm.explain_query(\$q\$$_\$q\$);\n" } @explained);
{
	local $ENV{PGOPTIONS} = '-c statement_timeout=10s';
	local $ENV{PGAPPNAME} = 'explain';
	IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr($db), '-f', $explain ], '>', \my $out, '2>', \my $err);
	my $refused = () = $out =~ /^t$/mg;
	my $taken = () = $out =~ /^f$/mg;
	note('explained: ' . @explained . ", of which $taken can be maintained, $refused are refused");
	cmp_ok($taken + $refused, '>', 0, 'queries were explained');
}

after_all($node, $db, 'after it');
nothing_left($node, $db, 'after it');

# ---- what the log has ----

$node->append_conf('postgresql.conf', "log_filename = 'control.log'");
$node->restart;
my $data = $node->data_dir;
# now, as it is to have the rows that statements met
make_control();
hide_operators('control');
$node->safe_psql('control', <<"SQL");
CREATE SCHEMA found;
CREATE TABLE found.log (log_time timestamptz, user_name text, database_name text, process_id int, connection_from text, session_id text, session_line_num bigint,
	command_tag text, session_start_time timestamptz, virtual_transaction_id text, transaction_id bigint, error_severity text, sql_state_code text, message text,
	detail text, hint text, internal_query text, internal_query_pos int, context text, query text, query_pos int, location text, application_name text,
	backend_type text, leader_pid int, query_id bigint, id bigint GENERATED ALWAYS AS IDENTITY);
COPY found.log (log_time, user_name, database_name, process_id, connection_from, session_id, session_line_num, command_tag, session_start_time,
	virtual_transaction_id, transaction_id, error_severity, sql_state_code, message, detail, hint, internal_query, internal_query_pos, context, query, query_pos, location,
	application_name, backend_type, leader_pid, query_id) FROM '$data/log/random.csv' (FORMAT csv);
SQL
note('states: ' . join ' ', split /\n/, $node->safe_psql('control', q{SELECT sql_state_code || ' ' || count(*) FROM found.log WHERE application_name LIKE 'sqlsmith%' AND error_severity <> 'LOG' GROUP BY sql_state_code ORDER BY count(*) DESC}));

# The SQLSTATE of a statement in the control, with its message, '' if it goes well, 08006 if the server crashes
sub in_control
{
	my ($statement) = @_;
	my $err = '';

	local $ENV{PGOPTIONS} = '-c statement_timeout=5s -c lock_timeout=1s';
	IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('control'), '-c', 'BEGIN', '-c', $statement, '-c', 'ROLLBACK' ],
		'<', \undef, '>', \my $out, '2>', \$err);
	return $1 if $err =~ /(?:ERROR|FATAL|PANIC):\s+(\w{5}: .*)/;
	return '' unless $err =~ /server closed the connection/;
	$node->poll_query_until('control', 'SELECT true') or die 'the server did not come back';
	return '08006';
}

# Is that place, "function, file.c:line", in a source of the extension? Some files of PostgreSQL have the names of others of it.
sub in_extension
{
	my ($function, $file) = $_[0] =~ /^(\w+), (\w+\.c):/ or return 0;

	return grep { slurp_file($_) =~ /^$function\(/m } glob("$FindBin::RealBin/../../src/*/$file");
}

my (@crashes, @errors, %own, $made_up);
my $all = slurp_file($statements);
my $lines = q{error_severity || ' ' || sql_state_code || ' ' || message || coalesce(' ' || location, '')};
my $crash = q{error_severity = 'PANIC' OR message ~ 'terminated by signal|exited with exit code [2-9]'};
for my $id (split /\n/, $node->safe_psql('control', qq{SELECT id FROM found.log WHERE sql_state_code LIKE 'XX%' OR $crash ORDER BY id}))
{
	my ($line, $crashed, $app, $location) = split /\t/, $node->safe_psql('control', qq{SELECT concat_ws(E'\\t', translate($lines, E'\\n\\t', '  '), $crash, coalesce(application_name, ''), location) FROM found.log WHERE id = $id});
	my $statement = $node->safe_psql('control', qq{SELECT coalesce(query, substring(detail FROM 'Failed process was running: (.*)')) FROM found.log WHERE id = $id});
	if ($app =~ /^explain/)
	{
		$statement =~ s/.*?\$q\$//s;
		$statement =~ s/\$q\$.*?$//s;
	}
	if ($crashed eq 't' && $statement ne '')
	{
		my $at = index($all, substr($statement, 0, 500));
		$statement = substr($all, $at, index($all, ";\n", $at) - $at) if $at >= 0;
	}
	my $state = '';
	# statements may take samples of tables
	for (1 .. 5)
	{
		$state = in_control($statement) if $statement ne '' && $state eq '';
	}
	# a stored value that is none, given to a function that computes with them
	$made_up++, next if $line =~ /^\w+ XX001/ && in_extension($location) && $state =~ /^XX001/ && $statement =~ /\bivm\._/;
	if ($state =~ ($crashed eq 't' ? qr/^08006/ : qr/^XX/) && !in_extension($location))
	{
		$own{$line =~ s/\d+/N/gr}++;
		next;
	}
	my $said = "$line\n  in the control: @{[ $state eq '' ? 'no error' : $state ]}\n$statement\n";
	$crashed eq 't' ? push @crashes, $said : push @errors, $said;
}
note('values made up: ' . ($made_up // 0));
note("PostgreSQL's own: " . join '', map { "\n  $own{$_} times $_" } sort { $own{$b} <=> $own{$a} } keys %own);
is(join("\n", @crashes), '', 'no process of the server died');
is(join("\n", grep { /TRAP|Sanitizer/ } split /\n/, slurp_file("$data/log/random.log")), '', 'no assertion failed') unless %own && grep { /terminated by signal/ } keys %own;
is(join("\n", @errors), '', 'no internal error that PostgreSQL does not have itself');
is(join("\n", keys %endless), '', 'time-outs end statements');
# what the load met by what statements did to it: locks, signals, restarts
is($node->safe_psql('control', qq{SELECT $lines FROM found.log WHERE coalesce(database_name, '') <> 'control' AND coalesce(application_name, '') !~ '^(sqlsmith|explain)' AND error_severity IN ('ERROR', 'FATAL')
	AND sql_state_code NOT IN ('40P01', '40001', '57014', '57P01', '57P02', '57P03', '08006') LIMIT 20}), '', 'the load met no other errors');
$node->stop;
done_testing();
