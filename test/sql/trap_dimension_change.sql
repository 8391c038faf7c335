-- A change of a dimension table shows in the summary of the facts, and so do new and
-- deleted rows of it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_dimension_change;
SET search_path = trap_dimension_change, ivm_test, public;
CREATE TABLE product (id int PRIMARY KEY, category text, price numeric(10,2));
CREATE TABLE sale (id int PRIMARY KEY, product int, day date, n int);
SELECT make_view('by_category', 'SELECT category, sum(n) AS n, sum(n * price) AS revenue FROM sale s JOIN product p ON p.id = s.product GROUP BY category');
SELECT make_view('by_day', $$SELECT day, coalesce(category, '?') AS category, count(*) AS n FROM sale s LEFT JOIN product p ON p.id = s.product GROUP BY 1, 2$$);
INSERT INTO product VALUES (1, 'a', 1.50), (2, 'b', 2), (3, 'b', 3);
INSERT INTO sale SELECT i, i % 4 + 1, date '2026-01-01' + i % 2, i FROM generate_series(1, 20) i;
SELECT * FROM by_category ORDER BY 1;
UPDATE product SET price = 10 WHERE id = 1;
SELECT * FROM by_category ORDER BY 1;
UPDATE product SET category = 'c' WHERE id = 2;
SELECT * FROM by_category ORDER BY 1;
SELECT * FROM check_views();
INSERT INTO product VALUES (4, 'd', 0.25);
SELECT * FROM by_category ORDER BY 1;
SELECT * FROM by_day ORDER BY 1, 2;
SELECT * FROM check_views();
DELETE FROM product WHERE id = 3;
SELECT * FROM by_category ORDER BY 1;
SELECT * FROM check_views();
BEGIN;
UPDATE product SET category = 'a';
SELECT * FROM by_category ORDER BY 1;
INSERT INTO sale VALUES (30, 1, '2026-01-01', 1), (31, 5, '2026-01-01', 1);
INSERT INTO product VALUES (5, 'e', 5);
SELECT * FROM by_category ORDER BY 1;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA trap_dimension_change CASCADE;
