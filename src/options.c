/*-------------------------------------------------------------------------
 *
 * options.c
 *	  Options of a view, given as a jsonb object.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "options.h"

static bool
get_bool(const JsonbValue *key, const JsonbValue *value)
{
	if (value->type != jbvBool)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%.*s\" requires a Boolean value",
						key->val.string.len, key->val.string.val),
				 errhint("Write true or false, without quotes.")));
	return value->val.boolean;
}

static bool
key_is(const JsonbValue *key, const char *name)
{
	return key->val.string.len == (int) strlen(name) &&
		memcmp(key->val.string.val, name, key->val.string.len) == 0;
}

/* Check and parse options; creating: those of create_view() alone, too. */
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
				 errhint("For example: '{\"if_not_exists\": true}'.")));
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
		else
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unrecognized option \"%.*s\"",
							key.val.string.len, key.val.string.val),
					 creating ? errhint("Options are \"if_not_exists\" and \"replace\".") : 0));
	}
	options->stored = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}
