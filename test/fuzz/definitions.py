"""Random view definitions.

A definition is built in three layers, each usable by every shape:

    Source      FROM clause with the columns it offers (one table or a join)
    row_expr    expressions over one row;  row_pred  conditions over one row
    aggregate   an aggregate over such expressions, by family (linear, extreme, slice)

and put together by a shape: a function shape_x(g) -> Definition, registered
in SHAPES by name.  A new multi-table shape needs a Source (see join_source)
and, mostly, nothing else: grouped() and projected() do the rest.

All definitions are deterministic and free of run-time errors for the values
that schema.py generates.  Expr.amb says that equal values may look different
and the definition does not say which is shown (see schema.py): such an
expression is never the argument of a function that could tell them apart.
"""
import levels
from schema import TYPES, quote, raw_value

ODD_OUT = ['"Sum of ""x"""', '"group"', '"total €"', '"Day"', '"a b"', '"tableoid_"', '"count(*)"', '"sum"']
INTS = ('int', 'num', 'float')
TIMES = ('date', 'ts', 'tstz')

# A literal or two per category, to compare columns of a view with.
CAT_LITERALS = {
    'int': ['0', '1', '2', '3', '7'], 'num': ['0', '1.5', '2', '-3.75'], 'float': ['0', '0.5', '1'],
    'text': ["'a'", "'b'", "'2024-01'", "'few'", "''"], 'ctext': ["'a'", "'B'"],
    'date': ["date '2024-01-01'", "date '2024-02-29'"], 'ts': ["timestamp '2024-01-01 00:00:00'"],
    'tstz': ["timestamptz '2024-01-01 00:00:00+00'"], 'interval': ["interval '1 day'", "interval '0'"],
    'bool': ['true', 'false'],
}


class Expr:
    def __init__(self, sql, cat, amb=False, minmax=True, typ=None):
        self.sql, self.cat, self.amb, self.minmax, self.typ = sql, cat, amb, minmax, typ


class Source:
    """FROM text and the columns (Expr) it offers; where: conditions it needs itself;
    rows: aliases of tables, whose rows can be had as a whole."""

    def __init__(self, sql, cols, tables, where=(), rows=()):
        self.sql, self.cols, self.tables, self.where, self.rows = sql, cols, tables, list(where), list(rows)


class Definition:
    def __init__(self, sql, outs, tables, ordered=False, shape=''):
        self.sql, self.outs, self.tables, self.ordered, self.shape = sql, outs, tables, ordered, shape
        self.indexes = []               # (table, columns) by which distinct values can be looked up

    def exact_cols(self):
        return [o.sql for o in self.outs if not o.amb]


class Gen:
    """State of one definition being generated."""

    def __init__(self, rng, tables, schema, families=('linear', 'extreme'), qualify=True, features=()):
        self.rng, self.tables, self.schema = rng, tables, schema
        self.families, self.qualify, self.features = families, qualify, features
        self.parts = 0                  # how likely subqueries that depend on no row are, 0 to 1
        self.nparts = 0
        self.part_depth = 0
        self.ctes = []
        self.part_tables = []

    def table_sql(self, t):
        return t.qname if self.qualify else t.name

    def lit(self, col):
        typ = col.typ
        sql = TYPES[typ].sql.format(s=self.schema).split(' COLLATE')[0]
        return 'CAST(%s AS %s)' % (quote(raw_value(self.rng, TYPES[typ])), sql)


# ---- sources -----------------------------------------------------------

def table_source(g, t=None, alias=None):
    t = t or g.rng.choice(g.tables)
    alias = alias or g.rng.choice(['', '', 'x', '"T x"'])
    prefix = alias + '.' if alias else ''
    cols = [Expr(prefix + c.name, c.t.cat, c.t.amb, c.t.minmax, c.typ) for c in t.cols]
    return with_one_row(g, Source(g.table_sql(t) + (' AS ' + alias if alias else ''), cols, [t],
                                  rows=[alias] if alias else []))


def constant_source(g, alias):
    """Rows that no table has: VALUES, a series, a calendar, a subquery over such."""
    rng = g.rng
    kind = rng.choice(['values', 'values', 'values', 'series', 'calendar', 'select', 'union'])
    if kind == 'series':
        return Source('generate_series(%d, %d) AS %s (c0)' % (rng.choice([-1, 0]), rng.randint(0, 4), alias),
                      [Expr(alias + '.c0', 'int')], [])
    if kind == 'calendar':
        days = "generate_series(%s '2023-12-31', '2024-03-01', '%s') AS %s" % (
            rng.choice(['date', 'timestamp']), rng.choice(['1 day', '1 month', '12 hours']), '%s')
        cat = 'tstz' if days.startswith('generate_series(date') else 'ts'
        if rng.random() < 0.5:
            return Source('(SELECT d::date AS c0 FROM %s) AS %s' % (days % 'd', alias), [Expr(alias + '.c0', 'date')], [])
        return Source(days % ('%s (c0)' % alias), [Expr(alias + '.c0', cat)], [])
    few = [c for t in g.tables for c in t.cols if c.t.cat not in ('jsonb', 'ctext')]
    picked = rng.sample(few, min(len(few), rng.choice([1, 1, 2])))
    cols = [Expr('%s.c%d' % (alias, i), c.t.cat, c.t.amb, c.t.minmax, c.typ) for i, c in enumerate(picked)]

    def row():
        return ', '.join('NULL' if rng.random() < 0.1 else g.lit(c) for c in cols)
    rows = [', '.join(g.lit(c) for c in cols)] + [row() for _ in range(rng.randint(1, 4))]
    names = ', '.join('c%d' % i for i in range(len(cols)))
    if kind == 'select':
        return Source('(SELECT %s) AS %s (%s)' % (rows[0], alias, names), cols, [])
    values = 'VALUES ' + ', '.join('(%s)' % r for r in rows)
    if kind == 'union':
        values += ' %s %s' % (rng.choice(['UNION ALL', 'UNION', 'EXCEPT']), 'VALUES (%s)' % rows[0])
    return Source('(%s) AS %s (%s)' % (values, alias, names), cols, [])


def comparable(x, y):
    return (x.cat == y.cat and x.cat not in ('enum', 'jsonb')) or (x.typ == y.typ and x.typ is not None) or \
        (x.cat in INTS and y.cat in INTS) or (x.cat in TIMES and y.cat in TIMES)


def join_pairs(a, b):
    """Pairs of columns of two sources that can be compared."""
    return [(x, y) for x in a.cols for y in b.cols if comparable(x, y)]


def join_pair(g, a, b):
    """One of them, or two expressions; None if there are none."""
    rng = g.rng
    if rng.random() < 0.25:
        derive = [[c if rng.random() < 0.5 else derived(g, s, c) for c in s.cols] for s in (a, b)]
        pairs = [(x, y) for x in derive[0] for y in derive[1] if x and y and comparable(x, y)]
        if pairs:
            return tuple(Expr('(%s)' % e.sql, e.cat, e.amb, e.minmax, e.typ) for e in rng.choice(pairs))
    pairs = join_pairs(a, b)
    few = [p for p in pairs if not p[0].sql.endswith('.id')]
    return rng.choice(few if few and rng.random() < 0.5 else pairs) if pairs else None


def join_condition(g, x, y, kind='JOIN'):
    """What two such expressions are compared by: mostly an equation."""
    inequal = ('<', '<=', '>', '>=', '<>')
    op = '=' if kind == 'FULL JOIN' or g.rng.random() < 0.8 else g.rng.choice(inequal)
    return '%s %s %s' % (x.sql, op, y.sql)


