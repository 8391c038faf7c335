/*-------------------------------------------------------------------------
 *
 * options.c
 *	  Options of a view, given as a jsonb object.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/options.h"

/* Raise an error; message is a format with one %s, for the option's name. */
static void
report_wrong_type(const JsonbValue *key, const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(message, pnstrdup(key->val.string.val, key->val.string.len)),
			 errhint("%s", hint)));
}

static bool
get_bool(const JsonbValue *key, const JsonbValue *value)
{
	if (value->type != jbvBool)
		report_wrong_type(key, "option \"%s\" requires a Boolean value",
						  "Write true or false, without quotes.");
	return value->val.boolean;
}

/* The value of an option that is an integer from min to max; null gives the default. */
static int
get_int(const JsonbValue *key, const JsonbValue *value, int dflt, int min, int max)
{
	char	   *hint = psprintf("Write a number from %d to %d without quotes, or null for the default.",
								min, max);
	Numeric		n;
	int32		result;
	bool		error = false;

	if (value->type == jbvNull)
		return dflt;
	if (value->type != jbvNumeric)
		report_wrong_type(key, "option \"%s\" requires an integer", hint);
	n = value->val.numeric;
	result = numeric_int4_opt_error(n, &error);
	if (error || result < min || result > max ||
		!DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(n),
										  DirectFunctionCall1(int4_numeric, Int32GetDatum(result)))))
		report_wrong_type(key, psprintf("option \"%%s\" requires an integer from %d to %d", min, max), hint);
	return result;
}

static char *
get_string_or(const JsonbValue *key, const JsonbValue *value, const char *hint)
{
	if (value->type != jbvString)
		report_wrong_type(key, "option \"%s\" requires a string", hint);
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static char *
get_string(const JsonbValue *key, const JsonbValue *value)
{
	return get_string_or(key, value, "Write it in double quotes.");
}

static bool
key_is(const JsonbValue *key, const char *name)
{
	return key->val.string.len == (int) strlen(name) &&
		memcmp(key->val.string.val, name, key->val.string.len) == 0;
}

/* What an error in the definition does: it fails the writer, or breaks the view. */
static void
check_on_error(const JsonbValue *key, const JsonbValue *value)
{
	const char *hint = "\"fail\", the default, fails the statement that writes the row;"
		" \"break\" marks the view broken.";

	if (value->type == jbvNull)
		return;
	if (value->type != jbvString || !(key_is(value, "fail") || key_is(value, "break")))
		report_wrong_type(key, "option \"%s\" requires \"fail\" or \"break\"", hint);
}

/* A string option as stored, or NULL. */
static char *
stored_string(Jsonb *stored, const char *name)
{
	JsonbValue	buf;
	JsonbValue *value = getKeyJsonValueFromContainer(&stored->root, name, strlen(name), &buf);

	if (value == NULL || value->type != jbvString)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* An error while an option's value is read says which option it was. */
static void
report_option(void *arg)
{
	errcontext("option \"%s\"", (const char *) arg);
}

static Interval *
parse_interval(const char *name, const char *value)
{
	ErrorContextCallback callback = {.callback = report_option,.arg = unconstify(char *, name)};
	Interval   *result;

	callback.previous = error_context_stack;
	error_context_stack = &callback;
	result = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(value),
												   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	error_context_stack = callback.previous;
	return result;
}

static int64
parse_size(const char *name, const char *value)
{
	ErrorContextCallback callback = {.callback = report_option,.arg = unconstify(char *, name)};
	int64		result;

	callback.previous = error_context_stack;
	error_context_stack = &callback;
	result = DatumGetInt64(DirectFunctionCall1(pg_size_bytes, CStringGetTextDatum(value)));
	error_context_stack = callback.previous;
	return result;
}

/* An interval that is not negative, or null. */
static void
check_max_staleness(const JsonbValue *key, const JsonbValue *value)
{
	const char *hint = "Write an interval in double quotes such as \"1 min\", \"0\" for always fresh,"
		" or null to read what is stored.";
	Interval   *interval;

	if (value->type == jbvNull)
		return;
	interval = parse_interval("max_staleness", get_string_or(key, value, hint));
	if (DatumGetBool(DirectFunctionCall2(interval_lt, IntervalPGetDatum(interval),
										 IntervalPGetDatum(parse_interval("max_staleness", "0")))))
		report_wrong_type(key, "option \"%s\" must not be negative", hint);
	if (DatumGetBool(DirectFunctionCall2(interval_gt, IntervalPGetDatum(interval),
										 IntervalPGetDatum(parse_interval("max_staleness", "1000 years")))))
		report_wrong_type(key, "option \"%s\" must not be more than 1000 years", hint);
}

/* ---- when to refresh ---- */

static const char *const refresh_hint =
"Write \"on demand\" (the default), \"on change\", an interval such as \"5 min\", or a cron line such as \"*/10 8-18 * * mon-fri\".";

static const char *const reconcile_hint =
"Write an interval such as \"1 day\", a cron line such as \"0 3 * * *\", or null for none.";

/* What kind of schedule a text is. */
static IvmRefreshWhen
refresh_when(const char *value)
{
	if (value == NULL || pg_strcasecmp(value, "on demand") == 0)
		return IVM_REFRESH_ON_DEMAND;
	if (pg_strcasecmp(value, "on change") == 0)
		return IVM_REFRESH_ON_CHANGE;
	return ivm_cron_is_line(value) ? IVM_REFRESH_BY_CRON : IVM_REFRESH_BY_LAG;
}

/* An interval in microseconds, its months as 30 days; an error if it is no target. */
static int64
parse_lag(const char *name, const char *value, const char *hint)
{
	Interval   *interval;
	float8		lag;

	/* what is no interval at all may have been meant as something else */
	if (strpbrk(value, "0123456789") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized schedule \"%s\"", value),
				 errhint("%s", hint)));
	interval = parse_interval(name, value);
	lag = (interval->month * (float8) DAYS_PER_MONTH + interval->day) * USECS_PER_DAY + interval->time;
	if (lag < IVM_MIN_LAG || lag > (float8) 1000 * DAYS_PER_YEAR * USECS_PER_DAY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" requires an interval from one second to 1000 years", name),
				 errhint("%s", hint)));
	return (int64) lag;
}

