/*-------------------------------------------------------------------------
 *
 * volatility_rules.c
 *	  What is known of PostgreSQL's own functions: on what they depend where
 *	  provolatile does not tell, and why those refused are.
 *
 * A rule may depend on an argument: to_char() by a format without names of
 * days does not look at lc_time.  The arguments of a call are looked at for
 * this; nothing else of the query is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/primnodes.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"

#include "definition/volatility_rules.h"

/*
 * Rules that depend on an argument.  ivm_volatility_rule() turns them into IVM_DEP_*
 * flags by the arguments of a call, so callers never see these.
 */
#define DEP_DATE_FORMAT		0x0100	/* on lc_time if the second argument says
									 * so */
#define DEP_NUMBER_FORMAT	0x0200	/* on lc_numeric and lc_monetary, in the
									 * same case */
#define DEP_ZONE_FIRST		0x0400	/* the first argument names a time zone */
#define DEP_ZONE_LAST		0x0800	/* the last argument does */
#define DEP_ZONE_FORMAT		0x1000	/* reads a zone if the second argument
									 * says so */
#define DEP_BY_ARGUMENT		0x1F00	/* all of these */

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
	{31, IVM_DEP_SETTINGS},		/* byteaout(bytea) */
	{118, IVM_DEP_SETTINGS},	/* point_out(point) */
	{120, IVM_DEP_SETTINGS},	/* lseg_out(lseg) */
	{122, IVM_DEP_SETTINGS},	/* path_out(path) */
	{124, IVM_DEP_SETTINGS},	/* box_out(box) */
	{201, IVM_DEP_SETTINGS},	/* float4out(real) */
	{215, IVM_DEP_SETTINGS},	/* float8out(float8) */
	{348, IVM_DEP_SETTINGS},	/* poly_out(polygon) */
	{384, IVM_DEP_OUTPUT},		/* array_to_string(anyarray,text,text) */
	{395, IVM_DEP_OUTPUT},		/* array_to_string(anyarray,text) */
	{886, IVM_DEP_STRINGS},		/* cash_in(cstring) */
	{887, IVM_DEP_STRINGS},		/* cash_out(money) */
	{939, IVM_DEP_SETTINGS},	/* generate_series(timestamptz,timestamptz,interval) */
	{1085, IVM_DEP_SETTINGS},	/* date_out(date) */
	{1151, IVM_DEP_SETTINGS},	/* timestamptz_out(timestamptz) */
	{1159, DEP_ZONE_FIRST},		/* timezone(text,timestamptz) */
	{1161, IVM_DEP_SETTINGS},	/* interval_out(interval) */
	{1171, IVM_DEP_SETTINGS},	/* date_part(text,timestamptz) */
	{1174, IVM_DEP_SETTINGS},	/* timestamptz(date) */
	{1176, IVM_DEP_SETTINGS},	/* timestamptz(date,time without time zone) */
	{1177, IVM_DEP_SETTINGS},	/* jsonb_path_exists_tz(jsonb,jsonpath,jsonb,boolean) */
	{1178, IVM_DEP_SETTINGS},	/* date(timestamptz) */
	{1179, IVM_DEP_SETTINGS},	/* jsonb_path_query_tz(jsonb,jsonpath,jsonb,boolean) */
	{1180, IVM_DEP_SETTINGS},	/* jsonb_path_query_array_tz(jsonb,jsonpath,jsonb,boolean) */
	{1189, IVM_DEP_SETTINGS},	/* timestamptz_pl_interval(timestamptz,interval) */
	{1190, IVM_DEP_SETTINGS},	/* timestamptz_mi_interval(timestamptz,interval) */
	{1217, IVM_DEP_SETTINGS},	/* date_trunc(text,timestamptz) */
	{1282, IVM_DEP_SETTINGS},	/* quote_ident(text) */
	{1284, DEP_ZONE_LAST},		/* date_trunc(text,timestamptz,text) */
	{1285, IVM_DEP_OUTPUT},		/* quote_literal(anyelement) */
	{1290, IVM_DEP_OUTPUT},		/* quote_nullable(anyelement) */
	{1305, IVM_DEP_SETTINGS},	/* overlaps(timestamptz,interval,timestamptz,interval) */
	{1306, IVM_DEP_SETTINGS},	/* overlaps(timestamptz,timestamptz,timestamptz,interval) */
	{1307, IVM_DEP_SETTINGS},	/* overlaps(timestamptz,interval,timestamptz,timestamptz) */
	{1313, IVM_DEP_SETTINGS},	/* timestamp_out(timestamp) */
	{1388, IVM_DEP_SETTINGS},	/* timetz(timestamptz) */
	{1451, IVM_DEP_SETTINGS},	/* circle_out(circle) */
	{1491, IVM_DEP_SETTINGS},	/* line_out(line) */
	{1619, 0},					/* pg_typeof(any) */
	{1713, IVM_DEP_STRINGS},	/* length(bytea,name) */
	{1714, IVM_DEP_STRINGS},	/* convert_from(bytea,name) */
	{1717, IVM_DEP_STRINGS},	/* convert_to(text,name) */
	{1768, IVM_DEP_SETTINGS | DEP_DATE_FORMAT}, /* to_char(interval,text) */
	{1770, IVM_DEP_SETTINGS | DEP_DATE_FORMAT}, /* to_char(timestamptz,text) */
	{1772, DEP_NUMBER_FORMAT},	/* to_char(numeric,text) */
	{1773, DEP_NUMBER_FORMAT},	/* to_char(integer,text) */
	{1774, DEP_NUMBER_FORMAT},	/* to_char(bigint,text) */
	{1775, DEP_NUMBER_FORMAT},	/* to_char(real,text) */
	{1776, DEP_NUMBER_FORMAT},	/* to_char(float8,text) */
	{1777, DEP_NUMBER_FORMAT},	/* to_number(text,text) */
	{1778, IVM_DEP_SETTINGS | DEP_DATE_FORMAT | DEP_ZONE_FORMAT},	/* to_timestamp(text,text) */
	{1780, IVM_DEP_SETTINGS | DEP_DATE_FORMAT | DEP_ZONE_FORMAT},	/* to_date(text,text) */
	{1813, IVM_DEP_STRINGS},	/* convert(bytea,name,name) */
	{2003, IVM_DEP_OUTPUT},		/* textanycat(text,anynonarray) */
	{2004, IVM_DEP_OUTPUT},		/* anytextcat(anynonarray,text) */
	{2019, IVM_DEP_SETTINGS},	/* time(timestamptz) */
	{2023, IVM_DEP_SETTINGS},	/* jsonb_path_query_first_tz(jsonb,jsonpath,jsonb,boolean) */
	{2027, IVM_DEP_SETTINGS},	/* timestamp(timestamptz) */
	{2028, IVM_DEP_SETTINGS},	/* timestamptz(timestamp) */
	{2030, IVM_DEP_SETTINGS},	/* jsonb_path_match_tz(jsonb,jsonpath,jsonb,boolean) */
	{2049, IVM_DEP_SETTINGS | DEP_DATE_FORMAT}, /* to_char(timestamp,text) */
	{2069, DEP_ZONE_FIRST},		/* timezone(text,timestamp) */
	{2351, IVM_DEP_SETTINGS},	/* date_lt_timestamptz(date,timestamptz) */
	{2352, IVM_DEP_SETTINGS},	/* date_le_timestamptz(date,timestamptz) */
	{2353, IVM_DEP_SETTINGS},	/* date_eq_timestamptz(date,timestamptz) */
	{2354, IVM_DEP_SETTINGS},	/* date_gt_timestamptz(date,timestamptz) */
	{2355, IVM_DEP_SETTINGS},	/* date_ge_timestamptz(date,timestamptz) */
	{2356, IVM_DEP_SETTINGS},	/* date_ne_timestamptz(date,timestamptz) */
	{2357, IVM_DEP_SETTINGS},	/* date_cmp_timestamptz(date,timestamptz) */
	{2377, IVM_DEP_SETTINGS},	/* timestamptz_lt_date(timestamptz,date) */
	{2378, IVM_DEP_SETTINGS},	/* timestamptz_le_date(timestamptz,date) */
	{2379, IVM_DEP_SETTINGS},	/* timestamptz_eq_date(timestamptz,date) */
	{2380, IVM_DEP_SETTINGS},	/* timestamptz_gt_date(timestamptz,date) */
	{2381, IVM_DEP_SETTINGS},	/* timestamptz_ge_date(timestamptz,date) */
	{2382, IVM_DEP_SETTINGS},	/* timestamptz_ne_date(timestamptz,date) */
	{2383, IVM_DEP_SETTINGS},	/* timestamptz_cmp_date(timestamptz,date) */
	{2520, IVM_DEP_SETTINGS},	/* timestamp_lt_timestamptz(timestamp,timestamptz) */
	{2521, IVM_DEP_SETTINGS},	/* timestamp_le_timestamptz(timestamp,timestamptz) */
	{2522, IVM_DEP_SETTINGS},	/* timestamp_eq_timestamptz(timestamp,timestamptz) */
	{2523, IVM_DEP_SETTINGS},	/* timestamp_gt_timestamptz(timestamp,timestamptz) */
	{2524, IVM_DEP_SETTINGS},	/* timestamp_ge_timestamptz(timestamp,timestamptz) */
	{2525, IVM_DEP_SETTINGS},	/* timestamp_ne_timestamptz(timestamp,timestamptz) */
	{2526, IVM_DEP_SETTINGS},	/* timestamp_cmp_timestamptz(timestamp,timestamptz) */
	{2527, IVM_DEP_SETTINGS},	/* timestamptz_lt_timestamp(timestamptz,timestamp) */
	{2528, IVM_DEP_SETTINGS},	/* timestamptz_le_timestamp(timestamptz,timestamp) */
	{2529, IVM_DEP_SETTINGS},	/* timestamptz_eq_timestamp(timestamptz,timestamp) */
	{2530, IVM_DEP_SETTINGS},	/* timestamptz_gt_timestamp(timestamptz,timestamp) */
	{2531, IVM_DEP_SETTINGS},	/* timestamptz_ge_timestamp(timestamptz,timestamp) */
	{2532, IVM_DEP_SETTINGS},	/* timestamptz_ne_timestamp(timestamptz,timestamp) */
	{2533, IVM_DEP_SETTINGS},	/* timestamptz_cmp_timestamp(timestamptz,timestamp) */
	{2549, IVM_DEP_SETTINGS},	/* interval_pl_timestamptz(interval,timestamptz) */
	{2896, IVM_DEP_SETTINGS},	/* xml(text) */
	{3051, IVM_DEP_SETTINGS},	/* xml_is_well_formed(text) */
	{3058, IVM_DEP_OUTPUT},		/* concat(any) */
	{3059, IVM_DEP_OUTPUT},		/* concat_ws(text,any) */
	{3153, IVM_DEP_JSON},		/* array_to_json(anyarray) */
	{3154, IVM_DEP_JSON},		/* array_to_json(anyarray,boolean) */
	{3155, IVM_DEP_JSON},		/* row_to_json(record) */
	{3156, IVM_DEP_JSON},		/* row_to_json(record,boolean) */
	{3173, IVM_DEP_JSON},		/* json_agg_transfn(internal,anyelement) */
	{3175, IVM_DEP_JSON},		/* json_agg(anyelement) */
	{3176, IVM_DEP_JSON},		/* to_json(anyelement) */
	{3180, IVM_DEP_JSON},		/* json_object_agg_transfn(internal,any,any) */
	{3197, IVM_DEP_JSON},		/* json_object_agg(any,any) */
	{3198, IVM_DEP_JSON},		/* json_build_array(any) */
	{3199, 0},					/* json_build_array() */
	{3200, IVM_DEP_JSON},		/* json_build_object(any) */
	{3201, 0},					/* json_build_object() */
	{3204, IVM_DEP_COLUMNS},	/* json_to_record(json) */
	{3205, IVM_DEP_COLUMNS},	/* json_to_recordset(json) */
	{3209, IVM_DEP_INPUT},		/* jsonb_populate_record(anyelement,jsonb) */
	{3265, IVM_DEP_JSON},		/* jsonb_agg_transfn(internal,anyelement) */
	{3266, 0},					/* jsonb_agg_finalfn(internal) */
	{3267, IVM_DEP_JSON},		/* jsonb_agg(anyelement) */
	{3268, IVM_DEP_JSON},		/* jsonb_object_agg_transfn(internal,any,any) */
	{3269, 0},					/* jsonb_object_agg_finalfn(internal) */
	{3271, IVM_DEP_JSON},		/* jsonb_build_array(any) */
	{3272, 0},					/* jsonb_build_array() */
	{3273, IVM_DEP_JSON},		/* jsonb_build_object(any) */
	{3274, 0},					/* jsonb_build_object() */
	{3462, IVM_DEP_SETTINGS},	/* make_timestamptz(integer,integer,integer,integer,integer,float8) */
	{3463, DEP_ZONE_LAST},		/* make_timestamptz(integer,integer,integer,integer,integer,float8,text) */
	{3475, IVM_DEP_INPUT},		/* jsonb_populate_recordset(anyelement,jsonb) */
	{3490, IVM_DEP_COLUMNS},	/* jsonb_to_record(jsonb) */
	{3491, IVM_DEP_COLUMNS},	/* jsonb_to_recordset(jsonb) */
	{3539, IVM_DEP_SETTINGS | IVM_DEP_OUTPUT},	/* format(text,any) */
	{3540, IVM_DEP_SETTINGS},	/* format(text) */
	{3749, IVM_DEP_STRINGS},	/* to_tsvector(text) */
	{3750, IVM_DEP_STRINGS},	/* to_tsquery(text) */
	{3751, IVM_DEP_STRINGS},	/* plainto_tsquery(text) */
	{3754, IVM_DEP_STRINGS},	/* ts_headline(text,tsquery,text) */
	{3755, IVM_DEP_STRINGS},	/* ts_headline(text,tsquery) */
	{3760, IVM_DEP_STRINGS},	/* ts_match_tt(text,text) */
	{3761, IVM_DEP_STRINGS},	/* ts_match_tq(text,tsquery) */
	{3787, IVM_DEP_JSON},		/* to_jsonb(anyelement) */
	{3811, IVM_DEP_STRINGS},	/* money(integer) */
	{3812, IVM_DEP_STRINGS},	/* money(bigint) */
	{3823, IVM_DEP_STRINGS},	/* numeric(money) */
	{3824, IVM_DEP_STRINGS},	/* money(numeric) */
	{3960, IVM_DEP_INPUT},		/* json_populate_record(anyelement,json,boolean) */
	{3961, IVM_DEP_INPUT},		/* json_populate_recordset(anyelement,json,boolean) */
	{4135, IVM_DEP_SETTINGS},	/* in_range(timestamptz,timestamptz,interval,boolean,boolean) */
	{4203, IVM_DEP_STRINGS},	/* ts_headline(jsonb,tsquery,text) */
	{4204, IVM_DEP_STRINGS},	/* ts_headline(jsonb,tsquery) */
	{4207, IVM_DEP_STRINGS},	/* ts_headline(json,tsquery,text) */
	{4208, IVM_DEP_STRINGS},	/* ts_headline(json,tsquery) */
	{4209, IVM_DEP_STRINGS},	/* to_tsvector(jsonb) */
	{4210, IVM_DEP_STRINGS},	/* to_tsvector(json) */
	{4213, IVM_DEP_STRINGS},	/* jsonb_to_tsvector(jsonb,jsonb) */
	{4215, IVM_DEP_STRINGS},	/* json_to_tsvector(json,jsonb) */
	{5001, IVM_DEP_STRINGS},	/* phraseto_tsquery(text) */
	{5009, IVM_DEP_STRINGS},	/* websearch_to_tsquery(text) */
	{6203, IVM_DEP_SETTINGS},	/* extract(text,timestamptz) */
	{6221, IVM_DEP_SETTINGS},	/* date_add(timestamptz,interval) */
	{6222, DEP_ZONE_LAST},		/* date_add(timestamptz,interval,text) */
	{6223, IVM_DEP_SETTINGS},	/* date_subtract(timestamptz,interval) */
	{6273, DEP_ZONE_LAST},		/* date_subtract(timestamptz,interval,text) */
	{6274, DEP_ZONE_LAST},		/* generate_series(timestamptz,timestamptz,interval,text) */
	{6275, IVM_DEP_JSON},		/* json_agg_strict_transfn(internal,anyelement) */
	{6276, IVM_DEP_JSON},		/* json_agg_strict(anyelement) */
	{6277, IVM_DEP_JSON},		/* json_object_agg_strict_transfn(internal,any,any) */
	{6278, IVM_DEP_JSON},		/* json_object_agg_unique_transfn(internal,any,any) */
	{6279, IVM_DEP_JSON},		/* json_object_agg_unique_strict_transfn(internal,any,any) */
	{6280, IVM_DEP_JSON},		/* json_object_agg_strict(any,any) */
	{6281, IVM_DEP_JSON},		/* json_object_agg_unique(any,any) */
	{6282, IVM_DEP_JSON},		/* json_object_agg_unique_strict(any,any) */
	{6283, IVM_DEP_JSON},		/* jsonb_agg_strict_transfn(internal,anyelement) */
	{6284, IVM_DEP_JSON},		/* jsonb_agg_strict(anyelement) */
	{6285, IVM_DEP_JSON},		/* jsonb_object_agg_strict_transfn(internal,any,any) */
	{6286, IVM_DEP_JSON},		/* jsonb_object_agg_unique_transfn(internal,any,any) */
	{6287, IVM_DEP_JSON},		/* jsonb_object_agg_unique_strict_transfn(internal,any,any) */
	{6334, IVM_DEP_SETTINGS},	/* timezone(timestamptz) */
	{6335, IVM_DEP_SETTINGS},	/* timezone(timestamp) */
	{6338, IVM_DEP_INPUT},		/* jsonb_populate_record_valid(anyelement,jsonb) */
};

