/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The session settings that a view's expressions are evaluated under.
 *
 * date_trunc('day', t) over timestamptz gives another day where another
 * TimeZone is set, so the settings that were in force when the view was created
 * hold for each evaluation of its expressions.  They are stored with the view as
 * 'name=value' strings, which survive a dump, and prepared once per plan.
 *
 * Settings come in two kinds:
 *
 *	 variables	 a C variable each.  An evaluation for a single row compares
 *				 them and, where they differ, sets them directly: a few
 *				 nanoseconds, where the settings machinery takes 0.4 us.
 *	 strings	 those with caches behind them (search_path, lc_*).  They are
 *				 stored only for a view that needs them, which is one that
 *				 calls functions written by a user, text search, or money.
 *				 If they or a variable differ, all goes through the settings
 *				 machinery, on a nest level of its own, as for a function
 *				 with a SET clause.
 *
 * So a function written by a user, which may read settings by SHOW or
 * current_setting(), or change them by SET or a SET clause, finds the stored
 * ones, and what it changes without SET LOCAL or a SET clause of its own is
 * undone with them.  Variables are set directly only while nothing but
 * built-in functions and functions in C runs: those read the variables.
 *
 * What the server must keep true, for the variables (check_variables() looks
 * at it in builds with assertions):
 *
 * - The code that reads a setting reads the C variable named in get_values(), and
 *	 nothing that was computed from it before.  DateStyle is two variables, and
 *	 TimeZone the pointer session_timezone.
 * - Setting one has no effect but to change its variable: no assign hook.
 *	 TimeZone and DateStyle have one, which does no more than set_values() does.
 *	 From 18 on, it also empties a cache (ivm_compat_timezone_changed()).
 * - The settings machinery does not look at the variables while they are swapped.
 *	 It would take ours for the session's.  It looks at them only when something
 *	 is set or shown, which no built-in function does that a view may call.
 * - pg_tzset() gives one pointer per time zone, for as long as the backend lives.
 *
 * search_path is stored as the list of schemas that it stood for, with
 * "$user" replaced and pg_temp last, so that no temporary object can stand
 * in for another.  It counts as equal where it stands for the same schemas.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "tsearch/ts_cache.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/pg_locale.h"
#include "utils/syscache.h"
#include "utils/varlena.h"
#include "utils/xml.h"

#include "base/compat.h"
#include "base/settings.h"

/* The settings that can be stored; variables first. */
typedef enum Setting
{
	SETTING_TIMEZONE,
	SETTING_DATESTYLE,
	SETTING_INTERVALSTYLE,
	SETTING_EXTRA_FLOAT_DIGITS,
	SETTING_BYTEA_OUTPUT,
	SETTING_XMLBINARY,
	SETTING_XMLOPTION,
	SETTING_ARRAY_NULLS,
	SETTING_QUOTE_ALL_IDENTIFIERS,
	SETTING_TIMEZONE_ABBREVIATIONS,
	SETTING_LC_MONETARY,
	SETTING_LC_NUMERIC,
	SETTING_LC_TIME,
	SETTING_TEXT_SEARCH_CONFIG,
	SETTING_SEARCH_PATH
} Setting;

#define FIRST_STRING	SETTING_TIMEZONE_ABBREVIATIONS
#define NUM_SETTINGS	(SETTING_SEARCH_PATH + 1)
#define ALL_VARIABLES	((1 << FIRST_STRING) - 1)

static const char *const setting_names[] = {
	"TimeZone",
	"DateStyle",
	"IntervalStyle",
	"extra_float_digits",
	"bytea_output",
	"xmlbinary",
	"xmloption",
	"array_nulls",
	"quote_all_identifiers",
	"timezone_abbreviations",
	"lc_monetary",
	"lc_numeric",
	"lc_time",
	"default_text_search_config",
	"search_path",
};

StaticAssertDecl(lengthof(setting_names) == NUM_SETTINGS,
				 "setting_names must match enum Setting");