static void
parse_refresh(const char *value, IvmRefreshOption *option)
{
	memset(option, 0, sizeof(IvmRefreshOption));
	option->when = refresh_when(value);
	if (option->when == IVM_REFRESH_BY_LAG)
		option->lag = parse_lag("refresh", value, refresh_hint);
	else if (option->when == IVM_REFRESH_BY_CRON)
		ivm_cron_parse(value, &option->cron);
}

static void
parse_reconcile(const char *value, IvmRefreshOption *option)
{
	memset(option, 0, sizeof(IvmRefreshOption));
	option->when = ivm_cron_is_line(value) ? IVM_REFRESH_BY_CRON : IVM_REFRESH_BY_LAG;
	if (option->when == IVM_REFRESH_BY_CRON)
		ivm_cron_parse(value, &option->cron);
	else
		option->lag = parse_lag("reconcile", value, reconcile_hint);
}

static void
check_reconcile(const JsonbValue *key, const JsonbValue *value)
{
	IvmRefreshOption option;

	if (value->type != jbvNull)
		parse_reconcile(get_string_or(key, value, reconcile_hint), &option);
}

bool
ivm_options_reconcile(Jsonb *stored, IvmRefreshOption *option)
{
	char	   *value = stored_string(stored, "reconcile");

	if (value != NULL)
		parse_reconcile(value, option);
	return value != NULL;
}

bool
ivm_options_reconciles(Jsonb *stored)
{
	return stored_string(stored, "reconcile") != NULL;
}

