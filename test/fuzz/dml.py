"""Random data-changing statements over one base table.

statement() returns (sql, copy_data): copy_data is None but for COPY.  The
statements may fail only with the sqlstates in ERRORS.
"""
from schema import assignments, literal, predicate, raw_value, row_values

# unique, check (partition bound, domain), cardinality (upsert or MERGE twice)
ERRORS = {'23505', '23514', '21000'}


def statement(rng, table, schema, tables, grow, chk=None, simple=False):
    """One statement; chk: SQL of a function call that checks views in mid-statement."""
    kinds = {'insert1': 6, 'insertn': 4, 'insert_select': 2, 'update': 8, 'delete': 4}
    if not simple:
        kinds.update(copy=2, merge=2, cte=2, leaf=2 if table.parts else 0, bulk=0.5)
        if chk:
            kinds.update(chk=1.5)
    if table.key:
        kinds.update(upsert=3)
    if not grow:
        for k in ('insertn', 'insert_select', 'copy', 'bulk'):
            kinds.pop(k, None)
        kinds['delete'] += 6
        kinds['purge'] = 2
    if table.few:
        for k in ('bulk', 'insert_select'):
            kinds.pop(k, None)
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    return MAKERS[kind](rng, table, schema, tables, chk)


def collist(table):
    return ', '.join(c.name for c in table.cols)


def on_conflict_nothing(rng, table):
    return ' ON CONFLICT DO NOTHING' if table.key and rng.random() < 0.5 else ''


def values(rng, table, schema, n):
    return ', '.join('(%s)' % ', '.join(row_values(rng, table, schema)) for _ in range(n))


def insert(rng, table, schema, n):
    return 'INSERT INTO %s (%s) VALUES %s%s' % (table.qname, collist(table), values(rng, table, schema, n),
                                               on_conflict_nothing(rng, table))


def make_insert1(rng, table, schema, tables, chk):
    return insert(rng, table, schema, 1), None


def make_insertn(rng, table, schema, tables, chk):
    return insert(rng, table, schema, rng.choice([2, 3, 5, 12])), None


def make_insert_select(rng, table, schema, tables, chk):
    sel = []
    for c in table.cols:
        if c.name == 'id':
            sel.append('id + %d' % (table.nextid + 50))
        elif rng.random() < 0.3:
            sel.append(literal(rng, schema, c, notnull=table.key or ()))
        else:
            sel.append(c.name)
    table.nextid += 60
    return 'INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s ORDER BY id LIMIT 15%s' % (
        table.qname, collist(table), ', '.join(sel), table.qname, predicate(rng, table, schema),
        on_conflict_nothing(rng, table)), None


def make_bulk(rng, table, schema, tables, chk):
    """Many rows of few keys in one statement, to pass memory bounds."""
    sel = []
    for c in table.cols:
        if c.name == 'id':
            sel.append('%d + g' % table.nextid)
        elif c.typ in ('int4', 'int8') and c.typ != 'posint':
            sel.append('g %% %d' % rng.choice([2, 5, 40]))
        else:
            sel.append('CASE g %% 3 WHEN 0 THEN %s WHEN 1 THEN %s ELSE %s END' % tuple(
                literal(rng, schema, c, notnull=table.key or ()) for _ in range(3)))
    n = rng.choice([40, 80, 150])
    table.nextid += n
    return 'INSERT INTO %s (%s) SELECT %s FROM generate_series(1, %d) g%s' % (
        table.qname, collist(table), ', '.join(sel), n, on_conflict_nothing(rng, table)), None


def make_copy(rng, table, schema, tables, chk):
    lines = []
    for _ in range(rng.choice([1, 3, 8])):
        f = []
        for c in table.cols:
            if c.name == 'id':
                f.append(str(table.nextid))
                table.nextid += 1
            elif rng.random() < 0.2 and c.name not in (table.key or ()):
                f.append('\\N')
            else:
                f.append(raw_value(rng, c.t).replace('\\', '\\\\'))
        lines.append('\t'.join(f))
    return 'COPY %s (%s) FROM STDIN' % (table.qname, collist(table)), '\n'.join(lines) + '\n'


def make_update(rng, table, schema, tables, chk):
    if rng.random() < 0.12:
        # Every row through a self-join, some of them twice.
        return 'UPDATE %s x SET %s FROM %s y WHERE y.id = x.id AND %s' % (
            table.qname, simple_assignment(rng, table, schema), table.qname, predicate(rng, table, schema, 'y')), None
    where = '' if rng.random() < 0.06 else ' WHERE ' + predicate(rng, table, schema)
    return 'UPDATE %s SET %s%s' % (table.qname, assignments(rng, table, schema), where), None