def join_source(g, kinds=('JOIN',), n=2, selfjoin=False):
    """n tables joined in a row on random comparable columns; one may be a constant."""
    first = g.rng.choice(g.tables)
    constant = g.rng.choice(range(n)) if g.rng.random() < 0.25 and not selfjoin else -1
    src = constant_source(g, 'a') if constant == 0 else table_source(g, first, 'a')
    for i in range(1, n):
        t = first if selfjoin else g.rng.choice(g.tables)
        right = constant_source(g, 'abcd'[i]) if i == constant else table_source(g, t, 'abcd'[i])
        if not join_pairs(src, right):
            right = table_source(g, t, 'abcd'[i])
        x, y = join_pair(g, src, right) or (Expr('1', 'int'), Expr('1', 'int'))
        kind = g.rng.choice(kinds)
        on = join_condition(g, x, y, kind)
        if g.rng.random() < 0.2 and kind in ('JOIN', 'LEFT JOIN'):
            on += ' AND ' + row_pred(g, right)
        src = Source('%s %s %s ON %s' % (src.sql, kind, right.sql, on), src.cols + right.cols, src.tables + right.tables,
                     rows=src.rows + right.rows)
    return src


# ---- expressions over one row ------------------------------------------

def row_expr(g, src, cat=None):
    """A column or an expression over one; of the category asked for, or None."""
    rng = g.rng
    if wants_part(g):
        e = part_expr(g, src)
        if e and (cat is None or e.cat in cat):
            return e
    if src.rows and rng.random() < 0.08:
        e = whole_row(g, rng.choice(src.rows))
        if cat is None or e.cat in cat:
            return e
    for _ in range(30):
        c = rng.choice(src.cols)
        e = c if rng.random() < 0.5 else derived(g, src, c)
        if e and (cat is None or e.cat in cat):
            return e
    return None


def whole_row(g, alias):
    """Something made of a table's row."""
    row = alias + '.*'
    return g.rng.choice([Expr('to_jsonb(%s)::text' % row, 'text'), Expr('row_to_json(%s)::text' % row, 'text'),
                         Expr('(%s)::text' % row, 'text'), Expr('coalesce(%s)::text' % row, 'text'),
                         Expr('(%s) IS NULL' % row, 'bool', minmax=False),
                         Expr('(%s) IS NOT NULL' % row, 'bool', minmax=False)])


def derived(g, src, c):
    rng, s = g.rng, c.sql
    pick = rng.choice
    if rng.random() < 0.1:
        return Expr('CASE WHEN %s THEN %s ELSE %s END' % (row_pred(g, src), "'x'", "'y'"), 'text', typ='text')
    if c.cat == 'int':
        return pick([Expr('%s + 1' % s, 'int'), Expr('%s %% 3' % s, 'int'), Expr('%s * 2' % s, 'int'),
                     Expr('coalesce(%s, 0)' % s, 'int'), Expr('-%s' % s, 'int'), Expr('%s::numeric' % s, 'num'),
                     Expr('%s::numeric / 4' % s, 'num'), Expr('%s::text' % s, 'text'),
                     Expr('CASE WHEN %s > 1 THEN %s ELSE 0 END' % (s, s), 'int'),
                     Expr('%s > 0' % s, 'bool', minmax=False), Expr('%s::numeric(14,3)' % s, 'num')])
    if c.cat == 'num':
        return pick([Expr('%s + 1' % s, 'num', c.amb), Expr('coalesce(%s, 0)' % s, 'num', True),
                     Expr('%s * %s' % (s, s), 'num', c.amb), Expr('round(%s, 1)' % s, 'num'),
                     Expr('%s > 0' % s, 'bool', minmax=False), Expr('%s::text' % s, 'text'),
                     Expr('-%s' % s, 'num', c.amb)])
    if c.cat == 'text':
        return pick([Expr('upper(%s)' % s, 'text'), Expr("coalesce(%s, '?')" % s, 'text'),
                     Expr('left(%s, 1)' % s, 'text'), Expr("%s || '-s'" % s, 'text'), Expr('length(%s)' % s, 'int'),
                     Expr("nullif(%s, '')" % s, 'text'), Expr("%s LIKE 'a%%'" % s, 'bool', minmax=False),
                     Expr('%s COLLATE "C"' % s, 'text')])
    if c.cat == 'ctext':
        return pick([Expr("coalesce(%s, '?')" % s, 'ctext', True), Expr('length(%s)' % s, 'int'),
                     Expr('lower(%s) COLLATE "C"' % s, 'text'), Expr('%s COLLATE "C"' % s, 'text')])
    if c.cat == 'date':
        return pick([Expr("date_trunc('month', %s)" % s, 'tstz'), Expr('extract(dow FROM %s)' % s, 'num'),
                     Expr("to_char(%s, 'YYYY-MM')" % s, 'text'), Expr('%s + 1' % s, 'date'),
                     Expr('%s::timestamptz' % s, 'tstz'), Expr('%s::text' % s, 'text')])
    if c.cat == 'ts':
        return pick([Expr("date_trunc('day', %s)" % s, 'ts'), Expr('%s::date' % s, 'date'),
                     Expr('%s::timestamptz' % s, 'tstz'), Expr('extract(hour FROM %s)' % s, 'num'),
                     Expr("to_char(%s, 'YYYY-MM-DD HH24')" % s, 'text'), Expr('%s::text' % s, 'text'),
                     Expr("%s AT TIME ZONE 'Europe/Berlin'" % s, 'tstz')])
    if c.cat == 'tstz':
        return pick([Expr("date_trunc('day', %s)" % s, 'tstz'), Expr("date_trunc('day', %s)" % s, 'tstz'),
                     Expr('%s::date' % s, 'date'), Expr('(%s)::date' % s, 'date'),
                     Expr('extract(hour FROM %s)' % s, 'num'), Expr("to_char(%s, 'YYYY-MM-DD HH24 TZ')" % s, 'text'),
                     Expr("%s AT TIME ZONE 'Asia/Tokyo'" % s, 'ts'), Expr('%s::text' % s, 'text'),
                     Expr("date_trunc('hour', %s, 'Asia/Kolkata')" % s, 'tstz'), Expr('extract(epoch FROM %s)' % s, 'num')])
    if c.cat == 'float':
        return pick([Expr('%s * 2' % s, 'float'), Expr('%s::text' % s, 'text'), Expr('(%s / 3)::text' % s, 'text'),
                     Expr('%s > 0' % s, 'bool', minmax=False), Expr('coalesce(%s, 0)' % s, 'float')])
    if c.cat == 'interval':
        return pick([Expr('%s::text' % s, 'text'), Expr('extract(day FROM %s)' % s, 'num'), Expr('%s * 2' % s, 'interval', True)])
    if c.cat == 'bool':
        return pick([Expr('NOT %s' % s, 'bool', minmax=False), Expr('%s IS TRUE' % s, 'bool', minmax=False),
                     Expr('%s::int' % s, 'int'), Expr("CASE %s WHEN true THEN 1 WHEN false THEN 2 END" % s, 'int')])
    if c.cat == 'jsonb':
        return pick([Expr("%s ->> 'k'" % s, 'text'), Expr("%s -> 'k'" % s, 'jsonb', True, False),
                     Expr('jsonb_typeof(%s)' % s, 'text'), Expr("%s ? 'k'" % s, 'bool', minmax=False)])
    if c.cat == 'enum':
        return Expr('%s::text' % s, 'text')
    if c.cat == 'arr':
        return pick([Expr('cardinality(%s)' % s, 'int'), Expr('%s[1]' % s, 'int')])
    if c.cat == 'bytea':
        return pick([Expr("encode(%s, 'hex')" % s, 'text'), Expr('length(%s)' % s, 'int')])
    if c.cat == 'uuid':
        return Expr('%s::text' % s, 'text')
    return None


