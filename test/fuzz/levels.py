"""Queries nested level by level, each clause over and under each other.

A level is one SELECT or set operation; what it reads are tables or other
levels, joined in any way.  A SELECT takes its clauses at random: GROUP BY with
or without the keys shown, grouping sets, HAVING with and without subqueries,
windows, DISTINCT, DISTINCT ON, functions that give several rows, ORDER BY with
LIMIT, LATERAL, conditions with subqueries, items of WITH read once or twice.

Everything is deterministic: what sorts for LIMIT or DISTINCT ON sorts by all
columns shown, so ties are equal rows, and no column tells equal values apart
(numbers only, without decimals).  Columns have names that are used once in a
whole definition, so no reference needs a prefix.
"""
import definitions

NAMES = ('int', 'num')
AGGREGATES = ['sum(%s)', 'sum(%s)', 'min(%s)', 'max(%s)', 'count(%s)', 'count(*)', 'count(DISTINCT %s)', 'sum(DISTINCT %s)',
              'min(%s) FILTER (WHERE %s > 0)', "array_length(array_agg(%s ORDER BY %s), 1)",
              '(array_agg(%s ORDER BY %s DESC))[2]', 'mode() WITHIN GROUP (ORDER BY %s)']
JOINS = ['JOIN', 'JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']
SET_OPERATIONS = ['UNION', 'UNION', 'UNION ALL', 'UNION ALL', 'INTERSECT', 'INTERSECT ALL', 'EXCEPT', 'EXCEPT ALL']


class Nest:
    """State of one definition: names given, tables still to be read, items of WITH."""

    def __init__(self, g):
        self.g, self.rng = g, g.rng
        self.n = 0
        self.left = g.rng.choice([1, 1, 2, 2, 3, 4])
        self.tables = []
        self.ctes = []                  # (name, number of columns)
        self.ctes_sql = []
        self.in_cte = 0

    def name(self, prefix):
        self.n += 1
        return '%s%d' % (prefix, self.n)

    def chance(self, p):
        return self.rng.random() < p

    def pick(self, cols):
        """One of them, the first one mostly: what all clauses name is what divides a level."""
        return cols[0] if self.chance(0.55) else self.rng.choice(cols)

    def sample(self, cols, k):
        """Some of them, the first one mostly among and in front of them."""
        rest = self.rng.sample(cols, len(cols))
        if k > 0 and self.chance(0.65):
            rest.remove(cols[0])
            rest.insert(0, cols[0])
        return rest[:k]


class Item:
    """An item of FROM and the columns it offers."""

    def __init__(self, sql, cols):
        self.sql, self.cols = sql, cols


def numbers(t):
    """Columns with few numbers, or any whole ones."""
    cols = [c for c in t.cols if c.t.cat in NAMES and c.name != 'id']
    few = [c for c in cols if c.t.few]
    return few or [c for c in cols if c.t.cat == 'int']


# ---- items of FROM ----------------------------------------------------------

def constant_item(n):
    """Rows that no table has."""
    alias, x, y = n.name('t'), n.name('x'), n.name('x')
    return n.rng.choice([
        Item('generate_series(0, %d) AS %s (%s)' % (n.rng.choice([1, 2, 3]), alias, x), [x]),
        Item('(VALUES (0, 1), (1, 1), (2, NULL), (1, 1)) AS %s (%s, %s)' % (alias, x, y), [x, y]),
        Item('(SELECT %s, %s %% 2 FROM generate_series(0, 2) AS s (%s)) AS %s (%s, %s)' % (x, x, x, alias, x, y), [x, y])])


