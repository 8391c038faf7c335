/*-------------------------------------------------------------------------
 *
 * row_pack.c
 *	  Rows of tables as values that are not of the tables' types.
 *
 * SELECT o FROM orders o stores rows of orders.  Were the state's column of that
 * type, ALTER TABLE orders ADD COLUMN ... DEFAULT would fail, as it does for any
 * table with such a column.  So the state holds the rows as bytea, and the
 * finishing makes rows of that:
 *
 *		core		ivm._pack_row(o)
 *		finishing	ivm._unpack_row(s.o, NULL::orders)
 *
 * A packed row is a number that tells the columns it was made of, by number and
 * type, and a tuple of those that are not dropped, with none of them compressed or
 * out of line: rows that look the same are the same bytes.  It means nothing in
 * another database, where types are called by other OIDs (plan_check.c).
 *
 * Readers of the view unpack rows, so everybody may, with bytes of his own; these have to be
 * a tuple of the right columns, all of it within them, which is_whole() makes sure of.  That each
 * value of a variable length is one of its type is not checked.
 *
 * A row is only unpacked under the columns that it was packed under.  Where they
 * change, the view is stale: what the state holds is not looked at any more,
 * and what the definition gives is packed anew.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "definition/row_pack.h"

IVM_FUNCTION(ivm_pack_row);
IVM_FUNCTION(ivm_unpack_row);

/* What a call knows of the row type that it had to do with last. */
typedef struct RowShape
{
	Oid			typid;
	uint64		identifier;		/* of the type's columns in the type cache */
	TupleDesc	desc;			/* of the type, with dropped columns */
	uint32		signature;		/* hash of its columns */
	TupleDesc	live;			/* its columns that are not dropped */
	int		   *attnos;			/* positions of live's columns in desc, from 0 */
} RowShape;

/* ---- shapes ---- */

static void
make_shape(RowShape *shape, TypeCacheEntry *type)
{
	TupleDesc	desc = CreateTupleDescCopy(type->tupDesc);
	int			n = 0;

	shape->typid = type->type_id;
	shape->identifier = type->tupDesc_identifier;
	shape->desc = desc;
	shape->attnos = palloc(sizeof(int) * Max(desc->natts, 1));
	shape->signature = 0;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		shape->attnos[n++] = i;
		shape->signature = hash_combine(shape->signature, hash_bytes_uint32(i));
		shape->signature = hash_combine(shape->signature, hash_bytes_uint32(att->atttypid));
	}
	shape->live = CreateTemplateTupleDesc(n);
	for (int i = 0; i < n; i++)
	{
		TupleDescCopyEntry(shape->live, i + 1, desc, shape->attnos[i] + 1);
		/* or short values would be stored in two ways */
		if (TupleDescAttr(shape->live, i)->attlen == -1)
			ivm_compat_set_storage(shape->live, i, TYPSTORAGE_EXTENDED);
	}
}

/* The shape of a row type, kept with the function call. */
static RowShape *
shape_of(FunctionCallInfo fcinfo, Oid typid)
{
	RowShape   *shape = fcinfo->flinfo->fn_extra;
	TypeCacheEntry *type = lookup_type_cache(typid, TYPECACHE_TUPDESC);
	MemoryContext oldcxt;

	if (type->tupDesc == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("type %s is not composite", format_type_be(typid))));
	if (shape != NULL && shape->typid == typid && shape->identifier == type->tupDesc_identifier)
		return shape;
	oldcxt = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	if (shape == NULL)
		shape = fcinfo->flinfo->fn_extra = palloc0(sizeof(RowShape));
	make_shape(shape, type);
	MemoryContextSwitchTo(oldcxt);
	return shape;
}

/* ---- functions ---- */

/* Bytes at the start of a tuple that are not packed: its length and what pads that. */
#define TUPLE_HEADER	offsetof(MinimalTupleData, t_infomask2)

Datum
ivm_pack_row(PG_FUNCTION_ARGS)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(0);
	RowShape   *shape;
	HeapTupleData tuple;
	Datum	   *values;
	bool	   *nulls;
	MinimalTuple packed;
	bytea	   *result;
	Size		size;

	if (HeapTupleHeaderGetTypeId(header) == RECORDOID)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("function \"%s\" packs rows of named types only", "ivm._pack_row")));
	shape = shape_of(fcinfo, HeapTupleHeaderGetTypeId(header));
	values = palloc(sizeof(Datum) * Max(shape->desc->natts, 1));
	nulls = palloc(sizeof(bool) * Max(shape->desc->natts, 1));
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, shape->desc, values, nulls);
	for (int i = 0; i < shape->live->natts; i++)
	{
		/* to the left, over what has been moved already */
		values[i] = values[shape->attnos[i]];
		nulls[i] = nulls[shape->attnos[i]];
		if (!nulls[i] && TupleDescAttr(shape->live, i)->attlen == -1)
			values[i] = PointerGetDatum(PG_DETOAST_DATUM_PACKED(values[i]));
	}
	packed = ivm_compat_form_minimal_tuple(shape->live, values, nulls);
	size = packed->t_len - TUPLE_HEADER;
	result = palloc(VARHDRSZ + sizeof(uint32) + size);
	SET_VARSIZE(result, VARHDRSZ + sizeof(uint32) + size);
	memcpy(VARDATA(result), &shape->signature, sizeof(uint32));
	memcpy(VARDATA(result) + sizeof(uint32), (char *) packed + TUPLE_HEADER, size);
	PG_RETURN_BYTEA_P(result);
}

