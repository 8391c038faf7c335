-- IS [NOT] NULL of whole rows of a table with dropped columns, below other clauses.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA whole_row_dropped_column;
SET search_path = whole_row_dropped_column, ivm_test, public;
SET client_min_messages = warning;
CREATE TABLE t (id int PRIMARY KEY, gone int, x int, g text);
ALTER TABLE t DROP COLUMN gone;
CREATE TABLE d (g text, n int);
INSERT INTO d VALUES ('a', 1), ('b', 2);
CREATE FUNCTION wrong(view regclass) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM ivm.verify_view(view)';
SELECT ivm.create_view('above_groups', 'SELECT max(s) FROM (SELECT sum(x) AS s FROM t WHERE (t.*) IS NOT NULL GROUP BY g) q');
SELECT ivm.create_view('above_windows', 'SELECT max(s) FROM (SELECT sum(x) OVER (PARTITION BY g) AS s FROM t WHERE (t.*) IS NOT NULL) q');
SELECT ivm.create_view('outer_joined', 'SELECT g, count(*) AS n, count(*) FILTER (WHERE (t.*) IS NULL) AS missing FROM d LEFT JOIN t USING (g) GROUP BY g');
SELECT ivm.create_view('not_there', 'SELECT g, n FROM d WHERE NOT EXISTS (SELECT FROM t WHERE t.g = d.g AND (t.*) IS NOT NULL)');
SELECT ivm.create_view('grouped_join', 'SELECT n, max(c) AS c FROM d JOIN (SELECT g, count(*) AS c FROM t WHERE NOT (t.*) IS NULL AND (t.*) IS NOT NULL GROUP BY g) q USING (g) GROUP BY n');
SELECT ivm.create_view('later', 'SELECT max(s) FROM (SELECT sum(x) AS s FROM t WHERE (t.*) IS NOT NULL GROUP BY g) q', 'deferred');
INSERT INTO t VALUES (1, 2, 'a'), (2, NULL, 'a'), (3, 5, 'b'), (4, 1, NULL);
SELECT view, wrong(view) FROM unnest('{above_groups,above_windows,outer_joined,not_there,grouped_join}'::regclass[]) view;
TABLE above_groups;
UPDATE t SET x = 3 WHERE id = 2;
DELETE FROM t WHERE id = 3;
SELECT view, wrong(view) FROM unnest('{above_groups,above_windows,outer_joined,not_there,grouped_join}'::regclass[]) view;
SELECT method FROM ivm.refresh('later');
TABLE later;
UPDATE t SET x = 30 WHERE id = 1;
INSERT INTO t VALUES (5, 5, 'b');
SELECT method FROM ivm.refresh('later', 'delta');
TABLE later;
ALTER TABLE t ADD COLUMN y int;
SELECT viewname, status FROM ivm.views WHERE schemaname = 'whole_row_dropped_column' ORDER BY 1;
DROP SCHEMA whole_row_dropped_column CASCADE;
