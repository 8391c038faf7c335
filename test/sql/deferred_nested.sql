-- A definition whose function refreshes, drops or alters views, in the middle of a refresh: it
-- must not, as changes would be taken in twice.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_nested;
SET search_path = deferred_nested, ivm_test, public;
CREATE TABLE t (id int, g int);
CREATE TABLE u (id int, name text);
INSERT INTO t SELECT i, i % 5 FROM generate_series(1, 100) i;
INSERT INTO u SELECT i, 'u' || i % 3 FROM generate_series(1, 100) i;
-- does what is to be done once
CREATE TABLE command (text text);
CREATE FUNCTION do_it() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	command	text;
BEGIN
	DELETE FROM deferred_nested.command RETURNING text INTO command;
	IF FOUND THEN
		BEGIN
			EXECUTE command;
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING '%: %', command, SQLERRM;
		END;
	END IF;
END $$;
CREATE FUNCTION does(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM deferred_nested.do_it(); RETURN x; END $$;
CREATE FUNCTION deferred(name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ivm_test.definition VALUES (ivm.create_view(name, query, 'deferred'), query, 'both');
END $$;
SELECT deferred('by_row', 'SELECT does(g) AS g, count(*) AS n FROM t GROUP BY 1');
SELECT deferred('by_key', 'SELECT g, string_agg(does(id)::text, '','' ORDER BY id) AS l FROM t GROUP BY g');
SELECT deferred('joined', 'SELECT name, sum(does(g)) AS s FROM t JOIN u USING (id) GROUP BY name');
SELECT deferred('other', 'SELECT g, count(*) AS n FROM t GROUP BY g');
CREATE FUNCTION change() RETURNS void LANGUAGE sql AS $$
	INSERT INTO t SELECT max(id) + 1, 3 FROM t;
	INSERT INTO u SELECT max(id) + 1, 'u1' FROM u; $$;
CREATE FUNCTION refresh_them(todo text) RETURNS TABLE (view regclass, method text) LANGUAGE plpgsql AS $$
BEGIN
	FOREACH view IN ARRAY '{by_row,by_key,joined}'::regclass[] LOOP
		INSERT INTO deferred_nested.command VALUES (format(todo, view));
		SELECT r.method INTO method FROM ivm.refresh(view) r;
		DELETE FROM deferred_nested.command;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT change();
SELECT * FROM refresh_them('SELECT ivm.refresh(%L)');
SELECT change();
SELECT * FROM refresh_them('SELECT ivm.refresh_together(%L, ''other'')');
SELECT change();
SELECT * FROM refresh_them('SELECT ivm.reconcile(%L)');
SELECT change();
SELECT * FROM refresh_them('SELECT ivm.drop_view(%L)');
SELECT change();
SELECT * FROM refresh_them('SELECT ivm.alter_view(%L, ''{"mode": "immediate"}'')');
SELECT change();
SELECT * FROM refresh_them('TRUNCATE u');
SELECT change();
SELECT * FROM refresh_them('INSERT INTO t VALUES (-1, -1); SELECT count(*) FROM %s');
SELECT count(*) FROM (VALUES ('by_row'::regclass), ('by_key'), ('joined'), ('other')) v(v), ivm.refresh(v);
SELECT * FROM check_views();
DROP SCHEMA deferred_nested CASCADE;
