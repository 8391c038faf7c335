/*-------------------------------------------------------------------------
 *
 * row_pack.c
 *	  Rows of tables as values that are not of the tables' types.
 *
 * SELECT o FROM orders o stores rows of orders.  Were the state's column of that
 * type, ALTER TABLE orders ADD COLUMN ... DEFAULT would fail, as it does for any
 * table with such a column.  So the state holds the rows as ivm.packed_row, and the
 * finishing makes rows of that:
 *
 *		core		ivm._pack_row(o)
 *		finishing	ivm._unpack_row(s.o, NULL::orders)
 *
 * A packed row is a signature, which tells the row type and the columns that it was made
 * of, and a tuple of those that are not dropped, with none of them compressed or
 * out of line: rows that look the same are the same bytes.  It means nothing in
 * another database, where types are called by other OIDs (plan_check.c).
 *
 * *Who can make one.*  Readers of the view unpack rows, so everybody may, and the bytes are believed.
 * So only ivm._pack_row() makes values of the type that can be unpacked: nothing can be cast to it,
 * and what its input functions make, of a dump, has a signature of no row.  The signature is a
 * cryptographic hash, or two row types could be made up that share one.  Core sees to it that the types
 * of a table's columns keep their representation, but only as long as they are a table's:
 * is_lasting().
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
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "definition/row_pack.h"

IVM_FUNCTION(ivm_pack_row);
IVM_FUNCTION(ivm_unpack_row);
IVM_FUNCTION(ivm_packed_row_in);
IVM_FUNCTION(ivm_packed_row_recv);

/* At the start of a packed row: the first bytes of a SHA-256 hash, or zeros for what cannot be unpacked. */
#define SIGNATURE_SIZE	16

/* What a call knows of the row type that it had to do with last. */
typedef struct RowShape
{
	Oid			typid;
	uint64		identifier;		/* of the type's columns in the type cache */
	TupleDesc	desc;			/* of the type, with dropped columns */
	char		signature[SIGNATURE_SIZE];	/* hash of the type and its columns */
	TupleDesc	live;			/* its columns that are not dropped */
	int		   *attnos;			/* positions of live's columns in desc, from 0 */
	bool		packable;		/* known to be that */
} RowShape;

/* ---- shapes ---- */

/* Does a value of this type have values of a composite type in it? */
static bool
has_composite(Oid typid)
{
	Oid			element = get_element_type(typid);

	if (OidIsValid(element))
		return has_composite(element);
	switch (get_typtype(typid))
	{
		case TYPTYPE_DOMAIN:
			return has_composite(getBaseType(typid));
		case TYPTYPE_RANGE:
			return has_composite(get_range_subtype(typid));
		case TYPTYPE_MULTIRANGE:
			return has_composite(get_multirange_range(typid));
		case TYPTYPE_COMPOSITE:
		case TYPTYPE_PSEUDO:
			return true;
		default:
			return false;
	}
}

/*
 * Do values of this column keep their representation while the column is there?  ALTER TYPE ... ALTER
 * ATTRIBUTE TYPE changes that of composite values; core refuses it if a table that stores rows
 * has a column of such a type.
 */
static bool
is_lasting(Oid relid, Form_pg_attribute att)
{
	switch (get_rel_relkind(relid))
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_MATVIEW:
			return true;
		default:
			return !has_composite(att->atttypid);
	}
}

char *
ivm_row_pack_unlasting_column(Oid typid)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(typid, -1);
	Oid			relid = get_typ_typrelid(typid);
	char	   *result = NULL;

	for (int i = 0; i < desc->natts && result == NULL; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && !is_lasting(relid, att))
			result = pstrdup(NameStr(att->attname));
	}
	ReleaseTupleDesc(desc);
	return result;
}

/* Set the signature of a row type whose columns that are not dropped are known. */
static void
sign(RowShape *shape)
{
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	StringInfoData text;

	initStringInfo(&text);
	appendBinaryStringInfo(&text, (char *) &shape->typid, sizeof(Oid));
	for (int i = 0; i < shape->live->natts; i++)
	{
		appendBinaryStringInfo(&text, (char *) &shape->attnos[i], sizeof(int));
		appendBinaryStringInfo(&text, (char *) &TupleDescAttr(shape->live, i)->atttypid, sizeof(Oid));
	}
	if (hash == NULL || pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, (uint8 *) text.data, text.len) < 0 ||
		pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_SYSTEM_ERROR),
				 errmsg("could not compute the signature of row type %s", format_type_be(shape->typid))));
	pg_cryptohash_free(hash);
	memcpy(shape->signature, digest, SIGNATURE_SIZE);
	pfree(text.data);
}

