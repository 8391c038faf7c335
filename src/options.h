/*-------------------------------------------------------------------------
 *
 * options.h
 *	  Options of a view.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OPTIONS_H
#define IVM_OPTIONS_H

#include "utils/jsonb.h"

typedef struct IvmOptions
{
	bool		if_not_exists;
	bool		replace;
	Jsonb	   *stored;			/* those to be kept with the view */
} IvmOptions;

extern void ivm_options_parse(Jsonb *jsonb, bool creating, IvmOptions *options);

#endif							/* IVM_OPTIONS_H */
