"""Random base tables, values and row predicates.

A type is described by TYPES: its SQL name, a handful of literals (few, so
that groups collide), and what may be done with it.  'amb' marks types whose
equality is coarser than identity (1.0 = 1.00, 'a' = 'A' under the
nondeterministic collation, 1 day = 24 hours): which of the equal values a
group shows is undefined, so text comparison leaves such columns out.
"""


class Type:
    def __init__(self, sql, values, rare=(), amb=False, minmax=True, cat=None, few=False):
        self.sql, self.values, self.rare = sql, values, rare
        self.amb, self.minmax, self.cat, self.few = amb, minmax, cat, few


# {s} stands for the quoted schema of the episode.
TYPES = {
    'int2': Type('smallint', ['-1', '0', '1', '2', '3'], cat='int'),
    'int4': Type('integer', ['-5', '0', '1', '2', '7', '100'], cat='int'),
    'int8': Type('bigint', ['-1', '0', '3', '10000000000'], cat='int'),
    'numeric': Type('numeric', ['0', '1', '1.0', '1.50', '1.5', '-2.25', '100.001', '0.000'],
                    rare=['NaN', 'Infinity', '-Infinity', '123456789012345678901234567890.5'], amb=True, cat='num'),
    'n122': Type('numeric(12,2)', ['0', '1.00', '2.50', '-3.75', '19.99'], rare=['NaN'], cat='num'),
    'text': Type('text', ['a', 'b', 'B', '', 'zz', "it's"], cat='text'),
    'ctext': Type('text COLLATE {s}.nd', ['a', 'A', 'b', 'B', 'ab', 'AB'], amb=True, cat='ctext'),
    'varchar': Type('varchar(8)', ['x', 'y', 'X', 'long one'], cat='text'),
    'date': Type('date', ['2024-01-01', '2024-01-31', '2024-02-29', '2023-12-31'], rare=['infinity'], cat='date'),
    'ts': Type('timestamp', ['2024-01-01 00:00:00', '2024-01-01 23:59:59.999999', '2024-03-31 02:30:00',
                             '2024-07-01 12:00:00'], cat='ts'),
    'tstz': Type('timestamptz', ['2024-01-01 00:30:00+00', '2024-01-01 22:30:00+00', '2024-03-10 07:30:00+00',
                                 '2024-06-30 18:45:00+00'], rare=['infinity', '-infinity'], cat='tstz'),
    'float8': Type('double precision', ['0', '1', '-2', '0.5', '2.25', '1024', '-0.125'],
                   rare=['NaN', 'Infinity', '-Infinity'], cat='float'),
    'float4': Type('real', ['0', '1', '-2', '0.5', '3'], cat='float'),
    'interval': Type('interval', ['1 day', '24:00:00', '30 days', '1 mon', '-01:00:00', '00:00:00'], amb=True,
                     cat='interval'),
    'bool': Type('boolean', ['t', 'f'], minmax=False, cat='bool'),
    'jsonb': Type('jsonb', ['{"k": 1}', '{"k": 1.0}', '{"k": "x"}', '[1, 2]', 'null', '{"k": null, "m": 2}'],
                  amb=True, minmax=False, cat='jsonb'),
    'uuid': Type('uuid', ['00000000-0000-0000-0000-000000000001', 'ffffffff-0000-0000-0000-00000000000a'],
                 minmax=False, cat='uuid'),
    'enum': Type('{s}.mood', ['sad', 'ok', 'happy'], cat='enum'),
    'intarr': Type('integer[]', ['{}', '{1}', '{1,2}', '{NULL,3}'], cat='arr'),
    'bytea': Type('bytea', ['\\x00', '\\xdeadbeef', ''], minmax=False, cat='bytea'),
    'posint': Type('{s}.posint', ['0', '1', '2', '5'], cat='int'),
    'dtext': Type('{s}.dtext', ['p', 'q'], cat='text'),
    # whole numbers that are nearly all the same, of tables made for levels.py
    'few2': Type('smallint', ['0', '1', '2'], cat='int', few=True),
    'few4': Type('integer', ['0', '1', '2'], cat='int', few=True),
    'few8': Type('bigint', ['0', '1', '2'], cat='int', few=True),
    'fewn': Type('numeric', ['0', '1', '2'], cat='num', few=True),
}

