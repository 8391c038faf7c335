-- Windows of time under a time zone of their own, over days on which the clock is changed. In Havana summer time ends at
-- one o'clock in the night, so midnight is there twice; date_trunc('day') is not monotone there. What the time is
-- compared with is fixed, as a sum with nothing.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA time_zones;
SET search_path = time_zones, ivm_test, public;

SET TimeZone = 'America/Havana';
CREATE TABLE t (id serial PRIMARY KEY, at timestamptz, l timestamp, d date, x int);
CREATE INDEX ON t (at);
CREATE INDEX ON t (l);
-- two nights with a change: 8 March 2026, 0:00 becomes 1:00; 1 November 2026, 1:00 becomes 0:00
CREATE PROCEDURE fill() LANGUAGE sql SET TimeZone = 'America/Havana' AS $$
	INSERT INTO t (at, l, d, x) SELECT a, a::timestamp, a::date, k % 7
		FROM generate_series(0, 500) k, unnest(ARRAY[timestamptz '2026-03-07 20:00-05', '2026-10-31 20:00-04']) s,
			 LATERAL (SELECT s + k * interval '3 min') q (a);
	-- times that do not exist there
	INSERT INTO t (at, l, d, x) SELECT l, l, l::date, 8 FROM generate_series(timestamp '2026-03-08 00:00', '2026-03-08 01:00', '5 min') l;
	INSERT INTO t (at, l, d, x) VALUES ('infinity', 'infinity', 'infinity', 1), ('-infinity', '-infinity', '-infinity', 1), (NULL, NULL, NULL, 1);
$$;
CALL fill();
SELECT date_trunc('day', timestamptz '2026-11-01 00:30-04') > timestamptz '2026-11-01 00:30-04' AS truncated_later,
	   date_trunc('day', timestamptz '2026-11-01 00:30-04') > date_trunc('day', timestamptz '2026-11-01 00:10-04' - interval '11 min') AS monotone;

-- views with these limits, every 20 minutes from midnight on, with zones
CREATE FUNCTION value(zone text, at timestamptz, typ text) RETURNS text LANGUAGE sql AS $$
	SELECT format('(%s + (now() - now()))', CASE typ WHEN 'timestamp' THEN format('timestamp %L', at AT TIME ZONE zone)
		ELSE format('timestamptz %L', at) END)
$$;
CREATE FUNCTION make_one(name text, query text) RETURNS regclass LANGUAGE sql AS
	$$ SELECT ivm.create_view(name, query, options => '{"time_bucket": "7 min"}') $$;
CREATE PROCEDURE make(zone text, first timestamptz) LANGUAGE plpgsql AS $$
DECLARE
	tag		text := translate(lower(zone), '/_', '') || to_char(first, 'MM');
	lo		timestamptz;
BEGIN
	PERFORM set_config('TimeZone', zone, false);
	FOR i IN 0 .. 2 LOOP
		lo := first + i * interval '20 min' + (i % 2) * interval '1 min';
		PERFORM make_one(format('%s_day_%s', tag, i), format('SELECT date_trunc(''day'', at) AS day, at::date AS d, l::timestamptz AS l, count(*) AS n FROM t WHERE at >= %s AND at < %s GROUP BY 1, 2, 3',
			value(zone, lo, 'timestamptz'), value(zone, lo + interval '70 min', 'timestamptz')));
		PERFORM make_one(format('%s_local_%s', tag, i), format('SELECT x, count(*) AS n, min(l) AS m FROM t WHERE l > %s AND l <= %s GROUP BY x',
			value(zone, lo, 'timestamptz'), value(zone, lo + interval '70 min', 'timestamptz')));
		PERFORM make_one(format('%s_plain_%s', tag, i), format('SELECT x, count(*) AS n FROM t WHERE l >= %s AND at < %s GROUP BY x',
			value(zone, lo, 'timestamp'), value(zone, lo + interval '2 h', 'timestamp')));
		PERFORM make_one(format('%s_date_%s', tag, i), format('SELECT x, count(*) AS n FROM t WHERE d >= %s AND at > (%s)::date GROUP BY x',
			value(zone, lo, 'timestamptz'), value(zone, lo, 'timestamptz')));
		PERFORM make_one(format('%s_shift_%s', tag, i), format('SELECT x, count(*) AS n FROM t WHERE at + interval ''1 day'' >= %s AND l::date::timestamptz < %s GROUP BY x',
			value(zone, lo, 'timestamptz'), value(zone, lo + interval '2 days', 'timestamptz')));
	END LOOP;
END $$;
CALL make('America/Havana', '2026-03-07 23:30-05');
CALL make('America/Havana', '2026-10-31 23:30-04');
CALL make('EST5EDT', '2026-10-31 23:30-04');
CALL make('UTC', '2026-10-31 23:30-04');

-- The server's own index scan, on a timestamp compared with a timestamptz, takes the conversion for monotone, which it is not
-- where the clock is changed. So the definitions are run without it, and the views with it and without.
CREATE TABLE with_indexes (view text, row text);
CREATE FUNCTION rows_of_views() RETURNS TABLE (view text, shown text) LANGUAGE plpgsql AS $$
DECLARE
	v	record;
BEGIN
	FOR v IN SELECT viewname, ivm.views.view AS relid FROM ivm.views WHERE schemaname = 'time_zones' ORDER BY id LOOP
		RETURN QUERY EXECUTE format('SELECT %L, to_jsonb(r)::text FROM %s r', v.viewname, v.relid);
	END LOOP;
END $$;
SET enable_seqscan = off;
INSERT INTO with_indexes SELECT * FROM rows_of_views();
RESET enable_seqscan;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SELECT count(*) FROM (TABLE with_indexes EXCEPT ALL SELECT * FROM rows_of_views()) q;
SELECT count(*) FROM (SELECT * FROM rows_of_views() EXCEPT ALL TABLE with_indexes) q;

-- whoever reads, under whatever zone, sees what the definition gives under the view's
CREATE FUNCTION differences() RETURNS TABLE (view text, n bigint) LANGUAGE plpgsql AS $$
DECLARE
	v	record;
BEGIN
	FOR v IN SELECT viewname, ivm.views.view AS relid FROM ivm.views WHERE schemaname = 'time_zones' ORDER BY id LOOP
		SELECT v.viewname, count(*) INTO differences.view, n FROM ivm.verify_view(v.relid);
		IF n > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
SELECT * FROM differences();
SET TimeZone = 'Pacific/Apia';
SELECT * FROM differences();
BEGIN;
UPDATE t SET at = at + interval '7 min', l = l - interval '7 min', d = d + 1 WHERE id % 3 = 0;
DELETE FROM t WHERE id % 5 = 0;
SELECT * FROM differences();
COMMIT;
SET TimeZone = 'Europe/Berlin';
CALL fill();
SELECT * FROM differences();
SELECT count(ivm.fold(ivm.views.view)) FROM ivm.views WHERE schemaname = 'time_zones';
SELECT * FROM differences();
DROP SCHEMA time_zones CASCADE;
