-- Transactions that log a few rows, or just more than a few: those left on balance.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_few_rows;
SET search_path = deferred_few_rows, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v text COMPRESSION pglz);
ALTER TABLE t ALTER v SET STORAGE EXTERNAL;
CREATE TABLE d (k int PRIMARY KEY, name text);
INSERT INTO d SELECT i, 'd' || i FROM generate_series(0, 2) i;
SELECT ivm.create_view('one', 'SELECT k, count(*) AS n, max(length(v)) AS m FROM t GROUP BY k', 'deferred');
SELECT ivm.create_view('bag', 'SELECT id, k, v FROM t', 'deferred');
SELECT ivm.create_view('joined', 'SELECT name, count(*) AS n FROM t JOIN d USING (k) GROUP BY name');
CREATE FUNCTION differ() RETURNS bigint LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM (TABLE bag EXCEPT ALL TABLE t) a) + (SELECT count(*) FROM (TABLE t EXCEPT ALL TABLE bag) b)
		+ (SELECT count(*) FROM (TABLE joined EXCEPT ALL SELECT name, count(*) FROM t JOIN d USING (k) GROUP BY name) c)
$$;
-- rows that come, change and go again, in one transaction, at one level or in several
CREATE FUNCTION try(changed int, removed int, nested boolean, v text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. changed LOOP
		IF nested THEN
			BEGIN
				INSERT INTO t VALUES (i, i % 3, try.v);
				IF i % 4 = 0 THEN
					RAISE EXCEPTION 'undone';
				END IF;
			EXCEPTION WHEN raise_exception THEN
				INSERT INTO t VALUES (i, i % 3, 'instead');
			END;
		ELSE
			INSERT INTO t VALUES (i, i % 3, try.v);
		END IF;
	END LOOP;
	PERFORM count(*) FROM joined;
	DELETE FROM t WHERE id <= removed;
	UPDATE t SET k = k + 10 WHERE id = removed + 1;
	UPDATE t SET k = k - 10 WHERE id = removed + 1;
END $$;
CREATE PROCEDURE try_all() LANGUAGE plpgsql AS $$
DECLARE
	r	record;
	c	record;
BEGIN
	FOR c IN SELECT n, removed, nested, width
			 FROM unnest('{1,2,3,4,5,7,8,9,12}'::int[]) n, unnest('{0,1,3,8}'::int[]) removed,
				unnest('{f,t}'::boolean[]) nested, unnest('{1,3000,20000}'::int[]) width WHERE removed <= n
	LOOP
		PERFORM try(c.n, c.removed, c.nested, repeat('x', c.width));
		COMMIT;
		SELECT * INTO r FROM ivm.refresh('bag', how => 'delta');
		IF r.rows_read <> c.n - c.removed OR differ() <> 0 THEN
			RAISE WARNING '% rows read, % wrong: %', r.rows_read, differ(), c;
		END IF;
		DELETE FROM t;
		COMMIT;
		PERFORM ivm.refresh('bag', how => 'delta');
	END LOOP;
END $$;
CALL try_all();
-- an error in the middle of the writing: the next transactions in the session are not harmed
DO $$
BEGIN
	EXECUTE (SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s %s', i, CASE WHEN i < 127 THEN 'name' ELSE 'oidvector' END), ', '))
		FROM generate_series(1, 127) i);
	PERFORM ivm.create_view('counts', 'SELECT ' || string_agg(format('count(c%s) AS n%s', i, i), ', ') || ' FROM wide', 'deferred')
	FROM generate_series(1, 127) i;
END $$;
-- fills a page, so that there is no room for what the log has beside it
CREATE FUNCTION add_full() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE (SELECT format('INSERT INTO wide VALUES (%s)', string_agg(CASE WHEN i < 127 THEN '''x''' ELSE '''1 2 3 4 5 6 7 8 9 10 11 12''' END, ', '))
		FROM generate_series(1, 127) i);
END $$;
INSERT INTO wide (c1) VALUES ('a');
BEGIN;
INSERT INTO wide (c2) VALUES ('b'), ('c'), ('d');
SELECT add_full();
COMMIT;
INSERT INTO wide (c2) VALUES ('b'), ('c');
BEGIN;
SELECT add_full();
INSERT INTO wide (c2) SELECT 'd' FROM generate_series(1, 20);
COMMIT;
INSERT INTO wide (c3) SELECT 'd' FROM generate_series(1, 20);
SELECT method, rows_read FROM ivm.refresh('counts', 'delta');
SELECT n1, n2, n3, n127 FROM counts;
DROP SCHEMA deferred_few_rows CASCADE;