/* Built-in functions that deserve a reason of their own, by name. */
static const struct
{
	const char *name;
	IvmFault	fault;
}			named_faults[] = {
	{"age", IVM_FAULT_TIME},
	{"array_sample", IVM_FAULT_RANDOM},
	{"array_shuffle", IVM_FAULT_RANDOM},
	{"clock_timestamp", IVM_FAULT_TIME},
	{"current_catalog", IVM_FAULT_SESSION},
	{"current_database", IVM_FAULT_SESSION},
	{"current_query", IVM_FAULT_SESSION},
	{"current_schema", IVM_FAULT_SESSION},
	{"current_schemas", IVM_FAULT_SESSION},
	{"current_setting", IVM_FAULT_SETTING},
	{"current_user", IVM_FAULT_SESSION},
	{"currval", IVM_FAULT_SEQUENCE},
	{"gen_random_uuid", IVM_FAULT_RANDOM},
	{"get_current_ts_config", IVM_FAULT_SETTING},
	{"getpgusername", IVM_FAULT_SESSION},
	{"inet_client_addr", IVM_FAULT_SESSION},
	{"inet_client_port", IVM_FAULT_SESSION},
	{"inet_server_addr", IVM_FAULT_SESSION},
	{"inet_server_port", IVM_FAULT_SESSION},
	{"lastval", IVM_FAULT_SEQUENCE},
	{"nextval", IVM_FAULT_SEQUENCE},
	{"now", IVM_FAULT_TIME},
	{"pg_backend_pid", IVM_FAULT_SESSION},
	{"pg_client_encoding", IVM_FAULT_SETTING},
	{"pg_my_temp_schema", IVM_FAULT_SESSION},
	{"random", IVM_FAULT_RANDOM},
	{"random_normal", IVM_FAULT_RANDOM},
	{"row_security_active", IVM_FAULT_SESSION},
	{"session_user", IVM_FAULT_SESSION},
	{"set_config", IVM_FAULT_SETTING},
	{"setval", IVM_FAULT_SEQUENCE},
	{"statement_timestamp", IVM_FAULT_TIME},
	{"system_user", IVM_FAULT_SESSION},
	{"timeofday", IVM_FAULT_TIME},
	{"timetz", IVM_FAULT_TIMETZ_INPUT},
	{"timezone", IVM_FAULT_TIMETZ_INPUT},
	{"transaction_timestamp", IVM_FAULT_TIME},
	{"uuidv4", IVM_FAULT_RANDOM},
	{"uuidv7", IVM_FAULT_RANDOM},
};

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
bool
ivm_volatility_is_plain_datetime(Node *expr)
{
	char	   *constant = constant_lower(expr);

	return constant && !strstr(constant, "now") && !strstr(constant, "today") &&
		!strstr(constant, "tomorrow") && !strstr(constant, "yesterday");
}

