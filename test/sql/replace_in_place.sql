-- replacing a view: it keeps what it has, and all that depends on it.
CREATE SCHEMA replace_in_place;
SET search_path = replace_in_place, public;
SET client_min_messages = warning;
CREATE ROLE regress_ivm_replace;
CREATE ROLE regress_ivm_replace_reader;
GRANT USAGE ON SCHEMA replace_in_place TO regress_ivm_replace, regress_ivm_replace_reader;
GRANT CREATE ON SCHEMA replace_in_place TO regress_ivm_replace;

CREATE TABLE t (id int PRIMARY KEY, k int, x numeric);
CREATE TABLE u (id int PRIMARY KEY, k int);
INSERT INTO t SELECT g, g % 5, g FROM generate_series(1, 100) g;
INSERT INTO u SELECT g, g % 3 FROM generate_series(1, 30) g;
GRANT SELECT, TRIGGER ON t, u TO regress_ivm_replace;
SET ROLE regress_ivm_replace;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %" FROM t GROUP BY k');
SELECT ivm.alter_view('v', '{"fillfactor": 77}');
SELECT ivm.create_index('v', '"Sum %" DESC NULLS LAST, (n + 1)', 'v Index');
SELECT ivm.create_index('v', 'k', 'v_k', true);
COMMENT ON VIEW v IS 'a comment';
COMMENT ON COLUMN v."Sum %" IS 'of a column';
ALTER VIEW v SET (security_barrier);
GRANT SELECT ON v TO regress_ivm_replace_reader WITH GRANT OPTION;
GRANT SELECT (k) ON v TO public;
CREATE VIEW plain AS SELECT *, v AS whole FROM v;
CREATE MATERIALIZED VIEW copied AS SELECT sum(n) AS n FROM v;
CREATE FUNCTION total() RETURNS numeric BEGIN ATOMIC SELECT sum(n) FROM v; END;
SELECT ivm.create_view('above', 'SELECT sum(n) AS n FROM v');
RESET ROLE;
COMMENT ON INDEX ivm_data."v Index" IS 'of an index';
PREPARE p AS SELECT k, n, "Sum %" FROM v ORDER BY k LIMIT 2;
EXECUTE p;

-- what a view has
CREATE FUNCTION shape(relid regclass) RETURNS TABLE (what text, value text) LANGUAGE sql AS $$
	SELECT 'relation', format('%s %s %s %s %s', relkind, relowner::regrole, replace(relacl::text, 'arwdDxtm', 'arwdDxt'), reloptions, obj_description(oid, 'pg_class'))
	FROM pg_class WHERE oid = relid
	UNION ALL
	SELECT 'column', format('%s %s %s %s', attname, atttypid::regtype, attacl, col_description(attrelid, attnum))
	FROM pg_attribute WHERE attrelid = relid AND attnum > 0
	UNION ALL
	SELECT 'options', options::text FROM ivm.views WHERE view = relid
	UNION ALL
	(SELECT 'index', regexp_replace(pg_get_indexdef(indexrelid), 'ivm_data\.\S+_\d+', 'state') || ' ' || coalesce(obj_description(indexrelid), '-')
	 FROM pg_index WHERE indrelid = (SELECT state FROM ivm.view v WHERE v.view = relid)
	 AND indexrelid::regclass::text !~ '_\d+_key' ORDER BY 2) $$;
CREATE TABLE before AS SELECT 'v'::regclass::oid AS oid, s.* FROM shape('v') s;
SELECT what, value FROM before;

-- by its owner, over other tables, with a column more; then by a superuser
SET ROLE regress_ivm_replace;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(id::numeric) AS "Sum %", max(id) AS "More" FROM u GROUP BY k',
					   options => '{"replace": true}');
RESET ROLE;
SELECT * FROM shape('v') EXCEPT SELECT what, value FROM before;
SELECT what, value FROM before EXCEPT SELECT * FROM shape('v');
SELECT bool_and(oid = 'v'::regclass) AS same FROM before;
EXECUTE p;
SELECT total(), whole FROM plain ORDER BY plain.k LIMIT 1;
REFRESH MATERIALIZED VIEW copied;
SELECT * FROM copied;
INSERT INTO u VALUES (31, 7), (32, 0);
INSERT INTO t VALUES (101, 7, 7);
SELECT * FROM v ORDER BY k;
SELECT * FROM above;
SELECT viewname, status, difference.* FROM ivm.views LEFT JOIN LATERAL ivm.verify_view(view) difference ON true ORDER BY 1;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k',
					   options => '{"replace": true, "fillfactor": 60}');
