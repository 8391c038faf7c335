-- What a region's values are compared by: a cast that changes no bit may still
-- change which values are equal.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA region_equality;
SET search_path = region_equality, ivm_test, public;
-- ivm_test.folded: text, equal without regard to case
CREATE TYPE folded;
CREATE FUNCTION folded_in(cstring) RETURNS folded IMMUTABLE STRICT LANGUAGE internal AS 'textin';
CREATE FUNCTION folded_out(folded) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'textout';
CREATE TYPE folded (INPUT = folded_in, OUTPUT = folded_out, INTERNALLENGTH = VARIABLE, STORAGE = extended, COLLATABLE = true);
CREATE CAST (folded AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (text AS folded) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE FUNCTION folded_cmp(folded, folded) RETURNS int IMMUTABLE STRICT LANGUAGE sql AS $$SELECT bttextcmp(lower($1::text) COLLATE "C", lower($2::text) COLLATE "C")$$;
CREATE FUNCTION folded_lt(folded, folded) RETURNS bool IMMUTABLE STRICT LANGUAGE sql AS $$SELECT lower($1::text) < lower($2::text) COLLATE "C"$$;
CREATE FUNCTION folded_le(folded, folded) RETURNS bool IMMUTABLE STRICT LANGUAGE sql AS $$SELECT lower($1::text) <= lower($2::text) COLLATE "C"$$;
CREATE FUNCTION folded_eq(folded, folded) RETURNS bool IMMUTABLE STRICT LANGUAGE sql AS $$SELECT lower($1::text) = lower($2::text) COLLATE "C"$$;
CREATE FUNCTION folded_ge(folded, folded) RETURNS bool IMMUTABLE STRICT LANGUAGE sql AS $$SELECT lower($1::text) >= lower($2::text) COLLATE "C"$$;
CREATE FUNCTION folded_gt(folded, folded) RETURNS bool IMMUTABLE STRICT LANGUAGE sql AS $$SELECT lower($1::text) > lower($2::text) COLLATE "C"$$;
CREATE FUNCTION folded_hash(folded) RETURNS int IMMUTABLE STRICT LANGUAGE sql AS $$SELECT hashtext(lower($1::text) COLLATE "C")$$;
CREATE OPERATOR < (LEFTARG = folded, RIGHTARG = folded, FUNCTION = folded_lt);
CREATE OPERATOR <= (LEFTARG = folded, RIGHTARG = folded, FUNCTION = folded_le);
CREATE OPERATOR = (LEFTARG = folded, RIGHTARG = folded, FUNCTION = folded_eq, MERGES, HASHES);
CREATE OPERATOR >= (LEFTARG = folded, RIGHTARG = folded, FUNCTION = folded_ge);
CREATE OPERATOR > (LEFTARG = folded, RIGHTARG = folded, FUNCTION = folded_gt);
CREATE OPERATOR CLASS folded_ops DEFAULT FOR TYPE folded USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 folded_cmp(folded, folded);
CREATE OPERATOR CLASS folded_hash_ops DEFAULT FOR TYPE folded USING hash AS
	OPERATOR 1 =, FUNCTION 1 folded_hash(folded);
CREATE TABLE a (id int PRIMARY KEY, name text, short varchar(8));
CREATE TABLE b (id int PRIMARY KEY, name folded);
SELECT make_view('grouped', 'SELECT lower(q.f::text) AS name, q.n FROM (SELECT name::folded AS f, count(*) AS n FROM a GROUP BY 1) q');
SELECT make_view('windowed', 'SELECT id, count(*) OVER (PARTITION BY name::folded) AS n FROM a');
SELECT make_view('windowed_below', 'SELECT q.n, count(*) AS c FROM (SELECT name::folded AS f, count(*) OVER (PARTITION BY name::folded) AS n FROM a) q GROUP BY q.n');
SELECT make_view('either', 'SELECT lower(f::text) AS f, count(*) AS n FROM (SELECT name::folded AS f FROM a UNION SELECT name FROM b) q GROUP BY 1');
SELECT make_view('minus', 'SELECT lower(f::text) AS f FROM (SELECT name FROM b EXCEPT SELECT name::folded FROM a) q (f)');
SELECT make_view('joined', 'SELECT a.id, b.id AS bid FROM a LEFT JOIN b ON a.name::folded = b.name');
SELECT make_view('joined_back', 'SELECT b.id, a.id AS aid FROM b LEFT JOIN a ON a.name = b.name::text');
SELECT make_view('joined_short', 'SELECT b.id, count(a.id) AS n FROM b LEFT JOIN a ON a.short::text::folded = b.name GROUP BY b.id');
SELECT make_view('constants', $$SELECT lower(v.f::text) AS f, count(a.id) AS n FROM (VALUES ('x'::text::folded), ('Y'::text::folded)) v (f) LEFT JOIN a ON a.name::folded = v.f GROUP BY 1$$);
SELECT make_view('missing', 'SELECT b.id FROM b WHERE NOT EXISTS (SELECT FROM a WHERE a.name::folded = b.name)');
-- one of several equal values is shown by a subquery: what tells them apart is of no group
CREATE TABLE c (id int PRIMARY KEY, doc jsonb, name folded);
SELECT make_view('shown_doc', $$SELECT v.k, q.n FROM (VALUES ('1'), ('1.0'), ('2')) v (k) LEFT JOIN (SELECT max(doc::text)::jsonb AS doc, count(*) AS n FROM c GROUP BY doc) q ON q.doc->>'k' = v.k$$);
SELECT make_view('first_doc', $$SELECT v.k, q.n FROM (VALUES ('1'), ('1.0'), ('2')) v (k) LEFT JOIN (SELECT DISTINCT ON (doc) doc, id, count(*) OVER (PARTITION BY doc) AS n FROM c ORDER BY doc, id) q ON q.doc->>'k' = v.k$$);
SELECT make_view('first_name', $$SELECT a.id, q.n FROM a LEFT JOIN (SELECT DISTINCT ON (name) name, id, count(*) OVER (PARTITION BY name) AS n FROM c ORDER BY name, id) q ON q.name::text = a.name$$);
SELECT make_view('docs', $$SELECT v.k, count(c.id) AS n FROM (VALUES ('1'), ('1.0'), ('2')) v (k) LEFT JOIN c ON c.doc->>'k' = v.k GROUP BY v.k$$);
INSERT INTO c VALUES (1, '{"k": 1}', 'x'), (2, '{"k": 1.0}', 'X');
SELECT * FROM check_views();
INSERT INTO c VALUES (3, '{"k": 1.0}', 'X'), (4, '{"k": 2}', 'y');
SELECT * FROM check_views();
DELETE FROM c WHERE id = 1;
INSERT INTO a VALUES (1, 'x', 'x'), (2, 'X', 'X'), (3, 'y', 'z'), (4, NULL, NULL);
INSERT INTO b VALUES (1, 'x'), (2, 'Y'), (3, 'Z'), (4, NULL);
SELECT * FROM check_views();
INSERT INTO a VALUES (5, 'Y', 'Z'), (6, 'z', 'Y');
SELECT * FROM check_views();
UPDATE a SET name = upper(name), short = lower(short);
SELECT * FROM check_views();
DELETE FROM a WHERE id IN (2, 5);
UPDATE b SET name = lower(name::text)::folded WHERE id > 1;
SELECT * FROM check_views();
UPDATE a SET name = 'X' WHERE id = 3;
DELETE FROM b WHERE id = 1;
SELECT * FROM check_views();
DROP SCHEMA region_equality CASCADE;