/* A search_path of more schemas than this never counts as equal. */
#define MAX_PATH	16

struct IvmSettings
{
	uint32		stored;			/* bit per Setting */
	bool		strings;		/* some of them are strings */
	IvmSettingsValues v;
	char	   *value[NUM_SETTINGS];	/* as text, or NULL */

	/*
	 * What search_path stands for, pg_temp left out.  Looked up again when
	 * schemas changed, so not part of what is constant here.
	 */
	uint64	   *path_generation;
	int		   *path_length;	/* -1: never equal */
	Oid		   *path;
};

/* Grows with each change of a schema; 0 until the backend listens for these. */
static uint64 schema_generation = 0;

static void
schema_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	(void) arg;
	(void) cacheid;
	(void) hashvalue;
	schema_generation++;
}

/* ----------------------------------------------------------------
 *		Capture
 * ----------------------------------------------------------------
 */

/* The current search_path, as one that means the same for everybody. */
static char *
capture_search_path(void)
{
	List	   *path = fetch_search_path(false);
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, path)
	{
		char	   *name;

		if (isAnyTempNamespace(lfirst_oid(lc)))
			continue;
		name = get_namespace_name(lfirst_oid(lc));
		if (name)
			appendStringInfo(&buf, "%s, ", quote_identifier(name));
	}
	appendStringInfoString(&buf, "pg_temp");
	list_free(path);
	return buf.data;
}

ArrayType *
ivm_settings_capture(bool strings)
{
	Datum		items[NUM_SETTINGS];
	int			nitems = strings ? NUM_SETTINGS : FIRST_STRING;

	for (int i = 0; i < nitems; i++)
	{
		char	   *value;

		if (i == SETTING_SEARCH_PATH)
			value = capture_search_path();
		else
			value = GetConfigOptionByName(setting_names[i], NULL, false);
		items[i] = CStringGetTextDatum(psprintf("%s=%s", setting_names[i], value));
	}
	return construct_array(items, nitems, TEXTOID, -1, false, TYPALIGN_INT);
}

bool
ivm_settings_have_strings(ArrayType *stored)
{
	return ArrayGetNItems(ARR_NDIM(stored), ARR_DIMS(stored)) > FIRST_STRING;
}

const char *
ivm_settings_difference(ArrayType *stored)
{
	Datum	   *now;
	Datum	   *then;
	int			nnow;
	int			nthen;

	deconstruct_array(ivm_settings_capture(true), TEXTOID, -1, false, TYPALIGN_INT, &now, NULL, &nnow);
	deconstruct_array(stored, TEXTOID, -1, false, TYPALIGN_INT, &then, NULL, &nthen);
	for (int i = 0; i < nthen; i++)
	{
		char	   *item = TextDatumGetCString(then[i]);
		size_t		len = strcspn(item, "=") + 1;

		for (int j = 0; j < nnow; j++)
		{
			char	   *other = TextDatumGetCString(now[j]);

			if (strncmp(item, other, len) == 0 && strcmp(item, other) != 0)
				return item;
		}
	}
	return NULL;
}

pg_tz *
ivm_settings_timezone(ArrayType *stored)
{
	const char *prefix = psprintf("%s=", setting_names[SETTING_TIMEZONE]);
	Datum	   *items;
	int			nitems;

	deconstruct_array(stored, TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &nitems);
	for (int i = 0; i < nitems; i++)
	{
		char	   *item = TextDatumGetCString(items[i]);

		if (strncmp(item, prefix, strlen(prefix)) == 0)
		{
			pg_tz	   *result = pg_tzset(item + strlen(prefix));

			if (result)
				return result;
		}
	}
	return session_timezone;
}

/* ----------------------------------------------------------------
 *		Comparison
 * ----------------------------------------------------------------
 */