SELECT * FROM shape('v');
SELECT viewowner, status FROM ivm.views WHERE view IN ('v'::regclass, 'above'::regclass);
SELECT tgrelid::regclass, count(*) FROM pg_trigger WHERE tgname LIKE 'ivm_capture%' AND tgrelid IN ('t'::regclass, 'u'::regclass) GROUP BY 1;
SELECT viewname, status, difference.* FROM ivm.views LEFT JOIN LATERAL ivm.verify_view(view) difference ON true ORDER BY 1;

-- what is refused changes nothing
CREATE TABLE after AS SELECT * FROM shape('v');
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n FROM t GROUP BY k', options => '{"replace": true}');
SELECT ivm.create_view('v', 'SELECT k, count(*) AS m, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
SELECT ivm.create_view('v', 'SELECT k, count(*)::int AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
SELECT ivm.create_view('v', 'SELECT k, n, "Sum %", "More" FROM v', options => '{"replace": true}');
SELECT ivm.create_view('v', 'SELECT k, n, "Sum %", 1 AS "More" FROM plain', options => '{"replace": true}');
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', 'deferred', options => '{"replace": true}');
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(sum(x)) OVER (ORDER BY k) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
SELECT ivm.create_view('v', 'SELECT k, 1::bigint AS n, x AS "Sum %", id AS "More" FROM t', options => '{"replace": true}');
SET ROLE regress_ivm_replace_reader;
SELECT ivm.create_view('v', 'SELECT 1 AS k', options => '{"replace": true}');
RESET ROLE;
REVOKE SELECT ON u FROM regress_ivm_replace;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(id::numeric) AS "Sum %", max(id) AS "More" FROM u GROUP BY k', options => '{"replace": true}');
SELECT * FROM shape('v') EXCEPT SELECT * FROM after;
SELECT viewname, status, difference.* FROM ivm.views LEFT JOIN LATERAL ivm.verify_view(view) difference ON true ORDER BY 1;

-- in a transaction that is rolled back, and in one that has changed the tables
BEGIN;
INSERT INTO t VALUES (102, 8, 8);
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x * 2) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
INSERT INTO t VALUES (103, 8, 8);
SELECT * FROM v WHERE k = 8;
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO t VALUES (102, 8, 8);
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x * 3) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
INSERT INTO t VALUES (103, 8, 8);
SELECT * FROM v WHERE k = 8;
COMMIT;
SELECT * FROM v WHERE k = 8;
SELECT viewname, status, difference.* FROM ivm.views LEFT JOIN LATERAL ivm.verify_view(view) difference ON true ORDER BY 1;

-- the definition that it has already: its storage stays, and gets the options
CREATE FUNCTION storage() RETURNS TABLE (state oid, newest bigint, options jsonb, state_options text[]) LANGUAGE plpgsql AS $$
DECLARE
	view record;
BEGIN
	SELECT v.state, v.options, c.reloptions INTO view FROM ivm.view v JOIN pg_class c ON c.oid = v.state WHERE v.view = 'v'::regclass;
	state := view.state;
	options := view.options;
	state_options := view.reloptions;
	EXECUTE format('SELECT max(xmin::text::bigint) FROM %s', view.state::regclass) INTO newest;
	RETURN NEXT;