static void
make_shape(RowShape *shape, TypeCacheEntry *type)
{
	TupleDesc	desc = CreateTupleDescCopy(type->tupDesc);
	int			n = 0;

	shape->typid = type->type_id;
	shape->identifier = type->tupDesc_identifier;
	shape->desc = desc;
	shape->packable = false;
	shape->attnos = palloc(sizeof(int) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			shape->attnos[n++] = i;
	shape->live = CreateTemplateTupleDesc(n);
	for (int i = 0; i < n; i++)
	{
		TupleDescCopyEntry(shape->live, i + 1, desc, shape->attnos[i] + 1);
		/* or short values would be stored in two ways */
		if (TupleDescAttr(shape->live, i)->attlen == -1)
			ivm_compat_set_storage(shape->live, i, TYPSTORAGE_EXTENDED);
	}
	sign(shape);
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
	char	   *column;

	if (HeapTupleHeaderGetTypeId(header) == RECORDOID)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("function \"%s\" packs rows of named types only", "ivm._pack_row")));
	shape = shape_of(fcinfo, HeapTupleHeaderGetTypeId(header));
	if (!shape->packable)
	{
		if ((column = ivm_row_pack_unlasting_column(shape->typid)) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("rows of type %s cannot be packed", format_type_be(shape->typid)),
					 errdetail("The type of column \"%s\" has attributes that can be altered.", column)));
		shape->packable = true;
	}
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
	result = palloc(VARHDRSZ + SIGNATURE_SIZE + size);
	SET_VARSIZE(result, VARHDRSZ + SIGNATURE_SIZE + size);
	memcpy(VARDATA(result), shape->signature, SIGNATURE_SIZE);
	memcpy(VARDATA(result) + SIGNATURE_SIZE, (char *) packed + TUPLE_HEADER, size);
	PG_RETURN_BYTEA_P(result);
}

Datum
ivm_unpack_row(PG_FUNCTION_ARGS)
{
	RowShape   *shape;
	bytea	   *packed;
	Size		size;
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
	if (size < SIGNATURE_SIZE || memcmp(VARDATA_ANY(packed), shape->signature, SIGNATURE_SIZE) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a stored row does not have the columns of type %s", format_type_be(shape->typid)),
				 errdetail("The columns were changed while the row was read."),
				 errhint("Run the statement again.")));
	size -= SIGNATURE_SIZE;
	tuple = palloc(TUPLE_HEADER + size);
	tuple->t_len = TUPLE_HEADER + size;
	memcpy((char *) tuple + TUPLE_HEADER, VARDATA_ANY(packed) + SIGNATURE_SIZE, size);
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

/* ---- input and output ---- */

/*
 * A value that cannot be unpacked, of these bytes: a dump has to be restored, and the rows of the view
 * are told from each other before ivm.reconcile() packs them anew.
 */
static bytea *
make_foreign(const char *bytes, int len)
{
	static const char none[SIGNATURE_SIZE];
	bool		signed_so = len >= SIGNATURE_SIZE && memcmp(bytes, none, SIGNATURE_SIZE) == 0;
	int			offset = signed_so ? 0 : SIGNATURE_SIZE;
	bytea	   *result = palloc0(VARHDRSZ + offset + len);

	SET_VARSIZE(result, VARHDRSZ + offset + len);
	memcpy(VARDATA(result) + offset, bytes, len);
	return result;
}

Datum
ivm_packed_row_in(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = DatumGetByteaPP(DirectFunctionCall1(byteain, PG_GETARG_DATUM(0)));

	PG_RETURN_BYTEA_P(make_foreign(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)));
}

Datum
ivm_packed_row_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;

	PG_RETURN_BYTEA_P(make_foreign(pq_getmsgbytes(buf, len), len));
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
	Oid			argtypes[] = {get_func_rettype(pack_function()), ANYELEMENTOID};

	return LookupFuncName(list_make2(makeString(IVM_SCHEMA), makeString("_unpack_row")), 2, argtypes, false);
}

Expr *
ivm_row_pack_pack(Expr *row)
{
	Oid			funcid = pack_function();

	return (Expr *) makeFuncExpr(funcid, get_func_rettype(funcid), list_make1(row), InvalidOid, InvalidOid,
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