def row_pred(g, src, depth=0):
    rng = g.rng
    if wants_part(g):
        return part_pred(g, src)
    c = rng.choice(src.cols)
    r = rng.random()
    if src.rows and rng.random() < 0.04:
        return '(%s.*) IS %sNULL' % (rng.choice(src.rows), rng.choice(['', 'NOT ']))
    if depth == 0 and r < 0.2:
        return '(%s %s %s)' % (row_pred(g, src, 1), rng.choice(['AND', 'OR']), row_pred(g, src, 1))
    if r < 0.35:
        return '%s IS %sNULL' % (c.sql, rng.choice(['', 'NOT ']))
    if r < 0.45 and c.typ:
        return '%s IS DISTINCT FROM %s' % (c.sql, g.lit(c))
    if c.cat == 'bool':
        return rng.choice(['%s', 'NOT %s', '%s IS NOT TRUE']) % c.sql
    if c.typ and r < 0.6:
        return '%s IN (%s, %s)' % (c.sql, g.lit(c), g.lit(c))
    if c.typ and c.cat not in ('jsonb', 'uuid', 'bytea'):
        return '%s %s %s' % (c.sql, rng.choice(['=', '<>', '<', '>=']), g.lit(c))
    if c.typ:
        return '%s %s %s' % (c.sql, rng.choice(['=', '<>']), g.lit(c))
    return 'NOT (%s IS NULL)' % c.sql


# ---- aggregates ---------------------------------------------------------

def aggregate(g, src):
    """One aggregate call of an allowed family, perhaps with FILTER."""
    rng = g.rng
    while True:
        e = {'linear': agg_linear, 'extreme': agg_extreme, 'slice': agg_slice}[rng.choice(g.families)](g, src)
        if e:
            break
    if rng.random() < 0.2:
        e = Expr('%s FILTER (WHERE %s)' % (e.sql, row_pred(g, src)), e.cat, e.amb, e.minmax)
    return e


def agg_linear(g, src):
    rng = g.rng
    r = rng.random()
    if r < 0.2:
        return Expr('count(*)', 'int')
    if r < 0.23 and src.rows:
        return Expr('count(%s.*)' % rng.choice(src.rows), 'int')
    if r < 0.3:
        return Expr('count(%s)' % row_expr(g, src).sql, 'int')
    if r < 0.4:
        e = row_expr(g, src, ('bool',))
        return e and Expr('%s(%s)' % (rng.choice(['bool_and', 'bool_or', 'every']), e.sql), 'bool', minmax=False)
    if r < 0.47:
        ints = [c for c in src.cols if c.cat == 'int']
        return ints and Expr('%s(%s)' % (rng.choice(['bit_and', 'bit_or', 'bit_xor']), rng.choice(ints).sql), 'int')
    if r < 0.5:
        x, y = row_expr(g, src, ('int',)), row_expr(g, src, ('int',))
        return x and y and Expr('regr_count(%s, %s)' % (x.sql, y.sql), 'int')
    e = row_expr(g, src, ('int', 'num', 'float', 'interval'))
    if not e:
        return None
    if e.cat in ('int', 'num') and r < 0.62:
        return Expr('%s(%s)' % (rng.choice(['variance', 'var_pop', 'var_samp', 'stddev', 'stddev_pop', 'stddev_samp']),
                                e.sql), 'num')
    fn = 'sum' if r < 0.85 else 'avg'
    return Expr('%s(%s)' % (fn, e.sql), {'int': 'num'}.get(e.cat, e.cat) if fn == 'avg' else e.cat)


def agg_extreme(g, src):
    for _ in range(10):
        e = row_expr(g, src)
        if e.minmax and e.cat != 'bool':
            return Expr('%s(%s)' % (g.rng.choice(['min', 'max']), e.sql), e.cat, e.amb)
    return None


def agg_slice(g, src):
    rng = g.rng
    r = rng.random()
    e = row_expr(g, src)
    if r < 0.35:
        return Expr('count(DISTINCT %s)' % e.sql, 'int')
    if r < 0.45:
        e = row_expr(g, src, ('int', 'num'))
        return e and Expr('sum(DISTINCT %s)' % e.sql, e.cat, e.amb)
    if r < 0.6:
        return not e.amb and e.cat != 'arr' and Expr('array_agg(%s ORDER BY %s)' % (e.sql, e.sql), 'other', minmax=False)
    if r < 0.75:
        e = row_expr(g, src, ('text',))
        return e and not e.amb and Expr("string_agg(%s, ',' ORDER BY %s)" % (e.sql, e.sql), 'text')
    e = row_expr(g, src, ('int', 'date', 'num'))
    if not e:
        return None
    if r < 0.88:
        return Expr('percentile_disc(0.5) WITHIN GROUP (ORDER BY %s)' % e.sql, e.cat, e.amb)
    return Expr('mode() WITHIN GROUP (ORDER BY %s)' % e.sql, e.cat, e.amb)


def over_aggregate(g, src, a):
    """Arithmetic, casts and CASE on top of an aggregate."""
    rng = g.rng
    if not a.amb and wants_part(g):
        return over_part(g, a) or a
    if a.amb or rng.random() < 0.6:
        return a
    if a.cat == 'int':
        return rng.choice([Expr('%s + 1' % a.sql, 'int'), Expr('%s::numeric' % a.sql, 'num'), Expr('%s::text' % a.sql, 'text'),
                           Expr('coalesce(%s, 0)' % a.sql, 'int'), Expr('%s + count(*)' % a.sql, 'int'),
                           Expr('(%s)::numeric / nullif(count(*), 0)' % a.sql, 'num'),
                           Expr("CASE WHEN %s > 2 THEN 'many' ELSE 'few' END" % a.sql, 'text'),
                           Expr('%s > 1' % a.sql, 'bool', minmax=False)])
    if a.cat == 'num':
        return rng.choice([Expr('round(%s, 2)' % a.sql, 'num'), Expr('coalesce(%s, 0)' % a.sql, 'num'),
                           Expr('%s * count(*)' % a.sql, 'num'), Expr('%s::text' % a.sql, 'text')])
    if a.cat in ('text', 'date', 'ts', 'tstz', 'float', 'interval'):
        return rng.choice([a, Expr('%s::text' % a.sql, 'text'), Expr('%s IS NULL' % a.sql, 'bool', minmax=False)])
    return a


def having(g, src):
    a = aggregate(g, src)
    rng = g.rng
    if a.cat == 'bool':
        return a.sql
    if wants_part(g):
        # arrays of different types, which do not compare, are of one category
        b = part_scalar(g, INTS if a.cat in INTS else (a.cat,)) if a.cat not in ('arr', 'other') else None
        if b:
            return '%s %s %s' % (a.sql, rng.choice(COMPARE), b.sql)
        return '%s > 0 %s %s' % ('count(*)', rng.choice(['AND', 'OR']), part_bool(g))
    if a.cat in ('int', 'num', 'float'):
        return '%s %s %s' % (a.sql, rng.choice(['>', '>=', '<', '<>', '=']), rng.choice(['0', '1', '2', '3']))
    return '%s IS NOT NULL' % a.sql


# ---- putting a query together ------------------------------------------

class Namer:
    """Output column names, odd ones among them, each once."""

    def __init__(self, rng):
        self.rng, self.used = rng, set()

    def __call__(self):
        r = self.rng.random()
        n = None
        if r < 0.15:
            n = self.rng.choice(ODD_OUT)
        if not n or n in self.used:
            n = 'o%d' % (len(self.used) + 1)
        self.used.add(n)
        return n


def outs_of(exprs, names):
    return [Expr(n, e.cat, e.amb, e.minmax, e.typ) for n, e in zip(names, exprs)]


def where_clause(g, src, p=0.4):
    conds = list(src.where)
    if g.rng.random() < p:
        conds.append(row_pred(g, src))
    return ' WHERE ' + ' AND '.join(conds) if conds else ''


