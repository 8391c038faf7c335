/*-------------------------------------------------------------------------
 *
 * options.h
 *	  Options of a view, given as a jsonb object.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OPTIONS_H
#define IVM_OPTIONS_H

#include "utils/jsonb.h"

/* Pages of the state table are filled so far, to leave room for HOT updates. */
#define IVM_DEFAULT_FILLFACTOR	90

typedef struct IvmOptions
{
	/* of create_view() alone */
	bool		if_not_exists;
	bool		replace;

	/* of alter_view() alone */
	char	   *mode;			/* or NULL */

	/* kept with the view; 0: not given */
	int			fillfactor;

	Jsonb	   *stored;			/* those to be kept, null where to be forgotten */
} IvmOptions;

extern void ivm_options_parse(Jsonb *jsonb, bool creating, IvmOptions *options);
extern bool ivm_options_breaks(Jsonb *stored);
extern Jsonb *ivm_options_merge(Jsonb *old, Jsonb *changes);

#endif							/* IVM_OPTIONS_H */
