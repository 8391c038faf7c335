-- bit_and, bit_or, bit_xor over smallint, int, bigint and bit strings.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_bit;
SET search_path = agg_bit, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x2 smallint, x4 int, x8 bigint, b bit(5), vb varbit(80));
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 7, 7, 7, B'00111', B'101'),
	(2, 1, 12, 12, 12, B'01100', B'001'),
	(3, 1, -1, -1, -1, B'11111', B'111'),
	(4, 2, -32768, -2147483648, -9223372036854775808, B'10000', NULL),
	(5, 2, 32767, 2147483647, 9223372036854775807, NULL, NULL),
	(6, 3, NULL, NULL, NULL, NULL, NULL),
	(7, 4, 0, 0, 0, B'00000', ''),
	(8, NULL, 5, 5, 5, B'00101', B'1'),
	(9, NULL, NULL, NULL, 6, NULL, B'0'),
	(10, 5, 1, 1, 1, B'10001', repeat('10', 35)::varbit),
	(11, 5, 1, 1, 1, B'00001', repeat('01', 35)::varbit);
SELECT make_view('ints', $$SELECT g, bit_and(x2) AS a2, bit_or(x2) AS o2, bit_and(x4) AS a4, bit_or(x4) AS o4, bit_xor(x4) AS xo4, bit_and(x8) AS a8, bit_or(x8) AS o8, bit_xor(x8) AS xo8, bit_xor(x2) AS xo2 FROM t GROUP BY g$$);
SELECT make_view('bits', $$SELECT g, bit_and(b) AS a, bit_or(b) AS o, bit_xor(b) AS x FROM t GROUP BY g$$);
SELECT make_view('varbits', $$SELECT length(vb) AS l, bit_and(vb) AS a, bit_or(vb) AS o, bit_xor(vb) AS x FROM t GROUP BY length(vb)$$);
SELECT make_view('global', $$SELECT bit_and(x4) AS a, bit_or(x4) AS o, bit_xor(x4) AS x FROM t$$);
\i :change_values
SELECT * FROM ints ORDER BY g;
SELECT * FROM bits ORDER BY g;
DROP SCHEMA agg_bit CASCADE;
