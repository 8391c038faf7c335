-- A view with a window of time means what it did under the time zone that was set when it was created, whoever reads it.
CREATE SCHEMA time_reader_zone;
SET search_path = time_reader_zone, public;
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE TABLE t (id int PRIMARY KEY, g int, at timestamptz, l timestamp, d date);
INSERT INTO t SELECT k, k % 5, now() - k * interval '1 hour', localtimestamp - k * interval '1 hour', current_date - k / 10
FROM generate_series(-20, 200) k;
CREATE TABLE definition (view regclass, query text);
CREATE PROCEDURE make(name text, query text) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO definition VALUES (ivm.create_view(name, query), query);
	INSERT INTO definition VALUES (ivm.create_view(name || '_deferred', query, 'deferred', options => '{"max_staleness": "0"}'), query);
END $$;
CALL make('groups', 'SELECT d, count(*) AS n FROM t WHERE d > current_date - 7 GROUP BY d');
CALL make('bag', 'SELECT id, d FROM t WHERE d > current_date - 7');
CALL make('local', 'SELECT g, count(*) AS n FROM t WHERE l > localtimestamp - interval ''50 h'' GROUP BY g');
CALL make('local_3', 'SELECT g, count(*) AS n FROM t WHERE l > localtimestamp(3) - interval ''50 h'' GROUP BY g');
CALL make('day_begins', 'SELECT g, count(*) AS n FROM t WHERE at > current_date - 1 GROUP BY g');
CALL make('joined', 'SELECT t.g, count(*) AS n FROM t JOIN t u ON u.id = t.id + 1 WHERE t.d > current_date - 7 AND u.l <= localtimestamp GROUP BY t.g');
CALL make('lifted', 'SELECT q.g, count(*) AS n FROM (SELECT * FROM t WHERE d > current_date - 7) q GROUP BY q.g');
-- in one transaction, so at one time: what each query gives under UTC, and what each view gives under other zones
CREATE FUNCTION differing() RETURNS TABLE (zone text, view text, differences bigint) LANGUAGE plpgsql AS $$
DECLARE
	d	definition;
	z	text;
BEGIN
	FOR d IN SELECT * FROM definition LOOP
		SET LOCAL TimeZone = 'UTC';
		EXECUTE 'CREATE TEMP TABLE expected ON COMMIT DROP AS ' || d.query;
		FOREACH z IN ARRAY '{UTC,Etc/GMT+12,Etc/GMT-14,Pacific/Apia,America/Havana}'::text[] LOOP
			PERFORM set_config('TimeZone', z, true);
			EXECUTE 'CREATE TEMP TABLE got ON COMMIT DROP AS TABLE ' || d.view::text;
			RETURN QUERY SELECT z, d.view::text, count(*) FROM (
				(TABLE expected EXCEPT ALL TABLE got) UNION ALL (TABLE got EXCEPT ALL TABLE expected)) q HAVING count(*) > 0;
			DROP TABLE got;
		END LOOP;
		DROP TABLE expected;
	END LOOP;
END $$;
SELECT count(*) FROM definition;
SELECT * FROM differing();
INSERT INTO t SELECT k, k % 5, now() - k * interval '1 min', localtimestamp - k * interval '1 min', current_date - k / 50 FROM generate_series(1000, 1400) k;
UPDATE t SET d = d - 1, l = l - interval '1 day' WHERE id % 3 = 0;
SELECT * FROM differing();
SET TimeZone = 'Etc/GMT-14';
SELECT count(*) FROM (SELECT ivm.fold(view) FROM definition) q;
SELECT * FROM differing();
DROP SCHEMA time_reader_zone CASCADE;