static void
check_build(const JsonbValue *key, const JsonbValue *value)
{
	const char *how = get_string(key, value);

	if (strcmp(how, "now") != 0 && strcmp(how, "online") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"build\": \"%s\"", how),
				 errhint("It is \"now\" or \"online\".")));
}

bool
ivm_options_builds_online(Jsonb *stored)
{
	char	   *value = stored_string(stored, "build");

	return value != NULL && strcmp(value, "online") == 0;
}

static void
check_refresh(const JsonbValue *key, const JsonbValue *value)
{
	IvmRefreshOption option;

	if (value->type != jbvNull)
		parse_refresh(get_string_or(key, value, refresh_hint), &option);
}

void
ivm_options_refresh(Jsonb *stored, IvmRefreshOption *option)
{
	parse_refresh(stored_string(stored, "refresh"), option);
}

IvmRefreshWhen
ivm_options_refresh_when(Jsonb *stored)
{
	return refresh_when(stored_string(stored, "refresh"));
}

static void
check_log_limit(const JsonbValue *key, const JsonbValue *value)
{
	const char *hint = "Write a size in double quotes such as \"1GB\", or null for the default, 1GB.";

	if (value->type == jbvNull)
		return;
	if (parse_size("log_limit", get_string_or(key, value, hint)) < IVM_MIN_LOG_LIMIT)
		report_wrong_type(key, "option \"%s\" requires at least 1MB", hint);
}

/* The width of the buckets of a window of time: an interval of days and less, above zero. */
static int64
parse_time_bucket(const char *value)
{
	Interval   *interval;

	if (strcmp(value, "none") == 0)
		return IVM_NO_BUCKETS;
	interval = parse_interval("time_bucket", value);
	if (interval->month != 0)
		return 0;
	return interval->time + interval->day * USECS_PER_DAY;
}

static int64
get_time_bucket(const JsonbValue *key, const JsonbValue *value)
{
	const char *hint = "Write an interval of at least a millisecond in double quotes, without months and years, such as \"1 hour\", or \"none\".";
	int64		result = parse_time_bucket(get_string_or(key, value, hint));

	if (result < 1000 && result != IVM_NO_BUCKETS)
		report_wrong_type(key, "option \"%s\" requires a time of fixed length", hint);
	return result;
}

int64
ivm_options_time_bucket(Jsonb *stored)
{
	char	   *value = stored_string(stored, "time_bucket");

	return value ? parse_time_bucket(value) : 0;
}

Jsonb *
ivm_options_with_time_bucket(Jsonb *stored, int64 microseconds)
{
	char	   *text = microseconds == IVM_NO_BUCKETS ? pstrdup("{\"time_bucket\": \"none\"}") :
		microseconds % USECS_PER_SEC == 0 ?
		psprintf("{\"time_bucket\": \"" INT64_FORMAT " s\"}", microseconds / USECS_PER_SEC) :
		psprintf("{\"time_bucket\": \"" INT64_FORMAT " us\"}", microseconds);

	return ivm_options_merge(stored, DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text))));
}

Interval *
ivm_options_max_staleness(Jsonb *stored)
{
	char	   *value = stored_string(stored, "max_staleness");

	return value ? parse_interval("max_staleness", value) : NULL;
}

int64
ivm_options_log_limit(Jsonb *stored)
{
	char	   *value = stored_string(stored, "log_limit");

	return value ? parse_size("log_limit", value) : IVM_DEFAULT_LOG_LIMIT;
}

char *
ivm_options_append(Jsonb *stored, const char *name)
{
	JsonbValue	buf;
	JsonbValue *value = getKeyJsonValueFromContainer(&stored->root, name, strlen(name), &buf);

	if (value == NULL)
		return NULL;
	if (value->type == jbvNumeric)
		return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
	return value->type == jbvString ? pnstrdup(value->val.string.val, value->val.string.len) : NULL;
}

/*
 * An option of append views, or one that concerns buckets: a string, or a number where that
 * makes sense.  Is it one?
 */