def simple_assignment(rng, table, schema):
    c = rng.choice([c for c in table.cols if c.name != 'id'])
    return '%s = %s' % (c.name, literal(rng, schema, c, notnull=table.key or ()))


def make_delete(rng, table, schema, tables, chk):
    if rng.random() < 0.1:
        other = rng.choice(tables)
        return 'DELETE FROM %s x USING %s y WHERE x.id = y.id AND %s' % (
            table.qname, other.qname, predicate(rng, other, schema, 'y')), None
    return 'DELETE FROM %s WHERE %s' % (table.qname, predicate(rng, table, schema)), None


def make_purge(rng, table, schema, tables, chk):
    return 'DELETE FROM %s WHERE id %% %d <> 0' % (table.qname, rng.choice([2, 3, 4])), None


def make_upsert(rng, table, schema, tables, chk):
    cols = [c for c in table.cols if c.name not in table.key]
    if not cols:
        return insert(rng, table, schema, 1), None
    rows = []
    for _ in range(rng.choice([1, 1, 2, 4])):
        r = row_values(rng, table, schema)
        r[[c.name for c in table.cols].index('id')] = str(rng.randint(1, max(2, table.nextid)))
        rows.append('(%s)' % ', '.join(r))
    sets = []
    for c in rng.sample(cols, min(2, len(cols))):
        sets.append('%s = %s' % (c.name, rng.choice(['EXCLUDED.' + c.name, literal(rng, schema, c)])))
    where = ' WHERE x.id %% 3 <> 0' if rng.random() < 0.2 else ''
    return 'INSERT INTO %s AS x (%s) VALUES %s ON CONFLICT (%s) DO UPDATE SET %s%s' % (
        table.qname, collist(table), ', '.join(rows), ', '.join(table.key), ', '.join(sets), where.replace('%%', '%')), None


def make_merge(rng, table, schema, tables, chk):
    cols = table.cols
    rows = []
    for i in range(rng.choice([1, 2, 4])):
        r = row_values(rng, table, schema)
        r[[c.name for c in cols].index('id')] = str(rng.randint(1, max(2, table.nextid)))
        rows.append('(%s)' % ', '.join(r))
    names = ', '.join(c.name for c in cols)
    upd = [c for c in cols if c.name != 'id']
    c = rng.choice(upd)
    matched = rng.choice(['UPDATE SET %s = s.%s' % (c.name, c.name),
                          'UPDATE SET %s = %s' % (c.name, literal(rng, schema, c, notnull=table.key or ())),
                          'DELETE', 'DO NOTHING'])
    extra = ''
    if rng.random() < 0.4:
        extra = ' WHEN MATCHED AND d.id %% %d = 0 THEN %s' % (rng.choice([2, 3]), rng.choice(['DELETE', 'DO NOTHING']))
    return 'MERGE INTO %s d USING (VALUES %s) AS s (%s) ON d.id = s.id%s WHEN MATCHED THEN %s ' \
        'WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)' % (
            table.qname, ', '.join(rows), names, extra, matched, names, ', '.join('s.' + c.name for c in cols)), None


def make_cte(rng, table, schema, tables, chk):
    """Several changes in one statement, and a read of what they return."""
    parts = []
    for i in range(rng.choice([1, 2, 2])):
        t = rng.choice(tables)
        maker = rng.choice([make_insert1, make_delete, make_insertn])
        sql = maker(rng, t, schema, tables, None)[0]
        # One row must not be changed twice in a statement: updates get a table of their own.
        if i == 0 and rng.random() < 0.5:
            sql = 'UPDATE %s SET %s WHERE %s' % (t.qname, simple_assignment(rng, t, schema), predicate(rng, t, schema))
        parts.append('w%d AS (%s RETURNING 1)' % (i, sql))
    tail = rng.choice(['SELECT ' + ' + '.join('(SELECT count(*) FROM w%d)' % i for i in range(len(parts))),
                       insert(rng, table, schema, 1)])
    return 'WITH %s %s' % (', '.join(parts), tail), None


def make_leaf(rng, table, schema, tables, chk):
    """The change reaches the table by one of its partitions."""
    p = rng.choice(table.parts)
    r = rng.random()
    if r < 0.4:
        return 'DELETE FROM %s WHERE %s' % (p.qname, predicate(rng, table, schema)), None
    if r < 0.7:
        return 'UPDATE %s SET %s WHERE %s' % (p.qname, simple_assignment(rng, table, schema), predicate(rng, table, schema)), None
    return 'INSERT INTO %s (%s) VALUES (%s)' % (p.qname, collist(table), ', '.join(row_values(rng, table, schema))), None