def order_limit(g, exprs_sql, limit=True):
    rng = g.rng
    s = ' ORDER BY ' + ', '.join('%s%s%s' % (e, rng.choice(['', ' DESC']), rng.choice(['', '', ' NULLS FIRST', ' NULLS LAST']))
                                 for e in exprs_sql)
    if limit:
        s += ' LIMIT ' + (part_limit(g) if wants_part(g) else str(rng.choice([1, 2, 3, 5, 10])))
        if rng.random() < 0.2:
            s += ' OFFSET %d' % rng.choice([1, 2])
    return s


def key_exprs(g, src, nkeys):
    """Grouping expressions, no two the same."""
    keys = []
    for _ in range(20):
        if len(keys) == nkeys:
            break
        e = row_expr(g, src)
        if e.sql not in [k.sql for k in keys] and not (e.sql.endswith('id') and g.rng.random() < 0.7):
            keys.append(e)
    return keys


def grouping_sets(g, gb):
    """GROUP BY over several sets of these expressions, the empty one often among them."""
    rng = g.rng
    if not gb:
        return rng.choice(['()', 'GROUPING SETS ((), ())'])
    n = rng.randint(0, len(gb) - 1) if rng.random() < 0.4 else 0
    lead, rest = gb[:n], gb[n:]

    def subset():
        return '(%s)' % ', '.join(rng.sample(rest, rng.randint(0, len(rest))))
    sets = rng.choice([
        'ROLLUP (%s)' % ', '.join(rest), 'ROLLUP (%s)' % ', '.join(rest), 'CUBE (%s)' % ', '.join(rest),
        'GROUPING SETS (%s, (%s))' % (', '.join(subset() for _ in range(rng.randint(1, 3))), ', '.join(rest)),
        'GROUPING SETS (%s, CUBE (%s))' % (subset(), ', '.join(rest)),
        'ROLLUP (%s), CUBE (%s)' % (', '.join(rest), rng.choice(rest))])
    return rng.choice(['', '', '', 'DISTINCT ']) + ', '.join(lead + [sets])


def grouped(g, src, nkeys=None, topk=False, sets=False):
    """SELECT keys, aggregates FROM src GROUP BY keys ... over any source."""
    rng = g.rng
    nkeys = rng.choice([1, 1, 1, 2, 2, 3]) if nkeys is None else nkeys
    keys = key_exprs(g, src, nkeys)
    aggs = [over_aggregate(g, src, aggregate(g, src)) for _ in range(rng.choice([1, 2, 2, 3, 4, 6]))]
    shown = [k for k in keys if rng.random() < 0.85]
    items = [('k', k) for k in shown] + [('a', a) for a in aggs]
    if keys and rng.random() < 0.1:
        k = rng.choice(keys)
        # before 18, core does not find subqueries equal once they are planned
        if not k.amb and not (sets and 'SELECT' in k.sql) and 'COLLATE' not in k.sql:
            items.append(('a', Expr('coalesce((%s)::text, %s)' % (k.sql, "'none'"), 'text')))
    if sets and keys and rng.random() < 0.7:
        items.append(('a', Expr('grouping(%s)' % ', '.join(k.sql for k in rng.sample(keys, rng.randint(1, len(keys)))), 'int')))
    rng.shuffle(items)
    namer = Namer(rng)
    names = [namer() for _ in items]
    sel = ', '.join('%s AS %s' % (e.sql, n) for (_, e), n in zip(items, names))
    sql = 'SELECT %s FROM %s%s' % (sel, src.sql, where_clause(g, src))
    if keys:
        style = rng.random()
        gb = []
        for k in keys:
            pos = [i for i, (kind, e) in enumerate(items) if e is k]
            if pos and style < 0.3:
                gb.append(str(pos[0] + 1))
            else:
                gb.append('(%s)' % k.sql if rng.random() < 0.3 else k.sql)
        sql += ' GROUP BY ' + (grouping_sets(g, gb) if sets else ', '.join(gb))
    elif sets:
        sql += ' GROUP BY ' + grouping_sets(g, [])
    if rng.random() < (0.25 if keys else 0.1):
        sql += ' HAVING ' + having(g, src)
    outs = outs_of([e for _, e in items], names)
    ordered = False
    if topk and keys:
        lead = [str(rng.randint(1, len(items)))] if rng.random() < 0.5 else []
        if not lead and rng.random() < 0.5:
            lead = [over_aggregate(g, src, aggregate(g, src)).sql]
        limit = rng.random() < 0.7
        sql += order_limit(g, lead + [k.sql for k in keys], limit)
        ordered = True
    return Definition(sql, outs, src.tables, ordered)


def projected(g, src, distinct=False, topk=False):
    """SELECT [DISTINCT] expressions FROM src over any source."""
    rng = g.rng
    exprs = [row_expr(g, src) for _ in range(rng.choice([1, 2, 2, 3, 4]))]
    if not distinct and rng.random() < 0.2:
        exprs = list(src.cols)
    namer = Namer(rng)
    names = [namer() for _ in exprs]
    sql = 'SELECT %s%s FROM %s%s' % ('DISTINCT ' if distinct else '',
                                     ', '.join('%s AS %s' % (e.sql, n) for e, n in zip(exprs, names)),
                                     src.sql, where_clause(g, src, 0.6))
    outs = outs_of(exprs, names)
    if not distinct and not topk:
        for o in outs:          # every row is shown as it is
            o.amb_src, o.amb = o.amb, False
    ordered = False
    if topk:
        # Every output column is a sort key: ties are equal rows.
        pos = list(range(1, len(exprs) + 1))
        rng.shuffle(pos)
        sql += order_limit(g, [str(p) for p in pos])
        ordered = True
    return Definition(sql, outs, src.tables, ordered)


# ---- subqueries that depend on no row around them -------------------------

COMPARE = ['<', '<=', '>', '>=', '=', '<>']


def wants_part(g):
    return g.parts and g.rng.random() < (g.parts if g.part_depth == 0 else 0.04)


def part_table(g):
    """A table, seldom a join, under aliases of its own."""
    g.nparts += 1
    src = join_source(g, n=2) if g.rng.random() < 0.12 else table_source(g, alias='p%d' % g.nparts)
    src.cols = [c for c in src.cols if not c.amb]
    g.part_tables += src.tables
    return src


def inside_part(make):
    """Decorator: no more than a few subqueries within such a subquery, aggregates of any family."""
    def made(g, *args):
        families = g.families
        g.part_depth += 1
        g.families = ('linear', 'linear', 'extreme', 'extreme', 'slice')
        try:
            return make(g, *args) if g.part_depth <= 2 else None
        finally:
            g.part_depth -= 1
            g.families = families
    return made


def part_aggregate(g, src):
    for _ in range(30):
        a = aggregate(g, src)
        if not a.amb:
            return a
    return Expr('count(*)', 'int')


def part_rows(g, src, col):
    """Text of a subquery of one column."""
    rng = g.rng
    return rng.choice(['SELECT %s FROM %s%s', 'SELECT %s FROM %s%s', 'SELECT DISTINCT %s FROM %s%s',
                       'SELECT %s FROM %s%s GROUP BY 1 HAVING count(*) > 1']) % (col, src.sql, where_clause(g, src))