def table_item(n):
    if n.tables and n.chance(0.06):
        return constant_item(n)
    usable = [t for t in n.g.tables if numbers(t)] or n.g.tables
    t = n.rng.choice(usable)
    cols = [c.name for c in numbers(t)] or ['id']
    if n.chance(0.1):
        cols.append('id')
    n.tables.append(t)
    n.left -= 1
    alias = n.name('t')
    shown = [n.name('x') for _ in cols]
    return Item('(SELECT %s FROM %s) AS %s' % (', '.join('%s AS %s' % p for p in zip(cols, shown)), n.g.table_sql(t), alias), shown)


def renamed(n, sql, ncols, common=None, lateral=False):
    """A level as an item, its columns under names of their own (or the first one under a given one)."""
    cols = [n.name('x') for _ in range(ncols)]
    if common:
        cols[0] = common
    return Item('%s(%s) AS %s (%s)' % ('LATERAL ' if lateral else '', sql, n.name('q'), ', '.join(cols)), cols)


def cte_item(n, common=None):
    name, ncols = n.rng.choice(n.ctes)
    cols = [n.name('x') for _ in range(ncols)]
    if common:
        cols[0] = common
    return Item('%s AS %s (%s)' % (name, n.name('q'), ', '.join(cols)), cols)


def item(n, depth, outer, common=None, lateral=False):
    """A table, a level, or what WITH names."""
    if n.ctes and not outer and not n.in_cte and n.chance(0.4):
        return cte_item(n, common)
    if depth <= 0 or n.left <= 0:
        it = table_item(n)
        if not (common or lateral or outer):
            return it
        where = ''
        if outer and n.chance(0.8):
            where = ' WHERE %s = %s' % (n.pick(it.cols), n.pick(outer))
        shown = n.sample(it.cols, n.rng.choice([1, 2, 2]))
        return renamed(n, 'SELECT %s FROM %s%s' % (', '.join(shown), it.sql, where), len(shown), common, lateral)
    if not outer and not n.in_cte and n.chance(0.12):
        n.in_cte += 1
        sql, ncols = level(n, depth, [])
        n.in_cte -= 1
        name = n.name('w')
        n.ctes_sql.append('%s AS %s(%s)' % (name, n.rng.choice(['', '', '', 'MATERIALIZED ', 'NOT MATERIALIZED ']), sql))
        n.ctes.append((name, ncols))
        return cte_item(n, common)
    sql, ncols = level(n, depth, outer)
    return renamed(n, sql, ncols, common, lateral)


def from_clause(n, depth, outer):
    """One item, or two or three joined."""
    rng = n.rng
    it = item(n, depth - 1, outer)
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        if n.left <= 0 and n.chance(0.7):
            break
        below = rng.choice([0, depth - 1, depth - 2])
        kind = rng.choice(JOINS)
        style = rng.random()
        if style < 0.2 and kind in ('JOIN', 'LEFT JOIN'):
            right = item(n, below, it.cols, lateral=True)
            on = 'true' if n.chance(0.6) else comparison(n, it.cols, right.cols)
            it = Item('%s %s %s ON %s' % (it.sql, kind, right.sql, on), it.cols + right.cols)
        elif style < 0.35:
            common = n.pick(it.cols)
            right = item(n, below, outer, common=common)
            it = Item('%s %s %s USING (%s)' % (it.sql, kind, right.sql, common), it.cols + right.cols[1:])
        elif style < 0.4:
            right = item(n, below, outer)
            it = Item('%s CROSS JOIN %s' % (it.sql, right.sql), it.cols + right.cols)
        else:
            right = item(n, below, outer)
            on = '%s = %s' % (n.pick(it.cols), n.pick(right.cols))
            if kind != 'FULL JOIN' and n.chance(0.25):
                on += ' AND ' + condition(n, it.cols + right.cols, 0)
            if n.chance(0.15):
                on += ' AND %s = %s' % (rng.choice(it.cols), rng.choice(right.cols))
            if kind != 'FULL JOIN' and n.chance(0.15):
                on = comparison(n, it.cols, right.cols)
            it = Item('%s %s %s ON %s' % (it.sql, kind, right.sql, on), it.cols + right.cols)
    return it


