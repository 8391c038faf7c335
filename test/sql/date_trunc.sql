-- ivm._date_trunc(), which remembers where the offset of a time zone does not change, is
-- date_trunc(): around such changes, in any order of the values.

SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS ivm;
CREATE SCHEMA date_trunc;
SET search_path = date_trunc, public;

CREATE TABLE units AS
	SELECT unnest(ARRAY['hour', 'day', 'week', 'month', 'quarter', 'year', 'minute', 'century', 'DAY', 'days']) AS unit;

-- hours before and after changes, some of which are at midnight, or leave out a day
CREATE TABLE moments AS
	SELECT t + sign(i) * i * i * interval '1 minute' + i * interval '7 minutes' AS t
	FROM unnest(ARRAY[
		'2006-10-29 03:31+00', -- St. John's: 00:01 becomes 23:01
		'2007-03-11 03:31+00',
		'2011-12-30 10:00+00', -- Apia: no 30th
		'2018-11-04 03:00+00', -- Sao Paulo: no midnight
		'2018-02-18 02:00+00', -- 00:00 becomes 23:00
		'2013-11-03 05:00+00', -- Havana: 01:00 becomes 00:00
		'2022-04-02 15:00+00', -- Lord Howe: half an hour
		'2026-03-29 01:00+00', '2026-10-25 01:00+00', -- Berlin
		'1969-12-31 23:59+00', '2000-01-01 00:00+00', '1883-11-18 17:00+00',
		'2100-03-28 01:00+00', '0001-01-01 00:00+00', '4000-01-01 00:00+00 BC',
		'4600-06-01 00:00+00 BC', '294270-12-31 12:00+00'
	]::timestamptz[]) t, generate_series(-100, 100) i
	
	UNION ALL VALUES (timestamptz 'infinity'), ('-infinity');

-- Each unit in an expression of its own, with a constant: others are left to the server.
CREATE FUNCTION wrong(zone text, the_order text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	unit text;
	n bigint;
	result bigint := 0;
BEGIN
	PERFORM set_config('TimeZone', zone, true);
	FOR unit IN SELECT u.unit FROM units u LOOP
		EXECUTE format('SELECT count(*) FROM (SELECT t FROM moments ORDER BY %s OFFSET 0) m
			WHERE ivm._date_trunc(%L, t) IS DISTINCT FROM date_trunc(%2$L, t)', the_order, unit) INTO n;
		result := result + n;
	END LOOP;
	RETURN result;
END $$;

SELECT zone, o, wrong(zone, o)
FROM unnest(ARRAY['UTC', 'America/St_Johns', 'Pacific/Apia', 'America/Sao_Paulo', 'America/Havana',
				  'Australia/Lord_Howe', 'Europe/Berlin', 'America/New_York', 'Africa/Monrovia', '<+03:30>-03:30']) zone,
	 unnest(ARRAY['t', 't DESC', 'hashfloat8(extract(epoch FROM t)::float8)', 't::text COLLATE "C"']) o
WHERE wrong(zone, o) <> 0;

-- A change of the time zone between two calls.
SELECT count(*) FROM (
	SELECT t, set_config('TimeZone', CASE WHEN n % 3 = 0 THEN 'Europe/Berlin' ELSE 'UTC' END, true) AS zone
	FROM (SELECT t, row_number() OVER (ORDER BY t) n FROM moments) m OFFSET 0) m
WHERE zone <> '' AND ivm._date_trunc('day', t) IS DISTINCT FROM date_trunc('day', t);

-- In a view: the unit may be anything, and a column.
CREATE TABLE events (t timestamptz, unit text);
SELECT ivm.create_view('by_day', $$SELECT date_trunc('day', t) AS day, date_trunc('hour', t + interval '1 minute') AS hour,
	date_trunc(unit, t) AS any, count(*) AS n FROM events WHERE date_trunc('month', t) <> '2000-01-01' GROUP BY 1, 2, 3$$);
INSERT INTO events SELECT t, unit FROM moments, units WHERE isfinite(t) ORDER BY t;
UPDATE events SET t = t + interval '10 minutes' WHERE unit = 'day';
SELECT * FROM ivm.verify_view('by_day');
\set VERBOSITY terse
INSERT INTO events VALUES (now(), 'nonsense');
INSERT INTO events VALUES (NULL, 'day'), (now(), NULL);
SELECT * FROM ivm.verify_view('by_day');

-- Who must not execute date_trunc() cannot do so by this.
CREATE ROLE regress_ivm_trunc;
CREATE TABLE owned (t timestamptz);
ALTER TABLE owned OWNER TO regress_ivm_trunc;
GRANT ALL ON SCHEMA date_trunc TO regress_ivm_trunc;
SET ROLE regress_ivm_trunc;
SELECT ivm.create_view('owned_by_day', $$SELECT date_trunc('day', t) AS day, count(*) AS n FROM owned GROUP BY 1$$);
RESET ROLE;
\c -
SET client_min_messages = warning;
SET search_path = date_trunc, public;
\set VERBOSITY terse
BEGIN;
REVOKE EXECUTE ON FUNCTION date_trunc(text, timestamptz) FROM PUBLIC;
INSERT INTO owned VALUES (now());
SELECT status, reason FROM ivm.views WHERE viewname = 'owned_by_day';
ROLLBACK;
INSERT INTO owned VALUES (now());
SELECT * FROM ivm.verify_view('owned_by_day');
DROP SCHEMA date_trunc CASCADE;
DROP ROLE regress_ivm_trunc;