END $$;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
CREATE TABLE stored AS SELECT * FROM storage();
SELECT ivm.create_view('v', 'select k, count(*) as n, sum(x) as "Sum %", 1 as "More" from replace_in_place.t group by 1', options => '{"replace": true}');
SELECT storage = stored AS same FROM storage(), stored;
SELECT ivm.create_view('v(k, n, "Sum %")', 'SELECT k, count(*), sum(x), 1 AS "More" FROM t GROUP BY k', options => '{"replace": true, "on_error": "break", "build": "online"}');
SELECT s.state = stored.state AND s.newest = stored.newest AS same, s.options, s.state_options FROM storage() s, stored;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true, "on_error": null, "fillfactor": null}');
SELECT s.state = stored.state AND s.newest = stored.newest AS same, s.options, s.state_options FROM storage() s, stored;
BEGIN;
INSERT INTO t VALUES (105, 9, 9);
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true, "fillfactor": 60}');
SELECT * FROM v WHERE k = 9;
SELECT s.state = stored.state AS same, s.options = stored.options AS same_options, s.state_options FROM storage() s, stored;
COMMIT;
SELECT status, difference.* FROM ivm.views LEFT JOIN LATERAL ivm.verify_view(view) difference ON true WHERE view = 'v'::regclass;
-- names of columns that the view does not have any more
BEGIN;
ALTER VIEW v RENAME COLUMN n TO m;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
ROLLBACK;
BEGIN;
ALTER VIEW v RENAME COLUMN n TO m;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS m, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
SELECT m FROM v WHERE k = 9;
ROLLBACK;
-- but not where the rows are of other settings, are not exact, or are not wanted
SET timezone = 'Asia/Kolkata';
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
SELECT storage.state = stored.state AS same FROM storage(), stored;
UPDATE stored SET state = storage.state FROM storage();
RESET timezone;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
SELECT storage.state = stored.state AS same FROM storage(), stored;
UPDATE stored SET state = storage.state FROM storage();
ALTER TABLE t DISABLE TRIGGER USER;
DELETE FROM t WHERE id = 105;
ALTER TABLE t ENABLE TRIGGER USER;
SELECT status FROM ivm.views WHERE view = 'v'::regclass;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
SELECT storage.state = stored.state AS same FROM storage(), stored;
SELECT status, difference.* FROM ivm.views LEFT JOIN LATERAL ivm.verify_view(view) difference ON true WHERE view = 'v'::regclass;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', with_data => false, options => '{"replace": true}');
SELECT status FROM ivm.views WHERE view = 'v'::regclass;
-- how it was built is not kept
BEGIN;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 2 AS "More" FROM t GROUP BY k', options => '{"replace": true, "build": "online"}');
SELECT status, options FROM ivm.views WHERE view = 'v'::regclass;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 3 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
SELECT status, options FROM ivm.views WHERE view = 'v'::regclass;
COMMIT;
-- with parts, and with buckets of time
SELECT ivm.create_view('parts', 'SELECT k, count(*) AS n FROM t WHERE x > (SELECT avg(x) / 2 FROM t) GROUP BY k');
CREATE TABLE stored_parts AS SELECT v.id, v.state FROM ivm.view v JOIN ivm.view p ON p.view = 'parts'::regclass AND p.id IN (v.id, v.part_of);
SELECT ivm.create_view('parts', 'SELECT k, count(*) AS n FROM t WHERE x > (SELECT avg(x) / 2 FROM t) GROUP BY k', options => '{"replace": true, "fillfactor": 44}');
SELECT count(*), bool_and(s.state = v.state) AS same, array_agg(DISTINCT v.options) AS options FROM stored_parts s LEFT JOIN ivm.view v USING (id);
SELECT ivm.drop_view('parts');
CREATE TABLE e (at timestamptz NOT NULL, x int);
INSERT INTO e SELECT now() - i * interval '1 hour', i FROM generate_series(1, 1000) i;
SELECT ivm.create_view('recent', 'SELECT count(*) AS n, sum(x) AS x FROM e WHERE at > now() - interval ''30 days''', options => '{"replace": true}');
CREATE TABLE stored_window AS SELECT state, options FROM ivm.view WHERE view = 'recent'::regclass;
INSERT INTO e SELECT now() - i * interval '1 second', i FROM generate_series(1, 30000) i;
ANALYZE e;
SELECT ivm.create_view('recent', 'SELECT count(*) AS n, sum(x) AS x FROM e WHERE at > now() - interval ''30 days''', options => '{"replace": true}');
SELECT v.state = s.state AS same, v.options = s.options AS same_options FROM ivm.view v, stored_window s WHERE view = 'recent'::regclass;
SELECT ivm.create_view('recent', 'SELECT count(*) AS n, sum(x) AS x FROM e WHERE at > now() - interval ''30 days''', options => '{"replace": true, "time_bucket": "7 min"}');
SELECT v.state = s.state AS same, v.options FROM ivm.view v, stored_window s WHERE view = 'recent'::regclass;
SELECT ivm.drop_view('recent');

-- other modes, without those that read it; options of the mode stay
DROP VIEW above;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 1 AS "More" FROM t GROUP BY k', 'deferred', options => '{"replace": true, "refresh": "5 min"}');
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 2 AS "More" FROM t GROUP BY k', 'deferred', options => '{"replace": true}');
SELECT * FROM shape('v') WHERE what = 'options';
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 2 AS "More" FROM t GROUP BY k', 'append', options => '{"replace": true, "watermark": "id", "overlap": 10}');
INSERT INTO t VALUES (104, 8, 8);
SELECT method, rows_updated FROM ivm.refresh('v');
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS "Sum %", 2 AS "More" FROM t GROUP BY k', options => '{"replace": true}');
SELECT * FROM shape('v');
SELECT viewname, status, difference.* FROM ivm.views LEFT JOIN LATERAL ivm.verify_view(view) difference ON true ORDER BY 1;

DROP SCHEMA replace_in_place CASCADE;
SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace;
DROP ROLE regress_ivm_replace, regress_ivm_replace_reader;
