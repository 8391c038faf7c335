-- A stand-in that is wrong on purpose: a materialized view that nobody
-- refreshes.  The fuzzer must catch it within the first steps.
DROP SCHEMA IF EXISTS ivm CASCADE;
CREATE SCHEMA ivm;
CREATE FUNCTION ivm.create_view(name text, query text, mode text DEFAULT 'immediate', with_data bool DEFAULT true,
                                options jsonb DEFAULT '{}') RETURNS regclass LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE MATERIALIZED VIEW %s AS %s', name, query);
	RETURN name::regclass;
END $$;
CREATE FUNCTION ivm.drop_view(name text, if_exists bool DEFAULT false, cascade bool DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DROP MATERIALIZED VIEW ' || name; END $$;
