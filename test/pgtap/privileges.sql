--
-- Who may do what: nobody reads or changes through ivm what plain SQL would
-- not let them.
--
SELECT plan(65);

SET client_min_messages = warning;
DROP ROLE IF EXISTS ivm_tap_owner, ivm_tap_other, ivm_tap_reader, ivm_tap_writer, ivm_tap_guest;
CREATE ROLE ivm_tap_owner;
CREATE ROLE ivm_tap_other;
CREATE ROLE ivm_tap_reader;
CREATE ROLE ivm_tap_writer;
CREATE ROLE ivm_tap_guest;
CREATE SCHEMA own AUTHORIZATION ivm_tap_owner;
CREATE SCHEMA others AUTHORIZATION ivm_tap_other;
CREATE SCHEMA guests AUTHORIZATION ivm_tap_guest;
GRANT USAGE ON SCHEMA own TO ivm_tap_other, ivm_tap_reader, ivm_tap_writer, ivm_tap_guest;

CREATE FUNCTION public.run_as(role name, command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	IF command ~* '^\s*(select|table|insert.*returning)' THEN
		EXECUTE command INTO result;
	ELSE
		EXECUTE command;
	END IF;
	RESET ROLE;
	RETURN result;
END $$;
-- What running a command as a role gives: an error's code, or nothing
CREATE FUNCTION public.error_as(role name, command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM public.run_as(role, command);
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;

-- The owner
SELECT run_as('ivm_tap_owner', $$CREATE TABLE own.t (id int PRIMARY KEY, g text, x int)$$);
SELECT run_as('ivm_tap_owner', $$INSERT INTO own.t VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', 3)$$);
SELECT is(run_as('ivm_tap_owner', $$SELECT ivm.create_view('own.v', 'SELECT g, count(*) AS n, sum(x) AS total, max(x) AS high FROM own.t GROUP BY g')$$),
	'own.v', 'a user without special rights creates a view');
SELECT view_owner_is('own', 'v', 'ivm_tap_owner', 'and owns it');
SELECT is(error_as('ivm_tap_owner', $$SELECT ivm.create_view('own.bag', 'SELECT id, x FROM own.t')$$), NULL, 'a second view');
SELECT is(error_as('ivm_tap_owner', $$SELECT ivm.create_view('public.v', 'SELECT g FROM own.t')$$),
	CASE WHEN has_schema_privilege('ivm_tap_owner', 'public', 'CREATE') THEN NULL ELSE '42501' END, 'a schema needs CREATE');
SELECT is(error_as('ivm_tap_owner', $$SELECT ivm.create_view('others.v', 'SELECT g FROM own.t')$$), '42501', 'in another''s schema');
SELECT is(error_as('ivm_tap_owner', $$SELECT ivm.create_view('ivm.v', 'SELECT g FROM own.t')$$), '42501', 'in schema ivm');
SELECT is(error_as('ivm_tap_owner', $$CREATE TABLE ivm_data.x ()$$), '42501', 'no tables in schema ivm_data');

-- Storage's names, with which the rest tries to get around
SELECT state AS state, delta AS delta, definition AS definition, id AS id
	FROM ivm.view WHERE view = 'own.v'::regclass \gset
SELECT is((SELECT count(*)::int FROM pg_class WHERE oid IN (:'state'::regclass, :'delta'::regclass, :'definition'::regclass)
		AND relowner = 'ivm_tap_owner'::regrole), 3, 'storage belongs to the view''s owner');

-- Somebody else
SELECT run_as('ivm_tap_other', 'CREATE TABLE others.bait (id int, g text, x int)');
SELECT is(error_as('ivm_tap_other', command), '42501', 'other: ' || command)
FROM unnest(ARRAY[
	'SELECT * FROM own.v',
	'SELECT * FROM ' || :'state',
	'SELECT * FROM ' || :'delta',
	'SELECT * FROM ' || :'definition',
	'DELETE FROM ' || :'state',
	'INSERT INTO ' || :'delta' || ' SELECT',
	'TRUNCATE ' || :'state',
	'DROP VIEW own.v',
	'DROP TABLE ' || :'state',
	$$SELECT ivm.drop_view('own.v')$$,
	$$SELECT ivm.drop_view('own.v', cascade => true)$$,
	$$SELECT ivm.fold('own.v')$$,
	$$SELECT * FROM ivm.verify_view('own.v')$$,
	$$SELECT * FROM ivm.reconcile('own.v')$$,
	$$SELECT ivm.pause('own.v')$$,
	$$SELECT ivm.resume('own.v')$$,
	$$SELECT ivm.refresh('own.v')$$,
	$$SELECT ivm.alter_view('own.v', '{}')$$,
	$$SELECT ivm.create_index('own.v', 'n')$$,
	$$SELECT ivm.create_view('others.spy', 'SELECT g, count(*) FROM own.t GROUP BY g')$$,
	$$SELECT ivm.create_view('others.spy', 'SELECT x FROM own.t')$$,
	$$SELECT ivm.create_view('own.v', 'SELECT g, x FROM others.bait', options => '{"replace": true}')$$,
	$$SELECT * FROM ivm.explain_query('SELECT g FROM own.t')$$,
	'INSERT INTO ivm.view SELECT * FROM ivm.view',
	'UPDATE ivm.view SET status = ''paused''',
	'DELETE FROM ivm.view',
	'DELETE FROM ivm.run',
	'SELECT setval(''ivm.view_id'', 1)',
	'INSERT INTO own.t VALUES (9, ''z'', 9)']) AS command;
SELECT is(error_as('ivm_tap_other', 'SELECT count(*) FROM ivm.views'), NULL, 'other: the list of views');
SELECT is(error_as('ivm_tap_other', 'SELECT count(*) FROM ivm.stat_views'), NULL, 'other: counters');

-- The capture functions on a table of one's own change nothing of others.
SELECT error_as('ivm_tap_other', format('CREATE TRIGGER ivm_capture AFTER INSERT OR UPDATE OR DELETE ON others.bait FOR EACH ROW EXECUTE FUNCTION ivm._capture(%L)', :'id'));
SELECT error_as('ivm_tap_other', 'CREATE TRIGGER ivm_capture_truncate AFTER TRUNCATE ON others.bait FOR EACH STATEMENT EXECUTE FUNCTION ivm._capture_truncate()');
SELECT error_as('ivm_tap_other', $$INSERT INTO others.bait VALUES (1, 'evil', 1)$$);
SELECT error_as('ivm_tap_other', 'TRUNCATE others.bait');
SELECT is(run_as('ivm_tap_owner', 'SELECT string_agg(v::text, '' '' ORDER BY g) FROM own.v v'), '(a,2,3,2) (b,1,3,3)',
	'a capture trigger on another table changes no view');

-- A reader needs SELECT on the view, and gets nothing else by it.
GRANT SELECT ON own.v TO ivm_tap_reader;
SELECT is(run_as('ivm_tap_reader', 'SELECT string_agg(v::text, '' '' ORDER BY g) FROM own.v v'), '(a,2,3,2) (b,1,3,3)', 'SELECT on the view suffices');
SELECT is(error_as('ivm_tap_reader', 'SELECT * FROM own.t'), '42501', 'reader: no base table');
SELECT is(error_as('ivm_tap_reader', 'SELECT * FROM ' || :'state'), '42501', 'reader: no state table');
SELECT is(error_as('ivm_tap_reader', 'SELECT * FROM ' || :'definition'), '42501', 'reader: no definition');
SELECT is(error_as('ivm_tap_reader', $$SELECT * FROM ivm.verify_view('own.v')$$), NULL, 'reader: verify_view');
SELECT is(error_as('ivm_tap_reader', $$SELECT * FROM ivm.reconcile('own.v')$$), '42501', 'reader: no reconcile');
SELECT is(error_as('ivm_tap_reader', $$SELECT ivm.drop_view('own.v')$$), '42501', 'reader: no drop');
SELECT is(error_as('ivm_tap_reader', $$SELECT ivm.fold('own.v')$$), '42501', 'reader: no fold');
SELECT is(error_as('ivm_tap_reader', $$SELECT ivm.refresh('own.v')$$), '42501', 'reader: no refresh');
SELECT is(error_as('ivm_tap_reader', $$SELECT ivm.pause('own.v')$$), '42501', 'reader: no pause');
SELECT is(error_as('ivm_tap_reader', 'DELETE FROM ' || :'state'), '42501', 'reader: no change of what is stored');
SELECT is(error_as('ivm_tap_reader', $$SELECT * FROM ivm.verify_view('own.v', 'EXISTS (SELECT FROM own.t)')$$) IS NOT NULL, true,
	'reader: a key filter opens no other table');

-- A writer needs nothing but the base table; a dirty key is then recomputed
-- for the reader, with the rights of the view's owner.
GRANT INSERT, UPDATE, DELETE, SELECT ON own.t TO ivm_tap_writer;
SELECT is(error_as('ivm_tap_writer', $$INSERT INTO own.t VALUES (4, 'c', 4), (5, 'b', 5)$$), NULL, 'writer: insert');
SELECT is(error_as('ivm_tap_writer', $$DELETE FROM own.t WHERE id = 2$$), NULL, 'writer: delete');
SELECT is(error_as('ivm_tap_writer', 'SELECT * FROM own.v'), '42501', 'writer: no view');
SELECT is(run_as('ivm_tap_reader', 'SELECT string_agg(v::text, '' '' ORDER BY g) FROM own.v v'), '(a,1,1,1) (b,2,8,5) (c,1,4,4)',
	'what the writer did is seen by the reader');

-- The view's owner's rights are used for the base table, at each time.
GRANT SELECT ON own.t TO ivm_tap_guest;
SELECT is(error_as('ivm_tap_guest', $$SELECT ivm.create_view('guests.v', 'SELECT g, max(x) AS high FROM own.t GROUP BY g')$$), '42501',
	'SELECT on the base table does not suffice for a view');
GRANT TRIGGER ON own.t TO ivm_tap_guest;
SELECT is(error_as('ivm_tap_guest', $$SELECT ivm.create_view('guests.v', 'SELECT g, max(x) AS high FROM own.t GROUP BY g')$$), NULL,
	'SELECT and TRIGGER do');
SELECT is(run_as('ivm_tap_guest', 'SELECT string_agg(v::text, '' '' ORDER BY g) FROM guests.v v'), '(a,1) (b,5) (c,4)', 'it is read');
REVOKE SELECT ON own.t FROM ivm_tap_guest;
SELECT is(error_as('ivm_tap_guest', 'SELECT * FROM guests.v'), '42501', 'not after the right is gone');
SELECT is(error_as('ivm_tap_writer', $$INSERT INTO own.t VALUES (6, 'd', 6)$$), NULL, 'writers are not disturbed by that');
SELECT is(error_as('ivm_tap_writer', $$DELETE FROM own.t WHERE id = 5$$), NULL, 'nor with a delete');
GRANT SELECT ON own.t TO ivm_tap_guest;
SELECT is(run_as('ivm_tap_guest', 'SELECT string_agg(v::text, '' '' ORDER BY g) FROM guests.v v'), '(a,1) (b,3) (c,4) (d,6)', 'exact when it is back');

-- Functions of a definition run with the rights of the view's owner.
SELECT run_as('ivm_tap_owner', $$CREATE FUNCTION own.who(int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN current_user::text; END'$$);
SELECT run_as('ivm_tap_owner', $$SELECT ivm.create_view('own.callers', 'SELECT own.who(x) AS who, count(*) AS n FROM own.t GROUP BY 1')$$);
SELECT error_as('ivm_tap_writer', $$INSERT INTO own.t VALUES (7, 'd', 7)$$);
INSERT INTO own.t VALUES (8, 'd', 8);
SELECT is(run_as('ivm_tap_owner', 'SELECT string_agg(c::text, '' '') FROM own.callers c'), '(ivm_tap_owner,6)',
	'functions in definitions run as the view''s owner');

-- Row security
SELECT run_as('ivm_tap_owner', $$CREATE TABLE own.rls (g text, x int)$$);
SELECT run_as('ivm_tap_owner', $$CREATE POLICY p ON own.rls USING (x < 10)$$);
SELECT run_as('ivm_tap_owner', $$ALTER TABLE own.rls ENABLE ROW LEVEL SECURITY$$);
GRANT SELECT, TRIGGER ON own.rls TO ivm_tap_guest;
SELECT is(error_as('ivm_tap_guest', $$SELECT ivm.create_view('guests.r', 'SELECT g, count(*) FROM own.rls GROUP BY g')$$), '42501',
	'no view on rows that its owner may not see');

SELECT * FROM finish();

DROP SCHEMA own, others, guests CASCADE;
DROP OWNED BY ivm_tap_owner, ivm_tap_other, ivm_tap_reader, ivm_tap_writer, ivm_tap_guest;
DROP ROLE ivm_tap_owner, ivm_tap_other, ivm_tap_reader, ivm_tap_writer, ivm_tap_guest;
