-- Conditions on the current time in deferred views: the clock is that of the last refresh, or the reader's where the view is read
-- afresh.  Such views have no buckets, so a view can be made deferred if it has none.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA time_deferred;
SET search_path = time_deferred, ivm_test, public;

CREATE TABLE t (id serial PRIMARY KEY, g int, at timestamptz, l timestamp, x int);
INSERT INTO t (g, at, l, x) SELECT k % 3, now() - k * interval '10 ms', localtimestamp - k * interval '10 ms', k FROM generate_series(-20, 100) k;
INSERT INTO t (g, at, l, x) VALUES (1, '-infinity', 'infinity', 1), (1, NULL, NULL, 1);
SELECT ivm.create_view('linear', 'SELECT g, count(*) AS n, sum(x) AS s FROM t WHERE at > now() - interval ''300 ms'' GROUP BY g', 'deferred');
SELECT ivm.create_view('extremes', 'SELECT g, min(x) AS n, max(x) AS m FROM t WHERE at >= now() - interval ''300 ms'' AND at < current_timestamp(3) GROUP BY g', 'deferred');
SELECT ivm.create_view('no_group', 'SELECT count(*) AS n FROM t WHERE l >= localtimestamp - interval ''300 ms'' AND l < localtimestamp(2)', 'deferred');
SELECT ivm.create_view('bag', 'SELECT id, g FROM t WHERE at BETWEEN now() - interval ''300 ms'' AND now()', 'deferred');
SELECT ivm.create_view('days', 'SELECT at::date AS day, array_agg(id ORDER BY id) AS ids FROM t WHERE at::date > current_date - 2 GROUP BY 1', 'deferred');
SELECT options FROM ivm.views WHERE schemaname = 'time_deferred' GROUP BY 1;

-- what each shows, and what its definition gave at this clock, over the rows as of the refresh
CREATE FUNCTION compare(rows_as_of regclass) RETURNS TABLE (view text, differences bigint, shown boolean) LANGUAGE plpgsql AS $$
DECLARE
	v		record;
	query	text;
BEGIN
	FOR v IN SELECT viewname, ivm.views.view AS relid, definition, ivm.data_as_of(ivm.views.view) AS as_of FROM ivm.views WHERE schemaname = 'time_deferred' ORDER BY 1 LOOP
		query := replace(v.definition, 'FROM t', 'FROM ' || rows_as_of || ' t');
		query := replace(query, 'now()', format('timestamptz %L', v.as_of));
		query := replace(query, 'CURRENT_TIMESTAMP(3)', format('timestamptz(3) %L', v.as_of));
		query := replace(query, 'CURRENT_DATE', format('(timestamptz %L)::date', v.as_of));
		query := replace(query, 'LOCALTIMESTAMP(2)', format('(timestamptz %L)::timestamp(2)', v.as_of));
		query := rtrim(replace(query, 'LOCALTIMESTAMP', format('(timestamptz %L)::timestamp', v.as_of)), ';');
		EXECUTE format('SELECT (SELECT count(*) FROM (TABLE %s EXCEPT ALL (%s)) a) + (SELECT count(*) FROM ((%2$s) EXCEPT ALL TABLE %1$s) a), EXISTS (TABLE %1$s)', v.relid, query)
			INTO differences, shown;
		view := v.viewname;
		RETURN NEXT;
	END LOOP;
END $$;
CREATE TABLE copy AS TABLE t;
SELECT * FROM compare('copy');
SELECT pg_sleep(0.1);
SELECT * FROM compare('copy');
INSERT INTO t (g, at, l, x) SELECT k % 3, now() - k * interval '10 ms', localtimestamp - k * interval '10 ms', k FROM generate_series(-20, 100) k;
DELETE FROM t WHERE id % 3 = 0;
SELECT * FROM compare('copy');
SELECT count(*) FROM ivm.views, ivm.refresh(ivm.views.view) WHERE schemaname = 'time_deferred';
CREATE TABLE copy2 AS TABLE t;
SELECT * FROM compare('copy2');

-- read afresh: rows and clock are the reader's
CREATE FUNCTION verify() RETURNS bigint LANGUAGE sql AS
	$$ SELECT sum((SELECT count(*) FROM ivm.verify_view(v.view))) FROM ivm.views v WHERE schemaname = 'time_deferred' $$;
SELECT verify();
SELECT ivm.alter_view(view, '{"max_staleness": "0"}') FROM ivm.views WHERE schemaname = 'time_deferred';
SELECT pg_sleep(0.1);
INSERT INTO ivm_test.definition SELECT view, rtrim(definition, ';'), 'both' FROM ivm.views WHERE schemaname = 'time_deferred';
SELECT assert_exact();
BEGIN;
INSERT INTO t (g, at, l, x) SELECT k % 3, now() - k * interval '10 ms', localtimestamp - k * interval '10 ms', k FROM generate_series(-20, 100) k;
SELECT assert_exact();
COMMIT;
SELECT assert_exact();
SELECT ivm.alter_view(view, '{"mode": "immediate"}') FROM ivm.views WHERE schemaname = 'time_deferred';
SELECT assert_exact();
SELECT pg_sleep(0.1);
SELECT assert_exact();
SELECT ivm.alter_view('linear', '{"mode": "deferred"}');
SELECT ivm.create_view('buckets', 'SELECT g, count(*) AS n, sum(x) AS s FROM t WHERE at > now() - interval ''300 ms'' GROUP BY g');
SELECT ivm.alter_view('buckets', '{"mode": "deferred"}');
SELECT ivm.create_view('buckets', 'SELECT g, count(*) AS n FROM t WHERE at > now() GROUP BY g', 'deferred', options => '{"replace": true, "time_bucket": "1 s"}');
DROP SCHEMA time_deferred CASCADE;
