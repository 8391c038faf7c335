/*-------------------------------------------------------------------------
 *
 * view_comment.c
 *	  What is known of a view, as a comment on its state table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"

#include "base/compat.h"
#include "catalog/view_comment.h"

#define PREFIX "ivm keeps this for dumps of the schema alone: "

/* Items of the array behind the prefix; settings follow */
enum
{
	ITEM_ID,
	ITEM_PART_OF,
	ITEM_MODE,
	ITEM_OPTIONS,
	ITEM_SETTINGS
};

void
ivm_view_comment_write(Oid state, const IvmViewComment *comment)
{
	Datum	   *settings;
	int			n;
	Datum	   *items;
	ArrayType  *array;

	deconstruct_array(comment->settings, TEXTOID, -1, false, TYPALIGN_INT, &settings, NULL, &n);
	items = palloc(sizeof(Datum) * (ITEM_SETTINGS + n));
	items[ITEM_ID] = CStringGetTextDatum(psprintf("%d", comment->id));
	items[ITEM_PART_OF] = CStringGetTextDatum(psprintf("%d", comment->part_of));
	items[ITEM_MODE] = CStringGetTextDatum(comment->mode);
	items[ITEM_OPTIONS] = CStringGetTextDatum(JsonbToCString(NULL, &comment->options->root,
															 VARSIZE(comment->options)));
	for (int i = 0; i < n; i++)
		items[ITEM_SETTINGS + i] = settings[i];
	array = construct_array(items, ITEM_SETTINGS + n, TEXTOID, -1, false, TYPALIGN_INT);
	CreateComments(state, RelationRelationId, 0,
				   psprintf("%s%s", PREFIX, OidOutputFunctionCall(F_ARRAY_OUT, PointerGetDatum(array))));
}

bool
ivm_view_comment_read(Oid state, IvmViewComment *comment)
{
	char	   *words = GetComment(state, RelationRelationId, 0);
	Datum	   *items;
	int			n;

	if (words == NULL || strncmp(words, PREFIX, strlen(PREFIX)) != 0)
		return false;
	deconstruct_array(DatumGetArrayTypeP(OidInputFunctionCall(F_ARRAY_IN, words + strlen(PREFIX), TEXTOID, -1)),
					  TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &n);
	if (n < ITEM_SETTINGS)
		return false;
	comment->id = pg_strtoint32(TextDatumGetCString(items[ITEM_ID]));
	comment->part_of = pg_strtoint32(TextDatumGetCString(items[ITEM_PART_OF]));
	comment->mode = TextDatumGetCString(items[ITEM_MODE]);
	comment->options = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
														  CStringGetDatum(TextDatumGetCString(items[ITEM_OPTIONS]))));
	comment->settings = construct_array(items + ITEM_SETTINGS, n - ITEM_SETTINGS, TEXTOID, -1, false, TYPALIGN_INT);
	return true;
}
