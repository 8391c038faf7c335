-- convert: a materialized view becomes a view, and back; what it has and what depends on it stays.
CREATE SCHEMA "Convert ""it""";
CREATE SCHEMA convert_names;
SET search_path = "Convert ""it""", public;
SET client_min_messages = warning;
CREATE ROLE "regress_ivm Convert";
CREATE ROLE regress_ivm_convert_reader;
GRANT USAGE, CREATE ON SCHEMA "Convert ""it""" TO "regress_ivm Convert";
CREATE TABLE "a table" (id int PRIMARY KEY, "the ""key""" int, s text, x numeric, a int[]);
CREATE INDEX ON "a table" ("the ""key""");
INSERT INTO "a table" SELECT g, g % 5, 's' || g % 7, g, ARRAY[g % 3, g % 4] FROM generate_series(1, 100) g;
GRANT SELECT, TRIGGER ON "a table" TO "regress_ivm Convert";

-- what a relation has; indexes as far as they do not name the table
CREATE FUNCTION shape(relid regclass) RETURNS TABLE (what text, value text) LANGUAGE sql AS $$
	SELECT 'relation', format('%s %s %s', relowner::regrole, replace(relacl::text, 'arwdDxtm', 'arwdDxt'), obj_description(oid, 'pg_class'))
	FROM pg_class WHERE oid = relid
	UNION ALL
	SELECT 'column', format('%s %s %s %s', attname, atttypid::regtype, attacl, col_description(attrelid, attnum))
	FROM pg_attribute WHERE attrelid = relid AND attnum > 0
	UNION ALL
	(SELECT 'index', regexp_replace(pg_get_indexdef(indexrelid), ' ON .* USING', ' USING') || ' ' || coalesce(obj_description(indexrelid), '-')
	 FROM pg_index WHERE indrelid = coalesce((SELECT state FROM ivm.view v WHERE v.view = relid), relid)
	 AND indexrelid::regclass::text !~ '_\d+_key' ORDER BY 2) $$;
CREATE FUNCTION check_all() RETURNS TABLE (view regclass, status text, side text, copies bigint, "row" text) LANGUAGE sql AS $$
	SELECT v.view, status, d.side, d.copies, d."row"::text FROM ivm.views v LEFT JOIN LATERAL ivm.verify_view(v.view) d ON true ORDER BY 1 $$;

SET ROLE "regress_ivm Convert";
CREATE MATERIALIZED VIEW "a ""view""" WITH (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = off, toast.vacuum_truncate = off) AS
	SELECT "the ""key""", count(*) AS "n%", sum(x) AS sum, max(s) AS high, max(a) AS a FROM "a table" GROUP BY 1;
ALTER MATERIALIZED VIEW "a ""view""" RENAME COLUMN sum TO "Sum of 'x'";
ALTER MATERIALIZED VIEW "a ""view""" ALTER COLUMN "n%" SET STATISTICS 77;
ALTER MATERIALIZED VIEW "a ""view""" ALTER COLUMN high SET (n_distinct = 7);
CREATE UNIQUE INDEX "a key" ON "a ""view""" ("the ""key""", high);
CREATE INDEX "a sum" ON "a ""view""" ("Sum of 'x'" DESC NULLS LAST, (lower(high)) text_pattern_ops) INCLUDE ("n%") WITH (fillfactor = 60)
	WHERE "the ""key""" > 1;
CREATE INDEX "a gin" ON "a ""view""" USING gin (a);
CREATE INDEX "a hash" ON "a ""view""" USING hash (high);
CREATE INDEX "a brin" ON "a ""view""" USING brin ("n%");
COMMENT ON INDEX "a sum" IS 'of an index';
COMMENT ON MATERIALIZED VIEW "a ""view""" IS 'of the view';
COMMENT ON COLUMN "a ""view"""."n%" IS 'of a column';
GRANT SELECT ON "a ""view""" TO regress_ivm_convert_reader WITH GRANT OPTION;
GRANT SELECT ("n%") ON "a ""view""" TO public;
CREATE VIEW reader AS SELECT *, v AS whole FROM "a ""view""" v;
CREATE MATERIALIZED VIEW copied AS SELECT sum("n%") AS n FROM "a ""view""";
CREATE FUNCTION total() RETURNS numeric BEGIN ATOMIC SELECT sum("n%") FROM "a ""view"""; END;
RESET ROLE;
CREATE TABLE before AS SELECT '"a ""view"""'::regclass::oid AS oid, s.* FROM shape('"a ""view"""') s;
SELECT what, value FROM before;
PREPARE p AS SELECT "n%", high FROM "a ""view""" ORDER BY 1, 2 LIMIT 1;
EXECUTE p;

-- by a superuser, under another search_path; it belongs to its owner
SET search_path = convert_names;
CREATE TABLE "a table" (id int, "the ""key""" int, s text, x numeric, a int[]);
SELECT ivm.convert('"Convert ""it"""."a ""view"""');
SET search_path = "Convert ""it""", public;
SELECT * FROM shape('"a ""view"""') EXCEPT SELECT what, value FROM before;
SELECT what, value FROM before EXCEPT SELECT * FROM shape('"a ""view"""');
SELECT oid = '"a ""view"""'::regclass AS same, relkind, relhasindex, relfilenode, reltoastrelid, reloptions
	FROM before NATURAL JOIN pg_class LIMIT 1;