static bool
check_append(const JsonbValue *key, const JsonbValue *value)
{
	bool		number = key_is(key, "overlap") || key_is(key, "late") || key_is(key, "reconcile_last");

	if (key_is(key, "batch_rows"))
	{
		if (value->type != jbvNull)
			(void) get_int(key, value, 0, 1, PG_INT32_MAX);
		return true;
	}
	if (key_is(key, "newest_first"))
	{
		if (value->type != jbvNull)
			(void) get_bool(key, value);
		return true;
	}
	if (!number && !key_is(key, "watermark") && !key_is(key, "bucket"))
		return false;
	if (value->type != jbvNull && value->type != jbvString && !(number && value->type == jbvNumeric))
		report_wrong_type(key, number ? "option \"%s\" requires an interval or a number" :
						  "option \"%s\" requires a string",
						  number ? "Write an interval in double quotes such as \"3 days\", or a number, as the column's type asks for." :
						  "Write the name of a column in double quotes.");
	return true;
}

int64
ivm_options_batch_rows(Jsonb *stored)
{
	char	   *value = ivm_options_append(stored, "batch_rows");

	return value ? strtoi64(value, NULL, 10) : 0;
}

bool
ivm_options_newest_first(Jsonb *stored)
{
	JsonbValue	buf;
	JsonbValue *value = getKeyJsonValueFromContainer(&stored->root, "newest_first",
													 strlen("newest_first"), &buf);

	return value != NULL && value->type == jbvBool && value->val.boolean;
}

bool
ivm_options_breaks(Jsonb *stored)
{
	JsonbValue	buf;
	JsonbValue *value = getKeyJsonValueFromContainer(&stored->root, "on_error",
													 strlen("on_error"), &buf);

	return value != NULL && value->type == jbvString && key_is(value, "break");
}

int
ivm_options_fillfactor(Jsonb *stored)
{
	char	   *value = ivm_options_append(stored, "fillfactor");

	return value ? pg_strtoint32(value) : IVM_DEFAULT_FILLFACTOR;
}

