-- What ivm.views reports of definitions and storage is what PostgreSQL reports of them.
CREATE SCHEMA catalogue_columns;
SET search_path = catalogue_columns, public;
SET client_min_messages = warning;

CREATE TABLE t (id int PRIMARY KEY, k int, label text, x numeric);
CREATE UNLOGGED TABLE u (id int, label text);
CREATE TABLE p (id int, k int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
INSERT INTO t SELECT g, g % 700, repeat(md5(g::text), 30), g FROM generate_series(1, 5000) g;
INSERT INTO u SELECT g, g::text FROM generate_series(1, 100) g;
SELECT ivm.create_view('grouped', 'SELECT k, count(*) AS n, avg(x) AS mean, max(label) AS last
	FROM t WHERE x > 1.5 OR label LIKE ''a%'' GROUP BY k HAVING count(*) > 1');
SELECT ivm.create_view('labels', 'SELECT label AS "Text", id + 1 AS number FROM u');
SELECT ivm.create_view('meeting', 'SELECT a.k, sum(b.x) AS "Sum" FROM t a JOIN t b USING (id) GROUP BY a.k');
SELECT ivm.create_view('parted', 'WITH q AS (SELECT k, id FROM p) SELECT k, count(*) FROM q GROUP BY k');
SELECT ivm.create_view('several', 'SELECT k FROM t WHERE x > (SELECT avg(x) FROM t)');
SELECT ivm.create_index('grouped', 'n', 'grouped_n');

-- the definition, and the sizes: also those of new files
CREATE VIEW compared AS
	SELECT viewname, s.definition = pg_get_viewdef(r.definition) AS definition,
		   s.state_bytes = w.state AS state, s.delta_bytes = w.delta AS delta, w.state > 100000 AS large
	FROM ivm.views s JOIN ivm.view r USING (id),
		 LATERAL (SELECT sum(pg_total_relation_size(w.state)), sum(pg_total_relation_size(w.delta))
				  FROM ivm.view w WHERE w.id = s.id OR w.part_of = s.id) w(state, delta)
	WHERE schemaname = 'catalogue_columns';
SELECT * FROM compared ORDER BY viewname;
DO $$
DECLARE r record;
BEGIN
	FOR r IN SELECT state FROM ivm.view v JOIN pg_class c ON c.oid = v.view
			 WHERE c.relnamespace = 'catalogue_columns'::regnamespace ORDER BY v.id LOOP
		EXECUTE format('REINDEX TABLE %s', r.state);
	END LOOP;
END $$;
SELECT * FROM compared ORDER BY viewname;

-- a view whose columns have other names than its query's
CREATE VIEW plain AS SELECT id, k AS key FROM t;
SELECT ivm._view_definition('plain') = pg_get_viewdef('plain') AS same;
ALTER VIEW plain RENAME COLUMN key TO "Key";
SELECT ivm._view_definition('plain') LIKE '%"Key"%' AS renamed,
	   ivm._view_definition('plain') = pg_get_viewdef('plain') AS same;

-- what is no view, or is not there
SELECT ivm._view_definition('t') IS NULL, ivm._view_definition('t_pkey') IS NULL, ivm._view_definition(0) IS NULL;
SELECT ivm._total_size('t') = pg_total_relation_size('t') AS size, ivm._total_size(0) IS NULL AS none;
DROP SCHEMA catalogue_columns CASCADE;
