-- Groups, whole rows and windows of time: equal keys that lead to different times, dates that are shown
-- without being grouped by, subqueries that are referred to as rows.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA time_groups;
SET search_path = time_groups, ivm_test, public;
SET TimeZone = 'UTC';
CREATE TABLE t (id int PRIMARY KEY, g int, at timestamptz, d date, iv interval, n numeric);
INSERT INTO t SELECT k, k % 5, now() - k * interval '1 hour', current_date - k / 10,
	CASE k % 3 WHEN 0 THEN interval '30 days' WHEN 1 THEN interval '1 mon' ELSE NULL END,
	CASE k % 2 WHEN 0 THEN 1.0 ELSE 1.00 END
FROM generate_series(-20, 200) k;
CREATE VIEW plain AS SELECT id, g FROM t WHERE at > now() - interval '50 h';
-- equal keys
SELECT make_view('intervals', $$ SELECT iv > interval '1 day' AS long, count(*) AS n FROM t WHERE timestamptz '2026-01-31' + iv < now() + interval '1000 days' GROUP BY iv $$);
SELECT make_view('numbers', $$ SELECT n = 1 AS one, count(*) AS c FROM t WHERE to_timestamp(scale(n)) < now() GROUP BY n $$);
-- shown, but not grouped by
SELECT make_view('dependent', 'SELECT id, d, count(*) AS n FROM t WHERE d > current_date - 7 GROUP BY id');
SELECT make_view('dependent_time', 'SELECT id, at, count(*) AS n FROM t WHERE at > now() - interval ''50 h'' GROUP BY id');
SELECT make_view('dependent_join', 'SELECT t.id, t.d, t.g, count(*) AS n FROM t JOIN t u ON u.g = t.g WHERE t.d > current_date - 3 GROUP BY t.id');
-- whole rows
SELECT make_view('row_document', 'SELECT to_jsonb(r) AS j FROM (SELECT id, g FROM t WHERE at > now() - interval ''50 h'') r');
SELECT make_view('row_text', 'SELECT r::text AS j, count(*) AS n FROM (SELECT g FROM t WHERE at > now() - interval ''50 h'') r GROUP BY 1');
SELECT make_view('row_of_view', 'SELECT p FROM plain p');
SELECT make_view('row_columns', 'SELECT r.id, r.g FROM (SELECT id, g FROM t WHERE at > now() - interval ''50 h'') r');
SELECT * FROM check_views();
INSERT INTO t VALUES (1001, 1, now(), current_date, '30 days', 1.000), (1002, 1, now(), current_date, '1 mon', 1), (1003, NULL, NULL, NULL, NULL, NULL);
UPDATE t SET d = d - 1, iv = '720:00:00' WHERE id % 10 = 1;
DELETE FROM t WHERE id % 7 = 1;
SELECT * FROM check_views();
DROP SCHEMA time_groups CASCADE;
