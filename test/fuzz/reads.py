"""Queries over a view, to be compared with the same over its definition."""
import definitions


# Reads in mid-statement: compares all views of the episode, as a volatile function and as a trigger.
CHK = """CREATE FUNCTION {s}.chk() RETURNS int LANGUAGE plpgsql VOLATILE AS $f$
DECLARE r record; n bigint;
BEGIN
	FOR r IN SELECT v, d FROM {s}.fuzz_views LOOP
		CONTINUE WHEN to_regclass(r.v) IS NULL OR to_regclass(r.d) IS NULL;
		EXECUTE format('SELECT (SELECT count(*) FROM (TABLE %1$s EXCEPT ALL SELECT * FROM %2$s()) a)'
			' + (SELECT count(*) FROM (SELECT * FROM %2$s() EXCEPT ALL TABLE %1$s) b)', r.v, r.d) INTO n;
		IF n <> 0 THEN
			RAISE EXCEPTION 'view % differs in mid-statement by % rows', r.v, n USING ERRCODE = 'IV001';
		END IF;
	END LOOP;
	RETURN 0;
END $f$;
CREATE FUNCTION {s}.chk_trigger() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
	PERFORM {s}.chk();
	IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
	RETURN NEW;
END $f$"""


def read_template(rng, v, tables, schema):
    """A query over relation {R} whose result is determined as a bag of equal rows."""
    outs = v.definition.outs
    c = rng.choice(outs)
    comparable = [o for o in outs if o.cat in definitions.CAT_LITERALS]
    r = rng.random()

    def qual():
        o = rng.choice(comparable)
        lit = definitions.literal_for(rng, o)
        return rng.choice(['v.%s = %s' % (o.sql, lit), 'v.%s = %s' % (o.sql, lit), 'v.%s IS NULL' % o.sql,
                           'v.%s >= %s' % (o.sql, lit), 'v.%s IN (%s, %s)' % (o.sql, lit, definitions.literal_for(rng, o)),
                           'v.%s IS DISTINCT FROM %s' % (o.sql, lit)])
    if r < 0.3 and comparable:
        q = qual()
        if rng.random() < 0.3:
            q += rng.choice([' AND ', ' OR ']) + qual()
        return 'SELECT * FROM {R} v WHERE ' + q
    if r < 0.4:
        order = list(range(1, len(outs) + 1))
        rng.shuffle(order)
        return 'SELECT * FROM {R} v ORDER BY %s LIMIT %d' % (', '.join('%d%s' % (i, rng.choice(['', ' DESC'])) for i in order),
                                                           rng.choice([1, 3, 7]))
    if r < 0.5:
        return 'SELECT v.%s AS k, count(*) FROM {R} v GROUP BY v.%s' % (c.sql, c.sql)
    if r < 0.55:
        return 'SELECT count(*) FROM {R} v'
    if r < 0.62 and c.minmax and c.cat not in ('bool', 'other', 'jsonb', 'uuid', 'bytea'):
        return 'SELECT min(v.%s), max(v.%s) FROM {R} v' % (c.sql, c.sql)
    if r < 0.7:
        return 'SELECT a.%s AS x, count(*) FROM {R} a JOIN {R} b ON a.%s = b.%s GROUP BY 1' % (c.sql, c.sql, c.sql)
    t = rng.choice(tables)
    pairs = [(o, tc) for o in outs for tc in t.cols
             if o.cat == tc.t.cat and o.cat in definitions.CAT_LITERALS or (o.cat in definitions.INTS and tc.t.cat in definitions.INTS)]
    if not pairs:
        return 'SELECT DISTINCT v.%s FROM {R} v' % c.sql
    o, tc = rng.choice(pairs)
    on = 'v.%s = t.%s' % (o.sql, tc.name)
    if r < 0.8:
        return 'SELECT t.id AS tid, v.* FROM %s t %s JOIN {R} v ON %s' % (t.qname, rng.choice(['', 'LEFT', 'FULL']), on)
    if r < 0.9:
        return 'SELECT t.id AS tid FROM %s t WHERE %sEXISTS (SELECT FROM {R} v WHERE %s)' % (t.qname, rng.choice(['', 'NOT ']), on)
    return 'SELECT t.id AS tid, l.* FROM %s t LEFT JOIN LATERAL (SELECT * FROM {R} v WHERE %s OFFSET 0) l ON true' % (t.qname, on)
