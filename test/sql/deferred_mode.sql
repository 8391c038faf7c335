-- The mode of a view is changed in place, and who reads whom restricts it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_mode;
SET search_path = deferred_mode, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v int);
CREATE TABLE d (k int PRIMARY KEY, name text);
INSERT INTO t SELECT i, i % 10, i FROM generate_series(1, 500) i;
INSERT INTO d SELECT i, 'n' || i % 4 FROM generate_series(0, 9) i;
SELECT make_view('grouped', 'SELECT k, count(*) AS n, max(v) AS m FROM t GROUP BY k');
SELECT make_view('joined', 'SELECT name, sum(v) AS s FROM t RIGHT JOIN d USING (k) GROUP BY name');
SELECT make_view('limited', 'SELECT k, count(*) AS n FROM (SELECT * FROM t ORDER BY v DESC, id LIMIT 20) q GROUP BY k');
INSERT INTO t VALUES (1001, 1, 1), (1002, 77, 5);
DELETE FROM t WHERE id = 500;
CREATE FUNCTION alter_views(mode text) RETURNS void LANGUAGE sql AS $$
	SELECT ivm.alter_view(view, jsonb_build_object('mode', mode)) FROM ivm_test.definition ORDER BY view::text $$;
CREATE FUNCTION modes() RETURNS TABLE (view name, mode text, status text, marked bool) LANGUAGE sql AS $$
	SELECT viewname, v.mode, v.status, w.view_id IS NOT NULL FROM ivm.views v LEFT JOIN ivm.watermark w ON w.view_id = v.id
	WHERE schemaname = 'deferred_mode' ORDER BY 1 $$;
SELECT alter_views('deferred');
SELECT * FROM modes();
SELECT count(*) FROM ivm.change_log WHERE base IN ('t'::regclass, 'd'::regclass);
SELECT * FROM check_views();
INSERT INTO t VALUES (1003, 3, 1003);
UPDATE d SET name = 'x' WHERE k = 5;
TABLE limited ORDER BY k;
SELECT split_part(view_name, '.', 2) AS view FROM ivm.refresh_together('grouped', 'joined', 'limited') ORDER BY 1;
SELECT * FROM check_views();
INSERT INTO t VALUES (1004, 3, 1004);
DELETE FROM d WHERE k = 2;
SELECT alter_views('immediate');
SELECT * FROM modes();
SELECT count(*) FROM ivm.change_log WHERE base IN ('t'::regclass, 'd'::regclass);
SELECT * FROM check_views();
DELETE FROM t WHERE k = 1;
SELECT * FROM check_views();
-- in a transaction, undone
BEGIN;
SELECT alter_views('deferred');
INSERT INTO t VALUES (1005, 3, 1005);
SELECT count(*) FROM limited;
ROLLBACK;
SELECT * FROM modes();
INSERT INTO t VALUES (1006, 3, 1006);
SELECT * FROM check_views();
-- not with own changes
BEGIN;
INSERT INTO t VALUES (1007, 3, 1005);
SELECT alter_views('deferred');
ROLLBACK;
-- views that read views
SELECT ivm.create_view('above', 'SELECT n, count(*) AS c FROM grouped GROUP BY n');
SELECT ivm.alter_view('grouped', '{"mode": "deferred"}');
SELECT ivm.alter_view('above', '{"mode": "deferred"}');
SELECT ivm.alter_view('grouped', '{"mode": "deferred"}');
SELECT ivm.alter_view('above', '{"mode": "immediate"}');
SELECT ivm.create_view('beside', 'SELECT max(n) AS m FROM grouped');
SELECT ivm.create_view('beside', 'SELECT max(n) AS m FROM grouped', 'deferred');
-- a chain is refreshed to one snapshot, from its end
INSERT INTO t VALUES (1008, 42, 1);
SELECT split_part(view_name, '.', 2) AS view FROM ivm.refresh('above') ORDER BY 1;
(TABLE above EXCEPT ALL SELECT n, count(*) FROM grouped GROUP BY n) UNION ALL (SELECT n, count(*) FROM grouped GROUP BY n EXCEPT ALL TABLE above);
SELECT count(*) FROM ivm.verify_view('above');
SELECT ivm.data_as_of('above') = ivm.data_as_of('grouped') AS same, ivm.data_as_of('beside') < ivm.data_as_of('grouped') AS earlier;
-- deferred over immediate
SELECT ivm.create_view('over', 'SELECT sum(s) AS s FROM joined', 'deferred');
UPDATE t SET v = v + 1;
SELECT (SELECT s FROM over) = (SELECT sum(s) FROM joined) AS before;
SELECT method FROM ivm.refresh('over');
SELECT (SELECT s FROM over) = (SELECT sum(s) FROM joined) AS after;
SELECT ivm.alter_view('over', '{"mode": "append"}');
SELECT ivm.alter_view('over', '{"mode": "sometimes"}');
-- options of deferred views are kept while a view is immediate, and forgotten in any mode
SELECT ivm.alter_view('over', '{"refresh": "1 year", "max_staleness": "1 h", "log_limit": "1MB"}');
SELECT ivm.alter_view('over', '{"mode": "immediate"}');
SELECT options, target FROM ivm.views WHERE view = 'over'::regclass;
SELECT ivm.alter_view('over', '{"mode": "deferred"}');
SELECT target FROM ivm.views WHERE view = 'over'::regclass;
SELECT ivm.alter_view('over', '{"mode": "immediate", "refresh": null}');
SELECT options FROM ivm.views WHERE view = 'over'::regclass;
SELECT ivm.alter_view('over', '{"max_staleness": null, "log_limit": "1MB"}');
SELECT ivm.alter_view('over', '{"max_staleness": null, "log_limit": null}');
SELECT options FROM ivm.views WHERE view = 'over'::regclass;
DROP SCHEMA deferred_mode CASCADE;
