/*-------------------------------------------------------------------------
 *
 * volatility.c
 *	  What a definition's functions depend on besides their arguments.
 *
 * A value can be maintained only if it is computed from the rows alone.
 * provolatile does not say that well enough: STABLE covers now(), functions
 * that read tables, and date_trunc() over timestamptz, which depends on no
 * more than a setting that can be stored with the view.  So:
 *
 *	 immutable	 accepted.  Some built-in ones depend on settings all the
 *				 same (float8out on extra_float_digits): these are listed in
 *				 function_rules.  A user's function is assumed to depend on
 *				 the settings, and on search_path if its language does.
 *	 stable		 accepted if listed in function_rules, which says on what it
 *				 depends; everything else is refused.
 *	 volatile	 refused.
 *
 * Many built-in functions convert "any" argument to text by the output
 * function of its type, which no node shows; others read text into a type
 * by its input function.  For them the types are followed down to the
 * functions of their elements.  Input functions of date and time types read
 * 'now' and 'today': text that comes out of a table must not reach them.
 *
 * The verdict starts out as good; the walker stops at the first fault.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/tupdesc.h"
#include "catalog/namespace.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "catalog.h"
#include "compat.h"
#include "volatility.h"

/* What a function depends on, or does that the catalog does not tell. */
#define DEP_SETTINGS		0x0001	/* on the cheap settings */
#define DEP_STRINGS			0x0002	/* on all settings */
#define DEP_OUTPUT			0x0004	/* prints its arguments */
#define DEP_JSON			0x0008	/* prints its arguments as JSON */
#define DEP_INPUT			0x0010	/* reads text into its first argument's type */
#define DEP_COLUMNS			0x0020	/* reads text into the columns asked for */
#define DEP_DATE_FORMAT		0x0040	/* on lc_time if the second argument says so */
#define DEP_NUMBER_FORMAT	0x0080	/* likewise on lc_numeric and lc_monetary */
#define DEP_ZONE_FIRST		0x0100	/* the first argument names a time zone */
#define DEP_ZONE_LAST		0x0200	/* the last argument does */
#define DEP_ZONE_FORMAT		0x0400	/* reads a zone if the second argument says so */

typedef struct FunctionRule
{
	Oid			funcid;
	int			depends;
} FunctionRule;

/*
 * Built-in functions that are not marked IMMUTABLE and may be used, and
 * those marked so that depend on settings.  The first kind was picked by
 * hand from
 *		SELECT oid::int, oid::regprocedure FROM pg_proc
 *		WHERE provolatile = 's' AND pronamespace = 'pg_catalog'::regnamespace
 * on 15, 17 and 18, leaving out what depends on time, session or catalog;
 * the second by following the variables of the settings through the source.
 * Sorted.  A function keeps its OID in all versions.
 */
