-- Queries that read no table have a fixed result, and are views like others.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_no_table;
SET search_path = query_no_table, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t VALUES (1, 1), (2, 2);
CREATE VIEW plain AS SELECT 1 AS one, 'a'::text AS a;
CREATE VIEW none AS SELECT n FROM generate_series(1, 0) n;
SELECT make_view('one', 'SELECT 1 AS one');
SELECT make_view('series', 'SELECT n, n * 2 AS d FROM generate_series(1, 5) n');
SELECT make_view('vals', 'VALUES (1, ''a''), (2, ''b''), (1, ''a'')');
SELECT make_view('with_query', 'WITH w AS (SELECT 1 AS a UNION ALL SELECT 1) SELECT * FROM w');
SELECT make_view('united', 'SELECT 1 AS a UNION SELECT 2 UNION SELECT 2 EXCEPT SELECT 3');
SELECT make_view('of_view', 'SELECT * FROM plain');
SELECT make_view('total', 'SELECT count(*), sum(n), max(n), string_agg(n::text, '','' ORDER BY n) AS s FROM generate_series(1, 5) n');
SELECT make_view('grouped', 'SELECT n % 2 AS k, count(*) FROM generate_series(1, 5) n GROUP BY 1 HAVING count(*) > 2');
SELECT make_view('subqueries', 'SELECT EXISTS (SELECT 1) AS e, (SELECT max(n) FROM generate_series(1, 3) n) AS m');
SELECT make_view('calendar', 'SELECT d::date AS d FROM generate_series(timestamptz ''2026-01-01'', ''2026-01-05'', ''1 day'') d');
SELECT make_view('zoned', 'SELECT timestamptz ''2026-01-01 12:00+00''::text AS t');
SELECT make_view('empty', 'SELECT * FROM none');
SELECT make_view('empty_total', 'SELECT count(*) FROM none');
SELECT make_view('never', 'SELECT 1 AS a WHERE false');
SELECT make_view('windowed', 'SELECT n, row_number() OVER (ORDER BY n DESC) AS r FROM generate_series(1, 4) n ORDER BY n LIMIT 2');
SELECT make_view('documents', 'SELECT to_jsonb(plain) AS j, to_jsonb(q) AS k FROM plain, (VALUES (1, 2)) q (a, b)');
SELECT make_view('srf', 'SELECT unnest(ARRAY[1, 2, 2]) AS u');
SELECT make_view('sets', 'SELECT g, count(*) FROM (VALUES (1), (1), (2)) v (g) GROUP BY ROLLUP (g)');
SELECT make_view('above', 'SELECT s.n, p.a FROM series s, plain p WHERE s.n > p.one');
SELECT make_view('beside', 'SELECT o.one, t.* FROM one o JOIN t ON t.id >= o.one');
SELECT make_view('within', 'SELECT t.id, (SELECT 1) AS k, (SELECT count(*) FROM series) AS n FROM t');
SELECT make_view('part', 'SELECT (SELECT sum(x) FROM t) AS s, (SELECT 5) AS k');
SELECT * FROM check_views();
SELECT viewname, status, base_tables FROM ivm.views WHERE schemaname = 'query_no_table' ORDER BY 1;
-- what changes by itself stays refused
SELECT ivm.create_view('v', 'SELECT now() AS n');
SELECT ivm.create_view('v', 'SELECT random() AS r FROM generate_series(1, 3)');
SELECT ivm.create_view('v', 'SELECT current_user AS u');
-- everything that can be done with a view
SELECT * FROM ivm.explain_query('SELECT n FROM generate_series(1, 3) n');
SELECT part, construct, strategy FROM ivm.explain_view('of_view') WHERE part <> 'storage';
SELECT * FROM ivm.verify_view('series');
SELECT * FROM ivm.reconcile('series');
SELECT method, reason FROM ivm.refresh('series');
SELECT ivm.fold('series');
SELECT ivm.create_index('series', 'n DESC') IS NOT NULL AS made;
SELECT ivm.pause('series');
SELECT status FROM ivm.views WHERE view = 'series'::regclass;
SELECT count(*) FROM series;
SELECT ivm.resume('series');
SELECT ivm.create_view('later', 'SELECT n FROM generate_series(1, 3) n', with_data => false);
SELECT count(*) FROM later;
SELECT method, reason FROM ivm.refresh('later');
SELECT status FROM ivm.views WHERE view = 'later'::regclass;
SELECT plan_of('SELECT * FROM one');
SET TimeZone = 'Asia/Tokyo';
SELECT * FROM zoned;
RESET TimeZone;
-- tables beside them change, and views below
INSERT INTO t VALUES (3, 3);
DELETE FROM t WHERE id = 1;
SELECT * FROM check_views() WHERE result NOT LIKE 'exact%';
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE t SET id = id + 10;
SELECT * FROM check_views() WHERE result NOT LIKE 'exact%';
COMMIT;
CREATE OR REPLACE VIEW plain AS SELECT 2 AS one, 'b'::text AS a;
CREATE OR REPLACE VIEW none AS SELECT n FROM generate_series(1, 3) n;
SELECT * FROM check_views();
SELECT * FROM of_view;
SELECT count(*) FROM ivm.views WHERE schemaname = 'query_no_table' AND status <> 'ready';
CREATE OR REPLACE VIEW none AS SELECT n FROM generate_series(1, 3) n WHERE random() < 2;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM empty_total;
CREATE OR REPLACE VIEW none AS SELECT n FROM generate_series(1, 4) n;
SELECT * FROM empty_total;
COMMIT;
SELECT * FROM check_views() WHERE result NOT LIKE 'exact%';
SELECT count(*) FROM ivm.views, ivm.refresh(view) WHERE schemaname = 'query_no_table' AND status <> 'ready';
-- a view becomes one that reads a table, and again one that reads none
CREATE OR REPLACE VIEW none AS SELECT id AS n FROM t;
INSERT INTO t VALUES (40, 4);
SELECT * FROM check_views() WHERE result NOT LIKE 'exact%';
CREATE OR REPLACE VIEW none AS SELECT 3 AS n;
INSERT INTO t VALUES (41, 4);
SELECT * FROM check_views() WHERE result NOT LIKE 'exact%';
-- replaced and dropped
DROP VIEW plain;
SELECT ivm.drop_view('series');
SELECT ivm.drop_view('series', cascade => true);
SELECT ivm.create_view('vals', 'SELECT 5 AS column1, ''e'' AS column2', options => '{"replace": true}');
TABLE vals;
DROP VIEW one CASCADE;
SELECT viewname FROM ivm.views WHERE schemaname = 'query_no_table' ORDER BY 1;
DROP SCHEMA query_no_table CASCADE;
SELECT count(*) FROM ivm.views WHERE schemaname = 'query_no_table';