static inline void
get_values(IvmSettingsValues *v)
{
	v->timezone = session_timezone;
	v->date_style = DateStyle;
	v->date_order = DateOrder;
	v->interval_style = IntervalStyle;
	v->extra_float_digits = extra_float_digits;
	v->bytea_output = bytea_output;
	v->xmlbinary = xmlbinary;
	v->xmloption = xmloption;
	v->array_nulls = Array_nulls;
	v->quote_all_identifiers = quote_all_identifiers;
}

static inline void
set_values(const IvmSettingsValues *v)
{
	if (session_timezone != v->timezone)
	{
		session_timezone = v->timezone;
		ivm_compat_timezone_changed();
	}
	DateStyle = v->date_style;
	DateOrder = v->date_order;
	IntervalStyle = v->interval_style;
	extra_float_digits = v->extra_float_digits;
	bytea_output = v->bytea_output;
	xmlbinary = v->xmlbinary;
	xmloption = v->xmloption;
	Array_nulls = v->array_nulls;
	quote_all_identifiers = v->quote_all_identifiers;
}

#ifdef USE_ASSERT_CHECKING

/* The server's record of a setting names this variable, and no hook for a change of it. */
#define CHECK_VARIABLE(which, kind, type, var) \
	do { \
		struct config_generic *generic_ = ivm_compat_find_setting(setting_names[which]); \
		Assert(generic_ != NULL && generic_->vartype == (kind)); \
		Assert(((type *) generic_)->variable == &(var)); \
		Assert(((type *) generic_)->assign_hook == NULL); \
	} while (0)

/* DateStyle, as SHOW has it, from the variables. */
static const char *
date_style_text(void)
{
	static const char *const styles[] = {
		[USE_POSTGRES_DATES] = "Postgres",
		[USE_ISO_DATES] = "ISO",
		[USE_SQL_DATES] = "SQL",
		[USE_GERMAN_DATES] = "German",
	};
	static const char *const orders[] = {
		[DATEORDER_YMD] = "YMD",
		[DATEORDER_DMY] = "DMY",
		[DATEORDER_MDY] = "MDY",
	};

	Assert(DateStyle >= 0 && DateStyle < (int) lengthof(styles));
	Assert(DateOrder >= 0 && DateOrder < (int) lengthof(orders));
	return psprintf("%s, %s", styles[DateStyle], orders[DateOrder]);
}

/*
 * Are the variables those behind the settings?  To be called while none of them is
 * swapped.
 */
static void
check_variables(void)
{
	CHECK_VARIABLE(SETTING_INTERVALSTYLE, PGC_ENUM, struct config_enum, IntervalStyle);
	CHECK_VARIABLE(SETTING_EXTRA_FLOAT_DIGITS, PGC_INT, struct config_int, extra_float_digits);
	CHECK_VARIABLE(SETTING_BYTEA_OUTPUT, PGC_ENUM, struct config_enum, bytea_output);
	CHECK_VARIABLE(SETTING_XMLBINARY, PGC_ENUM, struct config_enum, xmlbinary);
	CHECK_VARIABLE(SETTING_XMLOPTION, PGC_ENUM, struct config_enum, xmloption);
	CHECK_VARIABLE(SETTING_ARRAY_NULLS, PGC_BOOL, struct config_bool, Array_nulls);
	CHECK_VARIABLE(SETTING_QUOTE_ALL_IDENTIFIERS, PGC_BOOL, struct config_bool, quote_all_identifiers);
	Assert(strcmp(GetConfigOptionByName("TimeZone", NULL, false), pg_get_timezone_name(session_timezone)) == 0);
	Assert(pg_tzset(pg_get_timezone_name(session_timezone)) == session_timezone);
	Assert(strcmp(GetConfigOptionByName("DateStyle", NULL, false), date_style_text()) == 0);
}
#endif