static const FunctionRule function_rules[] = {
	{31, DEP_SETTINGS},		/* byteaout(bytea) */
	{118, DEP_SETTINGS},		/* point_out(point) */
	{120, DEP_SETTINGS},		/* lseg_out(lseg) */
	{122, DEP_SETTINGS},		/* path_out(path) */
	{124, DEP_SETTINGS},		/* box_out(box) */
	{201, DEP_SETTINGS},		/* float4out(real) */
	{215, DEP_SETTINGS},		/* float8out(float8) */
	{348, DEP_SETTINGS},		/* poly_out(polygon) */
	{384, DEP_OUTPUT},		/* array_to_string(anyarray,text,text) */
	{395, DEP_OUTPUT},		/* array_to_string(anyarray,text) */
	{886, DEP_STRINGS},		/* cash_in(cstring) */
	{887, DEP_STRINGS},		/* cash_out(money) */
	{939, DEP_SETTINGS},		/* generate_series(timestamptz,timestamptz,interval) */
	{1085, DEP_SETTINGS},		/* date_out(date) */
	{1151, DEP_SETTINGS},		/* timestamptz_out(timestamptz) */
	{1159, DEP_ZONE_FIRST},		/* timezone(text,timestamptz) */
	{1161, DEP_SETTINGS},		/* interval_out(interval) */
	{1171, DEP_SETTINGS},		/* date_part(text,timestamptz) */
	{1174, DEP_SETTINGS},		/* timestamptz(date) */
	{1176, DEP_SETTINGS},		/* timestamptz(date,time without time zone) */
	{1177, DEP_SETTINGS},		/* jsonb_path_exists_tz(jsonb,jsonpath,jsonb,boolean) */
	{1178, DEP_SETTINGS},		/* date(timestamptz) */
	{1179, DEP_SETTINGS},		/* jsonb_path_query_tz(jsonb,jsonpath,jsonb,boolean) */
	{1180, DEP_SETTINGS},		/* jsonb_path_query_array_tz(jsonb,jsonpath,jsonb,boolean) */
	{1189, DEP_SETTINGS},		/* timestamptz_pl_interval(timestamptz,interval) */
	{1190, DEP_SETTINGS},		/* timestamptz_mi_interval(timestamptz,interval) */
	{1217, DEP_SETTINGS},		/* date_trunc(text,timestamptz) */
	{1282, DEP_SETTINGS},		/* quote_ident(text) */
	{1284, DEP_ZONE_LAST},		/* date_trunc(text,timestamptz,text) */
	{1285, DEP_OUTPUT},		/* quote_literal(anyelement) */
	{1290, DEP_OUTPUT},		/* quote_nullable(anyelement) */
	{1305, DEP_SETTINGS},		/* overlaps(timestamptz,interval,timestamptz,interval) */
	{1306, DEP_SETTINGS},		/* overlaps(timestamptz,timestamptz,timestamptz,interval) */
	{1307, DEP_SETTINGS},		/* overlaps(timestamptz,interval,timestamptz,timestamptz) */
	{1313, DEP_SETTINGS},		/* timestamp_out(timestamp) */
	{1388, DEP_SETTINGS},		/* timetz(timestamptz) */
	{1451, DEP_SETTINGS},		/* circle_out(circle) */
	{1491, DEP_SETTINGS},		/* line_out(line) */
	{1619, 0},		/* pg_typeof(any) */
	{1713, DEP_STRINGS},		/* length(bytea,name) */
	{1714, DEP_STRINGS},		/* convert_from(bytea,name) */
	{1717, DEP_STRINGS},		/* convert_to(text,name) */
	{1768, DEP_SETTINGS | DEP_DATE_FORMAT},		/* to_char(interval,text) */
	{1770, DEP_SETTINGS | DEP_DATE_FORMAT},		/* to_char(timestamptz,text) */
	{1772, DEP_NUMBER_FORMAT},		/* to_char(numeric,text) */
	{1773, DEP_NUMBER_FORMAT},		/* to_char(integer,text) */
	{1774, DEP_NUMBER_FORMAT},		/* to_char(bigint,text) */
	{1775, DEP_NUMBER_FORMAT},		/* to_char(real,text) */
	{1776, DEP_NUMBER_FORMAT},		/* to_char(float8,text) */
	{1777, DEP_NUMBER_FORMAT},		/* to_number(text,text) */
	{1778, DEP_SETTINGS | DEP_DATE_FORMAT | DEP_ZONE_FORMAT},		/* to_timestamp(text,text) */
	{1780, DEP_SETTINGS | DEP_DATE_FORMAT | DEP_ZONE_FORMAT},		/* to_date(text,text) */
	{1813, DEP_STRINGS},		/* convert(bytea,name,name) */
	{2003, DEP_OUTPUT},		/* textanycat(text,anynonarray) */
	{2004, DEP_OUTPUT},		/* anytextcat(anynonarray,text) */
	{2019, DEP_SETTINGS},		/* time(timestamptz) */
	{2023, DEP_SETTINGS},		/* jsonb_path_query_first_tz(jsonb,jsonpath,jsonb,boolean) */
	{2027, DEP_SETTINGS},		/* timestamp(timestamptz) */
	{2028, DEP_SETTINGS},		/* timestamptz(timestamp) */
	{2030, DEP_SETTINGS},		/* jsonb_path_match_tz(jsonb,jsonpath,jsonb,boolean) */
	{2049, DEP_SETTINGS | DEP_DATE_FORMAT},		/* to_char(timestamp,text) */
	{2069, DEP_ZONE_FIRST},		/* timezone(text,timestamp) */
	{2351, DEP_SETTINGS},		/* date_lt_timestamptz(date,timestamptz) */
	{2352, DEP_SETTINGS},		/* date_le_timestamptz(date,timestamptz) */
	{2353, DEP_SETTINGS},		/* date_eq_timestamptz(date,timestamptz) */
	{2354, DEP_SETTINGS},		/* date_gt_timestamptz(date,timestamptz) */
	{2355, DEP_SETTINGS},		/* date_ge_timestamptz(date,timestamptz) */
	{2356, DEP_SETTINGS},		/* date_ne_timestamptz(date,timestamptz) */
	{2357, DEP_SETTINGS},		/* date_cmp_timestamptz(date,timestamptz) */
	{2377, DEP_SETTINGS},		/* timestamptz_lt_date(timestamptz,date) */
	{2378, DEP_SETTINGS},		/* timestamptz_le_date(timestamptz,date) */
	{2379, DEP_SETTINGS},		/* timestamptz_eq_date(timestamptz,date) */
	{2380, DEP_SETTINGS},		/* timestamptz_gt_date(timestamptz,date) */
	{2381, DEP_SETTINGS},		/* timestamptz_ge_date(timestamptz,date) */
	{2382, DEP_SETTINGS},		/* timestamptz_ne_date(timestamptz,date) */
	{2383, DEP_SETTINGS},		/* timestamptz_cmp_date(timestamptz,date) */
	{2520, DEP_SETTINGS},		/* timestamp_lt_timestamptz(timestamp,timestamptz) */
	{2521, DEP_SETTINGS},		/* timestamp_le_timestamptz(timestamp,timestamptz) */
	{2522, DEP_SETTINGS},		/* timestamp_eq_timestamptz(timestamp,timestamptz) */
	{2523, DEP_SETTINGS},		/* timestamp_gt_timestamptz(timestamp,timestamptz) */
	{2524, DEP_SETTINGS},		/* timestamp_ge_timestamptz(timestamp,timestamptz) */
	{2525, DEP_SETTINGS},		/* timestamp_ne_timestamptz(timestamp,timestamptz) */
	{2526, DEP_SETTINGS},		/* timestamp_cmp_timestamptz(timestamp,timestamptz) */
	{2527, DEP_SETTINGS},		/* timestamptz_lt_timestamp(timestamptz,timestamp) */
	{2528, DEP_SETTINGS},		/* timestamptz_le_timestamp(timestamptz,timestamp) */
	{2529, DEP_SETTINGS},		/* timestamptz_eq_timestamp(timestamptz,timestamp) */
	{2530, DEP_SETTINGS},		/* timestamptz_gt_timestamp(timestamptz,timestamp) */
	{2531, DEP_SETTINGS},		/* timestamptz_ge_timestamp(timestamptz,timestamp) */
	{2532, DEP_SETTINGS},		/* timestamptz_ne_timestamp(timestamptz,timestamp) */
	{2533, DEP_SETTINGS},		/* timestamptz_cmp_timestamp(timestamptz,timestamp) */
	{2549, DEP_SETTINGS},		/* interval_pl_timestamptz(interval,timestamptz) */
	{2896, DEP_SETTINGS},		/* xml(text) */
	{3051, DEP_SETTINGS},		/* xml_is_well_formed(text) */
	{3058, DEP_OUTPUT},		/* concat(any) */
	{3059, DEP_OUTPUT},		/* concat_ws(text,any) */
	{3153, DEP_JSON},		/* array_to_json(anyarray) */
	{3154, DEP_JSON},		/* array_to_json(anyarray,boolean) */
	{3155, DEP_JSON},		/* row_to_json(record) */
	{3156, DEP_JSON},		/* row_to_json(record,boolean) */
	{3173, DEP_JSON},		/* json_agg_transfn(internal,anyelement) */
	{3175, DEP_JSON},		/* json_agg(anyelement) */
	{3176, DEP_JSON},		/* to_json(anyelement) */
	{3180, DEP_JSON},		/* json_object_agg_transfn(internal,any,any) */
	{3197, DEP_JSON},		/* json_object_agg(any,any) */
	{3198, DEP_JSON},		/* json_build_array(any) */
	{3199, 0},		/* json_build_array() */
	{3200, DEP_JSON},		/* json_build_object(any) */
	{3201, 0},		/* json_build_object() */
	{3204, DEP_COLUMNS},		/* json_to_record(json) */
	{3205, DEP_COLUMNS},		/* json_to_recordset(json) */
	{3209, DEP_INPUT},		/* jsonb_populate_record(anyelement,jsonb) */
	{3265, DEP_JSON},		/* jsonb_agg_transfn(internal,anyelement) */
	{3266, 0},		/* jsonb_agg_finalfn(internal) */
	{3267, DEP_JSON},		/* jsonb_agg(anyelement) */
	{3268, DEP_JSON},		/* jsonb_object_agg_transfn(internal,any,any) */
	{3269, 0},		/* jsonb_object_agg_finalfn(internal) */
	{3271, DEP_JSON},		/* jsonb_build_array(any) */
	{3272, 0},		/* jsonb_build_array() */
	{3273, DEP_JSON},		/* jsonb_build_object(any) */
	{3274, 0},		/* jsonb_build_object() */
	{3462, DEP_SETTINGS},		/* make_timestamptz(integer,integer,integer,integer,integer,float8) */
	{3463, DEP_ZONE_LAST},		/* make_timestamptz(integer,integer,integer,integer,integer,float8,text) */
	{3475, DEP_INPUT},		/* jsonb_populate_recordset(anyelement,jsonb) */
	{3490, DEP_COLUMNS},		/* jsonb_to_record(jsonb) */
	{3491, DEP_COLUMNS},		/* jsonb_to_recordset(jsonb) */
	{3539, DEP_SETTINGS | DEP_OUTPUT},		/* format(text,any) */
	{3540, DEP_SETTINGS},		/* format(text) */
	{3749, DEP_STRINGS},		/* to_tsvector(text) */
	{3750, DEP_STRINGS},		/* to_tsquery(text) */
	{3751, DEP_STRINGS},		/* plainto_tsquery(text) */
	{3754, DEP_STRINGS},		/* ts_headline(text,tsquery,text) */
	{3755, DEP_STRINGS},		/* ts_headline(text,tsquery) */
	{3760, DEP_STRINGS},		/* ts_match_tt(text,text) */
	{3761, DEP_STRINGS},		/* ts_match_tq(text,tsquery) */
	{3787, DEP_JSON},		/* to_jsonb(anyelement) */
	{3811, DEP_STRINGS},		/* money(integer) */
	{3812, DEP_STRINGS},		/* money(bigint) */
	{3823, DEP_STRINGS},		/* numeric(money) */
	{3824, DEP_STRINGS},		/* money(numeric) */
	{3960, DEP_INPUT},		/* json_populate_record(anyelement,json,boolean) */
	{3961, DEP_INPUT},		/* json_populate_recordset(anyelement,json,boolean) */
	{4135, DEP_SETTINGS},		/* in_range(timestamptz,timestamptz,interval,boolean,boolean) */
	{4203, DEP_STRINGS},		/* ts_headline(jsonb,tsquery,text) */
	{4204, DEP_STRINGS},		/* ts_headline(jsonb,tsquery) */
	{4207, DEP_STRINGS},		/* ts_headline(json,tsquery,text) */
	{4208, DEP_STRINGS},		/* ts_headline(json,tsquery) */
	{4209, DEP_STRINGS},		/* to_tsvector(jsonb) */
	{4210, DEP_STRINGS},		/* to_tsvector(json) */
	{4213, DEP_STRINGS},		/* jsonb_to_tsvector(jsonb,jsonb) */
	{4215, DEP_STRINGS},		/* json_to_tsvector(json,jsonb) */
	{5001, DEP_STRINGS},		/* phraseto_tsquery(text) */
	{5009, DEP_STRINGS},		/* websearch_to_tsquery(text) */
	{6203, DEP_SETTINGS},		/* extract(text,timestamptz) */
	{6221, DEP_SETTINGS},		/* date_add(timestamptz,interval) */
	{6222, DEP_ZONE_LAST},		/* date_add(timestamptz,interval,text) */
	{6223, DEP_SETTINGS},		/* date_subtract(timestamptz,interval) */
	{6224, DEP_ZONE_LAST},		/* pg_get_wal_resource_managers() */
	{6274, DEP_ZONE_LAST},		/* generate_series(timestamptz,timestamptz,interval,text) */
	{6275, DEP_JSON},		/* json_agg_strict_transfn(internal,anyelement) */
	{6276, DEP_JSON},		/* json_agg_strict(anyelement) */
	{6277, DEP_JSON},		/* json_object_agg_strict_transfn(internal,any,any) */
	{6278, DEP_JSON},		/* json_object_agg_unique_transfn(internal,any,any) */
	{6279, DEP_JSON},		/* json_object_agg_unique_strict_transfn(internal,any,any) */
	{6280, DEP_JSON},		/* json_object_agg_strict(any,any) */
	{6281, DEP_JSON},		/* json_object_agg_unique(any,any) */
	{6282, DEP_JSON},		/* json_object_agg_unique_strict(any,any) */
	{6283, DEP_JSON},		/* jsonb_agg_strict_transfn(internal,anyelement) */
	{6284, DEP_JSON},		/* jsonb_agg_strict(anyelement) */
	{6285, DEP_JSON},		/* jsonb_object_agg_strict_transfn(internal,any,any) */
	{6286, DEP_JSON},		/* jsonb_object_agg_unique_transfn(internal,any,any) */
	{6287, DEP_JSON},		/* jsonb_object_agg_unique_strict_transfn(internal,any,any) */
	{6334, DEP_SETTINGS},		/* timezone(timestamptz) */
	{6335, DEP_SETTINGS},		/* timezone(timestamp) */
	{6338, DEP_INPUT},		/* jsonb_populate_record_valid(anyelement,jsonb) */
};