# ---- conditions ---------------------------------------------------------------

def comparison(n, left, right):
    return '%s %s %s' % (n.rng.choice(left), n.rng.choice(['<', '<=', '<>', '=']), n.rng.choice(right))


def seen_inside(exprs):
    """Those that a subquery may use: count(*) would be its own, and core does not know expressions grouped by there."""
    return [e for e in exprs if '(*)' not in e and not e.startswith('(')] or ['0']


def subquery(n, depth, exprs):
    """A condition that reads a level: of the values around it, or of none."""
    rng = n.rng
    exprs = seen_inside(exprs)
    x = n.pick(exprs)
    kind = rng.choice(['exists', 'exists', 'not exists', 'in', 'in', 'not in', 'count', 'limit'])
    if kind in ('exists', 'not exists'):
        if n.chance(0.5):
            sub = item(n, depth, [])
            more = ' AND %s = %s' % (rng.choice(sub.cols + exprs), rng.choice(exprs)) if n.chance(0.4) else ''
            return '%s (SELECT FROM %s WHERE %s = %s%s)' % (kind.upper(), sub.sql, n.pick(sub.cols), x, more)
        sub = item(n, depth, exprs)
        return '%s (SELECT FROM %s)' % (kind.upper(), sub.sql)
    if kind in ('in', 'not in'):
        sub = item(n, depth, exprs if n.chance(0.3) else [])
        return '%s %s (SELECT %s FROM %s)' % (x, kind.upper(), n.pick(sub.cols), sub.sql)
    sub = item(n, depth, [])
    y = n.pick(sub.cols)
    where = ' WHERE %s = %s' % (y, x) if n.chance(0.7) else ''
    if kind == 'count':
        return '(SELECT count(*) FROM %s%s) %s %d' % (sub.sql, where, rng.choice(['>', '<', '=']), rng.choice([1, 1, 2]))
    z = rng.choice(sub.cols)
    return '%s >= (SELECT %s FROM %s%s ORDER BY 1 LIMIT 1)' % (x, z, sub.sql, where)


def condition(n, exprs, depth):
    """A condition over these expressions, with a subquery if there is depth for one."""
    rng = n.rng
    if depth > 0 and n.left > 0 and n.chance(0.5):
        s = subquery(n, depth - 1, exprs)
        return s if n.chance(0.8) else '(%s OR %s)' % (s, condition(n, exprs, 0))
    x = rng.choice(exprs)
    return rng.choice(['%s > 0' % x, '%s < 2' % x, '%s <> 1' % x, '%s IS NOT NULL' % x, '%s = %s' % (x, rng.choice(exprs)),
                       '%s IN (0, 1)' % x])


# ---- the select list ------------------------------------------------------------

def aggregate(n, cols):
    c = n.rng.choice(cols)
    a = n.rng.choice(AGGREGATES)
    return a % ((c,) * a.count('%s'))


def window(n, exprs):
    """A function over partitions; not just count() or a rank, of which core makes run conditions that are wrong when rescanned."""
    rng = n.rng
    part = n.sample(exprs, rng.choice([0, 1, 1, 1, 1, 1, 1, 1, 1, 2]))
    over = 'PARTITION BY ' + ', '.join(part) if part else ''
    x = rng.choice(exprs)
    ordered = rng.random() < 0.5
    if ordered:
        over += ' ORDER BY ' + rng.choice(exprs)
        if n.chance(0.3):
            over += ' DESC'
    f = rng.choice(['sum(%s)', 'max(%s)', 'min(%s)', 'count(%s)'] + (['rank()', 'dense_rank()'] if ordered else []))
    return '%s OVER (%s) + 0' % (f % x if '%' in f else f, over)


def derived(n, x):
    rng = n.rng
    return rng.choice(['%s + 1', '%s %% 2', '(%s)::int8', '(%s)::numeric', 'coalesce(%s, 0)']) % x