/* ----------------------------------------------------------------
 *		Look-up
 * ----------------------------------------------------------------
 */
/*
 * Frequent ones that depend on nothing.  Their entries in pg_proc and
 * pg_aggregate say so as well, but a new session would have to look them up, one by one,
 * before its first write.  Sorted.
 */
static const FunctionRule plain_rules[] = {
	{63, 0},					/* int2eq */
	{64, 0},					/* int2lt */
	{65, 0},					/* int4eq */
	{66, 0},					/* int4lt */
	{67, 0},					/* texteq */
	{147, 0},					/* int4gt */
	{467, 0},					/* int8eq */
	{469, 0},					/* int8lt */
	{470, 0},					/* int8gt */
	{740, 0},					/* text_lt */
	{1086, 0},					/* date_eq */
	{1087, 0},					/* date_lt */
	{1152, 0},					/* timestamptz_eq */
	{1154, 0},					/* timestamptz_lt */
	{1718, 0},					/* numeric_eq */
	{1722, 0},					/* numeric_lt */
	{2052, 0},					/* timestamp_eq */
	{2054, 0},					/* timestamp_lt */
	{2100, 0},					/* avg(bigint) */
	{2101, 0},					/* avg(integer) */
	{2102, 0},					/* avg(smallint) */
	{2103, 0},					/* avg(numeric) */
	{2105, 0},					/* avg(float8) */
	{2107, 0},					/* sum(bigint) */
	{2108, 0},					/* sum(integer) */
	{2109, 0},					/* sum(smallint) */
	{2111, 0},					/* sum(float8) */
	{2114, 0},					/* sum(numeric) */
	{2115, 0},					/* max(bigint) */
	{2116, 0},					/* max(integer) */
	{2122, 0},					/* max(date) */
	{2126, 0},					/* max(timestamp) */
	{2127, 0},					/* max(timestamptz) */
	{2129, 0},					/* max(text) */
	{2130, 0},					/* max(numeric) */
	{2131, 0},					/* min(bigint) */
	{2132, 0},					/* min(integer) */
	{2138, 0},					/* min(date) */
	{2142, 0},					/* min(timestamp) */
	{2143, 0},					/* min(timestamptz) */
	{2145, 0},					/* min(text) */
	{2146, 0},					/* min(numeric) */
	{2147, 0},					/* count("any") */
	{2803, 0},					/* count(*) */
};

