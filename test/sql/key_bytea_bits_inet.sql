-- Keys of types bytea, bit, varbit, inet, macaddr, char, name.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_bytea_bits_inet;
SET search_path = key_bytea_bits_inet, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k bytea, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k');
SELECT make_view('bits', 'SELECT v::bit(8) AS b, substring(v::bit(8) FOR abs(v % 8) + 1)::varbit AS vb, count(*) FROM t GROUP BY 1, 2');
SELECT make_view('nets', $$SELECT inet '10.0.0.0/24' + v AS i, network(inet '10.0.0.0/24' + v) AS c, count(*) FROM t GROUP BY 1, 2$$);
SELECT make_view('chars', $$SELECT chr(65 + abs(v) % 3)::char(3) AS c3, chr(65 + abs(v) % 3)::"char" AS c1, chr(65 + abs(v) % 3)::name AS n, count(*) FROM t GROUP BY 1, 2, 3$$);
INSERT INTO t VALUES
	(1, '\x00', 3),
	(2, '\x0001', 6),
	(3, '\x', 9),
	(4, NULL, 12),
	(5, '\x00', 15),
	(6, '\xff', 18);
SELECT * FROM grouped ORDER BY k;
\i :change_keys
DROP SCHEMA key_bytea_bits_inet CASCADE;