void
ivm_options_parse(Jsonb *jsonb, bool creating, IvmOptions *options)
{
	JsonbIterator *it;
	JsonbValue	key;
	JsonbValue	value;
	JsonbIteratorToken token;
	JsonbParseState *state = NULL;

	memset(options, 0, sizeof(IvmOptions));
	if (!JB_ROOT_IS_OBJECT(jsonb))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("For example: '{\"fillfactor\": 80}'.")));
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	it = JsonbIteratorInit(&jsonb->root);
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &value, true);
		if (creating && key_is(&key, "if_not_exists"))
			options->if_not_exists = get_bool(&key, &value);
		else if (creating && key_is(&key, "replace"))
			options->replace = get_bool(&key, &value);
		else if (!creating && key_is(&key, "mode"))
			options->mode = get_string(&key, &value);
		else if (key_is(&key, "fillfactor"))
		{
			options->fillfactor = get_int(&key, &value, IVM_DEFAULT_FILLFACTOR,
										  HEAP_MIN_FILLFACTOR, 100);
			(void) pushJsonbValue(&state, WJB_KEY, &key);
			(void) pushJsonbValue(&state, WJB_VALUE, &value);
		}
		else if (key_is(&key, "on_error"))
		{
			check_on_error(&key, &value);
			(void) pushJsonbValue(&state, WJB_KEY, &key);
			(void) pushJsonbValue(&state, WJB_VALUE, &value);
		}
		else if (creating && key_is(&key, "time_bucket"))
		{
			options->time_bucket = get_time_bucket(&key, &value);
			(void) pushJsonbValue(&state, WJB_KEY, &key);
			(void) pushJsonbValue(&state, WJB_VALUE, &value);
		}
		else if (creating && key_is(&key, "build"))
		{
			check_build(&key, &value);
			(void) pushJsonbValue(&state, WJB_KEY, &key);
			(void) pushJsonbValue(&state, WJB_VALUE, &value);
		}
		else if (key_is(&key, "reconcile"))
		{
			check_reconcile(&key, &value);
			(void) pushJsonbValue(&state, WJB_KEY, &key);
			(void) pushJsonbValue(&state, WJB_VALUE, &value);
		}
		else if (key_is(&key, "refresh") || key_is(&key, "max_staleness") ||
				 key_is(&key, "log_limit"))
		{
			if (key_is(&key, "refresh"))
				check_refresh(&key, &value);
			else if (key_is(&key, "max_staleness"))
				check_max_staleness(&key, &value);
			else
				check_log_limit(&key, &value);
			/* who forgets an option may do so in any mode */
			options->refreshed |= value.type != jbvNull;
			options->deferred |= value.type != jbvNull && key_is(&key, "log_limit");
			(void) pushJsonbValue(&state, WJB_KEY, &key);
			(void) pushJsonbValue(&state, WJB_VALUE, &value);
		}
		else if (check_append(&key, &value))
		{
			if (key_is(&key, "bucket"))
				options->bucket = value.type != jbvNull;
			else if (key_is(&key, "reconcile_last"))
				options->reconcile_last = value.type != jbvNull;
			else
				options->append = true;
			(void) pushJsonbValue(&state, WJB_KEY, &key);
			(void) pushJsonbValue(&state, WJB_VALUE, &value);
		}
		else
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unrecognized option \"%.*s\"",
							key.val.string.len, key.val.string.val),
					 errhint(creating ? "Options are \"if_not_exists\", \"replace\", \"fillfactor\", \"on_error\", \"time_bucket\", \"build\", \"reconcile\", \"reconcile_last\", \"bucket\", for views that are refreshed \"refresh\" and \"max_staleness\", for deferred ones \"log_limit\", and for append views \"watermark\", \"overlap\", \"late\", \"batch_rows\" and \"newest_first\"." :
							 "Options are \"mode\", \"fillfactor\", \"on_error\", \"reconcile\", \"reconcile_last\", \"bucket\", for views that are refreshed \"refresh\" and \"max_staleness\", for deferred ones \"log_limit\", and for append views \"watermark\", \"overlap\", \"late\", \"batch_rows\" and \"newest_first\".")));
	}
	if (options->if_not_exists && options->replace)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"if_not_exists\" and \"replace\" exclude each other"),
				 errhint("Give one of them.")));
	options->stored = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

Jsonb *
ivm_options_merge(Jsonb *old, Jsonb *changes)
{
	Datum		merged = DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(old),
											 JsonbPGetDatum(changes));

	return DatumGetJsonbP(DirectFunctionCall1(jsonb_strip_nulls, merged));
}

Jsonb *
ivm_options_without(Jsonb *stored, const char *name)
{
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_delete, JsonbPGetDatum(stored), CStringGetTextDatum(name)));
}

Jsonb *
ivm_options_kept(Jsonb *old, bool same_mode)
{
	JsonbIterator *it = JsonbIteratorInit(&old->root);
	JsonbValue	key;
	JsonbValue	value;
	JsonbIteratorToken token;
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &value, true);
		if (key_is(&key, "time_bucket") || key_is(&key, "build") ||
			(!same_mode && !key_is(&key, "fillfactor") && !key_is(&key, "on_error")))
			continue;
		(void) pushJsonbValue(&state, WJB_KEY, &key);
		(void) pushJsonbValue(&state, WJB_VALUE, &value);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

Jsonb *
ivm_options_set(Jsonb *stored, const char *name, const char *value)
{
	JsonbParseState *state = NULL;
	JsonbValue	item;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	item.type = jbvString;
	item.val.string.val = unconstify(char *, name);
	item.val.string.len = strlen(name);
	(void) pushJsonbValue(&state, WJB_KEY, &item);
	item.val.string.val = unconstify(char *, value);
	item.val.string.len = strlen(value);
	(void) pushJsonbValue(&state, WJB_VALUE, &item);
	return ivm_options_merge(stored, JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}
