-- A stand-in for the extension that is exact by construction: a view is a
-- plain view over a function that runs the definition under the settings in
-- force at creation.  The fuzzer must find nothing: what it reports here is a
-- false alarm of its own.
DROP SCHEMA IF EXISTS ivm CASCADE;
CREATE SCHEMA ivm;
CREATE FUNCTION ivm.create_view(name text, query text, mode text DEFAULT 'immediate', with_data bool DEFAULT true,
                                options jsonb DEFAULT '{}') RETURNS regclass LANGUAGE plpgsql AS $$
DECLARE
	base text := 'def_' || md5(name || random());
BEGIN
	EXECUTE format('CREATE VIEW ivm.%s AS %s', base, query);
	EXECUTE format($f$CREATE FUNCTION ivm.%1$s() RETURNS SETOF ivm.%1$s LANGUAGE plpgsql STABLE
		SET TimeZone FROM CURRENT SET DateStyle FROM CURRENT SET IntervalStyle FROM CURRENT
		SET extra_float_digits FROM CURRENT
		AS 'BEGIN RETURN QUERY SELECT * FROM ivm.%2$s; END'$f$, base, base);
	EXECUTE format('CREATE VIEW %s AS SELECT * FROM ivm.%s()', name, base);
	RETURN name::regclass;
END $$;
CREATE FUNCTION ivm.drop_view(name text, if_exists bool DEFAULT false, cascade bool DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DROP VIEW ' || name; END $$;