@inside_part
def one_scalar(g):
    rng = g.rng
    if g.ctes and rng.random() < 0.3:
        name, cols = rng.choice(g.ctes)
        c = rng.choice([c for c in cols if c.minmax and c.cat != 'bool'] or [Expr('1', 'int')])
        return rng.choice([Expr('(SELECT max(%s) FROM %s)' % (c.sql, name), c.cat),
                           Expr('(SELECT count(%s) FROM %s)' % (c.sql, name), 'int')])
    src = part_table(g)
    kind = rng.choice(['plain', 'plain', 'plain', 'plain', 'over', 'grouped', 'limit', 'limit', 'union', 'window', 'having', 'array', 'exists'])
    if kind == 'plain':
        a = part_aggregate(g, src)
        return Expr('(SELECT %s FROM %s%s)' % (a.sql, src.sql, where_clause(g, src)), a.cat, minmax=a.minmax)
    if kind == 'over':
        a = over_aggregate(g, src, part_aggregate(g, src))
        return Expr('(SELECT %s FROM %s%s)' % (a.sql, src.sql, where_clause(g, src)), a.cat, minmax=a.minmax) if not a.amb else None
    if kind == 'having':
        a = part_aggregate(g, src)
        return Expr('(SELECT %s FROM %s%s HAVING %s)' % (a.sql, src.sql, where_clause(g, src), having(g, src)), a.cat, minmax=a.minmax)
    if kind == 'grouped':
        a = part_aggregate(g, src)
        if not a.minmax or a.cat in ('bool', 'arr', 'other', 'uuid', 'bytea', 'jsonb', 'enum', 'ctext'):
            a = Expr('count(*)', 'int')
        k = row_expr(g, src)
        return Expr('(SELECT %s(s) FROM (SELECT %s AS s FROM %s%s GROUP BY %s) q)' % (
            rng.choice(['max', 'min']), a.sql, src.sql, where_clause(g, src), k.sql), a.cat)
    if kind == 'limit':
        c = rng.choice(src.cols)
        where = where_clause(g, src)
        return Expr('(SELECT %s FROM %s%s ORDER BY %s%s%s LIMIT 1%s)' % (
            c.sql, src.sql, where, c.sql, rng.choice(['', ' DESC']), rng.choice(['', ' NULLS LAST', ' NULLS FIRST']),
            rng.choice(['', '', ' OFFSET 1'])), c.cat, minmax=c.minmax)
    if kind == 'union':
        c = rng.choice([c for c in src.cols if c.cat not in ('jsonb',)])
        return Expr('(SELECT count(*) FROM (SELECT %s FROM %s%s %s SELECT %s FROM %s) q)' % (
            c.sql, src.sql, where_clause(g, src), rng.choice(['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT']), c.sql, src.sql), 'int')
    if kind == 'window':
        k, c = row_expr(g, src), row_expr(g, src, ('int',))
        return c and Expr('(SELECT max(w) FROM (SELECT sum(%s) OVER (PARTITION BY %s) AS w FROM %s%s) q)' % (
            c.sql, k.sql, src.sql, where_clause(g, src)), 'int')
    if kind == 'array':
        c = rng.choice([c for c in src.cols if c.cat not in ('arr', 'jsonb')])
        return Expr('cardinality(ARRAY(%s))' % part_rows(g, src, c.sql), 'int')
    return Expr('%sEXISTS (SELECT * FROM %s%s)' % (rng.choice(['', 'NOT ']), src.sql, where_clause(g, src, 0.8)), 'bool', minmax=False)


def part_scalar(g, cats=None):
    """A subquery of one value, of one of the categories, or None."""
    for _ in range(40 if g.part_depth == 0 else 5):
        e = one_scalar(g)
        if e and (cats is None or e.cat in cats):
            return e
    return None


@inside_part
def part_limit(g):
    src = part_table(g)
    return '(SELECT count(*) FROM %s%s)' % (src.sql, where_clause(g, src))


def part_bool(g):
    """A condition that says the same of all rows."""
    rng = g.rng
    e = part_scalar(g, ('int', 'num', 'bool'))
    if not e:
        return 'true'
    s = e.sql if e.cat == 'bool' else '%s %s %d' % (e.sql, rng.choice(COMPARE), rng.randint(0, 9))
    return rng.choice(['%s', '%s', 'NOT (%s)', '(%s) IS NOT TRUE']) % s


def part_expr(g, src):
    """An expression over a row and such subqueries."""
    rng = g.rng
    c = rng.choice(src.cols)
    if rng.random() < 0.15:
        return Expr('CASE WHEN %s THEN 1 ELSE 0 END' % part_pred(g, src), 'int')
    if rng.random() < 0.15:
        return part_scalar(g, ('int', 'num', 'text', 'date', 'bool', 'float'))
    if c.cat in ('int', 'num') and not c.amb:
        e = part_scalar(g, ('int', 'num'))
        return e and rng.choice([Expr('%s - %s' % (c.sql, e.sql), 'num'), Expr('%s + coalesce(%s, 0)' % (c.sql, e.sql), 'num'),
                                 Expr('coalesce(%s, %s)' % (c.sql, e.sql), 'num', True),
                                 Expr('%s > %s' % (c.sql, e.sql), 'bool', minmax=False),
                                 Expr('round(100.0 * %s / nullif(%s, 0), 2)' % (c.sql, e.sql), 'num')])
    if c.cat == 'text':
        e = part_scalar(g, ('text', 'int'))
        return e and Expr('%s || %s%s' % (c.sql, e.sql, '' if e.cat == 'text' else '::text'), 'text')
    if c.cat in ('date', 'ts', 'tstz', 'float', 'enum', 'uuid'):
        e = part_scalar(g, (c.cat,))
        return e and Expr('%s %s %s' % (c.sql, rng.choice(COMPARE), e.sql), 'bool', minmax=False) if c.cat != 'enum' else None
    return None


@inside_part
def in_list(g, src, compare):
    inner = part_table(g)
    pairs = [p for p in join_pairs(src, inner)] if src.cols and inner.cols else []
    if not pairs:
        return None
    x, y = g.rng.choice(pairs)
    return '%s %s (%s)' % (x.sql, compare, part_rows(g, inner, y.sql))


def part_pred(g, src):
    rng = g.rng
    r = rng.random()
    s = None
    if r < 0.35:
        s = in_list(g, src, rng.choice(['NOT IN', 'NOT IN', 'NOT IN', '<> ALL', 'IN', '= ANY', '= ALL', '<> ANY']))
    elif r < 0.5:
        s = part_bool(g)
    else:
        c = rng.choice(src.cols)
        e = c.cat not in ('arr', 'jsonb', 'bool', 'enum', 'ctext') and part_scalar(g, ('int', 'num') if c.cat in ('int', 'num') else (c.cat,))
        if e:
            s = '%s %s %s' % (c.sql, rng.choice(COMPARE), e.sql)
    s = s or part_bool(g)
    r = rng.random()
    if r < 0.55 or g.part_depth > 1:
        return s
    g.part_depth += 1                   # not too many
    try:
        t = row_pred(g, src, 1)
    finally:
        g.part_depth -= 1
    return rng.choice(['(%s OR %s)', '(%s OR NOT %s)', '(%s AND %s)', '(CASE WHEN %s THEN %s ELSE true END)',
                       '(%s) IS DISTINCT FROM (%s)']) % (s, t)


def over_part(g, a):
    rng = g.rng
    if a.cat in ('int', 'num'):
        e = part_scalar(g, ('int', 'num'))
        return e and rng.choice([Expr('round(%s * 100.0 / nullif(%s, 0), 3)' % (a.sql, e.sql), 'num'),
                                 Expr('%s - %s' % (a.sql, e.sql), 'num'), Expr('%s > %s' % (a.sql, e.sql), 'bool', minmax=False),
                                 Expr('CASE WHEN %s > 1 THEN %s ELSE 0 END' % (a.sql, e.sql), 'num'),
                                 Expr('(%s - %s)::text' % (a.sql, e.sql), 'text')])
    e = part_scalar(g, (a.cat,)) if a.cat in ('text', 'date', 'ts', 'tstz', 'float') else None
    return e and rng.choice([Expr('%s = %s' % (a.sql, e.sql), 'bool', minmax=False),
                             Expr('coalesce(%s, %s)' % (a.sql, e.sql), a.cat), Expr("(%s)::text || '/' || (%s)::text" % (a.sql, e.sql), 'text')])


