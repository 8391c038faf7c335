-- A row that an UPDATE moves to another group leaves the old one, on either side of a
-- join, also where old and new group are each empty otherwise, and where the key is on
-- the other side.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_moved_between_groups;
SET search_path = trap_moved_between_groups, ivm_test, public;
CREATE TABLE orders (id int PRIMARY KEY, customer int, amount int);
CREATE TABLE customers (id int PRIMARY KEY, country text);
SELECT make_view('by_country', 'SELECT country, count(*) AS n, sum(amount) AS s, max(amount) AS hi FROM orders o JOIN customers c ON c.id = o.customer GROUP BY country');
SELECT make_view('by_amount', $$SELECT amount, string_agg(country, ',' ORDER BY country) AS l FROM orders o LEFT JOIN customers c ON c.id = o.customer GROUP BY amount$$);
INSERT INTO customers VALUES (1, 'A'), (2, 'B'), (3, 'A');
INSERT INTO orders VALUES (1, 1, 10), (2, 2, 20), (3, 3, 30), (4, 2, 40);
UPDATE orders SET customer = 2 WHERE id = 1;
SELECT * FROM by_country ORDER BY 1;
UPDATE customers SET country = 'B' WHERE id = 3;
SELECT * FROM by_country ORDER BY 1;
SELECT * FROM check_views();
UPDATE customers SET country = 'C' WHERE id = 2;
SELECT * FROM by_country ORDER BY 1;
SELECT * FROM check_views();
-- there, and on, and back; the group of the moment is shown
BEGIN;
UPDATE customers SET country = 'D' WHERE id = 2;
UPDATE orders SET customer = 3, amount = amount + 1 WHERE id = 2;
SELECT * FROM by_country ORDER BY 1;
UPDATE customers SET country = 'C' WHERE id = 2;
UPDATE orders SET customer = 2 WHERE id = 2;
SELECT * FROM by_country ORDER BY 1;
COMMIT;
SELECT * FROM check_views();
-- two groups swapped by one statement
UPDATE customers SET country = CASE country WHEN 'C' THEN 'B' ELSE 'C' END;
SELECT * FROM by_country ORDER BY 1;
SELECT * FROM check_views();
UPDATE orders SET customer = 99;
SELECT * FROM check_views();
DROP SCHEMA trap_moved_between_groups CASCADE;
