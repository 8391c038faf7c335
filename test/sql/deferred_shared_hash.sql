-- Two texts with one hash, brought to a deferred view by a refresh.  They are noted when the view becomes immediate:
-- else reads that look rows up by key, past dead versions, show one of them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA deferred_shared_hash;
SET search_path = deferred_shared_hash, ivm_test, public;
CREATE TABLE t (k text, x int);
INSERT INTO t SELECT 'k' || i, i FROM generate_series(1, 5) i;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS s FROM t GROUP BY k', 'deferred');
SELECT hashtextextended('first-text-1D9w0ao+>.J12', 0) = hashtextextended('hDzCX[kVYyPa.X#S2#vu`vqW', 0) AS alike;
INSERT INTO t VALUES ('first-text-1D9w0ao+>.J12', 1), ('hDzCX[kVYyPa.X#S2#vu`vqW', 1);
SELECT method, rows_inserted FROM ivm.refresh('v', 'delta');
SELECT ivm.alter_view('v', '{"mode": "immediate"}');
CREATE TABLE other (x int);
BEGIN;
INSERT INTO other VALUES (1);
PREPARE TRANSACTION 'regress_ivm_deferred_shared_hash';
DO $$ BEGIN
	FOR r IN 1..2000 LOOP
		INSERT INTO t SELECT 'k' || i, i FROM generate_series(1, 5) i;
		COMMIT;
	END LOOP;
END $$;
SELECT * FROM v ORDER BY k COLLATE "C";
SELECT * FROM ivm.verify_view('v');
ROLLBACK PREPARED 'regress_ivm_deferred_shared_hash';
DROP SCHEMA deferred_shared_hash CASCADE;
