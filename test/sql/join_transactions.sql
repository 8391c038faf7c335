-- Both sides changed under savepoints, in exception blocks, procedures, READ ONLY and
-- prepared transactions, and there and back.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_transactions;
SET search_path = join_transactions, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('grouped', 'SELECT a.k, count(*) AS n, sum(v * w) AS s FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('fulls', 'SELECT k, v, w FROM a FULL JOIN b USING (k)');
SELECT make_view('none', 'SELECT id, v FROM a WHERE k NOT IN (SELECT k FROM b)');
INSERT INTO a SELECT i, i % 3, i FROM generate_series(1, 9) i;
INSERT INTO b SELECT i, i % 4, i FROM generate_series(1, 6) i;
BEGIN;
SAVEPOINT p;
INSERT INTO a VALUES (20, 3, 3);
SAVEPOINT q;
UPDATE b SET k = 3 WHERE id = 1;
SELECT * FROM check_views();
SAVEPOINT r;
DELETE FROM a WHERE k = 3;
ROLLBACK TO q;
SELECT * FROM check_views();
UPDATE b SET w = 100 WHERE k = 3;
RELEASE q;
SELECT * FROM check_views();
ROLLBACK TO p;
SELECT * FROM check_views();
INSERT INTO b VALUES (20, 2, 2);
COMMIT;
SELECT * FROM check_views();
DO $$
BEGIN
	FOR i IN 1 .. 6 LOOP
		BEGIN
			UPDATE b SET w = w + i;
			INSERT INTO a VALUES (40 + i, i, i);
			IF i % 2 = 0 THEN
				RAISE EXCEPTION 'no';
			END IF;
		EXCEPTION WHEN raise_exception THEN
			DELETE FROM b WHERE id = i;
		END;
		PERFORM assert_exact();
	END LOOP;
END $$;
SELECT * FROM check_views();
CREATE PROCEDURE steps() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 4 LOOP
		UPDATE a SET k = (k + 1) % 4 WHERE id % 4 = i % 4;
		PERFORM assert_exact();
		UPDATE b SET k = (k + 1) % 4 WHERE id % 4 = i % 4;
		PERFORM assert_exact();
		IF i = 2 THEN ROLLBACK; ELSE COMMIT; END IF;
		PERFORM assert_exact();
	END LOOP;
END $$;
CALL steps();
SELECT * FROM check_views();
-- there and back
BEGIN;
INSERT INTO b VALUES (50, 1, 1);
DELETE FROM b WHERE id = 50;
UPDATE a SET v = v + 1;
UPDATE a SET v = v - 1;
INSERT INTO a VALUES (60, 1, 1);
UPDATE a SET k = 2 WHERE id = 60;
DELETE FROM a WHERE id = 60;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- turned read only after the change
BEGIN;
DELETE FROM b WHERE k = 1;
UPDATE a SET k = 0 WHERE id = 1;
SET TRANSACTION READ ONLY;
SELECT * FROM check_views();
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO b VALUES (70, 1, 7), (71, NULL, 7);
UPDATE a SET k = 1 WHERE id < 3;
SELECT * FROM check_views();
COMMIT;
BEGIN;
DELETE FROM b WHERE k IS NULL;
DELETE FROM a WHERE id = 2;
SELECT * FROM check_views();
PREPARE TRANSACTION 'regress_ivm_join';
SELECT * FROM check_views();
ROLLBACK PREPARED 'regress_ivm_join';
BEGIN;
DELETE FROM b WHERE k IS NULL;
DELETE FROM a WHERE id = 2;
PREPARE TRANSACTION 'regress_ivm_join';
COMMIT PREPARED 'regress_ivm_join';
SELECT * FROM check_views();
DROP SCHEMA join_transactions CASCADE;