def make_chk(rng, table, schema, tables, chk):
    """The views are read while the statement is under way."""
    r = rng.random()
    if r < 0.4:
        rows = ' UNION ALL '.join('SELECT %s' % ', '.join(row_values(rng, table, schema)) for _ in range(rng.choice([2, 3])))
        return 'INSERT INTO %s (%s) SELECT s.* FROM (%s OFFSET 0) s WHERE %s = 0' % (table.qname, collist(table), rows, chk), None
    if r < 0.7:
        return 'UPDATE %s SET %s WHERE %s AND %s = 0' % (
            table.qname, simple_assignment(rng, table, schema), predicate(rng, table, schema), chk), None
    if r < 0.85:
        return 'INSERT INTO %s (%s) VALUES %s RETURNING %s' % (table.qname, collist(table), values(rng, table, schema, 2), chk), None
    return 'DELETE FROM %s WHERE %s RETURNING %s' % (table.qname, predicate(rng, table, schema), chk), None


MAKERS = {'insert1': make_insert1, 'insertn': make_insertn, 'insert_select': make_insert_select, 'bulk': make_bulk,
          'copy': make_copy, 'update': make_update, 'delete': make_delete, 'purge': make_purge, 'upsert': make_upsert,
          'merge': make_merge, 'cte': make_cte, 'leaf': make_leaf, 'chk': make_chk}


def do_block(rng, table, schema, tables, grow, chk):
    """A DO block with a caught error: what it undid must not be seen."""
    def one():
        return statement(rng, rng.choice(tables), schema, tables, grow, simple=True)[0] + ';'
    check = 'PERFORM %s;' % chk if chk and rng.random() < 0.5 else ''
    fail = rng.choice(["RAISE EXCEPTION 'on purpose';", 'PERFORM 1 / 0;', ''])
    inner = 'BEGIN %s %s %s EXCEPTION WHEN raise_exception OR division_by_zero OR unique_violation OR check_violation ' \
            'OR cardinality_violation THEN %s END;' % (one(), check, fail, rng.choice(['NULL;', one()]))
    if rng.random() < 0.3:
        inner = 'FOR i IN 1..%d LOOP %s END LOOP;' % (rng.choice([2, 4]), inner)
    return 'DO $do$ BEGIN %s %s %s END $do$' % (one() if rng.random() < 0.6 else '', inner, check)


def one_row(rng, table, schema):
    """A change of one row: new values, those of another row once more, NULLs; or none, if it is not there."""
    some = 'id = (SELECT min(id) FROM %s WHERE id >= %d)' % (table.qname, rng.randint(1, max(2, table.nextid)))
    r = rng.random()
    if r < 0.4:
        return insert(rng, table, schema, 1)
    if r < 0.55:
        table.nextid += 1
        sel = [str(table.nextid - 1) if c.name == 'id' else c.name for c in table.cols]
        return 'INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s LIMIT 1%s' % (
            table.qname, collist(table), ', '.join(sel), table.qname, some, on_conflict_nothing(rng, table))
    if r < 0.8:
        return 'UPDATE %s SET %s WHERE %s' % (table.qname, simple_assignment(rng, table, schema), some)
    return 'DELETE FROM %s WHERE %s' % (table.qname, some)


def commit_loop(rng, table, schema, tables, grow, asserts):
    """A block that commits as it goes; only outside a transaction.

    With assertions, PostgreSQL 15.18 stops where a statement is planned after a COMMIT without a snapshot while an index
    is too new to be used (plancache.c, TransactionXmin), also without this extension; an expression before it takes one.
    """
    s = statement(rng, table, schema, tables, grow, simple=True)[0]
    return 'DO $do$ BEGIN FOR i IN 1..3 LOOP %sBEGIN %s; EXCEPTION WHEN unique_violation OR check_violation ' \
           'OR cardinality_violation THEN NULL; END; %s; END LOOP; END $do$' % ('IF i > 0 THEN NULL; END IF; ' if asserts else '', s, rng.choice(['COMMIT', 'COMMIT', 'ROLLBACK']))


def churn(rng, table, schema):
    """Many small transactions over some rows: with an old snapshot open, states become mostly dead versions."""
    some = 'id %% %d = 0' % rng.choice([1, 2, 3])
    one, other = ('UPDATE %s SET %s WHERE %s;' % (table.qname, simple_assignment(rng, table, schema), some) for _ in range(2))
    return 'DO $do$ BEGIN FOR i IN 1..%d LOOP BEGIN IF i %% 2 = 0 THEN %s ELSE %s END IF; ' \
           'EXCEPTION WHEN unique_violation OR check_violation OR cardinality_violation THEN NULL; END; COMMIT; END LOOP; END $do$' % (
               rng.choice([100, 200, 400]), one, other)
