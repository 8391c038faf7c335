"""Queries nested level by level over values of many types.

levels.py nests all clauses in each other over whole numbers of few values, so that what it compares is
never in doubt.  This has what that leaves out: types whose equality, order or look is peculiar (citext, char(n),
a nondeterministic collation, domains, enums, ranges, composite types, documents, arrays, NaN, -0), expressions
over them, correlated subqueries at any place, FILTER and ORDER BY in aggregates, functions in FROM, whole rows, merged columns
of NATURAL and USING joins, aliased joins, names of WITH that hide others, window frames, row values,
partitioned and inherited tables, and views over views.

Most queries are deterministic by intent: what sorts for LIMIT or windows sorts by all columns.  Some leave lists and
ties open in a subquery (Deep.open), where only ivm.verify_view() can tell.  And equal values may
look different here, so the caller has to ask whether a result is the only one (smith.py does).  No query
fails for values of these tables.
"""

# name: (SQL type, literals, literals that look different from an equal one)
TYPES = {
    'int': ('int', ['0', '1', '2', '3', '-1'], []),
    'num': ('numeric', ['0', '1', '1.5', '-2.25', "'NaN'", "'Infinity'", "'-Infinity'"], ['1.0', '0.00', '1.50']),
    'flt': ('float8', ['0', '1', '0.5', '-2', "'NaN'", "'Infinity'"], ["'-0'"]),
    'text': ('text', ["'a'", "'b'", "'B'", "''", "'a '"], []),
    'ct': ('{s}.citext', ["'a'", "'b'", "'c'"], ["'A'", "'B'"]),
    'nd': ('text COLLATE {s}.nd', ["'x'", "'y'", "'z'"], ["'X'", "'Y'"]),
    'ch': ('char(4)', ["'a'", "'b'", "'a b'", "''"], []),
    'date': ('date', ["'2024-01-01'", "'2024-02-29'", "'2023-12-31'", "'infinity'"], []),
    'ts': ('timestamptz', ["'2024-03-31 00:30:00+00'", "'2024-03-31 01:30:00+00'", "'2024-10-27 00:30:00+00'",
                           "'2024-10-27 01:30:00+00'", "'2024-01-01 12:00:00+00'"], []),
    'iv': ('interval', ["'1 day'", "'1 month'", "'0'", "'-1 hour'"], ["'24 hours'", "'30 days'"]),
    'bool': ('bool', ['true', 'false'], []),
    'enum': ('{s}.mood', ["'sad'", "'ok'", "'happy'"], []),
    'dom': ('{s}.posint', ['0', '1', '2'], []),
    'rng': ('int4range', ["'[0,2)'", "'[1,3)'", "'empty'", "'(,1)'", "'[1,)'"], []),
    'mrng': ('int4multirange', ["'{{}}'", "'{{[0,1)}}'", "'{{[0,1),[2,3)}}'", "'{{(,2)}}'"], []),
    'arr': ('int[]', ["'{{}}'", "'{{1}}'", "'{{1,2}}'", "'{{NULL,1}}'", "'{{2,1,1}}'"], []),
    'json': ('jsonb', ["'1'", "'null'", "'{{}}'", "'{{\"k\": 1}}'", "'{{\"k\": \"x\", \"l\": [1, 2]}}'", "'[1, 2]'"], ["'1.0'", "'{{\"k\": 1.0}}'"]),
    'pair': ('{s}.pair', ["'(1,a)'", "'(1,)'", "'(,)'", "'(2,b)'"], []),
}
# Tables: name, columns, primary key.  Partitions and children have their columns in another order (smith.py).
TABLES = {
    'a': [('id', 'int'), ('k', 'int'), ('t', 'text'), ('n', 'num'), ('f', 'flt'), ('d', 'date'), ('ts', 'ts'), ('y', 'bool')],
    'b': [('id', 'int'), ('k', 'int'), ('g', 'int'), ('c', 'ct'), ('nd', 'nd'), ('ch', 'ch'), ('e', 'enum'), ('p', 'dom')],
    'c': [('id', 'int'), ('k', 'int'), ('r', 'rng'), ('m', 'mrng'), ('arr', 'arr'), ('j', 'json'), ('cp', 'pair'), ('iv', 'iv')],
    'p': [('id', 'int'), ('k', 'int'), ('t', 'text'), ('n', 'num')],
    'h': [('id', 'int'), ('k', 'int'), ('x', 'int')],
}
# Views of the extension, and plain views over them
VIEWS = {
    'v1': [('k', 'int'), ('cnt', 'int'), ('s', 'num'), ('lo', 'text')],
    'v2': [('id', 'int'), ('k', 'int'), ('x', 'int'), ('c', 'ct')],
    'v3': [('k', 'int'), ('cnt', 'int'), ('id', 'int')],
    'v4': [('k', 'int'), ('u', 'int')],
}
ORDERED = ['int', 'num', 'text', 'date', 'ts', 'enum', 'dom', 'flt']
SET_OPERATIONS = ['UNION', 'UNION', 'UNION ALL', 'UNION ALL', 'INTERSECT', 'INTERSECT ALL', 'EXCEPT', 'EXCEPT ALL']


class Col:
    """An expression that a clause may use, its type, and whether it is a column that subqueries may refer to."""

    def __init__(self, sql, typ, plain=True):
        self.sql, self.typ, self.plain = sql, typ, plain