SELECT count(*) FROM pg_attribute WHERE attrelid = '"a ""view"""'::regclass AND attnum < 0;
SELECT s.relowner::regrole, s.reloptions, t.reloptions AS toast FROM ivm.view JOIN pg_class s ON s.oid = state JOIN pg_class t ON t.oid = s.reltoastrelid;
SELECT attname, coalesce(attstattarget, -1) AS attstattarget, attoptions FROM ivm.view JOIN pg_attribute ON attrelid = state WHERE attstattarget > 0 OR attoptions IS NOT NULL;
SELECT viewowner, mode, status, options FROM ivm.views;
EXECUTE p;
INSERT INTO "a table" VALUES (101, 7, 's9', 7, '{9}'), (102, 0, 's9', 7, '{9}');
SELECT total();
SELECT whole FROM reader WHERE "n%" = 1;
REFRESH MATERIALIZED VIEW copied;
SELECT * FROM copied;
SET ROLE regress_ivm_convert_reader;
SELECT count(*) FROM "Convert ""it"""."a ""view""";
RESET ROLE;
GRANT USAGE ON SCHEMA "Convert ""it""" TO regress_ivm_convert_reader;
SET ROLE regress_ivm_convert_reader;
SELECT count(*) FROM "a ""view""";
RESET ROLE;
SELECT * FROM check_all();

-- and back, as its owner
SET ROLE "regress_ivm Convert";
SELECT ivm.drop_view('"a ""view"""', keep => 'materialized view');
RESET ROLE;
SELECT what, value FROM before EXCEPT SELECT * FROM shape('"a ""view"""');
SELECT * FROM shape('"a ""view"""') EXCEPT SELECT what, value FROM before;
SELECT pg_get_viewdef('"a ""view"""'::regclass) ~ 'sum\(.*AS "Sum of ''x''"' AS defined;
SELECT oid = '"a ""view"""'::regclass AS same, relkind, relispopulated, reloptions,
	(SELECT t.reloptions FROM pg_class t WHERE t.oid = pg_class.reltoastrelid) AS toast FROM before NATURAL JOIN pg_class LIMIT 1;
SELECT attname, coalesce(attstattarget, -1) AS attstattarget, attoptions FROM pg_attribute WHERE attrelid = '"a ""view"""'::regclass AND (attstattarget > 0 OR attoptions IS NOT NULL);
SELECT total();
INSERT INTO "a table" VALUES (103, 7, 's9', 7, '{9}');
SELECT total();
REFRESH MATERIALIZED VIEW CONCURRENTLY "a ""view""";
SELECT total();
EXECUTE p;

-- in a transaction, rolled back and committed; other modes
BEGIN;
SELECT ivm.convert('"a ""view"""', 'deferred', '{"fillfactor": 50, "refresh": "5 min"}');
INSERT INTO "a table" VALUES (104, 7, 's9', 7, '{9}');
SELECT total();
SELECT method FROM ivm.refresh('"a ""view"""');
SELECT total();
ROLLBACK;
SELECT total();
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT total();
SELECT ivm.convert('"a ""view"""', 'append', '{"watermark": "id", "overlap": 10}');
SELECT total();
COMMIT;
SELECT mode, options FROM ivm.views;
INSERT INTO "a table" VALUES (105, 7, 's9', 7, '{9}');
SELECT rows_read FROM ivm.refresh('"a ""view"""');
SELECT total();

-- a table, with rows as they are shown; also of a TOAST table, and of bags
SELECT ivm.drop_view('"a ""view"""', keep => 'table');
SELECT * FROM shape('"a ""view"""') EXCEPT SELECT what, value FROM before;
UPDATE "a ""view""" SET "n%" = "n%" + 1000, high = repeat('long', 10000) WHERE "the ""key""" = 7;
SELECT total(), (SELECT length(high) FROM reader WHERE "the ""key""" = 7);
VACUUM FULL "a ""view""";
SELECT count(*) > 0 AS seen FROM "a ""view""" WHERE ctid IS NOT NULL AND xmin IS NOT NULL AND tableoid = '"a ""view"""'::regclass;
DROP FUNCTION total();
DROP TABLE "a ""view""" CASCADE;
CREATE MATERIALIZED VIEW bag AS SELECT id, repeat(s, 20000) AS s FROM "a table" WHERE id < 20 WITH NO DATA;
CREATE INDEX bag_id ON bag (id);
CREATE VIEW over AS SELECT id, length(s) AS n FROM bag;
SELECT ivm.convert('bag');
UPDATE "a table" SET s = s || '!' WHERE id = 3;
SELECT * FROM over WHERE id < 4 ORDER BY id;
SELECT * FROM check_all();
SELECT ivm.create_view('above', 'SELECT sum(id) AS sum FROM bag');
SELECT ivm.drop_view('above', keep => 'table');
SELECT ivm.drop_view('bag', keep => 'table');
SELECT c.relname = 'pg_toast_' || r.oid AS named FROM pg_class r JOIN pg_class c ON c.oid = r.reltoastrelid WHERE r.oid = 'bag'::regclass;
SELECT * FROM above;
SELECT * FROM over WHERE id < 4 ORDER BY id;
SELECT sum(length(s)) FROM bag;
SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace;
SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'ivm_capture%';

-- indexes of one name in two schemas
CREATE MATERIALIZED VIEW one AS SELECT id, count(*) AS n FROM "a table" GROUP BY id;
CREATE INDEX same_name ON one (n);
CREATE MATERIALIZED VIEW convert_names.one AS SELECT id, count(*) AS n FROM "a table" GROUP BY id;
CREATE INDEX same_name ON convert_names.one (n);
SELECT ivm.convert('one');
SELECT ivm.convert('convert_names.one');
SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'same_name%' AND schemaname = 'ivm_data';
DROP SCHEMA "Convert ""it""", convert_names CASCADE;
DROP ROLE "regress_ivm Convert", regress_ivm_convert_reader;
