/*-------------------------------------------------------------------------
 *
 * settings.h
 *	  The session settings that a view's expressions are evaluated under.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SETTINGS_H
#define IVM_SETTINGS_H

#include "pgtime.h"
#include "utils/array.h"

/* Stored settings in prepared form. */
typedef struct IvmSettings IvmSettings;

/* The values of the settings that are plain variables. */
typedef struct IvmSettingsValues
{
	pg_tz	   *timezone;
	int			date_style;
	int			date_order;
	int			interval_style;
	int			extra_float_digits;
	int			bytea_output;
	int			xmlbinary;
	int			xmloption;
	bool		array_nulls;
	bool		quote_all_identifiers;
} IvmSettingsValues;

/* What to undo; filled by ivm_settings_enter(), nothing to initialize. */
typedef struct IvmSettingsSave
{
	bool		swapped;		/* variables were set directly: old ones below */
	int			nestlevel;		/* or, if not 0, by the settings machinery */
	IvmSettingsValues old;
} IvmSettingsSave;

/*
 * The settings in force now, as 'name=value' strings for ivm.view, in
 * CurrentMemoryContext.  strings: those of the second kind, too (see settings.c),
 * for a view that calls functions which may read them.
 */
extern ArrayType *ivm_settings_capture(bool strings);

/* Are those of the second kind among stored settings? */
extern bool ivm_settings_have_strings(ArrayType *stored);

/*
 * The first of some stored settings that has another value now, as 'name=value' in
 * CurrentMemoryContext, or NULL.
 */
extern const char *ivm_settings_difference(ArrayType *stored);

/* The time zone among stored settings, or the session's. */
extern pg_tz *ivm_settings_timezone(ArrayType *stored);

/*
 * Prepare stored settings for use; NULL array: none.  Raises an error that
 * names the setting where a value is no longer valid.  The result is a single
 * allocation in cxt.
 */
extern IvmSettings *ivm_settings_parse(ArrayType *stored, MemoryContext cxt);

/*
 * Bring the stored settings into force for the evaluation of expressions
 * (no queries), and return true if that changed anything.  s may be NULL.
 * Only if it returned true must ivm_settings_leave() be called, and then
 * also after an error that is caught within the transaction:
 *
 *		if (ivm_settings_enter(s, &save))
 *		{
 *			PG_TRY();
 *				evaluate
 *			PG_FINALLY();
 *				ivm_settings_leave(&save);
 *			PG_END_TRY();
 *		}
 *		else
 *			evaluate
 */
extern bool ivm_settings_enter(const IvmSettings *s, IvmSettingsSave *save);
extern void ivm_settings_leave(IvmSettingsSave *save);

/*
 * Bring the stored settings into force for whole queries, and undo that.  An error
 * undoes it at the abort of the (sub)transaction, with no help from the caller.
 * ivm_settings_push() returns what ivm_settings_pop() is to be given: 0, if
 * nothing was changed.  s may be NULL.
 */
extern int	ivm_settings_push(const IvmSettings *s);
extern void ivm_settings_pop(int nestlevel);

#endif							/* IVM_SETTINGS_H */
