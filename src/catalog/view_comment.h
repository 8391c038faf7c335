/*-------------------------------------------------------------------------
 *
 * view_comment.h
 *	  What is known of a view, as a comment on its state table.
 *
 * A row of ivm.view is data, so a dump of the schema alone does not have it.  The comment is in
 * such a dump, and has what the relations themselves do not tell: id, mode, options and
 * settings.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_COMMENT_H
#define IVM_VIEW_COMMENT_H

#include "utils/array.h"
#include "utils/jsonb.h"

typedef struct IvmViewComment
{
	int32		id;
	int32		part_of;		/* id of the view that it is a part of, or 0 */
	const char *mode;
	Jsonb	   *options;
	ArrayType  *settings;		/* text[] */
} IvmViewComment;

/* Write the comment on the state table of a view. */
extern void ivm_view_comment_write(Oid state, const IvmViewComment *comment);

/*
 * What the comment on a table says, in CurrentMemoryContext; false if the table has no such
 * comment.
 */
extern bool ivm_view_comment_read(Oid state, IvmViewComment *comment);

#endif							/* IVM_VIEW_COMMENT_H */
