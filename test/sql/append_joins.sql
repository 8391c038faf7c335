-- Append views over joins: new rows meet the other tables as they are at the refresh.
\set VERBOSITY terse
CREATE SCHEMA append_joins;
SET search_path = append_joins, public;
\getenv srcdir PG_ABS_SRCDIR
\set helpers :srcdir /sql/include/append.sql
\i :helpers
CREATE TABLE e (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamp NOT NULL, k int, x numeric);
CREATE TABLE d (k int PRIMARY KEY, name text);
CREATE TABLE c (name text PRIMARY KEY, rate numeric);
INSERT INTO d SELECT i, 'n' || i % 3 FROM generate_series(0, 8) i;
INSERT INTO c VALUES ('n0', 1), ('n1', 2);
INSERT INTO e (at, k, x) SELECT timestamp '2024-01-01' + i * interval '1 hour', i % 10, i FROM generate_series(1, 500) i;
\set inner 'SELECT at::date AS day, name, count(*) AS n, sum(x * rate) AS s, max(x) AS m FROM e JOIN d USING (k) JOIN c USING (name) GROUP BY 1, 2'
\set outer 'SELECT at::date AS day, name, count(*) AS n, sum(x * coalesce(rate, 1)) AS s FROM e LEFT JOIN (d LEFT JOIN c USING (name)) USING (k) GROUP BY 1, 2'
\set bag 'SELECT e.id, x, name FROM e, d WHERE e.k = d.k AND x > 400'
\set exists 'SELECT e.k, count(*) AS n FROM e WHERE EXISTS (SELECT FROM d WHERE d.k = e.k AND name <> ''n0'') GROUP BY 1'
\set union 'SELECT k, sum(x) AS s FROM (SELECT k, x FROM e UNION ALL SELECT k, 1 FROM d) q GROUP BY k'
SELECT ivm.create_view('inner_', :'inner', 'append', options => '{"watermark": "id"}');
SELECT ivm.create_view('outer_', :'outer', 'append', options => '{"watermark": "e.id"}');
SELECT ivm.create_view('bag_', :'bag', 'append', options => '{"watermark": "append_joins.e.id"}');
SELECT ivm.create_view('exists_', :'exists', 'append', options => '{"watermark": "id"}');
SELECT ivm.create_view('union_', :'union', 'append', options => '{"watermark": "id"}');
SELECT viewname, base_tables FROM ivm.views WHERE schemaname = 'append_joins' ORDER BY 1;
INSERT INTO e (at, k, x) SELECT timestamp '2024-01-15' + i * interval '1 hour', i % 10, 400 + i FROM generate_series(1, 50) i;
SELECT viewname, (refreshed(view)).* FROM ivm.views WHERE schemaname = 'append_joins' ORDER BY 1;
SELECT * FROM differences('inner_', :'inner');
SELECT * FROM differences('outer_', :'outer');
SELECT * FROM differences('bag_', :'bag');
SELECT * FROM differences('exists_', :'exists');
SELECT * FROM differences('union_', :'union');
-- fresh reads
SELECT ivm.alter_view(view, '{"max_staleness": "0"}') FROM ivm.views WHERE schemaname = 'append_joins';
INSERT INTO e (at, k, x) SELECT timestamp '2024-02-15' + i * interval '1 hour', i % 10, 400 + i FROM generate_series(1, 50) i;
UPDATE e SET x = x + 1 WHERE id > 580;
SELECT * FROM differences('inner_', :'inner');
SELECT * FROM differences('outer_', :'outer');
SELECT * FROM differences('bag_', :'bag');
SELECT * FROM differences('exists_', :'exists');
SELECT * FROM differences('union_', :'union');
SELECT viewname, (refreshed(view)).* FROM ivm.views WHERE schemaname = 'append_joins' ORDER BY 1;
SELECT * FROM differences('inner_', :'inner');
SELECT * FROM differences('outer_', :'outer');
SELECT * FROM differences('bag_', :'bag');
SELECT * FROM differences('exists_', :'exists');
SELECT * FROM differences('union_', :'union');
-- changes of the other tables concern new rows, and what is computed
UPDATE d SET name = 'n1' WHERE k = 3;
INSERT INTO e (at, k, x) VALUES ('2024-02-20', 3, 5);
SELECT * FROM refreshed('inner_');
SELECT n, s FROM inner_ WHERE day = '2024-02-20';
SELECT count(*) > 0 AS differs FROM ivm.verify_view('inner_');
SELECT rows_updated + rows_inserted + rows_deleted > 0 AS corrected FROM ivm.reconcile('inner_');
SELECT * FROM differences('inner_', :'inner');
SELECT note FROM ivm.explain_view('inner_') WHERE part = 'mode';
DROP SCHEMA append_joins CASCADE;