ODD_NAMES = ['"Col ""q"""', '"a%b"', '"select"', '"ünï"', '"two words"', '"row_count"', '"x.y"']


def quote(lit):
    return "'" + lit.replace("'", "''") + "'"


class Column:
    def __init__(self, name, typ):
        self.name, self.typ = name, typ

    @property
    def t(self):
        return TYPES[self.typ]


class Table:
    """A base table: its columns, unique key, and (when partitioned) leaves."""

    def __init__(self, schema, name):
        self.schema, self.name = schema, name
        self.cols, self.key, self.parts = [], None, []
        self.partkey = None
        self.few = False                # rows and values
        self.nextid = 1
        self.ddl = []

    @property
    def qname(self):
        return self.schema + '.' + self.name

    def col(self, name):
        return next(c for c in self.cols if c.name == name)


class Partition:
    def __init__(self, parent, qname, bound):
        self.parent, self.qname, self.bound = parent, qname, bound
        self.attached = True


def literal(rng, schema, col, null=0.2, notnull=()):
    """A value of the column's type as typed SQL text."""
    typ = col.t.sql.format(s=schema).split(' COLLATE')[0]
    if col.name not in notnull and rng.random() < null:
        return 'CAST(NULL AS %s)' % typ
    return "CAST(%s AS %s)" % (quote(raw_value(rng, col.t)), typ)


def raw_value(rng, t):
    if t.rare and rng.random() < 0.04:
        return rng.choice(t.rare)
    return rng.choice(t.values)


def row_values(rng, table, schema):
    """One row: literals in the order of table.cols."""
    out = []
    for c in table.cols:
        if c.name == 'id':
            if rng.random() < 0.8:
                out.append(str(table.nextid))
                table.nextid += 1
            else:
                out.append(str(rng.randint(1, max(2, table.nextid))))
        else:
            out.append(literal(rng, schema, c, notnull=table.key or ()))
    return out


