-- A build that fails leaves nothing behind: what the session does next is seen.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_in_rebuild;
SET search_path = error_in_rebuild, ivm_test, public;

CREATE TABLE sales (region int, amount int);
INSERT INTO sales VALUES (1, 10), (2, 0);
CREATE FUNCTION shown(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
SELECT make_view('by_shown', 'SELECT shown(region) AS shown, count(*) AS n FROM sales GROUP BY 1');
SELECT ivm.create_view('inverse', 'SELECT region, sum(100 / amount) AS total FROM sales GROUP BY region', with_data => false);
CALL ivm.rebuild('inverse');

-- a function of another view is replaced
CREATE OR REPLACE FUNCTION shown(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1 + 10; END';
SELECT status FROM ivm.views WHERE view = 'by_shown'::regclass;
SELECT * FROM check_views();

-- and that view is dropped, with its storage
DROP VIEW by_shown;
SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^by_shown';

-- the next build is a good one
UPDATE sales SET amount = 20 WHERE amount = 0;
CALL ivm.rebuild('inverse');
SELECT * FROM inverse ORDER BY region;

DROP SCHEMA error_in_rebuild CASCADE;