/* Why a built-in function is refused, in words for the user. */
typedef struct Refusal
{
	const char *reason;
	const char *hint;
} Refusal;

static const Refusal refuse_time = {
	"Its value depends on the time at which it is called.",
	"Store the time in a column, or filter on it when reading the view."
};
static const Refusal refuse_session = {
	"Its value depends on the session that calls it.",
	"Use it when reading the view instead."
};
static const Refusal refuse_setting = {
	"Its value depends on the configuration of the session that calls it.",
	"Write the value as a constant, or use the function when reading the view."
};
static const Refusal refuse_random = {
	"It gives another value each time it is called.",
	"Store the value in a column of the table, for example by a default."
};
static const Refusal refuse_sequence = {
	"Its value depends on the state of a sequence.",
	"Store the number in a column of the table, for example by a default."
};
static const Refusal refuse_builtin = {
	"Its result can change without a change in the tables of the query.",
	"Use it when reading the view instead."
};
static const Refusal refuse_volatile = {
	"The function is declared VOLATILE, so that its result may change from one call to the next.",
	"If its result depends on nothing but its arguments and session settings, declare the function IMMUTABLE."
};
static const Refusal refuse_stable = {
	"The function is declared STABLE, so that it may read tables, whose changes would go unnoticed.",
	"If its result depends on nothing but its arguments and session settings, declare the function IMMUTABLE."
};
static const Refusal refuse_datetime_input = {
	"Text that reads 'now', 'today', 'tomorrow' or 'yesterday' would give the time at which it is read.",
	"Convert it by to_date() or to_timestamp() with a format."
};
static const Refusal refuse_timetz_input = {
	"The time zone to use depends on the time at which it is called.",
	"Use timestamp with time zone, or time without time zone."
};
static const Refusal refuse_record = {
	"It converts a record between text and columns whose types the query does not tell.",
	"List the columns one by one, or cast the record to a named composite type."
};
static const Refusal refuse_sample = {
	"Which rows it takes depends on where they are stored.",
	"Filter on a column of the table instead, for example on a hash of its key."
};

