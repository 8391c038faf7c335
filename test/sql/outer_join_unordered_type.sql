-- An outer join on columns of a type that has "=" and no order.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA outer_join_unordered_type;
SET search_path = outer_join_unordered_type, ivm_test, public;
CREATE TABLE a (id int, x xid);
CREATE TABLE b (id int, x xid);
INSERT INTO a VALUES (1, '1'), (2, '2'), (3, NULL);
INSERT INTO b VALUES (1, '1'), (2, '1');
SELECT make_view('counts', 'SELECT a.id, count(b.id) AS n FROM a LEFT JOIN b ON a.x = b.x GROUP BY a.id');
SELECT make_view('without', 'SELECT id FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.x = a.x)');
INSERT INTO b VALUES (3, '2'), (4, NULL);
SELECT * FROM check_views();
UPDATE a SET x = '1' WHERE id = 3;
SELECT * FROM check_views();
DELETE FROM b WHERE x = '1';
SELECT * FROM check_views();
DROP SCHEMA outer_join_unordered_type CASCADE;