def predicate(rng, table, schema, alias=None, depth=0):
    """A row predicate over the table; never an error, sometimes empty, seldom all."""
    p = (alias + '.') if alias else ''
    r = rng.random()
    if depth < 1 and r < 0.2:
        return '(%s %s %s)' % (predicate(rng, table, schema, alias, 1), rng.choice(['AND', 'OR']),
                               predicate(rng, table, schema, alias, 1))
    if r < 0.5:
        n = rng.randint(1, max(2, table.nextid))
        return rng.choice(['%sid = %d' % (p, n), '%sid BETWEEN %d AND %d' % (p, n, n + 3),
                           '%sid %% %d = %d' % (p, rng.choice([3, 5, 7]), rng.randint(0, 2)),
                           '%sid IN (%d, %d)' % (p, n, n // 2)])
    c = rng.choice(table.cols)
    if c.name == 'id':
        return '%sid > %d' % (p, rng.randint(1, max(2, table.nextid)))
    if r < 0.6:
        return '%s%s IS NULL' % (p, c.name)
    lit = literal(rng, schema, c, null=0)
    return '%s%s %s %s' % (p, c.name, rng.choice(['=', '=', '=', 'IS NOT DISTINCT FROM']), lit)


def assignments(rng, table, schema, n=None):
    """SET list of an UPDATE: literals, other rows' shape kept legal."""
    cols = [c for c in table.cols if c.name != 'id' or rng.random() < 0.1]
    out = []
    for c in rng.sample(cols, min(len(cols), n or rng.choice([1, 1, 2, 3]))):
        if c.name == 'id':
            table.nextid += 1
            out.append('id = id + %d' % rng.choice([0, 1000]))
        elif c.typ in ('int4', 'int8', 'n122') and c.name not in (table.key or ()) and rng.random() < 0.3:
            out.append('%s = CASE WHEN abs(%s) < 10000 THEN %s + 1 ELSE 0 END' % (c.name, c.name, c.name))
        else:
            out.append('%s = %s' % (c.name, literal(rng, schema, c, notnull=table.key or ())))
    return ', '.join(out)


def index_sql(rng, table):
    """A further index of a table: of all kinds that a plan may use, or must not."""
    cols = rng.sample([c.name for c in table.cols], rng.choice([1, 1, 2]))
    r = rng.random()
    unique, rest = '', ''
    if r < 0.25 and not table.parts:
        unique, cols = 'UNIQUE ', ['id'] + rng.choice([[], cols[:1] if cols[0] != 'id' else []])
    elif r < 0.3 and not table.parts:
        unique, rest = 'UNIQUE ', ' WHERE id %% %d = 0' % rng.choice([5, 7])
    elif r < 0.45:
        rest = rng.choice([' WHERE %s IS NOT NULL' % cols[0], ' WHERE id % 2 = 0', ' WHERE id > 5'])
    elif r < 0.55:
        cols = ['(%s)' % rng.choice(['id + 1', 'id % 3', '-id', '%s IS NULL' % cols[0]])]
    elif r < 0.7:
        rest = ' INCLUDE (%s)' % rng.choice(table.cols).name
    return 'CREATE %sINDEX ON %s (%s)%s' % (unique, table.qname, ', '.join(cols), rest)


def add_indexes(rng, t):
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        t.ddl.append(index_sql(rng, t))
    if not t.key and not t.parts and rng.random() < 0.3:
        t.ddl.append('ALTER TABLE %s ADD UNIQUE (id)%s' % (t.qname, rng.choice(['', ' DEFERRABLE'])))


def make_table(rng, schema, number):
    """Table with random columns, key and partitioning; .ddl holds its creation."""
    odd = rng.random() < 0.25
    t = Table(schema, '"Odd table %d"' % number if odd else 't%d' % number)
    kind = rng.choice(['plain'] * 5 + ['range', 'list', 'hash', 'sub'])
    t.cols.append(Column('id', 'int4'))
    names = ['c%d' % i for i in range(1, 9)]
    if odd:
        for i in range(rng.randint(1, 3)):
            names[i] = rng.choice([x for x in ODD_NAMES if x not in names])
    types = rng.sample(sorted(n for n in TYPES if not TYPES[n].few), rng.randint(3, 7))
    if not any(TYPES[x].cat in ('int', 'num') for x in types):
        types[0] = 'int4'
    if rng.random() < 0.3 and 'tstz' not in types:
        types[-1] = 'tstz'
    for n, ty in zip(names, types):
        t.cols.append(Column(n, ty))
    pcol = None
    if kind != 'plain':
        ptype = {'range': 'date', 'list': 'text', 'hash': 'int4', 'sub': 'int4'}[kind]
        pcol = Column('p', ptype)
        t.cols.append(pcol)
        t.partkey = 'p'
    rng.shuffle(t.cols)
    if rng.random() < 0.6:
        t.key = ['id'] + (['p'] if pcol else [])

    def coldefs(cols, junk, notnull=True):
        defs = ['%s %s%s' % (c.name, c.t.sql.format(s=schema),
                             ' NOT NULL' if notnull and c.name in (t.key or ()) else '') for c in cols]
        for j in junk:
            defs.insert(rng.randint(0, len(defs)), '%s int' % j)
        return ', '.join(defs)

    junk = ['junk1', 'junk2'][:rng.choice([0, 0, 1, 2])]
    suffix = ''
    if pcol:
        suffix = ' PARTITION BY %s (p)' % {'range': 'RANGE', 'list': 'LIST', 'hash': 'HASH', 'sub': 'RANGE'}[kind]
    t.ddl.append('CREATE TABLE %s (%s)%s' % (t.qname, coldefs(t.cols, junk), suffix))
    for j in junk:
        t.ddl.append('ALTER TABLE %s DROP COLUMN %s' % (t.qname, j))
    if t.key:
        t.ddl.append('ALTER TABLE %s ADD PRIMARY KEY (%s)' % (t.qname, ', '.join(t.key)))

    def leaf(parent, name, bound, sub=''):
        """A partition made in place, or on its own with another column order and attached."""
        q = '%s."%s"' % (schema, name)
        if rng.random() < 0.5:
            t.ddl.append('CREATE TABLE %s PARTITION OF %s %s%s' % (q, parent, bound, sub))
        else:
            cols = t.cols[:]
            rng.shuffle(cols)
            pj = ['pj1'] if rng.random() < 0.5 else []
            t.ddl.append('CREATE TABLE %s (%s)%s' % (q, coldefs(cols, pj), sub))
            for j in pj:
                t.ddl.append('ALTER TABLE %s DROP COLUMN %s' % (q, j))
            t.ddl.append('ALTER TABLE %s ATTACH PARTITION %s %s' % (parent, q, bound))
        if not sub:
            t.parts.append(Partition(parent, q, bound))
        return q

    base = 'p%d_' % number
    if kind == 'range':
        leaf(t.qname, base + 'old', "FOR VALUES FROM (MINVALUE) TO ('2024-01-01')")
        leaf(t.qname, base + 'jan', "FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')")
        leaf(t.qname, base + 'rest', 'DEFAULT')
    elif kind == 'list':
        leaf(t.qname, base + 'a', "FOR VALUES IN ('a', 'b')")
        leaf(t.qname, base + 'z', "FOR VALUES IN ('zz', '')")
        leaf(t.qname, base + 'rest', 'DEFAULT')
    elif kind == 'hash':
        for i in range(3):
            leaf(t.qname, base + 'h%d' % i, 'FOR VALUES WITH (MODULUS 3, REMAINDER %d)' % i)
    elif kind == 'sub':
        leaf(t.qname, base + 'neg', 'FOR VALUES FROM (MINVALUE) TO (1)')
        sub = leaf(t.qname, base + 'Sub', 'FOR VALUES FROM (1) TO (50)', ' PARTITION BY LIST (p)')
        leaf(sub, base + 's1', 'FOR VALUES IN (1)')
        leaf(sub, base + 's2', 'DEFAULT')
        leaf(t.qname, base + 'rest', 'DEFAULT')
    add_indexes(rng, t)
    t.kind = kind
    return t


def make_few_table(rng, schema, number):
    """Table of a few columns with few values each, mostly of one type."""
    t = Table(schema, 't%d' % number)
    t.cols.append(Column('id', 'int4'))
    for i in range(rng.choice([2, 2, 3])):
        t.cols.append(Column('c%d' % (i + 1), rng.choice(['few4', 'few4', 'few4', 'few4', 'few4', 'few2', 'few8', 'fewn'])))
    if rng.random() < 0.3:
        t.key = ['id']
    t.few = True
    t.ddl.append('CREATE TABLE %s (%s)' % (t.qname, ', '.join('%s %s' % (c.name, c.t.sql) for c in t.cols)))
    if t.key:
        t.ddl.append('ALTER TABLE %s ADD PRIMARY KEY (id)' % t.qname)
    add_indexes(rng, t)
    t.kind = 'plain'
    return t


def schema_ddl(schema):
    return ['CREATE SCHEMA %s' % schema,
            "CREATE COLLATION %s.nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false)" % schema,
            "CREATE TYPE %s.mood AS ENUM ('sad', 'ok', 'happy')" % schema,
            'CREATE DOMAIN %s.posint AS integer CHECK (VALUE >= 0)' % schema,
            'CREATE DOMAIN %s.dtext AS text CHECK (length(VALUE) < 5)' % schema]