/* Built-in functions that deserve a reason of their own, by name. */
static const struct
{
	const char *name;
	const Refusal *refusal;
}			named_refusals[] = {
	{"age", &refuse_time},
	{"array_sample", &refuse_random},
	{"array_shuffle", &refuse_random},
	{"clock_timestamp", &refuse_time},
	{"current_catalog", &refuse_session},
	{"current_database", &refuse_session},
	{"current_query", &refuse_session},
	{"current_schema", &refuse_session},
	{"current_schemas", &refuse_session},
	{"current_setting", &refuse_setting},
	{"current_user", &refuse_session},
	{"currval", &refuse_sequence},
	{"gen_random_uuid", &refuse_random},
	{"get_current_ts_config", &refuse_setting},
	{"getpgusername", &refuse_session},
	{"inet_client_addr", &refuse_session},
	{"inet_client_port", &refuse_session},
	{"inet_server_addr", &refuse_session},
	{"inet_server_port", &refuse_session},
	{"lastval", &refuse_sequence},
	{"nextval", &refuse_sequence},
	{"now", &refuse_time},
	{"pg_backend_pid", &refuse_session},
	{"pg_client_encoding", &refuse_setting},
	{"pg_my_temp_schema", &refuse_session},
	{"random", &refuse_random},
	{"random_normal", &refuse_random},
	{"row_security_active", &refuse_session},
	{"session_user", &refuse_session},
	{"set_config", &refuse_setting},
	{"setval", &refuse_sequence},
	{"statement_timestamp", &refuse_time},
	{"system_user", &refuse_session},
	{"timeofday", &refuse_time},
	{"timetz", &refuse_timetz_input},
	{"timezone", &refuse_timetz_input},
	{"transaction_timestamp", &refuse_time},
	{"uuidv4", &refuse_random},
	{"uuidv7", &refuse_random},
};

typedef struct JudgeContext
{
	IvmVolatility *verdict;
	List	   *queries;		/* enclosing queries, innermost first */
	Node	   *node;			/* whose functions are being judged */
	List	   *args;			/* its arguments */
} JudgeContext;

static bool judge_walker(Node *node, void *context);
static bool judge_output_expr(Node *expr, bool json, JudgeContext *cxt);
static bool judge_output_type(Oid typid, bool json, JudgeContext *cxt);

/* ----------------------------------------------------------------
 *		Verdicts
 * ----------------------------------------------------------------
 */

/* Refuse; all functions that judge return true if they did. */
static bool
refuse(JudgeContext *cxt, const char *object, const Refusal *why)
{
	IvmVolatility *verdict = cxt->verdict;

	verdict->ok = false;
	verdict->object = object;
	verdict->reason = why->reason;
	verdict->hint = why->hint;
	verdict->location = cxt->node ? exprLocation(cxt->node) : -1;
	return true;
}

/* A function as its user would write it: "now()", "public.f(integer)". */
static const char *
function_name(Form_pg_proc proc)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (proc->pronamespace == PG_CATALOG_NAMESPACE)
		appendStringInfoString(&buf, NameStr(proc->proname));
	else
		appendStringInfoString(&buf,
							   quote_qualified_identifier(get_namespace_name(proc->pronamespace),
														  NameStr(proc->proname)));
	appendStringInfoChar(&buf, '(');
	for (int i = 0; i < proc->pronargs; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 format_type_be(proc->proargtypes.values[i]));
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/* An operator likewise: "the operator public.+(integer, integer)". */
static const char *
operator_name(Oid opno)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(opno));
	Form_pg_operator oper;
	StringInfoData buf;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", opno);
	oper = (Form_pg_operator) GETSTRUCT(tuple);
	initStringInfo(&buf);
	appendStringInfoString(&buf, "the operator ");
	if (oper->oprnamespace != PG_CATALOG_NAMESPACE)
		appendStringInfo(&buf, "%s.",
						 quote_identifier(get_namespace_name(oper->oprnamespace)));
	appendStringInfo(&buf, "%s(%s, %s)", NameStr(oper->oprname),
					 OidIsValid(oper->oprleft) ? format_type_be(oper->oprleft) : "NONE",
					 format_type_be(oper->oprright));
	ReleaseSysCache(tuple);
	return buf.data;
}

/* A conversion: "the cast from text to date". */
static const char *
cast_name(Oid from, Oid to)
{
	return psprintf("the cast from %s to %s", format_type_be(from), format_type_be(to));
}

/*
 * What the user wrote to have funcid called: the operator or the cast if the
 * node is one, otherwise the function itself.
 */
static const char *
caller_name(Node *node, Oid funcid, Form_pg_proc proc)
{
	switch (node ? nodeTag(node) : T_Invalid)
	{
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			return operator_name(((OpExpr *) node)->opno);
		case T_ScalarArrayOpExpr:
			return operator_name(((ScalarArrayOpExpr *) node)->opno);
		case T_CoerceViaIO:
			return cast_name(exprType((Node *) ((CoerceViaIO *) node)->arg),
							 ((CoerceViaIO *) node)->resulttype);
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) node;

				if (func->funcid == funcid && func->args != NIL &&
					(func->funcformat == COERCE_EXPLICIT_CAST ||
					 func->funcformat == COERCE_IMPLICIT_CAST))
					return cast_name(exprType(linitial(func->args)), func->funcresulttype);
				break;
			}
		default:
			break;
	}
	return function_name(proc);
}

/* Note what an accepted part depends on. */
static void
note_depends(JudgeContext *cxt, int depends)
{
	if (depends & (DEP_SETTINGS | DEP_STRINGS))
		cxt->verdict->settings = true;
	if (depends & DEP_STRINGS)
		cxt->verdict->strings = true;
}

/* ----------------------------------------------------------------
 *		Constants
 * ----------------------------------------------------------------
 */

/*
 * The text of a string constant under casts that do not change it, or NULL
 * if the expression is anything else.  A NULL constant reads as empty.
 */
static char *
constant_text(Node *expr)
{
	Const	   *con;
	Oid			typoutput;
	bool		isvarlena;
	char		category;
	bool		preferred;

	while (expr && IsA(expr, RelabelType))
		expr = (Node *) ((RelabelType *) expr)->arg;
	if (expr == NULL || !IsA(expr, Const))
		return NULL;
	con = (Const *) expr;
	if (con->constisnull)
		return "";
	get_type_category_preferred(con->consttype, &category, &preferred);
	if (category != TYPCATEGORY_STRING && con->consttype != UNKNOWNOID)
		return NULL;
	if (con->consttype >= FirstGenbkiObjectId)
		return NULL;
	getTypeOutputInfo(con->consttype, &typoutput, &isvarlena);
	return OidOutputFunctionCall(typoutput, con->constvalue);
}