def group(n, it, depth):
    """GROUP BY text, what may be selected and must be, what HAVING and windows may use."""
    rng = n.rng
    keys = n.sample(it.cols, rng.choice([0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2]))
    if n.chance(0.07):
        keys = ['(%s)' % derived(n, k) for k in keys]
    aggs = [aggregate(n, it.cols) for _ in range(rng.choice([1, 1, 2]))]
    if n.chance(0.06):
        sql = ' GROUP BY ' + definitions.grouping_sets(n.g, keys)
        keys_having = keys
    else:
        sql = ' GROUP BY ' + ', '.join(keys) if keys else ''
        keys_having = keys
    if n.chance(0.35):
        sql += ' HAVING ' + condition(n, aggs + keys_having, depth)
    shown = [k for i, k in enumerate(keys) if n.chance(0.5 if i else 0.7)]
    return sql, shown + aggs, keys + aggs


def select_level(n, depth, outer):
    rng = n.rng
    it = from_clause(n, depth, outer)
    where = []
    if outer and n.chance(0.7):
        where.append('%s = %s' % (n.pick(it.cols), n.pick(outer)))
    if n.chance(0.3):
        where.append(condition(n, it.cols, depth))
    if n.chance(0.12):
        where.append('%s = %s' % (n.pick(it.cols), rng.choice(it.cols)))
    sql = ' FROM %s%s' % (it.sql, ' WHERE ' + ' AND '.join(where) if where else '')
    if n.chance(0.4):
        tail, items, exprs = group(n, it, depth)
        sql += tail
    else:
        exprs = it.cols
        items = n.sample(exprs, rng.choice([1, 2, 2, 3]))
        items = [derived(n, x) if n.chance(0.08) else x for x in items]
    if n.chance(0.2):
        items.append(window(n, exprs))
    if n.chance(0.06):
        c = rng.choice(seen_inside(exprs))
        items.append('(SELECT count(*) FROM %s WHERE %s = %s)' % (*counted(n, depth), c))
    if n.chance(0.1):
        items.append('generate_series(1, 1 + (abs(%s) %% 2)::int)' % rng.choice(exprs))
    if n.chance(0.3):
        rng.shuffle(items)
    items = items[:4]
    return finish(n, sql, items, exprs)


def counted(n, depth):
    sub = item(n, depth - 2, [])
    return sub.sql, n.rng.choice(sub.cols)


def finish(n, sql, items, exprs):
    """SELECT in front, and what merges, sorts and limits the rows."""
    rng = n.rng
    order = n.sample(list(range(1, len(items) + 1)), len(items))
    by = ', '.join(str(i) for i in order)
    head = 'SELECT '
    r = rng.random()
    limit = n.chance(0.06)
    if r < 0.28:
        head = 'SELECT DISTINCT '
    elif r < 0.38:
        first = rng.choice([str(order[0]), n.pick(exprs)])
        head = 'SELECT DISTINCT ON (%s) ' % first
        by = first + ', ' + by
        limit = True
    sql = head + ', '.join('%s AS o%d' % (e, i + 1) for i, e in enumerate(items)) + sql
    if limit:
        sql += ' ORDER BY ' + by
        if 'DISTINCT ON' not in head or n.chance(0.1):
            sql += limit_clause(n)
    return sql, len(items)


def limit_clause(n):
    if n.left > 0 and n.chance(0.1):
        return ' LIMIT (SELECT count(*) FROM %s)' % table_item(n).sql
    return n.rng.choice([' FETCH FIRST 2 ROWS WITH TIES', ' LIMIT 1', ' LIMIT 2', ' LIMIT 3', ' LIMIT 5', ' LIMIT 2 OFFSET 1', ' OFFSET 1'])