/* Are all variables as stored?  pg_tzset() gives one pointer per zone. */
static inline bool
values_equal(const IvmSettingsValues *v)
{
	return session_timezone == v->timezone &&
		DateStyle == v->date_style &&
		DateOrder == v->date_order &&
		IntervalStyle == v->interval_style &&
		extra_float_digits == v->extra_float_digits &&
		bytea_output == v->bytea_output &&
		xmlbinary == v->xmlbinary &&
		xmloption == v->xmloption &&
		Array_nulls == v->array_nulls &&
		quote_all_identifiers == v->quote_all_identifiers;
}

/* Look up the schemas of the stored search_path, without a check of privileges. */
static void
resolve_search_path(const IvmSettings *s)
{
	char	   *raw = pstrdup(s->value[SETTING_SEARCH_PATH]);
	List	   *names;
	List	   *oids = NIL;
	ListCell   *lc;

	/* First, so that a change noticed while we look them up is not lost. */
	*s->path_generation = schema_generation;
	*s->path_length = -1;
	if (!SplitIdentifierString(raw, ',', &names))
		return;
	foreach(lc, names)
	{
		Oid			oid;

		if (strcmp(lfirst(lc), "pg_temp") == 0)
		{
			/* where it does not come last, leave it to core */
			if (lnext(names, lc))
				return;
			continue;
		}
		oid = get_namespace_oid(lfirst(lc), true);
		if (OidIsValid(oid))
			oids = list_append_unique_oid(oids, oid);
	}
	if (!list_member_oid(oids, PG_CATALOG_NAMESPACE))
		oids = lcons_oid(PG_CATALOG_NAMESPACE, oids);
	if (list_length(oids) <= MAX_PATH)
	{
		int			n = 0;

		foreach(lc, oids)
			s->path[n++] = lfirst_oid(lc);
		*s->path_length = n;
	}
	list_free(oids);
	list_free(names);
	pfree(raw);
}

/* Does the current search_path stand for the stored schemas? */
static bool
search_path_equal(const IvmSettings *s)
{
	Oid			path[MAX_PATH];
	Oid			temp;
	Oid			temp_toast;
	int			n;

	if (*s->path_generation != schema_generation)
		resolve_search_path(s);
	n = fetch_search_path_array(path, MAX_PATH);
	if (n != *s->path_length || memcmp(path, s->path, n * sizeof(Oid)) != 0)
		return false;

	/* The temporary schema, left out above, must come last. */
	GetTempNamespaceState(&temp, &temp_toast);
	if (OidIsValid(temp))
	{
		List	   *full = fetch_search_path(true);
		bool		last = full != NIL && llast_oid(full) == temp;

		list_free(full);
		return last;
	}
	return true;
}

static inline bool
string_equal(const char *current, const char *stored)
{
	return stored == NULL || (current != NULL && strcmp(current, stored) == 0);
}

/* Is this setting as stored? */
static bool
setting_equal(const IvmSettings *s, Setting which)
{
	switch (which)
	{
		case SETTING_TIMEZONE:
			return session_timezone == s->v.timezone;
		case SETTING_DATESTYLE:
			return DateStyle == s->v.date_style && DateOrder == s->v.date_order;
		case SETTING_INTERVALSTYLE:
			return IntervalStyle == s->v.interval_style;
		case SETTING_EXTRA_FLOAT_DIGITS:
			return extra_float_digits == s->v.extra_float_digits;
		case SETTING_BYTEA_OUTPUT:
			return bytea_output == s->v.bytea_output;
		case SETTING_XMLBINARY:
			return xmlbinary == s->v.xmlbinary;
		case SETTING_XMLOPTION:
			return xmloption == s->v.xmloption;
		case SETTING_ARRAY_NULLS:
			return Array_nulls == s->v.array_nulls;
		case SETTING_QUOTE_ALL_IDENTIFIERS:
			return quote_all_identifiers == s->v.quote_all_identifiers;
		case SETTING_TIMEZONE_ABBREVIATIONS:
			return string_equal(GetConfigOption(setting_names[which], false, false),
								s->value[which]);
		case SETTING_LC_MONETARY:
			return string_equal(locale_monetary, s->value[which]);
		case SETTING_LC_NUMERIC:
			return string_equal(locale_numeric, s->value[which]);
		case SETTING_LC_TIME:
			return string_equal(locale_time, s->value[which]);
		case SETTING_TEXT_SEARCH_CONFIG:
			return string_equal(TSCurrentConfig, s->value[which]);
		case SETTING_SEARCH_PATH:
			return search_path_equal(s);
	}
	return false;
}

