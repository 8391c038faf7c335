-- Functions in an index of a view run as its owner, whoever writes the tables.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA index_functions;
SET search_path = index_functions, ivm_test, public;
CREATE ROLE regress_ivm_owner;
CREATE ROLE regress_ivm_writer;
GRANT USAGE, CREATE ON SCHEMA index_functions TO regress_ivm_owner;
GRANT USAGE ON SCHEMA index_functions TO regress_ivm_writer;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
GRANT SELECT, TRIGGER ON t TO regress_ivm_owner;
GRANT ALL ON t TO regress_ivm_writer;
SET ROLE regress_ivm_owner;
-- as whom it is called, and with which search_path
CREATE FUNCTION whose(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF current_user <> 'regress_ivm_owner' THEN
		RAISE EXCEPTION 'called as %', current_user;
	END IF;
	IF current_setting('search_path') LIKE '%writer%' THEN
		RAISE EXCEPTION 'called with the search_path %', current_setting('search_path');
	END IF;
	PERFORM set_config('work_mem', '77kB', false);
	RETURN $1;
END $$;
REVOKE EXECUTE ON FUNCTION whose(int) FROM PUBLIC;
SELECT ivm.create_view('sums', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT ivm.create_view('highest', 'SELECT g, max(x) AS m FROM t GROUP BY g');
SELECT ivm.create_index('sums', '(whose(g))') IS NOT NULL AS created;
SELECT ivm.create_index('highest', '(whose(g))') IS NOT NULL AS created;
SELECT ivm.create_index('highest', '(g + whose(1))') IS NOT NULL AS created;
\c -
SET ROLE regress_ivm_writer;
SET search_path = index_functions, writer;
INSERT INTO t SELECT n, n % 7, n FROM generate_series(1, 100) n;
UPDATE t SET g = g + 1 WHERE id < 10;
DELETE FROM t WHERE id > 90;
TRUNCATE t;
INSERT INTO t SELECT n, n % 400, n FROM generate_series(1, 1000) n;
SELECT current_setting('work_mem') = '77kB' AS left_behind;
RESET ROLE;
SET search_path = index_functions, ivm_test, public;
INSERT INTO t VALUES (2000, 1000, 1);
SELECT oracle('sums', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT oracle('highest', 'SELECT g, max(x) AS m FROM t GROUP BY g');
SET client_min_messages = warning;
DROP SCHEMA index_functions CASCADE;
DROP OWNED BY regress_ivm_owner, regress_ivm_writer;
DROP ROLE regress_ivm_owner, regress_ivm_writer;