static int
compare_rules(const void *a, const void *b)
{
	Oid			left = ((const FunctionRule *) a)->funcid;
	Oid			right = ((const FunctionRule *) b)->funcid;

	return left < right ? -1 : left > right;
}

static const FunctionRule *
find_in(const FunctionRule *rules, size_t nrules, Oid funcid)
{
	FunctionRule key = {funcid, 0};

#ifdef USE_ASSERT_CHECKING
	for (size_t i = 1; i < nrules; i++)
		Assert(rules[i - 1].funcid < rules[i].funcid);
#endif
	return bsearch(&key, rules, nrules, sizeof(FunctionRule), compare_rules);
}

static const FunctionRule *
find_rule(Oid funcid)
{
	const FunctionRule *rule = find_in(function_rules, lengthof(function_rules), funcid);

	return rule ? rule : find_in(plain_rules, lengthof(plain_rules), funcid);
}

int
ivm_volatility_rule(Oid funcid, List *args)
{
	const FunctionRule *rule = find_rule(funcid);
	Node	   *format = list_length(args) < 2 ? NULL : lsecond(args);
	int			depends;

	if (rule == NULL)
		return IVM_DEP_UNLISTED;

	depends = rule->depends;
	if (((depends & DEP_DATE_FORMAT) && !is_plain_date_format(format)) ||
		((depends & DEP_ZONE_FORMAT) && !is_zoneless_format(format)) ||
		((depends & DEP_NUMBER_FORMAT) && !is_plain_number_format(format)) ||
		((depends & DEP_ZONE_FIRST) && (args == NIL || !is_plain_zone(linitial(args)))) ||
		((depends & DEP_ZONE_LAST) && (args == NIL || !is_plain_zone(llast(args)))))
		depends |= IVM_DEP_STRINGS;
	return depends & ~DEP_BY_ARGUMENT;
}

IvmFault
ivm_volatility_fault(const char *proname)
{
	for (size_t i = 0; i < lengthof(named_faults); i++)
		if (strcmp(proname, named_faults[i].name) == 0)
			return named_faults[i].fault;
	return IVM_FAULT_BUILTIN;
}