static char *
constant_lower(Node *expr)
{
	char	   *text = constant_text(expr);

	return text ? asc_tolower(text, strlen(text)) : NULL;
}

/* A format that calls for no name of a day or month in the local language. */
static bool
is_plain_date_format(Node *expr)
{
	char	   *format = constant_lower(expr);

	return format && strstr(format, "tm") == NULL;
}

/* A format that takes no abbreviation of a time zone out of the text. */
static bool
is_zoneless_format(Node *expr)
{
	char	   *format = constant_lower(expr);

	return format && strstr(format, "tz") == NULL;
}

/* A format without decimal point, separator or currency of the locale. */
static bool
is_plain_number_format(Node *expr)
{
	char	   *format = constant_lower(expr);

	return format && strpbrk(format, "dgls") == NULL;
}

/*
 * The name of a time zone that is not looked up among the abbreviations,
 * which timezone_abbreviations defines, and from 18 on TimeZone too.
 */
static bool
is_plain_zone(Node *expr)
{
	char	   *zone = constant_lower(expr);

	return zone && (strchr(zone, '/') || zone[0] == '\0' ||
					strcmp(zone, "utc") == 0 || strcmp(zone, "gmt") == 0);
}

/* Text that gives the same date or time whenever it is read. */
static bool
is_plain_datetime(Node *expr)
{
	char	   *text = constant_lower(expr);

	return text && !strstr(text, "now") && !strstr(text, "today") &&
		!strstr(text, "tomorrow") && !strstr(text, "yesterday");
}

/* ----------------------------------------------------------------
 *		Functions
 * ----------------------------------------------------------------
 */
static int
compare_rules(const void *a, const void *b)
{
	Oid			left = ((const FunctionRule *) a)->funcid;
	Oid			right = ((const FunctionRule *) b)->funcid;

	return left < right ? -1 : left > right;
}

static const FunctionRule *
find_rule(Oid funcid)
{
	FunctionRule key = {funcid, 0};

	return bsearch(&key, function_rules, lengthof(function_rules),
				   sizeof(FunctionRule), compare_rules);
}

/* Judge a function that is not in the rules by its catalog entry. */
static bool
judge_unlisted(Oid funcid, JudgeContext *cxt)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	bool		builtin;
	bool		refused = false;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	builtin = funcid < FirstGenbkiObjectId;

	if (proc->provolatile != PROVOLATILE_IMMUTABLE)
	{
		const Refusal *why;

		if (!builtin)
			why = proc->provolatile == PROVOLATILE_STABLE ? &refuse_stable : &refuse_volatile;
		else
		{
			why = &refuse_builtin;
			for (size_t i = 0; i < lengthof(named_refusals); i++)
				if (strcmp(NameStr(proc->proname), named_refusals[i].name) == 0)
					why = named_refusals[i].refusal;
		}
		refused = refuse(cxt, caller_name(cxt->node, funcid, proc), why);
	}
	/* the extension's own are pure: aggregates' final expressions call them */
	else if (!builtin && proc->pronamespace != get_namespace_oid(IVM_SCHEMA, true))
		note_depends(cxt, proc->prolang == ClanguageId || proc->prolang == INTERNALlanguageId ?
					 DEP_SETTINGS : DEP_STRINGS);
	ReleaseSysCache(tuple);
	return refused;
}

/*
 * Judge the conversion of text to a type by its input function.  source is
 * the text if it is known, json if it arrives in JSON.
 */
static bool
judge_input_type(Oid typid, Node *source, bool json, JudgeContext *cxt)
{
	Oid			typinput;
	Oid			typioparam;
	Oid			elemtype;

	check_stack_depth();
	typid = getBaseType(typid);
	if (typid == RECORDOID || typid == RECORDARRAYOID)
		return refuse(cxt, cast_name(TEXTOID, typid), &refuse_record);
	elemtype = get_element_type(typid);
	if (OidIsValid(elemtype))
	{
		note_depends(cxt, DEP_SETTINGS);
		return judge_input_type(elemtype, source, json, cxt);
	}
	switch (get_typtype(typid))
	{
		case TYPTYPE_ENUM:
			cxt->verdict->names = true;
			return false;
		case TYPTYPE_RANGE:
			return judge_input_type(get_range_subtype(typid), source, json, cxt);
		case TYPTYPE_MULTIRANGE:
			return judge_input_type(get_multirange_range(typid), source, json, cxt);
		case TYPTYPE_COMPOSITE:
			{
				TupleDesc	desc = lookup_rowtype_tupdesc_copy(typid, -1);

				if (json)
					cxt->verdict->names = true;
				for (int i = 0; i < desc->natts; i++)
				{
					Form_pg_attribute attr = TupleDescAttr(desc, i);

					if (!attr->attisdropped &&
						judge_input_type(attr->atttypid, source, json, cxt))
						return true;
				}
				return false;
			}
		default:
			break;
	}

	getTypeInputInfo(typid, &typinput, &typioparam);
	switch (typinput)
	{
		case F_DATE_IN:
		case F_TIME_IN:
		case F_TIMESTAMP_IN:
		case F_TIMESTAMPTZ_IN:
			if (!is_plain_datetime(source))
				return refuse(cxt, cast_name(TEXTOID, typid), &refuse_datetime_input);
			note_depends(cxt, DEP_STRINGS);
			return false;
		case F_TIMETZ_IN:
			return refuse(cxt, cast_name(TEXTOID, typid), &refuse_timetz_input);
		case F_INTERVAL_IN:
		case F_XML_IN:
			note_depends(cxt, DEP_SETTINGS);
			return false;
		case F_CASH_IN:
			note_depends(cxt, DEP_STRINGS);
			return false;
		case F_JSON_IN:
			return false;
		default:
			if (!judge_unlisted(typinput, cxt))
				return false;
			cxt->verdict->object = cast_name(TEXTOID, typid);
			return true;
	}
}