/* The bytes of a column that starts at off, from 0, in data of this size; 0: it does not fit there. */
static Size
column_size(Form_pg_attribute att, const char *data, Size off, Size size)
{
	const char *value = data + off;
	Size		result;

	if (off >= size)
		return 0;
	if (att->attlen > 0)
		result = att->attlen;
	else if (att->attlen == -2)
		result = strnlen(value, size - off) + 1;
	else if (VARATT_IS_1B(value))
		result = VARATT_IS_EXTERNAL(value) ? 0 : VARSIZE_1B(value);
	else if (size - off < VARHDRSZ || VARATT_IS_COMPRESSED(value) || VARSIZE_4B(value) < VARHDRSZ)
		result = 0;
	else
		result = VARSIZE_4B(value);
	return result <= size - off ? result : 0;
}

/*
 * Is this a tuple of these columns, which refers to nothing outside of it?  Everybody may
 * call ivm._unpack_row(), with bytes of his own.
 */
static bool
is_whole(const MinimalTupleData *tuple, TupleDesc desc)
{
	bool		has_nulls = (tuple->t_infomask & HEAP_HASNULL) != 0;
	Size		header = MAXALIGN(SizeofMinimalTupleHeader + (has_nulls ? BITMAPLEN(desc->natts) : 0));
	const char *data = (const char *) tuple + header;
	Size		size = tuple->t_len - header;
	Size		off = 0;

	if (HeapTupleHeaderGetNatts(tuple) != desc->natts || (tuple->t_infomask & HEAP_HASEXTERNAL) != 0 ||
		tuple->t_hoff != header + MINIMAL_TUPLE_OFFSET || tuple->t_len < header)
		return false;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Size		n;

		if (has_nulls && att_isnull(i, tuple->t_bits))
			continue;

		/*
		 * a short value of variable length is where it is, and a byte of
		 * padding is 0
		 */
		if (att->attlen != -1 || off >= size || data[off] == 0)
			off = att_align_nominal(off, att->attalign);
		else
			off = att_align_pointer(off, att->attalign, att->attlen, data + off);
		if ((n = column_size(att, data, off, size)) == 0)
			return false;
		off += n;
	}
	return true;
}

Datum
ivm_unpack_row(PG_FUNCTION_ARGS)
{
	RowShape   *shape;
	bytea	   *packed;
	Size		size;
	uint32		signature = 0;
	MinimalTuple tuple;
	HeapTupleData heap;
	Datum	   *live;
	bool	   *live_nulls;
	Datum	   *values;
	bool	   *nulls;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	shape = shape_of(fcinfo, get_fn_expr_argtype(fcinfo->flinfo, 1));
	packed = PG_GETARG_BYTEA_PP(0);
	size = VARSIZE_ANY_EXHDR(packed);
	if (size > sizeof(uint32) + SizeofMinimalTupleHeader - TUPLE_HEADER)
		memcpy(&signature, VARDATA_ANY(packed), sizeof(uint32));
	if (signature != shape->signature)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a stored row does not have the columns of type %s", format_type_be(shape->typid)),
				 errdetail("The columns were changed while the row was read."),
				 errhint("Run the statement again.")));
	size -= sizeof(uint32);
	tuple = palloc(TUPLE_HEADER + size);
	tuple->t_len = TUPLE_HEADER + size;
	memcpy((char *) tuple + TUPLE_HEADER, VARDATA_ANY(packed) + sizeof(uint32), size);
	if (!is_whole(tuple, shape->live))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a stored row of type %s is damaged", format_type_be(shape->typid))));
	live = palloc(sizeof(Datum) * Max(shape->live->natts, 1));
	live_nulls = palloc(sizeof(bool) * Max(shape->live->natts, 1));
	heap.t_len = tuple->t_len + MINIMAL_TUPLE_OFFSET;
	ItemPointerSetInvalid(&heap.t_self);
	heap.t_tableOid = InvalidOid;
	heap.t_data = (HeapTupleHeader) ((char *) tuple - MINIMAL_TUPLE_OFFSET);
	heap_deform_tuple(&heap, shape->live, live, live_nulls);

	values = palloc0(sizeof(Datum) * Max(shape->desc->natts, 1));
	nulls = palloc(sizeof(bool) * Max(shape->desc->natts, 1));
	memset(nulls, true, sizeof(bool) * shape->desc->natts);
	for (int i = 0; i < shape->live->natts; i++)
	{
		values[shape->attnos[i]] = live[i];
		nulls[shape->attnos[i]] = live_nulls[i];
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(shape->desc), values, nulls)));
}

/* ---- expressions ---- */

static Oid
pack_function(void)
{
	Oid			argtypes[] = {RECORDOID};

	return LookupFuncName(list_make2(makeString(IVM_SCHEMA), makeString("_pack_row")), 1, argtypes, false);
}

static Oid
unpack_function(void)
{
	Oid			argtypes[] = {BYTEAOID, ANYELEMENTOID};

	return LookupFuncName(list_make2(makeString(IVM_SCHEMA), makeString("_unpack_row")), 2, argtypes, false);
}

Expr *
ivm_row_pack_pack(Expr *row)
{
	return (Expr *) makeFuncExpr(pack_function(), BYTEAOID, list_make1(row), InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

Expr *
ivm_row_pack_unpack(Expr *packed, Oid typid)
{
	return (Expr *) makeFuncExpr(unpack_function(), typid,
								 list_make2(packed, makeNullConst(typid, -1, InvalidOid)),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

static bool
unpack_walker(Node *node, Oid *funcid)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == *funcid)
		return true;
	return expression_tree_walker(node, unpack_walker, funcid);
}

bool
ivm_row_pack_within(Node *node)
{
	Oid			funcid = unpack_function();

	return unpack_walker(node, &funcid);
}