@inside_part
def one_row(g):
    """SELECT aggregates AS c1, .. FROM .., with its columns."""
    src = part_table(g)
    aggs = [part_aggregate(g, src) for _ in range(g.rng.choice([1, 2, 2]))]
    aggs = [a if a.cat not in ('other', 'arr') else Expr('count(*)', 'int') for a in aggs]
    tail = ' HAVING ' + having(g, src) if g.rng.random() < 0.1 else ''
    return ('SELECT %s FROM %s%s%s' % (', '.join('%s AS q%d' % (a.sql, i + 1) for i, a in enumerate(aggs)), src.sql,
                                       where_clause(g, src), tail),
            [Expr('q%d' % (i + 1), a.cat, minmax=a.minmax) for i, a in enumerate(aggs)])


@inside_part
def cte_rows(g):
    src = part_table(g)
    a = part_aggregate(g, src)
    k = row_expr(g, src)
    if a.cat in ('other', 'arr'):
        a = Expr('count(*)', 'int')
    return ('SELECT %s AS q1, %s AS q2 FROM %s%s GROUP BY %s' % (k.sql, a.sql, src.sql, where_clause(g, src), k.sql),
            [Expr('q2', a.cat, minmax=a.minmax)])


def with_one_row(g, src):
    """Perhaps an item of one row beside the source."""
    rng = g.rng
    if not wants_part(g) or g.part_depth > 0:
        return src
    made = one_row(g)
    g.nparts += 1
    name = 'r%d' % g.nparts
    item = '(%s) AS %s' % (made[0], name)
    if rng.random() < 0.35:
        g.ctes.append((name, made[1]))
        g.ctes_sql.append('%s AS (%s)' % (name, made[0]))
        item = name
    cols = [Expr('%s.%s' % (name, c.sql), c.cat, c.amb, c.minmax) for c in made[1]]
    both = Source('', src.cols + cols, src.tables, rows=src.rows)
    kind = rng.random()
    if kind < 0.5:
        sql = '%s CROSS JOIN %s' % (src.sql, item) if rng.random() < 0.7 else '%s CROSS JOIN %s' % (item, src.sql)
    else:
        g.part_depth += 1
        sql = '%s %s %s ON %s' % (src.sql, 'JOIN' if kind < 0.85 else 'LEFT JOIN', item, row_pred(g, both))
        g.part_depth -= 1
    both.sql = '(%s)' % sql if rng.random() < 0.5 else sql
    return both


def shape_parts(g):
    """Any other shape with such subqueries in all places."""
    rng = g.rng
    g.parts = rng.choice([0.08, 0.15, 0.3])
    g.ctes_sql = []
    if rng.random() < 0.2:
        made = cte_rows(g)
        g.ctes.append(('w', made[1]))
        g.ctes_sql.append('w AS (%s)' % made[0])
    names = [n for n in SHAPES if n not in ('parts', 'levels')]
    for _ in range(20):
        d = SHAPES[rng.choices(names, [WEIGHTS[n] for n in names])[0]](g)
        if g.nparts:
            break
    if g.ctes_sql:
        d.sql = 'WITH %s %s' % (', '.join(g.ctes_sql), d.sql)
    d.tables = d.tables + g.part_tables
    return d


# ---- shapes over one table ---------------------------------------------

def shape_group(g):
    return grouped(g, table_source(g))


def shape_total(g):
    return grouped(g, table_source(g), nkeys=0)


def shape_distinct(g):
    return projected(g, table_source(g), distinct=True)


def shape_bag(g):
    return projected(g, table_source(g))


def shape_topk(g):
    if g.rng.random() < 0.7:
        return grouped(g, table_source(g), topk=True)
    return projected(g, table_source(g), distinct=g.rng.random() < 0.5, topk=True)


def shape_keyless(g):
    """GROUP BY whose keys are all hidden, or whose only columns are the keys."""
    rng = g.rng
    src = table_source(g)
    keys = key_exprs(g, src, rng.choice([1, 2]))
    if rng.random() < 0.5:
        names = ['o%d' % (i + 1) for i in range(len(keys))]
        sql = 'SELECT %s FROM %s%s GROUP BY %s' % (', '.join('%s AS %s' % (k.sql, n) for k, n in zip(keys, names)),
                                                   src.sql, where_clause(g, src), ', '.join(k.sql for k in keys))
        return Definition(sql, outs_of(keys, names), src.tables)
    aggs = [aggregate(g, src) for _ in range(2)]
    sql = 'SELECT %s AS o1, %s AS o2 FROM %s%s GROUP BY %s' % (aggs[0].sql, aggs[1].sql, src.sql, where_clause(g, src),
                                                               ', '.join(k.sql for k in keys))
    return Definition(sql, outs_of(aggs, ['o1', 'o2']), src.tables)


def shape_slice(g):
    """Aggregates whose groups are recomputed."""
    g.families = ('slice', 'linear', 'extreme')
    return grouped(g, table_source(g))


def shape_values(g):
    """Aggregates of distinct values, alone and among others, and the indexes by which these values are looked up."""
    rng = g.rng
    src = table_source(g)
    comparable = [c for c in src.cols if c.cat not in ('jsonb', 'arr')]
    keys = rng.sample(comparable, min(len(comparable), rng.choice([0, 1, 1, 1, 2])))
    columns = list(keys)                # by which the rows of a key are looked up
    bucket = None
    times = [i for i, k in enumerate(keys) if k.cat in ('ts', 'tstz')]
    if times and rng.random() < 0.7:
        bucket = keys[times[0]]
        keys[times[0]] = rng.choice([
            Expr("date_trunc('%s', %s)" % (rng.choice(['hour', 'day', 'week', 'month', 'year', 'decade']), bucket.sql), bucket.cat),
            Expr('%s::date' % bucket.sql, 'date'),
            Expr("date_bin('%s', %s, '2001-01-01')" % (rng.choice(['1 hour', '7 days', '36 hours']), bucket.sql), bucket.cat)])
        columns.remove(bucket)
    elif keys and rng.random() < 0.15:
        keys[0] = derived(g, src, keys[0]) or keys[0]
    aggs, args = [], []
    for _ in range(rng.choice([1, 1, 2, 3])):
        c = rng.choice(src.cols)
        fn = 'count'
        if c.cat in ('int', 'num') and rng.random() < 0.5:
            fn = rng.choice(['sum', 'avg', 'sum', 'variance', 'count'])
        elif c.cat == 'bool':
            fn = rng.choice(['count', 'bool_and', 'bool_or'])
        cat = 'int' if fn == 'count' else 'bool' if c.cat == 'bool' else 'num'
        e = Expr('%s(DISTINCT %s)' % (fn, c.sql), cat, fn != 'count' and c.amb, minmax=cat != 'bool')
        if rng.random() < 0.25:
            e = Expr('%s FILTER (WHERE %s)' % (e.sql, row_pred(g, src)), e.cat, e.amb, e.minmax)
        aggs.append(over_aggregate(g, src, e))
        args.append(c)
    g.families = ('linear', 'linear', 'extreme', 'slice') if rng.random() < 0.1 else ('linear', 'linear', 'extreme')
    aggs += [over_aggregate(g, src, aggregate(g, src)) for _ in range(rng.choice([0, 0, 1, 2]))]
    items = [k for k in keys if rng.random() < 0.9] + aggs
    rng.shuffle(items)
    names = ['o%d' % (i + 1) for i in range(len(items))]
    sql = 'SELECT %s FROM %s%s' % (', '.join('%s AS %s' % (e.sql, n) for e, n in zip(items, names)), src.sql, where_clause(g, src, 0.3))
    if keys:
        sql += ' GROUP BY ' + ', '.join(k.sql for k in keys)
    if rng.random() < 0.2:
        sql += ' HAVING %s > %d' % (rng.choice([e.sql for e in aggs if e.cat == 'int'] or ['count(*)']), rng.choice([0, 1, 2]))
    d = Definition(sql, outs_of(items, names), src.tables)
    if bucket or all(k in src.cols for k in keys):
        for c in args:
            found = list(dict.fromkeys(columns + [c]))
            rng.shuffle(found)
            if bucket and bucket not in found:
                found.append(bucket)
            at = [src.cols.index(e) for e in found]
            if max(at) < len(src.tables[0].cols):       # and none of the one row joined to them
                d.indexes.append((src.tables[0].qname, ', '.join(src.tables[0].cols[i].name for i in at)))
    return d