class Item:
    """An item of FROM: its text, columns, and names of whole rows."""

    def __init__(self, sql, cols, rows=()):
        self.sql, self.cols, self.rows = sql, cols, list(rows)


class Deep:
    def __init__(self, rng, schema, looks=True, views=True, budget=5):
        self.rng, self.schema, self.looks, self.views = rng, schema, looks, views
        self.n = 0
        self.left = rng.randint(1, budget)      # tables still to be read
        self.ctes = []                          # scopes of WITH: lists of (name, types)
        self.open = False                       # leaves open which result it has

    # ---- small things --------------------------------------------------

    def chance(self, p):
        return self.rng.random() < p

    def leave_open(self, order):
        """Of what is sorted by, a part, which may leave ties."""
        return order[:self.rng.randint(1, len(order))] if self.open and order else order

    def name(self, prefix='q'):
        self.n += 1
        return '%s%d' % (prefix, self.n)

    def type_sql(self, t):
        return TYPES[t][0].split(' COLLATE')[0].format(s=self.schema)

    def literal(self, t):
        return raw_literal(self.rng, t, self.schema, self.looks)

    def pick(self, cols, t):
        mine = [c for c in cols if c.typ == t]
        return self.rng.choice(mine).sql if mine else None

    # ---- expressions -----------------------------------------------------

    def expr(self, t, cols, d):
        """An expression of type t over these columns, at most d operators deep."""
        rng = self.rng
        c = self.pick(cols, t)
        if c and (d <= 0 or self.chance(0.45)):
            return c
        if d <= 0:
            return self.literal(t)
        r = rng.random()
        if r < 0.08:
            return 'CASE WHEN %s THEN %s ELSE %s END' % (self.pred(cols, d - 1), self.expr(t, cols, d - 1), self.expr(t, cols, d - 1))
        if r < 0.16:
            return 'coalesce(%s, %s)' % (self.expr(t, cols, d - 1), self.expr(t, cols, d - 1))
        if r < 0.2 and t in ORDERED:
            return '%s(%s, %s)' % (rng.choice(['greatest', 'least']), self.expr(t, cols, d - 1), self.expr(t, cols, d - 1))
        if r < 0.23:
            return 'nullif(%s, %s)' % (self.expr(t, cols, d - 1), self.expr(t, cols, d - 1))
        if r < 0.36 and self.left > 0:
            return self.scalar(t, cols, d - 1)
        makers = EXPRESSIONS.get(t)
        if makers and self.chance(0.8):
            text = rng.choice(makers)
            while '{' in text:
                i = text.index('{')
                j = text.index('}', i)
                want = text[i + 1:j]
                text = text[:i] + (self.schema if want == 's' else '(%s)' % self.expr(want, cols, d - 1)).replace('{', '\1').replace('}', '\2') + text[j + 1:]
            return text.replace('\1', '{').replace('\2', '}')
        return c or self.literal(t)

    def inner(self, cols):
        """What a subquery may refer to around it."""
        return [c for c in cols if c.plain or self.chance(0.1)]

    def scalar(self, t, cols, d):
        """A scalar subquery."""
        rng = self.rng
        outer = self.inner(cols)
        sql, out = self.query(d, outer, [t] if t != 'arr' else ['int'])
        q, x = self.name(), self.name('x')
        frame = ' FROM (%s) AS %s (%s)%s)' % (sql, q, x, self.correlated([Col(x, out[0])], outer, 0.4))
        if t == 'arr':
            return '(SELECT array_agg(%s ORDER BY %s)::int[]%s' % (x, x, frame)
        if t == 'int' and self.chance(0.5):
            return '(SELECT ' + rng.choice(['count(*)', 'count(%s)' % x, 'count(DISTINCT %s)' % x]) + frame
        if t in ORDERED and self.chance(0.6):
            return '(SELECT %s(%s)%s' % (rng.choice(['min', 'max']), x, frame)
        if t == 'bool':
            return '(SELECT %s(%s)%s' % (rng.choice(['bool_and', 'bool_or']), x, frame)
        return '(SELECT %s%s ORDER BY 1%s LIMIT 1%s)' % (
            x, frame[:-1], rng.choice(['', ' DESC', ' NULLS FIRST']), rng.choice(['', '', ' OFFSET 1']))

    def correlated(self, cols, outer, p, word=' WHERE '):
        """A condition with the query around, or none."""
        pairs = [(c, o) for c in cols for o in outer if c.typ == o.typ]
        if pairs and self.chance(p):
            c, o = self.rng.choice(pairs)
            op = '=' if self.chance(0.75) else self.rng.choice(['<', '<>', '>=', 'IS NOT DISTINCT FROM'])
            return '%s%s %s %s' % (word, c.sql, op, o.sql)
        return ''

    # ---- conditions ---------------------------------------------------------

    def pred(self, cols, d):
        rng = self.rng
        r = rng.random()
        if d > 0 and r < 0.15:
            return '(%s %s %s)' % (self.pred(cols, d - 1), rng.choice(['AND', 'OR']), self.pred(cols, d - 1))
        if d > 0 and r < 0.18:
            return 'NOT (%s)' % self.pred(cols, d - 1)
        if d > 0 and r < 0.4 and self.left > 0:
            return self.subquery_pred(cols, d - 1)
        t = rng.choice(cols).typ if cols else 'int'
        x = self.expr(t, cols, d - 1)
        y = self.literal(t) if self.chance(0.4) else self.expr(t, cols, d - 1)
        if r < 0.47:
            return '%s IS %sNULL' % (x, rng.choice(['', 'NOT ']))
        if r < 0.52:
            return '%s IS %sDISTINCT FROM %s' % (x, rng.choice(['', 'NOT ']), y)
        if r < 0.6:
            u = rng.choice(cols).typ if cols else 'int'
            op = rng.choice(['=', '=', '<', '<=', '<>', 'IS DISTINCT FROM'])
            return '(%s, %s) %s (%s, %s)' % (x, self.expr(u, cols, 0), op, y, self.expr(u, cols, 0))
        if r < 0.65:
            return '%s %s (%s, %s)' % (x, rng.choice(['IN', 'NOT IN']), y, self.literal(t))
        if r < 0.85:
            special = {'arr': ['%s && %s', '%s @> %s', '%s <@ %s'], 'rng': ['%s && %s', '%s @> %s', '%s << %s', '%s -|- %s'],
                       'mrng': ['%s && %s', '%s @> %s'], 'json': ['%s @> %s', "(%s ? 'k') = (%s ? 'k')"],
                       'text': ["%s LIKE %s || '%%'", '%s ~ %s', '%s < %s'], 'ct': ['%s LIKE %s', '%s = %s'],
                       'bool': ['%s AND %s', '%s = %s', '%s IS TRUE OR %s IS UNKNOWN'], 'int': ['%s = ANY (ARRAY[%s, 1])', '%s > ALL (ARRAY[%s, 1])']}
            if t in special and self.chance(0.6):
                return '(' + rng.choice(special[t]) % ('(%s)' % x, '(%s)' % y) + ')'
        op = rng.choice(['=', '=', '=', '<>', '<', '>='])
        return '%s %s %s' % (x, op, y)

    def subquery_pred(self, cols, d):
        rng = self.rng
        outer = self.inner(cols)
        r = rng.random()
        types = [c.typ for c in rng.sample(cols, min(len(cols), rng.choice([1, 1, 2])))] or ['int']
        sql, out = self.query(d, outer if self.chance(0.6) else [], types)
        xs = [self.name('x') for _ in out]
        q = self.name()
        frame = 'FROM (%s) AS %s (%s)%s' % (sql, q, ', '.join(xs), self.correlated([Col(x, t) for x, t in zip(xs, out)], outer, 0.5))
        left = [self.expr(t, cols, 0) for t in types]
        if r < 0.45:
            return '%sEXISTS (SELECT %s)' % (rng.choice(['', 'NOT ']), frame)
        row = '(%s)' % ', '.join(left) if len(left) > 1 else left[0]
        inner = '(SELECT %s %s)' % (', '.join(xs), frame)
        if r < 0.8:
            return '%s %sIN %s' % (row, rng.choice(['', 'NOT ']), inner)
        op = rng.choice(['=', '<>', '<', '>=']) if len(left) == 1 else '='
        return '%s %s %s %s' % (row, op, rng.choice(['ANY', 'ALL']) if len(left) == 1 else 'ANY', inner)

    # ---- items of FROM --------------------------------------------------------

    def table(self, names=None):
        """A table or view and its columns: text, columns as (name, type), alias."""
        rng = self.rng
        self.left -= 1
        pool = list(TABLES) * 2 + (list(VIEWS) if self.views else [])
        t = rng.choice(names or pool)
        cols = TABLES.get(t) or VIEWS.get(t)
        only = ''
        if t == 'h' and self.chance(0.2):
            only = 'ONLY '
        if t == 'p' and self.chance(0.1):
            t = 'p1'
        return '%s%s.%s' % (only, self.schema, t), cols

    def table_item(self, names=None):
        text, cols = self.table(names)
        alias = self.name('t')
        if self.chance(0.15):           # columns renamed, not all of them
            n = self.rng.randint(1, len(cols))
            renamed = [self.name('x') for _ in range(n)]
            cols = [(renamed[i] if i < n else c, t) for i, (c, t) in enumerate(cols)]
            return Item('%s AS %s (%s)' % (text, alias, ', '.join(renamed)), [Col('%s.%s' % (alias, c), t) for c, t in cols], [alias])
        return Item('%s AS %s' % (text, alias), [Col('%s.%s' % (alias, c), t) for c, t in cols], [alias])

    def constant_item(self, outer):
        rng = self.rng
        alias, x, y = self.name('t'), self.name('x'), self.name('x')
        ints = [c.sql for c in outer if c.typ == 'int']
        arrs = [c.sql for c in outer if c.typ == 'arr']
        docs = [c.sql for c in outer if c.typ == 'json']
        rngs = [c.sql for c in outer if c.typ == 'mrng']
        kinds = ['values', 'values', 'series', 'rows']
        if arrs:
            kinds += ['unnest'] * 6
        if docs:
            kinds += ['each'] * 4
        if rngs:
            kinds += ['ranges'] * 4
        if ints:
            kinds += ['dependent'] * 2
        kind = rng.choice(kinds)
        one = lambda c, t: Col('%s.%s' % (alias, c), t)
        if kind == 'unnest':
            return Item('unnest(%s) WITH ORDINALITY AS %s (%s, %s)' % (rng.choice(arrs), alias, x, y), [one(x, 'int'), one(y, 'int')])
        if kind == 'each':
            j = rng.choice(docs)
            return Item("jsonb_each(CASE WHEN jsonb_typeof(%s) = 'object' THEN %s END) AS %s (%s, %s)" % (j, j, alias, x, y),
                        [one(x, 'text'), one(y, 'json')])
        if kind == 'ranges':
            return Item('unnest(%s) AS %s (%s)' % (rng.choice(rngs), alias, x), [one(x, 'rng')])
        if kind == 'dependent':
            return Item('generate_series(1, least(%s, 3)) AS %s (%s)' % (rng.choice(ints), alias, x), [one(x, 'int')])
        if kind == 'series':
            return Item('generate_series(0, %d) AS %s (%s)' % (rng.choice([1, 2, 3]), alias, x), [one(x, 'int')])
        if kind == 'rows':
            return Item("ROWS FROM (generate_series(1, 2), unnest(ARRAY['a', NULL, 'b'])) AS %s (%s, %s)" % (alias, x, y),
                        [one(x, 'int'), one(y, 'text')])
        t, u = rng.choice(list(TYPES)), rng.choice(['int', 'text'])
        rows = ['(%s, %s)' % (self.literal(t), self.literal(u)) for _ in range(rng.choice([1, 2, 3]))]
        return Item('(VALUES %s) AS %s (%s, %s)' % (', '.join(rows), alias, x, y), [one(x, t), one(y, u)], [alias])

    def merged_item(self):
        """Two tables joined by NATURAL or USING: merged columns under the alias of the join, or without any."""
        rng = self.rng
        (lt, lc), (rt, rc) = self.table(), self.table()
        la, ra, alias = self.name('t'), self.name('t'), self.name('j')
        common = [c for c, t in lc if (c, t) in rc]
        kind = rng.choice(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'FULL JOIN'])
        clash = [c for c, t in lc if c in dict(rc) and (c, t) not in rc]
        if self.chance(0.3) and not clash:
            using = common
            sql = '%s AS %s NATURAL %s %s AS %s' % (lt, la, kind, rt, ra)
        else:
            using = ['k'] if self.chance(0.7) or 'id' not in common else rng.choice([['id', 'k'], ['k', 'id'], ['id']])
            using = [u for u in using if u in common] or common[:1]
            sql = '%s AS %s %s %s AS %s USING (%s)' % (lt, la, kind, rt, ra, ', '.join(using))
        ordered = [c for c, _ in lc if c in using] if 'NATURAL' in sql else using
        names = [self.name('x') for _ in range(len(lc) + len(rc) - len(using))]
        types = [dict(lc)[u] for u in ordered] + [t for c, t in lc if c not in using] + [t for c, t in rc if c not in using]
        return Item('(%s) AS %s (%s)' % (sql, alias, ', '.join(names)), [Col('%s.%s' % (alias, n), t) for n, t in zip(names, types)], [alias])

    def cte_ref(self):
        scope = self.rng.choice([s for s in self.ctes if s])
        # an inner one hides an outer one of the same name
        name = self.rng.choice(scope)[0]
        types = next(dict(s)[name] for s in reversed(self.ctes) if name in dict(s))
        alias = self.name('t')
        cols = [self.name('x') for _ in types]
        return Item('%s AS %s (%s)' % (name, alias, ', '.join(cols)), [Col('%s.%s' % (alias, c), t) for c, t in zip(cols, types)], [alias])

    def sub_item(self, d, outer, lateral=False):
        sql, out = self.query(d, outer)
        alias = self.name('q')
        cols = [self.name('x') for _ in out]
        return Item('%s(%s) AS %s (%s)' % ('LATERAL ' if lateral else '', sql, alias, ', '.join(cols)),
                    [Col('%s.%s' % (alias, c), t) for c, t in zip(cols, out)], [alias])

    def item(self, d, outer):
        r = self.rng.random()
        if any(self.ctes) and r < 0.35:
            return self.cte_ref()
        if r < 0.5 and d > 0 and self.left > 0:
            return self.sub_item(d - 1, outer)
        if r < 0.6 and self.left > 1:
            return self.merged_item()
        if r < 0.66:
            return self.constant_item(outer)
        return self.table_item()

    def from_clause(self, d, outer):
        rng = self.rng
        if self.chance(0.03):           # a table with itself, five times
            t = rng.choice(list(TABLES))
            its = [self.table_item([t]) for _ in range(5)]
            sql = its[0].sql + ''.join(' %s %s ON %s = %s' % (rng.choice(['JOIN', 'JOIN', 'LEFT JOIN']), y.sql, x.cols[i].sql, y.cols[j].sql)
                                       for x, y, i, j in zip(its, its[1:], [0, 1, 0, 1], [1, 0, 0, 0]))
            return Item(sql, sum((i.cols for i in its), []), sum((i.rows for i in its), []))
        it = self.item(d, outer)
        for _ in range(rng.choice([0, 0, 1, 1, 1, 2])):
            if self.left <= 0 and self.chance(0.6):
                break
            kind = rng.choice(['JOIN', 'JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])
            if kind in ('JOIN', 'LEFT JOIN') and self.chance(0.3):
                right = self.sub_item(d - 1, it.cols, True) if d > 0 and self.left > 0 and self.chance(0.6) else self.constant_item(it.cols + outer)
                on = 'true' if self.chance(0.7) else self.pred(it.cols + right.cols, 0)
            else:
                right = self.item(d - 1, outer)
                on = self.join_condition(it, right, kind)
            sql = '%s %s %s ON %s' % (it.sql, kind, right.sql, on) if self.chance(0.8) or kind == 'JOIN' else \
                '(%s %s %s ON %s)' % (it.sql, kind, right.sql, on)
            it = Item(sql, it.cols + right.cols, it.rows + right.rows)
        return it

    def join_condition(self, left, right, kind):
        rng = self.rng
        pairs = [(x, y) for x in left.cols for y in right.cols if x.typ == y.typ]
        few = [p for p in pairs if p[0].typ == 'int']
        if not pairs:
            return 'true' if kind != 'FULL JOIN' else '1 = 1'
        x, y = rng.choice(few if few and self.chance(0.6) else pairs)
        on = '%s = %s' % (x.sql, y.sql)
        if kind == 'FULL JOIN':
            return on
        if self.chance(0.2):
            on += ' AND ' + self.pred(left.cols + right.cols, rng.choice([0, 1, 2]))
        elif self.chance(0.15):
            x, y = rng.choice(pairs)
            on = '%s %s %s' % (x.sql, rng.choice(['<', '<>', 'IS NOT DISTINCT FROM']), y.sql)
        return on

    # ---- one SELECT --------------------------------------------------------------

    def aggregate(self, it, d):
        """An aggregate over these rows."""
        rng = self.rng
        cols = it.cols
        t = rng.choice([c.typ for c in cols]) if cols else 'int'
        x = self.expr(t, [c for c in cols], rng.choice([0, 0, 1]))
        r = rng.random()
        if r < 0.12:
            a = Col('count(*)', 'int', False)
        elif r < 0.2:
            a = Col('count(%s%s)' % (rng.choice(['', 'DISTINCT ']), x), 'int', False)
        elif r < 0.24 and it.rows:
            a = Col(rng.choice(['count(%s)', 'count(DISTINCT %s)']) % rng.choice(it.rows), 'int', False)
        elif r < 0.44:
            u = rng.choice(['int', 'num', 'flt', 'iv'])
            y = self.expr(u, cols, 1)
            fn = rng.choice(['sum', 'sum', 'avg'])
            a = Col('%s(%s%s)' % (fn, rng.choice(['', '', '', 'DISTINCT ']), y), 'num' if u == 'int' and fn == 'avg' else u, False)
        elif r < 0.64:
            u = t if t in ORDERED + ['ct', 'nd', 'ch', 'iv', 'arr'] else 'int'
            a = Col('%s(%s)' % (rng.choice(['min', 'max']), x if u == t else self.expr(u, cols, 1)), u if u != 'dom' else 'int', False)
        elif r < 0.7:
            a = Col('%s(%s)' % (rng.choice(['bool_and', 'bool_or', 'every']), self.pred(cols, 0)), 'bool', False)
        elif r < 0.78:
            y = self.expr('int', cols, 0)
            a = Col(rng.choice(['array_agg((%s)::int ORDER BY %s%s)' % (y, y, rng.choice(['', ' DESC', ' NULLS FIRST'])),
                                'array_agg((%s)::int)' % y if self.open else 'array_agg(DISTINCT (%s)::int)' % y]), 'arr', False)
        elif r < 0.84:
            y = self.expr('text', cols, 0)
            a = Col("string_agg(%s, ','%s)" % (y, rng.choice(['', ' ORDER BY ' + rng.choice(cols).sql]) if self.open else ' ORDER BY ' + y), 'text', False)
        elif r < 0.88:
            a = Col('jsonb_agg(%s ORDER BY %s)' % (x, x), 'json', False)
        elif r < 0.92:
            a = Col('range_agg(%s)' % self.expr('rng', cols, 0), 'mrng', False)
        elif r < 0.96:
            u = rng.choice(['int', 'date', 'text', 'enum'])
            y = self.expr(u, cols, 0)
            a = Col('%s WITHIN GROUP (ORDER BY %s)' % (rng.choice(['percentile_disc(0.5)', 'mode()']), y), u, False)
        else:
            y = self.expr('int', cols, 0)
            a = Col('%s(%s)' % (rng.choice(['bit_and', 'bit_or', 'bit_xor']), '(%s)' % y), 'int', False)
        if self.chance(0.2):
            a.sql += ' FILTER (WHERE %s)' % self.pred(cols, rng.choice([0, 1, 2]) if d > 0 else 0)
        return a

    def window(self, cols, rows):
        rng = self.rng
        part = rng.sample(cols, min(len(cols), rng.choice([0, 1, 1, 1, 2])))
        over = 'PARTITION BY ' + ', '.join(c.sql for c in part) if part else ''
        order = ['%s%s' % (c.sql, rng.choice(['', '', ' DESC', ' NULLS FIRST'])) for c in rng.sample(cols, len(cols))]
        t = rng.choice([c.typ for c in cols])
        x = self.expr(t, cols, 0)
        r = rng.random()
        if r < 0.35 and len(cols) <= 10:
            fn, u = rng.choice([('row_number()', 'int'), ('lag(%s)' % x, t), ('lead(%s, 2)' % x, t), ('first_value(%s)' % x, t),
                                ('last_value(%s)' % x, t), ('nth_value(%s, 2)' % x, t), ('ntile(2)', 'int')])
            # what a frame that ends with equal rows shows of them is not settled
            if not fn.startswith(('last_value', 'nth_value')):
                order = self.leave_open(order)
            return Col('%s OVER (%s ORDER BY %s)' % (fn, over, ', '.join(order)), u, False)
        one = rng.choice(cols).sql
        fn, u = rng.choice([('rank()', 'int'), ('dense_rank()', 'int'), ('count(*)', 'int'), ('count(%s)' % x, 'int'),
                            ('sum(%s)' % self.expr('int', cols, 0), 'num'), ('max(%s)' % self.expr('int', cols, 0), 'int')])
        frame = ''
        if fn[0] not in 'rd':
            frame = rng.choice(['', '', ' GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW', ' RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP',
                                ' GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING EXCLUDE TIES'])
            if self.chance(0.2):
                fn += ' FILTER (WHERE %s)' % self.pred(cols, 0)
        # + 0: no run condition, see levels.py
        return Col('(%s OVER (%s ORDER BY %s%s) + 0)' % (fn, over, one, frame), u, False)

    def group(self, it, d):
        """GROUP BY and HAVING; what the select list may use."""
        rng = self.rng
        keys = []
        for c in rng.sample(it.cols, min(len(it.cols), rng.choice([0, 1, 1, 1, 2, 2, 3]))):
            keys.append(c if self.chance(0.8) else Col('(%s)' % self.expr(c.typ, it.cols, 1), c.typ, False))
        keys = [k for k in keys if 'SELECT' not in k.sql and any(ch in k.sql for ch in '.')]
        aggs = [self.aggregate(it, d) for _ in range(rng.choice([1, 1, 2, 3]))]
        sql = ''
        names = [k.sql for k in keys]
        if keys and self.chance(0.18):
            sets = rng.choice(['ROLLUP (%s)', 'CUBE (%s)', 'GROUPING SETS ((%s), ())', 'GROUPING SETS (ROLLUP (%s), ())'])
            sql = ' GROUP BY %s%s' % (rng.choice(['', '', 'DISTINCT ']), sets % ', '.join(names))
            if len(names) > 1 and self.chance(0.4):
                sql = ' GROUP BY %s, ROLLUP (%s)' % (names[0], ', '.join(names[1:]))
            aggs.append(Col('grouping(%s)' % ', '.join(rng.sample(names, rng.randint(1, len(names)))), 'int', False))
        elif keys:
            sql = ' GROUP BY ' + ', '.join(names)
        if self.chance(0.3):
            sql += ' HAVING ' + self.pred(keys + aggs, rng.choice([0, 1, 2]) if d > 0 else 0)
        return sql, keys + aggs

    def with_clause(self, d):
        """WITH in front of a query; its names are seen until the query ends."""
        rng = self.rng
        scope = []
        self.ctes.append(scope)
        if not (d > 1 and self.left > 1 and self.chance(0.15)):
            return ''
        out = []
        for _ in range(rng.choice([1, 1, 2])):
            name = rng.choice(['w', 'u', 'z', 'a'])
            if name in dict(scope):
                continue
            sql, types = self.query(d - 1, [])
            out.append('%s AS %s(%s)' % (name, rng.choice(['', '', 'MATERIALIZED ', 'NOT MATERIALIZED ']), sql))
            scope.append((name, types))
        return 'WITH %s ' % ', '.join(out)

    def select(self, d, outer, want):
        rng = self.rng
        prefix = self.with_clause(d)
        if self.chance(0.03) and not prefix:
            types = want or [rng.choice(list(TYPES)) for _ in range(rng.choice([1, 2]))]
            self.ctes.pop()
            return 'SELECT ' + ', '.join('%s AS %s' % (self.typed(self.expr(t, outer, 1), t), self.name('o')) for t in types) + (
                ' WHERE ' + self.pred(outer, 1) if self.chance(0.3) else ''), types
        it = self.from_clause(d, outer)
        where = self.correlated(it.cols, outer, 0.6) if outer else ''
        if self.chance(0.35):
            where += (' AND ' if where else ' WHERE ') + self.pred(it.cols + (outer if self.chance(0.3) else []), d)
        tail, cols, rows = '', it.cols, it.rows
        if self.chance(0.4):
            tail, cols = self.group(it, d)
            rows = []
        if self.chance(0.2) and cols:
            cols = cols + [self.window(cols, rows)]
            shown = [cols[-1]]
        else:
            shown = []
        exprs, types = [], []
        if want:
            for t in want:
                mine = [c for c in shown if c.typ == t]
                exprs.append(mine[0].sql if mine else self.expr(t, cols, rng.choice([0, 1, d])))
            types = list(want)
        else:
            for c in shown + rng.sample(cols, min(len(cols), rng.choice([1, 2, 2, 3]))):
                if self.chance(0.75):
                    exprs.append(c.sql)
                    types.append(c.typ)
                else:
                    t = rng.choice([c.typ, 'int', 'bool', 'text', rng.choice(list(TYPES))])
                    exprs.append(self.expr(t, cols, rng.choice([1, 2]) if d > 0 else 1))
                    types.append(t)
            if rows and self.chance(0.08):
                exprs.append(rng.choice(['to_jsonb(%s)', 'jsonb_build_object(\'r\', %s)']) % rng.choice(rows))
                types.append('json')
            if not exprs:
                exprs, types = ['1'], ['int']
        if self.chance(0.05) and not want:
            exprs.append(rng.choice(['generate_series(1, 2)', 'unnest(ARRAY[1, NULL])']))
            types.append('int')
        names = [self.name('o') for _ in exprs]
        head, order = 'SELECT ', ''
        r = rng.random()
        plain_order = ', '.join(str(i + 1) for i in self.leave_open(rng.sample(range(len(exprs)), len(exprs))))
        if r < 0.18:
            head = 'SELECT DISTINCT '
        elif r < 0.24:
            first = rng.randrange(len(exprs))
            head = 'SELECT DISTINCT ON (%d) ' % (first + 1)
            order = ' ORDER BY %d%s, %s' % (first + 1, rng.choice(['', ' DESC']), plain_order)
        if r > 0.9:
            order = ' ORDER BY ' + plain_order + rng.choice([' LIMIT 1', ' LIMIT 3', ' LIMIT 5 OFFSET 1', ' FETCH FIRST 2 ROWS WITH TIES', ' OFFSET 2'])
        sql = prefix + head + ', '.join('%s AS %s' % (self.typed(e, t), n) for e, t, n in zip(exprs, types, names)) + \
            ' FROM ' + it.sql + where + tail + order
        self.ctes.pop()
        return sql, types

    def typed(self, e, t):
        """With its type where a set operation or literal leaves it open."""
        if t in ('int',):
            return e
        return '(%s)::%s%s' % (e, self.type_sql(t), ' COLLATE %s.nd' % self.schema if t == 'nd' else '') \
            if e.startswith(("'", 'NULL', 'CASE', 'coalesce', 'nullif', '(SELECT')) or t in ('nd',) else e

    def query(self, d, outer, want=None):
        """A query and the types of its columns."""
        rng = self.rng
        if d > 0 and self.chance(0.16):
            prefix = self.with_clause(d)
            sql, types = self.query(d - 1, outer, want)
            for _ in range(rng.choice([1, 1, 2])):
                right, _ = self.query(rng.choice([0, d - 1]), outer, types)
                pair = ['(%s)' % sql, '(%s)' % right]
                rng.shuffle(pair)
                sql = '%s %s %s' % (pair[0], rng.choice(SET_OPERATIONS), pair[1])
            if self.chance(0.06):
                sql += ' ORDER BY ' + ', '.join(str(i + 1) for i in range(len(types))) + ' LIMIT 3'
            self.ctes.pop()
            return prefix + sql, types
        if self.chance(0.03):
            types = want or [rng.choice(list(TYPES)), 'int']
            rows = ['(%s)' % ', '.join(self.typed(self.expr(t, outer, 0), t) for t in types) for _ in range(rng.choice([1, 2, 3]))]
            return 'VALUES ' + ', '.join(rows), types
        return self.select(d, outer, want)


# Text of expressions: {type} stands for one of that type.
EXPRESSIONS = {
    'int': ['{int} + 1', '{int} - {int}', '{int} % 3', 'length({text})', 'extract(day FROM nullif({date}, \'infinity\'))::int', 'cardinality({arr})',
            '{arr}[1]', 'lower({rng})', 'upper({rng})', '({pair}).x', '{dom} + 0', 'octet_length({ch})', 'array_position({arr}, 1)', 'sign({int})',
            'ascii({text})', '{bool}::int', 'extract(isodow FROM {ts})::int', 'jsonb_array_length(CASE WHEN jsonb_typeof({json}) = \'array\' THEN \'[1]\'::jsonb END)',
            'num_nulls({int}, {text})', 'char_length({ct}::text)'],
    'num': ['{num} + {num}', '{num} * 2', 'round({num}, 1)', '{int}::numeric', '{num} / nullif({int}, 0)', 'trim_scale({num})', 'abs({num})',
            "extract(epoch FROM {iv})"],
    'flt': ['{flt} * 2', '-{flt}', '{int}::float8', '{flt} + {flt}', 'abs({flt})'],
    'text': ['upper({text})', "{text} || '-'", '{int}::text', "{json} ->> 'k'", '{enum}::text', '{ct}::text', "{ch} || '.'", '{nd} COLLATE "C"', '{iv}::text',
             '{num}::text', '{date}::text', "to_char({ts}, 'YYYY-MM-DD HH24')", '{flt}::text', '({pair}).y', '{rng}::text', '{arr}::text', '{pair}::text',
             "array_to_string({arr}, '-', '*')", 'left({text}, 1)', 'jsonb_typeof({json})', "concat_ws('/', {int}, {text})", '{bool}::text', '{ts}::text'],
    'ct': ["{text}::{s}.citext", 'least({ct}, {ct})'],
    'nd': ['coalesce({nd}, {nd})'],
    'ch': ['{text}::char(4)'],
    'date': ['{date} + 1', '{ts}::date', 'least({date}, {date})'],
    'ts': ["date_trunc('day', {ts})", "{ts} + interval '1 day'", "{ts} + {iv}", "date_trunc('hour', {ts}, 'America/New_York')", "({ts} AT TIME ZONE 'Europe/Berlin')::timestamptz"],
    'iv': ['{iv} * 2', '{ts} - {ts}', '-{iv}', 'justify_hours({iv})'],
    'bool': ['{int} > 0', 'NOT {bool}', 'isempty({rng})', "{json} ? 'k'", '{rng} @> {int}::int', '{ct} = {ct}', '{ch} = {ch}', '{nd} = {nd}', '{pair} = {pair}',
             '{text} < {text}', '{mrng} && {rng}', '{num} = {num}', '{flt} = {flt}', '{iv} = {iv}', '{pair} IS NULL', '{pair} IS NOT NULL', '{arr} = {arr}',
             '{enum} > {enum}', 'isfinite({date})'],
    'enum': ['greatest({enum}, {enum})'],
    'dom': ['(abs({int}) % 3)::{s}.posint'],
    'rng': ['{rng} * {rng}', 'range_merge({rng}, {rng})', 'int4range(least({int}, 1)::int, 2)'],
    'mrng': ['int4multirange({rng})', '{mrng} + {mrng}', '{mrng} * {mrng}', '{mrng} - {mrng}'],
    'arr': ['{arr} || ({int})::int', 'ARRAY[({int})::int, 1]', 'array_remove({arr}, 1)', '{arr}[1:2]', 'array_cat({arr}, {arr})'],
    'json': ['to_jsonb({int})', 'to_jsonb({text})', "jsonb_build_object('k', {int})", "{json} -> 'k'", "{json} -> 0", 'to_jsonb({arr})', 'to_jsonb({pair})',
             'jsonb_build_array({num}, {ct})', "jsonb_path_query_first({json}, '$.l[*]')", 'to_jsonb({ts})'],
    'pair': ['ROW({int}, {text})::{s}.pair'],
}


def raw_literal(rng, t, schema, looks, null=0.1):
    sql, values, others = TYPES[t]
    typ = sql.split(' COLLATE')[0].format(s=schema)
    collate = ' COLLATE %s.nd' % schema if t == 'nd' else ''
    if rng.random() < null:
        return '(NULL::%s)%s' % (typ, collate)
    v = rng.choice(others if looks and others and rng.random() < 0.4 else values)
    v = v.replace('{{', '{').replace('}}', '}')
    return '(%s::%s)%s' % (v, typ, collate) if not v.lstrip('-').isdigit() or t != 'int' else '(%s)' % v


OPEN = '/* open */ '


def open_subquery(rng, schema):
    """A subquery over a table that leaves lists, or ties of few different values, open."""
    name = rng.choice(list(TABLES))
    table = '%s.%s' % (schema, name)
    x, y = (rng.choice(TABLES[name])[0] for _ in range(2))
    few = rng.choice(['k', 'k', 'id % 2', 'id / 10'])
    frame = ' FROM %s AS s WHERE s.k = a.k' % table
    r = rng.random()
    if r < 0.5:
        return 'SELECT a.id, (SELECT %s) AS x FROM %s.a' % (rng.choice([
            "string_agg(s.%s::text, ',')%s" % (x, frame), "string_agg(s.%s::text, ',' ORDER BY s.%s)%s" % (x, few, frame),
            'array_agg(s.%s)::text%s' % (x, frame), 's.%s::text%s LIMIT 1' % (x, frame),
            's.%s::text%s ORDER BY s.%s DESC LIMIT 1' % (x, frame, few)]), schema)
    if r < 0.75:
        return 'SELECT a.id, q.x::text, q.r FROM %s.a JOIN (SELECT s.k, s.%s AS x, %s OVER (PARTITION BY s.k ORDER BY s.%s) AS r FROM %s AS s) AS q ON q.k = a.k%s' % (
            schema, x, rng.choice(['row_number()', 'ntile(2)', 'lag(s.%s::text)' % y, 'first_value(s.%s::text)' % y]), few, table,
            rng.choice(['', ' WHERE a.id % 3 > 0']))
    return 'SELECT a.id, q.x, q.y FROM %s.a LEFT JOIN (SELECT DISTINCT ON (s.k) s.k, s.%s::text AS x, s.%s::text AS y FROM %s AS s ORDER BY s.k%s) AS q ON q.k = a.k' % (
        schema, x, y, table, rng.choice(['', ', s.' + few]))


def generate(rng, schema, looks=True):
    """The text of a query; it begins with OPEN if it may have several results, by a subquery."""
    g = Deep(rng, schema, looks, budget=rng.choice([1, 2, 3, 4, 6]))
    g.open = rng.random() < 0.25
    if g.open and rng.random() < 0.5:
        return OPEN + open_subquery(rng, schema)
    sql, types = g.query(rng.choice([1, 2, 2, 3, 3, 4]), [])
    if not g.open:
        return sql
    names = ['c%d' % i for i in range(1, len(types) + 1)]
    return OPEN + 'SELECT a.id, q.* FROM %s.a LEFT JOIN (%s) AS q (%s) ON %s' % (
        schema, sql, ', '.join(names), 'a.id = q.%s' % names[types.index('int')] if 'int' in types else 'a.k = 1')