/* Judge a function called with the arguments in cxt. */
static bool
judge_function(Oid funcid, JudgeContext *cxt)
{
	const FunctionRule *rule = find_rule(funcid);
	List	   *args = cxt->args;
	int			depends;

	if (rule == NULL)
		return judge_unlisted(funcid, cxt);

	depends = rule->depends;
	if ((depends & DEP_DATE_FORMAT) &&
		(list_length(args) < 2 || !is_plain_date_format(lsecond(args))))
		depends |= DEP_STRINGS;
	if ((depends & DEP_ZONE_FORMAT) &&
		(list_length(args) < 2 || !is_zoneless_format(lsecond(args))))
		depends |= DEP_STRINGS;
	if ((depends & DEP_NUMBER_FORMAT) &&
		(list_length(args) < 2 || !is_plain_number_format(lsecond(args))))
		depends |= DEP_STRINGS;
	if ((depends & DEP_ZONE_FIRST) && (args == NIL || !is_plain_zone(linitial(args))))
		depends |= DEP_STRINGS;
	if ((depends & DEP_ZONE_LAST) && (args == NIL || !is_plain_zone(llast(args))))
		depends |= DEP_STRINGS;
	note_depends(cxt, depends);

	if (depends & (DEP_OUTPUT | DEP_JSON))
	{
		ListCell   *lc;

		foreach(lc, args)
			if (judge_output_expr(lfirst(lc), (depends & DEP_JSON) != 0, cxt))
				return true;
	}
	if ((depends & DEP_INPUT) && args != NIL &&
		judge_input_type(exprType(linitial(args)), NULL, true, cxt))
		return true;
	if (depends & DEP_COLUMNS)
		return refuse(cxt, psprintf("%s()", get_func_name(funcid)), &refuse_record);
	return false;
}

/* check_functions_in_node() callback. */
static bool
judge_function_callback(Oid funcid, void *context)
{
	return judge_function(funcid, context);
}

/* Judge an aggregate by the functions that make it up. */
static bool
judge_aggregate(Oid aggfnoid, JudgeContext *cxt)
{
	HeapTuple	tuple;
	Form_pg_aggregate agg;
	Oid			part[9];
	bool		refused = false;

	if (find_rule(aggfnoid))
		return judge_function(aggfnoid, cxt);
	if (judge_unlisted(aggfnoid, cxt))
		return true;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggfnoid);
	agg = (Form_pg_aggregate) GETSTRUCT(tuple);
	part[0] = agg->aggtransfn;
	part[1] = agg->aggfinalfn;
	part[2] = agg->aggcombinefn;
	part[3] = agg->aggserialfn;
	part[4] = agg->aggdeserialfn;
	part[5] = agg->aggmtransfn;
	part[6] = agg->aggminvtransfn;
	part[7] = agg->aggmfinalfn;
	part[8] = OidIsValid(agg->aggsortop) ? get_opcode(agg->aggsortop) : InvalidOid;
	ReleaseSysCache(tuple);

	for (size_t i = 0; !refused && i < lengthof(part); i++)
		if (OidIsValid(part[i]))
			refused = judge_function(part[i], cxt);
	return refused;
}

/*
 * Judge the defaults of arguments that a call leaves out: the planner adds
 * them to the call.  Which ones are left out does not matter much here.
 */
static bool
judge_defaults(Oid funcid, int nargs, JudgeContext *cxt)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Datum		defaults = (Datum) 0;
	bool		isnull = true;
	Node	   *exprs;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	if (nargs < ((Form_pg_proc) GETSTRUCT(tuple))->pronargs)
		defaults = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargdefaults, &isnull);
	exprs = isnull ? NULL : stringToNode(TextDatumGetCString(defaults));
	ReleaseSysCache(tuple);
	return judge_walker(exprs, cxt);
}

/* The expressions of an aggregate's arguments. */
static List *
aggregate_args(Aggref *agg)
{
	List	   *result = list_copy(agg->aggdirectargs);
	ListCell   *lc;

	foreach(lc, agg->args)
		result = lappend(result, ((TargetEntry *) lfirst(lc))->expr);
	return result;
}

/* ----------------------------------------------------------------
 *		Output
 * ----------------------------------------------------------------
 */

/* Judge the conversion of a type's values to text, or to JSON. */
static bool
judge_output_type(Oid typid, bool json, JudgeContext *cxt)
{
	Oid			elemtype;
	Oid			typoutput;
	bool		isvarlena;

	check_stack_depth();
	typid = getBaseType(typid);
	if (typid == RECORDOID || typid == RECORDARRAYOID)
		return refuse(cxt, cast_name(typid, json ? JSONOID : TEXTOID), &refuse_record);
	elemtype = get_element_type(typid);
	if (OidIsValid(elemtype))
		return judge_output_type(elemtype, json, cxt);
	switch (get_typtype(typid))
	{
		case TYPTYPE_ENUM:
			cxt->verdict->names = true;
			return false;
		case TYPTYPE_RANGE:
			return judge_output_type(get_range_subtype(typid), false, cxt);
		case TYPTYPE_MULTIRANGE:
			return judge_output_type(get_multirange_range(typid), false, cxt);
		case TYPTYPE_COMPOSITE:
			{
				TupleDesc	desc = lookup_rowtype_tupdesc_copy(typid, -1);

				if (json)
					cxt->verdict->names = true;
				for (int i = 0; i < desc->natts; i++)
				{
					Form_pg_attribute attr = TupleDescAttr(desc, i);

					if (!attr->attisdropped &&
						judge_output_type(attr->atttypid, json, cxt))
						return true;
				}
				return false;
			}
		default:
			break;
	}

	/* A type of the user may bring its own cast to JSON. */
	if (json && typid >= FirstNormalObjectId)
	{
		Oid			castfunc;

		if (find_coercion_pathway(JSONOID, typid, COERCION_EXPLICIT,
								  &castfunc) == COERCION_PATH_FUNC)
			return judge_unlisted(castfunc, cxt);
	}
	getTypeOutputInfo(typid, &typoutput, &isvarlena);
	if (!judge_function(typoutput, cxt))
		return false;
	cxt->verdict->object = cast_name(typid, json ? JSONOID : TEXTOID);
	return true;
}

/* Judge the output of each of a list of types. */
static bool
judge_output_types(List *types, bool json, JudgeContext *cxt)
{
	ListCell   *lc;

	foreach(lc, types)
		if (judge_output_type(lfirst_oid(lc), json, cxt))
			return true;
	return false;
}

static bool
judge_output_exprs(List *exprs, bool json, JudgeContext *cxt)
{
	ListCell   *lc;

	foreach(lc, exprs)
		if (judge_output_expr(lfirst(lc), json, cxt))
			return true;
	return false;
}

/* Judge the output of a query's columns, or of one of them. */
static bool
judge_output_query(Query *query, AttrNumber attno, bool json, JudgeContext *cxt)
{
	List	   *queries = cxt->queries;
	bool		refused = false;
	ListCell   *lc;

	cxt->queries = lcons(query, list_copy(queries));
	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (!tle->resjunk && (attno == 0 || tle->resno == attno) &&
			judge_output_expr((Node *) tle->expr, json, cxt))
		{
			refused = true;
			break;
		}
	}
	cxt->queries = queries;
	return refused;
}