def shape_sets(g):
    """GROUPING SETS, ROLLUP and CUBE, over any kind of source."""
    rng = g.rng
    if rng.random() < 0.3:
        g.families = ('slice', 'linear', 'extreme')
    src = rng.choice([table_source, table_source, join_source, mixed_source])(g)
    return grouped(g, src, nkeys=rng.choice([0, 1, 2, 2, 3]), sets=True)


# ---- shapes over several tables ------------------------------------------

def shape_join(g):
    src = join_source(g, n=g.rng.choice([2, 2, 2, 3]), selfjoin=g.rng.random() < 0.25)
    return grouped(g, src) if g.rng.random() < 0.7 else projected(g, src, distinct=g.rng.random() < 0.4)


def shape_outer(g):
    src = join_source(g, kinds=('LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'))
    return grouped(g, src) if g.rng.random() < 0.6 else projected(g, src)


def shape_exists(g):
    """Semi- and antijoins."""
    rng = g.rng
    src = table_source(g, alias='a')
    inner = table_source(g, alias='b')
    constant = rng.random()
    if constant < 0.25:
        src = constant_source(g, 'a')
    elif constant < 0.35:
        inner = constant_source(g, 'b')
    if not join_pairs(src, inner):
        src, inner = table_source(g, alias='a'), table_source(g, alias='b')
    x, y = join_pair(g, src, inner)
    where = where_clause(g, inner, 0.3)
    corr = (where + ' AND ' if where else ' WHERE ') + join_condition(g, x, y)
    src.where.append(rng.choice([
        'EXISTS (SELECT 1 FROM %s%s)' % (inner.sql, corr),
        'NOT EXISTS (SELECT 1 FROM %s%s)' % (inner.sql, corr),
        '%s IN (SELECT %s FROM %s%s)' % (x.sql, y.sql, inner.sql, where),
        '%s NOT IN (SELECT %s FROM %s%s)' % (x.sql, y.sql, inner.sql, where)]))
    src.tables += inner.tables
    return grouped(g, src) if rng.random() < 0.6 else projected(g, src)


def shape_setop(g):
    """UNION and kin of two projections of like columns."""
    rng = g.rng
    a, b = table_source(g, alias='a'), table_source(g, alias='b')
    pairs = [(x, y) for x, y in join_pairs(a, b) if x.typ == y.typ or x.cat in INTS]
    chosen = rng.sample(pairs, min(len(pairs), rng.choice([1, 2])))
    op = rng.choice(['UNION ALL', 'UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL'])
    names = ['o%d' % (i + 1) for i in range(len(chosen))]
    sql = 'SELECT %s FROM %s%s %s SELECT %s FROM %s%s' % (
        ', '.join('%s AS %s' % (x.sql, n) for (x, _), n in zip(chosen, names)), a.sql, where_clause(g, a),
        op, ', '.join(y.sql for _, y in chosen), b.sql, where_clause(g, b))
    amb = op != 'UNION ALL'
    outs = [Expr(n, x.cat if x.cat == y.cat else 'num', amb and (x.amb or y.amb or (x.typ != y.typ and 'num' in (x.cat, y.cat))),
                 x.minmax) for (x, y), n in zip(chosen, names)]		# 2 and 2.00
    return Definition(sql, outs, a.tables + b.tables)


def shape_nested(g):
    """An aggregate, DISTINCT or window over a grouped subquery."""
    rng = g.rng
    inner = grouped(g, table_source(g) if rng.random() < 0.7 else join_source(g))
    cols = [Expr('s.' + o.sql, o.cat, o.amb, o.minmax) for o in inner.outs]
    src = Source('(%s) AS s' % inner.sql, cols + [Expr('(1 + 0)', 'int')], inner.tables)
    # Nothing may look at which of several equal values the inner query shows.
    src.cols = [c for c in src.cols if not c.amb]
    return grouped(g, src, nkeys=rng.choice([0, 1, 1]))


# The clock within its second, over half a year or a few hours: windows that move over all values all the time, and back.
SWEEP = "(now() - date_trunc('second', now()))"


def time_compared(g, src):
    """An expression of time over a row, and values that it takes, as literals of its type."""
    rng = g.rng
    times = [c for c in src.cols if c.cat in TIMES and not c.amb]
    if times and rng.random() < 0.9:
        c = rng.choice(times)
        if c.cat != 'date' and rng.random() < 0.15:
            return '(%s)::date' % c.sql, 'date', CAT_LITERALS['date']
        if rng.random() < 0.1:
            return "date_trunc('day', %s)" % c.sql, 'tstz' if c.cat == 'date' else c.cat, CAT_LITERALS[c.cat]
        return c.sql, c.cat, CAT_LITERALS[c.cat]
    ints = [c for c in src.cols if c.cat == 'int' and c.typ in ('few2', 'few4', 'few8', None) and not c.amb]
    if not ints:
        return None
    cat, typ = rng.choice([('tstz', 'timestamptz'), ('tstz', 'timestamptz'), ('ts', 'timestamp')])
    return ("(%s '2024-01-01 00:00:00+00' + (%s) * interval '1 hour')" % (typ, rng.choice(ints).sql), cat,
            ["%s '2024-01-01 0%d:00:00+00'" % (typ, h) for h in range(4)])


def time_value(g, cat, literals):
    """What it is compared with."""
    rng = g.rng
    if rng.random() < 0.3:
        return "CASE WHEN extract(milliseconds FROM now())::int % 2 = 0 THEN {} ELSE {} END".format(rng.choice(literals), rng.choice(literals))
    span = rng.choice([15000, 15000, 86400 * 200]) if 'hour' not in cat else 15000
    value = "%s '2024-01-01 00:00:00+00' + %s * %d" % (rng.choice(['timestamptz', 'timestamptz', 'timestamp']), SWEEP, span)
    if cat == 'date' and rng.random() < 0.7:
        return '(%s)::date' % value
    if rng.random() < 0.3:
        value = "date_trunc('%s', %s)" % (rng.choice(['hour', 'day']), value)
    return value


def time_conditions(g, src):
    conds = []
    for _ in range(g.rng.choice([1, 1, 1, 2])):
        made = time_compared(g, src)
        if made is None:
            break
        for op in g.rng.choice([['>'], ['>='], ['<'], ['<='], ['>=', '<'], ['>', '<=']]):
            conds.append('%s %s %s' % (made[0], op, time_value(g, *made[1:])))
    return conds


def shape_time(g):
    """Conditions on the current time, over any kind of source."""
    rng = g.rng
    src = rng.choice([table_source, table_source, table_source, join_source, mixed_source,
                      lambda g: join_source(g, kinds=('LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'))])(g)
    nested = False
    if rng.random() < 0.25:             # in a subquery, alone or joined
        a = table_source(g, alias='a')
        inner = ' AND '.join(time_conditions(g, a) + ([row_pred(g, a)] if rng.random() < 0.3 else [])) or 'true'
        # its columns by name: the source may be more than one table
        src = Source('(SELECT %s FROM %s WHERE %s) AS s' % (
            ', '.join('%s AS z%d' % (c.sql, i) for i, c in enumerate(a.cols)), a.sql, inner),
            [Expr('s.z%d' % i, c.cat, c.amb, c.minmax, c.typ) for i, c in enumerate(a.cols)], a.tables)
        nested = True
        b = table_source(g, alias='b')
        if rng.random() < 0.6 and join_pairs(src, b):
            x, y = join_pair(g, src, b)
            src = Source('%s JOIN %s ON %s' % (src.sql, b.sql, join_condition(g, x, y)), src.cols + b.cols, src.tables + b.tables)
    conds = time_conditions(g, src) if not nested or rng.random() < 0.3 else []
    if rng.random() < 0.1:
        g.families = ('slice', 'linear', 'extreme')
    src.where = src.where + conds
    r = rng.random()
    if r < 0.7:
        return grouped(g, src, nkeys=rng.choice([0, 1, 1, 1, 2]), topk=rng.random() < 0.1)
    return projected(g, src, distinct=r < 0.85, topk=rng.random() < 0.15)