static bool
strings_equal(const IvmSettings *s)
{
	for (int i = FIRST_STRING; i < NUM_SETTINGS; i++)
		if ((s->stored & (1 << i)) && !setting_equal(s, i))
			return false;
	return true;
}

/* Is everything as it was where the settings were stored?  If not, that may matter to none of these. */
static inline bool
all_equal(const IvmSettings *s)
{
	return values_equal(&s->v) && (!s->strings || strings_equal(s));
}

/* ----------------------------------------------------------------
 *		Through the settings machinery
 * ----------------------------------------------------------------
 */
static void
set_setting(Setting which, const char *value)
{
	(void) set_config_option(setting_names[which], value,
							 superuser() ? PGC_SUSET : PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

int
ivm_settings_push(const IvmSettings *s)
{
	int			nestlevel = 0;

	if (s == NULL || all_equal(s))
		return 0;
	for (int i = 0; i < NUM_SETTINGS; i++)
	{
		if (!(s->stored & (1 << i)) || setting_equal(s, i))
			continue;
		if (nestlevel == 0)
			nestlevel = NewGUCNestLevel();
		set_setting(i, s->value[i]);
	}
	return nestlevel;
}

void
ivm_settings_pop(int nestlevel)
{
	if (nestlevel != 0)
		AtEOXact_GUC(true, nestlevel);
}

/* ----------------------------------------------------------------
 *		Preparation
 * ----------------------------------------------------------------
 */

/* Error context: a value may have become invalid on another server. */
static void
parse_error_context(void *arg)
{
	errcontext("stored setting \"%s\" of the view", *(char **) arg);
}

/* Take apart one 'name=value'; an unknown name is an error. */
static Setting
parse_item(char *item, char **value)
{
	char	   *equals = strchr(item, '=');

	if (equals)
	{
		*equals = '\0';
		*value = equals + 1;
		for (int i = 0; i < NUM_SETTINGS; i++)
			if (strcmp(item, setting_names[i]) == 0)
				return i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("setting \"%s\" cannot be stored with a view", item)));
	return 0;					/* keep compiler quiet */
}

IvmSettings *
ivm_settings_parse(ArrayType *stored, MemoryContext cxt)
{
	MemoryContext work;
	MemoryContext old;
	IvmSettings *s;
	char	   *values[NUM_SETTINGS] = {0};
	Size		size = sizeof(IvmSettings);
	char	   *room;
	Datum	   *items;
	bool	   *nulls;
	int			nitems;
	uint32		mask = 0;
	int			nestlevel;
	char	   *item;
	ErrorContextCallback errcallback;

	if (stored == NULL)
		return NULL;

	work = AllocSetContextCreate(CurrentMemoryContext, "ivm settings", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(work);

	/*
	 * The settings machinery itself reads the values: put them into force,
	 * look at the variables, and undo it.
	 */
	errcallback.callback = parse_error_context;
	errcallback.arg = &item;
	errcallback.previous = error_context_stack;
	item = "";
	error_context_stack = &errcallback;
	deconstruct_array(stored, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &nitems);
	nestlevel = NewGUCNestLevel();
	for (int i = 0; i < nitems; i++)
	{
		Setting		which;
		char	   *value;

		if (nulls[i])
			continue;
		item = TextDatumGetCString(items[i]);
		which = parse_item(item, &value);
		if (values[which] == NULL)
			size += strlen(value) + 1;
		else
			elog(ERROR, "setting \"%s\" is stored twice", item);
		values[which] = value;
		mask |= 1 << which;
		set_setting(which, value);
	}
	error_context_stack = errcallback.previous;

	/* The parts in order of alignment. */
	size += sizeof(uint64) + sizeof(int) + MAX_PATH * sizeof(Oid);
	s = MemoryContextAllocZero(cxt, size);
	get_values(&s->v);
#ifdef USE_ASSERT_CHECKING
	check_variables();
#endif
	AtEOXact_GUC(true, nestlevel);

	s->stored = mask;
	s->strings = (mask & ~ALL_VARIABLES) != 0;
	room = (char *) (s + 1);
	s->path_generation = (uint64 *) room;
	room += sizeof(uint64);
	s->path_length = (int *) room;
	room += sizeof(int);
	s->path = (Oid *) room;
	room += MAX_PATH * sizeof(Oid);
	for (int i = 0; i < NUM_SETTINGS; i++)
	{
		if (values[i] == NULL)
			continue;
		s->value[i] = room;
		strcpy(room, values[i]);
		room += strlen(values[i]) + 1;
	}

	if (mask & (1 << SETTING_SEARCH_PATH))
	{
		if (schema_generation == 0)
		{
			CacheRegisterSyscacheCallback(NAMESPACEOID, schema_changed, (Datum) 0);
			schema_generation = 1;
		}
		resolve_search_path(s);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return s;
}

/* ----------------------------------------------------------------
 *		Expressions
 * ----------------------------------------------------------------
 */

/* Some setting differs.  Changes those that are stored; returns false if none of them does. */
static pg_noinline bool
change_settings(const IvmSettings *s, IvmSettingsSave *save)
{
	IvmSettingsValues v = s->v;

	save->swapped = false;
	save->nestlevel = 0;
	if (s->strings)
	{
		save->nestlevel = ivm_settings_push(s);
		return save->nestlevel != 0;
	}

	get_values(&save->old);
	if (s->stored != ALL_VARIABLES)
	{
		/* Leave alone what is not stored. */
		if (!(s->stored & (1 << SETTING_TIMEZONE)))
			v.timezone = save->old.timezone;
		if (!(s->stored & (1 << SETTING_DATESTYLE)))
		{
			v.date_style = save->old.date_style;
			v.date_order = save->old.date_order;
		}
		if (!(s->stored & (1 << SETTING_INTERVALSTYLE)))
			v.interval_style = save->old.interval_style;
		if (!(s->stored & (1 << SETTING_EXTRA_FLOAT_DIGITS)))
			v.extra_float_digits = save->old.extra_float_digits;
		if (!(s->stored & (1 << SETTING_BYTEA_OUTPUT)))
			v.bytea_output = save->old.bytea_output;
		if (!(s->stored & (1 << SETTING_XMLBINARY)))
			v.xmlbinary = save->old.xmlbinary;
		if (!(s->stored & (1 << SETTING_XMLOPTION)))
			v.xmloption = save->old.xmloption;
		if (!(s->stored & (1 << SETTING_ARRAY_NULLS)))
			v.array_nulls = save->old.array_nulls;
		if (!(s->stored & (1 << SETTING_QUOTE_ALL_IDENTIFIERS)))
			v.quote_all_identifiers = save->old.quote_all_identifiers;
		if (values_equal(&v))
			return false;
	}
	set_values(&v);
	save->swapped = true;
	return true;
}

bool
ivm_settings_enter(const IvmSettings *s, IvmSettingsSave *save)
{
	if (s == NULL || all_equal(s))
		return false;
	return change_settings(s, save);
}

void
ivm_settings_leave(IvmSettingsSave *save)
{
	if (save->swapped)
		set_values(&save->old);
	ivm_settings_pop(save->nestlevel);
}