def arm(n, depth, outer, ncols):
    """A level of as many columns."""
    it = item(n, depth - 1, outer)
    cols = [n.rng.choice(it.cols) if i else n.pick(it.cols) for i in range(ncols)]
    cols = [derived(n, c) if n.chance(0.05) else c for c in cols]
    return 'SELECT %s%s FROM %s' % ('DISTINCT ' if n.chance(0.1) else '', ', '.join('%s AS o%d' % (c, i + 1) for i, c in enumerate(cols)), it.sql)


def setop_level(n, depth, outer):
    rng = n.rng
    ncols = rng.choice([1, 2, 2])
    sql = arm(n, depth, outer, ncols)
    for _ in range(rng.choice([1, 1, 1, 2])):
        right = arm(n, rng.choice([0, depth]), outer, ncols)
        if n.chance(0.5):
            sql = '(%s) %s %s' % (sql, rng.choice(SET_OPERATIONS), right)
        else:
            sql = '%s %s (%s)' % (right, rng.choice(SET_OPERATIONS), sql)
    if n.chance(0.08):
        sql += ' ORDER BY ' + ', '.join(str(i + 1) for i in range(ncols)) + limit_clause(n)
    return sql, ncols


def level(n, depth, outer):
    """Text of a level and its number of columns; outer: what it may refer to around it."""
    if n.chance(0.18):
        return setop_level(n, depth, outer)
    return select_level(n, depth, outer)


def shape_rows(g):
    """The rows of tables joined in a subquery of FROM: simple enough for plans whose executor states are kept."""
    n, rng = Nest(g), g.rng
    tables = [rng.choice(n.g.tables) for _ in range(rng.choice([2, 2, 2, 3]))]
    sql, named = '', []
    for t in tables:
        cols = [c.name for c in numbers(t)] or ['id']
        alias = n.name('t')
        here = ['%s.%s' % (alias, c) for c in cols]
        item_sql = '%s AS %s' % (n.g.table_sql(t), alias)
        if not sql:
            sql, named = item_sql, here
            continue
        on = '%s = %s' % (n.pick(named), n.pick(here))
        if n.chance(0.6):
            on += ' AND ' + condition(n, here, 0)
        if n.chance(0.2):
            on += ' AND ' + condition(n, named, 0)
        sql = '%s %s %s ON %s' % (sql, rng.choice(['LEFT JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'JOIN']), item_sql, on)
        named = named + here
    n.tables.extend(tables)
    if n.chance(0.2):
        sql += ' WHERE ' + condition(n, named, 0)
    shown = [named[0]] + rng.sample(named[1:], min(len(named) - 1, rng.choice([1, 2, 3])))
    it = renamed(n, 'SELECT %s FROM %s' % (', '.join('%s AS o%d' % (c, i + 1) for i, c in enumerate(shown)), sql), len(shown))
    where = ' WHERE ' + condition(n, it.cols, 0) if n.chance(0.2) else ''
    sql = 'SELECT %s FROM %s%s' % (', '.join('%s AS o%d' % (c, i + 1) for i, c in enumerate(it.cols)), it.sql, where)
    return definitions.Definition(sql, [definitions.Expr('o%d' % (i + 1), 'int') for i in range(len(shown))], n.tables)


def shape_levels(g):
    """Two to four levels, the top one grouped, distinct, or as its rows are."""
    n = Nest(g)
    sql, ncols = level(n, g.rng.choice([1, 2, 2, 2, 3, 3, 4]), [])
    if g.rng.random() < 0.3:
        it = renamed(n, sql, ncols)
        sql = 'SELECT %s FROM %s' % (', '.join('%s AS o%d' % (c, i + 1) for i, c in enumerate(it.cols)), it.sql)
    if n.ctes_sql:
        sql = 'WITH %s %s' % (', '.join(n.ctes_sql), sql)
    outs = [definitions.Expr('o%d' % (i + 1), 'int') for i in range(ncols)]
    return definitions.Definition(sql, outs, n.tables)