def shape_window(g):
    """Windows over a group or the rows; ordered totally within the partition."""
    rng = g.rng
    src = table_source(g, alias='a')
    part = row_expr(g, src)
    keys = [c for c in src.cols if not c.amb]
    arg = row_expr(g, Source(src.sql, keys, src.tables), ('int',)) or Expr('1', 'int')
    order = ', '.join(c.sql for c in keys)
    fn = rng.choice(['count(*)', 'sum(%s)' % arg.sql, 'row_number()', 'rank()', 'lag(%s)' % arg.sql, 'max(%s)' % arg.sql])
    sql = 'SELECT %s, %s OVER (PARTITION BY %s ORDER BY %s) AS w FROM %s%s' % (
        ', '.join('%s AS o%d' % (c.sql, i) for i, c in enumerate(keys)), fn, part.sql, order, src.sql, where_clause(g, src))
    outs = [Expr('o%d' % i, c.cat) for i, c in enumerate(keys)] + [Expr('w', 'int')]
    return Definition(sql, outs, src.tables)


def mixed_item(g, alias):
    """A table, or a subquery over tables: grouped, distinct, a union, or one that counts within partitions."""
    rng = g.rng
    kind = rng.choice(['table', 'table', 'table', 'rows', 'grouped', 'distinct', 'union', 'window', 'constant'])
    if kind == 'constant' and alias != 'a':
        return constant_source(g, alias)
    if kind in ('table', 'constant'):
        return table_source(g, alias=alias)
    inner = table_source(g, alias='i' + alias)
    cols = [c for c in inner.cols if not c.amb]
    picked = rng.sample(cols, min(len(cols), rng.choice([1, 2, 2])))
    names = ['p%d' % i for i in range(len(picked))]
    sel = ', '.join('%s AS %s' % (c.sql, n) for c, n in zip(picked, names))
    outs = [Expr('%s.%s' % (alias, n), c.cat, c.amb, c.minmax, c.typ) for c, n in zip(picked, names)]
    where = where_clause(g, inner, 0.3)
    if kind == 'grouped':
        sql = 'SELECT %s, count(*) AS n FROM %s%s GROUP BY %s' % (sel, inner.sql, where, ', '.join(c.sql for c in picked))
        outs.append(Expr(alias + '.n', 'int'))
    elif kind == 'rows':
        sql = 'SELECT %s FROM %s%s' % (sel, inner.sql, where)
    elif kind == 'distinct':
        sql = 'SELECT DISTINCT %s FROM %s%s' % (sel, inner.sql, where)
    elif kind == 'window':		# not count(*): core's run conditions are wrong when rescanned
        sql = 'SELECT %s, sum(1) OVER (PARTITION BY %s) AS n FROM %s%s' % (sel, picked[0].sql, inner.sql, where)
        outs.append(Expr(alias + '.n', 'int'))
    else:
        sql = 'SELECT %s FROM %s%s %s SELECT %s FROM %s' % (sel, inner.sql, where, rng.choice(['UNION ALL', 'UNION', 'EXCEPT']),
                                                            ', '.join(c.sql for c in picked), inner.sql)
    return Source('(%s) AS %s' % (sql, alias), outs, inner.tables)


def mixed_condition(g, src):
    """A condition with a subquery, alone or within OR and NOT."""
    rng = g.rng
    inner = table_source(g, alias='z')
    pairs = [p for p in join_pairs(src, inner) if not p[0].amb]
    if not pairs:
        return None
    x, y = rng.choice(pairs)
    src.tables += inner.tables
    where = where_clause(g, inner, 0.3)
    corr = (where + ' AND ' if where else ' WHERE ') + '%s = %s' % (x.sql, y.sql)
    sub = rng.choice([
        'EXISTS (SELECT 1 FROM %s%s)' % (inner.sql, corr),
        'NOT EXISTS (SELECT 1 FROM %s%s)' % (inner.sql, corr),
        '%s IN (SELECT %s FROM %s%s)' % (x.sql, y.sql, inner.sql, where),
        '%s IN (SELECT %s FROM %s%s GROUP BY 1 HAVING count(*) > 1)' % (x.sql, y.sql, inner.sql, where),
        '(SELECT count(*) FROM %s%s) %s %d' % (inner.sql, corr, rng.choice(['>', '<', '=']), rng.randint(0, 3)),
        '(SELECT count(*) FROM %s%s) > %d' % (inner.sql, where, rng.randint(0, 8))])
    style = rng.random()
    if style < 0.2:
        return '(%s OR %s)' % (sub, row_pred(g, src))
    return 'NOT (%s)' % sub if style < 0.35 else sub


def mixed_source(g):
    """Joins of all kinds over tables and subqueries, conditions with subqueries."""
    rng = g.rng
    src = mixed_item(g, 'a')
    for alias in 'bcd'[:rng.choice([0, 1, 1, 2, 2, 3])]:
        right = mixed_item(g, alias)
        pair = join_pair(g, src, right)
        if not pair:
            continue
        x, y = pair
        kind = rng.choice(['JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])
        src = Source('%s %s %s ON %s' % (src.sql, kind, right.sql, join_condition(g, x, y, kind)),
                     src.cols + right.cols, src.tables + right.tables, rows=src.rows + right.rows)
    src.cols = [c for c in src.cols if not c.amb] or src.cols
    if rng.random() < 0.4:
        condition = mixed_condition(g, src)
        if condition:
            src.where.append(condition)
    return src


def shape_mixed(g):
    """Groups or rows of such a source."""
    rng = g.rng
    if rng.random() < 0.3:
        g.families = ('slice', 'linear', 'extreme')
    src = mixed_source(g)
    return grouped(g, src) if rng.random() < 0.7 else projected(g, src, distinct=rng.random() < 0.3)


def shape_levels(g):
    """See levels.py."""
    return levels.shape_levels(g)


def shape_rows(g):
    """See levels.py."""
    return levels.shape_rows(g)


SHAPES = {
    'group': shape_group, 'total': shape_total, 'distinct': shape_distinct, 'bag': shape_bag, 'topk': shape_topk,
    'keyless': shape_keyless, 'slice': shape_slice, 'values': shape_values,
    'join': shape_join, 'outer': shape_outer, 'exists': shape_exists, 'setop': shape_setop, 'nested': shape_nested,
    'window': shape_window, 'mixed': shape_mixed, 'sets': shape_sets, 'parts': shape_parts,
    'levels': shape_levels, 'rows': shape_rows, 'time': shape_time,
}
WEIGHTS = {'group': 8, 'total': 2, 'distinct': 2, 'bag': 2, 'topk': 2, 'keyless': 1, 'slice': 2, 'values': 5, 'join': 4, 'outer': 2,
           'exists': 2, 'setop': 2, 'nested': 2, 'window': 1, 'mixed': 8, 'sets': 4, 'parts': 8, 'levels': 14, 'rows': 3, 'time': 4}
SINGLE = ['group', 'total', 'distinct', 'bag', 'topk', 'keyless', 'slice', 'values']


def generate(rng, tables, schema, shapes, qualify=True):
    """A random definition of one of the shapes."""
    shape = rng.choices(shapes, [WEIGHTS[s] for s in shapes])[0]
    d = SHAPES[shape](Gen(rng, tables, schema, qualify=qualify))
    d.shape = shape
    return d


def literal_for(rng, out):
    lits = CAT_LITERALS.get(out.cat)
    return rng.choice(lits) if lits else None