/* Judge the output of a record, or records, that a function returns. */
static bool
judge_output_function_record(Node *func, List *types, bool json, JudgeContext *cxt)
{
	TupleDesc	desc = NULL;
	Oid			typid = InvalidOid;

	if (types != NIL)
		return judge_output_types(types, json, cxt);
	if (get_expr_result_type(func, &typid, &desc) == TYPEFUNC_SCALAR)
		return judge_output_type(typid, json, cxt);
	if (desc == NULL)
		return judge_output_type(RECORDOID, json, cxt);
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped &&
			judge_output_type(TupleDescAttr(desc, i)->atttypid, json, cxt))
			return true;
	return false;
}

/* Judge the output of a Var of type record, by the columns it stands for. */
static bool
judge_output_var(Var *var, bool json, JudgeContext *cxt)
{
	List	   *queries = cxt->queries;
	List	   *outer;
	RangeTblEntry *rte;
	List	   *group_exprs;
	bool		refused;
	ListCell   *lc;

	if ((int) var->varlevelsup >= list_length(queries))
		return judge_output_type(var->vartype == RECORDARRAYOID ? RECORDARRAYOID : RECORDOID,
								 json, cxt);
	outer = list_copy_tail(queries, var->varlevelsup);
	rte = rt_fetch(var->varno, ((Query *) linitial(outer))->rtable);

	cxt->queries = outer;
	switch (rte->rtekind)
	{
		case RTE_SUBQUERY:
			refused = judge_output_query(rte->subquery, var->varattno, json, cxt);
			break;
		case RTE_JOIN:
			if (var->varattno == 0)
				refused = judge_output_exprs(rte->joinaliasvars, json, cxt);
			else
				refused = judge_output_expr(list_nth(rte->joinaliasvars, var->varattno - 1),
											json, cxt);
			break;
		case RTE_VALUES:
		case RTE_CTE:
		case RTE_TABLEFUNC:
			if (var->varattno == 0)
				refused = judge_output_types(rte->coltypes, json, cxt);
			else
				refused = judge_output_type(list_nth_oid(rte->coltypes, var->varattno - 1),
											json, cxt);
			break;
		case RTE_FUNCTION:
			refused = false;
			if (var->varattno != 0)
				refused = judge_output_type(RECORDOID, json, cxt);
			else
				foreach(lc, rte->functions)
				{
					RangeTblFunction *func = lfirst(lc);

					refused = judge_output_function_record(func->funcexpr, func->funccoltypes,
														   json, cxt);
					if (refused)
						break;
				}
			break;
		default:
			if (ivm_compat_group_rte(rte, &group_exprs))
				refused = judge_output_expr(list_nth(group_exprs, var->varattno - 1), json, cxt);
			else
				refused = judge_output_type(RECORDOID, json, cxt);
			break;
	}
	cxt->queries = queries;
	return refused;
}

/*
 * Judge the conversion of an expression's value to text.  Where its type is
 * record, which does not tell its columns, look for what it is made of.
 */
static bool
judge_output_expr(Node *expr, bool json, JudgeContext *cxt)
{
	Oid			typid = exprType(expr);
	List	   *parts = NIL;
	ListCell   *lc;

	check_stack_depth();
	if (typid != RECORDOID && typid != RECORDARRAYOID)
		return judge_output_type(typid, json, cxt);

	switch (nodeTag(expr))
	{
		case T_RowExpr:
			parts = ((RowExpr *) expr)->args;
			break;
		case T_Var:
			return judge_output_var((Var *) expr, json, cxt);
		case T_Const:
			if (((Const *) expr)->constisnull)
				return false;
			break;
		case T_RelabelType:
			parts = list_make1(((RelabelType *) expr)->arg);
			break;
		case T_ArrayExpr:
			parts = ((ArrayExpr *) expr)->elements;
			break;
		case T_SubscriptingRef:
			parts = list_make1(((SubscriptingRef *) expr)->refexpr);
			break;
		case T_CoalesceExpr:
			parts = ((CoalesceExpr *) expr)->args;
			break;
		case T_CaseExpr:
			foreach(lc, ((CaseExpr *) expr)->args)
				parts = lappend(parts, ((CaseWhen *) lfirst(lc))->result);
			if (((CaseExpr *) expr)->defresult)
				parts = lappend(parts, ((CaseExpr *) expr)->defresult);
			break;
		case T_SubLink:
			return judge_output_query((Query *) ((SubLink *) expr)->subselect, 1, json, cxt);
		case T_Aggref:
			parts = aggregate_args((Aggref *) expr);
			break;
		case T_WindowFunc:
			parts = ((WindowFunc *) expr)->args;
			break;
		case T_FuncExpr:
			if (((FuncExpr *) expr)->funcid >= FirstGenbkiObjectId ||
				get_func_prokind(((FuncExpr *) expr)->funcid) != PROKIND_FUNCTION ||
				get_func_rettype(((FuncExpr *) expr)->funcid) == RECORDOID)
				return judge_output_function_record(expr, NIL, json, cxt);
			parts = ((FuncExpr *) expr)->args;	/* polymorphic: same records */
			break;
		default:
			break;
	}
	if (parts == NIL)
		return judge_output_type(typid, json, cxt);
	return judge_output_exprs(parts, json, cxt);
}

/* ----------------------------------------------------------------
 *		Nodes
 * ----------------------------------------------------------------
 */
static bool
judge_coerce_via_io(CoerceViaIO *coerce, JudgeContext *cxt)
{
	return judge_output_expr((Node *) coerce->arg, false, cxt) ||
		judge_input_type(coerce->resulttype, (Node *) coerce->arg, false, cxt);
}

static bool
judge_sql_value_function(SQLValueFunction *func, JudgeContext *cxt)
{
	switch (func->op)
	{
		case SVFOP_CURRENT_DATE:
			return refuse(cxt, "CURRENT_DATE", &refuse_time);
		case SVFOP_CURRENT_TIME:
		case SVFOP_CURRENT_TIME_N:
			return refuse(cxt, "CURRENT_TIME", &refuse_time);
		case SVFOP_CURRENT_TIMESTAMP:
		case SVFOP_CURRENT_TIMESTAMP_N:
			return refuse(cxt, "CURRENT_TIMESTAMP", &refuse_time);
		case SVFOP_LOCALTIME:
		case SVFOP_LOCALTIME_N:
			return refuse(cxt, "LOCALTIME", &refuse_time);
		case SVFOP_LOCALTIMESTAMP:
		case SVFOP_LOCALTIMESTAMP_N:
			return refuse(cxt, "LOCALTIMESTAMP", &refuse_time);
		case SVFOP_CURRENT_ROLE:
			return refuse(cxt, "CURRENT_ROLE", &refuse_session);
		case SVFOP_CURRENT_USER:
			return refuse(cxt, "CURRENT_USER", &refuse_session);
		case SVFOP_USER:
			return refuse(cxt, "USER", &refuse_session);
		case SVFOP_SESSION_USER:
			return refuse(cxt, "SESSION_USER", &refuse_session);
		case SVFOP_CURRENT_CATALOG:
			return refuse(cxt, "CURRENT_CATALOG", &refuse_session);
		case SVFOP_CURRENT_SCHEMA:
			return refuse(cxt, "CURRENT_SCHEMA", &refuse_session);
	}
	return refuse(cxt, "a session value", &refuse_session);
}

