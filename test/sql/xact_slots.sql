-- Contended keys: writers add to rows of slots, which folds by writers leave alone
-- while they are in use; ivm.fold() takes them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_slots;
SET search_path = xact_slots, ivm_test, public;
CREATE TABLE t (g int, x int);
SELECT make_view('sums', 'SELECT g, count(*) AS n, sum(x) AS s FROM t GROUP BY g');
SELECT delta FROM ivm.view WHERE view = 'sums'::regclass \gset
-- single-row transactions, each of another key
CREATE PROCEDURE insert_each(first int, last int) LANGUAGE plpgsql AS $$
BEGIN
	FOR g IN first..last LOOP
		INSERT INTO t VALUES (g, 1);
		COMMIT;
	END LOOP;
END $$;

BEGIN;
INSERT INTO t SELECT g, 10 FROM generate_series(1, 100) g;
PREPARE TRANSACTION 'regress_ivm_1';
CALL insert_each(1, 100);
CALL insert_each(1, 100);
-- one slot of a key; seldom two, as keys and slots of other keys may share a lock
SELECT count(DISTINCT g) AS keys, count(*) - count(DISTINCT g) <= 5 AS "one slot each", sum(row_count) FROM :delta WHERE slot > 0;
SELECT * FROM check_views();
COMMIT PREPARED 'regress_ivm_1';

-- those who append now, fold
BEGIN;
INSERT INTO t SELECT g, 10 FROM generate_series(1001, 1100) g;
PREPARE TRANSACTION 'regress_ivm_2';
CALL insert_each(1001, 1100);
CALL insert_each(1001, 1100);
SELECT count(DISTINCT g) AS keys, count(*) - count(DISTINCT g) <= 5 AS "one slot each", sum(row_count) FROM :delta WHERE slot > 0 AND g <= 100;
SELECT * FROM check_views();
SELECT fold_views();
SELECT count(*) <= 5 AS "nearly all" FROM :delta WHERE g <= 100;
COMMIT PREPARED 'regress_ivm_2';
SELECT fold_views();
SELECT count(*) FROM :delta;
SELECT * FROM check_views();
DROP SCHEMA xact_slots CASCADE;
