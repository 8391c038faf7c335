-- The time zone of a view is that of whoever made it; writers with others change the
-- same groups.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA settings_time_zone;
SET search_path = settings_time_zone, ivm_test, public;
SET TimeZone = 'Europe/Berlin';
CREATE TABLE t (id int PRIMARY KEY, at timestamptz, v numeric);
SELECT make_view('daily', $$SELECT date_trunc('day', at) AS day, sum(v) AS s, count(*) FROM t GROUP BY 1$$);
SELECT make_view('dates', 'SELECT at::date AS d, count(*), sum(v) AS s FROM t GROUP BY 1');
SELECT make_view('hours', $$SELECT extract(hour FROM at) AS h, to_char(at, 'YYYY-MM-DD HH24 TZ') AS t, count(*) FROM t GROUP BY 1, 2$$);
SELECT make_view('given', $$SELECT date_trunc('day', at AT TIME ZONE 'America/New_York') AS d, count(*) FROM t GROUP BY 1$$);
SELECT make_view('three', $$SELECT date_trunc('day', at, 'Asia/Tokyo') AS d, count(*) FROM t GROUP BY 1$$);
SELECT make_view('filtered', $$SELECT count(*), min(at::time) AS lo FROM t WHERE at >= '2026-03-29 00:00' AND at < timestamp '2026-03-30'$$);
SELECT make_view('texts', $$SELECT at::text AS t, max('at ' || at) AS m, count(*) FROM t GROUP BY 1$$);
SELECT make_view('parts', $$SELECT date_part('doy', at) AS doy, at + interval '1 day' AS next, count(*) FROM t GROUP BY 1, 2$$);
INSERT INTO t VALUES (1, '2026-03-28 23:30+00', 1), (2, '2026-03-29 00:30+00', 2), (3, '2026-03-29 01:30+00', 3), (4, '2026-10-25 00:30+00', 4), (5, '2026-10-25 01:30+00', 5), (6, 'infinity', 6), (7, NULL, 7);
SELECT * FROM dates ORDER BY d;
SELECT * FROM check_views();
SET TimeZone = 'America/Los_Angeles';
INSERT INTO t SELECT id + 10, at, v FROM t;
UPDATE t SET at = at + interval '30 min' WHERE id IN (1, 2, 4);
SET TimeZone = 'Asia/Kolkata';
DELETE FROM t WHERE id = 3;
UPDATE t SET at = at - interval '30 min' WHERE id IN (11, 13);
-- read elsewhere: a day still is one in Berlin
SELECT d, s FROM dates ORDER BY d;
SELECT to_char(day AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD HH24:MI') AS day, s FROM daily d ORDER BY d.day;
SELECT t FROM hours ORDER BY t COLLATE "C" LIMIT 3;
BEGIN;
INSERT INTO t VALUES (30, '2026-03-29 22:00+00', 0);
SELECT d, count FROM dates ORDER BY d LIMIT 3;
COMMIT;
SET TimeZone = 'Europe/Berlin';
SELECT * FROM check_views();
BEGIN;
SET LOCAL TimeZone = 'UTC';
DELETE FROM t WHERE id % 2 = 0;
COMMIT;
SELECT * FROM check_views();
SHOW TimeZone;
DROP SCHEMA settings_time_zone CASCADE;