/* XMLELEMENT and XMLFOREST print values; the others take xml or text. */
static bool
judge_xml(XmlExpr *xml, JudgeContext *cxt)
{
	note_depends(cxt, DEP_SETTINGS);
	if (xml->op != IS_XMLELEMENT && xml->op != IS_XMLFOREST)
		return false;
	return judge_output_exprs(xml->named_args, false, cxt) ||
		judge_output_exprs(xml->args, false, cxt);
}

/* GREATEST and LEAST compare by the type's default ordering. */
static bool
judge_min_max(MinMaxExpr *minmax, JudgeContext *cxt)
{
	TypeCacheEntry *entry = lookup_type_cache(minmax->minmaxtype, TYPECACHE_CMP_PROC);

	return OidIsValid(entry->cmp_proc) && judge_function(entry->cmp_proc, cxt);
}

/* XMLTABLE and JSON_TABLE read text into their columns. */
static bool
judge_table_func(TableFunc *table, JudgeContext *cxt)
{
	ListCell   *lc;

	note_depends(cxt, DEP_SETTINGS);
	foreach(lc, table->coltypes)
		if (judge_input_type(lfirst_oid(lc), NULL, false, cxt))
			return true;
	return false;
}

/* JSON constructors of 16 and query functions of 17. */
static bool
judge_json(Node *node, JudgeContext *cxt)
{
	List	   *args;
	Oid			typid;

	if (ivm_compat_json_constructor(node, &args))
		return judge_output_exprs(args, true, cxt);
	if (ivm_compat_json_query(node, &typid))
	{
		note_depends(cxt, DEP_SETTINGS);
		return judge_input_type(typid, NULL, true, cxt);
	}
	return false;
}

/* Judge a node itself, not what is below it. */
static bool
judge_node(Node *node, JudgeContext *cxt)
{
	cxt->node = node;
	cxt->args = NIL;
	switch (nodeTag(node))
	{
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) node;

				cxt->args = func->args;
				return judge_function(func->funcid, cxt) ||
					judge_defaults(func->funcid, list_length(func->args), cxt);
			}
		case T_Aggref:
			cxt->args = aggregate_args((Aggref *) node);
			return judge_aggregate(((Aggref *) node)->aggfnoid, cxt);
		case T_WindowFunc:
			{
				WindowFunc *func = (WindowFunc *) node;

				cxt->args = func->args;
				if (func->winagg)
					return judge_aggregate(func->winfnoid, cxt);
				return judge_function(func->winfnoid, cxt) ||
					judge_defaults(func->winfnoid, list_length(func->args), cxt);
			}
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			cxt->args = ((OpExpr *) node)->args;
			return check_functions_in_node(node, judge_function_callback, cxt);
		case T_ScalarArrayOpExpr:
		case T_RowCompareExpr:
			return check_functions_in_node(node, judge_function_callback, cxt);
		case T_CoerceViaIO:
			return judge_coerce_via_io((CoerceViaIO *) node, cxt);
		case T_MinMaxExpr:
			return judge_min_max((MinMaxExpr *) node, cxt);
		case T_SQLValueFunction:
			return judge_sql_value_function((SQLValueFunction *) node, cxt);
		case T_NextValueExpr:
			return refuse(cxt, "nextval(regclass)", &refuse_sequence);
		case T_XmlExpr:
			return judge_xml((XmlExpr *) node, cxt);
		case T_TableFunc:
			return judge_table_func((TableFunc *) node, cxt);
		case T_TableSampleClause:
			return refuse(cxt, "TABLESAMPLE", &refuse_sample);
		case T_SortGroupClause:
			{
				SortGroupClause *clause = (SortGroupClause *) node;

				if (OidIsValid(clause->eqop) && judge_function(get_opcode(clause->eqop), cxt))
					return true;
				return OidIsValid(clause->sortop) &&
					judge_function(get_opcode(clause->sortop), cxt);
			}
		case T_WindowClause:
			{
				WindowClause *clause = (WindowClause *) node;

				if (OidIsValid(clause->startInRangeFunc) &&
					judge_function(clause->startInRangeFunc, cxt))
					return true;
				return OidIsValid(clause->endInRangeFunc) &&
					judge_function(clause->endInRangeFunc, cxt);
			}
		default:
			return judge_json(node, cxt);
	}
}

/* Judge what is below a node. */
static bool
judge_below(Node *node, JudgeContext *cxt)
{
	if (IsA(node, Query))
	{
		List	   *queries = cxt->queries;
		bool		refused;

		cxt->queries = lcons(node, list_copy(queries));
		refused = query_tree_walker((Query *) node, judge_walker, cxt, QTW_EXAMINE_SORTGROUP);
		cxt->queries = queries;
		return refused;
	}
	if (IsA(node, RangeTblFunction))
	{
		RangeTblFunction *func = (RangeTblFunction *) node;
		ListCell   *lc;

		/* Columns that the query lists say more than the function itself. */
		if (func->funccoltypes != NIL && IsA(func->funcexpr, FuncExpr))
		{
			FuncExpr   *call = (FuncExpr *) func->funcexpr;
			const FunctionRule *rule = find_rule(call->funcid);

			if (rule && (rule->depends & (DEP_INPUT | DEP_COLUMNS)))
			{
				cxt->node = (Node *) call;
				cxt->args = NIL;
				foreach(lc, func->funccoltypes)
					if (judge_input_type(lfirst_oid(lc), NULL, true, cxt))
						return true;
				return judge_walker((Node *) call->args, cxt);
			}
		}
	}
	return expression_tree_walker(node, judge_walker, cxt);
}

/* The walker; where a fault has no position, its ancestor's must do. */
static bool
judge_walker(Node *node, void *context)
{
	JudgeContext *cxt = context;

	if (node == NULL)
		return false;
	check_stack_depth();
	if (!judge_node(node, cxt) && !judge_below(node, cxt))
		return false;
	if (cxt->verdict->location < 0)
		cxt->verdict->location = exprLocation(node);
	return true;
}

void
ivm_volatility_check(Node *node, IvmVolatility *result)
{
	JudgeContext cxt = {.verdict = result};

#ifdef USE_ASSERT_CHECKING
	for (size_t i = 1; i < lengthof(function_rules); i++)
		Assert(function_rules[i - 1].funcid < function_rules[i].funcid);
#endif
	memset(result, 0, sizeof(*result));
	result->ok = true;
	result->location = -1;
	(void) judge_walker(node, &cxt);
}
