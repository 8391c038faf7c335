\set ECHO none
-- The oracle that every maintenance test ends in: what a view shows must be
-- what its definition gives, as bags, at the same moment.
--
-- In a test:
--		\getenv srcdir PG_ABS_SRCDIR
--		\set oracle :srcdir /sql/include/oracle.sql
--		\i :oracle
--		CREATE SCHEMA name_of_the_test;
--		SET search_path = name_of_the_test, ivm_test, public;
--		SELECT make_view('v', 'SELECT ...');
--		... changes ...
--		SELECT * FROM check_views();
--		DROP SCHEMA name_of_the_test CASCADE;
SET client_min_messages = warning;
-- plans that are forced have costs at which compiling them takes longer than running
SET jit = off;
CREATE EXTENSION IF NOT EXISTS ivm;
CREATE SCHEMA IF NOT EXISTS ivm_test;

CREATE TABLE IF NOT EXISTS ivm_test.definition (
	view		regclass	PRIMARY KEY,
	query		text		NOT NULL,
	compare		text		NOT NULL CHECK (compare IN ('both', 'values', 'text'))
);
TRUNCATE ivm_test.definition;

-- Stored against recomputed, in one statement.  Compares the rows as values
-- and as text, so that the scale of a number counts too.  'values': where the
-- key shown is one of several that are equal.  'text': for types without
-- equality.
CREATE OR REPLACE FUNCTION ivm_test.oracle(view regclass, query text, compare text DEFAULT 'both')
RETURNS text LANGUAGE plpgsql AS $oracle$
DECLARE
	parts	text[] := '{}';
	found	text[];
	n		bigint;
BEGIN
	IF compare <> 'text' THEN
		parts := parts || $q$
			(SELECT 'view: ' || a::text FROM (SELECT * FROM ivm_test_stored EXCEPT ALL SELECT * FROM ivm_test_recomputed) a)
			UNION ALL
			(SELECT 'definition: ' || a::text FROM (SELECT * FROM ivm_test_recomputed EXCEPT ALL SELECT * FROM ivm_test_stored) a)$q$::text;
	END IF;
	IF compare <> 'values' THEN
		parts := parts || $q$
			(SELECT 'view as text: ' || t FROM (SELECT ivm_test_stored::text AS t FROM ivm_test_stored EXCEPT ALL SELECT ivm_test_recomputed::text FROM ivm_test_recomputed) a)
			UNION ALL
			(SELECT 'definition as text: ' || t FROM (SELECT ivm_test_recomputed::text AS t FROM ivm_test_recomputed EXCEPT ALL SELECT ivm_test_stored::text FROM ivm_test_stored) a)$q$::text;
	END IF;
	EXECUTE format($q$
		WITH ivm_test_stored AS (SELECT * FROM %s),
			 ivm_test_recomputed AS (%s),
			 difference(d) AS (%s)
		SELECT (SELECT array_agg(d ORDER BY d COLLATE "C") FROM difference),
			   (SELECT count(*) FROM ivm_test_stored)$q$,
		view, query, array_to_string(parts, ' UNION ALL '))
	INTO found, n;
	RETURN CASE WHEN found IS NULL THEN format('exact, %s rows', n)
				ELSE 'WRONG: ' || array_to_string(found, '; ') END;
END $oracle$;

-- Creates a view, deferred and always read afresh if the setting ivm_test.mode says
-- "deferred" (then all tests can be run with such views), checks that its columns are those of a plain view of the
-- same query, and remembers it for check_views().
CREATE OR REPLACE FUNCTION ivm_test.make_view(name text, query text, compare text DEFAULT 'both')
RETURNS text LANGUAGE plpgsql AS $make_view$
DECLARE
	made	regclass := CASE WHEN current_setting('ivm_test.mode', true) = 'deferred'
						THEN ivm.create_view(name, query, 'deferred', options => '{"max_staleness": "0"}')
						ELSE ivm.create_view(name, query) END;
	columns	text[];
	n		int;
BEGIN
	EXECUTE 'CREATE VIEW pg_temp.ivm_test_plain AS ' || query;
	WITH a AS (
		SELECT attrelid, (attnum, attname, atttypid, atttypmod, attcollation)::text AS col
		FROM pg_attribute
		WHERE attrelid IN (made, 'pg_temp.ivm_test_plain'::regclass) AND attnum > 0)
	SELECT array_agg(col) FILTER (WHERE c <> 2), count(*) INTO columns, n
	FROM (SELECT col, count(*) AS c FROM a GROUP BY col) q;
	DROP VIEW pg_temp.ivm_test_plain;
	INSERT INTO ivm_test.definition VALUES (made, query, compare);
	IF columns IS NOT NULL THEN
		RETURN 'WRONG COLUMNS: ' || columns::text;
	END IF;
	RETURN format('%s columns', n);
END $make_view$;

CREATE OR REPLACE FUNCTION ivm_test.check_views(OUT view text, OUT result text)
RETURNS SETOF record LANGUAGE sql AS $check_views$
	SELECT c.relname, ivm_test.oracle(d.view, d.query, d.compare)
	FROM ivm_test.definition d JOIN pg_class c ON c.oid = d.view
	ORDER BY c.relname COLLATE "C"
$check_views$;

CREATE OR REPLACE FUNCTION ivm_test.assert_exact() RETURNS void LANGUAGE plpgsql AS $assert_exact$
DECLARE
	r	record;
BEGIN
	FOR r IN SELECT * FROM ivm_test.check_views() WHERE result NOT LIKE 'exact%' LOOP
		RAISE EXCEPTION 'view % is %', r.view, r.result;
	END LOOP;
END $assert_exact$;

-- The same views once more, under names that end in _late: filled from the
-- rows that there are by now.
CREATE OR REPLACE FUNCTION ivm_test.make_late_views() RETURNS void LANGUAGE plpgsql AS $make_late_views$
DECLARE
	d	record;
	r	text;
BEGIN
	FOR d IN SELECT c.relname, f.query, f.compare
			 FROM ivm_test.definition f JOIN pg_class c ON c.oid = f.view LOOP
		r := ivm_test.make_view(quote_ident(d.relname || '_late'), d.query, d.compare);
		IF r LIKE 'WRONG%' THEN
			RAISE EXCEPTION 'view % has %', d.relname, r;
		END IF;
	END LOOP;
END $make_late_views$;

-- Moves all deltas into the states.
CREATE OR REPLACE FUNCTION ivm_test.fold_views() RETURNS void LANGUAGE plpgsql AS $fold_views$
DECLARE
	v	regclass;
BEGIN
	FOR v IN SELECT view FROM ivm_test.definition LOOP
		PERFORM ivm.fold(v);
	END LOOP;
END $fold_views$;

-- A query in which @v stands for the view v: is its result the same over the
-- view and over its definition, whichever way it is planned?  ordered: the
-- rows come in the same order as well.
CREATE OR REPLACE FUNCTION ivm_test.same(query text, ordered boolean DEFAULT false)
RETURNS text LANGUAGE plpgsql AS $same$
DECLARE
	ways		text[] := '{"", "enable_seqscan enable_bitmapscan", "enable_indexscan enable_bitmapscan enable_indexonlyscan", "enable_seqscan enable_indexscan enable_indexonlyscan", "enable_hashjoin enable_mergejoin enable_seqscan", "enable_hashjoin enable_nestloop", "enable_mergejoin enable_nestloop enable_sort", "enable_hashagg enable_material", "enable_sort enable_incremental_sort enable_memoize"}';
	way			text;
	setting		text;
	over_view	text := regexp_replace(query, '@(\w+)', '\1', 'g');
	over_table	text := query;
	d			record;
	a			text[];
	b			text[];
	frame		text := CASE WHEN ordered THEN 'SELECT coalesce(array_agg(r::text), ''{}'') FROM (%s) r'
					ELSE 'SELECT coalesce(array_agg(r::text ORDER BY r::text COLLATE "C"), ''{}'') FROM (%s) r' END;
BEGIN
	FOR d IN SELECT c.relname, f.query FROM ivm_test.definition f JOIN pg_class c ON c.oid = f.view LOOP
		over_table := regexp_replace(over_table, '@' || d.relname || '\M', '(' || replace(d.query, '\', '\\') || ')', 'g');
	END LOOP;
	EXECUTE format(frame, over_table) INTO b;
	FOREACH way IN ARRAY ways LOOP
		FOREACH setting IN ARRAY string_to_array(way, ' ') LOOP
			PERFORM set_config(setting, 'off', true);
		END LOOP;
		EXECUTE format(frame, over_view) INTO a;
		FOREACH setting IN ARRAY string_to_array(way, ' ') LOOP
			PERFORM set_config(setting, 'on', true);
		END LOOP;
		IF a <> b THEN
			RETURN format('WRONG without %s: %s instead of %s', way, a, b);
		END IF;
	END LOOP;
	RETURN format('same, %s rows', cardinality(b));
END $same$;

-- EXPLAIN without what differs from run to run, or from server to server: the
-- numbers in the names of storage, decimals of row counts, counts of searches.
CREATE OR REPLACE FUNCTION ivm_test.plan_of(query text, options text DEFAULT 'COSTS OFF')
RETURNS SETOF text LANGUAGE plpgsql AS $plan_of$
DECLARE
	line	text;
BEGIN
	FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, query) LOOP
		CONTINUE WHEN line LIKE '%Index Searches:%';
		line := regexp_replace(line, '_\d+(_key|_delta|_delta_key|)\M', '_N\1', 'g');
		RETURN NEXT regexp_replace(line, 'rows=(\d+)\.00', 'rows=\1');
	END LOOP;
END $plan_of$;
\set ECHO all
